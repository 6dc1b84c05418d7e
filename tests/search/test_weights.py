"""Weights in the search: none is one, zero is absence, two is twice, and whoever shares the work finds the same."""

import numpy as np
import pytest
from ranks import on_ranks
from sklearn.base import clone
from wide import sweep

from lightwaves import LightWaveS, LightWaveSClassifier, WaveletScattering, channels_of_rank, load_basic_motions
from lightwaves import load_japanese_vowels as load_vowels
from lightwaves.panel import as_panel
from lightwaves.panel.ragged import RaggedPanel
from lightwaves.search.roles import draw_cases
from lightwaves.selection import products

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
WEIGHTS = np.random.default_rng(0).uniform(0.2, 3, len(Y))
SMALL = {"n_features": 20, "search_candidates": 400, "random_state": 0}
SELECTIONS = [SMALL, {"n_features": 20, "selection": "mrmr"}, SMALL | {"frugality": 0.3, "search_cases": 30}]


def is_same(one, two, series=X):
    return (
        one.plan_ == two.plan_
        and np.array_equal(one.feature_scores_, two.feature_scores_)
        and np.array_equal(one.predict_proba(series), two.predict_proba(series))
    )


@pytest.mark.parametrize("options", SELECTIONS, ids=str)
def test_weights_of_one_change_no_bit(options):
    plain = LightWaveSClassifier(**options).fit(X, Y)
    for ones in (np.ones(40), [1] * 40, 1, 1.0):
        assert is_same(LightWaveSClassifier(**options).fit(X, Y, sample_weight=ones), plain)
    assert is_same(LightWaveSClassifier(**options, class_weight={}).fit(X, Y), plain)
    assert is_same(LightWaveSClassifier(**options, class_weight="balanced").fit(X, Y), plain), "ten of each"


OTHERS, WAYS = ("one", "any"), ("array", "list", "ragged")
TURNS = [  # each selection in each way, with the weights of the others now so, now so
    [(s, OTHERS[(i + j + more) % 2], way) for i, s in enumerate(SELECTIONS) for j, way in enumerate(WAYS)]
    for more in (0, 1)
]


@pytest.mark.parametrize(("options", "others", "way"), sweep(*TURNS), ids=str)
def test_a_case_without_weight_is_absent_to_the_bit(options, others, way):
    kept = np.random.default_rng(1).permutation(40) > 7
    weights = np.where(kept, 1.0 if others == "one" else WEIGHTS, 0.0)
    series = {
        "array": X,
        "list": [x[:, : 60 + i % 7] for i, x in enumerate(X)],
        "ragged": [x[:, : 100 if i in (3, int(np.flatnonzero(~kept)[0])) else 20 + i % 7] for i, x in enumerate(X)],
    }[way]
    assert (type(as_panel(series)) is RaggedPanel) == (way == "ragged")
    without = X[kept] if way == "array" else [x for x, k in zip(series, kept, strict=True) if k]
    model = LightWaveSClassifier(**options).fit(series, Y, sample_weight=weights)
    expected = LightWaveSClassifier(**options).fit(without, Y[kept], sample_weight=weights[kept])
    assert is_same(model, expected, series)


def test_a_class_without_weight_is_absent():
    gone, label = np.isin(Y, Y[:1]), Y[0]
    model = LightWaveSClassifier(**SMALL).fit(X, Y, sample_weight=~gone)
    assert label not in model.classes_
    assert is_same(model, LightWaveSClassifier(**SMALL).fit(X[~gone], Y[~gone]))
    by_class = LightWaveSClassifier(**SMALL, class_weight={label: 0}).fit(X, Y)
    assert is_same(by_class, model)


@pytest.mark.parametrize("lengths", [[100], [100, 40, 71]], ids=["equal", "unequal"])
@pytest.mark.parametrize(
    "options",
    [
        {"selection": "mrmr", "n_features": 40},
        {"selection": "mrmr", "n_features": 40, "frugality": 0.5, "scale": False},
        {"n_features": 30, "search_candidates": 10_000},
    ],
    ids=str,
)
def test_whole_weights_are_repeated_cases(options, lengths, monkeypatch):
    monkeypatch.setattr(products, "PENALTIES", np.array([1.0]))  # its choice leaves a case out, of two equal ones one
    rng = np.random.default_rng(2)
    weights = rng.integers(0, 4, 40)
    often = np.repeat(np.arange(40), weights)
    series = [x[:, : lengths[i % len(lengths)]] for i, x in enumerate(X)]
    bank = WaveletScattering(levels=(1,), max_dilation=4)
    one = LightWaveS(bank, **options).fit(series, Y, sample_weight=weights)
    other = LightWaveS(bank, **options).fit([series[i] for i in often], Y[often])
    assert list(one.get_feature_names_out()) == list(other.get_feature_names_out())
    np.testing.assert_allclose(one.plan_.shift, other.plan_.shift, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.plan_.scale, other.plan_.scale, rtol=1e-12)
    np.testing.assert_allclose(one.feature_scores_, other.feature_scores_, rtol=1e-3)
    np.testing.assert_allclose(one.channel_importances_, other.channel_importances_, rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("way", ["padded", "ragged"])
def test_moments_of_channels_count_cases_by_their_weights(dtype, way):
    rng = np.random.default_rng(0)
    lengths = [60 if way == "padded" or i == 4 else 9 for i in range(20)]
    series = [(1e4 * rng.standard_normal((3, n)) + 1e6).astype(dtype) for n in lengths]
    for x in series:
        x[1] = 7
    weights = rng.uniform(0.1, 4, 20)
    panel = as_panel(series)
    assert (type(panel) is RaggedPanel) == (way == "ragged")
    mean, deviation = panel.moments(np.arange(3), weights)
    values, times = np.concatenate(series, axis=1).astype(np.float64), np.repeat(weights, lengths)
    expected = np.average(values, axis=1, weights=times)
    np.testing.assert_allclose(mean, expected, rtol=1e-12)
    spread = np.sqrt(np.average((values - expected[:, np.newaxis]) ** 2, axis=1, weights=times))
    np.testing.assert_allclose(deviation[[0, 2]], spread[[0, 2]], rtol=1e-9)
    assert deviation[1] == 0


# --- whoever shares the work ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        *SELECTIONS,
        SMALL | {"search_candidates": 35},
        SMALL | {"search_candidates": 100, "n_features": "auto"},
        SMALL | {"group_size": 2},
    ],
    ids=str,
)
def test_ranks_and_threads_find_the_same_with_weights(options):
    model = LightWaveSClassifier(**options)
    alone = clone(model).fit(X, Y, sample_weight=WEIGHTS)
    assert not is_same(alone, clone(model).fit(X, Y))
    assert is_same(clone(model).set_params(n_jobs=3).fit(X, Y, sample_weight=WEIGHTS), alone)
    for size in sweep([3], [2]):
        for found in on_ranks(size, lambda comm: clone(model).fit(X, Y, sample_weight=WEIGHTS, comm=comm)):
            assert is_same(found, alone)


