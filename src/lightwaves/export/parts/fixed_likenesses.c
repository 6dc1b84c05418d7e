/* ---- the head: features at unit variance, and likenesses to landmarks, which are training cases; all are integers ---- */

/* A feature times a factor over 2^shift, less its centre, is in 1 / @ones@ of its deviation; at most CUT_OFF. */
#define CUT_OFF @cut_off@

static const struct {
    int32_t centre;
    uint16_t factor;
    uint8_t shift;
} head_features[@n_features@] = {
@features@
};

/* One landmark after the other, with zeros behind each, in 1 / @grains@ of deviations. */
static const @compared@ head_landmarks[@n_landmarks@ * @n_compared@] = {
@landmarks@
};

/* Of the features, and then of the landmarks. */
static const int16_t head_coefficients[@n_added@][@n_sums@] = {
@coefficients@
};

static const model_accumulator head_intercepts[@n_sums@] = {
@intercepts@
};

/* 2^(-i / @n_powers@) in 1 / 2^@likeness_bits@ */
static const int32_t head_powers[@n_powers@ + 1] = {
@powers@
};

/* No sum can overflow, since what is added is bounded. */
static void head_add(model_state *s, int64_t value)
{
    const int16_t *coefficients = head_coefficients[s->feature];
    int k;
    for (k = 0; k < @n_sums@; ++k) s->sums[k] += value * coefficients[k];
    ++s->feature;
}

static void model_count_in(model_state *s, int32_t value)
{
    const int64_t scaled = ((int64_t)value * head_features[s->feature].factor) >> head_features[s->feature].shift;
    const int64_t centred = scaled - head_features[s->feature].centre;
    const int32_t standard = (int32_t)(centred > CUT_OFF ? CUT_OFF : centred < -CUT_OFF ? -CUT_OFF : centred);
    const int32_t grains = (standard + (1 << @grain_shift@) / 2) >> @grain_shift@;
    s->compared[s->feature] = (@compared@)(grains > @most@ ? @most@ : grains < -@most@ ? -@most@ : grains);
    head_add(s, standard * (int64_t)@feature_unit@);
}

static void head_compare(model_state *s)
{
    const @compared@ *compared = s->compared;
    int i, j;
    for (j = @n_features@; j < @n_compared@; ++j) s->compared[j] = 0;
    for (i = 0; i < @n_landmarks@; ++i) {
        const @compared@ *landmark = head_landmarks + i * @n_compared@;
        @distance@ distance = 0;
        int64_t exponent;
        int32_t likeness = 0;
        for (j = 0; j < @n_compared@; ++j) {
            const int32_t difference = compared[j] - landmark[j];
            distance += (@distance@)difference * difference;
        }
        exponent = ((int64_t)distance * @nearness@) >> @nearness_shift@; /* of 1 / 2, in 1 / 65536 */
        if (exponent < @likeness_bits@ * 65536) {
            const int fraction = (int)(exponent & 65535), power = fraction / @power_step@;
            const int32_t less = head_powers[power] - head_powers[power + 1];
            likeness = (head_powers[power] - less * (fraction % @power_step@) / @power_step@) >> (exponent >> 16);
        }
        head_add(s, likeness * (int64_t)@likeness_unit@);
    }
}

