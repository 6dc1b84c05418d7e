"""The models that predict, what they predict, and by which heads."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from .classifier import OWN_HEADS as CLASSIFYING
from .classifier import LightWaveSClassifier
from .regressor import OWN_HEADS as REGRESSING
from .regressor import LightWaveSRegressor
from .transformer import LightWaveS

Predicting = LightWaveSClassifier | LightWaveSRegressor
NAMES = "LightWaveSClassifier or LightWaveSRegressor"
ALL_NAMES = f"LightWaveS, {NAMES}"  # also of models that only choose features
OWN_HEADS = (*CLASSIFYING, *REGRESSING)


def is_number(model: Any) -> bool:
    """Whether a model predicts numbers."""
    return isinstance(model, LightWaveSRegressor)


def score_of(model: Any) -> str:
    """What the score of a model is called."""
    return "R2" if is_number(model) else "accuracy"


def other_than_model(given: Any) -> str:
    """What was given in place of a model, in words; and what to pass, where it holds one."""
    if isinstance(given, type):
        return f"the class {given.__name__}"
    kind = type(given).__name__
    if isinstance(getattr(given, "model_", None), LightWaveS):
        return f"{kind} of {type(given).__module__}, an adapter: pass its model_"
    return f"{kind}; of a pipeline, pass the step" if hasattr(given, "steps") else kind


def check_fitted(model: Any, kinds: Any = Predicting, names: str = NAMES) -> None:
    """Make sure that a model is of one of some kinds, by default one that predicts, and fitted.

    Raises
    ------
    TypeError
        If it is something else.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    if not isinstance(model, kinds):
        raise TypeError(f"model must be a fitted {names}, got {other_than_model(model)}.")
    check_is_fitted(model)


def fitted_head(model: Predicting) -> Any:
    """The head of a fitted model."""
    return model.regressor_ if isinstance(model, LightWaveSRegressor) else model.classifier_
