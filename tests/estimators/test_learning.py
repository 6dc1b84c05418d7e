"""Learning from new cases: as if all had come at once, or a clear refusal."""

import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_heads import ridge_scores
from ranks import on_ranks
from sklearn.linear_model import Lasso, LogisticRegression, RidgeClassifier, SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from lightwaves import (
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    Prism,
    Stream,
    load,
    load_basic_motions,
    save,
)
from lightwaves.estimators import judging
from lightwaves.estimators.classifier import codes_of
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.learning import fold_of
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.export import c
from lightwaves.selection.sums import GRAIN

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
Y = np.array(["a", "b", "c"])[np.arange(300) % 3]
X = RNG.standard_normal((300, 2, 30)).astype(np.float32)
X[:, 0] += 0.7 * (np.arange(300) % 3)[:, np.newaxis] * np.sin(np.arange(30))
SMALL = {"bank": MiniRocket(336), "n_features": 20, "search_candidates": 336, "random_state": 0}
FIRST = slice(0, 120)


KEPT = {}  # pickles of models that have begun, as most tests begin with the same few


def begun(**options):
    """A model that has learnt from the first cases, and may go on."""
    if (name := repr(options)) not in KEPT:
        KEPT[name] = pickle.dumps(LightWaveSClassifier(**SMALL | options).partial_fit(X[FIRST], Y[FIRST]))
    return pickle.loads(KEPT[name])


@pytest.mark.parametrize("head", [None, KernelHead(20)], ids=["ridge", "kernel"])
@pytest.mark.parametrize("ends", [[300], [121, 122, 300], [170, 250, 300]])
def test_parts_teach_what_all_would(head, ends):
    wanted = begun(classifier=head).partial_fit(X[120:], Y[120:])
    model, first = begun(classifier=head), 120
    for end in ends:
        model.partial_fit(X[first:end], Y[first:end])
        first = end
    np.testing.assert_array_equal(model.decision_function(X), wanted.decision_function(X))
    np.testing.assert_array_equal(model.predict_proba(X), wanted.predict_proba(X))


def test_the_head_is_that_of_all_cases():
    model = begun().partial_fit(X[120:], Y[120:])
    features = model.transform(X)
    oracle = RidgeHead(np.array([model.classifier_.alpha_ / 300])).fit(features, Y)
    ours, theirs = (ridge_scores(head, features) for head in (model.classifier_, oracle))
    np.testing.assert_allclose(ours, theirs, atol=40 / 2**GRAIN)
    assert model.plan_.feature_names() == begun().plan_.feature_names(), "the features stay as they are"


def test_new_cases_teach():
    before, after = [], []
    for seed in range(4):
        few = LightWaveSClassifier(**SMALL | {"random_state": seed}).partial_fit(X[:30], Y[:30])
        before.append(few.score(X[200:], Y[200:]))
        after.append(few.partial_fit(X[30:200], Y[30:200]).score(X[200:], Y[200:]))
    assert np.mean(after) > np.mean(before) + 0.03


