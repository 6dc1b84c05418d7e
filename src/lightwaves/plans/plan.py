"""What all plans share, and what a plan of your own defines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..containers.arrays import real
from ..entries import INT32, SMALLEST, Array, Number, check_entries, entries_of, entry
from ..loops.lanes import whole_vectors
from ..loops.narrowing import all_usable
from ..panel import Panel
from ..parallel.threads import even_slices, share_out
from ..sharing import cached_property
from ..validation import check_int, shown

FLOAT32, LARGEST_FLOAT32 = np.dtype(np.float32), float(np.finfo(np.float32).max)
LONGEST = 2**28 - 1  # time points of a series, and so of a dilation: eight times as many are an int32
BLOCK = 1 << 20  # values of X taken at a time
MOST_USABLE = FLOAT32.type(1e37)  # standardised: a kernel may make eighteen times as much of it
NEAR = 1e30  # standardised: of values below it, no bank of the library makes a feature that is not finite
MOST_LAYOUTS = 64  # that a plan keeps
CACHE_LINE = 16  # float32
ENDS_OF_NAMES = re.compile(r"[+-]|_diff$")  # of channels, in names of features
BLOCK_ROWS = 256  # features are a block of candidates: few enough that many ranks have something to do

Runner = Callable[..., None]
Kind = TypeVar("Kind", bound="Plan")


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """A list of features, with one row for each. Row j computes column j.

    A kind of plan adds arrays with a row for each feature, whose names stand in ``ROWS``, and says how they are
    computed: `compute`, or, where a compiled loop does it, `runner`. Of the library's own kinds, each field says by an
    entry what it must be; `check` holds it to that, and so does a file.

    Attributes
    ----------
    shift, scale : float64 (n_channels,)
        Each channel is standardised as ``(x - shift) / scale`` first. 0 and 1 leave it as it is.
    n_timepoints : int
        The length of the longest series that `fit` was given. `cost` uses it.
    channel_names : tuple of str, or None

    Notes
    -----
    ``plan[rows]`` is a plan of those rows, and ``plan[3]`` of one. Two plans are equal if all their arrays are equal. A
    plan is also a set of candidates, which come in blocks of rows. Their ids are the row numbers. The page on banks
    shows how to write a plan.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.panel import as_panel
    >>> X, y = load_basic_motions()
    >>> plan = LightWaveS(n_features=20, search_candidates=500, random_state=0).fit(X, y).plan_
    >>> plan.apply(as_panel(X)).shape, len(plan[:5]), plan[:5] == plan
    ((40, 20), 5, False)
    """

    shift: NDArray[np.float64] = entry(Array(np.float64, "n_channels", least=-LARGEST_FLOAT32, most=LARGEST_FLOAT32))
    scale: NDArray[np.float64] = entry(Array(np.float64, "n_channels", least=SMALLEST))
    n_timepoints: int = entry(Number(int, 1, LONGEST))
    channel_names: tuple[str, ...] | None = None

    ROWS: ClassVar[tuple[str, ...]] = ()
    CHANNEL: ClassVar[str] = "channel"  # the array that names channels

    # --- what a kind of plan says -------------------------------------------------------------------------------

    def compute(self, x: NDArray[np.float32], lengths: NDArray[np.int32]) -> NDArray[Any]:
        """Compute the features of some cases.

        This is called with some of the cases at a time, any number of times, and by several threads at once. So the
        features of a case must depend on this case alone, and the plan must stay as it is.

        Parameters
        ----------
        x : float32 (n_cases, n_channels_read, n_timepoints)
            Standardised series of the channels in `channels`, in that order. Values after the end of a case are 0.
        lengths : int32 (n_cases,)
            The number of time points of each case.

        Returns
        -------
        array (n_cases, n_features)
        """
        raise NotImplementedError(f"{type(self).__name__} must define compute or runner")

    def runner(self, n_cases: int, n_timepoints: int) -> Runner:
        """A function that computes features of some cases. A plan with a compiled loop defines this.

        Parameters
        ----------
        n_cases, n_timepoints : int
            The size of the cases to come.

        Returns
        -------
        function of x, lengths, channels, standard, out and width
            It reads the raw ``x[:, channels]``. ``standard`` says how to standardise these channels. It writes feature
            j to row j of ``out``, a flat float32 array whose rows are ``width`` apart.
        """

        def run(x, lengths, channels, standard, out, width):
            large, small, factor = standard.T[..., np.newaxis]
            own = np.arange(x.shape[2]) < lengths[:, np.newaxis, np.newaxis]
            series = np.where(own, ((np.where(own, x[:, channels], 0) - large) - small) * factor, FLOAT32.type(0))
            computed = self.compute(series, lengths.copy())
            with np.errstate(over="ignore"):  # what is too large becomes infinite, which is an error later
                features = np.asarray(real(computed, f"what compute of {type(self).__name__} returned"), FLOAT32)
            if features.shape != (len(x), len(self)):
                raise ValueError(
                    f"compute of {type(self).__name__} returned shape {features.shape} instead of {(len(x), len(self))}"
                )
            for j in range(len(self)):
                out[j * width : j * width + len(x)] = features[:, j]

        return run

    def feature_names(self) -> list[str]:
        """Names of the features: by default the channels of each, and then its values in the arrays of ``ROWS``.

        Returns
        -------
        list of str
        """
        names = self.names_in_features
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
        """The channels that each feature reads, as pairs of a feature and a channel.

        By default, each feature reads the one that stands in the array ``channel``. A plan whose features read several,
        or whose array has another name, defines this.

        Returns
        -------
        feature, channel : int (n_pairs,)
        """
        return np.arange(len(self)), np.asarray(self.channel, np.intp)  # type: ignore[attr-defined]

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The convolution of each feature, and the cost of each convolution in multiply-adds.

        Several features can share a convolution. By default, each feature has its own, which takes one multiply-add for
        each time point.

        Returns
        -------
        which : int (n_features,)
            The convolution of each feature.
        multiply_adds : float64 (n_convolutions,)
            The cost of each convolution.
        """
        return np.arange(len(self)), np.full(len(self), float(n_timepoints))

    def costs_alone(self, n_timepoints: int) -> NDArray[np.float64]:
        """The multiply-adds of each feature if it were the only one, float64 (n_features,)."""
        which, multiply_adds = self.convolutions(n_timepoints)
        return multiply_adds[which]

    @property
    def counts_time_points(self) -> bool:
        """Whether a feature changes much with the length of a series, as a number of time points does.

        By default it is so: predictions then warn of any length that is far from those of training.
        """
        return True

    def check(self) -> None:
        """Make sure that all fields are what their entries say, and fit together; for plans that come from outside.

        A plan that passes can be laid out, and computed for series of any length, without a look outside an array.

        Raises
        ------
        ValueError
            That names the first field which does not.
        """
        check_entries(entries_of(type(self)), vars(self))
        if not self.says_what_it_holds():
            self._check_foreign()

    def says_what_it_holds(self) -> bool:
        """Whether the fields say by entries what they must be, as those of the library's own kinds do."""
        return any(name in self.ROWS for name in entries_of(type(self)))

    def _check_foreign(self) -> None:
        """What `check` finds in a kind of plan that does not say what its fields must be."""
        for name in self.ROWS:
            row = getattr(self, name)
            if not isinstance(row, np.ndarray):
                raise ValueError(f"{name} must be an array of NumPy, got {shown(row)}")
            if row.shape != (len(self),):
                raise ValueError(f"{name} has shape {row.shape} instead of ({len(self)},), like {self.ROWS[0]}")
        named = getattr(self, self.CHANNEL, None)
        if named is not None and np.asarray(named).dtype.kind not in "iu":
            raise ValueError(f"{self.CHANNEL} must be whole numbers, but its dtype is {named.dtype}")
        if self.channel_names is not None and len(self.channel_names) != self.n_channels:
            raise ValueError(f"channel_names has {len(self.channel_names)} names for {self.n_channels} channels")
        channels = self.reads[1]
        if len(channels) and not 0 <= channels.min() <= channels.max() < self.n_channels:
            raise ValueError(f"channel must be from 0 to {self.n_channels - 1}")

    def renumbered(
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
            The new number of each channel of this plan. Channels that are read keep their order.
        shift, scale : float64
            How each of the new channels is standardised.
        channel_names : tuple of str, or None

        Returns
        -------
        Plan

        Raises
        ------
        TypeError
            If the plan has no array of channels with the name in ``CHANNEL``, and does not define this method.
        """
        named = getattr(self, self.CHANNEL, None)
        if named is None:
            raise TypeError(
                f"{type(self).__name__} has no array {self.CHANNEL!r}: set CHANNEL, define renumbered, or say "
                "screen_channels=False."
            )
        there: dict[str, Any] = {self.CHANNEL: channels[named].astype(named.dtype)}
        renumbered = replace(self, shift=shift, scale=scale, channel_names=channel_names, **there)
        if (np.diff(channels[self.channels]) > 0).all():  # a layout knows their order, and nothing else of them
            vars(renumbered)["layouts"] = self.layouts
        return renumbered

    def narrowed(self, channel_names: tuple[str, ...] | None = None) -> Plan:
        """The same features of series that hold only the channels which are read, in the order of `channels`."""
        place = np.zeros(self.n_channels, np.intp)
        place[self.channels] = np.arange(len(self.channels))
        return self.renumbered(place, self.shift[self.channels], self.scale[self.channels], channel_names)

    def joined(self, others: Sequence[Plan]) -> Plan | None:
        """One plan of this and others of its kind, with their rows one after the other.

        By default, the arrays of ``ROWS`` are concatenated. A kind of plan with more arrays than these must define this
        method. If it does not, the plans remain parts of one plan.

        Returns
        -------
        Plan, or None
            None if the plans cannot become one.
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

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__repr__" not in vars(cls):  # where there is one, dataclass writes none that lists all arrays
            cls.__repr__ = Plan.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        cost = self.cost()
        return (
            f"<{type(self).__name__}: {cost.n_features} features, {cost.n_convolutions} convolutions, "
            f"{cost.n_channels} of {self.n_channels} channels, {cost.n_bytes} bytes>"
        )

    def __len__(self) -> int:
        return len(getattr(self, self.ROWS[0]))

    def __getitem__(self: Kind, rows: Any) -> Kind:
        return self._of_rows([rows] if isinstance(rows, Integral) else rows)

    def _of_rows(self, rows: Any) -> Any:
        """The plan of some rows: a slice, a mask, or their numbers."""
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
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what `__getstate__` gave, and nothing else: pickle, joblib and skops may have it from a file."""
        names = {f.name for f in fields(self)}
        if set(state) != names:
            other = min(map(str, set(state) ^ names))
            raise ValueError(f"{type(self).__name__} was changed, or is of another version: it differs in {other!r}")
        for name, value in state.items():
            object.__setattr__(self, name, value)
        if self.says_what_it_holds():
            try:
                self.check()
            except ValueError as error:
                raise ValueError(f"{type(self).__name__} is not what a fit left, or was changed: {error}") from error

    @property
    def n_channels(self) -> int:
        """The number of channels of the series, whether they are read or not."""
        return len(self.shift)

    @cached_property
    def channels(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        return np.unique(self.reads[1])

    @property
    def names_of_channels(self) -> tuple[str, ...] | list[str]:
        """The names of the channels. Without names they are ``ch0``, ``ch1``, and so on."""
        return self.channel_names or [f"ch{i}" for i in range(self.n_channels)]

    @property
    def names_in_features(self) -> list[str]:
        """The names of the channels as the names of features use them, which must differ.

        If channels are called ``a``, ``b`` and ``a+b``, the third is put in quotes: features write sums of channels so.
        Quotes also go around a name that begins with a sign, or is empty.
        """
        names = {"", *self.names_of_channels}
        lengths = set(map(len, names))  # no other beginning of a long name can be one
        return [
            f'"{name}"'
            if not name
            or any(end.start() in lengths and name[: end.start()] in names for end in ENDS_OF_NAMES.finditer(name))
            else name
            for name in self.names_of_channels
        ]

    def apply(self, panel: Panel, *, n_jobs: int = 1) -> NDArray[np.float32]:
        """Compute the features of every case.

        Parameters
        ----------
        panel : Panel
            With the plan's number of channels. Only those in `channels` are read.
        n_jobs : int, default=1
            The number of threads. The result does not depend on it.

        Returns
        -------
        float32 (n_cases, n_features)
            The values of a feature lie side by side in memory.

        Raises
        ------
        ValueError
            If a feature is not finite; see `finite_rows`.
        """
        return features_of(self, panel, n_jobs=n_jobs).T

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
        features = rows[:-1, :n_cases]

        def are_finite(some: slice) -> bool:
            return bool(np.isfinite(features[some]).all())

        if not all(share_out(are_finite, even_slices(len(features), n_jobs, features.size), n_jobs)):
            finite = np.isfinite(features)
            case = int(np.argmin(finite.all(axis=0)))
            feature = int(np.argmin(finite[:, case]))
            value = rows[feature, case]
            raise ValueError(self._why_not_finite(panel, case if cases is None else int(cases[case]), feature, value))
        return rows

    def _why_not_finite(self, panel: Panel, case: int, feature: int, value: np.float32) -> str:
        """Why a feature of a case is not finite."""
        x = panel.raw(np.array([case]), self.channels)[0, :, : panel.lengths[case]].astype(np.float64)
        gap = np.abs(x - self.shift[self.channels, np.newaxis])
        far, beyond = gap / self.scale[self.channels, np.newaxis], bool((gap > LARGEST_FLOAT32).any())
        size = gap if beyond else far
        place, time = np.unravel_index(np.argmax(np.where(np.isnan(size), np.inf, size)), size.shape)
        channel = self.channels[place]
        where = f"case {case}, channel {self.names_of_channels[channel]}, time point {time}"
        if np.isnan(x[place, time]):
            return f"X contains NaN: {where}."
        if far[place, time] < NEAR and not beyond:
            return (
                f"feature {shown(self.feature_names()[feature])} of case {case} is {value}, though no value of X is "
                f"more than {far[place, time]:.2g} standard deviations from the mean: a bank must give a finite number "
                "for any series, also for a constant one."
            )
        standard = (self.shift[channel], self.scale[channel])
        meant = "" if standard == (0, 1) else f", {far[place, time]:.2g} standard deviations from the training mean"
        return (
            "A feature is not finite: values of X are too large for float32. The largest is "
            f"{x[place, time]:g}{meant}: {where}. "
            'If it stands for a missing value, put NaN there and say missing="interpolate"'
            + ("; else let scale=True standardise the channels." if standard == (0, 1) else ".")
        )

    def rows(self, panel: Panel, *, cases: NDArray[np.intp] | None = None, n_jobs: int = 1) -> NDArray[np.float32]:
        """The features of `apply`, with a row for each feature, and one spare row.

        Parameters
        ----------
        panel : Panel
        cases : int (n_cases,), optional
            The cases, in this order. By default all.
        n_jobs : int, default=1
            The number of threads.

        Returns
        -------
        float32 (n_features + 1, width)
            The width is n_cases rounded up to a multiple of 16. Values after the cases mean nothing, nor does the last
            row.
        """
        n_cases = panel.n_cases if cases is None else len(cases)
        if panel.n_channels != self.n_channels:
            raise ValueError(f"the series have {panel.n_channels} channels, but the plan is for {self.n_channels}.")
        out = self.room(n_cases)
        if not len(self):
            return out
        all_of_them = cases is not None and n_cases == panel.n_cases and panel.in_place is not None
        if all_of_them and len(self) < len(self.channels) * panel.n_timepoints:  # features are sooner put in order
            self.fill(out, panel, None, n_jobs)
            out[:-1, :n_cases] = out[:-1, cases]
        else:
            self.fill(out, panel, cases, n_jobs)
        return out

    def fill(self, out: NDArray[np.float32], panel: Panel, cases: NDArray[np.intp] | None, n_jobs: int) -> None:
        """Write what `rows` returns into room for it: cases of like length at a time."""
        for group in panel.by_length():
            if group is None:
                self._fill_group(out, panel, cases, panel.n_timepoints, n_jobs)
                continue
            places = group if cases is None else np.flatnonzero(np.isin(cases, group))
            which = places if cases is None else cases[places]
            if len(which):
                room = self.room(len(which))
                self._fill_group(room, panel, which, int(panel.lengths[which].max()), n_jobs)
                out[:-1, places] = room[:-1, : len(which)]

    def _fill_group(
        self,
        out: NDArray[np.float32],
        panel: Panel,
        cases: NDArray[np.intp] | None,
        n_timepoints: int,
        n_jobs: int,
    ) -> None:
        """`fill` for cases that are laid out for one length, that of the longest."""
        lengths = panel.lengths if cases is None else panel.lengths[cases]
        run = self.runner(len(lengths), n_timepoints)
        channels, shift, in_place = self.channels, self.shift[self.channels], panel.in_place
        per_case = n_timepoints * max(1, len(channels))
        most = max(1, BLOCK // per_case)  # cases in a block
        n_blocks = n_jobs * max(1, -(-len(lengths) // (n_jobs * most)))  # each thread has as many as any other
        step = whole_vectors(max(1, -(-len(lengths) // n_blocks)))

        def compute(start: int) -> None:
            some = slice(start, min(start + step, len(lengths)))
            if cases is None and in_place is not None:
                x, read, less_shift = in_place[some], panel.places(channels), False
            else:
                x, less_shift = panel.centred(some if cases is None else cases[some], channels, shift)
                read = np.arange(len(channels))
            if x.shape[2] < n_timepoints:  # series that lie apart are as long as the longest of the block
                x = np.pad(x, ((0, 0), (0, 0), (0, n_timepoints - x.shape[2])))
            run(x, lengths[some], read, self.standard(less_shift), out.reshape(-1)[start:], out.shape[1])

        share_out(compute, range(0, len(lengths), step), n_jobs)

    def room(self, n_cases: int) -> NDArray[np.float32]:
        """Room for features of so many cases; see `rows`."""
        return np.empty((len(self) + 1, whole_vectors(n_cases)), np.float32)

    def apply_one(self, x: NDArray[Any], *, check: bool = True) -> NDArray[np.float32]:
        """Compute the features of one case, by the shortest way.

        Parameters
        ----------
        x : array (n_channels, n_timepoints) of any real dtype
            Fastest as float32 in C order.
        check : bool, default=True
            Whether to look for values that are not finite in the channels that are read. Shape and dtype are checked
            in any case.

        Returns
        -------
        float32 (n_features,)
            What `apply` gives, to the bit.

        Raises
        ------
        TypeError
            If x is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, no time points, or a value that is not finite; if a
            feature is not.
        """
        if (
            type(x) is np.ndarray
            and x.dtype == FLOAT32
            and x.ndim == 2
            and x.shape[0] == len(self.shift)
            and x.shape[1] > 0
            and x.flags.carray
        ):
            values, read, standard = x[np.newaxis], self.channels, self._standard
        else:
            x = case_of(x, self)
            values, read, standard = as_read(x, self)
        if check and not all_usable(values, read, standard, MOST_USABLE):
            seen, channel, time = first_unusable(self, x, MOST_USABLE)
            raise ValueError(f"x contains {seen}: channel {channel}, time point {time}.")
        features = self.compute_one(values, read, standard)
        if check and not np.isfinite(features).all():
            feature = int(np.argmin(np.isfinite(features)))
            raise ValueError(self._why_not_finite(panel_of_one(x), 0, feature, features[feature]))
        return features

    def compute_one(
        self, x: NDArray[np.float32], channels: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The features of one case that has been checked; see `runner` for the arguments.

        Parameters
        ----------
        x : float32 (1, n_channels, n_timepoints), C order
        channels : int (n_channels_read,)
        standard : float32 (n_channels_read, 3)

        Returns
        -------
        float32 (n_features,)
        """
        out, n_timepoints = self.room(1), x.shape[2]
        if not len(self):
            return out[0, :0]
        run = self.runner(1, n_timepoints)
        run(x, np.array([n_timepoints], np.int32), channels, standard, out.reshape(-1), out.shape[1])
        return out[:-1, 0].copy()

    @cached_property
    def layouts(self) -> dict[Any, Any]:
        """What `laid_out` keeps: no part of the plan, so that a copy begins with nothing."""
        return {}

    def laid_out(self, key: tuple[Any, ...], lay_out: Callable[..., Any]) -> Any:
        """What a function makes of the key, kept for the next time: tables for series of one length, say."""
        layout = self.layouts.get(key)
        if layout is None:
            if len(self.layouts) >= MOST_LAYOUTS:
                self.layouts.clear()
            layout = self.layouts[key] = lay_out(*key)
        return layout

    def cost(self, n_timepoints: int | None = None) -> Cost:
        """The cost of a prediction.

        Parameters
        ----------
        n_timepoints : int, optional
            The length of the series. The default is that of the longest series that `fit` was given.

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
        """The size of the plan's parameters, including shift and scale of the channels that are read."""
        own = {name: value for name, value in self.__getstate__().items() if name not in ("shift", "scale")}
        return sum(v.nbytes for v in own.values() if isinstance(v, np.ndarray)) + 16 * len(self.channels)

    def standard(self, less_shift: bool) -> NDArray[np.float32]:
        """How the channels that are read are standardised; see `standardisation`.

        Parameters
        ----------
        less_shift : bool
            Whether the shift has been subtracted before.
        """
        return self._standard_of_centred if less_shift else self._standard

    @cached_property
    def _standard(self) -> NDArray[np.float32]:
        return standardisation(self.shift[self.channels], self.scale[self.channels])

    @cached_property
    def _standard_of_centred(self) -> NDArray[np.float32]:
        return standardisation(np.zeros(len(self.channels)), self.scale[self.channels])

    # --- a plan as candidates ------------------------------------------------------------------------------------

    @property
    def n_blocks(self) -> int:
        """The number of blocks of rows."""
        return -(-len(self) // BLOCK_ROWS)

    def block(self, number: int) -> tuple[NDArray[np.int64], Plan]:
        """The ids of one block, which are row numbers, and the plan of these rows."""
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
    """The cost of a prediction, without the classifier.

    Attributes
    ----------
    n_features : int
        The number of features.
    n_convolutions : int
        The number of distinct outputs of kernels. Several features can share one. For `MorletScattering` this is the
        number of channels, because all paths of a channel are computed together. For `Intervals` it is the number of
        intervals.
    n_multiply_adds : int
        For one case: one multiply-add for each tap of a convolution and each of its time points. The compiled loops
        need fewer, because they share sums. For `MorletScattering` this is an estimate for its Fourier transforms. For
        `Intervals` it is the number of values that are looked at.
    n_channels : int
        The number of channels that are read.
    n_bytes : int
        The size of the plan's parameters.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> model = LightWaveS(n_features=20, search_candidates=500, random_state=0).fit(*load_basic_motions())
    >>> model.plan_.cost().n_features
    20
    """

    n_features: int
    n_convolutions: int
    n_multiply_adds: int
    n_channels: int
    n_bytes: int


def features_of(
    plan: Plan, panel: Panel, *, cases: NDArray[np.intp] | None = None, n_jobs: int = 1
) -> NDArray[np.float32]:
    """The features of all or some cases as rows, float32 (n_features, n_cases): `Plan.finite_rows` without its room."""
    n_cases = panel.n_cases if cases is None else len(cases)
    return plan.finite_rows(panel, cases=cases, n_jobs=n_jobs)[:-1, :n_cases]


def case_of(x: Any, plan: Plan, name: str = "x", what: str = "one case", least: int = 1) -> NDArray[Any]:
    """One case as an array of real numbers, (n_channels, n_timepoints).

    Parameters
    ----------
    x : anything
    plan : Plan
        For such cases.
    name, what : str
        What errors call it.
    least : int, default=1
        The number of time points that it must have.

    Raises
    ------
    TypeError
        If it is not an array of real numbers.
    ValueError
        If it has other dimensions, another number of channels, or no time points.
    """
    n_channels, named = plan.n_channels, plan.channel_names is not None
    wanted = f"{what} is an array ({n_channels} channels, n_timepoints)"
    if np.ma.is_masked(x):
        raise ValueError(f'{name} has masked values: put NaN there, say missing="interpolate", and pass a plain array.')
    if not isinstance(x, np.ndarray):
        in_order = f"numpy.asarray({name})"
        if isinstance(x, Mapping):
            in_order = f"numpy.stack([{name}[channel] for channel in {'model.channel_names_' if named else name}])"
        elif hasattr(x, "iloc") and x.ndim == 1 and named and set(plan.channel_names or ()) <= set(x.index):
            in_order = f"{name}[list(model.channel_names_)].to_numpy(float)[:, numpy.newaxis]"  # a row of a frame
        elif hasattr(x, "columns"):
            in_order = f"{name}{'[list(model.channel_names_)]' if named else ''}.to_numpy().T"
        order = "" if named else ", with all channels in the order of training"
        raise TypeError(f"{name} is of type {type(x).__name__}, but {wanted}: pass {in_order}{order}.")
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {x.dtype}, but {wanted} of real numbers.")
    if x.ndim != 2:
        hint = ""
        if x.ndim == 1 and n_channels == 1:
            hint = f": pass {name}[numpy.newaxis]"
        elif x.shape == (n_channels,):
            hint = f": pass {name}[:, numpy.newaxis] if it is one time point of all channels"
        elif x.ndim == 3 and x.shape[:2] == (1, n_channels):
            hint = f": pass {name}[0]"
        raise ValueError(f"{name} has shape {x.shape}, but {wanted}{hint}.")
    if x.shape[0] != n_channels:
        hint = f" Its axes seem to be swapped: pass {name}.T." if x.shape[1] == n_channels else ""
        raise ValueError(f"{name} has {x.shape[0]} channels (shape {x.shape}), but {wanted}.{hint}")
    if x.shape[1] < least:
        raise ValueError(f"{name} has shape {x.shape}: no time points; a minimum of {least} is required.")
    return x


def panel_of_one(x: NDArray[Any]) -> Panel:
    """One case, (n_channels, n_timepoints), as a panel."""
    return Panel(x[np.newaxis], np.array([x.shape[1]], np.int32))


def as_read(x: NDArray[Any], plan: Plan) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.float32]]:
    """The channels of one case that a plan reads, whatever its dtype and layout, as `Plan.compute_one` takes them."""
    channels = plan.channels
    values, less_shift = panel_of_one(x).centred(slice(None), channels, plan.shift[channels])
    return values, np.arange(len(channels)), plan.standard(less_shift)


