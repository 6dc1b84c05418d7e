"""Where compiled loops are kept, so that of many processes one compiles and the others load.

numba keeps them beside the source, or else in the user's cache folder. Where neither can be written to, as in many
containers, a folder among the user's temporary files takes their place.
"""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.resources import files
from time import monotonic, sleep
from typing import IO, Any

from numba import config
from numba.core.caching import FunctionCache, NullCache
from numba.core.compiler_lock import global_compiler_lock

try:
    import fcntl
except ImportError:  # Windows: there each process compiles what it misses
    fcntl = None  # type: ignore[assignment]

LONGEST = 60.0  # seconds that a process waits for another: longer than any loop takes to compile

if hasattr(os, "register_at_fork"):  # whoever forks waits for the loop that another thread compiles
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )


class SharedCache(FunctionCache):
    """numba's cache of one function: what no process has compiled yet, one compiles while the others wait for it."""

    turn: IO[bytes] | None = None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for a signature, or None: then this process compiles and saves it."""
        found = self._kept(sig, target_context)
        if found is None and self.turn is None:
            self.turn = locked(f"{self._cache_file._index_path}.lock")
            found = self._kept(sig, target_context)
            if found is not None:
                self.end_turn()
        return found

    def _kept(self, sig: Any, target_context: Any) -> Any:
        """What is kept for a signature; where a file was cut off, all is forgotten and compiled again."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # of any kind: pickle meets damage in many ways
            with suppress(OSError):
                self.flush()
            return None

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        """What is kept is of this source: a loop holds steps of other files, whose changes numba does not see."""
        return super()._index_key(sig, codegen), digest_of_loops()

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled function, and let those go on who wait for it."""
        with suppress(Exception):  # such as of a disk that is full, or of damage there: then nobody finds it
            super().save_overload(sig, data)
        self.end_turn()

    def end_turn(self) -> None:
        """Let another process compile."""
        turn, self.turn = self.turn, None
        if turn is not None:
            fcntl.flock(turn, fcntl.LOCK_UN)
            turn.close()


def letting_go(compile_: Callable[..., Any], cache: Any) -> Callable[..., Any]:
    """A way to compile that lets another process begin where it fails, or somebody interrupts it."""

    def compile_or_let_go(*arguments: Any) -> Any:
        try:
            return compile_(*arguments)
        except BaseException:
            if isinstance(cache, SharedCache):
                cache.end_turn()
            raise

    return compile_or_let_go


def keeping_signals(compile_: Callable[..., Any]) -> Callable[..., Any]:
    """A way to compile that loses no interrupt, and no other error that a handler of a signal raises.

    LLVM calls back to Python. What is raised there is lost. So handlers are called when the compilation has ended.
    """

    def compile_and_then(*arguments: Any) -> Any:
        handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        own = {number: handler for number, handler in handlers.items() if callable(handler)}
        came: dict[Any, Any] = {}  # the frame of the last one of each
        try:
            for number in own:
                signal.signal(number, came.__setitem__)
        except ValueError:  # in another thread than the first, in which all of them are handled
            return compile_(*arguments)
        try:
            return compile_(*arguments)
        finally:
            for number in reversed(own):  # interrupts are let in after most others
                signal.signal(number, own[number])
            for number, frame in came.items():
                own[number](number, frame)

    return compile_and_then


def cache_of(function: Any) -> Any:
    """The cache of a function; one that keeps nothing, where there is no place to write to."""
    try:
        return SharedCache(function)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        folder = own_folder()
    if folder is None:
        return NullCache()
    elsewhere, config.CACHE_DIR = config.CACHE_DIR, folder
    try:
        return SharedCache(function)
    except RuntimeError:  # there is no source, as in a frozen application
        return NullCache()
    finally:
        config.CACHE_DIR = elsewhere


@cache
def digest_of_loops() -> str:
    """What tells the source of all loops, which may lie in a zip file, from that of another version."""
    digest = hashlib.sha256()
    for file in sorted(files("lightwaves.loops").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def own_folder() -> str | None:
    """A temporary folder that nobody else can write to, since what lies there is run; None where there is none."""
    if not hasattr(os, "getuid"):
        return None
    try:
        path = os.path.join(tempfile.gettempdir(), f"lightwaves-{os.getuid()}")
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
        found = os.lstat(path)
    except OSError:
        return None
    safe = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return path if safe else None


def locked(path: str) -> IO[bytes] | None:
    """A file, once no other process has it locked; None where files cannot be locked, or it takes too long."""
    if fcntl is None:
        return None
    end = monotonic() + LONGEST
    with suppress(OSError):
        file = open(path, "ab")  # noqa: SIM115 (it stays open for as long as it is locked)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            except BlockingIOError:
                if monotonic() > end:
                    break
                sleep(0.02)
        file.close()
    return None
