"""How the search scales over MPI ranks: strong and weak scaling, communication, and memory for each rank.

Each rank is one process with one thread. Fits with fewer ranks than there are take turns with fits with more, within
one job, while the others sleep; each is timed the second time it is done, and an efficiency is the median over pairs of
neighbours in time. Then the same fits run with a barrier before each collective, which tells waiting from
communication.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.mpi import is_rank, rows_of_job
from harness.pages import table
from harness.results import Missing, Results

N_CASES, N_CHANNELS, N_TIMEPOINTS, GROUP_SIZE = 267, 963, 144, 32
MORE_CHANNELS = 3 * N_CHANNELS
WEAK_CHANNELS = 15 * GROUP_SIZE  # of each rank
SEARCHES = {"paper": {"selection": "mrmr"}, "default": {}}
CASES = (  # scaling, search, channels; the paper's search has enough to do with fewer
    ("strong", "paper", N_CHANNELS),
    ("strong", "default", N_CHANNELS),
    ("strong", "default", MORE_CHANNELS),
    ("weak", "paper", 0),
    ("weak", "default", 0),
)
REPEATS = 5
MEMORY_RANKS = (1, 2, 4)


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """As many ranks as there are cores."""
    n_ranks = len(os.sched_getaffinity(0))
    for task, name, counts in (
        ("fits", "scaling", (n_ranks,)),
        ("independent", "scaling_independent", (n_ranks,)),
        ("memory", "scaling_memory", MEMORY_RANKS),
    ):
        for count in counts if name in results.wanted else ():
            for row in rows_of_job(__file__, task, count):
                results.add(name, *row)


class Timed:
    """A communicator that puts a barrier before each call, and keeps what was spent in it and behind it."""

    def __init__(self, comm):
        self.comm, self.rank, self.size = comm, comm.rank, comm.size
        self.waited = self.communicated = 0.0

    def _call(self, name, *arguments, **options):
        started = perf_counter()
        self.comm.Barrier()
        all_there = perf_counter()
        result = getattr(self.comm, name)(*arguments, **options)
        self.waited += all_there - started
        self.communicated += perf_counter() - all_there
        return result

    def allgather(self, sendobj):
        """Everybody's object."""
        return self._call("allgather", sendobj)

    def gather(self, sendobj, root=0):
        """The same, for the root."""
        return self._call("gather", sendobj, root)

    def bcast(self, obj, root=0):
        """The root's object."""
        return self._call("bcast", obj, root)

    def Reduce(self, sendbuf, recvbuf, *, root=0):
        """The sum of everybody's array, for the root."""
        self._call("Reduce", sendbuf, recvbuf, root=root)


class Fit:
    """One search of one scaling, by any number of the first ranks."""

    def __init__(self, scaling, search, n_channels, comms):
        from lightwaves import LightWaveS, channels_of_rank

        self.scaling, self.search, self.n_channels, self.comms = scaling, search, n_channels, comms
        group_size = GROUP_SIZE if scaling == "weak" else None
        self.model = LightWaveS(random_state=0, group_size=group_size, **SEARCHES[search])
        whole, self.given = series(range(n_channels)), {}
        for p, comm in comms.items():
            if scaling == "strong":
                self.given[p] = None, whole
            else:
                mine = channels_of_rank(WEAK_CHANNELS * p, GROUP_SIZE, comm)
                self.given[p] = mine, series(mine)

    def run(self, p, wrap=lambda comm: comm):
        """Fit with p ranks, of which this is one."""
        comm, (mine, (X, y)) = wrap(self.comms[p]), self.given[p]
        self.model.fit(X, y, comm=comm, channels=mine)
        return self.model.plan_, comm


def fits(world) -> Iterator[tuple]:
    """The rows of every scaling, search and number of ranks."""
    from lightwaves import LightWaveS

    small = series(range(40))
    for options in SEARCHES.values():  # compiled code comes into every process
        LightWaveS(n_features=20, random_state=0, search_candidates=200, **options).fit(*small)
    counts = sorted({*(2**i for i in range(world.size.bit_length())), world.size})
    comms = {p: world.Split(color=0 if world.rank < p else 1, key=world.rank) for p in counts}
    mine = {p: comm for p, comm in comms.items() if world.rank < p}
    for scaling, search, n_channels in CASES:
        fit = Fit(scaling, search, n_channels, mine)
        times = in_turn(world, fit, counts)
        plans = {}
        for p in counts:
            rest(world)
            if p in mine:
                plans[p], n_collectives, sent, parts = taken_apart(fit, p)
                if world.rank == 0:
                    ratio = np.median(np.divide(times[1], times[p]))
                    efficiency = ratio / (p if scaling == "strong" else 1)
                    in_all = n_channels or WEAK_CHANNELS * p
                    seconds = np.median(times[p])
                    yield scaling, search, in_all, p, seconds, efficiency, *parts, n_collectives, sent
        if scaling == "strong" and any(plan != next(iter(plans.values())) for plan in plans.values()):
            raise SystemExit("plans differ with the number of ranks")


