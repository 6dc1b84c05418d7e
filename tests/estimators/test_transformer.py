"""The main estimators: what they keep, that nothing but the data decides it, and what they refuse."""

import pickle
import re
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from features import same
from lengths import OTHER_LENGTHS
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import f_classif
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.preprocessing import StandardScaler
from wide import cover

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.banks import Bank, default_banks
from lightwaves.estimators import transformer
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.parallel.comm import SerialComm
from lightwaves.plans import Plan
from lightwaves.plans.wavelet import STATISTICS
from lightwaves.selection.detachment import SHRINKING
from lightwaves.selection.products import PENALTIES

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
SMALL = WaveletScattering(levels=(1,), max_dilation=4)


def state_of(model):
    """Every attribute by identity: equal only if nothing was touched."""
    return {name: id(value) for name, value in vars(model).items()}


# --- what it keeps ------------------------------------------------------------------------------------------


def test_it_keeps_as_many_features_as_asked_for(motions):
    assert motions.transform(X_TEST).shape == (40, 100)
    assert len(motions.plan_) == len(motions.feature_scores_) == len(motions.get_feature_names_out()) == 100
    assert len(set(motions.get_feature_names_out())) == 100


def test_names_say_what_the_plan_computes(paper):
    kernels = list(combinations(range(9), 3))
    plan = paper.plan_
    for row, name in enumerate(paper.get_feature_names_out()):
        channel, kernel, dilation, level, statistic = re.fullmatch(
            r"ch(\d+)_k(\d{3})_d(\d+)_L([12])_(\w+)", name
        ).groups()
        assert int(channel) == plan.channel[row]
        assert tuple(map(int, kernel)) == kernels[plan.kernel[row]]
        assert int(dilation) == plan.dilation[row]
        assert int(level) == plan.level[row]
        assert statistic == STATISTICS[plan.statistic[row]]


def test_names_of_what_goes_in_are_those_of_fit(motions):
    assert (
        motions.get_feature_names_out(["a", "b", "c", "d", "e", "f"]).tolist()
        == motions.get_feature_names_out().tolist()
    )
    with pytest.raises(ValueError, match="input_features should have length equal"):
        motions.get_feature_names_out(["a", "b"])


def test_names_that_were_given_are_used():
    names = ["ax", "ay", "az", "gx", "gy", "gz"]
    model = LightWaveS(n_features=20, selection="mrmr", channel_names=names).fit(X, Y)
    assert {name.split("_")[0] for name in model.get_feature_names_out()} == {names[i] for i in model.channels_}
    model.set_params(selection="detach", random_state=0).fit(X, Y)
    read = {part for name in model.get_feature_names_out() for part in re.split(r"[^a-z]", name)} & set(names)
    assert read == {names[i] for i in model.channels_}


def test_the_channel_that_tells_the_classes_apart_is_found():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((40, 5, 60))
    y = np.arange(40) % 2
    noise[y == 1, 3] += np.sin(np.arange(60))
    model = LightWaveSClassifier(n_features=20, bank=SMALL, search_candidates=600, random_state=0).fit(noise, y)
    assert model.channel_importances_.argmax() == 3
    assert 3 in model.channels_


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_channel_importances_are_shares(kind, selection):
    model = kind(n_features=10, selection=selection, random_state=0).fit(X, Y)
    assert model.channel_importances_.shape == (6,)
    assert model.channel_importances_.sum() == pytest.approx(1)
    assert model.channel_importances_.min() >= 0
    assert model.channels_.tolist() == np.flatnonzero(model.channel_importances_).tolist()


def test_channel_importances_are_shares_of_the_explained_variance():
    model = LightWaveS(n_features=30, selection="mrmr").fit(X, Y)
    Z = model.transform(X).astype(np.float64)
    between = sum((k == Y).sum() * (Z[k == Y].mean(axis=0) - Z.mean(axis=0)) ** 2 for k in np.unique(Y))
    explained = np.bincount(model.plan_.channel, between / ((Z - Z.mean(axis=0)) ** 2).sum(axis=0), minlength=6)
    np.testing.assert_allclose(model.channel_importances_, explained / explained.sum(), rtol=1e-4)


def test_only_the_kept_channels_are_read():
    model = LightWaveSClassifier(SMALL, n_features=5, honest=False).fit(X, Y)
    unread = np.setdiff1d(np.arange(6), model.channels_)
    assert len(unread)
    changed = X_TEST.copy()
    changed[:, unread] = 1e9
    np.testing.assert_array_equal(model.decision_function(changed), model.decision_function(X_TEST))


def test_channels_of_an_unfitted_model_are_not_there():
    with pytest.raises(NotFittedError):
        _ = LightWaveS().channels_
    with pytest.raises(NotFittedError):
        _ = LightWaveS().channel_importances_
    with pytest.raises(NotFittedError):
        LightWaveSClassifier().predict(X)


@pytest.mark.parametrize("levels", [(1,), (2,), (1, 2), [2, 1]], ids=str)
def test_levels_say_how_often_a_kernel_is_applied(levels):
    model = LightWaveSClassifier(WaveletScattering(levels=levels), 200, "mrmr").fit(X, Y)
    assert set(model.plan_.level) == set(levels)
    assert model.score(X_TEST, Y_TEST) >= 0.9


def test_the_order_of_levels_does_not_matter():
    one, two = (LightWaveS(WaveletScattering(levels=v), 30, "mrmr").fit(X, Y) for v in ((1, 2), (2, 1)))
    assert one.plan_ == two.plan_


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_the_wide_variant_works(selection):
    model = LightWaveSClassifier(n_features=1500, selection=selection, random_state=0).fit(X, Y)
    assert len(model.plan_) == 1500
    assert model.score(X_TEST, Y_TEST) >= 0.95


def test_a_bank_with_too_few_candidates_warns_and_keeps_all():
    bank = WaveletScattering(levels=(1,), max_dilation=1)
    with pytest.warns(UserWarning, match="n_features=500, but the bank has only 336 candidates"):
        model = LightWaveSClassifier(bank=bank, scale=False).fit(X[:, 0], Y)
    assert len(model.plan_) == 336
    np.testing.assert_array_equal(model.transform(X_TEST[:, 0]), bank.fit_transform(X_TEST[:, 0]))


# --- detachment and what it begins with ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_detachment_tells_how_it_came_to_its_features_and_another_fit_forgets_it(kind):
    model = kind(SMALL, 30, "detach").fit(X, Y)
    assert model.bank_errors_.shape == (1,)
    assert model.candidate_channels_.tolist() == list(range(6))
    path = model.selection_path_
    assert path.dtype.names == ("n_features", "score", "honest_score", "standard_error")
    assert path["n_features"][0] == 6 * 84 * 3 * 4
    assert path["n_features"][-1] == len(model.plan_) == 30
    assert (np.diff(path["n_features"]) < 0).all()
    assert 0.9 <= path["score"].max() <= 1
    model.set_params(n_features=20).fit(X, Y)
    assert model.selection_path_["n_features"][-1] == 20
    model.set_params(selection="mrmr").fit(X, Y)
    for other in (model, kind(SMALL, 30, "mrmr").fit(X, Y)):
        assert not {"selection_path_", "bank_errors_", "candidate_channels_"} & set(vars(other))


