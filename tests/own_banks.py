"""Banks of one's own for tests: the mean of each piece of a channel, and the ratio of two; and series for them."""

from dataclasses import dataclass, replace

import numpy as np

from lightwaves import WaveletScattering, load_basic_motions
from lightwaves.banks import Bank
from lightwaves.panel import as_panel
from lightwaves.plans import Plan

X, Y = load_basic_motions("train")
PANEL = as_panel(X)
SHIFT, SCALE = np.arange(6) / 8, 1 + np.arange(6) / 4
SMALL = WaveletScattering(levels=(1,), max_dilation=2)

# Both kinds of features are of use: two classes differ from the others in a slow wave that kernels of zero sum do not
# see, and in each pair one from the other in a fast one.
CODES, TIME = np.unique(Y, return_inverse=True)[1], np.arange(100)
MIXED = np.random.default_rng(0).standard_normal((40, 6, 100))
MIXED[CODES >= 2, 2] += np.sin(np.pi * TIME / 100)
MIXED[CODES % 2 == 1, 4] += np.sin(2 * TIME)
MIXED = MIXED.astype(np.float32)
UNEQUAL = [x[:, : 22 + 2 * i] for i, x in enumerate(MIXED)]


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
