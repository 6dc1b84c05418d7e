"""Reading a file by the ending of its name."""

from __future__ import annotations

import os
from typing import Any

from numpy.typing import DTypeLike, NDArray

from .arff import read_arff
from .cases import Series
from .ts import read_ts
from .ucr import read_ucr

READERS = {".ts": read_ts, ".arff": read_arff, ".csv": read_ucr, ".tsv": read_ucr, ".txt": read_ucr}


def read(path: str | os.PathLike[str], *, dtype: DTypeLike | None = None) -> tuple[Series, NDArray[Any] | None]:
    r"""Read labelled series from a file: ``.ts``, ``.arff``, or ``.csv``, ``.tsv`` and ``.txt`` of the UCR form.

    Parameters
    ----------
    path : str or path
        ``.gz`` may follow the ending.
    dtype : {None, numpy.float32, numpy.float64}, default=None
        None is float32 where nothing of weight is lost, else float64; see `read_ts`.

    Returns
    -------
    X : array (n_cases, n_channels, n_timepoints), or, for unequal lengths, a list of arrays (n_channels,
        n_timepoints_i). A missing value is NaN.
    y : array (n_cases,) of str, or of float64 for a regression; None where the file has no labels

    Raises
    ------
    ValueError
        If the ending is not known, or the file is malformed. The message names file and line.
    OSError
        If the file cannot be read.

    See Also
    --------
    read_ts, read_arff, read_ucr : the readers, with what each of them takes.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.csv"
    >>> _ = path.write_text("walk,1,2,3\nrun,4,5,6\n")
    >>> X, y = read(path)
    >>> X.shape, y.tolist()
    ((2, 1, 3), ['walk', 'run'])
    """
    name = os.fsdecode(path)
    ending = os.path.splitext(name.lower().removesuffix(".gz"))[1]
    if ending not in READERS:
        raise ValueError(f"{name} ends in {ending!r}; expected one of {', '.join(READERS)}, or one of them and '.gz'.")
    return READERS[ending](path, dtype=dtype)
