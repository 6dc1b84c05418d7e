"""Passes over the cases: the same sums for any number of blocks, threads and ranks, and what is kept to judge."""

from dataclasses import replace

import numpy as np
import pytest
from lengths import OTHER_LENGTHS
from own_heads import ridge_scores
from ranks import on_ranks
from sklearn.base import clone

from lightwaves import LightWaveSClassifier, LightWaveSRegressor, MiniRocket
from lightwaves.estimators import judging
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.panel import as_panel
from lightwaves.parallel.crew import Crew
from lightwaves.search import last_choice, passes, roles
from lightwaves.search.folds import folds_of
from lightwaves.search.passes import AddUp, Cases, added_up
from lightwaves.selection import products
from lightwaves.selection.products import Targets, targets_of
from lightwaves.selection.sums import Basis, Grid, Sums, whole_targets

RNG = np.random.default_rng(0)
Y = np.arange(420) % 3
X = RNG.standard_normal((420, 2, 40)).cumsum(axis=2).astype(np.float32)
X[:, 0] += 0.4 * Y[:, np.newaxis] * np.sin(np.arange(40))
SMALL = {"bank": MiniRocket(336), "n_features": 20, "search_candidates": 336, "random_state": 0}


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    """Hundreds of cases are dealt with as thousands are."""
    monkeypatch.setattr(roles, "FIRST", 120)
    monkeypatch.setattr(judging, "MANY", 200)
    monkeypatch.setattr(passes, "BLOCK", 32)
    monkeypatch.setattr(passes, "PIECE", 100)


@pytest.fixture(scope="module")
def plan():
    return LightWaveSClassifier(**SMALL).fit(X[:60], Y[:60]).plan_


def work_of(plan, kept=None):
    panel, everyone = as_panel(X), np.arange(420)
    kept = np.isin(everyone, [5, 77, 400]) if kept is None else kept
    basis = Basis(Grid.of(plan.apply(panel).T[:, :50]), np.array([0.1]))
    return AddUp(plan, panel, Cases(everyone, Y, 3, everyone % 5, kept), basis)


def test_sums_are_those_of_all_features_at_once(plan):
    work = work_of(plan)
    sums, kept = added_up(work, Crew(), "head", "adding up")
    features = plan.apply(work.panel)
    oracle = Sums(5, 20, 3)
    oracle.add(np.vstack([work.basis.whole(features.T), whole_targets(targets_of(Y, 3))]), np.arange(420) % 5)
    np.testing.assert_array_equal(sums.products, oracle.products)
    np.testing.assert_array_equal(kept, features[[5, 77, 400]].T)


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_blocks_and_threads_change_no_bit(plan, block, monkeypatch):
    wanted = added_up(work_of(plan), Crew(), "head", "adding up")
    monkeypatch.setattr(passes, "BLOCK", block)
    monkeypatch.setattr(passes, "PIECE", 3 * block)
    monkeypatch.setattr(passes, "MOST_PIECES", 10**6)
    found = added_up(work_of(plan), Crew(n_jobs=3), "head", "adding up")
    np.testing.assert_array_equal(found[0].products, wanted[0].products)
    np.testing.assert_array_equal(found[1], wanted[1])


def facts(model):
    return {
        "plan": model.plan_.feature_names(),
        "coefficients": model.classifier_.coef_.tolist(),
        "scores": model.decision_function(X[:9]).tolist(),
        "honest": np.nan_to_num(model.honest_proba_).tolist(),
    }


@pytest.mark.slow
@pytest.mark.parametrize("head", [None, KernelHead(20)], ids=["ridge", "kernel"])
def test_ranks_and_threads_end_with_the_model_of_one_process(head):
    model = LightWaveSClassifier(**SMALL, classifier=head, honest=head is None)
    alone = model.fit(X, Y)
    wanted = alone.decision_function(X[:30]).tolist()
    for n_ranks in (2, 3):
        for of_rank in on_ranks(n_ranks, lambda comm: clone(model).fit(X, Y, comm=comm)):
            assert of_rank.decision_function(X[:30]).tolist() == wanted
    threads = clone(model).set_params(n_jobs=3).fit(X, Y)
    assert threads.decision_function(X[:30]).tolist() == wanted


@pytest.mark.slow
def test_ranks_that_hold_some_of_the_channels_end_with_the_same_model():
    options = {**SMALL, "group_size": 1, "screen_channels": False}
    alone = facts(LightWaveSClassifier(**options).fit(X, Y))

    def fit(comm):
        mine = np.array([comm.rank])
        return LightWaveSClassifier(**options).fit(X[:, mine], Y, comm=comm, channels=mine)

    for of_rank in on_ranks(2, fit):
        found = of_rank
        assert found.plan_.feature_names() == alone["plan"]
        assert found.classifier_.coef_.tolist() == alone["coefficients"]


