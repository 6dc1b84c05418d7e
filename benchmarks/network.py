"""What messages between ranks cost; and, on paper, a search by up to a thousand of them.

The model of a search: it takes ``alone + (each * n_channels * uneven + fixed) / n_ranks`` of work. ``alone`` is what
does not shrink along the critical path, ``uneven`` the groups of the rank that has most over the mean. Communication
adds: for each collective a latency that grows with log2(n_ranks); what is told to all, over the bandwidth of such
calls; what is added up, over that of additions, log2(n_ranks) times; and, for the paper's search, sorting the best of
all ranks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.mpi import is_rank, rows_of_job
from harness.pages import table
from harness.results import Missing, Results
from harness.timing import median_of
from scaling import GROUP_SIZE, MORE_CHANNELS, N_CASES, N_CHANNELS, SEARCHES, WEAK_CHANNELS

SIZES = (8, 1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 23)  # bytes
N_BEST, N_LISTS = 1500, 64  # of the paper's search: the best of each rank
ROUNDS, N_CANDIDATES = 30, 10_000  # of the default search, with N_CASES and 500 features
SCALES = ((963, 2), (963, 16), (10_000, 16), (100_000, 16), (100_000, 128), (100_000, 1024))  # channels, ranks
SLOWER = 50e-6, 1e-9, 1e-9  # over 10 Gbit/s: seconds of a message, seconds of a byte told and added up


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Median seconds of the three kinds of call that matter, and of sorting."""
    for row in rows_of_job(__file__, "calls", len(os.sched_getaffinity(0))):
        results.add("network", *row)
    rng = np.random.default_rng(0)
    ids = np.concatenate([rng.permutation(N_BEST) for _ in range(N_LISTS)])
    scores = rng.standard_exponential(len(ids))
    seconds = median_of(lambda: np.lexsort((ids, -scores))[:N_BEST], 5)  # highest first, ties to the lowest id
    results.add("network", "sorting", "", ids.nbytes + scores.nbytes, seconds)


