"""What the ranks of ``test_mpi.py`` do in jobs that fail, and how ranks go on from what failed jobs have left.

Run as ``mpiexec -n 2 python -m mpi4py tests/mpi_fault.py KIND FOLDER``. When the fault happens, its time is written to
FOLDER/fault.
"""

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import numpy as np
from mpi_fit import GROUP, few_channels, fitted, intercepted, outcome, small_pieces

FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else None
FITTED = {"group_size": GROUP, "search_candidates": 200, "random_state": 0}


def note():
    """Write down that the fault is now."""
    (FOLDER / "fault").write_text(repr(time.time()))


def fail():
    """An error in the middle of a fit."""
    note()
    raise MemoryError("too much")


def die():
    """The process is gone at once."""
    note()
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_piece(nth):
    """The process is gone when its nth piece of columns has been written, but does not have its name yet."""
    rename, written = os.replace, []

    def instead(source, target):
        if Path(target).match("columns*.piece"):
            written.append(target)
            if len(written) == nth:
                die()
        rename(source, target)

    return mock.patch.object(os, "replace", instead)


def bank():
    """Of all models here."""
    from lightwaves import Prism

    return Prism(400)


def resumed(comm, mine, folder):
    """Go on: the model, and how many pieces this rank computed."""
    counts = []
    with ExitStack() as stack:
        kinds = "search.shares.ComputeBlocks", "search.screening.Score", "search.cross_fitting.Fold"
        for target in (f"{kind}.__call__" for kind in kinds):
            counts.append(stack.enter_context(intercepted(target, 0, note)))
        told = outcome(comm, *few_channels(), mine, bank=bank(), checkpoint=folder, **FITTED)
    return told, sum(map(len, counts))


def resume(comm):
    """What ranks make of what jobs have left in which one was killed."""
    from lightwaves import channels_of_rank

    X, y = few_channels()
    found = {
        f"resumed: {name}": comm.gather(resumed(comm, mine, FOLDER / name))
        for name, mine in (("piece", channels_of_rank(14, GROUP, comm)), ("head of a checkpoint", None))
    }
    kept = FOLDER / "head of a checkpoint"
    other = comm.gather(outcome(comm, X, np.roll(y, 1), bank=bank(), checkpoint=kept, **FITTED))
    return found | {"resumed: other y": other}


def main():
    """Do what the first argument says."""
    from mpi4py import MPI

    world, kind = MPI.COMM_WORLD, sys.argv[1]
    if kind == "outside" and world.rank == 1:
        world.recv(source=0)  # the other rank is about to wait for this one
        note()
        raise LookupError("no such file")

    from lightwaves import channels_of_rank

    small_pieces()
    (X, y), mine, here = few_channels(), channels_of_rank(14, GROUP, world), world.rank == 1
    options = {"bank": bank(), **FITTED}
    if kind == "ridge" and here:
        with intercepted("selection.products.Dual.__init__", 2, fail):
            fitted(world, X, y, **options)
    elif kind == "outside":
        world.send(None, dest=1)
        fitted(world, X, y, **options)
    elif kind == "piece":
        with die_at_piece(2 if here else 0):
            fitted(world, X, y, mine, checkpoint=FOLDER / "kept", **options)
    elif kind == "head of a checkpoint":
        with intercepted("estimators.judging.put_together", 1, die):
            fitted(world, X, y, checkpoint=FOLDER / "kept", **options)
    else:
        fitted(world, X, y, **options)


if __name__ == "__main__":
    main()
