"""Detachment: its ridge is scikit-learn's, its sums are exact, and what it keeps is what a slow twin keeps."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from scipy.linalg.lapack import dtfttr
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from lightwaves import LightWaveS, Prism, WaveletScattering, load_basic_motions
from lightwaves.parallel.comm import Counted, SerialComm
from lightwaves.selection import detachment
from lightwaves.selection.detachment import (
    PATH,
    PENALTIES,
    Covariance,
    Dual,
    Gram,
    Share,
    Targets,
    detach,
    grain_for,
    in_steps,
    least_error,
    smallest_good,
    standardise,
    survey,
    surveys,
)
from lightwaves.selection.relevance import spare_rows

seeds = st.integers(0, 2**32 - 1)
examples = settings(deadline=None, max_examples=20)

DUAL = [(24, 90), (30, 31)]
PRIMAL = [(60, 12), (25, 25), (40, 1)]


def problem(n_cases, n_features, n_classes=3, noise=1.0, seed=0):
    """Features of different units with classes that overlap, of unequal size and in no order."""
    rng = np.random.default_rng(seed)
    y = np.minimum(np.arange(n_cases) % (n_classes + 1), n_classes - 1)
    rng.shuffle(y)
    z = rng.standard_normal((n_classes, n_features))[y] + noise * rng.standard_normal((n_cases, n_features))
    return (z * 2.0 ** rng.integers(-9, 9, n_features) + rng.standard_normal(n_features)).astype(np.float32), y


def rows_of(z):
    """A feature matrix as detachment takes it, with garbage wherever nothing counts."""
    rows = spare_rows(z.shape[1], len(z))
    rows[:] = np.nan
    rows[:-1, : len(z)] = z.T
    return rows


def surveyed(z, y):
    return survey(rows_of(np.asarray(z, np.float32)), len(z), y)


def kept(z, y, n_features, **options):
    return detach(surveyed(z, y), n_features, **options)


def is_equal(one, two):
    """Whether two results are the same to the last bit."""
    names = ("chosen", "importances", "penalty", "path")
    return all(np.array_equal(getattr(one, name), getattr(two, name)) for name in names)


def gram_of(rows, n_cases):
    """The products of the cases, whatever there is more of."""
    n_features = len(rows) - 1
    grain = grain_for(n_features, n_cases)

    def prepare():
        standardise(rows, n_cases, grain)
        return rows[:-1, :n_cases]

    return Gram(prepare, n_cases, 2.0**-grain, Share(SerialComm(), [np.arange(n_features)]), 0)


def products_of(z, dual=None):
    """The products, and the features that they are of; in the dual or the primal whatever there is more of."""
    rows, (n_cases, n_features) = rows_of(z), z.shape
    if dual is None:
        products = detachment.products_of(rows, n_cases, Share(SerialComm(), [np.arange(n_features)]))
    else:
        products = gram_of(rows, n_cases) if dual else gram_of(rows, n_cases).turned()
    return products, rows[:-1, :n_cases].T.astype(np.float64) * 2.0 ** -grain_for(n_features, n_cases)


def unpacked(triangle):
    """The symmetric matrix of which LAPACK has packed a triangle."""
    n = int(np.sqrt(2 * len(triangle)))
    upper = np.triu(dtfttr(n, triangle)[0])
    return upper + np.triu(upper, 1).T


def matrix_of(products):
    return products.matrix if isinstance(products, Covariance) else unpacked(products.total)


def ridge_of(products, targets, penalty):
    """Coefficients, and left-out scores."""
    if isinstance(products, Covariance):
        return products.ridge(targets, penalty)
    dual = Dual(products._centred(products.total), targets, penalty)
    return products.coefficients(*in_steps(dual.duals)), dual.left_out()


def targets_of(y):
    classes = np.unique(y)
    return np.where(y[:, np.newaxis] == (classes[1:] if len(classes) == 2 else classes), 1.0, -1.0)


def penalty_of(standard, targets):
    """Scikit-learn's choice among the same penalties."""
    return RidgeCV(PENALTIES * standard.shape[1]).fit(standard, targets).alpha_


def refitted(standard, targets, penalty):
    """The score of each case by scikit-learn's ridge on the others."""
    ridge, scores = Ridge(alpha=penalty), []
    for i in range(len(standard)):
        ridge.fit(np.delete(standard, i, axis=0), np.delete(targets, i, axis=0))
        scores.append(ridge.predict(standard[[i]]))
    return np.reshape(scores, targets.shape)


def coefficients_of(ridge, n_outputs):
    return ridge.coef_.reshape(n_outputs, -1).T


def tolerance(ridge, standard, targets, penalty):
    """How far coefficients may be off whose duals, residuals over the penalty, are rounded to 24 bits."""
    duals = np.abs(targets - ridge.predict(standard).reshape(targets.shape)).max() / penalty
    return 2.0**-24 * duals * np.abs(standard).sum(axis=0).max() + 1e-9


# --- the ridge ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [1e-3, 0.5, 30, 3000])
@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL)
def test_the_ridge_is_scikit_learns_and_its_left_out_scores_those_of_real_refits(
    n_cases, n_features, n_classes, penalty
):
    z, y = problem(n_cases, n_features, n_classes)
    targets = targets_of(y)
    products, standard = products_of(z)
    dual = isinstance(products, Gram)
    assert dual == ((n_cases, n_features) in DUAL)
    coefficients, left_out = ridge_of(products, Targets.of(y), penalty)
    ridge = Ridge(alpha=penalty).fit(standard, targets)
    expected = coefficients_of(ridge, targets.shape[1])
    assert coefficients.shape == expected.shape
    atol = tolerance(ridge, standard, targets, penalty) if dual else 1e-9
    assert atol < 1e-3 * np.abs(expected).max()
    np.testing.assert_allclose(coefficients, expected, rtol=1e-8, atol=atol)
    np.testing.assert_allclose(left_out, refitted(standard, targets, penalty), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("penalty", [0.5, 30, 3000])
@pytest.mark.parametrize(("n_cases", "n_features"), [(2, 5), (3, 1), (3, 8), (24, 40), (25, 40), (25, 7)])
@pytest.mark.parametrize("all_differ", [False, True])
def test_a_dual_looks_at_the_upper_triangle_alone_and_is_the_residuals_of_scikit_learns_ridge(
    n_cases, n_features, penalty, all_differ
):
    z, y = np.random.default_rng(0).standard_normal((n_cases, n_features)), np.arange(n_cases)
    y = y if all_differ else y % 2
    targets, centred = targets_of(y), (z - z.mean(axis=0)) @ (z - z.mean(axis=0)).T
    centred[np.tril_indices(n_cases, -1)] = np.nan
    dual = Dual(centred, Targets.of(y), penalty)
    residuals = targets - Ridge(alpha=penalty).fit(z, targets).predict(z).reshape(targets.shape)
    np.testing.assert_allclose(dual.duals, residuals / penalty, rtol=1e-8, atol=1e-10)
    for _ in range(2):
        np.testing.assert_allclose(dual.left_out(), refitted(z, targets, penalty), rtol=1e-7, atol=1e-9)


def test_a_ridge_that_cannot_be_solved_says_so():
    with pytest.raises(np.linalg.LinAlgError, match="the ridge could not be solved"):
        Dual(-2 * np.eye(4), Targets.of(np.arange(4) % 2), 1.0)


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL[:2])
def test_the_penalty_is_the_one_that_scikit_learn_chooses(n_cases, n_features, n_classes):
    chosen = set()
    for noise in (0.001, 0.1, 0.5, 1.0, 4.0, 20.0):
        z, y = problem(n_cases, n_features, n_classes, noise)
        products, standard = products_of(z)
        penalty, _ = products.best_penalty(Targets.of(y))
        assert penalty == penalty_of(standard, targets_of(y))
        chosen.add(penalty)
    assert len(chosen) > 1, "the problems differ in what they need"