def test_a_class_may_come_later_if_it_is_named():
    ab = Y != "c"
    model = LightWaveSClassifier(**SMALL).partial_fit(X[ab], Y[ab], classes=["c", "a", "b"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert set(model.predict(X)) <= {"a", "b"}
    assert "c" in model.partial_fit(X[~ab], Y[~ab]).predict(X[~ab])
    assert model.predict_proba(X).shape == (300, 3)


def test_a_class_that_comes_later_may_have_a_weight():
    ab = Y != "c"
    model = LightWaveSClassifier(**SMALL, class_weight={"c": 2.0}).partial_fit(X[ab], Y[ab], classes=["a", "b", "c"])
    assert model.get_params()["class_weight"] == {"c": 2.0}
    wanted = LightWaveSClassifier(**SMALL).partial_fit(X[ab], Y[ab], classes=["a", "b", "c"])
    wanted.partial_fit(X[~ab], Y[~ab], sample_weight=2.0)
    np.testing.assert_array_equal(model.partial_fit(X[~ab], Y[~ab]).predict_proba(X), wanted.predict_proba(X))


def test_a_case_that_was_not_judged_has_no_chance_of_a_class_that_comes_later_either():
    ab, weights = Y != "c", np.ones(200)
    weights[7] = 0
    model = LightWaveSClassifier(**SMALL).partial_fit(X[ab], Y[ab], classes=["a", "b", "c"], sample_weight=weights)
    assert np.isnan(model.honest_proba_[7]).all()
    assert (np.delete(model.honest_proba_, 7, axis=0)[:, 2] == 0).all()


@pytest.mark.parametrize("class_weight", [{"a": -1.0}, {"a": np.nan}, 7])
def test_weights_of_classes_that_are_set_later_are_checked(class_weight):
    """Once, a weight below 0 let the choice of the penalty go on for ever."""
    with pytest.raises((TypeError, ValueError), match="class_weight"):
        begun().set_params(class_weight=class_weight).partial_fit(X[120:], Y[120:])


def test_weights_beyond_float64_in_units_of_the_first_ones_are_refused():
    """Once, sums of NaN let the choice of the penalty go on for ever."""
    model = LightWaveSClassifier(**SMALL)
    with pytest.warns(UserWarning, match="the weights of the cases have a mean of 1e-290"):
        model.partial_fit(X[FIRST], Y[FIRST], sample_weight=1e-290)
    with pytest.raises(ValueError, match="a case has inf times the mean weight of the first cases"):
        model.partial_fit(X[120:], Y[120:], sample_weight=1e30)


def test_a_head_that_derives_from_one_of_the_library_learns_as_that_does():
    class Mine(RidgeHead):
        """A head as a user may write it."""

    model = LightWaveSClassifier(**SMALL, classifier=Mine()).partial_fit(X[FIRST], Y[FIRST])
    wanted = begun(classifier=RidgeHead()).partial_fit(X[120:], Y[120:])
    np.testing.assert_array_equal(model.partial_fit(X[120:], Y[120:]).classifier_.coef_, wanted.classifier_.coef_)


def test_a_head_that_derives_from_one_of_the_library_may_learn_in_its_own_way():
    class Mine(RidgeHead):
        """A head that counts how often it was taught."""

        def partial_fit(self, X, y, classes=None):
            self.taught_ = getattr(self, "taught_", 0) + 1
            return self.fit(X, y)

    model = LightWaveSClassifier(**SMALL, classifier=Mine()).partial_fit(X[FIRST], Y[FIRST])
    assert model.classifier_.taught_ == 1


def test_channels_count_as_they_do_in_the_head_that_has_learnt():
    model = begun().partial_fit(X[120:], Y[120:])
    reads, channel = model.plan_.reads
    sums = np.bincount(channel, (model.classifier_.importances_ / np.bincount(reads))[reads], minlength=2)
    np.testing.assert_allclose(model.channel_importances_, sums / sums.sum())


def test_one_case_at_a_time_is_learnt():
    model = begun()
    for i in range(120, 124):
        model.partial_fit(X[i : i + 1], Y[i : i + 1])
    assert model._learner.n_seen.sum() == 124


def test_weights_count_as_repeated_cases_do():
    weights = np.where(np.arange(180) % 2, 2.0, 1.0)
    model = begun().partial_fit(X[120:], Y[120:], sample_weight=weights)
    of_class = begun(class_weight={"a": 3.0})
    everything = np.concatenate([np.ones(120), weights])
    features = model.transform(X)
    head = RidgeHead(np.array([model.classifier_.alpha_ / everything.sum()]))
    oracle = head._analysed_by(model.classifier_._kept).fit(features, Y, everything)
    np.testing.assert_allclose(oracle.decision_function(features), model.decision_function(X), atol=0.05)
    assert (of_class.predict(X) == "a").mean() > (begun().predict(X) == "a").mean()


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_the_unit_of_weights_does_not_count(unit):
    model = LightWaveSClassifier(**SMALL)
    with pytest.warns(UserWarning, match=f"mean of {unit:.2g}".replace("+", r"\+")):
        model.partial_fit(X[FIRST], Y[FIRST], sample_weight=np.full(120, unit))
    model.partial_fit(X[120:], Y[120:], sample_weight=np.full(180, unit))
    assert model.score(X, Y) > 0.7


@pytest.mark.parametrize("head", [RidgeHead(), KernelHead(n_landmarks=20)], ids=["linear", "kernel"])
def test_the_training_mean_is_that_of_all_cases(head):
    """Once, a kernel head kept the mean of the first cases, to which explanations were relative."""
    x, y = np.tile(X, (2, 1, 1)), np.tile(Y, 2)
    x[len(X) :] *= 1.5  # later cases are louder
    model = LightWaveSClassifier(**SMALL, classifier=head)
    model.partial_fit(x[: len(X)], y[: len(X)]).partial_fit(x[len(X) :], y[len(X) :])
    features = model.transform(x).astype(float)
    off = (model.classifier_.mean_ - features.mean(axis=0)) / features.std(axis=0)
    assert np.abs(off).max() < 1e-3


def test_a_head_of_ones_own_learns_by_its_own_way():
    model = LightWaveSClassifier(**SMALL, classifier=SGDClassifier(random_state=0), honest=False)
    model.partial_fit(X[FIRST], Y[FIRST])
    before = model.classifier_.t_
    model.partial_fit(X[120:], Y[120:])
    assert model.classifier_.t_ == before + 180
    assert not hasattr(LightWaveSClassifier(classifier=SVC()), "partial_fit")
    assert not hasattr(LightWaveSClassifier(classifier=LogisticRegression()), "partial_fit")


@pytest.mark.parametrize(
    ("model", "method", "why"),
    [
        (LightWaveSClassifier(classifier=RidgeClassifier()), "partial_fit", "'RidgeClassifier' .* 'partial_fit'"),
        (LightWaveSClassifier(classifier=RidgeClassifier()), "predict_proba", "'RidgeClassifier' .* 'predict_proba'"),
        (LightWaveSRegressor(regressor=Lasso()), "predict_interval", "Lasso gives no intervals"),
    ],
)
def test_what_a_head_cannot_do_is_told_with_the_head_that_lacks_it(model, method, why):
    with pytest.raises(AttributeError) as told:
        getattr(model, method)
    assert re.search(why, str(told.value.__cause__))


def test_a_pickle_goes_on_to_learn():
    model = LightWaveSClassifier(**SMALL).partial_fit(X[FIRST], Y[FIRST])
    again = pickle.loads(pickle.dumps(model)).partial_fit(X[120:], Y[120:])
    np.testing.assert_array_equal(again.decision_function(X), model.partial_fit(X[120:], Y[120:]).decision_function(X))


@pytest.mark.parametrize("head", [None, KernelHead(20)], ids=["ridge", "kernel"])
@pytest.mark.parametrize("many", [50, 1000], ids=["sums", "features"])
def test_a_model_that_was_fitted_goes_on_to_learn(many, head, monkeypatch):
    monkeypatch.setattr(judging, "MANY", many)
    model = LightWaveSClassifier(**SMALL, classifier=head).fit(X[FIRST], Y[FIRST])
    model.partial_fit(X[120:], Y[120:])
    features = model.transform(X)
    if head is None:
        oracle = RidgeHead(np.array([model.classifier_.alpha_ / 300])).fit(features, Y)
        ours, theirs = (ridge_scores(of_head, features) for of_head in (model.classifier_, oracle))
        np.testing.assert_allclose(ours, theirs, atol=40 / 2**GRAIN)
    before = LightWaveSClassifier(**SMALL, classifier=head).fit(X[FIRST], Y[FIRST])
    assert (model.predict(X[120:]) == Y[120:]).mean() > (before.predict(X[120:]) == Y[120:]).mean()
    assert model._learner.n_seen.sum() == 300


def test_fit_forgets_what_was_learnt():
    again = begun().fit(X[FIRST], Y[FIRST]).partial_fit(X[120:], Y[120:])
    assert again._learner.n_seen.sum() == 300


def test_a_model_of_several_ranks_says_that_it_cannot_learn():
    model, _ = on_ranks(2, lambda comm: LightWaveSClassifier(**SMALL).fit(X, Y, comm=comm))
    with pytest.raises(ValueError, match="fitted by several ranks"):
        model.partial_fit(X, Y)


def test_a_model_of_a_file_says_that_it_cannot_learn(tmp_path):
    save(begun(), tmp_path / "model.npz")
    with pytest.raises(ValueError, match="keeps no sums to add new cases to"):
        load(tmp_path / "model.npz").partial_fit(X, Y)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (X, np.where(Y == "a", "z", Y), {}, r"the classes \['z'\], which are not among"),
        (X, Y[:-1], {}, "inconsistent numbers of samples"),
        (X[:, :1], Y, {}, "1 channels, but LightWaveSClassifier is expecting 2"),
        (X, Y, {"classes": ["a", "b"]}, "classes must be those of the first call"),
        (np.where(X > 2, np.nan, X), Y, {}, "contains NaN"),
        (X, Y, {"sample_weight": -np.ones(300)}, "sample_weight is negative"),
    ],
)
def test_what_cannot_be_learnt_changes_nothing(x, y, options, message):
    model = begun()
    before = model.decision_function(X)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(x, y, **options)
    np.testing.assert_array_equal(model.decision_function(X), before)
    assert model._learner.n_seen.sum() == 120


