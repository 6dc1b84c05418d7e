"""The estimators in the form of aeon's. They alone need aeon: ``pip install 'lightwaves[aeon]'``.

They pass aeon's own checks, and work in its pipelines, ensembles and searches. Their parameters are those of the
estimators of the same names in `lightwaves`, and so are their results. What `fit` takes beside X and y there, such as
``groups``, ``sample_weight``, ``comm`` and ``checkpoint``, it does not take here: aeon has no place for it.

``fit_predict`` and ``fit_predict_proba`` give the honest estimate of the one fit, where it judged every case. Elsewhere
they cross-validate, as aeon does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from aeon.classification.base import BaseClassifier
    from aeon.regression.base import BaseRegressor
    from aeon.transformations.collection.base import BaseCollectionTransformer
    from aeon.utils.validation import check_n_jobs
except ImportError as error:
    raise ImportError("lightwaves.aeon needs aeon: pip install 'lightwaves[aeon]'.") from error

from . import banks, estimators
from .adapted import Adapter, Classifier, Predictor, takes_parameters_of, without_names
from .containers.frames import check_order, is_frame, n_index_levels

__all__ = ["LightWaveS", "LightWaveSClassifier", "LightWaveSRegressor", "Prism", "WaveletScattering"]

TAGS = {
    "X_inner_type": ["np-list", "numpy3D"],
    "capability:multivariate": True,
    "capability:unequal_length": True,
    "capability:missing_values": False,
    "capability:multithreading": True,
    "algorithm_type": "convolution",
}


class _Common(Adapter):
    """The number of threads as aeon's checks ask for it, and the cases of frames in the order of the frames."""

    n_jobs: int | None

    def _preprocess_collection(self, X: Any, store_metadata: bool = True) -> Any:
        return super()._preprocess_collection(_in_order(X), store_metadata)  # type: ignore[misc]

    def _fit(self, X: Any, y: Any = None) -> Any:
        self._n_jobs = check_n_jobs(self.n_jobs)
        return super()._fit(X, y)


class _Predictor(_Common):
    """What is known of training cases by models that have not seen them."""

    _honest: str

    def _fit_setup(self, X: Any, y: Any) -> Any:
        check_order(X, y=y)
        return super()._fit_setup(X, y)  # type: ignore[misc]

    def score(self, X: Any, y: Any, *how: Any, **named: Any) -> float:
        """How good predictions are; see aeon's own, which counts the rows of a frame as cases.

        Parameters
        ----------
        X : collection of aeon
        y : array or Series (n_cases,)
        *how, **named
            As in aeon.

        Returns
        -------
        float
        """
        check_order(X, y=y)
        return super().score(_in_order(X), y, *how, **named)  # type: ignore[misc]

    def _fit_judged(self, X: Any, y: Any) -> NDArray[Any] | None:
        """Fit, and return the honest estimate of each case; None where some case has none."""
        self._fit(X, y)
        judged = getattr(self.model_, self._honest, None)
        return None if judged is None or np.isnan(judged).any() else judged


class _Transformer(_Common, BaseCollectionTransformer):
    """Collections of series become a table of features."""

    _tags = TAGS | {"output_data_type": "Tabular"}

    def fit(self, X: Any, y: Any = None) -> Any:
        """Fit the model; see the class.

        Parameters
        ----------
        X : collection of aeon
        y : array or Series (n_cases,), optional

        Returns
        -------
        self
        """
        check_order(X, y=y)
        return super().fit(X, y)

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        """Fit the model, and compute the features of X.

        Parameters
        ----------
        X : collection of aeon
        y : array or Series (n_cases,), optional

        Returns
        -------
        array (n_cases, n_features)
        """
        check_order(X, y=y)
        return super().fit_transform(X, y)

    def _transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        return self.model_.transform(X)


def _in_order(X: Any) -> Any:
    """A frame by case and time as arrays; others as they are. aeon itself sorts cases by name, but not their labels.

    Channels stay where aeon has them: sorted by name, so that columns may stand in any order.
    """
    return without_names(X.sort_index(axis=1)) if is_frame(X) and n_index_levels(X) == 2 else X


@takes_parameters_of(estimators.LightWaveSClassifier, n_jobs=1)
class LightWaveSClassifier(_Predictor, Classifier, BaseClassifier):
    """`lightwaves.LightWaveSClassifier` as a classifier of aeon.

    Parameters
    ----------
    {parameters}

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

    _tags, _honest = TAGS | {"capability:train_estimate": True}, "honest_proba_"

    def _fit_predict(self, X: Any, y: Any, **kwargs: Any) -> NDArray[Any]:
        judged = self._fit_judged(X, y)
        return super()._fit_predict(X, y, **kwargs) if judged is None else self.classes_[judged.argmax(axis=1)]

    def _fit_predict_proba(self, X: Any, y: Any, **kwargs: Any) -> NDArray[Any]:
        judged = self._fit_judged(X, y)
        return super()._fit_predict_proba(X, y, **kwargs) if judged is None else judged

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        return [
            {"n_features": 10, "search_candidates": 200},
            {"n_features": 10, "selection": "mrmr", "bank": banks.WaveletScattering(max_dilation=1)},
        ]


@takes_parameters_of(estimators.LightWaveSRegressor, n_jobs=1)
class LightWaveSRegressor(_Predictor, Predictor, BaseRegressor):
    """`lightwaves.LightWaveSRegressor` as a regressor of aeon.

    Parameters
    ----------
    {parameters}

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

    _tags, _honest = TAGS | {"capability:train_estimate": True}, "honest_prediction_"

    def _fit_predict(self, X: Any, y: Any) -> NDArray[Any]:
        judged = self._fit_judged(X, y)
        return super()._fit_predict(X, y) if judged is None else judged

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"n_features": 10, "search_candidates": 200}


@takes_parameters_of(estimators.LightWaveS, n_jobs=1)
class LightWaveS(_Transformer):
    """`lightwaves.LightWaveS` as a transformer of aeon: collections of series become a table of features.

    Parameters
    ----------
    {parameters}

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

    _tags = {"requires_y": True}

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"n_features": 10, "search_candidates": 200}


@takes_parameters_of(banks.Prism, n_jobs=1)
class Prism(_Transformer):
    """`lightwaves.Prism` as a transformer of aeon: all features of the bank.

    Parameters
    ----------
    {parameters}

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
class WaveletScattering(_Transformer):
    """`lightwaves.WaveletScattering` as a transformer of aeon: all features of the bank.

    Parameters
    ----------
    {parameters}

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
