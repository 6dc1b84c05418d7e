"""What is written as ``.ts`` is read back to the last bit, by this package and, where it is installed, by aeon."""

import errno
import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import load_basic_motions, load_japanese_vowels, read, read_ts, unpad, write_ts
from lightwaves.datasets import ts_writer

SERIES = np.arange(12.0).reshape(4, 1, 3)
LABELS = [
    "a", "A", "walk up", "walk  up", "up", "8:30", ":", "it's", "'quoted'", '"', " lead", "trail\t", "\u00a0", "x\ny",
    "x\r", "\\", "C:\\t", "?", "nan", "3,4", "a,b", "#a", "%b", "@data", "1", "1.0", "true", "für", "東京", "\u2028",
    "(1)",
]  # fmt: skip

labels = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
shapes = st.tuples(st.integers(1, 5), st.integers(1, 3))


@st.composite
def panels(draw):
    n_cases, n_channels = draw(shapes)
    dtype = draw(st.sampled_from(["float32", "float64", "int16", "int64"]))
    lengths = draw(st.one_of(st.lists(st.integers(1, 6), min_size=n_cases, max_size=n_cases), st.just([4] * n_cases)))
    values = (
        st.integers(-(2**15), 2**15 - 1)
        if dtype.startswith("int")
        else st.floats(allow_infinity=False, width=int(dtype[-2:]))
    )
    cases = [
        np.array(draw(st.lists(values, min_size=n_channels * n, max_size=n_channels * n)), dtype).reshape(n_channels, n)
        for n in lengths
    ]
    y = draw(
        st.one_of(
            st.none(),
            st.lists(labels, min_size=n_cases, max_size=n_cases),
            st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=n_cases, max_size=n_cases),
        )
    )
    return (np.stack(cases) if len(set(lengths)) == 1 else cases), y


def check_round_trip(X, y, path):
    write_ts(X, y, path)
    dtype = X[0].dtype if X[0].dtype.kind == "f" else np.float64
    again, labels = read_ts(path, dtype=dtype)
    assert isinstance(again, np.ndarray) == (len({x.shape[1] for x in X}) == 1)
    for x, x_again in zip(X, again, strict=True):
        np.testing.assert_array_equal(x, x_again)
        np.testing.assert_array_equal(
            np.signbit(x), np.signbit(x_again) & ~np.isnan(x_again) | (np.isnan(x) & np.signbit(x))
        )
    assert labels is None if y is None else labels.tolist() == list(y)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(panels())
def test_what_is_written_is_read(tmp_path_factory, panel):
    check_round_trip(*panel, tmp_path_factory.getbasetemp() / "round trip.ts")


