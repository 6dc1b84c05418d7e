"""``python -m lightwaves`` trains, predicts, reports what it promises, and writes a picture, a page and a model."""

import io
import os
import re
import runpy
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import numpy as np
import pytest
from painting import unpainted

from lightwaves import __main__ as main_module
from lightwaves import __version__, load, load_basic_motions, load_japanese_vowels
from lightwaves.__main__ import DATA, Data, accuracies, baselines, by_class, fitted, main
from lightwaves.datasets import PUMP_CHANNELS, make_pump

pytestmark = pytest.mark.slow

NUMBER = r"\d+(\.\d+)?"
CASES = {"a": 6, "b": 6, "c": 6}


def ts(path, cases=CASES, n_channels=2, label="{}"):
    """A file of a few series of unequal length, whose level and slope say their class."""
    rng = np.random.default_rng(0)
    lines = [f"@classLabel true {' '.join(cases)}", "@data"]
    for k, (name, n_cases) in enumerate(cases.items()):
        for case in range(n_cases):
            x = rng.normal(size=(n_channels, 30 + case)) + k * np.arange(30 + case)
            lines.append(":".join([*(",".join(f"{v:.3f}" for v in channel) for channel in x), label.format(name)]))
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def without_pictures(monkeypatch):
    """No matplotlib: drawing takes longer than all else, and the first command draws all that there is."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the first command says, started by the name of the package, in a folder of its own."""
    folder, out, complaints = tmp_path_factory.mktemp("first"), io.StringIO(), io.StringIO()
    with unpainted() as changes, redirect_stdout(out), redirect_stderr(complaints):
        changes.chdir(folder)
        changes.setattr(sys, "argv", ["lightwaves", "--n-features", "200"])
        changes.delitem(sys.modules, "lightwaves.__main__")
        runpy.run_module("lightwaves", run_name="__main__")
    assert complaints.getvalue() == ""
    return folder, out.getvalue()


