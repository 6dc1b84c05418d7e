/* ---- kernels of nine taps: three have the weight 2, the others -1 ---- */

/* Where the taps of an output read at time 0, those of weight 2 first. The left four stand `later` times further right.
 * A tap that is outside the series at all times is moved to where it is just outside. */
static void taps_place(const float *series, const uint8_t *twos, int dilation, int later, int most, const float **taps)
{
    int k, n_twos = 0, n_ones = 3;
    for (k = 0; k < 9; ++k) {
        int at = (k - 4) * dilation + (k < 4 ? later : 0);
        at = at > most ? most : at < -most ? -most : at;
        if (n_twos < 3 && twos[n_twos] == k) taps[n_twos++] = series + at;
        else taps[n_ones++] = series + at;
    }
}

/* n values of an output, a multiple of LANES. Taps are added in groups of three, so a constant stretch gives 0. */
static void taps_convolve(const float *const *taps, int n, float *RESTRICT z)
{
    const float *a = taps[0], *b = taps[1], *c = taps[2], *d = taps[3], *e = taps[4];
    const float *f = taps[5], *g = taps[6], *h = taps[7], *k = taps[8];
    int i;
    for (i = 0; i < n; ++i) {
        z[i] = 2.0f * ((a[i] + b[i]) + c[i]) - (((d[i] + e[i]) + f[i]) + ((g[i] + h[i]) + k[i]));
    }
}

