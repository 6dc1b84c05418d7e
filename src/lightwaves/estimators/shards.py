"""Cases that ranks hold apart: each checks its own, and all learn of all cases what is not series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.cases import is_flat
from ..containers.frames import is_frame
from ..containers.stored import are_files, stays_stored
from ..entries import INT64
from ..panel import Panel
from ..panel.held import HeldCases, no_cases
from ..panel.reading import kind_of_panel
from ..parallel.comm import Comm, allgather, digest, require_same
from ..validation import check_names_of_groups
from .weights import check_sample_weight

KINDS = {"b": "truth values", "i": "integers", "u": "integers", "f": "floats", "U": "text", "S": "bytes"}


@dataclass(frozen=True)
class Shard:
    """What one rank was given, checked by itself.

    Attributes
    ----------
    panel : Panel
    y : array (n_cases,)
        Labels or numbers.
    weights : float64 (n_cases,), or None
    groups : array (n_cases,), or None
        The name of the group of each case.
    columns : str, or None
        A digest of the names of the columns, where X is a frame of one channel.
    flat : bool
        Whether X is a table of one channel.
    equal : bool
        Whether X is of a form whose cases are all of one length.
    stored : bool
        Whether X is in files, or in an array that NumPy does not hold.
    """

    panel: Panel
    y: NDArray[Any]
    weights: NDArray[np.float64] | None
    groups: NDArray[Any] | None
    columns: str | None
    flat: bool
    equal: bool
    stored: bool

    def told(self) -> dict[str, Any]:
        """What the other ranks learn: under "same" what must be equal, under "known" too, unless it is None."""
        panel, groups = self.panel, self.groups
        same = {
            "number of channels": panel.n_channels,
            "names of channels": panel.channel_names,
            "dimensions of X": 2 if self.flat else 3,
            "columns of X": self.columns,
            "sample_weight, or None": "weights" if self.weights is not None else None,
            "groups, or None": "groups" if groups is not None else None,
        }
        known: dict[str, Any] = {"number of time points": panel.n_timepoints if self.equal else None}
        if panel.n_cases:
            known |= {
                "dtype": str(panel.dtype),
                "kind of labels": kind_of(self.y),
                "kind of groups": None if groups is None else kind_of(groups),
            }
        of_all = {"y": packed(self.y), "weights": self.weights, "groups": None if groups is None else packed(groups)}
        facts = {"complete": panel.complete, "stored": self.stored, "lengths": panel.lengths}
        return {"cases": "mine", "same": same, "known": known, **of_all, **facts}


def shard_of(
    X: Any, panel: Panel, y: Any, sample_weight: Any, groups: Any, check_targets: Callable[[Any, int], NDArray[Any]]
) -> Shard:
    """What one rank was given, checked.

    Parameters
    ----------
    X : as in `LightWaveS.fit`
    panel : Panel
        What has been read of it; it may have no cases.
    y, sample_weight, groups : as in `LightWaveS.fit`, of these cases
    check_targets : function of y and the number of cases
        Returns what is to be learnt, as an array.

    Raises
    ------
    TypeError, ValueError
        If these cannot be used.
    """
    n_cases, flat = panel.n_cases, is_flat(X)
    if n_cases or y is None or len(y):
        y = check_targets(y, n_cases)
    return Shard(
        panel,
        np.asarray(y),
        check_sample_weight(sample_weight, n_cases, may_all_be_zero=True),
        None if groups is None else check_names_of_groups(groups, n_cases),
        columns=digest(repr(list(X.columns))) if is_frame(X) and flat else None,
        flat=flat,
        equal=flat or are_files(X) or len(getattr(X, "shape", ())) == 3,
        stored=are_files(X) or stays_stored(X),
    )


def side_by_side(
    comm: Comm, look: Callable[[], Shard]
) -> tuple[Panel, NDArray[Any], NDArray[np.float64] | None, NDArray[Any] | None]:
    """All cases in the order of the ranks, of which each rank holds its own.

    Parameters
    ----------
    comm : Comm
    look : function
        Checks what this rank was given. Where it raises, all ranks raise.

    Returns
    -------
    panel : Panel
        Of one rank, its own; else a `lightwaves.panel.held.HeldCases`.
    y : array (n_cases,)
    weights : float64 (n_cases,), or None
    groups : array (n_cases,), or None

    Raises
    ------
    ValueError
        If the shards do not fit together; the message names what differs, and a rank.
    """
    looked: list[Shard] = []

    def tell() -> dict[str, Any]:
        looked.append(look())
        return looked[0].told()

    of_ranks = allgather(comm, tell)
    require_same([{"cases=": told["cases"]} | (told["same"] if told["cases"] else {}) for told in of_ranks])
    for name in ("number of time points", "dtype", "kind of labels", "kind of groups"):
        require_known(name, [told["known"].get(name) for told in of_ranks])
    lengths = np.concatenate([told["lengths"] for told in of_ranks])
    if not len(lengths):
        raise ValueError("no rank has a case: 0 sample(s) in all; a minimum of 1 is required.")
    y, groups = ([told[name] for told in of_ranks if len(told["lengths"])] for name in ("y", "groups"))
    weights = [told["weights"] for told in of_ranks]
    return (
        held(comm, looked[0].panel, of_ranks, lengths),
        one_after_another("labels", [unpacked(part) for part in y]),
        None if weights[0] is None else np.concatenate(weights),
        None if groups[0] is None else one_after_another("groups", [unpacked(part) for part in groups]),
    )


def one_after_another(name: str, parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Labels, or names of groups, of all ranks. NumPy would make floats of integers with and without a sign.

    Raises
    ------
    ValueError
        If no dtype holds them all: some are negative, and others above those with a sign.
    """
    joined = np.result_type(*parts)
    if joined.kind == "f" and all(part.dtype.kind in "iu" for part in parts):
        joined = np.dtype(np.uint64 if any(part.max() > INT64 for part in parts) else np.int64)
        if joined.kind == "u" and any(part.min() < 0 for part in parts):
            raise ValueError(f"{name} are from below 0 to above {INT64}, which no integers hold: give them as text.")
    return np.concatenate([part.astype(joined, copy=False) for part in parts])


