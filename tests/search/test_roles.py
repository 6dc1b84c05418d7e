"""Which cases do what: nobody judges what he has chosen by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves.search.roles import FIRST, MORE, aside_from, roles_of, set_aside

RANDOM = np.random.RandomState


def test_few_cases_all_take_part_and_none_is_set_aside():
    roles = roles_of(np.arange(1999) % 3, None, True, RANDOM(0))
    assert len(roles.first) == pytest.approx(FIRST, abs=3)
    assert not len(roles.more)
    assert not len(roles.aside)
    everyone = roles_of(np.arange(100) % 2, None, True, RANDOM(0))
    assert everyone.first.tolist() == list(range(100))


@settings(max_examples=30, deadline=None)
@given(st.integers(2000, 60_000), st.integers(2, 9), st.integers(0, 99), st.sampled_from([None, 300, 1700]))
def test_cases_set_aside_are_an_eighth_and_take_no_part(n_cases, n_classes, seed, search_cases):
    y = np.sort(RANDOM(seed).randint(n_classes, size=n_cases))
    roles = roles_of(y, search_cases, True, RANDOM(seed))
    if n_cases >= aside_from(search_cases):
        assert abs(len(roles.aside) - min(max(500, n_cases // 8), 5000)) <= n_classes
    assert not np.isin(roles.aside, np.concatenate([roles.first, roles.more])).any()
    for cases in (roles.first, roles.more, roles.aside):
        assert (np.diff(cases) > 0).all()
    assert len(roles.first) <= max(FIRST if search_cases is None else search_cases, n_classes)
    if search_cases is not None:
        assert not len(roles.more)
    elif n_cases > 30_000:
        assert len(roles.more) == pytest.approx(MORE, abs=n_classes)
    shares = np.bincount(y[roles.aside], minlength=n_classes) / max(len(roles.aside), 1)
    if len(roles.aside):
        assert np.abs(shares - np.bincount(y, minlength=n_classes) / n_cases).max() < 0.02


def test_nobody_is_set_aside_unless_it_is_asked_for():
    assert not len(roles_of(np.arange(5000) % 2, None, False, RANDOM(0)).aside)


def test_those_set_aside_are_neighbours():
    y = np.arange(4000) % 2
    aside = set_aside(y, 500)
    assert np.count_nonzero(np.diff(aside) > 1) <= 2 * 5 * 2, "five stretches of each class"


def test_a_class_of_few_cases_is_not_set_aside_whole():
    y = np.repeat([0, 1], [3990, 10])
    roles = roles_of(y, None, True, RANDOM(0))
    assert (y[roles.first] == 1).any()
    assert (y[roles.more] == 1).any()
