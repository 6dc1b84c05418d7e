"""Missing values: filled case by case as the parameter says, the same for every layout, thread and rank, and kept."""

import pickle
import tracemalloc

import numpy as np
import oracle
import pytest
from ranks import on_ranks
from sklearn.base import clone
from sklearn.utils import get_tags

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    MultiRocket,
    Prism,
    WaveletScattering,
    channels_of_rank,
    load,
    load_basic_motions,
    save,
)
from lightwaves.panel import as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.parallel.crew import Crew, groups_of
from lightwaves.search.moments import moments

WHOLE, Y = load_basic_motions("train")
WHOLE = WHOLE[::2, :, :40].copy()
Y = Y[::2]
N_CASES, N_CHANNELS, N_TIMEPOINTS = WHOLE.shape


def with_gaps():
    """A tenth of the values missing, of one channel the beginning, of another the end, of one case a whole channel."""
    x, rng = WHOLE.copy(), np.random.default_rng(0)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[3, 0, :9] = x[4, 1, 30:] = x[5, 2] = np.nan
    return x


X = with_gaps()
KINDS = {
    "detachment": {"bank": [Prism(160), MultiRocket(672)], "search_candidates": 120, "random_state": 0},
    "mRMR": {"bank": WaveletScattering(levels=(1,), max_dilation=2), "selection": "mrmr"},
}
WAYS = ["interpolate", "zero"]


def by_hand(x, values, missing, dtype=np.float32):
    """The series that a model sees: what is filled in is float64 there."""
    rows, n_cases = x.reshape(-1, x.shape[2]), len(x)
    lengths = np.full(len(rows), x.shape[2])
    filled = oracle.fill_gaps(rows, lengths, np.tile(values, n_cases), missing == "interpolate")
    return filled.reshape(x.shape).astype(dtype)


def model(missing, kind="mRMR", cls=LightWaveS, **parameters):
    return cls(n_features=12, missing=missing, **KINDS[kind], **parameters)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", WAYS)
def test_without_scaling_a_fit_is_that_of_the_series_filled_by_hand(missing, kind):
    options = {"scale": False, "screen_channels": False}
    found = model(missing, kind, LightWaveSClassifier, **options).fit(X, Y)
    filled = by_hand(X, np.zeros(N_CHANNELS), missing)
    expected = model("error", kind, LightWaveSClassifier, **options).fit(filled, Y)
    assert found.plan_ == expected.plan_
    np.testing.assert_array_equal(found.decision_function(X), expected.decision_function(filled))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", WAYS)
def test_a_missing_value_becomes_the_training_mean_of_what_is_there(missing, kind):
    fitted = model(missing, kind).fit(X, Y)
    own = X.transpose(1, 0, 2).reshape(N_CHANNELS, -1).astype(np.float64)
    np.testing.assert_allclose(fitted.plan_.shift, np.nanmean(own, axis=1), rtol=1e-12)
    np.testing.assert_allclose(fitted.plan_.scale, np.nanstd(own, axis=1), rtol=1e-12)
    filled = by_hand(X, fitted.plan_.shift, missing)
    np.testing.assert_allclose(fitted.transform(X), fitted.set_params(missing="error").transform(filled), rtol=1e-4)


LAYOUTS = {
    "float64": lambda x, _: x.astype(np.float64),
    "big endian": lambda x, _: x.astype(">f4"),
    "Fortran order": lambda x, _: np.asfortranarray(x),
    "list": lambda x, _: list(x),
    "mapping": lambda x, _: {name: x[:, c] for c, name in enumerate("abcdef")},
    "memory-mapped": lambda x, folder: (np.save(folder / "x.npy", x), np.load(folder / "x.npy", mmap_mode="r"))[1],
}