def in_turn(world, fit, counts) -> dict[int, list[float]]:
    """Seconds of the slowest rank with each number of ranks, which take turns."""
    times: dict[int, list[float]] = {p: [] for p in counts}
    for _ in range(REPEATS):
        for p in counts:
            rest(world)
            if p in fit.comms:
                fit.run(p)  # those that slept have their caches filled again
                fit.comms[p].Barrier()
                started = perf_counter()
                fit.run(p)
                times[p].append(max(fit.comms[p].allgather(perf_counter() - started)))
    rest(world)
    return times


def taken_apart(fit, p) -> tuple:
    """The plan, the collectives and most bytes sent by a rank, and seconds computing, waiting, communicating."""
    from lightwaves.parallel.comm import Counted

    plan, counted = fit.run(p, Counted)
    parts = []
    for _ in range(REPEATS):
        fit.comms[p].Barrier()
        started = perf_counter()
        _, timed = fit.run(p, Timed)
        spent = perf_counter() - started
        own = [spent - timed.waited - timed.communicated, timed.waited, timed.communicated]
        parts.append(np.mean(fit.comms[p].allgather(own), axis=0))
    return plan, counted.n_collectives, max(fit.comms[p].allgather(counted.n_bytes)), np.median(parts, axis=0)


def independent(world) -> Iterator[tuple]:
    """Seconds of a fit alone, and of as many at once as there are ranks, which have nothing to do with each other."""
    from lightwaves import LightWaveS

    whole = series(range(N_CHANNELS))
    for search, options in SEARCHES.items():
        model, alone, at_once = LightWaveS(random_state=0, **options), [], []
        for _ in range(1 + REPEATS):  # the first to warm up
            for times, takes_part in ((alone, world.rank == 0), (at_once, True)):
                rest(world)
                world.Barrier()
                started = perf_counter()
                if takes_part:
                    model.fit(*whole)
                    times.append(perf_counter() - started)
        if world.rank == 0:
            seconds = [float(np.median(times[1:])) for times in (alone, at_once)]
            yield search, N_CHANNELS, world.size, *seconds, seconds[0] / seconds[1]


