/* ---- features of Rocket, in integers: kernels with weights of their own, over several channels ---- */

enum { ROCKET_PADDED = 1, ROCKET_PPV = 2, ROCKET_MAX = 4 };

typedef struct {
    @product@ bias;
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

/* The weights, channel by channel. Their sizes in one kernel add up to less than 2^15, so no output overflows. */
static const int16_t rocket_weights[@n_weights@] = {
@weights@
};

/* n values of the output of a kernel, from where the channels stand. */
static void rocket_convolve(const model_kernel *kernel, const @t_input@ *inputs, const int16_t *weights,
                            const model_value *channels, int n, @product@ *RESTRICT z)
{
    const int dilation = (int)kernel->dilation, length = kernel->length;
    int c, k, i;
    for (i = 0; i < n; ++i) z[i] = kernel->bias;
    for (c = 0; c < kernel->n_inputs; ++c) {
        const model_value *row = channels + (int)inputs[c] * STRIDE;
        int at = -(length / 2) * dilation;
        for (k = 0; k < length; ++k) {
            /* A tap that is outside the series at all times is moved to where it is just outside. */
            const model_value *tap = row + (at > PADDING ? PADDING : at < -PADDING ? -PADDING : at);
            const @product@ weight = *weights++;
            for (i = 0; i < n; ++i) z[i] += weight * tap[i];
            at += dilation;
        }
    }
}

static void rocket_features(model_state *s)
{
    const @t_input@ *inputs = rocket_inputs;
    const int16_t *weights = rocket_weights;
    const model_kernel *kernel;
    @product@ z[CHUNK];
    int i, t;
    for (kernel = rocket_kernels; kernel < rocket_kernels + @n_kernels@; ++kernel) {
        const int reach = kernel->length / 2 * (int)kernel->dilation;
        const int begin = kernel->flags & ROCKET_PADDED || reach > (s->n - 1) / 2 ? 0 : reach;
        const int end = s->n - begin;
        @product@ highest = @least@;
        int count = 0;
        for (t = begin; t < end; t += CHUNK) {
            const int n = end - t < CHUNK ? end - t : CHUNK;
            rocket_convolve(kernel, inputs, weights, s->channels + t, n, z);
            for (i = 0; i < n; ++i) count += z[i] > 0;
            for (i = 0; i < n; ++i) highest = z[i] > highest ? z[i] : highest;
        }
        if (kernel->flags & ROCKET_PPV) model_count_in(s, count * 32768 / (end - begin));
        if (kernel->flags & ROCKET_MAX) model_count_in(s, (int32_t)(highest >> @highest@));
        inputs += kernel->n_inputs;
        weights += kernel->n_inputs * kernel->length;
    }
}

