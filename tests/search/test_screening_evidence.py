"""Screening drops channels only on evidence, says on which, and keeps channels that tell classes apart together."""

import numpy as np
import pytest
from ranks import on_ranks
from wide import sweep, times

from lightwaves import LightWaveS, LightWaveSClassifier, Prism, load_basic_motions
from lightwaves.panel import as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.parallel.crew import Crew, groups_of
from lightwaves.search import screening
from lightwaves.search.moments import moments
from lightwaves.search.screening import ERRORS, N_SHUFFLES, Score, screen, shuffled
from lightwaves.search.shares import Work
from lightwaves.selection.products import Gram, Targets, ridge_of
from lightwaves.selection.relevance import anova_f, class_starts, shuffled_f, spare_rows

pytestmark = pytest.mark.slow


def oscillations(rng, n_cases, n_timepoints=100):
    """Noise of a narrow band: each case in another phase."""
    noise, kernel = rng.standard_normal((n_cases, n_timepoints + 16)), np.cos(np.arange(9) * 0.9) * np.hanning(9)
    return np.stack([np.convolve(row, kernel, "same")[8:-8] for row in noise])


def in_phase(n_channels=40, pairs=5, alone=0, n_cases=90, seed=0):
    """Two classes, told by whether channels 0 and 1, 2 and 3, ... are in phase, and by the size of the last ones."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_cases) % 2)
    x = np.stack([oscillations(rng, n_cases) for _ in range(n_channels)], axis=1)
    for pair in range(pairs):
        sign = np.where(y, -1, 1)[:, np.newaxis]
        x[:, 2 * pair + 1] = sign * x[:, 2 * pair] + 0.3 * oscillations(rng, n_cases)
    for channel in range(1, alone + 1):
        x[y == 1, -channel] *= 1.8
    return x.astype(np.float32), y


def four_classes(seed=0):
    """Two bits: the size of the last three of 40 channels, and whether the first five pairs are in phase."""
    x, low = in_phase(alone=0, n_cases=140, seed=seed)
    high = np.random.default_rng(seed + 50).permutation(len(low)) % 2
    x[:, -3:] *= np.where(high, 1.5, 1.0)[:, np.newaxis, np.newaxis]
    return x, 2 * high + low


def work_of(x, y, weights=None, group_size=None, held=None, **crew):
    """What screening is given, as a search prepares it."""
    panel, groups = as_panel(x), groups_of(x.shape[1], group_size)
    cases, starts = class_starts(y)
    shift, scale = moments(panel, groups, Crew(), weights)
    if held is not None:
        numbers = np.concatenate([np.empty(0, int), *(groups[g] for g in held)])
        panel = HeldChannels(as_panel(x[:, numbers], may_lack="channels"), numbers, x.shape[1])
        crew["held"] = held
    weights = None if weights is None else weights[cases]
    work = Work(panel, shift, np.where(scale, scale, 1), cases, starts, 0.0, Crew(**crew), weights)
    return work, groups, scale > 0


def screened(x, y, seed=0, **options):
    work, groups, varies = work_of(x, y, **options)
    return screen(work, groups, varies, np.random.RandomState(seed))


# --- channels that say something only together ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "seed"), sweep([(1, 0), (5, 1), (20, 2)], [(1, 1), (1, 2), (5, 0), (5, 2), (20, 0), (20, 1)])
)
def test_channels_that_tell_classes_apart_only_together_are_not_dropped(pairs, seed):
    x, y = in_phase(pairs=pairs, seed=seed)
    found = screened(x, y, seed)
    informative = np.arange(2 * pairs).reshape(-1, 2)
    assert np.isin(informative, found.channels).all(axis=1).any(), "a whole pair at least"
    assert len(found.channels) == 40 or found.errors["all"] > found.errors["promising"]


@pytest.mark.parametrize("seed", sweep([0], [1]))
def test_a_model_of_such_channels_is_as_accurate_as_without_screening(seed):
    x, y = in_phase(seed=seed)
    model = LightWaveSClassifier(random_state=seed).fit(x[:60], y[:60])
    assert model.score(x[60:], y[60:]) >= 0.95
    assert model.predict_proba(x[60:]).max(axis=1).mean() > 0.8


@pytest.mark.parametrize("seed", sweep([0], [1, 2]))
def test_where_some_channels_say_something_alone_and_others_together_both_stay(seed):
    x, y = four_classes(seed)
    model = LightWaveSClassifier(random_state=seed).fit(x[:90], y[:90])
    assert {37, 38, 39} <= set(model.candidate_channels_.tolist())
    assert np.isin(np.arange(10).reshape(-1, 2), model.candidate_channels_).all(axis=1).any()
    assert model.score(x[90:], y[90:]) > 0.8, "of four; with the last three channels alone .5"


def test_channels_that_say_nothing_are_dropped_where_the_others_say_it_all():
    x, y = in_phase(pairs=0, alone=3)
    found = screened(x, y)
    assert {37, 38, 39} <= set(found.channels.tolist())
    assert len(found.channels) == 9
    assert found.errors["promising"] < found.errors["all"]


@pytest.mark.parametrize("seed", range(times(4, 8)))
def test_noise_is_no_evidence(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((50, 40, 60)), rng.permutation(50) % 2
    assert len(screened(x, y, seed).channels) == 40


def test_evidence_against_channels_is_a_matter_of_standard_errors(monkeypatch):
    x, y = in_phase(pairs=0, alone=3)
    found = screened(x, y)
    gain = (found.errors["all"] - found.errors["promising"]) / found.errors["standard_error"]
    for clearly, n_kept in ((gain * 0.999, 9), (gain * 1.001, 40)):
        monkeypatch.setattr(screening, "CLEARLY", clearly)
        assert len(screened(x, y).channels) == n_kept


# --- what it says ---------------------------------------------------------------------------------------------


def test_the_evidence_is_kept_channel_by_channel(capsys):
    x, y = in_phase(pairs=0, alone=3)
    x[:, 5] = 7
    model = LightWaveSClassifier(n_features=30, search_candidates=800, random_state=0, verbose=1).fit(x, y)
    table = model.screening_
    assert table.dtype.names == ("score", "by_chance", "kept", "reason")
    assert np.flatnonzero(table["kept"]).tolist() == model.candidate_channels_.tolist()
    assert table["reason"][5] == "constant"
    assert np.isnan(table["score"][5])
    assert (table["reason"][-3:] == "above chance").all()
    scored = table[table["reason"] != "constant"]
    assert len(set(scored["by_chance"].tolist())) == 1
    assert ((scored["score"] > scored["by_chance"]) == (scored["reason"] == "above chance")).all()
    assert (scored["score"][scored["kept"]].min() >= scored["score"][~scored["kept"]]).all()
    assert set(scored["reason"]) == {"above chance", "among the nine best", "no better than chance"}
    errors = model.screening_errors_
    assert errors.dtype == ERRORS
    assert errors["promising"] + 3 * errors["standard_error"] < errors["all"]
    said = capsys.readouterr().out
    assert (
        "1 of 40 channels dropped: constant; 30 of 39 channels dropped: they tell classes apart no better than" in said
    )
    assert f"a ridge errs less ({errors['promising']:.3g} instead of {errors['all']:.3g})" in said


@pytest.mark.parametrize(
    ("problem", "said", "reason"),
    [
        (lambda: in_phase(), "errs|no better than the best with shuffled classes", "no better than chance, but stays"),
        (lambda: in_phase(pairs=0, n_channels=12), "no better than the best with shuffled classes", "but stays"),
        (lambda: in_phase(pairs=0, n_channels=12, alone=12), "all 12 channels stay: each tells", "above chance"),
    ],
    ids=["together", "noise", "all"],
)
def test_it_says_why_all_stay(problem, said, reason):
    found = screened(*problem())
    assert len(found.channels) == len(found.verdicts)
    assert any(part in found.remark for part in said.split("|"))
    assert any(reason in text for text in found.verdicts["reason"])


@pytest.mark.parametrize(("n_channels", "options"), [(9, {}), (40, {"screen_channels": False})])
def test_where_nobody_looked_nothing_is_said(n_channels, options, capsys):
    x, y = in_phase(n_channels, pairs=2)
    model = LightWaveS(n_features=20, search_candidates=400, random_state=0, verbose=1, **options).fit(x, y)
    assert (model.screening_["reason"] == "not screened").all()
    assert model.screening_["kept"].all()
    assert np.isnan(model.screening_["score"]).all()
    assert all(np.isnan(model.screening_errors_[name]) for name in ERRORS.names)
    said = capsys.readouterr().out
    assert "stay" not in said
    assert "dropped:" not in said


def test_a_narrowed_model_keeps_the_evidence_of_its_channels():
    x, y = in_phase(pairs=0, alone=3)
    model = LightWaveS(n_features=20, search_candidates=800, random_state=0).fit(x, y)
    np.testing.assert_array_equal(model.narrowed().screening_, model.screening_[model.channels_])


def test_mrmr_screens_nothing():
    model = LightWaveS(n_features=20, selection="mrmr").fit(*load_basic_motions("train"))
    assert not hasattr(model, "screening_")


# --- the parts ------------------------------------------------------------------------------------------------


def test_ten_channels_and_more_are_screened_with_nine_nothing_changes():
    x, y = in_phase(9, pairs=0, alone=1)
    options = {"n_features": 20, "search_candidates": 400, "random_state": 0}
    models = [LightWaveS(**options, screen_channels=choice).fit(x, y) for choice in (True, False)]
    assert models[0].plan_ == models[1].plan_


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_f_with_shuffled_classes_is_f_of_shuffled_features(n_classes, weighted):
    rng = np.random.default_rng(0)
    starts = class_starts(np.minimum(np.arange(50) // 7, n_classes - 1))[1]
    rows = spare_rows(30, 50)
    rows[:-1, :50] = 5 + rng.standard_normal((30, 50))
    rows[3] = 0.1
    rows[:, 50:] = np.nan
    weights = rng.uniform(0.2, 4, 50) if weighted else None
    shuffles = np.array([rng.permutation(50) for _ in range(4)])
    found = shuffled_f(rows, starts, shuffles, weights)
    for f, places in zip(found, shuffles, strict=True):
        moved = rows.copy()
        moved[:, :50] = rows[:, places]
        np.testing.assert_allclose(f, anova_f(moved, starts, weights), rtol=1e-9, atol=1e-12)
    assert (found[:, 3] == 0).all()


def test_a_feature_that_separates_shuffled_classes_perfectly_has_an_infinite_or_huge_f():
    rows = spare_rows(1, 20)
    rows[0, :20] = np.r_[np.zeros(10), np.ones(10)]
    starts = np.array([0, 10, 20])
    as_it_is, mixed = shuffled_f(rows, starts, np.array([np.arange(20), np.arange(20)[::-1] // 2 * 2 % 20]))[:, 0]
    assert as_it_is > 1e12
    assert mixed < as_it_is


def test_all_channels_are_shuffled_alike_so_that_the_best_of_them_can_be_compared():
    x, y = in_phase(40, pairs=0)
    x[:, 1:] = x[:, [0]]  # copies: each shuffle must score all nearly alike
    work, _, _ = work_of(x, y)
    orders = shuffled(work, 3)
    assert orders.shape == (N_SHUFFLES, 90)
    assert (np.sort(orders, axis=1) == np.arange(90)).all()
    blocks = [np.arange(16), np.arange(16, 32)]
    score = Score(work, blocks, 3, orders)
    first, second = score(0)[0], score(1)[0]
    assert first.shape == second.shape == (1 + N_SHUFFLES, 16)
    between_shuffles, between_blocks = first[1:].mean(axis=1).std(), first[1:].mean(axis=1) - second[1:].mean(axis=1)
    assert np.abs(between_blocks).mean() < between_shuffles


def test_the_compared_errors_are_those_of_ridges_on_candidates_of_either_set():
    x, y = in_phase(20, pairs=0, alone=3)
    work, groups, _ = work_of(x, y)
    sets = [np.arange(11, 20), np.arange(20)]
    found = screening.compared(work, groups, sets, 5)
    errors = []
    for channels in sets:
        bank = Prism(screening.N_COMPARED)
        plan = bank.candidates(
            work.panel.only(channels), work.shift[channels], work.scale[channels], np.random.RandomState(5)
        )
        plan = plan.plan(np.arange(len(plan))).renumbered(channels, work.shift, work.scale, None)
        ridge = ridge_of(plan.rows(work.panel, cases=work.cases), 90)
        assert type(ridge) is Gram
        errors.append(ridge.errors(Targets.of(work.codes), screening.PENALTY * screening.N_COMPARED))
    assert found["promising"] == pytest.approx(errors[0].mean(), rel=1e-12)
    assert found["all"] == pytest.approx(errors[1].mean(), rel=1e-12)
    assert found["standard_error"] == pytest.approx((errors[1] - errors[0]).std() / 90**0.5, rel=1e-9)
    assert np.all(errors[0].shape == (90,))


# --- shared ---------------------------------------------------------------------------------------------------


def same(one, two):
    return (
        one.channels.tolist() == two.channels.tolist()
        and one.verdicts.tobytes() == two.verdicts.tobytes()
        and all(one.errors[name] == pytest.approx(two.errors[name], rel=1e-9, nan_ok=True) for name in ERRORS.names)
    )


@pytest.mark.parametrize(
    ("what", "group_size", "weighted"),
    sweep(
        [("all stay", None, False), ("all stay", 7, True), ("some go", 7, False), ("some go", None, True)],
        [("all stay", None, True), ("all stay", 7, False), ("some go", 7, True), ("some go", None, False)],
    ),
)
def test_ranks_threads_and_data_that_lie_apart_find_the_same(what, group_size, weighted):
    x, y = in_phase() if what == "all stay" else in_phase(pairs=0, alone=3)
    weights = np.random.default_rng(0).uniform(0.3, 3, 90) if weighted else None
    options = {"weights": weights, "group_size": group_size}
    alone = screened(x, y, **options)
    assert same(screened(x, y, n_jobs=3, **options), alone)
    for size in (2, 3):
        assert all(same(found, alone) for found in on_ranks(size, lambda comm: screened(x, y, comm=comm, **options)))
    if group_size:
        held = [np.array([4, 5]), np.array([0, 1, 2, 3])]
        found = on_ranks(2, lambda comm: screened(x, y, comm=comm, held=held[comm.rank], **options))
        assert all(same(of_rank, alone) for of_rank in found)
