/* Instructions of one case on a Cortex-M in QEMU, where one takes a nanosecond and a tick of the timer 40 of them. */

#include <stdint.h>
#include <stdio.h>

#include "model.h"

static volatile uint32_t *const timer = (volatile uint32_t *)0xE000E010; /* control, reload, current */
static float x[MODEL_N_CHANNELS * MODEL_N_TIMEPOINTS];
static unsigned char work[MODEL_WORK_BYTES];

int main(void)
{
    unsigned long ticks = 0, n_cases = 0;
    int sum = 0;
    while (fread(x, sizeof x, 1, stdin) == 1) {
        uint32_t from;
        timer[1] = 0xFFFFFF;
        timer[2] = 0;
        timer[0] = 5;
        from = timer[2];
        sum += model_predict(x, work);
        ticks += (from - timer[2]) & 0xFFFFFF;
        ++n_cases;
    }
    printf("%lu %d\n", n_cases ? ticks * 40 / n_cases : 0, sum);
    return 0;
}
