"""The algebra of detachment: its ridge is scikit-learn's in the dual and in the primal, and its sums are exact."""

import numpy as np
import pytest
from features import (
    coefficients_of,
    first_of,
    kept,
    mirrored,
    penalty_of,
    problem,
    refitted,
    rows_of,
    standard_of,
    targets_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from wide import sweep

from lightwaves.selection import products
from lightwaves.selection.products import (
    PENALTIES,
    Covariance,
    Dual,
    Gram,
    Targets,
    centred_products,
    grain_for,
    in_steps,
    least_error,
    prepared,
    ridge_of,
    standardise,
    winners,
)
from lightwaves.selection.relevance import spare_rows

seeds = st.integers(0, 2**32 - 1)
examples = settings(deadline=None, max_examples=20)

DUAL = [(24, 90), (30, 31)]
PRIMAL = [(60, 12), (25, 25), (40, 1)]


def ridge_on(z, kind=None):
    """A ridge on the columns, not fitted yet: in its dual or its primal, by default whichever is smaller."""
    rows = rows_of(z)
    return ridge_of(rows, len(z)) if kind is None else of_kind(kind, rows, len(z))


def of_kind(kind, rows, n_cases):
    """A ridge in its dual or its primal, whatever there is more of."""
    n_features = len(rows) - 1
    return kind(*prepared(rows, n_cases, n_features), np.arange(n_features))


def matrix_of(ridge):
    """The products that it is solved by."""
    return mirrored(ridge.matrix if isinstance(ridge, Covariance) else ridge.total)


def solved(ridge, targets, penalty):
    """Coefficients, and left-out scores."""
    if isinstance(ridge, Covariance):
        return ridge.ridge(targets, penalty)
    dual = Dual(centred_products(ridge.total, ridge.unit), targets, penalty)
    return ridge.coefficients(*in_steps(dual.duals)), dual.left_out()


def tolerance(ridge, standard, targets, penalty):
    """How far coefficients may be off whose duals, residuals over the penalty, are rounded to 24 bits."""
    duals = np.abs(targets - ridge.predict(standard).reshape(targets.shape)).max() / penalty
    return 2.0**-24 * duals * np.abs(standard).sum(axis=0).max() + 1e-9


# --- the ridge ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("penalty", sweep([1e-3, 30], [0.5, 3000]))
@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL)
def test_the_ridge_is_scikit_learns_and_its_left_out_scores_those_of_real_refits(
    n_cases, n_features, n_classes, penalty
):
    z, y = problem(n_cases, n_features, n_classes)
    targets = targets_of(y)
    fitted, standard = ridge_on(z), standard_of(z)
    dual = isinstance(fitted, Gram)
    assert dual == ((n_cases, n_features) in DUAL)
    coefficients, left_out = solved(fitted, Targets.of(y), penalty)
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
        penalty, _ = ridge_on(z).best_penalty(Targets.of(y))
        assert penalty == penalty_of(standard_of(z), targets_of(y))
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


