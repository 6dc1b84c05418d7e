"""What the tests of several folders share."""

import os
import signal
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores, and threads that wait for each other take them
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is loaded, here or in other processes

import pytest
from painting import unpainted
from threadpoolctl import threadpool_limits

if "PYTEST_XDIST_WORKER" in os.environ:
    threadpool_limits(int(os.environ["OPENBLAS_NUM_THREADS"]), "blas")  # a plugin may have loaded NumPy before

SOURCE = Path(__file__).parents[1] / "src"
collect_ignore = ["typing/user_script.py"]  # whoever imports it, as a search for doctests does, runs it


@pytest.fixture(scope="session")
def with_checks(tmp_path_factory):
    """The environment of a process whose loops check every read and write.

    They are compiled anew, which takes longest: so all tests share one cache of them, in all workers of a run, and the
    compiler spends less time on making them fast.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    return clean | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1", "NUMBA_CACHE_DIR": str(folder / "with_checks")}


@pytest.fixture
def in_time():
    """A test that waits for ever, as for somebody to write into a pipe, fails after some seconds."""
    if not hasattr(signal, "SIGALRM"):  # Windows
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waited for ever"))
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def pyplot():
    """Pyplot without a display; what a test leaves open is closed."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.close("all")
    yield pyplot
    pyplot.close("all")


@pytest.fixture(name="unpainted")
def unpainted_pages():
    """Pages are written with figures that are made, but not painted."""
    with unpainted():
        yield


def pytest_collection_modifyitems(items):
    """The examples of docstrings are slow tests: each fits a model as a user would."""
    for item in items:
        if item.path.is_relative_to(SOURCE):
            item.add_marker(pytest.mark.slow)
