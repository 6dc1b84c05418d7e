"""``lightwaves``: each command does what its help says, an error is one line, and the exit code tells what happened."""

import csv
import errno
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from jobs import run as run_job

import lightwaves
from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    WaveletScattering,
    load,
    load_basic_motions,
    save,
    write_ts,
)
from lightwaves.cli import arguments, main
from lightwaves.cli import program as program_module
from lightwaves.cli.commands import are_measured, as_csv
from lightwaves.cli.job import comm_of_job, is_first, is_in_job
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.parallel.comm import SerialComm, known

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
NUMBERS, NUMBERS_TEST = (x[:, 0].std(axis=1).astype(np.float64) for x in (X, X_TEST))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files of cases, and a model that the program has fitted."""
    room = tmp_path_factory.mktemp("cli")
    write_ts(X, Y, room / "train.ts")
    write_ts(X_TEST, Y_TEST, room / "test.ts")
    np.savez(room / "unlabelled.npz", X=X_TEST)
    np.savez(room / "numbers.npz", X=X, y=NUMBERS)
    write_ts(X, np.arange(len(X)) % 3.0, room / "whole.ts")
    np.savez(room / "numbers-test.npz", X=X_TEST, y=NUMBERS_TEST)
    of_classes = ["fit", str(room / "train.ts"), "-o", str(room / "model.npz")]
    of_numbers = ["fit", str(room / "numbers.npz"), "-o", str(room / "regressor.npz"), "--regression"]
    assert [main([*words, "--n-features", "30", "-q"]) for words in (of_classes, of_numbers)] == [0, 0]
    save(LightWaveS(n_features=5, random_state=0).fit(X, Y), room / "features.npz")
    return room


@pytest.fixture
def said(folder, capsys, monkeypatch):
    """Runs a command in the folder: its exit code, what it printed, what it complained of."""
    monkeypatch.chdir(folder)

    def run(*words):
        code = main([*words])
        out, complaints = capsys.readouterr()
        return code, out, complaints

    return run


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fit", "train.ts", "-o", "x.npz", "--arrays", "foo"], "--arrays is for .npz files; train.ts is none."),
        (["fit", "gaps.npz", "-o", "x.npz"], "gaps.npz: y contains NaN or infinity: case 3."),
        (["fit", "days.npz", "-o", "x.npz"], "the labels of days.npz are of the type date: make them text, or whole"),
    ],
)
def test_what_has_no_use_or_cannot_be_kept_is_told_before_the_fit(words, complaint, folder, said):
    np.savez(folder / "gaps.npz", X=X, y=[np.nan if case == 3 else case % 2 for case in range(len(X))])
    np.savez(folder / "days.npz", X=X, y=np.arange(len(X)).astype("M8[D]"))
    code, _, complaints = said(*words)
    assert (code, complaint in complaints) == (1, True), complaints
    assert not (folder / "x.npz").exists()


def test_a_service_without_an_output_has_a_model(folder, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["inspect", str(folder / "model.npz")]) == 0
    sys.stdout.close()


def test_what_is_fitted_is_what_the_library_fits(folder):
    model = load(folder / "model.npz")
    expected = LightWaveSClassifier(n_features=30, random_state=0).fit(X, Y)
    assert model.plan_ == expected.plan_
    np.testing.assert_array_equal(model.predict_proba(X_TEST), expected.predict_proba(X_TEST))


def test_a_fit_tells_what_it_found_and_how_far_it_is(said):
    code, out, complaints = said("fit", "train.ts", "-o", "again.npz", "--n-features", "10", "--seed", "3")
    assert code == 0
    for line in (
        "fitted on 40 cases of 4 classes in ",
        "accuracy, by training cases that the search had not seen: ",
        "10 features, reading ",
        "most important: ch",
        "model: again.npz\n",
    ):
        assert line in out
    assert "computing candidates" in complaints, "progress, which does not mix with the output"


def test_options_of_a_fit_reach_the_model(said):
    words = ["--missing", "zero", "--class-weight", "balanced", "--no-honest", "--selection", "mrmr", "--seed", "5"]
    names = [word for name in "abcdef" for word in ("--channel", name)]
    code, out, _ = said("fit", "train.ts", "-o", "other.npz", "-q", "--n-features", "12", *words, *names)
    assert code == 0
    assert "had not seen" not in out
    model = load("other.npz")
    expected = {"missing": "zero", "class_weight": "balanced", "honest": False, "selection": "mrmr", "n_features": 12}
    assert model.get_params() | expected == model.get_params()
    assert model.channel_names_ == tuple("abcdef")


def test_predictions_are_a_table_and_their_accuracy_is_told(said):
    code, out, complaints = said("predict", "model.npz", "test.ts", "--proba")
    model = load("model.npz")
    rows = list(csv.reader(out.splitlines()))
    assert code == 0
    assert rows[0] == ["case", "label", "predicted", *(f"p({label})" for label in model.classes_)]
    assert [row[1] for row in rows[1:]] == Y_TEST.tolist()
    assert [row[2] for row in rows[1:]] == model.predict(X_TEST).tolist()
    np.testing.assert_allclose(
        [[float(p) for p in row[3:]] for row in rows[1:]], model.predict_proba(X_TEST), rtol=1e-5
    )
    n_right = int((model.predict(X_TEST) == Y_TEST).sum())
    assert complaints == f"accuracy: {n_right / 40:.4f} ({n_right} of 40)\n"


def test_names_with_ends_of_lines_stay_in_one_field():
    names = ["a\rb", "c\nd", "e\r\nf", 'g"h', "i,j"]
    text = as_csv([("case", names), ("predicted", names[::-1])])
    assert [*csv.reader(io.StringIO(text, newline=""))][1:] == [*map(list, zip(names, names[::-1], strict=True))]
    assert text.startswith("case,predicted\n")


def test_predictions_of_cases_without_labels_are_written_to_a_file(said):
    assert said("predict", "model.npz", "unlabelled.npz", "-o", "out.csv") == (0, "", "")
    lines = Path("out.csv").read_text().splitlines()
    assert lines[0] == "case,predicted"
    assert [line.split(",")[1] for line in lines[1:]] == load("model.npz").predict(X_TEST).tolist()


def test_predictions_that_no_file_can_hold_are_written_as_python_writes_them(said, folder):
    """Once, a class with half a pair of surrogates ended in an error, after all the work."""
    model = load(folder / "model.npz")
    model.classes_ = model.classifier_.classes_ = np.char.add(model.classes_, "\ud800")
    save(model, folder / "half.npz")
    assert said("predict", "half.npz", "unlabelled.npz", "-o", "half.csv")[0] == 0
    assert Path("half.csv").read_text().splitlines()[1:] == [
        f"{case},{label}\\ud800" for case, label in enumerate(load("model.npz").predict(X_TEST))
    ]


def test_an_accuracy_that_nobody_can_read_is_no_failure(said, monkeypatch):
    class Full(io.StringIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    assert said("predict", "model.npz", "test.ts", "-o", "unread.csv")[0] == 0
    assert len(Path("unread.csv").read_text().splitlines()) == 41


@pytest.mark.usefixtures("unpainted")
def test_a_report_is_written(said):
    pytest.importorskip("matplotlib")
    words = ("report", "model.npz", "test.ts", "-o", "page.html", "--title", "Motions", "--n-cases", "0")
    assert said(*words) == (0, "report: page.html\n", "")
    assert "<title>Motions</title>" in Path("page.html").read_text(encoding="utf-8")


def test_a_model_is_described(said):
    code, out, _ = said("inspect", "model.npz")
    assert code == 0
    assert "| features | 30 of " in out
    model = load("model.npz")
    channels = json.loads(said("inspect", "model.npz", "--channels", "--json")[1])
    assert [row["share"] for row in channels] == sorted(model.channel_importances_, reverse=True)
    facts = json.loads(said("inspect", "model.npz", "--json")[1])
    assert facts["classes"] == model.classes_.tolist()
    assert facts["honest_score"] == model.honest_score_
    assert facts["channels"] == sorted(channels, key=lambda row: row["channel"])
    first, *features = said("inspect", "model.npz", "--features")[1].splitlines()
    order = np.argsort(-model.feature_scores_, kind="stable")
    assert first == "score\tfeature"
    assert [line.split("\t")[1] for line in features] == model.get_feature_names_out()[order].tolist()


def test_a_regressor_that_is_fitted_is_that_of_the_library(said):
    model = load("regressor.npz", LightWaveSRegressor)
    expected = LightWaveSRegressor(n_features=30, random_state=0).fit(X, NUMBERS)
    np.testing.assert_array_equal(model.predict(X_TEST), expected.predict(X_TEST))
    words = ("fit", "numbers.npz", "-o", "line.npz", "--regression", "--regressor", "ridge", "--n-features", "10", "-q")
    code, out, _ = said(*words)
    assert code == 0
    assert "fitted on 40 cases in " in out
    assert "coefficient of determination, by training cases that the search had not seen: " in out
    assert type(load("line.npz").regressor_) is RegressionHead


def test_labels_that_are_text_are_learnt_as_the_numbers_that_they_say(said, folder):
    np.save(folder / "series.npy", X)
    (folder / "labels.txt").write_text("\n".join(map(repr, NUMBERS.tolist())))
    words = (
        "fit",
        "series.npy",
        "--labels",
        "labels.txt",
        "--regression",
        "--n-features",
        "30",
        "-q",
        "-o",
        "text.npz",
    )
    assert said(*words)[0] == 0
    np.testing.assert_array_equal(load("text.npz").predict(X_TEST), load("regressor.npz").predict(X_TEST))


def test_predicted_numbers_are_a_table_and_their_error_is_told(said):
    code, out, complaints = said("predict", "regressor.npz", "numbers-test.npz", "--interval", "0.8")
    assert code == 0
    rows = list(csv.reader(out.splitlines()))
    assert rows[0] == ["case", "label", "predicted", "from", "to"]
    model = load("regressor.npz")
    found = np.array(rows[1:], float)[:, 1:]
    wanted = np.column_stack([NUMBERS_TEST, model.predict(X_TEST), model.predict_interval(X_TEST, 0.8)])
    np.testing.assert_array_equal(found, wanted)
    error = np.sqrt(((model.predict(X_TEST) - NUMBERS_TEST) ** 2).mean())
    assert complaints.startswith(f"root of the mean squared error: {error:.4g} (the numbers deviate by ")
    code, out, complaints = said("predict", "regressor.npz", "unlabelled.npz")
    assert (code, out.splitlines()[0], complaints) == (0, "case,predicted", "")


@pytest.mark.filterwarnings("default:.* So nothing is said of how good")
def test_labels_that_no_prediction_can_be_compared_with_keep_nobody_from_it(said):
    """Once, such a file was refused, also by commands that do not look at labels."""
    code, out, complaints = said("predict", "regressor.npz", "test.ts")
    rows = list(csv.reader(out.splitlines()))
    assert (code, rows[0], rows[1][1]) == (0, ["case", "label", "predicted"], Y_TEST[0])
    assert complaints == (
        "lightwaves: warning: test.ts: the label of case 0 is 'Standing', which is no number to predict. So nothing is "
        "said of how good the predictions are.\n"
    )
    for words in ("bench regressor.npz test.ts --repeat 3", "bench model.npz numbers-test.npz --repeat 3"):
        assert said(*words.split())[::2] == (0, "")


@pytest.mark.usefixtures("unpainted")
def test_a_regressor_is_measured_described_and_reported_too(said):
    found = json.loads(said("bench", "regressor.npz", "unlabelled.npz", "--repeat", "20", "--json")[1])
    assert found["n_features"] == 30
    assert 0 < found["one_us_median"] < 1e6
    code, out, _ = said("inspect", "regressor.npz")
    assert code == 0
    assert out.startswith("# LightWaveSRegressor")
    assert len(said("inspect", "regressor.npz", "--channels")[1].splitlines()) == 7
    pytest.importorskip("matplotlib")
    words = ("report", "regressor.npz", "numbers-test.npz", "-o", "numbers.html", "--n-cases", "0")
    assert said(*words) == (0, "report: numbers.html\n", "")


def last_line(out):
    """What a command has written; the lines before depend on what is at hand."""
    return out.splitlines()[-1]


def test_a_regressor_is_exported_too(said, folder):
    code, out, complaints = said("export", "c", "regressor.npz", "-o", "number.c")
    assert (code, last_line(out), complaints) == (0, "c: number.c", "")
    assert "double model_predict(const float *x, void *work);" in (folder / "number.h").read_text()
    head = KernelRegressionHead(n_landmarks=10)
    model = LightWaveSRegressor(n_features=10, regressor=head, honest=False, random_state=0).fit(X, NUMBERS)
    save(model, folder / "bent-model.npz")
    code, out, complaints = said("export", "c", "bent-model.npz", "-o", "bent.c")
    assert (code, last_line(out), complaints) == (0, "c: bent.c", "")
    assert "head_landmarks" in (folder / "bent.c").read_text()
    pytest.importorskip("onnx")
    assert said("export", "onnx", "bent-model.npz", "-o", "bent.onnx") == (0, "onnx: bent.onnx\n", "")


@pytest.mark.filterwarnings("default:.* time points, but the training series had")
def test_a_model_is_exported(said):
    pytest.importorskip("onnx")
    code, out, complaints = said("export", "onnx", "model.npz", "-o", "model.onnx", "--n-timepoints", "80")
    assert (code, out) == (0, "onnx: model.onnx\n")
    assert complaints.startswith("lightwaves: warning: n_timepoints asks for series of 80 time points, but the ")
    assert Path("model.onnx").stat().st_size > 1000


def test_a_model_is_written_as_c_with_a_header_beside_it(said):
    code, out, complaints = said("export", "c", "model.npz", "-o", "model.c")
    assert (code, last_line(out), complaints) == (0, "c: model.c", "")
    if any(map(shutil.which, ("cc", "gcc", "clang"))):
        assert re.fullmatch(r"bytes: code \d+, tables \d+, stack \d+, work \d+", out.splitlines()[0])
    assert "model_predict" in Path("model.c").read_text()
    assert Path("model.h").exists()


def test_a_model_is_written_as_c_that_computes_with_integers(said, folder):
    code, out, complaints = said("export", "c", "model.npz", "-o", "whole.c", "--integers", "train.ts")
    assert (code, last_line(out), complaints) == (0, "c: whole.c", "")
    assert re.match(r"labels of train.ts that are those of Python: \d+\.\d\d%", out)
    assert "int16_t" in Path("whole.c").read_text()
    code, _, complaints = said("export", "onnx", "model.npz", "-o", "model.onnx", "--integers", "train.ts")
    assert code == 1
    assert "--integers are for C" in complaints
    code, _, complaints = said("export", "c", "model.npz", "-o", "whole.c", "--unpad")
    assert code == 1
    assert "say how to read the file of --integers" in complaints
    code, _, complaints = said("export", "c", "model.npz", "-o", "train.ts", "--integers", "train.ts")
    assert code == 1
    assert Path("train.ts").stat().st_size > 100


def test_integers_that_there_are_not_are_told_in_words_of_the_command(said, folder):
    model = LightWaveSClassifier(WaveletScattering(), n_features=5, search_candidates=200, random_state=0)
    save(model.fit(X, Y), folder / "wavelets.npz")
    complaints = said("export", "c", "wavelets.npz", "-o", "wavelets.c", "--integers", "train.ts")[2]
    assert complaints.endswith(", or leave out --integers.\n")
    assert "dtype" not in complaints


def test_a_model_is_written_as_c_for_a_stream(said):
    arguments = ("export", "c", "model.npz", "-o", "motions.c", "--name", "motions", "--stream")
    code, out, complaints = said(*arguments)
    assert (code, last_line(out), complaints) == (0, "c: motions.c", "")
    assert "motions_push" in Path("motions.h").read_text()
    arguments = ("export", "onnx", "model.npz", "-o", "model.onnx", "--stream")
    code, out, complaints = said(*arguments)
    assert (code, out) == (1, "")
    assert "--stream and --integers are for C" in complaints


def test_times_are_measured(said):
    code, out, _ = said("bench", "model.npz", "test.ts", "--repeat", "20")
    assert code == 0
    assert "model: 30 features, " in out
    assert "in a batch of 40: " in out
    found = json.loads(said("bench", "model.npz", "unlabelled.npz", "--repeat", "20", "--json")[1])
    assert found["n_cases"] == 40
    assert 0 < found["one_us_median"] <= found["one_us_p99"] < 1e6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("fit nothing.ts -o m.npz", "nothing.ts: No such file or directory"),
        ("fit train.ts -o no/m.npz", "no/m.npz: there is no folder"),
        ("fit unlabelled.npz -o m.npz", "unlabelled.npz has no labels: name them with --label"),
        ("fit train.ts -o m.npz -q --channel a", "--channel gives 1 names"),
        ("fit train.ts -o m.npz -q --n-features auto --selection mrmr", "--n-features auto needs --selection detach"),
        ("fit train.ts -o m.npz -q --jobs 0", "--jobs 0 has no meaning: say 1 for one thread"),
        ("fit train.ts -o m.npz -q --seed -1", "--seed must be between 0 and"),
        (
            "predict model.npz test.ts --channel a --channel b --channel c --channel d --channel e --channel f",
            "this model knows no names of channels: leave out --channel",
        ),
        ("export c model.npz -o m.c --name=", "name must be"),
        (
            "fit numbers.npz -o m.npz",
            "the labels of numbers.npz are numbers to predict, not classes: add --regression.",
        ),
        (
            "fit whole.ts -o m.npz",
            "the labels of whole.ts are numbers to predict, not classes: add --regression.",
        ),
        ("fit train.ts -o m.npz --regression", "train.ts: the label of case 0 is 'Standing', which is no number"),
        (
            "fit numbers.npz -o m.npz --regression --classifier auto",
            "--classifier is for classes: leave out --regression",
        ),
        ("fit numbers.npz -o m.npz --regression --class-weight balanced", "--class-weight is for classes"),
        ("fit train.ts -o m.npz --regressor ridge", "--regressor is for numbers: add --regression."),
        ("predict model.npz test.ts --interval 0.9", "--interval is for regressors, and this model predicts classes"),
        (
            "report regressor.npz test.ts -o r.html",
            "test.ts: the label of case 0 is 'Standing', which is no number to predict.",
        ),
        ("predict regressor.npz unlabelled.npz --proba", "--proba is for classifiers, and this model predicts numbers"),
        ("predict regressor.npz unlabelled.npz --interval 90", "--interval must be above 0 and below 1"),
        (
            "predict features.npz test.ts",
            "features.npz holds a LightWaveS, which chooses features and predicts nothing.",
        ),
        ("bench features.npz test.ts", "features.npz holds a LightWaveS, which chooses features and predicts nothing."),
        ("predict nothing.npz test.ts", "nothing.npz: No such file or directory"),
        ("predict test.ts test.ts", "test.ts is not a model saved by lightwaves"),
        ("predict model.npz train.csv", "train.csv: No such file or directory"),
        ("predict model.npz test.ts -o .", "this is a folder"),
        (
            "report model.npz unlabelled.npz -o r.html",
            "which a report compares with: name them with --label (a column)",
        ),
        ("report model.npz test.ts -o no/r.html", "there is no folder"),
        ("report model.npz test.ts -o r.pdf", "-o r.pdf: let the name of what is written end in .html."),
        ("bench model.npz test.ts --case t", "--case is for tables"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_ends_with_one(words, message, said):
    code, out, complaints = said(*words.split())
    assert (code, out) == (1, "")
    assert complaints.startswith("lightwaves: error: ")
    assert complaints.count("\n") == 1
    assert message in complaints


@pytest.mark.parametrize(
    "words",
    ["", "train", "fit", "fit train.ts", "fit train.ts -o m.npz --n-features 0", "export java model.npz -o m",
     "predict model.npz test.ts --jobs 2",
     "predict model.npz test.ts --proba --interval 0.9", "bench model.npz test.ts --repeat none"],
)  # fmt: skip
def test_a_wrong_command_ends_with_two(words, said):
    with pytest.raises(SystemExit) as end:
        said(*words.split())
    assert end.value.code == 2


@pytest.mark.parametrize("command", ["", "fit", "predict", "report", "inspect", "export", "bench"])
def test_help_has_examples(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([*command.split(), "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert said.partition("examples:\n")[2].startswith(f"  lightwaves {command}")


def test_every_example_of_the_help_is_a_command():
    texts = [arguments.EXAMPLES, arguments.FIT_EXAMPLES]
    texts += [arguments.USE_EXAMPLES.format(name=name, more="") for name in ("predict", "bench")]
    examples = [line for text in texts for line in text.splitlines() if line.lstrip().startswith("lightwaves ")]
    assert len(examples) >= 15
    for line in examples:
        words = line.split("#")[0].split()[1:]
        assert arguments.parser().parse_args(words).command == words[0]


def test_a_warning_is_one_line(said, monkeypatch):
    import warnings

    def warn(options):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("first\nsecond", stacklevel=1)

    monkeypatch.setitem(program_module.ALONE, "inspect", warn)
    assert said("inspect", "model.npz") == (0, "", "lightwaves: warning: first second\n")


@pytest.mark.filterwarnings("always:X is odd")
def test_the_same_warning_is_told_once(said, monkeypatch):
    """Once, a report told seven times that series were longer than those of the fit."""

    def twice(options):
        for _ in range(2):
            warnings.warn("X is odd", stacklevel=1)

    monkeypatch.setitem(program_module.ALONE, "inspect", twice)
    assert said("inspect", "model.npz")[2].count("X is odd") == 1


def test_an_interruption_ends_with_130(said, monkeypatch):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setitem(program_module.ALONE, "inspect", interrupted)
    assert said("inspect", "model.npz") == (130, "", "lightwaves: interrupted\n")


def test_a_fault_of_the_program_shows_where_it_is(said, monkeypatch, capsys):
    def faulty(options):
        raise AssertionError("of ours")

    monkeypatch.setitem(program_module.ALONE, "inspect", faulty)
    with pytest.raises(AssertionError):
        said("inspect", "model.npz")
    assert "in faulty" in capsys.readouterr().err


def test_the_place_of_an_error_is_shown_on_request(said):
    code, _, complaints = said("inspect", "nothing.npz", "--traceback")
    assert code == 1
    assert complaints.startswith("Traceback")
    assert complaints.splitlines()[-1] == "lightwaves: error: nothing.npz: No such file or directory"


# --- as a process -------------------------------------------------------------------------------------------


def test_its_version_is_told(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"lightwaves {lightwaves.__version__}\n")


def test_an_error_ends_a_process_with_one(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["lightwaves", "inspect", "nothing.npz"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("lightwaves.cli", run_name="__main__")
    assert end.value.code == 1
    assert capsys.readouterr() == ("", "lightwaves: error: nothing.npz: No such file or directory\n")


def test_a_reader_that_wants_no_more_is_no_error(folder):
    command = (
        f"{sys.executable} -W error -m lightwaves.cli inspect model.npz --features | true; echo ${{PIPESTATUS[0]}}"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(lightwaves.__file__).parents[1])}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_fit_whose_warnings_nobody_reads_writes_its_model(folder):
    """Once, the first warning ended it, with exit code 0 and without a model."""
    y = np.repeat(["a", "b", "c"], [20, 20, 2])  # of two cases of a class, a fit warns
    x = np.random.default_rng(0).standard_normal((42, 1, 40)) + (y == "b")[:, np.newaxis, np.newaxis]
    np.savez(folder / "rare.npz", X=x, y=y)
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "lightwaves.cli", "fit", "rare.npz", "-o", "unread.npz", "--n-features", "10"]
    environment = {**os.environ, "PYTHONPATH": str(Path(lightwaves.__file__).parents[1])}
    done = subprocess.run(command, cwd=folder, env=environment, stdout=write, stderr=write, timeout=120)
    os.close(write)
    assert done.returncode == 0
    assert len(load(folder / "unread.npz").classes_) == 3


# --- in a job of MPI ----------------------------------------------------------------------------------------

JOB = """
import json, sys
from lightwaves.cli import main
for words in json.loads(sys.argv[1]):
    code = main(words)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def job(folder, tmp_path_factory):
    """Three commands of one job, of which the last fails: the status, what was printed, and the complaints."""
    room = tmp_path_factory.mktemp("job")
    (room / "job.py").write_text(JOB)
    commands = [
        ["fit", str(folder / "train.ts"), "-o", str(folder / "of_job.npz"), "--n-features", "30", "-q"],
        ["inspect", str(folder / "model.npz")],
        ["fit", str(folder / "nothing.ts"), "-o", str(folder / "m.npz")],
    ]
    return run_job(2, room / "job.py", json.dumps(commands))


