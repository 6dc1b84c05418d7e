"""Files of every kind become the same cases, and what cannot be read is one clear error."""

import argparse
import gzip
import io
import os
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from wide import times

from lightwaves import LightWaveS, load_basic_motions, load_japanese_vowels, save, write_ts
from lightwaves.cli import tables
from lightwaves.cli.arguments import add_cases, add_groups
from lightwaves.cli.cases import as_classes, as_numbers, cases_of, for_model, labels_for, span

X, Y = load_basic_motions("train")
X, Y = X[::4], Y[::4]
NAMES = tuple("uvwxyz")


def options(*words):
    """What the words of a command say of its file."""
    parser = argparse.ArgumentParser()
    add_cases(parser)
    add_groups(parser)
    return parser.parse_args(words)


def table():
    """The cases as a table with a row for each reading, not in order."""
    polars = pytest.importorskip("polars")
    n_cases, _, n_timepoints = X.shape
    columns = {
        "trial": np.repeat([f"t{i:02d}" for i in range(n_cases)], n_timepoints),
        "second": np.tile(np.arange(n_timepoints) / 10, n_cases),
        "person": np.repeat(np.arange(n_cases) % 3, n_timepoints),
        "gait": np.repeat(Y, n_timepoints),
        **{name: X[:, c].ravel().astype(float) for c, name in enumerate(NAMES)},
    }
    return polars.DataFrame(columns)


