"""Candidates: blocks that cover each once, even draws, and one plan of what several banks and groups offer."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_banks import PANEL, SCALE, SHIFT, SMALL, UNEQUAL, PieceMeans, RatioPlan, Ratios, X, bare, offered
from sklearn.base import clone

from lightwaves import (
    Intervals,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
)
from lightwaves.banks.candidates import (
    DRAWN_BLOCK,
    ByGroup,
    Drawn,
    OnAnotherRank,
    Renumbered,
    Several,
    assembled,
    draw,
    joined,
    leaves,
)
from lightwaves.panel import as_panel
from lightwaves.parallel.crew import groups_of
from lightwaves.plans import Plan, Together
from lightwaves.plans.kernels import KERNELS
from lightwaves.plans.plan import BLOCK_ROWS

X_TEST, _ = load_basic_motions("test")
examples = settings(deadline=None, max_examples=30)
seeds = st.integers(0, 2**32 - 1)

BANKS = {
    "wavelets": WaveletScattering(max_dilation=1),
    "rocket": Rocket(40),
    "minirocket": MiniRocket(168),
    "multirocket": MultiRocket(1344),
    "intervals": Intervals(n_features=300),
    "prism": Prism(160),
    "prism of windows": Prism(160, windows=1.0),
    "kymatio's": MorletScattering(J=2, Q=1),
    "one's own": PieceMeans(3),
    "one's own, of two channels": Ratios(),
    "several": [PieceMeans(2), Prism(80), WaveletScattering(levels=(1,), max_dilation=1), Rocket(20), Ratios()],
}


def renumbered(candidates):
    """Candidates that were drawn for some channels, as those of all."""
    return Renumbered(candidates, CHANNELS, SHIFT, SCALE, None)


def grouped(bank, size=2, seed=0):
    """What a bank offers for each group of channels, as a search asks it."""
    groups = groups_of(6, size)
    weights = np.array([len(group) for group in groups])
    states = [np.random.RandomState([seed, g]) for g in range(len(groups))]
    parts = [
        Renumbered(
            bank.share(len(group) / 6).candidates(PANEL.only(group), SHIFT[group], SCALE[group], state),
            group, SHIFT, SCALE, None,
        )
        for group, state in zip(groups, states, strict=True)
    ]  # fmt: skip
    return ByGroup(parts, np.arange(len(groups)), weights, states)


CHANNELS = np.array([0, 2, 3, 5])
FOUR = PANEL.only(CHANNELS)
WAVELETS = {
    "both levels": WaveletScattering(max_dilation=4),
    "level 2": WaveletScattering(levels=(2,), max_dilation=3),
    "levels in another order": WaveletScattering(levels=(2, 1), max_dilation=1),
}
SOURCES = {
    "wavelets": lambda: offered(WaveletScattering(max_dilation=2)),
    "a plan of one block": lambda: offered(PieceMeans(7)),
    "a plan of two blocks": lambda: offered(PieceMeans(171)),
    "a plan of many blocks": lambda: offered(PieceMeans(800)),
    "several": lambda: Several([offered(SMALL), offered(PieceMeans(3)), offered(PieceMeans(400))]),
    "several with an empty one": lambda: Several([offered(PieceMeans(0)), offered(SMALL), offered(PieceMeans(0))]),
    "drawn": lambda: draw(offered(SMALL), 1500, np.random.RandomState(0)),
    "renumbered": lambda: renumbered(offered(SMALL, FOUR)),
    "renumbered, of several": lambda: renumbered(Several([offered(SMALL, FOUR), offered(PieceMeans(300), FOUR)])),
    "drawn of several": lambda: draw(Several([offered(PieceMeans(2)), offered(SMALL)]), 1200, np.random.RandomState(0)),
    "with biases": lambda: offered(Prism(2400)),
    "with biases, renumbered": lambda: renumbered(offered(MultiRocket(1344), FOUR)),
    "with biases, drawn": lambda: draw(offered(MiniRocket(1000)), 700, np.random.RandomState(0)),
    "of groups": lambda: grouped(PieceMeans(200)),
    "of uneven groups": lambda: grouped(SMALL, 4),
    "drawn of groups": lambda: draw(grouped(PieceMeans(200)), 800, np.random.RandomState(0)),
    "several of groups": lambda: Several([grouped(Rocket(600)), grouped(SMALL, 4), grouped(Prism(900), 5)]),
    "drawn of several of groups": lambda: draw(
        Several([grouped(Prism(900)), grouped(SMALL, 4)]), 900, np.random.RandomState(0)
    ),
}


def everything(candidates):
    """The blocks, one after the other."""
    return [candidates.block(number) for number in range(candidates.n_blocks)]


# --- blocks and ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_the_blocks_hold_each_candidate_once(source):
    candidates = SOURCES[source]()
    blocks = everything(candidates)
    ids = np.concatenate([of_block for of_block, _ in blocks])
    assert len(ids) == len(set(ids.tolist())) == len(candidates)
    assert sorted(ids.tolist()) == list(range(len(candidates)))
    assert all(len(plan) == len(of_block) for of_block, plan in blocks)
    assert len(blocks) > 1 or source == "a plan of one block"


@pytest.mark.parametrize("source", SOURCES)
def test_a_block_is_the_plan_of_its_ids(source):
    candidates = SOURCES[source]()
    for ids, plan in everything(candidates):
        assert (np.diff(ids) > 0).all()
        assert candidates.plan(ids) == plan
        assert candidates.plan(ids[1::3]) == plan[1::3]


@pytest.mark.parametrize("source", SOURCES)
def test_ids_and_costs_are_known_before_a_plan_is_made(source):
    candidates = SOURCES[source]()
    for number, (ids, _) in enumerate(everything(candidates)):
        np.testing.assert_array_equal(candidates.ids(number), ids)
    for ids in (np.arange(len(candidates)), np.arange(len(candidates))[3::7]):
        outline, plan = candidates.outline(ids), candidates.plan(ids)
        np.testing.assert_array_equal(outline.costs_alone(100), plan.costs_alone(100))
        for found, expected in zip(outline.convolutions(100), plan.convolutions(100), strict=True):
            np.testing.assert_array_equal(found, expected)
        for found, expected in zip(outline.reads, plan.reads, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_the_plan_of_all_ids_computes_the_columns_of_the_blocks(source):
    candidates = SOURCES[source]()
    panel = as_panel(X[:3])
    ids = np.sort(np.concatenate([of_block for of_block, _ in everything(candidates)]))
    whole = candidates.plan(ids)
    Z, names = whole.apply(panel), np.array(whole.feature_names())
    for of_block, plan in everything(candidates):
        places = np.searchsorted(ids, of_block)
        np.testing.assert_array_equal(plan.apply(panel), Z[:, places])
        assert bare(plan.feature_names()) == bare(names[places])
        np.testing.assert_array_equal(plan.shift, np.resize(SHIFT, 6))


@pytest.mark.parametrize("n_rows", [1, 255, 256, 257, 512, 513, 5000])
def test_the_rows_of_a_plan_are_its_candidates_in_blocks_of_one_size(n_rows):
    plan = replace(offered(PieceMeans(2)), channel=np.arange(n_rows) % 6, piece=np.arange(n_rows))
    blocks = everything(plan)
    assert len(blocks) == plan.n_blocks == -(-n_rows // BLOCK_ROWS)
    np.testing.assert_array_equal(np.concatenate([ids for ids, _ in blocks]), np.arange(n_rows))
    sizes = [len(ids) for ids, _ in blocks]
    assert set(sizes[:-1]) <= {BLOCK_ROWS}
    assert 0 < sizes[-1] <= sizes[0] <= BLOCK_ROWS
    for ids, part in blocks:
        np.testing.assert_array_equal(part.piece, ids)
    np.testing.assert_array_equal(plan.plan(np.arange(n_rows)[::2]).piece, np.arange(n_rows)[::2])


@pytest.mark.parametrize("kind", WAVELETS)
def test_the_ids_of_wavelets_count_through_channel_kernel_dilation_level_and_statistic(kind):
    bank = WAVELETS[kind]
    candidates = offered(bank)
    levels, dilations = sorted(bank.levels), [d for d in (1, 2, 4) if d <= bank.max_dilation]
    shape = (6, len(KERNELS), len(dilations), len(levels), 4)
    assert len(candidates) == np.prod(shape)
    assert candidates.n_blocks == 6 * len(dilations)
    whole = candidates.plan(np.arange(len(candidates)))
    channel, kernel, dilation, level, statistic = (index.ravel() for index in np.indices(shape))
    np.testing.assert_array_equal(whole.channel, channel)
    np.testing.assert_array_equal(whole.kernel, kernel)
    np.testing.assert_array_equal(whole.dilation, np.array(dilations)[dilation])
    np.testing.assert_array_equal(whole.level, np.array(levels)[level])
    np.testing.assert_array_equal(whole.statistic, statistic)
    for _, plan in everything(candidates):
        assert len(np.unique(plan.channel)) == len(np.unique(plan.dilation)) == 1
    fitted = clone(bank).fit(X)
    plain = bank.candidates(PANEL, np.zeros(6), np.ones(6), np.random.RandomState(0))
    assert fitted.plan_ == plain.plan(np.arange(len(plain)))
    Z = fitted.transform(X_TEST[:4])
    for ids, plan in everything(plain)[:: 2 * len(dilations) - 1]:
        np.testing.assert_array_equal(plan.apply(as_panel(X_TEST[:4])), Z[:, ids])


@pytest.mark.parametrize("source", ["with biases", "with biases, renumbered", "with biases, drawn"])
def test_a_plan_of_no_candidates_with_biases_is_empty(source):
    candidates = SOURCES[source]()
    plan = candidates.plan(np.array([], np.int64))
    assert len(plan) == 0
    assert plan.apply(PANEL).shape == (40, 0)


# --- several ------------------------------------------------------------------------------------------------


def test_ids_go_on_from_one_bank_to_the_next():
    parts = [offered(PieceMeans(3)), offered(SMALL), offered(PieceMeans(5))]
    several = Several(parts)
    n = [len(part) for part in parts]
    assert several.starts.tolist() == [0, n[0], n[0] + n[1], sum(n)]
    assert len(several) == sum(n)
    ids = np.array([0, n[0] - 1, n[0], n[0] + 7, n[0] + n[1], sum(n) - 1])
    plan = several.plan(ids)
    assert isinstance(plan, Together)
    assert list(plan.parts) == [parts[0][[0, n[0] - 1]], parts[1].plan(np.array([0, 7])), parts[2][[0, n[2] - 1]]]
    names = parts[0].feature_names(), parts[1].plan(np.arange(n[1])).feature_names(), parts[2].feature_names()
    expected = [names[0][0], names[0][-1], names[1][0], names[1][7], names[2][0], names[2][-1]]
    assert bare(plan.feature_names()) == expected


def test_a_plan_of_one_bank_of_several_is_that_banks():
    several = Several([offered(PieceMeans(3)), offered(SMALL)])
    assert several.plan(np.array([4, 5])) == offered(PieceMeans(3))[4:6]
    assert several.plan(np.array([18, 19])) == offered(SMALL).plan(np.array([0, 1]))
    assert len(several.plan(np.array([], np.int64))) == 0


# --- drawing ------------------------------------------------------------------------------------------------


def channels_of(candidates):
    return np.concatenate([plan.channel for _, plan in everything(candidates)])


@examples
@given(seed=seeds, n_per_channel=st.integers(1, 300), bank=st.sampled_from([SMALL, PieceMeans(300)]))
def test_each_channel_gives_as_many_where_they_divide(seed, n_per_channel, bank):
    found = draw(offered(bank), 6 * n_per_channel, np.random.RandomState(seed))
    assert np.bincount(channels_of(found), minlength=6).tolist() == [n_per_channel] * 6


@examples
@given(seed=seeds, n_drawn=st.integers(1, 1700), bank=st.sampled_from([SMALL, PieceMeans(300)]))
def test_the_first_channels_together_give_their_share_but_for_less_than_one(seed, n_drawn, bank):
    found = draw(offered(bank), n_drawn, np.random.RandomState(seed))
    counts = np.bincount(channels_of(found), minlength=6)
    assert counts.sum() == n_drawn == len(found)
    assert (np.abs(np.cumsum(counts) - n_drawn * np.arange(1, 7) / 6) < 1).all()
    assert (np.abs(counts - n_drawn / 6) < 2).all()


@pytest.mark.parametrize("n_drawn", [10, 12])
def test_every_candidate_may_be_drawn_and_all_equally_often_where_they_divide(n_drawn):
    candidates = offered(PieceMeans(5))
    drawn = [draw(candidates, n_drawn, np.random.RandomState(seed)).chosen for seed in range(900)]
    counts = np.bincount(np.concatenate(drawn), minlength=30)
    assert len(counts) == 30
    if n_drawn == 10:
        assert np.abs(counts - 300).max() < 5 * np.sqrt(300 * 2 / 3)
    assert 900 / 3 - 5 * np.sqrt(200) < counts.min() < counts.max() < 900 / 2 + 5 * np.sqrt(225)


@examples
@given(seed=seeds, n_drawn=st.integers(1, 4100), source=st.sampled_from(["wavelets", "a plan of many blocks"]))
def test_a_draw_repeats_nothing_and_can_be_repeated(seed, n_drawn, source):
    candidates = SOURCES[source]()
    found, again, other = (draw(candidates, n_drawn, np.random.RandomState(s)) for s in (seed, seed, seed ^ 1))
    assert isinstance(found, Drawn)
    assert (np.diff(found.chosen) > 0).all()
    assert 0 <= found.chosen[0] <= found.chosen[-1] < len(candidates)
    np.testing.assert_array_equal(found.chosen, again.chosen)
    if 20 < n_drawn < len(candidates) - 20:
        assert not np.array_equal(found.chosen, other.chosen)


class Numbers:
    """So many candidates in blocks of a thousand, which are but numbers."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def ids(self, number):
        """Those of one block."""
        return np.arange(1000, dtype=np.int64) + 1000 * number


