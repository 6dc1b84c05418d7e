"""The regressor: what it predicts, how sure it is, and that it is shared, saved and refused like the others."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from sklearn.ensemble import StackingRegressor, VotingRegressor
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import cross_val_score

from lightwaves import LightWaveSRegressor, Stream, load, save
from lightwaves.estimators import judging, regressor
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import ALPHAS, RegressionHead
from lightwaves.estimators.weights import warn_of_far_number
from lightwaves.search.folds import bins_of
from lightwaves.search.merits import mean_and_standard_error, merits

pytestmark = pytest.mark.slow

SMALL = {"n_features": 30, "search_candidates": 400, "random_state": 0}


def walks(n_cases=120, seed=0, noise=0.1):
    """Random walks, and the range of the first channel."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_cases, 2, 40)).cumsum(axis=2).astype(np.float32)
    return x, np.ptp(x[:, 0], axis=1) + noise * rng.standard_normal(n_cases)


X, Y = walks()
X_TEST, Y_TEST = walks(400, seed=1)


@pytest.fixture(scope="module")
def model():
    return LightWaveSRegressor(**SMALL).fit(X, Y)


def test_it_predicts_what_it_has_learnt(model):
    assert model.score(X_TEST, Y_TEST) > 0.8
    assert LightWaveSRegressor(**SMALL, selection="mrmr").fit(X, Y).score(X_TEST, Y_TEST) > 0.7


def test_the_honest_score_is_near_that_of_new_cases_and_the_one_seen_is_above(model):
    assert abs(model.honest_score_ - model.score(X_TEST, Y_TEST)) < 0.1
    errors = (model.honest_prediction_ - Y) ** 2 / Y.var()
    assert model.honest_score_ == pytest.approx(1 - errors.mean())
    spread = (Y - Y.mean()) ** 2 / Y.var()
    of_ratio = errors - errors.mean() * spread  # R2 is a ratio, of which both parts are but those of these cases
    assert model.honest_standard_error_ == pytest.approx(of_ratio.std(ddof=1) / np.sqrt(120))
    assert model.selection_path_["score"][-1] > model.honest_score_
    assert model.selection_path_["honest_score"][-1] == model.honest_score_


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_an_interval_holds_the_truth_as_often_as_it_says(model, level):
    low, high = model.predict_interval(X_TEST, level).T
    assert abs(((low <= Y_TEST) & (high >= Y_TEST)).mean() - level) < 0.07
    np.testing.assert_allclose((low + high) / 2, model.predict(X_TEST))
    predicted, spread = model.predict(X_TEST, return_std=True)
    with pytest.raises(TypeError, match="return_std must be True or False"):
        model.predict(X_TEST, [1.0])
    np.testing.assert_array_equal(predicted, model.predict(X_TEST))
    assert spread.tolist() == [model.regressor_.spread_] * 400


def test_of_noise_it_predicts_the_mean_and_knows_that():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((100, 2, 30)), rng.standard_normal(100)
    found = LightWaveSRegressor(**SMALL).fit(x, y)
    assert abs(found.honest_score_) < 0.15
    assert found.selection_path_["score"][-1] > 0.2
    assert found.predict(rng.standard_normal((50, 2, 30))).std() < 0.6


@pytest.mark.filterwarnings("ignore:The features of case .* as far:UserWarning")
def test_a_feature_that_runs_away_takes_no_prediction_far_beyond_what_was_seen(model):
    predicted = model.predict(1e6 * X_TEST)
    assert predicted.min() >= Y.min() - np.ptp(Y) / 2
    assert predicted.max() <= Y.max() + np.ptp(Y) / 2


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_the_unit_of_the_target_does_not_count(model, shift):
    other = LightWaveSRegressor(**SMALL).fit(X, 1000 * Y + shift)
    assert other.plan_ == model.plan_
    np.testing.assert_allclose(other.predict(X_TEST), 1000 * model.predict(X_TEST) + shift, rtol=1e-6)


def test_ranks_and_threads_change_no_bit(model):
    for size, n_jobs in ((1, 2), (3, 1)):
        fit = lambda comm, n=n_jobs: LightWaveSRegressor(**SMALL, n_jobs=n).fit(X, Y, comm=comm)  # noqa: E731
        for found in on_ranks(size, fit):
            np.testing.assert_array_equal(found.predict(X_TEST), model.predict(X_TEST))
            np.testing.assert_array_equal(found.honest_prediction_, model.honest_prediction_)
    errors = on_ranks(
        2, lambda comm: LightWaveSRegressor(**SMALL).fit(X, Y + comm.rank * (np.arange(120) == 7), comm=comm)
    )
    assert all("the same y" in str(error) for error in errors)