def test_a_pass_that_fails_on_one_rank_is_told_to_all(monkeypatch):
    call = AddUp.__call__

    def fails(self, number):
        if number == 1:
            raise ValueError("a feature is not finite")
        return call(self, number)

    monkeypatch.setattr(AddUp, "__call__", fails)
    errors = on_ranks(2, lambda comm: LightWaveSClassifier(**SMALL).fit(X, Y, comm=comm))
    assert {type(error) for error in errors} == {ValueError, RuntimeError}
    assert all("a feature is not finite" in str(error) for error in errors)


def test_the_head_is_that_of_all_features_at_once():
    model = LightWaveSClassifier(**SMALL).fit(X, Y)
    features = model.transform(X)
    oracle = RidgeHead(np.array([model.classifier_.alpha_ / len(Y)])).fit(features, Y)
    np.testing.assert_allclose(ridge_scores(oracle, features), ridge_scores(model.classifier_, features), atol=0.01)
    np.testing.assert_allclose(model.classifier_.mean_, oracle.mean_, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_the_kernel_head_by_sums_is_nearly_that_of_all_features():
    features = np.random.default_rng(1).standard_normal((600, 4)).astype(np.float32)
    ring = ((features**2).sum(axis=1) > 3.4).astype(int)
    head = KernelHead(100)
    basis = head.basis(features.T[:, :200], ring[:200])
    sums = Sums(5, basis.n_features, 1)
    numbers = np.vstack([basis.whole(features.T), whole_targets(targets_of(ring, 2))])
    sums.add(numbers, np.arange(600) % 5)
    head.fit_sums(sums, basis, np.array([0, 1]))
    head.calibrate(head.of_outputs(head.decision_function(features)[:, np.newaxis]), ring)
    test = np.random.default_rng(2).standard_normal((2000, 4)).astype(np.float32)
    truth = (test**2).sum(axis=1) > 3.4
    whole = KernelHead(100).fit(features, ring)
    assert (head.predict(test) == truth).mean() > (whole.predict(test) == truth).mean() - 0.02 > 0.85


def test_weights_count_cases_as_if_they_were_there_so_often():
    weights = np.where(np.arange(420) % 2, 2.0, 1.0)
    model = LightWaveSClassifier(**SMALL).fit(X, Y, sample_weight=weights)
    features = model.transform(X)
    penalty = model.classifier_.alpha_ / weights.sum()
    oracle = RidgeHead(np.array([penalty])).fit(features, Y, sample_weight=weights)
    np.testing.assert_allclose(ridge_scores(oracle, features), ridge_scores(model.classifier_, features), atol=0.02)


def test_a_regressor_is_fitted_by_sums_too(monkeypatch):
    monkeypatch.setattr(judging, "at_once", lambda *_: pytest.fail("all features are in memory"))
    y = np.ptp(X[:, 0], axis=1).astype(np.float64) * 100 + 3000
    model = LightWaveSRegressor(**SMALL, regressor=RegressionHead()).fit(X, y)
    assert model.honest_score_ > 0.3
    assert np.corrcoef(model.predict(X), y)[0, 1] > 0.6
    assert abs(model.predict(X).mean() - y.mean()) < 5
    assert 0.3 * y.std() < model.regressor_.spread_ < y.std()


@pytest.mark.slow
def test_two_fifths_of_the_cases_judge_and_with_groups_all_by_heads_that_have_not_seen_their_group():
    model = LightWaveSClassifier(**SMALL).fit(X, Y)
    judged = ~np.isnan(model.honest_proba_).any(axis=1)
    assert judged.sum() == 2 * 420 / 5, "two folds of five"
    assert model.honest_score_ == (model.honest_proba_[judged].argmax(axis=1) == Y[judged]).mean()
    assert 0.5 < model.honest_score_ < model.score(X, Y) + 0.02
    groups = np.arange(420) % 70
    twins = X[groups] + 1e-3 * RNG.standard_normal(X.shape).astype(np.float32)
    labels = np.random.default_rng(3).integers(0, 2, 70)[groups]
    alone = LightWaveSClassifier(**SMALL).fit(twins, labels)
    together = LightWaveSClassifier(**SMALL).fit(twins, labels, groups=groups)
    assert not np.isnan(together.honest_proba_).any()
    assert together.honest_score_ < 0.65 < alone.honest_score_
    assert together.honest_standard_error_ > alone.honest_standard_error_


def test_on_noise_the_honest_score_is_that_of_a_guess():
    noise, guess = RNG.standard_normal((420, 2, 40)).astype(np.float32), RNG.integers(0, 2, 420)
    model = LightWaveSClassifier(**SMALL).fit(noise, guess)
    assert abs(model.honest_score_ - 0.5) < 4 * 0.5 / np.sqrt(168)
    assert model.predict_proba(noise).max(axis=1).mean() < 0.6


def test_some_cases_judge_where_there_are_very_many(monkeypatch):
    monkeypatch.setattr(judging, "MOST_JUDGING", 99)
    model = LightWaveSClassifier(**SMALL).fit(X, Y)
    assert 30 < (~np.isnan(model.honest_proba_)).any(axis=1).sum() < 50, "two fifths of 99"


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"n_features": "auto"}, {"classifier": "auto"}, {"frugality": 0.3}])
def test_choices_that_need_judges_are_made_and_ranks_agree_on_them(options):
    model = LightWaveSClassifier(**SMALL | options)
    alone = clone(model).fit(X, Y)
    for of_rank in on_ranks(2, lambda comm: clone(model).fit(X, Y, comm=comm)):
        np.testing.assert_array_equal(of_rank.honest_proba_, alone.honest_proba_)
        assert len(of_rank.plan_) == len(alone.plan_)