def test_a_draw_goes_evenly_through_very_many_also_where_an_int_has_32_bits(monkeypatch):
    """As in NumPy 1 on Windows: of many wavelets, some were drawn twice, and half of all never."""
    arange = np.arange
    monkeypatch.setattr(np, "arange", lambda *arguments, dtype=np.int32: arange(*arguments, dtype=dtype))
    chosen = draw(Numbers(500_000), 10_000, np.random.RandomState(0)).chosen
    np.testing.assert_array_equal(chosen // 50, arange(10_000))


@pytest.mark.parametrize("source", ["a plan of one block", "several"])
@pytest.mark.parametrize("more", [0, 1, 1000])
def test_all_are_kept_where_there_are_no_more_than_wanted(source, more):
    candidates = SOURCES[source]()
    state = np.random.RandomState(0)
    assert draw(candidates, len(candidates) + more, state) is candidates
    assert state.randint(2**31) == np.random.RandomState(0).randint(2**31), "nothing was drawn"
    assert len(draw(candidates, len(candidates) - 1, state)) == len(candidates) - 1


@pytest.mark.parametrize(
    ("sizes", "n_drawn", "expected"),
    [
        ((100, 100, 100), 30, (10, 10, 10)),
        ((100, 100, 100), 32, (10, 11, 11)),
        ((100, 4, 100), 30, (13, 4, 13)),
        ((100, 4, 9), 31, (18, 4, 9)),
        ((4, 100), 5, (2, 3)),
        ((4, 100), 50, (4, 46)),
        ((100, 100, 100), 2, (0, 1, 1)),
        ((100, 4, 9), 112, (99, 4, 9)),
    ],
)
def test_banks_give_equal_numbers_but_for_small_ones_which_give_all(sizes, n_drawn, expected):
    parts = [replace(offered(PieceMeans(2)), channel=np.zeros(n, int), piece=np.arange(n)) for n in sizes]
    several = Several(parts)
    found = draw(several, n_drawn, np.random.RandomState(0))
    assert [len(part) for part in found.parts] == list(expected)
    for part, of_source, n in zip(found.parts, parts, sizes, strict=True):
        assert (part is of_source) == (len(part) == n)
        pieces = part.plan(np.arange(len(part))).piece
        assert (np.diff(pieces) > 0).all()
    again = draw(several, n_drawn, np.random.RandomState(0))
    everything_drawn = np.arange(n_drawn)
    assert found.plan(everything_drawn) == again.plan(everything_drawn)


def test_what_was_drawn_is_counted_from_nought_and_comes_in_blocks():
    source = offered(SMALL)
    found = draw(source, 600, np.random.RandomState(0))
    assert found.n_blocks == 3
    assert [len(found.block(i)[0]) for i in range(3)] == [DRAWN_BLOCK, DRAWN_BLOCK, 600 - 2 * DRAWN_BLOCK]
    np.testing.assert_array_equal(np.concatenate([found.ids(i) for i in range(3)]), np.arange(600))
    assert found.plan(np.arange(5, 9)) == source.plan(found.chosen[5:9])
    assert found.plan(np.arange(600)) == source.plan(found.chosen)


# --- groups of channels -------------------------------------------------------------------------------------

BY_GROUP = {
    "wavelets": SMALL,
    "rocket": Rocket(600),
    "minirocket": MiniRocket(1000),
    "prism": Prism(900),
    "intervals": Intervals(n_features=700),
    "one's own": PieceMeans(200),
}


def is_same(one, two, n_rows):
    """Whether two plans compute the same bits, from the same channels, at the same cost."""
    assert len(one) == len(two) == n_rows
    np.testing.assert_array_equal(one.apply(PANEL), two.apply(PANEL))
    np.testing.assert_array_equal(one.costs_alone(100), two.costs_alone(100))
    for found, expected in zip(one.reads, two.reads, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [1, 2, 4, 5, 6])
@pytest.mark.parametrize("bank", BY_GROUP)
def test_candidates_of_a_group_read_channels_of_that_group_only(bank, size):
    candidates = grouped(BY_GROUP[bank], size)
    found = set()
    for leaf in leaves(candidates):
        group = groups_of(6, size)[leaf.group]
        read = candidates.plan(np.arange(leaf.start, leaf.end)).channels
        assert set(read.tolist()) <= set(group.tolist())
        found |= set(read.tolist())
    assert found == set(range(6))


@pytest.mark.parametrize("bank", BY_GROUP)
def test_the_plans_of_several_groups_of_one_bank_are_one_plan(bank):
    candidates = grouped(BY_GROUP[bank], 4)
    plan = candidates.plan(np.arange(len(candidates))[::3])
    plan.check()
    assert not isinstance(plan, Together)
    assert plan.channels.tolist() == list(range(6))
    names = np.concatenate([part.plan(np.arange(len(part))).feature_names() for part in candidates.parts])
    assert plan.feature_names() == names[::3].tolist()


@pytest.fixture
def banks_of_groups():
    return Several([grouped(Rocket(300)), offered(PieceMeans(3)), grouped(SMALL, 4), grouped(Prism(600), 3)])


def test_leaves_are_banks_and_groups_in_the_order_of_their_ids_and_blocks(banks_of_groups):
    found = leaves(banks_of_groups)
    assert [(leaf.bank, leaf.group) for leaf in found] == [
        (0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1),
    ]  # fmt: skip
    assert [leaf.start for leaf in found] == [0, *(leaf.end for leaf in found)][:-1]
    assert [leaf.first_block for leaf in found] == [0, *(leaf.end_block for leaf in found)][:-1]
    assert (found[-1].end, found[-1].end_block) == (len(banks_of_groups), banks_of_groups.n_blocks)
    for leaf in found:
        assert leaf.end - leaf.start == len(leaf.candidates)
        for number in range(leaf.first_block, leaf.end_block):
            (ids, plan), (own, own_plan) = (
                banks_of_groups.block(number), leaf.candidates.block(number - leaf.first_block),
            )  # fmt: skip
            np.testing.assert_array_equal(ids, own + leaf.start)
            assert plan == own_plan


@pytest.mark.parametrize("source", ["wavelets", "drawn", "renumbered, of several", "with biases"])
def test_candidates_without_banks_or_groups_are_a_single_leaf(source):
    candidates = SOURCES[source]()
    (leaf,) = leaves(candidates)
    assert leaf == type(leaf)(0, 0, candidates, 0, len(candidates), 0, candidates.n_blocks)


@examples
@given(seed=seeds, share=st.sampled_from([0.002, 0.02, 0.5, 1.0]))
def test_what_is_assembled_from_parts_is_what_all_of_them_give(seed, share):
    rng = np.random.default_rng(seed)
    whole = Several([grouped(Rocket(100)), offered(PieceMeans(3)), grouped(SMALL, 4), grouped(PieceMeans(20), 5)])
    ids = np.flatnonzero(rng.random(len(whole)) < share)
    parts = []
    for leaf in leaves(whole):
        mine = ids[(ids >= leaf.start) & (ids < leaf.end)] - leaf.start
        if len(mine):
            parts.append((leaf.bank, leaf.group, leaf.candidates.plan(mine)))
    if len(parts):
        shuffled = [parts[i] for i in rng.permutation(len(parts))]
        assert assembled(shuffled) == whole.plan(ids)


def test_what_is_on_another_rank_is_counted_and_no_more():
    there = OnAnotherRank(700, 3)
    assert (len(there), there.n_blocks) == (700, 3)
    for look in (there.block, there.ids, lambda _: there.plan(np.arange(3)), lambda _: there.outline(np.arange(3))):
        with pytest.raises(LookupError, match="these candidates are with another rank"):
            look(0)


def held_here(candidates, here):
    """Candidates of groups of which only some are here."""
    parts = [part if g in here else None for g, part in enumerate(candidates.parts)]
    return replace(candidates, parts=parts)


def test_ranks_tell_each_other_how_many_candidates_they_have():
    of_ranks = [held_here(grouped(SMALL, 1), here) for here in ((0, 1), (), (2, 3, 5), (4,))]
    sizes = [of_rank.sizes() for of_rank in of_ranks]
    assert sizes[1] == {}
    assert sizes[3] == {4: (len(grouped(SMALL, 1).parts[4]), 2)}
    alone = grouped(SMALL, 1)
    for of_rank, here in zip(of_ranks, ((0, 1), (), (2, 3, 5), (4,)), strict=True):
        whole = of_rank.completed(sizes)
        assert (len(whole), whole.n_blocks) == (len(alone), alone.n_blocks)
        assert whole.starts.tolist() == alone.starts.tolist()
        for g, part in enumerate(whole.parts):
            assert isinstance(part, OnAnotherRank) == (g not in here)
            assert (part is of_rank.parts[g]) == (g in here)


@examples
@given(seed=seeds, n_drawn=st.integers(1, 2000), size=st.integers(1, 6))
def test_groups_give_by_the_number_of_their_channels(seed, n_drawn, size):
    candidates = grouped(PieceMeans(400), size, seed)
    found = draw(candidates, n_drawn, np.random.RandomState(0))
    assert isinstance(found, ByGroup)
    assert len(found) == n_drawn
    exact = n_drawn * np.cumsum(candidates.weights) / 6
    assert (np.abs(found.starts[1:] - exact) < 1).all()
    read = found.plan(np.arange(n_drawn)).reads[1]
    assert (np.abs(np.bincount(read, minlength=6) - n_drawn / 6) < 3).all()


def test_a_group_that_has_too_few_gives_all_and_the_first_others_make_up_for_it():
    candidates = grouped(PieceMeans(10), 4)
    candidates = replace(candidates, weights=np.array([1, 5]))
    found = draw(candidates, 30, np.random.RandomState(0))
    assert [len(part) for part in found.parts] == [10, 20]
    assert found.parts[1] is candidates.parts[1]


@examples
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=6), st.integers(1, 100))
def test_groups_together_give_as_many_as_are_wanted_where_there_are_so_many(groups, n_drawn):
    sizes, weights = np.array(groups).T
    parts = [OnAnotherRank(int(size), 1) for size in sizes]
    source = ByGroup(parts, np.arange(len(parts)), weights, [None] * len(parts))
    found = draw(source, n_drawn, None)
    assert len(found) == min(n_drawn, sizes.sum())
    assert all(len(part) <= size for part, size in zip(found.parts, sizes, strict=True))


