"""``python -m lightwaves`` trains, predicts, reports what it promises, and writes a picture and a model."""

import re
import subprocess
import sys

import pytest

from lightwaves import load, load_basic_motions, load_japanese_vowels
from lightwaves.__main__ import main

NUMBER = r"\d+(\.\d+)?"


def test_it_reports_and_writes_what_it_promises(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    folder = tmp_path / "new" / "folder"
    main(["BasicMotions", "--out", str(folder), "--n-features", "50"])
    said = capsys.readouterr().out
    for line in (
        "BasicMotions: 40 training and 40 test cases, 6 channels, 100 time points",
        rf"fit: {NUMBER} s \({NUMBER} s the first time, .*\)",
        r"accuracy: [01]\.\d{3}",
        "kept: 50 features, reading [1-6] of 6 channels",
        rf"time per prediction: {NUMBER} microseconds alone, {NUMBER} in a batch of 40",
        re.escape(f"channel importances: {folder / 'BasicMotions-channels.png'}"),
        re.escape(f"model: {folder / 'BasicMotions-model.npz'}"),
    ):
        assert re.search(f"^{line}$", said, re.MULTILINE), f"{line!r} is not in\n{said}"
    assert (folder / "BasicMotions-channels.png").read_bytes().startswith(b"\x89PNG")
    X, y = load_basic_motions("test")
    assert f"accuracy: {load(folder / 'BasicMotions-model.npz').score(X, y):.3f}" in said


def test_the_default_set_has_series_of_unequal_length(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    main(["--out", str(tmp_path), "--n-features", "20"])
    assert (
        "JapaneseVowels: 270 training and 370 test cases, 12 channels, 7 to 26 time points" in capsys.readouterr().out
    )
    assert load(tmp_path / "JapaneseVowels-model.npz").predict(load_japanese_vowels("test")[0]).shape == (370,)


def test_without_matplotlib_there_is_a_model_and_a_hint_in_place_of_the_picture(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    main(["BasicMotions", "--out", str(tmp_path), "--n-features", "20"])
    assert "pip install 'lightwaves[plots]'" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["BasicMotions-model.npz"]


@pytest.mark.parametrize("arguments", [["Iris"], ["--n-features", "many"], ["--depth", "3"]], ids=str)
def test_a_wrong_argument_ends_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: python -m lightwaves" in capsys.readouterr().err


def test_it_is_started_by_the_name_of_the_package():
    done = subprocess.run([sys.executable, "-m", "lightwaves", "--help"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "{BasicMotions,JapaneseVowels}" in done.stdout
