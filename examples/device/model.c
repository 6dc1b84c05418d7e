/* 100 features of 6 channels for 4 classes, written by lightwaves 1.0.0rc1. Do not edit. */

#include "model.h"

#include <math.h>
#include <stdint.h>

/* The sign of an output counts, so multiplications and additions must not be fused, nor put into another order. And
 * values that are not numbers are looked for. GCC disables a lone -fassociative-math, and a pragma enables it. */
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(_M_FP_FAST) || \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "compile this file without -ffast-math, -Ofast and /fp:fast, and without any option that these turn on"
#endif
#if (defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16) || \
    (defined(_M_IX86_FP) && _M_IX86_FP < 2)
#error "a float must be computed as one, and the x87 unit does not: compile for SSE (-msse2 -mfpmath=sse, /arch:SSE2)"
#endif
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
#define CHUNK 112 /* values of an output that are there at once, a multiple of LANES */
#define PADDING 33 /* zeros before, between and behind the channels */
#define STRIDE (MODEL_N_TIMEPOINTS + PADDING)
#define MOST 1e37f /* what no standardised value may exceed */
#define SCORE(sum) ((double)(sum) * 0x1p+0)

typedef float model_value; /* of a series */
typedef double model_accumulator;

/* Or this does not compile. A constant must be a double of 64 bits; -fsingle-precision-constant makes it less. */
typedef char model_int_has_32_bits[sizeof(int) == 4 ? 1 : -1];
typedef char model_constant_has_64_bits[(int64_t)9007199254740991.0 == 9007199254740991 ? 1 : -1];

typedef struct {
    int n;                   /* time points of this case */
    int feature;             /* the next one */
    model_accumulator *sums; /* one for each output of the head */
    model_value *channels;   /* standardised, with zeros around each */
    model_value *room;       /* what one kind of features needs, and then the next */
} model_state;

static void model_clear(model_value *values, int n)
{
    int i;
    for (i = 0; i < n; ++i) values[i] = 0;
}

/* ---- the head: a feature is added to the sums as soon as it is known ---- */

/* A coefficient is an integer times the step of its feature, which is a power of two. */
static const int32_t head_coefficients[100][4] = {
    {-195579919, 16801209, -995397844, 1174176554}, {1106839737, -556272016, 195183945, -745751666},
    {265012376, -69030224, 893608269, -1089590421}, {-1077840633, 213692700, -14242751, 878390685},
    {1510990196, -628368271, 91807422, -974429347}, {1571407824, -1587927226, 1115103918, -1098584515},
    {-242566238, 929433741, -2086050409, 1399182906}, {-1438224861, 1851235035, 326151550, -739161723},
    {985877503, 220487109, 110954954, -1317319566}, {-478230190, 67584285, 1987759216, -1577113311},
    {453872460, -346320141, -1733737160, 1626184841}, {634174792, 553210051, 89670709, -1277055552},
    {626540471, -44109246, 720217896, -1302649121}, {-1313120798, 337148489, -585987756, 1561960065},
    {-371525801, -1139987186, 389188247, 1122324740}, {378364900, -173047966, 1096209363, -1301526297},
    {-1236453055, -973634648, 393156350, 1816931354}, {-1020715076, 1325095930, -90360447, -214020408},
    {-371486713, 1085323307, 748740287, -1462576880}, {775548763, -1080880913, 389497463, -84165314},
    {-1247748939, 820774215, 100610492, 326364233}, {76418418, -247442807, -1249506845, 1420531235},
    {-675606119, 1102051386, 1655677522, -2082122789}, {940099932, -639163409, 1765263072, -2066199596},
    {-670424096, -987102640, -45064460, 1702591195}, {1102305311, 616691669, -321648496, -1397348484},
    {-22209640, 88309652, -1714489234, 1648389222}, {-1781208444, 1927580161, 300188889, -446560607},
    {810832322, 588190194, 3540723, -1402563239}, {-420723916, 1359230701, -77921208, -860585577},
    {-896191648, 2131062633, -2011704085, 776833101}, {-132828739, -1562362831, 86602450, 1608589120},
    {-1045726543, -939527268, 607334237, 1377919574}, {1944701373, 1698703737, -1846379839, -1797025270},
    {159707810, -22818049, -1411612959, 1274723198}, {-749661039, -648493855, 53451638, 1344703257},
    {-1625709535, -438176542, 272973865, 1790912213}, {1147510628, -885924251, -721267371, 459680994},
    {-739546974, -881067827, 530660290, 1089954511}, {-492808731, -1124920985, 351457930, 1266271786},
    {848656827, 1041023439, -304023834, -1585656432}, {598040989, 1272387165, -1320950460, -549477694},
    {-1327489023, 726722801, 567593915, 33172307}, {1950665563, -1682034494, -1260595707, 991964638},
    {1571600270, -1119022712, 119799374, -572376933}, {1026000211, -1906486982, -38434014, 918920786},
    {-1385019339, 1314729500, 297225078, -226935238}, {-1750805880, 1044429382, -963655194, 1670031692},
    {-297783304, 152533940, -1303279739, 1448529103}, {1532205977, -1125941577, -1839135732, 1432871332},
    {-1109950172, 1558234251, 58785763, -507069842}, {-796560613, -802564810, 374892679, 1224232744},
    {-1112528404, 1548467702, 106797667, -542736966}, {564916770, -1639971313, 605967836, 469086707},
    {252101930, -813077608, 1422658167, -861682489}, {1377016805, -1211447517, -2123739754, 1958170467},
    {-247526325, -189468435, -1397282467, 1834277226}, {1116970292, -644062095, -601477755, 128569558},
    {-716357898, -1117837454, 581312000, 1252883353}, {-220543901, 204781759, -1825583851, 1841345992},
    {-316580926, 1060884029, 530065915, -1274369019}, {270246627, -205873923, 1277251800, -1341624505},
    {-1598291851, -823744192, 1877262617, 544773427}, {1136698381, 780838567, -504741033, -1412795915},
    {-472829555, -334364684, -595109939, 1402304177}, {10051165, 230840756, -1155662115, 914770193},
    {71597281, -1382702808, 2061436100, -750330572}, {212348804, 153278884, -1169614795, 803987108},
    {435025640, -677047783, -1762890265, 2004912408}, {-496119042, 211210873, -865454332, 1150362502},
    {698956291, -1561476181, 836463239, 26056651}, {1363899566, 1569581290, -1087322177, -1846158679},
    {-257123099, -819507117, -361337876, 1437968091}, {-1080737783, 538688927, 464853941, 77194915},
    {1895201581, -1842684545, 2087990708, -2140507743}, {-1035799115, -578556783, 242591296, 1371764602},
    {1435536066, -1163886280, -282594940, 10945155}, {1072317305, -1344707611, 296502041, -24111736},
    {1280520141, -515618677, 66727284, -831628748}, {-1771139834, 1125787305, -524562543, 1169915072},
    {-191612617, 99915701, -1451565424, 1543262340}, {1481627969, -1493776797, 347351319, -335202490},
    {-1971453413, 1007848661, 118018203, 845586549}, {-1547644909, 1186089348, -273412778, 634968339},
    {-1033825266, 1297398788, -296347003, 32773481}, {1402205677, 485054223, -566637526, -1320622375},
    {1096614417, -711567268, -32441838, -352605311}, {1913226522, -1715166527, 1392524780, -1590584775},
    {558373299, -182992048, -1842932580, 1467551329}, {-1521956790, 1254386507, -44050758, 311621042},
    {1670987473, -563144303, -589282884, -518560286}, {-919569100, 1148066887, -1434605755, 1206107968},
    {1514676045, 171700396, -254898176, -1431478266}, {1535731611, -1802777388, 946191791, -679146014},
    {1093536286, 197197705, 64199813, -1354933804}, {-501629729, 386437375, 1518196917, -1403004562},
    {1634630336, 412636740, -248301394, -1798965682}, {164452110, -1308025296, 616176336, 527396850},
    {1939254939, -55134014, -332783143, -1551337782}, {-1335337394, 1571520337, 481114359, -717297302},
};

