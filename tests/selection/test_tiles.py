"""Tiles are compared with the plain operations of NumPy, and threads with none."""

import numpy as np
import pytest

from lightwaves.parallel import threads
from lightwaves.parallel.threads import in_team, share_out, spread, team
from lightwaves.selection.tiles import ONE_TILE, TILE, Factor, add_products, tiles_of

SIZES = [1, 2, 40, ONE_TILE, ONE_TILE + 1, 4 * TILE, 4 * TILE + 7]


def symmetric(n):
    """A positive definite matrix, and one that is the same on and below the diagonal."""
    rows = np.random.RandomState(n).standard_normal((n + 3, n))
    matrix = rows.T @ rows / n
    return matrix, np.where(np.tri(n, dtype=bool), matrix, np.nan)


@pytest.mark.parametrize("n", [0, *SIZES])
def test_tiles_cover_a_side_once_and_in_order(n):
    assert [i for tile in tiles_of(n) for i in range(tile.start, tile.stop)] == list(range(n))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("n_threads", [1, 3])
def test_products_are_added_to_the_lower_triangle(n, n_threads):
    rows = np.random.RandomState(0).randint(-50, 50, (30, n)).astype(np.float32)
    total = np.ones((n, n))
    with team(n_threads):
        add_products(total, rows)
        add_products(total, -rows[:10])  # products of what is negative are the same
        add_products(total, rows[10:], np.subtract)
    wide = rows.astype(int)[:10]
    assert np.array_equal(np.tril(total), np.tril(1 + 2 * wide.T @ wide))


@pytest.mark.parametrize("n", SIZES)
def test_a_factor_solves_what_it_was_made_of(n):
    matrix, lower_only = symmetric(n)
    whole = matrix + 0.5 * np.eye(n)
    factor = Factor(lower_only, 0.5)
    lower, right = np.tril(factor.lower), np.random.RandomState(1).standard_normal((n, 2 * TILE + 3))
    np.testing.assert_allclose(lower @ lower.T, whole, atol=1e-11)
    np.testing.assert_allclose(factor.solve(right[:, :2]), np.linalg.solve(whole, right[:, :2]), atol=1e-9)
    np.testing.assert_allclose(
        factor.leverages(right), np.sum(right * np.linalg.solve(whole, right), axis=0), rtol=1e-9
    )
    np.testing.assert_allclose(factor.inverse_diagonal, np.diag(np.linalg.inv(whole)), rtol=1e-9)


@pytest.mark.parametrize("n", SIZES[-3:])
def test_threads_change_no_bit_of_a_factor(n):
    right, found = np.random.RandomState(1).standard_normal((n, 300)), []
    for n_threads in (1, 2, 5):
        with team(n_threads):
            factor = Factor(symmetric(n)[1], 0.1)
            found.append((np.tril(factor.lower), factor.leverages(right), factor.inverse_diagonal))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


@pytest.mark.parametrize("n", [3, 4 * TILE])
def test_what_is_not_positive_definite_is_an_error(n):
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        Factor(-np.eye(n), 0.5)


def test_a_team_does_all_the_work_and_hands_on_what_is_raised():
    def fail(number):
        done.append(number)
        if number == 3:
            raise KeyError(number)

    for n_threads in (1, 4):
        done = []
        with team(n_threads):
            in_team(done.append, range(20))
        assert sorted(done) == list(range(20))
        with pytest.raises(KeyError), team(n_threads):
            in_team(fail, range(20))


def test_a_thread_of_a_team_works_by_itself():
    found = []
    with team(2):
        in_team(lambda _: in_team(found.append, range(3)), range(2))
    in_team(found.append, range(3))  # the team is gone
    assert sorted(found) == sorted([0, 1, 2] * 3)


def test_whoever_takes_part_has_no_team_of_its_own_until_all_is_done():
    """Else n threads, each with an item of its own, and n more that help one of them, would share the cores."""

    def n_others(_):
        return threads._others.get()

    with team(2):
        before = n_others(0)
        assert share_out(n_others, range(8), 2) == [None] * 8
        assert n_others(0) is before is not None


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2, 3, 4, 16])
def test_what_is_left_over_when_all_threads_have_had_their_part_is_done_by_teams(n_jobs):
    def work(number):
        return Factor(symmetric(4 * TILE)[0], number + 0.5).inverse_diagonal

    found = {}
    with team(1):  # so that linear algebra has one thread
        spread(work, range(5), n_jobs, found.__setitem__, in_teams=True)
        assert sorted(found) == list(range(5))
        assert all(np.array_equal(diagonal, work(number)) for number, diagonal in found.items())
