"""What a fit tells of how far it is: a bar for each stage of the work, lines where no bar would move, or nothing.

Bars are tqdm's, and stand in notebooks and terminals. Elsewhere, as in a job's log, and without tqdm, each stage is a
line, and every few seconds another. Lines go to standard output, bars to where tqdm puts them, standard error.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Lock
from time import perf_counter
from typing import Any

from ..validation import own_filters

EVERY = 5.0  # seconds between the lines of one stage
Advance = Callable[[], None]


class Progress:
    """Silence, and what the louder kinds define."""

    def say(self, message: str) -> None:
        """Tell something in a line of its own."""

    @contextmanager
    def stage(self, name: str, total: int | None = None, done: int = 0) -> Iterator[Advance]:
        """Begin a stage of the work; it ends with the block.

        Parameters
        ----------
        name : str
            Such as "computing candidates".
        total : int, optional
            How many steps there are, where that is known.
        done : int, default=0
            How many of them were done before.

        Yields
        ------
        function
            To be called after each step, from any thread.

        Examples
        --------
        >>> from lightwaves.parallel.progress import Lines
        >>> with Lines(now=lambda: 0.0).stage("computing candidates", total=2) as advance:
        ...     advance()
        ...     advance()
        [lightwaves    0.00 s] computing candidates, 2 steps
        """
        yield lambda: None


class Lines(Progress):
    """Lines on standard output.

    Parameters
    ----------
    now : function, optional
        Returns the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = perf_counter):
        self.now, self.started, self.lock = now, now(), Lock()

    def say(self, message: str) -> None:
        """Tell something in a line of its own."""
        self.write(f"[lightwaves {self.now() - self.started:7.2f} s] {message}")

    def write(self, line: str) -> None:
        """Print a line; where that is impossible, the work goes on without it."""
        with suppress(Exception):
            print(line, flush=True)

    @contextmanager
    def stage(self, name: str, total: int | None = None, done: int = 0) -> Iterator[Advance]:
        """Begin a stage of the work; see `Progress.stage`."""
        began = told = self.now()
        n_steps = 0

        def advance() -> None:
            nonlocal began, told, n_steps
            with self.lock:
                n_steps += 1
                now = self.now()
                if now - told >= EVERY:
                    told = now
                    rate = (n_steps - 1) / (now - began) if n_steps > 1 else None
                    self.say(f"{name}, {so_far(done + n_steps, total, rate)}")
                if n_steps == 1:  # which may have compiled loops: it says nothing of the others
                    began = now

        if total != 0:
            self.say(name if total is None else f"{name}, {steps(total)}")
        yield advance


class Bars(Lines):
    """A bar for each stage, and lines above it.

    Parameters
    ----------
    tqdm : class
        A bar, such as ``tqdm.auto.tqdm``.
    """

    def __init__(self, tqdm: Any):
        super().__init__()
        self.tqdm = tqdm

    def write(self, line: str) -> None:
        """Print a line above the bar."""
        with suppress(Exception):
            self.tqdm.write(line)

    @contextmanager
    def stage(self, name: str, total: int | None = None, done: int = 0) -> Iterator[Advance]:
        """Begin a stage of the work; see `Progress.stage`."""
        bar: Any = None
        if total != 0:
            with suppress(Exception):
                bar = self.tqdm(desc=name, total=total, initial=done, unit="step")
        if bar is None:
            yield lambda: None
            return

        def advance() -> None:
            with self.lock, suppress(Exception):
                bar.update()

        try:
            yield advance
        finally:
            with suppress(Exception):
                bar.close()


def progress_of(verbose: int, rank: int) -> Progress:
    """Who tells of the progress of a fit: nobody, if it is not asked for, or on other ranks than the first."""
    if not verbose or rank:
        return Progress()
    bar = moving_bar()
    return Lines() if bar is None else Bars(bar)


def moving_bar() -> Any:
    """The class of tqdm's bar, in a notebook or a terminal; elsewhere, or without tqdm, None."""
    try:
        with own_filters():
            warnings.simplefilter("ignore")  # tqdm's, of a notebook without widgets
            from tqdm.auto import tqdm
            from tqdm.notebook import tqdm_notebook
    except ImportError:
        return None
    return tqdm if issubclass(tqdm, tqdm_notebook) or is_terminal(sys.stderr) else None


def is_terminal(stream: Any) -> bool:
    """Whether a stream is a terminal; what a program has put in its place may not know, or is closed."""
    try:
        return bool(stream.isatty())
    except Exception:
        return False


def so_far(done: int, total: int | None, rate: float | None) -> str:
    """How many steps of how many, how fast, and how long the others will take, if a rate is known."""
    if rate is None:
        return steps(done) if total is None else f"{done} of {steps(total)}"
    if total is None:
        return f"{steps(done)}, {rate:.3g} a second"
    left = timedelta(seconds=round(max(0, total - done) / rate))
    return f"{done} of {steps(total)}, {rate:.3g} a second, {left} left"


def steps(n: int) -> str:
    """A number of steps, in words."""
    return f"{n} step" if n == 1 else f"{n} steps"
