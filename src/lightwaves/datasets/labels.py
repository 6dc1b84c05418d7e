"""Classes in text: quotes, and which of the declared classes a label means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from .text import WHITESPACE, Lines
from .values import number, shown

QUOTES = ("'", '"')
QUOTED = r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')"""
ESCAPES = {"\\": "\\", "'": "'", '"': '"', "%": "%", "n": "\n", "r": "\r", "t": "\t"}
ESCAPED = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
ESCAPED |= {":": r"\u003a", "\ufeff": r"\ufeff"}  # aeon splits at each ":", `Lines` refuses U+FEFF
CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f]")  # characters of no class outside quotes
N_SHOWN = 10  # classes in an error


def unquoted(text: str) -> str:
    r"""The text between quotes.

    One character each are ``\\``, ``\'``, ``\"``, ``\%``, ``\n``, ``\r``, ``\t``, and ``\u003a`` with any four digits.

    Raises
    ------
    ValueError
        If the quotes are not closed at the end, or the backslash stands before something else.
    """
    if not re.fullmatch(QUOTED, text):
        raise ValueError(f"the quotes do not end where the class ends, found {shown(text)}")
    try:
        return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", _meant, text[1:-1])
    except KeyError as error:
        raise ValueError(f"in quotes, a backslash must be written twice, found it before {error}") from None


def without_quotes(text: str, lines: Lines) -> str:
    """A label without the quotes that it may stand in; an error names the line."""
    if CONTROL.search(text) and not text.startswith(QUOTES):
        raise lines.malformed(f"a control character in the class {shown(text)}: take it out, or put quotes around it")
    try:
        return unquoted(text) if text.startswith(QUOTES) else text
    except ValueError as error:
        raise lines.malformed(str(error)) from None


def _meant(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else ESCAPES[escape[2]]


def quoted(label: str) -> str:
    """The label as `unquoted` reads it."""
    return '"' + "".join(ESCAPED.get(character, character) for character in label) + '"'


def quoted_end(line: str, separator: str) -> tuple[str, str] | None:
    """What stands before and behind the first separator that a quote follows; None where there is none."""
    if not any(quote in line for quote in QUOTES):
        return None
    match = re.search(rf"{separator}[ \t]*(?=['\"])", line)
    return (line[: match.start()], line[match.end() :]) if match else None


class Classes:
    """The classes that the head of a file declares.

    Parameters
    ----------
    names : iterable of str
    words : sequence of str, default=()
        The declaration word by word, where white space separates classes and may also be part of them.
    """

    def __init__(self, names: Iterable[str], words: Sequence[str] = ()):
        self.names = dict.fromkeys(names)
        self._pairs = set(pairwise(words))
        self._of_number: dict[float, str | None] = {}
        for name in self.names:
            value = number(name)
            if value is not None:
                self._of_number[value] = None if value in self._of_number else name

    def meant_by(self, label: str) -> str | None:
        """The class as it is declared, or None.

        ``1.0`` means a declared ``1``. A label of several words, not all of them numbers, is a class if the declaration
        has each next to the other.
        """
        if label in self.names:
            return label
        value = number(label)
        if value is not None:
            return self._of_number.get(value)
        words = words_of(label)
        numbers = all(number(word) is not None for word in words)
        joined = len(words) > 1 and not numbers and all(pair in self._pairs for pair in pairwise(words))
        return label if joined else None

    def __str__(self) -> str:
        names = list(self.names)
        more = f" and {len(names) - N_SHOWN} more" if len(names) > N_SHOWN else ""
        return ", ".join(shown(name) for name in names[:N_SHOWN]) + more


def words_of(text: str) -> list[str]:
    """What white space separates; a no-break space is part of a word."""
    return [word for word in re.split(f"[{WHITESPACE}]+", text) if word]


def spelled_twice(labels: Iterable[str]) -> tuple[str, str] | None:
    """Two labels that are one number, such as ``1`` and ``1.0``."""
    seen: dict[float, str] = {}
    for label in labels:
        value = number(label)
        if value is not None and seen.setdefault(value, label) != label:
            return seen[value], label
    return None
