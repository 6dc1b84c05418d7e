"""Files that are whole or not there, and where one can be written."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

KEPT = 40  # characters of a file's name in that of its unfinished copy, which must not become too long


def path_of(path: Any) -> Path:
    """A path that a user gave.

    Raises
    ------
    TypeError
        If it is something else, such as an open file.
    """
    if not isinstance(path, str | bytes | os.PathLike):
        raise TypeError(
            f"path must be a path, as str or pathlib.Path, got {type(path).__name__}; an open file is not taken, since "
            "a file is written whole or not at all."
        )
    return Path(os.fsdecode(path))


def read_whole(path: Any, begin: bytes = b"") -> bytes:
    """All of a regular file; of one that begins otherwise than it should, which may be any file, only that beginning.

    Raises
    ------
    TypeError, OSError
        If it is no path, or cannot be read.
    ValueError
        If it is no file, but a pipe or a device, which may have no end.
    """
    place = path_of(path)
    if is_pipe(place):
        raise ValueError(f"{place} is a pipe or a device: copy what it gives to a file.")
    with open(place, "rb") as file:
        found = file.read(len(begin))
        if found == begin:
            file.seek(0)
            found = file.read()
    return found


def is_pipe(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a pipe, of which a reader waits until somebody writes, or a device."""
    mode = os.stat(path).st_mode
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def place_for(path: Any) -> Path:
    """Where a file is to be written, links followed.

    Raises
    ------
    TypeError
        If it is no path.
    OSError
        If no file can be there; the message says why.
    """
    given = path_of(path)
    place = Path(os.path.realpath(given))
    if place.is_dir() or os.path.basename(os.fsdecode(path)) in ("", os.curdir, os.pardir):
        raise IsADirectoryError(errno.EISDIR, "this is a folder: name a file in it", str(given))
    if given.exists() and not given.is_file():  # a pipe, such as /dev/stdout, whose real path is none
        raise OSError(errno.EEXIST, "this is no regular file: name another", str(given))
    if not place.parent.is_dir():
        home = "; for ~, pass os.path.expanduser(path)" if str(given).startswith("~") else ""
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {place.parent}: make it first{home}", str(given))
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "its folder is write-protected: name another", str(given))
    if place.is_symlink():
        raise OSError(errno.ELOOP, "this link leads nowhere", str(given))
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, "this file is write-protected: name another", str(given))
    return place


def write_whole(place: Path, content: bytes) -> None:
    """Write a file, so that whoever looks finds the old one or the new one; see `writing`."""
    with writing(place) as out:
        out.write(content)


def write_pair(first: tuple[Path, bytes], second: tuple[Path, bytes]) -> None:
    """Write two files; if the second cannot be written, the first is as it was before."""
    before = first[0].read_bytes() if first[0].exists() else None
    write_whole(*first)
    try:
        write_whole(*second)
    except BaseException:
        if before is None:
            first[0].unlink()
        else:
            write_whole(first[0], before)
        raise


@contextlib.contextmanager
def writing(place: Path) -> Iterator[BinaryIO]:
    """A file to write into, so that whoever looks finds the old one or the new one, whole, and nothing beside it.

    It is written under another name, which nobody else uses, brought to the disk, and then renamed. It keeps the
    permissions of the file that it replaces.
    """
    partial = place.with_name(f"{place.name[:KEPT]}.{uuid.uuid4().hex}.partial")
    try:
        try:
            out = open(partial, "xb")  # noqa: SIM115
        except OSError as error:  # which names what nobody has heard of
            raise OSError(error.errno, error.strerror, str(place)) from error
        try:
            with out:
                yield out
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:  # as of a full disk, which names nothing
            raise OSError(error.errno, f"{error.strerror or error}: nothing was written", str(place)) from error
        with contextlib.suppress(OSError):  # there was no file, or the file system keeps no permissions
            partial.chmod(stat.S_IMODE(place.stat().st_mode))
        os.replace(partial, place)
    finally:
        partial.unlink(missing_ok=True)
