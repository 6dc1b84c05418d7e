"""What all banks share, and what a bank of your own has to say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import check_random_state

from ..panel import Panel
from ..plans import Plan
from ..series import SeriesMixin
from ..validation import check_n_jobs
from .candidates import Candidates


class Bank(SeriesMixin, TransformerMixin, BaseEstimator):
    """A family of candidate features, and a transformer that computes them all.

    A bank of your own defines `candidates` and, if it has parameters, ``__init__`` and `check`; see docs/banks.md.
    Parameters that this class knows, where a bank has them: ``channel_names``, ``n_jobs``, ``random_state``.

    Attributes
    ----------
    plan_ : Plan
        All features; row j computes column j.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.
    """

    channel_names: Any = None
    n_jobs: Any = None
    random_state: Any = None

    def check(self) -> None:
        """Raise an error for parameters that make no sense."""

    def candidates(
        self,
        panel: Panel,
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        random_state: np.random.RandomState,
    ) -> Candidates:
        """What the bank offers for such series.

        Parameters
        ----------
        panel : Panel
            Training series; `take` reads some of them.
        shift, scale : float64 (n_channels,)
            How each channel is standardised before anything is computed.
        random_state : RandomState
            For whatever is drawn.

        Returns
        -------
        Candidates
            A `lightwaves.plans.Plan` of all of them, or, where they are too many for that, something that gives
            plans of parts.
        """
        raise NotImplementedError(f"{type(self).__name__} must define candidates")

    def share(self, part: float) -> Bank:
        """A bank that offers about so large a part as many candidates, for one of several groups of channels.

        By default the bank itself, as is right for one that offers all it has for each channel; banks that draw a
        number of candidates draw fewer.
        """
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X: Any, y: Any = None) -> Bank:
        """Fix what the features are; for banks that draw nothing, only the number of channels matters.

        Parameters
        ----------
        X : array (n_cases, n_channels, n_timepoints), list of arrays (n_channels, n_timepoints_i), or mapping
            See `LightWaveS.fit`.
        y : ignored

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
            If the axes of X look swapped.
        """
        self.check()
        check_n_jobs(self.n_jobs)
        panel = self._fit_panel(X, standard=(0.0, 1.0))
        zeros, ones = np.zeros(panel.n_channels), np.ones(panel.n_channels)
        offered = self.candidates(panel, zeros, ones, generator(self.random_state))
        self.plan_ = offered if isinstance(offered, Plan) else offered.plan(np.arange(len(offered)))
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute all features.

        Parameters
        ----------
        X : as in `fit`, with the same channels; the lengths may differ

        Returns
        -------
        float32 (n_cases, n_features)
            Column j is row j of `plan_`.
        """
        panel = self._next_panel(X)
        return self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs))

    def _with(self, name: str, part: float, multiple: int) -> Bank:
        """A copy in which one number is that part of what it was, rounded up to a multiple."""
        own = -(-int(getattr(self, name)) // multiple)
        return clone(self).set_params(**{name: max(1, math.ceil(own * part)) * multiple})


def generator(random_state: Any) -> np.random.RandomState:
    """A generator for a parameter ``random_state``, never NumPy's global one."""
    return np.random.RandomState() if random_state is None else check_random_state(random_state)