@pytest.mark.parametrize("frugality", [0.0, 0.5, 2.0])
def test_the_scores_of_mrmr_are_the_f_statistics_of_the_features_whatever_the_frugality(frugality):
    noisy = X + 3 * np.random.default_rng(0).standard_normal(X.shape)
    bank = WaveletScattering(max_dilation=4)
    model = LightWaveS(bank, n_features=40, selection="mrmr", frugality=frugality).fit(noisy, Y)
    expected, _ = f_classif(model.transform(noisy).astype(np.float64), Y)
    np.testing.assert_allclose(model.feature_scores_, expected, rtol=1e-9)


def test_the_scores_of_detached_features_are_their_coefficients_in_the_last_ridge():
    model = LightWaveS(SMALL, 30, "detach", scale=False).fit(X, Y)
    everything = SMALL.fit_transform(X).astype(np.float64)
    targets = np.where(Y[:, np.newaxis] == np.unique(Y), 1.0, -1.0)
    ridge = RidgeCV(PENALTIES * everything.shape[1]).fit(StandardScaler().fit_transform(everything), targets)
    Z = StandardScaler().fit_transform(model.transform(X).astype(np.float64))
    last = Ridge(alpha=ridge.alpha_ * (30 / everything.shape[1]) ** SHRINKING).fit(Z, targets)
    expected = (np.abs(last.coef_.T) / targets.std(axis=0)).mean(axis=1)
    np.testing.assert_allclose(model.feature_scores_, expected, rtol=0.01)
    shares = np.bincount(model.plan_.channel, model.feature_scores_, minlength=6) / model.feature_scores_.sum()
    np.testing.assert_allclose(model.channel_importances_, shares)


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_candidates_are_drawn_by_random_state(selection):
    def plan(seed, n_drawn=500, bank=SMALL):
        model = LightWaveS(bank, 20, selection, search_candidates=n_drawn, random_state=seed)
        return model.fit(X, Y).plan_

    assert plan(0) == plan(0)
    assert plan(0) == plan(np.random.RandomState(0))
    assert plan(0) != plan(1)
    assert plan(0, 6048) == plan(1, 6048), "no draw where there are not more candidates"
    assert plan(0, 6048) == LightWaveS(SMALL, 20, selection).fit(X, Y).plan_
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    plan(None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_fewer_candidates_than_features_warn_and_are_all_kept(selection):
    with pytest.warns(UserWarning, match="n_features=50, but search_candidates=40; all are kept"):
        model = LightWaveS(SMALL, 50, selection, search_candidates=40, random_state=0).fit(X, Y)
    assert len(model.plan_) == 40


def test_a_list_of_one_bank_is_that_bank_and_a_tuple_is_a_list():
    banks = (SMALL, [SMALL], (SMALL,), [[SMALL]], ([SMALL],), [(SMALL,)])
    for selection in ("mrmr", "detach"):
        first, *others = (LightWaveS(bank, 20, selection).fit(X, Y) for bank in banks)
        assert all(other.plan_ == first.plan_ for other in others)


@dataclass(frozen=True, eq=False, kw_only=True)
class DifferencePlan(Plan):
    """The mean absolute difference of two channels, or, where both are the same, the mean absolute value of one."""

    first: np.ndarray
    second: np.ndarray

    ROWS = ("first", "second")

    def compute(self, x, lengths):
        """Sums over the case, by its length."""
        first, second = (x[:, np.searchsorted(self.channels, channel)] for channel in (self.first, self.second))
        return np.abs(first - second * (self.first != self.second)[:, np.newaxis]).sum(axis=2) / lengths[:, np.newaxis]

    @property
    def reads(self):
        """Both channels, once each."""
        pairs = sorted({(j, c) for row in (self.first, self.second) for j, c in enumerate(row.tolist())})
        feature, channel = np.array(pairs).reshape(-1, 2).T
        return feature, channel


class Differences(Bank):
    """All pairs of channels."""

    def candidates(self, panel, shift, scale, random_state):
        """Each pair once."""
        first, second = np.triu_indices(panel.n_channels)
        return DifferencePlan(first=first, second=second, shift=shift, scale=scale, n_timepoints=panel.n_timepoints)


@pytest.mark.parametrize("bank", [Differences(), [SMALL, Differences()]], ids=repr)
@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_a_feature_of_several_channels_counts_for_each_in_equal_parts(kind, selection, bank):
    model = kind(bank, 21, selection).fit(X, Y)
    assert model.channel_importances_.sum() == pytest.approx(1)
    assert model.channels_.tolist() == np.flatnonzero(model.channel_importances_).tolist()
    if kind is LightWaveSClassifier:
        weights = model.classifier_.importances_
    elif selection == "detach":
        weights = model.feature_scores_
    else:
        weights = model.feature_scores_ * 3 / (model.feature_scores_ * 3 + 36)
    expected = np.zeros(6)
    feature, channel = model.plan_.reads
    for j, weight in enumerate(weights):
        of_feature = channel[feature == j]
        assert len(of_feature) in (1, 2)
        expected[of_feature] += weight / len(of_feature)
    np.testing.assert_allclose(model.channel_importances_, expected / expected.sum())
    if not isinstance(bank, list):
        assert len(feature) == 15 * 2 + 6


# --- alternatives -------------------------------------------------------------------------------------------


class Swapped(Differences):
    """The same values, of other rows."""

    def candidates(self, panel, shift, scale, random_state):
        """Each pair once, the other way round."""
        plan = super().candidates(panel, shift, scale, random_state)
        return replace(plan, first=plan.second, second=plan.first)


def test_of_several_lists_the_one_with_the_smallest_error_is_taken():
    lists = [[Differences()], [SMALL], [Rocket(10, random_state=0)]]
    alone = [LightWaveS(banks, 15).fit(X, Y) for banks in lists]
    assert np.argmin([model.bank_errors_.item() for model in alone]) == 1
    for order in ([0, 1], [1, 2, 0], [1, 0]):
        model = LightWaveS([lists[i] for i in order], 15).fit(X, Y)
        assert order[np.argmin(model.bank_errors_)] == 1
        assert model.plan_ == alone[1].plan_
        np.testing.assert_array_equal(model.feature_scores_, alone[1].feature_scores_)
        same(model.selection_path_, alone[1].selection_path_)


@pytest.mark.parametrize("order", [[Differences(), Swapped()], [Swapped(), Differences()]], ids=repr)
def test_of_lists_that_do_equally_well_the_first_is_taken(order):
    model = LightWaveS([[bank] for bank in order], 15).fit(X, Y)
    assert model.bank_errors_[0] == model.bank_errors_[1]
    assert model.plan_ == LightWaveS(order[0], 15).fit(X, Y).plan_
    assert model.plan_ != LightWaveS(order[1], 15).fit(X, Y).plan_


def test_the_error_of_a_list_is_that_of_a_ridge_on_all_its_candidates_where_these_are_few():
    few, x = WaveletScattering(levels=(1,), max_dilation=1), X[:, :3]  # 1,008 candidates
    model = LightWaveS([[few], [Differences(), few]], 20, scale=False).fit(x, Y)
    targets = np.where(Y[:, np.newaxis] == np.unique(Y), 1.0, -1.0)
    for banks, error in zip(model.bank, model.bank_errors_, strict=True):
        everything = np.hstack([bank.fit_transform(x) for bank in banks]).astype(np.float64)
        standard = StandardScaler().fit_transform(everything)
        left_out = cross_val_predict(Ridge(0.3 * standard.shape[1]), standard, targets, cv=LeaveOneOut())
        assert error == pytest.approx(((targets - left_out) ** 2 / targets.var(axis=0)).mean(), rel=1e-3)
    assert model.bank_errors_[0] != pytest.approx(model.bank_errors_[1], rel=1e-3)


def test_too_few_candidates_of_the_list_that_is_taken_warn():
    lists = [[SMALL], [Differences()]]
    with pytest.warns(UserWarning, match="n_features=30, but the bank has only 21 candidates here"):
        LightWaveS([[Differences()], [Swapped()]], 30).fit(X, Y)
    assert len(LightWaveS(lists, 30).fit(X, Y).plan_) == 30, "the list that has too few is not taken"


# --- the default --------------------------------------------------------------------------------------------


def test_the_default_is_detachment_from_the_default_banks(motions):
    assert motions.bank_errors_.shape == (3,)
    said = {"n_features": 100, "selection": "detach", "screen_channels": True, "random_state": 0}
    model = LightWaveSClassifier(default_banks(), **said).fit(X, Y)
    assert model.plan_ == motions.plan_
    np.testing.assert_array_equal(model.bank_errors_, motions.bank_errors_)
    np.testing.assert_array_equal(model.predict_proba(X_TEST), motions.predict_proba(X_TEST))
    assert repr(LightWaveSClassifier(selection="detach")) == repr(LightWaveSClassifier())


def test_the_default_with_mrmr_is_the_papers_bank(paper):
    model = LightWaveSClassifier(WaveletScattering(), 100, "mrmr").fit(X, Y)
    assert model.plan_ == paper.plan_


@pytest.mark.parametrize("n_candidates", [8, 40, 1000])
def test_the_default_banks_have_as_many_candidates_as_they_are_asked_for(n_candidates):
    for banks in default_banks(n_candidates):
        n_offered = sum(bank.fit_transform(X).shape[1] for bank in banks)
        assert n_candidates <= n_offered < n_candidates + 10


def test_where_it_matters_when_something_happens_features_of_windows_are_chosen():
    rng, t = np.random.default_rng(0), np.arange(128)
    y = np.arange(200) % 4
    series = rng.standard_normal((200, 2, 128))
    for case, label in zip(series, y, strict=True):
        for channel, place in ((0, 16 + 32 * label), (1, rng.integers(128))):
            case[channel] += 4 * np.exp(-((t - place - rng.integers(-4, 5)) ** 2) / 18) * np.sin(0.9 * t)
    model = LightWaveSClassifier(n_features=100, honest=False, random_state=0).fit(series[:100], y[:100])
    assert model.bank_errors_.argmin() == 2
    assert (np.concatenate([part.begin for part in model.plan_.parts if hasattr(part, "begin")]) > 0).any()
    assert model.score(series[100:], y[100:]) > 0.9


@pytest.mark.parametrize("n_candidates", [1, 2, 3, 5, 7, 9])
def test_the_default_may_begin_with_very_few_candidates(n_candidates):
    model = LightWaveSClassifier(n_features=1, search_candidates=n_candidates, random_state=0).fit(X, Y)
    assert len(model.plan_) == 1
    assert model.selection_path_["n_features"][0] <= n_candidates


@pytest.mark.parametrize(("n_timepoints", "n_channels"), cover(range(1, 10), [1, 2, 3, 12]))
def test_the_default_works_for_short_series_of_one_channel_and_of_many(n_channels, n_timepoints):
    y = np.arange(30) % 3
    series = np.random.default_rng(0).standard_normal((30, n_channels, n_timepoints)) + y[:, np.newaxis, np.newaxis]
    model = LightWaveSClassifier(n_features=20, scale=False, search_candidates=400, random_state=0).fit(series, y)
    assert model.score(series, y) > 0.6
    assert model.predict_one(series[0].astype(np.float32)) == model.predict(series)[0]
    assert np.isfinite(model.transform(series)).all()


def test_the_default_takes_a_rare_class_and_two_dimensions():
    y = np.where(np.arange(200) < 4, "rare", "often")
    series = np.random.default_rng(0).standard_normal((200, 50)) + 2 * (y == "rare")[:, np.newaxis]
    model = LightWaveSClassifier(n_features=50, search_candidates=1000, random_state=0).fit(series, y)
    assert model.score(series, y) == 1
    assert model.predict(series[:4]).tolist() == ["rare"] * 4


def test_the_default_takes_ten_thousand_short_cases():
    y = np.arange(10_000) % 2
    series = np.random.default_rng(0).standard_normal((10_000, 2, 8)).astype(np.float32) + y[:, np.newaxis, np.newaxis]
    model = LightWaveSClassifier(n_features=20, search_candidates=400, search_cases=300, random_state=0)
    assert model.fit(series, y).score(series, y) > 0.9


# --- nothing but the data decides ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few_searched():
    """Models of each selection: of fewer candidates than by default, but in several blocks, and of all of one bank."""
    options = {"n_features": 100, "search_candidates": 2000, "random_state": 0}
    models = [LightWaveSClassifier(selection=selection, **options) for selection in ("detach", "mrmr")]
    return [model.fit(X, Y) for model in (*models, LightWaveSClassifier(SMALL, 30, "detach"))]


@pytest.mark.parametrize("way", ["n_jobs", "Fortran", "float64", "memory map", "list", "again"])
def test_the_way_of_the_data_does_not_change_a_bit(way, few_searched, tmp_path):
    np.save(tmp_path / "x.npy", X)
    series = {
        "Fortran": np.asfortranarray(X),
        "float64": X.astype(np.float64),
        "memory map": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "list": list(X),
    }.get(way, X)
    for expected in few_searched:
        model = clone(expected).set_params(n_jobs=2 if way == "n_jobs" else 1).fit(series, Y)
        assert model.plan_ == expected.plan_
        np.testing.assert_array_equal(model.feature_scores_, expected.feature_scores_)
        np.testing.assert_array_equal(model.transform(series), expected.transform(X))
        np.testing.assert_array_equal(model.predict_proba(X_TEST), expected.predict_proba(X_TEST))
        if expected.selection == "detach":
            same(model.selection_path_, expected.selection_path_)
            np.testing.assert_array_equal(model.bank_errors_, expected.bank_errors_)


@pytest.mark.parametrize("n_jobs", [-1, np.int64(2)])
def test_threads_do_not_change_a_bit_of_unequal_lengths(n_jobs):
    options = {"n_features": 50, "search_candidates": 600, "random_state": 0}
    series, speakers = (of_all[::3] for of_all in load_japanese_vowels("train"))
    vowels, model = (LightWaveSClassifier(n_jobs=n, **options).fit(series, speakers) for n in (1, n_jobs))
    X_new = load_japanese_vowels("test")[0]
    assert model.plan_ == vowels.plan_
    np.testing.assert_array_equal(model.decision_function(X_new), vowels.decision_function(X_new))


def test_a_power_of_two_as_unit_does_not_change_a_bit_with_scale(few_searched):
    for expected in few_searched:
        model = clone(expected).fit(4 * X, Y)
        np.testing.assert_array_equal(model.transform(4 * X_TEST), expected.transform(X_TEST))


def test_without_scale_the_values_are_taken_as_they_are():
    model = LightWaveS(WaveletScattering(), 30, scale=False, random_state=0).fit(X, Y)
    assert not model.plan_.shift.any()
    assert (model.plan_.scale == 1).all()
    everything = WaveletScattering().fit(X)
    column = {name: i for i, name in enumerate(everything.get_feature_names_out())}
    columns = [column[name] for name in model.get_feature_names_out()]
    np.testing.assert_array_equal(model.transform(X_TEST), everything.transform(X_TEST)[:, columns])


def test_scale_uses_mean_and_deviation_over_cases_and_time():
    series = [x[:, : 50 + i] for i, x in enumerate(X)]
    plan = LightWaveS(n_features=5, search_candidates=200).fit(series, Y).plan_
    values = np.concatenate(series, axis=1).astype(np.float64)
    np.testing.assert_allclose(plan.shift, values.mean(axis=1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(plan.scale, values.std(axis=1), rtol=1e-9)


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_the_search_draws_cases_by_random_state(selection):
    def plan(seed, search_cases=12):
        return LightWaveS(SMALL, 20, selection, search_cases=search_cases, random_state=seed).fit(X, Y).plan_

    assert plan(0) == plan(0)
    assert plan(0) == plan(np.random.RandomState(0))
    assert plan(0) != plan(1)
    assert plan(0, 40) == plan(1, 40), "no draw where there are not more cases"
    assert plan(0) != plan(0, 40)


def test_the_search_sees_every_class_however_few_cases_it_may_draw():
    y = np.array(["rare"] + ["a"] * 20 + ["b"] * 19)
    model = LightWaveSClassifier(SMALL, n_features=10, search_cases=3, honest=False, random_state=0).fit(X, y)
    assert model.classes_.tolist() == ["a", "b", "rare"]
    assert model.predict_proba(X).shape == (40, 3)


def test_the_global_random_state_is_neither_read_nor_changed():
    np.random.seed(5)
    before = np.random.get_state()
    model = LightWaveSClassifier(n_features=20, search_cases=12, search_candidates=400, random_state=3).fit(X, Y)
    model.predict(X_TEST)
    after = np.random.get_state()
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


# --- unusual data -------------------------------------------------------------------------------------------


@OTHER_LENGTHS
def test_lengths_may_be_other_ones_than_in_fit(motions):
    series = [x[:, : 1 + 2 * i] for i, x in enumerate(X_TEST)]
    together = motions.transform(series)
    for x, features in zip(series, together, strict=True):
        np.testing.assert_array_equal(motions.transform(x[np.newaxis])[0], features)


def test_a_constant_channel_is_harmless():
    series = X.copy()
    series[:, 2] = 3.7
    options = {"n_features": 50, "random_state": 0, "search_candidates": 1000}
    assert LightWaveSClassifier(**options).fit(series, Y).score(X_TEST, Y_TEST) >= 0.9
    model = LightWaveSClassifier(**options, selection="mrmr").fit(series, Y)
    assert 2 not in model.channels_
    assert model.channel_importances_[2] == 0
    assert model.plan_.scale[2] == 1


@pytest.mark.filterwarnings("ignore:.* have fewer than 3 cases")  # which is so whatever their series are
@pytest.mark.filterwarnings("ignore:All cases are equal")
@pytest.mark.parametrize(("selection", "value"), cover(["mrmr", "detach"], [0.0, 0.1, -1e6, 1e30]))
def test_constant_data_give_a_model_without_a_warning_of_the_arithmetic(value, selection):
    y = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2])
    model = LightWaveSClassifier(n_features=10, selection=selection, search_candidates=400)
    model.fit(np.full((9, 2, 20), value), y)
    assert model.channel_importances_.sum() == pytest.approx(1)
    assert np.isfinite(model.predict_proba(np.zeros((1, 2, 20)))).all()


@pytest.mark.parametrize(
    ("unit", "scale", "selection"), cover([1e-38, 1e-30, 1e30, 1e36], [True, False], ["mrmr", "detach"])
)
def test_very_small_and_very_large_units_are_harmless(unit, scale, selection):
    if not scale:
        unit = min(unit, 1e34)  # sums of several channels, each times a kernel's weights, need some room in float32
    options = {"n_features": 50, "search_candidates": 2000, "random_state": 0}
    model = LightWaveSClassifier(selection=selection, scale=scale, **options).fit(unit * X.astype(np.float64), Y)
    series = unit * X_TEST.astype(np.float64)
    assert np.isfinite(model.predict_proba(series)).all()
    assert model.score(series, Y_TEST) > 0.7


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_values_too_far_apart_for_float32_are_not_laid_on_a_bank(selection):
    x = np.where(X.astype(np.float64) > 0, 3.4e38, -3.4e38)
    with pytest.raises(ValueError, match=r"values of X are too large for float32. The largest is -?3\.4e\+38, "):
        LightWaveS(n_features=5, selection=selection, search_candidates=100, random_state=0).fit(x, Y)


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_classes_with_one_case_work(selection):
    for cases in ([0, 10, 20, 30], [0, 10]):
        model = LightWaveSClassifier(
            n_features=10, selection=selection, search_candidates=400, honest=False, random_state=0
        )
        model.fit(X[cases], Y[cases])
        np.testing.assert_array_equal(model.predict(X[cases]), Y[cases])
        assert model.predict_proba(X_TEST).min() > 0


def test_large_offsets_do_not_hide_the_signal():
    offset = 1000.0 * np.arange(1, 7)[:, np.newaxis]
    model = LightWaveSClassifier(n_features=100, search_candidates=1000, random_state=0).fit(X + offset, Y)
    assert model.score(X_TEST + offset, Y_TEST) >= 0.9


# --- state --------------------------------------------------------------------------------------------------


def interrupt(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", [(transformer, "search"), (RidgeHead, "_fit")], ids=["search", "head"])
def test_an_interrupted_fit_changes_nothing(where, monkeypatch):
    fresh = LightWaveSClassifier(n_features=20, search_candidates=400)
    fitted = LightWaveSClassifier(n_features=20, search_candidates=400, channel_names=list("abcdef")).fit(X, Y)
    states, expected = [state_of(model) for model in (fresh, fitted)], fitted.predict_proba(X_TEST)
    monkeypatch.setattr(*where, interrupt)
    for model in (fresh, fitted):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X[:, :, :50], Y == "Walking")
    assert [state_of(model) for model in (fresh, fitted)] == states
    with pytest.raises(NotFittedError):
        fresh.predict(X)
    np.testing.assert_array_equal(fitted.predict_proba(X_TEST), expected)


@pytest.mark.parametrize("wrong", [(X, Y[:-1]), (X, None), (X[:, :0], Y), (np.full_like(X, np.nan), Y)])
def test_a_refused_fit_changes_nothing(wrong):
    model = LightWaveSClassifier(n_features=20, search_candidates=400).fit(X, Y)
    state = state_of(model)
    with pytest.raises(ValueError):  # noqa: PT011
        model.fit(*wrong)
    assert state_of(model) == state


def test_a_second_fit_replaces_everything():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X[:, 0], columns=[f"t{i}" for i in range(100)])
    model = LightWaveSClassifier(n_features=20, search_candidates=400, random_state=0).fit(table, Y)
    assert model.feature_names_in_[3] == "t3"
    model.fit({name: X[:, i] for i, name in enumerate("abcdef")}, Y == "Walking")
    assert model.channel_names_ == tuple("abcdef")
    model.set_params(channel_names=None, n_features=30).fit(X[:, :4], Y)
    once = LightWaveSClassifier(n_features=30, search_candidates=400, random_state=0).fit(X[:, :4], Y)
    assert vars(model).keys() == vars(once).keys()
    assert model.plan_ == once.plan_
    assert (model.channel_names_, model.n_channels_in_, model.n_features_in_) == (None, 4, 4)
    np.testing.assert_array_equal(model.predict_proba(X_TEST[:, :4]), once.predict_proba(X_TEST[:, :4]))


