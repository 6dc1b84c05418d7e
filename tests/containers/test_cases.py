"""Containers: each that is read holds the same values, and what could be read in two ways is refused with the call."""

import datetime
import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from lightwaves import FeatureSelector, LightWaveSClassifier, WaveletScattering, load_basic_motions, write_ts
from lightwaves.containers.cases import contents, is_flat, names_in
from lightwaves.containers.frames import check_order, names_among
from lightwaves.panel import as_panel

NAMES = ["ax", "ay", "az"]
SERIES = np.random.default_rng(0).integers(-50, 50, (4, 3, 6)).astype(np.float32)
SHORTER = [x[:, : 3 + i] for i, x in enumerate(SERIES)]
Y = [0, 1, 0, 1]


class Array:
    """What JAX's arrays offer: NumPy reads them."""

    def __init__(self, values):
        self.values = np.asarray(values)
        self.shape = self.values.shape

    def __array__(self, dtype=None, copy=None):
        return self.values


class Tensor(Array):
    """What torch's tensors offer, for where torch is not installed; these need a gradient."""

    def __init__(self, values, size=4, readable=True):
        super().__init__(values)
        self.size, self.readable = size, readable
        self.is_floating_point = lambda: self.values.dtype.kind == "f"
        self.element_size = lambda: size
        self.float = lambda: Tensor(self.values.astype(np.float32))

    def numpy(self, *, force=False):
        """The values, if they are not short floats and not sparse."""
        assert force, "a tensor may need a gradient, or lie elsewhere"
        if not self.readable:
            raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")
        if self.size < 4:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


Tensor.__module__ = "torch"


def of_objects(items):
    """An array of objects, one for each item."""
    array = np.empty(len(items), object)
    array[:] = items
    return array


def long_frame(cases):
    """Sktime's frame with two index levels."""
    frames = {f"case {i}": pd.DataFrame(x.T, columns=NAMES) for i, x in enumerate(cases)}
    return pd.concat(frames, names=["case", "time"])


def cells(cases, cell):
    """A frame with a series in each cell."""
    return pd.DataFrame({name: [cell(x[c]) for x in cases] for c, name in enumerate(NAMES)})


READ = {
    "tensor": lambda X: Tensor(X),
    "list of tensors": lambda X: [Tensor(x) for x in X],
    "list of lists of tensors": lambda X: [[Tensor(channel) for channel in x] for x in X],
    "array of JAX": lambda X: Array(X),
    "list of arrays of JAX": lambda X: [Array(x) for x in X],
    "array of arrays": lambda X: of_objects(list(X)),
    "array of cells": lambda X: cells(X, pd.Series).to_numpy(),
    "series of arrays": lambda X: pd.Series(list(X)),
    "list of arrays of series": lambda X: [of_objects(list(x)) for x in X],
    "frames without names": lambda X: [pd.DataFrame(x.T) for x in X],
    "aeon's frames": lambda X: [pd.DataFrame(x) for x in X],
    "frames over time": lambda X: [
        pd.DataFrame(x.T, index=pd.date_range("2024", periods=x.shape[1], freq="s")) for x in X
    ],
}
NAMED = {
    "frames": lambda X: [pd.DataFrame(x.T, columns=NAMES) for x in X],
    "frames in other orders": lambda X: [
        pd.DataFrame(x.T, columns=NAMES)[NAMES if i % 2 == 0 else NAMES[::-1]] for i, x in enumerate(X)
    ],
    "frame with two index levels": long_frame,
    "the same, shuffled": lambda X: (
        long_frame(X).sample(frac=1, random_state=0).sort_index(level=0, sort_remaining=False)
    ),
    "the same, interleaved": lambda X: long_frame(X).sort_index(level=1, kind="stable"),
    "the same, with nullable columns": lambda X: long_frame(X).astype("Float32"),
    "cells of series": lambda X: cells(X, pd.Series),
    "cells of arrays": lambda X: cells(X, np.asarray),
    "cells of lists": lambda X: cells(X, list),
    "mapping to lists of series": lambda X: {name: [x[c] for x in X] for c, name in enumerate(NAMES)},
    "mapping to lists of tensors": lambda X: {name: [Tensor(x[c]) for x in X] for c, name in enumerate(NAMES)},
}
EQUAL_ONLY = {
    "mapping to frames": lambda X: {name: pd.DataFrame(X[:, c]) for c, name in enumerate(NAMES)},
    "mapping to tensors": lambda X: {name: Tensor(X[:, c]) for c, name in enumerate(NAMES)},
}
AMBIGUOUS = {"frames without names", "aeon's frames"}  # where all cases are equally long
EQUAL = {"tensor", "array of JAX"}


@pytest.mark.parametrize("form", sorted((READ | NAMED | EQUAL_ONLY).keys() - AMBIGUOUS))
def test_every_container_of_equal_lengths_holds_the_same_series(form):
    found = contents((READ | NAMED | EQUAL_ONLY)[form](SERIES))
    np.testing.assert_array_equal(found.values, SERIES)
    assert found.lengths.tolist() == [6] * 4
    assert found.names == (None if form in READ else tuple(NAMES))


@pytest.mark.parametrize("form", sorted((READ | NAMED).keys() - EQUAL))
def test_every_container_of_unequal_lengths_holds_the_same_series(form):
    X = (READ | NAMED)[form](SHORTER)
    assert not is_flat(X)
    found = contents(X)
    assert found.lengths.tolist() == [3, 4, 5, 6]
    for values, x in zip(found.values, SHORTER, strict=True):
        np.testing.assert_array_equal(values[:, : x.shape[1]], x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int16, bool])
@pytest.mark.parametrize(
    "form", ["list of tensors", "array of arrays", "frames", "cells of series", "mapping to tensors"]
)
def test_values_keep_their_dtype(form, dtype):
    assert contents((READ | NAMED | EQUAL_ONLY)[form](SERIES.astype(dtype))).values.dtype == dtype


