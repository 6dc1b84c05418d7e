"""Whether the program runs under mpiexec, and the communicator of its job."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..parallel.comm import Comm, SerialComm

# What launchers tell each process of a job: Open MPI, and the MPICH family and SLURM's pmi2, its size; PMIx, its rank.
SIZES, RANK = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE"), "PMIX_RANK"
RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", RANK)


def is_in_job(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a launcher of MPI has started this process, and others beside it."""
    sizes = [environment[name] for name in SIZES if name in environment]
    return any(size != "1" for size in sizes) if sizes else RANK in environment


def is_first(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process speaks for the job; before there is a communicator, only its launcher can say."""
    return all(environment[name] == "0" for name in RANKS if name in environment)


def comm_of_job() -> Comm:
    """The communicator of all processes of the job; outside of one, that of a single process.

    Raises
    ------
    ImportError
        If there is a job, but no mpi4py.
    """
    if not is_in_job():
        return SerialComm()
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise ImportError(
            "mpiexec started this program, which needs mpi4py then: pip install 'lightwaves[mpi]'."
        ) from error
    return MPI.COMM_WORLD


def end_job(comm: Any) -> None:
    """End the other processes too, which would wait for this one for ever."""
    if comm.size > 1:
        comm.Abort(1)
