"""A stream says what ``predict`` says of each window, however the samples arrive, and what it does with gaps."""

import pickle
import re
import warnings
from copy import copy, deepcopy
from dataclasses import dataclass
from threading import Lock
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lengths import OTHER_LENGTHS
from own_heads import OfCosts
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from wide import times

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    Prism,
    Rocket,
    Stream,
    WaveletScattering,
    load_basic_motions,
)
from lightwaves.banks import Bank
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.plans import Plan
from lightwaves.streaming import stream as module

pytestmark = [pytest.mark.slow, OTHER_LENGTHS]

X, Y = load_basic_motions("train")
SAMPLES = np.concatenate(X[[0, 11, 22, 33]], axis=1)  # (6 channels, 400 samples)
BANKS = [Prism(240), Rocket(60), WaveletScattering(max_dilation=2)]
NAN = np.float32(np.nan)


@pytest.fixture(scope="module")
def model():
    return LightWaveSClassifier(BANKS, 40, random_state=0).fit(X, Y)


@pytest.fixture(scope="module")
def gappy():
    """Models that fill gaps, by how."""
    return {
        missing: LightWaveSClassifier(BANKS, 30, missing=missing, random_state=0).fit(X, Y)
        for missing in ("interpolate", "zero")
    }


def windows_of(samples, indices, n_timepoints):
    """The windows that end with these samples."""
    return np.stack([samples[:, i - n_timepoints + 1 : i + 1] for i in indices])


def check(model, samples, decisions, n_timepoints, first=0):
    """Decisions are those of ``predict`` on the same windows; scores may differ in what float32 rounds."""
    windows = windows_of(samples, [d.sample - first for d in decisions], n_timepoints)
    assert [d.label for d in decisions] == list(model.predict(windows))
    np.testing.assert_allclose([d.scores for d in decisions], model.decision_function(windows), rtol=1e-6, atol=1e-6)


@settings(max_examples=times(8, 25), deadline=None)
@given(sizes=st.lists(st.integers(0, 130), min_size=1, max_size=6), hop=st.sampled_from([1, 3, 70]))
def test_chunks_of_any_sizes_give_what_predict_gives_of_each_window(model, sizes, hop):
    stream, decisions, begin, turn = Stream(model, 70, hop), [], 0, 0
    while begin < SAMPLES.shape[1]:
        size = sizes[turn % len(sizes)] if turn < 50 else 400
        decisions += stream.push(SAMPLES[:, begin : begin + size])
        begin, turn = begin + size, turn + 1
    assert [d.sample for d in decisions] == list(range(69, 400, hop))
    check(model, SAMPLES, decisions, 70)


@pytest.mark.parametrize("n_timepoints", [1, 2, 16, 64, 65, 100, 250])
def test_windows_of_any_length_give_what_predict_gives(model, n_timepoints):
    decisions = Stream(model, n_timepoints).push(SAMPLES)
    assert [d.sample for d in decisions] == list(range(n_timepoints - 1, 400))
    check(model, SAMPLES, decisions, n_timepoints)


def test_the_window_has_the_length_of_the_training_series(model):
    stream = Stream(model)
    assert stream.n_timepoints == 100
    assert stream.push(SAMPLES[:, :99]) == []
    ((index, label, scores),) = stream.push(SAMPLES[:, 99:100])
    assert (index, label, scores.shape) == (99, model.predict(X[:1])[0], (4,))


@pytest.mark.parametrize(
    "way",
    [np.float64, np.float16, ">f4", np.int32, np.asfortranarray, lambda x: np.repeat(x, 2, axis=1)[:, ::2]],
    ids=["float64", "float16", "big endian", "int32", "Fortran order", "every second"],
)
def test_samples_in_any_dtype_and_layout_give_what_predict_gives(model, way):
    samples = (way if callable(way) and not isinstance(way, type) else lambda x: x.astype(way))(SAMPLES)
    check(model, samples, Stream(model, 80).push(samples), 80)


