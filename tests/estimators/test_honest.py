"""Honest estimates of a fitted classifier: what is kept, what calibrates, and what a user may ask for."""

from contextlib import nullcontext
from typing import ClassVar

import numpy as np
import pytest
from ranks import on_ranks
from sklearn.base import clone
from sklearn.ensemble import StackingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    load_basic_motions,
)
from lightwaves.estimators import judging
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.search.merits import mean_and_standard_error

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
SMALL = {"n_features": 20, "search_candidates": 400, "random_state": 0}


def noise(n_cases=60, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_cases, 2, 30)).astype(np.float32), rng.integers(0, n_classes, n_cases)


def test_every_training_case_has_honest_probabilities_whose_winners_make_the_score():
    x, y = noise()
    model = LightWaveSClassifier(**SMALL).fit(x, y)
    assert model.honest_proba_.shape == (60, 2)
    np.testing.assert_allclose(model.honest_proba_.sum(axis=1), 1)
    right = model.classes_[model.honest_proba_.argmax(axis=1)] == y
    assert (model.honest_score_, model.honest_standard_error_) == mean_and_standard_error(right)
    assert model.selection_path_["honest_score"][-1] == model.honest_score_
    assert model.selection_path_["standard_error"][-1] == model.honest_standard_error_
    assert np.isnan(model.selection_path_["honest_score"][:-1]).all()


@pytest.mark.parametrize("n_classes", [2, 5])
def test_of_noise_nobody_is_sure(n_classes):
    x, y = noise(300, n_classes)
    model = LightWaveSClassifier(**SMALL).fit(x[:100], y[:100])
    assert model.predict_proba(x[100:]).max(axis=1).mean() < 1 / n_classes + 0.1
    careless = LightWaveSClassifier(**SMALL, honest=False).fit(x[:100], y[:100])
    assert careless.predict_proba(x[100:]).max(axis=1).mean() > 1 / n_classes + 0.15


def test_without_it_nothing_is_estimated_and_the_same_is_predicted():
    honest, careless = (LightWaveSClassifier(**SMALL, honest=honest).fit(X, Y) for honest in (True, False))
    assert not [name for name in vars(careless) if name.startswith("honest_")]
    assert careless.plan_ == honest.plan_
    np.testing.assert_array_equal(careless.decision_function(X), honest.decision_function(X))
    assert np.isnan(careless.selection_path_["honest_score"]).all()


def test_a_second_fit_without_it_forgets_the_first():
    model = LightWaveSClassifier(**SMALL).fit(X, Y).set_params(honest=False).fit(X, Y)
    assert not hasattr(model, "honest_score_")


def test_ranks_and_threads_find_the_same_estimate_to_the_bit():
    alone = LightWaveSClassifier(**SMALL).fit(X, Y)
    for size, n_jobs in ((1, 2), (3, 1), (7, 2)):
        fit = lambda comm, n=n_jobs: LightWaveSClassifier(**SMALL, n_jobs=n).fit(X, Y, comm=comm)  # noqa: E731
        for model in on_ranks(size, fit):
            np.testing.assert_array_equal(model.honest_proba_, alone.honest_proba_)
            assert model.honest_score_ == alone.honest_score_
            assert model.classifier_.temperature_ == alone.classifier_.temperature_


def test_cases_without_weight_have_no_estimate_and_the_others_keep_their_place():
    weights = np.ones(40)
    weights[[3, 17]] = 0
    model = LightWaveSClassifier(**SMALL).fit(X, Y, sample_weight=weights)
    assert np.flatnonzero(np.isnan(model.honest_proba_).any(axis=1)).tolist() == [3, 17]
    without = LightWaveSClassifier(**SMALL).fit(X[weights > 0], Y[weights > 0])
    np.testing.assert_array_equal(model.honest_proba_[weights > 0], without.honest_proba_)


# --- groups -------------------------------------------------------------------------------------------------


def repeated(n_groups=40, n_each=5, seed=1):
    """Cases of one group are nearly the same; the class is one of the group, drawn at random."""
    rng = np.random.default_rng(seed)
    group = np.tile(np.arange(n_groups), n_each)
    x = rng.standard_normal((n_groups, 2, 40))[group] + 0.02 * rng.standard_normal((len(group), 2, 40))
    return x.astype(np.float32), group % 2, group


