/* 100 features of 6 channels for 4 classes, written by lightwaves 0.1.0. Do not edit. */

#include "model.h"

#include <math.h>
#include <stdint.h>

/* The sign of an output counts, so multiplications and additions must not be fused, nor put into another order. */
#ifdef __FAST_MATH__
#error "compile this file without -ffast-math and -Ofast"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#ifdef __GNUC__
#define RESTRICT __restrict /* what is written through this pointer is read through no other */
#else
#define RESTRICT
#endif
#if defined(__GNUC__) && !defined(__clang__)
#define ROLLED _Pragma("GCC unroll 1") /* a short loop that is not taken apart, but put into vectors */
#define UNROLLED _Pragma("GCC unroll 4") /* a loop whose counting would take as long as its work */
#else
#define ROLLED
#define UNROLLED
#endif

#define LANES 16 /* times that are worked on together: a compiler can put them into vectors */
#define CHUNK 112 /* values of an output that are there at once, a multiple of LANES */
#define PADDING 0 /* zeros before, between and behind the channels */
#define STRIDE (MODEL_N_TIMEPOINTS + PADDING)
#define MOST 1e37f /* what no standardised value may exceed */
#define SCORE(sum) ((double)(sum) * 0x1p+0)

typedef float model_value; /* of a series */
typedef double model_accumulator;

typedef char model_int_has_32_bits[sizeof(int) >= 4 ? 1 : -1]; /* or this does not compile */

typedef struct {
    int n;                 /* time points of this case */
    int feature;           /* the next one */
    model_accumulator *sums;       /* one for each output of the head */
    model_value *channels; /* standardised, with zeros around each */
    model_value *room;     /* what one kind of features needs, and then the next */
} model_state;

static void model_clear(model_value *values, int n)
{
    int i;
    for (i = 0; i < n; ++i) values[i] = 0;
}

/* ---- the head: a feature is added to the sums as soon as it is known ---- */

