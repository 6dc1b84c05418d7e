"""Reading files of the UCR archive's form: a class and a series in each line."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .cases import Cases, Series, check_dtype
from .labels import QUOTED, without_quotes, words_of
from .text import WHITESPACE, Lines, parsed
from .values import MISSING, is_row, number, shown

OF_CLASSES = ("category", "class", "label", "target", "y")  # what a column of classes is called
LARGEST_CLASS = 1e15
N_LOOKED_AT = 100  # fields of a first line, or lines
UNEVEN = 0.01  # of a step
FEWEST_COUNTED = 5  # values behind a class that is a number, which they go on from


def read_ucr(path: str | os.PathLike[str], *, dtype: DTypeLike | None = None) -> tuple[Series, NDArray[Any]]:
    r"""Read a ``.tsv``, ``.csv`` or ``.txt`` file of the UCR archive's form.

    Parameters
    ----------
    path : str or path
        May be compressed with gzip.
    dtype : {None, numpy.float32, numpy.float64}, default=None
        See `read_ts`.

    Returns
    -------
    X : array (n_cases, 1, n_timepoints), or, for unequal lengths, a list of arrays (1, n_timepoints_i)
        A missing value, ``?`` or ``NaN``, is NaN. Missing values at the end of a line pad it, as in the archive, and
        are cut off.
    y : array (n_cases,) of str
        A class that is a whole number is written as one: ``1`` for ``1.0000000e+00``.

    Raises
    ------
    ValueError
        If the file is malformed, or a value is too large for the dtype. If the last line alone is shorter and no end of
        line stands behind it, as in a file that was cut off. The message names file and line.
    OSError
        If it cannot be read.

    Warns
    -----
    UserWarning
        If at most one case in ten has another length, and all others have one length: a value may be lost.

    Notes
    -----
    Each line is a case: its class, then the values. Tabs, commas, semicolons or white space separate them; the first
    line decides. A first line of names is refused. So is one of numbers in even steps, up or down, as pandas numbers
    columns, if no other line is such and classes of the others come again; where its class is a number, the steps begin
    there, and at least five follow. A class is a whole number or a word; another number is refused, since a file that
    has its class at the end would look like that, and so are several numbers, unless they stand in quotes. Comments
    stand behind ``#`` or ``%`` and a space.

    The file is UTF-8, or Latin-1. If most of what is not ASCII is UTF-8, all of it must be.

    References
    ----------
    .. [1] H. A. Dau et al., "The UCR Time Series Archive", 2018, arXiv:1810.07758.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.tsv"
    >>> _ = path.write_text("1\t.5\t.25\t.5\n-1\t1\t2\t3\n")
    >>> X, y = read_ucr(path)
    >>> X.shape, y.tolist()
    ((2, 1, 3), ['1', '-1'])
    """
    wanted = check_dtype(dtype)
    return parsed(path, lambda lines: _read(lines, wanted))


def _read(lines: Lines, dtype: np.dtype[Any] | None) -> tuple[Series, NDArray[Any]]:
    cases = Cases(lines, dtype, padded=True)
    separator, names = "", False
    widths: list[int] = []
    for line in lines:
        if lines.is_comment(line, "quotes around it in a class"):
            continue
        first = not separator
        separator = separator or _separator(line, lines)
        text, values = _halves(line, separator, lines)
        if names and number(text) is not None:
            raise lines.malformed("the first line of the file names columns, which are not read: remove it")
        names = first and _counts(text, values)
        if first and _looks_like_names(text, values):
            what = (
                f"expected a class and then numbers, found {shown(line)}. If this line names columns, and each other "
                "line is a case, its class and then its series, remove it. If each line is a reading, make series of "
                "the table with lightwaves.from_table(pandas.read_csv(path), ...)"
            )
            raise lines.malformed(what)
        widths.append(values.count(","))
        cases.add([values], _label(text, lines))
    if len(widths) > 2 and len(set(widths[:-1])) == 1 and widths[-1] < widths[0] and not lines.ended:
        raise lines.malformed(
            f"{widths[-1] + 1} values, but {widths[0] + 1} in all lines before, and no end of line stands behind them: "
            "the file may have been cut off. If the last series is so short, end its line"
        )
    X, y = cases.finish()
    assert y is not None  # each line has a class
    with np.errstate(over="ignore", invalid="ignore"):
        names = _first_counts_alone(X, y)
    if names:
        raise lines.malformed(
            f"the first line may name columns, which are not read: behind {shown(str(y[0]))} stand numbers that ascend "
            "or descend as in no other line. Remove it; if it is a case, put another line before it",
            cases.first_line[y[0]],
        )
    return X, y


def _first_counts_alone(X: Series, y: NDArray[Any]) -> bool:
    """Whether the first of many cases ascends or descends evenly as no other, beginning with a class that is a number.

    If the class is a word, it must be of this case alone, and the numbers are all that stands behind it. They need not
    be even where the word is what a column of classes is called.
    """
    first, *others = y.tolist()
    if len(set(others)) == len(others) or (number(first) is None and first in others):
        return False
    rows = [x[0].astype(np.float64) for x in X[:N_LOOKED_AT]]
    if number(first) is not None:
        rows = [np.array([number(label) or 0, *row]) for label, row in zip(y, rows, strict=False)]
        return len(rows[0]) > FEWEST_COUNTED and _is_even(rows[0]) and not any(map(_is_even, rows[1:]))
    ways = (_is_even, _is_monotone) if first.lower() in OF_CLASSES else (_is_even,)
    return any(counts(rows[0]) and not any(map(counts, rows[1:])) for counts in ways)


def _is_monotone(x: NDArray[Any]) -> bool:
    steps = np.diff(x)
    return len(x) > 2 and bool((steps > 0).all() or (steps < 0).all())


def _is_even(x: NDArray[Any]) -> bool:
    steps = np.diff(x)
    return _is_monotone(x) and bool(np.ptp(steps) < UNEVEN * abs(steps.mean()))


def _looks_like_names(text: str, values: str) -> bool:
    """Whether a first line names columns: in words, or as pandas does, 0, 1, 2, and so on."""
    fields = values.split(",", N_LOOKED_AT)[:N_LOOKED_AT]
    counted = [text, *fields] == [str(i) for i in range(len(fields) + 1)]
    n_words = sum(not is_row(field) for field in fields)
    return 2 * n_words > len(fields) or (counted and len(fields) > 1)


def _counts(text: str, values: str) -> bool:
    """Whether a first line may name columns: a word, and then 0, 1, 2 or 1, 2, 3, and so on."""
    fields = values.split(",", N_LOOKED_AT)[:N_LOOKED_AT]
    return number(text) is None and any(fields == [str(i + start) for i in range(len(fields))] for start in (0, 1))


def _separator(line: str, lines: Lines) -> str:
    """What stands between the fields of a line; a space for any white space."""
    behind = re.sub(f"^[ ]*{QUOTED}", "", line)
    found = [separator for separator in ("\t", ";", ",") if separator in behind]
    if len(found) > 1:
        what = f"{found[0]!r} and {found[1]!r} both stand in the line: decimals need a point, a class with one quotes"
        raise lines.malformed(what)
    return found[0] if found else " "


def _halves(line: str, separator: str, lines: Lines) -> tuple[str, str]:
    """The class, and the values with commas between them."""
    quotes = re.match(f"[ ]*({QUOTED})[ ]*", line)
    text, rest = (quotes[1], line[quotes.end() :]) if quotes else ("", line)
    if separator == " ":
        words = words_of(rest)
        text, words = (text, words) if quotes else (words[0], words[1:])
        rest = separator + separator.join(words) if words else ""
    before, found, values = rest.partition(separator)
    if not found or (quotes and before):
        raise lines.malformed(f"expected a class, {separator!r} and values, found {shown(line)}")
    if separator != "," and "," in values:
        raise lines.malformed(f"',' among values that {separator!r} separates: decimals need a point")
    return text or before.strip(WHITESPACE), values.replace(separator, ",")


def _label(text: str, lines: Lines) -> str:
    label = without_quotes(text, lines)
    value = number(label) if label == text else None
    if value is not None:
        if not value.is_integer() or abs(value) > LARGEST_CLASS:
            raise lines.malformed(f"the class {shown(text)} is not a whole number: the class must come first in a line")
        return str(int(value))
    if not label or text.lower() in MISSING:
        raise lines.malformed(f"the class is missing, found {shown(text)}")
    if label == text and (len(words_of(text)) > 1 or "," in text) and all(map(is_row, words_of(text))):
        what = "put the same separator between all fields, or quotes around the class"
        raise lines.malformed(f"the class {shown(text)} is several numbers: {what}")
    return label
