"""What one process has compiled, others load; and what is loaded, only the user can have written.

Run as a script, it compiles a loop, as soon as another process does, and prints how often it had to, and whether it had
to once more; then it does the little work of ``test_jit.py``, where another process does.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numba.core.dispatcher import _FunctionCompiler

from lightwaves.loops import cache
from lightwaves.loops.jit import loop

compiled_only = pytest.mark.skipif(bool(cache.config.DISABLE_JIT), reason="nothing is compiled")
posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here, or cannot be locked")


def doubled(x):
    """Something to compile."""
    return x + x


def n_misses():
    """How often a new loop of the same function has to be compiled."""
    compiled = loop(doubled)
    assert compiled(1.0) == 2
    return sum(compiled.stats.cache_misses.values())


def start(script, *together, **environment):
    """Begin to compile in a process of its own, once all of some files are there, of which it writes the first."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(script), *map(str, together)], env=clean | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def n_compiled(process):
    """How often a process had to compile, and how often once more."""
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    return [int(number) for number in output.split()]


@pytest.fixture
def nowhere(tmp_path):
    """A script where numba finds no place to write to, and a folder for temporary files."""
    script, temporary = tmp_path / "script.py", tmp_path / "temporary"
    shutil.copy(__file__, script)
    (tmp_path / "__pycache__").touch()  # a file, where a folder would be needed
    temporary.mkdir()
    return script, {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull, "TMPDIR": str(temporary)}


@pytest.mark.slow
@posix
def test_of_two_processes_that_fill_an_empty_cache_at_once_one_compiles_and_both_compute_the_same(tmp_path):
    import test_jit

    first, second = tmp_path / "1", tmp_path / "2"
    folder = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    both = [start(__file__, first, second, **folder), start(__file__, second, first, **folder)]
    assert sorted(map(n_compiled, both)) == [[0, 0], [1, 0]]
    for path in (first, second):
        with np.load(path.with_suffix(".npz")) as results:
            test_jit.same(dict(results), test_jit.little_work())
    assert any((tmp_path / "cache").rglob("*.nbc"))


@pytest.mark.slow
@posix
def test_where_nothing_can_be_written_beside_the_source_or_at_home_temporary_files_are_the_cache(nowhere):
    script, environment = nowhere
    assert n_compiled(start(script, **environment)) == [1, 0]
    (folder,) = Path(environment["TMPDIR"]).iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
@posix
def test_where_nothing_can_be_written_at_all_each_process_compiles(nowhere):
    script, environment = nowhere
    taken = Path(environment["TMPDIR"]) / f"lightwaves-{os.getuid()}"
    taken.touch()
    assert n_compiled(start(script, **environment)) == [1, 1]
    assert list(taken.parent.iterdir()) == [taken]
    assert not taken.stat().st_size