@pytest.mark.parametrize(
    ("errors", "expected"),
    [([3, 2, 1], 2), ([2, 1, 3], 1), ([1, 2, 3], 0), ([2, 1, 1], 1), ([1, 1, 1], 0)],  # of equals the first
)
def test_the_penalty_is_that_with_the_least_mean_squared_error(errors, expected):
    targets, penalties, n_left = Targets.of(np.arange(7) % 3), PENALTIES * 11, 11
    sizes = dict(zip(penalties.tolist(), errors, strict=True))

    def left_out(penalty):
        wrong = np.zeros((7, 3))
        wrong[4, 1] = -np.sqrt(21 * sizes[penalty])
        return targets.values + wrong

    penalty, error = least_error(left_out, n_left, targets)
    assert penalty == penalties[expected]
    assert error == pytest.approx(errors[expected], rel=1e-12)


@pytest.mark.parametrize("names", [[0, 1], [-3, 7], [0, 1, 2], [5, 2, 9, 4]])
def test_targets_are_one_for_a_cases_own_class_and_minus_one_for_others(names):
    rng = np.random.default_rng(0)
    y = np.r_[names, rng.choice(names, 20)]
    targets, n_outputs = Targets.of(y), len(names) if len(names) > 2 else 1
    assert [sorted(names)[code] for code in targets.codes] == y.tolist()
    np.testing.assert_array_equal(targets.values, targets_of(y))
    assert targets.values.shape == targets.centred.shape == (len(y), n_outputs)
    np.testing.assert_allclose(targets.centred.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.ptp(targets.values - targets.centred, axis=0), 0, atol=1e-12)
    assert targets.accuracy(targets.values) == 1
    assert targets.accuracy(-targets.values) < 1 / 3
    scores = rng.standard_normal((len(y), n_outputs))
    classes = [max(range(len(names)), key=lambda k: row[k]) if n_outputs > 1 else int(row[0] > 0) for row in scores]
    assert targets.accuracy(scores) == np.mean([sorted(names)[k] == own for k, own in zip(classes, y, strict=True)])
    coefficients = rng.standard_normal((6, n_outputs))
    expected = [np.mean([abs(c) / targets.values[:, k].std() for k, c in enumerate(row)]) for row in coefficients]
    np.testing.assert_allclose(targets.importances(coefficients), expected, rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL)
def test_the_dual_and_the_primal_are_one_ridge(n_cases, n_features, n_classes):
    z, y = problem(n_cases, n_features, n_classes)
    targets = targets_of(y)
    (dual, standard), (primal, _) = products_of(z, dual=True), products_of(z, dual=False)
    assert matrix_of(dual).shape == (n_cases, n_cases)
    assert primal.matrix.shape == (n_features, n_features)
    assert dual.best_penalty(Targets.of(y)) == pytest.approx(primal.best_penalty(Targets.of(y)), rel=1e-9)
    for penalty in (0.1, 20, 1000):
        (coefficients, left_out), (expected, expected_left_out) = (
            ridge_of(p, Targets.of(y), penalty) for p in (dual, primal)
        )
        atol = tolerance(Ridge(alpha=penalty).fit(standard, targets), standard, targets, penalty)
        assert atol < 1e-3 * np.abs(expected).max()
        np.testing.assert_allclose(coefficients, expected, rtol=1e-8, atol=atol)
        np.testing.assert_allclose(left_out, expected_left_out, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL)
def test_the_error_is_that_of_real_refits_and_the_one_that_scikit_learn_reports(n_cases, n_features, n_classes):
    z, y = problem(n_cases, n_features, n_classes)
    field, targets, standard = surveyed(z, y), targets_of(y), products_of(z)[1]
    left_out = cross_val_predict(Ridge(alpha=field.penalty), standard, targets, cv=LeaveOneOut())
    np.testing.assert_array_equal(field.targets.values, targets)
    assert field.error == pytest.approx(((targets - left_out.reshape(targets.shape)) ** 2).mean(), rel=1e-6)
    assert field.error == pytest.approx(-RidgeCV(PENALTIES * n_features).fit(standard, targets).best_score_, rel=1e-6)


def test_the_error_tells_good_features_from_bad_ones():
    errors = [surveyed(*problem(40, 90, noise=noise)).error for noise in (0.1, 1.0, 10.0)]
    assert sorted(errors) == errors
    assert errors[0] < 0.5 * errors[2]


def test_neither_the_order_of_the_features_nor_what_stands_behind_them_changes_the_error():
    z, y = problem(40, 90)
    assert surveyed(z, y).error == surveyed(z[:, ::-1], y).error
    rows = rows_of(z)
    rows[-1], rows[:, 40:] = 7, -1e30
    assert survey(rows, 40, y).error == surveyed(z, y).error


# --- the slow twin ------------------------------------------------------------------------------------------


def in_deviations(coefficients, targets):
    """Mean absolute coefficients, each in units of what its class's targets vary by: little, where a class is rare."""
    return (np.abs(coefficients) / targets.std(axis=0)).mean(axis=1)


def slow_detachment(z, y, n_features, which=None, costs=None, frugality=0, few=130):
    """Detachment as one would write it down: scikit-learn's ridge on the columns that are left, round by round."""
    standard = (z - z.mean(axis=0, dtype=np.float64)) / z.std(axis=0, dtype=np.float64)
    standard = np.rint(standard * 4096) / 4096
    targets, codes = targets_of(y), np.unique(y, return_inverse=True)[1]
    penalty = penalty_of(standard, targets)
    left, path, n_rounds_of_whole = list(range(z.shape[1])), [], 0
    while True:
        ridge = Ridge(alpha=penalty * (len(left) / z.shape[1]) ** 0.25)
        scores = cross_val_predict(ridge, standard[:, left], targets, cv=LeaveOneOut()).reshape(targets.shape)
        winners = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(int)
        path.append((len(left), (winners == codes).mean()))
        coefficients = coefficients_of(ridge.fit(standard[:, left], targets), targets.shape[1])
        importances = in_deviations(coefficients, targets)
        if len(left) <= n_features:
            return left, importances, penalty, path, n_rounds_of_whole
        n_left = max(n_features, min(len(left) - 1, int(0.9 * len(left))))
        worth = dict(zip(left, importances, strict=True))
        if which is not None:
            sharing = {c: [j for j in left if which[j] == c] for c in sorted({which[j] for j in left})}
            worth = {j: worth[j] / (costs[which[j]] / len(sharing[which[j]])) ** frugality for j in left}
            if len(sharing) > max(0.26 * n_left, few):
                half = np.median(list(worth.values()))
                value = {  # for each convolution, what its features are worth above the median, then as they are
                    c: tuple(-sum(max(worth[j] - t, 0) for j in sharing[c]) for t in (half, 0)) for c in sharing
                }
                whole = sorted(sharing, key=value.get)
                while sum(len(sharing[c]) for c in whole[:-1]) >= n_left:
                    whole.pop()
                for c in whole[::-1] if len(whole) == len(sharing) else ():
                    if value[c][0] == 0 and sum(len(sharing[other]) for other in whole if other != c) >= n_left:
                        whole.remove(c)
                if len(whole) < len(sharing):
                    left, n_rounds_of_whole = sorted(j for c in whole for j in sharing[c]), n_rounds_of_whole + 1
                    continue
        left = sorted(sorted(left, key=lambda j: -worth[j])[:n_left])


