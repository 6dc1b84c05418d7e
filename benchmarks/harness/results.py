"""Files of results: csv, a row as soon as it is measured, and on top which commit and machine made them.

A file begins with lines such as ``# commit: 1a2b3c4d5e``, and ends with ``# complete`` if all has been measured.
"""

from __future__ import annotations

import csv
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from time import perf_counter

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
FOLDER = BENCHMARKS / "results"
COMPLETE = "# complete"
FOLDERS = ("--data", "--results", "--pages")  # options that name folders of one machine
MEASURED = ("src", "pyproject.toml", "benchmarks", ":!benchmarks/results")  # what results depend on
SOFTWARE = ("numpy", "scipy", "numba", "scikit-learn", "aeon", "torch", "kymatio", "mpi4py")


class Missing(Exception):
    """There are no results yet of which a table could be made."""


@dataclass(frozen=True)
class Table:
    """What a file holds.

    Attributes
    ----------
    stamp : dict
        What stands on top: commit, version, date, machine, software, command.
    columns : tuple of str
    rows : list of dict
    complete : bool
        Whether the benchmark came to its end.
    """

    stamp: dict[str, str]
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    complete: bool


def read(folder: Path, name: str) -> Table:
    """The file of that name; `Missing` if it is not there."""
    path = folder / f"{name}.csv"
    if not path.exists():
        raise Missing(f"there is no {path.name}")
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.readlines()
    notes = [line.rstrip("\r\n") for line in lines if line.startswith("#")]
    pairs = [note[2:].split(": ", 1) for note in notes if ": " in note]
    reader = csv.DictReader(line for line in lines if not line.startswith("#"))
    return Table(dict(pairs), tuple(reader.fieldnames or ()), list(reader), COMPLETE in notes)


class Results:
    """The files of one benchmark, while it runs.

    Parameters
    ----------
    folder : Path
    columns : dict
        The columns of each file.
    resume : bool, default=False
        Go on with files that the same command left incomplete, of the same commit, on the same machine. All other files
        begin anew, each with its first row: what fails before that leaves the old file.
    """

    def __init__(self, folder: Path, columns: dict[str, tuple[str, ...]], *, resume: bool = False):
        self.folder, self._started, self._left = folder, perf_counter(), 0
        self.earlier: dict[str, list[dict[str, str]]] = {}  # rows that are there already
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise SystemExit(f"{folder} is no folder: name one for the files of results") from None
        self._columns, self._stamp = columns, stamp()
        for name in columns:
            self.earlier[name] = earlier(folder, name, self._stamp) if resume else []
        self._begun = {name for name, rows in self.earlier.items() if rows}

    @property
    def wanted(self) -> set[str]:
        """The files that are written."""
        return set(self.earlier)

    def expect(self, n_rows: int) -> None:
        """Let the lines of progress say how many rows are to come."""
        self._left = n_rows

    def add(self, name: str, *values: object) -> None:
        """Append a row, and tell; of a file that nobody wants, tell only."""
        row = [f"{value:.6g}" if isinstance(value, float) else value for value in values]
        if name in self.wanted:
            self._begin(name)
            with open(self.folder / f"{name}.csv", "a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(row)
        self._left -= 1
        left = f", {self._left} left" if self._left >= 0 else ""
        print(f"{(perf_counter() - self._started) / 60:6.1f} min{left} | {name}:", *row, flush=True)

    def _begin(self, name: str) -> None:
        """Write the head of a file, once."""
        if name in self._begun:
            return
        with open(self.folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            file.writelines(f"# {key}: {value}\n" for key, value in self._stamp.items())
            csv.writer(file).writerow(self._columns[name])
        self._begun.add(name)

    def read(self, name: str) -> list[dict[str, str]]:
        """The rows of any file in the folder."""
        return read(self.folder, name).rows

    def finish(self) -> None:
        """Note in each file that it is complete; one that got no row stays what it was."""
        for name in self._begun:
            if not read(self.folder, name).complete:
                with open(self.folder / f"{name}.csv", "a", encoding="utf-8") as file:
                    file.write(f"{COMPLETE}\n")


def earlier(folder: Path, name: str, now: dict[str, str]) -> list[dict[str, str]]:
    """The rows of a file that can be gone on with."""
    try:
        table = read(folder, name)
    except Missing:
        return []
    same = all(table.stamp.get(key) == now[key] for key in ("commit", "machine", "software", "command"))
    return table.rows if same and is_commit(now["commit"]) else []


def stamp() -> dict[str, str]:
    """What is written on top of a file."""
    from lightwaves import __version__

    return {
        "commit": commit(),
        "version": __version__,
        "date": date.today().isoformat(),
        "machine": machine(),
        "software": software(),
        "command": command(sys.argv),
    }


def command(arguments: list[str]) -> str:
    """What was typed, without the folders of data and results, which say nothing to others."""
    shown, skip = ["python", f"benchmarks/{Path(arguments[0]).name}"], False
    for word in arguments[1:]:
        name, equals, _ = word.partition("=")
        if not skip and name not in FOLDERS:
            shown.append(word)
        skip = name in FOLDERS and not equals
    return " ".join(shown)


def commit() -> str:
    """The last commit that changed what results depend on, with a word behind it if files differ from that commit."""
    try:
        last = _git("log", "-1", "--abbrev=10", "--format=%h", "--", *MEASURED)
        return f"{last} with changes" if _git("status", "--porcelain", "--", *MEASURED) else last or "unknown"
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def is_commit(text: str) -> bool:
    """Whether what `commit` returned names one state of the files."""
    return text.isalnum() and text != "unknown"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """The processor and how many cores there are."""
    cpu, vectors = platform.processor() or platform.machine(), ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        entries = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        entries = {key.strip(): value.strip() for key, value in entries.items()}
        cpu = " ".join(f"{entries.get('model name', cpu)} family {entries.get('cpu family', '?')}".split())
        cpu += f" model {entries['model']}" if "model" in entries else ""
        vectors = " with AVX-512" if "avx512f" in entries.get("flags", "") else ""
    n_cores = os.cpu_count() or 1
    return f"{cpu}{vectors}, {n_cores} core{'s' if n_cores > 1 else ''}"


def software() -> str:
    """The versions that speed and accuracy depend on."""
    found = [f"Python {platform.python_version()}"]
    for package in SOFTWARE:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)
