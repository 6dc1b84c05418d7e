"""Screening: channels that tell classes apart stay, most others go, and a model knows the rest by their old numbers."""

import re

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
)
from lightwaves.banks import Bank
from lightwaves.panel import as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.parallel.crew import Crew, groups_of
from lightwaves.search.moments import moments
from lightwaves.search.roles import draw_cases
from lightwaves.search.screening import FEW_CHANNELS, screen, unscreened
from lightwaves.search.shares import Work
from lightwaves.selection.relevance import class_starts

pytestmark = pytest.mark.slow

FEW = {"n_features": 20, "search_candidates": 400, "random_state": 0}


def problem(n_channels=100, informative=(3, 50, 99), n_cases=40, n_timepoints=50, y=None):
    """Noise, but for a few channels of which each tells the classes apart in another way."""
    rng = np.random.default_rng(0)
    y = np.arange(n_cases) % 2 if y is None else y
    x = rng.standard_normal((n_cases, n_channels, n_timepoints)).astype(np.float32)
    for i, channel in enumerate(informative):
        of_class = x[y == 1, channel]
        if i % 3 == 0:
            of_class = of_class + 1
        elif i % 3 == 1:
            of_class = of_class * 3
        else:
            of_class = of_class + 2 * np.sin(np.arange(n_timepoints))
        x[y == 1, channel] = of_class
    return x, y


def screened(x, y, seed=0, group_size=None, **crew):
    """The channels that are kept."""
    panel, groups = as_panel(x), groups_of(x[0].shape[0], group_size)
    cases, starts = class_starts(np.unique(y, return_inverse=True)[1])
    shift, scale = moments(panel, groups, Crew())
    if "held" in crew:
        numbers = np.concatenate([np.empty(0, int), *(groups[g] for g in crew["held"])])
        panel = HeldChannels(as_panel(x[:, numbers], may_lack="channels"), numbers, x.shape[1])
    work = Work(panel, shift, np.where(scale, scale, 1), cases, starts, 0.0, Crew(**crew))
    return screen(work, groups, scale > 0, np.random.RandomState(seed)).channels


@pytest.fixture(scope="module")
def model():
    return LightWaveSClassifier(**FEW).fit(*problem())


# --- which channels stay ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_channels_that_tell_classes_apart_are_found_among_noise(seed):
    kept = screened(*problem(), seed)
    assert {3, 50, 99} <= set(kept.tolist())
    assert FEW_CHANNELS <= len(kept) <= 20
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize("n_channels", [1, 2, 8, 9])
def test_few_channels_are_all_kept(n_channels):
    x, y = problem(n_channels, ())
    assert screened(x, y).tolist() == list(range(n_channels))
    assert LightWaveS(**FEW).fit(x, y).candidate_channels_.tolist() == list(range(n_channels))


@pytest.mark.parametrize("n_channels", [10, 17, 60, 600])
@pytest.mark.parametrize("constant", [False, True])
def test_where_no_channel_does_better_than_chance_all_stay(n_channels, constant):
    x, y = problem(n_channels, (), n_timepoints=20)
    assert screened(np.ones_like(x) if constant else x, y).tolist() == list(range(n_channels))


@pytest.mark.parametrize("n_channels", [17, 60])
def test_never_fewer_than_nine_are_kept(n_channels):
    kept = screened(*problem(n_channels, (3,)))
    assert len(set(kept.tolist())) == len(kept) >= FEW_CHANNELS == 9
    assert len(kept) < n_channels
    assert 3 in kept


@pytest.mark.parametrize("seed", range(3))
def test_where_all_channels_tell_classes_apart_hardly_any_goes(seed):
    x, y = problem(24, tuple(range(24)), n_cases=60)
    assert len(screened(x, y, seed)) >= 21


@pytest.mark.parametrize("n_cases", [8, 9])
def test_too_few_cases_to_shuffle_leave_all_channels(n_cases):
    x, y = problem(40, (3,))
    some = np.concatenate([np.flatnonzero(y == 0)[:4], np.flatnonzero(y == 1)[: n_cases - 4]])
    assert len(screened(x[some], y[some])) == 40


def test_a_class_of_one_case_leaves_all_channels():
    x, y = problem(40, (3,))
    assert len(screened(x, y)) < 40
    y = np.where(np.arange(len(y)) == 0, 2, y)
    assert len(screened(x, y)) == 40


