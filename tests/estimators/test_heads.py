"""What all heads of the library have in common."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_info

from lightwaves import LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from lightwaves.estimators.classifier import check_head
from lightwaves.estimators.kernel import KernelHead, Landmarks
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead

HEADS = (RidgeHead, KernelHead, RegressionHead, KernelRegressionHead)


@pytest.mark.parametrize("kind", HEADS)
def test_a_pickle_holds_what_was_learnt_once_and_predicts_as_before(kind):
    Z = np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32)
    head = kind().fit(Z, (Z[:, 0] > 0).astype(np.float64))
    pickled = pickle.dumps(head)
    learnt = [value for name, value in vars(head).items() if name.endswith("_") and isinstance(value, np.ndarray)]
    assert len(pickled) < sum(value.nbytes for value in learnt) + 2000
    np.testing.assert_array_equal(pickle.loads(pickled).predict(Z), head.predict(Z))


@pytest.mark.parametrize("kind", HEADS)
def test_a_state_does_not_say_what_the_loops_read(kind):
    """It may come from a file, and loops believe what they read."""
    Z = np.random.default_rng(0).standard_normal((100, 5)).astype(np.float32)
    head = kind().fit(Z, (Z[:, 0] > 0).astype(np.float64))
    copy = kind.__new__(kind)
    copy.__setstate__(head.__getstate__() | {"_laid_out": ([getattr(head, READ[kind])], None)})
    assert "_laid_out" not in vars(copy)
    np.testing.assert_array_equal(copy.predict(Z), head.predict(Z))


READ = {RidgeHead: "coef_", RegressionHead: "intercept_", KernelHead: "landmarks_", KernelRegressionHead: "landmarks_"}


@pytest.mark.parametrize("kind", HEADS)
def test_what_is_learnt_is_what_predicts(kind):
    """Once, coefficients could be changed without effect, until a pickle or a file of the head was read."""
    Z = np.random.default_rng(0).standard_normal((100, 5)).astype(np.float32)
    head, rows = kind().fit(Z, (Z[:, 0] > 0).astype(np.float64)), np.ascontiguousarray(Z.T)
    before = head.scores(rows, 100)
    with pytest.raises(ValueError, match="read-only"):
        getattr(head, READ[kind])[:] = 0
    mine = getattr(head, READ[kind]) + 1
    setattr(head, READ[kind], mine[...])
    head.scores(rows, 100)
    mine += 1  # which is its owner's
    after = head.scores(rows, 100)
    assert not np.allclose(before, after)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(head)).scores(rows, 100), after)


@pytest.mark.parametrize("kind", [KernelHead, KernelRegressionHead])
def test_one_case_is_scored_by_one_thread_as_others_took_thirty_times_as_long_on_busy_cores(kind, monkeypatch):
    Z = np.random.default_rng(0).standard_normal((100, 5)).astype(np.float32)
    head, found = kind().fit(Z, (Z[:, 0] > 0).astype(np.float64)), []
    likenesses = Landmarks.likenesses

    def counted(self, standard, width):
        found.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return likenesses(self, standard, width)

    monkeypatch.setattr(Landmarks, "likenesses", counted)
    head.scores(np.ascontiguousarray(Z[:1].T), 1)
    assert set(found) == {1}


def test_coefficients_that_do_not_fit_are_refused():
    Z = np.random.default_rng(0).standard_normal((100, 5)).astype(np.float32)
    head = RidgeHead().fit(Z, np.arange(100) % 3)
    for shape in ((3, 4), (2, 5), (5,)):
        head.coef_ = np.zeros(shape)
        with pytest.raises(ValueError, match=r"coef_ has shape .*, but \(3, 5\) is needed, as intercept_ is"):
            head.predict(Z)


@pytest.mark.parametrize("kind", [RidgeHead, RegressionHead, KernelHead, KernelRegressionHead])
def test_what_is_not_finite_does_not_predict(kind):
    """Once, a head of a file of skops or joblib whose numbers were altered gave the first class to all."""
    Z = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
    head = kind().fit(Z, np.arange(60) % 3)
    for name in head.read_by_loops:
        altered = pickle.loads(pickle.dumps(head))
        setattr(altered, name, getattr(altered, name) * np.float32(np.nan))
        with pytest.raises(ValueError, match=f"{name}.* must be finite"):
            altered.predict(Z)


@pytest.mark.parametrize("kind", HEADS)
def test_a_constant_feature_of_any_size_has_no_weight(kind):
    Z = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
    y, found = (Z[:, 0] > 0).astype(np.float64), []
    for value in (0, -3.4e38):
        Z[:, 2] = value
        head = kind().fit(Z, y)
        found.append(head.scores(np.ascontiguousarray(Z.T), len(Z)))
        assert not np.atleast_2d(head.coef_)[:, 2].any()
        assert head.importances_[2] < 1e-15
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.parametrize("kind", [RidgeHead, RegressionHead])
def test_a_head_learns_what_it_will_read(kind):
    """Once, it was fitted on float64 and read float32: around 1e8 it was sure, and right by chance."""
    z = np.random.default_rng(0).standard_normal((200, 1))
    y = z[:, 0] if kind is RegressionHead else (z[:, 0] > 0).astype(int)
    rounded = (1e8 + z).astype(np.float32)
    with pytest.warns(UserWarning, match="vary too little beside their size for float32"):
        found = kind().fit(1e8 + z, y)
    expected = kind().fit(rounded, y)
    np.testing.assert_array_equal(found.coef_, expected.coef_)
    if kind is RidgeHead:
        own = found.predict_proba(1e8 + z)[np.arange(200), y]
        assert -np.log(own).mean() < 0.75
    with pytest.raises(ValueError, match="infinity"), np.errstate(over="ignore", invalid="ignore"):
        kind().fit(1e39 * z, y)


@pytest.mark.parametrize("kind", [RidgeHead, KernelHead, RegressionHead, KernelRegressionHead])
def test_features_that_float32_is_too_coarse_for_are_named(kind):
    """Once, such features were constant without a word, and the head right by chance."""
    z = np.random.default_rng(0).standard_normal((60, 4))
    y = z[:, 0] if "Regression" in kind.__name__ else (z[:, 0] > 0).astype(int)
    x = z + np.array([1e6, 0, 1e8, -1e7])
    with pytest.warns(UserWarning, match=r"Features \[2, 3\] of X.*feature 2.*near 1e\+08.*steps are 8"):
        kind().fit(x, y)
    x = np.column_stack([z + 1e6, np.full(60, 1e8), 1e8 + 1e-9 * z[:, 0]])
    kind().fit(x, y)  # constant ones, also by rounding, lose nothing; warnings are errors
    kind().fit((z + 1e8).astype(np.float32), y)  # what is lost there, nobody here has seen
    kind().fit(np.column_stack([z, 2.0**24 + 2 * (y > 0)]), y)  # numbers that float32 holds


@pytest.mark.parametrize(
    "model",
    [LightWaveSClassifier(classifier=LogisticRegression(C=-1)), LightWaveSRegressor(regressor=Ridge(alpha=-1.0))],
    ids=["C", "alpha"],
)
def test_a_parameter_that_scikit_learn_refuses_is_refused_before_any_work(model, monkeypatch):
    """Once, the whole search came first, and a warning that advised to give more cases."""
    monkeypatch.setattr(LightWaveS, "_fit_panel", lambda *_, **__: pytest.fail("work was begun"))
    with pytest.raises(ValueError, match=r"The '\w+' parameter of \w+ must be"):
        model.fit(np.zeros((4, 1, 9)), [0, 1, 2, 3])


def test_parameters_of_a_class_that_derives_from_one_of_scikit_learn_are_left_to_its_own_fit():
    class Tuned(LogisticRegression):
        """A head that finds C by itself."""

        def __init__(self, C="best"):
            super().__init__(C=C)

        def fit(self, X, y, sample_weight=None):
            """Fit, with another C."""
            return self

    check_head(Tuned())