def test_candidates_of_a_group_that_come_in_several_parts_are_refused():
    several = Several([offered(SMALL), offered(PieceMeans(2))])
    source = ByGroup([several], np.arange(1), np.ones(1, int), [None])
    with pytest.raises(TypeError, match="must not be `Several`"):
        source.sizes()


@pytest.mark.parametrize("n_drawn", [2, 3, 50, 700, 1500, 2399])
@pytest.mark.parametrize("here", [(), (0,), (1, 2), (0, 2)], ids=str)
def test_what_is_drawn_of_a_group_does_not_depend_on_where_the_others_are(here, n_drawn):
    alone = draw(grouped(PieceMeans(400)), n_drawn, np.random.RandomState(0))
    sizes = [grouped(PieceMeans(400)).sizes()]
    some = held_here(grouped(PieceMeans(400)), here).completed(sizes)
    found = draw(some, n_drawn, np.random.RandomState(1))
    assert found.starts.tolist() == alone.starts.tolist()
    assert found.n_blocks == alone.n_blocks
    for g, (part, expected) in enumerate(zip(found.parts, alone.parts, strict=True)):
        assert isinstance(part, OnAnotherRank) == (g not in here)
        if g in here:
            assert part.plan(np.arange(len(part))) == expected.plan(np.arange(len(part)))


