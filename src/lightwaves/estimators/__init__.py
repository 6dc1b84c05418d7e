"""What users construct: the search as transformer, classifier and regressor, the choice alone, and the head."""

from typing import TYPE_CHECKING

from ..later import later
from .classifier import LightWaveSClassifier
from .ridge import RidgeHead
from .transformer import LightWaveS

if TYPE_CHECKING:
    from .regressor import LightWaveSRegressor
    from .selector import FeatureSelector

__all__ = ["FeatureSelector", "LightWaveS", "LightWaveSClassifier", "LightWaveSRegressor", "RidgeHead"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = later(
        __name__, __all__, {"regressor": ("LightWaveSRegressor",), "selector": ("FeatureSelector",)}
    )
