"""Writing ``.ts`` files."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import repeat
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..containers.cases import contents
from ..containers.frames import check_order, is_frame
from ..files import place_for, writing
from ..validation import check_not_masked, shown
from .labels import CONTROL, QUOTES, quoted
from .values import is_row

PLAIN = re.compile(r"""[^\s,:'"\\\ufeff\x01-\x1f\x7f]+""")  # a class that stands in the head as it is


def write_ts(
    X: ArrayLike | Sequence[ArrayLike], y: ArrayLike | None, path: str | os.PathLike[str], *, name: str | None = None
) -> None:
    r"""Write series and their labels as a ``.ts`` file, which `read_ts` and aeon read.

    Parameters
    ----------
    X : array (n_cases, n_channels, n_timepoints) or (n_cases, n_timepoints), or a list of arrays (n_channels,
        n_timepoints_i) or (n_timepoints_i,), or a mapping or frames, as the estimators take them. NaN is a missing
        value.
    y : array (n_cases,), or None
        Classes, as str or int; as float, the targets of a regression. None writes ``@classLabel false``.
    path : str or path
        ``.gz`` at its end compresses the file. An existing file is replaced, once the new one is complete.
    name : str, optional
        ``@problemName``; by default the file's name without its ending. ``_`` stands for what cannot be printed.

    Raises
    ------
    TypeError
        If X holds no real numbers, or y neither classes nor targets.
    ValueError
        If X is empty or ragged, a value is infinite, a class is empty, or y has another length. Nothing is written
        then.
    OSError
        If the file cannot be written. One that was there before stays as it was.

    Notes
    -----
    ``read_ts(path, dtype=X.dtype)`` gives X of float32 or float64 back to the last bit, or, of integers up to 2**53 and
    bools, ``read_ts(path, dtype=float)`` the same numbers. Of float16, read float32. Classes come back as str.

    A class stands in quotes where it could be taken for something else: if it has a colon, a line break, a control
    character or a byte order mark, begins with a quote, begins or ends with white space, is ``?`` or looks like a row
    of numbers. aeon keeps such quotes, turns classes to lower case, and writes ``NaN`` for ``nan`` and ``?`` within
    them.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import numpy as np
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.ts"
    >>> write_ts(np.array([[[1.0, np.nan]], [[3.0, 4.0]]]), ["walk up", "run"], path)
    >>> print(path.read_text())
    @problemName tiny
    @timestamps false
    @missing true
    @univariate true
    @dimensions 1
    @equalLength true
    @seriesLength 2
    @classLabel true run "walk up"
    @data
    1.0,?:walk up
    3.0,4.0:run
    <BLANKLINE>
    """
    check_order(X, y=y)
    cases = _cases(X)
    declaration, ends = _labels(y, len(cases))
    if not isinstance(name, str | None):
        raise TypeError(f"name must be text, got {shown(name)}.")
    head = _head(cases, declaration, _stem(path) if name is None else name)
    packed = os.fsdecode(path).lower().endswith(".gz")
    with (
        writing(place_for(path)) as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if packed else nullcontext(raw) as file,
        np.printoptions(legacy=False),  # else float32 may become text of fewer digits
    ):
        file.write(head.encode())
        for case, end in zip(cases, ends, strict=True):
            file.write((":".join(map(_row, case)) + end + "\n").encode())


def _head(cases: Sequence[NDArray[Any]], declaration: str, name: str) -> str:
    lengths = {case.shape[1] for case in cases}
    n_channels = len(cases[0])
    missing = any(case.dtype.kind == "f" and np.isnan(case).any() for case in cases)
    lines = [
        f"@problemName {_printable('_'.join(name.split())) or 'data'}",
        "@timestamps false",
        f"@missing {str(missing).lower()}",
        f"@univariate {str(n_channels == 1).lower()}",
        f"@dimensions {n_channels}",
        f"@equalLength {str(len(lengths) == 1).lower()}",
        *([f"@seriesLength {lengths.pop()}"] if len(lengths) == 1 else []),
        declaration,
        "@data",
    ]
    return "".join(line + "\n" for line in lines)


def _printable(name: str) -> str:
    """A name without characters that no text has, or that no reader shows."""
    return "".join(c if c.isprintable() else "_" for c in name)


def _stem(path: str | os.PathLike[str]) -> str:
    return re.sub(r"(\.ts)?(\.gz)?$", "", os.path.basename(os.fsdecode(path)), flags=re.IGNORECASE)


# --- series -------------------------------------------------------------------------------------------------


def _cases(X: Any) -> list[NDArray[Any]]:
    """Each case as an array (n_channels, n_timepoints) of float32, float64 or integers."""
    if isinstance(X, Mapping) or is_frame(X) or (isinstance(X, list | tuple) and any(map(is_frame, X))):
        X = contents(X).cases
    X = X if isinstance(X, list | tuple | np.ndarray) else np.asarray(X)
    if isinstance(X, np.ndarray) and not X.ndim:
        raise ValueError(f"X is {X!r}; expected series (n_cases, n_channels, n_timepoints).")
    cases = [_case(x, i) for i, x in enumerate(X)]
    if not cases:
        raise ValueError("X has no cases.")
    for i, case in enumerate(cases):
        if len(case) != len(cases[0]):
            raise ValueError(f"X[{i}] has {len(case)} channels, but X[0] has {len(cases[0])}.")
    return cases


def _case(x: Any, i: int) -> NDArray[Any]:
    if np.ma.is_masked(x):
        raise ValueError(f"X[{i}] has masked values: fill them with NaN, X.astype(float).filled(np.nan).")
    try:
        case = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"X[{i}] is ragged: its channels differ in length.") from error
    case = case[np.newaxis] if case.ndim == 1 else case
    if case.ndim != 2 or not case.size:
        raise ValueError(f"X[{i}] has shape {case.shape}; expected (n_channels, n_timepoints), at least one of each.")
    if case.dtype.kind not in "fiub":
        raise TypeError(f"X[{i}] has dtype {case.dtype}, but real numbers are needed: convert with astype(float).")
    if case.dtype.kind == "f":
        case = case.astype(np.float32 if case.dtype.itemsize <= 4 else np.float64, copy=False)
        if np.isinf(case).any():
            channel, time = (int(place) for place in np.argwhere(np.isinf(case))[0])
            raise ValueError(f"X contains infinity: case {i}, channel {channel}, time point {time}.")
    return case.astype(np.int8) if case.dtype.kind == "b" else case


