"""A bank of one's own: a transformer, and a source of candidates for every estimator, as those of the library are."""

import pickle
from dataclasses import dataclass, fields, replace

import joblib
import numpy as np
import pytest
from features import same
from own_banks import (
    CODES,
    MIXED,
    SCALE,
    SHIFT,
    SMALL,
    UNEQUAL,
    PieceMeans,
    PiecePlan,
    Ratios,
    X,
    Y,
    bare,
    slow_piece_means,
)
from ranks import on_ranks
from sklearn.base import clone
from wide import cover

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.banks import Bank
from lightwaves.banks.bank import n_drawn
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.panel import as_panel
from lightwaves.plans import Plan, Together
from lightwaves.plans.wavelet import KernelPlan
from lightwaves.selection.detachment import detach, first_ridge
from lightwaves.selection.relevance import spare_rows

X_TEST, Y_TEST = load_basic_motions("test")
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
    for alike in (
        pickle.loads(pickle.dumps(bank)),
        clone(bank).fit(series),
        PieceMeans(n_pieces, n_jobs=2).fit(series),
    ):
        assert alike.plan_ == bank.plan_
        np.testing.assert_array_equal(alike.transform(series), Z)
    assert clone(bank).get_params() == {"n_pieces": n_pieces, "channel_names": None, "n_jobs": None}
    assert bank.plan_.cost().n_features == bank.plan_.cost().n_convolutions == 6 * n_pieces


def test_names_of_channels_are_in_the_names_of_its_features():
    bank = PieceMeans(2, channel_names=list("abcdef")).fit(X)
    assert bank.get_feature_names_out()[[0, 3, 11]].tolist() == ["a_piece0", "b_piece1", "f_piece1"]


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(("selection", "banks", "lengths"), cover(["mrmr", "detach"], LISTS, ["equal", "unequal"]))
def test_a_classifier_takes_banks_of_ones_own(lengths, banks, selection):
    series = MIXED if lengths == "equal" else UNEQUAL
    model = LightWaveSClassifier(LISTS[banks], 15, selection, n_jobs=2, random_state=0).fit(series, Y)
    alone = LightWaveSClassifier(LISTS[banks], 15, selection, random_state=0).fit(series, Y)
    assert model.plan_ == alone.plan_
    features = model.transform(series)
    assert RidgeHead().fit(features, Y).score(features, Y) > 0.7
    np.testing.assert_array_equal(model.decision_function(series), alone.decision_function(series))
    assert model.channel_importances_.sum() == pytest.approx(1)
    assert [model.predict_one(x) for x in X_TEST] == model.predict(X_TEST).tolist()
    for alike in (pickle.loads(pickle.dumps(model)), clone(model).fit(series, Y)):
        np.testing.assert_array_equal(alike.predict_proba(X_TEST), model.predict_proba(X_TEST))


@pytest.mark.slow
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


@pytest.mark.slow
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


class Offering(PieceMeans):
    """A bank that makes something else of what it should offer."""

    def __init__(self, change=None):
        super().__init__()
        self.change = change

    def candidates(self, panel, shift, scale, random_state):
        """Whatever the change makes of the plan."""
        return self.change(super().candidates(panel, shift, scale, random_state))


MISTAKES = {
    "a channel before the first": (
        lambda plan: replace(plan, channel=plan.channel - 1),
        r"returned a plan that cannot be used: channel must be from 0 to 5",
    ),
    "a channel behind the last": (
        lambda plan: replace(plan, channel=plan.channel + 1),
        r"returned a plan that cannot be used: channel must be from 0 to 5",
    ),
    "rows of unequal length": (
        lambda plan: replace(plan, piece=plan.piece[1:]),
        r"cannot be used: piece has shape \(23,\) instead of \(24,\), like channel",
    ),
    "a list": (lambda plan: replace(plan, channel=plan.channel.tolist()), "channel must be an array of NumPy, got"),
    "fewer channels": (
        lambda plan: replace(plan[:4], shift=plan.shift[:2], scale=plan.scale[:2]),
        "returned a plan of 2 channels, but there are 6",
    ),
    "a part with a channel behind the last": (
        lambda plan: Together.of([plan[:4], replace(plan, n_pieces=5, channel=plan.channel + 1)]),
        r"returned a plan that cannot be used: channel must be from 0 to 5",
    ),
    "channels that are no integers": (
        lambda plan: replace(plan, channel=plan.channel + 0.5),
        "cannot be used: channel must be whole numbers, but its dtype is float64",
    ),
    "fewer names": (lambda plan: replace(plan, channel_names=("a",)), "channel_names has 1 names for 6 channels"),
    "a class": (lambda plan: type(plan), "returned an object of type type: return a Plan, or a set as"),
    "nothing": (lambda plan: None, "returned an object of type NoneType: return a Plan, or a set as"),
    "an array": (lambda plan: plan.channel, "returned an object of type ndarray: return a Plan, or a set as"),
    "no rows": (lambda plan: plan[:0], "Offering has no candidates for these series"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_a_bank_offers_is_looked_at_before_it_is_used(mistake):
    """Once, channel -1 was the last, and other mistakes were errors from within."""
    change, message = MISTAKES[mistake]
    with pytest.raises((TypeError, ValueError), match=message):
        Offering(change).fit(X)
    for selection in ("mrmr", "detach"):
        with pytest.raises((TypeError, ValueError), match=message):
            LightWaveS(Offering(change), 5, selection).fit(X, Y)


@dataclass(frozen=True, eq=False, kw_only=True)
class MadePlan(PiecePlan):
    """A plan that makes something else of its features."""

    make: object = None

    def compute(self, x, lengths):
        """Whatever it is told to make."""
        return self.make(super().compute(x, lengths))


def nan_in_the_second_feature(features):
    """As a logarithm makes of a sensor that says nothing."""
    features = features.copy()
    features[:, 1] = np.nan
    return features


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda features: features.astype(str), "what compute of MadePlan returned"),
        (lambda features: features + 1j, "what compute of MadePlan returned"),
        (lambda features: np.ma.masked_greater(features, 0), "what compute of MadePlan returned has masked values"),
        (nan_in_the_second_feature, r"feature '.*' of case 0 is nan, though no value of X is more than 3.7 standard"),
        (lambda features: features.astype(float) * 1e200, "is -?inf, though no value of X is more than 3.7 standard"),
    ],
)
def test_what_a_plan_computes_are_finite_real_numbers(make, message):
    """Once, text was parsed, and X was said to be too large where a bank made NaN."""

    def made(plan):
        return MadePlan(**{f.name: getattr(plan, f.name) for f in fields(plan)}, make=make)

    with pytest.raises((TypeError, ValueError), match=message):
        Offering(made).fit_transform(X)


