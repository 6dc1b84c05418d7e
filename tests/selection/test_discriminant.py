"""Discriminant analysis of scores, held against a slow one, and what it is there for: classes that lie along a line."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.metrics import log_loss

from lightwaves import LightWaveSClassifier
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.selection.discriminant import SHRUNK, Analyses, Discriminant, ScoreSums
from lightwaves.selection.sums import Basis, Grid, Sums, score_sums


def scores_of(n_cases, n_classes, seed=0):
    """Scores that know something of the class, and the classes."""
    rng = np.random.default_rng(seed)
    codes = np.r_[np.arange(n_classes), rng.integers(0, n_classes, n_cases - n_classes)]
    return rng.standard_normal((n_cases, n_classes)) + 2 * (codes[:, np.newaxis] == np.arange(n_classes)), codes


def sums_of(scores, codes):
    """Those of cases that count once."""
    return ScoreSums.of(scores, codes, np.ones(len(codes)))


def slowly(scores, codes, weights):
    """The analysis, class by class and case by case, up to a factor and to what is equal for all classes."""
    n_cases, n_classes = scores.shape
    means = [np.average(scores[codes == c], axis=0, weights=weights[codes == c]) for c in range(n_classes)]
    within = np.zeros((n_classes, n_classes))
    for x, c, weight in zip(scores, codes, weights, strict=True):
        within += weight * np.outer(x - means[c], x - means[c]) / n_cases
    of_class = np.array([weights[codes == c].sum() for c in range(n_classes)])
    own = sum(of_class[c] * means[c][c] for c in range(n_classes)) / n_cases
    other = sum(of_class[c] * means[c][o] for c in range(n_classes) for o in range(n_classes) if o != c)
    other /= n_cases * (n_classes - 1)
    if own <= other:
        return scores
    shrunk = (1 - SHRUNK) * within + SHRUNK * np.trace(within) / n_classes * np.eye(n_classes)
    usual = [np.where(np.arange(n_classes) == c, own, other) for c in range(n_classes)]
    of_one = np.trace(within) * n_cases / max(n_cases - n_classes, 1)
    true = sum(
        of_class[c] / n_cases * (((means[c] - usual[c]) ** 2).sum() - of_one / of_class[c]) for c in range(n_classes)
    )
    found = np.empty(scores.shape)
    for c in range(n_classes):
        kept = max(0, true) / (max(0, true) + of_one / of_class[c])
        mean = usual[c] + kept * (means[c] - usual[c])
        towards = np.linalg.inv(shrunk) @ mean
        found[:, c] = scores @ towards - mean @ towards / 2 + np.log(of_class[c] / n_cases)
    return found - found.mean(axis=1, keepdims=True)


@given(st.integers(3, 6), st.integers(8, 40), st.integers(0, 10**6), st.booleans())
@settings(max_examples=50, deadline=None)
def test_it_is_the_slow_analysis_up_to_its_unit(n_classes, n_cases, seed, weighted):
    scores, codes = scores_of(n_cases, n_classes, seed)
    weights = np.random.default_rng(seed).uniform(0.1, 5, n_cases) if weighted else np.ones(n_cases)
    weights /= weights.mean()
    known = ScoreSums.of(scores, codes, weights)
    found, expected = Discriminant.of(known)(scores), slowly(scores, codes, weights)
    np.testing.assert_allclose(found / np.linalg.norm(found), expected / np.linalg.norm(expected), atol=1e-8)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_new_scores_have_the_size_of_the_old_ones(unit):
    scores, codes = scores_of(300, 4)
    found = Discriminant.of(sums_of(unit * scores, codes))(unit * scores)
    assert 0.3 < found.std() / (unit * scores).std() < 3
    assert (found.argmax(axis=1) == Discriminant.of(sums_of(scores, codes))(scores).argmax(axis=1)).all()


def test_scores_that_do_not_vary_within_classes_stay():
    codes = np.arange(12) % 3
    scores = np.where(codes[:, np.newaxis] == np.arange(3), 1.0, -1.0)
    for some in (np.arange(12), np.arange(3)):
        slopes, offsets = Discriminant.of(sums_of(scores[some], codes[some]))
        assert (slopes == np.eye(3)).all()
        assert not offsets.any()


def test_scores_that_know_nothing_stay():
    """Once, the analysis of noise said the contrary of what little the scores knew, and was sure of it."""
    scores, codes = scores_of(60, 4)
    assert (Discriminant.of(sums_of(-scores, codes)).slopes == np.eye(4)).all()
    y = np.arange(400) % 4
    Z, Z_test = np.random.default_rng(0).standard_normal((2, 400, 5))
    assert log_loss(y, RidgeHead().fit(Z, y).predict_proba(Z_test)) < np.log(4) + 0.01


def test_classes_of_one_case_keep_typical_scores():
    right = []
    for seed in range(50):
        scores, codes = scores_of(40, 8, seed)
        codes[8:] = codes[8:] % 3
        found = Discriminant.of(sums_of(scores, codes))
        right += (found(6.0 * np.eye(8)[3:]).argmax(axis=1) == np.arange(3, 8)).tolist()
    assert np.mean(right) > 0.7


def test_a_class_without_cases_has_the_lowest_score():
    scores, codes = scores_of(60, 4)
    codes = np.where(codes == 2, 1, codes)
    found = Discriminant.of(sums_of(scores, codes))(scores)
    assert (found[:, 2] == -1).all()
    assert not (found.argmax(axis=1) == 2).any()


def grades(n_cases, seed=0, n_features=3):
    """Four classes along a line."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_cases) % 4
    return (rng.standard_normal((n_cases, n_features)) + 2.5 * y[:, np.newaxis]).astype(np.float32), y