def test_processes_of_a_job_share_a_fit_and_end_with_the_model_of_one(job, folder):
    _, out, complaints = job
    assert out.count("on 2 processes") == 1, f"the first process speaks: {out}{complaints}"
    assert load(folder / "of_job.npz").plan_ == load(folder / "model.npz").plan_


def test_the_first_process_of_a_job_predicts_alone(job):
    assert job[1].count("# LightWaveSClassifier") == 1


def test_an_error_ends_the_job_and_is_told_once(job):
    status, _, complaints = job
    assert status != 0
    assert complaints.count("lightwaves: error: ") == 1
    assert "nothing.ts: No such file or directory" in complaints


class OfSecond(SerialComm):
    """The communicator of the second of two processes."""

    rank, size, ended = 1, 2, False

    def Abort(self, status):
        """End all."""
        self.ended = True


@pytest.mark.parametrize(
    ("error", "complaint"),
    [(MemoryError("no room"), "lightwaves: error: rank 1 failed: no room\n"), (known(ValueError("of all")), "")],
)
def test_a_process_of_a_job_that_fails_alone_says_so_and_ends_it(error, complaint, said, monkeypatch):
    """Once, it said nothing, and the others waited for ever."""

    def failing(*_):
        raise error

    comm = OfSecond()
    monkeypatch.setattr(program_module, "comm_of_job", lambda: comm)
    monkeypatch.setattr(program_module, "fit", failing)
    assert said("fit", "train.ts", "-o", "m.npz") == (1, "", complaint)
    assert comm.ended == bool(complaint)


