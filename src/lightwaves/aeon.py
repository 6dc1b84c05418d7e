"""The estimators as those of aeon, which is needed here alone: ``pip install 'lightwaves[aeon]'``.

They take what aeon's take, and work in its pipelines, ensembles and checks. Parameters, and what they learn, are
those of the estimators of the same names in `lightwaves`. What aeon has no place for stays there: the arguments
``groups``, ``sample_weight`` and ``comm`` of `fit`.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

try:
    from aeon.classification.base import BaseClassifier
    from aeon.regression.base import BaseRegressor
    from aeon.transformations.collection.base import BaseCollectionTransformer
    from aeon.utils.validation import check_n_jobs
except ImportError as error:
    raise ImportError("lightwaves.aeon needs aeon: pip install 'lightwaves[aeon]'.") from error

from . import banks, estimators
from .adapted import takes_parameters_of
from .docstrings import shares
from .estimators.transformer import SHARED

__all__ = ["LightWaveS", "LightWaveSClassifier", "LightWaveSRegressor", "Prism", "WaveletScattering"]

TAGS = {
    "X_inner_type": ["np-list", "numpy3D"],
    "capability:multivariate": True,
    "capability:unequal_length": True,
    "capability:missing_values": False,
    "capability:multithreading": True,
    "algorithm_type": "convolution",
}


class _Declared:
    """Tags that depend on parameters."""

    missing: str
    set_tags: Any
    unfitted: Any
    n_jobs: int | None

    def _declare(self) -> None:
        self.set_tags(**{"capability:missing_values": self.missing != "error"})

    def _fit_model(self, X: Any, y: Any) -> Any:
        self._n_jobs = check_n_jobs(self.n_jobs)
        return self.unfitted().fit(X, y)


@takes_parameters_of(estimators.LightWaveSClassifier, n_jobs=1)
@shares(SHARED)
class LightWaveSClassifier(_Declared, BaseClassifier):
    """`lightwaves.LightWaveSClassifier` as a classifier of aeon.

    Parameters
    ----------
    {bank}
    {n_features}
    {selection}
    {scale}
    {missing}
    {search_cases}
    {screen_channels}
    {search_candidates}
    {group_size}
    {frugality}
    classifier : scikit-learn classifier or "auto", optional
        The head; see `lightwaves.LightWaveSClassifier`.
    class_weight : dict or "balanced", optional
        How often a case counts by its class.
    honest : bool, default=True
        Judge the model by cases that its search has not seen; see `lightwaves.LightWaveSClassifier`.
    {channel_names}
    n_jobs : int, default=1
        Threads, in joblib's convention. No result depends on it.
    {random_state}
    {verbose}

    Attributes
    ----------
    model_ : lightwaves.LightWaveSClassifier
        Fitted; it can be saved, exported, explained.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> from lightwaves.aeon import LightWaveSClassifier
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, random_state=0).fit(X, y)
    >>> bool((model.predict(X) == y).all())
    True
    """

    _tags = TAGS

    def _fit(self, X: Any, y: NDArray[Any]) -> LightWaveSClassifier:
        self.model_ = self._fit_model(X, y)
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.model_.predict(X)

    def _predict_proba(self, X: Any) -> NDArray[Any]:
        if hasattr(self.model_, "predict_proba"):
            return self.model_.predict_proba(X)
        return super()._predict_proba(X)

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        return [
            {"n_features": 10, "search_candidates": 200},
            {"n_features": 10, "selection": "mrmr", "bank": banks.WaveletScattering(max_dilation=1)},
        ]


@takes_parameters_of(estimators.LightWaveSRegressor, n_jobs=1)
@shares(SHARED)
class LightWaveSRegressor(_Declared, BaseRegressor):
    """`lightwaves.LightWaveSRegressor` as a regressor of aeon.

    Parameters
    ----------
    {bank}
    {n_features}
    {selection}
    {scale}
    {missing}
    {search_cases}
    {screen_channels}
    {search_candidates}
    {group_size}
    {frugality}
    regressor : scikit-learn regressor, optional
        The head; see `lightwaves.LightWaveSRegressor`.
    honest : bool, default=True
        Judge the model by cases that its search has not seen; see `lightwaves.LightWaveSClassifier`.
    {channel_names}
    n_jobs : int, default=1
        Threads, in joblib's convention. No result depends on it.
    {random_state}
    {verbose}

    Attributes
    ----------
    model_ : lightwaves.LightWaveSRegressor
        Fitted; it has intervals too.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> from lightwaves.aeon import LightWaveSRegressor
    >>> X, _ = load_basic_motions()
    >>> y = X[:, 0].std(axis=1)
    >>> model = LightWaveSRegressor(n_features=50, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    _tags = TAGS

    def _fit(self, X: Any, y: NDArray[Any]) -> LightWaveSRegressor:
        self.model_ = self._fit_model(X, y)
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.model_.predict(X)

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"n_features": 10, "search_candidates": 200}


@takes_parameters_of(estimators.LightWaveS, n_jobs=1)
@shares(SHARED)
class LightWaveS(_Declared, BaseCollectionTransformer):
    """`lightwaves.LightWaveS` as a transformer of aeon: collections of series become a table of features.

    Parameters
    ----------
    {bank}
    {n_features}
    {selection}
    {scale}
    {missing}
    {search_cases}
    {screen_channels}
    {search_candidates}
    {group_size}
    {frugality}
    {channel_names}
    n_jobs : int, default=1
        Threads, in joblib's convention. No result depends on it.
    {random_state}
    {verbose}

    Attributes
    ----------
    model_ : lightwaves.LightWaveS
        Fitted.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> from lightwaves.aeon import LightWaveS
    >>> X, y = load_basic_motions()
    >>> LightWaveS(n_features=20, random_state=0).fit_transform(X, y).shape
    (40, 20)
    """

    _tags = TAGS | {"output_data_type": "Tabular", "requires_y": True}

    def _fit(self, X: Any, y: Any = None) -> LightWaveS:
        self.model_ = self._fit_model(X, y)
        return self

    def _transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        return self.model_.transform(X)

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"n_features": 10, "search_candidates": 200}


class _Bank(BaseCollectionTransformer):
    """All features of a bank."""

    _tags = TAGS | {"output_data_type": "Tabular"}

    def _fit(self, X: Any, y: Any = None) -> _Bank:
        self._n_jobs = check_n_jobs(self.n_jobs)
        self.model_ = self.unfitted().fit(X)
        return self

    def _transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        return self.model_.transform(X)


@takes_parameters_of(banks.Prism, n_jobs=1)
class Prism(_Bank):
    """`lightwaves.Prism` as a transformer of aeon: all features of the bank, whose parameters it takes.

    Attributes
    ----------
    model_ : lightwaves.Prism
        Fitted.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> from lightwaves.aeon import Prism
    >>> X, y = load_basic_motions()
    >>> Prism(n_features=80).fit_transform(X).shape
    (40, 80)
    """

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"n_features": 80}


@takes_parameters_of(banks.WaveletScattering, n_jobs=1)
class WaveletScattering(_Bank):
    """`lightwaves.WaveletScattering` as a transformer of aeon: all features of the bank, whose parameters it takes.

    Attributes
    ----------
    model_ : lightwaves.WaveletScattering
        Fitted.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> from lightwaves.aeon import WaveletScattering
    >>> X, y = load_basic_motions()
    >>> WaveletScattering(max_dilation=1).fit_transform(X).shape
    (40, 4032)
    """

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"max_dilation": 1}
