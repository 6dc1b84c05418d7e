/* ---- series: channels are standardised as they are read ---- */

/* Each channel is (x - large - small) * factor: its mean in two parts, and one over its deviation. */
static const struct {
    float large, small, factor;
} model_standard[MODEL_N_CHANNELS] = {
@standard@
};

/*{ interpolate */
/* The mean as a whole: what is subtracted of values that lie on a line between two others, and what stands for a
 * channel without any value. */
static const double model_shift[MODEL_N_CHANNELS] = {
@shift@
};

/* The value at a time where one is missing: on the line between its neighbours, or as the nearest one. */
static float model_filled(const float *row, int n, int t, int channel)
{
    double left, right, value;
    float near;
    int before = t, after = t;
    while (before >= 0 && isnan(row[before])) --before;
    while (after < n && isnan(row[after])) ++after;
    if (before < 0 && after == n) return 0.0f;
    left = (double)row[before < 0 ? after : before];
    right = (double)row[after == n ? before : after];
    value = left;
    if (before >= 0 && after < n) {
        double share = (double)(t - before) / (double)(after - before);
        value = (right - left) * share;
        value = left + value;
    }
    near = (float)value;
    if ((double)near == value) return (near - model_standard[channel].large) - model_standard[channel].small;
    return (float)(value - model_shift[channel]);
}

/*} */
/* Write a channel, times a sign, to a series, or add it. */
static void model_read(model_state *s, int channel, float sign, int adds, float *series)
{
    const float *row = s->x + (long)channel * s->n;
    const float large = model_standard[channel].large;
    const float small = model_standard[channel].small;
    const float factor = model_standard[channel].factor;
    int t, n_wrong = 0;
    for (t = 0; t < s->n; ++t) {
        float value = ((row[t] - large) - small) * factor;
/*{ zero */
        if (isnan(row[t])) value = 0.0f;
/*} */
/*{ interpolate */
        if (isnan(row[t])) value = model_filled(row, s->n, t, channel) * factor;
/*} */
        n_wrong += !(fabsf(value) <= MOST);
        value = value * sign;
        series[t] = adds ? series[t] + value : value;
    }
    if (n_wrong) s->valid = 0;
}

static void model_clear(float *values, long n)
{
    long i;
    for (i = 0; i < n; ++i) values[i] = 0.0f;
}

