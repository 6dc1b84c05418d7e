"""Who does the work of a search: ranks, threads or a joblib backend, and what was done before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..sharing import cached_property
from ..validation import check_int
from .checkpoint import Checkpoint
from .comm import Comm, SerialComm, allgather
from .progress import Progress
from .threads import spans_processes, spread


@dataclass(frozen=True)
class Crew:
    """The workers, and how pieces of work are dealt to ranks.

    Attributes
    ----------
    comm : Comm
        Whose ranks share the work.
    n_jobs : int
        Threads of this rank, or workers of a joblib backend.
    held : int (n_held,), or None
        The groups of channels that this rank holds; None where all ranks hold all channels.
    checkpoint : Checkpoint, or None
        Where finished pieces are kept.
    progress : Progress
        Who tells how far the work is.
    """

    comm: Comm = field(default_factory=SerialComm)
    n_jobs: int = 1
    held: NDArray[np.intp] | None = None
    checkpoint: Checkpoint | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def n_threads(self) -> int:
        """Threads for what is not spread: one where workers are elsewhere, since their number says nothing of here."""
        return 1 if spans_processes() else self.n_jobs

    def mine(self, group: Sequence[int] | NDArray[np.intp], size: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
        """Which pieces of work this rank does.

        Parameters
        ----------
        group : int (n_pieces,)
            The group of channels that each piece needs. Where all ranks hold all, pieces are dealt round robin,
            so that expensive ones, which tend to be neighbours, fall to different ranks. The last rank is served
            first, since the first rank has more to do later.
        size : int (n_pieces,), optional
            How large each is, where they differ, in any unit: the small ones are dealt last. Where ranks hold their own
            groups it does not matter.

        Returns
        -------
        int (n_mine,)
            Their numbers.
        """
        if self.held is None:
            order = np.arange(len(group)) if size is None else np.argsort(-size, kind="stable")
            return np.sort(order[self.comm.size - 1 - self.comm.rank :: self.comm.size])
        return np.flatnonzero(np.isin(group, self.held))

    def holds(self, group: int) -> bool:
        """Whether this rank holds a group of channels."""
        return self._own is None or group in self._own

    @cached_property
    def _own(self) -> frozenset[int] | None:
        return None if self.held is None else frozenset(self.held.tolist())

    def do(
        self,
        stage: str,
        work: Callable[[int], tuple[NDArray[Any], ...]],
        pieces: Sequence[int] | NDArray[np.intp],
        keep: Callable[[int, tuple[NDArray[Any], ...]], None],
        *,
        title: str | None = None,
        in_teams: bool = False,
    ) -> None:
        """Do some pieces of work, but for those that a checkpoint has.

        Parameters
        ----------
        stage : str
            A name for this kind of work, for the checkpoint.
        work : function of the number of a piece
            Returns arrays. With a checkpoint it also has a method ``results``, which says of a number what they are:
            a sequence of `lightwaves.entries.Array`.
        pieces : int (n_pieces,)
        keep : function of a number and its arrays
            Called with each, in any order and from any thread.
        title : str, optional
            What progress calls this kind of work; its name by default.
        in_teams : bool, default=False
            See `lightwaves.parallel.threads.spread`.
        """
        missing = [int(number) for number in pieces]
        checkpoint, n_pieces = self.checkpoint, len(missing)
        if checkpoint is not None:
            missing, wanted = [], missing
            for number in wanted:
                found = checkpoint.read(stage, number, work.results(number))  # type: ignore[attr-defined]
                if found is None:
                    missing.append(number)
                else:
                    keep(number, found)

        with self.progress.stage(title or stage, n_pieces, n_pieces - len(missing)) as advance:

            def finish(number: int, result: tuple[NDArray[Any], ...]) -> None:
                if checkpoint is not None:
                    checkpoint.write(stage, number, result, work.results(number))  # type: ignore[attr-defined]
                keep(number, result)
                advance()

            spread(work, missing, self.n_jobs, finish, in_teams=in_teams)

    def do_for_all(
        self,
        stage: str,
        work: Callable[[int], tuple[NDArray[Any], ...]],
        mine: Sequence[int] | NDArray[np.intp],
        *,
        title: str | None = None,
        in_teams: bool = False,
    ) -> dict[int, tuple[NDArray[Any], ...]]:
        """The arrays of the pieces of all ranks, by their numbers, in order; this rank does its own, see `do`."""
        found: dict[int, tuple[NDArray[Any], ...]] = {}

        def do_mine() -> dict[int, tuple[NDArray[Any], ...]]:
            self.do(stage, work, mine, found.__setitem__, title=title, in_teams=in_teams)
            return found

        for of_rank in allgather(self.comm, do_mine):
            found |= of_rank
        return dict(sorted(found.items()))


def groups_of(n_channels: int, group_size: int | None) -> list[NDArray[np.intp]]:
    """The channels of each group: so many neighbours, fewer in the last; all in one where no size is given."""
    size = int(group_size or n_channels)
    return np.split(np.arange(n_channels), np.arange(size, n_channels, size))


def channels_of_rank(n_channels: int, group_size: int, comm: Comm) -> NDArray[np.intp]:
    """Which channels a rank should load, for ``fit(X_mine, y, comm=comm, channels=mine)``.

    Parameters
    ----------
    n_channels : int
        How many there are in all.
    group_size : int
        That of the estimator. Ranks hold whole groups.
    comm : communicator
        Such as ``mpi4py.MPI.COMM_WORLD``.

    Returns
    -------
    int (n_mine,)
        Ascending neighbours. No rank has more than one group more than another; with more ranks than groups, some have
        none, and take part with an array of no channels.

    Raises
    ------
    TypeError, ValueError
        If n_channels or group_size is not an int of at least 1.

    Examples
    --------
    >>> from lightwaves import channels_of_rank
    >>> from lightwaves.parallel.comm import SerialComm
    >>> channels_of_rank(5, 2, SerialComm()).tolist()
    [0, 1, 2, 3, 4]
    """
    check_int(n_channels, "n_channels", 1)
    check_int(group_size, "group_size", 1)
    groups = groups_of(n_channels, group_size)
    first, end = (len(groups) * part // comm.size for part in (comm.rank, comm.rank + 1))
    return np.concatenate([np.empty(0, np.intp), *groups[first:end]])


def held_groups(
    channels: list[NDArray[np.intp]], group_size: int
) -> tuple[list[NDArray[np.intp]], list[NDArray[np.intp]]]:
    """Make sure that the ranks hold every channel once, and whole groups.

    Parameters
    ----------
    channels : list of int arrays
        Those of each rank, ascending.
    group_size : int

    Returns
    -------
    groups : list of int arrays
        The channels of each group.
    held : list of int arrays
        The groups of each rank.

    Raises
    ------
    ValueError
        Naming a rank and a channel.
    """
    given = np.concatenate(channels)
    of_rank = np.repeat(np.arange(len(channels)), [len(mine) for mine in channels])
    if not len(given):
        raise ValueError("no rank holds a channel: pass channels=channels_of_rank(n_channels, group_size, comm).")
    order = np.argsort(given, kind="stable")
    given, of_rank = given[order], of_rank[order]
    for i in np.flatnonzero(given[1:] == given[:-1])[:1]:
        raise ValueError(f"channel {given[i]} is held by rank {of_rank[i]} and by rank {of_rank[i + 1]}.")
    for channel in np.flatnonzero(given != np.arange(len(given)))[:1]:
        raise ValueError(f"channel {channel} is held by no rank, but channel {given[-1]} is.")
    first = given // group_size * group_size
    for c in np.flatnonzero(of_rank != of_rank[first])[:1]:
        last = min(first[c] + group_size, len(given)) - 1
        raise ValueError(
            f"channels {first[c]} to {last} are a group of group_size={group_size}, but rank {of_rank[first[c]]} holds "
            f"channel {first[c]} and rank {of_rank[c]} channel {c}: a rank must hold whole groups, "
            "see channels_of_rank."
        )
    return groups_of(len(given), group_size), [np.unique(mine // group_size) for mine in channels]


def by_group(channels: NDArray[np.intp], groups: list[NDArray[np.intp]]) -> list[tuple[int, NDArray[np.intp]]]:
    """Some ascending channels group by group: the numbers of the groups that have any, and those."""
    parts = np.split(channels, np.searchsorted(channels, [group[0] for group in groups[1:]]))
    return [(number, part) for number, part in enumerate(parts) if len(part)]
