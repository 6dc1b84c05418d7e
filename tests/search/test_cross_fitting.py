"""Cross-fitting: who is left out with whom, that models have not seen whom they judge, and what is chosen by it."""

import warnings
from dataclasses import replace

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression, Perceptron, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from lightwaves.estimators.ridge import RidgeHead
from lightwaves.parallel.crew import Crew
from lightwaves.search import cross_fitting
from lightwaves.search.cross_fitting import AllCandidates, CrossFit, CrossFitted, cross_fitted, said_by_ridge
from lightwaves.search.folds import folds_of
from lightwaves.search.honest_choice import (
    JUDGED_PATH,
    MANY,
    analysed,
    best_of,
    of_one_intercept,
    sizes_of_path,
    smallest_good,
)
from lightwaves.search.merits import mean_and_standard_error
from lightwaves.selection.detachment import Detached, detach, first_ridge
from lightwaves.selection.discriminant import Discriminant, ScoreSums
from lightwaves.selection.relevance import spare_rows

pytestmark = pytest.mark.slow


def candidates(n_cases=60, n_features=150, n_classes=3, signal=1.0, seed=0):
    """Features as rows, of cases sorted by class, and the classes."""
    rng = np.random.default_rng(seed)
    y = np.sort(np.arange(n_cases) % n_classes)
    means = signal * rng.standard_normal((n_features, n_classes)) * (np.arange(n_features) < 10)[:, np.newaxis]
    return (means[:, y] + rng.standard_normal((n_features, n_cases))).astype(np.float32), y


def judged(rows, y, sizes=(20,), heads=None, groups=None, weights=None, crew=None, classes=None):
    cases = np.arange(len(y))
    how = CrossFit(heads or [RidgeHead()], groups, np.unique(y) if classes is None else classes)
    return cross_fitted(AllCandidates(rows, cases, y, weights, 0.3 * len(rows)), list(sizes), how, crew or Crew())


# --- folds --------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=5))
def test_folds_are_equally_large_and_spread_each_class_evenly(counts):
    codes = np.repeat(np.arange(len(counts)), counts)
    fold = folds_of(codes, np.arange(len(codes)))
    n_folds = min(5, len(codes))
    assert np.ptp(np.bincount(fold, minlength=n_folds)) <= 1
    for k in range(len(counts)):
        of_class = fold[codes == k]
        assert np.ptp(np.bincount(of_class, minlength=n_folds)) <= 1
        assert (np.diff(of_class) >= 0).all(), "neighbours stay together"


def test_the_order_of_the_training_cases_counts_and_not_that_of_the_rows():
    codes, cases = np.repeat([0, 1], 20), np.random.default_rng(0).permutation(40)
    fold = folds_of(codes, cases)
    for k in (0, 1):
        assert (np.diff(fold[codes == k][np.argsort(cases[codes == k])]) >= 0).all()
    y = np.random.default_rng(1).standard_normal(40)
    of_cases = folds_of(y[np.argsort(cases)], np.arange(40))
    np.testing.assert_array_equal(folds_of(y, cases), of_cases[cases])


def test_neighbours_that_are_alike_do_not_flatter():
    rng = np.random.default_rng(0)
    run = np.repeat(np.arange(20), 10)  # recordings one after the other, each of one class
    y = run % 2
    rows = (rng.standard_normal((300, 20))[:, run] + 0.1 * rng.standard_normal((300, 200))).astype(np.float32)
    order = np.argsort(y, kind="stable")
    everything = AllCandidates(rows[:, order], order, y[order], None, penalty=90.0)
    found = cross_fitted(everything, [20], CrossFit([RidgeHead()], None, np.arange(2)), Crew())
    assert mean_and_standard_error(found.scores[0, 0].argmax(axis=1) == y[order])[0] < 0.8


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 2)), min_size=2, max_size=120))
def test_groups_stay_together_and_every_fold_has_one(pairs):
    groups, codes = np.array(pairs).T
    codes = np.unique(codes, return_inverse=True)[1]
    if len(np.unique(groups)) < 2:
        groups[0] += 1
    fold = folds_of(codes, np.arange(len(codes)), groups)
    for group in np.unique(groups):
        assert len(set(fold[groups == group])) == 1
    assert set(fold) == set(range(fold.max() + 1))
    assert 2 <= fold.max() + 1 <= min(5, len(np.unique(groups)))