@pytest.mark.parametrize("far", [X.astype(np.float64) + 1e8, (100 * X).astype(np.int64) + 2**60], ids=["1e8", "int64"])
def test_far_levels_keep_their_precision(far):
    model = LightWaveSClassifier([Prism(240)], 20, random_state=0, honest=False).fit(far, Y)
    samples = np.concatenate(far[[0, 11, 22]], axis=1)
    for missing in ("error", "zero", "interpolate"):
        model.set_params(missing=missing)
        check(model, samples, Stream(model, 90).push(samples), 90)
        assert model.predict_one(far[11]) == model.predict(far[11:12])[0]


def test_two_classes_have_one_score():
    model = LightWaveSClassifier(BANKS, 20, random_state=0).fit(X, Y == "Walking")
    decisions = Stream(model, 90, 7).push(SAMPLES)
    assert np.ndim(decisions[0].scores) == 0
    check(model, SAMPLES, decisions, 90)


@pytest.mark.parametrize("labels", [Y, Y == "Walking"], ids=["four", "two"])
def test_a_kernel_head_decides_as_in_predict(labels):
    model = LightWaveSClassifier(BANKS, 20, classifier=KernelHead(25), random_state=0).fit(X, labels)
    check(model, SAMPLES, Stream(model, 90, 7).push(SAMPLES), 90)
    sure = Stream(model, 90, 7, sure=0.6).push(SAMPLES)
    chances = model.predict_proba(windows_of(SAMPLES, range(89, 400, 7), 90)).max(axis=1)
    assert [d.sample for d in sure] == [89 + 7 * int(i) for i in np.flatnonzero(chances >= 0.6)]


NUMBER_HEADS = {
    "own ridge": RegressionHead(),
    "kernel ridge": KernelRegressionHead(n_landmarks=25),
    "ridge": Ridge(0.1),
    "neighbours": KNeighborsRegressor(3),
}


@pytest.mark.parametrize("head", NUMBER_HEADS.values(), ids=NUMBER_HEADS)
def test_a_regressor_says_of_each_window_what_it_predicts(head):
    model = LightWaveSRegressor(BANKS, 20, regressor=head, random_state=0).fit(X, X[:, 0].max(axis=1))
    stream = Stream(model, 70, 3)
    decisions = [d for begin in range(0, 400, 33) for d in stream.push(SAMPLES[:, begin : begin + 33])]
    assert [d.sample for d in decisions] == list(range(69, 400, 3))
    assert (type(decisions[0].label), decisions[0].scores) == (float, None)
    windows = windows_of(SAMPLES, range(69, 400, 3), 70)
    np.testing.assert_allclose([d.label for d in decisions], model.predict(windows), rtol=1e-6, atol=1e-6)


def test_a_regressor_fills_gaps_as_predict_fills_them():
    model = LightWaveSRegressor(BANKS, 20, missing="interpolate", random_state=0).fit(X, X[:, 0].max(axis=1))
    stream, samples = Stream(model, 70), SAMPLES.copy()
    samples[:, 90:300] = NAN
    decisions = stream.push(samples[:, :90]) + stream.skip(210) + stream.push(samples[:, 300:])
    assert [d.sample for d in decisions] == list(range(69, 400))
    windows = windows_of(samples, range(69, 400), 70)
    np.testing.assert_allclose([d.label for d in decisions], model.predict(windows), rtol=1e-6, atol=1e-6)


def test_a_regressor_is_never_sure():
    model = LightWaveSRegressor(BANKS, 5, random_state=0).fit(X, X[:, 0, 0])
    with pytest.raises(ValueError, match="sure needs probabilities, but LightWaveSRegressor has no predict_proba"):
        Stream(model, sure=0.9)


