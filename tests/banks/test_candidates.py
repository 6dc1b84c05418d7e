"""Candidates: blocks that cover each once, even draws, plans side by side, and a bank of one's own."""

import pickle
from dataclasses import dataclass, replace

import joblib
import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from sklearn.base import clone

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.banks import Bank, biases
from lightwaves.banks.biases import PooledCandidates, quantiles
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
from lightwaves.loops.pooling import convolve_each
from lightwaves.panel import Panel, as_panel
from lightwaves.parallel.crew import groups_of
from lightwaves.plans import Plan, Together
from lightwaves.plans.layout import KERNELS, TAP_ORDER
from lightwaves.plans.plan import BLOCK_ROWS
from lightwaves.plans.wavelet import KernelPlan
from lightwaves.selection.detachment import detach, first_ridge
from lightwaves.selection.relevance import spare_rows

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
PANEL = as_panel(X)
SHIFT, SCALE = np.arange(6) / 8, 1 + np.arange(6) / 4
examples = settings(deadline=None, max_examples=30)
seeds = st.integers(0, 2**32 - 1)


# --- a bank of one's own ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class PiecePlan(Plan):
    """The mean of a channel in one of n_pieces equal pieces of a case."""

    channel: np.ndarray
    piece: np.ndarray
    n_pieces: int

    ROWS = ("channel", "piece")

    def compute(self, x, lengths):
        """Differences of sums."""
        slot = np.searchsorted(self.channels, self.channel)
        begins = lengths[:, np.newaxis] * self.piece // self.n_pieces
        ends = np.maximum(lengths[:, np.newaxis] * (self.piece + 1) // self.n_pieces, begins + 1)
        sums = np.pad(np.cumsum(x, axis=2, dtype=np.float64), ((0, 0), (0, 0), (1, 0)))
        cases = np.arange(len(x))[:, np.newaxis]
        return (sums[cases, slot, ends] - sums[cases, slot, begins]) / (ends - begins)


class PieceMeans(Bank):
    """All of them."""

    def __init__(self, n_pieces=4, channel_names=None, n_jobs=None):
        self.n_pieces = n_pieces
        self.channel_names = channel_names
        self.n_jobs = n_jobs

    def candidates(self, panel, shift, scale, random_state):
        """Each piece of each channel."""
        channel, piece = np.divmod(np.arange(panel.n_channels * self.n_pieces), self.n_pieces)
        return PiecePlan(
            channel=channel, piece=piece, n_pieces=self.n_pieces, shift=shift, scale=scale,
            n_timepoints=panel.n_timepoints, channel_names=panel.channel_names,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class RatioPlan(Plan):
    """How a channel's mean is to that of another."""

    above: np.ndarray
    below: np.ndarray

    ROWS = ("above", "below")

    def compute(self, x, lengths):
        """Of sums."""
        above, below = (x[:, np.searchsorted(self.channels, c)].sum(axis=2) for c in (self.above, self.below))
        return above / (1 + np.abs(below))

    @property
    def reads(self):
        """Both."""
        return np.arange(2 * len(self)) // 2, np.column_stack([self.above, self.below]).ravel()

    def feature_names(self):
        """By the names of both."""
        names = self.channel_names or range(self.n_channels)
        return [f"{names[a]}/{names[b]}" for a, b in zip(self.above, self.below, strict=True)]

    def renumbered(self, channels, shift, scale, channel_names):
        """Two arrays name channels."""
        there = {"above": channels[self.above], "below": channels[self.below]}
        return replace(self, **there, shift=shift, scale=scale, channel_names=channel_names)


class Ratios(Bank):
    """Of neighbours."""

    def candidates(self, panel, shift, scale, random_state):
        """One for each pair."""
        above = np.arange(panel.n_channels - 1)
        return RatioPlan(
            above=above, below=above + 1, shift=shift, scale=scale, n_timepoints=panel.n_timepoints,
            channel_names=panel.channel_names,
        )  # fmt: skip


BANKS = {
    "wavelets": WaveletScattering(max_dilation=1),
    "rocket": Rocket(40),
    "minirocket": MiniRocket(168),
    "multirocket": MultiRocket(1344),
    "prism": Prism(160),
    "prism of windows": Prism(160, windows=1.0),
    "kymatio's": MorletScattering(J=2, Q=1),
    "one's own": PieceMeans(3),
    "one's own, of two channels": Ratios(),
    "several": [PieceMeans(2), Prism(80), WaveletScattering(levels=(1,), max_dilation=1), Rocket(20), Ratios()],
}


def slow_piece_means(series, n_pieces):
    """Cases one by one, cut by hand."""
    result = []
    for x in series:
        n = x.shape[1]
        cuts = [(n * k // n_pieces, max(n * (k + 1) // n_pieces, n * k // n_pieces + 1)) for k in range(n_pieces)]
        result.append([row[begin:end].astype(np.float64).mean() for row in x for begin, end in cuts])
    return np.array(result)


def bare(names):
    """Names without the number of the part, which they have where several parts give them."""
    return [name.partition("~")[0] for name in names]


def offered(bank, panel=PANEL, seed=0):
    """A bank's candidates for the series of this module, standardised somehow."""
    shift, scale = np.resize(SHIFT, panel.n_channels), np.resize(SCALE, panel.n_channels)
    return bank.candidates(panel, shift, scale, np.random.RandomState(seed))


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
SMALL = WaveletScattering(levels=(1,), max_dilation=2)
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


@pytest.mark.parametrize("bank", [SMALL, PieceMeans(3), Ratios()], ids=repr)
def test_a_share_of_a_bank_that_offers_all_it_has_is_the_bank(bank):
    assert bank.share(0.1) is bank


# --- one plan of several ------------------------------------------------------------------------------------


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


def test_plans_side_by_side_are_joined_like_others(parts):
    whole = Together.of(parts)
    for rows in ([whole[:50], whole[50:]], [whole, whole[::-1]], [whole[[3]], whole[[60, 41]], whole[:2]]):
        one = joined(rows)
        np.testing.assert_array_equal(one.apply(PANEL), np.hstack([some.apply(PANEL) for some in rows]))
        np.testing.assert_array_equal(one.costs_alone(90), np.concatenate([some.costs_alone(90) for some in rows]))


def test_plans_that_differ_in_more_than_rows_remain_in_parts():
    three, four = offered(PieceMeans(3)), offered(PieceMeans(4))
    assert three.joined([four]) is None
    plan = joined([three, four])
    assert isinstance(plan, Together)
    assert plan.parts == (three, four)
    assert isinstance(joined([three, offered(Ratios())]), Together)
    assert joined([three]) is three
    assert joined([three, three[:2]]) == three.joined([three[:2]])


# --- biases -------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(
    rows=st.lists(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=40), min_size=1, max_size=3),
    wanted=st.lists(st.floats(0, 1), min_size=1, max_size=9),
    data=st.data(),
)
def test_quantiles_are_numpys_to_the_bit(rows, wanted, data):
    row = np.array([data.draw(st.integers(0, len(rows) - 1)) for _ in wanted])
    values = np.full((len(rows), 40), np.nan)
    for i, some in enumerate(rows):
        values[i, : len(some)] = np.sort(some)
    found = quantiles(values, np.array([len(some) for some in rows]), row, np.array(wanted))
    expected = np.array([np.quantile(rows[i], share) for i, share in zip(row, wanted, strict=True)])
    without_signs_of_zeros = [(some + 0.0).view(np.int64) for some in (found, expected)]
    np.testing.assert_array_equal(*without_signs_of_zeros)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_values", [1, 2])
def test_quantiles_of_negative_zeros_are_zeros_whose_sign_is_left_open(n_values, share):
    values = np.full((1, 16), np.nan)
    values[0, :n_values] = -0.0  # numpy keeps the sign where there is one value; no output lies between two zeros
    assert quantiles(values, np.array([n_values]), np.zeros(1, int), np.array([share])) == [0.0]


@examples
@given(seed=seeds, n_timepoints=st.integers(1, 70))
def test_outputs_that_quantiles_are_taken_of_are_those_of_the_slow_twin(seed, n_timepoints):
    rng = np.random.default_rng(seed)
    n_members = rng.integers(1, 4, 6)
    x = rng.integers(-9, 9, (n_members.sum(), n_timepoints)).astype(np.float32)
    signs = rng.choice(np.array([-1, 1], np.float32), len(x))
    lengths, differences = rng.integers(0, n_timepoints + 1, 6), rng.integers(0, 2, 6)
    for end, length, n in zip(np.cumsum(n_members), lengths, n_members, strict=True):
        x[end - n : end, length:] = rng.choice([np.nan, np.inf, 1e30], (n, n_timepoints - length))
    kernel, dilation = rng.integers(0, 168, 6), rng.integers(1, 12, 6)
    n_values = np.maximum(lengths - differences, 1)
    begins = rng.integers(0, n_values)
    stops = rng.integers(begins, n_values) + 1
    standard = np.column_stack([np.full(len(x), 1.0), np.full(len(x), 0.5), 2.0 ** rng.integers(-3, 3, len(x))])
    out = np.full((6, 80), np.nan)
    convolve_each(
        np.concatenate([x.ravel(), np.full(16, np.nan, np.float32)]), n_timepoints, standard.astype(np.float32), signs,
        np.cumsum(n_members), lengths, differences, TAP_ORDER[kernel % 84] * dilation[:, np.newaxis], kernel < 84,
        begins, stops, out,
    )  # fmt: skip
    for o, end in enumerate(np.cumsum(n_members)):
        members = slice(end - n_members[o], end)
        series = (x[members, : lengths[o]] - 1.5) * standard[members, 2:]
        expected = oracle.convolve_each(
            series, signs[members], differences[o], kernel[o], dilation[o], begins[o], stops[o]
        )
        np.testing.assert_allclose(out[o, : len(expected)], expected, rtol=1e-12, atol=1e-12)
        assert np.isnan(out[o, len(expected) :]).all()


@pytest.mark.parametrize("room", [1, 3 * X.shape[2], 1 << 18])
def test_biases_do_not_depend_on_how_many_outputs_are_computed_together(room, monkeypatch):
    candidates = offered(Prism(800, windows=0.5))
    expected = candidates.plan(np.arange(len(candidates)))
    monkeypatch.setattr(biases, "ROOM", room)
    assert candidates.plan(np.arange(len(candidates))) == expected


def slow_bias(plan, row, quantile, case, panel, everywhere):
    """A quantile of the output of one case, calculated tap by tap; exact where series hold small whole numbers."""
    o = int(plan.output[row])
    ends = np.cumsum(plan.n_members)
    members = range(ends[o] - plan.n_members[o], ends[o])
    x = panel.values[case, :, : panel.lengths[case]].astype(float)
    series = sum(plan.sign[m] * x[plan.member[m]] for m in members)
    series = np.diff(series) if plan.differences[o] else series
    dilation, kernel = int(plan.dilation[o]), int(plan.kernel[o])
    values = []
    for t in range(max(1, len(series))):
        value = 0.0
        for tap in range(9):
            at = t + (tap - 4) * dilation
            weight = 2 if tap in KERNELS[kernel % 84] else -1 if kernel < 84 else 0
            value += weight * series[at] if 0 <= at < len(series) else 0
        values.append(value)
    if not everywhere:
        if not plan.padded[o] and len(series) > 8 * dilation:
            values = values[4 * dilation : -4 * dilation]
        n = len(values)
        values = values[int(np.floor(n * plan.begin[row] / 16)) : int(np.ceil(n * plan.end[row] / 16))]
    return np.float32(np.quantile(values, quantile))


@pytest.mark.parametrize("lengths", [[40] * 5, [40, 17, 9, 30, 2]], ids=["equal lengths", "unequal lengths"])
@pytest.mark.parametrize("bank", [Prism(800), Prism(800, windows=1.0), MiniRocket(1000), MultiRocket(2016)], ids=repr)
def test_the_biases_of_a_block_are_quantiles_of_what_its_cases_give(bank, lengths):
    x = np.random.default_rng(0).integers(-9, 9, (5, 4, 40)).astype(np.float32)
    panel = Panel(x, np.array(lengths, np.int32))
    candidates = bank.candidates(panel, np.zeros(4), np.ones(4), np.random.RandomState(0))
    assert isinstance(candidates, PooledCandidates)
    assert candidates.everywhere == (not isinstance(bank, Prism))
    source = candidates.source
    assert not source.bias.any()
    for number in range(candidates.n_blocks):
        ids, plan = candidates.block(number)
        assert replace(plan, bias=np.zeros_like(plan.bias)) == source[ids]
        for row, j in list(enumerate(ids.tolist()))[::5]:
            case = int(candidates.case[source.output[j]])
            expected = slow_bias(source, j, candidates.quantile[j], case, panel, candidates.everywhere)
            assert plan.bias[row] == expected
        assert len(np.unique(plan.bias)) > 10


@pytest.mark.parametrize("bank", [Prism(800), MiniRocket(1000), MultiRocket(2016)], ids=repr)
def test_a_bias_depends_neither_on_its_company_nor_on_the_order(bank):
    candidates = offered(bank)
    whole = candidates.plan(np.arange(len(candidates)))
    for ids in (np.array([700]), np.arange(5, 600, 7), np.random.default_rng(0).permutation(len(candidates))[:50]):
        assert candidates.plan(ids) == whole[ids]


@pytest.mark.parametrize("source", ["with biases", "with biases, renumbered", "with biases, drawn"])
def test_a_plan_of_no_candidates_with_biases_is_empty(source):
    candidates = SOURCES[source]()
    plan = candidates.plan(np.array([], np.int64))
    assert len(plan) == 0
    assert plan.apply(PANEL).shape == (40, 0)


# --- side by side -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parts():
    wavelets, pieces = offered(SMALL), offered(PieceMeans(5))
    rng = np.random.default_rng(0)
    return [
        wavelets.plan(np.sort(rng.choice(len(wavelets), 40, replace=False))),
        pieces[rng.permutation(30)[:15]],
        offered(WaveletScattering(levels=(1, 2), max_dilation=1)).plan(np.arange(500, 520)),
    ]


ROWS = {
    "all": slice(None),
    "backwards": slice(None, None, -1),
    "some": slice(30, 60, 4),
    "shuffled": np.random.default_rng(1).permutation(75),
    "a few": np.array([70, 2, 41, 3]),
    "a list": [5, 50, 7],
    "a mask": np.random.default_rng(2).random(75) < 0.3,
    "one part": np.arange(54, 39, -2),
    "one row": [74],
    "repeated": np.array([44, 3, 44, 3, 3, 60]),
    "none": np.array([], int),
}


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("rows", ROWS)
def test_rows_of_plans_side_by_side_are_their_columns(rows, n_jobs, parts):
    whole = Together.of(parts)
    Z = np.hstack([part.apply(PANEL) for part in parts])
    plan = whole[ROWS[rows]]
    expected = Z[:, ROWS[rows]]
    assert len(plan) == expected.shape[1]
    np.testing.assert_array_equal(plan.apply(PANEL, n_jobs=n_jobs), expected)
    np.testing.assert_array_equal(plan.rows(PANEL, cases=np.array([7, 1, 30]))[:-1, :3].T, expected[[7, 1, 30]])
    for i in (0, 39):
        one = plan.apply_one(X[i])
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, np.concatenate([part.apply_one(X[i]) for part in parts])[ROWS[rows]])
        np.testing.assert_allclose(one, expected[i], rtol=1e-5, atol=1e-6)
    names = [name for part in parts for name in part.feature_names()]
    assert plan.feature_names() == np.array(names)[ROWS[rows]].tolist()


@pytest.mark.parametrize("rows", [name for name in ROWS if name != "repeated"])
def test_rows_of_plans_side_by_side_read_their_channels_and_cost_their_convolutions(rows, parts):
    plan = Together.of(parts)[ROWS[rows]]
    places = np.arange(75)[ROWS[rows]]
    channel = np.concatenate([part.channel for part in parts])[places]
    feature, read = plan.reads
    assert sorted(zip(feature.tolist(), read.tolist(), strict=True)) == list(enumerate(channel.tolist()))
    assert plan.channels.tolist() == sorted(set(channel.tolist()))

    used = [part[np.sort(places[(places >= s) & (places < s + len(part))]) - s]
            for part, s in zip(parts, (0, 40, 55), strict=True)]  # fmt: skip
    costs = [part.cost(64) for part in used]
    cost = plan.cost(64)
    assert (cost.n_features, cost.n_channels) == (len(places), len(plan.channels))
    assert cost.n_convolutions == sum(c.n_convolutions for c in costs)
    assert cost.n_multiply_adds == sum(c.n_multiply_adds for c in costs)
    which, multiply_adds = plan.convolutions(64)
    assert sorted(set(which.tolist())) == list(range(len(multiply_adds)))
    alone = np.concatenate([w[k] for k, w in (part.convolutions(64) for part in used)])
    np.testing.assert_array_equal(multiply_adds[which], alone[np.argsort(np.argsort(places))])


def test_repeated_rows_of_plans_side_by_side_read_their_channels(parts):
    feature, read = Together.of(parts)[[44, 3, 44]].reads
    channel = np.concatenate([part.channel for part in parts])[[44, 3, 44]]
    assert sorted(zip(feature.tolist(), read.tolist(), strict=True)) == list(enumerate(channel.tolist()))


def test_rows_of_rows_are_rows(parts):
    whole = Together.of(parts)
    once, twice = whole[[60, 3, 44, 2, 41]][[4, 0, 1]], whole[[41, 60, 3]]
    assert once == twice
    assert once[[0]] == whole[[41]]
    assert [len(part) for part in once.parts] == [1, 1, 1], "what is not needed is not kept"
    assert whole[[41]].parts == (parts[1][[1]],)


def test_plans_side_by_side_are_equal_when_all_is_and_survive_a_pickle(parts):
    whole = Together.of(parts)
    assert whole == Together.of(list(parts))
    assert whole[::2] == whole[::2]
    assert whole != whole[::-1]
    assert whole != Together.of([parts[0], parts[1][::-1], parts[2]])
    assert whole != Together.of(parts[:2])
    assert whole != parts[0]
    assert whole != replace(whole, channel_names=tuple("abcdef"))
    copy = pickle.loads(pickle.dumps(whole[::3]))
    assert copy == whole[::3]
    np.testing.assert_array_equal(copy.apply(PANEL), whole[::3].apply(PANEL))


def test_parts_without_rows_are_left_out_and_one_alone_stays_what_it_is(parts):
    assert Together.of([parts[0][:0], parts[1], parts[2][:0]]) is parts[1]
    assert Together.of([parts[0], parts[1][:0], parts[2]]).parts == (parts[0], parts[2])
    assert len(Together.of([parts[0][:0], parts[1][:0]])) == 0
    assert Together.of([parts[0][:0], parts[1]]).shift is parts[1].shift


@pytest.mark.parametrize(
    "order", [np.arange(1, 76), np.arange(74), np.zeros(75, int), np.arange(75) - 1, np.array([], int)], ids=len
)
def test_a_wrong_order_is_refused(order, parts):
    whole = Together.of(parts)
    whole.check()
    whole[::-1].check()
    with pytest.raises(ValueError, match="order must name each column of the parts once"):
        replace(whole, order=order).check()


def test_what_is_wrong_with_a_part_is_said(parts):
    Together.of(parts).check()
    with pytest.raises(ValueError, match="channel must be from 0 to 5"):
        Together.of([parts[0], replace(parts[1], channel=parts[1].channel + 3)]).check()
    with pytest.raises(ValueError, match="kernel must be from 0 to 83"):
        Together.of([replace(parts[0], kernel=parts[0].kernel + 84), parts[1]]).check()
    with pytest.raises(ValueError, match="piece must be a row of numbers like the others"):
        Together.of([parts[0], replace(parts[1], piece=parts[1].piece[1:])]).check()
    with pytest.raises(ValueError, match="each channel must have a finite shift and a scale above 0"):
        Together.of([replace(parts[0], scale=np.zeros(6)), parts[1]]).check()
    with pytest.raises(ValueError, match="order must name"):
        replace(Together.of(parts), parts=()).check()


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


@pytest.mark.parametrize("bank", [PieceMeans(4), Ratios(), [Ratios(), PieceMeans(4), Prism(80)]], ids=repr)
def test_a_bank_of_ones_own_takes_part_where_channels_are_screened(bank):
    series = np.random.default_rng(0).standard_normal((40, 50, 60)).astype(np.float32)
    series[:, 30] += CODES[:, np.newaxis]
    names = [f"c{i}" for i in range(50)]
    model = LightWaveSClassifier(bank, 8, channel_names=names, random_state=0).fit(series, Y)
    assert 30 in model.candidate_channels_
    assert len(model.candidate_channels_) < 20
    assert 30 in model.channels_
    assert set(model.channels_.tolist()) <= set(model.candidate_channels_.tolist())
    assert model.score(series, Y) > 0.6


# --- the bank of one's own, at work -------------------------------------------------------------------------

# Both kinds of features are of use: two classes differ from the others in a slow wave that kernels of zero sum do not
# see, and in each pair one from the other in a fast one.
CODES, TIME = np.unique(Y, return_inverse=True)[1], np.arange(100)
MIXED = np.random.default_rng(0).standard_normal((40, 6, 100))
MIXED[CODES >= 2, 2] += np.sin(np.pi * TIME / 100)
MIXED[CODES % 2 == 1, 4] += np.sin(2 * TIME)
MIXED = MIXED.astype(np.float32)
UNEQUAL = [x[:, : 22 + 2 * i] for i, x in enumerate(MIXED)]
LISTS = {
    "alone": [PieceMeans(5)],
    "before wavelets": [PieceMeans(5), SMALL],
    "after wavelets": [SMALL, PieceMeans(5)],
    "twice": [PieceMeans(5), SMALL, PieceMeans(3)],
}


@pytest.mark.parametrize("n_pieces", [1, 4, 7])
@pytest.mark.parametrize("series", [X, UNEQUAL], ids=["equal lengths", "unequal lengths"])
def test_a_bank_of_ones_own_is_a_transformer(series, n_pieces):
    bank = PieceMeans(n_pieces)
    Z = bank.fit_transform(series)
    assert Z.dtype == np.float32
    np.testing.assert_allclose(Z, slow_piece_means(series, n_pieces), rtol=1e-5, atol=1e-6)
    names = [f"ch{channel}_piece{piece}" for channel in range(6) for piece in range(n_pieces)]
    assert bank.get_feature_names_out().tolist() == names
    assert (bank.n_channels_in_, bank.n_features_in_) == (6, 6)
    for same in (pickle.loads(pickle.dumps(bank)), clone(bank).fit(series), PieceMeans(n_pieces, n_jobs=2).fit(series)):
        assert same.plan_ == bank.plan_
        np.testing.assert_array_equal(same.transform(series), Z)
    assert clone(bank).get_params() == {"n_pieces": n_pieces, "channel_names": None, "n_jobs": None}
    assert bank.plan_.cost().n_features == bank.plan_.cost().n_convolutions == 6 * n_pieces


def test_names_of_channels_are_in_the_names_of_its_features():
    bank = PieceMeans(2, channel_names=list("abcdef")).fit(X)
    assert bank.get_feature_names_out()[[0, 3, 11]].tolist() == ["a_piece0", "b_piece1", "f_piece1"]


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("banks", LISTS)
def test_the_search_chooses_among_the_candidates_of_all_banks(banks, selection):
    n_features = 12 if banks == "alone" else 40
    model = LightWaveS(LISTS[banks], n_features, selection, scale=False).fit(MIXED, Y)
    fitted = [clone(bank).fit(MIXED) for bank in LISTS[banks]]
    names = np.concatenate([bank.get_feature_names_out() for bank in fitted])
    everything = np.hstack([bank.transform(MIXED) for bank in fitted])
    if selection == "mrmr":
        chosen = FeatureSelector(n_features).fit(everything, Y).get_support(indices=True)
    else:
        order = np.argsort(Y, kind="stable")
        rows = spare_rows(everything.shape[1], 40)
        rows[:-1, :40] = everything[order].T
        first = first_ridge(rows, 40, np.unique(Y, return_inverse=True)[1][order])
        work = Together.of([bank.plan_ for bank in fitted]).convolutions(100)
        chosen = detach(first, n_features, convolutions=work).chosen
    assert bare(model.get_feature_names_out()) == names[chosen].tolist()
    np.testing.assert_array_equal(model.transform(MIXED), everything[:, chosen])
    of_pieces = ["piece" in name for name in names[chosen]]
    assert any(of_pieces)
    assert all(of_pieces) == (banks == "alone")


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("banks", LISTS)
@pytest.mark.parametrize("series", [MIXED, UNEQUAL], ids=["equal lengths", "unequal lengths"])
def test_a_classifier_takes_banks_of_ones_own(series, banks, selection):
    model = LightWaveSClassifier(LISTS[banks], 15, selection, n_jobs=2).fit(series, Y)
    alone = LightWaveSClassifier(LISTS[banks], 15, selection).fit(series, Y)
    assert model.plan_ == alone.plan_
    assert model.score(series, Y) > 0.7
    np.testing.assert_array_equal(model.decision_function(series), alone.decision_function(series))
    assert model.channel_importances_.sum() == pytest.approx(1)
    assert [model.predict_one(x) for x in X_TEST] == model.predict(X_TEST).tolist()
    for same in (pickle.loads(pickle.dumps(model)), clone(model).fit(series, Y)):
        np.testing.assert_array_equal(same.predict_proba(X_TEST), model.predict_proba(X_TEST))


def test_it_is_as_accurate_as_one_hopes_on_vowels_of_unequal_length():
    model = LightWaveSClassifier(PieceMeans(6), 60, "detach").fit(*load_japanese_vowels("train"))
    assert model.score(*load_japanese_vowels("test")) > 0.9


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("banks", LISTS)
def test_candidates_may_be_drawn_from_it(banks, selection, capsys):
    options = {"n_features": 10, "selection": selection, "search_candidates": 12, "verbose": 1}
    models = [LightWaveS(LISTS[banks], random_state=seed, **options).fit(X, Y) for seed in (0, 0, 1)]
    assert models[0].plan_ == models[1].plan_
    assert models[0].plan_ != models[2].plan_
    assert capsys.readouterr().out.count(f" 12 candidates in {len(LISTS[banks])} blocks") == 3
    assert [len(model.plan_) for model in models] == [10] * 3


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("size", [2, 3])
def test_ranks_share_its_candidates(size, selection):
    def fit(comm=None):
        return LightWaveS(LISTS["twice"], 30, selection, search_candidates=900, random_state=0).fit(X, Y, comm=comm)

    alone, models = fit(), on_ranks(size, fit)
    for model in models:
        assert model.plan_ == alone.plan_
        np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)