@pytest.mark.parametrize("rare", [(a, b) for a in range(10) for b in range(a)][::7])
def test_a_class_of_two_groups_is_in_two_folds(rare):
    groups = np.repeat(np.arange(10), 6)
    codes = np.isin(groups, rare).astype(int)
    fold = folds_of(codes, np.arange(len(codes)), groups)
    assert len(set(fold[codes == 1])) == 2
    assert np.bincount(fold).tolist() == [12] * 5


# --- nobody judges what it has seen -------------------------------------------------------------------------


def test_each_case_is_judged_by_a_choice_and_a_head_that_have_not_seen_it():
    rows, y = candidates()
    found, fold = judged(rows, y), folds_of(y, np.arange(len(y)))
    for number in range(5):
        training = np.flatnonzero(fold != number)
        room = spare_rows(len(rows), len(training))
        room[:-1, : len(training)] = rows[:, training]
        first = replace(first_ridge(room, len(training), y[training]), penalty=0.3 * len(rows))
        left = detach(first, 20).chosen
        head = RidgeHead().fit(rows[np.ix_(left, training)].T, y[training])
        expected = head.decision_function(rows[np.ix_(left, np.flatnonzero(fold == number))].T)
        np.testing.assert_allclose(found.scores[0, 0][fold == number], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_of_noise_the_honest_score_is_that_of_chance_where_the_one_seen_is_not(n_classes):
    rows, y = candidates(200, 2000, n_classes, signal=0.0)
    room = spare_rows(len(rows), len(y))
    room[:-1, : len(y)] = rows
    seen = detach(first_ridge(room, len(y), y), 50).path["score"][-1]
    honest, standard_error = mean_and_standard_error(judged(rows, y, [50]).scores[0, 0].argmax(axis=1) == y)
    assert seen > 2 / n_classes * 0.8
    assert abs(honest - 1 / n_classes) < 3 * standard_error


def test_cases_of_one_group_that_say_the_same_do_not_flatter():
    rng = np.random.default_rng(0)
    group = np.tile(np.arange(30), 6)
    y = group % 2
    order = np.argsort(y, kind="stable")
    rows = (rng.standard_normal((400, 30))[:, group] + 0.1 * rng.standard_normal((400, 180))).astype(np.float32)
    alone, together = (
        mean_and_standard_error(
            judged(rows[:, order], y[order], groups=groups).scores[0, 0].argmax(axis=1) == y[order]
        )[0]
        for groups in (None, group[order])
    )
    assert alone > 0.95
    assert together < 0.75


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ranks_and_threads_change_no_bit(size, n_jobs):
    rows, y = candidates()
    expected = judged(rows, y, [40, 20]).scores
    for found in on_ranks(size, lambda comm: judged(rows, y, [40, 20], crew=Crew(comm, n_jobs))):
        np.testing.assert_array_equal(found.scores, expected)


def test_weights_go_to_the_choice_and_to_the_head():
    rows, y = candidates()
    weights = np.random.default_rng(1).uniform(0.5, 2, len(y))
    found = judged(rows, y, weights=weights)
    assert (found.scores != judged(rows, y).scores).any()
    np.testing.assert_allclose(judged(rows, y, weights=np.ones(len(y))).scores, judged(rows, y).scores, atol=1e-9)


@pytest.mark.parametrize("counts", [[1, 1], [1, 9], [2, 2], [1, 1, 1], [1, 2, 30]])
def test_classes_of_one_case_are_judged_by_models_that_do_not_know_them(counts):
    y = np.repeat(np.arange(len(counts)), counts)
    rows = np.random.default_rng(0).standard_normal((30, len(y))).astype(np.float32)
    scores = judged(rows, y, [5]).scores[0, 0]
    assert np.isfinite(scores).all()
    for k, count in enumerate(counts):
        if count == 1 and len(y) > 2:
            assert scores[y == k, k] == -1


# --- heads of others ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(
    "head",
    [
        LogisticRegression(), GaussianNB(), KNeighborsClassifier(), Perceptron(),
        SVC(decision_function_shape="ovo"), FixedThresholdClassifier(LogisticRegression(), threshold=1e-9),
    ],
    ids=repr,
)  # fmt: skip
def test_a_head_of_others_is_judged_by_what_it_predicts_and_by_no_score(head, n_classes):
    if n_classes > 2 and isinstance(head, FixedThresholdClassifier):
        pytest.skip("it knows two classes only")
    rows, y = candidates(n_classes=n_classes)
    labels = np.array(list("wxyz"))[:n_classes]
    found = judged(rows, y, heads=[head], classes=labels)
    for number in range(5):
        held, training = folds_of(y, np.arange(len(y))) == number, folds_of(y, np.arange(len(y))) != number
        room = spare_rows(len(rows), training.sum())
        room[:-1, : training.sum()] = rows[:, training]
        first = replace(first_ridge(room, training.sum(), y[training]), penalty=0.3 * len(rows))
        left = detach(first, 20).chosen
        features = rows[left].T.astype(np.float64)
        alone, features = clone(head).fit(features[training], labels[y[training]]), features[held]
        assert labels[found.scores[0, 0][held].argmax(axis=1)].tolist() == alone.predict(features).tolist()
        if hasattr(alone, "predict_proba"):
            np.testing.assert_allclose(found.chances[0, 0][held], alone.predict_proba(features), rtol=1e-4, atol=1e-6)
        else:
            assert np.isnan(found.chances).all()


