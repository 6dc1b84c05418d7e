/* ---- features of MiniRocket, MultiRocket and Prism ---- */

/* A series is a sum of channels, or its differences. `n_outputs` kernels are applied to it. */
static const struct {
    @t_n_members@ n_members;
    uint8_t differences;
    @t_n_outputs@ n_outputs;
} pooled_series[@n_series@] = {
@series@
};

/* The channels of each series, counted from 1, and below 0 if they are subtracted. */
static const @t_member@ pooled_members[@n_members@] = {
@members@
};

/* The outputs: which taps have the weight 2; flags; which sixteenths of the output are pooled, from begin to end; the
 * distance between two taps; and how many biases follow. */
enum { POOLED_PADDED = 1, POOLED_LOW = 2, POOLED_MEAN_ABS = 4 };

typedef struct {
    uint8_t twos[3], flags, begin, end;
    @t_dilation@ dilation;
    @t_n_biases@ n_biases;
} model_pooled;

static const model_pooled pooled_outputs[@n_outputs@] = {
@outputs@
};

/* The biases, and what is wanted of the values above each. */
enum { POOLED_PPV = 1, POOLED_LONGEST = 2, POOLED_MEAN_POSITIVE = 4, POOLED_MEAN_INDEX = 8, POOLED_MEAN_EXCESS = 16 };
enum { POOLED_ADDS = POOLED_MEAN_POSITIVE | POOLED_MEAN_EXCESS };

static const float pooled_biases[@n_biases@] = {
@biases@
};

static const uint8_t pooled_wanted[@n_biases@] = {
@wanted@
};

typedef struct {
    @count@ times; /* the sum of the times of values above the bias */
    int count;     /* how many there are */
    int way;       /* from the latest value below the bias to here, */
    int longest;   /* and the longest way between two of these */
} model_above;

/* Where in the room of the state things stand. */
#define POOLED_REACH @reach@
#define POOLED_ABOVE (POOLED_REACH + @size@ + POOLED_REACH)
#define POOLED_SUMS (POOLED_ABOVE + @most_biases@ * (int)(sizeof(model_above) / sizeof(float)))

static void pooled_form(const model_state *s, const @t_member@ *members, int n_members, int differences,
                        float *RESTRICT series)
{
    int m, t;
    for (m = 0; m < n_members; ++m) {
        const float sign = members[m] < 0 ? -1.0f : 1.0f;
        const float *row = s->channels + (members[m] < 0 ? -members[m] - 1 : members[m] - 1) * STRIDE;
        if (m == 0) for (t = 0; t < s->n; ++t) series[t] = sign * row[t];
        else for (t = 0; t < s->n; ++t) series[t] += sign * row[t];
    }
    if (differences) {
        for (t = 0; t < s->n - 1; ++t) series[t] = series[t + 1] - series[t];
        series[s->n - 1] = 0.0f;
    }
}

/* As taps_convolve, for kernels that have 0 in place of -1. */
static void pooled_convolve_low(const float *const *taps, int n, float *RESTRICT z)
{
    const float *a = taps[0], *b = taps[1], *c = taps[2];
    int i;
    for (i = 0; i < n; ++i) z[i] = 2.0f * ((a[i] + b[i]) + c[i]);
}

static int pooled_count(const float *z, int n, float bias)
{
    int i, count = 0;
    for (i = 0; i < n; ++i) count += z[i] > bias;
    return count;
}

static @count@ pooled_times(const float *z, int n, int t, float bias)
{
    @count@ times = 0;
    int i;
    for (i = 0; i < n; ++i) times += z[i] > bias ? t + i : 0;
    return times;
}

/* The longest way from one value below the bias to the next; the first and the last time count as such. */
static void pooled_stretch(model_above *a, const float *z, int begin, int end, float bias)
{
    int32_t goes_on[CHUNK]; /* all bits of a value that is not below, so that nothing has to be decided */
    int i, way = a->way, longest = a->longest;
    for (i = 0; i < end; ++i) goes_on[i] = -(int32_t)!(z[i] < bias);
    for (i = begin; i < end; ++i) {
        longest = way > longest ? way : longest;
        way = (way & goes_on[i]) + 1;
    }
    a->way = way;
    a->longest = longest;
}

/* Sums are formed in parts, by the time modulo LANES. */
static void pooled_excess(float *RESTRICT sums, const float *z, int n, float bias)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) sums[j] += z[i + j] > bias ? z[i + j] - bias : 0.0f;
    }
}

static void pooled_sizes(float *RESTRICT sums, const float *z, int n)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) sums[j] += fabsf(z[i + j]) >= 0.0f ? fabsf(z[i + j]) : 0.0f;
    }
}

/* The parts are added, halves to halves. */
static float pooled_total(float *sums)
{
    int i, n;
    for (n = LANES / 2; n > 0; n /= 2) {
        for (i = 0; i < n; ++i) sums[i] = sums[i] + sums[i + n];
    }
    return sums[0];
}

