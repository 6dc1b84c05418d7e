"""The text of C: tables of numbers and strings, and the parts of the source that are kept as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import numpy as np

WIDTH = 116  # characters of a line
WIDTHS = ((8, "int8_t", "uint8_t"), (16, "int16_t", "uint16_t"), (32, "int32_t", "uint32_t"))
BLOCK = re.compile(r"^/\*\{ (\w+) \*/\n(.*?)^/\*\} \*/\n", re.MULTILINE | re.DOTALL)
SLOT = re.compile(r"@(\w+)@")
NAME = re.compile(r'"[^"\n]*"|\b(?:model|MODEL)_')  # or a text, in which no name is one


def part(name: str, values: Mapping[str, Any], wanted: Iterable[str] = ()) -> str:
    """A part of the source, with its slots filled.

    Parameters
    ----------
    name : str
        A file in the folder ``parts``.
    values : mapping of str to anything
        What stands for ``@slot@``.
    wanted : iterable of str
        Lines between ``/*{ word */`` and ``/*} */`` are kept if the word is one of these.

    Returns
    -------
    str
    """
    source = (files("lightwaves.export") / "parts" / name).read_text(encoding="utf-8")
    keep = set(wanted)
    source = BLOCK.sub(lambda block: block[2] if block[1] in keep else "", source)
    return SLOT.sub(lambda slot: str(values[slot[1]]), source)


def named(source: str, name: str) -> str:
    """The same source with all that is seen from outside called by another name than ``model``; texts are kept."""
    names = {"model_": f"{name}_", "MODEL_": f"{name.upper()}_"}
    return NAME.sub(lambda found: names.get(found[0], found[0]), source)


def integer_type(values: Iterable[int]) -> str:
    """The narrowest type of integers that holds all of some."""
    numbers = [0, *(int(value) for value in values)]
    low, high = min(numbers), max(numbers)
    for bits, signed, unsigned in WIDTHS:
        if low >= 0 and high < 1 << bits:
            return unsigned
        if -(1 << (bits - 1)) <= low and high < 1 << (bits - 1):
            return signed
    raise ValueError(f"no type of 32 bits holds {low} to {high}")


def number(value: Any) -> str:
    """An int, or a float32 or float64 as a hexadecimal constant, which is exact."""
    if isinstance(value, int | np.integer):
        return str(int(value))
    mantissa, exponent = float(value).hex().split("p")
    suffix = "f" if isinstance(value, np.float32) else ""
    return f"{re.sub(r'[.]?0+$', '', mantissa) if '.' in mantissa else mantissa}p{exponent}{suffix}"


def row(values: Iterable[Any]) -> str:
    """A row of a table, with rows of its own in it."""
    return "{" + ", ".join(row(value) if isinstance(value, tuple) else number(value) for value in values) + "}"


def rows(table: Iterable[Iterable[Any]]) -> str:
    """A table of rows, as many in a line as fit."""
    return wrapped(map(row, table))


def numbers(values: Iterable[Any]) -> str:
    """A table of numbers, as many in a line as fit."""
    return wrapped(map(number, values))


def wrapped(entries: Iterable[str]) -> str:
    """Entries of a table, as many in a line as fit."""
    lines, line = [], ""
    for entry in entries:
        if line and len(line) + len(entry) + 2 > WIDTH:
            lines.append(line)
            line = ""
        line += f"{'    ' if not line else ' '}{entry},"
    return "\n".join([*lines, line])


def string(text: str) -> str:
    """A string constant, of ASCII characters only."""
    plain = (
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "surrogatepass")
    )
    return f'"{"".join(plain)}"'
