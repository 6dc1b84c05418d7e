"""What the adapters for other libraries share: they take the parameters of an estimator, and fit one inside."""

from __future__ import annotations

import abc
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .containers.cases import contents, names_in
from .docstrings import shares
from .validation import check_parts

Kind = TypeVar("Kind", bound="type[Adapter]")

SECTION = re.compile(r"^Parameters\n-+\n(.*?)(?:\n\n\w[\w ]*\n-+$|\Z)", re.DOTALL | re.MULTILINE)


class Adapter:
    """An estimator of another library, whose work one of this library does: the one of `takes_parameters_of`.

    Attributes
    ----------
    model_ : estimator
        The one that does the work, fitted.
    """

    _adapted: type
    model_: Any
    get_params: Any
    set_tags: Any

    def _declare(self) -> None:
        """Set the tags that depend on parameters."""
        if hasattr(self, "missing"):
            self.set_tags(**{"capability:missing_values": self.missing != "error"})

    def set_params(self, **params: Any) -> Any:
        """Set parameters, also of what is fitted, and the tags that depend on them."""
        check_parts(self, params)
        super().set_params(**params)  # type: ignore[misc]
        if hasattr(self, "model_"):
            self.model_.set_params(**params)
        self._declare()
        return self

    def _fit(self, X: Any, y: Any = None) -> Any:
        self.model_ = self._adapted(**self.get_params(deep=False)).fit(X, y)
        return self


class Predictor(Adapter):
    """An adapter of a regressor."""

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.model_.predict(as_seen(X, self.model_))


class Classifier(Predictor):
    """An adapter of a classifier. If its head has no probabilities, it does what the other library does then."""

    classes_: NDArray[Any]

    def _predict_proba(self, X: Any) -> NDArray[Any]:
        if not hasattr(self.model_, "predict_proba"):
            return super()._predict_proba(X)  # type: ignore[misc]
        known = self.model_.predict_proba(as_seen(X, self.model_))
        if known.shape[1] == len(self.classes_):
            return known
        chances = np.zeros((len(known), len(self.classes_)))  # the model does not know classes of weight 0
        chances[:, np.searchsorted(self.classes_, self.model_.classes_)] = known
        return chances


def takes_parameters_of(estimator: type, **defaults: Any) -> Callable[[Kind], Kind]:
    """Give an adapter the constructor of an estimator: the same parameters, in the same order.

    Parameters
    ----------
    estimator : type
        Whose parameters they are. It does the work.
    **defaults
        Other defaults, where the other library's conventions ask for them.

    Returns
    -------
    function
        A decorator of classes. It puts the descriptions of the parameters into the place ``{parameters}`` of the
        docstring.

    Examples
    --------
    >>> from lightwaves import FeatureSelector
    >>> from lightwaves.adapted import Adapter, takes_parameters_of
    >>> @takes_parameters_of(FeatureSelector, n_features=7)
    ... class Selector(Adapter):
    ...     '''Selects.
    ...
    ...     Parameters
    ...     ----------
    ...     {parameters}
    ...     '''
    >>> Selector().n_features
    7
    >>> Selector.__doc__.splitlines()[4].strip()
    'n_features : int or "auto", default=7'
    """
    own = inspect.signature(estimator.__init__)  # type: ignore[misc]
    parameters = [p.replace(default=defaults.get(name, p.default)) for name, p in own.parameters.items()]
    signature = own.replace(parameters=parameters)
    names = [name for name in own.parameters if name != "self"]

    def decorate(adapter: Kind) -> Kind:
        kind: Any = adapter

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            given = signature.bind(self, *args, **kwargs)
            given.apply_defaults()
            for name in names:
                setattr(self, name, given.arguments[name])
            super(kind, self).__init__()
            self._declare()

        __init__.__signature__ = signature  # type: ignore[attr-defined]
        kind.__init__, kind._adapted = __init__, estimator
        abc.update_abstractmethods(adapter)  # the constructor of the other library's class may be abstract
        return shares({"parameters": described(estimator, defaults)})(adapter)

    return decorate


def described(estimator: type, defaults: dict[str, Any]) -> str:
    """What the docstring of an estimator says of its parameters, with other defaults."""
    found = SECTION.search(inspect.getdoc(estimator) or "")  # python -OO has no docstrings
    text = found[1] if found else ""
    for name, default in defaults.items():
        line = re.compile(rf"^({name} : .*), (?:optional|default=.*)$", re.MULTILINE)
        text = line.sub(rf"\g<1>, default={default!r}", text)
    return text


def without_names(X: Any) -> NDArray[Any] | list[NDArray[Any]]:
    """The series of any container as an array, or, for unequal lengths, a list of arrays."""
    given = contents(X)
    n_timepoints = given.lengths[0]
    if isinstance(given.values, np.ndarray) and (given.lengths == n_timepoints).all():
        return given.values[:, :, :n_timepoints]
    return given.cases


def as_seen(X: Any, model: Any) -> Any:
    """Series for a fitted model: without the names of the channels, if its fit saw none."""
    return without_names(X) if names_in(X) and model.channel_names_ is None else X
