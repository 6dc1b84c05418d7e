"""Files of NumPy that others have written, ``.npy`` and ``.npz``: looked at before any memory is taken."""

from __future__ import annotations

import math
import os
import zipfile
from collections import Counter
from threading import Lock
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .files import is_pipe
from .sharing import in_forks
from .validation import first_line

NPY, ZIP = b"\x93NUMPY", b"PK"  # with which files begin
AS_NUMPY_PACKS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others take any memory to unpack the first byte
ALWAYS_UNPACKED, LARGEST_RATIO = 1 << 28, 100  # bytes, and how many of them for one that is packed, above that
LAST_CHARACTER = 0x10FFFF  # of Unicode
_one_at_a_time = Lock()  # ast, with which NumPy reads headers, fails now and then in several threads of Python 3.11
HEADERS: dict[tuple[int, ...], Any] = {  # of 3.0 are records alone
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@in_forks
def _renew() -> None:
    global _one_at_a_time
    _one_at_a_time = Lock()


def mapped(path: str | os.PathLike[str], mode: str = "r") -> NDArray[Any]:
    """The array of an ``.npy``, which is read when it is looked at.

    Parameters
    ----------
    path : str or path
    mode : {"r", "c"}, default="r"
        "c" gives an array that can be written to, which leaves the file as it is.

    Returns
    -------
    array
        In Fortran's order, if the file is.

    Raises
    ------
    ValueError
        If this is no such file, or a damaged one. What is told does not name the file.
    OSError
        If it cannot be opened.
    """
    if is_pipe(path):
        raise ValueError("it is a pipe or a device: copy what it gives to a file")
    with open(path, "rb") as file, _one_at_a_time:
        check_array(file, os.fstat(file.fileno()).st_size)
        try:
            array: NDArray[Any] = np.load(path, mmap_mode=mode, allow_pickle=False)  # type: ignore[arg-type]
        except Exception as error:  # NumPy meets damage with errors of many kinds
            raise ValueError(first_line(error)) from error
    check_characters(array)
    return array


def check_array(file: BinaryIO, size: int) -> None:
    """Make sure that a file, from where it stands to its end, is an array as NumPy writes it.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes in all.

    Raises
    ------
    ValueError
        If it is not.
    """
    begin = file.read(len(NPY))
    if begin.startswith(ZIP):
        raise ValueError("it holds several arrays, .npz, each of which needs a file of its own")
    if begin != NPY:
        raise ValueError("it does not begin as an array of NumPy does")
    version: tuple[int, ...] = tuple(file.read(2))
    if len(version) < 2:
        raise ValueError("it ends behind its first bytes: it was cut off")
    if version not in HEADERS:
        raise ValueError(
            f"it is of version {'.'.join(map(str, version))} of the format, not of 1.0 or 2.0, in which NumPy saves "
            "numbers and text: it is damaged, or holds records, each field of which needs a file of its own"
        )
    try:
        place = file.tell()
        try:
            shape, _, dtype = HEADERS[version](file)
        except SystemError:  # see `_one_at_a_time`: another library may be at it, too
            file.seek(place)
            shape, _, dtype = HEADERS[version](file)
        if any(type(n) is not int or n < 0 for n in shape):
            raise ValueError(f"its shape is {shape}")
    except Exception as error:
        raise ValueError(f"what stands before its values is damaged: {first_line(error)}") from error
    if dtype.hasobject:
        raise ValueError(
            "it holds pickled Python objects, which could run anything; save text or numbers with a plain dtype"
        )
    if dtype.itemsize == 0 or (0 in shape and max(shape) > size):
        raise ValueError(f"it is {dtype} {shape}, in which there is no value")
    found, wanted = size - file.tell(), math.prod(shape) * dtype.itemsize
    if found != wanted:
        less = "it was cut off" if found < wanted else "something else stands behind them"
        raise ValueError(f"its values, {dtype} {shape}, take {wanted:,} bytes, but {found:,} are there: {less}")


def check_characters(array: NDArray[Any]) -> None:
    """Make sure that text consists of characters, without which Python can make no text of it.

    Raises
    ------
    ValueError
        If it does not.
    """
    if array.dtype.kind != "U":
        return
    codes = np.ascontiguousarray(array).view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
    if (codes > LAST_CHARACTER).any():
        raise ValueError("its text holds numbers that are no characters: it is damaged")


class Archive:
    """The arrays of an ``.npz``, read one by one.

    Parameters
    ----------
    path : str or path

    Attributes
    ----------
    names : list of str

    Raises
    ------
    ValueError
        If this is no such file, or a damaged one, or two arrays have one name. What is told does not name the file.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self._path = path
        with open(path, "rb") as file:
            is_archive = file.read(len(ZIP)) == ZIP
        try:
            if not is_archive:
                raise ValueError("it does not begin as an archive does")
            with zipfile.ZipFile(path) as archive:
                self._entries = archive.namelist()
        except Exception as error:
            raise ValueError(f"it is no .npz archive, or it is damaged: {first_line(error)}") from error
        self.names = [entry.removesuffix(".npy") for entry in self._entries]
        twice = next((name for name, n in Counter(self.names).items() if n > 1), None)
        if twice is not None:
            raise ValueError(f"it has several arrays {twice!r}: nobody can say which is meant")

    def __getitem__(self, name: str) -> NDArray[Any]:
        """An array by its name.

        Raises
        ------
        ValueError
            If there is none of that name, or it is damaged.
        """
        if name not in self.names:
            raise ValueError(f"it has no array {name!r}, but {', '.join(self.names)}")
        entry = self._entries[self.names.index(name)]
        try:
            with zipfile.ZipFile(self._path) as archive, _one_at_a_time:
                info = archive.getinfo(entry)
                self._check_packed(info)
                with archive.open(entry) as file:
                    check_array(file, info.file_size)  # type: ignore[arg-type]
                with archive.open(entry) as file:
                    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
                    file.read(1)  # the end, where the sum of all bytes is compared
            check_characters(array)
        except Exception as error:
            raise ValueError(f"array {name!r} cannot be read: {first_line(error)}") from error
        return array

    def _check_packed(self, info: zipfile.ZipInfo) -> None:
        """Refuse what takes much more memory than its file."""
        if info.compress_type not in AS_NUMPY_PACKS:
            raise ValueError("it is packed otherwise than NumPy packs; save it with numpy.savez_compressed")
        packed = min(info.compress_size, os.path.getsize(self._path))
        if info.file_size > max(ALWAYS_UNPACKED, LARGEST_RATIO * packed):
            raise ValueError(
                f"unpacked, it is more than {LARGEST_RATIO} times as large; if that is right, save it with "
                "numpy.savez, which packs nothing"
            )