@pytest.mark.parametrize("head", [RidgeClassifier(), KNeighborsClassifier(1)], ids=["with scores", "without"])
def test_other_heads_decide_too(head):
    model = LightWaveSClassifier(BANKS, 20, classifier=head, random_state=0).fit(X, Y)
    decisions = Stream(model, 90, 20).push(SAMPLES)
    windows = windows_of(SAMPLES, [d.sample for d in decisions], 90)
    assert [d.label for d in decisions] == list(model.predict(windows))
    assert (decisions[0].scores is None) == (not hasattr(head, "decision_function"))


@pytest.mark.parametrize("head", [None, KNeighborsClassifier(5)], ids=["ridge", "neighbours"])
def test_a_stream_that_waits_until_it_is_sure_leaves_out_the_others(head):
    model = LightWaveSClassifier(BANKS, 20, classifier=head, random_state=0).fit(X, Y)
    windows = windows_of(SAMPLES, range(89, 400, 3), 90)
    chances = model.predict_proba(windows).max(axis=1)
    sure = float(np.median(chances)) - 1e-4
    decisions = Stream(model, 90, 3, sure=sure).push(SAMPLES)
    assert [d.sample for d in decisions] == [89 + 3 * int(i) for i in np.flatnonzero(chances >= sure)]
    assert 0 < len(decisions) < len(windows) or head is not None


def test_the_label_itself_is_as_probable_as_asked_for():
    """The largest probability counted once, which is not that of the label where a head predicts by its scores."""
    rng = np.random.default_rng(0)
    X, y, samples = rng.standard_normal((60, 2, 50)), np.arange(60) % 3, rng.standard_normal((2, 1000))
    model = LightWaveSClassifier(n_features=40, search_candidates=400, classifier=OfCosts(9), random_state=0).fit(X, y)
    everything = Stream(model, hop=5).push(samples)
    windows = np.stack([samples[:, d.sample - 49 : d.sample + 1] for d in everything])
    of_label = model.predict_proba(windows)[np.arange(len(windows)), [d.label for d in everything]]
    assert 0 < (of_label >= 0.35).sum() < len(windows)
    wanted = [d.sample for d, chance in zip(everything, of_label, strict=True) if chance >= 0.35]
    assert [d.sample for d in Stream(model, hop=5, sure=0.35).push(samples)] == wanted


def test_what_cannot_be_sure_is_refused(model):
    for sure, error in ((0, ValueError), (1, ValueError), (float("nan"), ValueError), ("yes", TypeError)):
        with pytest.raises(error, match="sure"):
            Stream(model, sure=sure)
    without = LightWaveSClassifier(BANKS, 5, classifier=RidgeClassifier(), random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="RidgeClassifier has no predict_proba"):
        Stream(without, sure=0.5)


@pytest.mark.parametrize("copied", [lambda stream: pickle.loads(pickle.dumps(stream)), deepcopy, copy])
def test_a_stream_can_be_pickled_or_copied_and_goes_on_by_itself(copied, model):
    stream = Stream(model, 80)
    stream.push(SAMPLES[:, :150])
    if copied is copy:
        stream.busy = Lock()  # of whoever pushes: there is no copy of it
    other_stream = copied(stream)
    assert (other_stream.model is stream.model) == (copied is copy)
    for one, other in zip(stream.push(SAMPLES[:, 150:200]), other_stream.push(SAMPLES[:, 150:200]), strict=True):
        assert one[:2] == other[:2]
        np.testing.assert_array_equal(one.scores, other.scores)


def test_another_fit_of_the_model_changes_nothing_on_its_streams():
    model = LightWaveSClassifier([Prism(80), Rocket(20)], 20, random_state=0).fit(X, Y)
    expected = Stream(model, 80).push(SAMPLES)
    stream = Stream(model, 80)
    decisions = stream.push(SAMPLES[:, :150])
    model.fit(X[:, ::-1], Y == "Walking")
    decisions += stream.push(SAMPLES[:, 150:])
    assert [d[:2] for d in decisions] == [d[:2] for d in expected]


# --- samples that are missing, late or wrong ----------------------------------------------------------------


