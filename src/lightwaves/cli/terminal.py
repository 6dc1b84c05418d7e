"""Text as a terminal may show it: names from files may hold what would change its colours, or delete lines."""

from __future__ import annotations

import re

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # also those that turn text round


def printable(text: str, kept: str = "") -> str:
    r"""A text with its control characters as Python writes them, such as ``\x1b``, but for those that are kept."""
    return CONTROLS.sub(lambda found: found[0] if found[0] in kept else ascii(found[0])[1:-1], text)