def test_groups_take_away_what_cases_of_one_group_tell_of_each_other():
    x, y, group = repeated()
    alone, together = (LightWaveSClassifier(**SMALL).fit(x, y, groups=groups) for groups in (None, group))
    assert alone.honest_score_ > 0.9
    assert together.honest_score_ < 0.7
    assert together.honest_standard_error_ > 2 * alone.honest_standard_error_
    assert together.plan_ == alone.plan_


def test_names_of_groups_may_be_texts_and_their_order_does_not_count():
    x, y, group = repeated()
    one = LightWaveSClassifier(**SMALL).fit(x, y, groups=group)
    other = LightWaveSClassifier(**SMALL).fit(x, y, groups=np.char.add("engine ", np.char.zfill(group.astype(str), 2)))
    np.testing.assert_array_equal(one.honest_proba_, other.honest_proba_)


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        (np.zeros(40), ValueError, "only one group, 0"),
        (np.arange(39), ValueError, r"groups has shape \(39,\), but X has 40 cases"),
        (np.zeros((40, 2)), ValueError, r"groups has shape \(40, 2\)"),
        ("engine", ValueError, r"groups has shape \(\)"),
        (np.r_[np.nan, np.arange(39)], ValueError, "groups has no value for case 0"),
        ([None, *"a" * 39], ValueError, "groups has no value for case 0"),
        ([1, *"a" * 39], TypeError, "groups mixes the types int, str"),
    ],
)
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_wrong_groups_are_refused_before_any_work(kind, groups, error, message):
    groups = np.array(groups, dtype=object) if isinstance(groups, list) else groups
    with pytest.raises(error, match=message):
        kind(**SMALL).fit(X, Y, groups=groups)


def test_ranks_must_be_given_the_same_groups():
    fit = lambda comm: LightWaveSClassifier(**SMALL).fit(X, Y, groups=np.arange(40) % (2 + comm.rank), comm=comm)  # noqa: E731
    errors = on_ranks(2, fit)
    assert all("the same groups of the cases" in str(error) for error in errors)


# --- many cases ---------------------------------------------------------------------------------------------


def test_of_many_cases_heads_are_fitted_on_all_that_are_not_left_out(monkeypatch):
    monkeypatch.setattr(judging, "MANY", 150)
    x, y = noise(200)
    model = LightWaveSClassifier(**SMALL, search_cases=60).fit(x, y)
    assert (~np.isnan(model.honest_proba_).any(axis=1)).sum() == 80, "also of cases that the search has not seen"
    assert 0.3 < model.honest_score_ < 0.65
    of_folds = LightWaveSClassifier(**SMALL, search_cases=60, classifier=LogisticRegression(max_iter=5000)).fit(x, y)
    n_judged = (~np.isnan(of_folds.honest_proba_).any(axis=1)).sum()
    assert 55 < n_judged <= 60, "heads of one's own know the cases of the search"
    ranks = on_ranks(2, lambda comm: LightWaveSClassifier(**SMALL, search_cases=60).fit(x, y, comm=comm))
    np.testing.assert_array_equal(ranks[1].honest_proba_, model.honest_proba_)


def test_scores_of_a_head_that_derives_from_one_of_the_library_are_no_probabilities(monkeypatch):
    class Mine(RidgeHead):
        """A head as a user may write it."""

    monkeypatch.setattr(judging, "MANY", 50)
    model = LightWaveSClassifier(MiniRocket(84), n_features=10, classifier=Mine(), random_state=0).fit(*noise())
    assert 0 <= model.honest_score_ <= 1
    assert not hasattr(model, "honest_proba_")


# --- heads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [LogisticRegression(max_iter=5000), RidgeClassifier()], ids=repr)
def test_a_head_of_ones_own_is_judged_too_and_left_as_it_is(head):
    model = LightWaveSClassifier(**SMALL, classifier=head).fit(X, Y)
    assert model.honest_score_ > 0.8
    assert hasattr(model, "honest_proba_") == hasattr(head, "predict_proba")
    alone = clone(head).fit(model.transform(X).astype(np.float64), Y)
    np.testing.assert_array_equal(model.classifier_.coef_, alone.coef_)


def test_weights_of_classes_reach_a_head_by_their_names():
    head = LogisticRegression(
        max_iter=10_000, class_weight={name: 1 + number for number, name in enumerate(np.unique(Y))}
    )
    assert LightWaveSClassifier(**SMALL, classifier=head).fit(X, Y).honest_score_ > 0.8