@pytest.mark.filterwarnings("default:.*line 1. the key")
def test_what_all_processes_of_a_job_read_the_first_alone_tells_of(folder, said, monkeypatch):
    (folder / "doubtful.ts").write_text("@foo 1\n@classLabel false\n@data\n1,2\n")
    fit_it = ("fit", "doubtful.ts", "-o", "m.npz")
    assert "warning: doubtful.ts, line 1: the key '@foo' is not known" in said(*fit_it)[2]
    monkeypatch.setattr(program_module, "comm_of_job", OfSecond)
    assert said(*fit_it) == (1, "", "")


def test_a_job_is_known_by_what_its_launcher_says():
    assert not is_in_job({"SLURM_NTASKS": "4", "PATH": ""})
    for sign in ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE"):
        assert is_in_job({sign: "2"})
        assert not is_in_job({sign: "1", "PMIX_RANK": "0"}), "a job of one process is none"
    assert is_in_job({"PMIX_RANK": "0"})
    assert is_first({"PATH": ""})
    for sign in ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"):
        assert is_first({sign: "0"})
        assert not is_first({sign: "3"})


def test_of_a_job_the_first_process_alone_tells_how_the_program_is_used(monkeypatch, capsys):
    """Once, each of them printed the help."""
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "1")
    for words, code in ((["fit", "--help"], 0), (["fit", "--no-such-option"], 2)):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == code
    assert capsys.readouterr() == ("", "")


