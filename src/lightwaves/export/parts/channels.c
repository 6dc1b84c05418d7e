/* ---- the channels are standardised: (x - large - small) * factor, the mean in two parts ---- */
/*{ fixed */
/* The factor also brings a channel to integers. */
/*} */

static const struct {
    float large, small, factor;
/*{ fixed */
    float most; /* of a value less the mean */
/*} */
} channel_standard[MODEL_N_CHANNELS] = {
@standard@
};

/*{ interpolate */
/* The mean as a whole: what is subtracted of a value between two others. */
static const double channel_mean[MODEL_N_CHANNELS] = {
@mean@
};

/* A missing value less the mean: on a line between its neighbours in time, or equal to the nearest one. `before` is
 * -1 and `after` is n where there is none. */
static float channel_filled(const float *row, int n, int before, int t, int after, int c)
{
    double left, right, value;
    float near;
    if (before < 0 && after == n) return 0.0f;
    left = (double)row[before < 0 ? after : before];
    right = (double)row[after == n ? before : after];
    value = before < 0 || after == n ? 0.0 : (double)(t - before) / (double)(after - before);
    value = left + (right - left) * value;
    near = (float)value;
    if ((double)near == value) return (near - channel_standard[c].large) - channel_standard[c].small;
    return (float)(value - channel_mean[c]);
}

/*} */
/* Standardise all channels; 0 if there is a value that cannot be used. */
static int channel_read_all(const float *x, int n, model_value *channels)
{
    int c, t, n_wrong = 0;
    model_clear(channels - PADDING, PADDING);
    for (c = 0; c < MODEL_N_CHANNELS; ++c) {
        const float large = channel_standard[c].large;
        const float small = channel_standard[c].small;
        const float factor = channel_standard[c].factor;
/*{ interpolate */
        int before = -1, after = 0; /* the neighbours of a gap, which all of its times share */
/*} */
        for (t = 0; t < n; ++t) {
            float value = (x[t] - large) - small;
/*{ zero */
            if (isnan(x[t])) value = 0.0f; /* missing: the mean */
/*} */
/*{ interpolate */
            if (!isnan(x[t])) before = t;
            else {
                if (after < t) after = t;
                while (after < n && isnan(x[after])) ++after;
                value = channel_filled(x, n, before, t, after, c);
            }
/*} */
/*{ fixed */
            if (!(fabsf(value) <= channel_standard[c].most)) {
                ++n_wrong;
                value = 0.0f; /* no integer is NaN */
            }
            value *= factor;
            /* What is larger than in calibration may be cut off. */
            value = value > @most@.0f ? @most@.0f : value < -@most@.0f ? -@most@.0f : value;
            channels[t] = (model_value)(value < 0.0f ? value - 0.5f : value + 0.5f);
/*} */
/*{ floating */
            value *= factor;
            n_wrong += !(fabsf(value) <= MOST);
            channels[t] = value;
/*} */
        }
        model_clear(channels + n, STRIDE - n);
        x += n;
        channels += STRIDE;
    }
    model_clear(channels, LANES);
    return !n_wrong;
}

