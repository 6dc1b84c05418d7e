"""Reading time series: the ``.ts`` files of the UEA archive."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = float(np.finfo(np.float32).max)
Series = NDArray[np.float32] | list[NDArray[np.float32]]


def read_ts(path: str | os.PathLike[str]) -> tuple[Series, NDArray[Any]]:
    r"""Read a ``.ts`` file of the UEA archive.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    X : float32 (n_cases, n_channels, n_timepoints), or, for unequal lengths, a list of float32 arrays
        (n_channels, n_timepoints_i). A missing value, ``?``, is NaN.
    y : array (n_cases,) of str, or of float where the file holds targets of a regression

    Raises
    ------
    ValueError
        If the file is malformed; the message names its line.
    OSError
        If it cannot be read.

    Notes
    -----
    Lines before ``@data`` are ``@key value`` or comments behind ``#``. Each line after it is one case: channels
    separated by colons, values by commas, the class at the end. Files with time stamps are not read.

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
    header: dict[str, str] = {}
    cases: list[NDArray[np.float32]] = []
    labels: list[str | float] = []
    in_data = False
    number = 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, raw in enumerate(file, start=1):
            line = raw.strip().lstrip("\ufeff")
            if not line or line.startswith("#"):
                continue
            if in_data:
                case, label = _case(line, number, header, path)
                if cases and len(case) != len(cases[0]):
                    raise _malformed(path, number, f"{len(case)} channels, but {len(cases[0])} in the first case")
                cases.append(case)
                labels.append(label)
            elif line.lower() == "@data":
                in_data = True
                _check_header(header, number, path)
            elif line.startswith("@"):
                key, _, value = line[1:].partition(" ")
                header[key.lower()] = value.strip()
            else:
                raise _malformed(path, number, f"expected '@key value' or '@data', found {line[:40]!r}")
    if not in_data:
        raise _malformed(path, number, "the file ends without '@data'")
    if not cases:
        raise _malformed(path, number, "no case follows '@data'")
    return _stacked(cases), np.array(labels)


def _check_header(header: dict[str, str], number: int, path: Any) -> None:
    if header.get("timestamps", "false").lower() == "true":
        raise _malformed(path, number, "files with time stamps are not supported")
    for key in ("dimensions", "serieslength"):
        if key in header and not header[key].lstrip("-").isdigit():
            raise _malformed(path, number, f"@{key} must be a whole number, found {header[key]!r}")


def _case(line: str, number: int, header: dict[str, str], path: Any) -> tuple[NDArray[np.float32], str | float]:
    *channels, label = (part.strip() for part in line.split(":"))
    if not channels:
        raise _malformed(path, number, "no ':' separates the series from the class")
    if "," in label or not label:
        raise _malformed(path, number, f"the class is missing behind the last ':', found {label[:40]!r}")
    classes = header.get("classlabel", "").split()[1:]
    if classes and label not in classes:
        raise _malformed(path, number, f"class {label!r} is not among {classes}")
    if "dimensions" in header and len(channels) != int(header["dimensions"]):
        raise _malformed(path, number, f"{len(channels)} channels, but @dimensions says {header['dimensions']}")
    rows = []
    for channel in channels:
        try:
            rows.append([np.nan if v.strip() in ("?", "NaN", "nan") else float(v) for v in channel.split(",")])
        except ValueError as error:
            raise _malformed(path, number, f"channel {len(rows)}: {error}") from None
        if any(abs(v) > LARGEST for v in rows[-1]):
            raise _malformed(path, number, f"channel {len(rows) - 1}: a value is too large for float32")
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        rows = [row + [np.nan] * (lengths[-1] - len(row)) for row in rows]
    equal = header.get("equallength", "false").lower() == "true"
    if equal and "serieslength" in header and lengths != [int(header["serieslength"])]:
        raise _malformed(path, number, f"{lengths[0]} time points, but @seriesLength says {header['serieslength']}")
    if header.get("targetlabel", "false").lower() == "true":
        try:
            return np.array(rows, dtype=np.float32), float(label)
        except ValueError:
            raise _malformed(path, number, f"the target {label!r} is not a number") from None
    return np.array(rows, dtype=np.float32), label


def _stacked(cases: list[NDArray[np.float32]]) -> Series:
    equal = len({case.shape[1] for case in cases}) == 1
    return np.stack(cases) if equal else cases


def _malformed(path: Any, number: int, what: str) -> ValueError:
    return ValueError(f"{os.fspath(path)}, line {number}: {what}.")
