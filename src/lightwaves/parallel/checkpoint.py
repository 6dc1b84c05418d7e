"""Checkpoints: the finished pieces of a search, as files of a folder, so that a search that was killed can go on."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import uuid
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
FACTS = "search.json"
OWN = re.compile(r"(search\.json|\w+-\d{7}\.piece)\.[0-9a-f]+\.partial")


class Checkpoint:
    """A folder with one file for each finished piece, and one that says of which search.

    Parameters
    ----------
    path : str or path
        The folder. Pieces are written by the process that made them, or that asked a joblib backend for them; so of
        several machines all must see the folder.

    Notes
    -----
    A file is written under another name, brought to the disk, and then renamed, so it is whole or not there; and it
    begins with a SHA-256 of what follows, so that one that was damaged later is recognised, and made again. What has
    been finished does not depend on the number of ranks: a search may be resumed with another.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)

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
        """
        ours = json.loads(json.dumps({"format": FORMAT, **facts, "random_state": seed}))
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"checkpoint {self.path} is a file, but a checkpoint is a folder: name another path.")
        file = self.path / FACTS
        partials = {other for other in self.path.glob("*.partial") if OWN.fullmatch(other.name)}  # of a killed process
        if not file.exists() and self.path.is_dir() and set(self.path.iterdir()) - partials:
            raise ValueError(f"{self.path} holds other files and no checkpoint: name another path.")
        self.path.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            self._clear(partials)
            self._write(file, json.dumps(ours, indent=1).encode())
            return seed
        try:
            theirs = json.loads(file.read_text())
            names = [*theirs, *(name for name in ours if name not in theirs)]
            kept_seed = int(theirs["random_state"])
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{file} is damaged ({error}): delete the folder {self.path}, or name another.") from None
        for name in names:
            if ours.get(name) != theirs.get(name) and (seed_matters or name != "random_state"):
                raise ValueError(
                    f"checkpoint {self.path} is of another search: {name} was {theirs.get(name)!r}, and now is "
                    f"{ours.get(name)!r}. Name another path, or delete the folder to start anew."
                )
        self._clear(partials)
        self._write(file, file.read_bytes())  # a folder that cannot be written to fails before any work
        return kept_seed

    @staticmethod
    def _clear(partials: set[Path]) -> None:
        for partial in partials:
            partial.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise a ValueError where a process does not see the folder that another has begun."""
        if not (self.path / FACTS).exists():
            raise ValueError(
                f"checkpoint {self.path} was begun by another process, but is not seen here ({platform.node()}): "
                "name a folder that all machines share."
            )

    def _file(self, stage: str, number: int) -> Path:
        return self.path / f"{stage}-{number:07d}.piece"

    def read(self, stage: str, number: int) -> tuple[NDArray[Any], ...] | None:
        """The arrays of a piece; None if it is not there, or, with a warning, if it is damaged."""
        file = self._file(stage, number)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            warnings.warn(f"{file} is damaged or half-written; this piece is computed again.", stacklevel=2)
            return None
        with np.load(io.BytesIO(content[32:]), allow_pickle=False) as archive:
            return tuple(archive[name] for name in archive.files)

    def write(self, stage: str, number: int, arrays: tuple[NDArray[Any], ...]) -> None:
        """Keep the arrays of a finished piece."""
        content = io.BytesIO()
        np.savez(content, *arrays)
        body = content.getvalue()
        self._write(self._file(stage, number), hashlib.sha256(body).digest() + body)

    def _write(self, file: Path, content: bytes) -> None:
        partial = file.with_name(f"{file.name}.{uuid.uuid4().hex}.partial")
        try:
            with open(partial, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, file)
        finally:
            partial.unlink(missing_ok=True)
