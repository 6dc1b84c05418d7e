"""What ranks must have in common before a fit begins: checked here, so that all of them raise or none does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pickle import PicklingError
from typing import Any

import joblib
import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from .._version import __version__
from ..panel import Panel
from ..panel.held import HeldCases, HeldChannels
from ..panel.reading import names_of
from ..panel.stored import StoredPanel
from ..parallel.checkpoint import Checkpoint
from ..parallel.comm import Comm, all_ranks, allgather, digest, gather_and_bcast, require_same
from ..parallel.crew import Crew, groups_of, held_groups
from ..parallel.progress import progress_of
from ..parallel.threads import spans_processes, threads_here, whereabouts
from ..search.block_moments import by_blocks
from ..search.folds import folds_of
from ..search.gathering import gathered
from ..search.moments import digests
from ..sharing import cached_property
from ..validation import check_channels, check_n_jobs, shown
from .weights import Weighed

LOOKED_AT, FEW_READ = 20_000, 100  # cases that ranks compare


@dataclass(frozen=True)
class Agreed:
    """What a fit begins with.

    Attributes
    ----------
    panel : Panel
        The training series; with ``channels=``, those that this rank holds, numbered among all; so with ``cases=``
        where there are many.
    groups : list of int arrays
        The channels that one candidate may read together.
    seed : int
        Of whatever is drawn; equal on all ranks.
    crew : Crew
        Who shares the work.
    """

    panel: Panel
    groups: list[NDArray[np.intp]]
    seed: int
    crew: Crew


@dataclass(frozen=True, kw_only=True)
class Given(Weighed):
    """What one rank was given, checked by itself: labels and weights, and what is said of the same cases beside them.

    Attributes
    ----------
    panel : Panel
        Of the channels in X.
    seed : int
    n_given : int
        How many cases were given.
    groups : int (n_counting,), or None
        Of which group each case is.
    """

    panel: Panel
    seed: int
    n_given: int
    groups: NDArray[np.intp] | None

    @property
    def n_counting(self) -> int:
        """How many cases count."""
        return len(self.codes)

    @cached_property
    def fold(self) -> NDArray[np.intp]:
        """In which fold each case is, int (n_cases,), where all are left out once; see `folds_of`."""
        return folds_of(self.y, np.arange(self.n_counting), self.groups)


@dataclass(frozen=True)
class Resources:
    """The arguments of ``fit`` that say who does the work, and on what part of it; see `LightWaveS.fit`."""

    comm: Comm
    channels: Any
    cases: Any
    checkpoint: Any

    def check(self, group_size: int | None) -> None:
        """Make sure that they are as described, and go together.

        Raises
        ------
        TypeError, ValueError
            If not.
        """
        if self.checkpoint is not None and not isinstance(self.checkpoint, str | os.PathLike):
            raise TypeError(f"checkpoint must be the path of a folder, got {shown(self.checkpoint)}.")
        if self.comm.size > 1 and spans_processes():
            raise ValueError(
                "comm and a joblib backend of other processes cannot share one search: leave out comm, or the backend."
            )
        if self.cases is not None:
            if not isinstance(self.cases, str) or self.cases != "mine":
                raise ValueError(f"cases must be None or 'mine', got {shown(self.cases)}.")
            if self.channels is not None:
                raise ValueError(
                    "cases='mine' and channels cannot be used together: a rank holds some of the cases, or "
                    "some of the channels."
                )
        if self.channels is not None:
            if group_size is None:
                raise ValueError(
                    "channels needs group_size, so that candidates are drawn within groups of channels, which ranks "
                    "hold whole: say for example LightWaveSClassifier(group_size=64)."
                )
            check_channels(self.channels)


def agree(
    estimator: BaseEstimator, look: Callable[[], Given], resources: Resources, at_end: ExitStack
) -> tuple[Given, Agreed]:
    """Let each rank check what it was given, and make sure that all were given the same.

    Parameters
    ----------
    estimator : LightWaveS
        Whose parameters must be equal on all ranks.
    look : function
        Checks what this rank was given. Where it raises, all ranks raise.
    resources : Resources
        Checked by `look`.
    at_end : ExitStack
        Learns what must be let go of when the fit ends, however it ends.

    Returns
    -------
    Given
        Of this rank.
    Agreed
        Of all.
    """
    comm, channels, checkpoint = resources.comm, resources.channels, resources.checkpoint
    looked: list[Given] = []

    def tell() -> dict[str, Any]:
        looked.append(look())
        return facts(estimator, looked[0], resources)

    of_ranks = allgather(comm, tell)
    require_same(same_facts(of_ranks))
    panel = looked[0].panel.looked_at(all(told["complete"] for told in of_ranks))  # a gap may be with another
    if isinstance(panel, HeldCases) and not by_blocks(panel):  # few, or of a kind that is measured all together
        panel = gathered(panel, comm, np.arange(panel.n_cases))
    panel, groups, held = placed(panel, channels, estimator, of_ranks)
    if comm.size == 1:
        n_threads = check_n_jobs(estimator.n_jobs)
    else:
        n_threads = threads_here(estimator.n_jobs, [told["whereabouts"] for told in of_ranks], comm.rank)
    told_by = progress_of(estimator.verbose, comm.rank)
    crew = Crew(comm, n_threads, None if held is None else held[comm.rank], progress=told_by)
    seed = of_ranks[0]["seed"]
    if checkpoint is not None:
        folder = Checkpoint(checkpoint)
        at_end.callback(folder.end)

        def begin(digests_of_ranks: list[Any]) -> tuple[int, str]:
            data = digest(repr(sorted(part for of_rank in digests_of_ranks for part in of_rank)))
            same = of_ranks[0]["same"] | {"data": data}
            return folder.begin(same, seed, estimator.random_state is not None), folder.search

        seed, begun = gather_and_bcast(comm, lambda: digests(panel, groups, crew), begin)
        all_ranks(comm, lambda: folder.check(begun))
        crew = replace(crew, checkpoint=folder)
    return looked[0], Agreed(panel, groups, seed, crew)


def facts(estimator: BaseEstimator, given: Given, resources: Resources) -> dict[str, Any]:
    """What a rank tells the others: under "same" what must be equal, beside it what need not be."""
    comm, channels, checkpoint = resources.comm, resources.channels, resources.checkpoint
    panel = given.panel
    cases_held = isinstance(panel, HeldCases)
    told: dict[str, Any] = {"seed": given.seed, "cases": "mine" if cases_held else None, "same": {}}
    told["complete"] = panel.complete
    told["kind"] = f"series in {'files' if channels is None and isinstance(panel, StoredPanel) else 'memory'}"
    if channels is not None:
        told |= {"channels": np.asarray(channels, np.intp), "names": panel.channel_names}
    if comm.size == 1 and checkpoint is None:
        return told
    told["whereabouts"] = whereabouts()
    same = told["same"]
    same["estimator"] = type(estimator).__name__
    same["version"] = __version__
    if getattr(estimator, "classifier", None) is not None or getattr(estimator, "regressor", None) is not None:
        same["version of scikit-learn"] = sklearn.__version__  # whose heads judge and predict
    same["use of channels"] = channels is not None
    same["use of checkpoint"] = checkpoint is not None
    same["shape"] = [panel.n_cases, *([panel.n_channels] if channels is None else []), panel.n_timepoints]
    same["dtype"] = str(panel.dtype) if panel.n_channels else None
    same["lengths"] = digest(panel.lengths)
    same["classes"] = [str(label) for label in given.classes]
    same["kind of labels"] = "text" if given.classes.dtype.kind == "U" else str(given.classes.dtype)  # of any room
    same["y"] = digest(given.y)
    same["weights of the cases"] = None if given.weights is None else digest(given.weights)
    same["groups of the cases"] = None if given.groups is None else digest(given.groups)
    if channels is None and not cases_held and comm.size > 1:  # of one that reads all of X, ranks would have no gain
        most = FEW_READ if isinstance(panel, StoredPanel) else LOOKED_AT  # of series in files all channels are read
        some = slice(None) if panel.n_cases <= most else slice(0, most)
        first = panel.raw(some, np.array([0])), panel.raw(slice(0, 1), np.arange(panel.n_channels))
        same["data"] = digest(*first)
    for name, value in estimator.get_params(deep=False).items():
        if name in ("bank", "classifier", "regressor"):
            same[name] = hash_of(value, name)
        elif name == "class_weight" and isinstance(value, Mapping):
            same[name] = {str(label): float(weight) for label, weight in value.items()}
        elif name == "frugality":
            same[name] = float(value)  # of a fraction, which JSON does not know
        elif name not in ("n_jobs", "random_state", "verbose"):
            same[name] = value.item() if isinstance(value, np.generic) else value
    if estimator.channel_names is not None:
        same["channel_names"] = digest(repr(list(map(str, estimator.channel_names))))  # those of NumPy, too
    if channels is None:
        same["names of channels"] = panel.channel_names
    return told


def hash_of(value: Any, name: str) -> str | None:
    """What tells a bank or a head from others. A repr would not do: that of a generator says where it lies in memory.

    Raises
    ------
    TypeError
        If it cannot be pickled.
    """
    try:
        return joblib.hash(value)
    except (PicklingError, AttributeError, TypeError) as error:
        raise TypeError(
            f"with comm or checkpoint, {name} must be what pickle can hold, but {shown(value)} is not: define its "
            "functions and classes at the top of a module, without lambda."
        ) from error


def same_facts(of_ranks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What must be equal. The dtype of a rank without channels says nothing: it takes that of another.

    Whether ranks hold own cases comes first, because those that do not begin with other facts. So does where the series
    are, which decides how all look at them together.
    """
    dtypes = [told["same"].get("dtype") for told in of_ranks]
    for told in of_ranks:
        if "dtype" in told["same"] and told["same"]["dtype"] is None:
            told["same"]["dtype"] = next(filter(None, dtypes), None)
    return [{"cases=": told["cases"], "kind of X": told.get("kind")} | told["same"] for told in of_ranks]


