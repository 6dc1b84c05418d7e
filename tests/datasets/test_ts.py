"""The embedded sets are what they say, and ``.ts`` files are read as they were written or refused by line."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import load_basic_motions, load_japanese_vowels, read_ts


def read(text, tmp_path):
    path = tmp_path / "set.ts"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_ts(path)


# --- embedded sets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["train", "test"])
def test_basic_motions_are_forty_series_of_four_activities(split):
    X, y = load_basic_motions(split)
    assert X.shape == (40, 6, 100)
    assert X.dtype == np.float32
    assert np.isfinite(X).all()
    labels, counts = np.unique(y, return_counts=True)
    assert labels.tolist() == ["Badminton", "Running", "Standing", "Walking"]
    assert counts.tolist() == [10] * 4


@pytest.mark.parametrize(("split", "n_cases", "longest"), [("train", 270, 26), ("test", 370, 29)])
def test_japanese_vowels_are_series_of_unequal_length(split, n_cases, longest):
    X, y = load_japanese_vowels(split)
    assert len(X) == len(y) == n_cases
    assert {x.shape[0] for x in X} == {12}
    assert {x.dtype for x in X} == {np.dtype(np.float32)}
    lengths = [x.shape[1] for x in X]
    assert (min(lengths), max(lengths)) == (7, longest)
    assert all(np.isfinite(x).all() for x in X)
    assert sorted(set(y)) == list("123456789")


@pytest.mark.parametrize("load", [load_basic_motions, load_japanese_vowels])
def test_the_splits_differ_and_the_first_is_the_default(load):
    np.testing.assert_array_equal(load()[0][0], load("train")[0][0])
    assert not np.array_equal(load("train")[0][0], load("test")[0][0])


@pytest.mark.parametrize("load", [load_basic_motions, load_japanese_vowels])
def test_every_call_gives_arrays_of_its_own(load):
    load()[0][0][:] = 7
    assert not (load()[0][0] == 7).all()


@pytest.mark.parametrize(("split", "error"), [("all", ValueError), (None, TypeError)])
def test_another_split_is_refused(split, error):
    with pytest.raises(error, match=r"split must be one of \('train', 'test'\)"):
        load_basic_motions(split)


# --- reading ------------------------------------------------------------------------------------------------

PLAIN = "@problemName tiny\n@classLabel true a b\n@data\n1,2,3:4,5,6:a\n7,8,9:-1,.5,1e3:b\n"
VALUES = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [-1, 0.5, 1000]]], np.float32)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        "# about\n\n" + PLAIN.replace("@data\n", "@data\n\n# between\n") + "\n\n",
        PLAIN.replace(",", " , ").replace(":", " : ").replace("\n", "  \n"),
        PLAIN.replace("@data", "@DATA").replace("@classLabel true", "@CLASSLABEL  True"),
        PLAIN.replace("@classLabel true a b", "@classLabel\ttrue\ta\tb"),
        PLAIN.rstrip("\n"),
        PLAIN.replace("@data", "@timeStamps false\n@dimensions 2\n@equalLength true\n@seriesLength 3\n@data"),
        PLAIN.replace("@classLabel true a b\n", ""),
        b"# caf\xe9 in another encoding\n" + PLAIN.encode(),
    ],
    ids=[
        "plain", "CRLF", "byte order mark", "comments", "spaces", "capitals", "tabs", "no last newline",
        "full header", "no header", "other encoding",
    ],
)  # fmt: skip
def test_a_file_is_read_however_it_is_written(text, tmp_path):
    X, y = read(text, tmp_path)
    np.testing.assert_array_equal(X, VALUES)
    assert X.dtype == np.float32
    assert y.tolist() == ["a", "b"]


def test_one_channel_is_a_panel_of_one_channel(tmp_path):
    X, y = read("@univariate true\n@data\n1,2:a\n3,4:b\n5,6:a\n", tmp_path)
    np.testing.assert_array_equal(X, [[[1, 2]], [[3, 4]], [[5, 6]]])
    assert y.tolist() == ["a", "b", "a"]


def test_cases_of_unequal_length_come_as_a_list(tmp_path):
    X, _ = read("@data\n1,2,3:4,5,6:a\n7:8:b\n", tmp_path)
    assert isinstance(X, list)
    np.testing.assert_array_equal(X[0], [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(X[1], [[7], [8]])


def test_missing_values_are_nan(tmp_path):
    X, _ = read("@data\n1, ? ,3:NaN,5,nan:a\n", tmp_path)
    np.testing.assert_array_equal(X, [[[1, np.nan, 3], [np.nan, 5, np.nan]]])


def test_channels_of_unequal_length_end_in_nan(tmp_path):
    X, _ = read("@data\n1,2,3:4:a\n", tmp_path)
    np.testing.assert_array_equal(X, [[[1, 2, 3], [4, np.nan, np.nan]]])


def test_targets_of_a_regression_are_numbers(tmp_path):
    _, y = read("@targetLabel true\n@data\n1,2:0.5\n3,4:-2e3\n", tmp_path)
    np.testing.assert_array_equal(y, [0.5, -2000.0])


def test_a_path_may_be_text_or_a_path(tmp_path):
    (tmp_path / "set.ts").write_text(PLAIN)
    for path in (tmp_path / "set.ts", str(tmp_path / "set.ts")):
        np.testing.assert_array_equal(read_ts(path)[0], VALUES)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_ts(tmp_path / "nowhere.ts")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("@data\n1,2:a\n1,x:b\n", 3, "channel 0: could not convert string to float: 'x'"),
        ("@data\n1,2:1,,2:a\n", 2, "channel 1: could not convert string to float: ''"),
        ("@data\n1,2::a\n", 2, "channel 1: could not convert string to float: ''"),
        ("@data\n1,2:1e39,1:a\n", 2, "channel 1: a value is too large for float32"),
        ("@data\n1,2:inf,1:a\n", 2, "channel 1: a value is too large for float32"),
        ("@data\n1,2:3,4:a\n# x\n1,2:a\n", 4, "1 channels, but 2 in the first case"),
        ("@dimensions 3\n@data\n1,2:3,4:a\n", 3, "2 channels, but @dimensions says 3"),
        ("@dimensions three\n@data\n1:a\n", 2, "@dimensions must be a whole number, found 'three'"),
        ("@seriesLength 1.5\n@data\n1:a\n", 2, "@serieslength must be a whole number, found '1.5'"),
        ("@equalLength true\n@seriesLength 3\n@data\n1,2,3:a\n1,2:b\n", 5, "2 time points, but @seriesLength says 3"),
        ("@equalLength true\n@seriesLength 3\n@data\n1,2,3:1,2:a\n", 4, "2 time points, but @seriesLength says 3"),
        ("@classLabel true a b\n@data\n1:a\n2:c\n", 4, r"class 'c' is not among \['a', 'b'\]"),
        ("@data\n1,2:3,4\n", 2, "the class is missing behind the last ':', found '3,4'"),
        ("@data\n1,2:3,4:\n", 2, "the class is missing"),
        ("@data\n1,2,3\n", 2, "no ':' separates the series from the class"),
        ("@targetLabel true\n@data\n1,2:0.5\n1,2:high\n", 4, "the target 'high' is not a number"),
        ("@problemName x\n@dimensions 2\n", 2, "the file ends without '@data'"),
        ("", 0, "the file ends without '@data'"),
        ("@problemName x\n@data\n# nothing\n", 3, "no case follows '@data'"),
        ("@timestamps true\n@data\n(0,1):a\n", 2, "files with time stamps are not supported"),
        ("1,2:3,4:a\n@data\n", 1, "expected '@key value' or '@data', found '1,2:3,4:a'"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_line(text, line, what, tmp_path):
    with pytest.raises(ValueError, match=rf"set\.ts, line {line}: {what}"):
        read(text, tmp_path)


numbers = st.one_of(st.just(float("nan")), st.floats(width=32, allow_nan=False, allow_infinity=False))
labels = st.text("abcXYZ019_-.", min_size=1, max_size=5)
panels = st.integers(1, 3).flatmap(
    lambda n_channels: st.lists(
        st.tuples(
            st.integers(1, 5).flatmap(
                lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=n_channels, max_size=n_channels)
            ),
            labels,
        ),
        min_size=1,
        max_size=5,
    )
)


@settings(max_examples=60, deadline=None)
@given(panels, st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(cases, newline):
    lines = ["@data"]
    for series, label in cases:
        rows = [",".join("?" if v != v else repr(v) for v in channel) for channel in series]
        lines.append(":".join([*rows, label]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.ts"
        path.write_bytes(newline.join(lines).encode())
        X, y = read_ts(path)
    assert y.tolist() == [label for _, label in cases]
    assert isinstance(X, np.ndarray) == (len({len(series[0]) for series, _ in cases}) == 1)
    for x, (series, _) in zip(X, cases, strict=True):
        np.testing.assert_array_equal(x, np.array(series, np.float32))