/* A coefficient is an integer times the step of its feature, which is a power of two. */
static const int32_t head_coefficients[100][4] = {
    {1127820424, -884958694, 160308635, -403170365}, {-109245245, -533845372, -1332793342, 1975883959},
    {-1633741911, 1217704940, 1460094599, -1044057628}, {-270290256, 355995606, -1539624904, 1453919554},
    {-597349844, 725739300, -1357785385, 1229395930}, {-1243738600, 794110757, -197455851, 647083694},
    {-1363590774, 620768997, 1270460847, -527639070}, {465039866, 1176007011, -566264215, -1074782662},
    {504951077, 1324364058, -253745965, -1575569169}, {-1304635191, -593939146, 369010555, 1529563781},
    {-1777494160, -927809650, 682377386, 2022926424}, {-1381645931, 1499341877, -179776914, 62080968},
    {-332691301, 584643561, 1299833676, -1551785936}, {-772086258, 1308414696, -263471739, -272856698},
    {1148156758, -577900273, 987377273, -1557633758}, {1622884115, 800120853, -1526937349, -896067619},
    {171972034, 169484746, -1744019356, 1402562577}, {481007958, -2053804275, -109746813, 1682543131},
    {1031025704, -1176648727, -530373537, 675996560}, {1369555365, -1209667241, -757404189, 597516064},
    {607426705, 810927276, 719467188, -2137821170}, {26270831, -248963979, 1565112054, -1342418907},
    {433453608, 43418653, 697041397, -1173913658}, {-758135374, -962848599, 436809262, 1284174712},
    {-687879838, 1696761786, -66317358, -942564589}, {834197586, 785354460, -302645185, -1316906861},
    {-2104408128, 1819119958, -311532029, 596820199}, {-1113756994, 1312161466, -56721417, -141683055},
    {695593392, -462149445, -2043574661, 1810130714}, {-621401801, -1798326278, 667213241, 1752514837},
    {1157445714, -1221559008, -722155381, 786268674}, {-1592312764, 1263585975, -325137156, 653863945},
    {-97491392, 196882004, -1467946297, 1368555685}, {-1969888975, -530584353, 692029552, 1808443776},
    {-1433566162, -567188361, 853976064, 1146778460}, {-1894559025, 1299248960, -164367445, 759677510},
    {1265501207, -733177034, -441335147, -90989026}, {-1283270341, 1524771544, -584853094, 343351891},
    {208665267, -1555842134, 1030498770, 316678097}, {1235188921, 363283663, -949305907, -649166677},
    {-1317712862, 786052294, -1398380667, 1930041236}, {88488810, -151163964, -1681182542, 1743857697},
    {318369624, 43423856, -1469009904, 1107216425}, {320187491, -1325059780, -590763772, 1595636061},
    {37745606, -1121278633, 1360929366, -277396338}, {1042949160, 878411421, -385741961, -1535618621},
    {1053158347, 462704533, -344997295, -1170865585}, {101355918, -254659251, -1228546661, 1381849994},
    {984882722, 721098494, -413185477, -1292795739}, {-1850697565, -1893737747, 1667837996, 2076597316},
    {-1208150250, -692447234, 458710071, 1441887414}, {89173460, 866300519, 194636114, -1150110093},
    {-126436320, -1315237914, 291690721, 1149983513}, {-499640553, 613436658, 1599054776, -1712850881},
    {1635445762, -2098387854, 63087739, 399854353}, {-456770069, 375458161, -1392557552, 1473869460},
    {718321545, -738842839, -1435631247, 1456152541}, {-868151575, 1197090491, 960296860, -1289235776},
    {-918732060, 1094559160, -42276404, -133550696}, {-1324224414, 2068373640, 822780239, -1566929465},
    {-390571907, 314108336, -1722399972, 1798863543}, {-1012705104, -340806463, 245336026, 1108175541},
    {385455496, 40188019, -2007546059, 1581902543}, {2078940724, -1930910432, 217600628, -365630920},
    {969817087, 677008144, -572896198, -1073929033}, {231616814, -306950193, 2039878896, -1964545517},
    {-1074662632, 755645454, -116300277, 435317454}, {1196349077, -830414635, 70027141, -435961583},
    {-1419226174, 1735352286, -938424695, 622298584}, {-533930170, -940941239, 64200623, 1410670785},
    {-713959157, -414872073, -86712027, 1215543257}, {1954487001, 1317259399, -1196160174, -2075586225},
    {-1233210849, -919689541, 928749457, 1224150933}, {715834146, 454424935, -1879196189, 708937107},
    {300715287, -164458371, -1453582322, 1317325405}, {407819363, -711236022, -1456045053, 1759461713},
    {1286413462, 394109146, -906392224, -774130385}, {-868143672, -955935918, 532482956, 1291596634},
    {-1106744219, 1092375521, -298352308, 312721006}, {1267555528, -1205001423, 536204257, -598758362},
    {359169949, -1760896322, 205402337, 1196324037}, {1045642040, -1076602707, 1478034609, -1447073942},
    {-207870743, -33703845, 1118750941, -877176353}, {1506873940, -1042309715, 1064688777, -1529253002},
    {518209552, -885256625, -730253565, 1097300638}, {570512984, -1254724513, 433209140, 251002389},
    {-414930722, 29832180, 1522032465, -1136933922}, {-494557183, 85035598, -1122881477, 1532403063},
    {-1122053428, 701247756, -74330723, 495136395}, {1404392786, -1257102148, -847149256, 699858618},
    {2137918640, -614921922, 373799389, -1896796107}, {163623392, -225876203, -1211681409, 1273934220},
    {520341082, -1210958169, 1460193286, -769576200}, {-1443612120, 1560544037, -166137433, 49205516},
    {-1767751173, 1195043365, 421041, 572286768}, {-2050157731, 1714217951, -504252379, 840192159},
    {-1191516982, 919266405, -106293946, 378544524}, {1414682772, -740241823, -323874378, -350566572},
    {-1573609814, -34032978, -383991437, 1991634230}, {-767136788, 376379171, -982553308, 1373310925},
};

