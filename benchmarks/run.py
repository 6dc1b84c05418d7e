"""Run all benchmarks, then write the tables of README and docs from what they found.

    python benchmarks/run.py                              # everything, within the sum of the budgets
    python benchmarks/run.py --list                       # what there is, how long each may take, what it fills
    python benchmarks/run.py --only accuracy,speed        # these only
    python benchmarks/run.py --minutes accuracy=60        # with another budget
    python benchmarks/run.py --tables                     # only write the tables

Each benchmark is a script beside this one and can be run alone. Here it is a process of its own, which is ended when
its minutes are over; what it has measured by then lies in ``results/*.csv``. accuracy and choices go on from there when
the same command is given again.

All tables are written when all files are complete and of one commit. ``--partial`` writes what can be made of what
there is, of the benchmarks that were named. Run it on a machine that does nothing else, after
``pip install -e '.[benchmarks]'``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import perf_counter, sleep

from harness.benchmark import DATA, Benchmark, Read, Rows
from harness.pages import counted, filled, paragraph
from harness.results import BENCHMARKS as HERE
from harness.results import FOLDER, ROOT, Missing, Table, is_commit, read

ORDER = (  # short ones first, and gaps after published, which it reads
    "start", "threads", "loops", "stream", "selection", "memory", "published", "gaps", "speed", "banks", "network",
    "insight", "critical", "deploy", "early", "scaling", "kinds", "choices", "intervals", "calibration", "regression",
    "learning_curves", "accuracy",
)  # fmt: skip
BENCHMARKS: dict[str, Benchmark] = {name: import_module(name).BENCHMARK for name in ORDER}
RUN = ("docs/results.md", "run")  # what made the tables
PAGES = sorted({page for benchmark in BENCHMARKS.values() for page, _ in benchmark.tables})
GRACE = 10  # seconds that a benchmark has to end


# --- running --------------------------------------------------------------------------------------------------------


def run(name: str, minutes: float, arguments: list[str]) -> str:
    """Run one benchmark; how it ended."""
    print(f"\n== {name}: {BENCHMARKS[name].about}; at most {minutes:g} minutes", flush=True)
    started, ending = perf_counter(), ""
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            process.wait(60 * minutes)
        except subprocess.TimeoutExpired:
            ending = "cut off"
        finally:
            end(process)
    ending = ending or ("complete" if process.returncode == 0 else f"failed with status {process.returncode}")
    ending = f"{ending} after {(perf_counter() - started) / 60:.1f} minutes"
    print(f"== {name}: {ending}", flush=True)
    return ending


def end(process: subprocess.Popen) -> None:
    """End a benchmark and all that it started; mpiexec needs some time, in which it ends its ranks."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = perf_counter() + GRACE
        while perf_counter() < deadline:
            process.poll()
            os.killpg(process.pid, 0)  # an error if nobody is left
            sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)


# --- tables ---------------------------------------------------------------------------------------------------------


def results_in(folder: Path) -> dict[str, Table]:
    """What the files in a folder hold, those that are there and have the form in which they are written today."""
    tables = {}
    for benchmark in BENCHMARKS.values():
        for name, columns in benchmark.files.items():
            with suppress(Missing):
                found = read(folder, name)
                if found.columns == columns and "commit" in found.stamp:
                    tables[name] = found
    return tables


def objections(tables: dict[str, Table]) -> list[str]:
    """Why tables of these files would not be those of one run."""
    files = [file for benchmark in BENCHMARKS.values() for file in benchmark.files]
    lacking = [file for file in files if file not in tables]
    cut_off = [file for file, found in tables.items() if not found.complete]
    commits = by_stamp(tables, ("commit",))
    said = []
    if lacking:
        said.append(f"not there, or not in the form that is written today: {', '.join(lacking)}")
    if cut_off:
        said.append(f"not complete: {', '.join(cut_off)}")
    if len(commits) > 1:
        said.append(
            "of different commits: " + "; ".join(f"{commit}: {', '.join(of)}" for (commit,), of in commits.items())
        )
    elif any(not is_commit(commit) for (commit,) in commits):
        said.append(f"of no commit, but of {next(iter(commits))[0]!r}: commit first, then measure")
    return said


def contents(names: list[str], tables: dict[str, Table]) -> tuple[dict[tuple[str, str], str], list[str]]:
    """For each page and marker its text; and what could not be made."""
    reader = reader_of(tables)
    texts, left = {}, []
    for name in names:
        for (page, marker), make in BENCHMARKS[name].tables.items():
            try:
                texts[page, marker] = make(reader)
            except Missing as error:
                left.append(f"{page}, {marker}: {error}")
    if tables:
        texts[RUN] = made_by(tables)
    return texts, left


def reader_of(tables: dict[str, Table]) -> Read:
    """What tables read rows with."""

    def rows(name: str) -> Rows:
        if name not in tables or not tables[name].rows:
            raise Missing(f"there is nothing in {name}.csv")
        return tables[name].rows

    return rows


def made_by(tables: dict[str, Table]) -> str:
    """Which version and machine the results are of."""
    stamps = by_stamp(tables, ("version", "commit", "date", "machine", "software"))
    lines = []
    for (version, commit, day, machine, software), files in stamps.items():
        which = "" if len(stamps) == 1 else f" ({', '.join(files)})"
        lines.append(paragraph(f"Version {version}, commit {commit}, {day}{which}: {machine}; {software}."))
    return "\n\n".join(lines)