def test_cases_that_all_have_weight_0_teach_nothing():
    """They were refused, so that the cut between batches decided whether a stream of them could be learnt."""
    for model, labels in (begun(), Y), (begun(class_weight={"a": 2.0}), Y), (begun_numbers(), NUMBERS):
        series = X if labels is Y else WALKS
        before = model.predict(series)
        model.partial_fit(series[:5], labels[:5], sample_weight=np.zeros(5))
        np.testing.assert_array_equal(model.predict(series), before)


def test_nobody_needs_the_class_of_a_case_of_weight_0():
    """Once, its label had to be known, which `fit` does not ask for."""
    labels, weights = Y.copy(), np.ones(300)
    labels[[0, 200]], weights[[0, 200]] = "z", 0
    model = LightWaveSClassifier(**SMALL).partial_fit(X[FIRST], labels[FIRST], sample_weight=weights[FIRST])
    model.partial_fit(X[120:], labels[120:], sample_weight=weights[120:])
    assert model.classes_.tolist() == ["a", "b", "c"]
    wanted = LightWaveSClassifier(**SMALL).partial_fit(X[1:120], Y[1:120])
    wanted.partial_fit(np.delete(X, 200, 0)[120:], np.delete(Y, 200)[120:])
    np.testing.assert_array_equal(model.decision_function(X), wanted.decision_function(X))
    two = LightWaveSClassifier(**SMALL, class_weight={"c": 0.0}).partial_fit(X[FIRST], Y[FIRST])
    assert two.partial_fit(X[120:], Y[120:]).classes_.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("classes", "error", "message"),
    [
        ("abc", ValueError, "classes must be a list of labels, got 'abc'"),
        (3, ValueError, "classes must be a list of labels, got 3"),
        ([["a", "b"], ["c", "d"]], ValueError, "classes must be a list of labels"),
        (["a", "b", "c", None], ValueError, "classes has a label that is missing"),
        (["a", "b", "c", np.nan], ValueError, "classes has a label that is missing"),
        (["a", "b", "c", 3], TypeError, "classes mixes text and numbers"),
    ],
)
def test_classes_that_cannot_come_are_refused(classes, error, message):
    with pytest.raises(error, match=message):
        LightWaveSClassifier(**SMALL).partial_fit(X[FIRST], Y[FIRST], classes=classes)
    with pytest.raises(error, match=message):
        begun().partial_fit(X[FIRST], Y[FIRST], classes=classes)