def is_what_the_twin_found(found, twin):
    chosen, importances, penalty, path, _ = twin
    assert found.chosen.tolist() == chosen
    assert found.penalty == penalty
    np.testing.assert_allclose(found.importances, importances, rtol=1e-5)
    assert found.path["n_features"].tolist() == [n for n, _ in path]
    np.testing.assert_allclose(found.path["score"], [score for _, score in path])


@pytest.mark.parametrize(
    ("n_cases", "n_features", "n_classes", "n_kept"),
    [(20, 70, 2, 30), (18, 60, 4, 7), (30, 25, 3, 4), (16, 17, 2, 1)],
)
def test_a_slow_twin_keeps_the_same_features_by_the_same_path(n_cases, n_features, n_classes, n_kept):
    z, y = problem(n_cases, n_features, n_classes)
    is_what_the_twin_found(kept(z, y, n_kept), slow_detachment(z, y, n_kept))


@pytest.mark.parametrize(("few", "frugality"), [(3, 0), (8, 0.5)])
@pytest.mark.parametrize(
    ("n_cases", "n_features", "n_classes", "n_kept"), [(20, 70, 2, 30), (18, 60, 4, 7), (30, 25, 3, 4)]
)
def test_a_slow_twin_drops_the_same_convolutions(n_cases, n_features, n_classes, n_kept, few, frugality, monkeypatch):
    z, y = problem(n_cases, n_features, n_classes)
    rng = np.random.default_rng(few)
    which, costs = rng.integers(0, n_features // 2, n_features), 2.0 ** rng.integers(4, 9, n_features // 2)
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", few)
    twin = slow_detachment(z, y, n_kept, which.tolist(), costs.tolist(), frugality, few)
    is_what_the_twin_found(kept(z, y, n_kept, frugality=frugality, convolutions=(which, costs)), twin)
    assert 0 < twin[-1] < len(twin[3]) - 1, "rounds of either kind"


def test_a_round_drops_a_tenth_and_at_least_one_and_the_last_round_no_more_than_it_may():
    z, y = problem(20, 60)
    n_left = kept(z, y, 5).path["n_features"].tolist()
    assert n_left[:4] == [60, 54, 48, 43]
    assert n_left[-6:] == [10, 9, 8, 7, 6, 5]
    assert kept(z, y, 52).path["n_features"].tolist() == [60, 54, 52]


# --- exact sums ---------------------------------------------------------------------------------------------


@examples
@given(seed=seeds, n_cases=st.integers(2, 40), n_features=st.integers(1, 60))
def test_features_become_whole_numbers_of_unit_variance(seed, n_cases, n_features):
    z, _ = problem(n_cases, n_features, seed=seed)
    rows = rows_of(z)
    assert grain_for(n_features, n_cases) == 12
    standardise(rows, n_cases, 12)
    values = rows[:-1, :n_cases].astype(np.float64)
    np.testing.assert_array_equal(values, np.rint(values))
    standard = ((z - z.mean(axis=0, dtype=np.float64)) / z.std(axis=0, dtype=np.float64)).T
    np.testing.assert_allclose(values / 4096, standard, rtol=0, atol=0.5001 / 4096)


@pytest.mark.parametrize("chunk", [1, 7, 64, 512])
@pytest.mark.parametrize("order", ["as they come", "backwards", "shuffled"])
def test_neither_the_order_of_the_features_nor_the_chunks_change_a_bit(chunk, order, monkeypatch):
    z, y = problem(40, 700)
    places = {"as they come": np.arange(700), "backwards": np.arange(700)[::-1]}.get(
        order, np.random.default_rng(1).permutation(700)
    )
    expected, standard = products_of(z)
    coefficients, left_out = ridge_of(expected, Targets.of(y), 1.0)
    monkeypatch.setattr(detachment, "CHUNK", chunk)
    found, _ = products_of(z[:, places])
    whole = (standard * 4096).astype(np.int64)
    np.testing.assert_array_equal(matrix_of(found), matrix_of(expected))
    np.testing.assert_array_equal(matrix_of(found), whole @ whole.T)
    assert found.best_penalty(Targets.of(y)) == expected.best_penalty(Targets.of(y))
    found_coefficients, found_left_out = ridge_of(found, Targets.of(y), 1.0)
    np.testing.assert_array_equal(found_coefficients, coefficients[places])
    np.testing.assert_array_equal(found_left_out, left_out)


@pytest.mark.parametrize(("n_cases", "n_left"), [(30, 200), (31, 200), (30, 31), (30, 30), (30, 4), (300, 100)])
def test_what_was_dropped_leaves_no_trace(n_cases, n_left):
    z, y = problem(n_cases, 250)
    products, _ = products_of(z)
    rng, left = np.random.default_rng(0), np.arange(250)
    while len(left) > n_left:
        keep = np.sort(rng.permutation(left)[: max(n_left, len(left) - 40)])
        products = products.without(~np.isin(left, keep))
        left = keep
    anew, _ = products_of(z[:, left])
    assert type(products) is type(anew) is (Gram if n_left > n_cases else Covariance)
    np.testing.assert_array_equal(products.left, left)
    np.testing.assert_array_equal(matrix_of(products), matrix_of(anew))
    for one, two in zip(*(ridge_of(some, Targets.of(y), 1.0) for some in (products, anew)), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("n_features", "n_cases", "grain"), [(32, 32, 21), (100, 32, 20), (128, 32, 20), (256, 32, 20), (257, 32, 19)]
)
def test_the_grain_is_as_fine_as_sums_below_2_to_the_53_allow(n_features, n_cases, grain, monkeypatch):
    monkeypatch.setattr(detachment, "GRAIN", 40)
    rows = spare_rows(n_features, n_cases)
    rows[:, 5] = 1  # one case alone makes up each feature's variance: no sum of squares can be larger
    assert grain_for(n_features, n_cases) == grain
    products = gram_of(rows, n_cases)
    values = rows[:-1, :n_cases]
    assert np.abs(values).max() < 2**24, "float32 holds them"
    whole = values.astype(np.int64).astype(object)
    gram = whole.T @ whole
    assert gram.max() < 2**53 <= n_features * n_cases * 4 ** (grain + 1)
    np.testing.assert_array_equal(matrix_of(products), gram.astype(np.float64))
    assert [int(v) for v in matrix_of(products).ravel()] == list(gram.ravel())


def test_the_grain_becomes_coarser_with_many_features_and_cases(monkeypatch):
    grains = []
    for largest in (12, 17, 19):
        monkeypatch.setattr(detachment, "GRAIN", largest)
        grains.append(grain_for(1000, 64))
        assert surveyed(*problem(64, 1000)).products.unit == 2.0 ** -grains[-1]
    assert grains == [12, 17, 18], "64,000 values leave room for 18"
    assert np.isfinite(kept(*problem(64, 1000), 20).importances).all()


# --- what may not matter ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_kept", [150, 45, 12])
def test_permuting_the_features_permutes_the_choice(n_kept):
    z, y = problem(40, 200)
    order = np.random.default_rng(3).permutation(200)
    one, two = kept(z, y, n_kept), kept(z[:, order], y, n_kept)
    assert sorted(order[two.chosen]) == one.chosen.tolist()
    back = np.argsort(order[two.chosen])
    np.testing.assert_allclose(two.importances[back], one.importances, rtol=1e-10)
    np.testing.assert_array_equal(two.path, one.path)
    assert two.penalty == one.penalty
    if n_kept > 40:
        np.testing.assert_array_equal(two.importances[back], one.importances, "in the dual, to the last bit")


def test_neither_the_order_of_the_cases_nor_names_of_classes_change_the_choice():
    z, y = problem(30, 80)
    order = np.random.default_rng(3).permutation(30)
    one = kept(z, y, 20)
    for two in (kept(z[order], y[order], 20), kept(z, 3 * y + 1, 20)):
        np.testing.assert_array_equal(two.chosen, one.chosen)
        np.testing.assert_allclose(two.importances, one.importances, rtol=1e-5)


def test_shift_and_scale_of_features_change_nothing():
    rng = np.random.default_rng(0)
    z, y = np.rint(64 * problem(32, 90)[0] / problem(32, 90)[0].std(axis=0)), problem(32, 90)[1]
    changed = (z + rng.integers(-500, 500, 90)) * 2.0 ** rng.integers(-60, 60, 90)
    assert is_equal(kept(changed, y, 15), kept(z, y, 15))
    flipped = kept(-z, y, 15)
    np.testing.assert_array_equal(flipped.chosen, kept(z, y, 15).chosen)
    np.testing.assert_allclose(flipped.importances, kept(z, y, 15).importances, rtol=1e-10)


def test_what_stands_behind_the_cases_does_not_matter():
    z, y = problem(20, 50)
    rows = rows_of(z)
    rows[-1], rows[:, 20:] = 7, -1e30
    assert is_equal(detach(survey(rows, 20, y), 9), kept(z, y, 9))


# --- hard cases ---------------------------------------------------------------------------------------------


def is_fine(found, n_kept, n_features):
    assert len(found.chosen) == len(found.importances) == n_kept
    assert (np.diff(found.chosen) > 0).all()
    assert 0 <= found.chosen[0] <= found.chosen[-1] < n_features
    assert np.isfinite(found.importances).all()
    assert (found.importances >= 0).all()
    assert found.path["n_features"][0] == n_features
    assert found.path["n_features"][-1] == n_kept
    assert ((found.path["score"] >= 0) & (found.path["score"] <= 1)).all()
    return found


@pytest.mark.parametrize("n_cases", [20, 100])
@pytest.mark.parametrize("value", [0, 0.1, 1 / 3, 1e6, -1e6, 12345.678, 1e30, 1e-30])
def test_constant_features_go_first(value, n_cases):
    z, y = problem(n_cases, 50)
    constant = [0, 7, 8, 30, 49]
    z[:, constant] = value
    rows = rows_of(z)
    standardise(rows, n_cases, 12)
    assert not rows[constant, :n_cases].any()
    found = is_fine(kept(z, y, 45), 45, 50)
    assert found.chosen.tolist() == np.setdiff1d(np.arange(50), constant).tolist()
    assert (found.importances > 0).all()


def test_a_feature_that_is_constant_but_for_rounding_is_constant():
    z, y = problem(20, 20)
    z[:, 4] = np.float32(1e6) + np.arange(20) % 2 * np.spacing(np.float32(1e6))
    assert 4 not in kept(z, y, 18).chosen
    z[:, 4] = 1e6 + 64 * (y == 1)
    assert 4 in kept(z, y, 18).chosen


@pytest.mark.parametrize("n_features", [5, 40])
def test_constant_features_alone_are_no_reason_to_fail(n_features):
    found = is_fine(kept(np.full((12, n_features), 1e6), np.arange(12) % 3, 3), 3, n_features)
    assert found.chosen.tolist() == [0, 1, 2], "ties to the lowest"
    assert not found.importances.any()


def test_copies_are_equally_important_and_the_first_of_them_stays():
    z, y = problem(20, 60)
    found = is_fine(kept(np.hstack([z, z]), y, 61), 61, 120)
    first, second = found.chosen[found.chosen < 60], found.chosen[found.chosen >= 60] - 60
    assert len(second)
    assert np.isin(second, first).all()
    importance = dict(zip(found.chosen.tolist(), found.importances.tolist(), strict=True))
    assert all(importance[j] == importance[j + 60] for j in second.tolist())
    same = is_fine(kept(np.repeat(z[:, :1], 30, axis=1), y, 4), 4, 30)
    assert np.ptp(same.importances) < 1e-12


@pytest.mark.parametrize("n_wanted", [30, 31, 500])
@pytest.mark.parametrize("n_cases", [20, 60])
def test_all_are_kept_where_there_are_no_more(n_wanted, n_cases):
    z, y = problem(n_cases, 30)
    found = is_fine(kept(z, y, n_wanted), 30, 30)
    assert found.chosen.tolist() == list(range(30))
    assert len(found.path) == 1
    products, standard = products_of(z)
    targets = targets_of(y)
    ridge = Ridge(alpha=found.penalty).fit(standard, targets)
    np.testing.assert_allclose(found.importances, in_deviations(ridge.coef_.T, targets), rtol=1e-5)
    assert found.penalty == products.best_penalty(Targets.of(y))[0]


@pytest.mark.parametrize("n_features", [1, 2, 3, 40])
def test_two_cases_are_enough(n_features):
    z = np.random.default_rng(0).standard_normal((2, n_features))
    found = is_fine(kept(z, np.array([0, 1]), 1), 1, n_features)
    assert found.importances[0] > 0


@pytest.mark.parametrize("n_features", [12, 80])
def test_a_class_may_have_a_single_case(n_features):
    z, _ = problem(25, n_features)
    y = np.array([2] + [0] * 12 + [1] * 12)
    is_fine(kept(z, y, 6), 6, n_features)
    is_fine(kept(z[:12], np.arange(12), 6), 6, n_features)
    is_fine(kept(z[:12], np.arange(12) > 10, 6), 6, n_features)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_cases", [20, 90])
def test_features_that_separate_the_classes_perfectly_stay(n_cases, n_classes):
    rng, y = np.random.default_rng(0), np.arange(n_cases) % n_classes
    z = rng.standard_normal((n_cases, 60))
    places = [5, 41, 50][: n_classes if n_classes > 2 else 1]
    for k, place in enumerate(places):
        z[:, place] = y == k
    found = is_fine(kept(z, y, len(places)), len(places), 60)
    assert found.chosen.tolist() == places
    assert found.path["score"][-1] == 1


@pytest.mark.parametrize("n_cases", [400, 800])
def test_a_rare_class_is_not_forgotten(n_cases):
    rng = np.random.default_rng(0)
    y = np.r_[np.zeros(3, int), 1 + np.arange(n_cases - 3) % 3]  # three cases of the rare class, many of the others
    z = rng.standard_normal((n_cases, 120))
    z[:, :12] += 1.5 * (y[:, np.newaxis] == 1 + np.arange(12) % 3)
    z[:, 30] = 0.05 * z[:, 30] + (y == 0)
    found = kept(z, y, 9)
    assert 30 in found.chosen
    assert (found.chosen < 12).sum() >= 6


# --- whole convolutions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_cases", [30, 300])
def test_features_that_share_no_convolution_are_dropped_as_if_there_were_none(n_cases):
    z, y = problem(n_cases, 260)
    work = (np.random.default_rng(0).permutation(260), 2.0 ** np.random.default_rng(1).integers(0, 9, 260))
    assert is_equal(kept(z, y, 20, convolutions=work), kept(z, y, 20))


@pytest.mark.parametrize("few", [1, 200])
def test_frugality_compares_features_that_share_nothing_alike_however_many_they_are(few, monkeypatch):
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", few)
    work = (np.arange(5), np.array([8.0, 1, 1, 1, 1]))
    stays = detachment.strongest(np.arange(5), np.array([5.0, 4, 3, 2, 1]), 3, work, 1.0)
    assert np.flatnonzero(stays).tolist() == [1, 2, 3]


def test_while_there_are_few_convolutions_single_features_are_dropped():
    z, y = problem(30, 600)
    for n_convolutions, is_few in ((130, True), (140, True), (141, False)):  # 0.26 for each of the 540 that are kept
        work = (np.arange(600) % n_convolutions, np.ones(n_convolutions))
        assert is_equal(kept(z, y, 540, convolutions=work), kept(z, y, 540)) == is_few


@pytest.mark.parametrize(
    ("n_kept", "few", "frugality", "expected"),
    [
        (2, 2, 0, [0, 4]),  # the only two above the median, though another three are worth more together
        (3, 2, 0, [0, 4, 5, 6, 7]),  # where nothing is above it, by the sum; the two too many are for the next round
        (5, 2, 0, [0, 4, 5, 6, 7]),  # the convolution of three small ones goes
        (6, 2, 0, [0, 1, 4, 5, 6, 7]),  # no whole one can go: single features do
        (4, 4, 0, [0, 4, 5, 6]),  # four are few
        (1, 2, 0, [0]),
        (1, 2, 1, [5, 6, 7]),  # three share what one costs, and the first is dear
    ],
)
def test_whole_convolutions_go_of_which_least_is_above_the_median(n_kept, few, frugality, expected, monkeypatch):
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", few)
    left, importances = np.arange(10, 18), np.array([5.0, 1, 1, 1, 4, 3, 3, 3])  # of 18, ten are gone
    work = (np.r_[[4] * 10, 0, 1, 1, 1, 2, 3, 3, 3], np.array([10.0, 1, 1, 1, 1]))
    stays = detachment.strongest(left, importances, n_kept, work, frugality)
    assert np.flatnonzero(stays).tolist() == expected


@pytest.mark.parametrize("n_kept", [100, 500, 1000])
def test_what_is_kept_of_many_candidates_shares_convolutions(n_kept):
    X, y = load_basic_motions("train")
    model = LightWaveS(Prism(), n_kept, random_state=0).fit(X, y)
    assert (model.selection_path_["n_features"][0], len(model.plan_)) == (10_000, n_kept)
    assert model.plan_.cost().n_convolutions <= max(200, 0.4 * n_kept)


# --- how many -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "n_cases", "expected"),
    [
        ([0.8], 10, 0),
        ([0.9, 0.95, 0.93, 0.8], 100, 2),  # the standard error of 0.95 is 0.0218
        ([0.9, 0.95, 0.92, 0.8], 100, 1),
        ([0.9, 0.95, 0.92, 0.8], 50, 2),  # 0.0308
        ([0.5, 0.9, 0.5, 0.9, 0.5], 1000, 3),
        ([1.0, 1.0, 0.99], 100, 1),  # a perfect score has no standard error
        ([0.0, 0.0, 0.0], 5, 2),
        ([0.5, 0.25, 0.125], 1, 2),
        ([0.75, 0.5, 0.25], 3, 1),  # exactly one standard error counts
    ],
)
def test_the_smallest_good_set_is_the_last_within_one_standard_error(scores, n_cases, expected):
    path = np.array([(100 - i, score) for i, score in enumerate(scores)], PATH)
    assert smallest_good(path, n_cases) == expected


