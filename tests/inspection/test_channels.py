"""Channels: how many are enough, what the loss of one costs, models of some, and their pictures."""

import numpy as np
import pytest
from sklearn.base import clone

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    load,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.inspection import (
    ChannelImportancesDisplay,
    ChannelPath,
    ChannelPathDisplay,
    channel_path,
    drawing,
    refit,
)
from lightwaves.panel import reading
from lightwaves.search.folds import folds_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pyplot")]

X, Y = load_basic_motions("train")
NAMES = ["ax", "ay", "az", "gx", "gy", "gz"]
QUICK = {"n_features": 30, "search_candidates": 300, "honest": False, "random_state": 0}


def two_of_five(n_cases=80, seed=0):
    """Noise in five channels; the class stands in the frequencies of the second and of the fourth, in each by half."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n_cases, 5, 60)), np.arange(n_cases) % 4
    t = np.arange(60)
    for case in range(n_cases):
        x[case, 1] += 4 * np.sin(t * (0.5 + 0.9 * (y[case] % 2)) + rng.uniform(0, 6))
        x[case, 3] += 4 * np.sin(t * (0.5 + 0.9 * (y[case] // 2)) + rng.uniform(0, 6))
    return x.astype(np.float32), y


@pytest.fixture(scope="module")
def path():
    return channel_path(LightWaveSClassifier(**QUICK), *two_of_five(), n_splits=4)


@pytest.mark.parametrize("scale", [True, False])
def test_the_loss_of_a_channel_is_that_of_its_mean(scale):
    """Once, without scaling, it was that of zeros."""
    x, y = two_of_five(40)
    quick = LightWaveSClassifier(**QUICK, scale=scale)
    found = channel_path(quick, x + 100, y, n_channels=iter([5]), n_splits=2)
    assert found.n_channels.tolist() == [5]
    lost = np.zeros(5)
    fold = folds_of(np.unique(y, return_inverse=True)[1], np.arange(40), n_folds=2)
    for number in range(2):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        model = clone(quick).fit(x[train] + 100, y[train])
        for channel in range(5):
            without = x[test].astype(np.float64) + 100
            without[:, channel] = (x[train, channel] + 100).mean(dtype=np.float64)
            lost[channel] += model.score(x[test] + 100, y[test]) - model.score(without, y[test])
    np.testing.assert_allclose(found.loss, lost / 2, atol=1e-9)


def test_the_path_finds_the_channels_that_matter(path):
    assert path.n_channels.tolist() == [1, 2, 3, 4, 5]
    assert set(path.channels[1].tolist()) == {1, 3}
    assert path.score[0] < 0.7
    assert path.score[1] > 0.9
    assert path.enough <= 3
    assert (path.standard_error >= 0).all()
    assert path.standard_error[0] > 0.02


def test_the_loss_of_a_channel_that_matters_costs_more_than_that_of_another(path):
    assert path.loss.shape == (5,)
    assert (path.loss[[1, 3]] > 0.2).all()
    assert path.loss[[1, 3]].min() > path.loss[[0, 2, 4]].max()


def test_the_path_of_a_regressor_is_of_r2_and_finds_the_channel_that_the_number_is_made_of():
    x = np.random.default_rng(0).standard_normal((90, 4, 50)).cumsum(axis=2)
    y = np.ptp(x[:, 2], axis=1)
    model = LightWaveSRegressor(**QUICK)
    path = channel_path(model, x, y, n_channels=[1], n_splits=3)
    assert (path.score_name, path.channels[0].tolist(), path.enough) == ("R2", [2], 1)
    of_folds = np.empty(90)
    fold = folds_of(y, np.arange(90), n_folds=3)
    for test in (np.flatnonzero(fold == number) for number in range(3)):
        train = np.setdiff1d(np.arange(90), test)
        of_folds[test] = LightWaveSRegressor(**QUICK).fit(x[train], y[train]).predict(x[test])
    assert path.score[-1] == pytest.approx(1 - ((of_folds - y) ** 2).mean() / y.var())
    assert path.loss.argmax() == 2
    display = ChannelPathDisplay(path).plot()
    display.figure_.canvas.draw()
    assert display.ax_.get_ylabel() == "R2"
    with pytest.raises(ValueError, match="only one value"):
        channel_path(model, x, np.ones(90))
    with pytest.raises(ValueError, match="fewer cases than n_splits=91"):
        channel_path(model, x, y, n_splits=91)


def test_no_case_helps_to_choose_the_channels_that_judge_it():
    """With labels that mean nothing, nothing is found, however many channels there are to choose from."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 30, 20)), rng.permutation(np.arange(60) % 2)
    found = channel_path(LightWaveSClassifier(**QUICK), x, y, n_channels=[2, 4], n_splits=3)
    assert (found.score < 0.5 + 3 * found.standard_error).all()