@posix
@pytest.mark.parametrize("kind", ["open to others", "a link", "a file"])
def test_a_temporary_folder_that_others_may_have_written_to_is_not_used(kind, tmp_path, monkeypatch):
    path = tmp_path / f"lightwaves-{os.getuid()}"
    if kind == "open to others":
        path.mkdir()
        path.chmod(0o720)
    elif kind == "a link":
        (tmp_path / "elsewhere").mkdir(0o700)
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.touch(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert cache.own_folder.__wrapped__() is None


@posix
def test_a_temporary_folder_is_made_once_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = cache.own_folder.__wrapped__()
    assert path == str(tmp_path / f"lightwaves-{os.getuid()}") == cache.own_folder.__wrapped__()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert cache.own_folder.__wrapped__() is None


@posix
def test_nobody_waits_for_ever(tmp_path, monkeypatch):
    path = str(tmp_path / "lock")
    held = cache.locked(path)
    monkeypatch.setattr(cache, "LONGEST", 0.1)
    assert cache.locked(path) is None
    held.close()
    again = cache.locked(path)
    assert again is not None
    again.close()
    assert cache.locked(str(tmp_path / "missing" / "lock")) is None


def test_a_loop_that_cannot_be_kept_runs_all_the_same(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.FunctionCache, "save_overload", full)
    monkeypatch.setattr(cache.config, "CACHE_DIR", str(tmp_path))
    compiled = loop(lambda x: x + x + x)
    assert compiled(2) == 6
    assert getattr(compiled, "_cache", None) is None or compiled._cache.turn is None


@compiled_only
@posix
def test_whoever_is_interrupted_while_it_compiles_lets_others_do_it(tmp_path, monkeypatch):
    """Once, they waited for a minute."""

    def interrupted(*_):
        assert compiled._cache.turn is not None
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.config, "CACHE_DIR", str(tmp_path))
    compiled = loop(lambda x: x - x)
    monkeypatch.setattr(compiled._compiler, "compile", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compiled(2)
    assert compiled._cache.turn is None


def tripled(x):
    """Something else to compile."""
    return x + x + x


def hits():
    """How often a new loop of the same function finds itself compiled."""
    compiled = loop(tripled)
    assert compiled(2) == 6
    return sum(compiled.stats.cache_hits.values())


@pytest.fixture
def interruptible():
    """Where the tests run in the background, a shell has interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@compiled_only
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)], ids=["interrupt", "end"]
)
def test_what_is_raised_as_a_signal_comes_is_not_lost_in_what_llvm_calls_back(number, error, tmp_path, monkeypatch):
    called_back = ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(number))
    monkeypatch.setattr(cache.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_FunctionCompiler, "compile", lambda *_: called_back())
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: lambda *_: sys.exit(1)}
    before = {each: signal.signal(each, handler) for each, handler in handlers.items()}
    try:
        with pytest.raises(error):
            loop(lambda x: x - x)(2)
        assert {each: signal.getsignal(each) for each in handlers} == handlers
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@compiled_only
@pytest.mark.usefixtures("interruptible")
def test_a_thread_that_is_not_asked_about_signals_compiles(tmp_path, monkeypatch):
    """Up to Python 3.12, the main thread is said to be that which has imported threading first."""

    def refuse(*_):
        raise ValueError("signal only works in main thread of the main interpreter")

    monkeypatch.setattr(cache.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache.signal, "signal", refuse)
    assert loop(lambda x: x - x)(2) == 0


def test_a_loop_is_compiled_again_where_another_file_of_loops_has_changed(tmp_path, monkeypatch):
    """Once, it held the old steps of a file that it uses: after an update, features were the old ones."""
    monkeypatch.setattr(cache.config, "CACHE_DIR", str(tmp_path))
    assert [hits(), hits()] == [0, 1]
    monkeypatch.setattr(cache, "digest_of_loops", lambda: "another source")
    assert [hits(), hits()] == [0, 1]


def test_the_digest_is_of_each_file_of_loops(tmp_path, monkeypatch):
    folder = shutil.copytree(Path(cache.__file__).parent, tmp_path / "loops")
    monkeypatch.setattr(cache, "files", lambda _: folder)
    before = cache.digest_of_loops.__wrapped__()
    assert before == cache.digest_of_loops()
    for path in folder.glob("*.py"):
        content = path.read_bytes()
        path.write_bytes(content + b"#")
        assert cache.digest_of_loops.__wrapped__() != before, path
        path.write_bytes(content)
    assert cache.digest_of_loops.__wrapped__() == before


@pytest.mark.slow
def test_the_digest_is_of_each_file_of_loops_in_a_zip_file_too(tmp_path):
    """Once, it was one of nothing there, as if no file had changed."""
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        for path in Path(cache.__file__).parent.glob("*.py"):
            archive.write(path, f"lightwaves/loops/{path.name}")
        archive.writestr("lightwaves/__init__.py", "from .loops.cache import digest_of_loops")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import lightwaves; print(lightwaves.digest_of_loops())"
    command = [sys.executable, "-c", code, tmp_path / "package.zip"]
    assert subprocess.check_output(command, text=True).strip() == cache.digest_of_loops()


@compiled_only
@pytest.mark.parametrize("length", [0, 40])
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_what_was_cut_off_is_compiled_again(ending, length, tmp_path, monkeypatch):
    """Once, a file of the cache that a dying machine left empty was an EOFError at each call, for ever."""
    monkeypatch.setattr(cache.config, "CACHE_DIR", str(tmp_path))
    hits()
    (damaged,) = tmp_path.rglob(f"*.{ending}")
    damaged.write_bytes(damaged.read_bytes()[:length])
    assert [hits(), hits()] == [0, 1]


def test_without_a_source_nothing_is_kept(monkeypatch):
    """Once, a frozen application could not import the library."""

    def no_locator(function):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(cache, "SharedCache", no_locator)
    assert isinstance(cache.cache_of(tripled), cache.NullCache)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import test_jit

        Path(sys.argv[1]).touch()
        while not all(Path(path).exists() for path in sys.argv[1:]):
            time.sleep(0.001)
    print(n_misses(), n_misses())
    if len(sys.argv) > 1:
        np.savez(sys.argv[1], **test_jit.little_work())