def test_classes_may_be_a_set():
    model = LightWaveSClassifier(**SMALL).partial_fit(X[FIRST], Y[FIRST], classes={"d", "a", "c", "b"})
    assert model.classes_.tolist() == ["a", "b", "c", "d"]


def test_balanced_classes_need_all_cases():
    for model in (LightWaveSClassifier(**SMALL, class_weight="balanced"), LightWaveSClassifier(**SMALL).fit(X, Y)):
        with pytest.raises(ValueError, match="class_weight='balanced' needs all cases at once"):
            model.set_params(class_weight="balanced").partial_fit(X[FIRST], Y[FIRST])


def test_the_honest_calibration_stays():
    noise, guess = RNG.standard_normal((300, 2, 30)).astype(np.float32), RNG.integers(0, 2, 300)
    model = LightWaveSClassifier(**SMALL | {"search_candidates": 2000, "bank": None}).fit(noise[:290], guess[:290])
    before = model.classifier_.temperature_, model.classifier_.floor_
    model.partial_fit(noise[290:], guess[290:])
    assert (model.classifier_.temperature_, model.classifier_.floor_) == before
    new = RNG.standard_normal((300, 2, 30)).astype(np.float32)
    assert model.predict_proba(new).max(axis=1).mean() < 0.6
    alone = LightWaveSClassifier(**SMALL | {"search_candidates": 2000, "bank": None}).partial_fit(noise, guess)
    assert alone.predict_proba(new).max(axis=1).mean() < 0.6


