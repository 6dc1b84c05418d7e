"""The search: one plan for every number of ranks, here as threads, and a rank that fails anywhere fails on all."""

import importlib

import numpy as np
import pytest
from features import same
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import fail_in, on_ranks
from sklearn.base import clone
from wide import sweep

from lightwaves import LightWaveS, LightWaveSClassifier, WaveletScattering, load_basic_motions
from lightwaves.panel import Panel
from lightwaves.parallel.comm import SerialComm
from lightwaves.parallel.crew import Crew
from lightwaves.search.roles import draw_cases
from lightwaves.search.search import search

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)
seeds = st.integers(0, 2**32 - 1)

# --- one plan -----------------------------------------------------------------------------------------------

SEARCHES = {
    "mrmr": {"selection": "mrmr"},
    "frugal": {"selection": "mrmr", "frugality": 0.5},
    "some candidates": {"selection": "mrmr", "search_candidates": 700},
    "detachment": {"selection": "detach"},
    "detachment of some": {"selection": "detach", "search_candidates": 700, "frugality": 0.5},
    "lists of banks": {
        "alternatives": [[WaveletScattering(levels=(2,), max_dilation=1)], [WaveletScattering(max_dilation=2)]]
    },
    "several banks": {
        "selection": "mrmr",
        "alternatives": [[WaveletScattering(max_dilation=2), WaveletScattering(levels=(1,), max_dilation=4)]],
    },
    "all of it": {
        "alternatives": [
            [WaveletScattering(levels=(1,), max_dilation=4), WaveletScattering(levels=(2,), max_dilation=1)]
        ],
        "selection": "detach",
        "search_candidates": 1500,
        "n_features": "auto",
    },
}


LENGTHS = {"equal lengths": None, "unequal lengths": [25, 7, 16, 24]}
SIZES = 1, 2, 3, 9
GRID = [(size, lengths, name) for name in SEARCHES for lengths in LENGTHS for size in SIZES]
DIAGONAL = [(SIZES[(i + j) % 4], lengths, name) for i, name in enumerate(SEARCHES) for j, lengths in enumerate(LENGTHS)]


@pytest.mark.parametrize(("size", "lengths", "name"), sweep(DIAGONAL, [one for one in GRID if one not in DIAGONAL]))
def test_the_plan_is_the_same_for_any_number_of_ranks_and_threads(size, lengths, name):
    lengths, options = LENGTHS[lengths], SEARCHES[name]
    rng, y = np.random.default_rng(0), np.arange(24) % 3
    x = np.round(rng.normal(size=(24, 4, 25)) + 0.4 * y[:, np.newaxis, np.newaxis] * [[[1], [0], [1], [2]]], 1)
    panel = Panel(x.astype(np.float32), np.resize(lengths or 25, 24).astype(np.int32))

    def choose_features(comm, n_jobs=1):
        return search(
            **{"alternatives": [[WaveletScattering(max_dilation=2)]], "n_features": 20} | options,
            panel=panel, y=y, search_cases=20, seed=0, crew=Crew(comm, n_jobs),
        )  # fmt: skip

    expected = choose_features(SerialComm())
    for n_jobs in (1, 2):
        for found in on_ranks(size, lambda comm, n_jobs=n_jobs: choose_features(comm, n_jobs)):
            assert found.plan == expected.plan
            np.testing.assert_array_equal(found.scores, expected.scores)
            same(found.path, expected.path)


@pytest.mark.parametrize(
    ("size", "data"),
    sweep(
        [
            *((size, "motions") for size in (1, 2, 3, 5, 20)),
            (3, "ties"),
            (20, "ties"),
            (2, "constant"),
            (20, "constant"),
        ],
        [(1, "ties"), (2, "ties"), (5, "ties"), (1, "constant"), (3, "constant"), (5, "constant")],
    ),
)
def test_every_number_of_ranks_gives_the_same_plan(size, data):
    series = {"motions": X, "ties": np.sign(X), "constant": np.zeros_like(X)}[data]
    for selection in ("mrmr", "detach"):
        alone = LightWaveS(BANK, 40, selection).fit(series, Y)
        for model in on_ranks(size, lambda comm, name=selection: LightWaveS(BANK, 40, name).fit(series, Y, comm=comm)):
            assert model.plan_ == alone.plan_
            np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)


