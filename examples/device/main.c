/* Reads samples from standard input, one number for each channel and time: all channels of the first time, then of the
 * second, and so on. Whenever a window is full, it prints the class, and how probable it is. */

#include <stdio.h>

#include "model.h"

static float window[MODEL_N_CHANNELS * MODEL_N_TIMEPOINTS]; /* channel by channel */
static unsigned char work[MODEL_WORK_BYTES];

int main(void)
{
    float probabilities[MODEL_N_CLASSES];
    int channel = 0, time = 0;
    float sample;
    while (scanf("%f", &sample) == 1) {
        window[channel * MODEL_N_TIMEPOINTS + time] = sample;
        if (++channel < MODEL_N_CHANNELS) continue;
        channel = 0;
        if (++time < MODEL_N_TIMEPOINTS) continue;
        time = 0;
        {
            const int class_number = model_predict(window, work);
            if (class_number < 0) {
                puts("cannot say: a sample is not a number");
                continue;
            }
            model_probabilities(window, work, probabilities);
            printf("%s %.4f\n", model_labels[class_number], (double)probabilities[class_number]);
        }
    }
    return 0;
}
