"""What all plans share, and what a plan of your own has to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..loops.lanes import N_LANES
from ..panel import Panel
from ..parallel.threads import share_out
from ..validation import check_int

FLOAT32 = np.dtype(np.float32)
BLOCK = 1 << 20  # values of X taken at a time
BLOCK_ROWS = 256  # features are a block of candidates: few enough that many ranks have something to do

Runner = Callable[..., None]


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """Features, one row each; row j computes column j.

    A kind of plan adds arrays with a row for each feature, whose names stand in ``ROWS``, and says how they are
    computed: `compute`, or, where a compiled loop does it, `runner`.

    Attributes
    ----------
    shift, scale : float64 (n_channels,)
        Each channel is standardised as ``(x - shift) / scale`` first; 0 and 1 leave it as it is.
    n_timepoints : int
        The length of the longest series seen in fitting; `cost` counts for it.
    channel_names : tuple of str, or None

    Notes
    -----
    ``plan[rows]`` is a plan of those rows. Plans are equal when all their arrays are. A plan is also a set of
    candidates, in blocks of rows, whose ids are their row numbers; see `lightwaves.banks.candidates.Candidates`.
    """

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    n_timepoints: int
    channel_names: tuple[str, ...] | None = None

    ROWS: ClassVar[tuple[str, ...]] = ()
    CHANNEL: ClassVar[str] = "channel"  # the array that names channels

    # --- what a kind of plan says -------------------------------------------------------------------------------

    def compute(self, x: NDArray[np.float32], lengths: NDArray[np.int32]) -> NDArray[Any]:
        """Compute the features of some cases.

        Parameters
        ----------
        x : float32 (n_cases, n_channels_read, n_timepoints)
            Standardised series of the channels in `channels`, in that order; 0 behind a case's end.
        lengths : int32 (n_cases,)
            How many time points of each case are its own.

        Returns
        -------
        array (n_cases, n_features)
        """
        raise NotImplementedError(f"{type(self).__name__} must define compute or runner")

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """What computes blocks of cases: a function of x, lengths, channels, standard, out and width.

        It reads the raw ``x[:, channels]`` and writes row j of ``out`` (float32, ``width`` apart) with feature j.
        """

        def run(x, lengths, channels, standard, out, width):
            large, small, factor = standard.T[..., np.newaxis]
            own = np.arange(x.shape[2]) < lengths[:, np.newaxis, np.newaxis]
            series = np.where(own, ((np.where(own, x[:, channels], 0) - large) - small) * factor, FLOAT32.type(0))
            features = np.asarray(self.compute(series, lengths), FLOAT32)
            if features.shape != (len(x), len(self)):
                raise ValueError(
                    f"compute of {type(self).__name__} returned shape {features.shape} instead of {(len(x), len(self))}"
                )
            for j in range(len(self)):
                out[j * width : j * width + len(x)] = features[:, j]

        return run

    def feature_names(self) -> list[str]:
        """Names that say what each feature is: by default its channels, then the other arrays of ``ROWS``."""
        names = self.names_of_channels
        others = [name for name in self.ROWS if name != "channel"]
        read: list[list[str]] = [[] for _ in range(len(self))]
        for feature, channel in zip(*self.reads, strict=True):
            read[feature].append(names[channel])
        rows = zip(read, *(getattr(self, name) for name in others), strict=True)
        return [
            "_".join(["+".join(channels), *(f"{name}{value:g}" for name, value in zip(others, row, strict=True))])
            for channels, *row in rows
        ]

    @property
    def reads(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which feature reads which channel, as pairs."""
        return np.arange(len(self)), np.asarray(self.channel, np.intp)  # type: ignore[attr-defined]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Which convolution each feature is read off, and what each convolution costs in multiply-adds.

        Several features may share one. By default each feature is one of its own and takes one multiply-add for each
        time point.

        Returns
        -------
        which : int (n_features,)
        multiply_adds : float64 (n_convolutions,)
        """
        return np.arange(len(self)), np.full(len(self), float(n_timepoints))

    def costs_alone(self, n_timepoints: int) -> NDArray[np.float64]:
        """What each feature would cost if it were the only one, in multiply-adds, (n_features,)."""
        which, multiply_adds = self.convolutions(n_timepoints)
        return multiply_adds[which]

    def check(self) -> None:
        """Make sure that the arrays fit together; for plans that come from outside.

        Raises
        ------
        ValueError
            If a row names something that does not exist.
        """
        for name in self.ROWS:
            if getattr(self, name).shape != (len(self),):
                raise ValueError(f"{name} must be a row of numbers like the others")
        if self.scale.shape != self.shift.shape or not (np.isfinite(self.shift) & (self.scale > 0)).all():
            raise ValueError("each channel must have a finite shift and a scale above 0")
        channels = self.reads[1]
        if len(channels) and not 0 <= channels.min() <= channels.max() < self.n_channels:
            raise ValueError(f"channel must be from 0 to {self.n_channels - 1}")

    def moved(
        self,
        channels: NDArray[np.intp],
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        channel_names: tuple[str, ...] | None,
    ) -> Plan:
        """The same features of series with more channels.

        Parameters
        ----------
        channels : int (n_channels,)
            Where each channel of this plan stands among those; of channels that are read, in ascending order.
        shift, scale : float64
            Of all those channels.
        channel_names : tuple of str, or None

        Returns
        -------
        Plan

        Raises
        ------
        TypeError
            If the plan does not name its channels in the array that ``CHANNEL`` says, and does not define this either.
        """
        named = getattr(self, self.CHANNEL, None)
        if named is None:
            raise TypeError(
                f"{type(self).__name__} has no array {self.CHANNEL!r}: set CHANNEL, define moved, or say "
                "screen_channels=False."
            )
        there: dict[str, Any] = {self.CHANNEL: channels[named].astype(named.dtype)}
        moved = replace(self, shift=shift, scale=scale, channel_names=channel_names, **there)
        if "layouts" in vars(self) and (np.diff(channels[self.channels]) > 0).all():  # it knows their order
            vars(moved)["layouts"] = self.layouts  # type: ignore[attr-defined]
        return moved

    def narrowed(self, channel_names: tuple[str, ...] | None = None) -> Plan:
        """The same features of series that hold only the channels which are read, in the order of `channels`."""
        place = np.zeros(self.n_channels, np.intp)
        place[self.channels] = np.arange(len(self.channels))
        return self.moved(place, self.shift[self.channels], self.scale[self.channels], channel_names)

    def joined(self, others: Sequence[Plan]) -> Plan | None:
        """One plan of this and others of its kind, their rows one after the other; None if there can be none.

        By default one array after the other for each of ``ROWS``, which is wrong, and so refused, where a kind of plan
        has more arrays than those; such a kind defines this, or remains in parts.
        """
        mine = self.__getstate__()
        own = set(mine) - {"shift", "scale", *self.ROWS}
        if any(isinstance(mine[name], np.ndarray) for name in own):
            return None
        if any(other.__getstate__()[name] != mine[name] for other in others for name in own):
            return None
        plans = (self, *others)
        rows: dict[str, Any] = {name: np.concatenate([getattr(plan, name) for plan in plans]) for name in self.ROWS}
        return replace(self, **rows)

    # --- what every plan can do ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(getattr(self, self.ROWS[0]))

    def __getitem__(self, rows: Any) -> Plan:
        return replace(self, **{name: getattr(self, name)[rows] for name in self.ROWS})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.__getstate__(), other.__getstate__()
        return all(
            np.array_equal(mine[name], theirs[name])
            if isinstance(mine[name], np.ndarray)
            else mine[name] == theirs[name]
            for name in mine
        )

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.init}

    def __setstate__(self, state: dict[str, Any]) -> None:
        made = {f.name: f.default_factory() for f in fields(self) if not f.init and f.default_factory is not MISSING}
        for name, value in (state | made).items():
            object.__setattr__(self, name, value)

    @property
    def n_channels(self) -> int:
        """How many channels the series have, used or not."""
        return len(self.shift)

    @cached_property
    def channels(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        return np.unique(self.reads[1])

    @property
    def names_of_channels(self) -> tuple[str, ...] | list[str]:
        """The names of the channels; ``ch0``, ``ch1``, ... where they have none."""
        return self.channel_names or [f"ch{i}" for i in range(self.n_channels)]

    def apply(self, panel: Panel, *, n_jobs: int = 1) -> NDArray[np.float32]:
        """Compute the features of every case.

        Parameters
        ----------
        panel : Panel
            With the plan's number of channels; only those in `channels` are read.
        n_jobs : int, default=1
            Threads. The result does not depend on it.

        Returns
        -------
        float32 (n_cases, n_features), in Fortran order

        Raises
        ------
        ValueError
            If a feature is not finite; see `finite_rows`.
        """
        return self.finite_rows(panel, n_jobs=n_jobs)[:-1, : panel.n_cases].T

    def finite_rows(
        self, panel: Panel, *, cases: NDArray[np.intp] | None = None, n_jobs: int = 1
    ) -> NDArray[np.float32]:
        """What `rows` returns, if all features are finite.

        Raises
        ------
        ValueError
            If one is not, naming the case and, of the values that are read, the one farthest from its channel's mean.
        """
        rows = self.rows(panel, cases=cases, n_jobs=n_jobs)
        n_cases = panel.n_cases if cases is None else len(cases)
        finite = np.isfinite(rows[:-1, :n_cases])
        if not finite.all():
            case = int(np.argmin(finite.all(axis=0)))
            raise ValueError(self._what_overflows(panel, case if cases is None else int(cases[case])))
        return rows

    def _what_overflows(self, panel: Panel, case: int) -> str:
        """Why a feature of a case is not finite."""
        x = panel.block(np.array([case]), self.channels)[0, :, : panel.lengths[case]].astype(np.float64)
        far = np.abs(x - self.shift[self.channels, np.newaxis]) / self.scale[self.channels, np.newaxis]
        place, time = np.unravel_index(np.argmax(np.where(np.isnan(far), np.inf, far)), far.shape)
        channel = self.channels[place]
        where = f"case {case}, channel {self.names_of_channels[channel]}, time point {time}"
        if np.isnan(x[place, time]):
            return f"X contains NaN: {where}."
        standard = (self.shift[channel], self.scale[channel])
        meant = "" if standard == (0, 1) else f", {far[place, time]:.2g} standard deviations from the training mean"
        return (
            "A feature is not finite: values of X are too large for float32. The largest is "
            f"{x[place, time]:g}{meant}: {where}. "
            'If it stands for a missing value, put NaN there and say missing="interpolate"'
            + ("; else let scale=True standardise the channels." if standard == (0, 1) else ".")
        )

    def rows(self, panel: Panel, *, cases: NDArray[np.intp] | None = None, n_jobs: int = 1) -> NDArray[np.float32]:
        """The features of `apply` as they are computed: as rows, with a spare one.

        Parameters
        ----------
        panel : Panel
        cases : int (n_cases,), optional
            Which cases, in which order; all by default.
        n_jobs : int, default=1

        Returns
        -------
        float32 (n_features + 1, width)
            The width is n_cases rounded up to 16.
        """
        n_cases = panel.n_cases if cases is None else len(cases)
        out = np.empty((len(self) + 1, -(-n_cases // N_LANES) * N_LANES), np.float32)
        if not len(self):
            return out
        all_of_them = cases is not None and n_cases == panel.n_cases and is_readable(panel)
        if all_of_them and len(self) < len(self.channels) * panel.n_timepoints:  # features are sooner put in order
            self.fill(out, panel, None, n_jobs)
            out[:-1, :n_cases] = out[:-1, cases]
        else:
            self.fill(out, panel, cases, n_jobs)
        return out

    def fill(self, out: NDArray[np.float32], panel: Panel, cases: NDArray[np.intp] | None, n_jobs: int) -> None:
        """Write what `rows` returns into room for it."""
        lengths = panel.lengths if cases is None else panel.lengths[cases]
        run = self.runner(len(lengths), panel.n_timepoints)
        channels, standard = self._series
        as_it_is = cases is None and is_readable(panel)
        per_case = panel.n_timepoints * max(1, len(channels))
        most = min(BLOCK // per_case, -(-len(lengths) // n_jobs))  # cases in a block: few enough for all threads
        step = -(-max(1, most) // N_LANES) * N_LANES

        def compute(start: int) -> None:
            some = slice(start, min(start + step, len(lengths)))
            if as_it_is:
                x, read = panel.stored[some], panel.places(channels)
            else:
                x = panel.take(some if cases is None else cases[some], channels)
                read = np.arange(len(channels))
            run(x, lengths[some], read, standard, out.reshape(-1)[start:], out.shape[1])

        share_out(compute, range(0, len(lengths), step), n_jobs)

    def apply_one(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the features of one case, by the shortest way and with hardly a check.

        Parameters
        ----------
        x : float32 (n_channels, n_timepoints), finite
            Fastest in C order and writeable.

        Returns
        -------
        float32 (n_features,)
        """
        x = np.asarray(x, FLOAT32)[np.newaxis]
        return self.rows(Panel(x, np.array([x.shape[2]], np.int32)))[:-1, 0].copy()

    def cost(self, n_timepoints: int | None = None) -> Cost:
        """What a prediction takes.

        Parameters
        ----------
        n_timepoints : int, optional
            For series of this length; that of the longest training series by default.

        Returns
        -------
        Cost

        Raises
        ------
        TypeError, ValueError
            If n_timepoints is not an int of at least 1.
        """
        if n_timepoints is not None:
            check_int(n_timepoints, "n_timepoints", 1)
        _, multiply_adds = self.convolutions(self.n_timepoints if n_timepoints is None else n_timepoints)
        return Cost(
            n_features=len(self),
            n_convolutions=len(multiply_adds),
            n_multiply_adds=round(float(multiply_adds.sum())),
            n_channels=len(self.channels),
            n_bytes=self.n_bytes,
        )

    @property
    def n_bytes(self) -> int:
        """The size of the parameters, with shift and scale of the channels that are read."""
        own = {name: value for name, value in self.__getstate__().items() if name not in ("shift", "scale")}
        return sum(v.nbytes for v in own.values() if isinstance(v, np.ndarray)) + 16 * len(self.channels)

    @cached_property
    def _series(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The channels that are read, and how each is standardised."""
        return self.channels, standardisation(self.shift[self.channels], self.scale[self.channels])

    # --- a plan as candidates ------------------------------------------------------------------------------------

    @property
    def n_blocks(self) -> int:
        """How many blocks the rows are cut into."""
        return -(-len(self) // BLOCK_ROWS)

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, which are row numbers, and their plan."""
        ids = self.ids(number)
        return ids, self[ids]

    def ids(self, number: int) -> NDArray[np.int64]:
        """The ids of one block."""
        return np.arange(number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, len(self)))

    def outline(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of some rows."""
        return self[ids]

    def plan(self, ids: NDArray[np.int64]) -> Plan:
        """The plan of some rows."""
        return self[ids]


@dataclass(frozen=True)
class Cost:
    """What a prediction takes, the classifier apart.

    Attributes
    ----------
    n_features : int
    n_convolutions : int
        Distinct outputs of kernels; several features may be read off one. Of `MorletScattering`, channels, since all
        paths of a channel are computed together.
    n_multiply_adds : int
        For one case: one for each tap of a convolution and each of its time points, which the compiled loops
        undercut by sharing sums; of `MorletScattering`, an estimate for its Fourier transforms.
    n_channels : int
        How many are read.
    n_bytes : int
        Of the plan's parameters.
    """

    n_features: int
    n_convolutions: int
    n_multiply_adds: int
    n_channels: int
    n_bytes: int


def copies(what: NDArray[np.int64]) -> NDArray[np.intp]:
    """How often each value stood before: 0 for the first, 1 for the second, and so on."""
    order, place, copy = np.argsort(what, kind="stable"), np.arange(len(what)), np.empty(len(what), np.intp)
    new = np.diff(what[order], prepend=-1) != 0
    copy[order] = place - np.maximum.accumulate(np.where(new, place, 0))
    return copy


def ragged(counts: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.intp]:
    """The number 0 as often as row ``rows[0]`` has entries in a table of rows of unequal length, then 1, and so on."""
    return np.repeat(np.arange(len(rows)), counts[rows])


def ragged_starts(plans: Sequence[Any], rows: str, entries: str) -> NDArray[np.int32]:
    """What is added to each plan's row numbers once their tables of entries stand one after the other."""
    n_entries = [len(getattr(plan, entries)) for plan in plans]
    n_rows = [len(getattr(plan, rows)) for plan in plans]
    return np.repeat(np.cumsum(n_entries) - n_entries, n_rows).astype(np.int32)


def within(counts: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.intp]:
    """Where the entries of some rows stand in a table of rows of unequal length, one row after the other."""
    n_taken = counts[rows]
    starts = (np.cumsum(counts) - counts)[rows]
    return np.arange(n_taken.sum()) + np.repeat(starts - (np.cumsum(n_taken) - n_taken), n_taken)


def is_plain(x: NDArray[Any]) -> bool:
    """Whether the loops can read an array as it is; others would make numba compile them once more."""
    return x.dtype == FLOAT32 and x.flags.carray


def is_readable(panel: Panel) -> bool:
    """Whether the loops can read a panel's series where they lie."""
    return panel.readable and is_plain(panel.stored)


def standardisation(shift: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shift and scale as the loops take them: the shift in two float32 parts, and one over the scale."""
    large = shift.astype(np.float32)
    factor = np.minimum(1.0 / scale, np.finfo(np.float32).max)
    return np.column_stack([large, shift - large, factor]).astype(np.float32)