def by_stamp(tables: dict[str, Table], keys: tuple[str, ...]) -> dict[tuple[str, ...], list[str]]:
    """The files that say the same on top."""
    files: dict[tuple[str, ...], list[str]] = {}
    for file, found in tables.items():
        files.setdefault(tuple(found.stamp.get(key, "unknown") for key in keys), []).append(file)
    return files


def write(texts: dict[tuple[str, str], str], root: Path) -> None:
    """Put all texts into the pages, or none."""
    pages = {page: (root / page).read_text(encoding="utf-8") for page, _ in texts}
    for (page, marker), text in texts.items():
        pages[page] = filled(pages[page], marker, text)
    for page, text in pages.items():
        (root / page).write_text(text, encoding="utf-8")


def fill(names: list[str], folder: Path, root: Path, partial: bool) -> None:
    """Write all tables and pictures, or say why not; of partial results those of the benchmarks that were named."""
    tables = results_in(folder)
    said = objections(tables)
    names = names if said else list(ORDER)
    if said and not partial:
        raise SystemExit(
            f"The tables are left as they are. The files in {folder} are not those of one whole run:\n- "
            + "\n- ".join(said)
            + "\nRun what is missing, or add --partial to write what can be made of them."
        )
    texts, left = contents(names, tables)
    write(texts, root)
    for name in names:
        for picture, draw in BENCHMARKS[name].pictures.items():
            try:
                draw(reader_of(tables), root / picture)
            except Missing as error:
                left.append(f"{picture}: {error}")
    print(
        f"\n{counted(len(texts), 'table')} written" + "".join(f"\nleft as it was: {line}" for line in left), flush=True
    )
    if left and not partial:
        raise SystemExit(1)


# --- the command ----------------------------------------------------------------------------------------------------


def listed() -> str:
    """What there is."""
    lines = []
    for name, benchmark in BENCHMARKS.items():
        lines.append(f"{name:10} {benchmark.minutes:3g} min  {benchmark.about}")
        lines.append(f"{'':19}writes {', '.join(f'{file}.csv' for file in benchmark.files)}")
        lines += [f"{'':19}fills  {page}: {marker}" for page, marker in benchmark.tables]
        lines += [f"{'':19}draws  {picture}" for picture in benchmark.pictures]
    total = sum(benchmark.minutes for benchmark in BENCHMARKS.values())
    return "\n".join([*lines, f"{'all':10} {total:3g} min  at most"])


def names(text: str) -> list[str]:
    """The benchmarks that a list with commas names, in the order in which they run."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    for name in asked or [""]:
        check(name)
    return [name for name in ORDER if name in asked]


def budget(text: str) -> tuple[str, float]:
    """A benchmark and its minutes, from such as ``speed=5``."""
    name, _, minutes = text.partition("=")
    check(name)
    try:
        value = float(minutes)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: say NAME=MINUTES, with minutes above 0")
    return name, value


def check(name: str) -> None:
    """Raise an error for a benchmark that is not there."""
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no benchmark {name!r}, only {', '.join(ORDER)}")


def main(arguments: list[str] | None = None) -> None:
    """Run, then write tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--list", action="store_true", help="say what there is, and end")
    parser.add_argument("--only", type=names, default=list(ORDER), metavar="NAMES", help="such as accuracy,speed")
    parser.add_argument("--minutes", type=budget, nargs="+", default=[], metavar="NAME=M", help="other budgets")
    parser.add_argument("--data", type=Path, help=f"the folder with data/ and anchors/; by default {DATA}")
    parser.add_argument("--results", type=Path, help="the folder of the csv files; by default benchmarks/results")
    parser.add_argument("--pages", type=Path, help="the folder with README.md and docs/; by default this repository")
    parser.add_argument("--tables", action="store_true", help="measure nothing, only write the tables")
    parser.add_argument("--partial", action="store_true", help="write tables of incomplete or mixed results too")
    options = parser.parse_args(arguments)
    if options.list:
        print(listed())
        return
    elsewhere = options.results is not None and options.pages is None
    for page in PAGES:
        if not elsewhere and not ((options.pages or ROOT) / page).is_file():
            parser.error(f"there is no {page} in {options.pages or ROOT}: name the folder above it with --pages")
    data = (options.data or DATA) / "data"
    if not options.tables and not data.is_dir() and any(BENCHMARKS[name].reads_data for name in options.only):
        parser.error(f"there is no folder {data}: name the one above it with --data")
    if options.tables and elsewhere:
        parser.error("--tables with --results needs --pages, so that no foreign results get into these pages")
    if not options.tables:
        run_all(options)
    if elsewhere:
        print("\nThe tables are left as they are, since the results lie elsewhere; --pages says which to write.")
        return
    fill(options.only, options.results or FOLDER, options.pages or ROOT, options.partial)


def run_all(options: argparse.Namespace) -> None:
    """Run the benchmarks that were asked for, one after the other."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that a benchmark is ended, too
    passed = [f"--{key}={value}" for key in ("data", "results") if (value := getattr(options, key)) is not None]
    minutes = {name: BENCHMARKS[name].minutes for name in options.only} | dict(options.minutes)
    endings = {name: run(name, minutes[name], passed) for name in options.only}
    print("\n" + "\n".join(f"{name:10} {ending}" for name, ending in endings.items()), flush=True)


if __name__ == "__main__":
    main()