def test_values_that_float32_cannot_hold_are_kept_in_lists():
    large = [np.array([[10**17 + 1, 10**17 + 3]]), np.array([[10**17 + 5]])]
    assert as_panel(large).values[:, 0, 0].tolist() == [10**17 + 1, 10**17 + 5]
    assert as_panel([[[10**17 + 1, 10**17 + 3]]]).values.tolist() == [[[10**17 + 1, 10**17 + 3]]]
    assert as_panel(np.array([[10**17 + 1, 10**17 + 3]], dtype=object)).values[0, 0, 0] == 10**17 + 1
    seconds = as_panel([np.array([[1600000000.123]]), np.array([[1600000000.25, 2.0]], np.float32)]).values
    assert (seconds.dtype, seconds[0, 0, 0]) == (np.float64, 1600000000.123)


@pytest.mark.parametrize("dtypes", [(np.int32, np.float32), (np.int64, np.uint64), (bool, np.int8)])
def test_a_list_of_several_dtypes_takes_the_common_one(dtypes):
    found = contents([SERIES[0].astype(dtypes[0]), SERIES[1].astype(dtypes[1])])
    assert found.values.dtype == np.result_type(*dtypes)


def test_short_floats_of_torch_become_float32():
    found = contents([Tensor(SERIES[0].astype(np.float16), size=2), Tensor(SERIES[1], size=2)]).values
    np.testing.assert_array_equal(found, SERIES[:2])
    assert found.dtype == np.float32


def test_cases_of_a_frame_with_two_index_levels_stand_as_they_first_appear():
    frame = long_frame(SHORTER).loc[["case 2", "case 0", "case 3"]]
    assert contents(frame).lengths.tolist() == [5, 3, 6]


def test_frames_of_polars_are_read_as_those_of_pandas():
    polars = pytest.importorskip("polars")
    flat = polars.DataFrame(SERIES[:, 0])
    assert is_flat(flat)
    np.testing.assert_array_equal(contents(flat).values, SERIES[:, :1])
    lists = polars.DataFrame({name: [x[c].tolist() for x in SHORTER] for c, name in enumerate(NAMES)})
    frames = [polars.DataFrame(x.T, schema=NAMES) for x in SHORTER]
    keyed = long_frame(SHORTER).reset_index().rename(columns={"case": "__index__case", "time": "__index__time"})
    for X in (lists, frames, polars.DataFrame(keyed.to_dict("list"))):
        assert not is_flat(X)
        found = contents(X)
        assert (found.names, found.lengths.tolist()) == (tuple(NAMES), [3, 4, 5, 6])
        np.testing.assert_array_equal(found.values[3], SERIES[3])
    arrays = polars.DataFrame(
        {n: polars.Series(SERIES[:, c], dtype=polars.Array(polars.Float32, 6)) for c, n in enumerate(NAMES)}
    )
    np.testing.assert_array_equal(contents(arrays).values, SERIES)


def test_tensors_of_torch_are_read():
    torch = pytest.importorskip("torch")
    whole = torch.tensor(SERIES, requires_grad=True)
    for X in (whole, torch.nn.Parameter(whole.detach()), list(whole), [list(x) for x in whole], whole.bfloat16()):
        np.testing.assert_array_equal(contents(X).values, SERIES)
    assert contents(whole.bfloat16()).values.dtype == np.float32
    for X in (whole.to_sparse(), torch.ones(2, 3, 4, device="meta")):
        with pytest.raises(TypeError, match="X is a tensor that NumPy cannot read"):
            contents(X)
    with pytest.raises(ValueError, match="Complex data not supported"):
        contents(whole.detach() * 1j)


OF_JAX = """
import numpy as np, jax.numpy as jnp
from lightwaves.containers.cases import contents
x = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
whole = jnp.asarray(x)
for X in (whole, list(whole), whole.astype(jnp.bfloat16), list(whole.astype(jnp.bfloat16))):
    found = contents(X).values
    assert found.dtype == np.float32 and (found == x).all()
"""