static const uint8_t head_step_of[100] = {
    8, 2, 7, 9, 2, 8, 8, 8, 1, 1, 9, 2, 5, 10, 4, 9, 0, 10, 10, 10, 10, 9, 6, 9, 8, 1, 2, 4, 7, 7, 7, 8, 8, 0, 2, 8,
    0, 8, 8, 8, 8, 8, 9, 8, 6, 9, 0, 7, 2, 5, 3, 8, 4, 8, 6, 7, 7, 4, 0, 2, 8, 2, 7, 1, 5, 8, 3, 8, 8, 5, 8, 7, 8,
    4, 7, 0, 9, 9, 4, 9, 2, 5, 10, 9, 10, 1, 8, 8, 8, 10, 9, 8, 4, 8, 9, 9, 3, 6, 4, 9,
};

static const double head_steps[11] = {
    0x1p-41, 0x1p-40, 0x1p-39, 0x1p-38, 0x1p-37, 0x1p-36, 0x1p-35, 0x1p-34, 0x1p-33, 0x1p-32, 0x1p-31,
};

static const model_accumulator head_intercepts[4] = {
    0x1.86c866e953f97p+0, -0x1.6f9e068e41bdep-6, -0x1.be644065e5984p-2, -0x1.88b86f5bc3c21p+1,
};

static void model_count_in(model_state *s, float value)
{
    const double scaled = (double)value * head_steps[head_step_of[s->feature]];
    const int32_t *coefficients = head_coefficients[s->feature];
    int k;
    for (k = 0; k < 4; ++k) s->sums[k] += scaled * (double)coefficients[k];
    ++s->feature;
}

/* ---- the channels are standardised: (x - large - small) * factor, the mean in two parts ---- */

static const struct {
    float large, small, factor;
} channel_standard[MODEL_N_CHANNELS] = {
    {0x1.46c0d4p+1f, -0x1.fb568p-27f, 0x1.21948ap-3f}, {-0x1.4dceccp+0f, -0x1.6849c2p-25f, 0x1.2d7046p-3f},
    {-0x1.06cdfap+0f, -0x1.6e67d4p-25f, 0x1.20bee4p-2f}, {0x1.38222p-6f, -0x1.a4dd3p-35f, 0x1.e4dde8p-2f},
    {-0x1.8885dcp-6f, -0x1.245a1cp-31f, 0x1.1933e4p-1f}, {-0x1.c90768p-5f, -0x1.8a147ap-30f, 0x1.233108p-2f},
};

/* Standardise all channels; 0 if there is a value that cannot be used. */
static int channel_read_all(const float *x, int n, model_value *channels)
{
    int c, t, n_wrong = 0;
    model_clear(channels - PADDING, PADDING);
    for (c = 0; c < MODEL_N_CHANNELS; ++c) {
        const float large = channel_standard[c].large;
        const float small = channel_standard[c].small;
        const float factor = channel_standard[c].factor;
        for (t = 0; t < n; ++t) {
            float value = (x[t] - large) - small;
            value *= factor;
            n_wrong += !(fabsf(value) <= MOST);
            channels[t] = value;
        }
        model_clear(channels + n, STRIDE - n);
        x += n;
        channels += STRIDE;
    }
    model_clear(channels, LANES);
    return !n_wrong;
}

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

/* ---- features of MiniRocket, MultiRocket and Prism ---- */

/* A series is a sum of channels, or its differences. `n_outputs` kernels are applied to it. */
static const struct {
    uint8_t n_members;
    uint8_t differences;
    uint8_t n_outputs;
} pooled_series[42] = {
    {2, 0, 1}, {2, 0, 1}, {3, 0, 1}, {3, 0, 1}, {2, 0, 1}, {1, 0, 2}, {2, 0, 1}, {4, 1, 1}, {4, 0, 1}, {3, 0, 1},
    {2, 0, 1}, {1, 0, 5}, {2, 0, 1}, {3, 0, 1}, {4, 0, 1}, {1, 0, 5}, {1, 1, 1}, {4, 1, 1}, {4, 0, 1}, {5, 0, 1},
    {4, 0, 1}, {5, 0, 1}, {6, 1, 1}, {2, 0, 2}, {5, 0, 1}, {6, 0, 1}, {4, 0, 1}, {1, 0, 2}, {1, 1, 1}, {2, 1, 1},
    {2, 0, 1}, {3, 0, 1}, {4, 1, 1}, {3, 0, 1}, {2, 0, 1}, {1, 0, 2}, {2, 0, 1}, {4, 0, 1}, {2, 0, 1}, {1, 0, 1},
    {2, 0, 2}, {1, 0, 1},
};