def held(comm: Comm, own: Panel, of_ranks: list[dict[str, Any]], lengths: NDArray[np.int32]) -> Panel:
    """The cases of this rank among those of all."""
    own = own.looked_at(all(told["complete"] for told in of_ranks if len(told["lengths"])))
    if comm.size == 1:
        return own
    if not own.n_cases:  # its dtype says nothing
        dtype = next(told["known"]["dtype"] for told in of_ranks if len(told["lengths"]))
        own = no_cases(own, dtype)
    starts = np.cumsum([0, *(len(told["lengths"]) for told in of_ranks[:-1])])
    kind = kind_of_panel(lengths, own.n_channels, own.dtype, any(told["stored"] for told in of_ranks))
    return HeldCases(own, comm.rank, starts, lengths, kind)


def require_known(name: str, of_ranks: list[Any]) -> None:
    """Make sure that all ranks that know something know the same."""
    known = [{"rank": rank, name: fact} for rank, fact in enumerate(of_ranks) if fact is not None]
    for told in known[1:]:
        if told[name] != known[0][name]:
            raise ValueError(
                f"All ranks must be given the same {name}: rank {known[0]['rank']} has {known[0][name]}, rank "
                f"{told['rank']} has {told[name]}."
            )


def kind_of(labels: NDArray[Any]) -> str:
    """What labels, or names of groups, are."""
    types = sorted({type(label).__name__ for label in labels}) if labels.dtype.kind == "O" else []
    return KINDS.get(labels.dtype.kind, f"objects of type {', '.join(types)}" if types else str(labels.dtype))


def packed(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Labels as they travel: text as the numbers of its words."""
    if labels.dtype.kind not in "US":
        return labels, None
    words, numbers = np.unique(labels, return_inverse=True)
    return words, numbers.astype(np.min_scalar_type(len(words)))


def unpacked(parts: tuple[NDArray[Any], NDArray[Any] | None]) -> NDArray[Any]:
    """Labels that have travelled."""
    labels, numbers = parts
    return labels if numbers is None else labels[numbers]