WRITERS = {
    "a.ts": lambda path: write_ts(X, Y, path),
    "a.npz": lambda path: np.savez(path, X=X, y=Y),
    "b.npz": lambda path: np.savez(path, train_x=X, train_y=Y),
    "a.npy": lambda path: np.save(path, X),
    "a.csv": lambda path: table().write_csv(path),
    "a.tsv": lambda path: table().write_csv(path, separator="\t"),
    "a.parquet": lambda path: table().write_parquet(path),
}
OF_TABLES = ("--case", "trial", "--time", "second", "--label", "gait", "--groups", "person")
OPTIONS = {
    "b.npz": ("--arrays", "train_x,train_y"),
    "a.npy": ("--labels", "labels.txt"),
    "a.csv": OF_TABLES,
    "a.tsv": OF_TABLES,
    "a.parquet": OF_TABLES,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_cases(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.txt").write_text("\n".join(Y) + "\n\n")
    WRITERS[name](tmp_path / name)
    found = cases_of(tmp_path / name, options(*OPTIONS.get(name, ())))
    np.testing.assert_allclose(found.X, X, rtol=1e-6)
    assert found.y.tolist() == Y.tolist()
    is_table = name in OPTIONS and OPTIONS[name] is OF_TABLES
    assert found.keys.tolist() == ([f"t{i:02d}" for i in range(len(Y))] if is_table else list(range(len(Y))))
    assert found.channels == (NAMES if is_table else None)
    assert (found.groups is not None) == is_table
    if is_table:
        kind = int if name.endswith("parquet") else str  # a text does not say whether 1 is a number or a name
        assert found.groups.tolist() == [kind(i % 3) for i in range(len(Y))]


def test_a_table_with_a_row_for_each_channel_is_read(tmp_path):
    long = table().unpivot(NAMES, index=["trial", "second", "gait"], variable_name="sensor", value_name="reading")
    long.write_csv(tmp_path / "long.csv")
    words = ("--case", "trial", "--time", "second", "--label", "gait", "--channel", "sensor", "--value", "reading")
    found = cases_of(tmp_path / "long.csv", options(*words))
    np.testing.assert_allclose(found.X, X, rtol=1e-6)
    assert found.channels == NAMES


def test_a_table_without_its_label_is_read_for_a_model_that_knows_the_channels(tmp_path):
    table().write_csv(tmp_path / "log.csv")
    found = cases_of(tmp_path / "log.csv", options("--case", "trial", "--time", "second"), ("w", "u"))
    assert found.y is None
    assert found.channels == ("w", "u")


def test_dates_are_put_onto_even_steps(tmp_path):
    pytest.importorskip("polars")
    lines = [f"{c},2024-05-01T00:00:00.{100 * t},{c + t},{'ab'[c]}" for c in range(2) for t in range(9) if t != 4]
    (tmp_path / "log.csv").write_text("\n".join(["case,when,value,state", *lines]))
    words = ("--case", "case", "--time", "when", "--label", "state", "--step", "100ms")
    found = cases_of(tmp_path / "log.csv", options(*words))
    assert found.X.shape == (2, 1, 9)
    assert np.isnan(found.X[:, 0, 4]).all()
    assert found.y.tolist() == ["a", "b"]


def test_padding_is_cut_off_on_request(tmp_path):
    series, labels = load_japanese_vowels("train")
    padded = np.full((5, 12, 30), np.nan)
    for row, x in zip(padded, series[:5], strict=True):
        row[:, : x.shape[1]] = x
    np.savez(tmp_path / "padded.npz", X=padded, y=labels[:5])
    found = cases_of(tmp_path / "padded.npz", options("--unpad"))
    assert [x.shape for x in found.X] == [x.shape for x in series[:5]]


@pytest.mark.parametrize(("text", "step"), [(None, None), ("0.5", 0.5), ("100ms", np.timedelta64(100, "ms"))])
def test_a_step_is_a_number_or_a_span(text, step):
    assert span(text) == step


@pytest.mark.parametrize("text", ["fast", "ms", "1.5s", "1 s", ""])
def test_what_is_no_step_is_refused(text):
    with pytest.raises(
        ValueError,
        match=r"--step must be a number, or a span of time such as 100ms.* with a unit: ns, us, ms, s, m \(minutes\)",
    ):
        span(text)


def write(path, content):
    """A file with this content, whatever its name says."""
    with path.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        elif isinstance(content, dict):
            np.savez(file, **content)
        else:
            np.save(file, content, allow_pickle=True)


def npz_of(**arrays):
    room = io.BytesIO()
    np.savez(room, **arrays)
    return room.getvalue()


NPZ = npz_of(X=X, y=Y)
BROKEN = [
    ("a.npz", b"PK\3\4 no archive", (), "cannot be read as arrays"),
    ("a.npz", b"junk" + NPZ, (), "cannot be read as arrays: it is no .npz archive"),
    ("a.npz", b"", (), "cannot be read as arrays"),
    ("a.npy", b"nothing", (), "cannot be read as an array"),
    ("a.npz", {"a": X}, (), "with --arrays X,y; it holds a"),
    ("a.npz", {"X": X, "y": Y}, ("--arrays", "X,z"), "has no array 'z', but X, y"),
    ("a.npz", {"X": X, "y": Y}, ("--arrays", "X,y,z"), "name the arrays of cases and labels"),
    ("a.npz", {"X": X, "y": Y.astype(object)}, (), "holds pickled Python objects, which could run anything"),
    ("a.npz", {"X": X, "y": Y[1:]}, (), r"10 cases need as many labels, got an array of shape \(9,\)"),
    ("a.npz", {"X": X, "y": Y}, ("--labels", "b.txt"), "holds labels of its own"),
    ("a.npz", {"X": X, "y": Y}, ("--groups", "who"), "has no array 'who'"),
    ("a.npz", {"X": X, "y": Y}, ("--time", "t"), "--time is for tables: .* with --case"),
    ("a.npz", {"X": X[:0]}, (), "holds no cases"),
    ("a.npy", X[0, 0], (), r"got shape \(100,\)"),
    ("a.npy", np.float64(3), (), r"got shape \(\)"),
    ("a.npy", np.array([{}, {}]), (), "pickled Python objects"),
    ("a.npy", X, ("--arrays", "X"), "--arrays is for .npz files"),
    ("a.npy", X, ("--groups", "who"), "--groups names a column of a table"),
    ("a.npy", X, ("--labels", "latin.txt"), r"10 cases need as many labels, got an array of shape \(1,\)"),
    ("a.ts", b"1,2:a\n", ("--case", "t"), r"--case is for tables, files that end in .parquet, .csv, .tsv; a.ts is"),
    ("a.csv", b"", ("--case", "t"), "no table that can be read"),
    (
        "a.csv",
        b"a,b\n1,2\n1,2,3\n",
        ("--case", "a"),
        r"a.csv, line 3: 3 fields, but the first line names 2 columns: is there a",
    ),
    ("a.csv", b"a,b\n1,2\n", ("--case", "t"), r"has no column 't', as --case says"),
    ("a.csv", b"a\n1\n", ("--case", "a"), "has no column of values besides 'a'"),
    ("a.csv", b"a,b,c\n1,2,x\n", ("--case", "a"), "column 'c'"),
    ("a.csv", b"a,b\n1,2\n", ("--case", "a", "--value", "b"), "--value needs --channel once"),
    ("a.csv", b"a,b\n1,2\n", ("--case", "a", "--labels", "b.txt"), "--labels and --arrays are for arrays"),
    ("a.npy", X, ("--channel", "u"), "--channel gives 1 names, but .* has 6 channels: name each once"),
    ("a.npy", X, tuple(w for name in "uvwxyy" for w in ("--channel", name)), "--channel gives the name 'y' twice"),
    ("a.npz", {"X": X, "y": Y}, ("--arrays", ",y"), "name the arrays of cases and labels"),
    (
        "a.csv",
        "run,a\n1,2\n".encode("utf-16"),
        ("--case", "run"),
        "a.csv, line 1: the file is UTF-16: save it as UTF-8",
    ),
    ("a.csv", b"run,a\n1,2\n", (), "say in which column its case stands: --case COLUMN"),
    ("a.csv", b"a,b,b\n1,2,3\n", ("--case", "a"), "has several columns 'b'"),
    ("a.npy", X, ("--labels", "gap.txt"), "gap.txt, line 2: the label is missing"),
    ("a.csv", b"a;b\n1;2,5\n", ("--case", "a"), "columns of a .csv are read with ',' between them, not ';'"),
    ("a.tsv", b"a,b\n1,2\n", ("--case", "a"), r"columns of a .tsv are read with '\\t' between them, not ','"),
    ("a.parquet", b"no parquet", ("--case", "a"), "no table that can be read"),
    ("a.parquet", b"no parquet", (), "is a table: say with --case"),
    ("a.mat", b"", (), "ends in '.mat'"),
    ("a.csv", b"run,t,a\n", ("--case", "run", "--time", "t"), "a.csv has no rows"),
]


@pytest.mark.parametrize(("name", "content", "words", "message"), BROKEN)
def test_what_cannot_be_read_is_one_clear_error(name, content, words, message, tmp_path, monkeypatch):
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.txt").write_text("a\nb\n")
    (tmp_path / "gap.txt").write_text("a\n\nb\n")
    (tmp_path / "latin.txt").write_bytes(b"\xe4\n")
    write(tmp_path / name, content)
    with pytest.raises((ValueError, TypeError), match=message):
        cases_of(tmp_path / name, options(*words))


def test_an_array_under_the_name_of_an_archive_is_refused(tmp_path):
    write(tmp_path / "a.npz", X)
    write(tmp_path / "a.npy", {"X": X})
    for name in ("a.npz", "a.npy"):
        with pytest.raises(ValueError, match=r"cannot be read as (arrays|an array)"):
            cases_of(tmp_path / name, options())


def test_a_model_is_no_file_of_cases(tmp_path):
    save(LightWaveS(n_features=5, search_candidates=50, random_state=0).fit(X, Y), tmp_path / "model.npz")
    with pytest.raises(ValueError, match=r"model\.npz is a saved model; a file of cases is needed here\.$"):
        cases_of(tmp_path / "model.npz", options())


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        cases_of(tmp_path, options())


# --- for a model ---------------------------------------------------------------------------------------------


def test_channels_are_put_into_the_order_of_the_model(tmp_path):
    table().write_csv(tmp_path / "log.csv")
    found = cases_of(tmp_path / "log.csv", options("--case", "trial", "--time", "second", "--label", "gait", *PICKED))
    model = SimpleNamespace(channel_names_=("v", "u"), classes_=np.unique(Y))
    np.testing.assert_array_equal(for_model(found, model, tmp_path).X, found.X[:, [2, 0]])
    with pytest.raises(ValueError, match=r"the model was trained with channel 'q', but .* has u, w, v"):
        for_model(found, SimpleNamespace(channel_names_=("q",)), tmp_path)


PICKED = ("--channel", "u", "--channel", "w", "--channel", "v")


@pytest.mark.parametrize(
    ("y", "classes", "as_in_the_model"),
    [
        ([1, 2], ["1", "2"], ["1", "2"]),
        ([1.0, 2.0], ["1", "2"], ["1", "2"]),
        ([1.5, 2.0], ["1.5", "2.0"], ["1.5", "2.0"]),
        (["1", "2"], [1, 2], [1, 2]),
        (["1.0", "7"], [1, 2], [1, 7]),
        ([1, 7], ["1", "01"], ["1", "7"]),
        ([1, 1], ["01", "1"], ["1", "1"]),
        (["True", "FALSE", "true"], [False, True], [True, False, True]),
        ([True, False], ["false", "true"], ["true", "false"]),
        ([str(2**60 + 1), str(2**60)], [2**60, 2**60 + 1], [2**60 + 1, 2**60]),
        (["a", "b"], ["a", "b"], ["a", "b"]),
    ],
)
def test_labels_are_written_as_the_classes_are(y, classes, as_in_the_model):
    assert as_classes(np.array(y), np.array(classes), "a.ts").tolist() == as_in_the_model


def test_a_label_that_is_text_where_classes_are_numbers_is_named():
    """Once, one of them made all labels unknown."""
    with pytest.raises(
        ValueError, match=r"a.ts: the label of case 1 is 'other', but the model knows the classes \[0, 1\]"
    ):
        as_classes(np.array(["0", "other"]), np.array([0, 1]), "a.ts")
    with pytest.raises(ValueError, match=r"a.ts: y contains NaN or infinity: case 0"):
        as_classes(np.array([np.nan, 1]), np.array(["0", "1"]), "a.ts")


def dates(rows):
    """A table with one reading a day."""
    return "\n".join(["run,when,a", *(f"{run},{when},{k}" for run in "ab" for k, when in enumerate(rows))]) + "\n"


def test_dates_of_which_nobody_knows_what_comes_first_are_refused(tmp_path):
    """Once, days of January were read as months."""
    pytest.importorskip("polars")
    path, words = tmp_path / "a.csv", options("--case", "run", "--time", "when", "--step", "1D")
    path.write_text(dates([f"01/{day:02d}/2024" for day in range(1, 13)]))
    with pytest.raises(ValueError, match=r"a.csv: dates such as '01/01/2024' .* with the day or with the month"):
        cases_of(path, words)
    for written in ("2024-01-{:02d}", "{:02d}/01/2024"):
        path.write_text(dates([written.format(day) for day in range(1, 15)]))
        assert len(cases_of(path, words).X[0][0]) == 14


@pytest.mark.parametrize("written", ["01/{:02d}/24", "{:02d}/01/24", "24-01-{:02d}", " {:02d}.12.99 10:00"])
def test_years_of_two_digits_are_refused(written, tmp_path):
    """Once, 01/12/24 was a day of December in the year 24, also where all others showed that the month comes first."""
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text(dates([written.format(day) for day in range(1, 25)]))
    with pytest.raises(ValueError, match=r"column 'when' has .* is a date, its year has two digits: write 2024-01-31"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "when", "--step", "1D"))


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_times_that_are_text_are_named_with_how_to_write_them(kind, tmp_path):
    polars = pytest.importorskip("polars")
    path, texts = tmp_path / f"a{kind}", dates([f"01/{day:02d}/2024" for day in range(1, 15)])
    if kind == ".csv":
        path.write_text(texts)
    else:
        polars.read_csv(texts.encode()).write_parquet(path)
    with pytest.raises(
        ValueError,
        match=r"'when' has '01/13/2024' in (line 14|row 12, c.*), but .* dates of another form: write all as 2",
    ):
        cases_of(path, options("--case", "run", "--time", "when"))


@pytest.mark.parametrize(
    ("column", "rows"), [("time", ["0,0;1.5", "0,1;1.6"]), ("a", ["0;1,5", "1;1,6"])], ids=["times", "values"]
)
def test_decimal_commas_are_said_to_be_that(column, rows, tmp_path):
    pytest.importorskip("polars")
    text = "\n".join(["run;time;a", *(f"{run};{row}" for run in "ab" for row in rows)])
    (tmp_path / "a.tsv").write_text(text.replace(";", "\t") + "\n")
    with pytest.raises(
        ValueError, match=f"column '{column}' has '.*' in line 2, .*: decimals need a point, not a comma"
    ):
        cases_of(tmp_path / "a.tsv", options("--case", "run", "--time", "time"))


@pytest.mark.parametrize("text", ["1_000", "?", "0x10", "1,5"])
def test_text_in_a_column_of_values_is_named_with_its_row(text, tmp_path):
    pytest.importorskip("polars")
    rows = [f'{run},{k},"{text if (run, k) == ("b", 2) else k}"' for run in "ab" for k in range(4)]
    (tmp_path / "a.csv").write_text("\n".join(["run,t,a", *rows]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a.csv: column 'a' has .* in line 8, which is no number"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t"))


@pytest.mark.usefixtures("in_time")
def test_what_is_read_twice_is_no_pipe_and_a_cut_archive_has_a_name(tmp_path):
    pytest.importorskip("polars")
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(ValueError, match=r"a\.csv is a pipe or a device"):
        cases_of(tmp_path / "a.csv", options("--case", "run"))
    whole = gzip.compress(dates(["2024-01-01", "2024-01-02"]).encode())
    for name, content, message in (
        ("cut", whole[:-12], "cut.csv.gz, line 1: the compressed data is damaged"),
        ("wide", gzip.compress("run,a\n".encode("utf-16")), "wide.csv.gz, line 1: the file is UTF-16"),
    ):
        (tmp_path / f"{name}.csv.gz").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            cases_of(tmp_path / f"{name}.csv.gz", options("--case", "run"))


def test_labels_of_which_the_model_knows_none_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", X=X, y=np.arange(len(X)))
    found = cases_of(tmp_path / "a.npz", options())
    with pytest.raises(ValueError, match=r"has no class that the model knows, but '0', '1', .*; it knows 'a'\."):
        labels_for(found.y, SimpleNamespace(classes_=np.array(["a"])), tmp_path)


@pytest.mark.parametrize("dtype", [str, bytes, object, float])
def test_labels_of_any_kind_are_numbers_if_they_say_so(dtype):
    labels = np.array([1.5, -2.0, 3e4]).astype(dtype)
    np.testing.assert_array_equal(as_numbers(labels, "a.npz"), [1.5, -2.0, 3e4])


@pytest.mark.parametrize("label", ["", "nan", "inf", "1_000", "1,5", "0x1f", "two"])
def test_a_label_that_says_no_number_is_named(label):
    with pytest.raises(ValueError, match=r"a.npz: the label of case 1 is '.*', which is no number to predict"):
        as_numbers(np.array(["1", label]), "a.npz")


def test_bytes_that_are_no_ascii_name_the_case():
    """Once, an error of Python's decoder named neither file nor case."""
    with pytest.raises(ValueError, match=r"a.npz: the label of case 1 is b'\\xfc', which is no number to predict"):
        as_numbers(np.array([b"1", b"\xfc"]), "a.npz")


OF_WORDS = ("--case", "run", "--label", "subject", "--groups", "day")


def test_what_a_table_calls_things_stays_text(tmp_path):
    """01 and 1 are two cases, and two classes."""
    pytest.importorskip("polars")
    rows = [f"{run},{subject},0{subject},{i + len(run)}" for run, subject in RUNS for i in range(3)]
    (tmp_path / "a.csv").write_text("\n".join(["run,subject,day,a", *rows]) + "\n")
    found = cases_of(tmp_path / "a.csv", options(*OF_WORDS))
    assert found.keys.tolist() == [run for run, _ in RUNS]
    assert found.y.tolist() == [subject for _, subject in RUNS]
    assert found.groups.tolist() == [f"0{subject}" for _, subject in RUNS]


RUNS = [("1", "01"), ("01", "1"), ("001", "01"), ("2", "1")]


def test_times_of_a_day_are_times(tmp_path):
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text("run,at,a\nx,10:00:02,3\nx,10:00:00,1\nx,10:00:01,2\n")
    found = cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "at"))
    assert found.X.tolist() == [[[1, 2, 3]]]


