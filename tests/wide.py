"""How much is tried: a part that meets every rule once, or all of it, where LIGHTWAVES_WIDE=1 asks for it."""

import os
from itertools import product

WIDE = os.environ.get("LIGHTWAVES_WIDE") == "1"


def sweep(few, others):
    """What a test is run with: a few, and the others where all is tried."""
    return [*few, *others] if WIDE else list(few)


def times(few, many):
    """How often chance decides what a test is run with."""
    return many if WIDE else few


def cover(*values):
    """Combinations in which every value stands at least once; all of them where all is tried."""
    values = [list(each) for each in values]
    if WIDE:
        return list(product(*values))
    n = max(map(len, values))  # along a diagonal; each list slides by its own steps, so that no two go together
    return [tuple(each[(i + k * (i // len(each))) % len(each)] for k, each in enumerate(values)) for i in range(n)]