class Watched(LightWaveSClassifier):
    """Notes which cases each model is fitted on and judges; the series of a case begin with its number."""

    notes = []

    def fit(self, X, y):
        """Note, and fit."""
        self.notes.append(("fit", frozenset(np.median(X[:, :, 0], axis=1).tolist())))
        return super().fit(X, y)

    def predict(self, X):
        """Note, and predict."""
        self.notes.append(("predict", frozenset(np.median(X[:, :, 0], axis=1).tolist())))
        return super().predict(X)


def test_cases_of_one_group_do_not_judge_each_other_and_weights_count():
    """Windows of one recording are alike: where some are on both sides, noise looks like a class."""
    rng = np.random.default_rng(0)
    recordings = rng.standard_normal((12, 3, 60)).cumsum(axis=2)
    x = np.concatenate([recordings[:, :, i : i + 40] for i in range(0, 20, 4)])
    groups, y = np.tile(np.arange(12), 5), np.tile(np.arange(12) % 2, 5)
    model, how = LightWaveSClassifier(**QUICK), {"n_channels": [1], "n_splits": 4}
    alone, together = channel_path(model, x, y, **how), channel_path(model, x, y, groups=groups, **how)
    assert alone.score[-1] > 0.9
    assert together.score[-1] < 0.75
    assert together.standard_error[-1] > 2 * alone.standard_error[-1], "twelve recordings, not sixty windows"
    some = channel_path(model, x, y, groups=groups, sample_weight=(groups < 8).astype(float), **how)
    same = channel_path(model, x, y, groups=groups, sample_weight=1.0, **how)
    np.testing.assert_array_equal(same.score, together.score)
    assert some.score[-1] != together.score[-1]
    with pytest.raises(ValueError, match="there are 12 groups, fewer than n_splits=13"):
        channel_path(model, x, y, groups=groups, n_splits=13)
    with pytest.raises(ValueError, match="without the groups that are left out together, fewer than two classes"):
        channel_path(model, x, y, groups=y, n_splits=2)


def test_until_all_cases_are_judged_no_model_is_fitted_on_those_it_judges():
    x, y = two_of_five(24)
    x[:, :, 0] = np.arange(24)[:, np.newaxis]
    Watched.notes.clear()
    channel_path(Watched(**QUICK), x, y, n_channels=[2], n_splits=2)
    last = max(i for i, (what, _) in enumerate(Watched.notes) if what == "predict")
    fitted = [cases for what, cases in Watched.notes[: last + 1] if what == "fit"]
    assert [len(cases) for cases in fitted] == [12] * 4, "two folds, and models of five and of two channels"
    assert fitted[0] == fitted[1] == frozenset(range(24)) - fitted[2]
    newest = frozenset()
    for what, cases in Watched.notes[: last + 1]:
        if what == "fit":
            newest = cases
        else:
            assert cases == frozenset(range(24)) - newest


def test_series_of_unequal_length_have_a_path_too():
    x, y = load_japanese_vowels("train")
    found = channel_path(LightWaveSClassifier(**QUICK), x, y, n_channels=[2], n_splits=2)
    assert found.n_channels.tolist() == [2, 12]
    assert found.score[1] > 0.8


def test_a_path_of_wrong_arguments_says_what_is_wrong():
    model = LightWaveSClassifier(**QUICK)
    for wrong, error, said in (
        ({"n_channels": [7]}, ValueError, "at most 6"),
        ({"n_channels": [0]}, ValueError, "n_channels must be"),
        ({"n_channels": 3}, TypeError, "sequence of numbers"),
        ({"n_splits": 1}, ValueError, "n_splits must be"),
        ({"n_splits": 11}, ValueError, "fewer cases than n_splits=11"),
    ):
        with pytest.raises(error, match=said):
            channel_path(model, X, Y, **wrong)
    with pytest.raises(TypeError, match="must be a LightWaveSClassifier or LightWaveSRegressor, got LightWaveS"):
        channel_path(LightWaveS(), X, Y)


def test_of_one_number_that_differs_a_path_says_so_before_any_fit(monkeypatch):
    """Once, the error said that y has only one value."""
    monkeypatch.setattr(LightWaveSRegressor, "fit", lambda *_, **__: pytest.fail("it fits"))
    with pytest.raises(ValueError, match="without cases that are left out together, y has only one value, 0: more"):
        channel_path(LightWaveSRegressor(**QUICK), X, (np.arange(40) == 7).astype(float))


