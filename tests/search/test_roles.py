"""Which cases do what."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves.search.roles import FIRST, MORE, roles_of

RANDOM = np.random.RandomState


def test_few_cases_all_take_part():
    roles = roles_of(np.arange(100) % 2, None, RANDOM(0))
    assert roles.first.tolist() == list(range(100))
    assert not len(roles.more)
    assert not len(roles.unseen(100))


@settings(max_examples=30, deadline=None)
@given(st.integers(100, 60_000), st.integers(2, 9), st.integers(0, 99), st.sampled_from([None, 300, 1700]))
def test_many_cases_make_the_last_choice(n_cases, n_classes, seed, search_cases):
    y = np.sort(RANDOM(seed).randint(n_classes, size=n_cases))
    roles = roles_of(y, search_cases, RANDOM(seed))
    for cases in (roles.first, roles.more):
        assert (np.diff(cases) > 0).all()
    assert len(roles.first) <= max(FIRST if search_cases is None else search_cases, n_classes)
    if search_cases is not None or n_cases < 1.5 * FIRST:
        assert not len(roles.more)
    else:
        assert len(roles.more) == pytest.approx(min(n_cases, MORE), abs=n_classes)
    unseen = roles.unseen(n_cases)
    assert not np.isin(unseen, np.concatenate([roles.first, roles.more])).any()
    assert len(np.unique(np.concatenate([unseen, roles.first, roles.more]))) == n_cases


def test_a_class_of_one_case_takes_part_in_both():
    y = np.repeat([0, 1], [3999, 1])
    roles = roles_of(y, None, RANDOM(0))
    assert 3999 in roles.first
    assert 3999 in roles.more