def test_a_column_that_varies_in_no_case_is_named(tmp_path):
    pytest.importorskip("polars")
    rows = [f"{run},{i},{i * i},{run * 10}" for run in (1, 2) for i in range(4)]
    (tmp_path / "a.csv").write_text("\n".join(["run,t,a,wear", *rows]) + "\n")
    with pytest.warns(UserWarning, match=r"the columns \['wear'\] are taken for channels, but no case varies in them"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t"))
    cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t", "--channel", "a", "--channel", "wear"))


def test_labels_of_a_file_have_no_blanks_around_them(tmp_path):
    (tmp_path / "labels.txt").write_text("a \n b\n" * 5)
    np.save(tmp_path / "a.npy", X)
    assert cases_of(tmp_path / "a.npy", options("--labels", str(tmp_path / "labels.txt"))).y.tolist() == ["a", "b"] * 5


def test_what_a_table_calls_things_has_no_blanks_around_it(tmp_path):
    """Once, a blank behind a key made another case, and one behind a label another class."""
    pytest.importorskip("polars")
    rows = [f"{run}{' ' * (i > 2)},{' ' * (i > 1)}{run}x,{i}" for run in "ab" for i in range(5)]
    (tmp_path / "a.csv").write_text("\n".join(["run,state,a", *rows]) + "\n")
    found = cases_of(tmp_path / "a.csv", options("--case", "run", "--label", "state"))
    assert (found.keys.tolist(), found.y.tolist(), found.X.shape) == (["a", "b"], ["ax", "bx"], (2, 1, 5))
    (tmp_path / "a.csv").write_text("run,a\na,1\n NA ,2\n")
    with pytest.raises(ValueError, match="case column 'run' is missing in 1 rows, first in line 3"):
        cases_of(tmp_path / "a.csv", options("--case", "run"))


@pytest.mark.parametrize("name", ["--time", "--label", "--value", "--step", "--groups", "--arrays", "--labels"])
def test_an_option_with_one_value_is_not_given_twice(name, capsys):
    """Once, the first was lost, and its column became a channel."""
    with pytest.raises(SystemExit):
        options(name, "a", name, "b")
    assert f"{name} can be given once only" in capsys.readouterr().err


def test_a_group_may_be_a_part_of_the_key_of_a_case(tmp_path):
    rows = table().with_columns(day=table()["trial"].str.slice(1, 1))
    rows.write_csv(tmp_path / "a.csv")
    words = ("--case", "trial", "--case", "day", "--time", "second", "--label", "gait", "--groups", "day")
    found = cases_of(tmp_path / "a.csv", options(*words, *(w for name in NAMES for w in ("--channel", name))))
    assert found.groups.tolist() == [key[1] for key in found.keys]


ROWS = [f"c{i},{k},{'ab'[i % 2]},{i + k / 10}" for i in range(4) for k in range(9)]
OF_ROWS = ("--case", "trial", "--time", "t", "--label", "gait")


def text_table(*rows):
    return "\n".join(["trial,t,gait,ax", *rows]) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        (text_table(*ROWS) + "\n \n").encode(),
        text_table(*ROWS, ",,,", "").encode(),
        text_table(*ROWS[:5], "", *ROWS[5:]).encode("utf-8-sig"),
        text_table(*ROWS).replace("\n", "\r").encode(),
        text_table(*ROWS).replace("\n", "\r\n").encode(),
        text_table(*ROWS).replace(",b,", ",\xe9,").encode("latin-1"),
        text_table(*(row.replace(",", ", ") for row in ROWS)).encode(),
    ],
    ids=["blank lines", "empty fields", "a mark and a blank line", "CR", "CR and LF", "Latin-1", "white space"],
)
def test_text_tables_of_all_programs_are_read(content, tmp_path):
    """Once, only UTF-8 without blank lines was read, with line ends of today, and without white space before times."""
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_bytes(content)
    if b", " in content:  # of the names of columns it is a part
        (tmp_path / "a.csv").write_bytes(content.replace(b"trial, t, gait, ax", b"trial,t,gait,ax"))
    found = cases_of(tmp_path / "a.csv", options(*OF_ROWS))
    np.testing.assert_allclose(found.X, [[[i + k / 10 for k in range(9)]] for i in range(4)], rtol=1e-6)
    assert found.y.tolist() == ["a", "b" if b"\xe9" not in content else "\xe9"] * 2


