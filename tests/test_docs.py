"""What the pages show can be run."""

import re
from pathlib import Path

import numpy as np
import pytest
from jobs import run

from lightwaves import load, load_basic_motions

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


@pytest.mark.parametrize("name", ["train", "held"])
def test_the_scripts_for_many_machines_work_as_they_are_shown(name, tmp_path, monkeypatch):
    page = PAGES / "distributed.md"
    if not page.exists():
        pytest.skip("the pages are not beside these tests")
    text = page.read_text(encoding="utf-8")
    (code,) = re.findall(rf"<!-- {name} -->\s+```python\n(.*?)```", text, re.DOTALL)
    script = tmp_path / "train.py"
    kept = "small.predict(load_basic_motions('train')[0][:, model.channels_])"
    predicted = kept if name == "held" else "model.predict(X)"
    script.write_text(f"{code}\nprint(MPI.COMM_WORLD.rank, ({predicted} == y).mean(), flush=True)\n")
    monkeypatch.chdir(tmp_path)
    status, out, complaints = run(2, script)
    assert status == 0, out + complaints
    assert sorted(line.split() for line in out.splitlines()) == [["0", "1.0"], ["1", "1.0"]]
    if name == "train":
        X, y = load_basic_motions("train")
        assert (load(tmp_path / "motions.npz").predict(X) == y).all()


DATA = PAGES / "data.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DATA.read_text(encoding="utf-8"), re.DOTALL) if DATA.exists() else []


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_each_piece_of_the_page_on_data_runs_alone(number, capsys):
    exec(BLOCKS[number], {})
    assert capsys.readouterr().out