@pytest.mark.parametrize("missing", ["interpolate", "zero"])
@settings(max_examples=times(6, 15), deadline=None)
@given(
    gaps=st.lists(st.tuples(st.integers(0, 399), st.integers(1, 90), st.integers(0, 5)), max_size=4),
    size=st.integers(1, 150),
    hop=st.sampled_from([1, 4]),
)
def test_gaps_are_filled_as_predict_fills_them(gappy, missing, gaps, size, hop):
    model, samples = gappy[missing], SAMPLES.copy()
    for begin, length, channel in gaps:
        samples[channel, begin : begin + length] = NAN
    stream = Stream(model, 70, hop)
    decisions = [d for begin in range(0, 400, size) for d in stream.push(samples[:, begin : begin + size])]
    assert [d.sample for d in decisions] == list(range(69, 400, hop))
    check(model, samples, decisions, 70)


def test_a_gap_that_was_filled_again_and_again_leaves_no_trace(gappy, monkeypatch):
    monkeypatch.setattr("lightwaves.streaming.moving.ROOM", 20)
    samples = np.tile(SAMPLES, 2)
    samples[2, 100:110] = samples[4, 350] = NAN
    check(gappy["interpolate"], samples, Stream(gappy["interpolate"], 70).push(samples), 70)


def test_nan_is_refused_where_the_model_allows_none_and_nothing_has_changed(model):
    stream, other = Stream(model, 80), Stream(model, 80)
    for each in (stream, other):
        each.push(SAMPLES[:, :90])
    wrong = SAMPLES[:, 90:120].copy()
    wrong[model.channels_[0], 7] = NAN
    with pytest.raises(ValueError, match=r"NaN: channel .*, sample 7 of this chunk. None of them.*set_params"):
        stream.push(wrong)
    assert stream.n_seen == 90
    for one, same in zip(stream.push(SAMPLES[:, 90:130]), other.push(SAMPLES[:, 90:130]), strict=True):
        assert one[:2] == same[:2]
        np.testing.assert_array_equal(one.scores, same.scores)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e38])
def test_values_that_cannot_be_used_are_refused_whatever_the_model_does_with_gaps(model, gappy, value):
    for each in (model, *gappy.values()):
        stream, wrong = Stream(each, 80), SAMPLES[:, :30].copy()
        wrong[each.channels_[0], 3] = value
        with pytest.raises(ValueError, match=r"samples contain .*sample 3"):
            stream.push(wrong)
        assert stream.n_seen == 0


@pytest.mark.parametrize("missing", ["error", "zero"])
def test_a_value_beyond_float32_is_named_in_a_channel_that_deviates_much_too(missing):
    """Once, such a value was looked for among those that are large once standardised, which ended in an IndexError."""
    model = LightWaveSClassifier(Prism(80), 10, missing=missing, honest=False, random_state=0)
    stream, samples = Stream(model.fit(1e6 * X.astype(np.float64), Y), 80), 1e6 * SAMPLES[:, :30].astype(np.float64)
    samples[model.channels_[0], 3] = 1e39
    if missing == "zero":
        samples[model.channels_[0], 2] = np.nan
    with pytest.raises(ValueError, match=rf"1e\+39, too large for float32: channel ch{model.channels_[0]}, sample 3"):
        stream.push(samples)
    assert stream.n_seen == 0


@pytest.mark.parametrize("hop", [1, 30])
def test_a_stream_that_is_interrupted_goes_on_with_an_empty_window(model, hop, monkeypatch):
    """Once, if it came between two steps, all samples from there on were taken for earlier ones."""
    stream = Stream(model, 80, hop)
    stream.push(SAMPLES[:, :100])
    monkeypatch.setattr(module, "AT_ONCE", 30)
    of_windows = ValueError("the error of a window that is no more"), KeyboardInterrupt
    monkeypatch.setattr(stream, "_decide", mock.Mock(side_effect=of_windows))
    with pytest.raises(KeyboardInterrupt):
        stream.push(SAMPLES[:, 100:150])
    monkeypatch.undo()
    assert stream.n_seen == 100
    decisions = stream.push(SAMPLES[:, 100:])
    assert [d.sample for d in decisions] == list(range(179, 400, hop))
    check(model, SAMPLES, decisions, 80)


