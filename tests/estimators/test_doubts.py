"""What is told of training cases that say less than there seems to be of them, or more than they should."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from lightwaves import LightWaveSClassifier, LightWaveSRegressor
from lightwaves.estimators import KernelHead, RidgeHead
from lightwaves.estimators.doubts import warn_of_classes, warn_of_copies, warn_of_rare, warn_of_strangers
from lightwaves.panel import as_panel

SMALL = {"n_features": 20, "search_candidates": 200, "random_state": 0}


@pytest.fixture
def noise():
    rng = np.random.default_rng(0)
    return rng.standard_normal((100, 3, 30)), np.arange(100) % 10 == 0


@pytest.mark.slow
def test_copies_are_told_of_as_nobody_is_honest_with_them(noise):
    """Once, noise whose rare class was drawn several times had an honest score of .997, without a word."""
    X, y = noise
    drawn = np.r_[np.arange(100), np.random.default_rng(1).choice(np.flatnonzero(y), 80)]
    with pytest.warns(UserWarning, match="80 of 180 cases are equal to others.*give equal cases the same number in gr"):
        deceived = LightWaveSClassifier(**SMALL).fit(X[drawn], y[drawn])
    told = LightWaveSClassifier(**SMALL).fit(X[drawn], y[drawn], groups=drawn)
    assert deceived.honest_score_ > told.honest_score_ + 0.1
    with pytest.warns(UserWarning, match="100 of 200 cases are equal to others"):
        LightWaveSRegressor(**SMALL).fit(np.tile(X, (2, 1, 1)), np.tile(X[:, 0, 0], 2))
    with pytest.warns(UserWarning, match="100 of 200 cases are equal to others"):
        LightWaveSClassifier(**SMALL).fit([*X, *X], np.tile(y, 2), groups=np.arange(200) // 2)


@pytest.mark.parametrize("n_cases", [12, 38])
def test_copies_are_told_of_where_cases_are_few(noise, n_cases):
    panel, half = as_panel(noise[0][np.arange(n_cases) // 2]), np.arange(n_cases) // 2
    with pytest.warns(UserWarning, match=f"{n_cases // 2} of {n_cases} cases are equal to others"):
        warn_of_copies(panel, None)
    warn_of_copies(panel, half)


@pytest.mark.parametrize("twin", ["\u00dcbung ", "U\u0308bung"], ids=["blank", "accent"])
def test_classes_that_read_alike_are_told(twin):
    with pytest.warns(
        UserWarning, match="the classes '.*' and '.*' of y differ only in white space, or in how accents"
    ):
        warn_of_classes(np.array(["\u00dcbung", "ubung", twin]), 6)


def test_a_class_that_is_called_as_a_missing_label_is_warned_of():
    with pytest.warns(UserWarning, match="y has the class 'nan', which is what a missing label becomes"):
        warn_of_classes(np.array(["nan", "run", "walk"]), 3)
    with pytest.warns(UserWarning, match="y has the class '<NA>'"):
        warn_of_classes(np.array(["<NA>", "run", "walk"], object), 3)


def test_few_equal_cases_are_no_reason_for_a_warning(noise):
    X, _ = noise
    for some in (np.arange(100), np.r_[np.arange(100), np.arange(10)]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            LightWaveSClassifier(**SMALL).fit(X[some], np.arange(len(some)) % 2)


@pytest.mark.slow
@pytest.mark.parametrize("n_cases", [9, 40])
@pytest.mark.parametrize("unit", [0.0, 1.0])
def test_cases_that_are_all_equal_are_told_of(noise, n_cases, unit):
    X, _ = noise
    for model in (LightWaveSClassifier, LightWaveSRegressor):
        with pytest.warns(UserWarning, match=r"^All cases are equal, so nothing can be learnt from them"):
            model(**SMALL).fit(unit * X[np.zeros(n_cases, int)], np.arange(n_cases) % 2)


def test_series_that_begin_alike_and_differ_in_length_are_no_copies(noise):
    X, _ = noise
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LightWaveSClassifier(**SMALL).fit([X[0, :, : 20 + i] for i in range(10)] + list(X), np.arange(110) % 2)


def test_a_channel_that_one_class_lacks_is_told_of(noise):
    """Once, this was a perfect honest score without a word."""
    X, y = noise
    X[y, 1] = np.nan
    X[5, 1] = np.nan
    model = LightWaveSClassifier(missing="interpolate", channel_names=["u", "v", "w"], **SMALL)
    with pytest.warns(UserWarning, match="No case of class True has a value in channel 'v', but most others have"):
        model.fit(X, y)
    X[~y & (np.arange(100) % 3 > 0), 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, y)


@pytest.mark.parametrize("form", [np.asarray, list, lambda X: X.astype(np.float64)])
def test_cases_that_are_0_throughout_are_told_of(form, noise):
    """Once, a part of a file that was never written was learnt, and had a perfect honest score."""
    X, y = noise
    X[30:40] = 0
    X[50, 0] = 0
    with pytest.warns(UserWarning, match="10 of 100 cases are 0 in all channels at all times, first case 30"):
        LightWaveSClassifier(**SMALL).fit(form(X), y)


def test_classes_of_next_to_no_cases_are_named(noise):
    """Once, only the mean over all classes counted, and a class of one case went unsaid."""
    X, _ = noise
    y = np.where(np.arange(100) < 2, "rare", np.where(np.arange(100) == 50, "rarest", "usual"))
    y[60:] = "other"
    with pytest.warns(UserWarning, match=r"\['rare', 'rarest'\] have fewer than 3 cases"):
        LightWaveSClassifier(**SMALL).fit(X, y)


def test_classes_that_may_be_numbers_are_told_of_once_and_not_of_folds(noise):
    """Once, each fold of classes of two cases was said to be of numbers, in words of scikit-learn."""
    X, _ = noise
    for n_classes, wanted in ((14, []), (15, ["y has 15 classes, more than half"])):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            LightWaveSClassifier(**SMALL).fit(X[:28], np.arange(28) % n_classes)
        assert [str(of.message)[:32] for of in told if "few to judge by" not in str(of.message)] == wanted


@pytest.mark.parametrize("head", [RidgeHead(), KernelHead()], ids=repr)
def test_classes_that_may_be_numbers_are_told_of_by_a_head_alone(head):
    Z = np.random.default_rng(0).standard_normal((28, 3))
    with pytest.warns(UserWarning, match="y has 15 classes, more than half"):
        head.fit(Z, np.arange(28) % 15)


def test_a_channel_that_few_cases_lack_by_chance_is_not_told_of():
    """Once, three cases of a class without a value, where two fifths have none, were a warning."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8, 40))
    X[rng.random((60, 8)) < 0.4] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LightWaveSClassifier(missing="zero", **SMALL).fit(X, np.repeat(np.arange(20), 3))


