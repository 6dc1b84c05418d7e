"""Text as a terminal may show it: names from files may hold what would change its colours, or delete lines."""

from __future__ import annotations

import os
import re
import sys

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # also those that turn text round


def ready_streams() -> None:
    """Let standard output and standard error be there, as those of a service are not, and take any character."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        if hasattr(getattr(sys, name), "reconfigure"):  # a name from a file may hold what the terminal cannot show
            getattr(sys, name).reconfigure(errors="backslashreplace")


def printable(text: str, kept: str = "") -> str:
    r"""A text with its control characters as Python writes them, such as ``\x1b``, but for those that are kept."""
    return CONTROLS.sub(lambda found: found[0] if found[0] in kept else ascii(found[0])[1:-1], text)
