"""Cases of a file as they are read, line by line, and the arrays that they become."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import isnan, nan
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .labels import spelled_twice
from .lengths import warn_of_odd
from .precision import float32_is_enough
from .text import Lines
from .values import append_values, shown

Series = NDArray[Any] | list[NDArray[Any]]
DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
ALWAYS_HELD = 1 << 24  # bytes that a layout may take however small the file
HELD_PER_BYTE = 16  # and for each byte of the file
LEADING_ZERO = re.compile("[+-]?0[0-9]")
LOOKED_AT = 10_000  # values, without a sign of halves
MANY_VALUES, FEW_OTHER = 40, 0.2  # each second has as many digits, and such a share of the first not: no chance


def check_dtype(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """One of float32, float64 and None.

    Raises
    ------
    TypeError
        If numpy knows no such dtype.
    ValueError
        If it is another dtype.
    """
    if dtype is None or np.dtype(dtype) in DTYPES:
        return None if dtype is None else np.dtype(dtype)
    raise ValueError(f"dtype must be float32, float64 or None, got {np.dtype(dtype)}.")


class Spelling:
    """Whether the numbers of a file look like halves of numbers, whose decimal commas were taken for separators.

    No number has a point then, and no second half has a sign. Either all second halves have the same number of digits,
    and many first halves have another one. Or some second halves begin with 0, as 05 does, and no first half does.
    """

    def __init__(self) -> None:
        self.line: int | None = None  # where a half begins with 0
        self._whole = False  # whether these are no halves
        self._n_digits: int | None = None  # of each second half; 0 if they differ
        self._n_values = self._n_other = 0  # second halves, and first halves that have other digits, or a sign

    @property
    def commas_for_points(self) -> bool:
        """Whether they do."""
        alike = bool(self._n_digits) and self._n_other > FEW_OTHER * self._n_values and self._n_values >= MANY_VALUES
        return not self._whole and (self.line is not None or alike)

    def see(self, rows: Sequence[str], line: int) -> None:
        """Look at the rows of numbers in a line."""
        if self._whole:
            return
        halves = [row.replace(" ", "").split(",") for row in rows]
        first, second = ([half for row in halves for half in row[place::2]] for place in (0, 1))
        self._whole = any("." in row for row in rows) or any(len(row) % 2 for row in halves)
        self._whole |= not all(half.isdigit() for half in second) or any(map(LEADING_ZERO.match, first))
        if self._whole:
            return
        if self.line is None and any(map(LEADING_ZERO.match, second)):
            self.line = line
        lengths = {len(half) for half in second}
        self._n_digits = len(second[0]) if len(lengths) == 1 and self._n_digits in (None, len(second[0])) else 0
        self._n_other += sum(len(half.lstrip("-")) != self._n_digits or half.startswith("-") for half in first)
        self._n_values += len(second)
        self._whole = self._n_values > LOOKED_AT and self.line is None and not self._n_digits


class Cases:
    """Collects series and labels; values lie one behind the other until `finish`.

    Parameters
    ----------
    lines : Lines
        Where the cases come from; errors name its line.
    dtype : dtype or None
        None lets `finish` choose.
    n_channels, n_timepoints : int or None
        What the head of the file says of every case.
    equal_length : bool, default=False
        Whether it says that all cases have equal length.
    ragged : bool, default=False
        Whether the channels of a case may differ in length; NaN then stands behind the shorter ones.
    padded : bool, default=False
        Whether NaN in all channels at the end of a case pads it, and is cut off.

    Attributes
    ----------
    first_line : dict of str to int
        The classes, and the line in which each was first seen.
    missing_line : int or None
        The line of the first missing value.
    """

    def __init__(
        self,
        lines: Lines,
        dtype: np.dtype[Any] | None,
        *,
        n_channels: int | None = None,
        n_timepoints: int | None = None,
        equal_length: bool = False,
        ragged: bool = False,
        padded: bool = False,
    ) -> None:
        self.first_line: dict[str, int] = {}
        self.missing_line: int | None = None
        self._lines = lines
        self._dtype = dtype
        self._n_channels = n_channels
        self._n_timepoints = n_timepoints
        self._equal_length = equal_length
        self._first: tuple[int, int] | None = None  # channels and time points
        self._ragged = ragged
        self._padded = padded
        self._values = array("d")
        self._ends = array("q")  # of the cases, among the values
        self._line_of_case = array("q")
        self._codes: dict[str, int] = {}
        self._labels = array("q")
        self._targets = array("d")
        self._spelling = Spelling()

    def add(self, channels: Sequence[str], label: str | float | None) -> None:
        """Take one case, whose channels are rows of numbers with commas between them."""
        first = self._first
        self._agree("channels", len(channels), self._n_channels, first and first[0])
        row = array("d")
        lengths = [self._append(row, channel, text) for channel, text in enumerate(channels)]
        self._spelling.see(channels, self._lines.number)
        n_timepoints = max(lengths)
        for length in set(lengths):
            self._agree("time points", length, self._n_timepoints, first[1] if first and self._equal_length else None)
        self._first = first or (len(channels), n_timepoints)
        if min(lengths) < n_timepoints:
            row = self._even(row, lengths)
        if self._padded and isnan(row[-1]):
            row = self._cut(row, len(channels))
        self._values.extend(row)
        self._ends.append(len(self._values))
        self._line_of_case.append(self._lines.number)
        self._label(label)

    def check_spelling(self) -> None:
        """Make sure that no two classes are the same number, where no declaration tells them apart."""
        twice = spelled_twice(self.first_line)
        if twice:
            raise self._lines.malformed(
                f"the classes {twice[0]!r} and {twice[1]!r} are one number, written in two ways",
                self.first_line[twice[1]],
            )

    def finish(self) -> tuple[Series, NDArray[Any] | None]:
        """The series and their labels, None where there are none."""
        if self._first is None:
            raise self._lines.malformed("the file holds no case")
        if self._spelling.commas_for_points:
            what = (
                "each second number looks like the decimals of the one before: write points for decimal commas. If "
                "they are whole numbers, write them without zeros in front, or with a point behind"
            )
            raise self._lines.malformed(what, self._spelling.line or self._line_of_case[0])
        values: NDArray[Any] = np.frombuffer(self._values)
        n_channels = self._first[0]
        self._refuse_infinite(values, n_channels)
        self._find_missing(values)
        lengths = np.diff(self._ends, prepend=0) // n_channels
        if not self._ragged:
            lines = self._line_of_case
            warn_of_odd(
                lengths, lambda case: f"{self._lines.name}, line {lines[case]}", "an end of line or a value was"
            )
        if self._dtype == np.float32 or (self._dtype is None and float32_is_enough(values, lengths, n_channels)):
            with np.errstate(over="ignore"):
                values = values.astype(np.float32)
            self._refuse_infinite(values, n_channels)
        X: Series
        if (lengths == lengths[0]).all():
            X = values.reshape(len(lengths), n_channels, -1)
        else:
            X = [case.reshape(n_channels, -1) for case in np.split(values, self._ends[:-1])]
        return X, self._y()

    def _agree(self, what: str, found: int, said: int | None, first: int | None) -> None:
        if said not in (None, found):
            raise self._lines.malformed(f"{found} {what}, but the head says {said}")
        if first not in (None, found):
            raise self._lines.malformed(f"{found} {what}, but {first} in the first case")

    def _append(self, row: array[float], channel: int, text: str) -> int:
        before = len(row)
        try:
            append_values(text, row)
        except ValueError as error:
            raise self._lines.malformed(f"channel {channel}, {error}") from None
        return len(row) - before

    def _refuse_infinite(self, values: NDArray[Any], n_channels: int) -> None:
        too_large = np.isinf(values)
        if too_large.any():
            place = int(too_large.argmax())
            case = bisect_right(self._ends, place)
            start = self._ends[case - 1] if case else 0
            channel, time = divmod(place - start, (self._ends[case] - start) // n_channels)
            what = f"a value is too large for {values.dtype}"
            raise self._lines.malformed(f"channel {channel}, time point {time}: {what}", self._line_of_case[case])

    def _find_missing(self, values: NDArray[np.float64]) -> None:
        missing = np.isnan(values)
        if missing.any():
            self.missing_line = self._line_of_case[bisect_right(self._ends, int(missing.argmax()))]

    def _even(self, row: array[float], lengths: Sequence[int]) -> array[float]:
        """A case whose channels all have the length of the longest."""
        if not self._ragged:
            raise self._lines.malformed(
                f"channels of {min(lengths)} and of {max(lengths)} time points in one case; "
                "only '@equalLength false' allows that"
            )
        size = len(self._values) + len(lengths) * max(lengths)
        self._make_room(8 * size, "channels of so different lengths", self._lines.number)
        even = array("d")
        for length, end in zip(lengths, accumulate(lengths), strict=True):
            even.extend(row[end - length : end])
            even.extend([nan] * (max(lengths) - length))
        return even

    def _cut(self, row: array[float], n_channels: int) -> array[float]:
        """A case without its padding."""
        case = np.array(row).reshape(n_channels, -1)
        present = np.flatnonzero(~np.isnan(case).all(axis=0))
        if not len(present):
            raise self._lines.malformed("all values of the case are missing")
        return array("d", case[:, : present[-1] + 1].tobytes())

    def _label(self, label: str | float | None) -> None:
        if isinstance(label, str):
            if "\0" in label:
                raise self._lines.malformed(f"the class {shown(label)} holds a NUL character, which numpy would lose")
            self.first_line.setdefault(label, self._lines.number)
            self._labels.append(self._codes.setdefault(label, len(self._codes)))
        elif label is not None:
            self._targets.append(label)

    def _y(self) -> NDArray[Any] | None:
        if self._targets:
            return np.array(self._targets)
        if not self._labels:
            return None
        longest = max(self._codes, key=len)
        what = f"one class of {len(longest)} characters among so many others"
        self._make_room(4 * len(longest) * max(len(self._labels), len(self._codes)), what, self.first_line[longest])
        return np.array(list(self._codes))[np.array(self._labels)]

    def _make_room(self, n_bytes: int, what: str, number: int) -> None:
        if n_bytes > ALWAYS_HELD + HELD_PER_BYTE * self._lines.n_bytes:
            raise self._lines.malformed(f"{what} would take {n_bytes / 1e6:.0f} MB, far more than the file", number)
