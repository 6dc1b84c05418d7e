"""What the adapters for other libraries share: they take the parameters of an estimator, and fit one inside."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .containers.cases import contents, names_in

Adapter = TypeVar("Adapter", bound=type)


def takes_parameters_of(estimator: type, **defaults: Any) -> Callable[[Adapter], Adapter]:
    """Give a class the constructor of an estimator: the same parameters, in the same order.

    Parameters
    ----------
    estimator : type
        Whose parameters they are.
    **defaults
        Other defaults, where the other library's conventions ask for them.

    Returns
    -------
    function
        A decorator of classes. Their ``_declare``, if they have one, is called at the end of the constructor. Their
        ``unfitted`` makes an estimator with the parameters.

    Examples
    --------
    >>> from lightwaves import FeatureSelector
    >>> from lightwaves.adapted import takes_parameters_of
    >>> @takes_parameters_of(FeatureSelector)
    ... class Adapter:
    ...     pass
    >>> Adapter(7).unfitted()
    FeatureSelector(n_features=7)
    """
    own = inspect.signature(estimator.__init__)  # type: ignore[misc]
    parameters = [p.replace(default=defaults.get(name, p.default)) for name, p in own.parameters.items()]
    signature = own.replace(parameters=parameters)
    names = [name for name in own.parameters if name != "self"]

    def decorate(adapter: Adapter) -> Adapter:
        kind: Any = adapter

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            given = signature.bind(self, *args, **kwargs)
            given.apply_defaults()
            for name in names:
                setattr(self, name, given.arguments[name])
            super(kind, self).__init__()
            getattr(self, "_declare", lambda: None)()

        def unfitted(self: Any) -> Any:
            """The estimator that does the work, with the parameters of this one, not fitted."""
            return estimator(**{name: getattr(self, name) for name in names})

        __init__.__signature__ = signature  # type: ignore[attr-defined]
        kind.__init__, kind.unfitted = __init__, unfitted
        abc.update_abstractmethods(adapter)  # the constructor of the other library's class may be abstract
        return adapter

    return decorate


def without_names(X: Any) -> NDArray[Any] | list[NDArray[Any]]:
    """The series of any container as an array, or, for unequal lengths, a list of arrays."""
    given = contents(X)
    n_timepoints = given.lengths[0]
    if isinstance(given.values, np.ndarray) and (given.lengths == n_timepoints).all():
        return given.values[:, :, :n_timepoints]
    return [x[:, :n] for x, n in zip(given.values, given.lengths, strict=True)]


def as_seen(X: Any, model: Any) -> Any:
    """Series for a fitted model: without the names of the channels, if its fit saw none."""
    return without_names(X) if names_in(X) and model.channel_names_ is None else X
