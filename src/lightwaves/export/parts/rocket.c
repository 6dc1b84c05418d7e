/* ---- features of Rocket: kernels with weights of their own, over several channels ---- */

enum { ROCKET_TAPS = 4, ROCKET_PADDED = 1, ROCKET_PPV = 2, ROCKET_MAX = 4 };

static const struct {
    float bias;
    @t_dilation@ dilation;
    @t_n_inputs@ n_inputs;
    @t_length@ length; /* taps for each channel */
    uint8_t flags;
} rocket_kernels[@n_kernels@] = {
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
} rocket_taps;

/* Add taps, one after the other, to n values. Those that are not there count as 0. */
static void rocket_add(rocket_taps *taps, int n, float *RESTRICT z)
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

static void rocket_features(model_state *s)
{
    const @t_input@ *inputs = rocket_inputs;
    const float *weights = rocket_weights;
    rocket_taps taps;
    float z[CHUNK];
    int i, j, k, t, c;
    taps.n_taps = 0;
    for (i = 0; i < @n_kernels@; ++i) {
        const int dilation = (int)rocket_kernels[i].dilation, n_inputs = (int)rocket_kernels[i].n_inputs;
        const int length = (int)rocket_kernels[i].length, flags = rocket_kernels[i].flags;
        const int reach = length / 2 * dilation;
        const int begin = flags & ROCKET_PADDED || reach >= s->n || s->n <= 2 * reach ? 0 : reach;
        const int end = s->n - begin;
        float high[LANES], highest = -HUGE_VALF;
        int count = 0;
        for (j = 0; j < LANES; ++j) high[j] = -HUGE_VALF;
        for (t = begin; t < end; t += CHUNK) {
            const int n = end - t < CHUNK ? end - t : CHUNK;
            const int n_whole = (n + LANES - 1) / LANES * LANES;
            const float *weight = weights;
            for (j = 0; j < n_whole; ++j) z[j] = rocket_kernels[i].bias;
            for (c = 0; c < n_inputs; ++c) {
                const float *row = s->channels + (int)inputs[c] * STRIDE + t;
                for (k = 0; k < length; ++k) {
                    int at = (k - length / 2) * dilation;
                    at = at > PADDING ? PADDING : at < -PADDING ? -PADDING : at;
                    taps.rows[taps.n_taps] = row + at;
                    taps.weights[taps.n_taps] = *weight++;
                    if (++taps.n_taps == ROCKET_TAPS) rocket_add(&taps, n_whole, z);
                }
            }
            if (taps.n_taps) rocket_add(&taps, n_whole, z);
            for (j = n; j < n_whole; ++j) z[j] = -HUGE_VALF;
            if (flags & ROCKET_PPV) count += rocket_count(z, n_whole);
            if (flags & ROCKET_MAX) rocket_highest(z, n_whole, high);
        }
        for (j = 0; j < LANES; ++j) highest = high[j] > highest ? high[j] : highest;
        if (flags & ROCKET_PPV) model_add(s, (float)count / (float)(end - begin));
        if (flags & ROCKET_MAX) model_add(s, highest);
        inputs += n_inputs;
        weights += n_inputs * length;
    }
}