static const uint8_t head_step_of[100] = {
    4, 8, 8, 7, 7, 5, 8, 5, 1, 8, 0, 9, 9, 7, 4, 7, 1, 7, 9, 9, 5, 2, 5, 0, 1, 8, 9, 5, 10, 7, 4, 8, 2, 7, 0, 9, 1,
    5, 7, 8, 8, 10, 5, 7, 6, 1, 8, 9, 1, 7, 0, 8, 0, 9, 8, 9, 8, 10, 9, 9, 2, 1, 2, 5, 1, 8, 9, 9, 9, 6, 8, 0, 0, 2,
    3, 5, 1, 0, 6, 9, 7, 8, 9, 4, 4, 8, 7, 7, 1, 8, 6, 9, 8, 10, 1, 0, 1, 9, 4, 5,
};

static const double head_steps[11] = {
    0x1p-41, 0x1p-40, 0x1p-39, 0x1p-38, 0x1p-37, 0x1p-36, 0x1p-35, 0x1p-34, 0x1p-33, 0x1p-32, 0x1p-31,
};

static const model_accumulator head_intercepts[4] = {
    0x1.68fb226e217ecp+0, -0x1.64a0e21cb81c2p+0, 0x1.c646e08005f7ap-3, -0x1.1e918e30b510ap+1,
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
            float value = ((x[t] - large) - small) * factor;
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
} pooled_series[56] = {
    {1, 0, 1}, {1, 0, 2}, {1, 0, 1}, {1, 1, 1}, {2, 0, 1}, {3, 0, 1}, {5, 0, 1}, {4, 0, 1}, {2, 0, 1}, {1, 0, 12},
    {2, 0, 1}, {3, 0, 1}, {4, 0, 1}, {2, 0, 1}, {4, 0, 1}, {6, 0, 1}, {5, 0, 1}, {2, 0, 1}, {4, 0, 1}, {5, 0, 1},
    {4, 1, 1}, {3, 0, 1}, {3, 1, 1}, {2, 0, 1}, {1, 0, 6}, {2, 0, 1}, {2, 0, 1}, {3, 0, 1}, {3, 0, 1}, {4, 0, 1},
    {6, 0, 1}, {2, 0, 1}, {3, 0, 1}, {6, 0, 1}, {6, 0, 1}, {4, 0, 1}, {4, 0, 1}, {5, 1, 1}, {3, 0, 1}, {2, 0, 1},
    {1, 0, 3}, {2, 0, 1}, {4, 0, 1}, {2, 0, 1}, {3, 0, 1}, {4, 0, 1}, {2, 0, 1}, {1, 0, 1}, {2, 0, 1}, {2, 0, 1},
    {4, 1, 1}, {2, 0, 1}, {2, 0, 1}, {2, 0, 1}, {1, 0, 1}, {1, 1, 1},
};

/* The channels of each series, counted from 1, and below 0 if they are subtracted. */
static const int8_t pooled_members[161] = {
    -4, -3, -2, -2, -2, -6, -2, -5, 6, -2, 3, -4, 5, 6, -2, 3, 5, -6, -2, 4, -1, -1, -6, -1, -4, 5, -1, -3, 4, 5,
    -1, -2, -1, -2, -3, -5, -1, -2, 3, -4, 5, 6, -1, -2, 4, 5, -6, -1, 2, -1, 2, 3, 5, -1, 2, 3, 5, 6, -1, 2, 4, 5,
    -1, 2, 5, -1, 3, 5, -1, 5, 1, 1, -6, 1, -3, 1, -3, -5, 1, -3, 5, 1, -3, 5, -6, 1, -2, -3, -4, -5, -6, 1, 2, 1,
    2, 3, 1, 2, 3, -4, -5, -6, 1, 2, 3, -4, -5, 6, 1, 2, 4, -6, 1, 2, 4, -5, 1, 2, 4, -5, 6, 1, 2, 5, 1, 6, 2, 2,
    -5, 2, 3, 4, 6, 2, 4, 2, 4, -6, 2, 4, 5, 6, 2, 6, 3, 3, -6, 3, -4, 3, -4, 5, 6, 3, 4, 4, 5, 5, 6, 6, 6,
};

/* The outputs: which taps have the weight 2; flags; which sixteenths of the output are pooled, from begin to end; the
 * distance between two taps; and how many biases follow. */
enum { POOLED_PADDED = 1, POOLED_LOW = 2, POOLED_MEAN_ABS = 4 };