def test_a_head_that_needs_all_cases_fits_without_an_estimate():
    with pytest.warns(UserWarning, match="There is no honest estimate"):
        model = LightWaveSClassifier(**SMALL, classifier=KNeighborsClassifier(35)).fit(X, Y)
    assert not hasattr(model, "honest_score_")
    assert model.predict(X).shape == (40,)


class Strange(LogisticRegression):
    """A head whose labels are numbers of classes, or whose probabilities are none."""

    def predict(self, X):
        """Numbers, where the regularisation says so."""
        return super().decision_function(X).argmax(axis=1) if self.C == 2 else super().predict(X)

    def predict_proba(self, X):
        """Of which the sum is 3, or some are negative."""
        return {3: 3 * super().predict_proba(X), 4: 2 * super().predict_proba(X) - 0.25}.get(self.C)


@pytest.mark.parametrize(
    ("C", "said"), [(2, "predict said .*, which is no class of y"), (3, "do not sum"), (4, "below 0")]
)
def test_a_head_that_says_what_cannot_be_has_no_estimate(C, said):
    """Once, labels that are no classes counted as wrong, and honest_proba_ took any numbers."""
    with pytest.warns(UserWarning, match=rf"There is no honest estimate: Strange failed .*ValueError: .*{said}"):
        model = LightWaveSClassifier(**SMALL, classifier=Strange(C=C, max_iter=5000)).fit(X, Y)
    assert not hasattr(model, "honest_score_")
    assert not hasattr(model, "honest_proba_")


def test_classes_of_one_group_are_named_and_have_no_estimate():
    with pytest.warns(UserWarning, match=r"\['Badminton', 'Running', .* are of one group only"):
        model = LightWaveSClassifier(**SMALL).fit(X, Y, groups=Y)
    assert not hasattr(model, "honest_score_")
    assert model.predict_proba(X).max(axis=1).min() > 0.5, "calibrated as without an estimate"
    group = np.where(Y == "Running", 9, np.arange(40) % 4)
    with pytest.warns(UserWarning, match=r"\['Running'\] are of one group only.*count as wrong in honest_score_"):
        model = LightWaveSClassifier(**SMALL).fit(X, Y, groups=group)
    assert not np.isnan(model.honest_proba_).any()
    assert 0.6 < model.honest_score_ <= 0.75, "all but those who run"
    plain = LightWaveSClassifier(**SMALL).fit(X, Y, groups=np.arange(40) % 4)
    sure, as_sure = (fitted.predict_proba(X).max(axis=1).mean() for fitted in (model, plain))
    assert sure == pytest.approx(as_sure, abs=0.05), "folds in which nobody knows them do not calibrate"
    assert model.selection_path_["honest_score"][-1] == model.honest_score_


@pytest.mark.parametrize("honest", [True, False])
def test_of_many_cases_those_whose_class_is_unknown_do_not_calibrate_either(honest, monkeypatch):
    """Once, they made probabilities of all classes alike where the head is fitted by sums."""
    monkeypatch.setattr(judging, "MANY", 30)
    options = SMALL | {"honest": honest}
    plain = LightWaveSClassifier(**options).fit(X, Y, groups=np.arange(40) % 5).predict_proba(X).max(axis=1).mean()
    with nullcontext() if not honest else pytest.warns(UserWarning, match="of one group only"):
        alone = LightWaveSClassifier(**options).fit(X, Y, groups=np.where(Y == "Running", 9, np.arange(40) % 5))
        lonely = LightWaveSClassifier(**options).fit(X, Y, groups=Y)
    for model in (alone, lonely):
        assert model.predict_proba(X).max(axis=1).mean() == pytest.approx(plain, abs=0.07)


def test_what_is_left_of_two_classes_judges_nothing():
    """Once, the cases of the other class alone were the estimate: 77 % on noise, in probabilities as well."""
    x, y = noise(80)
    group = np.where(y == 1, 0, 1 + np.arange(80) % 5)
    with pytest.warns(UserWarning, match=r"\[1\] are of one group only.*there is no honest estimate"):
        model = LightWaveSClassifier(**SMALL).fit(x, y, groups=group)
    assert not hasattr(model, "honest_score_")
    auto = [LightWaveSClassifier(classifier="auto"), LightWaveS(n_features="auto")]
    for choosing in [*auto, FeatureSelector(n_features="auto", method="detach")]:
        with pytest.raises(ValueError, match="fewer than two classes are of more than one group"):
            choosing.fit(x if choosing in auto else x[:, 0], y, groups=group)