@pytest.mark.parametrize("series", [X, UNEQUAL], ids=["equal lengths", "unequal lengths"])
def test_series_are_standardised_before_they_come_to_compute(series):
    moved = [100 + 8 * x for x in series]
    model = LightWaveS(PieceMeans(3), 18).fit(moved, Y)
    values = np.concatenate(moved, axis=1).astype(np.float64)
    mean, deviation = values.mean(axis=1, keepdims=True), values.std(axis=1, keepdims=True)
    expected = slow_piece_means([(x - mean) / deviation for x in moved], 3)
    np.testing.assert_allclose(model.transform(moved), expected, rtol=1e-4, atol=1e-5)


@dataclass(frozen=True, eq=False, kw_only=True)
class SumPlan(PiecePlan):
    """The sum of all that `compute` is given of a channel."""

    def compute(self, x, lengths):
        """All values, with what stands behind the end."""
        assert x.dtype == np.float32
        assert x.shape[1] == len(self.channels)
        return x.sum(axis=2, dtype=np.float64)[:, np.searchsorted(self.channels, self.channel)]


@pytest.mark.parametrize("cases", [None, np.array([30, 2, 2])])
def test_compute_is_given_the_channels_that_are_read_and_zeros_behind_the_end(cases):
    plan = SumPlan(
        channel=np.array([4, 1, 4]), piece=np.zeros(3, int), n_pieces=1, shift=SHIFT, scale=SCALE, n_timepoints=100
    )
    panel = as_panel(UNEQUAL)
    panel.values[np.broadcast_to(np.arange(100) >= panel.lengths[:, None, None], panel.values.shape)] = 1e6
    expected = [[((x[c] - SHIFT[c]) / SCALE[c]).sum() for c in (4, 1, 4)] for x in UNEQUAL]
    found = plan.rows(panel, cases=cases)[:-1, : 40 if cases is None else 3].T
    np.testing.assert_allclose(found, expected if cases is None else np.array(expected)[cases], rtol=1e-4, atol=1e-4)