def test_it_reports_what_it_promises(told):
    folder, said = told
    for line in (
        r"Pump \(synthetic\): 200 training and 400 test cases, 24 channels, 200 time points, 4 classes",
        rf"fit: {NUMBER} s \({NUMBER} s the first time, .*\)",
        r"accuracy: 0\.\d{3}",
        r"    0\.\d{3}  a random forest on mean, deviation, minimum and maximum of each channel",
        r"    0\.\d{3}  a ridge on the raw values",
        r"kept: 200 features, reading \d+ of 24 channels",
        r"    most important: \w+ \d+%, \w+ \d+%, \w+ \d+%",
        rf"size: \d+ convolutions, {NUMBER} KiB of parameters, {NUMBER} KiB as a file",
        rf"time per prediction: {NUMBER} microseconds alone, {NUMBER} in a batch of 400",
        r"class       cases  recall  precision  mostly taken for",
        r"cavitation    100    [01]\.\d\d       [01]\.\d\d  \w+",
        re.escape(f"channel importances: {folder / 'Pump-channels.png'}"),
        re.escape(f"report: {folder / 'Pump-report.html'}"),
        re.escape(f"model: {folder / 'Pump-model.npz'}"),
        "next:",
    ):
        assert re.search(f"^{line}$", said, re.MULTILINE), f"{line!r} is not in\n{said}"
    assert (folder / "Pump-channels.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "Pump-report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_it_shows_what_the_library_is_for(told):
    folder, said = told
    accuracy, *others = (float(n) for n in re.findall(r"(?:^accuracy: |^    )([01]\.\d{3})", said, re.MULTILINE))
    assert len(others) == 2
    assert accuracy > max(others) + 0.2
    model = load(folder / "Pump-model.npz")
    assert model.score(*make_pump(400, random_state=1)) == pytest.approx(accuracy, abs=5e-4)
    assert len(model.channels_) < 24
    most = {PUMP_CHANNELS[c] for c in np.argsort(-model.channel_importances_)[:3]}
    assert most == {"vibration_radial", "pressure_out", "flow"} == set(re.findall(r"(\w+) \d+%", said))


def test_what_it_says_to_type_next_can_be_typed(told, monkeypatch, capsys):
    folder, said = told
    commands = re.findall(r"^    (.*?)  # ", said.partition("next:")[2], re.MULTILINE)
    assert len(commands) == 4
    (look,) = (command for command in commands if " -c " in command)
    *_, minus_c, code = shlex.split(look)
    assert minus_c == "-c"
    monkeypatch.chdir(folder)
    exec(code, {})
    assert len(capsys.readouterr().out.split()) == 5
    for command in commands:
        python, *arguments = shlex.split(command)
        assert os.path.abspath(folder / python) == sys.executable or python == "python"
        if arguments[:2] == ["-m", "lightwaves"] and "TRAIN.ts" not in arguments:
            assert arguments[2] in DATA


@pytest.mark.parametrize("name", ["BasicMotions", "JapaneseVowels"])
@pytest.mark.usefixtures("without_pictures")
def test_measured_sets_can_be_named(name, tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    main([name, "--out", str(folder), "--n-features", "20"])
    said = capsys.readouterr().out
    lines = {
        "BasicMotions": "40 training and 40 test cases, 6 channels, 100 time points, 4 classes",
        "JapaneseVowels": "270 training and 370 test cases, 12 channels, 7 to 26 time points, 9 classes",
    }
    assert f"{name}: {lines[name]}\n" in said
    data = {"BasicMotions": load_basic_motions, "JapaneseVowels": load_japanese_vowels}[name]
    assert f"accuracy: {load(folder / f'{name}-model.npz').score(*data('test')):.3f}\n" in said


@pytest.mark.usefixtures("without_pictures")
def test_without_matplotlib_there_is_a_model_and_a_hint_in_place_of_the_picture_and_progress_on_request(
    tmp_path, capsys
):
    main(["BasicMotions", "--out", str(tmp_path), "--n-features", "20", "--verbose"])
    said = capsys.readouterr().out
    assert "pip install 'lightwaves[plots]'" in said
    assert said.count("] comparing banks, 30 steps") == 1, "progress, on request"
    assert [path.name for path in tmp_path.iterdir()] == ["BasicMotions-model.npz"]


def test_long_series_are_thinned_for_the_ridge_on_raw_values():
    long, short = np.zeros((3, 2, 9_000)), [np.ones((2, 5)), np.ones((2, 12_000))]
    (_, summaries, _), (name, raw, _) = baselines(Data("long", long, np.arange(3), short, np.arange(2)))
    assert name == "a ridge on the raw values, one in 2"
    assert raw(long).shape == (3, 9_000)
    assert raw(short).sum(axis=1).tolist() == [2 * 3, 2 * 4_500], "0 behind the end of a case, and no end behind it"
    assert summaries(short).tolist() == [[1, 1, 0, 0, 1, 1, 1, 1]] * 2


def test_a_fit_that_takes_long_is_not_repeated_and_the_report_says_what_it_holds(monkeypatch):
    data, fits = DATA["BasicMotions"](), []
    model = SimpleNamespace(fit=lambda *_: fits.append(1), set_params=lambda **_: None)
    for limit, n_fits, said in ((0.0, 1, r"\("), (30.0, 2, r"\(0\.0 s the first time, ")):
        monkeypatch.setattr(main_module, "FITTED_TWICE", limit)
        fits.clear()
        first_line = next(accuracies(data, data.y_test, fitted(model, data)))
        assert len(fits) == n_fits
        assert re.fullmatch(rf"fit: 0\.\d{{3}} s {said}with compilation where it is not cached yet\)", first_line)


# --- files --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_pictures")
def test_a_file_is_split_class_by_class(tmp_path, capsys):
    path = ts(tmp_path / "mine.ts", {"a": 20, "b": 10})
    main([path, "--out", str(tmp_path), "--n-features", "10"])
    said = capsys.readouterr().out
    assert "mine: 21 training and 9 test cases, 2 channels, 30 to " in said
    assert re.search(r"^a  +6 .*\n^b  +3 ", said, re.MULTILINE)
    assert f"lightwaves {path} --n-features 2  # a smaller model" in said
    assert load(tmp_path / "mine-model.npz").n_channels_in_ == 2


@pytest.mark.usefixtures("without_pictures")
def test_any_names_can_be_told_and_change_nothing_of_the_terminal(tmp_path, monkeypatch):
    path = ts(tmp_path / "names.ts", {'"\x1b[31mred"': 6, "läuft": 6})
    room = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(room, encoding="ascii"))
    main([path, "--out", str(tmp_path), "--n-features", "10"])
    assert re.search(rb"^\\x1b\[31mred +2 .*\n^l\\xe4uft +2 ", room.getvalue(), re.MULTILINE)
    assert b"\x1b" not in room.getvalue()


@pytest.mark.usefixtures("without_pictures")
def test_a_second_file_holds_the_test_cases(tmp_path, capsys):
    train, test = ts(tmp_path / "train.ts"), ts(tmp_path / "test.ts", {"b": 3, "a": 2, "new": 1})
    main([train, "--test", test, "--out", str(tmp_path), "--n-features", "10"])
    said = capsys.readouterr().out
    assert "train: 18 training and 6 test cases" in said
    assert re.search(r"^new  +1    0\.00 +0\.00  c$", said, re.MULTILINE), "a class that only the test file has"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Iris"], "there is no file Iris, and no data set of that name; there are Pump, BasicMotions,"),
        (["--n-features", "many"], "invalid int value: 'many'"),
        (["--n-features", "0"], "n_features must be at least 1, got 0"),
        (["--depth", "3"], "unrecognized arguments: --depth"),
        (["Pump", "--test", "good.ts"], "--test belongs to a file of your own; Pump has test cases."),
        (["bad.ts"], "bad.ts, line 1: "),
        (["."], "is a directory"),
        (["good.ts", "--test", "missing.ts"], "No such file or directory: 'missing.ts'"),
        (["good.ts", "--test", "wide.ts"], "good.ts has 2 channels, wide.ts has 3; they need the same."),
        (["good.ts", "--test", "others.ts"], "others.ts has no class that good.ts has, but x, y."),
        (["lonely.ts"], "no test cases can be held out; name a file of them with --test."),
        (["gaps.ts", "--test", "good.ts"], "X contains NaN"),
        (["numbers.ts"], "numbers.ts holds numbers to predict, not classes."),
        (["whole.ts"], "whole.ts holds numbers to predict, not classes."),
        (["good.ts", "--out", "good.ts"], "File exists: 'good.ts'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ts(tmp_path / "good.ts")
    ts(tmp_path / "wide.ts", n_channels=3)
    ts(tmp_path / "others.ts", {"x": 2, "y": 2})
    ts(tmp_path / "lonely.ts", {"a": 9, "b": 1})
    (tmp_path / "bad.ts").write_text("1,2,3\n")
    (tmp_path / "gaps.ts").write_text("@classLabel true a b\n@data\n" + "1,?:1,2:a\n" * 3 + "1,2:1,2:b\n" * 3)
    (tmp_path / "numbers.ts").write_text("@targetLabel true\n@data\n1,2:1,2:0.5\n1,3:1,2:0.75\n")
    (tmp_path / "whole.ts").write_text("@targetLabel true\n@data\n" + "1,2:1,2:5\n1,3:1,2:7\n" * 20)
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.startswith("usage: python -m lightwaves")
    assert message in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("option", "said"), [("--help", "Pump, BasicMotions, JapaneseVowels"), ("--version", f"lightwaves {__version__}\n")]
)
def test_it_says_what_it_is_on_request(option, said, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as end:
        main([option])
    assert end.value.code == 0
    assert said in capsys.readouterr().out


# --- classes ------------------------------------------------------------------------------------------------


def test_each_class_has_its_recall_its_precision_and_what_it_is_taken_for():
    y, predicted = np.array(list("aaaabbc")), np.array(list("aabbbbb"))
    assert list(by_class(y, predicted)) == [
        "class  cases  recall  precision  mostly taken for",
        "a          4    0.50       1.00  b",
        "b          2    1.00       0.40",
        "c          1    0.00       0.00  b",
    ]


def test_of_many_classes_the_worst_are_shown():
    y = np.repeat(np.arange(30), 2)
    predicted = np.where(y % 10 == 3, 0, y)
    said = list(by_class(y, predicted))
    assert [line.split()[0] for line in said[1:4]] == ["3", "13", "23"]
    assert said[21:] == ["and 10 classes of higher recall"]


@pytest.mark.parametrize("command", ["fit", "export"])
def test_a_command_of_the_program_is_told_where_it_belongs(command, capsys):
    """Once, it was a file that is not there, or its arguments were not known."""
    with pytest.raises(SystemExit):
        main([command, "c", "model.npz", "-o", "model.c"])
    assert f"lightwaves {command} ..., or python -m lightwaves.cli {command} ..." in capsys.readouterr().err