/* Count some values of an output in. */
static void pooled_take(const model_pooled *o, const float *biases, const uint8_t *wanted, const float *z, int n,
                        int t, int begin, int end, model_above *above, float *sums)
{
    int i;
    if (o->flags & POOLED_MEAN_ABS) {
        pooled_sizes(sums, z, n);
        sums += LANES;
    }
    for (i = 0; i < o->n_biases; ++i) {
        if (wanted[i] & ~(POOLED_LONGEST | POOLED_MEAN_EXCESS)) above[i].count += pooled_count(z, n, biases[i]);
        if (wanted[i] & POOLED_MEAN_INDEX) above[i].times += pooled_times(z, n, t, biases[i]);
        if (wanted[i] & POOLED_LONGEST) pooled_stretch(above + i, z, begin, end, biases[i]);
        if (wanted[i] & POOLED_ADDS) {
            pooled_excess(sums, z, n, biases[i]);
            sums += LANES;
        }
    }
}

/* The features of an output, from what was counted. */
static void pooled_give(model_state *s, const model_pooled *o, const float *biases, const uint8_t *wanted, int begin,
                        int end, const model_above *above, float *sums)
{
    const float n_pooled = (float)(end - begin > 1 ? end - begin : 1);
    int i;
    if (o->flags & POOLED_MEAN_ABS) {
        model_count_in(s, pooled_total(sums) / n_pooled);
        sums += LANES;
    }
    for (i = 0; i < o->n_biases; ++i) {
        const int count = above[i].count;
        const float divisor = (float)(count > 0 ? count : 1);
        float excess = 0.0f;
        if (wanted[i] & POOLED_ADDS) {
            excess = pooled_total(sums);
            sums += LANES;
        }
        if (wanted[i] & POOLED_PPV) model_count_in(s, (float)count / n_pooled);
        if (wanted[i] & POOLED_LONGEST) model_count_in(s, (float)above[i].longest);
        if (wanted[i] & POOLED_MEAN_POSITIVE) model_count_in(s, count ? excess / divisor + biases[i] + biases[i] : 0.0f);
        if (wanted[i] & POOLED_MEAN_INDEX) {
            model_count_in(s, count ? (float)above[i].times / divisor - (float)begin : -1.0f);
        }
        if (wanted[i] & POOLED_MEAN_EXCESS) model_count_in(s, excess / n_pooled);
    }
}

/* All features of one output. Its values are there a chunk at a time. */
static void pooled_pool(model_state *s, const model_pooled *o, const float *biases, const uint8_t *wanted,
                        const float *series, int differences)
{
    const int n_values = s->n - differences;
    const int fits = (n_values - 1) / 8 >= (int)o->dilation; /* whether there are times with all taps inside */
    const int left_out = fits && !(o->flags & POOLED_PADDED) ? 4 * (int)o->dilation : 0;
    const int n_left = n_values - 2 * left_out;
    const int begin = left_out + n_left * o->begin / 16;
    const int end = left_out + (n_left * o->end + 15) / 16;
    model_above *above = (model_above *)(void *)(s->room + POOLED_ABOVE);
    float *sums = s->room + POOLED_SUMS;
    const float *taps[9];
    float z[CHUNK];
    int t, i;

    model_clear(sums, @most_sums@ * LANES);
    for (i = 0; i < o->n_biases; ++i) {
        above[i].times = 0;
        above[i].count = above[i].way = above[i].longest = 0;
    }
    taps_place(series, o->twos, (int)o->dilation, differences, POOLED_REACH, taps);
    for (i = 0; i < 9; ++i) taps[i] += begin - begin % LANES;
    for (t = begin - begin % LANES; t < end; t += CHUNK) {
        const int n = end - t < CHUNK ? end - t : CHUNK;
        const int n_whole = (n + LANES - 1) / LANES * LANES;
        if (o->flags & POOLED_LOW) pooled_convolve_low(taps, n_whole, z);
        else taps_convolve(taps, n_whole, z);
        for (i = 0; i < begin - t; ++i) z[i] = NAN; /* is neither above a bias nor below one */
        for (i = n; i < n_whole; ++i) z[i] = NAN;
        pooled_take(o, biases, wanted, z, n_whole, t, begin > t ? begin - t : 0, n, above, sums);
        if (end - t > CHUNK) for (i = 0; i < 9; ++i) taps[i] += CHUNK;
    }
    pooled_give(s, o, biases, wanted, begin, end, above, sums);
}

static void pooled_features(model_state *s)
{
    const @t_member@ *members = pooled_members;
    const model_pooled *output = pooled_outputs;
    const float *biases = pooled_biases;
    const uint8_t *wanted = pooled_wanted;
    float *series = s->room + POOLED_REACH;
    int i, j;
    model_clear(s->room, POOLED_ABOVE);
    for (i = 0; i < @n_series@; ++i) {
        pooled_form(s, members, pooled_series[i].n_members, pooled_series[i].differences, series);
        members += pooled_series[i].n_members;
        for (j = 0; j < pooled_series[i].n_outputs; ++j) {
            pooled_pool(s, output, biases, wanted, series, pooled_series[i].differences);
            biases += output->n_biases;
            wanted += output->n_biases;
            ++output;
        }
    }
}