/* The channels of each series, counted from 1, and below 0 if they are subtracted. */
static const int8_t pooled_members[116] = {
    -3, -5, -3, -4, -3, -4, 6, -3, 4, -6, -3, 5, -2, -2, -3, -2, -3, 4, 6, -2, 3, 4, 5, -2, 4, 5, -2, 6, -1, -1, -4,
    -1, -2, -5, -1, 3, -4, -6, 1, 1, 1, -4, -5, -6, 1, -3, -5, 6, 1, -2, -3, 5, -6, 1, -2, 3, -6, 1, -2, 3, -5, 6,
    1, -2, 3, 4, -5, 6, 1, 2, 1, 2, 3, -4, -6, 1, 2, 3, 4, 5, 6, 1, 4, -5, -6, 2, 2, 2, -6, 2, -5, 2, -4, -6, 2, -3,
    -4, -6, 2, 3, 4, 2, 5, 3, 3, 4, 3, 4, 5, 6, 3, 5, 4, 4, 5, 6,
};

/* The outputs: which taps have the weight 2; flags; which sixteenths of the output are pooled, from begin to end; the
 * distance between two taps; and how many biases follow. */
enum { POOLED_PADDED = 1, POOLED_LOW = 2, POOLED_MEAN_ABS = 4 };

typedef struct {
    uint8_t twos[3], flags, begin, end;
    uint8_t dilation;
    uint8_t n_biases;
} model_pooled;

static const model_pooled pooled_outputs[55] = {
    {{2, 5, 8}, 2, 0, 16, 2, 1}, {{0, 6, 7}, 0, 0, 16, 2, 1}, {{4, 5, 7}, 0, 0, 16, 2, 1},
    {{0, 1, 4}, 1, 0, 16, 1, 2}, {{3, 4, 7}, 0, 0, 16, 5, 1}, {{4, 5, 6}, 1, 0, 16, 1, 2},
    {{0, 1, 5}, 1, 0, 16, 3, 2}, {{4, 5, 6}, 2, 0, 16, 3, 1}, {{3, 4, 6}, 3, 0, 16, 1, 1},
    {{1, 4, 5}, 2, 0, 16, 1, 1}, {{4, 6, 8}, 1, 0, 16, 6, 1}, {{3, 4, 5}, 0, 0, 16, 2, 1},
    {{1, 5, 6}, 0, 0, 16, 1, 2}, {{0, 4, 5}, 2, 0, 16, 7, 1}, {{0, 5, 6}, 1, 0, 16, 1, 2},
    {{1, 2, 8}, 1, 0, 16, 23, 1}, {{4, 7, 8}, 3, 0, 16, 1, 1}, {{2, 5, 7}, 0, 0, 16, 2, 1},
    {{0, 3, 5}, 0, 0, 16, 1, 2}, {{3, 4, 8}, 0, 0, 16, 3, 1}, {{3, 4, 5}, 7, 0, 16, 9, 1},
    {{0, 1, 6}, 1, 0, 16, 20, 2}, {{2, 6, 7}, 0, 0, 16, 1, 3}, {{0, 4, 7}, 0, 0, 16, 2, 2},
    {{1, 7, 8}, 3, 0, 16, 8, 1}, {{5, 6, 7}, 1, 0, 16, 4, 4}, {{1, 7, 8}, 0, 0, 16, 2, 3},
    {{0, 7, 8}, 3, 0, 16, 7, 1}, {{1, 2, 8}, 3, 0, 16, 2, 1}, {{1, 2, 8}, 2, 0, 16, 12, 1},
    {{3, 4, 6}, 0, 0, 16, 13, 1}, {{1, 3, 4}, 2, 0, 16, 1, 1}, {{2, 3, 5}, 5, 0, 16, 1, 1},
    {{0, 6, 8}, 2, 0, 16, 4, 1}, {{1, 2, 3}, 2, 0, 16, 3, 3}, {{1, 3, 6}, 3, 0, 16, 1, 1},
    {{1, 3, 6}, 3, 0, 16, 7, 1}, {{0, 5, 8}, 1, 0, 16, 3, 1}, {{6, 7, 8}, 0, 0, 16, 14, 1},
    {{1, 2, 6}, 1, 0, 16, 4, 2}, {{2, 4, 6}, 1, 0, 16, 4, 1}, {{1, 3, 5}, 2, 0, 16, 2, 1},
    {{1, 2, 3}, 3, 0, 16, 14, 3}, {{0, 2, 4}, 2, 0, 16, 3, 2}, {{1, 3, 8}, 2, 0, 16, 1, 1},
    {{4, 6, 7}, 0, 0, 16, 2, 1}, {{1, 6, 7}, 3, 0, 16, 5, 1}, {{3, 6, 7}, 3, 0, 16, 4, 2},
    {{2, 3, 7}, 3, 0, 16, 14, 1}, {{1, 6, 7}, 7, 0, 16, 4, 0}, {{4, 6, 7}, 1, 0, 16, 2, 1},
    {{0, 2, 6}, 1, 0, 16, 7, 1}, {{2, 3, 5}, 1, 0, 16, 5, 1}, {{0, 4, 6}, 3, 0, 16, 6, 2},
    {{3, 5, 8}, 1, 0, 16, 13, 1},
};

/* The biases, and what is wanted of the values above each. */
enum { POOLED_PPV = 1, POOLED_LONGEST = 2, POOLED_MEAN_POSITIVE = 4, POOLED_MEAN_INDEX = 8, POOLED_MEAN_EXCESS = 16 };
enum { POOLED_ADDS = POOLED_MEAN_POSITIVE | POOLED_MEAN_EXCESS };