def test_a_head_that_only_predicts_and_knows_classes_by_name_is_judged_by_that():
    class ByName(BaseEstimator):
        def fit(self, features, labels):
            assert set(labels) == {"this", "that"}

        def predict(self, features):
            return np.repeat("this", len(features))

    rows, y = candidates(n_classes=2)
    found = judged(rows, y, heads=[ByName()], classes=np.array(["that", "this"]))
    assert (found.scores[0, 0] == [-1, 1]).all()


def test_a_class_that_a_fold_lacks_has_no_chance():
    rows, y = candidates(41)
    y = np.r_[y[:40], 3]
    chances = judged(rows, y, heads=[GaussianNB()]).chances[0, 0]
    assert chances[40, 3] == 0
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)  # in float32


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_head_that_fails_on_a_part_of_the_cases_leaves_no_estimate_and_says_so(backend):
    """Once, other processes did not say how it had failed."""
    rows, y = candidates()
    told = r"no honest estimate: KNeighborsClassifier failed .*\(ValueError: Expected n_neighbors.* Say honest=False"
    with joblib.parallel_config(backend=backend, n_jobs=2), pytest.warns(UserWarning, match=told):
        assert judged(rows, y, heads=[KNeighborsClassifier(55)], crew=Crew(n_jobs=2)) is None


def test_a_number_that_is_none_is_a_failure_too():
    class SaysNothing(Ridge):
        """A regressor without an answer."""

        def predict(self, X):
            """NaN."""
            return np.full(len(X), np.nan)

    rows, y = candidates()
    how = CrossFit([SaysNothing()])
    with pytest.warns(UserWarning, match="SaysNothing failed .*predict said nan, which is no finite number"):
        assert cross_fitted(AllCandidates(rows, np.arange(len(y)), y * 1.0, None, 45.0), [20], how, Crew()) is None