def test_a_communicator_is_no_parameter():
    model = LightWaveS(bank=SMALL, n_features=9)
    model.fit(X, Y, comm=SerialComm())
    assert "comm" not in model.get_params()
    assert not [name for name, value in vars(model).items() if isinstance(value, SerialComm)]


def test_parameters_are_never_changed_by_fit():
    bank, head = WaveletScattering(levels=(1,)), RidgeHead(alphas=[0.1, 1])
    model = LightWaveSClassifier(bank=bank, classifier=head, n_features=10)
    parameters = model.get_params(deep=False)
    model.fit(X, Y)
    assert all(model.get_params(deep=False)[name] is value for name, value in parameters.items())
    assert set(vars(bank)) == set(bank.get_params())
    assert set(vars(head)) == set(head.get_params())


def test_verbose_prints_and_silence_is_silent(capsys):
    stamp = r"\[lightwaves +\d+\.\d\d s\] "
    steps = {
        "mrmr": ["24192 candidates in 36 blocks, 40 cases, mrmr", "scoring candidates, [0-9] steps"],
        "detach": [
            "3 lists of banks, each with 400 candidates in 2 blocks, 40 cases, detach",
            "comparing banks, 6 steps",
            "computing candidates, 2 steps",
            "dropping features, 1[0-9] steps",
            "judging by cases left out, 5 steps",
        ],
    }
    for selection, said_before in steps.items():
        n_drawn = 400 if selection == "detach" else None
        LightWaveSClassifier(n_features=20, selection=selection, search_candidates=n_drawn, verbose=1).fit(X, Y)
        said = capsys.readouterr()
        lines = [*said_before, "kept 20 features of [1-6] .*", "fitting the classifier"]
        assert re.fullmatch("".join(f"{stamp}{line}\n" for line in lines), said.out), said.out
        assert not said.err
    LightWaveSClassifier(n_features=20, search_candidates=400).fit(X, Y).predict(X)
    said = capsys.readouterr()
    assert not said.out + said.err