def test_what_is_not_read_is_not_looked_at():
    model = LightWaveSClassifier([Prism(80)], 3, random_state=0).fit(X, Y)
    unread = np.setdiff1d(np.arange(6), model.channels_)
    assert len(unread)
    samples = SAMPLES.copy()
    samples[unread] = NAN
    decisions = Stream(model, 80).push(samples)
    assert [d.label for d in decisions] == [d.label for d in Stream(model, 80).push(SAMPLES)]


def test_skipped_samples_empty_the_window_where_no_gaps_are_allowed(model):
    stream = Stream(model, 80, 10)
    stream.push(SAMPLES[:, :100])
    assert stream.skip(25) == []
    assert stream.n_seen == 125
    decisions = stream.push(SAMPLES[:, 100:250])
    assert [d.sample for d in decisions] == list(range(125 + 79, 275, 10))
    check(model, SAMPLES[:, 100:250], decisions, 80, first=125)
    assert stream.skip(0) == []


def test_samples_are_counted_without_end_whatever_kind_of_number_says_how_many_were_skipped(model, gappy):
    stream = Stream(model)
    stream.push(SAMPLES[:, :260])
    for n_skipped in (np.uint8(3), np.int32(2**31 - 1), 10**10):
        assert stream.skip(n_skipped) == []
    assert stream.push(SAMPLES[:, :100])[0].sample == stream.n_seen - 1 == 260 + 3 + 2**31 - 1 + 10**10 + 99
    stream = Stream(gappy["zero"], hop=10**5)
    assert [decision.sample for decision in stream.skip(np.int64(3 * 10**9))] == list(range(99, 3 * 10**9, 10**5))


@pytest.mark.parametrize("missing", ["interpolate", "zero"])
def test_skipped_samples_are_gaps_where_these_are_allowed(gappy, missing):
    stream, samples = Stream(gappy[missing], 80), SAMPLES.copy()
    samples[:, 100:130] = NAN
    decisions = stream.push(samples[:, :100]) + stream.skip(30) + stream.push(samples[:, 130:])
    assert [d.sample for d in decisions] == list(range(79, 400))
    check(gappy[missing], samples, decisions, 80)


def test_after_a_reset_everything_begins_anew(model):
    stream = Stream(model, 80, 7)
    stream.push(SAMPLES[:, 50:213])
    stream.reset()
    assert stream.n_seen == 0
    decisions = stream.push(SAMPLES)
    for one, same in zip(decisions, Stream(model, 80, 7).push(SAMPLES), strict=True):
        assert one[:2] == same[:2]
        np.testing.assert_array_equal(one.scores, same.scores)


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([[1.0]], TypeError, "a chunk is an array"),
        (SAMPLES[0], ValueError, "shape"),
        (SAMPLES.T, ValueError, "axes seem to be swapped"),
        (SAMPLES[:5], ValueError, "5 channels"),
        (np.zeros((5, 0), np.float32), ValueError, "5 channels"),
        (SAMPLES.astype(str), TypeError, "dtype"),
        (SAMPLES.astype(complex), TypeError, "dtype"),
        (X[:2], ValueError, "shape"),
    ],
)
def test_samples_of_another_kind_are_refused(model, samples, error, message):
    stream = Stream(model, 80)
    with pytest.raises(error, match=message):
        stream.push(samples)
    assert stream.n_seen == 0


def test_no_samples_change_nothing(model):
    stream = Stream(model, 80)
    assert stream.push(SAMPLES[:, :0]) == []
    assert stream.n_seen == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"n_timepoints": 0}, ValueError),
        ({"n_timepoints": 1.5}, TypeError),
        ({"n_timepoints": 2**30}, ValueError),
        ({"hop": 0}, ValueError),
        ({"hop": True}, TypeError),
    ],
)
def test_numbers_that_cannot_be_are_refused(model, arguments, error):
    with pytest.raises(error, match=re.escape(next(iter(arguments)))):
        Stream(model, **arguments)


