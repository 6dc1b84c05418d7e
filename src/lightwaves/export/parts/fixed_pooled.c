/* ---- features of MiniRocket, MultiRocket and Prism, in integers ---- */

/* A series is a sum of channels, or its differences, over 2^shift. `n_outputs` kernels are applied to it. */
static const struct {
    @t_n_members@ n_members;
    uint8_t differences, shift;
    @t_n_outputs@ n_outputs;
} pooled_series[@n_series@] = {
@series@
};

/* The channels of each series, counted from 1, and below 0 if they are subtracted. */
static const @t_member@ pooled_members[@n_members@] = {
@members@
};

/* What a channel is multiplied by in sums, so that all have the same unit. */
static const int16_t pooled_units[MODEL_N_CHANNELS] = {
@units@
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

static const int32_t pooled_biases[@n_biases@] = {
@biases@
};

static const uint8_t pooled_wanted[@n_biases@] = {
@wanted@
};

typedef struct {
    @excess@ excess; /* the sum of what exceeds the bias */
    int32_t times;   /* the sum of the times of values above the bias */
    int count;       /* how many there are */
    int last;        /* the latest time of a value that is not above the bias, */
    int longest;     /* and the longest way between two of these */
} model_above;

#define POOLED_MOST @most@ /* of a series */

/* Where in the room of the state things stand. */
#define POOLED_REACH @reach@
#define POOLED_ABOVE (POOLED_REACH + @size@ + POOLED_REACH)

/* Some times of the sum of channels. */
static void pooled_sum(const model_state *s, const @t_member@ *members, int n_members, int t, int n, @sum@ *RESTRICT sum)
{
    int m, i;
    for (i = 0; i < n; ++i) sum[i] = 0;
    for (m = 0; m < n_members; ++m) {
        const int channel = members[m] < 0 ? -members[m] - 1 : members[m] - 1;
        const @sum@ unit = members[m] < 0 ? -pooled_units[channel] : pooled_units[channel];
        const model_value *row = s->channels + channel * STRIDE + t;
        UNROLLED for (i = 0; i < n; ++i) sum[i] += unit * row[i];
    }
}

static void pooled_form(const model_state *s, const @t_member@ *members, int n_members, int differences, int shift,
                        model_value *RESTRICT series)
{
    const @sum@ half = shift ? (@sum@)1 << (shift - 1) : 0;
    @sum@ sum[CHUNK + 1];
    int t, i;
    for (t = 0; t < s->n - differences; t += CHUNK) {
        const int n = s->n - differences - t < CHUNK ? s->n - differences - t : CHUNK;
        pooled_sum(s, members, n_members, t, n + differences, sum);
        for (i = 0; i < n; ++i) {
            /* What is larger than in calibration may be cut off. */
            const @sum@ value = ((differences ? sum[i + 1] - sum[i] : sum[i]) + half) >> shift;
            series[t + i] = (model_value)(value > POOLED_MOST ? POOLED_MOST : value < -POOLED_MOST ? -POOLED_MOST : value);
        }
    }
    if (differences) series[s->n - 1] = 0;
}

/* Where the taps of an output read at time 0, those of weight 2 first. The left four stand `later` times further right.
 * A tap that is outside the series at all times is moved to where it is just outside. */
static void pooled_place(const model_value *series, const uint8_t *twos, int dilation, int later, const model_value **taps)
{
    int k, n_twos = 0, n_ones = 3;
    for (k = 0; k < 9; ++k) {
        int at = (k - 4) * dilation + (k < 4 ? later : 0);
        at = at > POOLED_REACH ? POOLED_REACH : at < -POOLED_REACH ? -POOLED_REACH : at;
        if (n_twos < 3 && twos[n_twos] == k) taps[n_twos++] = series + at;
        else taps[n_ones++] = series + at;
    }
}

/* n values of an output, with weights of 2 and -1, or of 2 and 0. In two loops, so that small machines hold all they need
 * in registers. */
static void pooled_convolve(const model_value *const *taps, int low, int n, int32_t *RESTRICT z)
{
    const model_value *a = taps[0], *b = taps[1], *c = taps[2], *d = taps[3], *e = taps[4];
    const model_value *f = taps[5], *g = taps[6], *h = taps[7], *k = taps[8];
    int i;
    UNROLLED for (i = 0; i < n; ++i) z[i] = 2 * (a[i] + b[i] + c[i]);
    if (!low) {
        UNROLLED for (i = 0; i < n; ++i) z[i] -= d[i] + e[i] + f[i] + g[i] + h[i] + k[i];
    }
}

static int pooled_count(const int32_t *z, int n, int32_t bias)
{
    int i, count = 0;
    UNROLLED for (i = 0; i < n; ++i) count += z[i] > bias;
    return count;
}

static int32_t pooled_times(const int32_t *z, int n, int t, int32_t bias)
{
    int32_t times = 0;
    int i;
    UNROLLED for (i = 0; i < n; ++i) times += z[i] > bias ? t + i : 0;
    return times;
}

/* The longest way from one value below the limit to the next; the first and the last time count as such. z[i] is the value
 * of time t + i. Where a value is below within the longest distance so far, the way goes on from the last of these. So
 * few values are looked at. */
static void pooled_stretch(model_above *a, const int32_t *z, int n, int t, int32_t limit)
{
    int last = a->last - t, longest = a->longest;
    for (;;) {
        const int from = last < 0 ? -1 : last;
        int i = last + longest < n ? last + longest : n - 1;
        while (i > from && z[i] >= limit) --i;
        if (i > from) {
            last = i;
            continue;
        }
        if (last + longest >= n - 1) break;
        i = last + longest + 1 < 0 ? 0 : last + longest + 1;
        while (i < n && z[i] >= limit) ++i;
        longest = i < n ? i - last : n - 1 - last;
        if (i == n) break;
        last = i;
    }
    a->last = last + t;
    a->longest = longest;
}

static @excess@ pooled_excess(const int32_t *z, int n, int32_t bias)
{
    @excess@ sum = 0;
    int i;
    UNROLLED for (i = 0; i < n; ++i) sum += z[i] > bias ? z[i] - bias : 0;
    return sum;
}

static @excess@ pooled_sizes(const int32_t *z, int n)
{
    @excess@ sum = 0;
    int i;
    for (i = 0; i < n; ++i) sum += z[i] < 0 ? -z[i] : z[i];
    return sum;
}

static void pooled_take(model_above *a, int wanted, int32_t bias, const int32_t *z, int n, int t)
{
    if (wanted & (POOLED_PPV | POOLED_MEAN_POSITIVE | POOLED_MEAN_INDEX)) a->count += pooled_count(z, n, bias);
    if (wanted & POOLED_MEAN_INDEX) a->times += pooled_times(z, n, t, bias);
    if (wanted & POOLED_LONGEST) pooled_stretch(a, z, n, t, bias + 1);
    if (wanted & POOLED_ADDS) a->excess += pooled_excess(z, n, bias);
}

/* Shares are counted in 1 / 32768, times in 1 / 256. */
static void pooled_give(model_state *s, const model_above *a, int wanted, int32_t bias, int begin, int end)
{
    const int n_pooled = end - begin > 1 ? end - begin : 1;
    const int divisor = a->count > 1 ? a->count : 1;
    if (wanted & POOLED_PPV) model_count_in(s, a->count * 32768 / n_pooled);
    if (wanted & POOLED_LONGEST) {
        const int rest = end - 1 - a->last;
        model_count_in(s, rest > a->longest ? rest : a->longest);
    }
    if (wanted & POOLED_MEAN_POSITIVE) model_count_in(s, a->count ? (int32_t)(a->excess / divisor + 2 * bias) : 0);
    if (wanted & POOLED_MEAN_INDEX) {
        const int32_t mean = (a->times / divisor - begin) * 256 + a->times % divisor * 256 / divisor;
        model_count_in(s, a->count ? mean : -256);
    }
    if (wanted & POOLED_MEAN_EXCESS) model_count_in(s, (int32_t)(a->excess / n_pooled));
}

/* All features of one output. Its values are there a chunk at a time. */
static void pooled_pool(model_state *s, const model_pooled *o, const int32_t *biases, const uint8_t *wanted,
                        const model_value *series, int differences)
{
    const int n_values = s->n - differences;
    const int fits = (n_values - 1) / 8 >= (int)o->dilation; /* whether there are times with all taps inside */
    const int left_out = fits && !(o->flags & POOLED_PADDED) ? 4 * (int)o->dilation : 0;
    const int n_left = n_values - 2 * left_out;
    const int begin = left_out + n_left * o->begin / 16;
    const int end = left_out + (n_left * o->end + 15) / 16;
    model_above *above = (model_above *)(void *)(s->room + POOLED_ABOVE);
    @excess@ sizes = 0;
    const model_value *taps[9];
    int32_t z[CHUNK];
    int t, i;
    for (i = 0; i < o->n_biases; ++i) {
        above[i].excess = 0;
        above[i].times = 0;
        above[i].count = above[i].longest = 0;
        above[i].last = begin;
    }
    pooled_place(series + begin, o->twos, (int)o->dilation, differences, taps);
    for (t = begin; t < end; t += CHUNK) {
        const int n = end - t < CHUNK ? end - t : CHUNK;
        pooled_convolve(taps, o->flags & POOLED_LOW, n, z);
        for (i = 0; i < o->n_biases; ++i) pooled_take(above + i, wanted[i], biases[i], z, n, t);
        if (o->flags & POOLED_MEAN_ABS) sizes += pooled_sizes(z, n);
        if (end - t > CHUNK) for (i = 0; i < 9; ++i) taps[i] += CHUNK;
    }
    if (o->flags & POOLED_MEAN_ABS) model_count_in(s, (int32_t)(sizes / (end - begin > 1 ? end - begin : 1)));
    for (i = 0; i < o->n_biases; ++i) pooled_give(s, above + i, wanted[i], biases[i], begin, end);
}

static void pooled_features(model_state *s)
{
    const @t_member@ *members = pooled_members;
    const model_pooled *output = pooled_outputs;
    const int32_t *biases = pooled_biases;
    const uint8_t *wanted = pooled_wanted;
    model_value *series = s->room + POOLED_REACH;
    int i, j;
    model_clear(s->room, POOLED_ABOVE);
    for (i = 0; i < @n_series@; ++i) {
        const int differences = pooled_series[i].differences;
        pooled_form(s, members, pooled_series[i].n_members, differences, pooled_series[i].shift, series);
        members += pooled_series[i].n_members;
        for (j = 0; j < pooled_series[i].n_outputs; ++j) {
            pooled_pool(s, output, biases, wanted, series, differences);
            biases += output->n_biases;
            wanted += output->n_biases;
            ++output;
        }
    }
}

