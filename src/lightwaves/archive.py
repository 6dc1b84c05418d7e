"""Sealed archives: named entries, stored as they are in a ``.npz``, with a digest of the whole at the end.

Nothing that an archive says of itself is trusted: the digest tells accidents, entries are no larger than the file, and
what stands before an array is compared with what must stand there, not read.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

BEGIN = b"PK\x03\x04"  # with which an archive begins, unless it is empty
SEAL = 64  # characters of the digest, which are the archive's comment
END = struct.Struct("<4s4H2LH")  # the record at the end of a zip archive, before its comment
LOCATOR = 20  # bytes of the record that may stand before it, and point to another one
DIRECTORY = 1 << 20  # bytes of the list of entries: thousands of them
UNREADABLE = zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, OverflowError, struct.error


class DamagedError(ValueError):
    """The digest of an archive is not that of its contents, or there is none."""


def sealed(entries: Mapping[str, bytes]) -> bytes:
    """An archive of some entries; the same entries give the same bytes.

    Parameters
    ----------
    entries : dict of bytes
        By their names.

    Returns
    -------
    bytes
        A zip archive whose entries are not compressed. Its comment, the last 64 bytes, is the SHA-256 of all before.
    """
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = bytes(SEAL)
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    body = room.getvalue()[:-SEAL]
    return body + sha256(body).hexdigest().encode()


def opened(content: bytes) -> dict[str, bytes]:
    """The entries of an archive.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    dict of bytes
        Of no more bytes in all than the archive.

    Raises
    ------
    DamagedError
        If the digest is not that of the contents.
    ValueError
        If it is, but this is not such an archive: somebody has made it so.
    """
    if sha256(memoryview(content)[:-SEAL]).hexdigest().encode() != content[-SEAL:]:
        raise DamagedError("its last 64 bytes are not the SHA-256 of those before")
    check_end(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            for info in infos:
                if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
                    raise ValueError(f"entry {info.filename!r} is compressed")
            if len({info.filename for info in infos}) < len(infos):
                raise ValueError("two entries have one name")
            if sum(info.file_size for info in infos) > len(content):
                raise ValueError("the entries are larger than the file")
            return {info.filename: archive.read(info) for info in infos}
    except UNREADABLE as error:
        raise ValueError(f"it is no archive: {error}") from error


def check_end(content: bytes) -> None:
    """Make sure that an archive's end record points to a short list of entries that stands just before it."""
    start = len(content) - SEAL - END.size
    if start < LOCATOR:
        raise ValueError("it is too short for an archive")
    mark, disk, first_disk, here, in_all, size, at, comment = END.unpack_from(content, start)
    whole = (disk, first_disk, here, size + at, comment) == (0, 0, in_all, start, SEAL)
    if mark != b"PK\x05\x06" or not whole or size > DIRECTORY or content[start - LOCATOR :].startswith(b"PK\x06\x07"):
        raise ValueError("it does not end as an archive of this library does")


def npy(array: NDArray[Any]) -> bytes:
    """An array as NumPy's format has it, in little-endian C order."""
    array = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
    return header(array.dtype, array.shape) + array.tobytes()


def array_of(content: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The array that an entry holds, which must be one of that dtype and shape, as `npy` writes it.

    Raises
    ------
    ValueError
        If its dtype, its shape or its size is another.
    """
    before = header(dtype, shape)
    if len(content) != len(before) + math.prod(shape) * dtype.itemsize or not content.startswith(before):
        raise ValueError(f"it is no array {dtype} {shape}")
    values = np.frombuffer(content, np.uint8, offset=len(before)).copy() if math.prod(shape) else np.empty(0, np.uint8)
    return values.view(dtype.newbyteorder("<")).reshape(shape).astype(dtype, copy=False)


def header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """What stands before the values of an array: version 1.0 of NumPy's format, which ``np.load`` reads."""
    described = np.lib.format.dtype_to_descr(dtype.newbyteorder("<"))
    text = f"{{'descr': {described!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode("latin-1")
    n_spaces = -(10 + len(text) + 1) % 64
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + n_spaces + 1) + text + b" " * n_spaces + b"\n"
