"""Small models of every kind that can be written."""

import numpy as np
import pytest
from wide import sweep

from lightwaves import (
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
    load_japanese_vowels,
)
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.export import sizes

BANKS = {
    "Prism": None,
    "MiniRocket": MiniRocket(),
    "MultiRocket": MultiRocket(),
    "Rocket": Rocket(n_kernels=500),
    "WaveletScattering": WaveletScattering(),
    "several": [Prism(), Rocket(n_kernels=500), WaveletScattering()],
}
FEW = {"search_candidates": 2000, "random_state": 0}  # what is written is a plan and a head, however they were found


@pytest.fixture(autouse=True)
def unmeasured(request, monkeypatch):
    """Nobody measures what a source takes, for which it would be compiled once more, but where a test has the mark."""
    if request.node.get_closest_marker("measured") is None:
        monkeypatch.setattr(sizes, "compilers", lambda: ())


def fitted(X, y, **options):
    return LightWaveSClassifier(**({"n_features": 60, "honest": False} | FEW | options)).fit(X, y)


@pytest.fixture(scope="session", params=BANKS)
def of_motions(request):
    """A model of each bank, of four classes and series of one length, and cases for it."""
    model = fitted(*load_basic_motions("train"), bank=BANKS[request.param])
    return model, load_basic_motions("test")[0]


@pytest.fixture(scope="session", params=BANKS)
def of_vowels(request):
    """A model of each bank, of nine classes and series of unequal length, and cases for it."""
    model = fitted(*load_japanese_vowels("train"), bank=BANKS[request.param])
    return model, load_japanese_vowels("test")[0]


@pytest.fixture(scope="session")
def all_kinds():
    """One model with features of all kinds, and cases for it."""
    X, y = load_basic_motions("train")
    model = fitted(X, y, bank=BANKS["several"], n_features=90, honest=True)
    assert len(model.plan_.parts) == 3
    return model, load_basic_motions("test")[0]


INTEGERS = {"all": [Prism(), MultiRocket(), Rocket(n_kernels=500)]} | BANKS


@pytest.fixture(scope="session", params=sweep(["all"], ["Prism", "MultiRocket", "Rocket"]))
def in_integers(request):
    """A model that can be written in integers, series for calibration, and cases."""
    X, y = load_basic_motions("train")
    return fitted(X, y, bank=INTEGERS[request.param], honest=True), X, load_basic_motions("test")[0]


@pytest.fixture(scope="session")
def of_two_classes():
    """A model of two classes, and cases for it."""
    X, y = load_basic_motions("train")
    X_test, y_test = load_basic_motions("test")
    two = ("Running", "Walking")
    return fitted(X[np.isin(y, two)], y[np.isin(y, two)]), X_test[np.isin(y_test, two)]


@pytest.fixture(scope="session", params=["two classes", "four classes", "unequal lengths"])
def of_kernel_head(request):
    """A model whose scores are not linear in its features, and cases for it."""
    load = load_japanese_vowels if request.param == "unequal lengths" else load_basic_motions
    (X, y), (X_test, _) = load("train"), load("test")
    y = np.isin(y, ("Running", "Walking")) if request.param == "two classes" else y
    return fitted(X, y, bank=BANKS["several"], classifier=KernelHead(30)), X_test


NUMBER_HEADS = {
    "ridge": RegressionHead(),
    "kernel": KernelRegressionHead(n_landmarks=30),
    "kernel of a root": KernelRegressionHead(n_landmarks=30),
}


@pytest.fixture(scope="session", params=NUMBER_HEADS)
def of_numbers(request):
    """A regressor with each head, of series of unequal length, and cases for it."""
    X, X_test = (load_japanese_vowels(part)[0] for part in ("train", "test"))
    y = np.array([1e3 + 50 * x[0].max() + x.shape[1] for x in X])
    if request.param == "kernel of a root":
        y = 1e3 + np.exp((y - 1e3) / 25)
    options = {"n_features": 60, "honest": False} | FEW
    model = LightWaveSRegressor(BANKS["several"], regressor=NUMBER_HEADS[request.param], **options).fit(X, y)
    if request.param != "ridge":
        assert model.regressor_.target_.root == (request.param == "kernel of a root")
    return model, X_test