def test_a_job_without_mpi4py_is_an_error_that_names_the_extra(monkeypatch):
    monkeypatch.setenv("PMI_SIZE", "2")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r"pip install 'lightwaves\[mpi\]'"):
        comm_of_job()


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("fit train.ts -o train.ts", "train.ts"),
        ("predict model.npz test.ts -o test.ts", "test.ts"),
        ("predict model.npz test.ts -o ./model.npz", "model.npz"),
        ("report model.npz test.ts -o model.npz", "model.npz"),
        ("export onnx model.npz -o model.npz", "model.npz"),
    ],
)
def test_no_command_writes_over_what_it_reads(command, kept, folder, said):
    before = (folder / kept).read_bytes()
    code, _, complaints = said(*command.split())
    assert code != 0
    assert "is the file that is read" in complaints
    assert (folder / kept).read_bytes() == before


@pytest.mark.parametrize(
    ("labels", "measured"),
    [
        ([f"{i}" for i in range(40)], True),
        ([f"{i / 8}" for i in range(40)], True),
        (list(range(40)), True),
        ([f"{i % 20}" for i in range(40)], False),
        ([f"{i % 20 / 8}" for i in range(40)], True),
        ([f"{i % 2 / 2}" for i in range(40)], False),
        ([f"patient {i}" for i in range(40)], False),
        ([0.5, 1.5] * 20, True),
        ([1, 2, 3, 4], False),
    ],
)
def test_labels_that_nearly_all_differ_are_numbers_to_predict(labels, measured):
    assert are_measured(np.array(labels)) == measured


