"""A file that says who works in a folder, and that one process at a time can hold."""

from __future__ import annotations

import errno
import json
import os
import platform
import stat
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
    try:
        import fcntl
    except ImportError:  # a Python without the system's locks, as in a browser
        fcntl = None  # type: ignore[assignment]

BEHIND = 1 << 20  # the byte that is locked: far behind what the file says, which others must be able to read
FLAGS = os.O_RDWR | os.O_CREAT
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # where there are such
    FLAGS |= getattr(os, _name, 0)
STRANGE = (errno.ELOOP, errno.EISDIR, errno.ENXIO)  # a link, a folder, a socket
BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)  # macOS has a number for each of the last two

_guard = ThreadLock()
_held: set[tuple[int, Path]] = set()  # by this process: the operating system would give it the same lock again


def _renew() -> None:
    global _guard
    _guard = ThreadLock()


if hasattr(os, "register_at_fork"):  # a forked process has none of the threads that may hold it
    os.register_at_fork(after_in_child=_renew)


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
        self.file = Path(os.path.realpath(file.parent)) / file.name  # which itself must be no link
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
        ValueError
            If something else has its name, such as a link, which could lead to any file.
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
                if error.errno not in NO_LOCKS:
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
        try:
            self._open.truncate(0)
            self._open.write(json.dumps(who).encode())
            self._open.flush()
        except OSError as error:  # as of a full disk, which names nothing
            raise OSError(error.errno, error.strerror, str(self.file)) from error
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
            with suppress(OSError):  # of a full disk, once more
                self._open.close()
            self._open = None
            _held.discard((self._process, self.file))


def locked(file: Path) -> BinaryIO:
    """The file, open, and locked by this process."""
    while True:
        found = opened(file)
        try:
            lock(found.fileno())
        except OSError as error:
            who = holder(found)
            found.close()
            if error.errno in BUSY:
                raise InUseError(who) from None
            raise
        if still_there(found, file):
            return found
        found.close()  # somebody has let go, and removed it, in between


def opened(file: Path) -> BinaryIO:
    """The file, open; it is made where there is none. Nothing but a plain file is opened: it will be overwritten."""
    strange = ValueError(f"{file} is no lock, but something else: delete it.")
    try:
        descriptor = os.open(file, FLAGS, 0o666)
    except OSError as error:
        if error.errno in STRANGE:
            raise strange from None
        raise
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(descriptor)
        raise strange
    return os.fdopen(descriptor, "r+b")


def lock(descriptor: int) -> None:
    """Lock one byte of an open file for this process, or raise an OSError at once."""
    if sys.platform == "win32":
        os.lseek(descriptor, BEHIND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)  # where what is written next belongs
    elif fcntl is None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, BEHIND)


def still_there(found: BinaryIO, file: Path) -> bool:
    """Whether an open file is the one that has that name now."""
    try:
        return os.path.samestat(os.fstat(found.fileno()), os.stat(file))
    except FileNotFoundError:
        return False


def holder(found: BinaryIO) -> str:
    """Who holds the lock, in words."""
    try:
        found.seek(0)
        who = json.loads(found.read(1000))
        return f"process {who['process']} on {who['machine']}, since {who['since']},"
    except (ValueError, KeyError, TypeError, OSError):  # it has only just begun
        return "another process"
