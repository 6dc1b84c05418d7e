double model_predict_n(const float *x, int n_timepoints, void *work)
{
    const double lowest = @lowest@, highest = @highest@;
    const model_accumulator *sums = model_run(x, n_timepoints, work);
    double value;
    if (!sums) return NAN;
    value = SCORE(sums[0]);
    return value < lowest ? lowest : value > highest ? highest : value;
}

double model_predict(const float *x, void *work)
{
    return model_predict_n(x, MODEL_N_TIMEPOINTS, work);
}
