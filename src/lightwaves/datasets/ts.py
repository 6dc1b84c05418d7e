"""Reading ``.ts`` files, the format of the UEA archive, sktime and aeon."""

from __future__ import annotations

import os
import re
import warnings
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..validation import check_choice
from .cases import Cases, Series, check_dtype
from .labels import QUOTES, quoted_end, without_quotes, words_of
from .text import WHITESPACE, Lines, parsed
from .timestamps import RegularSteps
from .ts_head import Head, read_head
from .values import MISSING, is_row, number, shown

PAIR = re.compile(r"[ \t]*\(([^(),]*),([^(),]*)\)[ \t]*")
BRACKET = re.compile(rf"[{WHITESPACE}]*\(")


def read_ts(
    path: str | os.PathLike[str], *, dtype: DTypeLike | None = None, timestamps: str = "regular"
) -> tuple[Series, NDArray[Any] | None]:
    r"""Read a ``.ts`` file: the format of the UEA archive, sktime and aeon.

    Parameters
    ----------
    path : str or path
        May be compressed with gzip.
    dtype : {None, numpy.float32, numpy.float64}, default=None
        None is float32 where its rounding stays below 1 % of the median change from one time point to the next, in
        every channel of every case, and from one case to the next; else float64, as for 1600000000.123.
    timestamps : {"regular", "ignore"}, default="regular"
        For files with time stamps. With "regular", the stamps of a channel, numbers or dates, must stand at equal
        steps (to a quarter of a step), those of all channels of a case must begin together, and all cases must have
        the same step. With "ignore", values are taken in the order in which they stand, whatever the stamps say.

    Returns
    -------
    X : array (n_cases, n_channels, n_timepoints), or, for unequal lengths, a list of arrays (n_channels,
        n_timepoints_i). A missing value, ``?`` or ``NaN``, is NaN.
    y : array (n_cases,) of str; of float64 where the file says ``@targetLabel true`` (a regression); None where it
        says ``@classLabel false``, or only ``@targetLabel false``

    Raises
    ------
    ValueError
        If the file is malformed, if its head and its cases do not agree, or if a value is too large for the dtype.
        The message names file and line.
    OSError
        If it cannot be read.

    Warns
    -----
    UserWarning
        If the head has a key that is not known, or says ``@missing false`` of a file with missing values. If it says
        nothing of lengths, at most one case in ten has another length, and all others have one length: a value may be
        lost.

    Notes
    -----
    Lines before ``@data`` are ``@key value``, or comments behind ``#`` or ``%``. Each line after it is one case, or a
    comment behind ``#`` or ``%`` and a space. In a case, colons separate channels, commas values, and the class stands
    at the end. With ``@timestamps true``, ``(time,value)`` stands for each value.

    What the head says must hold: ``@univariate true``, ``@dimensions`` (or ``@dimension``), ``@equalLength true``,
    ``@seriesLength``, the classes of ``@classLabel true``. What it does not say is taken from the cases; without
    ``@classLabel``, the last part of a line is its class. With ``@equalLength false``, channels of one case may
    differ in length; NaN then stands behind the end of the shorter ones.

    Classes may have spaces. White space or commas separate them in the head. A class of several numbers must stand in
    quotes there, or commas separate all classes. A class with a colon must be declared, beside ``@dimensions`` or
    ``@univariate true``, or stand in quotes; in quotes, a backslash stands before a quote and before a backslash.
    ``1.0`` is the class ``1`` where the head declares ``1``.

    The file is UTF-8, or Latin-1. If most of what is not ASCII is UTF-8, all of it must be.

    References
    ----------
    .. [1] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
       arXiv:1811.00075.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.ts"
    >>> _ = path.write_text("@classLabel true a b\n@data\n1,2,?:4,5,6:a\n7,8,9:1,2,3:b\n")
    >>> X, y = read_ts(path)
    >>> X.shape, y.tolist()
    ((2, 2, 3), ['a', 'b'])
    """
    wanted = check_dtype(dtype)
    regular = check_choice(timestamps, "timestamps", ("regular", "ignore")) == "regular"
    X, y, doubts = parsed(path, lambda lines: _read(lines, wanted, regular))
    for doubt in doubts:
        warnings.warn(doubt, stacklevel=2)
    return X, y


def _read(
    lines: Lines, dtype: np.dtype[Any] | None, regular: bool
) -> tuple[Series, NDArray[Any] | None, tuple[str, ...]]:
    content = lines.content()
    head = read_head(lines, content)
    cases = Cases(
        lines,
        dtype,
        n_channels=head.n_channels,
        n_timepoints=head.n_timepoints,
        equal_length=bool(head.equal_length),
        ragged=head.equal_length is False,
    )
    row = (_StampedRow if head.timestamps else _Row)(lines, head, regular)
    for line in content:
        channels, text = row.split(line)
        cases.add(channels, None if text is None else row.label(text))
    X, y = cases.finish()
    _check_classes(lines, head, cases)
    doubts = head.doubts
    if head.missing is False and cases.missing_line:
        doubts += (str(lines.malformed("a value is missing, but the head says '@missing false'", cases.missing_line)),)
    return X, y, doubts


