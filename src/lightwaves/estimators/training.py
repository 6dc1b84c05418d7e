"""What a model remembers of its training data: how many cases there were, and how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._version import __version__
from ..validation import warn_caller


@dataclass(eq=False)
class Training:
    """What a fit was given, in a few numbers; nothing of the series themselves.

    Attributes
    ----------
    n_cases : int
        The number of cases that counted: those of weight 0 do not.
    shortest, longest : int
        The time points of the shortest and of the longest case.
    class_counts : int64 (n_classes,)
        The number of cases of each class.
    version : str
        The version of lightwaves.
    """

    n_cases: int = 1
    shortest: int = 1
    longest: int = 1
    class_counts: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    version: str = __version__

    @classmethod
    def of(cls, lengths: NDArray[np.int32], codes: NDArray[np.intp], n_classes: int) -> Training:
        """The summary of cases of these lengths and classes."""
        counts = np.bincount(codes, minlength=n_classes).astype(np.int64)
        return cls(len(lengths), int(lengths.min()), int(lengths.max()), counts)

    def knows(self, shortest: int, longest: int, counting: bool) -> bool:
        """Whether series of such lengths are near enough to those of training.

        Features that count time points know lengths that lie no further from those of training than these do from each
        other; all others hardly change within a quarter.
        """
        spread = self.longest - self.shortest
        below, above = (spread if counting else max(spread, length // 4) for length in (self.shortest, self.longest))
        return self.shortest - below <= shortest <= longest <= self.longest + above

    def with_more(self, lengths: NDArray[np.int32], n_cases: int, class_counts: NDArray[np.int64]) -> Training:
        """The summary when cases of these lengths have come, and there are so many in all, and of each class."""
        shortest, longest = min(self.shortest, int(lengths.min())), max(self.longest, int(lengths.max()))
        return Training(n_cases, shortest, longest, class_counts.astype(np.int64), self.version)


def longest_of(model: Any) -> int:
    """The time points of the longest series that a model has learnt from, by `fit` or `partial_fit`.

    Of files of old formats, which know no training, it is the longest one of the fit.
    """
    training = getattr(model, "training_", None)
    return int(model.plan_.n_timepoints if training is None else training.longest)


def warn_of_lengths(model: Any, shortest: int, longest: int, what: str = "X has series") -> None:
    """Warn where series are shorter or longer than all that a model knows. Of files of old formats nobody can say.

    Parameters
    ----------
    model : LightWaveS
    shortest, longest : int
        The time points of the shortest and of the longest series to come.
    what : str
        What they are in the message.
    """
    training = getattr(model, "training_", None)
    if training is None or training.shortest <= shortest <= longest <= training.longest:
        return
    counting = model.plan_.counts_time_points
    if not training.knows(shortest, longest, counting):
        which = "Features that count time points" if counting else "Features"
        other = ", or with bank=MiniRocket() or bank=Rocket(), whose features count none" if counting else ""
        warn_caller(
            f"{what} of {span(shortest, longest)} time points, but the training series had "
            f"{span(training.shortest, training.longest)}. {which} then lie outside training, so what the model says "
            f"can be wrong. Bring series to a length of training, or train with series of several lengths{other}."
        )


def span(least: int, most: int) -> str:
    """From where to where, in words."""
    return str(least) if least == most else f"{least} to {most}"