@dataclass(frozen=True, eq=False, kw_only=True)
class TransposedPlan(PiecePlan):
    """A mistake."""

    def compute(self, x, lengths):
        """Features as rows."""
        return super().compute(x, lengths).T


@dataclass(frozen=True, eq=False, kw_only=True)
class SilentPlan(Plan):
    """A plan that does not say how."""

    channel: np.ndarray

    ROWS = ("channel",)


class Wrong(PieceMeans):
    """A bank with a plan of another kind."""

    def __init__(self, kind=None):
        super().__init__()
        self.kind = kind

    def candidates(self, panel, shift, scale, random_state):
        """The same rows."""
        plan = super().candidates(panel, shift, scale, random_state)
        return self.kind(**{name: v for name, v in vars(plan).items() if name in self.kind.__dataclass_fields__})


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (TransposedPlan, ValueError, r"compute of TransposedPlan returned shape \(24, 40\) instead of \(40, 24\)"),
        (SilentPlan, NotImplementedError, "SilentPlan must define compute or runner"),
    ],
)
def test_a_plan_that_computes_something_wrong_or_nothing_says_so(kind, error, message):
    with pytest.raises(error, match=message):
        Wrong(kind).fit_transform(X)
    for selection in ("mrmr", "detach"):
        with pytest.raises(error, match=message):
            LightWaveS(Wrong(kind), 5, selection).fit(X, Y)
        with pytest.raises(error, match=message):
            LightWaveS([SMALL, Wrong(kind)], 5, selection).fit(X, Y)


