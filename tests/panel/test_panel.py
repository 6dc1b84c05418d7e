"""Input: every accepted form of X holds the same values, every other one is refused with a message that helps."""

import re

import numpy as np
import pytest
import scipy.sparse
from ranks import on_ranks

from lightwaves import LightWaveS, WaveletScattering, unpad
from lightwaves.containers.values import CHUNK
from lightwaves.panel import Panel, as_panel
from lightwaves.panel import reading as module
from lightwaves.panel.held import HeldCases, HeldChannels
from lightwaves.panel.ragged import RaggedPanel
from lightwaves.panel.reading import kind_of_panel
from lightwaves.panel.stored import StoredPanel

NAMES = ("x", "y", "z")
Y = [0, 1, 0, 1, 1]
SERIES = np.random.default_rng(0).integers(0, 2, (5, 3, 12)).astype(np.float32)  # values that every dtype can hold


def memory_mapped(x, folder):
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r")


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


FORMS = {
    **{dtype: lambda x, _, dtype=dtype: x.astype(dtype) for dtype in ("f2", "f4", "f8", "i1", "u2", "i8", "?")},
    "long double": lambda x, _: x.astype(np.longdouble),
    "big endian": lambda x, _: x.astype(">f8"),
    "big endian float32": lambda x, _: x.astype(">f4"),
    "Fortran order": lambda x, _: np.asfortranarray(x),
    "time first": lambda x, _: np.ascontiguousarray(x.transpose(2, 0, 1)).transpose(1, 2, 0),
    "backwards": lambda x, _: np.ascontiguousarray(x[::-1, ::-1, ::-1])[::-1, ::-1, ::-1],
    "strided": lambda x, _: np.repeat(np.repeat(x, 2, axis=0), 3, axis=2)[::2, :, ::3],
    "broadcast": lambda x, _: np.broadcast_to(x, (2, *x.shape))[1],
    "unaligned": lambda x, _: np.frombuffer(b"." + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
    "read-only": lambda x, _: read_only(x),
    "memory-mapped": memory_mapped,
    "array of objects": lambda x, _: x.astype(object),
    "list of arrays": lambda x, _: list(x),
    "tuple of arrays": lambda x, _: tuple(x),
    "list of arrays of several dtypes": lambda x, _: [v.astype(t) for v, t in zip(x, "fdei?", strict=True)],
    "list of read-only arrays": lambda x, _: [read_only(v) for v in x],
    "nested lists": lambda x, _: x.tolist(),
    "list of lists of arrays": lambda x, _: [list(v) for v in x],
    "mapping": lambda x, _: {name: x[:, i] for i, name in enumerate(NAMES)},
    "mapping to lists": lambda x, _: {name: x[:, i].tolist() for i, name in enumerate(NAMES)},
}


def contents(x):
    """Everything that an input holds, to see whether it was changed."""
    if isinstance(x, dict):
        return [(name, contents(v)) for name, v in x.items()]
    return [contents(v) for v in x] if isinstance(x, list | tuple) else np.asarray(x).tolist()


def values_of(panel):
    return panel.take(slice(None), np.arange(panel.n_channels))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_means_the_same_and_is_left_as_it_was(form, tmp_path):
    X = FORMS[form](SERIES, tmp_path)
    before = contents(X)
    panel = as_panel(X)
    np.testing.assert_array_equal(values_of(panel), SERIES)
    assert values_of(panel).dtype == np.float32
    assert panel.lengths.tolist() == [12] * 5
    for options in ({"selection": "mrmr"}, {"search_candidates": 200, "random_state": 0}):
        expected = LightWaveS(n_features=9, **options).fit(SERIES, Y)
        model = LightWaveS(n_features=9, **options).fit(X, Y)
        np.testing.assert_array_equal(model.transform(X), expected.transform(SERIES))
        np.testing.assert_array_equal(model.plan_.scale, expected.plan_.scale)
    assert contents(X) == before


@pytest.mark.parametrize("channels", [[0], [1, 2], [0, 2], [0, 1, 2]])
@pytest.mark.parametrize("form", ["f4", "f8", "Fortran order", "read-only", "memory-mapped", "list of arrays"])
def test_a_panel_of_some_channels_only_is_a_panel_of_those(form, channels, tmp_path):
    panel, channels = as_panel(FORMS[form](SERIES, tmp_path), channel_names=NAMES), np.array(channels)
    before = contents(panel.values)
    some = panel.only(channels)
    assert (some.n_cases, some.n_channels, some.n_timepoints) == (5, len(channels), 12)
    assert some.channel_names == tuple(NAMES[c] for c in channels)
    assert some.lengths is panel.lengths
    np.testing.assert_array_equal(some.values, panel.values[:, channels])
    for cases in (slice(None), slice(1, 3), np.array([4, 0, 0])):
        for wanted in (np.arange(len(channels)), np.array([0]), np.array([len(channels) - 1])):
            taken = some.take(cases, wanted)
            np.testing.assert_array_equal(taken, SERIES[cases][:, channels[wanted]])
            assert (taken.dtype, taken.flags.c_contiguous) == (np.float32, True)
    assert as_panel(SERIES).only(channels).channel_names is None
    assert contents(panel.values) == before


@pytest.mark.parametrize("channels", [[1], [0, 2]])
@pytest.mark.parametrize("cases", [None, np.array([3, 0, 4])])
def test_a_plan_is_computed_of_the_channels_that_a_panel_shows(cases, channels):
    panel, own = as_panel(SERIES).only(np.array(channels)), as_panel(SERIES[:, channels])
    plan = WaveletScattering(levels=(1,), max_dilation=1).fit(SERIES[:, channels]).plan_
    np.testing.assert_array_equal(plan.rows(panel, cases=cases)[:-1, :3], plan.rows(own, cases=cases)[:-1, :3])


@pytest.mark.parametrize("form", ["array", "list of rows", "list of tuples", "frame", "frame of objects"])
def test_a_table_is_one_channel(form):
    table = SERIES[:, 0]
    if form.startswith("frame"):
        pandas = pytest.importorskip("pandas")
        X = pandas.DataFrame(table, dtype=object if "objects" in form else None)
    else:
        X = {"array": table, "list of rows": table.tolist(), "list of tuples": list(map(tuple, table))}[form]
    np.testing.assert_array_equal(values_of(as_panel(X)), SERIES[:, :1])
    features = WaveletScattering(max_dilation=2).fit_transform(X)
    np.testing.assert_array_equal(features, WaveletScattering(max_dilation=2).fit_transform(SERIES[:, :1]))


@pytest.mark.parametrize("nested", [False, True])
def test_a_list_of_unequal_lengths_keeps_its_values(nested):
    X = [x[:, : 3 + 2 * i] for i, x in enumerate(SERIES)]
    before = contents(X)
    panel = as_panel([x.tolist() for x in X] if nested else X)
    assert panel.lengths.tolist() == [3, 5, 7, 9, 11]
    for case, x in zip(values_of(panel), X, strict=True):
        np.testing.assert_array_equal(case[:, : x.shape[1]], x)
    assert contents(X) == before


def test_values_are_rounded_to_float32_once():
    X = np.random.default_rng(1).standard_normal((4, 2, 9)) * 1e3
    np.testing.assert_array_equal(values_of(as_panel(X)), X.astype(np.float32))
    np.testing.assert_array_equal(values_of(as_panel(list(X))), X.astype(np.float32))


def test_an_array_is_not_copied_until_a_part_is_taken(tmp_path):
    for X in (SERIES, memory_mapped(SERIES, tmp_path), SERIES.astype(">f8")):
        assert np.shares_memory(as_panel(X).values, X)


def test_what_is_taken_can_be_written_to_by_its_taker():
    panel = as_panel(read_only(SERIES))
    block = panel.take(slice(1, 3), np.array([0, 2]))
    block[:] = 7
    np.testing.assert_array_equal(panel.values, SERIES)


SHORT = SERIES[0]
WRONG = {
    "no cases": (SERIES[:0], ValueError, r"0 sample\(s\): no cases"),
    "no cases, flat": (SERIES[:0, 0], ValueError, r"0 sample\(s\): no cases"),
    "empty list": ([], ValueError, r"0 sample\(s\): no cases"),
    "no channels": (SERIES[:, :0], ValueError, r"shape \(5, 0, 12\): 0 channel\(s\)"),
    "no time points": (SERIES[:, :, :0], ValueError, r"shape \(5, 3, 0\): 0 time point\(s\)"),
    "no time points, flat": (SERIES[:, 0, :0], ValueError, r"0 feature\(s\).*no time points"),
    "no dimension": (1.0, ValueError, r"X has 0 dimension\(s\); expected \(n_cases, n_channels, n_timepoints\)"),
    "one dimension": (SHORT[0], ValueError, r"X has 1 dimension.*Reshape your data"),
    "four dimensions": (SERIES[np.newaxis], ValueError, r"X has 4 dimension"),
    "none": (None, ValueError, r"X has 0 dimension"),
    "word": ("abc", TypeError, r"X is no series, but 'abc'"),
    "words": (np.full((2, 3), "1"), TypeError, r"X has dtype <U1"),
    "list of words": ([["1", "2"]], TypeError, r"X has dtype <U1"),
    "dates": (np.zeros((2, 3), "M8[s]"), TypeError, r"X has dtype datetime64"),
    "complex": (SERIES * 1j, ValueError, r"Complex data not supported: X has dtype complex64"),
    "complex in a list": ([SHORT, SHORT * 1j], ValueError, r"Complex data not supported: X\[1\]"),
    "object": (object(), TypeError, r"X holds values that are not real numbers"),
    "objects": (np.full((2, 3), object()), TypeError, r"X holds values that are not real numbers"),
    "words as objects": (np.full((2, 3), "a", dtype=object), ValueError, r"X holds values that are not real numbers"),
    "a number without end": ([[10**400, 1]], ValueError, r"X holds values that are not real numbers"),
    "other channels": ([SHORT, SHORT[:2]], ValueError, r"X\[1\] has 2 channels but X\[0\] has 3"),
    "flat cases": (list(SERIES[:, 0]), ValueError, r"X\[0\] has shape \(12,\); each case must be"),
    "a flat case": ([SHORT, SHORT[0]], ValueError, r"X\[1\] has shape \(12,\); each case must be"),
    "deep cases": ([SERIES, SERIES], ValueError, r"X\[0\] has shape \(5, 3, 12\); each case must be"),
    "a missing case": ([SHORT, None], ValueError, r"X\[1\] has shape \(\); each case must be"),
    "a case without time": ([SHORT, SHORT[:, :0]], ValueError, r"X\[1\] has shape \(3, 0\); a minimum of 1"),
    "a case without channels": ([SHORT[:0]], ValueError, r"X\[0\] has shape \(0, 12\); a minimum of 1"),
    "ragged channels": ([[[1, 2], [3]]], ValueError, r"X\[0\] is ragged"),
    "ragged rows": ([[1, 2], [3]], ValueError, r"X is ragged"),
    "empty mapping": ({}, ValueError, r"X is an empty mapping"),
    "flat channel": ({"a": SHORT[0]}, ValueError, r"X\['a'\] has shape \(12,\); every channel must be"),
    "channels of two lengths": (
        {"a": SHORT, "b": SHORT[:, :5]},
        ValueError,
        r"X\['b'\] has shape \(3, 5\); every channel must be \(n_cases, n_timepoints\), here \(3, 12\)",
    ),
    "words in a mapping": ({"a": SHORT.astype(str)}, TypeError, r"X\['a'\] has dtype"),
    "bytes as names": (
        {b"a": SHORT},
        ValueError,
        r"keys, of X are \[b'a'\], which are neither all text nor",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_input_is_refused_in_plain_words(what):
    X, error, message = WRONG[what]
    with pytest.raises(error, match=message):
        as_panel(X)
    with pytest.raises(error, match=message):
        LightWaveS().fit(X, Y)


@pytest.mark.parametrize("kind", ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"])
def test_sparse_input_is_refused_with_the_remedy(kind):
    for sparse in (getattr(scipy.sparse, f"{kind}_matrix")(SHORT), getattr(scipy.sparse, f"{kind}_array")(SHORT)):
        with pytest.raises(TypeError, match=r"X is a sparse matrix.*\.toarray\(\)"):
            as_panel(sparse)
        with pytest.raises(TypeError, match=r"X\[0\] is a sparse matrix"):
            as_panel([sparse])


@pytest.mark.parametrize("form", ["float32", "float64", "Fortran order", "list", "mapping"])
@pytest.mark.parametrize(
    ("value", "what"),
    [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity"), (-1e39, r"-1e\+39, too large for float32")],
    ids=["nan", "inf", "-inf", "too large"],
)
def test_a_value_that_is_not_finite_is_named_with_its_place(form, value, what):
    X = SERIES.astype(np.float32 if form == "float32" and abs(value) != 1e39 else np.float64)
    X[3, 1, 4] = X[4, 2, 0] = value
    if form == "mapping":
        X = {name: X[:, i] for i, name in enumerate(NAMES)}
    elif form != "float64":
        X = {"float32": np.asarray, "Fortran order": np.asfortranarray, "list": list}[form](X)
    channel = "y" if form == "mapping" else "1"
    with pytest.raises(ValueError, match=f"X contains {what}: case 3, channel {channel}, time point 4"):
        as_panel(X)


def test_a_missing_value_far_behind_is_found():
    X = np.zeros((9, 2, CHUNK // 4), np.float32)
    X[8, 1, -1] = np.nan
    with pytest.raises(ValueError, match=rf"case 8, channel 1, time point {CHUNK // 4 - 1}\. This channel ends at"):
        as_panel(X)


def test_none_among_numbers_is_a_missing_value():
    with pytest.raises(ValueError, match="X contains NaN: case 0, channel 0, time point 1"):
        as_panel([[1.0, None]])


def test_a_missing_value_in_a_short_case_is_found():
    with pytest.raises(ValueError, match="X contains NaN: case 1, channel 0, time point 1"):
        as_panel([SHORT, np.array([[0, np.nan]] * 3)])


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_transform_looks_at_the_values_too(value):
    model = WaveletScattering(levels=(1,), max_dilation=1).fit(SERIES)
    X = SERIES.astype(np.float64)
    X[2, 0, 5] = value
    with pytest.raises(ValueError, match="case 2, channel 0, time point 5"):
        model.transform(X)


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["x"], ValueError, "channel_names has 1 names, but X has 3 channels"),
        ([], ValueError, "channel_names has 0 names, but X has 3 channels"),
        (["x", "y", "y"], ValueError, "channel_names must differ from each other, but 'y' stands"),
        (["x", "y", 3], TypeError, re.escape("channel_names must be a sequence of strings, got ['x', 'y', 3]")),
        ("xyz", TypeError, "channel_names must be a sequence of strings, got 'xyz'"),
        (3, TypeError, "channel_names must be a sequence of strings, got 3"),
        (set("xyz"), TypeError, "channel_names must be a sequence of strings, got {"),
        ({"x": 0, "y": 1, "z": 2}.keys(), TypeError, "channel_names must be a sequence of strings, got dict_keys"),
        (iter("xyz"), TypeError, "channel_names must be a sequence of strings, got <str"),
    ],
)
def test_wrong_channel_names_are_refused(names, error, message):
    with pytest.raises(error, match=message):
        LightWaveS(channel_names=names).fit(SERIES, Y)


def test_names_without_an_order_are_refused_beside_those_of_a_mapping():
    with pytest.raises(TypeError, match="channel_names must be a sequence of strings, got "):
        as_panel({name: SERIES[:, i] for i, name in enumerate(NAMES)}, channel_names=set(NAMES))


@pytest.mark.parametrize("names", [list("xyz"), tuple("xyz"), np.array(list("xyz"))], ids=["list", "tuple", "array"])
def test_channel_names_are_plain_text_afterwards(names):
    model = WaveletScattering(levels=(1,), max_dilation=1, channel_names=names).fit(SERIES)
    assert model.channel_names_ == NAMES
    assert {type(name) for name in model.channel_names_} == {str}
    assert model.get_feature_names_out()[-1] == "z_k678_d1_L1_min_abs"


def test_a_mapping_is_read_in_the_order_of_fit():
    model = LightWaveS(n_features=9, search_candidates=200).fit({name: SERIES[:, i] for i, name in enumerate(NAMES)}, Y)
    expected = model.transform(SERIES)
    assert model.channel_names_ == NAMES
    np.testing.assert_array_equal(
        model.transform({n: SERIES[:, i] for i, n in reversed([*enumerate(NAMES)])}), expected
    )


def test_other_names_than_in_fit_are_refused():
    model = LightWaveS(n_features=9, search_candidates=200, channel_names=NAMES).fit(SERIES, Y)
    X = {"x": SERIES[:, 0], "y": SERIES[:, 1], "q": SERIES[:, 2]}
    with pytest.raises(ValueError, match=re.escape("unknown ['q'], missing ['z']")):
        model.transform(X)
    with pytest.raises(ValueError, match=re.escape("unknown [], missing ['y', 'z']")):
        model.transform({"x": SERIES[:, 0]})
    with pytest.raises(ValueError, match=re.escape("unknown ['q'], missing ['z']")):
        LightWaveS(channel_names=NAMES).fit(X, Y)


def test_a_mapping_after_a_fit_without_names_is_refused():
    model = LightWaveS(n_features=9, search_candidates=200).fit(SERIES, Y)
    with pytest.raises(ValueError, match="X names its channels, but fit saw none"):
        model.transform({name: SERIES[:, i] for i, name in enumerate(NAMES)})


def test_unpad_cuts_what_is_missing_in_all_channels_at_the_end():
    X = np.full((4, 2, 5), np.nan)
    X[0] = 1
    X[1, :, :3] = 2
    X[2, 0, :4] = 3  # the other channel is missing: not padding
    cases = unpad(X)
    assert [x.shape for x in cases] == [(2, 5), (2, 3), (2, 4), (2, 0)]
    np.testing.assert_array_equal(cases[2], X[2, :, :4])
    np.testing.assert_array_equal(values_of(as_panel(cases[:2]))[1, :, :3], np.full((2, 3), 2))


def test_unpad_leaves_a_gap_to_the_check():
    X = np.zeros((2, 1, 6))
    X[0, 0, 2], X[1, 0, 4:] = np.nan, np.nan
    cases = unpad(X)
    assert [x.shape[1] for x in cases] == [6, 4]
    with pytest.raises(ValueError, match="case 0, channel 0, time point 2"):
        as_panel(cases)


# --- some of the channels -----------------------------------------------------------------------------------

HELD = np.array([1, 4, 5])  # of seven, in the order of those of SERIES


def held(x, **options):
    return HeldChannels(as_panel(x), HELD, 7, **options)


@pytest.mark.parametrize("form", FORMS)
def test_a_panel_that_holds_some_channels_shows_all_and_reads_its_own(form, tmp_path):
    panel = held(FORMS[form](SERIES, tmp_path))
    assert (panel.n_cases, panel.n_channels, panel.n_timepoints) == (5, 7, 12)
    assert panel.lengths.tolist() == [12] * 5
    for channels in ([1], [4, 5], [1, 5], [1, 4, 5], []):
        own = np.searchsorted(HELD, channels)
        np.testing.assert_array_equal(panel.places(np.array(channels, int)), own)
        for cases in (slice(None), slice(1, 4), np.array([3, 0, 3])):
            taken = panel.take(cases, np.array(channels, int))
            np.testing.assert_array_equal(taken, SERIES[cases][:, own])
            assert taken.dtype == np.float32
            assert taken.flags.writeable
            assert taken.flags.c_contiguous
    np.testing.assert_array_equal(panel.stored[:, panel.places(np.array([1, 5]))], SERIES[:, [0, 2]])


@pytest.mark.parametrize(
    ("channels", "missing"), [([0], 0), ([1, 2, 3], 2), ([1, 6], 6), ([0, 1, 2, 3, 4, 5, 6], 0), ([4, 5, 6], 6)]
)
def test_a_channel_that_is_not_here_is_named(channels, missing):
    panel = held(SERIES)
    for read in (panel.places, lambda c: panel.take(slice(None), c), lambda c: panel.only(c).values):
        with pytest.raises(LookupError, match=f"channel {missing} is not here, but with another rank"):
            read(np.array(channels))
    with pytest.raises(ValueError, match="only 3 of 7 channels are here"):
        _ = panel.values


def test_channels_that_are_here_may_be_shown_alone():
    panel = held(SERIES, channel_names=tuple("abcdefg"))
    shown = panel.only(np.array([1, 5]))
    assert shown.n_channels == 2
    assert shown.channel_names == ("b", "f")
    np.testing.assert_array_equal(shown.values, SERIES[:, [0, 2]])
    np.testing.assert_array_equal(shown.take(slice(3), np.array([1])), SERIES[:3, [2]])
    np.testing.assert_array_equal(shown.places(np.array([0, 1])), [0, 2])


def test_a_panel_without_a_channel_of_its_own_knows_the_cases():
    panel = HeldChannels(as_panel(SERIES[:, :0], may_lack="channels"), np.array([], int), 7)
    assert (panel.n_cases, panel.n_channels, panel.n_timepoints) == (5, 7, 12)
    assert panel.take(slice(None), np.array([], int)).shape == (5, 0, 12)
    with pytest.raises(LookupError, match="channel 0 is not here"):
        panel.take(slice(None), np.array([0]))


def held_cases(x, rank=1, starts=(0, 2, 4), n_cases=5):
    """A panel of the second of three ranks, which holds the cases 2 and 3."""
    lengths = np.full(n_cases, x.shape[2], np.int32)
    return HeldCases(as_panel(x, missing="zero", may_lack="cases"), rank, np.array(starts), lengths, Panel)


def test_cases_that_are_here_have_the_numbers_that_they_have_among_all():
    panel = held_cases(SERIES[2:4])
    assert (panel.n_cases, panel.n_channels, panel.n_timepoints) == (5, SERIES.shape[1], 12)
    assert (panel.first, panel.end) == (2, 4)
    np.testing.assert_array_equal(panel.raw(slice(2, 4), np.array([1])), SERIES[2:4, [1]])
    np.testing.assert_array_equal(panel.raw(np.array([3, 2, 3]), np.array([0, 2])), SERIES[[3, 2, 3]][:, [0, 2]])
    np.testing.assert_array_equal(panel.raw_pairs(np.array([3, 2]), np.array([0, 1])), SERIES[[3, 2], [0, 1]])
    assert panel.raw(slice(0, 0), np.array([0])).shape == (0, 1, 12)
    assert panel.are_here(np.arange(5)).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("cases", [slice(1, 3), slice(3, 5), slice(None), np.array([2, 4]), np.array([1])])
def test_cases_that_are_elsewhere_are_not_read(cases):
    panel = held_cases(SERIES[2:4])
    with pytest.raises(LookupError, match=r"case \d is not here, but with another rank"):
        panel.raw(cases, np.array([0]))
    with pytest.raises(ValueError, match="only 2 of 5 cases are here"):
        _ = panel.values


@pytest.mark.parametrize(("left", "first", "end"), [([0, 2, 3], 1, 3), ([1, 3, 4], 1, 2), ([0, 1, 4], 2, 2)])
def test_some_of_the_cases_that_ranks_hold_are_numbered_anew(left, first, end):
    panel = held_cases(SERIES[2:4]).that_count(np.array(left))
    assert (panel.n_cases, panel.n_timepoints, panel.first, panel.end) == (3, 12, first, end)
    block = panel.raw(slice(first, end), np.arange(SERIES.shape[1]))
    np.testing.assert_array_equal(block, SERIES[left][first:end, :, : block.shape[2]])
    assert len(block) == end - first


def test_gaps_of_cases_that_do_not_count_are_none():
    """Once, a case of no weight changed how the others were rounded."""
    x = SERIES.astype(np.float64)
    x[2, 0, 3] = np.nan
    very_unequal = as_panel([*x, *[x[0, :, :1]] * 40], missing="zero")
    assert type(very_unequal) is RaggedPanel
    for panel in (as_panel(x, missing="zero"), very_unequal, held_cases(x[2:4])):
        assert not panel.complete
        assert panel.that_count(np.array([1, 3, 4])).complete
        assert not panel.that_count(np.array([0, 2, 3])).complete


def test_a_value_of_another_rank_is_named_by_its_number_among_all_cases():
    """Once, a rank that looked for gaps in the cases that count named it by its number among these."""
    x, weights = SERIES.astype(np.float64), [0, 1, 1, 1, 1]
    x[0, 0, 3], x[4, 1, 2] = np.nan, np.inf  # the first is with rank 0, the other with rank 1
    errors = on_ranks(2, lambda comm: LightWaveS(missing="zero").fit(x, Y, sample_weight=weights, comm=comm))
    assert all("X contains infinity: case 4, channel 1" in str(error) for error in errors), errors


def test_the_kind_of_a_panel_follows_from_lengths_and_from_where_the_series_are(monkeypatch):
    even, uneven, float32 = np.full(5, 12, np.int32), np.array([1, 1, 1, 1, 12], np.int32), np.dtype(np.float32)
    assert kind_of_panel(even, 3, float32, in_files=False) is Panel
    assert kind_of_panel(even, 3, float32, in_files=True) is Panel
    assert kind_of_panel(uneven, 3, float32, in_files=False) is RaggedPanel
    assert type(as_panel([SERIES[0, :, :n] for n in uneven])) is RaggedPanel
    monkeypatch.setattr(module, "AT_ONCE", 5 * 3 * 12 * 4 - 1)
    assert kind_of_panel(even, 3, float32, in_files=True) is StoredPanel
    assert kind_of_panel(even, 3, float32, in_files=False) is Panel


def test_gaps_of_the_cases_that_are_here_are_filled():
    x = SERIES[2:4].astype(np.float64)
    x[1, 0, 3] = np.nan
    filled = held_cases(x).filled("zero", np.arange(SERIES.shape[1]) + 7.0)
    assert type(filled) is HeldCases
    assert filled.raw(np.array([3]), np.array([0]))[0, 0, 3] == 7.0
    whole = held_cases(SERIES[2:4])
    assert whole.filled("zero", np.zeros(SERIES.shape[1])) is whole


@pytest.mark.parametrize("cases", [None, np.array([4, 2, 2, 0]), np.array([4, 3, 1, 0, 2])])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, lambda x: x.astype(float)])
def test_a_plan_is_computed_of_the_channels_that_a_panel_holds(cases, layout):
    everything = np.random.default_rng(0).normal(size=(5, 7, 60)).astype(np.float32)
    plan = WaveletScattering(max_dilation=2).fit(everything).plan_
    mine = plan[np.flatnonzero(np.isin(plan.channel, HELD))]
    n_cases = 5 if cases is None else len(cases)
    panel = HeldChannels(as_panel(layout(everything[:, HELD])), HELD, 7)
    for some in (mine, mine[:40]):
        found = some.rows(panel, cases=cases)[:-1, :n_cases]
        np.testing.assert_array_equal(found, some.rows(as_panel(everything), cases=cases)[:-1, :n_cases])
    with pytest.raises(LookupError, match="channel 0 is not here"):
        plan.rows(panel, cases=cases)


@pytest.mark.parametrize("n_cases", [1, 4, 9])
@pytest.mark.parametrize("n_parts", [1, 2, 4])
def test_of_several_ranks_each_looks_for_missing_values_in_a_part(n_parts, n_cases):
    for case in range(n_cases):
        x = np.zeros((n_cases, 2, 3))
        x[case, 1, 2] = np.nan
        errors = []
        for part in range(n_parts):
            try:
                as_panel(x, share=(part, n_parts))
            except ValueError as error:
                errors.append(str(error))
        assert len(errors) == 1, "found, and by one only"
        assert f"contains NaN: case {case}, channel 1, time point 2" in errors[0]


def test_an_array_of_no_cases_is_taken_where_it_may_lack_them_only():
    with pytest.raises(ValueError, match="no cases"):
        as_panel(np.zeros((0, 4, 9)))
    assert as_panel(np.zeros((0, 4, 9)), may_lack="cases").n_cases == 0
    for shape in ((0,), (0, 0, 9), (0, 4, 0), (0, 0)):
        with pytest.raises(ValueError, match="minimum of 1 is required"):
            as_panel(np.zeros(shape), may_lack="cases")


def test_an_array_of_no_channels_is_taken_where_it_may_be_empty_only():
    with pytest.raises(ValueError, match=r"0 channel\(s\); a minimum of 1 is required"):
        as_panel(np.zeros((4, 0, 9)))
    panel = as_panel(np.zeros((4, 0, 9)), may_lack="channels")
    assert (panel.n_cases, panel.n_channels, panel.n_timepoints) == (4, 0, 9)
    for shape in ((0, 0, 9), (4, 0, 0), (4, 2, 0)):
        with pytest.raises(ValueError, match="a minimum of 1 is required"):
            as_panel(np.zeros(shape), may_lack="channels")