@pytest.mark.parametrize("penalty", [0.5, 3000])
@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL)
def test_a_fit_tells_importances_in_24_bits_of_the_largest_and_how_many_cases_it_classifies_rightly(
    n_cases, n_features, n_classes, penalty
):
    z, y = problem(n_cases, n_features, n_classes, noise=4.0)
    ridge, targets = ridge_on(z), Targets.of(y)
    importances, accuracy = ridge.fit(targets, penalty)
    expected = targets.importances(solved(ridge, targets, penalty)[0])
    np.testing.assert_allclose(importances, expected, rtol=0, atol=2.0**-24 * expected.max())
    steps = importances / 2.0 ** (np.ceil(np.log2(expected.max())) - 24)
    np.testing.assert_array_equal(steps, np.rint(steps))
    assert steps.max() > 2**22
    assert accuracy == targets.accuracy(refitted(standard_of(z), targets.values, penalty))
    assert 0 < accuracy < 1


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), DUAL + PRIMAL)
def test_the_dual_and_the_primal_are_one_ridge(n_cases, n_features, n_classes):
    z, y = problem(n_cases, n_features, n_classes)
    targets = targets_of(y)
    dual, primal, standard = ridge_on(z, Gram), ridge_on(z, Covariance), standard_of(z)
    assert matrix_of(dual).shape == (n_cases, n_cases)
    assert primal.matrix.shape == (n_features, n_features)
    assert dual.best_penalty(Targets.of(y)) == pytest.approx(primal.best_penalty(Targets.of(y)), rel=1e-9)
    for penalty in (0.1, 20, 1000):
        (coefficients, left_out), (expected, expected_left_out) = (
            solved(ridge, Targets.of(y), penalty) for ridge in (dual, primal)
        )
        atol = tolerance(Ridge(alpha=penalty).fit(standard, targets), standard, targets, penalty)
        assert atol < 1e-3 * np.abs(expected).max()
        np.testing.assert_allclose(coefficients, expected, rtol=1e-8, atol=atol)
        np.testing.assert_allclose(left_out, expected_left_out, rtol=1e-6, atol=1e-7)


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
    expected, whole = ridge_on(z), (standard_of(z) * 4096).astype(np.int64)
    coefficients, left_out = solved(expected, Targets.of(y), 1.0)
    monkeypatch.setattr(products, "CHUNK", chunk)
    monkeypatch.setattr(products, "TOGETHER", 40 * chunk)
    found = ridge_on(z[:, places])
    np.testing.assert_array_equal(matrix_of(found), matrix_of(expected))
    np.testing.assert_array_equal(matrix_of(found), whole @ whole.T)
    assert found.best_penalty(Targets.of(y)) == expected.best_penalty(Targets.of(y))
    found_coefficients, found_left_out = solved(found, Targets.of(y), 1.0)
    np.testing.assert_array_equal(found_coefficients, coefficients[places])
    np.testing.assert_array_equal(found_left_out, left_out)


@pytest.mark.parametrize(("n_cases", "n_left"), [(30, 200), (31, 200), (30, 31), (30, 30), (30, 4), (300, 100)])
def test_what_was_dropped_leaves_no_trace(n_cases, n_left):
    z, y = problem(n_cases, 250)
    ridge = ridge_on(z)
    rng, left = np.random.default_rng(0), np.arange(250)
    while len(left) > n_left:
        keep = np.sort(rng.permutation(left)[: max(n_left, len(left) - 40)])
        ridge = ridge.without(~np.isin(left, keep))
        left = keep
    anew = ridge_on(z[:, left])
    assert type(ridge) is type(anew) is (Gram if n_left > n_cases else Covariance)
    np.testing.assert_array_equal(ridge.left, left)
    np.testing.assert_array_equal(matrix_of(ridge), matrix_of(anew))
    for one, two in zip(*(solved(some, Targets.of(y), 1.0) for some in (ridge, anew)), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("n_features", "n_cases", "grain"), [(32, 32, 21), (100, 32, 20), (128, 32, 20), (256, 32, 20), (257, 32, 19)]
)
def test_the_grain_is_as_fine_as_sums_below_2_to_the_53_allow(n_features, n_cases, grain, monkeypatch):
    monkeypatch.setattr(products, "GRAIN", 40)
    rows = spare_rows(n_features, n_cases)
    rows[:, 5] = 1  # one case alone makes up each feature's variance: no sum of squares can be larger
    assert grain_for(n_features, n_cases) == grain
    ridge = of_kind(Gram, rows, n_cases)
    values = rows[:-1, :n_cases]
    assert np.abs(values).max() < 2**24, "float32 holds them"
    whole = values.astype(np.int64).astype(object)
    gram = whole.T @ whole
    assert gram.max() < 2**53 <= n_features * n_cases * 4 ** (grain + 1)
    np.testing.assert_array_equal(matrix_of(ridge), gram.astype(np.float64))
    assert [int(v) for v in matrix_of(ridge).ravel()] == list(gram.ravel())


def test_the_grain_becomes_coarser_with_many_features_and_cases(monkeypatch):
    grains = []
    for largest in (12, 17, 19):
        monkeypatch.setattr(products, "GRAIN", largest)
        grains.append(grain_for(1000, 64))
        assert first_of(*problem(64, 1000)).ridge.unit == 2.0 ** -grains[-1]
    assert grains == [12, 17, 18], "64,000 values leave room for 18"
    assert np.isfinite(kept(*problem(64, 1000), 20).importances).all()


def test_winners_have_the_largest_scores_and_of_one_score_the_second_class_wins_above_0():
    assert winners(np.array([[1.0, 3.0, 2.0], [5.0, 3.0, 2.0]])).tolist() == [1, 0]
    one = np.array([-1.0, 2.0, 0.0])
    assert winners(one).tolist() == winners(one[:, np.newaxis]).tolist() == [0, 1, 0]