# --- narrowed -----------------------------------------------------------------------------------------------

NARROW = {
    "the default": {"n_features": 6, "search_candidates": 600},
    "prism": {"bank": Prism(800), "n_features": 4},
    "prism of windows": {"bank": Prism(800, windows=1.0), "n_features": 4},
    "minirocket": {"bank": MiniRocket(1000), "n_features": 2},
    "multirocket": {"bank": MultiRocket(1344), "n_features": 2},
    "rocket": {"bank": Rocket(400), "n_features": 2},
    "wavelets": {"bank": SMALL, "n_features": 3},
    "the paper's": {"selection": "mrmr", "n_features": 3},
    "kymatio's": {"bank": MorletScattering(J=3, Q=1), "n_features": 3},
    "several": {"bank": [SMALL, Rocket(200), Prism(400)], "n_features": 7, "channel_names": list("abcdef")},
    "frugal": {"frugality": 0.5, "n_features": 6, "search_candidates": 600, "scale": False},
    "in groups": {"group_size": 2, "n_features": 4, "search_candidates": 600},
}
# Two channels tell the classes apart, the others hold noise.
NOISY = np.random.default_rng(0).standard_normal((40, 6, 100)).astype(np.float32)
NOISY[:, [1, 4]] = X[:, [0, 3]]


