
/* ---- a stream: the newest samples of each channel in a ring ---- */

typedef struct {
    int hop;  /* samples from one window to the next */
    int left; /* samples until the next one */
    int next; /* where the next sample goes: where the oldest one is, once all are there */
    int unused; /* so that what follows is aligned */
} model_ring;

static model_ring *model_ring_in(void *stream)
{
    const uintptr_t excess = (uintptr_t)stream % sizeof(double);
    return (model_ring *)(void *)((unsigned char *)stream + (excess ? sizeof(double) - excess : 0));
}

static void model_reverse(float *values, int first, int end)
{
    for (--end; first < end; ++first, --end) {
        const float value = values[first];
        values[first] = values[end];
        values[end] = value;
    }
}

void model_reset(void *stream, int hop)
{
    model_ring *ring = model_ring_in(stream);
    ring->hop = hop < 1 ? 1 : hop;
    ring->left = MODEL_N_TIMEPOINTS;
    ring->next = 0;
}

const float *model_push(const float *sample, void *stream)
{
    model_ring *ring = model_ring_in(stream);
    float *window = (float *)(void *)(ring + 1);
    int c;
    for (c = 0; c < MODEL_N_CHANNELS; ++c) window[c * MODEL_N_TIMEPOINTS + ring->next] = sample[c];
    ring->next = ring->next + 1 < MODEL_N_TIMEPOINTS ? ring->next + 1 : 0;
    if (--ring->left > 0) return 0;
    ring->left = ring->hop;
    for (c = 0; c < MODEL_N_CHANNELS && ring->next > 0; ++c) { /* the oldest sample comes first, without more room */
        float *row = window + c * MODEL_N_TIMEPOINTS;
        model_reverse(row, 0, ring->next);
        model_reverse(row, ring->next, MODEL_N_TIMEPOINTS);
        model_reverse(row, 0, MODEL_N_TIMEPOINTS);
    }
    ring->next = 0;
    return window;
}