static const float pooled_biases[77] = {
    -0x1.d923c8p+0f, 0x1.ba5128p+3f, 0x1.f21238p+3f, -0x1.a0e14ap+1f, 0x1.6ffdb6p+4f, 0x1.fba6d6p+2f,
    -0x1.e0ce48p+3f, 0x1.0182d4p+3f, -0x1.1813ecp+1f, 0x1.d8aa48p+0f, 0x1.655a5p+1f, 0x1.e80b7p-2f, -0x1.d52866p+3f,
    0x1.6ce5aep-1f, -0x1.4cb078p+1f, -0x1.7d5a14p+1f, 0x1.f5b706p+2f, 0x1.4854cep+2f, -0x1.e6c3bp+2f,
    0x1.1f5f26p+3f, -0x1.2420dcp+0f, 0x1.e3528cp-1f, -0x1.90ab7ep-6f, -0x1.03d0f8p+2f, 0x1.a131dep+2f,
    0x1.de41cp+1f, 0x1.e5de3ep-4f, -0x1.033ffp-1f, 0x1.869432p-1f, -0x1.7b0eacp+1f, -0x1.ba09bap+0f, 0x1.80e758p+2f,
    0x1.9ccadep-2f, -0x1.36f698p+1f, -0x1.1f061cp+1f, -0x1.5b7a4ap+1f, -0x1.704dc8p+0f, 0x1.7713fap+0f,
    0x1.07cffcp+3f, -0x1.6721eap+3f, 0x1.873b5p+3f, 0x1.7c0a9ep+4f, -0x1.055276p+2f, -0x1.3604ccp+3f,
    0x1.381534p-3f, 0x1.6f5bacp+1f, 0x1.9852aap-5f, 0x1.e5655p-3f, -0x1.a849ap+1f, 0x1.d4ef26p-1f, 0x1.dc8f4cp+0f,
    0x1.89b13p+1f, -0x1.0e0448p+3f, 0x1.4fbd66p-4f, 0x1.2bcb96p+3f, -0x1.092b66p+0f, -0x1.7e001ap+1f,
    0x1.1bfc92p+2f, 0x1.fe3e66p-4f, 0x1.9c398ep+0f, -0x1.a938d4p-1f, 0x1.0d9d1cp+1f, 0x1.0d172cp+2f,
    -0x1.79978ap-4f, 0x1.3c50f6p+1f, 0x1.e94fdap+1f, 0x1.1fdab8p-2f, 0x1.a762fep+0f, -0x1.998a94p+1f,
    0x1.ba06e8p+1f, 0x1.9c3906p+2f, -0x1.c45b96p+2f, 0x1.6454d2p+1f, 0x1.cb077cp+1f, -0x1.19433cp+3f,
    -0x1.95fa2ap+2f, 0x1.c87416p+2f,
};

static const uint8_t pooled_wanted[77] = {
    1, 8, 2, 1, 8, 1, 1, 9, 2, 1, 8, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 16, 1, 1, 8, 8, 1, 16, 1, 1, 1, 8, 8, 3, 1, 1, 1,
    1, 1, 1, 1, 2, 1, 2, 1, 8, 2, 17, 1, 1, 1, 3, 2, 8, 1, 2, 1, 8, 2, 1, 8, 1, 3, 1, 1, 1, 2, 1, 2, 1, 1, 1, 8, 16,
    1, 1, 9,
};

typedef struct {
    int32_t times; /* the sum of the times of values above the bias */
    int count;     /* how many there are */
    int way;       /* from the latest value below the bias to here, */
    int longest;   /* and the longest way between two of these */
} model_above;

/* Where in the room of the state things stand. */
#define POOLED_REACH 92
#define POOLED_ABOVE (POOLED_REACH + 112 + POOLED_REACH)
#define POOLED_SUMS (POOLED_ABOVE + 4 * (int)(sizeof(model_above) / sizeof(float)))

static void pooled_form(const model_state *s, const int8_t *members, int n_members, int differences,
                        float *RESTRICT series)
{
    int m, t;
    for (m = 0; m < n_members; ++m) {
        const float sign = members[m] < 0 ? -1.0f : 1.0f;
        const float *row = s->channels + (members[m] < 0 ? -members[m] - 1 : members[m] - 1) * STRIDE;
        if (m == 0) for (t = 0; t < s->n; ++t) series[t] = sign * row[t];
        else for (t = 0; t < s->n; ++t) series[t] += sign * row[t];
    }
    if (differences) {
        for (t = 0; t < s->n - 1; ++t) series[t] = series[t + 1] - series[t];
        series[s->n - 1] = 0.0f;
    }
}

/* As taps_convolve, for kernels that have 0 in place of -1. */
static void pooled_convolve_low(const float *const *taps, int n, float *RESTRICT z)
{
    const float *a = taps[0], *b = taps[1], *c = taps[2];
    int i;
    for (i = 0; i < n; ++i) z[i] = 2.0f * ((a[i] + b[i]) + c[i]);
}

static int pooled_count(const float *z, int n, float bias)
{
    int i, count = 0;
    for (i = 0; i < n; ++i) count += z[i] > bias;
    return count;
}

static int32_t pooled_times(const float *z, int n, int t, float bias)
{
    int32_t times = 0;
    int i;
    for (i = 0; i < n; ++i) times += z[i] > bias ? t + i : 0;
    return times;
}

/* The longest way from one value below the bias to the next; the first and the last time count as such. */
static void pooled_stretch(model_above *a, const float *z, int begin, int end, float bias)
{
    int32_t goes_on[CHUNK]; /* all bits of a value that is not below, so that nothing has to be decided */
    int i, way = a->way, longest = a->longest;
    for (i = 0; i < end; ++i) goes_on[i] = -(int32_t)!(z[i] < bias);
    for (i = begin; i < end; ++i) {
        longest = way > longest ? way : longest;
        way = (way & goes_on[i]) + 1;
    }
    a->way = way;
    a->longest = longest;
}

/* Sums are formed in parts, by the time modulo LANES. */
static void pooled_excess(float *RESTRICT sums, const float *z, int n, float bias)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) sums[j] += z[i + j] > bias ? z[i + j] - bias : 0.0f;
    }
}

static void pooled_sizes(float *RESTRICT sums, const float *z, int n)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) sums[j] += fabsf(z[i + j]) >= 0.0f ? fabsf(z[i + j]) : 0.0f;
    }
}

/* The parts are added, halves to halves. */
static float pooled_total(float *sums)
{
    int i, n;
    for (n = LANES / 2; n > 0; n /= 2) {
        for (i = 0; i < n; ++i) sums[i] = sums[i] + sums[i + n];
    }
    return sums[0];
}