@pytest.mark.parametrize("longest", [0, -5, 2**40])
def test_a_window_that_a_changed_summary_asks_for_is_refused_too(longest, model):
    changed = deepcopy(model)
    changed.training_.longest = longest
    with pytest.raises(ValueError, match=rf"n_timepoints must be at .* got {longest}"):
        Stream(changed)


def test_a_window_that_no_memory_holds_is_refused_before_any_is_taken(model, monkeypatch):
    monkeypatch.setattr("lightwaves.validation.memory_of_machine", lambda: 2**30)
    with pytest.raises(ValueError, match=r"a window of 268435455 time points would take .* smaller n_timepoints"):
        Stream(model, 2**28 - 1)


@pytest.mark.parametrize(("name", "value"), [("n_timepoints", 50), ("model", None)])
def test_what_a_stream_was_laid_out_for_cannot_be_set(name, value, model):
    with pytest.raises(AttributeError, match=name):
        setattr(Stream(model), name, value)


def test_only_a_fitted_classifier_can_be_on_a_stream():
    with pytest.raises(NotFittedError):
        Stream(LightWaveSClassifier())
    for other in (LightWaveS(), LightWaveSClassifier, "model", None):
        with pytest.raises(TypeError, match="LightWaveSClassifier"):
            Stream(other)
    with pytest.raises((TypeError, ValueError), match="n_samples"):
        Stream(LightWaveSClassifier(BANKS, 5, random_state=0).fit(X, Y)).skip(-1)


@pytest.mark.parametrize("missing", ["zero", "interpolate"])
@pytest.mark.parametrize("hop", [1, 7, 100, 350])
@pytest.mark.parametrize("n_skipped", [1, 99, 100, 130, 501, 1023])
def test_a_gap_of_any_length_is_as_if_nan_had_been_pushed(n_skipped, hop, missing, gappy):
    skipping, pushing = Stream(gappy[missing], hop=hop), Stream(gappy[missing], hop=hop)
    gap = np.full((6, n_skipped), NAN)
    steps = [
        (stream.push(SAMPLES[:, :130]), fill(stream), stream.push(SAMPLES[:, 130:300]), stream.n_seen)
        for stream, fill in ((skipping, lambda s: s.skip(n_skipped)), (pushing, lambda s: s.push(gap)))
    ]
    for one, other in zip(steps[0][:3], steps[1][:3], strict=True):
        assert [(d.sample, d.label) for d in one] == [(d.sample, d.label) for d in other]
        if one:
            np.testing.assert_allclose([d.scores for d in one], [d.scores for d in other], rtol=1e-6, atol=1e-6)
    assert steps[0][3] == steps[1][3]


def test_a_long_gap_takes_little_room_and_no_time(gappy):
    stream = Stream(gappy["interpolate"], hop=10_000)
    decisions = stream.skip(10**9 + 100)
    assert (len(decisions), stream.n_seen) == (100_001, 10**9 + 100)
    assert decisions[-1].sample == 10**9 + 99
    with pytest.raises(ValueError, match=r"would give 2000000000 decisions, more than \d+\. Call reset"):
        Stream(gappy["zero"]).skip(2 * 10**9)


def test_errors_of_a_push_name_samples_and_their_own_shape(model):
    stream = Stream(model)
    with pytest.raises(ValueError, match=re.escape("samples has 3 channels (shape (3, 0)), but a chunk is an array")):
        stream.push(np.zeros((3, 0)))
    with pytest.raises(ValueError, match=re.escape("pass samples.T")):
        stream.push(np.zeros((7, 6)))
    with pytest.raises(TypeError, match=re.escape("pass numpy.asarray(samples)")):
        stream.push([[0.0]] * 6)
    with pytest.raises(TypeError, match="samples has dtype"):
        stream.push(np.zeros((6, 0), "U1"))
    assert stream.push(np.zeros((6, 0))) == []