def test_the_summary_of_the_training_counts_all_cases(tmp_path):
    ab = Y != "c"
    model = LightWaveSClassifier(**SMALL).partial_fit(X[ab], Y[ab], classes=["a", "b", "c"])
    with pytest.warns(UserWarning, match="X has series of 20 time points, but the training series had 30"):
        model.partial_fit(X[~ab][:50, :, :20], Y[~ab][:50])
    assert model.training_.class_counts.tolist() == [100, 100, 50]
    assert (model.training_.n_cases, model.training_.shortest, model.training_.longest) == (250, 20, 30)
    assert model.honest_proba_.shape == (200, 3)
    save(model, tmp_path / "model.npz")
    np.testing.assert_array_equal(load(tmp_path / "model.npz").predict(X), model.predict(X))


def test_windows_and_exports_are_as_long_as_the_longest_series_that_was_learnt(tmp_path, monkeypatch):
    monkeypatch.setattr(c, "measured", lambda *_: None)  # no compiler is asked
    model = begun()
    with pytest.warns(UserWarning, match="X has series of 40 time points, but the training series had 30"):
        model.partial_fit(np.concatenate([X[120:130], X[120:130, :, :10]], axis=2), Y[120:130])
    assert Stream(model).n_timepoints == 40
    c.to_c(model, tmp_path / "model.c")
    assert "MODEL_N_TIMEPOINTS 40\n" in (tmp_path / "model.h").read_text()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=400), st.integers(0, 400))
def test_the_fold_of_a_case_does_not_depend_on_what_comes_after_it(codes, cut):
    codes = np.array(codes)
    at_once = fold_of(codes, np.zeros(3, np.int64))
    n_seen = np.zeros(3, np.int64)
    parts = [fold_of(part, n_seen) for part in (codes[:cut], codes[cut:])]
    np.testing.assert_array_equal(np.concatenate(parts), at_once)
    for k in range(3):
        of_class = at_once[codes == k]
        assert set(of_class) == set(range(min(5, len(of_class))))


def test_a_class_that_is_not_named_is_refused_before_the_search(monkeypatch):
    monkeypatch.setattr(LightWaveSClassifier, "fit", lambda *_: pytest.fail("it is searched"))
    with pytest.raises(ValueError, match=r"the classes \['c'\], which are not among \['a', 'b'\]"):
        LightWaveSClassifier(**SMALL).partial_fit(X, Y, classes=["a", "b"])


def test_classes_that_are_dates_are_named_as_dates():
    """Once, those of nanoseconds were named as whole numbers."""
    dates = np.array(["2020-01-01", "2020-01-02"], "M8[ns]")
    with pytest.raises(ValueError, match=r"the classes \[2020-01-02T.*\], which are not among \[2020-01-01T"):
        codes_of(dates, dates[:1])


@pytest.mark.parametrize("n_classes", [3, 20])  # of many, NumPy makes text to compare them
def test_text_is_no_class_among_numbers_though_it_reads_like_one(n_classes):
    numbers = np.arange(1, n_classes + 1)
    for labels, classes in ((np.array(["3"]), numbers), (np.array([3]), np.unique(numbers.astype(str)))):
        with pytest.raises(ValueError, match="make all text, or all numbers"):
            codes_of(labels, classes)
    assert codes_of(np.array([3.0]), numbers) == [2]