def test_whole_times_that_white_space_surrounds_stay_whole(tmp_path):
    pytest.importorskip("polars")
    rows = [f"c, {2**60 + k} ,a,{k}" for k in range(9)]
    (tmp_path / "a.csv").write_text(text_table(*rows))
    assert cases_of(tmp_path / "a.csv", options(*OF_ROWS)).X.shape == (1, 1, 9)


@pytest.mark.parametrize("text", ["oops", "s", "t", "2024-01-01", "1,5"])
def test_a_time_that_is_no_number_among_numbers_is_named_with_its_row(text, tmp_path):
    """Once, the error showed the first time, which was well."""
    pytest.importorskip("polars")
    rows = [row.replace("c1,4,", f'c1,"{text}",') for row in ROWS]
    (tmp_path / "a.csv").write_text(text_table(*rows))
    with pytest.raises(ValueError, match=rf"column 't' has '{text}' in line 15, but most times are numb"):
        cases_of(tmp_path / "a.csv", options(*OF_ROWS))


def test_what_another_library_says_is_cut(tmp_path):
    """Once, an error had 200,000 characters."""
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text(text_table(*ROWS, f"c0,{'9' * 200_000},a,1"))
    with pytest.raises(ValueError, match=r"a.csv, line 38: field larger than field limit") as raised:
        cases_of(tmp_path / "a.csv", options(*OF_ROWS))
    assert len(str(raised.value)) < 1000