def test_heads_cannot_compete_without_an_estimate():
    with pytest.raises(ValueError, match="classifier='auto' needs selection='detach'"):
        LightWaveSClassifier(selection="mrmr", classifier="auto").fit(X, Y)


def test_groups_are_counted_among_the_cases_that_have_weight():
    weights = np.where(np.arange(40) < 30, 1.0, 0.0)
    with pytest.raises(ValueError, match="only one group"):
        LightWaveSClassifier(**SMALL).fit(X, Y, sample_weight=weights, groups=np.arange(40) >= 30)


def test_heads_compete_and_the_linear_one_is_taken_where_cases_are_few():
    model = LightWaveSClassifier(**SMALL, classifier="auto").fit(X, Y)
    assert type(model.classifier_) is RidgeHead
    np.testing.assert_array_equal(
        model.decision_function(X), LightWaveSClassifier(**SMALL).fit(X, Y).decision_function(X)
    )


def test_the_kernel_head_is_taken_where_classes_bend():
    rng = np.random.default_rng(0)
    level = rng.standard_normal((700, 2, 1))
    x = (level + 0.1 * rng.standard_normal((700, 2, 16))).astype(np.float32)
    y = ((level[:, 0, 0] * level[:, 1, 0]) > 0).astype(int)
    model = LightWaveSClassifier(MiniRocket(168), 10, classifier="auto", random_state=0).fit(x, y)
    assert type(model.classifier_) is KernelHead
    linear = LightWaveSClassifier(MiniRocket(168), 10, random_state=0).fit(x, y)
    assert model.honest_score_ > linear.honest_score_ + 0.02
    assert model.predict_one(x[0]) == model.predict(x[:1])[0]


@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_auto_keeps_the_smallest_number_that_is_honestly_good(kind):
    model = kind(n_features="auto", search_candidates=400, random_state=0).fit(X, Y)
    path = model.selection_path_
    known = ~np.isnan(path["honest_score"])
    assert (known == (path["n_features"] <= 1000)).all()
    kept = path["n_features"] == len(model.plan_)
    best = path[known][path["honest_score"][known].argmax()]
    assert path["honest_score"][kept] >= best["honest_score"] - 2 * best["standard_error"]
    assert path["n_features"][-1] == 10, "a hundredth of the candidates, but at least ten"


def test_mrmr_has_no_estimate_but_of_cases_that_its_search_has_not_seen(monkeypatch):
    options = {"bank": MiniRocket(168), "n_features": 10, "selection": "mrmr", "random_state": 0}
    assert not hasattr(LightWaveSClassifier(**options).fit(X, Y), "honest_score_")
    monkeypatch.setattr(judging, "MANY_UNSEEN", 20)
    model = LightWaveSClassifier(**options, search_cases=16).fit(X, Y)
    assert np.isnan(model.honest_proba_).any(axis=1).sum() == 16


def test_few_cases_are_judged_by_folds_since_neighbours_of_the_unseen_ones_have_chosen_the_features(monkeypatch):
    monkeypatch.setattr(judging, "MANY_UNSEEN", 20)
    run = np.repeat(np.arange(16), 4)
    x = noise(16)[0][run] + 0.1 * noise(64, seed=1)[0]
    options = {"bank": MiniRocket(168), "n_features": 10, "random_state": 0}
    model = LightWaveSClassifier(**options, search_cases=32).fit(x, run % 2)
    assert (~np.isnan(model.honest_proba_).any(axis=1)).sum() == 32
    assert model.honest_score_ < 0.8


def test_of_many_cases_those_that_mrmr_has_not_seen_judge_by_sums(monkeypatch):
    monkeypatch.setattr(judging, "MANY", 150)
    monkeypatch.setattr(judging, "MANY_UNSEEN", 100)
    monkeypatch.setattr(judging, "MOST_KEPT", 90)
    x, y = noise(200)
    options = {"bank": MiniRocket(168), "n_features": 10, "selection": "mrmr", "search_cases": 60, "random_state": 0}
    model = LightWaveSClassifier(**options).fit(x, y)
    assert 80 <= (~np.isnan(model.honest_proba_).any(axis=1)).sum() <= 90
    ranks = on_ranks(2, lambda comm: LightWaveSClassifier(**options).fit(x, y, comm=comm))
    np.testing.assert_array_equal(ranks[1].honest_proba_, model.honest_proba_)