def narrow_model(kind, estimator=LightWaveSClassifier):
    if kind == "kymatio's":
        pytest.importorskip("kymatio")
    return estimator(**{"random_state": 0} | NARROW[kind]).fit(NOISY, Y)


def same_results(small, model, series):
    """That two models are one, but for the channels that are not kept."""
    narrow = series[:, model.channels_]
    np.testing.assert_array_equal(small.transform(narrow), model.transform(series))
    assert small.get_feature_names_out().tolist() == model.get_feature_names_out().tolist()
    if isinstance(model, LightWaveSClassifier):
        np.testing.assert_array_equal(small.decision_function(narrow), model.decision_function(series))
        np.testing.assert_array_equal(small.predict_proba(narrow), model.predict_proba(series))
        np.testing.assert_array_equal(small.predict(narrow), model.predict(series))
        assert [small.predict_one(x) for x in narrow[:5]] == [model.predict_one(x) for x in series[:5]]


@pytest.mark.parametrize(("estimator", "kind"), cover([LightWaveS, LightWaveSClassifier], NARROW))
def test_a_narrowed_model_gives_the_same_results_from_the_channels_that_are_kept(kind, estimator, tmp_path):
    model = narrow_model(kind, estimator)
    kept, before = model.channels_, state_of(model)
    assert 0 < len(kept) < 6
    small = model.narrowed()
    assert type(small) is estimator
    assert small.n_channels_in_ == small.n_features_in_ == small.plan_.n_channels == len(kept)
    assert small.channels_.tolist() == list(range(len(kept)))
    np.testing.assert_array_equal(small.channel_importances_, model.channel_importances_[kept])
    assert small.plan_.cost() == model.plan_.cost()
    small.plan_.check()
    save(small, tmp_path / "small")
    for copied in (small, small.narrowed(), pickle.loads(pickle.dumps(small)), load(tmp_path / "small")):
        same_results(copied, model, NOISY)
    assert state_of(model) == before
    message = f"X has 6 channels, but {estimator.__name__} is expecting {len(kept)} channels"
    with pytest.raises(ValueError, match=message):
        small.transform(NOISY)


