"""Figures that are made, but not painted: that takes longest, and a page has the same words."""

from contextlib import contextmanager

import pytest
from wide import WIDE

from lightwaves.inspection import drawing


@contextmanager
def unpainted():
    """Figures inside a page are empty, but where all is tried; those in files of their own are as ever."""
    pytest.importorskip("matplotlib.figure")
    with pytest.MonkeyPatch.context() as changes:
        if not WIDE:
            changes.setattr(drawing, "painted", lambda figure, dpi: b"\x89PNG")
        yield changes