def _check_classes(lines: Lines, head: Head, cases: Cases) -> None:
    """Refuse a label that may be several classes of the file, because the head names them without quotes."""
    if head.classes is None:
        return cases.check_spelling()
    for label, line in cases.first_line.items():
        words = words_of(label)
        if label not in head.classes.names and all(word in cases.first_line for word in words):
            what = f"class {shown(label)} may be {len(words)} classes: put it in quotes in @classLabel"
            raise lines.malformed(what, line)


class _Row:
    """How lines behind ``@data`` are read."""

    def __init__(self, lines: Lines, head: Head, regular: bool):
        self.lines = lines
        self.head = head
        self.steps = RegularSteps() if regular else None

    def split(self, line: str) -> tuple[list[str], str | None]:
        """The channels of a case, and its label as it stands there, None where the head says that there is none."""
        if self.head.labels is None:
            channels = line.removesuffix(":").split(":")
            if self.head.n_channels is None and "," not in channels[-1] and "," in line and line[-1] != ":":
                raise self.lines.malformed(
                    f"a single value, {shown(channels[-1])}, stands behind the last ':', but the head says that there "
                    "is no class: say '@classLabel true' if it is one, or "
                    f"'@dimensions {len(channels)}' if it is a channel"
                )
            return channels, None
        end = quoted_end(line, ":")
        if end:
            return end[0].split(":"), end[1]
        *channels, label = line.split(":", -1 if self.head.n_channels is None else self.head.n_channels)
        if not channels:
            raise self.lines.malformed(f"no ':' separates the series from the {self.head.labels}")
        return channels, label.strip(WHITESPACE)

    def label(self, text: str) -> str | float:
        """The class or the target that a text stands for."""
        in_quotes = text.startswith(QUOTES)
        label = without_quotes(text, self.lines)
        if not label or (not in_quotes and self._is_none(label)):
            raise self.lines.malformed(f"the {self.head.labels} is missing behind the last ':', found {shown(text)}")
        if self.head.labels == "target":
            value = number(label)
            if value is not None:
                return value
        elif self.head.classes:
            name = self.head.classes.meant_by(label)
            if name is not None:
                return name
        elif in_quotes or ":" not in label:
            return label
        raise self._no_label(label)

    def _is_none(self, label: str) -> bool:
        """Whether what stands in the place of a label, without quotes, is none: missing, or another channel."""
        if label == "?" or ("," in label and is_row(label)):
            return True
        return self.head.classes is None and ":" not in label and ("," in label or label.lower() in MISSING)

    def _no_label(self, label: str) -> ValueError:
        if self.head.n_channels is not None and ":" in label:
            return self.lines.malformed(
                f"{self.head.n_channels + label.count(':')} channels, but the head says {self.head.n_channels}; "
                "a class with ':' must be declared or stand in quotes"
            )
        if self.head.labels == "target":
            return self.lines.malformed(f"the target {shown(label)} is not a finite number")
        hint = "; put a class of several words in quotes in @classLabel" if len(words_of(label)) > 1 else ""
        return self.lines.malformed(f"class {shown(label)} is not among {self.head.classes}{hint}")


class _StampedRow(_Row):
    """How lines of pairs ``(time,value)`` are read."""

    def split(self, line: str) -> tuple[list[str], str | None]:
        """See `_Row`; the time stamps are looked at here."""
        stamps: list[list[str]] = [[]]
        values: list[list[str]] = [[]]
        start = 0
        while True:
            pair = PAIR.match(line, start)
            if not pair:
                raise self.lines.malformed(f"expected '(time,value)', found {shown(line[start : start + 100])}")
            stamps[-1].append(pair[1])
            values[-1].append(pair[2])
            separator = line[pair.end() : pair.end() + 1]
            start = pair.end() + 1
            if separator not in (",", ":", ""):
                raise self.lines.malformed(f"expected ',' or ':' behind ')', found {shown(separator)}")
            if separator == ",":
                continue
            if len(stamps) == self.head.n_channels or not BRACKET.match(line, start):
                break
            stamps.append([])
            values.append([])
        text = line[start:].strip(WHITESPACE)
        if self.head.labels is None and text:
            raise self.lines.malformed(f"the head says that there is no class, found {shown(text)}")
        self._check(stamps)
        return [",".join(channel) for channel in values], None if self.head.labels is None else text

    def _check(self, stamps: list[list[str]]) -> None:
        if self.steps is None:
            return
        try:
            self.steps.check(stamps)
        except ValueError as error:
            hint = "read_ts with timestamps='ignore' takes values in the order in which they stand"
            raise self.lines.malformed(f"{error}; {hint}") from None
