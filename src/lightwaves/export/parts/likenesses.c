/* ---- likenesses: exp(-width * squared distance) to landmarks, which are training cases at unit variance ---- */

static const struct {
    double mean, factor;
} head_standard[@n_features@] = {
@standard@
};

/* One landmark after the other, with zeros behind each. */
static const float head_landmarks[@n_landmarks@ * @n_compared@] = {
@landmarks@
};

static void model_count_in(model_state *s, float value)
{
    const double centred = (double)value - head_standard[s->feature].mean;
    double standard = centred * head_standard[s->feature].factor;
/*{ cut_off */
    if (isfinite(value)) { /* or else the sums shall not be, either */
        standard = standard > @farthest@ ? @farthest@ : standard < -@farthest@ ? -@farthest@ : standard;
    }
/*} */
    s->compared[s->feature] = (@compared@)standard;
    head_add(s, @added@);
}

static void head_compare(model_state *s)
{
    const @compared@ *compared = s->compared;
    int i, j, lane;
    for (j = @n_features@; j < @n_compared@; ++j) s->compared[j] = 0;
    for (i = 0; i < @n_landmarks@; ++i) {
        const float *landmark = head_landmarks + i * @n_compared@;
        @compared@ parts[LANES];
        double distance = 0.0;
        for (lane = 0; lane < LANES; ++lane) parts[lane] = 0;
        for (j = 0; j < @n_compared@; j += LANES) {
            ROLLED
            for (lane = 0; lane < LANES; ++lane) {
                const @compared@ difference = compared[j + lane] - (@compared@)landmark[j + lane];
                parts[lane] += difference * difference;
            }
        }
        for (lane = 0; lane < LANES; ++lane) distance += (double)parts[lane];
        head_add(s, (double)@exp@((@compared@)(-@width@ * distance)));
    }
}