@pytest.mark.parametrize("first", [False, True])
def test_a_case_of_weight_0_is_as_if_it_were_not_there(first):
    weights = (np.arange(180) // 3 % 3 > 0).astype(float)
    some = np.flatnonzero(weights)
    if first:
        model = LightWaveSClassifier(**SMALL).partial_fit(X[:180], Y[:180], sample_weight=weights)
        wanted = LightWaveSClassifier(**SMALL).partial_fit(X[some], Y[some])
    else:
        model = begun().partial_fit(X[120:], Y[120:], sample_weight=weights)
        wanted = begun().partial_fit(X[120 + some], Y[120 + some])
    np.testing.assert_array_equal(model.decision_function(X), wanted.decision_function(X))
    assert model.training_.n_cases == wanted.training_.n_cases
    np.testing.assert_array_equal(model.training_.class_counts, wanted.training_.class_counts)


# --- numbers ------------------------------------------------------------------------------------------------

WALKS = np.random.default_rng(1).standard_normal((300, 2, 30)).cumsum(axis=2).astype(np.float32)
NUMBERS = 1e3 + 10 * np.ptp(WALKS[:, 0], axis=1).astype(np.float64)


def begun_numbers():
    """A regressor that has learnt from the first cases, and may go on."""
    if "numbers" not in KEPT:
        KEPT["numbers"] = pickle.dumps(LightWaveSRegressor(**SMALL).partial_fit(WALKS[FIRST], NUMBERS[FIRST]))
    return pickle.loads(KEPT["numbers"])


@pytest.mark.parametrize("ends", [[300], [121, 122, 300], [170, 250, 300]])
def test_parts_teach_a_regressor_what_all_would(ends):
    wanted = begun_numbers().partial_fit(WALKS[120:], NUMBERS[120:])
    model, first = begun_numbers(), 120
    for end in ends:
        model.partial_fit(WALKS[first:end], NUMBERS[first:end])
        first = end
    np.testing.assert_array_equal(model.predict(WALKS), wanted.predict(WALKS))
    np.testing.assert_array_equal(model.predict_interval(WALKS), wanted.predict_interval(WALKS))


@pytest.mark.parametrize("many", [50, 1000], ids=["sums", "features"])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weights"])
def test_the_head_of_numbers_is_the_ridge_on_all_cases(many, weighted, monkeypatch):
    monkeypatch.setattr(judging, "MANY", many)
    weights = np.where(np.arange(300) % 3, 2.0, 1.0) if weighted else None
    first, later = (None if weights is None else weights[some] for some in (FIRST, slice(120, 300)))
    model = LightWaveSRegressor(**SMALL, regressor=RegressionHead())
    model.fit(WALKS[FIRST], NUMBERS[FIRST], sample_weight=first)
    before = model.predict(WALKS[120:])
    model.partial_fit(WALKS[120:], NUMBERS[120:], sample_weight=later)
    features, total = model.transform(WALKS), 300 if weights is None else weights.sum()
    oracle = RegressionHead(model.regressor_.alpha_ / total).fit(features, NUMBERS, weights)
    np.testing.assert_allclose(oracle.predict(features), model.predict(WALKS), atol=0.02 * NUMBERS.std())
    errors = [np.abs(said - NUMBERS[120:]).mean() for said in (model.predict(WALKS[120:]), before)]
    assert errors[0] < errors[1]
    assert model.training_.n_cases == 300
    assert not len(model.training_.class_counts)


def test_new_numbers_widen_the_bounds_and_leave_intervals_and_honest_figures():
    model = begun_numbers()
    low, high = model.regressor_.bounds_
    kept = model.regressor_.spread_, model.regressor_.errors_, model.honest_score_
    y = NUMBERS[120:].copy()
    y[7] = NUMBERS.max() + 500
    with pytest.warns(UserWarning, match="y of case 7 is .* counts more than all others"):
        model.partial_fit(WALKS[120:], y)
    assert model.regressor_.bounds_[1] > high
    assert model.regressor_.bounds_[0] <= low
    assert (model.regressor_.spread_, model.honest_score_) == (kept[0], kept[2])
    np.testing.assert_array_equal(model.regressor_.errors_, kept[1])


def test_a_regressor_that_has_learnt_is_saved_pickled_and_keeps_its_parameters(tmp_path):
    model = begun_numbers().partial_fit(WALKS[120:200], NUMBERS[120:200])
    assert model.regressor is None
    save(model, tmp_path / "model.npz")
    np.testing.assert_array_equal(load(tmp_path / "model.npz").predict(WALKS), model.predict(WALKS))
    with pytest.raises(ValueError, match="keeps no sums to add new cases to"):
        load(tmp_path / "model.npz", LightWaveSRegressor).partial_fit(WALKS, NUMBERS)
    again = pickle.loads(pickle.dumps(model))
    for one in (again, model):
        one.partial_fit(WALKS[200:], NUMBERS[200:])
    np.testing.assert_array_equal(again.predict(WALKS), model.predict(WALKS))


def test_a_kernel_ridge_says_that_it_cannot_learn():
    assert not hasattr(LightWaveSRegressor(regressor=KernelRegressionHead()), "partial_fit")
    assert not hasattr(LightWaveSRegressor(regressor=Lasso()), "partial_fit")
    model = LightWaveSRegressor(**SMALL, regressor=KernelRegressionHead(20)).fit(WALKS, NUMBERS)
    with pytest.raises(ValueError, match="has chosen a kernel ridge, which cannot learn from new cases"):
        model.set_params(regressor=None).partial_fit(WALKS, NUMBERS)


def test_a_regressor_of_ones_own_learns_by_its_own_way():
    model = LightWaveSRegressor(**SMALL, regressor=SGDRegressor(random_state=0), honest=False)
    model.partial_fit(WALKS[FIRST], NUMBERS[FIRST] / 1e3)
    before = model.regressor_.t_
    model.partial_fit(WALKS[120:], NUMBERS[120:] / 1e3)
    assert model.regressor_.t_ == before + 180


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (WALKS, NUMBERS[:-1], {}, "inconsistent numbers of samples"),
        (WALKS, np.where(np.arange(300) == 9, np.nan, NUMBERS), {}, "y contains NaN or infinity: case 9"),
        (WALKS, np.where(np.arange(300) == 9, 1e9, NUMBERS), {}, r"y has the number 1e\+09, while the first cases are"),
        (WALKS[:, :1], NUMBERS, {}, "1 channels, but LightWaveSRegressor is expecting 2"),
        (np.where(WALKS > 5, np.nan, WALKS), NUMBERS, {}, "contains NaN"),
        (WALKS, NUMBERS, {"sample_weight": -np.ones(300)}, "sample_weight is negative"),
        (WALKS, NUMBERS + 2e5, {}, r"y lies up to \S+ deviations from the mean of the first cases, and sums"),
        (
            WALKS,
            NUMBERS,
            {"sample_weight": 1e9},
            r"a case has 1e\+09 times the mean weight",
        ),
        (WALKS, NUMBERS, {"sample_weight": 1e300}, r"a case has 1e\+300 times the mean weight"),
    ],
)
def test_what_a_regressor_cannot_learn_changes_nothing(x, y, options, message):
    model = begun_numbers()
    before = model.predict(WALKS)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(x, y, **options)
    np.testing.assert_array_equal(model.predict(WALKS), before)


