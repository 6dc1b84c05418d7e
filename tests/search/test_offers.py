"""What banks offer a search: how many candidates, drawn for each group of channels by whoever holds it."""

import copy
import threading

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import LightWaveS, MiniRocket, Prism, WaveletScattering, channels_of_rank, load_basic_motions
from lightwaves.banks.wavelet import WaveletCandidates
from lightwaves.parallel.comm import SerialComm

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)


@pytest.mark.slow
def test_detachment_begins_with_ten_thousand_candidates_unless_told_otherwise():
    def n_first(**options):
        return LightWaveS(n_features=50, **options).fit(X, Y).selection_path_["n_features"][0]

    assert n_first(bank=WaveletScattering()) == n_first(bank=Prism(20_000)) == 10_000
    assert n_first(search_candidates=12_000, bank=WaveletScattering()) == 12_000
    assert n_first(bank=BANK) == 6048
    assert n_first(bank=BANK, search_candidates=60) == 60


@pytest.mark.slow
def test_detachment_begins_with_more_candidates_where_many_are_to_be_kept(capsys):
    few, many = ((n, f"{max(10_000, 4 * n)} candidates") for n in (300, 2_600))
    for n_features, said in (few, many):
        LightWaveS(n_features=n_features, selection="detach", verbose=1, random_state=0).fit(X, Y)
        assert said in capsys.readouterr().out


class Own(MiniRocket):
    """A bank that does not say how to draw a part of itself."""

    def __init__(self, n_features=84, max_dilations_per_kernel=2, random_state=None, channel_names=None, n_jobs=None):
        super().__init__(n_features, max_dilations_per_kernel, random_state, channel_names, n_jobs)

    def share(self, part):
        """All of it."""
        return self


@pytest.mark.slow
@pytest.mark.parametrize("state", [0, np.random.RandomState(5)], ids=["int", "generator"])
def test_a_bank_with_a_random_state_draws_something_else_for_each_group_whoever_holds_it(state):
    def fit(comm, held):
        bank = [Prism(80, random_state=copy.deepcopy(state)), Own(random_state=copy.deepcopy(state))]
        model = LightWaveS(bank, 60, group_size=2, random_state=0)
        if not held:
            return model.fit(X, Y, comm=comm)
        mine = channels_of_rank(6, 2, comm)
        return model.fit(X[:, mine], Y, comm=comm, channels=mine)

    alone = fit(SerialComm(), False)
    kernels = next(part for part in alone.plan_.parts if hasattr(part, "kernel"))
    first = np.cumsum(kernels.n_members) - kernels.n_members
    of_group = [set(kernels.kernel[kernels.member[first] // 2 == g].tolist()) for g in range(3)]
    assert of_group[0] != of_group[1] != of_group[2]
    for size in (2, 3):
        for held in (False, True):
            for model in on_ranks(size, lambda comm, held=held: fit(comm, held)):
                assert model.plan_ == alone.plan_


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_rank_that_cannot_draw_of_what_it_holds_fails_on_all(failing, monkeypatch):
    ids, ranks = WaveletCandidates.ids, threading.local()

    def fails(self, number):
        if ranks.own == failing:
            raise MemoryError("too much")
        return ids(self, number)

    monkeypatch.setattr(WaveletCandidates, "ids", fails)

    def fit(comm):
        ranks.own, mine = comm.rank, channels_of_rank(6, 2, comm)
        model = LightWaveS(BANK, 9, group_size=2, search_candidates=300, random_state=0)
        return model.fit(X[:, mine], Y, comm=comm, channels=mine)

    errors = on_ranks(3, fit)
    expected = [RuntimeError] * 3
    expected[failing] = MemoryError
    assert [type(error) for error in errors] == expected


@pytest.mark.parametrize(
    "options",
    [{"search_candidates": 10**9}, {"n_features": 10**9}, {"bank": Prism(10**9)}],
    ids=lambda o: next(iter(o)),
)
def test_what_no_machine_can_hold_is_refused_before_it_is_drawn(options, monkeypatch):
    monkeypatch.setattr("lightwaves.validation.memory_of_machine", lambda: 10**10)
    with pytest.raises(ValueError, match=r"\d+ candidates would take .* GB, and this machine has 10: make"):
        LightWaveS(**options).fit(X, Y)


def test_a_bank_that_no_machine_can_hold_is_refused_alone_too(monkeypatch):
    monkeypatch.setattr("lightwaves.validation.memory_of_machine", lambda: 10**10)
    with pytest.raises(ValueError, match="1000000000 features would take 64 GB, and this machine has 10: draw fewer"):
        Prism(10**9).fit(X)


def test_of_a_small_bank_all_may_be_asked_for(monkeypatch):
    monkeypatch.setattr("lightwaves.validation.memory_of_machine", lambda: 10**8)
    assert len(LightWaveS(n_features=5, bank=BANK, search_candidates=10**9).fit(X, Y).plan_) == 5


def test_what_a_bank_draws_beyond_what_the_search_takes_needs_no_room_for_features(monkeypatch):
    monkeypatch.setattr("lightwaves.validation.memory_of_machine", lambda: 3 * 10**6)
    assert len(LightWaveS(n_features=5, bank=Prism(40_000), search_candidates=400).fit(X, Y).plan_) == 5
    with pytest.raises(ValueError, match=r"\d+ candidates and 40 cases would take"):
        LightWaveS(n_features=5, bank=Prism(40_000), search_candidates=20_000).fit(X, Y)
