/* Reads samples from standard input, one number for each channel and time: all channels of the first time, then of the
 * second, and so on. Whenever a window is full, it prints the class, and how probable it is. */

#include <stdio.h>

#include "model.h"

static float window[MODEL_N_CHANNELS * MODEL_N_TIMEPOINTS]; /* channel by channel */
static unsigned char work[MODEL_WORK_BYTES];

static void classify(void)
{
    float probabilities[MODEL_N_CLASSES];
    int k, most = 0;
    model_probabilities(window, work, probabilities); /* the whole model: model_predict would compute it anew */
    if (probabilities[0] != probabilities[0]) {       /* NaN alone differs from itself */
        puts("cannot say: a sample is not a number, is infinite, or is far too large");
        return;
    }
    for (k = 1; k < MODEL_N_CLASSES; ++k) {
        if (probabilities[k] > probabilities[most]) most = k;
    }
    printf("%s %.4f\n", model_labels[most], (double)probabilities[most]);
}

int main(void)
{
    long n_samples = 0;
    int channel = 0, time = 0, n_read;
    float sample;
    while ((n_read = scanf("%f", &sample)) == 1) {
        ++n_samples;
        window[channel * MODEL_N_TIMEPOINTS + time] = sample;
        if (++channel < MODEL_N_CHANNELS) continue;
        channel = 0;
        if (++time < MODEL_N_TIMEPOINTS) continue;
        time = 0;
        classify();
    }
    if (n_read == 0 || ferror(stdin)) {
        fprintf(stderr, "cannot read on after %ld numbers\n", n_samples);
        return 1;
    }
    if (!n_samples) {
        fprintf(stderr, "there were no numbers to read\n");
        return 1;
    }
    if (channel || time) {
        fprintf(stderr, "the last window is not full: it has %d of %d numbers\n", time * MODEL_N_CHANNELS + channel,
                MODEL_N_CHANNELS * MODEL_N_TIMEPOINTS);
        return 1;
    }
    return 0;
}
