"""What users construct: the search as transformer and classifier, the choice alone, and the head."""

from .ridge import RidgeHead
from .transformer import FeatureSelector, LightWaveS, LightWaveSClassifier

__all__ = ["FeatureSelector", "LightWaveS", "LightWaveSClassifier", "RidgeHead"]
