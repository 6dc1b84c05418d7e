double model_predict_n(const float *x, int n_timepoints, void *work)
{
    const double lowest = @lowest@, highest = @highest@;
    const model_accumulator *sums = model_run(x, n_timepoints, work);
    double value;
    if (!sums) return (double)NAN;
    value = SCORE(sums[0]);
/*{ offset */
    value += @offset@; /* it would cost the integers digits */
/*} */
/*{ root */
    value = value < 0.0 ? 0.0 : value;
    value = value * value + @root_added@; /* the head predicts the root of the number, and this is what its errors add */
/*} */
/*{ scaled */
    value = @low@ + @unit@ * value;
/*} */
    return value < lowest ? lowest : value > highest ? highest : value;
}

double model_predict(const float *x, void *work)
{
    return model_predict_n(x, MODEL_N_TIMEPOINTS, work);
}