@pytest.mark.parametrize("size", [2, 4])
def test_data_that_lie_apart_or_are_of_unequal_length_give_the_same_with_weights(size):
    series, labels = (of_all[::4] for of_all in load_vowels("train"))
    weights = np.random.default_rng(0).uniform(0, 2, len(labels))
    weights[[0, 17]] = 0
    model = LightWaveSClassifier(**SMALL, group_size=3, class_weight="balanced")
    alone = clone(model).fit(series, labels, sample_weight=weights)

    def fit(comm):
        mine = channels_of_rank(12, 3, comm)
        part = [x[mine] for x in series]
        return clone(model).fit(part, labels, sample_weight=weights, comm=comm, channels=mine)

    for found in on_ranks(size, fit):
        assert found.plan_ == alone.plan_
        np.testing.assert_array_equal(found.predict(series), alone.predict(series))


def test_ranks_must_be_given_the_same_weights():
    def fit(comm):
        weights = WEIGHTS if comm.rank < 2 else WEIGHTS[::-1]
        return LightWaveS(**SMALL).fit(X, Y, sample_weight=weights, comm=comm)

    for error in on_ranks(3, fit):
        assert isinstance(error, ValueError)
        assert "weights of the cases" in str(error)
        assert "rank 2" in str(error)
    mixed = on_ranks(2, lambda comm: LightWaveS(**SMALL).fit(X, Y, sample_weight=[None, WEIGHTS][comm.rank], comm=comm))
    assert all("weights of the cases" in str(error) for error in mixed)


def test_bad_weights_on_one_rank_are_an_error_on_all():
    def fit(comm):
        return LightWaveS(**SMALL).fit(X, Y, sample_weight=-WEIGHTS if comm.rank else WEIGHTS, comm=comm)

    first, second = on_ranks(2, fit)
    assert isinstance(second, ValueError)
    assert isinstance(first, RuntimeError)
    assert "negative" in str(first)


def test_a_checkpoint_is_of_certain_weights(tmp_path):
    labels = np.repeat([3, 4, 5, 6], 10)
    model = LightWaveSClassifier(**SMALL, class_weight={3: 2, 4: 1.5})
    model.fit(X, labels, sample_weight=WEIGHTS, checkpoint=tmp_path)
    again = clone(model).fit(X, labels, sample_weight=WEIGHTS, checkpoint=tmp_path)
    assert is_same(again, model)
    with pytest.raises(ValueError, match="of another search: weights of the cases"):
        clone(model).fit(X, labels, sample_weight=WEIGHTS[::-1], checkpoint=tmp_path)
    with pytest.raises(ValueError, match="of another search"):
        clone(model).set_params(class_weight={3: 3}).fit(X, labels, sample_weight=WEIGHTS, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="of another search"):
        clone(model).fit(X, labels, checkpoint=tmp_path)


# --- cases that are drawn -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_drawn", [2, 5, 20, 99])
@pytest.mark.parametrize("rare", [1, 2, 3])
def test_a_rare_class_is_never_lost_where_cases_are_drawn(n_drawn, rare):
    y = np.random.default_rng(0).permutation(np.r_[np.zeros(500, int), np.ones(100, int), np.full(rare, 2)])
    for seed in range(20):
        drawn = draw_cases(y, n_drawn, np.random.RandomState(seed))
        counts = np.bincount(y[drawn], minlength=3)
        assert counts.min() >= 1
        assert counts.tolist() == [max(1, n * n_drawn // len(y)) for n in (500, 100, rare)]
        assert len(drawn) <= max(3, n_drawn + 2)
        assert (np.diff(drawn) > 0).all()


def test_all_cases_are_taken_where_there_are_no_more_and_others_in_turn():
    y = np.arange(30) % 3
    state = np.random.RandomState(0)
    before = state.get_state()[1].tolist()
    assert draw_cases(y, 30, state).tolist() == list(range(30))
    assert state.get_state()[1].tolist() == before, "nothing is drawn"
    seen = set().union(*(draw_cases(y, 6, np.random.RandomState(seed)).tolist() for seed in range(40)))
    assert seen == set(range(30))
