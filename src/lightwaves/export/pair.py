"""Two files that are both written, or neither."""

from __future__ import annotations

from pathlib import Path

from ..files import write_whole


def write_pair(first: tuple[Path, bytes], second: tuple[Path, bytes]) -> None:
    """Write two files; if the second cannot be written, the first is as it was before."""
    before = first[0].read_bytes() if first[0].exists() else None
    write_whole(*first)
    try:
        write_whole(*second)
    except BaseException:
        if before is None:
            first[0].unlink()
        else:
            write_whole(first[0], before)
        raise