@pytest.mark.slow
def test_altered_tables_are_read_or_refused(tmp_path):
    """Once, a panic of polars, which is no Exception, ended the program."""
    polars = pytest.importorskip("polars")
    path = tmp_path / "a.parquet"
    polars.read_csv(text_table(*ROWS).encode()).write_parquet(path)
    whole, n_refused = path.read_bytes(), 0
    for place in range(4, 400, times(3, 1)):
        damaged = bytearray(whole)
        damaged[place] ^= 255
        path.write_bytes(damaged)
        try:
            cases_of(path, options(*OF_ROWS))
        except (TypeError, ValueError):
            n_refused += 1
    assert n_refused > times(13, 40)


def test_labels_in_a_file_of_their_own_are_there(tmp_path):
    """Once, ? and NA were classes."""
    np.save(tmp_path / "a.npy", X)
    for absent in ("?", "NA", "nan", ""):
        (tmp_path / "labels.txt").write_text("\n".join([*Y[:2], absent, *Y[3:]]))
        with pytest.raises(ValueError, match=r"labels.txt, line 3: the label is missing"):
            cases_of(tmp_path / "a.npy", options("--labels", str(tmp_path / "labels.txt")))


def test_a_label_that_is_missing_is_no_class_wherever_it_stands(tmp_path):
    """Once, ? was a class in a column of labels, and an empty text in an array."""
    pytest.importorskip("polars")
    np.save(tmp_path / "a.npy", X)
    (tmp_path / "log.csv").write_text("run,t,a,gait\n0,0,1,walk\n0,1,2,walk\n1,0,2,?\n1,1,3,?\n")
    with pytest.raises(ValueError, match="label column 'gait' is missing in 2 rows"):
        cases_of(tmp_path / "log.csv", options("--case", "run", "--time", "t", "--label", "gait"))
    for absent in ("?", "NA", " ", ""):
        for dtype in (str, bytes):
            y = np.array([*Y[:2], absent, *Y[3:]]).astype(dtype)
            np.save(tmp_path / "y.npy", y)
            np.savez(tmp_path / "b.npz", X=X, y=y)
            for name, words in (("a.npy", ("--labels", str(tmp_path / "y.npy"))), ("b.npz", ())):
                with pytest.raises(ValueError, match=r"[yb].np[yz]: the label of case 2 is missing"):
                    cases_of(tmp_path / name, options(*words))


def test_a_text_of_labels_may_be_in_latin_1(tmp_path):
    """Once, it was refused, though tables and files of the archives in Latin-1 are read."""
    np.save(tmp_path / "a.npy", X)
    y = [f"{label} grüßt" for label in Y]
    (tmp_path / "labels.txt").write_bytes("\r\n".join([*y, "", ""]).encode("latin-1"))
    assert cases_of(tmp_path / "a.npy", options("--labels", str(tmp_path / "labels.txt"))).y.tolist() == y


def test_labels_that_the_model_does_not_know_are_told(tmp_path):
    """Once, an accuracy counted them as errors without a word, if one label at least was known."""
    (tmp_path / "a.npz").write_bytes(NPZ)
    cases = cases_of(tmp_path / "a.npz", options())
    model = SimpleNamespace(classes_=np.array(sorted({*Y} - {Y[0]})))
    with pytest.warns(UserWarning, match=rf"3 of 10 labels in .* are no class that the model knows, but '{Y[0]}'"):
        labels_for(cases.y, model, tmp_path / "a.npz")


def test_columns_of_groups_and_of_channels_are_called_by_what_they_are(tmp_path):
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text(text_table(*(f"{row},{k}" for k, row in enumerate(ROWS))).replace("ax", "ax,by", 1))
    with pytest.raises(ValueError, match="the column of --groups is read as labels are: case 'c0' has several"):
        cases_of(tmp_path / "a.csv", options(*OF_ROWS, "--groups", "by"))
    with pytest.raises(
        ValueError, match=r"the model was trained with channel 'ay', but .* has trial, t, gait, ax, by.*empty column"
    ):
        cases_of(tmp_path / "a.csv", options(*OF_ROWS), ("ax", "ay"))


def test_times_that_are_dates_in_several_forms_are_read(tmp_path):
    """Once, a blank behind a date, a date alone for midnight, and no times at all ended in an IndexError."""
    pytest.importorskip("polars")
    path = tmp_path / "a.csv"
    for two in (["2024-01-01 ", "2024-01-02 "], ["2024-01-01", "2024-01-01T00:00:01"]):
        path.write_text(text_table(*(f"{case},{time},{case},1" for case in "ab" for time in two)))
        assert cases_of(path, options(*OF_ROWS)).X.shape == (2, 1, 2)
    path.write_text(text_table("a,,a,1", "b,,b,1"))
    with pytest.raises(ValueError, match="column 't' holds no time"):
        cases_of(path, options(*OF_ROWS))
    path.write_text(
        text_table(*(f"{case},{17 * 10**18 + time * 10**6},{case},1" for case in "ab" for time in range(4)))
    )
    assert cases_of(path, options(*OF_ROWS)).X.shape == (2, 1, 4)