/* Count some values of an output in. */
static void pooled_take(const model_pooled *o, const float *biases, const uint8_t *wanted, const float *z, int n,
                        int t, int begin, int end, model_above *above, float *sums)
{
    int i;
    if (o->flags & POOLED_MEAN_ABS) {
        pooled_sizes(sums, z, n);
        sums += LANES;
    }
    for (i = 0; i < o->n_biases; ++i) {
        if (wanted[i] & ~(POOLED_LONGEST | POOLED_MEAN_EXCESS)) above[i].count += pooled_count(z, n, biases[i]);
        if (wanted[i] & POOLED_MEAN_INDEX) above[i].times += pooled_times(z, n, t, biases[i]);
        if (wanted[i] & POOLED_LONGEST) pooled_stretch(above + i, z, begin, end, biases[i]);
        if (wanted[i] & POOLED_ADDS) {
            pooled_excess(sums, z, n, biases[i]);
            sums += LANES;
        }
    }
}

/* The features of an output, from what was counted. */
static void pooled_give(model_state *s, const model_pooled *o, const float *biases, const uint8_t *wanted, int begin,
                        int end, const model_above *above, float *sums)
{
    const float n_pooled = (float)(end - begin > 1 ? end - begin : 1);
    int i;
    if (o->flags & POOLED_MEAN_ABS) {
        model_count_in(s, pooled_total(sums) / n_pooled);
        sums += LANES;
    }
    for (i = 0; i < o->n_biases; ++i) {
        const int count = above[i].count;
        const float divisor = (float)(count > 0 ? count : 1);
        float excess = 0.0f;
        if (wanted[i] & POOLED_ADDS) {
            excess = pooled_total(sums);
            sums += LANES;
        }
        if (wanted[i] & POOLED_PPV) model_count_in(s, (float)count / n_pooled);
        if (wanted[i] & POOLED_LONGEST) model_count_in(s, (float)above[i].longest);
        if (wanted[i] & POOLED_MEAN_POSITIVE) model_count_in(s, count ? excess / divisor + biases[i] + biases[i] : 0.0f);
        if (wanted[i] & POOLED_MEAN_INDEX) {
            model_count_in(s, count ? (float)above[i].times / divisor - (float)begin : -1.0f);
        }
        if (wanted[i] & POOLED_MEAN_EXCESS) model_count_in(s, excess / n_pooled);
    }
}

/* All features of one output. Its values are there a chunk at a time. */
static void pooled_pool(model_state *s, const model_pooled *o, const float *biases, const uint8_t *wanted,
                        const float *series, int differences)
{
    const int n_values = s->n - differences;
    const int fits = (n_values - 1) / 8 >= (int)o->dilation; /* whether there are times with all taps inside */
    const int left_out = fits && !(o->flags & POOLED_PADDED) ? 4 * (int)o->dilation : 0;
    const int n_left = n_values - 2 * left_out;
    const int begin = left_out + n_left * o->begin / 16;
    const int end = left_out + (n_left * o->end + 15) / 16;
    model_above *above = (model_above *)(void *)(s->room + POOLED_ABOVE);
    float *sums = s->room + POOLED_SUMS;
    const float *taps[9];
    float z[CHUNK];
    int t, i;

    model_clear(sums, 2 * LANES);
    for (i = 0; i < o->n_biases; ++i) {
        above[i].times = 0;
        above[i].count = above[i].way = above[i].longest = 0;
    }
    taps_place(series, o->twos, (int)o->dilation, differences, POOLED_REACH, taps);
    for (i = 0; i < 9; ++i) taps[i] += begin - begin % LANES;
    for (t = begin - begin % LANES; t < end; t += CHUNK) {
        const int n = end - t < CHUNK ? end - t : CHUNK;
        const int n_whole = (n + LANES - 1) / LANES * LANES;
        if (o->flags & POOLED_LOW) pooled_convolve_low(taps, n_whole, z);
        else taps_convolve(taps, n_whole, z);
        for (i = 0; i < begin - t; ++i) z[i] = NAN; /* is neither above a bias nor below one */
        for (i = n; i < n_whole; ++i) z[i] = NAN;
        pooled_take(o, biases, wanted, z, n_whole, t, begin > t ? begin - t : 0, n, above, sums);
        if (end - t > CHUNK) for (i = 0; i < 9; ++i) taps[i] += CHUNK;
    }
    pooled_give(s, o, biases, wanted, begin, end, above, sums);
}

static void pooled_features(model_state *s)
{
    const int8_t *members = pooled_members;
    const model_pooled *output = pooled_outputs;
    const float *biases = pooled_biases;
    const uint8_t *wanted = pooled_wanted;
    float *series = s->room + POOLED_REACH;
    int i, j;
    model_clear(s->room, POOLED_ABOVE);
    for (i = 0; i < 42; ++i) {
        pooled_form(s, members, pooled_series[i].n_members, pooled_series[i].differences, series);
        members += pooled_series[i].n_members;
        for (j = 0; j < pooled_series[i].n_outputs; ++j) {
            pooled_pool(s, output, biases, wanted, series, pooled_series[i].differences);
            biases += output->n_biases;
            wanted += output->n_biases;
            ++output;
        }
    }
}

/* ---- features of Rocket: kernels with weights of their own, over several channels ---- */

enum { ROCKET_TAPS = 4, ROCKET_PADDED = 1, ROCKET_PPV = 2, ROCKET_MAX = 4 };

typedef struct {
    float bias;
    uint8_t dilation;
    uint8_t n_inputs;
    uint8_t length; /* taps for each channel */
    uint8_t flags;
} model_kernel;

static const model_kernel rocket_kernels[13] = {
    {0x1.143dcep-4f, 1, 5, 7, 3}, {-0x1.dd9436p-6f, 2, 2, 9, 2}, {-0x1.dc2426p-1f, 3, 3, 9, 2},
    {0x1.54bea8p-7f, 1, 5, 9, 3}, {-0x1.cdd342p-4f, 3, 2, 11, 3}, {-0x1.cdfe18p-1f, 1, 1, 7, 2},
    {-0x1.18804cp-4f, 2, 1, 7, 4}, {0x1.184f3ep-1f, 2, 2, 7, 2}, {0x1.8ecb1cp-6f, 1, 5, 9, 2},
    {0x1.fb38ep-6f, 1, 1, 11, 7}, {0x1.8a49ecp-6f, 2, 4, 7, 2}, {-0x1.c1ec88p-2f, 11, 1, 7, 5},
    {-0x1.073706p-3f, 1, 4, 7, 3},
};