@pytest.mark.parametrize("head", [RidgeHead(), KernelHead(40)], ids=repr)
def test_grades_are_told_apart_though_no_ridge_scores_highest_between_others(head):
    """Once, the classes in the middle were hidden: .72 of such cases were told rightly where .95 can be."""
    Z, y = grades(400)
    Z_test, y_test = grades(1000, seed=1)
    assert RidgeClassifier().fit(Z, y).score(Z_test, y_test) < 0.8
    assert head.fit(Z, y).score(Z_test, y_test) > 0.95


def summed(Z, y, fold, n_classes):
    """The sums of some cases, and what they are of."""
    basis = Basis(Grid.of(Z.T), np.array([0.01]))
    sums = Sums(int(fold.max()) + 1, basis.n_features, n_classes)
    sums.add(basis.numbers(Z.T, y, n_classes), fold)
    return sums, basis


def test_sums_know_the_scores_of_folds_that_were_left_out():
    Z, y = grades(200)
    fold = np.random.default_rng(2).integers(0, 5, 200)
    sums, basis = summed(Z, y, fold, 4)
    scores = np.empty((200, 4))
    for number in range(5):
        held = fold == number
        coefficients = sums.without(number).coefficients(0.01)
        coefficients[-1] = sums.of_all().intercept(coefficients[:-1])
        scores[held] = basis.scores(Z[held].T, coefficients)
    of_folds = score_sums(sums, 0.01)
    assert sorted(of_folds) == [0, 1, 2, 3, 4]
    for number, of_fold in of_folds.items():
        held = fold == number
        for found, expected in zip(of_fold, sums_of(scores[held], y[held]), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=0.1)


def test_a_fold_that_has_all_cases_of_a_class_is_scored_by_what_knows_the_class():
    Z, y = grades(200)
    fold = np.where(y == 2, 4, np.arange(200) % 4)
    sums, basis = summed(Z, y, fold, 4)
    scores = basis.scores(Z.T, sums.of_all().coefficients(0.01))
    of_folds = score_sums(sums, 0.01)
    held = fold == 4
    for found, expected in zip(of_folds[4], sums_of(scores[held], y[held]), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=0.1)
    (whole,) = score_sums(summed(Z, y, np.zeros(200, int), 4)[0], 0.01).values()
    for found, expected in zip(whole, sums_of(scores, y), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=0.1)


@pytest.mark.parametrize("head", [RidgeHead(), KernelHead(40)], ids=repr)
def test_no_case_is_judged_by_an_analysis_that_has_seen_it(head):
    """Once, .43 of noise in ten classes was told rightly without each case, where .1 is chance."""
    right = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        Z, y = rng.standard_normal((60, 50)).astype(np.float32), rng.integers(0, 10, 60)
        right.append((head.fit_left_out(Z, y).argmax(axis=1) == y).mean())
    assert np.mean(right) < 0.2


def test_an_analysis_that_is_given_is_taken():
    Z, y = grades(400)
    head = RidgeHead()._analysed_by(Discriminant.none(4))
    scores = head.fit(Z, y).decision_function(Z)
    expected = RidgeClassifierCV(np.logspace(-3, 3, 10) * 400).fit((Z - Z.mean(axis=0)) / Z.std(axis=0), y)
    np.testing.assert_allclose(scores, expected.decision_function((Z - Z.mean(axis=0)) / Z.std(axis=0)), atol=1e-3)


@pytest.mark.slow
def test_where_the_analysis_is_worse_on_cases_left_out_the_ridge_is_taken():
    """Once, with nine of ten cases in one class and nothing to learn, .84 were told rightly where .9 can be."""
    rng = np.random.default_rng(0)
    y = rng.choice(3, 300, p=[0.9, 0.05, 0.05])
    X = rng.standard_normal((300, 2, 40)).astype(np.float32)
    model = LightWaveSClassifier(n_features=100, search_candidates=500, random_state=0).fit(X, y)
    X_new, y_new = rng.standard_normal((1000, 2, 40)), rng.choice(3, 1000, p=[0.9, 0.05, 0.05])
    assert model.score(X_new, y_new) > 0.88
    assert log_loss(y_new, model.predict_proba(X_new)) < 0.44
    assert abs(model.honest_score_ - 0.9) < 0.05


