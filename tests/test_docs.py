"""What the pages show can be run."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGES = Path(__file__).parents[1] / "docs"


def test_the_bank_of_your_own_works_as_it_is_shown(capsys):
    page = PAGES / "banks.md"
    if not page.exists():
        pytest.skip("the pages are not beside these tests")
    (code,) = re.findall(r"<!-- example -->\s+```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(code, names)
    assert names["spectra"].shape == (40, 48)
    assert "cycles" in capsys.readouterr().out
    kinds = {type(part).__name__ for part in names["model"].plan_.parts}
    assert kinds == {"SpectrumPlan", "KernelPlan"}
    series = [x[:, : 90 + i % 10] for i, x in enumerate(names["X"])]
    alone = np.concatenate([names["model"].transform([x]) for x in series])
    np.testing.assert_allclose(names["model"].transform(series), alone, rtol=1e-6)