def test_what_an_error_advises_is_an_option(folder, said):
    gaps = X.copy()
    gaps[3, 2, 5] = np.nan
    np.savez(folder / "gaps.npz", X=gaps, y=Y)
    _, _, complaints = said("fit", "gaps.npz", "-o", "m.npz", "-q")
    assert "--missing interpolate" in complaints
    assert "missing=" not in complaints


def table_of_runs(keys, columns, readings):
    """A .csv with the keys of each case, and its readings, one of which may be missing."""
    lines = [
        f"{key},{t},{'' if np.isnan(value) else value},{label}"
        for key, label, case in zip(keys, Y_OF_RUNS, readings, strict=True)
        for t, value in enumerate(case)
    ]
    return "\n".join([f"{columns},t,a,state", *lines]) + "\n"


Y_OF_RUNS = ["odd", "even"] * 4
RUNS = np.random.default_rng(0).standard_normal((8, 30)).round(3)
RUNS[::2] += 3 * np.sin(np.arange(30)).round(3)


@pytest.mark.filterwarnings("always:The score of case")
def test_errors_and_warnings_call_cases_and_channels_as_the_file_does(folder, said):
    """Once, they gave the place of a case among all, which was the key of another."""
    pytest.importorskip("polars")
    words = ["--case", "run", "--time", "t"]
    gappy, far = RUNS.copy(), RUNS.copy()
    gappy[7, 4], far[7] = np.nan, RUNS[7] * 1e12
    for name, readings in (("runs", RUNS), ("gappy", gappy), ("far", far)):
        (folder / f"{name}.csv").write_text(table_of_runs(range(7, -1, -1), "run", readings))
    few = ["--label", "state", "-o", "runs.npz", "-q", "--n-features", "200"]
    code, _, complaints = said("fit", "gappy.csv", *words, *few)
    assert code == 1
    assert "X contains NaN: case '0', channel a, time point 4" in complaints
    assert said("fit", "runs.csv", *words, *few)[0] == 0
    code, _, complaints = said("predict", "runs.npz", "gappy.csv", *words)
    assert code == 1
    assert "X contains NaN: case '0', channel a, time point 4" in complaints
    code, _, complaints = said("predict", "runs.npz", "far.csv", *words)
    assert code == 0
    assert "warning: The score of case '0' is" in complaints


