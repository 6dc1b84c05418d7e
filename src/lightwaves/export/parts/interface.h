#ifndef model_H
#define model_H

#ifdef MODEL_WORK_BYTES
#error "two models of this program have names that differ in upper and lower case only: write one with another name"
#endif

#define MODEL_N_CHANNELS @n_channels@
#define MODEL_N_TIMEPOINTS @n_timepoints@
/*{ classes */
#define MODEL_N_CLASSES @n_classes@
/*} */
#define MODEL_WORK_BYTES @work_bytes@
/*{ stream */
#define MODEL_STREAM_BYTES @stream_bytes@
/*} */

#ifdef __cplusplus
extern "C" {
#endif

/*{ classes */
/* The names of the classes, MODEL_N_CLASSES of them. */
extern const char *const model_labels[];

/*} */
/* Which of the channels of training to supply, in this order: MODEL_N_CHANNELS of them. The others are not used. */
extern const int model_channels[];

/* x holds MODEL_N_CHANNELS x MODEL_N_TIMEPOINTS values, channel by channel, in the units of training.
 * @missing@
 * @too_large@
 * work is room of MODEL_WORK_BYTES bytes. It need not be aligned, nor keep anything between two calls. */

/*{ classes */
/* The number of the class, from 0; -1 if x cannot be used. */
int model_predict(const float *x, void *work);

/* The score of each class, MODEL_N_CLASSES of them; NaN if x cannot be used.@two_scores@
 * Those of training are about 1 away from 0. @far@ */
void model_scores(const float *x, void *work, float *scores);

/* The probability of each class, MODEL_N_CLASSES of them; NaN if x cannot be used. */
void model_probabilities(const float *x, void *work, float *probabilities);

/* The same of a shorter series, MODEL_N_CHANNELS x n_timepoints; from 1 to MODEL_N_TIMEPOINTS time points. */
int model_predict_n(const float *x, int n_timepoints, void *work);
void model_scores_n(const float *x, int n_timepoints, void *work, float *scores);
void model_probabilities_n(const float *x, int n_timepoints, void *work, float *probabilities);
/*} */
/*{ number */
/* The number that the model predicts; NaN if x cannot be used. */
double model_predict(const float *x, void *work);

/* The same of a shorter series, MODEL_N_CHANNELS x n_timepoints; from 1 to MODEL_N_TIMEPOINTS time points. */
double model_predict_n(const float *x, int n_timepoints, void *work);
/*} */
/*{ stream */

/* Samples that come one by one. stream is room of MODEL_STREAM_BYTES bytes, which need not be aligned. It keeps the
 * newest MODEL_N_TIMEPOINTS samples.
 *
 * Begin, before the first sample, or begin anew after a gap. hop is the number of samples from one window to the
 * next; less than 1 is 1. */
void model_reset(void *stream, int hop);

/* Take a sample, MODEL_N_CHANNELS values. As soon as MODEL_N_TIMEPOINTS samples are there, and then after every hop
 * samples, the result is the window of the newest ones: x of the functions above, until the next call. Else it is
 * NULL. */
const float *model_push(const float *sample, void *stream);
/*} */

#ifdef __cplusplus
}
#endif

#endif
