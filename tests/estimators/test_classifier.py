"""The classifier: how well it predicts, one case as in a batch, and that its probabilities can be trusted."""

import warnings

import numpy as np
import pytest
from own_heads import Backwards
from ranks import on_ranks
from scipy.special import expit
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from lightwaves import (
    LightWaveSClassifier,
    Rocket,
    Stream,
    WaveletScattering,
    load_basic_motions,
    load_japanese_vowels,
)
from lightwaves.estimators.heads import in_order
from lightwaves.inspection import explain

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
SMALL = WaveletScattering(levels=(1,), max_dilation=4)


# --- what it predicts ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_it_is_accurate_on_basic_motions(selection):
    model = LightWaveSClassifier(selection=selection, random_state=0).fit(X, Y)
    assert model.score(X_TEST, Y_TEST) >= 0.95


@pytest.mark.slow
def test_it_is_accurate_on_series_of_unequal_length(vowels):
    assert vowels.score(*load_japanese_vowels("test")) > 0.95
    paper = LightWaveSClassifier(selection="mrmr").fit(*load_japanese_vowels("train"))
    assert paper.score(*load_japanese_vowels("test")) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("labels", [[7, -2], ["no", "yes"], [False, True], [0.0, 1.0]], ids=str)
def test_labels_come_back_as_they_were_given(labels):
    y = np.array(labels)[np.arange(40) % 2]
    model = LightWaveSClassifier(n_features=20, bank=SMALL).fit(X, y.tolist())
    assert model.classes_.tolist() == sorted(labels)
    assert set(model.predict(X).tolist()) <= set(labels)
    assert model.predict(X).dtype == y.dtype
    assert model.decision_function(X).shape == (40,)
    assert model.predict_proba(X).shape == (40, 2)


def test_a_score_of_no_cases_is_refused(motions):
    with pytest.raises(ValueError, match=r"y has 0 sample\(s\): there is nothing to score"):
        motions.score(X_TEST[:0], [])


@pytest.mark.parametrize("size", [1, 2, 3, 15, 16, 17, 39])
def test_a_score_does_not_depend_on_the_batch(size, motions):
    parts = [motions.decision_function(X_TEST[i : i + size]) for i in range(0, len(X_TEST), size)]
    np.testing.assert_array_equal(np.concatenate(parts), motions.decision_function(X_TEST))


def test_one_case_alone_is_predicted_as_in_a_batch(motions, vowels):
    assert [motions.predict_one(x) for x in X_TEST] == motions.predict(X_TEST).tolist()
    X_new = load_japanese_vowels("test")[0]
    assert [vowels.predict_one(x) for x in X_new] == vowels.predict(X_new).tolist()


@pytest.mark.parametrize("change", [np.asfortranarray, lambda x: x.astype(np.float64), lambda x: x[::1, ::-1][:, ::-1]])
def test_one_case_may_come_in_any_layout(change, motions):
    assert [motions.predict_one(change(x)) for x in X_TEST] == motions.predict(X_TEST).tolist()


# --- probabilities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("set_", ["motions", "vowels"])
def test_probabilities_are_probabilities(set_, request):
    model = request.getfixturevalue(set_)
    for split in ("train", "test"):
        series = (load_basic_motions if set_ == "motions" else load_japanese_vowels)(split)[0]
        p = model.predict_proba(series)
        assert p.shape == (len(series), len(model.classes_))
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
        assert 0 < p.min() < p.max() < 1
        np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(series))


def test_probabilities_are_calibrated_on_a_hard_problem(vowels):
    X_new, y_new = load_japanese_vowels("test")
    paper = LightWaveSClassifier(selection="mrmr").fit(*load_japanese_vowels("train"))
    p = paper.predict_proba(X_new)
    sure = np.full_like(p, 0.001)
    sure[np.arange(len(p)), p.argmax(axis=1)] = 1 - 0.001 * (p.shape[1] - 1)
    assert log_loss(y_new, p) < min(log_loss(y_new, sure), np.log(p.shape[1]))
    for model in (paper, vowels):
        sureness = model.predict_proba(X_new).max(axis=1).mean()
        assert abs(sureness - model.score(X_new, y_new)) < 0.1, "as sure as it is right"


@pytest.mark.slow
def test_probabilities_know_that_some_labels_are_wrong():
    rng = np.random.default_rng(0)
    y = np.arange(600) % 2
    series = rng.standard_normal((600, 1, 40)) + y[:, np.newaxis, np.newaxis] * np.sin(np.arange(40))
    noisy = np.where(rng.random(600) < 0.2, 1 - y, y)
    model = LightWaveSClassifier(n_features=10, bank=SMALL).fit(series[:300], noisy[:300])
    p = model.predict_proba(series[300:])
    scores = model.decision_function(series[300:])
    best = min(log_loss(noisy[300:], expit(2 * factor * scores)) for factor in np.logspace(-2, 2, 81))
    assert log_loss(noisy[300:], p) < best + 0.03
    assert p.max() < 0.999