def test_where_all_but_one_fold_are_alike_it_says_what_they_are():
    y = np.where(np.arange(120) < 10, Y, 3.0)  # in the first group of five
    found = LightWaveSRegressor(**SMALL).fit(X, y, groups=np.arange(120) // 24)
    assert (found.honest_prediction_[:24] == 3.0).all()
    assert found.honest_score_ < 0.1


@pytest.mark.parametrize("head", [RegressionHead(), None], ids=["ridge", "competing"])
def test_of_many_cases_heads_are_fitted_on_all_that_are_not_left_out(head, monkeypatch):
    monkeypatch.setattr(judging, "MANY", 100)
    monkeypatch.setattr(regressor, "MOST_AT_ONCE", 50 if head is None else 1000)
    found = LightWaveSRegressor(**SMALL, search_cases=60, regressor=head).fit(X, Y)
    assert type(found.regressor_) is RegressionHead
    assert (~np.isnan(found.honest_prediction_)).sum() == 48
    assert found.honest_score_ > 0.3
    ranks = on_ranks(2, lambda comm: LightWaveSRegressor(**SMALL, search_cases=60, regressor=head).fit(X, Y, comm=comm))
    np.testing.assert_array_equal(ranks[1].honest_prediction_, found.honest_prediction_)


def test_a_kernel_ridge_is_judged_by_folds_since_neighbours_of_unseen_cases_have_chosen_the_features(monkeypatch):
    monkeypatch.setattr(judging, "MANY", 100)
    monkeypatch.setattr(judging, "MANY_UNSEEN", 50)
    run, rng = np.arange(120) // 3, np.random.default_rng(0)
    x, y = X[run] + 0.01 * rng.standard_normal(X.shape), rng.standard_normal(40)[run]
    found = LightWaveSRegressor(**SMALL, search_cases=40, regressor=KernelRegressionHead()).fit(x, y)
    assert (~np.isnan(found.honest_prediction_)).sum() <= 50
    assert found.honest_score_ < 0.8


def test_groups_are_left_out_together():
    group = np.tile(np.arange(12), 10)
    x = X[group] + 0.01 * np.random.default_rng(0).standard_normal((120, 2, 40))
    y = np.random.default_rng(2).standard_normal(12)[group]
    alone, together = (LightWaveSRegressor(**SMALL).fit(x, y, groups=groups) for groups in (None, group))
    assert alone.honest_score_ > 0.9
    assert together.honest_score_ < 0.5


def test_a_case_without_weight_is_absent():
    weights = np.ones(120)
    weights[[3, 50]] = 0
    weighted, without = LightWaveSRegressor(**SMALL), LightWaveSRegressor(**SMALL)
    weighted.fit(X, Y, sample_weight=weights)
    without.fit(X[weights > 0], Y[weights > 0])
    np.testing.assert_array_equal(weighted.predict(X_TEST), without.predict(X_TEST))
    assert np.flatnonzero(np.isnan(weighted.honest_prediction_)).tolist() == [3, 50]


def test_auto_keeps_some_number_that_is_honestly_good():
    found = LightWaveSRegressor(n_features="auto", search_candidates=400, random_state=0).fit(X, Y)
    assert 10 <= len(found.plan_) <= 400
    assert found.score(X_TEST, Y_TEST) > 0.7


def test_a_head_of_ones_own_predicts_and_has_no_intervals():
    found = LightWaveSRegressor(**SMALL, regressor=Ridge(1.0)).fit(X, Y)
    alone = Ridge(1.0).fit(found.transform(X).astype(np.float64), Y)
    np.testing.assert_allclose(found.predict(X_TEST), alone.predict(found.transform(X_TEST).astype(np.float64)))
    assert found.honest_score_ < 1
    with pytest.raises(ValueError, match="does not know its errors"):
        found.predict(X, return_std=True)
    assert not hasattr(found, "predict_interval")
    assert hasattr(LightWaveSRegressor(), "predict_interval")


def test_it_works_in_scikit_learns_cross_validation():
    assert cross_val_score(LightWaveSRegressor(**SMALL, honest=False), X, Y, cv=3).mean() > 0.6


def test_it_is_read_back_to_the_bit(model, tmp_path):
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model", LightWaveSRegressor)
    np.testing.assert_array_equal(copy.predict(X_TEST), model.predict(X_TEST))
    np.testing.assert_array_equal(copy.predict_interval(X_TEST), model.predict_interval(X_TEST))
    np.testing.assert_array_equal(copy.channel_importances_, model.channel_importances_)
    assert set(vars(copy)) == set(vars(model)) - {"honest_prediction_", "_learner", "_learnt"}
    assert set(vars(copy.regressor_)) == set(vars(model.regressor_))
    small = model.narrowed()
    np.testing.assert_array_equal(small.predict(X_TEST[:, model.channels_]), model.predict(X_TEST))
    with pytest.raises(TypeError, match="own heads only, not Lasso"):
        save(LightWaveSRegressor(**SMALL, regressor=Lasso()).fit(X, Y), tmp_path / "another")


@pytest.mark.parametrize("head", [RegressionHead(), KernelRegressionHead()], ids=lambda head: type(head).__name__)
def test_a_model_that_predicts_worse_than_the_mean_is_read_back(head, tmp_path):
    rng = np.random.default_rng(0)
    worse = LightWaveSRegressor(**SMALL, regressor=head).fit(X[:12], rng.permutation(2.5 ** np.arange(12)))
    scores = worse.selection_path_["score"]
    assert scores.min() < 0
    save(worse, tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").selection_path_["score"], scores)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, ValueError, "requires y"),
        (Y[:-1], ValueError, "X has 120 cases, y has 119"),
        (np.where(np.arange(120) == 5, np.nan, Y), ValueError, "y contains NaN or infinity: case 5"),
        (np.where(np.arange(120) == 5, np.inf, Y), ValueError, "y contains NaN or infinity: case 5"),
        (np.full(120, 3.0), ValueError, "y has only one value, 3"),
        (np.arange(120, dtype=np.uint64) + np.uint64(2**63), ValueError, "float64 cannot tell them apart"),
        (np.array(["1", "2"] * 60, object), TypeError, r"y must be real numbers.*: for labels.*asarray\(y, float\)"),
        (
            np.array(["0,5", "2"] * 60),
            TypeError,
            r"y must be real numbers.*: for labels.*read_csv\(path, decimal=','\)",
        ),
        (np.arange(120).astype("m8[m]"), TypeError, r"spans of time: pass numpy.asarray\(y\) / numpy.timedelta64"),
        (np.array(["a", "b"] * 60), TypeError, "y must be real numbers, got .*: for labels, use LightWaveSClassifier"),
        (Y + 1j, (TypeError, ValueError), "real|omplex"),
        (np.where(np.arange(120) == 5, 1e200, Y), ValueError, "divide it"),
        (Y * 1e-200, ValueError, "multiply it"),
    ],
)
def test_wrong_targets_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        LightWaveSRegressor(**SMALL).fit(X, y)


