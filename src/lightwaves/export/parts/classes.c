const char *const model_labels[MODEL_N_CLASSES] = {
@labels@
};

void model_scores_n(const float *x, int n_timepoints, void *work, float *scores)
{
    const model_accumulator *sums = model_run(x, n_timepoints, work);
    int k;
/*{ two */
    for (k = 0; k < 2; ++k) scores[k] = sums ? (float)(k ? SCORE(sums[0]) : -SCORE(sums[0])) : NAN;
/*} */
/*{ many */
    for (k = 0; k < MODEL_N_CLASSES; ++k) scores[k] = sums ? (float)SCORE(sums[k]) : NAN;
/*} */
}

int model_predict_n(const float *x, int n_timepoints, void *work)
{
    const model_accumulator *sums = model_run(x, n_timepoints, work);
/*{ two */
    return sums ? sums[0] > 0 : -1;
/*} */
/*{ many */
    int k, best = 0;
    if (!sums) return -1;
    for (k = 1; k < MODEL_N_CLASSES; ++k) {
        if (sums[k] > sums[best]) best = k;
    }
    return best;
/*} */
}

void model_probabilities_n(const float *x, int n_timepoints, void *work, float *probabilities)
{
    const double temperature = @temperature@, least = @least@;
    const model_accumulator *sums = model_run(x, n_timepoints, work);
/*{ two */
    /* The scores of the classes are -s and s. */
    const double high = sums ? 1.0 / (1.0 + exp(-2.0 * temperature * fabs(SCORE(sums[0])))) : (double)NAN;
    const double second = sums && sums[0] > 0 ? high : 1.0 - high;
    probabilities[0] = (float)(least + (1.0 - 2.0 * least) * (1.0 - second));
    probabilities[1] = (float)(least + (1.0 - 2.0 * least) * second);
/*} */
/*{ many */
    double total = 0.0, most;
    int k;
    for (k = 0; k < MODEL_N_CLASSES && !sums; ++k) probabilities[k] = NAN;
    if (!sums) return;
    most = SCORE(sums[0]);
    for (k = 1; k < MODEL_N_CLASSES; ++k) most = SCORE(sums[k]) > most ? SCORE(sums[k]) : most;
    for (k = 0; k < MODEL_N_CLASSES; ++k) total += exp(temperature * (SCORE(sums[k]) - most));
    for (k = 0; k < MODEL_N_CLASSES; ++k) {
        const double share = exp(temperature * (SCORE(sums[k]) - most)) / total;
        probabilities[k] = (float)(least + (1.0 - MODEL_N_CLASSES * least) * share);
    }
/*} */
}

int model_predict(const float *x, void *work)
{
    return model_predict_n(x, MODEL_N_TIMEPOINTS, work);
}

void model_scores(const float *x, void *work, float *scores)
{
    model_scores_n(x, MODEL_N_TIMEPOINTS, work, scores);
}

void model_probabilities(const float *x, void *work, float *probabilities)
{
    model_probabilities_n(x, MODEL_N_TIMEPOINTS, work, probabilities);
}