def _row(channel: NDArray[Any]) -> str:
    """The shortest text that gives each value back."""
    numbers = channel.astype(str).tolist() if channel.dtype == np.float32 else map(str, channel.tolist())
    return ",".join("?" if number == "nan" else number for number in numbers)


# --- labels -------------------------------------------------------------------------------------------------


def _labels(y: Any, n_cases: int) -> tuple[str, Iterator[str]]:
    """The line of the head that declares them, and what stands at the end of each case."""
    if y is None:
        return "@classLabel false", repeat("", n_cases)
    check_not_masked(y)
    if getattr(getattr(y, "dtype", None), "kind", "O") in "mM":  # of nanoseconds, Python has none but ints
        raise TypeError(f"y must hold classes, all str or all int, or targets, all float; it holds {y.dtype}.")
    given = y if isinstance(y, list | tuple) else np.asarray(y)  # of HDF5, say, which gives no objects
    objects = np.asarray(given, dtype=object)  # an array of text would lose a NUL at the end of a label
    if objects.shape != (n_cases,):
        raise ValueError(f"y has shape {objects.shape}, but X has {n_cases} cases.")
    if not any(all(isinstance(label, kind) for label in objects) for kind in (str, Integral, bool | np.bool_)):
        if not all(isinstance(label, Real) for label in objects):
            kinds = ", ".join(sorted({type(label).__name__ for label in objects}))
            raise TypeError(f"y must hold classes, all str or all int, or targets, all float; it holds {kinds}.")
        targets = [float(target) for target in objects]
        if not np.isfinite(targets).all():
            raise ValueError(f"y contains NaN or infinity: case {int(np.argmin(np.isfinite(targets)))}.")
        return "@targetLabel true", (f":{target}" for target in targets)
    labels = [str(label) for label in objects]
    classes = sorted(set(labels))
    for label in classes:
        _check_class(label)
    declared = " ".join(label if PLAIN.fullmatch(label) else quoted(label) for label in classes)
    return f"@classLabel true {declared}", (f":{quoted(label) if _is_doubtful(label) else label}" for label in labels)


def _check_class(label: str) -> None:
    if not label or "\0" in label:
        raise ValueError(f"y has the class {label!r}: a class must not be empty or hold a NUL character.")
    try:
        label.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"y has the class {label!r}, which is no valid text: {error}.") from None


def _is_doubtful(label: str) -> bool:
    """Whether a class, behind the last colon of a line, could be taken for something else."""
    row = "," in label and is_row(label)
    marked = bool(CONTROL.search(label) or re.search("[:\n\r\ufeff]", label))
    return label.startswith(QUOTES) or label != label.strip() or label == "?" or row or marked
