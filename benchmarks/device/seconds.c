/* Nanoseconds of one case: the least of several rounds over the cases in a file. */

#define _POSIX_C_SOURCE 199309L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"

int main(int n_arguments, char **arguments)
{
    const int n_cases = n_arguments > 1 ? atoi(arguments[1]) : 0, n_rounds = 9, n_repeats = 20;
    const size_t n_values = (size_t)MODEL_N_CHANNELS * MODEL_N_TIMEPOINTS;
    float *x = (float *)malloc((size_t)n_cases * n_values * sizeof(float));
    void *work = malloc(MODEL_WORK_BYTES);
    double least = 1e30;
    int round, i, sum = 0;
    if (fread(x, sizeof(float), (size_t)n_cases * n_values, stdin) != (size_t)n_cases * n_values) return 1;
    for (round = 0; round < n_rounds; ++round) {
        struct timespec from, to;
        double each;
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (i = 0; i < n_cases * n_repeats; ++i) sum += model_predict(x + (size_t)(i % n_cases) * n_values, work);
        clock_gettime(CLOCK_MONOTONIC, &to);
        each = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / n_cases / n_repeats;
        least = each < least ? each : least;
    }
    printf("%.1f %d\n", least, sum);
    return 0;
}
