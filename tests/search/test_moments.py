"""Moments of channels are the same to the bit, whoever looks at which of them."""

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves.panel import as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.parallel.crew import Crew, groups_of
from lightwaves.search.moments import moments


def moments_of(x, group_size=None, **crew):
    return moments(as_panel(x), groups_of(x.shape[1], group_size), Crew(**crew))


def test_neither_threads_nor_memory_layout_change_a_bit_of_the_moments(monkeypatch):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)
    expected = moments_of(x)
    monkeypatch.setattr("lightwaves.search.moments.MOMENTS_BLOCK", 1)
    for some in (x, np.asfortranarray(x), x.astype(np.float64)):
        for n_jobs in (1, 2):
            np.testing.assert_array_equal(moments_of(some, n_jobs=n_jobs), expected)


@pytest.mark.parametrize("block", [1, 700, 1 << 20])
@pytest.mark.parametrize("group_size", [1, 2, 3, None])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_neither_ranks_nor_groups_change_a_bit_of_the_moments(size, group_size, block, monkeypatch):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)
    expected = moments_of(x)
    monkeypatch.setattr("lightwaves.search.moments.MOMENTS_BLOCK", block)
    for found in on_ranks(size, lambda comm: moments_of(x, group_size, comm=comm)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("held", [[[0], [1, 2]], [[], [0, 2], [1]]], ids=str)
def test_ranks_that_hold_some_channels_each_know_the_moments_of_all(held):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)

    def of_rank(comm):
        mine = np.array(held[comm.rank], int)
        numbers = np.concatenate([np.empty(0, int), *(groups_of(5, 2)[g] for g in mine)])
        panel = HeldChannels(as_panel(x[:, numbers], may_lack="channels"), numbers, 5)
        return moments(panel, groups_of(5, 2), Crew(comm, held=mine))

    held = [sorted(groups) for groups in held]
    for found in on_ranks(len(held), of_rank):
        np.testing.assert_array_equal(found, moments_of(x))


def test_a_constant_channel_deviates_by_nothing():
    shift, scale = moments_of(np.full((4, 1, 20), 0.1))
    assert shift[0] == 0.1
    assert scale[0] == 0
