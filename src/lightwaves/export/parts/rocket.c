/* ---- features of Rocket: kernels with weights of their own, over several channels ---- */

enum { ROCKET_TAPS = 4, ROCKET_PADDED = 1, ROCKET_PPV = 2, ROCKET_MAX = 4 };

typedef struct {
    float bias;
    @t_dilation@ dilation;
    @t_n_inputs@ n_inputs;
    @t_length@ length; /* taps for each channel */
    uint8_t flags;
} model_kernel;

static const model_kernel rocket_kernels[@n_kernels@] = {
@kernels@
};

/* The channels of each kernel. */
static const @t_input@ rocket_inputs[@n_inputs@] = {
@inputs@
};

/* The weights, channel by channel. */
static const float rocket_weights[@n_weights@] = {
@weights@
};

/* Some taps that are added together: z is then read and written once for them. */
typedef struct {
    const float *rows[ROCKET_TAPS];
    float weights[ROCKET_TAPS];
    int n_taps;
} model_taps;

/* Add taps, one after the other, to n values. Those that are not there count as 0. */
static void rocket_add(model_taps *taps, int n, float *RESTRICT z)
{
    const float *a, *b, *c, *d;
    float u, v, w, y;
    int i;
    for (i = taps->n_taps; i < ROCKET_TAPS; ++i) {
        taps->rows[i] = taps->rows[0];
        taps->weights[i] = 0.0f;
    }
    a = taps->rows[0], b = taps->rows[1], c = taps->rows[2], d = taps->rows[3];
    u = taps->weights[0], v = taps->weights[1], w = taps->weights[2], y = taps->weights[3];
    for (i = 0; i < n; ++i) z[i] = (((z[i] + u * a[i]) + v * b[i]) + w * c[i]) + y * d[i];
    taps->n_taps = 0;
}

static int rocket_count(const float *z, int n)
{
    int i, count = 0;
    for (i = 0; i < n; ++i) count += z[i] > 0.0f;
    return count;
}

static void rocket_highest(const float *z, int n, float *RESTRICT high)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) high[j] = z[i + j] > high[j] ? z[i + j] : high[j];
    }
}

/* n values of the output of a kernel, a multiple of LANES, from where the channels stand. */
static void rocket_convolve(const model_kernel *kernel, const @t_input@ *inputs, const float *weights,
                            const float *channels, int n, float *RESTRICT z)
{
    const int dilation = (int)kernel->dilation, length = kernel->length;
    model_taps taps;
    int c, k;
    for (k = 0; k < n; ++k) z[k] = kernel->bias;
    taps.n_taps = 0;
    for (c = 0; c < kernel->n_inputs; ++c) {
        const float *row = channels + (int)inputs[c] * STRIDE;
        int at = -(length / 2) * dilation;
        for (k = 0; k < length; ++k) {
/*{ near */
            taps.rows[taps.n_taps] = row + at;
/*} */
/*{ far */
            /* A tap that is outside the series at all times is moved to where it is just outside. */
            taps.rows[taps.n_taps] = row + (at > PADDING ? PADDING : at < -PADDING ? -PADDING : at);
/*} */
            taps.weights[taps.n_taps] = *weights++;
            at += dilation;
            if (++taps.n_taps == ROCKET_TAPS) rocket_add(&taps, n, z);
        }
    }
    if (taps.n_taps) rocket_add(&taps, n, z);
}

static void rocket_features(model_state *s)
{
    const @t_input@ *inputs = rocket_inputs;
    const float *weights = rocket_weights;
    const model_kernel *kernel;
    float z[CHUNK];
    int i, t;
    for (kernel = rocket_kernels; kernel < rocket_kernels + @n_kernels@; ++kernel) {
        const int reach = kernel->length / 2 * (int)kernel->dilation;
        const int begin = kernel->flags & ROCKET_PADDED || reach > (s->n - 1) / 2 ? 0 : reach;
        const int end = s->n - begin;
        float high[LANES], highest = -HUGE_VALF;
        int count = 0;
        for (i = 0; i < LANES; ++i) high[i] = -HUGE_VALF;
        for (t = begin; t < end; t += CHUNK) {
            const int n = end - t < CHUNK ? end - t : CHUNK;
            const int n_whole = (n + LANES - 1) / LANES * LANES;
            rocket_convolve(kernel, inputs, weights, s->channels + t, n_whole, z);
            for (i = n; i < n_whole; ++i) z[i] = -HUGE_VALF;
            if (kernel->flags & ROCKET_PPV) count += rocket_count(z, n_whole);
            if (kernel->flags & ROCKET_MAX) rocket_highest(z, n_whole, high);
        }
        if (kernel->flags & ROCKET_PPV) model_count_in(s, (float)count / (float)(end - begin));
        if (kernel->flags & ROCKET_MAX) {
            for (i = 0; i < LANES; ++i) highest = high[i] > highest ? high[i] : highest;
            model_count_in(s, highest);
        }
        inputs += kernel->n_inputs;
        weights += kernel->n_inputs * kernel->length;
    }
}