def test_several_keys_are_several_columns(folder, said):
    """Once, they were joined by a slash, which a key may hold."""
    pytest.importorskip("polars")
    keys = ["x/y,1", "x,y/1", *(f"z,{i}" for i in range(6))]
    (folder / "keys.csv").write_text(table_of_runs(keys, "site,trial", RUNS))
    words = ["--case", "site", "--case", "trial", "--time", "t"]
    assert said("fit", "keys.csv", *words, "--label", "state", "-o", "keys.npz", "-q", "--n-features", "20")[0] == 0
    lines = said("predict", "keys.npz", "keys.csv", *words)[1].splitlines()
    assert lines[0] == "site,trial,predicted"
    assert [line.rsplit(",", 1)[0] for line in lines[1:]] == keys


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--case", "Run", "--time", "t"], "has no column 'Run', as --case says; it has ['run', 't', 'a', 'state']"),
        (["--case", "run", "--time", "when"], "has no column 'when', as --time says"),
        (["--case", "run", "--label", "State"], "has no column 'State', as --label says"),
        (["--case", "run", "--groups", "who"], "has no column 'who', as --groups says"),
        (["--case", "run", "--channel", "b"], "has no column 'b', as --channel says"),
        (["--case", "run", "--channel", "t", "--value", "a"], "--value needs --time too: the column of the time"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_its_option(words, complaint, folder, said):
    """Once, the column that was meant counted as a channel, and its text was what was wrong."""
    pytest.importorskip("polars")
    (folder / "runs.csv").write_text(table_of_runs(range(8), "run", RUNS))
    code, _, complaints = said("fit", "runs.csv", *words, "-o", "runs.npz", "-q")
    assert code == 1
    assert complaint in complaints


def test_what_cannot_be_followed_is_not_advised(folder, said):
    pytest.importorskip("onnx")
    padded = X.copy()
    padded[::2, :, 80:] = np.nan
    np.savez(folder / "padded.npz", X=padded, y=Y)
    assert "say --unpad" in said("fit", "padded.npz", "-o", "m.npz", "-q")[2]
    words = ["-o", "filled.npz", "-q", "--missing", "interpolate", "--n-features", "10", "--no-honest"]
    assert said("fit", "train.ts", *words)[0] == 0
    complaints = said("export", "onnx", "filled.npz", "-o", "filled.onnx")[2]
    assert "--missing interpolate cannot be said in a graph: fit with --missing zero or error" in complaints
    assert "let the name of what is written end in .onnx" in said("export", "onnx", "model.npz", "-o", "model.c")[2]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fit", "train.ts", "-o", "m.csv"], "-o m.csv: let the name of what is written end in .npz."),
        (
            ["predict", "model.npz", "test.ts", "-o", "other.npz"],
            "-o other.npz: let the name of what is written end in .cs",
        ),
        (
            ["predict", "model.npz", "test.ts", "-o", "a.xlsx"],
            "-o a.xlsx: let the name of what is written end in .csv.",
        ),
        (["export", "c", "model.npz", "-o", "model.npy"], "-o model.npy: let the name of what is written end in .c."),
    ],
)
def test_a_file_is_called_what_it_is(words, complaint, said, folder):
    """Once, predictions took the place of a model, and a model that of data."""
    code, _, complaints = said(*words)
    assert code == 1
    assert complaint in complaints