class Configured(GaussianNB):
    """A head that works in a configuration of scikit-learn only, as a pipeline does that hands weights on."""

    def fit(self, X, y, sample_weight=None):
        """Fit."""
        assert get_config()["assume_finite"]
        return super().fit(X, y, sample_weight)


def test_a_head_finds_the_configuration_of_scikit_learn_in_every_thread():
    rows, y = candidates(n_features=40)
    with config_context(assume_finite=True):
        assert judged(rows, y, heads=[Configured()], crew=Crew(n_jobs=2)) is not None


class Filtering(GaussianNB):
    """A head that leaves other filters of warnings, as parallel parts of scikit-learn do if two threads use them."""

    def fit(self, X, y, sample_weight=None):
        """Fit."""
        warnings.simplefilter("ignore")
        return super().fit(X, y, sample_weight)


def test_heads_in_several_threads_leave_the_filters_of_warnings_as_they_were():
    rows, y = candidates(n_features=40)
    before = list(warnings.filters)
    judged(rows, y, heads=[Filtering()], crew=Crew(n_jobs=2))
    assert list(warnings.filters) == before


def test_cases_of_one_group_cannot_judge_each_other():
    rows, y = candidates()
    with pytest.raises(ValueError, match="all of one group: raise search_cases"):
        judged(rows, y, groups=np.zeros(60, int))


# --- how good, and what is chosen ---------------------------------------------------------------------------


def test_the_standard_error_is_that_of_a_mean_and_counts_groups_as_one():
    right = np.array([1, 0, 1, 1], bool)
    assert mean_and_standard_error(right) == (0.75, pytest.approx(right.std(ddof=1) / 2))
    alike = np.repeat(right, 10)
    assert mean_and_standard_error(alike)[1] < mean_and_standard_error(right)[1] / 2
    mean, standard_error = mean_and_standard_error(alike, groups=np.repeat(np.arange(4), 10))
    assert (mean, standard_error) == (0.75, pytest.approx(mean_and_standard_error(right)[1]))
    assert mean_and_standard_error(np.ones(7, bool), np.full(7, 0.1)) == (1.0, pytest.approx(np.sqrt(15 / 16 / 16 / 7)))
    assert mean_and_standard_error(np.zeros(7)) == (0.0, 0.0), "a difference that is none has no error"
    assert mean_and_standard_error(right, np.array([2.0, 0.5, 0.5, 1.0]))[0] == pytest.approx(3.5 / 4)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ([0], 0),
        ([3, 0, 0, 9], 2),
        ([0, 1, 0, 1, 9], 3),  # one case more is one standard error
        ([0, 0, 9], 1),
        ([9, 0, 0, 0], 3),
        ([20, 20, 20], 2),
        ([0, 2, 9], 0),  # two are more
    ],
)
def test_the_smallest_good_number_errs_no_more_than_the_best_within_a_standard_error_of_the_difference(wrong, expected):
    right = np.array([np.arange(20) >= n for n in wrong])
    assert smallest_good(right) == expected