def test_what_is_on_another_rank_may_be_drawn_of_and_is_kept_where_there_is_no_more():
    assert draw(OnAnotherRank(700, 3), 257, np.random.RandomState(0)) == OnAnotherRank(257, 2)
    assert draw(OnAnotherRank(700, 3), 700, np.random.RandomState(0)) == OnAnotherRank(700, 3)
    assert draw(OnAnotherRank(700, 3), 0, np.random.RandomState(0)) == OnAnotherRank(0, 0)


SHARED = {
    "prism": (Prism(900), "n_features", {0.5: 456, 0.001: 8, 1.0: 904}),
    "minirocket": (MiniRocket(1000), "n_features", {0.5: 504, 0.001: 84, 1.0: 1008}),
    "multirocket": (MultiRocket(2000), "n_features", {0.5: 1344, 0.001: 672, 1.0: 2016}),
    "intervals": (Intervals(n_features=301), "n_features", {0.5: 151, 0.001: 1, 1.0: 301}),
    "rocket": (Rocket(601), "n_kernels", {0.5: 301, 0.001: 1, 1.0: 601}),
}


@pytest.mark.parametrize("bank", SHARED)
def test_a_share_of_a_bank_that_draws_draws_fewer_by_whole_kernels(bank):
    whole, name, expected = SHARED[bank]
    given = whole.get_params()
    for part, n in expected.items():
        some = whole.share(part)
        assert type(some) is type(whole)
        assert some.get_params() == given | {name: n}
    assert whole.get_params() == given


