/* Cases from standard input, as their number of times and their values; to standard output the class of each, then its
 * scores, then its probabilities; or the number of each. All room is as large as the header says, and no larger, so that a sanitizer sees what
 * reaches beyond. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#ifdef MODEL_N_CLASSES
static void say_class(const float *x, int n, int whole, void *work)
{
    float *scores = (float *)malloc(MODEL_N_CLASSES * sizeof(float));
    int k;
    printf("%d", whole ? model_predict(x, work) : model_predict_n(x, n, work));
    if (whole) model_scores(x, work, scores);
    else model_scores_n(x, n, work, scores);
    for (k = 0; k < MODEL_N_CLASSES; ++k) printf(" %.9g", (double)scores[k]);
    if (whole) model_probabilities(x, work, scores);
    else model_probabilities_n(x, n, work, scores);
    for (k = 0; k < MODEL_N_CLASSES; ++k) printf(" %.9g", (double)scores[k]);
    printf("\n");
    free(scores);
}
#endif

int main(void)
{
    int32_t n;
    unsigned char *room = (unsigned char *)malloc(MODEL_WORK_BYTES + UNALIGNED);
    void *work = room + UNALIGNED;
    while (fread(&n, sizeof n, 1, stdin) == 1) {
        const size_t n_values = MODEL_N_CHANNELS * (size_t)n;
        float *x = (float *)malloc(n_values * sizeof(float));
        const int whole = n == MODEL_N_TIMEPOINTS;
        if (fread(x, sizeof(float), n_values, stdin) != n_values) return 1;
        memset(room, 0xff, MODEL_WORK_BYTES + UNALIGNED); /* nobody may read what stood there: each float is NaN */
#ifdef MODEL_N_CLASSES
        say_class(x, n, whole, work);
#else
        printf("%.17g\n", whole ? model_predict(x, work) : model_predict_n(x, n, work));
#endif
        free(x);
    }
    free(room);
    return 0;
}
