/* ---- features of wavelet scattering ---- */

/* `n_outputs` kernels are applied to a channel with some distance between two taps. The scales are those of the absolute
 * values of levels 1 and 2. */
static const struct {
    @t_channel@ channel;
    @t_dilation@ dilation;
    @t_n_outputs@ n_outputs;
    float scales[2];
} wavelet_groups[@n_groups@] = {
@groups@
};

/* The outputs: which taps have the weight 2, and what is wanted of levels 1 and 2. */
enum { WAVELET_PPV = 1, WAVELET_MAX_ABS = 2, WAVELET_LSPV = 4, WAVELET_MIN_ABS = 8 };

typedef struct {
    uint8_t twos[3], wanted[2];
} model_wavelet;

static const model_wavelet wavelet_outputs[@n_outputs@] = {
@outputs@
};

/* Where in the room of the state things stand: means of nine taps, and what level 2 reads. */
#define WAVELET_MEANS 0
#define WAVELET_REACH @reach@
#define WAVELET_HALVES (@size@ + WAVELET_REACH)
#define WAVELET_END (WAVELET_HALVES + @half@ + WAVELET_REACH)

typedef struct {
    float high[LANES], low[LANES];
    int count, run, longest;
} model_found;

/* A third of the sum of the nine taps, which all kernels of a group share; of equal taps exactly three of them. */
static void wavelet_mean(const float *series, int dilation, int n, float *RESTRICT means)
{
    const float third = @third@;
    const float *taps[9];
    int k, i;
    for (k = 0; k < 9; ++k) {
        int at = (k - 4) * dilation;
        taps[k] = series + (at > PADDING ? PADDING : at < -PADDING ? -PADDING : at);
    }
    for (i = 0; i < n; ++i) {
        const float low = (taps[0][i] + taps[1][i]) + taps[2][i];
        const float middle = (taps[3][i] + taps[4][i]) + taps[5][i];
        const float high = (taps[6][i] + taps[7][i]) + taps[8][i];
        means[i] = middle + ((low - middle) + (high - middle)) * third;
    }
}

/* n values of level 1, divided by 3, from every `pace`-th time. */
static void wavelet_first(const float *const *taps, const float *means, int n, int pace, float *RESTRICT z)
{
    const float *a = taps[0], *b = taps[1], *c = taps[2];
    int i;
    if (pace == 1) for (i = 0; i < n; ++i) z[i] = ((a[i] + b[i]) + c[i]) - means[i];
    else for (i = 0; i < n; ++i) z[i] = fabsf(((a[2 * i] + b[2 * i]) + c[2 * i]) - means[2 * i]);
}

static int wavelet_count(const float *z, int n)
{
    int i, count = 0;
    for (i = 0; i < n; ++i) count += z[i] > 0.0f;
    return count;
}

static void wavelet_runs(model_found *f, const float *z, int n)
{
    int32_t goes_on[CHUNK]; /* all bits of a positive value, so that nothing has to be decided */
    int i, run = f->run, longest = f->longest;
    for (i = 0; i < n; ++i) goes_on[i] = -(int32_t)(z[i] > 0.0f);
    for (i = 0; i < n; ++i) {
        run = (run + 1) & goes_on[i];
        longest = run > longest ? run : longest;
    }
    f->run = run;
    f->longest = longest;
}

static void wavelet_extremes(const float *z, int n, float *RESTRICT high, float *RESTRICT low)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) {
            const float size = fabsf(z[i + j]);
            high[j] = size > high[j] ? size : high[j];
            low[j] = size < low[j] ? size : low[j];
        }
    }
}

static void wavelet_take(model_found *f, int wanted, const float *z, int n, int n_whole)
{
    if (wanted & WAVELET_PPV) f->count += wavelet_count(z, n_whole);
    if (wanted & WAVELET_LSPV) wavelet_runs(f, z, n);
    if (wanted & (WAVELET_MAX_ABS | WAVELET_MIN_ABS)) wavelet_extremes(z, n_whole, f->high, f->low);
}

static void wavelet_give(model_state *s, const model_found *f, int wanted, int n, float scale)
{
    float high = f->high[0], low = f->low[0];
    int j;
    if (wanted & WAVELET_PPV) model_count_in(s, (float)f->count / (float)n);
    if (wanted & WAVELET_MAX_ABS) {
        for (j = 1; j < LANES; ++j) high = f->high[j] > high ? f->high[j] : high;
        model_count_in(s, high * scale);
    }
    if (wanted & WAVELET_LSPV) model_count_in(s, (float)f->longest / (float)n);
    if (wanted & WAVELET_MIN_ABS) {
        for (j = 1; j < LANES; ++j) low = f->low[j] < low ? f->low[j] : low;
        model_count_in(s, low * scale);
    }
}

/* All features of one level of an output. Its values are there a chunk at a time. */
static void wavelet_pool(model_state *s, const float **taps, int level, int wanted, int n_values, float scale)
{
    const float *means = s->room + WAVELET_MEANS;
    model_found found;
    float z[CHUNK];
    int t, j;
    for (j = 0; j < LANES; ++j) {
        found.high[j] = 0.0f;
        found.low[j] = HUGE_VALF;
    }
    found.count = found.run = found.longest = 0;
    for (t = 0; t < n_values; t += CHUNK) {
        const int n = n_values - t < CHUNK ? n_values - t : CHUNK;
        const int n_whole = (n + LANES - 1) / LANES * LANES;
        if (level == 1) wavelet_first(taps, means + t, n_whole, 1, z);
        else taps_convolve(taps, n_whole, z);
        for (j = n; j < n_whole; ++j) z[j] = NAN; /* no comparison with it is true */
        wavelet_take(&found, wanted, z, n, n_whole);
        if (n_values - t > CHUNK) for (j = 0; j < 9; ++j) taps[j] += CHUNK;
    }
    wavelet_give(s, &found, wanted, n_values, scale);
}

static void wavelet_features(model_state *s)
{
    const model_wavelet *output = wavelet_outputs;
    float *means = s->room + WAVELET_MEANS, *halves = s->room + WAVELET_HALVES;
    const int n_halves = (s->n + 1) / 2;
    const float *taps[9];
    int i, j;
    model_clear(s->room, WAVELET_END);
    for (i = 0; i < @n_groups@; ++i) {
        const float *series = s->channels + (int)wavelet_groups[i].channel * STRIDE;
        const int dilation = (int)wavelet_groups[i].dilation;
        wavelet_mean(series, dilation, s->n, means);
        for (j = 0; j < wavelet_groups[i].n_outputs; ++j) {
            if (output->wanted[0]) {
                taps_place(series, output->twos, dilation, 0, PADDING, taps);
                wavelet_pool(s, taps, 1, output->wanted[0], s->n, wavelet_groups[i].scales[0]);
            }
            if (output->wanted[1]) {
                taps_place(series, output->twos, dilation, 0, PADDING, taps);
                wavelet_first(taps, means, n_halves, 2, halves);
                taps_place(halves, output->twos, dilation, 0, WAVELET_REACH, taps);
                wavelet_pool(s, taps, 2, output->wanted[1], n_halves, wavelet_groups[i].scales[1]);
            }
            ++output;
        }
    }
}