def test_a_dash_is_standard_output(said, folder):
    assert said("predict", "model.npz", "unlabelled.npz", "-o", "-") == said("predict", "model.npz", "unlabelled.npz")
    assert not (folder / "-").exists()


@pytest.mark.usefixtures("unpainted")
def test_a_report_calls_cases_as_the_file_does(said, folder):
    """Once, it numbered them from 0, and case 5 was run 6."""
    pytest.importorskip("polars")
    pytest.importorskip("matplotlib")
    words = ("--case", "site", "--case", "run", "--time", "t", "--label", "state")
    lines = table_of_runs(range(8), "run", RUNS).splitlines()
    (folder / "sites.csv").write_text("\n".join(["site," + lines[0], *("north," + line for line in lines[1:])]))
    assert said("fit", "sites.csv", *words, "-o", "sites.npz", "-q", "--n-features", "20")[0] == 0
    assert said("report", "sites.npz", "sites.csv", *words, "-o", "sites.html", "--n-cases", "2")[0] == 0
    found = re.findall(r"<p>(Site north, run [^:]*): ", (folder / "sites.html").read_text())
    keys = {f"Site north, run {line.split(',')[0]}" for line in lines[1:]}
    assert len(found) == 4
    assert set(found) < keys


def test_a_forgotten_label_is_what_the_error_advises(said, folder):
    """Once, the advice was to leave the classes empty."""
    pytest.importorskip("polars")
    (folder / "runs.csv").write_text(table_of_runs(range(8), "run", RUNS))
    code, _, complaints = said("fit", "runs.csv", "--case", "run", "--time", "t", "-o", "runs.npz", "-q")
    assert code == 1
    assert "If the column holds classes, say --label state" in complaints


@pytest.mark.parametrize(
    "command",
    [
        "fit {} -o x.npz -q",
        "predict model.npz {}",
        "report model.npz {} -o x.html",
        "bench model.npz {}",
        "export c model.npz -o x.c --integers {}",
    ],
)
@pytest.mark.parametrize(
    ("alter", "complaint"),
    [
        (lambda x: np.where(np.arange(len(x))[:, np.newaxis, np.newaxis] == 3, np.nan, x), "X contains NaN: case 3"),
        (lambda x: x + 1j, "Complex data not supported: X has dtype complex"),
        (lambda x: x[:-3], "37 cases need as many labels, got an array of shape (40,)."),
        (lambda x: x[:, :3], "X has 3 channels, but LightWaveSClassifier is expecting 6 channels"),
    ],
)
def test_an_error_of_values_names_their_file_and_nothing_else_is_told(command, alter, complaint, folder, said):
    if command.startswith("fit") and "channels" in complaint:
        return
    np.savez(folder / "wrong.npz", X=alter(X), y=Y)
    code, _, complaints = said(*command.format("wrong.npz").split())
    assert code == 1
    assert complaints.startswith(f"lightwaves: error: wrong.npz: {complaint}"), complaints
    assert complaints.count("\n") == 1


@pytest.mark.filterwarnings("default:.* So nothing is said of how good")
def test_an_error_of_labels_names_their_file(folder, said):
    np.save(folder / "x.npy", X)
    for name, y, words, complaint in (
        ("few", Y[1:], "", "40 cases need as many labels, got an array of shape (39,). The cases are those of x.npy."),
        ("one", Y[:1].repeat(40), "", "y has only one class"),
        ("same", np.ones(40), "--regression", "y has only one value"),
        ("gap", np.where(np.arange(40) == 3, np.nan, 1.5), "--regression", "y contains NaN or infinity: case 3."),
        ("text", Y, "--regression", "the label of case 0 is 'Standing', which is no number"),
    ):
        np.save(folder / f"{name}.npy", y)
        complaints = said("fit", "x.npy", "--labels", f"{name}.npy", "-o", "x.npz", "-q", *words.split())[2]
        assert f"lightwaves: error: {name}.npy: {complaint}" in complaints
    complaints = said("predict", "regressor.npz", "x.npy", "--labels", "text.npy")[2]
    assert "lightwaves: warning: text.npy: the label of case 0 is 'Standing'" in complaints
    assert not (folder / "x.npz").exists()


