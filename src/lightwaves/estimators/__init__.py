"""What users construct: the search as transformer and classifier, the choice alone, and the head."""

from .classifier import LightWaveSClassifier
from .ridge import RidgeHead
from .selector import FeatureSelector
from .transformer import LightWaveS

__all__ = ["FeatureSelector", "LightWaveS", "LightWaveSClassifier", "RidgeHead"]
