"""The compiled loops: plain arrays in, plain arrays out; the only place that knows numba."""
