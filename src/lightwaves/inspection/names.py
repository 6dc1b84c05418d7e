"""Names of channels, classes and features as pictures show them: short, in one line, and still apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from unicodedata import category, east_asian_width

from ..validation import warn_caller

LONGEST = 28  # characters that a name has on an axis
FAR = 12  # characters that are given up at most, so that a name is cut between words
WORDS = re.compile(r"[^\W\d_]+|\d+|.")  # and single characters between them
MOST_NAMED = 5  # characters that a warning names
BOX, LOST = "\N{WHITE SQUARE}", "\N{REPLACEMENT CHARACTER}"

_missing: ContextVar[dict[str, None] | None] = ContextVar("missing", default=None)
P = ParamSpec("P")
R = TypeVar("R")


def one_line(name: Any) -> str:
    """A name as one line of text: a control character or a space of any kind is a plain space."""
    if (text := str(name)).isprintable():  # of the spaces, the plain one alone is
        return text
    return "".join(" " if c.isspace() or category(c) == "Cc" else LOST if category(c) == "Cs" else c for c in text)


def literal(name: Any) -> str:
    """A name as matplotlib shows it character by character: no dollar begins a formula."""
    return str(name).replace("$", r"\$")


def short_names(names: Sequence[Any], longest: int = LONGEST) -> list[str]:
    """Names that have room in a picture; those that differ stay different.

    If one is too long, words that all share are left out. Names that are not built alike are cut in the middle; where
    several would then be the same, what they share is cut instead. If nothing helps, they are numbered.

    Parameters
    ----------
    names : sequence
        All that stand on one picture. Whatever is no text is shown as `str` has it.
    longest : int, default=28
        The characters that each may have.

    Returns
    -------
    list of str
        For matplotlib; see `literal`.

    Warns
    -----
    UserWarning
        If matplotlib's fonts lack a character; see `one_warning`.
    """
    given = [str(name) for name in names]
    texts = drawable([one_line(name) for name in given])
    if any(east_asian_width(c) in "WF" for c in set("".join(texts))):
        longest = 5 * longest // 8  # these characters are wide
    cut = dict(zip(texts, fitted(texts, longest), strict=True))
    return [literal(name) for name in numbered(given, [cut[text] for text in texts], longest)]


def short(name: Any, longest: int = LONGEST) -> str:
    """A name that stands alone on a picture; see `short_names`."""
    return short_names([name], longest)[0]


def fitted(texts: Sequence[str], longest: int) -> list[str]:
    """Texts that are no longer than they may be; the same for a few that differ, if there is no better way."""
    if max(map(len, texts), default=0) <= longest:
        return list(texts)
    in_words = without_shared_words(texts, longest)
    if in_words is not None:
        return in_words
    cut = {text: middle_cut(text, longest) for text in texts}
    alike: dict[str, list[str]] = {}
    for text, as_cut in cut.items():
        alike.setdefault(as_cut, []).append(text)
    for group in alike.values():
        if len(group) == 1:
            continue
        # Both ends stay where they tell this group from another.
        n_kept = longest // 4 if len(alike) > 1 and longest >= 16 else 0
        front, behind = group[0][:n_kept], group[0][len(group[0]) - n_kept :]
        inner = [text[n_kept : len(text) - n_kept] for text in group]
        for text, part in zip(group, where_they_differ(inner, longest - 2 * n_kept), strict=True):
            cut[text] = f"{front}{part}{behind}" if n_kept else part
    return [cut[text] for text in texts]


def without_shared_words(texts: Sequence[str], longest: int) -> list[str] | None:
    """Texts of as many words each, less words that all share and that stand far from those in which they differ.

    None if the texts are not so, or if they differ in more than there is room for.
    """
    words = [WORDS.findall(text) for text in texts]
    if len({len(of_text) for of_text in words}) > 1:
        return None
    columns = list(zip(*words, strict=True))
    widths = [max(map(len, column)) for column in columns]
    differing = [i for i, column in enumerate(columns) if len(set(column)) > 1]
    kept = set(differing)
    if not kept or _width(kept, widths) > longest:
        return None
    # Rather a word before than one behind: "sensor 3", "phase U".
    near = {i: min(d - i if i < d else 2 * (i - d) + 0.5 for d in differing) for i in range(len(columns))}
    for i in sorted(near, key=near.__getitem__):
        if kept & {i - 1, i + 1} and _width(kept | {i}, widths) <= longest:
            kept.add(i)
    for step in (1, -1):  # no character or number stands alone at a gap
        for i in range(len(columns))[::step]:
            behind_gap = 0 <= i - step < len(columns) and i - step not in kept
            if behind_gap and i not in differing and not columns[i][0].isalpha():
                kept.discard(i)
    begins_gap = [i not in kept and (i == 0 or i - 1 in kept) for i in range(len(columns))]
    return ["".join(word if i in kept else "…" * begins_gap[i] for i, word in enumerate(of_text)) for of_text in words]


def _width(kept: set[int], widths: list[int]) -> int:
    """The most characters of texts of which some words are kept, with an ellipsis for each gap."""
    gaps = sum(i not in kept and (i == 0 or i - 1 in kept) for i in range(len(widths)))
    return gaps + sum(widths[i] for i in kept)


def middle_cut(text: str, longest: int) -> str:
    """The two ends of a text that is too long."""
    half = max(0, longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[len(text) - half :]}"


def where_they_differ(texts: list[str], longest: int) -> list[str]:
    """Of texts that differ, the part in which they do, with as much as there is room for of what they share."""
    in_words = without_shared_words(texts, longest)
    if in_words is not None:
        return in_words
    n_front = _shared(texts)
    n_behind = _shared([text[n_front:][::-1] for text in texts])
    cores = [text[n_front : len(text) - n_behind] for text in texts]
    spare = longest - 2 - max(map(len, cores))  # less an ellipsis at either side
    if spare < 0:
        is_less = n_front + n_behind > 0 and longest > 8
        cores = fitted(cores, longest - 2) if is_less else [middle_cut(core, longest - 2) for core in cores]
    behind = min(n_behind, max(spare // 2, spare - n_front, 0))
    before = min(n_front, max(spare - behind, 0))
    shared_front, shared_end = texts[0][:n_front], texts[0][len(texts[0]) - n_behind :]
    shared_front = shared_front[_begin_of_word(shared_front, n_front - before) :]
    shared_end = shared_end[: n_behind - _begin_of_word(shared_end[::-1], n_behind - behind)]
    left, right = ("…" if len(part) < n else "" for part, n in ((shared_front, n_front), (shared_end, n_behind)))
    return [f"{left}{shared_front}{core}{shared_end}{right}" for core in cores]


def numbered(names: Sequence[str], shown: Sequence[str], longest: int) -> list[str]:
    """What is shown of names, with numbers where the same is shown of different ones."""
    of_shown: dict[str, dict[str, None]] = {}
    for name, text in zip(names, shown, strict=True):
        of_shown.setdefault(text, {})[name] = None
    found = {name: text for text, alike in of_shown.items() for name in alike}
    taken = set(of_shown)
    for text, alike in of_shown.items():
        number = 0
        for name in alike if len(alike) > 1 else ():
            while found[name] in taken:
                number += 1
                mark = f" ({number})"
                found[name] = f"{middle_cut(text, longest - len(mark))}{mark}"
            taken.add(found[name])
    return [found[name] for name in names]


def _shared(texts: list[str]) -> int:
    """How many characters texts share at the front, up to the end of a word if one is near."""
    differs = (n for n, characters in enumerate(zip(*texts, strict=False)) if len(set(characters)) > 1)
    most = next(differs, min(map(len, texts)))
    for n in range(most, max(-1, most - FAR - 1), -1):
        if all(_is_border(text, n) for text in texts):
            return n
    return most


def _begin_of_word(text: str, least: int) -> int:
    """The first place, not before the least, at which a word begins; the end if there is none."""
    if least <= 0:
        return 0
    return next((n for n in range(least, len(text)) if text[n].isalnum() and _is_border(text, n)), len(text))


def _is_border(text: str, place: int) -> bool:
    """Whether a text may be cut here: not within a word or a number."""
    if not 0 < place < len(text):
        return True
    one, other = text[place - 1], text[place]
    return not (one.isalpha() and other.isalpha()) and not (one.isdigit() and other.isdigit())


# --- characters that the fonts do not have ------------------------------------------------------------------------


def drawable(texts: list[str]) -> list[str]:
    """Texts with a box for each sign that matplotlib's fonts do not have.

    matplotlib would draw a box too, but warn again for each sign, text and time that it measures.
    """
    wanted = {c for text in texts for c in text if not c.isascii()} - {"…"}
    if not wanted:
        return texts
    try:
        known = {code for font in _fonts() for code in font.get_charmap()}
    except ImportError:
        return texts  # whatever draws next says what to install
    lacking = {c for c in wanted if ord(c) not in known}
    if not lacking:
        return texts
    _tell(c for c in dict.fromkeys("".join(texts)) if c in lacking)
    box = BOX if ord(BOX) in known else "?"
    return ["".join(box if c in lacking else c for c in text) for text in texts]


def _fonts() -> list[Any]:
    """The fonts that ``rcParams["font.family"]`` names, as far as they are installed."""
    from matplotlib import font_manager

    paths: dict[str, None] = {}
    for family in font_manager.FontProperties().get_family():
        try:
            some = font_manager.FontProperties(family=[family])
            paths[font_manager.findfont(some, fallback_to_default=False)] = None
        except ValueError:  # not installed; matplotlib says so where it draws
            continue
    return [font_manager.get_font(path) for path in paths or [font_manager.findfont(font_manager.FontProperties())]]


def one_warning(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function that draws warn once, at its end, of all characters that fonts lack; also of what it calls."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        if _missing.get() is not None:  # a part of a call that will warn
            return draw(*args, **kwargs)
        missing: dict[str, None] = {}
        token = _missing.set(missing)
        try:
            result = draw(*args, **kwargs)
        finally:
            _missing.reset(token)
        if missing:
            _tell(missing)
        return result

    return drawn


def _tell(characters: Iterable[str]) -> None:
    """Warn of characters, or keep them for a warning that follows."""
    missing = _missing.get()
    if missing is not None:
        missing.update(dict.fromkeys(characters))
        return
    characters, fonts = list(characters), [font.family_name for font in _fonts()]
    more = f" and {len(characters) - MOST_NAMED} more" if len(characters) > MOST_NAMED else ""
    cure = ", ".join(f'"{font}"' for font in [*fonts, "Noto Sans CJK JP"])
    warn_caller(
        f"names hold characters that the font of pictures, {', '.join(fonts)}, does not have: "
        f"{' '.join(characters[:MOST_NAMED])}{more}. The pictures show {BOX} instead. Name also an installed font that "
        f'has these characters, for example matplotlib.rcParams["font.family"] = [{cure}].'
    )