/* The channels of each kernel. */
static const uint8_t rocket_inputs[36] = {
    0, 1, 2, 3, 5, 4, 5, 0, 3, 5, 0, 1, 3, 4, 5, 0, 3, 5, 0, 1, 5, 0, 1, 3, 4, 5, 0, 0, 3, 4, 5, 0, 0, 1, 2, 5,
};

/* The weights, channel by channel. */
static const float rocket_weights[294] = {
    0x1.46d522p-1f, -0x1.81e0fap-5f, -0x1.02d204p-2f, -0x1.9431f4p-2f, -0x1.5209fap+0f, 0x1.f5220ap-1f,
    0x1.9779acp-2f, 0x1.fd19dcp-1f, -0x1.1d0796p-2f, -0x1.cf386ap-2f, -0x1.bdb6b8p-2f, -0x1.99b19ap+0f,
    0x1.0aa80ap-1f, 0x1.404e54p+0f, -0x1.9ded4ep-1f, 0x1.c17f8cp-1f, 0x1.bc8a1p-2f, -0x1.2dd19cp-1f,
    -0x1.7248fep-5f, 0x1.7affcap+0f, -0x1.597056p+0f, -0x1.2559f6p-1f, -0x1.1d6d9p+0f, -0x1.1fd06p-2f,
    -0x1.178988p+0f, 0x1.472016p+0f, 0x1.2bbc16p-2f, 0x1.7d890ep+0f, -0x1.24cc88p-1f, 0x1.c3970cp+0f,
    0x1.08518cp+0f, -0x1.872adcp+0f, -0x1.da4d64p-5f, 0x1.273af4p-1f, -0x1.372288p+0f, 0x1.4d2e5ep-2f,
    -0x1.e1d014p-1f, 0x1.f8c28cp-2f, -0x1.7c7c46p-1f, 0x1.81f3a2p-3f, -0x1.531966p+0f, 0x1.07ad4p+1f,
    0x1.440e82p-3f, -0x1.babb5ep-3f, -0x1.a0e15ap-9f, -0x1.741548p-2f, -0x1.570fdap-3f, 0x1.9fd4dp-1f,
    -0x1.ca5442p-4f, 0x1.8d16bap-1f, -0x1.cfa008p-1f, -0x1.05a2fap-3f, 0x1.76ba04p-4f, -0x1.2812eep-4f,
    0x1.48bb7ep-2f, -0x1.0db01cp+0f, 0x1.eeb66cp+0f, -0x1.100bf4p+0f, 0x1.658024p-1f, -0x1.039eb4p+0f,
    0x1.0543dep+1f, -0x1.ca5124p+0f, 0x1.81eb66p-2f, 0x1.438648p-2f, -0x1.f49bc2p-2f, 0x1.b91bd8p-2f,
    -0x1.6f0ed2p-3f, 0x1.247e06p-2f, -0x1.04b622p-1f, -0x1.9e1418p-1f, 0x1.27560ap-1f, -0x1.a68648p-6f,
    -0x1.092edcp+0f, -0x1.dd13c2p+0f, 0x1.7b8d76p-2f, 0x1.2f2736p+1f, 0x1.af3212p-1f, -0x1.d28cccp-3f,
    -0x1.a4ce1p-1f, 0x1.932a16p-2f, 0x1.367296p+0f, 0x1.e24ddep-1f, -0x1.156f12p+1f, 0x1.9d2542p-1f,
    -0x1.40a548p-2f, 0x1.2a8092p-4f, 0x1.972884p-2f, -0x1.99d7cap-1f, -0x1.3557acp-3f, 0x1.37f5a6p-1f,
    -0x1.063ed4p-1f, 0x1.d3469ap-2f, 0x1.0e624ep-3f, -0x1.1a26d6p-1f, 0x1.95a438p-2f, -0x1.ad9788p-2f,
    0x1.add0ccp-1f, -0x1.e6a3p-1f, 0x1.5a448p-1f, 0x1.8db1c6p-2f, -0x1.b92098p-3f, -0x1.adf1d8p-4f, -0x1.c03e9p+0f,
    0x1.6fb85cp-2f, -0x1.bddd96p-2f, 0x1.7aab1cp-1f, 0x1.5f9b3cp-2f, 0x1.c0c9b4p-2f, -0x1.7dbb14p-3f,
    -0x1.7455bcp+0f, 0x1.51b332p+0f, -0x1.c8aed4p+0f, 0x1.db59cep-13f, 0x1.12728cp+0f, 0x1.eb0eccp-3f,
    0x1.6bcc4ap-2f, 0x1.42c362p+0f, 0x1.d4d34cp-3f, 0x1.58015ap+0f, -0x1.cbf956p-2f, -0x1.6752fp-1f, 0x1.b7a1e2p-2f,
    -0x1.633c0cp-1f, 0x1.296a1cp-3f, -0x1.902f1p+0f, 0x1.2e704p+0f, -0x1.5daf5ap+0f, 0x1.38f8ep+1f, 0x1.f0ae5ap+0f,
    -0x1.612154p+0f, -0x1.ab4c8ap-1f, -0x1.cb5b22p+0f, -0x1.e6e6eap-6f, 0x1.2cca68p-3f, -0x1.a6450cp-1f,
    0x1.07cd1ep-1f, -0x1.50efd8p+0f, -0x1.84d42cp-1f, 0x1.58c284p-1f, -0x1.8f8b5ap-1f, -0x1.4f70acp+0f,
    0x1.2c06b2p+1f, -0x1.ad891p-1f, 0x1.26d72ap+0f, 0x1.00401cp-3f, 0x1.0f4e72p-1f, 0x1.72fe0ap-3f, 0x1.27e9d8p-1f,
    0x1.cfd664p-1f, 0x1.bb5e28p-2f, 0x1.81cc22p-3f, 0x1.6f4524p-3f, -0x1.18d18cp+0f, -0x1.300844p+0f,
    -0x1.256d1ep-1f, -0x1.9067cep-3f, -0x1.0ec01cp-1f, 0x1.63d9fep-3f, -0x1.593aa4p-1f, 0x1.2e79bap-3f,
    0x1.a67672p+0f, -0x1.5214dap-2f, 0x1.0a5b72p+1f, 0x1.417f7p-1f, -0x1.7c5858p-2f, 0x1.58c5ep-6f, -0x1.02dc34p+1f,
    -0x1.85fd7ep-8f, -0x1.843314p-1f, 0x1.bbae94p-1f, 0x1.14a554p-7f, -0x1.74ffeap-1f, 0x1.863e8ep+0f,
    -0x1.41f58cp-3f, -0x1.82cde2p-1f, -0x1.913a72p-3f, 0x1.78a704p+0f, -0x1.06ffep-1f, 0x1.96436ap-4f,
    -0x1.ddcdc4p+0f, 0x1.01723cp+0f, 0x1.f74cacp-3f, 0x1.2257dep+0f, -0x1.6149e6p+0f, -0x1.13e868p-5f,
    0x1.861786p+0f, 0x1.90e45p-4f, -0x1.2f4398p-1f, -0x1.4505cp+0f, 0x1.2e768p-1f, -0x1.f8a17ap-2f, -0x1.0b03f4p-2f,
    0x1.bf3c7cp-2f, -0x1.bc552ep-1f, -0x1.03245p-2f, 0x1.05a37ep-1f, -0x1.c9a594p-1f, -0x1.b20422p-4f,
    -0x1.4484c2p-2f, 0x1.4cf074p-1f, -0x1.2975eep-3f, 0x1.6becacp+0f, -0x1.b3093ap-2f, 0x1.9ba32p-3f,
    -0x1.38bdd2p+0f, 0x1.a77d4p-1f, 0x1.a7167p-1f, -0x1.bbb806p-2f, 0x1.c3ba3cp-4f, 0x1.5578b4p-1f, -0x1.1a902ep-1f,
    0x1.70ffb4p+0f, -0x1.5e9774p-1f, -0x1.3ac3f6p+0f, -0x1.914d7ep-2f, 0x1.120758p-1f, 0x1.14d9cap-1f,
    -0x1.a5d88cp+0f, 0x1.307fcp+0f, 0x1.fa5cbep-3f, -0x1.1cde66p-2f, -0x1.75fe9p-2f, -0x1.350cdp-2f, 0x1.b323dcp+0f,
    0x1.c625cep+0f, -0x1.18f80ap+0f, 0x1.67ba72p-1f, -0x1.062668p-1f, -0x1.74115ep-2f, -0x1.f7b42cp-1f,
    -0x1.190b18p-2f, 0x1.4c28p+0f, 0x1.403d54p-3f, -0x1.c1e6cep-5f, -0x1.dc3712p+0f, -0x1.66947p+0f, 0x1.207d82p-1f,
    0x1.4c6c4cp+0f, 0x1.9e8486p-1f, 0x1.611334p-2f, -0x1.92fb06p+0f, -0x1.f6b6ep+0f, 0x1.851a28p-1f, 0x1.e64b74p-2f,
    0x1.260ae4p+0f, -0x1.0d2854p-2f, 0x1.15d0bp+0f, -0x1.5e66bap-1f, 0x1.2c1cb4p-4f, -0x1.d9dcbep-1f,
    0x1.a26f0cp-2f, 0x1.38f648p-2f, 0x1.63b67cp-1f, -0x1.c04a3p-2f, 0x1.74bbf2p-2f, 0x1.e68a88p-1f, -0x1.2b0624p-1f,
    -0x1.26d7b4p+0f, 0x1.50eea2p-3f, -0x1.9fa28ep-2f, 0x1.da9692p-2f, -0x1.06771ep+0f, -0x1.b64ad2p-2f,
    -0x1.aca1f8p-2f, 0x1.5cac2ap-1f, 0x1.221f3cp+0f, -0x1.11d90cp+0f, 0x1.c0abfep-2f, 0x1.d02402p+0f,
    -0x1.47898ap+0f, -0x1.a1197cp-3f, -0x1.b415f6p-4f, 0x1.a1e09p-2f, 0x1.4dbe06p+0f, 0x1.5a3718p-3f,
    -0x1.b42e0cp-2f, 0x1.800f62p-1f, -0x1.f1d5f8p-1f, -0x1.99c88p-1f, -0x1.8c76dcp-6f, -0x1.e70678p-2f,
    -0x1.0601ep+0f, 0x1.833758p+0f, -0x1.412ef6p-1f, -0x1.53c8b8p-1f, 0x1.404d32p+0f, 0x1.aeb2bep-6f, 0x1.4c218p-2f,
    -0x1.cf4af6p-4f, 0x1.0efd62p-1f, 0x1.422fb4p-1f, -0x1.24d8f4p+0f, 0x1.ba9c34p-2f, -0x1.50f0aap-1f,
};