def test_arrays_of_jax_are_read():
    """In a process of their own: once JAX is there, others cannot be forked without its warning."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    done = subprocess.run([sys.executable, "-c", OF_JAX], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["df-list", "nested_univ", "pd-multiindex", "polars_panel"])
def test_containers_of_sktime_are_read(kind):
    datatypes = pytest.importorskip("sktime.datatypes")
    if kind.startswith("polars"):
        pytest.importorskip("polars")
    found = contents(datatypes.convert_to(SERIES.astype(float), kind))
    np.testing.assert_array_equal(found.values, SERIES)
    assert found.names == ("var_0", "var_1", "var_2")


@pytest.mark.parametrize("kind", ["np-list", "df-list", "pd-multiindex"])
def test_containers_of_aeon_are_read_or_refused(kind):
    conversion = pytest.importorskip("aeon.utils.conversion")
    X = conversion.convert_collection(SERIES, kind)
    if kind == "df-list":
        with pytest.raises(ValueError, match=r"rows may be times or channels.*\[x\.to_numpy\(\) for x in X\]"):
            contents(X)
    else:
        np.testing.assert_array_equal(contents(X).values, SERIES)


REFUSED = {
    "a list of rows": (list(SERIES[:, 0]), r"X\[0\] has shape \(6,\).*pass \[x\[np\.newaxis\] for x in X\]"),
    "frames with a name twice": (
        [pd.DataFrame(x.T, columns=["ax", "ax", "az"]) for x in SERIES],
        "channel_names must differ",
    ),
    "times as rows": ([x.T for x in SHORTER], r"X\[1\] has 4 channels but X\[0\] has 3.*pass \[x\.T for x in X\]"),
    "frames that may be either": (
        [pd.DataFrame(x.T) for x in SERIES],
        r"X\[0\] of shape \(6, 3\): rows may be times or channels\. Pass \[x\.to_numpy\(\)\.T for x in X\] if they are",
    ),
    "frames of other channels": (
        [pd.DataFrame(SERIES[0].T, columns=NAMES), pd.DataFrame(SERIES[1].T, columns=["ax", "ay", "q"])],
        r"X\[1\] has the columns \['ax', 'ay', 'q'\], but X\[0\] \['ax', 'ay', 'az'\]",
    ),
    "frames whose index descends": (
        [pd.DataFrame(x.T, columns=NAMES).iloc[::-1] for x in SERIES],
        r"the index of X\[0\] does not ascend: call \.sort_index\(\)",
    ),
    "a long table": (
        pd.DataFrame({"case": ["a", "a"], "time": [0, 1], "v": [0.1, 0.2]}),
        r"column 'case' of X.*call lightwaves\.from_table\(X, case=\.\.\., time=\.\.\.\)",
    ),
    "cells beside a label": (cells(SERIES, pd.Series).assign(label=1), r"single values in column 'label': drop it"),
    "a cell without a series": (
        pd.DataFrame({"a": [pd.Series([1.0, 2.0]), None]}),
        r"channel 'a' of case 1 of X has shape \(\)",
    ),
    "an empty cell": (pd.DataFrame({"a": [[1.0], []]}), r"channel 'a' of case 1 of X has shape \(0,\)"),
    "a case with a short channel": (
        pd.DataFrame({"a": [[1, 2], [1, 2]], "b": [[1, 2], [1]]}),
        r"case 1 of X: channel 'b' has shape \(1,\), but channel 'a' \(2,\)",
    ),
    "a list of such": ([[np.ones(2), np.ones(1)]], r"X\[0\]: channel 1 has shape \(1,\), but channel 0 \(2,\)"),
    "three index levels": (pd.concat({"a": long_frame(SERIES)}), "X has 3 keys for each row; two are needed"),
    "a time twice": (
        pd.concat([long_frame(SERIES), long_frame(SERIES)[:2]]),
        r"case 'case 0' has 2 rows for time 0, and 1 other times have several",
    ),
    "two levels and one row each": (
        pd.DataFrame(SERIES[:, 0], index=pd.MultiIndex.from_tuples([(i, 0) for i in range(4)])),
        r"each of its 4 cases has one row only.*reset_index\(drop=True\)",
    ),
    "a mapping of unequal numbers of cases": (
        {"a": [[1.0], [1.0, 2.0]], "b": [[1.0]]},
        r"the channels of X have different numbers of cases: \{'a': 2, 'b': 1\}",
    ),
    "channels with two keys for each row": (
        {name: long_frame(SERIES)[[name]] for name in long_frame(SERIES)},
        r"has two keys for each row, .* pass one frame .* pandas\.concat\(list\(X\.values\(\)\), axis=1\)",
    ),
    "masked values": (np.ma.masked_less(SERIES, 0), r"masked.*\.astype\(float\)\.filled\(numpy\.nan\)"),
}
REFUSED_TYPES = {
    "a table with dates": (
        pd.DataFrame({"time": pd.to_datetime(["2024", "2025"]), "v": [0.1, 0.2]}),
        r"column 'time' of X has dtype datetime64.*from_table",
    ),
    "frames and arrays": ([pd.DataFrame(SERIES[0].T), SERIES[1]], r"X\[1\] is of type ndarray"),
    "what lends its memory only": (
        type("Tensor", (), {"__dlpack__": lambda self: None})(),
        r"it is of type Tensor\. Pass numpy\.from_dlpack\(X\)",
    ),
    "a generator": ((x for x in SERIES), r"it is of type generator\. Pass an array, or list\(X\)"),
    "values of a mapping": ({"a": SERIES[0]}.values(), r"it is of type dict_values\. Pass an array, or list\(X\)"),
    "a grouped frame": (
        long_frame(SERIES).reset_index().groupby("case"),
        r"X is grouped: pass \[case\[channels\] for _, case in X\]",
    ),
    "a sparse tensor": (Tensor(SERIES, readable=False), r"X is a tensor.*Use Tensor\.to_dense\(\) first"),
}


@pytest.mark.parametrize("what", REFUSED | REFUSED_TYPES)
def test_what_can_be_read_in_two_ways_or_in_none_is_refused_with_the_remedy(what):
    X, message = (REFUSED | REFUSED_TYPES)[what]
    with pytest.raises(TypeError if what in REFUSED_TYPES else ValueError, match=message):
        as_panel(X)


def test_a_row_of_a_channel_may_have_two_keys_where_columns_are_times():
    who = pd.MultiIndex.from_product([["ann", "bob"], [1, 2]], names=["subject", "trial"])
    found = contents({name: pd.DataFrame(SERIES[:, i], index=who) for i, name in enumerate("abc")})
    np.testing.assert_array_equal(found.values, SERIES)


def test_a_lazy_frame_is_refused_with_the_remedy():
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=re.escape("X is a LazyFrame: call .collect() first")):
        contents(polars.LazyFrame({"a": [1.0]}))


def test_messages_do_not_show_the_names_of_numpys_types():
    frame = long_frame(SERIES).reset_index()
    frame["case"] = frame["case"].astype("category").cat.codes.astype(np.int64)
    twice = pd.concat([frame, frame[:1]]).set_index(["case", "time"])
    for X, y in ((twice, Y), (SERIES, np.zeros(4, int)), (SERIES, np.array(["a"] * 4))):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            LightWaveSClassifier().fit(X, y)
        assert "np." not in str(caught.value)
    with pytest.raises(ValueError, match=re.escape("n_features must be at least 1, got 0.")):
        LightWaveSClassifier(n_features=np.int64(0)).fit(SERIES, Y)


@pytest.mark.parametrize("form", ["frames", "frame with two index levels", "cells of series"])
def test_a_model_of_named_channels_finds_them_by_their_names(form):
    model = WaveletScattering(levels=(1,), max_dilation=1).fit(NAMED[form](SERIES))
    assert model.channel_names_ == tuple(NAMES)
    assert model.n_features_in_ == 3
    expected = model.transform(SERIES)
    other = {name: SERIES[:, c] for c, name in reversed([*enumerate(NAMES)])}
    np.testing.assert_array_equal(model.transform(NAMED[form](SERIES)), expected)
    np.testing.assert_array_equal(model.transform(other), expected)
    frames = [pd.DataFrame(x.T, columns=NAMES)[NAMES[::-1]] for x in SERIES]
    np.testing.assert_array_equal(model.transform(frames), expected)
    with pytest.raises(ValueError, match=re.escape("unknown ['q'], missing ['az']")):
        model.transform([frame.rename(columns={"az": "q"}) for frame in frames])
    nameless = WaveletScattering(levels=(1,), max_dilation=1).fit(SERIES)
    for given, way in ((frames, "frame.set_axis"), (other, "numpy.stack(list(X.values()), axis=1)")):
        with pytest.raises(ValueError, match=f"X names its channels, but fit saw none.*{re.escape(way)}"):
            nameless.transform(given)


def test_swapped_axes_are_warned_of_once_where_they_are_likely(recwarn):
    x = np.random.default_rng(0).normal(size=(8, 3, 500))
    bank = WaveletScattering(levels=(1,), max_dilation=1)
    bank.fit(x)
    bank.fit(x[:, :, :51].repeat(17, axis=1))  # 51 channels of 51 times
    assert not recwarn.list
    with pytest.warns(
        UserWarning, match=r"X has 500 channels, but at most 3 time points.*X\.transpose\(0, 2, 1\)"
    ) as seen:
        bank.fit(x.transpose(0, 2, 1))
    assert len(seen) == 1
    assert seen[0].filename == __file__, "the line that called fit"
    bank.transform(x.transpose(0, 2, 1))
    assert not recwarn.list


def test_times_within_cells_must_ascend():
    pd = pytest.importorskip("pandas")
    cell = pd.Series([1.0, 2.0, 3.0], index=[2, 0, 1])
    with pytest.raises(ValueError, match="the index of channel 'a' of case 0 of X does not ascend"):
        contents(pd.DataFrame({"a": [cell, cell]}))
    assert contents(pd.DataFrame({"a": [cell.sort_index()] * 2})).values[0, 0].tolist() == [2, 3, 1]
    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=[0, 0])
    with pytest.raises(ValueError, match=r"the index of X\[0\] does not ascend"):
        contents([frame, frame])


def test_index_levels_whose_names_stand_the_other_way_round_are_refused():
    pd = pytest.importorskip("pandas")
    index = pd.MultiIndex.from_product([range(3), range(2)], names=["time", "case"])
    frame = pd.DataFrame({"a": np.arange(6.0)}, index=index)
    with pytest.raises(ValueError, match=r"\['time', 'case'\], but the case must come first: pass X.swaplevel"):
        contents(frame)
    assert contents(frame.swaplevel().sort_index()).values.shape == (2, 1, 3)


@pytest.mark.parametrize("unit", [1, 0.25, np.timedelta64(20, "ms")])
def test_times_with_a_gap_are_refused_wherever_they_are_the_index(unit):
    time = np.delete(np.arange(20), 7) * unit
    case = pd.DataFrame({"a": np.arange(19.0), "b": np.ones(19)}, index=time)
    with pytest.raises(ValueError, match=r"the times of case 'k1' go from .*from_table\(X.reset_index\(\)"):
        contents(pd.concat({"k1": case, "k2": case.iloc[:6]}))
    even = pd.concat({"k1": case.iloc[:7], "k2": case.iloc[7:]})
    assert contents(even).lengths.tolist() == [7, 12]
    if isinstance(unit, int):
        assert contents([case, case]).values.shape == (2, 2, 19)  # whole numbers may only say where rows stood
        return
    with pytest.raises(ValueError, match=r"the times of X\[1\] go from .*resample"):
        contents([case.iloc[7:], case])
    if not isinstance(unit, float):
        with pytest.raises(ValueError, match=r"the times of X\[0\] go from .*resample"):
            contents([case.set_index(pd.to_datetime(time + np.datetime64("2026-01-01"), utc=True))] * 2)


def test_labels_that_name_the_cases_of_a_frame_in_another_order_are_refused():
    keys = [f"c{i}" for i in range(4)]
    index = pd.MultiIndex.from_product([keys, range(5)], names=["case", "time"])
    frame = pd.DataFrame({"x": np.arange(20.0)}, index=index)
    labels = pd.Series([0, 1, 0, 1], index=keys)
    check_order(frame, y=labels, groups=labels.reset_index(drop=True), sample_weight=None)
    check_order(SERIES, y=labels.iloc[::-1])
    with pytest.raises(ValueError, match="the index of groups names the cases of X in another order"):
        check_order(frame, y=labels, groups=labels.iloc[::-1])


def test_a_mapping_from_cases_is_told_that_keys_are_channels():
    X, labels = {1000 + i: pd.DataFrame(np.zeros((9, 2)), columns=["x", "y"]) for i in range(4)}, [0, 1, 0, 1]
    with pytest.raises(ValueError, match=r"y has one value for each key. If the keys are cases, pass list\(X.values"):
        check_order(X, y=labels, groups=None)
    check_order(X, y=[0] * 9)
    check_order({key: np.zeros((4, 9)) for key in "abcd"}, y=labels)
    for without_length in (np.array(1.0), csr_matrix(np.eye(4)), SimpleNamespace(shape=(np.nan, 9))):
        check_order(dict.fromkeys("abcd", without_length), y=labels)  # refused elsewhere, or whose length nobody knows


KEYS = [f"c{i}" for i in range(4)]
ROWS = pd.DataFrame(np.arange(20.0).reshape(4, 5), index=KEYS)
FORMS = {
    "long": pd.concat({key: pd.DataFrame({"x": row}) for key, row in ROWS.iterrows()}),
    "wide": ROWS,
    "cells": pd.DataFrame({"x": [row for _, row in ROWS.iterrows()]}, index=KEYS),
    "mapping": {"x": ROWS, "y": ROWS},
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_that_name_other_cases_are_refused_whatever_holds_these(form):
    """Once, only frames by case and time were looked at, and only if all names were the same."""
    X, labels = FORMS[form], pd.Series([0, 1, 0, 1], index=KEYS)
    for well in (labels, labels.reset_index(drop=True), labels.to_frame(), labels.rename("z{}".format), labels[:3]):
        check_order(X, y=well)
    with pytest.raises(ValueError, match=r"the index of y names the cases of X in another order: say y\.loc"):
        check_order(X, y=labels.iloc[[1, 0, 2, 3]])
    for other in (labels.rename({"c1": "c9"}), labels.rename({"c1": "c0"})):
        with pytest.raises(
            ValueError, match="the index of y names other cases than that of X: one of the two lacks 'c"
        ):
            check_order(X, y=other)


def test_what_takes_tables_or_writes_files_looks_at_the_names_too(tmp_path):
    """Once, shuffled labels were chosen by, and written, without a word."""
    labels = pd.Series([0, 1, 0, 1], index=KEYS).iloc[[1, 0, 3, 2]]
    for take in (
        lambda: FeatureSelector(n_features=1).fit(ROWS, labels),
        lambda: write_ts(ROWS, labels, tmp_path / "a"),
    ):
        with pytest.raises(ValueError, match="the index of y names the cases of X in another order"):
            take()
    assert list(tmp_path.iterdir()) == []


def test_the_same_names_in_another_form_are_the_same():
    """Once, whole numbers of another kind, and times told in another zone, were refused as in another order."""
    days = pd.date_range("2024-01-01", periods=4, tz="UTC")
    for names, others in ((days, days.tz_convert("Europe/Berlin")), ([9, 7, 8, 5], pd.array([9, 7, 8, 5], "Int64"))):
        check_order(ROWS.set_axis(names), y=pd.Series([0, 1, 0, 1], index=others))
    check_order(ROWS.set_axis(pd.Index([[1], [2], [3], [4]], dtype=object)), y=pd.Series([0, 1, 0, 1]))


def test_frames_of_a_list_that_name_their_cases_are_compared_with_labels():
    """As ``groupby`` leaves them, sorted by the names of the cases: once, c10 got the label of c2."""
    names = [f"c{i}" for i in range(12)]
    frame = pd.concat([pd.DataFrame({"x": np.arange(5.0) + i}) for i in range(12)], keys=names)
    cases = [case for _, case in frame.groupby(level=0)]
    labels = pd.Series(["even", "odd"] * 6, index=names)
    with pytest.raises(ValueError, match=re.escape("say y.loc[[x.index[0][0] for x in X]], or y.to_numpy()")):
        check_order(cases, y=labels)
    check_order(cases, y=labels.loc[[x.index[0][0] for x in cases]])
    check_order(cases, y=labels.to_numpy())
    check_order([frame, *cases], y=labels)  # frames with several cases, or with the same, name none
    check_order([cases[0]] * 12, y=labels)


def test_numbers_that_count_from_0_name_nobody_but_are_suspicious_in_another_order():
    rows, labels = ROWS.reset_index(drop=True), pd.Series([0, 1, 0, 1])
    with pytest.warns(UserWarning, match=r"has the numbers of that of X in another order, and is not used: say y\.loc"):
        check_order(rows, y=labels.iloc[::-1])
    rows.index, labels.index = range(7, 11), range(7, 11)
    check_order(rows, y=labels)
    with pytest.raises(ValueError, match="in another order"):
        check_order(rows, y=labels.iloc[::-1])
    labels.index = range(9, 13)  # numbers of something else
    check_order(rows, y=labels)


@pytest.mark.parametrize(
    ("keys", "names"), [([10, 20], ("10", "20")), ([0, 1], None), ([("a", "b"), ("a", "c")], ("a_b", "a_c"))]
)
def test_keys_of_a_mapping_name_channels_as_columns_do(keys, names):
    """Once, numbers and tuples were refused as `channel_names`, which nobody had given."""
    given = {key: SERIES[:, i] for i, key in enumerate(keys)}
    assert contents(given).names == names
    assert names_in(given) == (names is not None)
    assert contents({key: list(rows) for key, rows in given.items()}).names == names


def test_what_stands_in_another_order_is_refused_and_not_read_by_place():
    rows = pd.DataFrame(SERIES[:, 0])
    with pytest.raises(ValueError, match=r"the columns of X are times, but their names, .* do not ascend"):
        contents(rows[[*range(1, rows.shape[1]), 0]])
    with pytest.raises(ValueError, match=r"the index of X\['b'\] names the cases of X\['a'\] in another order"):
        contents({"a": rows, "b": rows.iloc[::-1]})
    np.testing.assert_array_equal(contents({"a": rows, "b": rows.iloc[::-1].reset_index(drop=True)}).values.shape[1], 2)
    channel = pd.Series(SERIES[0, 0])
    with pytest.raises(ValueError, match=r"the index of X\[0\]\[1\] does not ascend"):
        contents([[channel, channel.iloc[::-1]]])
    with pytest.raises(ValueError, match=r"X\['a'\] has shape .* give each channel a name of its own"):
        contents({"a": SERIES})


@pytest.mark.parametrize("form", ["long", "list", "cells"])
def test_numbers_of_columns_are_names_unless_they_count_the_channels(form):
    """Once, all numbers were taken by their place: a model of columns 3, 4, 5 took columns 0, 1, 2 for these."""

    def frame_with(columns, series=SERIES):
        if form == "cells":
            return pd.DataFrame({label: [pd.Series(x) for x in series[:, c]] for c, label in enumerate(columns)})
        frames = [pd.DataFrame(x.T, columns=columns, index=np.arange(x.shape[1]) / 4) for x in series]
        return frames if form == "list" else pd.concat(frames, keys=range(len(frames)))

    counted = contents(frame_with([0, 1, 2]))
    assert counted.names is None
    np.testing.assert_array_equal(counted.values, SERIES)
    with pytest.raises(ValueError, match=r"\[2, 0, 1\], which count the channels, but do not ascend"):
        contents(frame_with([2, 0, 1]))
    for columns, names in (([3, 4, 5], "345"), ([5, 3, 4], "534"), ([1.0, 0.5, 7.0], ("1", "0.5", "7"))):
        given = contents(frame_with(columns))
        assert given.names == tuple(names)
        np.testing.assert_array_equal(given.values, SERIES)
    X, y = load_basic_motions("train")
    X, y = X[:20, :3].astype(np.float64), y[:20]
    model = LightWaveSClassifier(n_features=5, search_candidates=99, honest=False).fit(frame_with([3, 4, 5], X), y)
    assert model.channel_names_ == ("3", "4", "5")
    other_order = frame_with([5, 3, 4], X[:, [2, 0, 1]])
    np.testing.assert_array_equal(model.decision_function(other_order), model.decision_function(X))
    with pytest.raises(ValueError, match=r"unknown \['6'\], missing \['3'\]"):
        model.predict(frame_with([6, 4, 5], X))
    with pytest.raises(ValueError, match=r"the columns of X are numbered from 0, but fit saw \['3', '4', '5'\]"):
        model.predict(frame_with([0, 1, 2], X))
    model.set_params(channel_names=None).fit(frame_with([0, 1, 2], X), y)
    with pytest.raises(ValueError, match=r"fit saw none: .* or take the names away, as frame\.set_axis"):
        model.predict(frame_with([3, 4, 5], X))


def test_rows_of_channels_may_have_any_times_as_columns():
    frames = [pd.DataFrame(x, columns=np.arange(x.shape[1]) + 100) for x in SERIES]
    frames[1] = frames[1].iloc[:, :4]
    given = contents(frames)
    assert given.names is None
    np.testing.assert_array_equal(given.values[1][:, :4], SERIES[1, :, :4])
    with pytest.raises(ValueError, match=r"the columns of X\[2\] are times, but their names, .* do not ascend"):
        contents([*frames[:2], frames[2].iloc[:, ::-1]])


@pytest.mark.parametrize("nested", [False, True])
def test_columns_of_two_levels_are_names_in_any_order_and_others_than_text_and_numbers_are_refused(nested):
    """Once, labels of other types were taken by their place, in whatever order they came."""

    def frame_with(columns):
        if nested:
            cells = {label: [pd.Series(x) for x in SERIES[:, c]] for c, label in enumerate(columns)}
            return pd.DataFrame(cells, columns=columns)
        return pd.concat([pd.DataFrame(x.T, columns=columns) for x in SERIES], keys=range(len(SERIES)))

    frame = frame_with(pd.MultiIndex.from_tuples([("acc", "x"), ("acc", "y"), ("speed", "")]))
    given = contents(frame.iloc[:, ::-1])
    assert given.names == ("speed", "acc_y", "acc_x")
    np.testing.assert_array_equal(given.values, SERIES[:, ::-1])
    alike = contents(frame_with(pd.MultiIndex.from_tuples([("a_b", "c"), ("a", "b_c"), ("d", "")])))
    assert alike.names == ("('a_b', 'c')", "('a', 'b_c')", "('d', '')")
    for columns in ([b"a", b"b", b"c"], ["a", 1, 2], pd.date_range("2024", periods=3)):
        with pytest.raises(ValueError, match="neither all text nor all numbers: call them by text"):
            contents(frame_with(columns))


def test_columns_that_are_dates_must_ascend_as_times_do():
    """Once, only numbers were compared."""
    n, day = SERIES.shape[2], datetime.date(2024, 1, 1)
    days = [day + datetime.timedelta(i) for i in range(n)]
    kinds = (pd.date_range("2024", periods=n), pd.period_range("2024", periods=n), pd.to_timedelta(range(n), "s"), days)
    for columns in (*kinds, pd.interval_range(0, n), np.arange(n) / 4):
        rows = pd.DataFrame(SERIES[:, 0], columns=columns)
        np.testing.assert_array_equal(contents(rows).values, SERIES[:, :1])
        with pytest.raises(
            ValueError, match=r"the columns of X are times, but their names, .* do not ascend: sort them"
        ):
            contents(rows.iloc[:, ::-1])
    for mixed in ([0, "a", *range(2, n)], [None, *range(1, n)]):
        with pytest.raises(ValueError, match=r"neither all text, all numbers nor all dates|do not ascend"):
            contents(pd.DataFrame(SERIES[:, 0], columns=pd.Index(mixed, dtype=object)))
    with pytest.raises(ValueError, match=r"the columns of X have several levels, .* pass a mapping, such as"):
        contents(pd.DataFrame(SERIES[:, 0], columns=pd.MultiIndex.from_product([["a"], range(n)])))


def test_sampling_rates_that_differ_between_frames_of_a_list_are_refused():
    """Once, each frame was looked at alone."""
    frames = [pd.DataFrame(x.T, index=pd.date_range("2024", periods=x.shape[1], freq="1s")) for x in SERIES]
    slow = frames[1].set_index(pd.date_range("2024", periods=SERIES.shape[2], freq="9s"))
    np.testing.assert_array_equal(contents(frames).values, SERIES)
    with pytest.raises(ValueError, match=r"the times of X\[1\] go from .*, but most steps are 1 s"):
        contents([frames[0], slow, *frames[2:]])
    cells = pd.DataFrame(
        {"a": [frame[0] for frame in frames], "b": [frames[0][0], slow[0], *(f[0] for f in frames[2:])]}
    )
    with pytest.raises(ValueError, match=r"the times of channel 'b' of case 1 of X go from"):
        contents(cells)


def test_a_gap_in_an_index_of_periods_is_found():
    days = pd.period_range("2024-01-01", periods=30, freq="D")
    whole = pd.DataFrame({"a": np.arange(30.0)}, index=days)
    assert contents([whole, whole]).values.shape == (2, 1, 30)
    with pytest.raises(ValueError, match=r"the times of X\[1\] go from"):
        contents([whole, whole.drop(index=days[5:25])])
    np.testing.assert_array_equal(
        contents(pd.concat([whole] * 2, keys=["a", "b"])).values, contents([whole] * 2).values
    )
    with pytest.raises(ValueError, match=r"the times of case 'b' go from"):
        contents(pd.concat([whole, whole.drop(index=days[5:25])], keys=["a", "b"]))
    cells = pd.DataFrame({"a": [whole["a"], whole["a"]]})
    np.testing.assert_array_equal(contents(cells).values, contents([whole] * 2).values)


@pytest.mark.parametrize("kind", ["list_", "large_list"])
def test_cells_of_arrow_hold_series_too(kind):
    arrow = pytest.importorskip("pyarrow")
    dtype = pd.ArrowDtype(getattr(arrow, kind)(arrow.float32()))
    found = contents(cells(SERIES, list).astype(dtype))
    assert found.names == tuple(NAMES)
    np.testing.assert_array_equal(found.values, SERIES)


@pytest.mark.parametrize("package", ["pandas", "polars", "objects"])
def test_text_is_no_number_even_if_it_reads_like_one(package):
    """Once, 01 was 1, and 1_000 was 1000."""
    text = np.array([["01", "1_000"], ["2", "nan"]], object)
    if package == "polars":
        text = pytest.importorskip("polars").DataFrame(text.tolist(), orient="row")
    elif package == "pandas":
        text = pd.DataFrame(text)
    with pytest.raises((TypeError, ValueError), match=r"text|str|String"):
        contents(text)


def test_times_are_found_in_every_kind_of_index():
    """Once, an index of two levels, as pieces of a groupby have, one of dates, and columns in lists hid their times."""
    time = np.arange(10.0)
    gap = np.delete(np.arange(11.0), 5)
    pieces = pd.concat([pd.DataFrame({"a": time}, index=gap)] * 2, keys=range(2))
    days = pd.DataFrame({"a": time}, index=[datetime.date(2024, 1, 1) + datetime.timedelta(d) for d in gap])
    even, slow = pd.Series(time, index=time), pd.Series(time, index=3 * time)
    for given in ([piece for _, piece in pieces.groupby(level=0)], [days, days], [[even, even], [slow, slow]]):
        with pytest.raises(ValueError, match=r"the times of X\[\d\](\[\d\])? go from"):
            contents(given)
    assert contents([[even, even], [even, even]]).values.shape == (2, 2, 10)
    assert contents([days.iloc[:5], days.iloc[5:]]).values.shape == (2, 1, 5)


def test_what_is_no_frame_among_frames_is_named_by_predict_too():
    """Once, an AttributeError came out where the columns are numbers."""
    frames = [pd.DataFrame(x.T, columns=[3, 4, 5]) for x in SERIES]
    with pytest.raises(TypeError, match=r"X\[1\] is of type list, but other cases are data frames"):
        contents([frames[0], SERIES[1].tolist()])
    assert not names_in([frames[0], SERIES[1].tolist()])


def test_numbers_of_any_size_are_names():
    """Once, one that is no float was an OverflowError."""
    names = names_among([10**400, 2, 2.5])
    assert names == (str(10**400), "2", "2.5")


def test_integers_of_128_bits_in_a_row_for_each_case_are_named():
    polars = pytest.importorskip("polars", "1.18")
    frame = polars.DataFrame({f"t{t}": polars.Series([1, 2], dtype=polars.Int128) for t in range(5)})
    with pytest.raises(ValueError, match="column 't0' has integers of 128 bits: cast it"):
        contents(frame)


A_ROW_EACH = pd.DataFrame([[0.0, 0], [1, 1], [2, 2]], index=["c0", "c1", "c2"])
A_CELL_EACH = pd.Series([np.full(2, 0.0), np.full(2, 1.0), np.full(2, 2.0)], index=["c0", "c1", "c2"])


@pytest.mark.parametrize("channel", [A_ROW_EACH, A_CELL_EACH], ids=["a row for each case", "a cell for each case"])
def test_channels_that_name_their_cases_otherwise_are_refused(channel):
    """Once, cells were joined by place in any order, and rows of other cases too."""
    with pytest.raises(ValueError, match=r"X\['gyro'\] names the cases of X\['acc'\] in another order"):
        contents({"acc": channel, "gyro": channel.iloc[::-1]})
    with pytest.raises(ValueError, match=r"names other cases than that of X\['acc'\]: it lacks 'c2'"):
        contents({"acc": channel.drop("c1"), "gyro": channel.drop("c2")})
    with pytest.raises(ValueError, match="names other cases"):
        contents({"acc": channel.set_axis([4, 7, 9]), "gyro": channel.set_axis([4, 8, 9])})
    for names in (["a", "b", "d"], [0, 1, 2], [7, 8, 9]):  # of other things, perhaps
        given = {"acc": channel, "gyro": channel.set_axis(names)}
        assert contents(given).values.shape == (3, 2, 2)


def test_tables_of_channels_that_begin_at_other_times_are_refused():
    """Once, columns of other times were joined by place."""
    dates = pd.date_range("2024-01-01", periods=3, freq="1D")
    with pytest.raises(ValueError, match=r"the columns of X\['gyro'\] are other times than those of X\['acc'\]"):
        contents({"acc": A_ROW_EACH.set_axis(dates[:2], axis=1), "gyro": A_ROW_EACH.set_axis(dates[1:], axis=1)})
    for labels in (["gyro_0", "gyro_1"], [5, 6]):  # which may count columns of one wide table
        assert contents({"acc": A_ROW_EACH, "gyro": A_ROW_EACH.set_axis(labels, axis=1)}).values.shape == (3, 2, 2)


@pytest.mark.parametrize("unit", ["dates", "seconds"])
def test_channels_of_a_case_begin_together(unit):
    """Once, columns that were resampled each by itself were joined by place, three seconds apart."""
    times = pd.date_range("2024-01-01", periods=9, freq="1s") if unit == "dates" else pd.Index(np.arange(9.0))
    acc, late = (pd.Series(np.arange(5.0), index=times[begin : begin + 5]) for begin in (0, 3))
    with pytest.raises(ValueError, match=r"X\[0\]\[1\] begins at .* but X\[0\]\[0\] at"):
        contents([[acc, late], [acc, acc]])
    with pytest.raises(ValueError, match="channel 'gyro' of case 1 of X begins at"):
        contents(pd.DataFrame({"acc": [acc, acc], "gyro": [acc, late]}))
    assert contents([[acc, acc], [late, late]]).values.shape == (2, 2, 5)


def test_times_called_by_text_that_is_sorted_as_text_are_warned_of():
    """Once, t1, t10, t2 were learnt in that order without a word."""
    frame = pd.DataFrame(SERIES[:, 0, :4], columns=["t1", "t10", "t2", "t3"])
    with pytest.warns(UserWarning, match="'t2' stands behind 't10'"):
        contents(frame)
    contents(frame.set_axis(["t1", "t2", "t3", "t10"], axis=1))
    contents(frame.set_axis(["a1", "b0", "c3", "d2"], axis=1))


def test_columns_of_frames_that_say_something_else_of_a_case_are_named():
    """Once, only `from_table` told that a label was taken for a channel; a model of noise was perfect."""
    X, y = load_basic_motions("train")
    frame = pd.DataFrame(X[:, :2].transpose(0, 2, 1).reshape(-1, 2), columns=["a", "b"])
    frame["label"] = np.repeat(np.unique(y, return_inverse=True)[1], 100)
    long = frame.set_index(pd.MultiIndex.from_product([range(40), range(100)]))
    cases = [long.loc[case].reset_index(drop=True) for case in range(40)]
    for given in (long, cases):
        with pytest.warns(UserWarning, match=r"the columns \['label'\] are taken for channels, but no case varies in"):
            WaveletScattering(max_dilation=1).fit(given)
    for label in (np.arange(4000), np.tile(np.arange(100, 0, -1), 40)):
        with pytest.warns(UserWarning, match=r"the columns \['label'\] are taken for channels, but only ascend, or"):
            WaveletScattering(max_dilation=1).fit(long.assign(label=label))
    WaveletScattering(max_dilation=1).fit(long[["a", "b"]])
    WaveletScattering(max_dilation=1, channel_names=["a", "b", "label"]).fit(long)


def test_a_column_alone_is_told_how_to_be_one_channel():
    """Once, the remedy was one for arrays, and failed."""
    column = pd.Series(np.arange(4.0))
    with pytest.raises(ValueError, match=r"for one channel pass \[\[x\] for x in X\]"):
        contents([column, column])
    assert contents([[column], [column]]).values.shape == (2, 1, 4)
    column.index = pd.MultiIndex.from_product([range(2), range(2)])
    with pytest.raises(ValueError, match=r"one column with two keys for each row: pass X.to_frame\(\)"):
        contents(column)


@pytest.mark.parametrize("shape", [(8, 24, 1), (8, 50, 3), (8, 30, 6)])
def test_swapped_axes_of_short_series_are_warned_of(shape):
    """Once, with up to 50 time points nothing was said."""
    with pytest.warns(UserWarning, match=r"pass X\.transpose\(0, 2, 1\)"):
        WaveletScattering(levels=(1,), max_dilation=1).fit(np.random.default_rng(0).normal(size=shape))


@pytest.mark.parametrize("gap", [0.0, np.nan])
def test_wide_series_that_are_smooth_in_time_are_not_taken_for_swapped_axes(gap):
    """Once, hundreds of sensors with 144 readings, as in PEMS-SF, were warned of."""
    x = np.random.default_rng(0).normal(size=(8, 200, 40)).cumsum(axis=2)
    x[:, 5], x[3, 7, 20:] = 1000, gap  # a sensor that is stuck, and one that goes off
    small = {"n_features": 5, "search_candidates": 100, "honest": False, "missing": "zero", "random_state": 0}
    model = LightWaveSClassifier(WaveletScattering(levels=(1,), max_dilation=1), **small)
    y = [0, 1] * 4
    model.fit(x, y)  # warnings are errors
    model.fit([case[:, : 20 + n] for n, case in enumerate(x)], y)
    with pytest.warns(UserWarning, match=r"pass X\.transpose\(0, 2, 1\)"):
        model.fit(x[:, :5].repeat(5, axis=2).transpose(0, 2, 1), y)  # 200 time points of five channels


def test_one_case_in_any_form_is_told_how_to_be_a_batch():
    """Once, only arrays were."""
    bank = WaveletScattering(levels=(1,), max_dilation=1).fit(SERIES)
    with pytest.raises(ValueError, match=r"pass numpy\.asarray\(X\)\.T\[numpy\.newaxis\]"):
        bank.transform(pd.DataFrame(SERIES[0].T))
    with pytest.raises(ValueError, match=r"pass numpy\.asarray\(X\)\[numpy\.newaxis\]"):
        bank.transform(SERIES[0].tolist())
    with pytest.raises(ValueError, match=r"pass numpy\.stack\(list\(X\.values\(\)\)\)\[numpy\.newaxis\]"):
        contents(dict(zip(NAMES, SERIES[0], strict=True)))


class DataArray:
    """What one of xarray offers."""

    __module__ = "xarray.core.dataarray"

    def __init__(self, values, *dims):
        self.values, self.dims, self.shape, self.dtype = values, dims, values.shape, values.dtype

    def __getitem__(self, cases):
        return self.values[cases]

    def __array__(self, dtype=None, copy=None):
        return self.values


CUBE = np.arange(24.0).reshape(4, 3, 2)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (DataArray(CUBE, "case", "time", "channel"), r"X\.transpose\('case', 'channel', 'time'\)"),
        (DataArray(CUBE, "id", "Time", "axis"), r"X\.transpose\('id', 'axis', 'Time'\)"),
        (DataArray(CUBE[0], "time", "case"), r"X\.transpose\('case', 'time'\)"),
        (DataArray(CUBE[0], "channel", "time"), r"X has the axes \('channel', 'time'\).* form \(case, channel, time\)"),
        ([DataArray(x, "time", "channel") for x in CUBE], r"X\[0\]\.transpose\('channel', 'time'\)"),
        ({"a": DataArray(CUBE[0], "time", "case")}, r"X\['a'\]\.transpose\('case', 'time'\)"),
    ],
)
def test_axes_that_have_names_are_those_that_they_say(X, message):
    with pytest.raises(ValueError, match=message):
        contents(X)
    in_order = DataArray(CUBE, "case", "sensor", "time"), DataArray(CUBE, "x", "y", "z"), DataArray(CUBE[0], "x", "y")
    assert [contents(x).values.shape for x in in_order] == [(4, 3, 2), (4, 3, 2), (3, 1, 2)]


def test_series_of_more_time_points_than_can_be_counted_are_refused():
    x = np.broadcast_to(np.float32(0), (1, 2, 2**31))  # takes no memory
    for X, name in ((x, "X"), ([x[0]], r"X\[0\]"), (StoredOnly(x), "X")):
        with pytest.raises(ValueError, match=f"{name} has 2147483648 time points; at most 2147483647 are read"):
            as_panel(X)


class StoredOnly:
    """Series that NumPy does not hold."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def __getitem__(self, cases):
        return self.values[cases]
