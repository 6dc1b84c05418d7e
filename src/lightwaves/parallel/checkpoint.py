"""Checkpoints: the finished pieces of a search, as files of a folder, so that a search that was killed can go on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..archive import DamagedError, array_of, npy, opened, sealed
from ..entries import Array
from ..files import read_whole, write_whole
from ..sharing import cached_property
from .lock import InUseError, Lock

FORMAT = 2
FACTS = "search.json"
LOCK = "search.lock"
OF_PIECE = "piece.json"
OWN = re.compile(r"search\.lock|(search\.json|[\w ]+-\d{7}\.piece)\.[0-9a-f]+\.partial")  # what killed processes leave
SEEDS = range(2**32)


class Checkpoint:
    """A folder with one file for each finished piece, and one that says of which search.

    Parameters
    ----------
    path : str or path
        The folder. Pieces are written by the process that made them, or that asked a joblib backend for them; so of
        several machines all must see the folder.

    Notes
    -----
    A file is written under another name, brought to the disk, and then renamed, so it is whole or not there. A piece
    is an archive as models are, under a SHA-256 of all that it holds, and says of which search it is, and which piece:
    one that was damaged later, or belongs elsewhere, is recognised, and made again. What has been finished does not
    depend on the number of ranks: a search may be resumed with another.

    One fit at a time works in a folder: from `begin` to `end`, its first process holds a `Lock`.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._lock = Lock(self.path / LOCK)

    def begin(self, facts: dict[str, Any], seed: int, seed_matters: bool) -> int:
        """Start a new checkpoint, or make sure that one that is there is of the same search; for one process.

        Parameters
        ----------
        facts : dict
            What tells this search from others, as JSON knows it.
        seed : int
            Of whatever is drawn.
        seed_matters : bool
            False where it was drawn without being asked for: then that of the checkpoint is taken.

        Returns
        -------
        int
            The seed.

        Raises
        ------
        ValueError
            If there is something else at this place, or a checkpoint of another search: the first fact that differs is
            named.
        InUseError
            If another fit is at work there; it is named.
        """
        if not self.path.exists() and os.path.expanduser(self.path) != os.fspath(self.path):
            raise ValueError(f"checkpoint {self.path} would be a folder called ~: pass os.path.expanduser(path).")
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"checkpoint {self.path} is a file, but a checkpoint is a folder: name another path.")
        if self.path.is_dir() and not (self.path / FACTS).exists() and set(self.path.iterdir()) - self._left():
            raise ValueError(f"checkpoint {self.path} holds other files, and no checkpoint: name another path.")
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            alone = self._lock.take()
        except InUseError as error:
            raise InUseError(
                f"checkpoint {self.path} is in use: {error} is searching there. Wait for its end, or name another path."
            ) from None
        ours = json.loads(json.dumps({"format": FORMAT, **facts, "random_state": seed}))
        if (self.path / FACTS).exists():
            seed = self._same(ours, seed_matters)
        else:
            write_whole(self.path / FACTS, json.dumps(ours | {"digest": digest(ours)}, indent=1).encode())
        if alone:
            for file in self._left() - {self.path / LOCK}:
                file.unlink(missing_ok=True)
        return seed

    def _left(self) -> set[Path]:
        """What processes have left there that were killed: files that never got their names, and a lock."""
        return {file for file in self.path.iterdir() if OWN.fullmatch(file.name)}

    def _same(self, ours: dict[str, Any], seed_matters: bool) -> int:
        """The seed of what is there, which must be the same search."""
        file = self.path / FACTS
        try:
            theirs = json.loads(read_whole(file))
            told = theirs.pop("digest", None)
            seed = theirs["random_state"]
            if type(seed) is not int or seed not in SEEDS:
                raise ValueError(f"random_state is {seed!r}")
            of_this_code = all(theirs.get(name) == ours.get(name) for name in ("format", "version"))
            if of_this_code and told != digest(theirs):
                raise ValueError("its digest is another")
            names = [*theirs, *(name for name in ours if name not in theirs)]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, IsADirectoryError) as error:
            raise self._damaged(str(error)) from None
        for name in names:
            if ours.get(name) != theirs.get(name) and (seed_matters or name != "random_state"):
                differs = f"{name} was {theirs.get(name)!r}, and now is {ours.get(name)!r}"
                if name == "data":
                    differs += " (other cases, or the same in other shards, as with another number of ranks)"
                raise ValueError(
                    f"checkpoint {self.path} is of another search: "
                    f"{differs if name != 'random_state' else 'random_state is another'}. Name another path, or delete "
                    "the folder to start anew."
                )
        return seed

    def _damaged(self, what: str) -> ValueError:
        return ValueError(
            f"checkpoint {self.path / FACTS} is damaged ({what}): delete the folder {self.path}, or name another."
        )

    def check(self, search: str) -> None:
        """Raise a ValueError where a process does not see the folder that another has begun, whose `search` is given.

        A folder of the same name may be of this machine alone, and hold an earlier search.
        """
        if not (self.path / FACTS).exists() or self.search != search:
            raise ValueError(
                f"checkpoint {self.path} was begun by another process, but is not seen here ({platform.node()}): "
                "name a folder that all machines share."
            )

    def end(self) -> None:
        """Let others work there; for the process that has begun, and without effect in others."""
        self._lock.release()

    @cached_property
    def search(self) -> str:
        """What tells the search from others, in one word."""
        return hashlib.sha256((self.path / FACTS).read_bytes()).hexdigest()

    def _piece(self, stage: str, number: int) -> bytes:
        """What a piece says of itself."""
        return json.dumps({"search": self.search, "stage": stage, "number": number}).encode()

    def _file(self, stage: str, number: int) -> Path:
        return self.path / f"{stage}-{number:07d}.piece"

    def read(self, stage: str, number: int, wanted: Sequence[Array]) -> tuple[NDArray[Any], ...] | None:
        """The arrays of a piece.

        Parameters
        ----------
        stage : str
        number : int
        wanted : sequence of Array
            What they must be, with all sizes as numbers.

        Returns
        -------
        tuple of arrays, or None
            None if the piece is not there, or, with a warning, if it is damaged, or not that piece.

        Raises
        ------
        ValueError
            If a folder is in its place.
        """
        file = self._file(stage, number)
        try:
            entries = opened(read_whole(file))
            if entries.pop(OF_PIECE, None) != self._piece(stage, number) or len(entries) != len(wanted):
                raise ValueError("it is of another search, or another piece")
            arrays = tuple(array_of(entries[f"{i}.npy"], what.dtype, what.shape({})) for i, what in enumerate(wanted))
            for array, what in zip(arrays, wanted, strict=True):
                what.check("an array", array, {})
        except FileNotFoundError:
            return None
        except IsADirectoryError:
            raise ValueError(f"checkpoint {file} is a folder, but a file is kept there: delete it.") from None
        except DamagedError:
            warnings.warn(f"{file} is damaged or half-written; this piece is computed again.", stacklevel=2)
            return None
        except (ValueError, KeyError) as error:
            warnings.warn(f"{file} is not what this search computes ({error}); it is computed again.", stacklevel=2)
            return None
        return arrays

    def write(self, stage: str, number: int, arrays: tuple[NDArray[Any], ...], wanted: Sequence[Array]) -> None:
        """Keep the arrays of a finished piece, if they are what is wanted: what has failed is computed again."""
        pairs = list(zip(wanted, arrays, strict=True))
        try:
            for entry, array in pairs:
                entry.check("it", array, {})
        except ValueError:
            return
        entries = {f"{i}.npy": npy(array) for i, array in enumerate(arrays)}
        write_whole(self._file(stage, number), sealed({OF_PIECE: self._piece(stage, number), **entries}))


def digest(facts: dict[str, Any]) -> str:
    """A fingerprint of what JSON knows."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