@pytest.mark.parametrize("bank", [SMALL, Intervals(), PieceMeans(3), Ratios()], ids=repr)
def test_a_share_of_a_bank_that_offers_all_it_has_is_the_bank(bank):
    assert bank.share(0.1) is bank


# --- one plan of several ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", [name for name in BANKS if name != "several"])
def test_a_plan_that_is_joined_from_parts_computes_what_they_compute(kind):
    if kind == "kymatio's":
        pytest.importorskip("kymatio")
    candidates = offered(BANKS[kind])
    whole = candidates.plan(np.arange(len(candidates)))
    rng = np.random.default_rng(0)
    some = [np.sort(rng.choice(len(whole), n, replace=False)) for n in (3, 1, 2)]
    for rows in ([whole[ids] for ids in some], [whole[:2], whole[2:3], whole[3:]], [whole[2:], whole[:2]]):
        one = rows[0].joined(rows[1:])
        assert type(one) is type(whole)
        one.check()
        np.testing.assert_array_equal(one.apply(PANEL), np.hstack([part.apply(PANEL) for part in rows]))
        assert one.feature_names() == [name for part in rows for name in part.feature_names()]
        np.testing.assert_array_equal(one.costs_alone(90), np.concatenate([part.costs_alone(90) for part in rows]))
        channels = [part.reads[1] for part in rows]
        np.testing.assert_array_equal(one.reads[1], np.concatenate(channels))
        assert pickle.loads(pickle.dumps(one)) == one
        assert joined(rows) == one
        np.testing.assert_array_equal(one[::-1].apply(PANEL), one.apply(PANEL)[:, ::-1])