def test_one_case_of_one_more_class_hardly_changes_what_is_known_of_the_others():
    """Once, all folds were then scored by ridges that had seen them."""
    Z, y = grades(200)
    fold = np.arange(200) % 5
    alone, _ = summed(Z, y, fold, 4)
    with_one, _ = summed(np.vstack([Z, Z[:1]]), np.r_[y, 4], np.r_[fold, 3], 5)
    before, after = score_sums(alone, 0.01), score_sums(with_one, 0.01)
    assert sorted(after) == sorted(before)
    for number in (0, 1, 2, 4):
        np.testing.assert_allclose(after[number].sums[:4, :4], before[number].sums, rtol=0.1, atol=3)


def correlated(n_cases, seed):
    """Two channels that are correlated more or less, in five grades."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 5, n_cases)
    share = np.linspace(-0.6, 0.6, 5)[y, np.newaxis]
    one, other = rng.standard_normal((2, n_cases, 100))
    return np.stack([one, share * one + np.sqrt(1 - share**2) * other], axis=1), y.astype(str)


@pytest.mark.slow
def test_grades_are_told_where_the_scores_of_training_cases_hide_them():
    """Once, .69 were told rightly: cases that had chosen the features were analysed, and their scores looked good."""
    (X, y), (X_new, y_new) = correlated(150, 0), correlated(1000, 1)
    model = LightWaveSClassifier(n_features=300, search_candidates=4000, random_state=0).fit(X, y)
    assert model.score(X_new, y_new) > 0.78
    assert abs(model.honest_score_ - model.score(X_new, y_new)) < 0.06


@pytest.mark.slow
def test_an_analysis_that_was_chosen_stays_in_copies_and_until_many_new_cases_have_come():
    X, y = correlated(150, 0)
    model = LightWaveSClassifier(n_features=100, search_candidates=1000, random_state=0).fit(X, y)
    chosen, (X_new, y_new) = model.classifier_._kept, correlated(500, 3)
    assert chosen is not None
    for copy in (pickle.loads(pickle.dumps(model)), deepcopy(model)):
        np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
        copy.partial_fit(*correlated(50, 2))
        np.testing.assert_array_equal(copy.classifier_._kept.slopes, chosen.slopes)
        assert copy.score(X_new, y_new) > model.score(X_new, y_new) - 0.02
        copy.partial_fit(*correlated(400, 4))
        assert copy.classifier_._kept is None
        assert copy.score(X_new, y_new) > model.score(X_new, y_new) + 0.02


@pytest.mark.slow
def test_an_analysis_that_was_chosen_stays_until_further_classes_come():
    """Once, `partial_fit` with a class still to come had the honest score of an analysis that it had left."""
    (X, y), (X_new, y_new) = correlated(150, 0), correlated(500, 3)
    model = LightWaveSClassifier(n_features=100, search_candidates=1000, random_state=0)
    model.partial_fit(X, y, classes=["a", *np.unique(y), "z"])
    assert model.classifier_._kept is not None
    assert model.score(X_new, y_new) > model.honest_score_ - 0.05
    assert set(model.predict(X_new)) == set(y)
    model.partial_fit(0.1 * X[:40], np.full(40, "z"))
    assert model.classifier_._kept is None
    assert model.score(0.1 * X_new, np.full(500, "z")) > 0.9


@pytest.mark.slow
def test_a_head_that_is_fitted_again_learns_its_own_analysis():
    """Once, a clone of a fitted head took the analysis of the data that this had been fitted on."""
    Z, y = grades(400)
    wrong = Discriminant(np.roll(np.eye(4), 1, axis=0), np.zeros(4))
    for kind in (RidgeHead(), KernelHead(40)):
        head = kind._analysed_by(wrong).fit(Z, y)
        assert head.score(Z, y) < 0.5
        assert clone(head).fit(Z, y).score(Z, y) > 0.9
        assert head.fit(Z, y).score(Z, y) > 0.9


def test_classes_whose_scores_are_not_known_score_as_others_do_on_average():
    scores, codes = scores_of(200, 4)
    known = codes != 2
    everything = Analyses.of_scores(scores, codes, np.zeros(200, int), teach=known).of_all
    alone = Discriminant.of(ScoreSums.of(scores[known], codes[known], np.ones(known.sum())))
    among_known = [of(scores)[:, [0, 1, 3]].argmax(axis=1) for of in (everything, alone)]
    assert (among_known[0] == among_known[1]).mean() > 0.95
    assert (everything(scores).argmax(axis=1) == codes)[~known].mean() > 0.8
    assert (alone(scores).argmax(axis=1) == codes)[~known].mean() == 0
