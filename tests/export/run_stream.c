/* Samples from standard input, and whenever the model says that a window is due, the index of its last sample and what
 * the model says of it. The arguments are the hop, and the sample before which the stream begins anew. */

#include <stdio.h>
#include <stdlib.h>

#include "model.h"

int main(int n_arguments, char **arguments)
{
    const int hop = n_arguments > 1 ? atoi(arguments[1]) : 1, anew = n_arguments > 2 ? atoi(arguments[2]) : -1;
    unsigned char *room = (unsigned char *)malloc(MODEL_STREAM_BYTES + UNALIGNED);
    void *work = malloc(MODEL_WORK_BYTES), *stream = room + UNALIGNED;
    float *sample = (float *)malloc(MODEL_N_CHANNELS * sizeof(float));
    int number;
    model_reset(stream, hop);
    for (number = 0; fread(sample, sizeof(float), MODEL_N_CHANNELS, stdin) == MODEL_N_CHANNELS; ++number) {
        const float *window;
        if (number == anew) model_reset(stream, hop);
        window = model_push(sample, stream);
        if (window) printf("%d %.17g\n", number, (double)model_predict(window, work));
    }
    free(sample);
    free(work);
    free(room);
    return 0;
}