@pytest.mark.parametrize("channels", [[1, 4], ["gy", "ay"], [np.int64(4), "ay"]], ids=str)
def test_a_model_of_some_channels_takes_series_of_all_and_is_that_of_these_alone(channels, tmp_path):
    model = LightWaveSClassifier(**QUICK, channel_names=NAMES)
    small = refit(model, X, Y, channels)
    assert set(small.channels_.tolist()) <= {1, 4}
    alone = LightWaveSClassifier(**QUICK, channel_names=["ay", "gy"]).fit(X[:, [1, 4]], Y)
    np.testing.assert_array_equal(small.decision_function(X), alone.decision_function(X[:, [1, 4]]))
    assert small.get_feature_names_out().tolist() == alone.get_feature_names_out().tolist()
    other = X.copy()
    other[:, [0, 2, 3, 5]] = 1e3
    np.testing.assert_array_equal(small.predict_proba(other), small.predict_proba(X))
    save(small, tmp_path / "small")
    np.testing.assert_array_equal(load(tmp_path / "small").decision_function(X), small.decision_function(X))
    assert set(small.candidate_channels_.tolist()) <= {1, 4}
    assert small.screening_.shape == (6,)
    assert not small.screening_["kept"][[0, 2, 3, 5]].any()
    np.testing.assert_array_equal(small.narrowed().predict(X[:, small.channels_]), small.predict(X))


def test_channels_that_are_not_there_are_named():
    model = LightWaveSClassifier(**QUICK)
    for wrong, error, said in (
        ([6], ValueError, "names 6, but X has 6 channels"),
        ([-1], ValueError, "channels must be"),
        ([], ValueError, "channels is empty"),
        (["ax"], ValueError, "the channels have no names"),
        ("ax", TypeError, "sequence of numbers or names"),
        (3, TypeError, "sequence of numbers or names"),
        ([1.5], TypeError, "channels must be"),
    ):
        with pytest.raises(error, match=said):
            refit(model, X, Y, wrong)
    with pytest.raises(ValueError, match="names 'height', but there are ax, ay"):
        refit(LightWaveSClassifier(channel_names=NAMES), X, Y, ["height"])
    with pytest.raises(TypeError, match="must be a LightWaveS, LightWaveSClassifier or LightWaveSRegressor, got"):
        refit(None, X, Y, [0])


def test_shares_that_are_drawn_and_named_sum_to_one():
    model = LightWaveSClassifier(**QUICK).fit(X, Y)
    display = ChannelImportancesDisplay.from_estimator(model, max_channels=2)
    assert len(display.ax_.patches) == 2
    bars = sum(bar.get_width() for bar in display.ax_.patches)
    (rest,) = (text.get_text() for text in display.ax_.texts if "more" in text.get_text())
    assert rest.strip() == f"{len(model.channels_) - 2} more: {1 - bars:.1%} together"
    assert display.importances.sum() == pytest.approx(1)


def test_a_path_is_drawn_with_its_errors_beside_the_losses(path, pyplot):
    display = ChannelPathDisplay(path).plot()
    left, right = display.axes_
    np.testing.assert_array_equal(left.get_lines()[0].get_ydata(), path.score)
    assert left.get_ylim()[1] <= 1
    widths = sorted(bar.get_width() for bar in right.patches)
    np.testing.assert_allclose(widths, sorted(100 * path.loss))
    assert len(pyplot.get_fignums()) == 1


@pytest.mark.filterwarnings("error")
def test_a_path_of_a_thousand_channels_has_room():
    n = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1000])
    wide = ChannelPath(
        n_channels=n,
        score=1 - 0.3 / n,
        standard_error=np.full(len(n), 0.01),
        channels=[np.arange(k) for k in n],
        loss=np.linspace(0, 0.1, 1000),
        loss_error=np.full(1000, 0.01),
        channel_names=[f"a channel with a long name, number {i}" for i in range(1000)],
        n_cases=100,
    )
    display = ChannelPathDisplay(wide).plot(max_channels=10)
    assert len(display.axes_[1].patches) == 10
    display.figure_.canvas.draw()


def test_of_one_channel_it_is_said_within_the_picture_that_it_is_enough():
    one = np.ones(1)
    path = ChannelPath(n_channels=np.array([1]), score=0.6 * one, standard_error=0.1 * one, channels=[np.arange(1)],
                       loss=0.1 * one, loss_error=0.1 * one, channel_names=["pressure"], n_cases=60)  # fmt: skip
    left = ChannelPathDisplay(path).plot(drawing.paper(10, 4)).ax_
    left.figure.draw_without_rendering()
    assert [text.get_window_extent().x0 >= left.bbox.x0 for text in left.texts] == [True]


