"""What stands in a file, checked before it is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..archive import array_of
from ..entries import Entry, Number, arrays_of


class Reader:
    """Takes arrays out of entries, and knows which it has taken."""

    def __init__(self, entries: Mapping[str, bytes]):
        self.entries = entries
        self.read: list[str] = []

    def array(self, name: str, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        """The array of that name, which must have that dtype and shape."""
        self.read.append(f"{name}.npy")
        if self.read[-1] not in self.entries:
            raise ValueError(f"{name} is missing")
        try:
            return array_of(self.entries[self.read[-1]], np.dtype(dtype), shape)
        except ValueError as error:
            raise ValueError(f"{name} is not what it must be: {error}") from None

    def arrays(self, prefix: str, entries: Mapping[str, Entry], sizes: Mapping[str, int]) -> dict[str, Any]:
        """Those of some entries that are arrays."""
        wanted = arrays_of(entries)
        return {name: self.array(prefix + name, what.dtype, what.shape(sizes)) for name, what in wanted.items()}


def sizes_from(given: Any, wanted: Collection[str], never_0: Collection[str] = ()) -> dict[str, int]:
    """Sizes that a file says: natural numbers, which the lengths of its entries must then confirm; some are never 0."""
    check_names("sizes", given, wanted)
    for name in wanted:
        Number(int, int(name in never_0)).check(name, given[name], {})
    return dict(given)


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose names must differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def no_number(word: str) -> None:
    """What Python's reader of JSON takes for numbers, though JSON does not: NaN and infinity."""
    raise ValueError(f"{word} is no number")


def check_names(what: str, given: Any, wanted: Collection[str]) -> None:
    """Raise a ValueError where names are missing or unknown."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} must have names, but are {type(given).__name__}")
    if set(given) != set(wanted):
        raise ValueError(f"{what} differ in {min(map(str, set(given) ^ set(wanted)))!r:.99} from what they must be")


def check_texts(what: str, given: Any) -> None:
    """Raise a ValueError for something else than a list of texts."""
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise ValueError(f"{what} must be texts")