typedef struct {
    uint8_t twos[3], flags, begin, end;
    uint8_t dilation;
    uint8_t n_biases;
} pooled_output;

static const pooled_output pooled_outputs[75] = {
    {{1, 5, 8}, 3, 0, 16, 1, 1}, {{2, 3, 4}, 2, 0, 16, 5, 1}, {{0, 1, 6}, 0, 0, 16, 18, 1},
    {{0, 5, 6}, 2, 0, 16, 5, 2}, {{1, 3, 5}, 1, 0, 16, 1, 1}, {{1, 2, 4}, 3, 0, 16, 2, 1},
    {{0, 2, 3}, 2, 0, 16, 15, 1}, {{1, 4, 7}, 0, 0, 16, 3, 2}, {{3, 4, 5}, 1, 0, 16, 1, 1},
    {{2, 4, 7}, 2, 0, 16, 1, 1}, {{5, 7, 8}, 2, 0, 16, 3, 1}, {{0, 1, 8}, 1, 0, 16, 2, 2},
    {{0, 1, 2}, 1, 0, 16, 1, 2}, {{1, 4, 5}, 1, 0, 16, 1, 1}, {{2, 7, 8}, 0, 0, 16, 4, 1},
    {{0, 4, 6}, 3, 0, 16, 8, 1}, {{1, 2, 4}, 1, 0, 16, 3, 1}, {{0, 2, 6}, 2, 0, 16, 22, 2},
    {{2, 5, 7}, 1, 0, 16, 3, 2}, {{0, 2, 7}, 1, 0, 16, 4, 1}, {{1, 3, 8}, 1, 0, 16, 8, 1},
    {{3, 7, 8}, 0, 0, 16, 1, 1}, {{0, 1, 8}, 2, 0, 16, 19, 1}, {{0, 2, 4}, 0, 0, 16, 1, 2},
    {{3, 4, 7}, 1, 0, 16, 10, 2}, {{1, 2, 8}, 3, 0, 16, 3, 1}, {{2, 4, 5}, 2, 0, 16, 2, 1},
    {{0, 1, 3}, 0, 0, 16, 2, 1}, {{2, 4, 6}, 2, 0, 16, 7, 1}, {{0, 6, 7}, 2, 0, 16, 1, 1},
    {{0, 4, 5}, 3, 0, 16, 2, 2}, {{2, 3, 6}, 0, 0, 16, 1, 1}, {{1, 2, 7}, 1, 0, 16, 24, 1},
    {{1, 2, 8}, 1, 0, 16, 2, 1}, {{0, 3, 4}, 1, 0, 16, 14, 2}, {{0, 1, 3}, 1, 0, 16, 17, 1},
    {{4, 7, 8}, 0, 0, 16, 16, 2}, {{0, 1, 7}, 3, 0, 16, 18, 1}, {{1, 2, 3}, 0, 0, 16, 21, 1},
    {{1, 3, 5}, 3, 0, 16, 16, 1}, {{1, 2, 4}, 1, 0, 16, 2, 1}, {{2, 3, 4}, 1, 0, 16, 1, 1},
    {{2, 7, 8}, 0, 0, 16, 1, 1}, {{3, 4, 7}, 0, 0, 16, 18, 1}, {{5, 6, 8}, 0, 0, 16, 2, 3},
    {{1, 3, 5}, 2, 0, 16, 23, 1}, {{6, 7, 8}, 1, 0, 16, 23, 1}, {{3, 4, 8}, 1, 0, 16, 3, 2},
    {{4, 7, 8}, 1, 0, 16, 23, 1}, {{6, 7, 8}, 2, 0, 16, 3, 1}, {{1, 2, 6}, 2, 0, 16, 1, 1},
    {{0, 6, 7}, 1, 0, 16, 4, 1}, {{2, 5, 7}, 3, 0, 16, 1, 1}, {{1, 3, 5}, 2, 0, 16, 7, 2},
    {{1, 2, 8}, 1, 0, 16, 4, 2}, {{0, 3, 8}, 1, 0, 16, 2, 2}, {{3, 6, 8}, 1, 0, 16, 22, 1},
    {{2, 5, 6}, 2, 0, 16, 5, 1}, {{5, 7, 8}, 1, 0, 16, 1, 1}, {{0, 3, 6}, 1, 0, 16, 5, 1},
    {{3, 6, 8}, 3, 0, 16, 3, 1}, {{3, 4, 8}, 2, 0, 16, 3, 2}, {{2, 4, 6}, 3, 0, 16, 19, 1},
    {{0, 3, 6}, 2, 0, 16, 2, 1}, {{4, 5, 7}, 1, 0, 16, 2, 1}, {{0, 1, 5}, 2, 0, 16, 1, 1},
    {{1, 3, 5}, 3, 0, 16, 2, 1}, {{0, 4, 5}, 2, 0, 16, 3, 1}, {{1, 6, 8}, 3, 0, 16, 3, 1},
    {{0, 7, 8}, 2, 0, 16, 1, 1}, {{4, 5, 7}, 1, 0, 16, 19, 1}, {{2, 5, 8}, 0, 0, 16, 24, 1},
    {{0, 1, 2}, 1, 0, 16, 2, 1}, {{1, 4, 8}, 0, 0, 16, 3, 1}, {{2, 3, 4}, 0, 0, 16, 3, 1},
};

