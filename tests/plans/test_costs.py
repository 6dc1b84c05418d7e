"""What a prediction costs, counted by hand: nine multiply-adds, or three, for each time that is pooled."""

import numpy as np
import pytest
from pooled import LOW, PPV, plan_of

from lightwaves.plans.rocket import RocketPlan
from lightwaves.plans.wavelet import KernelPlan


def wavelets(*levels):
    """One kernel of one channel, at these levels."""
    names = ("channel", "kernel", "dilation", "statistic")
    tables = {name: np.full(len(levels), int(name == "dilation"), np.int32) for name in names}
    level = np.array(levels, np.int32)
    return KernelPlan(**tables, level=level, shift=np.zeros(1), scale=np.ones(1), n_timepoints=5)


@pytest.mark.parametrize(
    ("levels", "n_timepoints", "n_convolutions", "cost"),
    [
        ([1], 5, 1, 9 * 5),
        ([1, 1], 6, 1, 9 * 6),
        ([2], 6, 1, 2 * 9 * 3),
        ([2], 5, 1, 2 * 9 * 3),  # every second of five times are three
        ([2], 1, 1, 2 * 9 * 1),
        ([1, 2], 5, 2, 9 * 5 + 9 * 3),  # level 1 is there anyway
        ([2, 1], 6, 2, 9 * 6 + 9 * 3),
    ],
)
def test_a_wavelet_of_level_2_costs_two_convolutions_of_half_the_length(levels, n_timepoints, n_convolutions, cost):
    found = wavelets(*levels).cost(n_timepoints)
    assert (found.n_features, found.n_convolutions, found.n_multiply_adds) == (len(levels), n_convolutions, cost)


@pytest.mark.parametrize(("n_timepoints", "first", "second"), [(5, 45, 54), (6, 54, 54), (1, 9, 18)])
def test_alone_a_wavelet_of_level_2_costs_both_of_its_convolutions(n_timepoints, first, second):
    assert wavelets(1, 2, 2).costs_alone(n_timepoints).tolist() == [first, second, second]


@pytest.mark.parametrize(
    ("output", "window", "n_timepoints", "cost"),
    [
        ((0, 0, 2, 1, [0]), (0, 16), 17, 9 * 17),
        ((0, 0, 2, 0, [0]), (0, 16), 17, 9 * 1),  # all taps are inside at one time only
        ((0, 0, 2, 0, [0]), (0, 16), 16, 9 * 16),  # at none, so all are pooled
        ((0, 0, 2, 0, [0]), (0, 16), 15, 9 * 15),
        ((1, 0, 2, 0, [0]), (0, 16), 18, 9 * 1 + 18),  # 17 differences
        ((1, 0, 2, 0, [0]), (0, 16), 17, 9 * 16 + 17),
        ((1, 0, 2, 0, [0]), (0, 16), 1, 9 * 1 + 1),
        ((0, LOW, 2, 1, [0]), (0, 16), 17, 3 * 17),
        ((0, 0, 2, 1, [0, 2, 1]), (0, 16), 17, 9 * 17 + 2 * 17),
        ((0, 0, 2, 1, [0]), (4, 8), 17, 9 * 5),  # a quarter of 17, rounded up: from 4 to 9
        ((0, 0, 2, 1, [0]), (10, 12), 51, 9 * 8),  # from 31.875 to 38.25, both rounded outwards
        ((0, 0, 2, 0, [0]), (4, 8), 24, 9 * 2),  # of the eight that are left
    ],
)
def test_a_pooled_output_costs_its_taps_at_the_times_that_are_pooled(output, window, n_timepoints, cost):
    plan = plan_of([output], [(0, 0, 0.5, PPV, *window), (0, 1, 1.5, PPV, *window)], n_channels=3)
    which, multiply_adds = plan.convolutions(n_timepoints)
    assert (which.tolist(), multiply_adds.tolist()) == ([0, 0], [cost])
    assert plan.cost(n_timepoints).n_multiply_adds == cost


def test_an_output_is_pooled_over_all_of_its_windows_together():
    plan = plan_of([(0, 0, 1, 1, [0])], [(0, 0, 0.5, PPV, 0, 4), (0, 0, 0.5, PPV, 8, 12)])
    assert plan.cost(32).n_multiply_adds == 9 * 24
    assert plan[[1]].cost(32).n_multiply_adds == 9 * 8


@pytest.mark.parametrize(("n_timepoints", "n_times"), [(25, 1), (24, 24), (23, 23), (40, 16)])
def test_a_kernel_of_rocket_costs_its_taps_at_the_times_that_are_pooled(n_timepoints, n_times):
    one = {name: np.array([value], np.int32) for name, value in (("number", 0), ("length", 7), ("dilation", 4))}
    plan = RocketPlan(
        **one, kernel=np.zeros(2, np.int32), statistic=np.arange(2, dtype=np.int32), padded=np.array([False]),
        bias=np.zeros(1, np.float32), n_inputs=np.array([2], np.int32), channel=np.array([0, 2], np.int32),
        weight=np.ones(14, np.float32), shift=np.zeros(3), scale=np.ones(3), n_timepoints=40,
    )  # fmt: skip
    assert plan.cost(n_timepoints).n_multiply_adds == 2 * 7 * n_times
