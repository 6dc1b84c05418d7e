"""Tables in the pages, between ``<!-- marker -->`` and ``<!-- end marker -->``."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

MARKED = re.compile(r"<!-- (?!end )([^<>]+?) -->\n(.*?)<!-- end \1 -->", re.DOTALL)


def markers(text: str) -> list[str]:
    """The markers on a page, without those around code, which nobody fills."""
    return [found[1] for found in MARKED.finditer(text) if not found[2].lstrip().startswith("```")]


def filled(text: str, marker: str, content: str) -> str:
    """The page with other content between two markers."""
    start, end = f"<!-- {marker} -->\n", f"<!-- end {marker} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise ValueError(f"the page must have {start.strip()!r} and {end!r} once each")
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n\n{end}{rest.split(end)[1]}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def paragraph(text: str) -> str:
    """Text in lines as long as those of the pages."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def counted(n: int, one: str, many: str = "") -> str:
    """Such as "3 seeds"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return f"{words[n] if n < len(words) else n} {one if n == 1 else many or one + 's'}"