def test_plans_that_differ_in_more_than_rows_remain_in_parts():
    three, four = offered(PieceMeans(3)), offered(PieceMeans(4))
    assert three.joined([four]) is None
    plan = joined([three, four])
    assert isinstance(plan, Together)
    assert plan.parts == (three, four)
    assert isinstance(joined([three, offered(Ratios())]), Together)
    assert joined([three]) is three
    assert joined([three, three[:2]]) == three.joined([three[:2]])


# --- candidates of some channels among all ------------------------------------------------------------------


def test_the_names_that_every_plan_has_name_all_channels_of_a_feature():
    plan = RatioPlan(
        above=np.array([0, 2]), below=np.array([1, 0]), shift=np.zeros(3), scale=np.ones(3), n_timepoints=9,
        channel_names=("a", "b", "c"),
    )  # fmt: skip
    assert Plan.feature_names(plan) == ["a+b_above0_below1", "c+a_above2_below0"]


@pytest.fixture(params=BANKS)
def of_four(request):
    """All candidates for four of the six channels."""
    if request.param == "kymatio's":
        pytest.importorskip("kymatio")
    banks = BANKS[request.param] if isinstance(BANKS[request.param], list) else [BANKS[request.param]]
    offers = [bank.candidates(FOUR, SHIFT[CHANNELS], SCALE[CHANNELS], np.random.RandomState(0)) for bank in banks]
    whole = Together.of([offer.plan(np.arange(len(offer))) for offer in offers])
    return whole[np.random.default_rng(0).permutation(len(whole))]