@dataclass(frozen=True, eq=False, kw_only=True)
class LogPlan(Plan):
    """The logarithm of how far a channel moves: of one that does not move it is none."""

    channel: np.ndarray

    ROWS = ("channel",)

    def compute(self, x, lengths):
        """Once for each channel."""
        with np.errstate(divide="ignore"):
            return np.log(np.ptp(x, axis=2))[:, np.searchsorted(self.channels, self.channel)]


class Logs(Bank):
    """The only bank that needs sensors which never stand still."""

    plan = LogPlan

    def candidates(self, panel, shift, scale, random_state):
        """One for each channel."""
        named = {"n_timepoints": panel.n_timepoints, "channel_names": panel.channel_names}
        return self.plan(channel=np.arange(panel.n_channels), shift=shift, scale=scale, **named)


def test_a_warning_that_is_an_error_loses_no_sample(model):
    """Once, the samples behind the first window that was warned of were lost, if there were many in a chunk."""
    samples = np.concatenate([SAMPLES, SAMPLES], axis=1)
    samples[:, 110:120] *= 1e6
    stream = Stream(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="A score is more than 100 away from 0"):
            stream.push(samples[:, :400])
    assert stream.n_seen == 400
    decisions = stream.push(samples[:, 400:])
    assert [decision.sample for decision in decisions] == list(range(400, 800))
    check(model, samples, decisions, 100)


class OfThree(KNeighborsClassifier):
    """A head that predicts of three cases at most."""

    def predict(self, X):
        """As any other, if it can."""
        if len(X) > 3:
            raise RuntimeError("no more than three")
        return super().predict(X)


class LivePlan(LogPlan):
    """A plan that cannot compute windows in which a channel stands still."""

    def compute(self, x, lengths):
        """As `LogPlan` does, if it can."""
        if not np.ptp(x, axis=2).all():
            raise ZeroDivisionError("a sensor stands still")
        return super().compute(x, lengths)


class Live(Logs):
    """The bank of that plan."""

    plan = LivePlan


@pytest.mark.parametrize(
    ("banks", "n_all", "error", "message"),
    [
        (Logs(), 6, ValueError, r"feature 'ch0' of the window that sample \d+ ends is -inf: a bank must give"),
        (Live(), 6, ZeroDivisionError, "a sensor stands still"),
        ([Live(), Prism(80)], 86, ZeroDivisionError, "a sensor stands still"),
    ],
    ids=["not finite", "alone", "with Prism"],
)
def test_an_error_of_a_bank_of_ones_own_loses_no_sample(banks, n_all, error, message):
    """Once, the samples behind the window were lost, and all later windows were shifted."""
    model = LightWaveSClassifier(banks, n_all, honest=False, random_state=0).fit(X, Y)
    samples = np.concatenate([SAMPLES, np.ones((6, 120), np.float32), SAMPLES], axis=1)
    stream = Stream(model, hop=10)
    with pytest.raises(error, match=message):
        stream.push(samples[:, :600])
    assert stream.n_seen == 600
    decisions = stream.push(samples[:, 600:])
    assert [decision.sample for decision in decisions] == list(range(609, 920, 10))
    check(model, samples, decisions, 100)


@pytest.mark.parametrize("way", ["push", "skip"])
def test_an_error_of_a_head_of_ones_own_loses_no_sample(way):
    """It is raised once all samples are taken, or counted."""
    options = {"classifier": OfThree(n_neighbors=1), "missing": "zero", "honest": False, "random_state": 0}
    stream = Stream(LightWaveSClassifier(BANKS, 40, **options).fit(X, Y), hop=10)
    stream.push(SAMPLES[:, :100])
    with pytest.raises(RuntimeError, match="no more than three"):
        stream.push(SAMPLES[:, 100:]) if way == "push" else stream.skip(300)
    assert stream.n_seen == 400
    assert [decision.sample for decision in stream.push(SAMPLES[:, :30])] == [409, 419, 429]