# --- one number far from all others -------------------------------------------------------------------------

FAR = np.where(np.arange(120) == 7, 1e9, Y)
OF_CASE_7 = r"y of case 7 is 1e\+09, while the others are about 9.2\d* \+- 3.1. This number alone makes 100%"


def test_a_number_far_from_all_others_is_named():
    with pytest.warns(UserWarning, match=OF_CASE_7) as told:
        LightWaveSRegressor(**SMALL, honest=False).fit(X, FAR)
    assert len(told) == 1
    assert told[0].filename == __file__, "the line that called fit"


def test_a_case_of_no_weight_is_not_far_and_the_others_keep_their_numbers():
    weights = np.ones(120)
    weights[7] = 0
    LightWaveSRegressor(**SMALL, honest=False).fit(X, FAR, sample_weight=weights)
    weights[7], weights[3] = 2, 0
    with pytest.warns(UserWarning, match=OF_CASE_7):
        LightWaveSRegressor(**SMALL, honest=False).fit(X, FAR, sample_weight=weights)


def test_a_number_far_from_those_of_all_ranks_is_named_by_its_place_among_all():
    y = np.roll(FAR, 60)

    def fit(comm):
        mine = slice(0, 50) if comm.rank == 0 else slice(50, 120)
        return LightWaveSRegressor(**SMALL, honest=False).fit(X[mine], y[mine], comm=comm, cases="mine")

    with pytest.warns(UserWarning, match="y of case 67 is 1e") as told:
        found = on_ranks(2, fit)
    assert len(told) == 1, "once, every rank told of it"
    assert [type(model) for model in found] == [LightWaveSRegressor] * 2, found


