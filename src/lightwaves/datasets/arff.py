"""Reading ``.arff`` files, WEKA's format, as the UCR and UEA archives use it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .cases import Cases, Series, check_dtype
from .labels import QUOTED, QUOTES, Classes, quoted_end, without_quotes
from .text import COMMENTS, WHITESPACE, Lines, parsed
from .values import number, shown

ATTRIBUTE = re.compile(rf"({QUOTED}|[^{WHITESPACE}{{]+)[{WHITESPACE}]*(.*)")
VALUE = re.compile(rf"({QUOTED})(?=[{WHITESPACE}]*(?:,|$))|([^{WHITESPACE},][^,]*)")
BEFORE_COMMENT = re.compile(f"[{WHITESPACE}]%")
NUMERIC = ("numeric", "real", "integer")
TARGET = re.compile("class|target", re.IGNORECASE)


def read_arff(path: str | os.PathLike[str], *, dtype: DTypeLike | None = None) -> tuple[Series, NDArray[Any] | None]:
    r"""Read an ``.arff`` file with one series, or one bag of series, in each line.

    Parameters
    ----------
    path : str or path
        May be compressed with gzip.
    dtype : {None, numpy.float32, numpy.float64}, default=None
        See `read_ts`.

    Returns
    -------
    X : array (n_cases, n_channels, n_timepoints), or, for unequal lengths, a list of arrays (n_channels,
        n_timepoints_i). A missing value, ``?``, is NaN. The format has no unequal lengths: where all channels of a
        case end in missing values, as in the archives, these pad it and are cut off.
    y : array (n_cases,) of str; of float64 where the last attribute is numeric; None where there is only a series

    Raises
    ------
    ValueError
        If the file is malformed, or a value is too large for the dtype. The message names file and line.
    OSError
        If it cannot be read.

    Notes
    -----
    Two forms are read. Univariate: numeric attributes, one for each time point, then the class. Multivariate: one
    relational attribute, whose own attributes are the time points and whose rows, with ``\n`` between them, are the
    channels; then the class. The class is nominal or a string, or a numeric target; in the univariate form, a target
    must be called so (or ``class``), since it would look like a time point. Sparse lines, dates and weights are
    refused. Behind ``@data``, comments stand behind ``%`` and a space.

    The file is UTF-8, or Latin-1. If most of what is not ASCII is UTF-8, all of it must be.

    References
    ----------
    .. [1] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
       arXiv:1811.00075.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.arff"
    >>> _ = path.write_text(
    ...     "@relation tiny\n@attribute series relational\n@attribute t0 numeric\n@attribute t1 numeric\n"
    ...     "@end series\n@attribute class {a,b}\n@data\n'1,2\\n3,4',a\n'5,6\\n7,8',b\n"
    ... )
    >>> X, y = read_arff(path)
    >>> X.tolist(), y.tolist()
    ([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], ['a', 'b'])
    """
    wanted = check_dtype(dtype)
    return parsed(path, lambda lines: _read(lines, wanted))


def _read(lines: Lines, dtype: np.dtype[Any] | None) -> tuple[Series, NDArray[Any] | None]:
    content = lines.content()
    head = _read_head(lines, content)
    cases = Cases(lines, dtype, n_timepoints=head.n_timepoints, padded=True)
    for line in content:
        channels, text = _relational(lines, line) if head.relational else _univariate(lines, line)
        cases.add(channels, _label(lines, head, text))
    X, y = cases.finish()
    if head.labels == "string":
        cases.check_spelling()
    return X, y


# --- the head -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Head:
    n_timepoints: int
    relational: bool
    labels: str | None  # "nominal", "string", "numeric" or None
    classes: Classes | None


@dataclass(frozen=True)
class _Attribute:
    name: str
    kind: str  # "numeric", "nominal", "string" or "relational"
    classes: Classes | None
    line: int


def _read_head(lines: Lines, content: Iterator[str]) -> _Head:
    attributes: list[_Attribute] = []
    n_inner = 0
    inside = False
    for line in content:
        key, *rest = re.split(f"[{WHITESPACE}]+", line, maxsplit=1)
        key = key.lower()
        if key == "@data":
            if inside:
                raise lines.malformed("'@end' is missing behind the relational attribute")
            if rest and not rest[0].startswith(COMMENTS):
                raise lines.malformed(f"nothing may follow '@data', found {shown(rest[0])}")
            return _checked_head(lines, attributes, n_inner)
        if key == "@end" and inside:
            inside = False
        elif key == "@attribute":
            attribute = _attribute(lines, rest[0] if rest else "")
            if inside and attribute.kind != "numeric":
                raise lines.malformed(f"a relational attribute of {attribute.kind} ones is not read")
            n_inner += inside
            if not inside:
                attributes.append(attribute)
            inside = inside or attribute.kind == "relational"
        elif key != "@relation":
            raise lines.malformed(f"expected '@relation', '@attribute', '@end' or '@data', found {shown(line)}")
    raise lines.malformed("the file ends without '@data'")


def _attribute(lines: Lines, declaration: str) -> _Attribute:
    match = ATTRIBUTE.fullmatch(declaration)
    if not match:
        raise lines.malformed(f"expected a name and a type, found {shown(declaration)}")
    name, kind = match[1], match[2]
    classes = None
    if kind.startswith("{") and kind.endswith("}"):
        classes, kind = _nominal(lines, kind[1:-1]), "nominal"
    kind = "numeric" if kind.lower() in NUMERIC else kind.lower()
    if kind not in ("numeric", "nominal", "string", "relational"):
        raise lines.malformed(f"an attribute of type {shown(kind)} is not read")
    return _Attribute(name, kind, classes, lines.number)


def _nominal(lines: Lines, values: str) -> Classes:
    names = [without_quotes((in_quotes or bare).strip(WHITESPACE), lines) for in_quotes, bare in VALUE.findall(values)]
    if not names or not all(names):
        raise lines.malformed("a class without a name, or none at all")
    return Classes(names)


def _checked_head(lines: Lines, attributes: list[_Attribute], n_inner: int) -> _Head:
    relational = bool(attributes) and attributes[0].kind == "relational"
    series, rest = (attributes[:1], attributes[1:]) if relational else (attributes[:-1], attributes[-1:])
    n_timepoints = n_inner if relational else len(series)
    if not n_timepoints:
        raise lines.malformed("the file declares no time points")
    for attribute in [*rest[1:], *(() if relational else series)]:
        if attribute.kind != "numeric" or relational:
            what = f"attribute {attribute.name} is {attribute.kind}: time points are numeric, and the class comes last"
            raise lines.malformed(what, attribute.line)
    label = rest[0] if rest else None
    if label and label.kind == "relational":
        raise lines.malformed("a relational attribute must come first", label.line)
    if label and not relational and label.kind == "numeric" and not TARGET.search(label.name):
        what = f"the last attribute, {label.name}, is numeric: a class must be nominal, a target be called 'target'"
        raise lines.malformed(what, label.line)
    return _Head(n_timepoints, relational, label.kind if label else None, label.classes if label else None)


# --- cases --------------------------------------------------------------------------------------------------


def _relational(lines: Lines, line: str) -> tuple[list[str], str]:
    """The channels of a case, and what stands behind them."""
    end = line.find(line[0], 1) if line.startswith(QUOTES) else -1
    if end < 0:
        raise lines.malformed(f"expected series in quotes, found {shown(line)}")
    return line[1:end].split(r"\n"), line[end + 1 :].strip(WHITESPACE)


def _univariate(lines: Lines, line: str) -> tuple[list[str], str]:
    """The one channel of a case, and what stands behind it."""
    if line.startswith("{"):
        raise lines.malformed("a sparse line is not read")
    end = quoted_end(line, ",")
    series, _, text = line.rpartition(",")
    return ([end[0]], "," + end[1]) if end else ([series], "," + text)


def _label(lines: Lines, head: _Head, rest: str) -> str | float | None:
    text = rest[1:].strip(WHITESPACE)
    if head.labels is None:
        if rest:
            raise lines.malformed(f"the head declares no class, found {shown(rest)}")
        return None
    if not rest.startswith(",") or text in ("", "?"):
        raise lines.malformed(f"the class is missing, found {shown(rest)}")
    label = without_quotes(text, lines)
    if head.labels == "string" and label == text and BEFORE_COMMENT.search(text):
        raise lines.malformed(f"a comment behind the class, found {shown(text)}: take it out, or quote the class")
    if not label:
        raise lines.malformed(f"the class is missing, found {shown(rest)}")
    meant: str | float | None = label
    if head.labels == "numeric":
        meant = number(label)
    elif head.classes:
        meant = head.classes.meant_by(label)
    if meant is None and head.classes:
        raise lines.malformed(f"class {shown(label)} is not among {head.classes}")
    if meant is None:
        raise lines.malformed(f"the target {shown(label)} is not a finite number")
    return meant
