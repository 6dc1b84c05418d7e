"""What all displays share: where they draw, and in which colours.

Colours keep their order of lightness in greyscale, and sign is told by position as well as by colour. matplotlib comes
with the extra ``plots``.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..validation import check_int, first_line, shown
from .names import short_names

SIGNS_OF_INCH = 13  # of a title
LONGEST_NUMBER, MOST_DIGITS = 14, 12  # characters of one that is written without an exponent, and digits of one with it
DARK, MIDDLE, LIGHT = "#1f4e79", "#5b8db8", "#c6d8e8"
ACCENT, GREY = "#b5542f", "#7f7f7f"
FOR, AGAINST = "#1f5c99", "#d98032"  # dark and light in greyscale, apart for every kind of colour-blindness
LINES = (("#1f4e79", "-"), ("#d98032", "--"), ("#4d4d4d", ":"), ("#5fa3a3", "-."), ("#8c3b6e", (0, (5, 1))),
         ("#9aa63b", (0, (1, 1))))  # fmt: skip


def axes(ax: Any, size: tuple[float, float], path: str | os.PathLike[str] | None = None) -> Any:
    """The axes that were given; or pyplot's, if nothing is drawn there yet; or new ones.

    Parameters
    ----------
    ax : matplotlib axes, or None
    size : (float, float)
        Of a new figure, in inches.
    path : str or path, optional
        With a path, the figure is only written, and pyplot never sees it.

    Raises
    ------
    ImportError
        As of `class_of_figures`.
    """
    if ax is not None:
        return ax
    if path is not None:
        return paper(*size)
    class_of_figures()  # or an error that names the extra
    from matplotlib import pyplot

    if pyplot.get_fignums() and not pyplot.gca().has_data() and pyplot.gca().axison:
        return pyplot.gca()
    return pyplot.figure(figsize=size, layout="constrained").add_subplot()


def paper(width: float, height: float) -> Any:
    """Axes of a new figure that pyplot never sees; the size is in inches."""
    return class_of_figures()(figsize=(width, height), layout="constrained").add_subplot()


def class_of_figures() -> Any:
    """That of matplotlib; asked for before long work, so that an error comes at once.

    Raises
    ------
    ImportError
        If matplotlib is not installed, or cannot be imported.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'lightwaves[plots]'") from error
    except ValueError as error:  # of what its files or the environment say
        raise ImportError(f"matplotlib cannot be imported; is MPLBACKEND wrong? {first_line(error)}") from error
    return Figure


def place_of(ax: Any) -> Any:
    """Where axes stand, as something that can be cut into a grid; they become invisible."""
    ax.set_axis_off()
    if ax.get_subplotspec() is not None:
        return ax.get_subplotspec()
    where = ax.get_position()  # of axes that stand in no grid
    return ax.figure.add_gridspec(1, 1, left=where.x0, right=where.x1, bottom=where.y0, top=where.y1)[0]


def grid(ax: Any, n_rows: int, n_columns: int, **options: Any) -> NDArray[Any]:
    """Axes in rows and columns where one stood, which becomes invisible; object (n_rows, n_columns)."""
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    inner = GridSpecFromSubplotSpec(n_rows, n_columns, subplot_spec=place_of(ax), **options)
    found = np.empty((n_rows, n_columns), object)
    for place in np.ndindex(n_rows, n_columns):
        found[place] = ax.figure.add_subplot(inner[place])
    return found


def headline(outer: Any, panels: Sequence[Any] | NDArray[Any], title: str) -> None:
    """A title over several panels: that of the figure, if they are all that it holds."""
    others = [
        ax for ax in outer.figure.axes if ax is not outer and ax not in list(panels) and ax.get_label() != "<colorbar>"
    ]
    if others:
        first, lines = panels[0], wrapped(title, outer)
        where = "left" if first.get_title(loc="left") else "center"
        own = first.get_title(loc=where)
        # room in the layout, where the title itself would be taken for one of a narrow panel
        room = "\n" * (lines.count("\n") + 2)
        first.set_title(room + own, loc=where, fontsize=8)
        above = (0, 6 + 11 * len(own.splitlines()))
        first.annotate(lines, (0, 1), above, "axes fraction", "offset points", va="bottom", fontsize=9, in_layout=False)
    else:
        outer.figure.suptitle(wrapped(title, outer.figure), fontsize=10, x=0.01, ha="left")