def test_a_narrowed_model_keeps_the_names_and_takes_channels_by_name():
    model, names = narrow_model("several"), "abcdef"
    small = model.narrowed()
    expected = tuple(names[c] for c in model.channels_)
    assert small.channel_names_ == small.channel_names == expected
    named = {name: NOISY[:, names.index(name)] for name in expected[::-1]}
    np.testing.assert_array_equal(small.predict_proba(named), model.predict_proba(NOISY))
    unnamed = narrow_model("prism")
    expected = tuple(f"ch{c}" for c in unnamed.channels_)
    assert unnamed.narrowed().channel_names_ == expected
    assert unnamed.channel_names is None


@OTHER_LENGTHS
def test_a_narrowed_model_takes_series_of_other_lengths_and_of_unequal_ones():
    model = narrow_model("the default")
    small, unequal = model.narrowed(), [x[:, : 60 + i] for i, x in enumerate(NOISY)]
    np.testing.assert_array_equal(
        small.predict_proba([x[model.channels_] for x in unequal]), model.predict_proba(unequal)
    )
    same_results(small, model, NOISY[:, :, :70])


def test_a_narrowed_model_can_be_fitted_again():
    model = narrow_model("prism")
    small, narrow = model.narrowed(), NOISY[:, model.channels_]
    before = small.decision_function(narrow)
    fresh = clone(small).fit(narrow, Y)
    again = LightWaveSClassifier(Prism(800), 4, channel_names=small.channel_names, random_state=0).fit(narrow, Y)
    assert fresh.plan_ == again.plan_
    np.testing.assert_array_equal(small.decision_function(narrow), before)


def test_a_narrowed_model_of_a_table_takes_the_table():
    table = X[:, 0]
    model = LightWaveSClassifier(SMALL, 9).fit(table, Y)
    small = model.narrowed()
    assert (small.n_features_in_, small.n_channels_in_) == (100, 1)
    np.testing.assert_array_equal(small.predict_proba(table), model.predict_proba(table))
    with pytest.raises(ValueError, match="X has 99 features, but LightWaveSClassifier is expecting 100"):
        small.predict(table[:, 1:])


def test_a_narrowed_model_of_screened_channels_knows_them():
    series = np.random.default_rng(0).standard_normal((40, 30, 60)).astype(np.float32)
    series[:, 17] += np.unique(Y, return_inverse=True)[1][:, np.newaxis]
    model = LightWaveSClassifier(n_features=5, search_candidates=400, random_state=0).fit(series, Y)
    small = model.narrowed()
    assert 17 in model.channels_
    assert len(small.plan_.channels) == len(small.candidate_channels_) == len(model.channels_) < 10
    same_results(small, model, series)


def test_only_a_fitted_model_can_be_narrowed():
    for model in (LightWaveS(), LightWaveSClassifier()):
        with pytest.raises(NotFittedError):
            model.narrowed()


# --- groups of channels -------------------------------------------------------------------------------------


def channels_of_features(plan):
    feature, channel = plan.reads
    return [set(channel[feature == j].tolist()) for j in range(len(plan))]


