#include "@header@"

#include <math.h>
#include <stdint.h>

/* The sign of an output counts, so multiplications and additions must not be fused, nor put into another order. And
 * values that are not numbers are looked for. GCC disables a lone -fassociative-math, and a pragma enables it. */
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(_M_FP_FAST) || \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "compile this file without -ffast-math, -Ofast and /fp:fast, and without any option that these turn on"
#endif
/*{ floating */
#if (defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16) || \
    (defined(_M_IX86_FP) && _M_IX86_FP < 2)
#error "a float must be computed as one, and the x87 unit does not: compile for SSE (-msse2 -mfpmath=sse, /arch:SSE2)"
#endif
/*} */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off", "no-associative-math")
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract(off)
#else
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef __GNUC__
#define RESTRICT __restrict /* what is written through this pointer is read through no other */
#else
#define RESTRICT
#endif
#if defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__)
#define ROLLED _Pragma("GCC unroll 1") /* a short loop that is not taken apart, but put into vectors */
#define UNROLLED _Pragma("GCC unroll 4") /* a loop whose counting would take as long as its work */
#else
#define ROLLED
#define UNROLLED
#endif

#define LANES 16 /* times that are worked on together: a compiler can put them into vectors */
#define CHUNK @chunk@ /* values of an output that are there at once, a multiple of LANES */
#define PADDING @padding@ /* zeros before, between and behind the channels */
#define STRIDE (MODEL_N_TIMEPOINTS + PADDING)
#define MOST 1e37f /* what no standardised value may exceed */
#define SCORE(sum) ((double)(sum) * @score@)

typedef @value@ model_value; /* of a series */
typedef @sum@ model_accumulator;

/* Or this does not compile. A constant must be a double of 64 bits; -fsingle-precision-constant makes it less. */
typedef char model_int_has_32_bits[sizeof(int) == 4 ? 1 : -1];
typedef char model_constant_has_64_bits[(int64_t)9007199254740991.0 == 9007199254740991 ? 1 : -1];

typedef struct {
    int n;                   /* time points of this case */
    int feature;             /* the next one */
    model_accumulator *sums; /* one for each output of the head */
/*{ likenesses */
    @compared@ *compared;    /* the features at unit variance */
/*} */
    model_value *channels;   /* standardised, with zeros around each */
    model_value *room;       /* what one kind of features needs, and then the next */
} model_state;

static void model_clear(model_value *values, int n)
{
    int i;
    for (i = 0; i < n; ++i) values[i] = 0;
}