def names_of_held(channel_names: Any, channels: Any) -> Any:
    """Of the names of all channels, those of the channels that a rank holds; None where there are too few names."""
    if channel_names is None:
        return None
    names_of(channel_names, len(channel_names) if hasattr(channel_names, "__len__") else 0)
    too_few = len(channels) and channels[-1] >= len(channel_names)  # as all ranks will find
    return None if too_few else [channel_names[c] for c in channels]


def placed(
    panel: Panel, channels: Any, estimator: BaseEstimator, of_ranks: list[dict[str, Any]]
) -> tuple[Panel, list[NDArray[np.intp]], list[NDArray[np.intp]] | None]:
    """The panel in the numbers of all channels.

    Returns
    -------
    panel : Panel
    groups : list of int arrays
        The channels of each group.
    held : list of int arrays, or None
        The groups that each rank holds; None where all hold all.
    """
    if channels is None:
        return panel, groups_of(panel.n_channels, estimator.group_size), None
    of_each = [told["channels"] for told in of_ranks]
    groups, held = held_groups(of_each, int(estimator.group_size))
    n_channels = sum(map(len, of_each))
    names = estimator.channel_names
    all_names = names_of(names_together(of_ranks, n_channels) if names is None else names, n_channels)
    return HeldChannels(panel, np.asarray(channels, np.intp), n_channels, all_names), groups, held


def names_together(of_ranks: list[dict[str, Any]], n_channels: int) -> list[str] | None:
    """What ranks call the channels that they hold, in the numbers of all; None where they have no names.

    Raises
    ------
    ValueError
        If some have names, and others none.
    """
    names = {
        channel: name
        for told in of_ranks
        for channel, name in zip(told["channels"].tolist(), told["names"] or (), strict=False)
    }
    if all(name == str(channel) for channel, name in names.items()):  # numbers that count all channels are places
        return None
    if len(names) < n_channels:
        rank = next(rank for rank, told in enumerate(of_ranks) if len(told["channels"]) and not told["names"])
        raise ValueError(
            f"some ranks name their channels, as {shown(next(iter(names.values())))}, but rank {rank} does not: let "
            "all do, or none."
        )
    return [names[channel] for channel in range(n_channels)]
