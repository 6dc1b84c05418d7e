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
CODE = (".text", "__text")  # how names of sections begin: of ELF and of Windows, and of macOS
TABLES = (".rodata", ".rdata", ".data", "__const", "__cstring", "__literal", "__data")


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
        found = sizes(source, command)
        if found is not None:
            return Exported(source, header, work_bytes, agreement, " ".join(command), *found, stream_bytes)
        if command == compiler_of_environment():
            found_one = shutil.which(command[0]) is not None
            why = f"does not tell the sizes of {source.name}" if found_one else "is not found"
            warn_caller(f"the compiler that CC names, {' '.join(command)}, {why}.")
    return Exported(source, header, work_bytes, agreement, stream_bytes=stream_bytes)


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


def sizes(source: Path, compiler: list[str], options: tuple[str, ...] = ("-Os",)) -> tuple[int, int, int] | None:
    """Bytes of code, tables and stack; None where a tool is missing, or room for what it makes.

    Parameters
    ----------
    source : Path
    compiler : list of str
        A compiler, beside which there is the program ``size`` of its binutils, and options of its own.
    options : tuple of str

    Returns
    -------
    code, tables, stack : int
    """
    own = re.sub(r"(gcc|cc|clang)(-[\d.]+)?$", "size", compiler[0])
    size = own if own != compiler[0] and shutil.which(own) else "size"
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "model.o")
            command = [*compiler, "-std=c99", *options, "-fstack-usage", "-c", str(source), "-o", str(made)]
            subprocess.run(command, check=True, capture_output=True, timeout=MINUTE)
            command = [size, "-A", str(made)]
            told = subprocess.run(command, check=True, capture_output=True, timeout=MINUTE, errors="replace").stdout
            usage = made.with_suffix(".su").read_text(errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    fields = [line.rsplit("\t", 2) for line in usage.splitlines()]  # a path, which may hold anything, and two more
    stack = sum(int(found[1]) for found in fields if len(found) == 3 and found[1].isdigit())
    return *of_sections(told), stack


def of_sections(told: str) -> tuple[int, int]:
    """Bytes of code and of tables, by what ``size -A`` says."""
    sections = [line.split() for line in told.splitlines()]
    of = [(words[0], int(words[1])) for words in sections if len(words) == 3 and words[1].isdigit()]
    code, tables = (sum(n for section, n in of if section.startswith(names)) for names in (CODE, TABLES))
    return code, tables
