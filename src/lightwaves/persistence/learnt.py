"""What each learnt attribute of a model must be; a file holds these and no others."""

from __future__ import annotations

import numpy as np

from ..entries import INT64, SMALLEST, Array, Entry, Number
from ..estimators import LightWaveS
from ..estimators.kernel import KernelHead
from ..estimators.kernel_regression import FARTHEST, KernelRegressionHead
from ..estimators.predicting import Predicting, fitted_head
from ..estimators.regression import N_QUANTILES, RegressionHead
from ..estimators.ridge import RidgeHead
from ..plans.plan import LONGEST
from ..search.honest_choice import JUDGED_PATH
from ..search.screening import ERRORS, VERDICTS
from ..selection.detachment import PATH

FAR = 1e250  # coefficients whose sums over float32 features are finite
NEAR = 1e36  # numbers whose squares, times features of float32, are finite
AT_MOST = 1e39  # means of features: float32 ends at 3.4e38
# What a fit has learnt: attributes of the model, or of its head, and what they must be.
LEARNT: dict[str, dict[str, Entry]] = {
    "of every model": {
        "feature_scores_": Array(np.float64, "n_features", least=0, most=np.inf),
        "_fitted_2d": Number(bool),
        "n_features_in_": Number(int, 1, LONGEST),
    },
    "of detachment": {
        "selection_path_": Array(JUDGED_PATH, "n_rounds", nan=True),  # coefficients of determination may be below 0
        "candidate_channels_": Array(np.intp, "n_candidate_channels", below="n_channels", ascending=True),
        "bank_errors_": Array(np.float64, "n_alternatives", least=0, most=np.inf),
        "screening_": Array(VERDICTS, "n_channels", most=np.inf, nan=True),
        "screening_errors_": Array(ERRORS, most=np.inf, nan=True),
    },
    "of its training": {
        "training_.n_cases": Number(int, 1, INT64),
        "training_.shortest": Number(int, 1, LONGEST),
        "training_.longest": Number(int, 1, LONGEST),
        "training_.class_counts": Array(np.int64, "n_counted", least=0, most=INT64),
    },
    "of an honest estimate": {
        "honest_score_": Number(float, most=1),
        "honest_standard_error_": Number(float, 0),
    },
    "of a transformer": {
        "_weights": Array(np.float64, "n_features", least=0, most=FAR),
    },
    "of a ridge": {
        "classifier_.coef_": Array(np.float64, "n_outputs", "n_features", least=-FAR, most=FAR),
        "classifier_.intercept_": Array(np.float64, "n_outputs", least=-FAR, most=FAR),
        "classifier_.importances_": Array(np.float64, "n_features", least=0, most=FAR),
        "classifier_.alpha_": Number(float, SMALLEST),
        "classifier_.temperature_": Number(float, SMALLEST, 1e6),
    },
    "of a ridge since format 5": {
        "classifier_.mean_": Array(np.float64, "n_features", least=-AT_MOST, most=AT_MOST),
        "classifier_.floor_": Number(float, 0, 1),
    },
    "of a kernel head": {
        "classifier_.landmarks_": Array(np.float32, "n_landmarks", "n_features", least=-NEAR, most=NEAR),
        "classifier_.weights_": Array(np.float64, "n_landmarks", "n_outputs", least=-NEAR, most=NEAR),
        "classifier_.coef_": Array(np.float64, "n_outputs", "n_features", least=-FAR, most=FAR),
        "classifier_.intercept_": Array(np.float64, "n_outputs", least=-FAR, most=FAR),
        "classifier_.mean_": Array(np.float64, "n_features", least=-NEAR, most=NEAR),
        "classifier_.deviation_": Array(np.float64, "n_features", least=1 / NEAR, most=NEAR),
        "classifier_.width_": Number(float, SMALLEST, NEAR),
        "classifier_.alpha_": Number(float, SMALLEST),
        "classifier_.importances_": Array(np.float64, "n_features", least=0, most=FAR),
        "classifier_.temperature_": Number(float, SMALLEST, 1e6),
        "classifier_.floor_": Number(float, 0, 1),
    },
}
INTERVALS: dict[str, Entry] = {
    "regressor_.importances_": Array(np.float64, "n_features", least=0, most=FAR),
    "regressor_.alpha_": Number(float, SMALLEST),
    "regressor_.bounds_": Array(np.float64, 2, ascending=True),
    "regressor_.errors_": Array(np.float64, N_QUANTILES + 1, least=0, ascending=True),
    "regressor_.spread_": Number(float, 0),
}
LEARNT["of a regression head"] = {
    "regressor_.coef_": Array(np.float64, 1, "n_features", least=-FAR, most=FAR),
    "regressor_.intercept_": Array(np.float64, 1, least=-FAR, most=FAR),
    "regressor_.mean_": Array(np.float64, "n_features", least=-AT_MOST, most=AT_MOST),
    **INTERVALS,
}
LEARNT["of a kernel regression head"] = {
    "regressor_.landmarks_": Array(np.float32, "n_landmarks", "n_features", least=-FARTHEST, most=FARTHEST),
    "regressor_.weights_": Array(np.float64, "n_landmarks", least=-NEAR, most=NEAR),
    "regressor_.coef_": Array(np.float64, "n_features", least=-NEAR, most=NEAR),
    "regressor_.intercept_": Number(float, -NEAR, NEAR),
    "regressor_.mean_": Array(np.float64, "n_features", least=-NEAR, most=NEAR),
    "regressor_.deviation_": Array(np.float64, "n_features", least=1 / NEAR, most=NEAR),
    "regressor_.width_": Number(float, SMALLEST, NEAR),
    "regressor_.target_.root": Number(bool),
    "regressor_.target_.low": Number(float, -FAR, FAR),
    "regressor_.target_.unit": Number(float, SMALLEST, FAR),
    "regressor_.target_.added": Number(float, 0, NEAR),
    **INTERVALS,
}
UNTIL_4_LEARNT = {"selection_path_": Array(PATH, "n_rounds", least=0)}  # in place of those above
# Sizes of which a fit leaves one at least.
NEVER_0 = ("n_features", "n_channels", "n_outputs", "n_landmarks", "n_rounds")
HEADS = {"of a ridge": RidgeHead, "of a kernel head": KernelHead}
REGRESSION_HEADS = {"of a regression head": RegressionHead, "of a kernel regression head": KernelRegressionHead}


def groups_of(model: LightWaveS) -> list[str]:
    """What kinds of things a model has learnt, of `LEARNT`."""
    head = fitted_head(model) if isinstance(model, Predicting) else None
    kinds = {
        "of every model": True,
        "of detachment": hasattr(model, "selection_path_"),
        "of its training": hasattr(model, "training_"),
        "of an honest estimate": isinstance(model, Predicting) and hasattr(model, "honest_score_"),
        "of a transformer": not isinstance(model, Predicting),
        "of a ridge": type(head) is RidgeHead,
        "of a ridge since format 5": type(head) is RidgeHead and hasattr(head, "mean_"),
        "of a kernel head": type(head) is KernelHead,
        "of a regression head": type(head) is RegressionHead,
        "of a kernel regression head": type(head) is KernelRegressionHead,
    }
    return [kind for kind in LEARNT if kinds[kind]]


def learnt_by(groups: list[str]) -> dict[str, Entry]:
    """What a model that learns such things has learnt, of `LEARNT`."""
    return {name: what for group in groups for name, what in LEARNT[group].items()}