def calls(world) -> Iterator[tuple]:
    """Seconds of each kind of call, by the bytes that each rank puts in."""
    for n_bytes in SIZES:
        mine, total, text = np.zeros(n_bytes // 8), np.empty(n_bytes // 8), bytes(n_bytes)
        for name, call in (
            ("Reduce", lambda mine=mine, total=total: world.Reduce(mine, total)),
            ("allgather", lambda text=text: world.allgather(text)),
            ("bcast", lambda text=text: world.bcast(text)),
        ):
            spent = []
            for _ in range(200 if n_bytes < 1 << 20 else 20):
                world.Barrier()
                started = perf_counter()
                call()
                spent.append(perf_counter() - started)
            yield name, world.size, n_bytes, float(np.median(spent))


# --- the model ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """Seconds of a message, of a byte told to all, of a byte added up, and of sorting one candidate."""

    latency: float
    told: float
    added: float
    sorting: float

    def __str__(self) -> str:
        bandwidths = f"{1e-9 / self.told:.1f} GB/s told, {1e-9 / self.added:.1f} GB/s added up"
        return f"latency {1e6 * self.latency:.0f} us; {bandwidths}; sorting {1e9 * self.sorting:.0f} ns"


@dataclass(frozen=True)
class Work:
    """Seconds that do not shrink, that each channel takes, and that shrink but do not grow with the channels."""

    alone: float
    each: float
    fixed: float

    def __str__(self) -> str:
        return f"alone {1e3 * self.alone:.0f} ms, each {1e6 * self.each:.0f} us, fixed {1e3 * self.fixed:.0f} ms"

    def seconds(self, n_channels: int, n_ranks: int, uneven: float = 1.0) -> float:
        """Of a rank."""
        return self.alone + (self.each * n_channels * uneven + self.fixed) / n_ranks


def network_here(read: Read) -> Network:
    """The terms of the network, from single calls."""
    rows = read("network")
    seconds = {(row["call"], int(row["bytes"])): float(row["seconds"]) for row in rows if row["ranks"]}
    n_ranks = max(int(row["ranks"]) for row in rows if row["ranks"])
    latency = np.mean([seconds[call, SIZES[0]] for call in ("Reduce", "allgather", "bcast")]) / np.log2(max(n_ranks, 2))
    large, small = SIZES[-2], SIZES[-3]
    added, told = (
        (seconds[call, large] - seconds[call, small]) / (large - small) for call in ("Reduce", "allgather")
    )  # fmt: skip
    (sorting,) = (float(row["seconds"]) for row in rows if row["call"] == "sorting")
    return Network(float(latency), told / n_ranks, added, sorting / (N_BEST * N_LISTS))


def work_of(search: str, read: Read) -> tuple[Work, int]:
    """The terms of a search's work, and how many collectives it makes, from what was measured."""
    rows = [row for row in read("scaling") if row["search"] == search and int(row["n_channels"]) != MORE_CHANNELS]
    found = {(row["scaling"], int(row["ranks"])): row for row in rows}
    most = max(ranks for _, ranks in found)
    path = max((row for row in read("critical") if row["search"] == search), key=lambda row: int(row["ranks"]))
    n_ranks, one = int(path["ranks"]), float(found["strong", 1]["seconds"])
    alone = (n_ranks * float(path["seconds"]) - float(path["alone"])) / (n_ranks - 1)
    each, fixed = (one - alone) / N_CHANNELS, 0.0
    if search == "default":  # of which most does not grow with the channels
        each = (one - float(found["weak", 1]["seconds"])) / (N_CHANNELS - WEAK_CHANNELS)
        fixed = one - alone - each * N_CHANNELS
    return Work(alone, each, fixed), int(found["strong", most]["collectives"])


def communication(search: str, n_channels: int, n_ranks: int, n_collectives: int, network: Network) -> float:
    """Seconds that a search spends so."""
    steps = np.log2(n_ranks)
    told, added, sorted_in = 0.0, 0.0, 0.0
    if search == "paper":
        told = 24 * n_channels + 16 * N_BEST * n_ranks + 4 * N_BEST * N_CASES + 2 * N_BEST**2
        sorted_in = network.sorting * N_BEST * n_ranks
    else:
        told = 64 * n_channels + 8 * N_CANDIDATES * 13 + 8 * N_CASES * 7 * ROUNDS
        added = 4 * N_CASES * (N_CASES + 1) * (ROUNDS + 2)
    return n_collectives * network.latency * steps + told * network.told + added * network.added * steps + sorted_in


def on_paper(read: Read) -> str:
    """Seconds and efficiencies of searches at several scales, here and over a slower network."""
    try:
        here = network_here(read)
        works = {search: work_of(search, read) for search in SEARCHES}
    except (KeyError, ValueError) as error:
        raise Missing("scaling.csv, critical.csv and network.csv do not yet have all that the model needs") from error
    slower = Network(*SLOWER, here.sorting)
    rows = []
    for search, (work, n_collectives) in works.items():
        for n_channels, n_ranks in SCALES:
            n_groups = -(-n_channels // GROUP_SIZE)
            uneven = -(-n_groups // n_ranks) * n_ranks / n_groups if n_channels > N_CHANNELS else 1.0
            own = work.seconds(n_channels, n_ranks, uneven)
            spent = [communication(search, n_channels, n_ranks, n_collectives, network) for network in (here, slower)]
            ideal = work.seconds(n_channels, 1) / n_ranks
            efficiencies = (f"{ideal / (own + seconds):.2f}" for seconds in spent)
            times = (f"{seconds:.3f} s" for seconds in (own, *spent))
            rows.append([search, f"{n_channels:,}", f"{n_ranks:,}", *times, *efficiencies])
    head = ["search", "channels", "ranks", "work", "communication, as here", "over 10 Gbit/s", "efficiency"]
    terms = "; ".join(f"{search}: {work}" for search, (work, _) in works.items())
    return f"{table([*head, 'over 10 Gbit/s'], rows)}\n\nTerms: {here}; {terms}."


BENCHMARK = Benchmark(
    about="what messages cost, and a model of a thousand ranks",
    minutes=1,
    files={"network": ("call", "ranks", "bytes", "seconds")},
    measure=measure,
    tables={("docs/distributed.md", "model"): on_paper},
    reads_data=False,
    pinned=False,
)

if __name__ == "__main__" and not is_rank({"calls": calls}):
    BENCHMARK.main()