def test_of_a_case_of_weight_0_a_regressor_takes_no_number():
    weights, wild = np.ones(180), NUMBERS[120:].copy()
    weights[3], wild[3] = 0, 1e9
    some = np.flatnonzero(weights)
    model = begun_numbers().partial_fit(WALKS[120:], wild, sample_weight=weights)
    wanted = begun_numbers().partial_fit(WALKS[120 + some], NUMBERS[120 + some])
    np.testing.assert_array_equal(model.predict(WALKS), wanted.predict(WALKS))
    np.testing.assert_array_equal(model.regressor_.bounds_, wanted.regressor_.bounds_)


def test_a_head_that_copies_share_learns_in_one_of_them_only():
    X, y = load_basic_motions()
    head = GaussianNB()
    model = LightWaveSClassifier(n_features=10, classifier=head, honest=False, random_state=0).fit(X, y)
    before = model.predict_proba(X)
    model.narrowed().partial_fit(X[:, model.channels_], y[::-1])
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_new_labels_must_name_the_cases_of_a_frame_in_their_order():
    pandas = pytest.importorskip("pandas")
    X, y = load_basic_motions()
    rows = pandas.MultiIndex.from_product([np.arange(len(X))[::-1], np.arange(X.shape[2])])
    frame = pandas.DataFrame(X.transpose(0, 2, 1).reshape(-1, 6), index=rows, columns=list("abcdef"))
    model = LightWaveSClassifier(n_features=10, random_state=0).fit(frame, y)
    with pytest.raises(ValueError, match="the index of y names the cases of X in another order"):
        model.partial_fit(frame, pandas.Series(y[::-1], index=np.arange(len(X))))