def memory(world) -> Iterator[tuple]:
    """MiB of each rank above its start, with the channels that it holds: the series, and at the peak of the fit."""
    from lightwaves import LightWaveSClassifier, channels_of_rank

    def status(key):
        return int(re.search(rf"{key}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024

    LightWaveSClassifier(n_features=5, random_state=0, group_size=2).fit(*series(range(40)), comm=world)
    before = status("VmRSS")
    mine = channels_of_rank(N_CHANNELS, GROUP_SIZE, world)
    X, y = series(mine)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew here
    LightWaveSClassifier(random_state=0, group_size=GROUP_SIZE).fit(X, y, comm=world, channels=mine)
    found = world.allgather((X.nbytes / 2**20, status("VmHWM") - before))
    yield N_CHANNELS, world.size, *(round(float(mib), 1) for mib in np.max(found, axis=0))


def series(channels):
    """Random walks, of which every twentieth tells seven classes apart; a channel is the same whoever makes it."""
    y = np.random.default_rng(0).integers(0, 7, N_CASES)
    X = np.empty((N_CASES, len(channels), N_TIMEPOINTS), np.float32)
    for place, channel in enumerate(channels):
        rng = np.random.default_rng([1, int(channel)])
        X[:, place] = rng.standard_normal((N_CASES, N_TIMEPOINTS), dtype=np.float32).cumsum(axis=1)
        if channel % 20 == 0:
            X[:, place] += 4 * np.sin(np.arange(N_TIMEPOINTS) / (2 + y[:, np.newaxis])).astype(np.float32)
    return X, y


def rest(comm):
    """A barrier at which those that come early sleep."""
    request = comm.Ibarrier()
    while not request.Test():
        sleep(0.002)


# --- tables and picture ---------------------------------------------------------------------------------------------


def strong_and_weak(read: Read) -> str:
    """Times of fits, and what they are made of."""
    rows = []
    for row in read("scaling"):
        fit, *parts = (f"{1e3 * float(row[name]):.0f} ms" for name in ("seconds", "compute", "wait", "communication"))
        which = [row[name] for name in ("scaling", "search", "n_channels", "ranks")]
        sent = f"{int(row['sent_bytes']) / 2**20:.2f} MiB"
        rows.append([*which, fit, f"{float(row['efficiency']):.2f}", *parts, row["collectives"], sent])
    head = ["scaling", "search", "channels", "ranks", "fit", "efficiency", "compute", "wait", "communication"]
    return table([*head, "collectives", "sent by a rank"], rows)


def at_once(read: Read) -> str:
    """What fits take from each other that run at once."""
    rows = [[row["search"], row["ranks"], f"{float(row['ratio']):.3f}"] for row in read("scaling_independent")]
    return table(["search", "fits at once", "each, of the speed of one alone"], rows)


def memory_of_ranks(read: Read) -> str:
    """The series of a rank, and the peak."""
    rows = [[row["ranks"], f"{row['series_mib']} MiB", f"{row['peak_mib']} MiB"] for row in read("scaling_memory")]
    return table(["ranks", "series of a rank", "series and fit, at the peak"], rows)


def picture(read: Read, path: Path) -> None:
    """Efficiencies, and where the time goes."""
    from matplotlib.figure import Figure

    rows = [row for row in read("scaling") if int(row["n_channels"]) != MORE_CHANNELS]
    paths = read("critical")
    if not rows or not paths:
        raise Missing("scaling.csv and critical.csv are needed for the picture")
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for scaling, style in (("strong", "-o"), ("weak", "--s")):
        for search in SEARCHES:
            some = [row for row in rows if (row["scaling"], row["search"]) == (scaling, search)]
            ranks = [int(row["ranks"]) for row in some]
            left.plot(ranks, [float(row["efficiency"]) for row in some], style, label=f"{scaling}, {search}")
    for search in SEARCHES:
        some = [row for row in paths if row["search"] == search]
        ranks = [1, *(int(row["ranks"]) for row in some)]
        left.plot(ranks, [1.0, *(float(row["efficiency"]) for row in some)], ":", label=f"critical path, {search}")
    left.set(xlabel="ranks", ylabel="parallel efficiency", ylim=(0, 1.35), xscale="log")
    left.set_xticks(ticks := sorted({1, *(int(row["ranks"]) for row in paths)}), map(str, ticks))
    left.minorticks_off()
    left.axhline(1, color="grey", linewidth=0.5)
    left.legend(frameon=False, fontsize=8)
    bars = [row for row in rows if row["scaling"] == "strong"]
    bottom, names = np.zeros(len(bars)), [f"{row['search']}\n{row['ranks']}" for row in bars]
    for part, colour in (("compute", "#4477aa"), ("wait", "#ccbb44"), ("communication", "#ee6677")):
        height = np.array([float(row[part]) for row in bars])
        right.bar(names, height, bottom=bottom, label=part, color=colour)
        bottom += height
    right.set(xlabel=f"search and ranks, {N_CHANNELS} channels", ylabel="seconds, mean of the ranks")
    right.set(ylim=(0, 1.1 * bottom.max(initial=1e-3)))
    right.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)


BENCHMARK = Benchmark(
    about="strong and weak scaling over MPI ranks, and their memory",
    minutes=13,
    files={
        "scaling": (
            "scaling", "search", "n_channels", "ranks", "seconds", "efficiency", "compute", "wait", "communication",
            "collectives", "sent_bytes",
        ),
        "scaling_independent": ("search", "n_channels", "ranks", "alone", "at_once", "ratio"),
        "scaling_memory": ("n_channels", "ranks", "series_mib", "peak_mib"),
    },
    measure=measure,
    tables={
        ("docs/distributed.md", "scaling"): strong_and_weak,
        ("docs/distributed.md", "independent"): at_once,
        ("docs/distributed.md", "memory"): memory_of_ranks,
    },
    pictures={"docs/scaling.png": picture},
    reads_data=False,
    pinned=False,
)  # fmt: skip

if __name__ == "__main__" and not is_rank({"fits": fits, "independent": independent, "memory": memory}):
    BENCHMARK.main()
