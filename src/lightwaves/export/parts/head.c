/* ---- the head: a feature is added to the sums as soon as it is known ---- */
/*{ likenesses */
/* Behind the features come likenesses to landmarks, which are added in the same way. */
/*} */

/*{ rounded */
/* A coefficient is an integer times the step of its feature, which is a power of two. */
/*} */
/*{ exact */
/* Likenesses nearly cancel, so that roundings of coefficients would count. */
/*} */
static const @t_coefficient@ head_coefficients[@n_added@][@n_sums@] = {
@coefficients@
};

static const @t_step@ head_step_of[@n_added@] = {
@step_of@
};

static const double head_steps[@n_steps@] = {
@steps@
};

static const model_accumulator head_intercepts[@n_sums@] = {
@intercepts@
};

static void @count_in@(model_state *s, @value@ value)
{
    const double scaled = (double)value * head_steps[head_step_of[s->feature]];
    const @t_coefficient@ *coefficients = head_coefficients[s->feature];
    int k;
    for (k = 0; k < @n_sums@; ++k) s->sums[k] += scaled * (double)coefficients[k];
    ++s->feature;
}