@pytest.mark.parametrize(("n_cases", "seed"), [(30, 0), (30, 1), (60, 2), (60, 3)])
def test_auto_keeps_the_set_of_the_smallest_good_round(n_cases, seed):
    z, y = problem(n_cases, 90, noise=3.0, seed=seed)
    found = kept(z, y, "auto")
    assert found.path["n_features"][-1] == 10
    n_kept = int(found.path["n_features"][smallest_good(found.path, n_cases)])
    assert n_kept == len(found.chosen) == len(found.importances)
    exactly = kept(z, y, n_kept)
    np.testing.assert_array_equal(found.chosen, exactly.chosen)
    np.testing.assert_array_equal(found.importances, exactly.importances)
    np.testing.assert_array_equal(found.path[: len(exactly.path)], exactly.path)


def test_auto_may_keep_any_round_and_looks_no_further_than_ten():
    problems = [problem(n_cases, 90, noise=3.0, seed=seed) for n_cases, seed in ((30, 0), (60, 2), (60, 3))]
    n_kept = {len(kept(z, y, "auto").chosen) for z, y in problems}
    assert len(n_kept) > 1
    assert min(n_kept) >= 10
    assert len(kept(*problem(20, 6), "auto").path) == 1


# --- frugality ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_cases", [16, 60])
def test_of_two_equally_good_features_the_cheaper_stays(n_cases):
    z, y = problem(n_cases, 30)
    twice = np.repeat(z, 2, axis=1)
    for cheap in (0, 1):
        work = (np.arange(60), np.where(np.arange(60) % 2 == cheap, 450.0, 900.0))
        for frugality in (0.01, 0.5):
            found = is_fine(kept(twice, y, 21, frugality=frugality, convolutions=work), 21, 60)
            pairs, n_copies = np.unique(found.chosen // 2, return_counts=True)
            assert (n_copies == 1).any()
            alone = found.chosen[np.isin(found.chosen // 2, pairs[n_copies == 1])]
            assert (alone % 2 == cheap).all()


def test_of_equally_good_features_those_stay_that_share_a_convolution():
    y, three = np.array([0, 1]), np.array([[0, 0, 0], [1, 1, 1]])
    work = (np.array([0, 1, 1]), np.array([900.0, 900.0]))
    assert kept(three, y, 2, frugality=0.1, convolutions=work).chosen.tolist() == [1, 2]
    assert kept(three, y, 2).chosen.tolist() == [0, 1]


def test_sharing_is_counted_among_the_features_that_are_left():
    y, copies = np.array([0, 0, 1, 1]), np.repeat([[0], [1], [2], [4]], 20, axis=1)
    # The last ten share one convolution, the others are pairs. Each of the ten is the cheaper at any time.
    which, multiply_adds = np.r_[np.arange(10) // 2 + 1, np.zeros(10, int)], np.full(6, 100.0)
    found = kept(copies, y, 10, frugality=1, convolutions=(which, multiply_adds))
    assert found.chosen.tolist() == list(range(10, 20))
    # Where one of a pair has gone, the other has become dear: it goes next, before any that is still in a pair.
    found = kept(copies[:, :10], y, 6, frugality=1, convolutions=(which[:10], multiply_adds))
    assert found.path["n_features"].tolist() == [10, 9, 8, 7, 6]
    assert found.chosen.tolist() == list(range(6))


@pytest.mark.parametrize("n_cases", [16, 60])
def test_without_frugality_costs_are_ignored(n_cases):
    z, y = problem(n_cases, 40)
    work = (np.arange(40), 10.0 ** np.arange(40))
    assert is_equal(kept(z, y, 9, frugality=0, convolutions=work), kept(z, y, 9))
    assert not is_equal(kept(z, y, 9, frugality=1, convolutions=work), kept(z, y, 9))
    assert kept(z, y, 9, frugality=1, convolutions=work).chosen.tolist() == list(range(9)), "tenfold cost decides"


@pytest.mark.parametrize("n_cases", [16, 60])
def test_equal_costs_change_nothing(n_cases):
    z, y = problem(n_cases, 40)
    work = (np.arange(40), np.full(40, 512.0))
    assert is_equal(kept(z, y, 9, frugality=1, convolutions=work), kept(z, y, 9))


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("n_features", [20, 60])
def test_frugal_models_cost_no_more(selection, n_features):
    X, y = load_basic_motions("train")

    def cost(frugality):
        bank = WaveletScattering(max_dilation=8)
        model = LightWaveS(bank, n_features, selection, frugality=frugality, search_candidates=8000, random_state=0)
        return model.fit(X, y).plan_.cost()

    lavish, frugal = cost(0), cost(1)
    assert frugal.n_multiply_adds <= lavish.n_multiply_adds
    assert frugal.n_convolutions <= lavish.n_convolutions
    if selection == "detach":
        assert frugal.n_multiply_adds < 0.8 * lavish.n_multiply_adds
        assert frugal.n_convolutions < 0.8 * lavish.n_convolutions


# --- ranks --------------------------------------------------------------------------------------------------

# Which rank has each of so many candidates.
DEALT = {
    "in turn": lambda n, size: np.arange(n) % size,
    "neighbours": lambda n, size: np.arange(n) * size // n,
    "at random": lambda n, size: np.random.default_rng(n).integers(0, size, n),
    "all on the first": lambda n, size: np.zeros(n, int),
    "all on the last": lambda n, size: np.full(n, size - 1),
    "all but one on the last": lambda n, size: np.where(np.arange(n) == n // 2, 0, size - 1),
    "none on the first": lambda n, size: 1 + np.arange(n) ** 2 % (size - 1),
    "the last first, and few": lambda n, size: np.where(np.arange(n) < 3, size - 1, np.arange(n) % max(1, size - 2)),
}
PROBLEMS = {
    "dual to the end": (problem(24, 90, noise=3.0), 40, {}),
    "through the turn": (problem(24, 90, noise=3.0), 7, {}),
    "of two classes": (problem(31, 60, 2, noise=3.0), 5, {}),
    "at the turn": (problem(30, 45, noise=3.0), 30, {}),
    "auto": (problem(30, 90, noise=3.0), "auto", {}),
    "one round": (problem(20, 60), 60, {}),
    "convolutions": (
        problem(20, 80, noise=4.0),
        9,
        {"frugality": 0.5, "convolutions": (np.arange(80) // 3, np.arange(27.0) + 1)},
    ),
    "from the primal": (problem(60, 40), 6, {}),
    "as many as cases": (problem(25, 25), 4, {}),
    "primal, all kept": (problem(60, 12), 500, {}),
}


def share_of(comm, dealt, z):
    """The rows that a rank has, and which ranks have which."""
    rank_of = DEALT[dealt](z.shape[1], comm.size)
    share = Share(comm, [np.flatnonzero(rank_of == rank) for rank in range(comm.size)])
    return rows_of(z[:, share.mine]), share


def kept_on(comm, dealt, z, y, n_features, **options):
    rows, share = share_of(comm, dealt, z)
    return detach(surveys([rows], [share], len(z), y)[0], n_features, **options)


@pytest.fixture
def few_convolutions(monkeypatch):
    """Whole convolutions go already where there are few."""
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", 3)


@pytest.mark.usefixtures("few_convolutions")
@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("dealt", DEALT)
@pytest.mark.parametrize("kind", PROBLEMS)
def test_ranks_that_share_the_candidates_keep_what_one_alone_keeps_to_the_bit(kind, dealt, size):
    (z, y), n_features, options = PROBLEMS[kind]
    alone = kept(z, y, n_features, **options)
    found = on_ranks(size, lambda comm: kept_on(comm, dealt, z, y, n_features, **options))
    assert [is_equal(of_rank, alone) for of_rank in found] == [True] * size


@pytest.mark.usefixtures("few_convolutions")
@pytest.mark.parametrize("size", [1, 20])
@pytest.mark.parametrize("kind", PROBLEMS)
def test_neither_a_rank_alone_nor_more_ranks_than_rounds_keep_anything_else(kind, size):
    (z, y), n_features, options = PROBLEMS[kind]
    alone = kept(z, y, n_features, **options)
    for found in on_ranks(size, lambda comm: kept_on(comm, "in turn", z, y, n_features, **options)):
        assert is_equal(found, alone)


@examples
@given(
    seed=seeds,
    n_cases=st.integers(2, 25),
    n_features=st.integers(1, 60),
    n_classes=st.integers(2, 4),
    n_kept=st.integers(1, 60) | st.just("auto"),
    size=st.sampled_from([2, 3, 5]),
    dealt=st.sampled_from(list(DEALT)),
)
def test_ranks_find_what_one_finds_whatever_the_problem(seed, n_cases, n_features, n_classes, n_kept, size, dealt):
    z, y = problem(n_cases, n_features, min(n_classes, n_cases), noise=3.0, seed=seed)
    alone = kept(z, y, n_kept)
    assert len(alone.path) == len(set(alone.path["n_features"].tolist())), "each round has one score"
    for found in on_ranks(size, lambda comm: kept_on(comm, dealt, z, y, n_kept)):
        assert is_equal(found, alone)


def test_the_problems_of_ranks_are_of_every_kind():
    for kind, (data, n_features, options) in PROBLEMS.items():
        path, scores = (kept(*data, n_features, **options).path[name] for name in PATH.names)
        n_cases = len(data[0])
        assert (path[0] > n_cases) != ("primal" in kind or kind == "as many as cases")
        assert (path[0] > n_cases >= path[-1]) == (
            kind in ("through the turn", "of two classes", "at the turn", "auto", "convolutions")
        )
        assert len(in_dual := scores[path > n_cases]) < 2 or len(set(in_dual)) > 2, "their order can be told"


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("dealt", DEALT)
@pytest.mark.parametrize("n_cases", [2, 3, 20, 21])
def test_each_rank_has_the_sum_of_its_own_and_the_solver_that_of_all_exactly(n_cases, dealt, size):
    z = problem(n_cases, 60)[0]
    standard = np.rint(products_of(z)[1] * 4096).astype(np.int64)
    rng, left = np.random.default_rng(0), [np.arange(60)]
    while len(left) < 5:
        left.append(np.sort(rng.permutation(left[-1])[:-8]))

    def sums_of(comm):
        rows, share = share_of(comm, dealt, z)
        products, sums = detachment.products_of(rows, n_cases, share, 1), []
        for before, after in zip(left, left[1:] + left[:1], strict=True):
            total = None if products.total is None else unpacked(products.total)
            sums.append((share.mine, unpacked(products.partial[:-1]), total))
            if len(after) < len(before):
                assert products.without(~np.isin(before, after)) is products
        return sums

    for rank, sums in enumerate(on_ranks(size, sums_of)):
        for number, (some, (mine, partial, total)) in enumerate(zip(left, sums, strict=True)):
            own, everybodys = (standard[:, ids] for ids in (np.intersect1d(some, mine), some))
            np.testing.assert_array_equal(partial, own @ own.T)
            assert (total is not None) == (rank == (1 + number) % size)
            if total is not None:
                np.testing.assert_array_equal(total, everybodys @ everybodys.T)


@pytest.mark.parametrize("first", [0, 1, 4])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_ranks_solve_in_turn_and_what_their_ridges_score_is_known_a_round_later(size, first):
    z, y = problem(21, 60, noise=3.0)
    targets, standard = Targets.of(y), products_of(z)[1]
    scores = [targets.accuracy(refitted(standard[:, 6 * i :], targets.values, 30.0)) for i in range(6)]
    assert len(set(scores)) > 3

    def rounds_of(comm):
        rows, share = share_of(comm, "in turn", z)
        products = detachment.products_of(rows, 21, share, first % size)
        known, solves = [], []

        def judge(importances, of_earlier):
            known.append(of_earlier)
            return np.arange(len(importances)) < 6

        for number in range(6):
            solver, has_total = products.solver, products.total is not None
            dropped = products.judged(targets, 30.0, judge)
            assert dropped.tolist() == [True] * 6 + [False] * (54 - 6 * number)
            solves.append((comm.rank == solver, has_total, products.solved is not None))
            products = products.without(dropped)
        return solves, known, products.score(targets), products.score(targets)

    for rank, (solves, known, last, nothing) in enumerate(on_ranks(size, rounds_of)):
        assert solves == [((rank - first - number) % size == 0,) * 3 for number in range(6)]
        assert known == ([] if rank else [[], *([score] for score in scores[:-1])])
        assert last == ([scores[-1]] if (rank - first - 5) % size == 0 else [])
        assert nothing == []


def test_a_ridge_is_scored_once_the_next_one_can_be_solved(monkeypatch):
    here, left_out = threading.local(), Dual.left_out

    def noted(self):
        here.comm.calls.append(("left_out", 0))
        return left_out(self)

    monkeypatch.setattr(Dual, "left_out", noted)

    def calls_of(comm):
        here.comm = Counted(comm)
        kept_on(here.comm, "in turn", *problem(24, 90), 40)
        return [name for name, _ in here.comm.calls]

    for rank, calls in enumerate(on_ranks(3, calls_of)):
        in_detachment = calls[calls.index("allgather") + 1 :]
        places = [place for place, name in enumerate(in_detachment) if name == "left_out"]
        around = [(in_detachment[place - 1], in_detachment[place + 1]) for place in places]
        own = list(range(rank, 8, 3))  # of the eight rounds
        assert around == [("bcast", "gather") if number == 7 else ("Reduce", "bcast") for number in own]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [2, 3])
def test_any_of_several_pools_is_detached_as_if_it_were_alone(size, number):
    y, pools = problem(30, 1)[1], [problem(30, n, noise=2.0, seed=n)[0] for n in (70, 50, 25, 60)]
    alone = kept(pools[number], y, 8)

    def detached(comm):
        parts = [share_of(comm, "in turn", z) for z in pools]
        return detach(surveys(*map(list, zip(*parts, strict=True)), 30, y)[number], 8)

    for found in on_ranks(size, detached):
        assert is_equal(found, alone)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("dealt", DEALT)
def test_the_errors_of_several_pools_are_those_of_each_alone_on_all_ranks(dealt, size):
    y = problem(30, 1)[1]
    pools = [problem(30, n, noise=2.0, seed=n)[0] for n in (70, 31, 30, 12, 55, 1)]
    alone = [surveyed(z, y) for z in pools]

    def fields_of(comm):
        parts = [share_of(comm, dealt, z) for z in pools]
        return surveys([rows for rows, _ in parts], [share for _, share in parts], 30, y)

    for rank, fields in enumerate(on_ranks(size, fields_of)):
        assert [(field.penalty, field.error) for field in fields] == [(field.penalty, field.error) for field in alone]
        assert [field.n_candidates for field in fields] == [70, 31, 30, 12, 55, 1]
        kinds = [Gram, Gram, Covariance, Covariance, Gram, Covariance]
        kinds = [kind if kind is Gram or rank == 0 else type(None) for kind in kinds]
        assert [type(field.products) for field in fields] == kinds
    assert len({field.error for field in alone}) == len(pools)


def test_different_ranks_solve_the_equations_of_different_pools(monkeypatch):
    solved, best_penalty = [], Gram.best_penalty

    def listed(self, targets):
        found = best_penalty(self, targets)
        if found is not None:
            solved.append((self.comm.rank, len(self.left)))
        return found

    monkeypatch.setattr(Gram, "best_penalty", listed)
    z, y = problem(20, 90)

    def fields_of(comm):
        parts = [share_of(comm, "in turn", z[:, :n]) for n in (50, 60, 70, 80)]
        return surveys([rows for rows, _ in parts], [share for _, share in parts], 20, y)

    on_ranks(3, fields_of)
    assert sorted(solved) == [(0, 50), (0, 80), (1, 60), (2, 70)]


def test_half_of_the_products_of_cases_travels_and_the_series_of_features_only_at_the_turn():
    z, y = problem(24, 90)

    def counted(comm):
        comm = Counted(comm)
        assert is_equal(kept_on(comm, "in turn", z, y, 7), kept(z, y, 7))
        return comm.calls

    n_dual = int((kept(z, y, 7).path["n_features"] > 24).sum())
    for calls in on_ranks(3, counted):
        assert [n_bytes for name, n_bytes in calls if name == "Reduce"] == [8 * (24 * 25 // 2 + 1)] * n_dual
        *of_importances, of_rows, of_score = [n_bytes for name, n_bytes in calls if name == "gather"]
        assert len(of_importances) == n_dual
        assert max(of_importances) < 8 * 90 + 500
        assert of_rows < 4 * 24 * 24 + 1000
        assert of_score < 100
        assert max(n_bytes for name, n_bytes in calls if name in ("allgather", "bcast")) < 3000


@pytest.fixture
def failing(monkeypatch):
    """Have a function fail on one rank, at its n-th call there; returns what all ranks of a detachment raise."""
    here = threading.local()

    def run(where, name, rank, at_call, kind="through the turn", size=3):
        work, n_calls = getattr(where, name), []

        def fails(*arguments, **options):
            if here.rank == rank:
                n_calls.append(name)
                if len(n_calls) == at_call:
                    raise MemoryError("too much")
            return work(*arguments, **options)

        monkeypatch.setattr(where, name, fails)
        (z, y), n_features, options = PROBLEMS[kind]

        def detached(comm):
            here.rank = comm.rank
            return kept_on(comm, "in turn", z, y, n_features, **options)

        return on_ranks(size, detached)

    return run


# Three ranks solve twelve rounds in turn. Whoever solves first has solved three ridges before, to choose a penalty.
FAILURES = {
    "coefficients": (Gram, "coefficients", 1, 3),
    "coefficients of the first": (Gram, "coefficients", 0, 3),
    "importances": (Targets, "importances", 2, 5),
    "standardising": (detachment, "standardise", 2, 1),
    "products": (detachment, "chunks", 1, 1),
    "products of the solver": (detachment, "chunks", 0, 1),
    "products of what goes": (Gram, "_add", 2, 4),
    "products of what goes, of the solver": (Gram, "_add", 1, 2),
    "products of what goes, of the first": (Gram, "_add", 0, 3),
    "products of what goes, of the first, who solves": (Gram, "_add", 0, 4),
    "the choice of a penalty": (Gram, "best_penalty", 0, 1),
    "the errors of penalties": (detachment, "least_error", 0, 1),
    "the first rank's duals": (Dual, "__init__", 0, 5),
    "another's duals": (Dual, "__init__", 2, 2),
    "the first rank's steps": (detachment, "in_steps", 0, 2),
    "another's steps": (detachment, "in_steps", 1, 1),
    "accuracy": (Targets, "accuracy", 1, 2),
    "the turn": (Covariance, "__init__", 0, 1),
    "after the turn": (Covariance, "judged", 0, 2),
    "what goes before the turn": (detachment, "strongest", 0, 2),
    "what goes in the last round": (detachment, "strongest", 0, 20),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_rank_that_fails_in_the_middle_fails_on_all_and_nobody_waits(failure, failing):
    where, name, rank, at_call = FAILURES[failure]
    errors = failing(where, name, rank, at_call)
    others = [error for other, error in enumerate(errors) if other != rank]
    assert (type(errors[rank]), str(errors[rank])) == (MemoryError, "too much")
    assert [(type(error), str(error)) for error in others] == [
        (RuntimeError, f"rank {rank} failed: MemoryError: too much")
    ] * 2


@pytest.mark.parametrize("number", [0, 1, 2, 6, -2, -1])
@pytest.mark.parametrize("kind", ["dual to the end", "through the turn"])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_score_that_fails_late_fails_on_all_whosever_it_is(size, kind, number, failing):
    (z, y), n_features, _ = PROBLEMS[kind]
    n_rounds = int((kept(z, y, n_features).path["n_features"] > len(z)).sum())
    rank, n_before = (number % n_rounds) % size, (number % n_rounds) // size
    errors = failing(Dual, "left_out", rank, n_before + (1 if rank else 4), kind, size)
    message = f"rank {rank} failed: MemoryError: too much"
    expected = [(RuntimeError, message)] * size
    expected[rank] = (MemoryError, "too much")
    assert [(type(error), str(error)) for error in errors] == expected


def test_of_two_ranks_that_fail_in_one_round_each_says_its_own_and_others_name_the_first(monkeypatch):
    here, score, add = threading.local(), Gram.score, Gram._add

    def late(self, targets):
        if here.rank == 3 and self.solved is not None:
            raise OSError("late")
        return score(self, targets)

    def early(self, which, factor):
        if here.rank == 1 and len(self.left) == 57:  # the ridge on 64, the fourth, is not scored yet
            raise KeyError("early")
        add(self, which, factor)

    monkeypatch.setattr(Gram, "score", late)
    monkeypatch.setattr(Gram, "_add", early)

    def detached(comm):
        here.rank = comm.rank
        return kept_on(comm, "in turn", *problem(24, 90), 7)

    told = (RuntimeError, "rank 1 failed: KeyError: 'early'")
    expected = [told, (KeyError, "'early'"), told, (OSError, "late"), told]
    assert [(type(error), str(error)) for error in on_ranks(5, detached)] == expected


@pytest.mark.parametrize("at_call", [1, 2, 4])
@pytest.mark.parametrize("value", [np.nan, -1e12])
def test_a_sum_that_a_rank_has_left_unfinished_is_not_solved(value, at_call, monkeypatch):
    here, add = threading.local(), Gram._add

    def fails(self, which, factor):
        here.n_calls += 1
        if here.rank == 1 and here.n_calls == at_call:
            self.partial[:5] = value  # of which no ridge can be made: the solver would fail, too
            raise MemoryError("too much")
        add(self, which, factor)

    monkeypatch.setattr(Gram, "_add", fails)

    def detached(comm):
        here.rank, here.n_calls = comm.rank, 0
        return kept_on(comm, "in turn", *problem(24, 90), 7)

    told = (RuntimeError, "rank 1 failed: MemoryError: too much")
    expected = [told, (MemoryError, "too much"), told]
    assert [(type(error), str(error)) for error in on_ranks(3, detached)] == expected


@pytest.mark.parametrize("failure", [(Gram, "_add"), (Dual, "__init__"), (Dual, "left_out"), (Targets, "importances")])
def test_one_rank_alone_raises_its_own_error(failure, failing):
    for at_call in (1, 5):
        [error] = failing(*failure, 0, at_call, size=1)
        assert (type(error), str(error)) == (MemoryError, "too much")


def test_a_rank_that_has_nothing_to_send_at_the_turn_says_so_on_all(monkeypatch):
    turned = Gram.turned

    def without_rows(self):
        if self.comm.rank == 1:
            del self.rows
        return turned(self)

    monkeypatch.setattr(Gram, "turned", without_rows)
    z, y = problem(24, 90)
    errors = on_ranks(3, lambda comm: kept_on(comm, "in turn", z, y, 7))
    assert [type(error) for error in errors] == [RuntimeError, AttributeError, RuntimeError]
    assert all(str(error).startswith("rank 1 failed: AttributeError") for error in (errors[0], errors[2]))


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("n_cases", [24, 200])
def test_a_feature_of_one_rank_that_is_not_finite_is_reported_by_all(n_cases, value):
    z, y = problem(n_cases, 90)
    z[5, 31] = value
    message = "A feature is not finite: values of X are too large. Let scale=True standardise the channels."
    with pytest.raises(ValueError, match=message):
        kept(z, y, 7)
    errors = on_ranks(3, lambda comm: kept_on(comm, "in turn", z, y, 7))
    told = (RuntimeError, f"rank 0 failed: ValueError: {message}")
    assert [(type(error), str(error)) for error in errors] == [(ValueError, message), told, told]


def test_a_feature_of_a_later_pool_that_is_not_finite_is_reported_by_all_in_the_words_of_its_solver():
    pools, y = [problem(24, n)[0] for n in (50, 60, 70)], problem(24, 1)[1]
    pools[1][5, 33] = np.inf

    def fields_of(comm):
        parts = [share_of(comm, "in turn", z) for z in pools]
        return surveys(*map(list, zip(*parts, strict=True)), 24, y)

    errors = on_ranks(3, fields_of)
    assert [type(error) for error in errors] == [RuntimeError, ValueError, RuntimeError]
    assert all(str(errors[rank]).startswith("rank 1 failed: ValueError: A feature is not finite") for rank in (0, 2))