/* The biases, and what is wanted of the values above each. */
enum { POOLED_PPV = 1, POOLED_LONGEST = 2, POOLED_MEAN_POSITIVE = 4, POOLED_MEAN_INDEX = 8, POOLED_MEAN_EXCESS = 16 };
enum { POOLED_ADDS = POOLED_MEAN_POSITIVE | POOLED_MEAN_EXCESS };

static const float pooled_biases[93] = {
    0x1.016d72p-5f, -0x1.ccadc2p+0f, 0x1.0fef32p-1f, -0x1.a50b46p+0f, -0x1.910adp+0f, 0x1.2de426p-3f,
    -0x1.df442p+0f, 0x1.c555dcp+2f, 0x1.77794p+3f, -0x1.ee7882p+2f, 0x1.19a244p+4f, -0x1.588806p+1f, 0x1.24ba42p+1f,
    -0x1.24e5p-5f, 0x1.f4e5cp-1f, -0x1.03654ep-4f, -0x1.7e12dap-6f, -0x1.708414p-6f, -0x1.9f95a6p-2f,
    0x1.a7c22cp+0f, 0x1.2dfb0cp-1f, -0x1.934584p+0f, 0x1.392fbp+2f, 0x1.b4d02ep+0f, 0x1.63c7c2p+3f, -0x1.956c14p-9f,
    -0x1.562ca2p+0f, 0x1.20e9bep-5f, 0x0p+0f, 0x1.b02e18p+1f, -0x1.81f13ap+2f, -0x1.39dd6ap+3f, 0x1.0a9458p+4f,
    0x1.92a67cp-1f, -0x1.15728ap+0f, 0x1.15e9a6p+2f, 0x1.8840ep+1f, 0x1.224fecp+2f, 0x1.3aeb6ep+0f, 0x1.d4ced8p+1f,
    0x1.113592p+3f, 0x1.52c50ep+1f, -0x1.b3e942p-4f, 0x1.1e9196p+2f, -0x1.2cae5ep+2f, 0x1.9cf8fap+0f,
    -0x1.1ec9ccp+2f, 0x1.40e77p-1f, -0x1.5be064p+0f, -0x1.e15c6cp-1f, -0x1.04e562p+1f, -0x1.684c08p-8f,
    0x1.7bdfbep-6f, -0x1.0f8402p-7f, 0x1.0e31cep+0f, -0x1.d93b5ap+2f, 0x1.e072fep+0f, 0x1.7b9346p+3f,
    0x1.185b68p+1f, 0x1.445fep+1f, -0x1.2a3016p+3f, 0x1.4dbec2p+3f, 0x1.869cbp-3f, 0x1.058578p+0f, -0x1.073326p+2f,
    0x1.780fecp+3f, -0x1.58b77ap+2f, -0x1.a4db3p-2f, 0x1.d82e4ep+1f, 0x1.497fap-3f, 0x1.893038p+3f, -0x1.c6d978p+2f,
    0x1.54d126p+3f, -0x1.14584cp+3f, 0x1.71d798p+0f, -0x1.170a3p+1f, -0x1.cf00a4p-1f, 0x1.9f1b5cp+0f,
    0x1.78d752p+1f, 0x1.99216cp+1f, 0x1.760402p+0f, 0x1.90285p+0f, -0x1.14b402p+4f, 0x1.80f31ap+0f, 0x1.9c4e14p-1f,
    0x1.dc3f34p+1f, 0x1.d01d86p+0f, -0x1.85fe12p+3f, -0x1.5a1d44p+3f, -0x1.b53986p+2f, 0x1.068714p+3f,
    0x1.88833ep-4f, 0x1.e07b9ap-2f,
};