def test_tables_are_read_as_polars_was_in_older_versions(tmp_path, monkeypatch):
    polars = pytest.importorskip("polars")

    def to_time(*_, **__):
        raise polars.exceptions.ComputeError("could not find an appropriate format to parse times")

    monkeypatch.delattr(polars, "Int128", raising=False)
    monkeypatch.setattr("polars.series.string.StringNameSpace.to_time", to_time)
    path = tmp_path / "a.csv"
    path.write_text(text_table(*(f"{case},{time},{case},1" for case in "ab" for time in ("2024-01-01 ", "2024-01-02"))))
    assert cases_of(path, options(*OF_ROWS)).X.shape == (2, 1, 2)


def test_blank_lines_in_quotes_are_part_of_a_text(tmp_path):
    pytest.importorskip("polars")
    rows = [f'"{case}",{time},x,{time}' for case in ("a\n\n1", "a\n1", "a\n,,\n1") for time in range(3)]
    (tmp_path / "a.csv").write_text(text_table(*rows, ""))
    assert cases_of(tmp_path / "a.csv", options(*OF_ROWS)).keys.tolist() == ["a\n\n1", "a\n1", "a\n,,\n1"]


WIDE = ["gait,run,t,a,b", *(f"{'xy'[run % 2]},{run},{t},{run + t}.5,{run * t}" for run in range(6) for t in range(9))]
OF_WIDE = ("--case", "run", "--time", "t", "--label", "gait", "--unpad")


@pytest.mark.parametrize(
    ("alter", "message"),
    {
        "a value left out": (
            lambda line: line.replace("x,2,", "x,"),
            "4 fields, but the first line names 5 columns",
        ),
        "cut off": (lambda line: line[:6], "4 fields, but the first line names 5 columns"),
        "a decimal comma": (lambda line: line.replace(".", ","), "6 fields, but the first line names 5 columns"),
        "an end of line lost": (lambda line: line + line, "9 fields, but the first line names 5 columns"),
        "a quote never closed": (lambda line: '"' + line, "a quote that opens here is never closed"),
        "a quote and later another": (
            lambda line: line.rsplit(",", 1)[0] + ',"2\n' + WIDE[21] + '"',
            "a text in quotes holds what looks like another row",
        ),
    }.values(),
)
def test_a_row_of_another_width_is_named_with_its_line(alter, message, tmp_path):
    """Once, values of a row with fewer fields moved into other channels without a word."""
    pytest.importorskip("polars")
    lines = [*WIDE[:20], "", "", alter(WIDE[20]), *WIDE[21:]]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    with pytest.raises(ValueError, match=f"a.csv, line 23: {message}"):
        cases_of(tmp_path / "a.csv", options(*OF_WIDE))


def test_quotes_within_a_text_are_part_of_it(tmp_path):
    """Once, they were an error of another library, which named no line."""
    pytest.importorskip("polars")
    for written, gait in (('5" pipe', '5" pipe'), ('"5"" pipe"', '5" pipe'), ('"a,b"', "a,b"), ('"a\n\nb"', "a\n\nb")):
        lines = [line.replace("x,", f"{written},") for line in WIDE]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
        assert set(cases_of(tmp_path / "a.csv", options(*OF_WIDE)).y) == {gait, "y"}


@pytest.mark.parametrize(
    ("alter", "message"),
    {
        "no number": (lambda line: line.replace(".5", ".x"), "column 'a' has '[0-9]*.x' in line 24"),
        "no case": (
            lambda line: line.replace(",2,", ",,", 1),
            "case column 'run' is missing in 1 rows, first in line 24",
        ),
        "no label": (lambda line: line.replace("x", "?"), "label column 'gait' is missing in 1 rows, first in line 24"),
        "no time": (lambda line: line.replace("x,2,1,", "x,2,,"), "is missing or infinite in 1 rows, first in line 24"),
    }.values(),
)
def test_what_is_wrong_is_named_by_its_line_though_others_are_blank(alter, message, tmp_path):
    """Once, one command counted rows behind the header, rows from 0, and none of the lines that were blank."""
    pytest.importorskip("polars")
    assert WIDE[20].startswith("x,2,1,")
    lines = [WIDE[0], "", *WIDE[1:9], "", ",,", *WIDE[9:20], alter(WIDE[20]), *WIDE[21:]]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    with pytest.raises(ValueError, match=f"a.csv: .*{message}"):
        cases_of(tmp_path / "a.csv", options(*OF_WIDE))


def test_a_wrong_time_of_a_day_is_named_and_not_the_right_ones(tmp_path):
    """Once, the error showed a time that is right."""
    pytest.importorskip("polars", "1.40")
    (tmp_path / "a.csv").write_text(
        "run,t,a\n" + "".join(f"{run},10:00:0{t},{t}\n" for run in (0, 1) for t in range(9))
    )
    assert cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t")).X.shape == (2, 1, 9)
    text = (tmp_path / "a.csv").read_text().replace("1,10:00:04", "1,25:00:04")
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match="column 't' has '25:00:04' in line 15, but most times are times of a day"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t"))


