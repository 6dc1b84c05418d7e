/* ---- what the header declares ---- */

const int model_channels[MODEL_N_CHANNELS] = {
@channels@
};

/* The sums of the head at the begin of `work`; NULL if nothing can be said of x. */
static model_accumulator *model_run(const float *x, int n_timepoints, void *work)
{
    const uintptr_t excess = (uintptr_t)work % sizeof(double);
    unsigned char *begin = (unsigned char *)work + (excess ? sizeof(double) - excess : 0);
    model_state s;
    int k;
    if (n_timepoints < 1 || n_timepoints > MODEL_N_TIMEPOINTS) return 0;
    s.n = n_timepoints;
    s.feature = 0;
    s.sums = (model_accumulator *)(void *)begin;
/*{ likenesses */
    s.compared = (@compared@ *)(void *)(begin + @sum_bytes@);
/*} */
    s.channels = (model_value *)(void *)(begin + @head_bytes@) + PADDING;
    s.room = s.channels + @room@;
    if (!channel_read_all(x, n_timepoints, s.channels)) return 0;
    for (k = 0; k < @n_sums@; ++k) s.sums[k] = head_intercepts[k];
@calls@
/*{ floating */
    /* A feature that is not finite has made each sum so: 0 times infinity is no number. */
    if (!isfinite(s.sums[0])) return 0;
/*} */
    return s.sums;
}