@pytest.mark.parametrize(
    ("n_of_each", "y", "advice"),
    [(1, Y, r"cases\."), (2, np.unique(Y, return_inverse=True)[1], "for numbers to predict, use LightWaveSRegressor")],
    ids=["text", "numbers"],
)
def test_a_few_cases_of_each_class_are_too_few_to_judge_by(n_of_each, y, advice):
    some = np.concatenate([np.flatnonzero(label == Y)[:n_of_each] for label in np.unique(Y)])
    model = LightWaveSClassifier(n_features=20, search_candidates=300, random_state=0)
    with pytest.warns(UserWarning, match=f"{4 * n_of_each} cases of 4 classes are too few to judge by.*{advice}"):
        model.fit(X[some], y[some])
    model.set_params(honest=False).fit(X[some], y[some])


def test_a_search_of_two_cases_cannot_judge():
    with pytest.warns(UserWarning, match="are too few to judge by"):
        LightWaveSClassifier(n_features=5, search_cases=4, search_candidates=200, random_state=0).fit(X, Y)


@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_a_model_that_is_not_fitted_says_so(kind):
    with pytest.raises(NotFittedError):
        kind().transform(X)


class Spy(RidgeClassifier):
    """Keeps what each fit of it was given."""

    given: ClassVar[list] = []

    def fit(self, X, y, sample_weight=None):
        """Fit."""
        self.given.append(np.array(X))
        return super().fit(X, y, sample_weight=sample_weight)


@pytest.mark.parametrize("n_ranks", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_head_of_ones_own_is_judged_on_features_as_they_are(weighted, n_ranks, monkeypatch):
    """Folds gave it standardised features, some thousand times as large, of which many heads make another model."""
    weights = np.random.default_rng(0).uniform(0.5, 2, len(Y)) if weighted else None
    monkeypatch.setattr(Spy, "given", [])

    def fit(comm):
        model = LightWaveSClassifier(n_features=40, search_candidates=40, classifier=Spy(), random_state=0)
        return model.fit(X, Y, sample_weight=weights, comm=comm if n_ranks > 1 else None)

    models = on_ranks(n_ranks, fit)
    features = models[0].transform(X)  # all candidates are kept, in each fold too
    tolerance = 1e-3 * features.std(axis=0) + 1e-6 * np.abs(features).max(axis=0)
    assert len(Spy.given) > 5
    for rows in Spy.given:
        gaps = np.abs(rows[:, np.newaxis] - features) / (tolerance + 1e-30)
        assert gaps.max(axis=2).min(axis=1).max() < 1, "each row is the features of some case"


def test_a_fold_without_a_case_of_the_search_is_judged_too():
    """What lay in memory was its prediction, where the few cases of a group were none of those that the search drew."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2500, 1, 16)).astype(np.float32)
    y, groups = x[:, 0].std(axis=1).astype(float), rng.integers(0, 4, 2500)
    groups[:3] = 9
    small = {"n_features": 10, "search_candidates": 60, "search_cases": 100, "random_state": 0}
    model = LightWaveSRegressor(regressor=RegressionHead(), **small).fit(x, y, groups=groups)
    np.testing.assert_allclose(model.honest_prediction_[:3], y[:3], atol=0.3)
    assert model.honest_score_ > 0.5
    labels = np.where(y > np.median(y), "a", "b")
    chances = LightWaveSClassifier(**small).fit(x, labels, groups=groups).honest_proba_
    assert (np.abs(chances[:3] - 0.5) > 1e-6).all()


def test_a_head_that_predicts_only_once_it_is_fitted_is_taken():
    """Once, "which has no predict" was said of it."""
    head = StackingClassifier([("a", LogisticRegression(max_iter=5000))], cv=2)
    assert LightWaveSClassifier(**SMALL, classifier=head, honest=False).fit(X, Y).score(X, Y) > 0.9


class Fails(RidgeClassifier):
    """A head that fails on a part of the cases."""

    def fit(self, X, y):
        """Fail, or fit."""
        if len(X) < 40:
            raise ZeroDivisionError("no more")
        return super().fit(X, y)


@pytest.mark.parametrize("size", [1, 2])
def test_a_head_that_fails_is_told_of_once(size):
    """Once, only the rank whose fold had failed said so, and that for each fold."""
    with pytest.warns(UserWarning, match=r"no honest estimate: Fails failed .*ZeroDivisionError: no more") as caught:
        models = on_ranks(size, lambda comm: LightWaveSClassifier(**SMALL, classifier=Fails()).fit(X, Y, comm=comm))
    assert len(caught) == 1
    assert not [model for model in models if hasattr(model, "honest_score_")]