NAMED = tuple("abcdef")


def test_a_plan_of_some_channels_is_renumbered_among_all(of_four):
    plan = of_four.renumbered(CHANNELS, SHIFT, SCALE, NAMED)
    plan.check()
    assert type(plan) is type(of_four)
    assert (plan.n_channels, of_four.n_channels, len(plan)) == (6, 4, len(of_four))
    assert plan.channels.tolist() == CHANNELS[of_four.channels].tolist()
    for found, own, there in zip(plan.reads, of_four.reads, (np.arange(len(plan)), CHANNELS), strict=True):
        np.testing.assert_array_equal(found, there[own])
    expected = of_four.apply(as_panel(X[:, CHANNELS]))
    np.testing.assert_array_equal(plan.apply(PANEL), expected)
    np.testing.assert_array_equal(plan.apply_one(X[7]), expected[7])
    changed = np.where(np.isin(np.arange(6), CHANNELS)[:, np.newaxis], X, 1e9)
    np.testing.assert_array_equal(plan.apply(as_panel(changed)), expected)
    expected = of_four.apply(as_panel([x[CHANNELS] for x in UNEQUAL]))
    np.testing.assert_array_equal(plan.apply(as_panel(UNEQUAL)), expected)


def test_what_was_renumbered_has_the_costs_names_and_rows_of_what_it_was(of_four):
    plan = of_four.renumbered(CHANNELS, SHIFT, SCALE, NAMED)
    assert plan.cost() == of_four.cost()
    for one, two in zip(plan.convolutions(100), of_four.convolutions(100), strict=True):
        np.testing.assert_array_equal(one, two)
    names = tuple(NAMED[c] for c in CHANNELS)
    there = of_four.renumbered(np.arange(4), SHIFT[CHANNELS], SCALE[CHANNELS], names)
    assert plan.feature_names() == there.feature_names()
    rows = np.random.default_rng(1).permutation(len(plan))[:9]
    assert plan[rows] == of_four[rows].renumbered(CHANNELS, SHIFT, SCALE, NAMED)
    assert plan != of_four
    assert pickle.loads(pickle.dumps(plan)) == plan


@pytest.mark.parametrize("source", ["renumbered", "renumbered, of several"])
def test_renumbered_candidates_have_the_ids_and_blocks_of_those_they_come_from(source):
    candidates = SOURCES[source]()
    assert len(candidates) == len(candidates.source)
    assert candidates.n_blocks == candidates.source.n_blocks
    for number in range(candidates.n_blocks):
        (ids, plan), (own_ids, own) = candidates.block(number), candidates.source.block(number)
        np.testing.assert_array_equal(ids, own_ids)
        assert plan == own.renumbered(CHANNELS, SHIFT, SCALE, None)
        assert plan == candidates.plan(np.sort(ids))[np.argsort(np.argsort(ids))]
