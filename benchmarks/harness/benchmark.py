"""What each script in ``benchmarks/`` declares, and the command line that all of them have."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .results import FOLDER, Results
from .timing import one_thread

DATA = Path("../shared")
Rows = list[dict[str, str]]
Read = Callable[[str], Rows]  # from the name of a file to its rows


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One script: what it measures, how long it may, what it writes, and which tables are made of that.

    Attributes
    ----------
    about : str
    minutes : float
        Its budget, unless ``run.py --minutes`` says another.
    files : dict
        The columns of each file in ``results/``.
    measure : callable
        Takes `Results` and the folder of the data.
    tables : dict
        For a page and a marker on it, what makes the text between the markers from the results of any benchmark.
    pictures : dict
        For a file, what draws it from the results.
    reads_data : bool
        Whether it needs the data sets.
    pinned : bool
        Whether it has one core to itself. All have one thread in every library.
    resumes : bool
        Whether it goes on with what it left when it was cut off.
    """

    about: str
    minutes: float
    files: dict[str, tuple[str, ...]]
    measure: Callable[[Results, Path], None]
    tables: dict[tuple[str, str], Callable[[Read], str]]
    pictures: dict[str, Callable[[Read, Path], None]] = field(default_factory=dict)
    reads_data: bool = True
    pinned: bool = True
    resumes: bool = False

    def main(self) -> None:
        """Measure; ``run.py --tables`` then writes the tables."""
        parser = argparse.ArgumentParser(description=self.about)
        parser.add_argument("--data", type=Path, default=DATA, help="the folder with data/ and anchors/")
        parser.add_argument("--results", type=Path, default=FOLDER, help="the folder of the csv files")
        parser.add_argument("--only", nargs="+", choices=self.files, help="the files to write; others stay as they are")
        options = parser.parse_args()
        one_thread(self.pinned)
        files = {name: head for name, head in self.files.items() if name in (options.only or self.files)}
        results = Results(options.results, files, resume=self.resumes)
        try:
            self.measure(results, options.data)
        except ModuleNotFoundError as error:
            raise SystemExit(f"{error}: pip install -e '.[benchmarks]'") from error
        results.finish()