@pytest.mark.parametrize(
    ("size", "n_channels"), sweep([(1, 40), (2, 6), (3, 40), (7, 6)], [(1, 6), (2, 40), (3, 6), (7, 40)])
)
def test_every_number_of_ranks_gives_the_default_model(size, n_channels):
    series = np.random.default_rng(0).standard_normal((40, n_channels, 30)).astype(np.float32)
    series[:, 3] += X[:, 0, :30]
    options = {"n_features": 30, "search_candidates": 400}
    alone = LightWaveSClassifier(**options, random_state=0).fit(series, Y)

    def fit(comm):  # the others' random states do not count: the first draws for all
        model = LightWaveSClassifier(**options, random_state=comm.rank, n_jobs=1 + comm.rank % 2)
        return model.fit(series, Y, comm=comm)

    for model in on_ranks(size, fit):
        assert model.plan_ == alone.plan_
        same(model.selection_path_, alone.selection_path_)
        for name in ("feature_scores_", "bank_errors_", "candidate_channels_", "honest_proba_"):
            np.testing.assert_array_equal(getattr(model, name), getattr(alone, name))
        np.testing.assert_array_equal(model.predict_proba(series), alone.predict_proba(series))


@pytest.mark.filterwarnings("ignore:n_features=500")
def test_too_few_candidates_are_all_kept_on_every_rank():
    bank = WaveletScattering(levels=(1,), max_dilation=1)
    models = on_ranks(3, lambda comm: LightWaveS(bank=bank).fit(X[:, :1], Y, comm=comm))
    assert [len(model.plan_) for model in models] == [336] * 3


def test_only_the_first_rank_talks(capsys):
    for selection, n_lines in (("mrmr", 2), ("detach", 4)):
        on_ranks(3, lambda comm, name=selection: LightWaveS(BANK, 9, name, verbose=1).fit(X, Y, comm=comm))
        assert len(capsys.readouterr().out.splitlines()) == n_lines


# --- failures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("panel.panel", "channel_moments"),
        ("search.screening", "anova_f"),
        ("search.shares", "spare_rows"),
        ("selection.products", "standardise"),
        ("selection.products", "add_products"),
        ("selection.products", "Targets.importances"),
        ("estimators.judging", "part_of"),
    ],
)
def test_a_rank_that_fails_in_detachment_fails_on_all(module, part, monkeypatch):
    fail_in(monkeypatch, f"{module}.{part}", 2)
    series = np.tile(X, (1, 8, 1))  # three blocks of channels: one for each rank
    monkeypatch.setattr("lightwaves.search.moments.MOMENTS_BLOCK", 1)
    model = {"bank": BANK, "n_features": 9, "search_candidates": 200, "random_state": 0}
    errors = on_ranks(3, lambda comm: LightWaveSClassifier(**model).fit(series, Y, comm=comm))
    assert sorted(type(error).__name__ for error in errors) == ["MemoryError", "RuntimeError", "RuntimeError"]
    failed = [type(error) for error in errors].index(MemoryError)
    assert {str(error) for error in errors} == {"too much", f"rank {failed} failed: MemoryError: too much"}


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("search.shares", "least_redundant"),
        ("estimators.judging", "put_together"),
    ],
)
def test_what_the_first_rank_does_alone_fails_on_all(module, part, monkeypatch):
    def failing(*arguments, **options):
        raise MemoryError("too much")

    module = importlib.import_module(f"lightwaves.{module}")
    monkeypatch.setattr(module, part, failing)
    method, n_features = ("mrmr", 9) if part == "least_redundant" else ("detach", "auto")
    model = LightWaveSClassifier(BANK, n_features, method, random_state=0)
    errors = on_ranks(3, lambda comm: clone(model).fit(X, Y, comm=comm))
    assert [type(error) for error in errors] == [MemoryError, RuntimeError, RuntimeError]
    assert {str(error) for error in errors[1:]} == {"rank 0 failed: MemoryError: too much"}


# --- the cases that take part -------------------------------------------------------------------------------


@settings(deadline=None)
@given(counts=st.lists(st.integers(1, 60), min_size=1, max_size=5), n_drawn=st.integers(1, 250), seed=seeds)
def test_cases_are_drawn_class_by_class_by_their_shares_and_every_class_at_least_once(counts, n_drawn, seed):
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    cases = draw_cases(y, n_drawn, np.random.RandomState(seed))
    assert (np.diff(cases) > 0).all()
    drawn = np.bincount(y[cases], minlength=len(counts)).tolist()
    if n_drawn >= len(y):
        assert drawn == counts
    else:
        assert drawn == [max(1, n * n_drawn // len(y)) for n in counts]


def test_a_rare_class_takes_part_however_few_cases_are_drawn():
    y = np.repeat([0, 1, 2], [500, 3, 497])
    assert np.bincount(y[draw_cases(y, 100, np.random.RandomState(0))]).tolist() == [50, 1, 49]
    assert np.bincount(y[draw_cases(y, 2, np.random.RandomState(0))]).tolist() == [1, 1, 1]


def test_every_case_of_a_class_is_as_likely_as_any_other():
    y, rng = np.repeat([0, 1], [10, 30]), np.random.RandomState(0)
    counts = np.bincount(np.concatenate([draw_cases(y, 8, rng) for _ in range(2000)]), minlength=40)
    assert abs(counts / 2000 - 0.2).max() < 0.04