@pytest.mark.parametrize("dtype", ["String", "Categorical"])
def test_names_in_a_parquet_are_read_as_in_a_text(dtype, tmp_path):
    """Once, NA was a class there, and 'c0 ' another case than 'c0'."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {"run": ["a", "a ", "b", "b"], "t": [0, 1, 0, 1], "v": [1.0, 2, 3, 4], "y": ["x", "x", "NA", ""]}
    )
    frame = frame.with_columns(polars.col("run", "y").cast(getattr(polars, dtype)))
    frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="label column 'y' is missing in 2 rows, first in row 2, counted from 0"):
        cases_of(tmp_path / "a.parquet", options("--case", "run", "--time", "t", "--label", "y"))
    assert cases_of(
        tmp_path / "a.parquet", options("--case", "run", "--time", "t", "--channel", "v")
    ).keys.tolist() == ["a", "b"]


def test_a_text_of_labels_is_read_as_files_of_the_archives_are(tmp_path):
    """Once, quotes made another class, and so did n/a and an index before each label."""
    np.save(tmp_path / "a.npy", X)
    words = ("--labels", str(tmp_path / "y.txt"))
    for line, message in (("n/a", "line 2: the label is missing, found 'n/a'"), ("a\0b", "line 2: a NUL")):
        (tmp_path / "y.txt").write_text("\n".join([Y[0], line, *Y[2:]]))
        with pytest.raises(ValueError, match=message):
            cases_of(tmp_path / "a.npy", options(*words))
    (tmp_path / "y.txt").write_text("\n".join(f"{i},{label}" for i, label in enumerate(Y)))
    with pytest.raises(ValueError, match="a comma in each line, but a line holds one label"):
        cases_of(tmp_path / "a.npy", options(*words))
    (tmp_path / "y.txt").write_text("\n".join(f'"{label}, {i}"' for i, label in enumerate(Y)))
    assert cases_of(tmp_path / "a.npy", options(*words)).y[1] == f"{Y[1]}, 1"
    (tmp_path / "y.txt").write_text("\n".join([f'"{Y[0]}"', *Y[1:-1], "it\u2028is"]))
    assert cases_of(tmp_path / "a.npy", options(*words)).y.tolist() == [*Y[:-1], "it\u2028is"]


@pytest.mark.parametrize("entry", ["X.npy", "y.npy", "who.npy"])
def test_a_member_of_an_archive_that_is_no_array_is_named(entry, tmp_path):
    """Once, this was an error of Python's within the program."""
    np.savez(tmp_path / "whole.npz", X=X, y=Y, who=np.arange(len(Y)))
    with zipfile.ZipFile(tmp_path / "whole.npz") as whole, zipfile.ZipFile(tmp_path / "a.npz", "w") as altered:
        for name in whole.namelist():
            altered.writestr(name, b"junk" if name == entry else whole.read(name))
    with pytest.raises(ValueError, match=f"a.npz: array '{entry[:-4]}' cannot be read: it does not begin as an array"):
        cases_of(tmp_path / "a.npz", options("--groups", "who"))


def test_stray_quotes_do_not_swallow_rows(tmp_path):
    """Once, the row between two of them was a part of a label."""
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text('c,t,l,v\nB,0,"z,1\nB,1,"z,2\nC,0,x,1\nC,1,x,2\n')
    with pytest.raises(ValueError, match=r"a.csv, line 2: .*a quote may be wrong"):
        cases_of(tmp_path / "a.csv", options("--case", "c", "--time", "t", "--label", "l"))


def test_none_is_the_name_of_a_class_in_every_file(tmp_path):
    """Once, it was a missing label in some: a model predicted a class that no other file might hold."""
    pytest.importorskip("polars")
    y = np.where(np.arange(len(X)) % 2, "None", "leak")
    np.savez(tmp_path / "a.npz", X=X, y=y)
    np.save(tmp_path / "b.npy", X)
    (tmp_path / "y.txt").write_text("\n".join(y))
    rows = "".join(f"{i},{t},{label},{X[i, 0, t]}\n" for i, label in enumerate(y) for t in range(100))
    (tmp_path / "c.csv").write_text("run,t,fault,a\n" + rows)
    for name, words in (
        ("a.npz", ()),
        ("b.npy", ("--labels", str(tmp_path / "y.txt"))),
        ("c.csv", ("--case", "run", "--time", "t", "--label", "fault")),
    ):
        assert cases_of(tmp_path / name, options(*words)).y.tolist() == y.tolist()


def fine_table(times, *runs):
    """A table whose runs have each of these times, with a value that says its place."""
    return "\n".join(["run,at,a", *(f"{run},{time},{k}" for run in runs for k, time in enumerate(times))]) + "\n"


FINE = (
    "10:00:00.00000{:02d}00",
    "2024-05-01T10:00:00.0000{:03d}",
    "2024-05-01 10:00:00.00000{:02d}00Z",
    "13/05/2024 10:00:00.0000{:03d}99",
)


@pytest.mark.parametrize("form", FINE)
def test_times_keep_their_nanoseconds(form, tmp_path):
    """Once, all decimals behind the sixth were cut off, and many times were one."""
    pytest.importorskip("polars")
    times = [form.format(k) for k in range(20)]
    (tmp_path / "a.csv").write_text(fine_table([*times[1:], times[0]], "x", "y"))
    found = cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "at"))
    assert found.X.tolist() == [[[19, *range(19)]]] * 2


def test_fine_times_in_a_parquet_and_beside_whole_seconds_are_read(tmp_path):
    polars = pytest.importorskip("polars", "1.40")
    times = ["2024-05-01 10:00:00", "2024-05-01 10:00:00.0000001", "2024-05-01 10:00:00.0000002"]
    (tmp_path / "a.csv").write_text(fine_table(times, "x"))
    polars.read_csv(tmp_path / "a.csv").write_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        found = cases_of(tmp_path / name, options("--case", "run", "--time", "at", "--step", "100ns"))
        assert found.X.tolist() == [[[0, 1, 2]]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("2024-05-01T10:00:00.1234567890", "in line 4, but times are read to nanoseconds: round it to nine decimals"),
        ("1500-05-01T10:00:00", "in line 4, but nanoseconds count from 1678 to 2261 only: round all times to six"),
    ],
)
def test_times_that_nanoseconds_do_not_say_are_named_with_their_line(wrong, message, tmp_path):
    pytest.importorskip("polars")
    times = [*(f"2024-05-01T10:00:00.000000{k}" for k in range(2)), wrong]
    (tmp_path / "a.csv").write_text(fine_table(times, "x"))
    with pytest.raises(ValueError, match=rf"a.csv: column 'at' has '{wrong}' {message}"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "at"))
    (tmp_path / "a.csv").write_text(fine_table(["10:00:00.1234567899", "10:00:01"], "x"))
    with pytest.raises(ValueError, match=r"'at' has '10:00:00.1234567899' in line 2, but times are read to nanosec"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "at"))


def test_numbers_of_many_decimals_are_no_fine_times(tmp_path):
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text(fine_table([f"{k}.12345678901" for k in range(4)], "x"))
    assert cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "at")).X.shape == (1, 1, 4)