def test_the_title_of_long_names_ends_within_the_picture():
    display = ChannelImportancesDisplay(
        importances=np.array([0.7, 0.3]),
        n_reading=np.array([20, 9]),
        channel_names=[f"hall {i}, the temperature of a bearing" for i in range(2)],
        n_features=20,
    )
    ax = display.plot(drawing.paper(6.4, 2.1)).ax_
    ax.figure.draw_without_rendering()
    assert ax._left_title.get_window_extent().x1 <= ax.figure.bbox.width


def test_a_path_counts_classes_as_the_model_does():
    """Once, a path told the plain accuracy of a model with class_weight, and noise had the largest loss."""
    rng = np.random.default_rng(0)
    y = (rng.random(160) < 0.15).astype(int)
    x = rng.standard_normal((160, 2, 30))
    x[:, 0] += 0.7 * y[:, np.newaxis]
    quick = LightWaveSClassifier(n_features=20, search_candidates=200, honest=False, random_state=0)
    weights = np.where(y, (1 - y.mean()) / y.mean(), 1.0)
    balanced = channel_path(clone(quick).set_params(class_weight="balanced"), x, y, n_splits=3)
    weighted = channel_path(quick, x, y, n_splits=3, sample_weight=weights)
    assert balanced.score[-1] == pytest.approx(weighted.score[-1], abs=0.1)
    assert balanced.loss[0] > balanced.loss[1]
    assert (balanced.standard_error > 0.02).all(), "few cases of the rare class say little"


def test_a_model_of_some_channels_takes_no_labels_that_name_the_cases_in_another_order():
    """Once, they were taken by place, as X had lost its index."""
    pandas = pytest.importorskip("pandas")
    names = [f"case {i:02d}" for i in range(len(Y))]
    frame = pandas.concat({name: pandas.DataFrame(x.T, columns=NAMES) for name, x in zip(names, X, strict=True)})
    labels = pandas.Series(Y, index=names)
    model = LightWaveSClassifier(**QUICK)
    for given in ({"y": labels[::-1]}, {"y": labels, "groups": pandas.Series(np.arange(40) % 9, index=names[::-1])}):
        with pytest.raises(ValueError, match="names the cases of X in another order"):
            refit(model, frame, channels=["ax", "gx"], **given)
    assert refit(model, frame, labels, channels=["ax", "gx"]).score(frame, labels) > 0.9


@pytest.mark.parametrize("without", ["a class of weight 0", "a class of one group"])
def test_a_path_takes_the_weights_of_classes_that_some_fits_do_not_see(without):
    """Once, it said that these classes are no labels of y, which `fit` with the same arguments does not."""
    rng = np.random.default_rng(0)
    y = np.array(["a", "b", "c"])[np.arange(60) % 3]
    x = rng.standard_normal((60, 2, 30)) + (y == "b")[:, np.newaxis, np.newaxis]
    model, how = LightWaveSClassifier(**QUICK), {"n_channels": [1], "n_splits": 3}
    if without == "a class of weight 0":
        some = y != "c"
        found = channel_path(clone(model).set_params(class_weight={"c": 0}), x, y, **how)
        np.testing.assert_array_equal(found.score, channel_path(model, x[some], y[some], **how).score)
    else:
        groups = np.where(y == "c", 10, np.arange(60) // 3 % 10)
        found = channel_path(clone(model).set_params(class_weight={"c": 5}), x, y, groups=groups, **how)
        assert (found.score < 0.4).all(), "a class that nobody knew counts by its weight"
    with pytest.raises(ValueError, match=r"class_weight names \['d'\], which are no labels of y"):
        channel_path(clone(model).set_params(class_weight={"d": 2}), x, y, **how)


def test_series_in_files_are_read_some_cases_at_a_time(tmp_path, monkeypatch):
    """Once, they had no channels to choose: 'tuple' object has no attribute 'indices'."""
    np.save(tmp_path / "x.npy", X)
    monkeypatch.setattr(reading, "AT_ONCE", 0)
    model, files = LightWaveSClassifier(**QUICK), [tmp_path / "x.npy"]
    small = refit(model, files, Y, [1, 4])
    in_memory = refit(model, X, Y, [1, 4])
    np.testing.assert_allclose(small.decision_function(X), in_memory.decision_function(X), atol=1e-3)
    ours, theirs = (channel_path(model, x, Y, n_channels=[2], n_splits=2) for x in (files, X))
    np.testing.assert_array_equal(ours.score, theirs.score)
    np.testing.assert_array_equal(ours.loss, theirs.loss)
