"""The estimators in the form of sktime's. They alone need sktime: ``pip install 'lightwaves[sktime]'``.

They pass sktime's own checks, and work in its pipelines, ``evaluate`` and tuning. Their parameters are those of the
estimators of the same names in `lightwaves`, and so are their results. What `fit` takes beside X and y there, such as
``groups``, ``sample_weight``, ``comm`` and ``checkpoint``, it does not take here: sktime has no place for it.
"""

from __future__ import annotations

from typing import Any

try:
    from sktime.classification.base import BaseClassifier
    from sktime.regression.base import BaseRegressor
    from sktime.transformations.base import BaseTransformer
except ImportError as error:
    raise ImportError("lightwaves.sktime needs sktime: pip install 'lightwaves[sktime]'.") from error

from . import banks, estimators
from .adapted import Adapter, Classifier, Predictor, as_seen, takes_parameters_of
from .containers.frames import check_order

__all__ = ["LightWaveS", "LightWaveSClassifier", "LightWaveSRegressor", "Prism", "WaveletScattering"]

TAGS = {
    "authors": ["the lightwaves developers"],
    "X_inner_mtype": ["pd-multiindex", "numpy3D"],
    "capability:multivariate": True,
    "capability:unequal_length": True,
    "capability:missing_values": False,
    "capability:random_state": True,
    "capability:categorical_in_X": False,
    "property:randomness": "derandomized",
}
OF_PREDICTORS = {"y_inner_mtype": "numpy1D", "capability:multithreading": True}
OF_TRANSFORMERS = {
    "scitype:transform-input": "Series",
    "scitype:transform-output": "Primitives",
    "scitype:instancewise": False,
    "fit_is_empty": False,
    "y_inner_mtype": "None",
}


class _InOrder:
    """Labels of a pandas Series are held against the cases of X by name; sktime itself takes them by place."""

    def fit(self, X: Any, y: Any) -> Any:
        """Fit the model; see the class.

        Parameters
        ----------
        X : panel of sktime
        y : array or Series (n_cases,)

        Returns
        -------
        self
        """
        check_order(X, y=y)
        return super().fit(X, y)  # type: ignore[misc]

    def score(self, X: Any, y: Any, **how: Any) -> float:
        """How good predictions are; see sktime's own.

        Parameters
        ----------
        X : panel of sktime
        y : array or Series (n_cases,)
        **how
            As in sktime.

        Returns
        -------
        float
        """
        check_order(X, y=y)
        return super().score(X, y, **how)  # type: ignore[misc]


class _Transformer(Adapter, BaseTransformer):
    """A panel becomes a table of features."""

    _tags = TAGS | OF_TRANSFORMERS

    def _transform(self, X: Any, y: Any = None) -> Any:
        import pandas

        features = self.model_.transform(as_seen(X, self.model_))
        return pandas.DataFrame(features, columns=self.model_.get_feature_names_out())


@takes_parameters_of(estimators.LightWaveSClassifier, n_jobs=1)
class LightWaveSClassifier(_InOrder, Classifier, BaseClassifier):
    """`lightwaves.LightWaveSClassifier` as a classifier of sktime.

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
    >>> from lightwaves.sktime import LightWaveSClassifier
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, random_state=0).fit(X, y)
    >>> bool((model.predict(X) == y).all())
    True
    """

    _tags = TAGS | OF_PREDICTORS | {"capability:predict_proba": True}

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters for sktime's checks."""
        return [
            {"n_features": 10, "search_candidates": 200},
            {"n_features": 10, "selection": "mrmr", "bank": banks.WaveletScattering(max_dilation=1)},
        ]


@takes_parameters_of(estimators.LightWaveSRegressor, n_jobs=1)
class LightWaveSRegressor(_InOrder, Predictor, BaseRegressor):
    """`lightwaves.LightWaveSRegressor` as a regressor of sktime.

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
    >>> from lightwaves.sktime import LightWaveSRegressor
    >>> X, _ = load_basic_motions()
    >>> y = X[:, 0].std(axis=1)
    >>> model = LightWaveSRegressor(n_features=50, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    _tags = TAGS | OF_PREDICTORS

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters for sktime's checks."""
        return [{"n_features": 10, "search_candidates": 200}, {"n_features": 5, "search_candidates": 100}]


@takes_parameters_of(estimators.LightWaveS, n_jobs=1)
class LightWaveS(_Transformer):
    """`lightwaves.LightWaveS` as a transformer of sktime: a panel becomes a table of features.

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
    >>> from lightwaves.sktime import LightWaveS
    >>> X, y = load_basic_motions()
    >>> LightWaveS(n_features=20, random_state=0).fit_transform(X, y).shape
    (40, 20)
    """

    _tags = {"y_inner_mtype": "numpy1D", "requires_y": True}

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters for sktime's checks."""
        return [{"n_features": 10, "search_candidates": 200}, {"n_features": 5, "search_candidates": 100}]


@takes_parameters_of(banks.Prism, n_jobs=1)
class Prism(_Transformer):
    """`lightwaves.Prism` as a transformer of sktime: all features of the bank.

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
    >>> from lightwaves.sktime import Prism
    >>> X, y = load_basic_motions()
    >>> Prism(n_features=80).fit_transform(X).shape
    (40, 80)
    """

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters for sktime's checks."""
        return [{"n_features": 80}, {"n_features": 160}]


@takes_parameters_of(banks.WaveletScattering, n_jobs=1)
class WaveletScattering(_Transformer):
    """`lightwaves.WaveletScattering` as a transformer of sktime: all features of the bank.

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
    >>> from lightwaves.sktime import WaveletScattering
    >>> X, y = load_basic_motions()
    >>> WaveletScattering(max_dilation=1).fit_transform(X).shape
    (40, 4032)
    """

    _tags = {"capability:random_state": False, "property:randomness": "deterministic"}

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters for sktime's checks."""
        return [{"max_dilation": 1}, {"max_dilation": 1, "levels": (1,)}]
