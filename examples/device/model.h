/* 100 features of 6 channels for 4 classes, written by lightwaves 1.0.0rc1. Do not edit. */

#ifndef model_H
#define model_H

#ifdef MODEL_WORK_BYTES
#error "two models of this program have names that differ in upper and lower case only: write one with another name"
#endif

#define MODEL_N_CHANNELS 6
#define MODEL_N_TIMEPOINTS 100
#define MODEL_N_CLASSES 4
#define MODEL_WORK_BYTES 4808

#ifdef __cplusplus
extern "C" {
#endif

/* The names of the classes, MODEL_N_CLASSES of them. */
extern const char *const model_labels[];

/* Which of the channels of training to supply, in this order: MODEL_N_CHANNELS of them. The others are not used. */
extern const int model_channels[];

/* x holds MODEL_N_CHANNELS x MODEL_N_TIMEPOINTS values, channel by channel, in the units of training.
 * A value that is missing or infinite makes x unusable.
 * So does one that is so large that float cannot hold what is computed of it.
 * work is room of MODEL_WORK_BYTES bytes. It need not be aligned, nor keep anything between two calls. */

/* The number of the class, from 0; -1 if x cannot be used. */
int model_predict(const float *x, void *work);

/* The score of each class, MODEL_N_CLASSES of them; NaN if x cannot be used.
 * Those of training are about 1 away from 0. If one is more than 100 away, x lies far outside training, and its class
 * says little: check sensors and units. */
void model_scores(const float *x, void *work, float *scores);

/* The probability of each class, MODEL_N_CLASSES of them; NaN if x cannot be used. */
void model_probabilities(const float *x, void *work, float *probabilities);

/* The same of a shorter series, MODEL_N_CHANNELS x n_timepoints; from 1 to MODEL_N_TIMEPOINTS time points. */
int model_predict_n(const float *x, int n_timepoints, void *work);
void model_scores_n(const float *x, int n_timepoints, void *work, float *scores);
void model_probabilities_n(const float *x, int n_timepoints, void *work, float *probabilities);

#ifdef __cplusplus
}
#endif

#endif