def test_labels_may_lie_in_a_file_as_series_may(tmp_path):
    """Once, it was an error of HDF5 about conversions."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "set.h5", "w") as file:
        file["X"], file["y"] = SERIES, [3, 1, 2, 1]
        write_ts(file["X"], file["y"], tmp_path / "set.ts")
    assert read_ts(tmp_path / "set.ts")[1].tolist() == ["3", "1", "2", "1"]


def test_numbers_keep_their_bits_however_a_program_prints_its_own(tmp_path):
    with np.printoptions(legacy="1.13"):
        check_round_trip(np.float32([[[1 / 3, 16777217, 1e-30]]]), None, tmp_path / "third.ts")


def test_every_label_comes_back(tmp_path):
    X = np.arange(len(LABELS), dtype=float).reshape(-1, 1, 1)
    check_round_trip(X, LABELS, tmp_path / "set.ts")
    for label in LABELS:
        check_round_trip(X[:2].reshape(1, 2, 1), [label], tmp_path / "set.ts")


def test_the_embedded_sets_come_back(tmp_path):
    for load in (load_basic_motions, load_japanese_vowels):
        check_round_trip(*load(), tmp_path / "set.ts")


def test_a_head_says_what_the_file_holds(tmp_path):
    write_ts([np.array([[1.0, np.nan], [3, 4]]), np.array([[5.0], [6]])], ["a", "b c"], tmp_path / "My set.ts.gz")
    assert gzip.decompress((tmp_path / "My set.ts.gz").read_bytes()).decode().splitlines() == [
        "@problemName My_set", "@timestamps false", "@missing true", "@univariate false", "@dimensions 2",
        "@equalLength false", '@classLabel true a "b c"', "@data", "1.0,?:3.0,4.0:a", "5.0:6.0:b c",
    ]  # fmt: skip
    write_ts(SERIES.astype(int), None, tmp_path / "x.ts", name=" other\nname ")
    assert (tmp_path / "x.ts").read_text().splitlines()[:9] == [
        "@problemName other_name", "@timestamps false", "@missing false", "@univariate true", "@dimensions 1",
        "@equalLength true", "@seriesLength 3", "@classLabel false", "@data",
    ]  # fmt: skip


def test_what_unpad_gives_can_be_written(tmp_path):
    lengths = (1, 2, 3, 3)
    padded = np.where(np.arange(3) < np.array(lengths)[:, np.newaxis], SERIES[:, 0], np.nan)
    write_ts(unpad({"a": padded, "b": padded}), None, tmp_path / "set.ts")
    rows = [row[:n].tolist() for row, n in zip(SERIES[:, 0], lengths, strict=True)]
    assert [x.tolist() for x in read_ts(tmp_path / "set.ts")[0]] == [[row, row] for row in rows]


def test_a_packed_file_is_the_same_every_time(tmp_path):
    for name in ("a.ts.gz", "b.ts.gz"):
        write_ts(SERIES, [1, 2, 1, 2], tmp_path / name, name="x")
    assert (tmp_path / "a.ts.gz").read_bytes() == (tmp_path / "b.ts.gz").read_bytes()
    assert read(tmp_path / "a.ts.gz")[1].tolist() == ["1", "2", "1", "2"]


@pytest.mark.parametrize(
    "X",
    [
        SERIES[:, 0],
        SERIES.astype(np.float16),
        SERIES.astype(np.longdouble),
        SERIES.astype("uint8"),
        np.asfortranarray(SERIES),
        list(SERIES),
        list(SERIES[:, 0]),
        SERIES.tolist(),
        SERIES[:, 0].tolist(),
        pd.DataFrame(SERIES[:, 0]),
    ],
)
def test_x_may_have_every_form_of_series(X, tmp_path):
    write_ts(X, None, tmp_path / "set.ts")
    np.testing.assert_array_equal(read_ts(tmp_path / "set.ts")[0], SERIES)


@pytest.mark.parametrize(
    ("y", "read_back"),
    [
        ([1, 2, 1, 2], ["1", "2", "1", "2"]),
        (np.array([True, False, True, False]), ["True", "False", "True", "False"]),
        ([np.True_, False, np.True_, False], ["True", "False", "True", "False"]),
        ([np.int8(1), 2, 1, 2], ["1", "2", "1", "2"]),
        ([np.float32(0.5), 2.0, 1.0, 2.0], [0.5, 2, 1, 2]),
        (pd.Series(["a", "b", "a", "b"]), ["a", "b", "a", "b"]),
        (pd.Categorical(["a", "b", "a", "b"]), ["a", "b", "a", "b"]),
        (np.array([1, 2.5, 1e-300, -0.1], np.float64), [1, 2.5, 1e-300, -0.1]),
    ],
)
def test_y_may_be_classes_or_targets(y, read_back, tmp_path):
    write_ts(SERIES, y, tmp_path / "set.ts")
    assert read_ts(tmp_path / "set.ts")[1].tolist() == read_back


@pytest.mark.parametrize(
    ("X", "y", "error", "what"),
    [
        (SERIES, ["a", "", "b", "c"], ValueError, "y has the class '': a class must not be empty"),
        (SERIES, ["a", "a\0", "b", "c"], ValueError, "hold a NUL character"),
        (SERIES, ["a", "\ud800", "b", "c"], ValueError, "is no valid text"),
        (SERIES, ["a"] * 3, ValueError, r"y has shape \(3,\), but X has 4 cases"),
        (SERIES, [["a"] * 4], ValueError, r"y has shape \(1, 4\)"),
        (SERIES, [1.0, np.nan, 1, 1], ValueError, "y contains NaN or infinity: case 1"),
        (SERIES, np.array(["1", 1, 2, 3], object), TypeError, "all float; it holds int, str"),
        (SERIES, np.array([b"a"] * 4), TypeError, "must hold classes"),
        (SERIES, np.arange(4).astype("M8[ns]"), TypeError, r"it holds datetime64\[ns\]"),
        (SERIES, pd.Series(np.arange(4).astype("m8[ns]")), TypeError, r"it holds timedelta64\[ns\]"),
        (SERIES, np.array([None] * 4), TypeError, "must hold classes"),
        (np.full((1, 2, 3), -np.inf), ["a"], ValueError, "X contains infinity: case 0, channel 0, time point 0"),
        (np.ma.masked_equal(SERIES, 3), ["a"] * 4, ValueError, r"X\[1\] has masked values"),
        ([np.ones((1, 2)), np.ones((2, 2))], ["a"] * 2, ValueError, r"X\[1\] has 2 channels, but X\[0\] has 1"),
        ([[[1, 2], [3]]], ["a"], ValueError, r"X\[0\] is ragged"),
        ([], [], ValueError, "X has no cases"),
        (np.zeros((2, 0, 3)), ["a"] * 2, ValueError, r"X\[0\] has shape \(0, 3\)"),
        (np.zeros((2, 3, 0)), ["a"] * 2, ValueError, r"X\[0\] has shape \(3, 0\)"),
        (np.zeros(3), ["a"] * 3, ValueError, r"X\[0\] has shape \(\)"),
        (np.zeros((1, 1, 1, 1)), ["a"], ValueError, r"X\[0\] has shape \(1, 1, 1\)"),
        ("abc", ["a"] * 3, ValueError, "expected series"),
        ({"a": SERIES}, ["a"] * 4, ValueError, r"X\['a'\] has shape \(4, 1, 3\)"),
        (SERIES.astype(complex), ["a"] * 4, TypeError, "real numbers are needed"),
        (SERIES.astype(str), ["a"] * 4, TypeError, "real numbers are needed"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_file_is_touched(X, y, error, what, tmp_path):
    path = tmp_path / "set.ts"
    path.write_text("as it was")
    with pytest.raises(error, match=what):
        write_ts(X, y, path)
    assert path.read_text() == "as it was"


@pytest.mark.parametrize("name", ["caf\udce9", "a\0b", "\ufeffa\ufeff", "a\x1ab", "\u202ea"])
def test_a_name_may_hold_any_characters(name, tmp_path):
    write_ts(SERIES, None, tmp_path / "set.ts", name=name)
    np.testing.assert_array_equal(read_ts(tmp_path / "set.ts")[0], SERIES)
    with pytest.raises(TypeError, match="name must be text, got 5"):
        write_ts(SERIES, None, tmp_path / "set.ts", name=5)


@pytest.mark.parametrize("ending", [".ts", ".ts.gz"])
def test_a_disk_that_is_full_leaves_the_file_as_it_was(ending, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / f"set{ending}"
    path.write_text("as it was")
    monkeypatch.setattr(ts_writer, "_row", fail)
    with pytest.raises(OSError, match="No space left on device: nothing was written"):
        write_ts(SERIES, None, path)
    assert path.read_text() == "as it was"
    assert [*tmp_path.iterdir()] == [path]


# --- aeon ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aeon_datasets():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("aeon.datasets", reason="aeon is not installed")


def assert_same_series(X, others):
    for x, other in zip(X, others, strict=True):
        np.testing.assert_array_equal(x, other)


def test_aeon_reads_what_is_written(aeon_datasets, tmp_path):
    path = tmp_path / "set.ts"
    for load in (load_basic_motions, load_japanese_vowels):
        X, y = load()
        X = X.astype(float) if isinstance(X, np.ndarray) else [x.astype(float) for x in X]
        write_ts(X, y, path)
        X_aeon, y_aeon = aeon_datasets.load_from_ts_file(str(path))
        assert_same_series(X, X_aeon)
        assert y_aeon.tolist() == [label.lower() for label in y]
    write_ts(np.where(SERIES == 4, np.nan, SERIES), [0.5, 1.5, -1, 1e-9], path)
    X_aeon, y_aeon = aeon_datasets.load_from_ts_file(str(path))
    assert_same_series(np.where(SERIES == 4, np.nan, SERIES), X_aeon)
    assert y_aeon.tolist() == [0.5, 1.5, -1, 1e-9]
    write_ts(SERIES, None, path)
    assert_same_series(SERIES, aeon_datasets.load_from_ts_file(str(path))[0])


def test_aeon_reads_every_label_that_is_written_apart_from_the_others(aeon_datasets, tmp_path):
    X = np.arange(2.0 * len(LABELS)).reshape(-1, 2, 1)
    write_ts(X, LABELS, tmp_path / "set.ts")
    X_aeon, y_aeon = aeon_datasets.load_from_ts_file(str(tmp_path / "set.ts"))
    assert_same_series(X, X_aeon)
    assert len(set(y_aeon)) == len({label.lower() for label in LABELS})


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize(
    ("y", "label_type"),
    [
        (["walk up", "b", "run: fast", "b"], "classification"),
        (["a,b", "für", "3", "it's"], "classification"),
        ([1, 2, 1, 2], "classification"),
        ([0.5, -1.5, 2, 1e-9], "regression"),
        (None, None),
    ],
)
def test_what_aeon_writes_is_read(aeon_datasets, n_channels, equal, y, label_type, tmp_path):
    X = np.random.default_rng(0).normal(size=(4, n_channels, 5))
    X[1, 0, 2] = np.nan
    X = X if equal else [x[:, : 5 - i] for i, x in enumerate(X)]
    y = None if y is None else np.array(y)
    if label_type == "classification":
        y = np.array([str(label).replace(":", "") for label in y]) if y.dtype.kind == "U" and n_channels > 1 else y
    aeon_datasets.save_to_ts_file(X, y, label_type=label_type, path=str(tmp_path), problem_name="set")
    X_read, y_read = read_ts(tmp_path / "set.ts", dtype=float)
    assert_same_series(X, X_read)
    assert y_read is None if y is None else y_read.tolist() == [str(v) if y.dtype.kind in "Ui" else v for v in y]


def test_masked_labels_are_refused(tmp_path):
    y = np.ma.array([0, 1, 0, 1], mask=[0, 0, 0, 1])
    with pytest.raises(ValueError, match="y has masked values: leave out the cases"):
        write_ts(np.zeros((4, 1, 40)), y, tmp_path / "masked.ts")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["list of frames", "two keys"])
def test_frames_are_written_as_the_estimators_read_them(form, tmp_path):
    """Once, rows of a frame that are times were written as channels, or each as a case of its own."""
    frames = [pd.DataFrame({"a": np.arange(4.0) + case, "b": np.arange(4.0) ** 2}) for case in range(3)]
    X = frames if form == "list of frames" else pd.concat(frames, keys=range(3))
    write_ts(X, ["u", "v", "u"], tmp_path / "a.ts")
    read_back, y = read_ts(tmp_path / "a.ts")
    np.testing.assert_array_equal(read_back, [frame.to_numpy().T for frame in frames])
    assert y.tolist() == ["u", "v", "u"]


@pytest.mark.parametrize("label", ["a\ufeff", "\ufeff", "a\x01", "a\x1a", "z\x1a", "\x1b[0m", "a\x7fb", "ï»¿a"])
def test_a_class_with_a_mark_or_a_control_character_comes_back(label, tmp_path):
    """Once, a class with U+FEFF was written as it is, and reading the file was an error."""
    write_ts(SERIES, [label, "a", "b", label], tmp_path / "set.ts")
    assert read_ts(tmp_path / "set.ts")[1].tolist() == [label, "a", "b", label]