@pytest.mark.parametrize("n_cases", [10, 30, 1000])
@pytest.mark.parametrize("far", [1e9, -1e9, 1e140])
def test_a_far_number_is_seen_among_few_and_many(n_cases, far):
    y = 5 + np.random.default_rng(0).standard_normal(n_cases)
    y[4] = far
    with pytest.warns(UserWarning, match="y of case 4 is"):
        warn_of_far_number(y, None, None)
    with pytest.warns(UserWarning, match="y of case 8 is"):
        warn_of_far_number(y, np.linspace(0.5, 2, n_cases), 2 * np.arange(n_cases))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 200), st.integers(0, 10**6), st.sampled_from(["normal", "uniform", "binomial"]), st.booleans())
def test_ordinary_numbers_are_not_remarked_upon(n_cases, seed, kind, weighted):
    rng = np.random.default_rng(seed)
    drawn = {
        "normal": rng.standard_normal,
        "uniform": rng.random,
        "binomial": lambda n: rng.integers(0, 2, n) + 3.0 * (np.arange(n) % 4 == 0),
    }
    weights = rng.uniform(0.1, 3, n_cases) if weighted else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_far_number(1e3 + drawn[kind](n_cases), weights, None)


def test_a_far_number_that_comes_twice_is_seen_and_a_rare_event_is_none():
    y = 5 + np.random.default_rng(0).standard_normal(60)
    y[[4, 9]] = 1e9
    with pytest.warns(UserWarning, match=r"y of case 4, and of 1 more, is 1e\+09, while the others are about 5"):
        warn_of_far_number(y, None, None)
    warn_of_far_number((np.arange(60) == 7).astype(float), None, None)


def test_much_weight_alone_makes_no_number_far():
    y, weights = np.arange(50.0), np.ones(50)
    weights[0] = 30  # so that without it more than half of the variance is gone
    warn_of_far_number(y, weights, None)
    y[0] = -2000
    with pytest.warns(UserWarning, match="y of case 0 is -2000"):
        warn_of_far_number(y, weights, None)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"regressor": Ridge}, TypeError, "pass Ridge()"),
        ({"regressor": LogisticRegression()}, TypeError, "must be a scikit-learn regressor"),
        ({"regressor": "ridge"}, TypeError, "which has no fit"),
        ({"honest": "yes"}, TypeError, "honest must be True or False"),
    ],
)
def test_wrong_parameters_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        LightWaveSRegressor(**SMALL, **parameters).fit(X, Y)


@pytest.mark.parametrize("level", [0, 1, -0.1, 90, "half", None])
def test_a_wrong_level_is_refused(model, level):
    with pytest.raises((TypeError, ValueError), match="level must be"):
        model.predict_interval(X, level)
    with pytest.raises((TypeError, ValueError), match="level must be"):
        model.regressor_.predict_interval(model.transform(X), level)


def test_bins_are_equally_large_and_two_at_least():
    assert len(np.unique(bins_of(np.r_[np.zeros(50), 1.0]))) == 2
    assert np.bincount(bins_of(np.arange(100.0))).tolist() == [10] * 10
    assert len(np.unique(bins_of(np.array([1.0, 2.0])))) == 2


@pytest.mark.parametrize("weighted", [False, True])
def test_the_head_is_scikit_learns_ridge_on_standardised_features(weighted):
    rng = np.random.default_rng(0)
    Z, y = rng.standard_normal((60, 8)) * 10.0 ** rng.integers(-3, 3, 8), rng.standard_normal(60)
    y = y + Z[:, 0] / Z[:, 0].std()
    weights = rng.uniform(0.5, 2, 60) if weighted else None
    head = RegressionHead()
    left_out = head.fit_left_out(Z, y, weights)
    mean = np.average(Z, axis=0, weights=weights)
    standard = (Z - mean) / np.sqrt(np.average((Z - mean) ** 2, axis=0, weights=weights))
    total = 60 if weights is None else weights.sum()
    ridge = RidgeCV(ALPHAS * total).fit(standard, y, sample_weight=weights)
    np.testing.assert_allclose(head.predict(Z), ridge.predict(standard), rtol=1e-5)
    assert head.alpha_ == pytest.approx(ridge.alpha_)
    for case in (0, 31):
        others = np.arange(60) != case
        w = None if weights is None else weights[others]
        alone = Ridge(head.alpha_).fit(standard[others], y[others], sample_weight=w)
        assert left_out[case, 0] == pytest.approx(alone.predict(standard[[case]])[0], rel=1e-6)


