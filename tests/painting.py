"""Figures that are made, but not painted: that takes longest, and a page has the same words."""

from contextlib import contextmanager

import pytest
from wide import WIDE


@contextmanager
def unpainted():
    """Figures inside a page are empty, but where all is tried; those in files of their own are as ever."""
    canvas = pytest.importorskip("matplotlib.backends.backend_agg").FigureCanvasAgg
    paint = canvas.print_png

    def leave_out(self, room, **options):
        return room.write(b"\x89PNG") if hasattr(room, "write") else paint(self, room, **options)

    with pytest.MonkeyPatch.context() as changes:
        if not WIDE:
            changes.setattr(canvas, "print_png", leave_out)
        yield changes