@pytest.mark.slow
@pytest.mark.parametrize("missing", WAYS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_neither_layout_nor_threads_change_a_bit(layout, missing, tmp_path):
    expected, given = model(missing).fit(X, Y), LAYOUTS[layout](X, tmp_path)
    found = model(missing, n_jobs=2).fit(given, Y)
    np.testing.assert_array_equal(found.plan_.shift, expected.plan_.shift)
    np.testing.assert_array_equal(found.transform(given), expected.transform(X))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", WAYS)
def test_a_case_is_filled_by_itself_whatever_its_length(missing, kind):
    series = [x[:, : 15 + n] for n, x in enumerate(X)]
    fitted = model(missing, kind, LightWaveSClassifier).fit(series, Y)
    own = np.concatenate(series, axis=1).astype(np.float64)
    np.testing.assert_allclose(fitted.plan_.shift, np.nanmean(own, axis=1), rtol=1e-12)
    together = fitted.transform(series)
    for n, x in enumerate(series):
        np.testing.assert_allclose(fitted.transform([x])[0], together[n], rtol=1e-5, atol=1e-6)
        filled = by_hand(x[np.newaxis], fitted.plan_.shift, missing, np.float64)[0]
        np.testing.assert_array_equal(fitted.plan_.apply_one(filled), fitted.transform([x])[0])


@pytest.mark.parametrize("missing", WAYS)
def test_one_case_is_filled_as_many_are(missing):
    fitted = model(missing, cls=LightWaveSClassifier).fit(X, Y)
    assert [fitted.predict_one(x) for x in X] == fitted.predict(X).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_missing_the_parameter_changes_nothing(kind):
    expected = model("error", kind).fit(WHOLE, Y)
    for missing in WAYS:
        found = model(missing, kind).fit(WHOLE, Y)
        assert found.plan_ == expected.plan_
        np.testing.assert_array_equal(found.transform(WHOLE), expected.transform(WHOLE))
    panel = as_panel(WHOLE, missing="zero")
    assert panel.filled("zero", np.zeros(N_CHANNELS)) is panel, "nothing is copied"


def fitted_by_ranks(n_ranks, estimator, x, held):
    """The models of ranks that have all channels, or each its own."""

    def fit(comm):
        mine = channels_of_rank(N_CHANNELS, estimator.group_size, comm)
        return clone(estimator).fit(x[:, mine] if held else x, Y, comm=comm, channels=mine if held else None)

    return on_ranks(n_ranks, fit)


@pytest.mark.slow
@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", WAYS)
def test_ranks_end_with_the_model_of_one_process(missing, kind, held):
    estimator = model(missing, kind, LightWaveSClassifier, group_size=2)
    expected = clone(estimator).fit(X, Y)
    for found in fitted_by_ranks(3, estimator, X, held):
        assert found.plan_ == expected.plan_
        np.testing.assert_array_equal(found.decision_function(X), expected.decision_function(X))


@pytest.mark.slow
@pytest.mark.parametrize("gaps", ["none", "in one channel"])
@pytest.mark.parametrize("held", [False, True])
def test_ranks_without_a_gap_end_with_the_model_of_one_process(held, gaps):
    x = 3.7 * WHOLE + np.float32(11.3)  # less its mean, in float64 and in float32, this is not the same
    if gaps != "none":
        x[2, 5, 7] = np.nan  # which the second rank holds, or the first looks at
    estimator = model("interpolate", "detachment", group_size=3)
    expected = clone(estimator).fit(x, Y)
    for found in fitted_by_ranks(2, estimator, x, held):
        assert found.plan_ == expected.plan_


def test_moments_of_a_channel_without_gaps_are_the_same_to_the_bit():
    x = X.copy()
    x[:, [1, 4]] = WHOLE[:, [1, 4]]
    for found, expected in zip(
        moments(as_panel(x, missing="zero"), groups_of(N_CHANNELS, None), Crew()),
        moments(as_panel(WHOLE), groups_of(N_CHANNELS, None), Crew()),
        strict=True,
    ):
        np.testing.assert_array_equal(found[[1, 4]], expected[[1, 4]])
        assert (found != expected).sum() == 4


@pytest.mark.slow
def test_a_channel_without_any_value_is_warned_of_and_never_read():
    x = X.copy()
    x[:, 2] = np.nan
    for selection in ({"selection": "detach", "random_state": 0}, {"selection": "mrmr"}):
        fitted = LightWaveSClassifier(n_features=12, missing="interpolate", **selection)
        with pytest.warns(UserWarning, match=r"X has no value in the channels \[2\]: they count as constant"):
            fitted.fit(x, Y)
        assert 2 not in fitted.channels_
        np.testing.assert_array_equal(fitted.predict(x), fitted.predict(X))


@pytest.mark.parametrize("kind", KINDS)
def test_series_without_any_value_are_refused(kind):
    with pytest.raises(ValueError, match="X has no value at all"):
        model("zero", kind).fit(X * np.nan, Y)


@pytest.mark.parametrize("missing", WAYS)
def test_files_copies_and_narrowed_models_fill_as_before(missing, tmp_path):
    fitted = model(missing, cls=LightWaveSClassifier).fit(X, Y)
    save(fitted, tmp_path / "model")
    for copy in (load(tmp_path / "model"), pickle.loads(pickle.dumps(fitted))):
        assert copy.missing == missing
        np.testing.assert_array_equal(copy.decision_function(X), fitted.decision_function(X))
    small = fitted.narrowed()
    np.testing.assert_array_equal(small.decision_function(X[:, fitted.channels_]), fitted.decision_function(X))


def test_gaps_in_new_data_alone_are_filled_once_the_parameter_says_so():
    fitted = model("error", cls=LightWaveSClassifier).fit(WHOLE, Y)
    with pytest.raises(ValueError, match="X contains NaN"):
        fitted.predict(X)
    fitted.set_params(missing="zero")
    filled = by_hand(X, fitted.plan_.shift, "zero")
    np.testing.assert_allclose(fitted.decision_function(X), fitted.decision_function(filled), rtol=1e-4)
    with pytest.raises(ValueError, match="missing must be one of"):
        fitted.set_params(missing="median").predict(X)


@pytest.mark.parametrize(("missing", "error"), [("median", ValueError), (None, TypeError), (True, TypeError)])
def test_another_word_is_refused(missing, error):
    with pytest.raises(error, match=r"missing must be one of \('error', 'interpolate', 'zero'\)"):
        model(missing).fit(WHOLE, Y)


def test_scikit_learn_is_told_the_truth():
    assert not get_tags(LightWaveSClassifier()).input_tags.allow_nan
    assert not get_tags(Prism()).input_tags.allow_nan
    assert get_tags(LightWaveS(missing="zero")).input_tags.allow_nan


@pytest.mark.parametrize("missing", WAYS)
def test_a_mapped_file_is_filled_block_by_block(missing, tmp_path, monkeypatch):
    monkeypatch.setattr("lightwaves.plans.plan.BLOCK", 1 << 12)
    monkeypatch.setattr("lightwaves.containers.values.CHUNK", 1 << 12)
    fitted = model(missing).fit(X, Y)
    np.save(tmp_path / "x.npy", np.tile(X, (100, 1, 1)))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    expected = fitted.transform(X)
    tracemalloc.start()
    found = fitted.transform(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(found, np.tile(expected, (100, 1)))
    assert peak < x.nbytes / 4


def test_a_rank_that_meets_nan_where_it_did_not_look_names_it():
    clean = WHOLE.astype(np.float64)

    def fit(comm):
        x = clean.copy()
        if comm.rank == 1:
            x[1, 4, 7] = np.nan  # rank 1 looks at later cases; the digest of the data sees neither case nor channel
        return LightWaveS(n_features=5, search_candidates=200, random_state=0).fit(x, Y, comm=comm)

    errors = on_ranks(2, fit)
    assert len(errors) == 2
    assert all("X contains NaN: case 1, channel" in str(error) and "time point 7" in str(error) for error in errors)
    assert not any("scale" in str(error) for error in errors)


@pytest.mark.parametrize("cases", [slice(None), slice(2, 6), np.array([5, 0, 5])])
@pytest.mark.parametrize("missing", WAYS)
def test_a_filled_panel_gives_the_same_by_every_way(cases, missing):
    values = np.arange(6.0)
    expected = by_hand(X, values, missing)
    channels = np.array([1, 2, 4])
    whole = as_panel(X.astype(np.float64), missing=missing)
    held = HeldChannels(as_panel(X[:, 1:5], missing=missing), np.arange(1, 5), 6)
    for panel in (whole, held):
        filled = panel.filled(missing, values)
        assert filled.in_place is None
        np.testing.assert_allclose(filled.take(cases, channels), expected[cases][:, channels], rtol=1e-6)
        shown = filled.only(channels)
        assert shown.in_place is None
        np.testing.assert_allclose(shown.raw(cases, np.array([0, 2])), expected[cases][:, [1, 4]], rtol=1e-6)
        np.testing.assert_allclose(
            shown.raw_pairs(np.array([5, 5, 0]), np.array([1, 0, 2])), expected[[5, 5, 0], [2, 1, 4]], rtol=1e-6
        )
    assert np.isnan(X).any(), "what was given stays as it was"