@pytest.mark.parametrize(
    ("selection", "group_size", "bank"),
    cover(
        ["mrmr", "detach"],
        [1, 2, 4, 5],
        [None, Prism(4000), MiniRocket(4000), MultiRocket(4032), Rocket(2000), [Prism(2000), SMALL, MiniRocket(2000)]],
    ),
    ids=str,
)
def test_a_feature_reads_channels_of_one_group_only(bank, group_size, selection):
    options = {"selection": selection, "search_candidates": 1500, "random_state": 0}
    model = LightWaveS(bank, 60, group_size=group_size, **options).fit(X, Y)
    groups = [set(range(first, min(first + group_size, 6))) for first in range(0, 6, group_size)]
    read = channels_of_features(model.plan_)
    assert all(any(channels <= group for group in groups) for channels in read)
    assert len({min(channels) // group_size for channels in read}) >= len(groups) - (group_size == 1)
    if group_size > 1 and not (bank is None and selection == "mrmr"):
        assert any(len(channels) > 1 for channels in read)


OF_WAVELETS = ({}, {"frugality": 0.5}, {"bank": SMALL})


@pytest.fixture(scope="module")
def without_groups():
    """What mRMR finds among wavelets."""
    return [LightWaveS(n_features=20, selection="mrmr", **options).fit(X, Y) for options in OF_WAVELETS]


@pytest.mark.parametrize("group_size", [1, 2, 4, 5, 6])
def test_groups_do_not_change_what_mrmr_finds_among_wavelets(group_size, without_groups):
    for options, alone in zip(OF_WAVELETS, without_groups, strict=True):
        model = LightWaveS(n_features=20, selection="mrmr", group_size=group_size, **options).fit(X, Y)
        assert model.plan_ == alone.plan_
        np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)


@pytest.mark.parametrize("group_size", [6, 7, 1000, np.int64(6)])
def test_one_group_of_all_channels_is_as_if_there_were_none(group_size):
    options = {"n_features": 20, "search_candidates": 600, "random_state": 0}
    alone = LightWaveSClassifier(**options).fit(X, Y)
    model = LightWaveSClassifier(group_size=group_size, **options).fit(X, Y)
    assert model.plan_ == alone.plan_
    np.testing.assert_array_equal(model.predict_proba(X_TEST), alone.predict_proba(X_TEST))


def test_a_model_of_groups_is_made_of_as_many_candidates_and_is_as_accurate():
    model = LightWaveSClassifier(group_size=2, n_features=100, random_state=0).fit(X, Y)
    assert model.selection_path_["n_features"][0] == 10_000
    assert model.score(X_TEST, Y_TEST) > 0.9


@pytest.mark.parametrize(("selection", "n_jobs"), cover(["mrmr", "detach"], [2, 3]))
def test_threads_do_not_change_a_bit_of_a_model_of_groups(n_jobs, selection):
    options = {"n_features": 20, "selection": selection, "group_size": 4, "search_candidates": 900, "random_state": 0}
    bank = [Prism(1000), SMALL]
    models = [LightWaveSClassifier(bank, n_jobs=n, **options).fit(X, Y) for n in (1, n_jobs)]
    assert models[0].plan_ == models[1].plan_
    np.testing.assert_array_equal(models[0].decision_function(X_TEST), models[1].decision_function(X_TEST))


# --- what is refused ----------------------------------------------------------------------------------------

WRONG_PARAMETERS = [
    (LightWaveS, {"n_features": 0}, ValueError, "n_features must be at least 1, got 0"),
    (LightWaveS, {"n_features": 10.0}, TypeError, "n_features must be an int, got 10.0 of type float"),
    (LightWaveS, {"n_features": True}, TypeError, "n_features must be an int, got True"),
    (LightWaveS, {"n_features": None}, TypeError, "n_features must be an int, got None"),
    (LightWaveS, {"selection": "best"}, ValueError, r"selection must be one of \('detach', 'mrmr'\), got 'best'"),
    (LightWaveS, {"selection": None}, TypeError, "selection must be one of"),
    (
        LightWaveS,
        {"n_features": "auto", "selection": "mrmr"},
        ValueError,
        "n_features='auto' needs selection='detach', not 'mrmr'",
    ),
    (LightWaveS, {"n_features": "all"}, ValueError, "must be an int or 'auto', got 'all'"),
    (LightWaveS, {"n_features": "all", "selection": "mrmr"}, ValueError, "must be an int or 'auto', got 'all'"),
    (LightWaveS, {"n_features": 0, "selection": "mrmr"}, ValueError, "n_features must be at least 1, got 0"),
    (LightWaveS, {"n_features": 9.5, "selection": "mrmr"}, TypeError, "n_features must be an int, got 9.5"),
    (LightWaveS, {"selection": ["detach"]}, TypeError, "selection must be one of"),
    (LightWaveS, {"search_candidates": 0}, ValueError, "search_candidates must be at least 1, got 0"),
    (LightWaveS, {"search_candidates": 1e4}, TypeError, "search_candidates must be an int, got 10000.0"),
    (LightWaveS, {"search_candidates": "all"}, TypeError, "search_candidates must be an int, got 'all'"),
    (LightWaveS, {"frugality": -0.1}, ValueError, "frugality must be finite and at least 0, got -0.1"),
    (LightWaveS, {"frugality": np.nan}, ValueError, "frugality must be finite and at least 0, got nan"),
    (LightWaveS, {"frugality": np.inf}, ValueError, "frugality must be finite and at least 0, got inf"),
    (LightWaveS, {"frugality": 1e6}, ValueError, "frugality must be at most 10"),
    (LightWaveS, {"frugality": True}, TypeError, "frugality must be a number, got True"),
    (LightWaveS, {"frugality": None}, TypeError, "frugality must be a number, got None"),
    (LightWaveS, {"frugality": "much"}, TypeError, "frugality must be a number, got 'much'"),
    (LightWaveS, {"scale": 1}, TypeError, "scale must be True or False, got 1"),
    (LightWaveS, {"scale": "yes"}, TypeError, "scale must be True or False, got 'yes'"),
    (LightWaveS, {"search_cases": 1}, ValueError, "search_cases must be at least 2, got 1"),
    (LightWaveS, {"search_cases": "all"}, TypeError, "search_cases must be an int"),
    (LightWaveS, {"n_jobs": 0}, ValueError, "n_jobs == 0 has no meaning"),
    (LightWaveS, {"n_jobs": 1.5}, TypeError, "n_jobs must be None or an int, got 1.5"),
    (LightWaveS, {"n_jobs": True}, TypeError, "n_jobs must be None or an int, got True"),
    (LightWaveS, {"random_state": "luck"}, ValueError, "luck"),
    (LightWaveS, {"verbose": -1}, ValueError, "verbose must be at least 0"),
    (LightWaveS, {"verbose": "much"}, TypeError, "verbose must be an int"),
    (LightWaveS, {"bank": "wavelets"}, TypeError, "bank must be None, a bank such as WaveletScattering"),
    (LightWaveS, {"bank": WaveletScattering}, TypeError, "bank must be None, a bank such as WaveletScattering"),
    (LightWaveS, {"bank": WaveletScattering(levels=(3,))}, ValueError, "levels must name 1, 2 or both"),
    (LightWaveS, {"bank": [SMALL, WaveletScattering(levels=(3,))]}, ValueError, "levels must name 1, 2 or both"),
    (LightWaveS, {"bank": [[SMALL], [WaveletScattering(levels=(3,))]]}, ValueError, "levels must name 1, 2 or both"),
    (LightWaveS, {"screen_channels": 1}, TypeError, "screen_channels must be True or False, got 1"),
    (LightWaveS, {"group_size": 0}, ValueError, "group_size must be at least 1, got 0"),
    (LightWaveS, {"group_size": -2}, ValueError, "group_size must be at least 1, got -2"),
    (LightWaveS, {"group_size": 2.0}, TypeError, "group_size must be an int, got 2.0 of type float"),
    (LightWaveS, {"group_size": True}, TypeError, "group_size must be an int, got True"),
    (LightWaveS, {"group_size": "2"}, TypeError, "group_size must be an int, got '2'"),
    (LightWaveSClassifier, {"group_size": 0}, ValueError, "group_size must be at least 1, got 0"),
    (LightWaveS, {"screen_channels": None}, TypeError, "screen_channels must be True or False, got None"),
    (
        LightWaveSClassifier,
        {"bank": [[SMALL], [SMALL]], "selection": "mrmr"},
        ValueError,
        'bank must be one bank or one list of banks with selection="mrmr"',
    ),
    (LightWaveSClassifier, {"screen_channels": "yes"}, TypeError, "screen_channels must be True or False, got 'yes'"),
    (LightWaveSClassifier, {"frugality": -1}, ValueError, "frugality must be finite and at least 0"),
    (LightWaveSClassifier, {"n_features": 0}, ValueError, "n_features must be at least 1, got 0"),
    (LightWaveSClassifier, {"classifier": "ridge"}, ValueError, "classifier must be None, 'auto' or a scikit-learn"),
    (LightWaveSClassifier, {"honest": 1}, TypeError, "honest must be True or False"),
    (LightWaveSClassifier, {"classifier": RidgeHead(alphas=[0])}, ValueError, "alphas must be a list of finite"),
    (WaveletScattering, {"levels": ()}, ValueError, "levels must name 1, 2 or both"),
    (WaveletScattering, {"levels": (1, 1)}, ValueError, "levels must name 1, 2 or both"),
    (WaveletScattering, {"levels": (0, 1)}, ValueError, "a level must be at least 1"),
    (WaveletScattering, {"levels": (1, 2.0)}, TypeError, "a level must be an int"),
    (WaveletScattering, {"levels": 2}, TypeError, "levels must be a tuple of 1 and 2"),
    (WaveletScattering, {"levels": "12"}, TypeError, "levels must be a tuple of 1 and 2"),
    (WaveletScattering, {"max_dilation": 0}, ValueError, "max_dilation must be at least 1"),
    (WaveletScattering, {"max_dilation": 4.0}, TypeError, "max_dilation must be an int"),
    (WaveletScattering, {"n_jobs": 0}, ValueError, "n_jobs == 0 has no meaning"),
]


@pytest.mark.parametrize(("kind", "parameters", "error", "message"), WRONG_PARAMETERS)
def test_a_wrong_parameter_is_refused_by_fit_and_not_before(kind, parameters, error, message):
    model = kind(**parameters)
    with pytest.raises(error, match=message):
        model.fit(X, Y)


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize(
    "bank",
    [
        [], (), [[]], [[], []], [[SMALL], []], [SMALL, "wavelets"], [SMALL, None], [WaveletScattering],
        [[SMALL], SMALL], [SMALL, [SMALL]], [[[SMALL]]], [[SMALL], [None]], [["wavelets"]], {"a": SMALL},
        np.array([SMALL]), 7,
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_neither_bank_nor_banks_nor_lists_of_banks_is_refused_before_any_work(bank, selection, monkeypatch):
    monkeypatch.setattr(transformer, "search", lambda *_, **__: pytest.fail("work was begun"))
    monkeypatch.setattr(LightWaveS, "_fit_panel", lambda *_: pytest.fail("work was begun"))
    message = r"bank must be None, a bank such as WaveletScattering\(\), a list of banks, or a list of such lists, got "
    with pytest.raises(TypeError, match=message + re.escape(repr(bank))):
        LightWaveS(bank, selection=selection).fit(X, Y)


@pytest.mark.parametrize(
    "model", [LightWaveS(), LightWaveSClassifier(), FeatureSelector(n_features=5), RidgeHead()], ids=repr
)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(40), "y has only one class"),
        (Y[:-1], r"inconsistent numbers of samples: X has 40 cases, y has 39"),
        (None, "requires y"),
        (np.linspace(0, 1, 40), "continuous"),
        (np.where(np.arange(40) == 7, np.nan, np.arange(40) % 2), "NaN.*case 7"),
        (np.zeros((40, 2)), "1d|1D|shape"),
    ],
    ids=["one class", "too short", "none", "continuous", "nan", "table"],
)
def test_wrong_labels_are_refused(model, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X[:, 0], y)