def test_the_last_choice_is_made_by_more_cases(monkeypatch):
    few = LightWaveSClassifier(**SMALL, search_cases=120).fit(X, Y)
    more = LightWaveSClassifier(**SMALL).fit(X, Y)
    assert few.plan_.feature_names() != more.plan_.feature_names()
    monkeypatch.setattr(roles, "WORTH_IT", 1e9)
    assert LightWaveSClassifier(**SMALL).fit(X, Y).plan_.feature_names() == few.plan_.feature_names()


def test_where_the_first_rounds_leave_no_more_than_shall_be_left_they_have_chosen(monkeypatch):
    monkeypatch.setattr(last_choice, "FROM", 1)
    again = LightWaveSClassifier(**SMALL).fit(X, Y)
    assert (
        again.plan_.feature_names() == LightWaveSClassifier(**SMALL, search_cases=120).fit(X, Y).plan_.feature_names()
    )


def test_the_last_rounds_are_those_of_a_ridge_on_the_cases_themselves(plan):
    work = work_of(plan)
    sums, _ = added_up(replace(work, cases=replace(work.cases, fold=np.zeros(420, np.intp))), Crew(), "head", "sums")
    features = last_choice.SummedFeatures(sums, np.arange(20) * 3)
    targets = Targets.of(Y)
    importances, _ = features.fit(targets, 0.3)
    standard = plan.apply(work.panel).astype(np.float64)
    standard = (standard - standard.mean(axis=0)) / standard.std(axis=0)
    dual = np.linalg.solve(standard.T @ standard + 0.3 * 420 * np.eye(20), standard.T @ targets.centred)
    np.testing.assert_allclose(importances, targets.importances(dual), rtol=0.02, atol=1e-3)
    dropped = np.arange(20) % 4 == 0
    left = features.without(dropped)
    assert left.left.tolist() == (np.arange(20) * 3)[~dropped].tolist()
    dual = np.linalg.solve(
        standard[:, ~dropped].T @ standard[:, ~dropped] + 0.3 * 420 * np.eye(15),
        standard[:, ~dropped].T @ targets.centred,
    )
    np.testing.assert_allclose(left.fit(targets, 0.3)[0], targets.importances(dual), rtol=0.02, atol=1e-3)


def test_a_checkpointed_fit_goes_on_in_the_pass_that_was_running(tmp_path, monkeypatch):
    alone = facts(LightWaveSClassifier(**SMALL).fit(X, Y))
    done, call = [], AddUp.__call__

    def dies(self, number):
        if len(done) == 6:
            raise KeyboardInterrupt
        done.append(number)
        return call(self, number)

    monkeypatch.setattr(AddUp, "__call__", dies)
    model = LightWaveSClassifier(**SMALL)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, checkpoint=tmp_path / "folder")
    assert not hasattr(model, "plan_")
    again = []
    monkeypatch.setattr(AddUp, "__call__", lambda self, number: again.append(number) or call(self, number))
    assert facts(model.fit(X, Y, checkpoint=tmp_path / "folder")) == alone
    n_pieces = 2 * len(Cases.of(np.arange(420), Y, None, None).pieces)
    assert len(again) == n_pieces - 6


@OTHER_LENGTHS
def test_series_of_one_length_that_were_left_of_very_unequal_ones_are_fitted():
    rng = np.random.default_rng(0)
    series = [rng.standard_normal((2, 900 if i == 0 else 30)).astype(np.float32) for i in range(61)]
    model = LightWaveSClassifier(**SMALL, search_cases=30)
    model.fit(series, np.arange(61) % 2, sample_weight=np.where(np.arange(61) == 0, 0.0, 1.0))
    assert model.predict(series).shape == (61,)


