"""A file that says who works in a folder, and that one process at a time can hold."""

from __future__ import annotations

import errno
import json
import os
import platform
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from threading import Lock as ThreadLock
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

BEHIND = 1 << 20  # the byte that is locked: far behind what the file says, which others must be able to read
BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

_guard = ThreadLock()
_held: set[tuple[int, Path]] = set()  # by this process: the operating system would give it the same lock again


class InUseError(RuntimeError):
    """Somebody else holds the lock; the message says who."""


class Lock:
    """A lock of the operating system on a file, which a process loses when it ends, however it ends.

    Parameters
    ----------
    file : path
        It is there only while it is held, or after its holder was killed: then nobody holds it.

    Notes
    -----
    It keeps out other processes, on other machines too where the file system has locks for all of them, as NFS has, and
    other threads of this process. Where a file system has none, a warning says so.
    """

    def __init__(self, file: Path):
        self.file = Path(os.path.realpath(file))
        self._open: BinaryIO | None = None
        self._process = 0

    def take(self) -> bool:
        """Hold it from now on.

        Returns
        -------
        bool
            False where the file system has no locks.

        Raises
        ------
        InUseError
            If somebody else holds it.
        OSError
            If there can be no such file.
        """
        with _guard:
            self._process = os.getpid()
            if (self._process, self.file) in _held:
                raise InUseError(f"process {self._process}, which is this one,")
            try:
                self._open = locked(self.file)
            except OSError as error:
                if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                    raise
                self.file.unlink(missing_ok=True)
                warnings.warn(
                    f"the file system of {self.file.parent} has no locks ({error.strerror}): make sure that no other "
                    "job works there.",
                    stacklevel=2,
                )
                return False
            _held.add((self._process, self.file))
        who = {"process": self._process, "machine": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        self._open.truncate(0)
        self._open.write(json.dumps(who).encode())
        self._open.flush()
        return True

    def release(self) -> None:
        """Let go, if it is held; the file is removed."""
        if self._open is None or self._process != os.getpid():  # a forked process holds nothing
            return
        with _guard:
            if sys.platform == "win32":  # where an open file cannot be removed
                self._open.close()
            with suppress(OSError):
                self.file.unlink(missing_ok=True)  # while nobody else can have locked it
            self._open.close()
            self._open = None
            _held.discard((self._process, self.file))


def locked(file: Path) -> BinaryIO:
    """The file, open, and locked by this process."""
    while True:
        opened = open(file, "a+b")  # noqa: SIM115
        try:
            lock(opened.fileno())
            if still_there(opened, file):
                return opened
        except OSError as error:
            who = holder(opened)
            opened.close()
            if error.errno in BUSY:
                raise InUseError(who) from None
            raise
        opened.close()  # somebody has let go, and removed it, in between


def lock(descriptor: int) -> None:
    """Lock one byte of an open file for this process, or raise an OSError at once."""
    if sys.platform == "win32":
        os.lseek(descriptor, BEHIND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, BEHIND)


def still_there(opened: BinaryIO, file: Path) -> bool:
    """Whether an open file is the one that has that name now."""
    try:
        return os.path.samestat(os.fstat(opened.fileno()), os.stat(file))
    except FileNotFoundError:
        return False


def holder(opened: BinaryIO) -> str:
    """Who holds the lock, in words."""
    try:
        opened.seek(0)
        who = json.loads(opened.read(1000))
        return f"process {who['process']} on {who['machine']}, since {who['since']},"
    except (ValueError, KeyError, TypeError, OSError):  # it has only just begun
        return "another process"
