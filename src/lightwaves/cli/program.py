"""The program: what it was told, what becomes of errors, and how it ends."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from typing import Any

from ..parallel.comm import Comm, SerialComm, is_known
from .arguments import parser
from .commands import ALONE, fit
from .job import comm_of_job, end_job, is_first
from .terminal import printable, ready_streams

DONE, FAILED, INTERRUPTED = 0, 1, 130
IN_WORDS_OF_COMMANDS = {  # what errors of the library advise, and how a command says it
    'missing="interpolate" cannot be': "--missing interpolate cannot be",
    'missing="zero" or "error"': "--missing zero or error",
    'missing="interpolate"': "--missing interpolate (of `lightwaves fit`)",
    "pass lightwaves.unpad(X)": "say --unpad",
    "sort the table and pass time=None": "sort the table and leave out --time",
    "ass step=...": "ass --step",
    "numpy.timedelta64(1, 's')": "--step 1s",
    "channels=[...]": "--channel NAME",
    'case=["log", "run"]': "--case log --case run",
    "say time=...": "say --time",
    "name the column of times, or sort": "name the column of times with --time, or sort",
    'Say dtype="float32"': "Leave out --integers",
    'say dtype="float32"': "leave out --integers",
    'dtype="int16"': "--integers",
    "Or calibrate with series": "Or give --integers series",
    "n_timepoints must be": "--n-timepoints must be",
    "n_cases must be": "--n-cases must be",
    "n_features='auto' needs selection='detach'": "--n-features auto needs --selection detach",
    "classifier='auto' needs selection='detach'": "--classifier auto needs --selection detach",
    "left out decides; or give a head": "left out decides",
    "n_jobs == 0 has no meaning: use None or 1": "--jobs 0 has no meaning: say 1",
    "Seed must be": "--seed must be",
    "level must be": "--interval must be",
    "Say honest=False": "Say --no-honest",
    "channel_names has": "--channel gives",
    "channel_names": "--channel",
}
EXPECTED = (OSError, ValueError, TypeError, ImportError, RuntimeError, MemoryError, OverflowError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of those of the process.

    Returns
    -------
    int
        0: done. 1: it could not be done; one line on standard error says why. 130: interrupted. A command that is
        wrong ends the process with 2, as argparse does.

    Examples
    --------
    >>> from lightwaves.cli import main
    >>> main(["inspect", "no-such-model.npz"])  # doctest: +SKIP
    lightwaves: error: no-such-model.npz: No such file or directory
    1
    """
    ready_streams()
    with ExitStack() as others:
        if not is_first():  # whose help and errors would be those of the first
            nowhere = others.enter_context(open(os.devnull, "w"))
            others.enter_context(redirect_stdout(nowhere))
            others.enter_context(redirect_stderr(nowhere))
        options = parser().parse_args(arguments)
    comm: Comm = SerialComm()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = teller()
            comm = comm_of_job()
            do(options, comm)
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output wants no more
        return DONE
    except KeyboardInterrupt:
        tell("interrupted", comm)
        end_job(comm)
        return INTERRUPTED
    except EXPECTED as error:
        if options.traceback:
            traceback.print_exc()
        if comm.size == 1 or options.command != "fit" or is_known(error):
            tell(f"error: {said(error)}", comm)
        else:  # the others would wait for this one
            complain(f"error: rank {comm.rank} failed: {said(error)}")
            end_job(comm)
        return FAILED
    except BaseException:
        traceback.print_exc()
        end_job(comm)
        raise
    finally:
        let_go_of_closed()
    return DONE


def do(options: Namespace, comm: Comm) -> None:
    """One command; all processes of a job fit, the first alone does the rest."""
    if options.command == "fit":
        fit(options, comm)
    elif comm.rank == 0:
        ALONE[options.command](options)


def tell(message: str, comm: Comm) -> None:
    """A line on standard error; of a job the first process tells, which knows of the others' errors."""
    if comm.rank == 0:
        complain(message)


def complain(message: str) -> None:
    """A line on standard error; where nobody reads it any more, the work goes on without it."""
    with suppress(OSError):
        print(f"lightwaves: {message}", file=sys.stderr, flush=True)


def let_go_of_closed() -> None:
    """Send to nowhere what could not be written: Python would try once more at its end, and change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def said(error: BaseException) -> str:
    """What an error says, in one line."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return printable(f"{os.fsdecode(error.filename)}: {error.strerror}")
    text = " ".join(str(error).split()) or type(error).__name__
    for words, option in IN_WORDS_OF_COMMANDS.items():
        text = text.replace(words, option)
    return printable(text)


def teller() -> Callable[..., None]:
    """What shows warnings, each once: a report predicts the same cases several times."""
    told: set[str] = set()

    def tell_once(message: Any, *_: Any, **__: Any) -> None:
        text = said(message)
        if text not in told:
            told.add(text)
            complain(f"warning: {text}")

    return tell_once