def test_a_bank_without_candidates_says_so():
    class Nothing(Bank):
        pass

    for fit in (lambda: Nothing().fit(X), lambda: LightWaveS(Nothing()).fit(X, Y)):
        with pytest.raises(NotImplementedError, match="Nothing must define candidates"):
            fit()


@pytest.mark.parametrize("banks", LISTS)
def test_its_model_is_not_saved_by_save_but_by_joblib(banks, tmp_path):
    model = LightWaveSClassifier(LISTS[banks], 20, "detach").fit(MIXED, Y)
    message = r"save keeps plans of the library's own banks, not PiecePlan; use joblib\.dump for this model"
    with pytest.raises(TypeError, match=message):
        save(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())
    joblib.dump(model, tmp_path / "model")
    copy = joblib.load(tmp_path / "model")
    assert copy.plan_ == model.plan_
    np.testing.assert_array_equal(copy.predict_proba(X_TEST), model.predict_proba(X_TEST))
    np.testing.assert_array_equal(copy.selection_path_, model.selection_path_)


class Nothing(Bank):
    """A bank that has no candidates for any series."""

    def candidates(self, panel, shift, scale, random_state):
        """None."""
        return PiecePlan(
            **{name: np.empty(0, np.int32) for name in PiecePlan.ROWS},
            n_pieces=1, shift=shift, scale=scale, n_timepoints=panel.n_timepoints,
        )  # fmt: skip


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
def test_a_bank_without_candidates_is_refused_alone_and_left_out_among_others(selection):
    with pytest.raises(ValueError, match="Nothing has no candidates for these series"):
        LightWaveS(Nothing(), selection=selection).fit(X, Y)
    pair = [Nothing(), WaveletScattering(levels=(1,), max_dilation=1)]
    model = LightWaveS(pair, n_features=5, selection=selection, search_candidates=100, random_state=0).fit(X, Y)
    assert type(model.plan_) is KernelPlan


def test_a_name_that_several_parts_give_ends_in_the_number_of_the_part():
    mini, multi = (bank(n_features=672, random_state=0).fit(X[:, :1]).plan_ for bank in (MiniRocket, MultiRocket))
    whole = Together.of([mini, multi])
    names = whole.feature_names()
    assert len(set(names)) == len(names)
    shared = set(mini.feature_names()) & set(multi.feature_names())
    assert shared
    assert {f"{name}~{part}" for name in shared for part in (1, 2)} < set(names)
    assert whole[: len(mini)].feature_names() == mini.feature_names(), "alone, none is ambiguous"
