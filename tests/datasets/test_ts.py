"""``.ts`` files are read as they were written, or refused with file and line; none is read as something else."""

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import read_ts


def read(text, tmp_path, **options):
    path = tmp_path / "set.ts"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_ts(path, **options)


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


def test_channels_of_unequal_length_end_in_nan_where_the_head_allows_them(tmp_path):
    X, _ = read("@equalLength false\n@data\n1,2,3:4:a\n5:6,7:b\n", tmp_path)
    np.testing.assert_array_equal(X[0], [[1, 2, 3], [4, np.nan, np.nan]])
    np.testing.assert_array_equal(X[1], [[5, np.nan], [6, 7]])
    X, _ = read("@equalLength false\n@dimensions 2\n@classLabel false\n@data\n1,2,3:4\n5:6,7\n", tmp_path)
    np.testing.assert_array_equal(X[0], [[1, 2, 3], [4, np.nan, np.nan]])


def test_targets_of_a_regression_are_numbers(tmp_path):
    _, y = read("@targetLabel true\n@data\n1,2:0.5\n3,4:-2e3\n", tmp_path)
    np.testing.assert_array_equal(y, [0.5, -2000.0])


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("@data\n1:walk up\n2:walk down\n", ["walk up", "walk down"]),
        ("@classLabel true walk up walk down\n@data\n1:walk up\n2:walk down\n", ["walk up", "walk down"]),
        ("@classLabel true walk up, walk down\n@data\n1:walk up\n2:walk down\n", ["walk up", "walk down"]),
        ("@classLabel true 'walk up' \"walk down\"\n@data\n1:walk up\n2:'walk down'\n", ["walk up", "walk down"]),
        ("@classLabel true 'walk up','run'\n@data\n1:walk up\n2:run\n", ["walk up", "run"]),
        ("@classLabel true a,b\n@data\n1:a\n2:b\n", ["a", "b"]),
        ("@classLabel true a, b\n@data\n1:a\n2:b\n", ["a", "b"]),
        ("@classLabel true a,b c,d\n@data\n1:a,b\n2:c,d\n", ["a,b", "c,d"]),
        ("@classLabel true 1 2\n@data\n1:1.0\n2:2\n", ["1", "2"]),
        ("@classLabel true 1.0 2.0\n@data\n1:1\n2:2\n", ["1.0", "2.0"]),
        ("@classLabel true 1 1.0\n@data\n1:1\n2:1.0\n", ["1", "1.0"]),
        ("@univariate true\n@classLabel true 8:30 9:30\n@data\n1:8:30\n2: 9:30\n", ["8:30", "9:30"]),
        ("@data\n1:'8:30'\n2:\"9:30\"\n", ["8:30", "9:30"]),
        ("@data\n1:it's\n2:5\"\n", ["it's", '5"']),
        ("@data\n1:'it\\'s'\n2:'a\\nb'\n", ["it's", "a\nb"]),
        ("@data\n1:'?'\n2:'nan'\n", ["?", "nan"]),
        ("@classLabel true nan b\n@data\n1:nan\n2:b\n", ["nan", "b"]),
        ("@data\n1:#a\n2:%b\n", ["#a", "%b"]),
        ("@classLabel TRUE A a\n@data\n1:A\n2:a\n", ["A", "a"]),
    ],
)
def test_a_class_is_what_the_line_says(text, labels, tmp_path):
    X, y = read(text, tmp_path)
    assert y.tolist() == labels
    assert all(x.shape[0] == 1 for x in X)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("@dimensions 2\n@classLabel true 8:30 9:30\n@data\n1,2:3,4:8:30\n", "8:30"),
        ("@dimension 2\n@classLabel true 8:30 9:30\n@data\n1:2:8:30\n", "8:30"),
        ('@data\n1,2:3,4:"8:30"\n', "8:30"),
    ],
)
def test_a_class_with_a_colon_is_no_channel(text, label, tmp_path):
    X, y = read(text, tmp_path)
    assert X.shape[1] == 2
    assert y.tolist() == [label]


@pytest.mark.parametrize(
    "text", ["@classLabel false\n@data\n1:2:3\n4:5:6\n", "@targetlabel false\n@data\n1:2:3:\n4:5:6:\n"]
)
def test_without_labels_every_part_is_a_channel(text, tmp_path):
    X, y = read(text, tmp_path)
    np.testing.assert_array_equal(X, [[[1], [2], [3]], [[4], [5], [6]]])
    assert y is None


def test_either_key_gives_the_number_of_channels(tmp_path):
    for key in ("@dimension", "@dimensions", "@Dimensions"):
        for number in ("2", "2.0"):
            assert read(f"{key} {number}\n@data\n1,2:3,4:a\n", tmp_path)[0].shape == (1, 2, 2)