static const uint8_t pooled_wanted[93] = {
    2, 1, 1, 1, 1, 2, 1, 2, 8, 3, 1, 1, 16, 2, 9, 1, 1, 1, 16, 2, 2, 2, 8, 1, 3, 1, 1, 2, 16, 8, 3, 1, 8, 16, 1, 1,
    1, 3, 1, 16, 8, 1, 1, 8, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 8, 2, 8, 16, 8, 1, 1, 1, 1, 1, 1, 8, 2, 2, 8, 2, 8, 2,
    16, 1, 1, 1, 1, 2, 16, 1, 1, 1, 2, 1, 16, 1, 1, 3, 2, 2, 1, 2, 2,
};

typedef struct {
    int32_t times; /* the sum of the times of values above the bias */
    int count;     /* how many there are */
    int way;       /* from the latest value below the bias to here, */
    int longest;   /* and the longest way between two of these */
} pooled_above;

/* Where in the room of the state things stand. */
#define POOLED_REACH 96
#define POOLED_ABOVE (POOLED_REACH + 112 + POOLED_REACH)
#define POOLED_SUMS (POOLED_ABOVE + 3 * (int)(sizeof(pooled_above) / sizeof(float)))

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
static void pooled_stretch(pooled_above *a, const float *z, int begin, int end, float bias)
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
static void pooled_take(const pooled_output *o, const float *biases, const uint8_t *wanted, const float *z, int n,
                        int t, int begin, int end, pooled_above *above, float *sums)
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
static void pooled_give(model_state *s, const pooled_output *o, const float *biases, const uint8_t *wanted, int begin,
                        int end, const pooled_above *above, float *sums)
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
static void pooled_pool(model_state *s, const pooled_output *o, const float *biases, const uint8_t *wanted,
                        const float *series, int differences)
{
    const int n_values = s->n - differences;
    const int fits = (n_values - 1) / 8 >= (int)o->dilation; /* whether there are times with all taps inside */
    const int left_out = fits && !(o->flags & POOLED_PADDED) ? 4 * (int)o->dilation : 0;
    const int n_left = n_values - 2 * left_out;
    const int begin = left_out + n_left * o->begin / 16;
    const int end = left_out + (n_left * o->end + 15) / 16;
    pooled_above *above = (pooled_above *)(void *)(s->room + POOLED_ABOVE);
    float *sums = s->room + POOLED_SUMS;
    const float *taps[9];
    float z[CHUNK];
    int t, i;

    model_clear(sums, 1 * LANES);
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
        for (i = 0; i < 9; ++i) taps[i] += CHUNK;
    }
    pooled_give(s, o, biases, wanted, begin, end, above, sums);
}

static void pooled_features(model_state *s)
{
    const int8_t *members = pooled_members;
    const pooled_output *output = pooled_outputs;
    const float *biases = pooled_biases;
    const uint8_t *wanted = pooled_wanted;
    float *series = s->room + POOLED_REACH;
    int i, j;
    model_clear(s->room, POOLED_ABOVE);
    for (i = 0; i < 56; ++i) {
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

/* ---- what the header declares ---- */

const char *const model_labels[MODEL_N_CLASSES] = {
    "Badminton", "Running", "Standing", "Walking",
};

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
    s.room = s.channels + 616;
    if (!channel_read_all(x, n_timepoints, s.channels)) return 0;
    for (k = 0; k < 4; ++k) s.sums[k] = head_intercepts[k];
    pooled_features(&s);
    return s.sums;
}

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
    const double temperature = 0x1.ce1b3d6ea04efp+0, least = 0x0p+0;
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