def test_a_case_of_next_to_no_weight_changes_next_to_nothing_of_many():
    """Once, it alone decided the unit of all numbers, and all others were one whole number."""
    y, weights = np.ptp(X[:, 0], axis=1).astype(np.float64), np.ones(420)
    y[7], weights[7] = 1e7, 1e-17
    model = LightWaveSRegressor(**SMALL, regressor=RegressionHead()).fit(X, y, sample_weight=weights)
    others = np.arange(420) != 7
    without = LightWaveSRegressor(**SMALL, regressor=RegressionHead()).fit(X, y, sample_weight=others.astype(float))
    scores = [found.score(X[others], y[others]) for found in (model, without)]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
    rows, light = X[:, 0, :4].T.copy(), np.where(others, 1.0, 1e-17)
    rows[:, 7] = 1e7
    few, none = Grid.of(rows, light), Grid.of(rows[:, others])
    np.testing.assert_allclose(few.mean, none.mean, rtol=0.01, atol=0.01)
    np.testing.assert_allclose(few.deviation, none.deviation, rtol=0.02)


def test_a_head_of_many_cases_knows_more_of_them_than_the_search():
    """Once, it had as many landmarks as the search had cases, and those that judged it had more."""
    model = LightWaveSClassifier(**SMALL, search_cases=40, classifier=KernelHead(150), honest=False).fit(X, Y)
    assert len(model.classifier_.landmarks_) == 150


def test_judges_choose_their_penalty_on_groups_as_the_model_does(monkeypatch):
    """Once, their folds cut groups apart."""
    cut, group = [], np.arange(420) % 20

    def listening(y, cases, groups=None):
        fold = folds_of(y, cases, groups)
        cut.append(len(np.unique(np.column_stack([group[cases], fold]), axis=0)) - len(np.unique(group[cases])))
        return fold

    monkeypatch.setattr(judging, "folds_of", listening)
    LightWaveSClassifier(**SMALL).fit(X, Y, groups=group)
    assert cut == [0] * 5


@pytest.mark.slow
def test_the_importances_of_a_kernel_head_do_not_depend_on_the_order_of_cases():
    """Once, they were the slopes at the first landmarks, which are of the first classes where cases are sorted."""
    rng = np.random.default_rng(0)
    right = rng.random(1500) < 0.5
    Z = rng.standard_normal((1500, 5)).astype(np.float32)
    Z[:, 4] = np.where(right, 4, -4) + 0.3 * Z[:, 4]
    y = 2 * right + (np.where(right, (Z[:, 2:4] ** 2).sum(axis=1), (Z[:, :2] ** 2).sum(axis=1)) > 1.4)
    found = []
    for order in (rng.permutation(1500), np.argsort(y, kind="stable")):
        rows, codes = np.ascontiguousarray(Z[order].T), y[order].astype(np.intp)
        head = KernelHead()
        basis = head.basis(rows, codes)
        sums = Sums(5, basis.n_features, 4)
        sums.add(basis.numbers(rows, codes, 4), np.arange(1500) % 5)
        head.fit_sums(sums, basis, np.arange(4))
        found.append(head.importances_[:4])
    np.testing.assert_allclose(found[0], found[1], rtol=0.25)


def test_a_penalty_of_next_to_nothing_is_taken_of_many_cases_too():
    """Once, equal features and a tiny penalty ended in an error of linear algebra, after the whole search."""
    Z = np.random.default_rng(0).standard_normal((10, 300)).astype(np.float32)
    rows, y = np.vstack([Z, Z]), (Z[0] > 0).astype(np.intp)
    head = RidgeHead(alphas=[1e-18])
    basis, sums = head.basis(rows, y), Sums(5, 20, 1)
    sums.add(basis.numbers(rows, y, 2), np.arange(300) % 5)
    head.fit_sums(sums, basis, np.arange(2))
    assert ((head.scores(rows, 300) > 0) == y).mean() > 0.9


@pytest.mark.parametrize("weight", [10.0, 0.1])
def test_the_penalty_of_the_last_choice_counts_weights_as_that_of_the_first_rounds_does(weight, monkeypatch):
    """Once, it was told in units of the mean weight."""
    found = []
    of_ridge = last_choice.FirstRidge

    def listening(*told):
        found.append(told[3])
        return of_ridge(*told)

    monkeypatch.setattr(last_choice, "FirstRidge", listening)
    monkeypatch.setattr(products, "PENALTIES", products.PENALTIES[1:2])  # one, so that weights do not choose another
    for sample_weight in (1.0, weight):
        LightWaveSClassifier(**SMALL, honest=False).fit(X, Y, sample_weight=np.full(420, sample_weight))
    assert found[1] == pytest.approx(found[0] / weight, rel=0.05)
