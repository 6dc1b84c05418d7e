"""Cases that lie apart come together as they are, in messages of bounded size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks

from lightwaves import LightWaveSClassifier, Prism, channels_of_rank
from lightwaves.containers import stored
from lightwaves.panel import Panel, as_panel, reading
from lightwaves.panel.held import HeldCases
from lightwaves.panel.panel import SomeCases
from lightwaves.panel.ragged import RaggedPanel
from lightwaves.parallel.comm import Counted, SerialComm
from lightwaves.search import block_moments, gathering
from lightwaves.search.gathering import gathered

X = np.random.default_rng(0).standard_normal((30, 2, 9)).astype(np.float32)
LENGTHS = 1 + np.arange(30) % 9


def shares(split, ragged, comm):
    """The panel of a rank that holds some of the cases."""
    mine = np.split(np.arange(30), split)[comm.rank]
    starts = np.array([0, *split])
    if not ragged:
        return HeldCases(as_panel(X[mine]), comm.rank, starts, np.full(30, 9, np.int32), Panel)
    own = RaggedPanel([X[i, :, : LENGTHS[i]] for i in mine])
    return HeldCases(own, comm.rank, starts, LENGTHS.astype(np.int32), RaggedPanel)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, 29), max_size=2).map(sorted),
    st.sets(st.integers(0, 29), min_size=1).map(sorted),
    st.booleans(),
    st.sampled_from([1, 200, 1 << 20]),
)
def test_they_come_in_the_order_of_the_cases(split, cases, ragged, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "AT_ONCE", at_once)
        split = sorted(set(split))
        for found in on_ranks(
            len(split) + 1, lambda comm: gathered(shares(split, ragged, comm), comm, np.array(cases))
        ):
            assert type(found) is (RaggedPanel if ragged else Panel)
            for i, case in enumerate(cases):
                length = LENGTHS[case] if ragged else 9
                assert found.lengths[i] == length
                whole = found.raw(np.array([i]), np.arange(2))[0]
                np.testing.assert_array_equal(whole[:, :length], X[case, :, :length])


def test_a_message_holds_no_more_than_it_may(monkeypatch):
    monkeypatch.setattr(gathering, "AT_ONCE", 10 * X[0].nbytes)

    def gather(comm):
        counted = Counted(comm)
        gathered(shares([10], False, comm), counted, np.arange(30))
        return counted

    counts = on_ranks(2, gather)
    assert {comm.n_collectives for comm in counts} == {3}
    assert max(n_bytes for comm in counts for _, n_bytes in comm.calls) < 10 * X[0].nbytes + 300


def test_of_a_panel_that_is_whole_nothing_travels_and_nothing_is_copied():
    comm = Counted(SerialComm())
    found = gathered(as_panel(X), comm, np.array([3, 5]))
    assert type(found) is SomeCases
    assert comm.n_collectives == 0
    np.testing.assert_array_equal(found.values, X[[3, 5]])


class Failing:
    """An array in a file on a disk that fails when it is read for the n-th time."""

    def __init__(self, x, n):
        self.x, self.left, self.shape, self.dtype = x, n, x.shape, x.dtype

    def __getitem__(self, cases):
        self.left -= 1
        if not self.left:
            raise OSError("the disk is gone")
        return self.x[cases]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["whole", "held"])
@pytest.mark.parametrize("turn", [1, 2, 6, 12, 20, 28])
def test_a_disk_that_fails_on_one_rank_ends_the_work_of_all(turn, way, monkeypatch):
    """Once, the others waited for ever: what was read between collectives was nobody's work."""
    monkeypatch.setattr(reading, "AT_ONCE", 0)
    monkeypatch.setattr(block_moments, "MANY_VALUES", 0)
    monkeypatch.setattr(stored, "READ_AHEAD", 1 << (16 if way == "whole" else 15))
    x = np.random.default_rng(0).standard_normal((2300, 4, 20)).astype(np.float32)

    def fit(comm):
        model = LightWaveSClassifier(Prism(80), n_features=8, search_candidates=60, group_size=2, random_state=0)
        mine = channels_of_rank(4, 2, comm) if way == "held" else None
        own = Failing(x if mine is None else x[:, mine], turn if comm.rank else 0)
        return model.fit(own, np.arange(len(x)) % 3, comm=comm, channels=mine)

    own, told = on_ranks(2, fit)[::-1]
    assert isinstance(own, OSError)
    assert isinstance(told, RuntimeError)
    assert "rank 1 failed: OSError: X: cases" in str(told)
    assert "the disk is gone" in str(told)


def test_held_channels_take_one_message_more_where_only_some_cases_are_searched():
    x, y = np.random.default_rng(0).standard_normal((60, 4, 20)), np.arange(60) % 3

    def calls(comm, search_cases):
        counted, mine = Counted(comm), channels_of_rank(4, 2, comm)
        options = {"n_features": 4, "selection": "mrmr", "group_size": 2, "search_cases": search_cases}
        LightWaveSClassifier(Prism(80), random_state=0, **options).fit(x[:, mine], y, comm=counted, channels=mine)
        return [name for name, _ in counted.calls]

    whole, some = (on_ranks(2, lambda comm, n=n: calls(comm, n)) for n in (None, 30))
    assert some == [[*whole[0][:2], "allgather", *whole[0][2:]]] * 2


@pytest.mark.parametrize("what", ["a far value", "copies"])
def test_a_warning_that_is_an_error_ends_the_work_of_all(what):
    """Once, the first rank raised it, and the others waited for ever, or went on with a model."""
    x = np.random.default_rng(0).standard_normal((60, 3, 20)).astype(np.float32)
    if what == "copies":
        x[30:] = x[:30]
    else:
        x[3, 2, 4] = 1e20

    def fit(comm):
        return LightWaveSClassifier(n_features=8, search_candidates=60, random_state=0).fit(
            x, np.arange(60) % 3, comm=comm
        )

    first, other = on_ranks(2, fit)
    assert isinstance(first, UserWarning)
    assert isinstance(other, RuntimeError)
    assert "rank 0 failed: UserWarning" in str(other)