@pytest.mark.parametrize("n_channels", [3, 30])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize(
    "options", [{}, {"screen_channels": False}, {"selection": "mrmr", "bank": Rocket(100)}], ids=str
)
def test_a_constant_channel_is_never_read_whatever_it_does_later(n_channels, scale, options):
    """Once, it was read by mRMR in sums with other channels, and where no channels were screened."""
    x, y = problem(n_channels, (1,))
    x[:, 2] = 3.7
    model = LightWaveS(n_features=20, search_candidates=200, scale=scale, random_state=0, **options).fit(x, y)
    assert 2 not in getattr(model, "candidate_channels_", ())
    assert 2 not in model.channels_


def test_constant_channels_go_where_others_tell_classes_apart():
    x, y = problem(40, tuple(range(12)))
    x[:, 20:] = 7
    kept = screened(x, y)
    assert set(range(12)) <= set(kept.tolist())
    assert kept.max() < 20


def test_a_channel_that_tells_only_a_rare_class_apart_is_found():
    y = np.where(np.arange(150) < 15, 1, 2 * (np.arange(150) % 2))
    kept = screened(*problem(60, (7,), n_cases=150, y=y))
    assert 7 in kept
    assert len(kept) < 20


@pytest.mark.parametrize("lengths", [[50, 20, 33], [50, 1, 9]])
def test_series_may_be_of_unequal_length(lengths):
    x, y = problem(n_cases=60)
    series = [case[:, : lengths[i // 2 % 3]] for i, case in enumerate(x)]
    assert {3, 50} <= set(screened(series, y).tolist())
    model = LightWaveSClassifier(**FEW).fit(series, y)
    assert len(model.candidate_channels_) < 30
    assert model.score(series, y) > 0.8


# --- what may not matter ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [2, 5])
@pytest.mark.parametrize("n_channels", [20, 100])
def test_threads_change_nothing(n_channels, n_jobs):
    x, y = problem(n_channels, (3, 7))
    assert screened(x, y, n_jobs=n_jobs).tolist() == screened(x, y).tolist()


@pytest.mark.parametrize("size", [2, 3, 8])
@pytest.mark.parametrize("n_channels", [10, 33, 100])  # one block, three and seven: fewer and more than ranks
def test_ranks_share_the_channels_and_end_with_the_same(n_channels, size):
    x, y = problem(n_channels, (3, 7))
    expected = screened(x, y).tolist()
    assert [found.tolist() for found in on_ranks(size, lambda comm: screened(x, y, comm=comm))] == [expected] * size


@pytest.mark.parametrize(
    ("group_size", "held"), [(30, [[0, 1], [2], [3]]), (30, [[3], [], [0, 2, 1]]), (7, [[2, *range(4, 15)], [0, 1, 3]])]
)
def test_ranks_that_hold_groups_of_channels_end_with_the_same(group_size, held):
    x, y = problem()
    expected = screened(x, y, group_size=group_size).tolist()
    assert {3, 50, 99} <= set(expected)
    assert len(expected) < 30
    held = [np.sort(np.array(groups, int)) for groups in held]
    found = on_ranks(len(held), lambda comm: screened(x, y, group_size=group_size, comm=comm, held=held[comm.rank]))
    assert [of_rank.tolist() for of_rank in found] == [expected] * len(held)


@pytest.mark.parametrize("group_size", [100, 101, 48])  # three of the blocks of 16 that there are without groups
def test_groups_that_are_whole_blocks_change_nothing(group_size):
    x, y = problem()
    assert screened(x, y, group_size=group_size).tolist() == screened(x, y).tolist()
    assert screened(x, y, group_size=10).tolist() != screened(x, y).tolist(), "other blocks, other draws"


@pytest.mark.parametrize("way", ["memory map", "float64", "Fortran", "list", "n_jobs", "again"])
def test_the_way_of_the_data_changes_no_bit_of_a_screened_model(way, model, tmp_path):
    x, y = problem()
    np.save(tmp_path / "x.npy", x)
    series = {
        "memory map": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "float64": x.astype(np.float64),
        "Fortran": np.asfortranarray(x),
        "list": list(x),
    }.get(way, x)
    same = LightWaveSClassifier(**FEW, n_jobs=2 if way == "n_jobs" else 1).fit(series, y)
    assert same.plan_ == model.plan_
    assert same.candidate_channels_.tolist() == model.candidate_channels_.tolist()
    np.testing.assert_array_equal(same.bank_errors_, model.bank_errors_)
    np.testing.assert_array_equal(same.predict_proba(series), model.predict_proba(x))


# --- what a model makes of it -------------------------------------------------------------------------------


def test_a_model_reads_channels_by_their_numbers_among_all(model):
    x, _ = problem()
    kept = set(model.candidate_channels_.tolist())
    assert {3, 50, 99} <= kept
    assert len(kept) < 20
    assert set(model.channels_.tolist()) <= kept
    assert {3, 50, 99} & set(model.channels_.tolist())
    assert model.plan_.n_channels == model.n_channels_in_ == 100
    assert model.channel_importances_.shape == (100,)
    assert set(np.argsort(-model.channel_importances_)[:2].tolist()) <= {3, 50, 99}
    shift, scale = moments(as_panel(x), groups_of(100, None), Crew())
    np.testing.assert_array_equal(model.plan_.shift, shift)
    np.testing.assert_array_equal(model.plan_.scale, scale)
    model.plan_.check()


def test_prediction_reads_the_channels_of_the_plan_only(model):
    x, y = problem()
    read = np.isin(np.arange(100), model.channels_)
    changed = np.where(read[:, np.newaxis], x, np.float32(1e9))
    np.testing.assert_array_equal(model.decision_function(changed), model.decision_function(x))
    assert [model.predict_one(case) for case in changed] == model.predict(x).tolist()
    assert model.score(x, y) > 0.9


@pytest.mark.parametrize(
    "bank",
    [
        None,
        Prism(800),
        Rocket(400),
        MiniRocket(336),
        MorletScattering(J=2, Q=1),
        [WaveletScattering(levels=(1,), max_dilation=1), MultiRocket(672)],
    ],
    ids=repr,
)
def test_names_are_those_of_the_channels_that_are_read(bank):
    if isinstance(bank, MorletScattering):
        pytest.importorskip("kymatio")
    x, y = problem()
    names = [f"s{i:03d}" for i in range(100)]
    model = LightWaveS(bank, **FEW, channel_names=names).fit(x, y)
    said = {name for text in model.get_feature_names_out() for name in re.findall(r"s\d{3}", text)}
    assert said == {names[c] for c in model.channels_}
    assert said <= {names[c] for c in model.candidate_channels_}
    assert len(model.candidate_channels_) < 20


class Seen(Bank):
    """What a bank is given."""

    given = []

    def candidates(self, panel, shift, scale, random_state):
        """Those of another."""
        values = panel.take(slice(None), np.arange(panel.n_channels))
        Seen.given.append((values, shift, scale, panel.channel_names))
        return Prism(80).candidates(panel, shift, scale, random_state)


def test_a_bank_is_shown_the_channels_that_stay():
    x, y = problem()
    model = LightWaveS([Seen(), WaveletScattering(max_dilation=1)], **FEW, channel_names=[f"s{i}" for i in range(100)])
    kept = model.fit(x, y).candidate_channels_
    values, shift, scale, names = Seen.given.pop()
    np.testing.assert_array_equal(values, x[:, kept])
    np.testing.assert_array_equal(shift, model.plan_.shift[kept])
    np.testing.assert_array_equal(scale, model.plan_.scale[kept])
    assert names == tuple(f"s{c}" for c in kept)


def test_features_are_those_of_a_bank_that_was_never_shown_the_others():
    x, y = problem()
    model = LightWaveS(Prism(400, random_state=5), 30, random_state=0).fit(x, y)
    kept = model.candidate_channels_
    alone = LightWaveS(Prism(400, random_state=5), 30, screen_channels=False).fit(x[:, kept], y)
    np.testing.assert_array_equal(alone.transform(x[:, kept]), model.transform(x))
    assert alone.channels_.tolist() == np.searchsorted(kept, model.channels_).tolist()
    assert alone.plan_.cost() == model.plan_.cost()


def test_without_screening_all_channels_may_be_read(capsys):
    x, y = problem()
    model = LightWaveS(Prism(4000), 500, screen_channels=False, random_state=0, verbose=1).fit(x, y)
    assert model.candidate_channels_.tolist() == list(range(100))
    assert len(model.channels_) > 60
    assert "tell classes apart" not in capsys.readouterr().out


def test_what_screening_found_is_told_only_where_it_looked(capsys):
    x, y = problem()
    for n_channels, said in ((100, "90 of 100 channels dropped"), (9, None)):
        LightWaveS(Prism(400), 20, random_state=0, verbose=1).fit(x[:, :n_channels], y)
        told = [line for line in capsys.readouterr().out.splitlines() if "tell classes apart" in line]
        assert [line.partition("] ")[2].partition(":")[0] for line in told] == ([said] if said else [])


def test_the_papers_search_looks_at_all_channels(capsys):
    x, y = problem(20, (3,))
    bank = WaveletScattering(levels=(1,), max_dilation=1)
    model, same = (LightWaveS(bank, 20, "mrmr", screen_channels=s, verbose=1).fit(x, y) for s in (True, False))
    assert model.plan_ == same.plan_
    assert not hasattr(model, "candidate_channels_")
    assert f"{20 * 336} candidates" in capsys.readouterr().out


def test_a_second_fit_screens_anew(model):
    x, y = problem()
    again = LightWaveSClassifier(**FEW).fit(x[:, ::-1], y)
    assert {0, 49, 96} <= set(again.candidate_channels_.tolist())
    again.fit(x, y)
    assert again.plan_ == model.plan_
    assert again.candidate_channels_.tolist() == model.candidate_channels_.tolist()


def test_only_cases_that_the_search_takes_are_looked_at():
    x, y = problem(40, (3,), n_cases=120)
    model = LightWaveS(**FEW, search_cases=40).fit(x, y)
    assert 3 in model.candidate_channels_
    cases = draw_cases(y, 40, np.random.RandomState(np.random.RandomState(0).randint(2**31 - 1)))
    informative = np.setdiff1d(np.arange(40), model.candidate_channels_)[-1]
    x[np.setdiff1d(np.arange(120), cases), informative] += 9 * y[np.setdiff1d(np.arange(120), cases), np.newaxis]
    changed = LightWaveS(**FEW, search_cases=40, scale=False).fit(x, y)
    assert informative not in changed.candidate_channels_


# --- extremes -----------------------------------------------------------------------------------------------


def test_a_thousand_channels_of_twenty_cases_work():
    x, y = problem(1000, (3, 500, 999), n_cases=20, n_timepoints=30)
    with pytest.warns(UserWarning, match="X has 1000 channels, but at most 30 time points"):
        model = LightWaveSClassifier(**FEW).fit(x, y)
    assert {3, 500, 999} & set(model.candidate_channels_.tolist())
    assert 9 <= len(model.candidate_channels_) < 150
    assert model.predict_proba(x).shape == (20, 2)


@pytest.mark.parametrize("n_timepoints", [1, 2, 8, 9])
def test_short_series_of_many_channels_work(n_timepoints):
    x, y = problem(30, (0, 3, 6), n_timepoints=n_timepoints)
    x[:, [0, 3, 6]] += 2 * y[:, np.newaxis, np.newaxis]
    assert {0, 3, 6} <= set(screened(x, y).tolist())


def test_two_cases_and_classes_of_one_case_work():
    x, _ = problem(30, (3,))
    for n in (2, 5):
        assert len(screened(x[:n], np.arange(n))) >= 9
        model = LightWaveSClassifier(**FEW, honest=False).fit(x[:n], np.arange(n))
        assert model.plan_.n_channels == 30


def test_one_channel_works_as_a_table():
    x, y = load_basic_motions("train")
    assert LightWaveSClassifier(**FEW).fit(x[:, 0], y).candidate_channels_.tolist() == [0]


def test_channels_have_the_numbers_that_files_keep_also_where_an_int_has_32_bits(monkeypatch):
    """As in NumPy 1 on Windows, where no model could be saved."""
    arange = np.arange
    monkeypatch.setattr(np, "arange", lambda *arguments, dtype=np.int32: arange(*arguments, dtype=dtype))
    assert unscreened(3).channels.dtype == np.intp