/* Some taps that are added together: z is then read and written once for them. */
typedef struct {
    const float *rows[ROCKET_TAPS];
    float weights[ROCKET_TAPS];
    int n_taps;
} model_taps;

/* Add taps, one after the other, to n values. Those that are not there count as 0. */
static void rocket_add(model_taps *taps, int n, float *RESTRICT z)
{
    const float *a, *b, *c, *d;
    float u, v, w, y;
    int i;
    for (i = taps->n_taps; i < ROCKET_TAPS; ++i) {
        taps->rows[i] = taps->rows[0];
        taps->weights[i] = 0.0f;
    }
    a = taps->rows[0], b = taps->rows[1], c = taps->rows[2], d = taps->rows[3];
    u = taps->weights[0], v = taps->weights[1], w = taps->weights[2], y = taps->weights[3];
    for (i = 0; i < n; ++i) z[i] = (((z[i] + u * a[i]) + v * b[i]) + w * c[i]) + y * d[i];
    taps->n_taps = 0;
}

static int rocket_count(const float *z, int n)
{
    int i, count = 0;
    for (i = 0; i < n; ++i) count += z[i] > 0.0f;
    return count;
}

static void rocket_highest(const float *z, int n, float *RESTRICT high)
{
    int i, j;
    for (i = 0; i < n; i += LANES) {
        ROLLED for (j = 0; j < LANES; ++j) high[j] = z[i + j] > high[j] ? z[i + j] : high[j];
    }
}

