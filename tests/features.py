"""Features with classes for tests, in rows as the package keeps them; their scores; and what ridges make of them."""

import numpy as np
from sklearn.linear_model import Ridge, RidgeCV

from lightwaves.selection.detachment import detach, first_ridge
from lightwaves.selection.products import PENALTIES, prepared
from lightwaves.selection.relevance import spare_rows


def problem(n_cases, n_features, n_classes=3, noise=1.0, seed=0):
    """Features of different units with classes that overlap, of unequal size and in no order."""
    rng = np.random.default_rng(seed)
    y = np.minimum(np.arange(n_cases) % (n_classes + 1), n_classes - 1)
    rng.shuffle(y)
    z = rng.standard_normal((n_classes, n_features))[y] + noise * rng.standard_normal((n_cases, n_features))
    return (z * 2.0 ** rng.integers(-9, 9, n_features) + rng.standard_normal(n_features)).astype(np.float32), y


def rows_of(z):
    """A feature matrix as the package takes it, with garbage wherever nothing counts."""
    rows = spare_rows(z.shape[1], len(z))
    rows[:] = np.nan
    rows[:-1, : len(z)] = z.T
    return rows


def standard_of(z):
    """The features that a ridge is fitted on: standardised, and rounded."""
    rows, unit = prepared(rows_of(z), *z.shape)
    return rows.T.astype(np.float64) * unit


def mirrored(matrix):
    """The symmetric matrix with this lower triangle."""
    lower = np.tril(matrix)
    return lower + np.tril(lower, -1).T


# --- scores -------------------------------------------------------------------------------------------------


def ids_and_scores(seed, n):
    """Ids in any order, and scores with many ties and extremes among them."""
    rng = np.random.default_rng(seed)
    ids = rng.choice(10 * n, n, replace=False).astype(np.int64)
    return ids, np.array([0.0, 1e-300, 0.5, 1.0, 2.0, np.inf])[rng.integers(0, 6, n)]


def best_first(ids, scores, n_best):
    """The negative score and the id of each of the best."""
    return sorted(zip((-scores).tolist(), ids.tolist(), strict=True))[:n_best]


# --- scikit-learn's ridges ----------------------------------------------------------------------------------


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


# --- detachment ---------------------------------------------------------------------------------------------


def first_of(z, y):
    """The ridge on all features."""
    return first_ridge(rows_of(np.asarray(z, np.float32)), len(z), y)


def kept(z, y, n_features, **options):
    """What one process keeps."""
    return detach(first_of(z, y), n_features, **options)


def is_equal(one, two):
    """Whether two results are the same to the last bit."""
    names = ("chosen", "importances", "penalty", "path")
    return all(np.array_equal(getattr(one, name), getattr(two, name)) for name in names)


def same(one, other):
    """Make sure that two arrays agree to the bit, whatever their fields; NaN is NaN, and None is None."""
    assert (one is None) == (other is None)
    if one is not None:
        one, other = np.asarray(one), np.asarray(other)
        assert one.dtype == other.dtype
        for name in one.dtype.names or [()]:
            np.testing.assert_array_equal(one[name], other[name])
