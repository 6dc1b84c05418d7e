"""What threads share: no thread waits for another without need, and no forked process for threads that it lacks."""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from numba.core.compiler_lock import global_compiler_lock
from threadpoolctl import threadpool_info, threadpool_limits

import lightwaves
from lightwaves import numpy_files, validation
from lightwaves.parallel import lock, threads
from lightwaves.parallel.threads import one_blas_thread
from lightwaves.sharing import cached_property

# said by Python 3.12 and later
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
FORKS = pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="no process is forked here")


class Slow:
    """An object with something to compute."""

    together = threading.Barrier(2)

    @cached_property
    def computed(self):
        """Is there once two threads compute it of two objects."""
        self.together.wait(5)
        return object()


def is_true_in_a_fork(function):
    """Whether a function says so in a process that is forked here."""
    child = os.fork()
    if not child:
        try:
            os._exit(not function())
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


def blas_threads():
    """How many threads linear algebra may use."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_two_threads_compute_at_once_what_each_keeps_in_an_object_of_its_own():
    """Once, with Python 3.10 and 3.11, each waited until the other had done it."""
    objects = Slow(), Slow()
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda one: one.computed, objects))
    assert [one.computed for one in objects] == found  # nobody computes it again


def test_no_module_takes_the_cached_property_of_python():
    sources = {path.name: path.read_text(encoding="utf-8") for path in Path(lightwaves.__file__).parent.rglob("*.py")}
    theirs = re.compile(r"from functools import .*cached_property|functools\.cached_property")
    assert [name for name, source in sources.items() if theirs.search(source)] == ["sharing.py"]


@FORKS
@pytest.mark.parametrize(
    ("module", "name"),
    [(lock, "_guard"), (numpy_files, "_one_at_a_time"), (threads, "_lock"), (validation, "_filters")],
)
def test_what_another_thread_holds_is_free_in_a_forked_process(module, name):
    """Once, the process waited for ever."""
    with ThreadPoolExecutor(1) as other:
        held = getattr(module, name)
        assert other.submit(held.acquire).result()
        free = is_true_in_a_fork(lambda: getattr(module, name).acquire(timeout=1))
        other.submit(held.release).result()
    assert free


@FORKS
def test_linear_algebra_of_a_forked_process_is_not_limited_by_the_fits_of_other_threads():
    """Once, a process that was forked while another thread fitted had one thread for ever."""
    with threadpool_limits(2, "blas"), ThreadPoolExecutor(1) as other:
        limit = one_blas_thread()
        other.submit(limit.__enter__).result()
        assert blas_threads() == {1}
        free = is_true_in_a_fork(lambda: blas_threads() == {2})
        with one_blas_thread():  # its own limit it keeps
            limited = is_true_in_a_fork(lambda: (blas_threads(), threads._n_alone) == ({1}, 1))
        other.submit(partial(limit.__exit__, None, None, None)).result()
        assert (free, limited, blas_threads(), threads._n_alone) == (True, True, {2}, 0)


@FORKS
def test_whoever_forks_waits_until_another_thread_has_compiled_its_loop():
    """Once, a process that was forked during another thread's first fit waited for ever, in its own."""
    began, ended = threading.Event(), threading.Event()

    def compile_for_some_time():
        with global_compiler_lock:
            began.set()
            ended.wait(0.1)

    with ThreadPoolExecutor(1) as other:
        compiling = other.submit(compile_for_some_time)
        began.wait()
        assert is_true_in_a_fork(lambda: global_compiler_lock._lock.acquire(timeout=1))
        compiling.result()
    with global_compiler_lock:  # it has been let go of here, too
        pass
