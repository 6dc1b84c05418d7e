"""What users construct: the search as transformer, classifier and regressor, the choice alone, and the head."""

from .classifier import LightWaveSClassifier
from .regressor import LightWaveSRegressor
from .ridge import RidgeHead
from .selector import FeatureSelector
from .transformer import LightWaveS

__all__ = ["FeatureSelector", "LightWaveS", "LightWaveSClassifier", "LightWaveSRegressor", "RidgeHead"]