/* n values of the output of a kernel, a multiple of LANES, from where the channels stand. */
static void rocket_convolve(const model_kernel *kernel, const uint8_t *inputs, const float *weights,
                            const float *channels, int n, float *RESTRICT z)
{
    const int dilation = (int)kernel->dilation, length = kernel->length;
    model_taps taps;
    int c, k;
    for (k = 0; k < n; ++k) z[k] = kernel->bias;
    taps.n_taps = 0;
    for (c = 0; c < kernel->n_inputs; ++c) {
        const float *row = channels + (int)inputs[c] * STRIDE;
        int at = -(length / 2) * dilation;
        for (k = 0; k < length; ++k) {
            taps.rows[taps.n_taps] = row + at;
            taps.weights[taps.n_taps] = *weights++;
            at += dilation;
            if (++taps.n_taps == ROCKET_TAPS) rocket_add(&taps, n, z);
        }
    }
    if (taps.n_taps) rocket_add(&taps, n, z);
}

static void rocket_features(model_state *s)
{
    const uint8_t *inputs = rocket_inputs;
    const float *weights = rocket_weights;
    const model_kernel *kernel;
    float z[CHUNK];
    int i, t;
    for (kernel = rocket_kernels; kernel < rocket_kernels + 13; ++kernel) {
        const int reach = kernel->length / 2 * (int)kernel->dilation;
        const int begin = kernel->flags & ROCKET_PADDED || reach > (s->n - 1) / 2 ? 0 : reach;
        const int end = s->n - begin;
        float high[LANES], highest = -HUGE_VALF;
        int count = 0;
        for (i = 0; i < LANES; ++i) high[i] = -HUGE_VALF;
        for (t = begin; t < end; t += CHUNK) {
            const int n = end - t < CHUNK ? end - t : CHUNK;
            const int n_whole = (n + LANES - 1) / LANES * LANES;
            rocket_convolve(kernel, inputs, weights, s->channels + t, n_whole, z);
            for (i = n; i < n_whole; ++i) z[i] = -HUGE_VALF;
            if (kernel->flags & ROCKET_PPV) count += rocket_count(z, n_whole);
            if (kernel->flags & ROCKET_MAX) rocket_highest(z, n_whole, high);
        }
        if (kernel->flags & ROCKET_PPV) model_count_in(s, (float)count / (float)(end - begin));
        if (kernel->flags & ROCKET_MAX) {
            for (i = 0; i < LANES; ++i) highest = high[i] > highest ? high[i] : highest;
            model_count_in(s, highest);
        }
        inputs += kernel->n_inputs;
        weights += kernel->n_inputs * kernel->length;
    }
}

/* ---- what the header declares ---- */

const int model_channels[MODEL_N_CHANNELS] = {
    0, 1, 2, 3, 4, 5,
};

/* The sums of the head at the begin of `work`; NULL if nothing can be said of x. */
static model_accumulator *model_run(const float *x, int n_timepoints, void *work)
{
    const uintptr_t excess = (uintptr_t)work % sizeof(double);
    unsigned char *begin = (unsigned char *)work + (excess ? sizeof(double) - excess : 0);
    model_state s;
    int k;
    if (n_timepoints < 1 || n_timepoints > MODEL_N_TIMEPOINTS) return 0;
    s.n = n_timepoints;
    s.feature = 0;
    s.sums = (model_accumulator *)(void *)begin;
    s.channels = (model_value *)(void *)(begin + 32) + PADDING;
    s.room = s.channels + 815;
    if (!channel_read_all(x, n_timepoints, s.channels)) return 0;
    for (k = 0; k < 4; ++k) s.sums[k] = head_intercepts[k];
    pooled_features(&s);
    rocket_features(&s);
    /* A feature that is not finite has made each sum so: 0 times infinity is no number. */
    if (!isfinite(s.sums[0])) return 0;
    return s.sums;
}

const char *const model_labels[MODEL_N_CLASSES] = {
    "Badminton", "Running", "Standing", "Walking",
};

void model_scores_n(const float *x, int n_timepoints, void *work, float *scores)
{
    const model_accumulator *sums = model_run(x, n_timepoints, work);
    int k;
    for (k = 0; k < MODEL_N_CLASSES; ++k) scores[k] = sums ? (float)SCORE(sums[k]) : NAN;
}

int model_predict_n(const float *x, int n_timepoints, void *work)
{
    const model_accumulator *sums = model_run(x, n_timepoints, work);
    int k, best = 0;
    if (!sums) return -1;
    for (k = 1; k < MODEL_N_CLASSES; ++k) {
        if (sums[k] > sums[best]) best = k;
    }
    return best;
}

void model_probabilities_n(const float *x, int n_timepoints, void *work, float *probabilities)
{
    const double temperature = 0x1.91c271d9ada36p+1, least = 0x1.0c6f7a0b5ed8dp-22;
    const model_accumulator *sums = model_run(x, n_timepoints, work);
    double total = 0.0, most;
    int k;
    for (k = 0; k < MODEL_N_CLASSES && !sums; ++k) probabilities[k] = NAN;
    if (!sums) return;
    most = SCORE(sums[0]);
    for (k = 1; k < MODEL_N_CLASSES; ++k) most = SCORE(sums[k]) > most ? SCORE(sums[k]) : most;
    for (k = 0; k < MODEL_N_CLASSES; ++k) total += exp(temperature * (SCORE(sums[k]) - most));
    for (k = 0; k < MODEL_N_CLASSES; ++k) {
        const double share = exp(temperature * (SCORE(sums[k]) - most)) / total;
        probabilities[k] = (float)(least + (1.0 - MODEL_N_CLASSES * least) * share);
    }
}

int model_predict(const float *x, void *work)
{
    return model_predict_n(x, MODEL_N_TIMEPOINTS, work);
}

void model_scores(const float *x, void *work, float *scores)
{
    model_scores_n(x, MODEL_N_TIMEPOINTS, work, scores);
}

void model_probabilities(const float *x, void *work, float *probabilities)
{
    model_probabilities_n(x, MODEL_N_TIMEPOINTS, work, probabilities);
}