def test_errors_are_quantiles_of_what_was_left_out():
    head = RegressionHead()
    head.calibrate(np.zeros((99, 1)), np.arange(1.0, 100.0))
    assert head.half_width(0.9) == pytest.approx(90)
    assert head.spread_ == pytest.approx(np.sqrt((np.arange(1.0, 100.0) ** 2).mean()))
    twice = RegressionHead()
    twice.calibrate(np.zeros((99, 1)), np.arange(1.0, 100.0), np.where(np.arange(99) < 50, 1.0, 3.0))
    assert twice.half_width(0.5) > head.half_width(0.5)


def test_intervals_are_as_wide_as_few_cases_of_much_weight_ask_for():
    errors, weights = np.arange(1.0, 101.0), np.where(np.arange(100) % 20, 1.0, 19.0)  # which say as much as 19 cases
    head = RegressionHead()
    head.calibrate(np.zeros((100, 1)), errors, weights)
    assert np.average(errors <= head.half_width(0.9), weights=weights) >= 0.9 * 20 / 19


@pytest.mark.parametrize("n_cases", [10, 24, 100, 300, 500])
def test_an_interval_that_few_errors_cannot_tell_is_named(n_cases):
    head = RegressionHead()
    head.calibrate(np.zeros((n_cases, 1)), np.random.default_rng(0).standard_normal(n_cases))
    enough = n_cases / (n_cases + 1)
    assert head.half_width(enough - 0.005) <= head.errors_[-1]
    with pytest.warns(UserWarning, match="level=0.9999 asks for more than the errors can tell"):
        assert head.half_width(0.9999) == head.errors_[-1]
    with pytest.warns(UserWarning, match="asks for more"):
        head.half_width((enough + 1) / 2)


@pytest.mark.parametrize(("noise", "most"), [(0.0, 1.2), (3.0, 1.2), (100.0, 1.4)])
def test_the_standard_error_is_the_spread_over_parts(noise, most):
    """Once, the variance of y was taken as known: of good models it was too small, of bad ones six times too large."""
    rng = np.random.default_rng(0)
    predicted = rng.normal(size=(400, 100))
    y = predicted + rng.uniform(-0.5, 0.5, predicted.shape) + noise * rng.normal(size=predicted.shape)
    told = [mean_and_standard_error(merits(p[:, np.newaxis], t), y=t) for p, t in zip(predicted, y, strict=True)]
    scores, errors = np.transpose(told)
    assert scores.std() / 1.2 < errors.mean() < most * scores.std()


def test_of_what_only_the_mean_is_known_the_score_is_known_no_better_than_the_mean():
    y = np.random.default_rng(0).normal(size=(400, 50))
    means_of_others = (y.sum(axis=1, keepdims=True) - y) / 49
    told = [mean_and_standard_error(merits(p[:, np.newaxis], t), y=t) for p, t in zip(means_of_others, y, strict=True)]
    scores, errors = np.transpose(told)
    of_new_cases = -(y.mean(axis=1) ** 2)
    assert np.sqrt((((scores - of_new_cases) / errors) ** 2).mean()) < 2


def test_cases_that_cannot_judge_are_told():
    """Once, a standard error of 0 stood beside the score of two cases."""
    with pytest.warns(UserWarning, match="3 cases are too few to judge by"):
        model = LightWaveSRegressor(**SMALL).fit(X[:3], Y[:3])
    assert model.honest_standard_error_ > 0.2 * (1 - model.honest_score_)


@pytest.mark.parametrize("many", [False, True])
def test_the_penalty_counts_weights(many, monkeypatch):
    """Once, that of many cases was told in units of the mean weight."""
    monkeypatch.setattr(judging, "MANY", 30 if many else 10_000)
    model = LightWaveSRegressor(**SMALL, regressor=RegressionHead(0.1))
    assert model.fit(X, Y, sample_weight=np.full(len(Y), 2.0)).regressor_.alpha_ == pytest.approx(0.2 * len(Y))