def test_labels_that_no_file_keeps_are_told_before_the_fit(folder, said):
    """Once, a fit ran to its end, and then could not be saved."""
    classes = (np.arange(len(X)) % 2).astype(np.longdouble)
    np.savez(folder / "long.npz", X=X, y=classes)
    np.savez(folder / "longer.npz", X=X, y=classes + np.longdouble(2) ** 60)
    np.savez(folder / "complex.npz", X=X, y=classes + 1j)
    few = ["-o", "long-model.npz", "-q", "--n-features", "10"]
    assert said("fit", "long.npz", *few)[0] == 0
    assert load("long-model.npz").classes_.dtype == np.float64
    if np.dtype(np.longdouble).itemsize > 8:
        code, out, complaints = said("fit", "longer.npz", *few)
        assert (code, out) == (1, "")
        assert "as models keep, would change them: make words of them" in complaints
    assert "the labels of complex.npz are of the type" in said("fit", "complex.npz", *few)[2]
    complaints = said("fit", "complex.npz", *few, "--regression")[2]
    assert "the labels of complex.npz have dtype complex" in complaints
    assert len(complaints) < 150


@pytest.mark.filterwarnings("default:.* So nothing is said of how good")
def test_names_from_files_change_nothing_of_the_terminal(folder, said):
    """Once, a name could turn what follows red, or clear the terminal."""
    names = [f"\x1b[31m{name}\u202e\n" for name in "abcdef"]
    np.savez(folder / "coloured.npz", X=X, y=np.char.add("\x1b[2J", Y))
    words = [word for name in names for word in ("--channel", name)]
    _, fitted, _ = said("fit", "coloured.npz", "-o", "coloured-model.npz", "-q", "--n-features", "10", *words)
    told = [fitted]
    for more in ([], ["--channels"], ["--features"], ["--json"]):
        told.append(said("inspect", "coloured-model.npz", *more)[1])
    told.append(said("predict", "coloured-model.npz", "test.ts")[2])
    for text in told:
        assert "[2J" in text or "[31m" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert told[2].count("\n") == 7, "a line for each channel, and one above"


def test_predictions_for_a_terminal_change_nothing_of_it(folder, said, monkeypatch):
    np.savez(folder / "coloured.npz", X=X, y=np.char.add("\x1b[2J", Y))
    assert said("fit", "coloured.npz", "-o", "coloured-model.npz", "-q", "--n-features", "10")[0] == 0
    assert "\x1b[2J" in said("predict", "coloured-model.npz", "unlabelled.npz")[1], "as other programs need it"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = said("predict", "coloured-model.npz", "unlabelled.npz")[1]
    assert "\\x1b[2J" in out
    assert "\x1b" not in out


@pytest.mark.filterwarnings("always:the rows of 8")
def test_logs_that_call_their_runs_alike_are_told_with_what_to_say(folder, said):
    pytest.importorskip("polars")
    rows = table_of_runs(range(8), "run", RUNS)
    (folder / "logs.csv").write_text(rows + rows.split("\n", 1)[1])
    words = ["--case", "run", "--label", "state", "--channel", "a", "-o", "logs.npz", "-q", "--n-features", "10"]
    complaints = said("fit", "logs.csv", *words)[2]
    assert "warning: logs.csv: the rows of 8 of 8 cases stand in several stretches" in complaints
    assert "part of the key: --case log --case run. If they belong" in complaints
    assert "name the column of times with --time, or sort" in complaints


def test_an_error_about_a_label_names_the_case_by_its_key(folder, said):
    """Once, "case 2" was the third run of the file, though the table has a run 2."""
    pytest.importorskip("polars")
    wear = {"10": "0.1", "11": "0.2", "12": "low", "1": "0.4", "2": "0.5", "3": "0.6"}
    lines = [f"{run},{t},{value},{t % 7}" for run, value in wear.items() for t in range(20)]
    (folder / "wear.csv").write_text("\n".join(["run,t,wear,acc", *lines]) + "\n")
    words = ("--case", "run", "--time", "t", "--label", "wear", "--regression", "-o", "wear.npz")
    code, _, complaints = said("fit", "wear.csv", *words)
    assert code == 1
    assert "wear.csv: the label of case '12' is 'low', which is no number to predict." in complaints


def test_what_a_terminal_cannot_show_is_no_error(said, monkeypatch):
    """Once, the program failed after it had written the model, or wrote no predictions."""
    write_ts(X, np.where(Y == "Walking", "läuft →", Y), "umlaut.ts")
    room, fast = io.BytesIO(), ("--n-features", "5", "--no-honest", "-q")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(room, encoding="ascii"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    for words in (("fit", "umlaut.ts", "-o", "umlaut.npz", *fast), ("predict", "umlaut.npz", "umlaut.ts", "-q")):
        assert main([*words]) == 0
    sys.stdout.flush()
    assert b"l\\xe4uft \\u2192" in room.getvalue()


def test_scores_without_end_are_null_for_other_programs(folder, said):
    """Once, they were written as Infinity, which is no JSON."""
    x = np.random.default_rng(0).standard_normal((2, 1, 40))[np.arange(20) % 2]  # all cases of a class are equal
    bank = WaveletScattering(levels=(1,), max_dilation=1)
    model = LightWaveS(bank, n_features=5, selection="mrmr", random_state=0).fit(x, np.arange(20) % 2)
    assert np.isinf(model.feature_scores_).any()
    save(model, folder / "endless.npz")
    out = said("inspect", "endless.npz", "--features", "--json")[1]
    assert None in {row["score"] for row in json.loads(out, parse_constant=pytest.fail)}
