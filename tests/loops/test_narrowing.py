"""What happens to values before anything is computed."""

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves.loops.narrowing import all_usable, narrow


@pytest.mark.parametrize("level", [0, 0.1, 100, 1e8, -1e15])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 2, 17), (2, 5, 33)])
def test_narrowing_gives_the_bits_of_the_oracle(shape, level):
    rng = np.random.default_rng(0)
    values = rng.standard_normal(shape) + level
    values[rng.random(shape) < 0.3] = np.float32(level)  # some that float32 holds
    shift = level + rng.standard_normal(shape[1])
    out = np.empty(shape, np.float32)
    narrow(values, shift, out)
    np.testing.assert_array_equal(out, oracle.narrow(values, shift))


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 3), st.integers(1, 40), st.data())
def test_a_value_that_cannot_be_used_is_found_wherever_it_is(n_cases, n_timepoints, data):
    x = np.zeros((n_cases, 3, n_timepoints), np.float32)
    standard = np.float32([[0, 0, 1], [5, 1e-7, 0.5], [-1e30, 0, 1e-20]])
    places = st.tuples(st.integers(0, n_cases - 1), st.integers(0, 2), st.integers(0, n_timepoints - 1))
    for place in data.draw(st.lists(places, max_size=2)):
        x[place] = data.draw(st.sampled_from([np.nan, np.inf, -np.inf, 3.4e38, 1e37, 0.99e37, -0.0]))
    for channels in ([0, 1, 2], [1], [0, 2], []):
        arguments = x, np.array(channels, np.intp), standard[channels].reshape(-1, 3), np.float32(1e37)
        assert all_usable(*arguments) == oracle.all_usable(*arguments)