def test_fit_transform_without_labels_is_refused():
    with pytest.raises(ValueError, match="requires y"):
        LightWaveS().fit_transform(X)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "transform"])
def test_another_number_of_channels_is_refused(method, motions):
    for series in (X_TEST[:, :5], [*X_TEST[:, :5]], X_TEST[:, [0, 1, 2, 3, 4, 5, 0]], X_TEST[:, 0]):
        with pytest.raises(ValueError, match=r"X has [157] channels, but LightWaveSClassifier is expecting 6 channels"):
            getattr(motions, method)(series)


@OTHER_LENGTHS
def test_a_table_keeps_its_width_and_a_panel_need_not():
    model = LightWaveSClassifier(n_features=20, bank=SMALL).fit(X[:, 0], Y)
    with pytest.raises(ValueError, match="X has 99 features, but LightWaveSClassifier is expecting 100 features"):
        model.predict(X[:, 0, :99])
    np.testing.assert_array_equal(model.predict(X[:, :1]), model.predict(X[:, 0]))
    assert len(model.predict(X[:, :1, :99])) == 40


def test_something_else_than_a_communicator_is_refused():
    with pytest.raises(TypeError, match=r"comm must be a communicator, such as mpi4py\.MPI.COMM_WORLD, got 'x'"):
        LightWaveS(n_features=5).fit(X, Y, comm="x")


@pytest.mark.parametrize("selection", ["detach", "mrmr"])
def test_where_nothing_counts_only_channels_that_are_read_share(selection):
    """Once, all had equal shares, though most were not read."""
    model = LightWaveS(n_features=3, selection=selection, random_state=0).fit(np.ones((20, 5, 20)), np.arange(20) % 2)
    np.testing.assert_array_equal(np.flatnonzero(model.channel_importances_), model.channels_)
    assert model.channel_importances_.sum() == pytest.approx(1)


def test_a_table_of_readings_is_no_frame_of_cases():
    """Once, each reading became a case of one channel, without a word."""
    pandas = pytest.importorskip("pandas")
    X, y = load_basic_motions()
    log = pandas.DataFrame({"run": np.repeat(np.arange(40), 100), "speed": X[:, 0].ravel(), "turn": X[:, 1].ravel()})
    with pytest.warns(
        UserWarning, match="X is a frame with columns such as 'run', but a row of a frame is a case of one"
    ):
        LightWaveS(n_features=5, search_candidates=50).fit(log[::10], np.repeat(y, 10))


def test_axes_that_are_swapped_or_missing_are_told_in_predictions_too():
    """Once, an array (6, 100) had "1 channels"."""
    X, y = load_basic_motions()
    model = LightWaveS(n_features=5, search_candidates=50).fit(X, y)
    with pytest.raises(ValueError, match=r"A table \(6, 100\) holds cases of one channel.* pass X\[numpy.newaxis\]"):
        model.transform(X[0])
    with pytest.raises(ValueError, match=r"Its axes seem to be swapped: pass X.transpose\(0, 2, 1\)"):
        model.transform(X.transpose(0, 2, 1))
    with pytest.raises(ValueError, match=r"If it is one case, pass X.T\[numpy.newaxis\]"):
        model.transform(X[0].T)
    with pytest.raises(ValueError, match=r"is expecting 6 channels as input.$"):
        model.transform([x.T for x in X])
    model.channel_names_ = tuple("uvwxyz")
    with pytest.raises(ValueError, match=r"is expecting 6 channels as input. Those of fit were \['u', 'v', .*\].$"):
        model.transform(X[:, :5])