def test_what_a_table_warns_of_names_its_file_and_is_told_once(tmp_path):
    pytest.importorskip("polars")
    rows = [f"r{i},{k},{i * k},g{i % 3},l" for i in range(12) for k in range(30)]
    (tmp_path / "a.csv").write_text("\n".join(["run,t,a,who,state", *rows[:-18]]) + "\n")
    words = ("--case", "run", "--time", "t", "--label", "state", "--groups", "who")
    with pytest.warns(UserWarning, match=r"a.csv: case 'r11': 12 time points, but 30 in 11 of 12 cases") as told:
        cases_of(tmp_path / "a.csv", options(*words))
    assert len(told) == 1


@pytest.mark.parametrize("absent", ["NAN", "-nan", "+NaN", " nAn ", "N/A"])
def test_a_missing_label_is_missing_in_every_file(absent, tmp_path):
    """Once, NAN and -nan were classes of arrays, of tables and of texts."""
    pytest.importorskip("polars")
    y = [*Y[:2], absent, *Y[3:]]
    np.savez(tmp_path / "a.npz", X=X, y=y)
    np.save(tmp_path / "a.npy", X)
    (tmp_path / "y.txt").write_text("\n".join(y) + "\n")
    (tmp_path / "a.csv").write_text(f"run,t,a,state\n0,0,1,walk\n0,1,2,walk\n1,0,2,{absent}\n1,1,3,{absent}\n")
    for name, words, message in (
        ("a.npz", (), "a.npz: the label of case 2 is missing"),
        ("a.npy", ("--labels", str(tmp_path / "y.txt")), "y.txt, line 3: the label is missing"),
        ("a.csv", ("--case", "run", "--time", "t", "--label", "state"), "label column 'state' is missing in 2 rows"),
    ):
        with pytest.raises(ValueError, match=message):
            cases_of(tmp_path / name, options(*words))


def test_a_name_with_brackets_is_no_pattern(tmp_path):
    """Once, log[1].parquet was read as log1.parquet."""
    polars = pytest.importorskip("polars")
    for name, first in (("log1.parquet", 5.0), ("log[1].parquet", 0.0)):
        polars.DataFrame({"run": ["x", "x"], "t": [0, 1], "a": [first, 1.0]}).write_parquet(tmp_path / name)
    found = cases_of(tmp_path / "log[1].parquet", options("--case", "run", "--time", "t"))
    assert found.X.tolist() == [[[0, 1]]]


def test_a_label_that_is_far_longer_than_the_others_is_named(tmp_path):
    """Once, a text of 70 kB took 2 GB."""
    np.save(tmp_path / "X.npy", np.zeros((3000, 5)))
    (tmp_path / "y.txt").write_text("a\n" * 2999 + "long" * 5000 + "\n")
    with pytest.raises(ValueError, match=r"y\.txt, line 3000: 'longlong.*, which is so long, beside the others"):
        cases_of(tmp_path / "X.npy", options("--labels", str(tmp_path / "y.txt")))


def test_a_table_of_many_columns_is_read_with_its_channels_in_order(tmp_path):
    """Once, each column looked through the names of all: 8,000 columns took 17 seconds, and 100,000 most of an hour."""
    pytest.importorskip("polars")
    names = [f"c{i}" for i in range(3000)]
    rows = [["run", *names], ["a", *range(3000)], ["a", *range(1, 3000), "null "]]
    (tmp_path / "a.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    for channels in (None, tuple(reversed(names))):
        found = cases_of(tmp_path / "a.csv", options("--case", "run"), channels)
        assert found.channels == (channels or tuple(names))
        first, second = found.X[0].T if channels is None else found.X[0, ::-1].T
        assert first.tolist() == list(range(3000))
        assert second[:-1].tolist() == list(range(1, 3000))
        assert np.isnan(second[-1])


def test_columns_of_lists_in_a_parquet_are_not_unpacked(tmp_path):
    polars = pytest.importorskip("polars")
    long = polars.Series([[0.0] * 10_000] * 2)
    polars.DataFrame({"run": ["x", "x"], "long": long, "t": [0, 1], "v": [1.0, 2.0]}).write_parquet(
        tmp_path / "a.parquet"
    )
    assert tables.of_parquet(tmp_path / "a.parquet").estimated_size() < 1000
    found = cases_of(tmp_path / "a.parquet", options("--case", "run", "--time", "t", "--channel", "v"))
    assert found.X.tolist() == [[[1, 2]]]
    for words in (("--time", "t"), ("--time", "long")):
        with pytest.raises(ValueError, match="column 'long' has several values in each row: make a column of each"):
            cases_of(tmp_path / "a.parquet", options("--case", "run", *words))


def test_a_parquet_that_is_far_larger_than_its_file_is_refused(tmp_path, monkeypatch):
    """Once, 227 kB of nothing but equal rows took 3 GB."""
    polars = pytest.importorskip("polars")
    assert tables.ALWAYS_UNPACKED > 1 << 27, "logs of what is on or off are packed well, too"
    monkeypatch.setattr(tables, "ALWAYS_UNPACKED", 1 << 24)
    frame = polars.DataFrame({name: polars.zeros(10**6, eager=True) for name in ("run", "t", "u")})
    frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"a\.parquet: unpacked, it is more than 100 times as large as the file; if"):
        cases_of(tmp_path / "a.parquet", options("--case", "run", "--time", "t"))


@pytest.mark.parametrize(
    ("time", "value", "message"),
    [
        ("12:30", "5", "column 't' has '12:30' in line 7, but most times are times of a day"),
        ("12:00:05", "\u0663", "column 'v' has '\u0663' in line 7, which is no number"),
    ],
)
def test_a_value_unlike_the_others_is_named_with_its_line(time, value, message, tmp_path):
    """Once, the error was that of another library, which names no line."""
    pytest.importorskip("polars", "1.40")
    rows = [f"a,12:00:0{k},{k},true" for k in range(9)]
    rows[5] = f"a,{time},{value},true"
    (tmp_path / "a.csv").write_text("\n".join(["run,t,v,on", *rows, ""]), encoding="utf-8")
    with pytest.raises(ValueError, match=f"a.csv: {message}"):
        cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t"))


def test_whole_numbers_of_any_length_are_numbers(tmp_path):
    """Once, one of 60 digits was refused."""
    pytest.importorskip("polars")
    (tmp_path / "a.csv").write_text(f"run,t,v,on\na,0,1,true\na,1,1{'0' * 59},false\n")
    found = cases_of(tmp_path / "a.csv", options("--case", "run", "--time", "t"))
    assert found.X.tolist() == [[[1, 1e59], [1, 0]]]
