"""What a file of C takes, as a compiler says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..validation import warn_caller

MINUTE = 60  # seconds that a compiler has
CODE = (".text", "__text")  # what names of sections begin with, in files of ELF, Windows and macOS
TABLES = (".rodata", ".data", ".srodata", ".sdata", ".rdata", "__const", "__data", "__cstring", "__literal")


@dataclass(frozen=True)
class Exported:
    """Files of C, and what they take.

    Attributes
    ----------
    source, header : Path
    work_bytes : int
        The room that a caller provides.
    stream_bytes : int
        The room that a stream keeps its samples in; 0 without ``stream=True``.
    agreement : float or None
        The share of the series of calibration that get the same label from integers as in Python, or nearly the same
        number; None for float32.
    compiler : str or None
        What measured the following, with -Os; None where no compiler is at hand. If the one that the environment names
        as CC cannot do it, there is a warning, and another one is taken.
    code_bytes, table_bytes : int or None
        Of functions, and of tables and strings.
    stack_bytes : int or None
        The most that a prediction takes of the stack, without the functions of the C library.

    Examples
    --------
    >>> from pathlib import Path
    >>> from lightwaves.export import Exported
    >>> Exported(Path("model.c"), Path("model.h"), work_bytes=2048).header.name
    'model.h'
    """

    source: Path
    header: Path
    work_bytes: int
    agreement: float | None = None
    compiler: str | None = None
    code_bytes: int | None = None
    table_bytes: int | None = None
    stack_bytes: int | None = None
    stream_bytes: int = 0


def measured(
    source: Path, header: Path, work_bytes: int, agreement: float | None = None, stream_bytes: int = 0
) -> Exported:
    """What two files take."""
    for command in compilers():
        try:
            found = sizes(source, command)
        except (OSError, subprocess.SubprocessError) as error:
            if command == compiler_of_environment():
                found_one = shutil.which(command[0]) is not None
                why = f"does not tell the sizes of {source.name}{complaint(error)}" if found_one else "is not found"
                warn_caller(f"the compiler that CC names, {' '.join(command)}, {why}.")
        else:
            return Exported(source, header, work_bytes, agreement, " ".join(command), *found, stream_bytes)
    return Exported(source, header, work_bytes, agreement, stream_bytes=stream_bytes)


def complaint(error: Exception) -> str:
    """The first error that a compiler writes, with a colon before it; empty if there is none."""
    told = (getattr(error, "stderr", None) or b"").decode(errors="replace").splitlines()
    return next((f": {line.strip().rstrip('.')}" for line in told if "error" in line), "")


def compilers() -> Iterator[list[str]]:
    """The compilers that are at hand, with their options: first that of the environment."""
    given = compiler_of_environment()
    if given:
        yield given
    yield from ([found] for found in map(shutil.which, ("cc", "gcc", "clang")) if found)


def compiler_of_environment() -> list[str]:
    """The words of CC, such as a compiler and its options."""
    words = os.environ.get("CC", "").split()
    return [shutil.which(words[0]) or words[0], *words[1:]] if words else []


def sizes(source: Path, compiler: list[str], options: tuple[str, ...] = ("-Os",)) -> tuple[int, int, int]:
    """Bytes of code, tables and stack.

    Parameters
    ----------
    source : Path
    compiler : list of str
        A compiler, beside which there is the program ``size`` of its binutils, and options of its own.
    options : tuple of str

    Returns
    -------
    code, tables, stack : int

    Raises
    ------
    OSError, subprocess.SubprocessError
        If a tool is missing, fails or finds no code, or if there is no room for what it makes.
    """
    size = size_beside(compiler[0])
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "model.o")
        command = [*compiler, "-std=c99", *options, "-fstack-usage", "-c", str(source), "-o", str(made)]
        subprocess.run(command, check=True, capture_output=True, timeout=MINUTE)
        told = subprocess.run([size, "-A", str(made)], check=True, capture_output=True, timeout=MINUTE).stdout
        usage = made.with_suffix(".su").read_text(errors="replace")
    code, tables = (bytes_of(told.decode(errors="replace"), names) for names in (CODE, TABLES))
    fields = [line.rsplit("\t", 2) for line in usage.splitlines()]  # a path, which may hold anything, and two more
    stack = sum(int(found[1]) for found in fields if len(found) == 3 and found[1].isdigit())
    if not code:
        raise OSError(f"{size} finds no code in what {compiler[0]} makes.")
    return code, tables, stack


def size_beside(compiler: str) -> str:
    """The program ``size`` of the binutils that a compiler has; or any, where it has none."""
    own = re.sub(r"(gcc|cc|clang)(-[\d.]+)?(\.exe)?$", "size", compiler, flags=re.IGNORECASE)
    return own if own != compiler and shutil.which(own) else "size"


def bytes_of(told: str, names: tuple[str, ...]) -> int:
    """The bytes of all sections whose names begin with one of these, in what ``size -A`` writes."""
    sections = [line.split() for line in told.splitlines() if line.startswith(names)]
    return sum(int(words[1]) for words in sections if len(words) == 3 and words[1].isdigit())
