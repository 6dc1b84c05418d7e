/* ---- the head: a feature is added to the sums as soon as it is known ---- */

/* A coefficient is an integer times the step of its feature, which is a power of two. */
static const int32_t head_coefficients[@n_features@][@n_sums@] = {
@coefficients@
};

static const @t_step@ head_step_of[@n_features@] = {
@step_of@
};

static const double head_steps[@n_steps@] = {
@steps@
};

static const model_accumulator head_intercepts[@n_sums@] = {
@intercepts@
};

static void model_count_in(model_state *s, float value)
{
    const double scaled = (double)value * head_steps[head_step_of[s->feature]];
    const int32_t *coefficients = head_coefficients[s->feature];
    int k;
    for (k = 0; k < @n_sums@; ++k) s->sums[k] += scaled * (double)coefficients[k];
    ++s->feature;
}