# --- ranks --------------------------------------------------------------------------------------------------


class Unsendable(DummyClassifier):
    """Cannot be pickled once it is fitted."""

    def fit(self, X, y):
        """Keep something that has no name."""
        super().fit(X, y)
        self.kept_ = lambda: None
        return self


def test_a_classifier_that_cannot_be_sent_to_other_ranks_fails_on_all():
    errors = on_ranks(2, lambda comm: LightWaveSClassifier(SMALL, 9, classifier=Unsendable()).fit(X, Y, comm=comm))
    assert any(word in str(errors[0]) for word in ("pickle", "local object"))  # as the version of Python has it
    assert str(errors[1]).startswith("rank 0 failed: ")


def test_a_case_far_outside_training_is_named_as_its_label_says_little():
    model = LightWaveSClassifier(Rocket(), n_features=30, search_candidates=200, random_state=0).fit(X, Y)
    model.predict(X_TEST)
    far = X_TEST[:4].copy()
    far[2] *= 1e4
    for say in (model.predict, model.predict_proba, model.decision_function):
        with pytest.warns(UserWarning, match=r"The score of case 2 is \S+ away from 0") as told:
            say(far)
        assert len(told) == 1
        assert told[0].filename == __file__
    stream = Stream(model, hop=50)
    for x, is_far in zip(far, (False, False, True, False), strict=True):
        for say in (model.predict_one, model.predict_proba_one, model.decision_function_one, stream.push):
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                say(x)
            assert [warning.filename for warning in told] == [__file__] * is_far
        stream.reset()
    far[0] *= 1e6
    with pytest.warns(UserWarning, match="The score of case 0 .* So is that of 1 other cases"):
        model.predict(far)


class ColumnHead(LogisticRegression):
    """What CatBoost does with several classes: labels are a column."""

    def predict(self, X):
        """Labels, (n_cases, 1)."""
        return super().predict(X)[:, np.newaxis]


def test_a_head_whose_labels_are_a_column_gives_one_for_each_case():
    """Once, labels were 2D, and a comparison with y was one of all pairs."""
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(
        n_features=20, search_candidates=400, classifier=ColumnHead(max_iter=5000), random_state=0
    ).fit(X, y)
    assert model.predict(X).shape == (40,)
    assert np.ndim(model.predict_one(X[0])) == 0
    assert Stream(model).push(X[0])[-1].label == model.predict(X[:1])[0]
    assert explain(model, X[:3], reference=X).exact


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [2, 3])
def test_columns_are_in_the_order_of_the_models_classes_whatever_that_of_its_head(n_classes):
    """Once, they were in the order of the head, and probabilities stood under other labels."""
    few = np.isin(Y, np.unique(Y)[:n_classes])
    models = [
        LightWaveSClassifier(SMALL, 10, classifier=head, search_candidates=200, random_state=0).fit(X[few], Y[few])
        for head in (LogisticRegression(max_iter=1000), Backwards(max_iter=1000))
    ]
    assert models[1].classifier_.classes_.tolist() == models[1].classes_.tolist()[::-1]
    for method in ("predict", "predict_proba", "decision_function"):
        wanted, found = (getattr(model, method)(X[few]) for model in models)
        of_one = getattr(models[1], f"{method}_one")(X[few][0])
        if method == "predict":
            assert found.tolist() == wanted.tolist()
            assert of_one == wanted[0]
        else:
            np.testing.assert_allclose(found, wanted)
            np.testing.assert_allclose(of_one, wanted[0])
    wanted, found = (explain(model, X[few][:3], reference=X[few]) for model in models)
    np.testing.assert_allclose(found.features, wanted.features, atol=1e-9)
    decisions = [Stream(model, hop=X.shape[2], sure=0.6).push(np.concatenate(list(X[few]), axis=1)) for model in models]
    assert [d.label for d in decisions[0]] == [d.label for d in decisions[1]]
    np.testing.assert_allclose([d.scores for d in decisions[0]], [d.scores for d in decisions[1]])


def test_scores_in_any_form_are_put_in_order():
    """Once, scores that are a column ended in an IndexError, and classes of several outputs in another."""
    head, classes, said = Backwards(), np.array(["a", "b"]), np.array([0.5, -2.0])
    head.classes_ = classes[::-1]
    np.testing.assert_array_equal(in_order(head, classes, said), -said)
    np.testing.assert_array_equal(in_order(head, classes, said[:, np.newaxis]), -said)
    head.classes_ = np.array([1, 0])  # it calls them otherwise
    np.testing.assert_array_equal(in_order(head, classes, said), said)


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("form", [np.float32, list, "DataFrame"])
def test_what_a_head_says_in_any_form_is_an_array_of_float64(form, turn):
    head, classes, said = Backwards(), np.array(["a", "b"]), np.array([[0.25, 0.75], [0.5, 0.5]])
    head.classes_ = classes[::turn]
    form = getattr(pytest.importorskip("pandas"), form) if isinstance(form, str) else form
    found = in_order(head, classes, form(said))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, said[:, ::turn])
