"""Features of several kinds as one plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..entries import Array, entry
from ..panel import Panel
from ..parallel.threads import even_slices, share_out
from ..sharing import cached_property
from ..validation import shown
from .plan import Plan
from .ragged import ragged, within


@dataclass(frozen=True, eq=False, kw_only=True)
class Together(Plan):
    """Features of several plans as one plan.

    Attributes
    ----------
    parts : tuple of Plan
        The plans. Their columns are concatenated.
    order : int64 (n_features,)
        Column j is column ``order[j]`` of the concatenated parts.

    Examples
    --------
    >>> from lightwaves import MiniRocket, Prism, load_basic_motions
    >>> from lightwaves.panel import as_panel
    >>> from lightwaves.plans import Together
    >>> X, _ = load_basic_motions()
    >>> plans = [bank.fit(X).plan_ for bank in (Prism(80), MiniRocket(84))]
    >>> Together.of(plans).apply(as_panel(X)).shape
    (40, 164)
    """

    parts: tuple[Plan, ...]
    order: NDArray[np.int64] = entry(Array(np.int64, "n_features", below="n_features"))

    ROWS: ClassVar[tuple[str, ...]] = ("order",)

    @property
    def counts_time_points(self) -> bool:
        """Whether a feature of any part does."""
        return any(part.counts_time_points for part in self.parts)

    @classmethod
    def of(cls, parts: Sequence[Plan]) -> Plan:
        """One plan of all parts that have rows, in this order. A single part is returned as it is.

        Raises
        ------
        ValueError
            If there are no parts, or if they are not of the same channels, with the same names and standardisation.
        """
        if not parts:
            raise ValueError("parts is empty: give at least one plan.")
        parts = [part for part in parts if len(part)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        names = next((part.channel_names for part in parts if part.channel_names is not None), None)
        if names is not None and len(names) == parts[0].n_channels:  # then so have those of which nobody said them
            parts = [replace(part, channel_names=names) if part.channel_names is None else part for part in parts]
        whole = cls(
            parts=tuple(parts),
            order=np.arange(sum(map(len, parts)), dtype=np.int64),
            shift=parts[0].shift,
            scale=parts[0].scale,
            n_timepoints=max(part.n_timepoints for part in parts),
            channel_names=names,
        )
        whole.check_alike()
        return whole

    def check_alike(self) -> None:
        """Make sure that the parts read the same channels in the same way.

        Raises
        ------
        ValueError
            That names the first part which does not, and in what.
        """
        for number, part in enumerate(self.parts):
            if part.n_channels != self.n_channels:
                raise ValueError(f"part {number} has {part.n_channels} channels, but the plan {self.n_channels}.")
            for name in ("shift", "scale"):
                if not np.array_equal(getattr(part, name), getattr(self, name)):
                    raise ValueError(
                        f"part {number} standardises channels in another way than the plan: its {name} differs. Fit "
                        "all banks on the same series, or hand the shift and scale of `candidates` to each plan."
                    )
            if part.channel_names not in (None, self.channel_names):
                raise ValueError(
                    f"part {number} names its channels {shown(part.channel_names)}, but the plan "
                    f"{shown(self.channel_names)}."
                )

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first column of each part, and the number of all columns."""
        return np.cumsum([0, *map(len, self.parts)])

    @cached_property
    def in_order(self) -> bool:
        """Whether the columns have the order of the parts."""
        return np.array_equal(self.order, np.arange(self.starts[-1]))

    def _of_rows(self, rows: Any) -> Plan:
        wanted = self.order[rows]
        parts, order, n = [], np.empty_like(wanted), 0
        for part, start in zip(self.parts, self.starts[:-1], strict=True):
            mine = (wanted >= start) & (wanted < start + len(part))
            used, at = np.unique(wanted[mine] - start, return_inverse=True)
            order[mine] = n + at
            if len(used):
                parts.append(part[used])
                n += len(used)
        return replace(self, parts=tuple(parts) or (self.parts[0][:0],), order=order)

    def fill(self, out: NDArray[np.float32], panel: Panel, cases: NDArray[np.intp] | None, n_jobs: int) -> None:
        """Write what `rows` returns into an array, part by part."""
        room = out if self.in_order else np.empty((self.starts[-1] + 1, out.shape[1]), np.float32)
        for part, start in zip(self.parts, self.starts[:-1], strict=True):
            if len(part):
                part.fill(room[start : start + len(part) + 1], panel, cases, n_jobs)
        if self.in_order:
            return

        def put_in_order(some: slice) -> None:
            np.take(room, self.order[some], axis=0, out=out[some], mode="clip")  # "raise" takes into a copy of `out`

        share_out(put_in_order, even_slices(len(self), n_jobs, out.size), n_jobs)

    def compute_one(
        self, x: NDArray[np.float32], channels: NDArray[np.intp], standard: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The features of one case that has been checked, part by part; see `Plan.compute_one`."""
        of_parts = [
            part.compute_one(x, channels[places], standard[places])
            for part, places in zip(self.parts, self._places, strict=True)
        ]
        features = np.concatenate(of_parts)
        return features if self.in_order else features[self.order]

    @cached_property
    def _places(self) -> list[NDArray[np.intp]]:
        """Where the channels of each part stand among those of all."""
        return [np.searchsorted(self.channels, part.channels) for part in self.parts]

    def feature_names(self) -> list[str]:
        """The names from the parts. If several parts give a name, it ends in the number of the part, such as ``~2``."""
        of_parts = [part.feature_names() for part in self.parts]
        n_parts = Counter(name for names in of_parts for name in set(names))
        names = [f"{n}~{i}" if n_parts[n] > 1 else n for i, part in enumerate(of_parts, start=1) for n in part]
        return [names[j] for j in self.order]

    @property
    def reads(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The channels that each feature reads; see `Plan.reads`."""
        pairs = [part.reads for part in self.parts]
        feature = np.concatenate([start + pair[0] for start, pair in zip(self.starts, pairs, strict=False)])
        channel = np.concatenate([pair[1] for pair in pairs])[np.argsort(feature, kind="stable")]
        n_read = np.bincount(feature, minlength=int(self.starts[-1]))
        return ragged(n_read, self.order), channel[within(n_read, self.order)]

    @cached_property
    def channels(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        return np.unique(np.concatenate([part.channels for part in self.parts]))

    def convolutions(self, n_timepoints: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The convolution of each feature, and the cost of each; see `Plan.convolutions`."""
        of_parts = [part.convolutions(n_timepoints) for part in self.parts]
        begins = np.cumsum([0, *(len(work) for _, work in of_parts)])
        which = np.concatenate([begin + part[0] for begin, part in zip(begins, of_parts, strict=False)])
        return which[self.order], np.concatenate([work for _, work in of_parts])

    def costs_alone(self, n_timepoints: int) -> NDArray[np.float64]:
        """What each feature would cost if it were the only one."""
        return np.concatenate([part.costs_alone(n_timepoints) for part in self.parts])[self.order]

    def renumbered(
        self,
        channels: NDArray[np.intp],
        shift: NDArray[np.float64],
        scale: NDArray[np.float64],
        channel_names: tuple[str, ...] | None,
    ) -> Plan:
        """The same features of series with more channels; see `Plan.renumbered`."""
        parts = tuple(part.renumbered(channels, shift, scale, channel_names) for part in self.parts)
        return replace(self, parts=parts, shift=shift, scale=scale, channel_names=channel_names)

    def check(self) -> None:
        """Make sure that the arrays fit together; see `Plan.check`."""
        super().check()
        for part in self.parts:
            part.check()
        self.check_alike()
        n_columns = sum(map(len, self.parts))
        n_named = np.bincount(self.order, minlength=n_columns)
        if len(n_named) != n_columns or not n_named.all():
            raise ValueError(f"order must name each of the {n_columns} columns of the parts, and no others")

    @property
    def n_bytes(self) -> int:
        """The size of the parameters of all parts, including shift and scale of the channels that are read."""
        of_parts = sum(part.n_bytes - 16 * len(part.channels) for part in self.parts)
        return of_parts + self.order.nbytes + 16 * len(self.channels)
