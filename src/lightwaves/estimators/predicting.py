"""The models that predict, what they predict, and by which heads."""

from __future__ import annotations

from typing import Any

from .classifier import OWN_HEADS as CLASSIFYING
from .classifier import LightWaveSClassifier
from .regressor import OWN_HEADS as REGRESSING
from .regressor import LightWaveSRegressor

Predicting = LightWaveSClassifier | LightWaveSRegressor
NAMES = "LightWaveSClassifier or LightWaveSRegressor"
OWN_HEADS = (*CLASSIFYING, *REGRESSING)


def is_number(model: Any) -> bool:
    """Whether a model predicts numbers."""
    return isinstance(model, LightWaveSRegressor)


def score_of(model: Any) -> str:
    """What the score of a model is called."""
    return "R2" if is_number(model) else "accuracy"


def fitted_head(model: Predicting) -> Any:
    """The head of a fitted model."""
    return model.regressor_ if isinstance(model, LightWaveSRegressor) else model.classifier_
