"""What all banks share, and what a bank of your own defines."""

from __future__ import annotations

import math
from copy import copy
from numbers import Integral
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import check_random_state

from ..docstrings import shares
from ..panel import Panel
from ..panel.precision import far_levels
from ..plans import Plan
from ..series import SeriesMixin
from ..validation import check_memory, check_n_jobs
from .candidates import Candidates, check_offer

ROOM_OF_ONE = 64  # bytes of a feature itself, at least
DRAWN_BY = ("n_features", "n_kernels")  # parameters of banks that say how much they draw

SHARED = {
    "max_dilations_per_kernel": """
        max_dilations_per_kernel : int, default=32
            The largest number of dilations for a kernel. They are spread evenly on a logarithmic scale, from 1 to an
            eighth of the longest training series.
        """,
    "random_state": """
        random_state : int, RandomState or None, default=None
            The source of all that the bank draws. With None, a bank that is fitted alone draws anew in each fit, and a
            bank in a search uses the random state of `LightWaveS`.
        """,
    "channel_names": """
        channel_names : sequence of str, optional
            Names of the channels, for the names of the features. In a search, those of `LightWaveS` are used instead.
        """,
    "n_jobs": """
        n_jobs : int, optional
            The number of threads, in joblib's convention. In a search, that of `LightWaveS` is used instead. The
            features do not depend on it.
        """,
    "plan_": """
        plan_ : Plan
            All features of the bank. Row j computes column j.
        """,
    "n_channels_in_": """
        n_channels_in_ : int
            The number of channels seen in `fit`.
        """,
    "channel_names_": """
        channel_names_ : tuple of str, or None
            The names of the channels, by `channel_names` or by X; None where neither names them.
        """,
    "n_features_in_": """
        n_features_in_ : int
            The number of channels, or the number of time points if `fit` got a 2D array.
        """,
}


Family = TypeVar("Family", bound="Bank")


@shares(SHARED)
class Bank(SeriesMixin, TransformerMixin, BaseEstimator):
    """A family of candidate features, and a transformer that computes them all.

    This is the base class of all banks. A bank of your own defines `candidates`. If it has parameters, it also defines
    ``__init__`` and `check`. It can have the parameters ``channel_names``, ``n_jobs`` and ``random_state``, which work
    as in the other banks. The page on banks has a complete example.

    Attributes
    ----------
    {plan_}
    {n_channels_in_}
    {n_features_in_}
    {channel_names_}

    Notes
    -----
    A bank that is fitted alone does not standardise the channels. There is one exception. If the mean of a channel lies
    more than 1,000 standard deviations from 0, the bank subtracts it, because float32 would lose what varies. Features
    such as the means of `Intervals` are then those of what is left. ``plan_.shift`` says what is subtracted.
    """

    channel_names: Any = None
    n_jobs: Any = None
    random_state: Any = None
    plan_: Plan

    def check(self) -> None:
        """Check the parameters. A bank with parameters raises a TypeError or a ValueError here."""

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> Candidates:
        """Offer candidates for some series.

        Parameters
        ----------
        panel : Panel
            The training series, with ``n_cases``, ``n_channels``, ``n_timepoints``, the ``lengths`` of the cases, and
            ``channel_names``, which may be None. ``panel.take(cases, channels)`` reads some of them, as float32
            (n_cases, n_channels, n_timepoints); what stands behind the end of a case means nothing.
        shift, scale : float64 (n_channels,)
            Each channel is standardised as ``(x - shift) / scale`` before features are computed.
        random_state : RandomState
            The source of what is drawn. A bank with a ``random_state`` of its own can use that instead.

        Returns
        -------
        Candidates
            A `lightwaves.plans.Plan` of all candidates. If there are too many for one plan, an object that makes plans
            of parts.
        """
        raise NotImplementedError(f"{type(self).__name__} must define candidates")

    def share(self, part: float) -> Bank:
        """A bank with a part of the candidates, for one of several groups of channels.

        The default is the bank itself. This is right for a bank that offers all it has for each channel. A bank that
        draws a number of candidates must draw fewer.

        Parameters
        ----------
        part : float
            The part, from 0 to 1.

        Returns
        -------
        Bank
        """
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self: Family, X: Any, y: Any = None) -> Family:
        """Define the features. For a bank that draws nothing, only the number of channels matters.

        Parameters
        ----------
        X : array (n_cases, n_channels, n_timepoints), list of arrays (n_channels, n_timepoints_i), or mapping
            The training series; see `LightWaveS.fit`.
        y : ignored
            Present for scikit-learn's convention.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter or X is not as described.

        Warns
        -----
        UserWarning
            If the axes of X look swapped, or X is a frame that looks like a table of readings.
        """
        self.check()
        check_n_jobs(self.n_jobs)
        check_memory(n_drawn(self) * ROOM_OF_ONE, f"{n_drawn(self)} features", "draw fewer")
        fitted = copy(self)
        panel = fitted._fit_panel(X)
        levels = far_levels(*panel.moments(np.arange(panel.n_channels)))
        offered = fitted.candidates(panel, levels, np.ones(panel.n_channels), generator(self.random_state))
        check_offer(offered, self, panel.n_channels)
        if not len(offered):
            raise ValueError(f"{type(self).__name__} has no candidates for these series.")
        fitted.plan_ = offered if isinstance(offered, Plan) else offered.plan(np.arange(len(offered)))
        self.__dict__ = fitted.__dict__  # at the very end, so that a fit which fails changes nothing
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute all features.

        Parameters
        ----------
        X : as in `fit`
            With the same channels. The lengths may differ.

        Returns
        -------
        float32 (n_cases, n_features)
            Row j of `plan_` computes column j.

        Raises
        ------
        TypeError, ValueError
            If X is not as described.
        """
        panel = self._next_panel(X)
        return self._as_output(self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs)), X)

    def _generator(self, random_state: np.random.RandomState) -> np.random.RandomState:
        """The source of all that is drawn: that of the bank itself, if it has one, or else the given one."""
        return random_state if self.random_state is None else generator(self.random_state)

    def _with(self, name: str, part: float, multiple: int) -> Bank:
        """A copy in which one parameter is the given part of its value, rounded up to a multiple."""
        own = -(-int(getattr(self, name)) // multiple)
        return clone(self).set_params(**{name: max(1, math.ceil(own * part)) * multiple})


def generator(random_state: Any) -> np.random.RandomState:
    """The generator for a parameter ``random_state``. It is never NumPy's global one."""
    return np.random.RandomState() if random_state is None else check_random_state(random_state)


def of_series(panel: Panel, shift: NDArray[np.float64], scale: NDArray[np.float64]) -> dict[str, Any]:
    """What a plan, or a set of candidates, says of the series that it is for."""
    return {"shift": shift, "scale": scale, "n_timepoints": panel.n_timepoints, "channel_names": panel.channel_names}


def n_drawn(bank: Bank) -> int:
    """How many features, or kernels, a bank draws that was given a number; else 0."""
    numbers = (getattr(bank, name, None) for name in DRAWN_BY)
    return max((int(number) for number in numbers if isinstance(number, Integral)), default=0)