@pytest.mark.parametrize("head", [RegressionHead(), KernelRegressionHead()], ids=["ridge", "kernel"])
def test_a_sensor_in_another_unit_is_told(head):
    """Once, a number that looks like the others was predicted without a word, with an interval of 90 %."""
    model = LightWaveSRegressor(**SMALL, regressor=head).fit(X, Y)
    far = X_TEST.copy()
    far[5] *= 1e4
    for predict in (model.predict, model.predict_interval):
        with pytest.warns(UserWarning, match="The features of case 5 are .* times as far from the mean of training"):
            predict(far)
    with pytest.warns(UserWarning, match="Features are more than 100 times as far"):
        model.predict_one(far[5])
    model.predict_one(far[5], check=False)
    stream = Stream(model, n_timepoints=X.shape[2])
    with pytest.warns(UserWarning, match="Features are more than 100 times as far"):
        stream.push(far[5])
    model.predict(X_TEST)  # these are none


@pytest.mark.parametrize("head", [RegressionHead(), KernelRegressionHead()], ids=["ridge", "kernel"])
def test_features_of_training_are_about_one_deviation_off(head):
    model = LightWaveSRegressor(**SMALL, regressor=head).fit(X, Y)
    rows = np.ascontiguousarray(model.transform(X).T)
    assert 0.5 < model.regressor_.far_off(rows, len(X)).mean() < 1.2
    head, distances = model.regressor_, []
    for i in range(5):
        moved = sum(abs(rows[j, i] - head.mean_[j]) * head.sensitivities()[j] for j in range(len(rows)))
        distances.append(moved / sum(head.importances_))
    np.testing.assert_allclose(head.far_off(rows, 5), distances, rtol=1e-9)


def test_a_head_of_ones_own_keeps_the_digits_of_numbers_far_from_zero():
    """Once, features were float32, so y was too: at an offset of 1e8, R2 was -1.5 without a word."""
    far = LightWaveSRegressor(**SMALL, regressor=Ridge(1.0)).fit(X, Y + 1e8)
    near = LightWaveSRegressor(**SMALL, regressor=Ridge(1.0)).fit(X, Y)
    assert far.predict(X).dtype == np.float64
    np.testing.assert_allclose(far.predict(X) - 1e8, near.predict(X), atol=1e-6)
    assert far.honest_score_ == pytest.approx(near.honest_score_, abs=1e-6)
    assert far.predict_one(X[0]) == pytest.approx(far.predict(X[:1])[0], rel=1e-15)
    far.regressor_.predict = lambda Z: np.zeros(len(Z), np.float32)
    assert far.predict(X).dtype == np.float64, "whatever the head says them in"


@pytest.mark.parametrize(
    "head", [StackingRegressor([("a", Ridge())], cv=2), VotingRegressor([("a", Ridge())])], ids=repr
)
def test_heads_that_predict_only_once_they_are_fitted_are_taken(head):
    """Once, "which has no predict" was said of them."""
    assert LightWaveSRegressor(**SMALL, regressor=head, honest=False).fit(X, Y).score(X, Y) > 0.5


def test_the_order_of_the_cases_hardly_counts():
    """Once, of cases sorted by y, each judge had to guess numbers beyond those that it had seen."""
    order = np.argsort(Y)
    by_size, as_it_was = (LightWaveSRegressor(**SMALL).fit(X[o], Y[o]) for o in (order, np.arange(len(Y))))
    assert abs(by_size.honest_score_ - as_it_was.honest_score_) < 0.05
    widths = [np.diff(model.predict_interval(X_TEST, 0.9))[0, 0] for model in (by_size, as_it_was)]
    assert widths[0] == pytest.approx(widths[1], rel=0.25)


def test_cases_that_judge_and_are_all_equal_give_no_score(monkeypatch):
    """Once, the honest score was minus infinity."""
    monkeypatch.setattr(judging, "MANY", 100)
    y = np.zeros(120)
    y[5] = 1.0  # in the last fold, which does not judge
    model = LightWaveSRegressor(**SMALL, regressor=RegressionHead())
    with pytest.warns(UserWarning, match="The 48 cases that judge all have the number 0. So there is no honest_score_"):
        model.fit(X, y)
    assert not hasattr(model, "honest_score_")
    assert np.isfinite(model.predict_interval(X_TEST)).all()
