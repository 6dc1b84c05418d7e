/* The least that a Cortex-M needs to begin: where the stack is, and where the program. */

extern unsigned long stack_top;
void _start(void); /* of newlib: clears memory, and calls main */

void reset(void);
void stop(void);

static const struct {
    unsigned long *stack;
    void (*handlers[15])(void);
} vectors __attribute__((section(".vectors"), used)) = {&stack_top, {reset, stop, stop, stop, stop, stop}};

void reset(void)
{
    volatile unsigned long *const coprocessors = (volatile unsigned long *)0xE000ED88;
    *coprocessors |= 0xFul << 20; /* the unit for floating point */
    __asm__ volatile("dsb\n\tisb");
    _start();
}

void stop(void)
{
    for (;;) {
    }
}