def test_cases_far_from_the_first_ones_are_told():
    """Once, one case in other units spoilt a model for good, and one spike in a hundred cases, without a word."""
    model = LightWaveSClassifier(**SMALL | {"bank": Prism(336)}).partial_fit(X[:150], Y[:150])
    spike = X[150:200].copy()
    spike[3, 0, 4] = 1e6
    for far, n_far in ((X[150:151] * 1e4, "1 of 1"), (spike, "1 of 50")):
        with pytest.warns(UserWarning, match=f"{n_far} cases have features more than 64 deviations away from those of"):
            pickle.loads(pickle.dumps(model)).partial_fit(far, Y[150 : 150 + len(far)])
    forgetting = np.exp(-np.arange(len(X) - 150) / 3)
    model.partial_fit(X[150:], Y[150:], sample_weight=forgetting)  # of near cases, in any weight


def test_a_number_is_far_only_if_it_counts_more_than_all_others():
    y, weights = NUMBERS[120:].copy(), np.ones(180)
    y[7] = NUMBERS.max() + 500
    for others in ([7], range(7, 60)):  # many such numbers, or one that hardly counts, are no mistake
        weights[7] = 1e-9 if len(others) == 1 else 1.0
        y[list(others)] = y[7]
        begun_numbers().partial_fit(WALKS[120:], y, sample_weight=weights)
    weights[:5], y[8:] = 0.0, NUMBERS[128:]
    with pytest.warns(UserWarning, match=r"^y of case 7 is"):
        begun_numbers().partial_fit(WALKS[120:], y, sample_weight=weights)


@pytest.mark.parametrize("late", ["a", "b", "c"])
def test_a_head_of_ones_own_counts_classes_that_come_late(late):
    """Once, the last class ended in an error of NumPy after it was learnt; cases of others counted as another."""
    model = LightWaveSClassifier(**SMALL, classifier=GaussianNB())
    model.partial_fit(X[late != Y], Y[late != Y], classes=["a", "b", "c"])
    counts = [0 if name == late else int((name == Y).sum()) for name in "abc"]
    assert model.training_.class_counts.tolist() == counts
    model.partial_fit(X[late == Y], Y[late == Y])
    assert model.training_.class_counts.tolist() == [(name == Y).sum() for name in "abc"]


class Tensor:
    """An array of another library, whose size is a method, as that of torch."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values.astype(dtype or self.values.dtype)

    def __len__(self):
        return len(self.values)

    def size(self):
        """The shape."""
        return self.values.shape


def test_labels_of_any_array_are_scored_and_learnt_as_they_are_fitted():
    """Once, fit took a tensor, and score said that X has <built-in method size> cases."""
    y = np.arange(300) % 3
    model = LightWaveSClassifier(**SMALL).partial_fit(X[FIRST], Tensor(y[FIRST]), classes=[0, 1, 2])
    assert model.score(X, Tensor(y)) == model.score(X, y)
    numbers = LightWaveSRegressor(**SMALL, honest=False).fit(X[FIRST], Tensor(y[FIRST]))
    assert numbers.score(X, Tensor(y)) == numbers.score(X, y)