def test_a_bank_without_candidates_says_so():
    class Nothing(Bank):
        pass

    for fit in (lambda: Nothing().fit(X), lambda: LightWaveS(Nothing()).fit(X, Y)):
        with pytest.raises(NotImplementedError, match="Nothing must define candidates"):
            fit()


@pytest.mark.slow
@pytest.mark.parametrize("banks", LISTS)
def test_its_model_is_not_saved_by_save_but_by_joblib(banks, tmp_path):
    model = LightWaveSClassifier(LISTS[banks], 20, "detach").fit(MIXED, Y)
    message = r"save keeps plans of the library's own banks, not PiecePlan; use skops\.io\.dump or joblib"
    with pytest.raises(TypeError, match=message):
        save(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())
    joblib.dump(model, tmp_path / "model")
    copy = joblib.load(tmp_path / "model")
    assert copy.plan_ == model.plan_
    np.testing.assert_array_equal(copy.predict_proba(X_TEST), model.predict_proba(X_TEST))
    same(copy.selection_path_, model.selection_path_)


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


class NotThree(PieceMeans):
    """A bank that cannot have three channels."""

    def candidates(self, panel, shift, scale, random_state):
        """All, or an error."""
        if panel.n_channels == 3:
            raise ValueError("three channels are too many")
        return super().candidates(panel, shift, scale, random_state)


def test_a_bank_whose_next_fit_fails_is_what_it_was():
    bank = NotThree().fit(np.random.default_rng(0).standard_normal((5, 2, 40)))
    before = vars(bank).copy()
    with pytest.raises(ValueError, match="three channels"):
        bank.fit(np.random.default_rng(0).standard_normal((5, 3, 40)))
    assert vars(bank) == before


@pytest.mark.parametrize("bank", [Prism(4000, random_state=0), Rocket(600, random_state=0)])
def test_names_of_features_differ_where_a_channel_is_called_like_the_sum_of_others(bank):
    names = ["a", "b", "a+b", "a-b", "a_diff", "b+a", "-a", ""]
    fitted = bank.set_params(channel_names=names).fit(np.random.default_rng(0).normal(size=(9, len(names), 40)))
    found = fitted.get_feature_names_out()
    assert len(set(found)) == len(found)
    assert fitted.plan_.names_in_features == ["a", "b", *(f'"{name}"' for name in names[2:])]
    assert fitted.plan_.names_of_channels == tuple(names)
    usual = bank.set_params(channel_names=["acc-x", "acc-y", "acc", "x", "y", "acc_x"]).fit(np.ones((2, 6, 40)))
    assert usual.plan_.names_in_features[2:] == ["acc", "x", "y", "acc_x"], "as they are"


@pytest.mark.parametrize("kind", [int, np.int32, np.int64, np.uint16])
def test_whole_numbers_of_numpy_count_as_what_a_bank_draws(kind):
    """Once, they counted as nothing, so nobody asked whether there is memory for so many features."""
    assert n_drawn(Prism(kind(840))) == n_drawn(Rocket(kind(840))) == 840


def test_a_plan_of_ones_own_may_write_to_what_it_is_given():
    """Once, the lengths were those of the series themselves, and everything after it had other lengths."""

    class Greedy(PiecePlan):
        """Looks at the first time points only."""

        def compute(self, x, lengths):
            """Of short series."""
            lengths[:] = np.minimum(lengths, 8)
            x[:] = np.nan_to_num(x)
            return super().compute(x, lengths)

    panel = as_panel(UNEQUAL)
    before = panel.lengths.copy()
    plan = PieceMeans(2).candidates(panel, np.zeros(6), np.ones(6), np.random.RandomState(0))
    Greedy(**plan.__getstate__()).apply(panel)
    np.testing.assert_array_equal(panel.lengths, before)
