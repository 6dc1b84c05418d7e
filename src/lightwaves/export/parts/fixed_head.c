/* ---- the head: a feature is added to the sums as soon as it is known; all are integers ---- */

/* A feature less its mean, times a factor over 2^shift, times the coefficients is added. No sum can overflow, since what
 * is added is at most FEATURE_MOST times a coefficient. */
#define FEATURE_MOST @feature_most@

static const struct {
    int32_t mean;
    uint16_t factor;
    uint8_t shift;
} head_features[@n_features@] = {
@features@
};

static const @t_coefficient@ head_coefficients[@n_features@][@n_sums@] = {
@coefficients@
};

static const model_accumulator head_intercepts[@n_sums@] = {
@intercepts@
};

static void model_count_in(model_state *s, int32_t value)
{
    const @t_coefficient@ *coefficients = head_coefficients[s->feature];
    const int64_t product = ((int64_t)value - head_features[s->feature].mean) * head_features[s->feature].factor;
    const int64_t scaled = product >> head_features[s->feature].shift;
    const int32_t some = (int32_t)(scaled > FEATURE_MOST ? FEATURE_MOST : scaled < -FEATURE_MOST ? -FEATURE_MOST : scaled);
    int k;
    for (k = 0; k < @n_sums@; ++k) s->sums[k] += (model_accumulator)some * coefficients[k];
    ++s->feature;
}

