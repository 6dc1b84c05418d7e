/* ---- features of Rocket: kernels with weights of their own, over several channels ---- */

enum { ROCKET_PADDED = 1, ROCKET_PPV = 2, ROCKET_MAX = 4 };

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

/* Add a tap to n values, a multiple of LANES. */
static void rocket_add(const float *row, float weight, int n, float *z)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        for (j = i; j < i + LANES; ++j) z[j] = z[j] + weight * row[j];
    }
}

static void rocket_features(model_state *s)
{
    const @t_input@ *inputs = rocket_inputs;
    const float *weights = rocket_weights;
    float z[CHUNK];
    int i, j, k, t, c;
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
                    rocket_add(row + at, *weight++, n_whole, z);
                }
            }
            for (j = n; j < n_whole; ++j) z[j] = -HUGE_VALF;
            for (j = 0; j < n_whole; ++j) count += z[j] > 0.0f;
            for (j = 0; j < n_whole; j += LANES) {
                for (k = 0; k < LANES; ++k) high[k] = z[j + k] > high[k] ? z[j + k] : high[k];
            }
        }
        for (j = 0; j < LANES; ++j) highest = high[j] > highest ? high[j] : highest;
        if (flags & ROCKET_PPV) model_add(s, (float)count / (float)(end - begin));
        if (flags & ROCKET_MAX) model_add(s, highest);
        inputs += n_inputs;
        weights += n_inputs * length;
    }
}

