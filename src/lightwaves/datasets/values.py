"""Numbers in text, read strictly: no underscores, no infinity, no words but those for a missing value."""

from __future__ import annotations

import math
import re
from array import array

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
COUNT = re.compile(r"([0-9]{1,15})(?:\.0*)?")
IN_A_ROW = re.compile(r"[0-9+\-.eE,? \tnNaA]*")  # with this, float() takes nothing but numbers and "nan"
BESIDE_QUESTION_MARK = re.compile(r"[^, \t]\?|\?[^, \t]")
MISSING = ("?", "nan", "+nan", "-nan")
PIECE = 1 << 16  # characters; bounds what is held beside the text and the values
SHOWN = 40  # characters of a wrong piece of text in an error


def append_values(row: str, values: array[float]) -> None:
    """Put the numbers of a row, separated by commas, behind others; a missing one, ``?`` or ``NaN``, is NaN.

    Parameters
    ----------
    row : str
    values : array of double
        Numbers too large for it become infinite.

    Raises
    ------
    ValueError
        If something else stands there; the message says at which time point.
    """
    before = len(values)
    start = 0
    while start <= len(row):
        end = row.find(",", start + PIECE)
        end = len(row) if end < 0 else end
        piece = row[start:end]
        time = len(values) - before
        try:
            if not IN_A_ROW.fullmatch(piece) or ("?" in piece and BESIDE_QUESTION_MARK.search(piece)):
                raise ValueError
            values.extend(map(float, piece.replace("?", "nan").split(",")))
        except ValueError:
            raise _wrong(piece, time) from None
        start = end + 1


def _wrong(piece: str, time: int) -> ValueError:
    tokens = [token.strip(" \t") for token in piece.split(",")]
    offset, token = next((i, token) for i, token in enumerate(tokens) if not _is_value(token))
    return ValueError(f"time point {time + offset}: {shown(token)} is not a finite number")


def _is_value(token: str) -> bool:
    return token.lower() in MISSING or NUMBER.fullmatch(token) is not None


def number(text: str) -> float | None:
    """The finite number that a text is, or None."""
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def is_row(text: str) -> bool:
    """Whether a text is nothing but numbers and missing values, with commas between them."""
    return all(_is_value(token.strip(" \t")) for token in text.split(","))


def count(text: str) -> int | None:
    """The whole number that a text is, also written as ``3.0``, or None; negative and absurd ones are none."""
    match = COUNT.fullmatch(text)
    return int(match[1]) if match else None


def shown(text: str) -> str:
    """A text in quotes, cut to what an error can show."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "...")