def test_a_length_may_be_open(tmp_path):
    for word in ("variable", "Variable", "unknown"):
        X, _ = read(f"@seriesLength {word}\n@data\n1,2:a\n1:b\n", tmp_path)
        assert [x.shape for x in X] == [(1, 2), (1, 1)]
    X, _ = read("@equalLength false\n@seriesLength 5\n@data\n1,2:a\n1:b\n", tmp_path)
    assert [x.shape for x in X] == [(1, 2), (1, 1)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("@missing false\n@data\n1:a\n2:b\n?:c\n", "line 5: a value is missing, but the head says '@missing false'"),
        ("@author x\n@data\n1:a\n", "line 1: the key '@author' is not known and left out"),
    ],
)
def test_what_is_doubtful_is_read_with_a_warning(text, what, tmp_path):
    with pytest.warns(UserWarning, match=what) as caught:
        read(text, tmp_path)
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("@data\n1,2:a\n1,x:b\n", 3, "channel 0, time point 1: 'x' is not a finite number"),
        ("@data\n1,2:1,,2:a\n", 2, "channel 1, time point 1: '' is not a finite number"),
        ("@data\n1,2::a\n", 2, "channel 1, time point 0: '' is not a finite number"),
        ("@data\n1,2:1_0,1:a\n", 2, "channel 1, time point 0: '1_0' is not a finite number"),
        ("@data\n1,2:inf,1:a\n", 2, "channel 1, time point 0: 'inf' is not a finite number"),
        ("@data\n1,2:3,4:a\n# x\n1,2:a\n", 4, "1 channels, but 2 in the first case"),
        ("@dimensions 3\n@data\n1,2:3,4:a\n", 3, "2 channels, but the head says 3"),
        ("@dimension 1\n@data\n1,2:3,4:a\n", 3, "2 channels, but the head says 1"),
        ("@univariate true\n@data\n1,2:3,4:a\n", 3, "2 channels, but the head says 1"),
        ("@univariate true\n@dimensions 2\n@data\n1:2:a\n", 2, "@dimensions says 2, but @univariate says true"),
        ("@dimension 2\n@dimensions 3\n@data\n1:2:a\n", 2, "@dimensions '3', but '2' in line 1"),
        ("@dimensions three\n@data\n1:a\n", 1, "@dimensions must be a whole number above 0, found 'three'"),
        ("@dimensions --2\n@data\n1:a\n", 1, "@dimensions must be a whole number above 0, found '--2'"),
        ("@x 1\n@dimensions 0\n@data\n1:a\n", 2, "@dimensions must be a whole number above 0, found '0'"),
        ("@dimensions\n@data\n1:a\n", 1, "@dimensions must be a whole number above 0, found ''"),
        ("@seriesLength 1.5\n@data\n1:a\n", 1, "@seriesLength must be a whole number above 0, found '1.5'"),
        ("@seriesLength " + "9" * 5000 + "\n@data\n1:a\n", 1, "@seriesLength must be a whole number above 0"),
        ("@seriesLength 3\n@data\n1,2,3:a\n1,2:b\n", 4, "2 time points, but the head says 3"),
        ("@equalLength true\n@seriesLength 3\n@data\n1,2,3:a\n1,2:b\n", 5, "2 time points, but the head says 3"),
        ("@equalLength true\n@seriesLength 3\n@data\n1,2,3:1,2:a\n", 4, "2 time points, but the head says 3"),
        ("@equalLength true\n@data\n1,2,3:a\n1,2:b\n", 4, "2 time points, but 3 in the first case"),
        ("@data\n1,2,3:4:a\n", 2, "channels of 1 and of 3 time points in one case"),
        ("@data\n1,2,3:8:30\n1,2,3:9:30\n", 2, "channels of 1 and of 3 time points in one case"),
        (
            "@univariate true\n@data\n1,2,3:8:30\n",
            3,
            "2 channels, but the head says 1; a class with ':' must be declared",
        ),
        ("@dimensions 2\n@classLabel true 8:30\n@data\n1,2,3:8:30\n", 4, "class '30' is not among '8:30'"),
        ("@classLabel true 8:30\n@data\n1:8:30\n", 1, "@classLabel has a class with ':'; put it in quotes, or say"),
        ("@univariate yes\n@data\n1:a\n", 1, "@univariate must be true or false, found 'yes'"),
        ("@classLabel a b\n@data\n1:a\n", 1, "@classLabel must be true or false, found 'a b'"),
        ("@classLabel\n@data\n1:a\n", 1, "@classLabel must be true or false, found ''"),
        ("@classLabel true a\n@targetLabel true\n@data\n1:a\n", 1, "@classLabel and @targetLabel are both true"),
        ("@classLabel true 'a\\d'\n@data\n1:a\n", 1, "@classLabel is malformed: in quotes, a backslash"),
        ("@classLabel true a b\n@data\n1:a\n2:c\n", 4, "class 'c' is not among 'a', 'b'"),
        ("@classLabel true walk up walk down\n@data\n1:up down\n", 3, "class 'up down' is not among"),
        ("@classLabel true a b\n@data\n1:a\n1:b\n1:a b\n", 5, "class 'a b' may be 2 classes: put it in quotes"),
        ("@classLabel true 1 1.0\n@data\n1:1.00\n", 3, "class '1.00' is not among '1', '1.0'"),
        ("@classLabel true 3,4\n@data\n1,2:3,4\n", 3, "the class is missing behind the last ':', found '3,4'"),
        ("@data\n1:1\n2:b\n3:1.0\n4:1.0\n", 4, "the classes '1' and '1.0' are one number, written in two ways"),
        ("@data\n1,2:3,4\n", 2, "the class is missing behind the last ':', found '3,4'"),
        ("@data\n1,2:3,x\n", 2, "the class is missing behind the last ':', found '3,x'"),
        ("@data\n1,2:3,4:\n", 2, "the class is missing"),
        ("@data\n1,2:?\n", 2, "the class is missing"),
        ("@targetLabel true\n@data\n1,2:?\n", 3, "the target is missing"),
        ("@targetLabel true\n@data\n1,2\n", 3, "no ':' separates the series from the target"),
        ("@data\n1,2:NaN\n", 2, "the class is missing"),
        ("@data\n1,2:''\n", 2, "the class is missing"),
        ("@classLabel true ? b\n@data\n1,2:?\n", 3, "the class is missing"),
        ("@data\n1,2:'a\n", 2, "the quotes do not end where the class ends"),
        ("@data\n1,2:a\0\n", 2, "a NUL character, which no text has: if the file is UTF-16, save it as UTF-8"),
        ("@data\n1,2,3\n", 2, "no ':' separates the series from the class"),
        ("@classLabel false\n@data\n1,2:a\n", 3, "a single value, 'a', stands behind the last ':'"),
        ("@classLabel false\n@equalLength false\n@data\n1,2:3,4:0\n", 4, "a single value, '0', stands behind the last"),
        ("@targetLabel true\n@data\n1,2:0.5\n1,2:high\n", 4, "the target 'high' is not a finite number"),
        ("@targetLabel true\n@data\n1,2:inf\n", 3, "the target 'inf' is not a finite number"),
        ("@targetLabel true\n@data\n1,2:1_0\n", 3, "the target '1_0' is not a finite number"),
        ("@targetLabel true\n@dimensions 1\n@data\n1,2:3,4:0.5\n", 4, "2 channels, but the head says 1"),
        ("@problemName x\n@dimensions 2\n", 2, "the file ends without '@data'"),
        ("", 1, "the file ends without '@data'"),
        ("@problemName x\n@data\n# nothing\n", 3, "the file holds no case"),
        ("@data 1,2:a\n", 1, "nothing may follow '@data', found '1,2:a'"),
        ("1,2:3,4:a\n@data\n", 1, "expected '@key value' or '@data', found '1,2:3,4:a'"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*'@x' is not known")
def test_a_malformed_file_is_refused_with_its_name_and_line(text, line, what, tmp_path):
    with pytest.raises(ValueError, match=rf"set\.ts, line {line}: {re.escape(what)}"):
        read(text, tmp_path)


numbers = st.one_of(st.just(float("nan")), st.floats(width=32, allow_nan=False, allow_infinity=False))
labels = st.text("abcXYZ019_-. ", min_size=1, max_size=5).map(lambda text: f"c{text}c")
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


@pytest.mark.slow
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


@pytest.mark.parametrize("absent", ["?", "nan", "NAN", "-nan", "+NaN"])
def test_what_is_a_missing_value_is_no_class(absent, tmp_path):
    """Once, -nan was a class."""
    with pytest.raises(ValueError, match="line 3: the class is missing"):
        read(f"@data\n1,2,3:a\n4,5,6:{absent}\n", tmp_path)


@pytest.mark.parametrize("line", ["#3,4:b", "%5,6:b", "##3,4:b", " #.5,2:b"])
def test_a_damaged_first_character_makes_no_comment_of_a_case(line, tmp_path):
    """Once, such a line was read as a comment, and a case was lost without a word."""
    with pytest.raises(ValueError, match=r"set\.ts, line 3: a line begins with '[#%]': put a space behind it"):
        read(f"@data\n1,2:a\n{line}\n7,8:b\n", tmp_path)
    assert len(read(f"#about\n%set\n@DATA \n1,2:a\n# {line}\n%\n  ### x\n7,8:b\n%\n", tmp_path)[1]) == 2


@pytest.mark.parametrize("label", ["1 2", "2 3", "1 2 3"])
def test_numbers_that_are_declared_side_by_side_are_no_class_together(label, tmp_path):
    """Once, "1 2" was read as a class of its own where the head declares 1 and 2."""
    with pytest.raises(ValueError, match=rf"set\.ts, line 3: class '{label}' is not among '1', '2', '3'; put a class"):
        read(f"@classLabel true 1 2 3\n@data\n1,2:{label}\n2,3:3\n", tmp_path)
    for declared in ("'1 2' 3", "1 2, 3"):
        assert read(f"@classLabel true {declared}\n@data\n1,2:1 2\n2,3:3\n", tmp_path)[1].tolist() == ["1 2", "3"]
    assert read("@classLabel true run 1 run 2\n@data\n1,2:run 1\n2,3:run 2\n", tmp_path)[1][0] == "run 1"
