"""How much is tried: a part that meets every rule once, or all of it, where LIGHTWAVES_WIDE=1 asks for it."""

import os

WIDE = os.environ.get("LIGHTWAVES_WIDE") == "1"


def sweep(few, others):
    """What a test is run with: a few, and the others where all is tried."""
    return [*few, *others] if WIDE else list(few)


def times(few, many):
    """How often chance decides what a test is run with."""
    return many if WIDE else few