def test_whole_numbers_that_are_0_throughout_are_told_of(noise):
    """Once, only floats were looked at, though recorders write whole numbers."""
    X, y = noise
    X = np.rint(100 * X).astype(np.int16)
    X[30:40] = 0
    with pytest.warns(UserWarning, match="10 of 100 cases are 0 in all channels at all times, first case 30"):
        LightWaveSClassifier(**SMALL).fit(X, y)


@pytest.mark.parametrize("place", [0, 20])
def test_labels_that_were_left_in_a_table_are_told_of(place):
    """Once, a model of noise was perfect, without a word."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    table = np.insert(rng.standard_normal((60, 20)), place, y, axis=1)
    with pytest.warns(
        UserWarning, match=f"Time point {place} of X equals y in all cases: if it is the column of labels"
    ):
        LightWaveSClassifier(**SMALL).fit(table, y)


def test_classes_that_are_dates_are_named_as_such():
    """Once, dates in nanoseconds were whole numbers."""
    dates = np.array(["2020-01-01", "2020-01-02"], "M8[ns]")
    given = SimpleNamespace(classes=dates, codes=np.array([0, 0, 0, 1]), groups=np.array([0, 1, 2, 3]))
    with pytest.warns(UserWarning, match=r"^\[2020-01-02T[0:.]*\] has fewer than 3 cases"):
        warn_of_rare(given)
    with pytest.warns(UserWarning, match=r"^Cases of \[2020-01-02T[0:.]*\] are of one group only"):
        warn_of_strangers(given, judged=True)
