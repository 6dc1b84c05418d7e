"""The head of a ``.ts`` file: what stands before ``@data``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .labels import QUOTED, Classes, unquoted, words_of
from .text import WHITESPACE, Lines
from .values import count, shown

KEYS = {
    "classlabel": "classLabel",
    "dimension": "dimensions",
    "dimensions": "dimensions",
    "equallength": "equalLength",
    "missing": "missing",
    "problemname": "problemName",
    "serieslength": "seriesLength",
    "targetlabel": "targetLabel",
    "timestamps": "timestamps",
    "univariate": "univariate",
}
ANY_LENGTH = ("variable", "unknown")
CLASS = re.compile(rf"({QUOTED})(?=[{WHITESPACE},]|$)|([^{WHITESPACE},][^{WHITESPACE}]*|,)")


@dataclass(frozen=True)
class Head:
    """What the head of a file says; None where it says nothing.

    Attributes
    ----------
    n_channels, n_timepoints : int or None
    equal_length, missing : bool or None
    timestamps : bool
    labels : {"class", "target", None}
        What stands at the end of each line.
    classes : Classes or None
    doubts : tuple of str
        What a user should know of, each with file and line.
    """

    n_channels: int | None
    n_timepoints: int | None
    equal_length: bool | None
    missing: bool | None
    timestamps: bool
    labels: str | None
    classes: Classes | None
    doubts: tuple[str, ...]


def read_head(lines: Lines, content: Iterator[str]) -> Head:
    """Take lines up to ``@data``.

    Raises
    ------
    ValueError
        If one of them is malformed, or two contradict each other; the message names file and line.
    """
    said = _Said(lines)
    for line in content:
        key, *rest = re.split(f"[{WHITESPACE}]+", line, maxsplit=1)
        value = rest[0] if rest else ""
        if not key.startswith("@"):
            raise lines.malformed(f"expected '@key value' or '@data', found {shown(line)}")
        if key.lower() == "@data":
            if value:
                raise lines.malformed(f"nothing may follow '@data', found {shown(value)}")
            return said.head()
        said.take(key[1:].lower(), value)
    raise lines.malformed("the file ends without '@data'")


class _Said:
    """The keys of a head, each with its value and its line."""

    def __init__(self, lines: Lines):
        self._lines = lines
        self._values: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._doubts: list[str] = []

    def take(self, key: str, value: str) -> None:
        if key not in KEYS:
            self._doubts.append(str(self._lines.malformed(f"the key {shown('@' + key)} is not known and left out")))
            return
        name = KEYS[key]
        if self._values.setdefault(name, value) != value and name != "problemName":
            before = f"{shown(self._values[name])} in line {self._numbers[name]}"
            raise self._lines.malformed(f"@{name} {shown(value)}, but {before}")
        self._numbers.setdefault(name, self._lines.number)

    def head(self) -> Head:
        n_channels = self._count("dimensions")
        if self._flag("univariate"):
            if n_channels not in (None, 1):
                raise self._wrong("dimensions", f"says {n_channels}, but @univariate says true")
            n_channels = 1
        equal_length = self._flag("equalLength")
        any_length = equal_length is False or self._values.get("seriesLength", "").lower() in ANY_LENGTH
        labels = self._labels()
        return Head(
            n_channels=n_channels,
            n_timepoints=None if any_length else self._count("seriesLength"),
            equal_length=equal_length,
            missing=self._flag("missing"),
            timestamps=bool(self._flag("timestamps")),
            labels=labels,
            classes=self._classes(n_channels) if labels == "class" else None,
            doubts=tuple(self._doubts),
        )

    def _wrong(self, name: str, what: str) -> ValueError:
        return self._lines.malformed(f"@{name} {what}", self._numbers[name])

    def _flag(self, name: str, only_first_word: bool = False) -> bool | None:
        if name not in self._values:
            return None
        words = words_of(self._values[name].lower())
        if words not in (["true"], ["false"]) and not (only_first_word and words[:1] in (["true"], ["false"])):
            raise self._wrong(name, f"must be true or false, found {shown(self._values[name])}")
        return words[0] == "true"

    def _count(self, name: str) -> int | None:
        if name not in self._values:
            return None
        value = count(self._values[name])
        if not value:
            raise self._wrong(name, f"must be a whole number above 0, found {shown(self._values[name])}")
        return value

    def _labels(self) -> str | None:
        has_class = self._flag("classLabel", only_first_word=True)
        has_target = self._flag("targetLabel")
        if has_class and has_target:
            raise self._wrong("classLabel", "and @targetLabel are both true")
        if has_target:
            return "target"
        return "class" if has_class or (has_class is None and has_target is None) else None

    def _classes(self, n_channels: int | None) -> Classes | None:
        tokens = CLASS.findall(self._values.get("classLabel", "")[len("true") :])
        try:
            names = [unquoted(in_quotes) for in_quotes, _ in tokens if in_quotes]
        except ValueError as error:
            raise self._wrong("classLabel", f"is malformed: {error}") from None
        bare = [word for _, word in tokens if word]
        words = [word for word in bare if word == word.strip(",")]
        if n_channels is None and any(":" in word for word in words):
            what = "has a class with ':'; put it in quotes, or say '@univariate true' or @dimensions"
            raise self._wrong("classLabel", what)
        names += words
        if any("," in word for word in bare):
            names += filter(None, (part.strip(WHITESPACE) for part in " ".join(bare).split(",")))
        return Classes(names, bare) if names else None
