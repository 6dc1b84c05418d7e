"""What users construct: the search as transformer, classifier and regressor, the choice alone, and the heads."""

from typing import TYPE_CHECKING

from ..later import later
from .classifier import LightWaveSClassifier
from .kernel import KernelHead
from .ridge import RidgeHead
from .transformer import LightWaveS

if TYPE_CHECKING:
    from .kernel_regression import KernelRegressionHead
    from .regression import RegressionHead
    from .regressor import LightWaveSRegressor
    from .selector import FeatureSelector

__all__ = [
    "FeatureSelector",
    "KernelHead",
    "KernelRegressionHead",
    "LightWaveS",
    "LightWaveSClassifier",
    "LightWaveSRegressor",
    "RegressionHead",
    "RidgeHead",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = later(
        __name__,
        __all__,
        {
            "kernel_regression": ("KernelRegressionHead",),
            "regression": ("RegressionHead",),
            "regressor": ("LightWaveSRegressor",),
            "selector": ("FeatureSelector",),
        },
    )