def test_whole_groups_are_the_observations_of_a_difference():
    right = np.array([np.ones(40, bool), np.arange(40) >= 4])
    assert smallest_good(right) == 0
    assert smallest_good(right, groups=np.arange(40) // 4) == 1, "one group is one observation"
    assert smallest_good(right, np.where(np.arange(40) < 4, 1e-3, 1.0)) == 0


def test_auto_looks_at_a_thousand_features_at_most_and_a_number_at_itself():
    path = np.zeros(4, JUDGED_PATH)
    path["n_features"] = 4000, 1200, 1000, 60
    assert sizes_of_path(path, "auto") == [1000, 60]
    assert sizes_of_path(path, 60) == [60]
    path["n_features"] = 4000, 3000, 2000, 1500
    assert sizes_of_path(path, "auto") == [1500]


def two_heads(n_cases, better):
    """What two heads say of two classes: the second is right as often as the first, or more often."""
    rng = np.random.default_rng(0)
    y = np.arange(n_cases) % 2
    scores = [signal * (2 * y - 1) + rng.standard_normal(n_cases) for signal in (1.0, 1.0 + better)]
    both = np.array([[np.column_stack([-s, s])] for s in scores])
    left = Detached(np.arange(5), np.ones(5), 1.0, np.array([(5, 0.9)], [("n_features", int), ("score", float)]))
    return left, CrossFitted(np.arange(n_cases), y, None, None, [5], both, np.full(both.shape, np.nan), y, y >= 0)


@pytest.mark.parametrize(("n_cases", "better", "expected"), [(MANY, 0.5, 1), (MANY, 0.0, 0), (MANY - 1, 0.5, 0)])
def test_another_head_is_taken_where_it_is_clearly_better_on_many_cases(n_cases, better, expected):
    left, both = two_heads(n_cases, better)
    found = best_of(left, both)
    assert (found.head, found.analysis) == (expected, None)
    np.testing.assert_array_equal(found.judged.scores, both.scores[expected, 0])
    assert found.left.path["honest_score"].tolist() == [
        mean_and_standard_error(both.scores[0, 0].argmax(axis=1) == both.y)[0]
    ]


def of_one_ridge(n_cases=90, n_classes=3, seed=0):
    """What a head and its ridge say of grades, and how that is judged."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_cases) % n_classes
    scores = 0.4 * rng.standard_normal((2, 1, n_cases, n_classes))
    scores[:, 0] -= np.abs(np.arange(n_classes) - y[:, np.newaxis])
    scores[1, 0, :, 1] *= 0.02  # the middle one is hidden
    scores[1, 0] += (np.where(y[:, np.newaxis] == np.arange(n_classes), 1, -1) - scores[1, 0]).mean(axis=0)
    scores[0] = scores[0] / 10 + 0.2 * rng.standard_normal(scores[0].shape)  # what the head has learnt of it is worse
    left, _ = two_heads(4, 0.0)
    nan = np.full(scores.shape, np.nan)
    fold = np.arange(n_cases) // n_classes % 5
    return left, CrossFitted(np.arange(n_cases), y, None, None, [5], scores, nan, fold, y >= 0)


def test_an_analysis_of_what_is_said_of_cases_left_out_is_judged_by_other_folds():
    left, both = of_one_ridge()
    found = best_of(left, both, analyses=True)
    of_ridge, expected = both.scores[1, 0], np.empty(both.scores[1, 0].shape)
    level = of_one_intercept(of_ridge, both.y, both.fold, None)
    for fold in range(5):
        others = both.fold != fold
        sums = ScoreSums.of(level[others], both.y[others], np.ones(others.sum()))
        expected[~others] = Discriminant.of(sums)(of_ridge[~others])
    np.testing.assert_allclose(found.judged.scores, expected, rtol=1e-9, atol=1e-12)
    everything = Discriminant.of(ScoreSums.of(level, both.y, np.ones(90)))
    np.testing.assert_allclose(found.analysis.slopes, everything.slopes, rtol=1e-9, atol=1e-12)
    right = expected.argmax(axis=1) == both.y
    assert right.mean() > (of_ridge.argmax(axis=1) == both.y).mean() + 0.2
    assert (found.head, found.left.path["honest_score"].tolist()) == (0, [right.mean()])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_classes_of_a_fold_do_not_move_the_scores_that_teach(weighted):
    """Once, where groups were of one class each, the intercepts of ridges without them taught a wrong analysis."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(3), [40, 30, 20])
    Z, fold = rng.standard_normal((90, 4)) + y[:, np.newaxis], (np.arange(90) // 10) % 5
    weights = rng.uniform(0.2, 3, 90) if weighted else np.ones(90)
    targets = np.where(y[:, np.newaxis] == np.arange(3), 1.0, -1.0)
    said, expected = np.empty((2, 90, 3))
    for held in (fold == number for number in range(5)):
        ridge = Ridge(5.0).fit(Z[~held], targets[~held], weights[~held])
        said[held] = ridge.predict(Z[held])
        expected[held] = said[held] + np.average(targets - ridge.predict(Z), axis=0, weights=weights)
    found = of_one_intercept(said, y, fold, weights if weighted else None)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_cases_of_folds_that_do_not_know_all_classes_teach_no_analysis():
    _, both = of_one_ridge()
    wild = both.scores.copy()
    wild[1, 0, both.fold == 4] *= -100
    level = of_one_intercept(both.scores[1, 0], both.y, both.fold, None)
    known = level[both.fold != 4], both.y[both.fold != 4]
    expected = Discriminant.of(ScoreSums.of(*known, np.ones(len(known[0]))))
    found, ((none, learnt),) = analysed(replace(both, scores=wild, knew=both.fold != 4))
    assert (none.slopes == np.eye(3)).all()
    np.testing.assert_allclose(learnt.slopes, expected.slopes, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.scores[2, 0, both.fold == 4], expected(wild[1, 0, both.fold == 4]), rtol=1e-9)
    same, ((none,),) = analysed(replace(both, knew=both.fold == 0))
    assert len(same.scores) == 2


def test_a_class_that_no_fold_knows_is_told_by_its_own_score():
    """Once, one case of a class of its own kept all classes from the analysis of cases left out."""
    _, both = of_one_ridge(n_classes=4)
    found, ((_, learnt),) = analysed(replace(both, knew=both.y != 3))
    told = found.scores[2, 0]
    assert learnt(6.0 * np.eye(4)[3:]).argmax() == 3
    assert (told.argmax(axis=1) == both.y)[both.y != 3].mean() > 0.9


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_a_head_and_its_ridge_say_what_two_fits_say(n_classes, weighted):
    rows, y = candidates(n_classes=n_classes)
    weights = np.random.default_rng(0).uniform(0.2, 3, 60) if weighted else None
    seen, held = np.arange(60) % 3 > 0, np.arange(60) % 3 == 0
    given = rows.T[seen], y[seen] + 2, rows.T[held], None if weights is None else weights[seen]
    both = said_by_ridge(RidgeHead(), *given)
    for found, head in zip(both, [RidgeHead(), RidgeHead()._analysed_by(Discriminant.none(n_classes))], strict=True):
        expected = head.fit(given[0], given[1], given[3]).decision_function(given[2])
        expected = expected if n_classes > 2 else np.column_stack([-expected, expected])
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    assert np.allclose(*both) == (n_classes == 2)


def test_a_fold_that_has_failed_is_told(monkeypatch):
    def fails(*arguments, **options):
        raise MemoryError("too much")

    monkeypatch.setattr(cross_fitting, "rounds_of", fails)
    rows, y = candidates()
    errors = on_ranks(3, lambda comm: judged(rows, y, crew=Crew(comm)))
    assert [type(error) for error in errors].count(MemoryError) >= 1
    assert {type(error) for error in errors} <= {MemoryError, RuntimeError}


def test_every_fold_of_numbers_has_numbers_of_all_sizes():
    """Once, folds were stretches: of cases sorted by y, each fold asked for numbers that the others lacked."""
    for y in (np.arange(40.0), np.random.default_rng(0).permutation(40.0 * np.arange(40))):
        fold = folds_of(y, np.arange(40))
        assert np.bincount(fold).tolist() == [8] * 5
        quarter = np.argsort(np.argsort(y)) // 10
        assert all(np.bincount(quarter[fold == number], minlength=4).tolist() == [2] * 4 for number in range(5))
        assert all((np.diff(fold[quarter == k]) >= 0).all() for k in range(4)), "neighbours stay together"