def first_unusable(plan: Plan, x: NDArray[Any], most: np.float32, may_miss: bool = False) -> tuple[str, str, int]:
    """The first value of a case, in a channel that is read, with which nothing can be computed: `all_usable` found one.

    Parameters
    ----------
    plan : Plan
    x : array (n_channels, n_timepoints) of real numbers
    most : float32
        What no standardised value may exceed.
    may_miss : bool, default=False
        Whether NaN can be used.

    Returns
    -------
    seen, channel, time : str, str and int
        What it is, in words; the name of its channel; its time point.
    """
    read = plan.channels
    values = x[read].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        # Less the mean, a value must be a float32, too. What is within a hundredth may be beyond by rounding.
        limits = 0.99 * np.minimum(most * plan.scale[read], LARGEST_FLOAT32)
        wrong = ~(np.abs(values - plan.shift[read, np.newaxis]) <= limits[:, np.newaxis])
    if may_miss:
        wrong &= ~np.isnan(values)
    row, time = (int(i) for i in np.argwhere(wrong)[0])
    value = values[row, time]
    if np.isnan(value):
        seen = "NaN"
    elif np.isinf(value):
        seen = "infinity"
    else:
        seen = f"{value:g}, too large for float32" + " once it is standardised" * bool(abs(value) <= LARGEST_FLOAT32)
    return seen, plan.names_of_channels[read[row]], time


def check_room(n_values: int, n_timepoints: int) -> None:
    """Raise a ValueError where one case takes more room than positions of 32 bits can tell apart."""
    if n_values > INT32:
        raise ValueError(
            f"X has {n_timepoints} time points, for which this model needs {n_values} values of room at once; it can "
            f"use {INT32}. Cut the series, or fit a model that reads fewer channels."
        )


def aligned(n_values: int) -> NDArray[np.float32]:
    """Zeros that begin with a cache line: a row that straddles two of them costs double."""
    room = np.zeros(n_values + CACHE_LINE, np.float32)
    return room[-room.ctypes.data % (4 * CACHE_LINE) // 4 :]


def standardisation(shift: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shift and scale in the form of the loops: the shift in two float32 parts, and 1 / scale."""
    large = shift.astype(np.float32)
    factor = np.minimum(1.0 / scale, np.finfo(np.float32).max)
    return np.column_stack([large, shift - large, factor]).astype(np.float32)