def plain(ax: Any, title: str = "", x: str = "", y: str = "") -> None:
    """A title and names of the axes, without a frame at top and right."""
    ax.set_title(wrapped(title, ax), fontsize=10, loc="left")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[["top", "right"]].set_visible(False)


def wrapped(title: str, where: Any) -> str:
    """A title in lines that are no longer than axes, or a figure, are wide."""
    inches = where.bbox.width / (where.dpi if hasattr(where, "dpi") else where.figure.dpi)
    longest = max(16, int(SIGNS_OF_INCH * inches))
    return "\n".join(part for line in title.split("\n") for part in textwrap.wrap(line, longest) or [""])


def counted(number: int, what: str) -> str:
    """So many of something, such as 1 case and 2 cases."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def decimal(number: float, exponent: int) -> str:
    """A number rounded to a power of ten, such as tenths where the exponent is -1; zero has no sign."""
    exponent = max(exponent, -300, int(np.floor(np.log10(max(abs(number), 1e-300)))) - 15)
    with localcontext(Context(prec=400)):  # whatever a program computes with otherwise
        rounded = Decimal(float(number)).quantize(Decimal(1).scaleb(exponent)) + 0
        plain_text = f"{rounded:f}"
        return plain_text if len(plain_text) <= LONGEST_NUMBER else f"{rounded.normalize():.{MOST_DIGITS}g}"


def exponent_of(spread: float) -> int:
    """The power of ten to which numbers are rounded, so that differences between them keep four digits."""
    return int(np.floor(np.log10(spread))) - 3 if spread > 0 else -3


def decimals(numbers: Sequence[float], spread: float) -> list[str]:
    """Numbers that stand together: differences within a spread keep four digits, and each number three of its own.

    So numbers are not 0 where a few others are a thousand times as large.
    """
    exponent = exponent_of(spread)
    return [decimal(number, min(exponent, exponent_of(abs(number)) + 1) if number else exponent) for number in numbers]


def channel_names(names: Sequence[str] | None, n_channels: int) -> list[str]:
    """The names of channels; their numbers, if they have no names."""
    return list(names or [f"channel {c}" for c in range(n_channels)])


def names_on(axis: Any, places: Sequence[float] | NDArray[Any], names: Sequence[Any], size: float = 9) -> None:
    """Names at some places of an axis, all of them at once, so that they stay different."""
    axis.set_ticks(places, short_names(names), fontsize=size)


def signed_colors() -> Any:
    """Colours from what speaks against, over white, to what speaks for."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("against to for", [AGAINST, "white", FOR])


def painted(figure: Any, dpi: int) -> bytes:
    """A figure as PNG. It is what ``savefig`` writes, which draws everything twice."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    room = BytesIO()
    figure.set_dpi(dpi)
    if rcParams["savefig.facecolor"] != "auto":  # as in styles whose windows are grey
        figure.set_facecolor(rcParams["savefig.facecolor"])
    FigureCanvasAgg(figure).print_png(room, metadata={"Software": None})
    return room.getvalue()


def saved(ax: Any, path: str | os.PathLike[str] | None) -> Any:
    """The axes, written to a file where one is named."""
    if path is not None:
        ax.figure.savefig(path, dpi=150)
    return ax


def numbers_of(channels: Any, n_channels: int, names: tuple[str, ...] | None) -> NDArray[np.intp]:
    """Channels as numbers, each once, in the order in which they are named.

    Raises
    ------
    TypeError, ValueError
        If they are no numbers or names of channels.
    """
    if isinstance(channels, str) or not np.iterable(channels):
        raise TypeError(f"channels must be a sequence of numbers or names, got {shown(channels)}.")
    chosen: dict[int, None] = {}
    place_of = {name: place for place, name in enumerate(names or ())}
    for channel in channels:
        if isinstance(channel, str):
            if channel not in place_of:
                known = f"there are {', '.join(names[:5])}, ..." if names else "the channels have no names"
                raise ValueError(f"channels names {channel!r}, but {known}.")
            chosen[place_of[channel]] = None
        else:
            number = check_int(channel, "channels", 0)
            if number >= n_channels:
                raise ValueError(f"channels names {number}, but X has {n_channels} channels.")
            chosen[int(number)] = None
    if not chosen:
        raise ValueError("channels is empty: name at least one.")
    return np.array(list(chosen), np.intp)
