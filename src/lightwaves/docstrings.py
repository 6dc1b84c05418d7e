"""Descriptions that several classes or methods share, written once; each docstring that asks for one shows it whole."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import TypeVar

Documented = TypeVar("Documented", bound=Callable)

PLACE = re.compile(r"^( *)\{(\w+)\}$", re.MULTILINE)


def shares(descriptions: dict[str, str]) -> Callable[[Documented], Documented]:
    r"""Fill the places of a docstring, such as a line ``{n_jobs}``, with shared descriptions.

    Parameters
    ----------
    descriptions : dict of str
        The text for each name, as it would stand in a docstring without indentation.

    Returns
    -------
    function
        A decorator. It raises a KeyError for a place without a description.

    Examples
    --------
    >>> from inspect import cleandoc
    >>> from lightwaves.docstrings import shares
    >>> @shares({"n_jobs": "n_jobs : int, optional\n    Threads."})
    ... class Counter:
    ...     '''Counts.
    ...
    ...     Parameters
    ...     ----------
    ...     {n_jobs}
    ...     '''
    >>> cleandoc(Counter.__doc__).splitlines()[4:6]
    ['n_jobs : int, optional', '    Threads.']
    """
    texts = {name: textwrap.dedent(text).strip().splitlines() for name, text in descriptions.items()}

    def fill(documented: Documented) -> Documented:
        def text(place: re.Match[str]) -> str:
            return "\n".join((place[1] + line).rstrip() for line in texts[place[2]])

        if documented.__doc__ is not None:  # python -OO has none
            documented.__doc__ = PLACE.sub(text, documented.__doc__)
        return documented

    return fill
