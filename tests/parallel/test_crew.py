"""Dealing: every piece of work goes to one rank, and every channel to the rank that holds its group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwaves import channels_of_rank
from lightwaves.parallel.comm import SerialComm
from lightwaves.parallel.crew import Crew, groups_of, held_groups


class Rank:
    """A rank that needs to know no more than its number."""

    def __init__(self, rank, size):
        self.rank, self.size = rank, size


def ranks(size):
    return [Rank(rank, size) for rank in range(size)]


# --- pieces of work -----------------------------------------------------------------------------------------


@given(size=st.integers(1, 9), n_pieces=st.integers(0, 40))
def test_every_piece_is_dealt_once_and_in_turn_from_the_last_rank_on(size, n_pieces):
    dealt = [Crew(comm).mine([0] * n_pieces) for comm in ranks(size)]
    assert sorted(np.concatenate(dealt).tolist()) == list(range(n_pieces))
    for rank, mine in enumerate(dealt):
        assert all(piece % size == size - 1 - rank for piece in mine)


@pytest.mark.slow
@given(size=st.integers(1, 9), sizes=st.lists(st.sampled_from([0, 3, 200, 256]), max_size=40))
def test_of_pieces_of_different_sizes_no_rank_has_more_than_one_more_of_each_than_another(size, sizes):
    sizes = np.array(sizes, np.intp)
    dealt = [Crew(comm).mine([0] * len(sizes), sizes) for comm in ranks(size)]
    assert sorted(np.concatenate(dealt).tolist()) == list(range(len(sizes)))
    assert all((np.diff(mine) > 0).all() for mine in dealt)
    for some in ([256], [200], [3], [0], [256, 200], [3, 0], [256, 200, 3, 0]):
        counts = [np.isin(sizes[mine], some).sum() for mine in dealt]
        assert max(counts) - min(counts) <= 1
    loads = [sizes[mine].sum() for mine in dealt]
    assert max(loads) - min(loads) <= sizes.max(initial=0)


@given(size=st.integers(1, 9), n_pieces=st.integers(0, 40))
def test_pieces_of_one_size_are_dealt_as_if_nobody_knew_it(size, n_pieces):
    for comm in ranks(size):
        mine = Crew(comm).mine([0] * n_pieces)
        np.testing.assert_array_equal(Crew(comm).mine([0] * n_pieces, np.full(n_pieces, 7)), mine)


@pytest.mark.parametrize("size", [1, 3, 4])
def test_large_pieces_are_dealt_first_and_equal_ones_in_order(size):
    sizes = np.random.default_rng(0).choice([0, 3, 200, 256], 1000)
    dealt = np.empty(1000, int)
    for rank, comm in enumerate(ranks(size)):
        dealt[Crew(comm).mine([0] * 1000, sizes)] = rank
    for place, piece in enumerate(sorted(range(1000), key=lambda piece: -sizes[piece])):
        assert dealt[piece] == size - 1 - place % size


def test_small_pieces_are_dealt_last():
    sizes = np.array([256, 9, 256, 256, 256, 9])
    assert [Crew(comm).mine([0] * 6, sizes).tolist() for comm in ranks(3)] == [[3, 5], [1, 2], [0, 4]]


@pytest.mark.slow
@given(
    size=st.integers(1, 5),
    group=st.lists(st.integers(0, 6), max_size=40),
    shuffled=st.permutations(range(7)),
)
def test_where_ranks_hold_groups_each_does_the_pieces_of_its_own(size, group, shuffled):
    held = np.array_split(shuffled, size)
    crews = [Crew(comm, held=np.sort(mine).astype(np.intp)) for comm, mine in zip(ranks(size), held, strict=True)]
    dealt = [crew.mine(group) for crew in crews]
    assert sorted(np.concatenate(dealt).tolist()) == list(range(len(group)))
    for crew, mine in zip(crews, dealt, strict=True):
        np.testing.assert_array_equal(crew.mine(group, np.arange(len(group))), mine)
    for crew, mine in zip(crews, dealt, strict=True):
        assert (np.diff(mine) > 0).all()
        assert all(crew.holds(group[piece]) for piece in mine)
    for number in set(group):
        assert sum(crew.holds(number) for crew in crews) == 1


def test_a_rank_that_holds_no_group_has_nothing_to_do():
    crew = Crew(Rank(1, 2), held=np.empty(0, np.intp))
    assert crew.mine([0, 1, 2]).tolist() == []
    assert not crew.holds(0)


def test_a_crew_of_one_does_everything_by_itself():
    crew = Crew()
    assert (crew.comm.rank, crew.comm.size, crew.n_jobs, crew.held, crew.checkpoint) == (0, 1, 1, None, None)
    assert crew.mine([0, 0, 1]).tolist() == [0, 1, 2]
    assert crew.holds(7)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_results_are_kept_with_the_numbers_of_their_pieces(n_jobs):
    kept = {}
    Crew(n_jobs=n_jobs).do("squares", lambda n: (np.array(n * n),), np.array([5, 2, 9]), kept.__setitem__)
    assert {number: int(found[0]) for number, found in kept.items()} == {5: 25, 2: 4, 9: 81}
    assert {type(number) for number in kept} == {int}


def test_no_pieces_are_no_work():
    def never(*_):
        raise AssertionError("called")

    Crew(n_jobs=2).do("nothing", never, np.empty(0, np.intp), never)


# --- groups of channels -------------------------------------------------------------------------------------


@given(n_channels=st.integers(1, 200), group_size=st.integers(1, 220))
def test_groups_are_neighbours_of_one_size_but_for_the_last(n_channels, group_size):
    groups = groups_of(n_channels, group_size)
    assert np.concatenate(groups).tolist() == list(range(n_channels))
    assert {len(group) for group in groups[:-1]} <= {group_size}
    assert 1 <= len(groups[-1]) <= group_size


@given(n_channels=st.integers(1, 200))
def test_without_a_size_all_channels_are_one_group(n_channels):
    (group,) = groups_of(n_channels, None)
    assert group.tolist() == list(range(n_channels))


@given(n_channels=st.integers(1, 120), group_size=st.integers(1, 40), size=st.integers(1, 12))
def test_ranks_load_whole_groups_and_none_more_than_one_more_than_another(n_channels, group_size, size):
    parts = [channels_of_rank(n_channels, group_size, comm) for comm in ranks(size)]
    assert np.concatenate(parts).tolist() == list(range(n_channels))
    groups, held = held_groups(parts, group_size)
    assert [group.tolist() for group in groups] == [g.tolist() for g in groups_of(n_channels, group_size)]
    n_held = [len(mine) for mine in held]
    assert sum(n_held) == len(groups)
    assert max(n_held) - min(n_held) <= 1
    for part, mine in zip(parts, held, strict=True):
        assert part.dtype == np.intp
        assert part.tolist() == [channel for number in mine for channel in groups[number].tolist()]


@pytest.mark.slow
@given(
    group_size=st.integers(1, 5),
    owners=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    last=st.integers(1, 5),
)
def test_ranks_may_hold_any_whole_groups(group_size, owners, last):
    n_channels = (len(owners) - 1) * group_size + min(last, group_size)
    owner = np.repeat(owners, group_size)[:n_channels]
    groups, held = held_groups([np.flatnonzero(owner == rank) for rank in range(4)], group_size)
    assert len(groups) == len(owners)
    assert [mine.tolist() for mine in held] == [np.flatnonzero(np.equal(owners, rank)).tolist() for rank in range(4)]


@given(data=st.data(), group_size=st.integers(2, 5), n_groups=st.integers(1, 5))
def test_a_group_that_is_torn_apart_is_named(data, group_size, n_groups):
    n_channels = group_size * n_groups
    owner = np.zeros(n_channels, int)
    stray = data.draw(st.integers(0, n_channels - 1))
    owner[stray] = 1
    first = stray // group_size * group_size
    with pytest.raises(ValueError, match=rf"^channels {first} to {first + group_size - 1} are a group of") as caught:
        held_groups([np.flatnonzero(owner == rank) for rank in range(2)], group_size)
    other = first + 1 if stray == first else stray
    assert f"rank {owner[first]} holds channel {first} and rank {owner[other]} channel {other}:" in str(caught.value)
    assert str(caught.value).endswith("a rank must hold whole groups, see channels_of_rank.")


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ([[0, 1], [1, 2]], "channel 1 is held by rank 0 and by rank 1."),
        ([[0, 1], [2], [0]], "channel 0 is held by rank 0 and by rank 2."),
        ([[0, 1], [3]], "channel 2 is held by no rank, but channel 3 is."),
        ([[], [1]], "channel 0 is held by no rank, but channel 1 is."),
        ([[], []], "no rank holds a channel: pass channels=channels_of_rank(n_channels, group_size, comm)."),
        (
            [[0, 1, 2], [3]],
            "channels 2 to 3 are a group of group_size=2, but rank 0 holds channel 2 and rank 1 channel 3: "
            "a rank must hold whole groups, see channels_of_rank.",
        ),
    ],
)
def test_channels_that_cannot_be_searched_are_named(channels, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (all of the message is compared)
        held_groups([np.array(mine, np.intp) for mine in channels], 2)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("n_channels", "group_size", "error", "message"),
    [
        (0, 1, ValueError, "n_channels must be at least 1, got 0"),
        (4.0, 1, TypeError, "n_channels must be an int, got 4.0"),
        (4, 0, ValueError, "group_size must be at least 1, got 0"),
        (4, None, TypeError, "group_size must be an int, got None"),
        (True, 2, TypeError, "n_channels must be an int, got True"),
    ],
)
def test_numbers_of_channels_are_checked(n_channels, group_size, error, message):
    with pytest.raises(error, match=message):
        channels_of_rank(n_channels, group_size, SerialComm())
