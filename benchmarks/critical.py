"""The critical path of a search by more ranks than there are cores: the ranks take turns.

Between each two calls counts the rank that computes most. Each of these times is the median of some fits before ranks
are compared. It leaves out what travels, and what ranks on one machine take from each other's memory; that a rank finds
its caches used by others after each call is in it, and would not be with a core for each.
"""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import table
from harness.results import Results
from scaling import N_CHANNELS, SEARCHES, series

RANKS, REPEATS = (2, 4, 8, 16), 3


class InTurns:
    """A communicator of processes of which one at a time computes, as if it had the machine to itself.

    What they say to each other goes through files; what a rank receives is in its caches when its time begins, as after
    a real call. ``spent`` has the seconds between each two calls.
    """

    def __init__(self, rank, size, turn, meet, folder):
        self.rank, self.size, self._turn, self._meet, self._folder = rank, size, turn, meet, Path(folder)

    def begin(self):
        """Wait for the others, and for a turn."""
        self.spent = []
        self._meet.wait()
        self._turn.acquire()
        self._since = perf_counter()

    def end(self):
        """Let the others go on."""
        self.spent.append(perf_counter() - self._since)
        self._turn.release()
        self._meet.wait()

    def _call(self, obj, whose, use=lambda found: found):
        self.spent.append(perf_counter() - self._since)
        self._turn.release()
        (self._folder / str(self.rank)).write_bytes(pickle.dumps(obj))
        self._meet.wait()
        received = [(self._folder / str(rank)).read_bytes() for rank in whose]
        self._meet.wait()
        self._turn.acquire()
        found = use([pickle.loads(packed) for packed in received])
        self._since = perf_counter()
        return found

    def allgather(self, sendobj):
        """Everybody's object."""
        return self._call(sendobj, range(self.size))

    def gather(self, sendobj, root=0):
        """The same, for the root."""
        return self._call(sendobj, range(self.size) if self.rank == root else ()) or None

    def bcast(self, obj, root=0):
        """The root's object."""
        return self._call(obj, [root])[0]

    def Reduce(self, sendbuf, recvbuf, *, root=0):
        """The sum of everybody's array, for the root."""

        def add(everybodys):
            if self.rank == root:
                recvbuf[...] = np.sum(everybodys, axis=0)

        self._call(sendbuf, range(self.size) if self.rank == root else (), add)


def measure(results: Results, shared: Path) -> None:
    """Seconds of a fit alone, and along the critical path."""
    context = multiprocessing.get_context("spawn")
    for n_ranks in RANKS:
        turn, meet, found = context.Lock(), context.Barrier(n_ranks), context.Queue()
        with tempfile.TemporaryDirectory() as folder:
            given = [(InTurns(rank, n_ranks, turn, meet, folder), found) for rank in range(n_ranks)]
            processes = [context.Process(target=fit_in_turns, args=pair, daemon=True) for pair in given]
            for process in processes:
                process.start()
            of_ranks = [found.get(timeout=600) for _ in processes]
            for process in processes:
                process.join()
        for search in SEARCHES:
            alone = max(of_rank[search][0] for of_rank in of_ranks)
            path = float(np.max([of_rank[search][1] for of_rank in of_ranks], axis=0).sum())
            results.add("critical", search, N_CHANNELS, n_ranks, alone, path, alone / path / n_ranks)


def fit_in_turns(comm, found):
    """For each search, medians in seconds: of the first rank's fits alone, and of each time between two calls."""
    from lightwaves import LightWaveS

    whole, medians = series(range(N_CHANNELS)), {}
    for search, options in SEARCHES.items():
        model, alone, shared = LightWaveS(random_state=0, **options), [], []
        for _ in range(1 + REPEATS):  # the first to warm up
            comm.begin()
            if comm.rank == 0:
                model.fit(*whole)
            comm.end()
            alone.append(sum(comm.spent))
            comm.begin()
            model.fit(*whole, comm=comm)
            comm.end()
            shared.append(comm.spent)
        medians[search] = float(np.median(alone[1:])), np.median(shared[1:], axis=0)
    found.put(medians)


def paths(read: Read) -> str:
    """Milliseconds and efficiency, by search and number of ranks."""
    found = {(row["search"], int(row["ranks"])): row for row in read("critical")}
    counts = sorted({ranks for _, ranks in found})
    rows = []
    for search in dict.fromkeys(search for search, _ in found):
        some = [found.get((search, p)) for p in counts]
        cells = [f"{1e3 * float(row['seconds']):.0f} ms, {float(row['efficiency']):.2f}" if row else "" for row in some]
        rows.append([search, *cells])
    return table(["search", *counts], rows)


BENCHMARK = Benchmark(
    about="the critical path of more ranks than there are cores",
    minutes=8,
    files={"critical": ("search", "n_channels", "ranks", "alone", "seconds", "efficiency")},
    measure=measure,
    tables={("docs/distributed.md", "critical"): paths},
    reads_data=False,
    pinned=False,
)

if __name__ == "__main__":
    BENCHMARK.main()
