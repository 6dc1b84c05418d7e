"""Displays hold the numbers that they draw, and draw them for few and for many channels, without a warning."""

import re
import sys
from copy import copy
from decimal import Context, Decimal, localcontext
from time import perf_counter

import numpy as np
import pytest
from own_heads import OfCosts
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge, RidgeClassifier
from wide import sweep, times

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    Rocket,
    WaveletScattering,
    load_basic_motions,
    load_japanese_vowels,
)
from lightwaves.banks import Intervals
from lightwaves.inspection import (
    ClassMeansDisplay,
    ConfusionDisplay,
    CostDisplay,
    CoverageDisplay,
    ExplanationDisplay,
    FeatureMapDisplay,
    ReliabilityDisplay,
    SelectionPathDisplay,
    drawing,
    explain,
    report,
)
from lightwaves.inspection.cases import quartiles
from lightwaves.inspection.predictions import labels_for

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pyplot")]

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
FEW = {"n_features": 60, "search_candidates": 400, "random_state": 0}


def suptitle_of(figure):
    """The title above all panels, also of a Matplotlib that does not tell it yet."""
    return "" if figure._suptitle is None else figure._suptitle.get_text()


@pytest.fixture(scope="module")
def model():
    return LightWaveSClassifier(**FEW).fit(X, Y)


@pytest.fixture(scope="module")
def wide():
    """A model of a thousand channels, of which it reads many."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 1000, 250)).astype(np.float32)
    return LightWaveSClassifier(n_features=200, search_candidates=2000, screen_channels=False).fit(x, Y), x


ALL = {
    "explanation": lambda model, x, y: ExplanationDisplay.from_estimator(model, x, case=1),
    "map": lambda model, x, y: FeatureMapDisplay.from_estimator(model),
    "selection": lambda model, x, y: SelectionPathDisplay.from_estimator(model),
    "reliability": ReliabilityDisplay.from_estimator,
    "confusion": ConfusionDisplay.from_estimator,
    "cost": CostDisplay.from_estimator,
    "means": ClassMeansDisplay.from_estimator,
}


@pytest.fixture(scope="module")
def priced():
    """A model whose labels and channels look like formulas that matplotlib cannot read."""
    y = np.char.add(Y.astype(str), r"$\q$")
    names = [rf"a channel in {c} $\q$" for c in range(6)]
    return LightWaveSClassifier(**FEW, channel_names=names, honest=False).fit(X, y), y


@pytest.mark.parametrize("draw", ALL.values(), ids=ALL)
def test_each_display_draws_one_figure_or_where_it_is_told_to_also_names_with_dollars(draw, priced, pyplot):
    model, y = priced
    display = draw(model, X, y)
    display.figure_.canvas.draw()
    assert len(pyplot.get_fignums()) == 1
    assert display.ax_.figure is display.figure_
    axes = [ax for ax in display.figure_.axes if ax.axison]
    assert any(ax.get_xlabel() for ax in axes)
    assert any(ax.get_title() or ax.get_title(loc="left") for ax in axes) or suptitle_of(display.figure_)
    _, (_, given) = pyplot.subplots(2, 1, figsize=(12, 12), layout="constrained")
    n_before = len(pyplot.get_fignums())
    assert display.plot(given) is display
    assert display.figure_ is given.figure
    given.figure.canvas.draw()
    assert len(pyplot.get_fignums()) == n_before


@pytest.mark.parametrize("draw", ALL.values(), ids=ALL)
def test_each_display_has_room_for_a_thousand_channels(draw, wide):
    model, x = wide
    draw(model, x, Y).figure_.draw_without_rendering()


RANGES = np.ptp(X[:, 0], axis=1).astype(float)
RANGES_TEST = np.ptp(X_TEST[:, 0], axis=1).astype(float)


@pytest.fixture(scope="module")
def regressor():
    return LightWaveSRegressor(**FEW).fit(X, RANGES)


OF_NUMBERS = {name: ALL[name] for name in ("explanation", "map", "selection", "cost", "means")}
OF_NUMBERS["coverage"] = CoverageDisplay.from_estimator


@pytest.mark.parametrize("draw", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_displays_of_a_regressor_name_what_they_show(draw, regressor, pyplot):
    display = draw(regressor, X_TEST, RANGES_TEST)
    display.figure_.canvas.draw()
    words = [suptitle_of(display.figure_)]
    for ax in display.figure_.axes:
        words += [ax.get_title(), ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]
    assert any(words)
    assert not [text for text in words if "class" in text or "accuracy" in text]
    _, (_, given) = pyplot.subplots(2, 1, figsize=(12, 12), layout="constrained")
    assert display.plot(given).figure_ is given.figure
    for wrong in (None, LightWaveS()):
        with pytest.raises((TypeError, NotFittedError)):
            draw(wrong, X_TEST, RANGES_TEST)


def test_coverage_is_the_share_of_numbers_that_intervals_hold(regressor):
    display = CoverageDisplay.from_estimator(regressor, X_TEST, RANGES_TEST)
    for level in (0.1, 0.9):
        low, high = regressor.predict_interval(X_TEST, level).T
        at = np.flatnonzero(np.isclose(display.level, level))[0]
        assert display.coverage[at] == ((low <= RANGES_TEST) & (high >= RANGES_TEST)).mean()
        assert display.half_width[at] == pytest.approx((high - low).mean() / 2)
    assert (display.standard_error > 0).all()
    other = LightWaveSRegressor(regressor=Ridge(), honest=False, **FEW).fit(X, RANGES)
    with pytest.raises(TypeError, match="Ridge, gives no intervals"):
        CoverageDisplay.from_estimator(other, X_TEST, RANGES_TEST)
    with pytest.raises(TypeError, match="must be a fitted LightWaveSRegressor"):
        CoverageDisplay.from_estimator(LightWaveSClassifier(), X_TEST, Y_TEST)


def test_the_cost_of_regressors_is_against_r2_and_kinds_are_not_mixed(model, regressor):
    display = CostDisplay.from_estimator(regressor, X_TEST, RANGES_TEST)
    np.testing.assert_allclose(display.accuracy, [regressor.score(X_TEST, RANGES_TEST)])
    assert display.score_name == "R2"
    with pytest.raises(TypeError, match="classifiers and regressors"):
        CostDisplay.from_estimator({"a": model, "b": regressor}, X_TEST, RANGES_TEST)
    with pytest.raises(ValueError, match="only one value"):
        CostDisplay.from_estimator(regressor, X_TEST, np.ones(40))


def test_means_of_a_regressor_are_those_of_four_ranges(regressor):
    display = ClassMeansDisplay.from_estimator(regressor, X_TEST, RANGES_TEST, max_channels=1)
    assert display.n_cases.tolist() == [10] * 4
    lowest = np.argsort(RANGES_TEST)[:10]
    channel = int(display.channel_names[0].split()[1])
    np.testing.assert_allclose(display.mean[0, 0], X_TEST[lowest, channel].mean(axis=0), rtol=1e-5, atol=1e-6)
    ends = [float(end) for end in display.classes[0].split(" to ")]
    np.testing.assert_allclose(ends, np.sort(RANGES_TEST)[[0, 9]], atol=1e-3 * np.ptp(RANGES_TEST))
    with pytest.raises(ValueError, match="only one value, 3"):
        ClassMeansDisplay.from_estimator(regressor, X_TEST, np.full(40, 3))
    with pytest.raises(ValueError, match="a regressor has no classes"):
        ExplanationDisplay.from_estimator(regressor, X_TEST, label=1.0)


def test_a_path_below_zero_is_drawn():
    path = {"n_features": np.array([20, 10]), "score": np.array([0.1, -0.4]), "taken": 10, "reason": "so"}
    unknown = np.full(2, np.nan)
    display = SelectionPathDisplay(**path, honest_score=unknown, standard_error=unknown, score_name="R2").plot()
    assert display.ax_.get_ylim()[0] < -0.4
    assert display.ax_.get_ylabel() == "R2"


@pytest.mark.parametrize("taken", [1000, 400, 100])
def test_why_so_many_features_were_kept_stands_beside_the_axis(taken):
    unknown, reason = np.full(2, np.nan), "the fewest that err no more than the best,\nwithin one standard error"
    path = {"n_features": np.array([1000, 100]), "score": np.array([0.9, 0.8]), "taken": taken, "reason": reason}
    ax = SelectionPathDisplay(**path, honest_score=unknown, standard_error=unknown).plot(drawing.paper(6.4, 3.8)).ax_
    ax.figure.draw_without_rendering()
    words = ax.texts[0].get_window_extent()
    assert ax.bbox.x0 < words.x0 < words.x1 < ax.bbox.x1


@pytest.mark.parametrize("draw", ALL.values(), ids=ALL)
def test_each_display_names_the_extra_where_matplotlib_is_missing(draw, model, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'lightwaves\[plots\]'"):
        draw(model, X_TEST, Y_TEST)


@pytest.mark.parametrize("draw", ALL.values(), ids=ALL)
def test_each_display_refuses_what_is_no_fitted_model(draw, pyplot):
    with pytest.raises(TypeError, match="must be a fitted"):
        draw(None, X_TEST, Y_TEST)
    with pytest.raises(NotFittedError):
        draw(LightWaveSClassifier(), X_TEST, Y_TEST)
    assert pyplot.get_fignums() == []


def test_a_case_is_drawn_with_the_numbers_of_its_explanation(model):
    display = ExplanationDisplay.from_estimator(model, X_TEST, case=5, max_channels=2, max_features=3)
    explanation = explain(model, X_TEST[5:6], cells=True)
    k = explanation.predicted[0]
    np.testing.assert_allclose(display.times, explanation.times[0, k])
    names = [f"channel {c}" for c in range(6)]
    for name, cells, of_channel in zip(display.channel_names, display.cells, display.channels, strict=True):
        c = names.index(name)
        np.testing.assert_allclose(cells, explanation.cells[0, k, c])
        np.testing.assert_allclose(of_channel, explanation.channels[0, k, c])
    np.testing.assert_allclose(display.channels.sum() + display.of_others, display.times.sum())
    assert np.abs(display.features).min() >= np.sort(np.abs(explanation.features[0, k]))[-3]
    *series, sums, features = display.axes_
    assert len(series) == 2
    assert len(features.patches) == 3
    assert f"{display.times.sum():+.3g}" in sums.get_title(loc="left")


def test_any_class_can_be_explained_and_an_unknown_one_or_case_is_refused(model):
    display = ExplanationDisplay.from_estimator(model, X_TEST, label=model.classes_[2])
    np.testing.assert_allclose(display.times, explain(model, X_TEST[:1]).times[0, 2])
    with pytest.raises(ValueError, match="label is 'flying', but the model knows"):
        ExplanationDisplay.from_estimator(model, X_TEST, label="flying")
    with pytest.raises(ValueError, match="case is 40, but X has 40 cases"):
        ExplanationDisplay.from_estimator(model, X_TEST, case=40)


@pytest.mark.parametrize("bank", [None, Rocket(100), WaveletScattering(), [Rocket(100), WaveletScattering()]], ids=str)
def test_the_map_counts_each_feature_once_for_each_channel_or_once_in_all(bank):
    model = LightWaveS(bank, **FEW).fit(X, Y)
    by_channel = FeatureMapDisplay.from_estimator(model, by="channel")
    assert by_channel.counts.sum() == len(model.plan_.reads[0])
    np.testing.assert_array_equal(
        by_channel.counts.sum(axis=(1, 2)), np.bincount(model.plan_.reads[1])[model.channels_]
    )
    by_number = FeatureMapDisplay.from_estimator(model, by="number")
    assert by_number.counts.sum() == len(model.plan_)
    with pytest.raises(ValueError, match="by must be"):
        FeatureMapDisplay.from_estimator(model, by="size")


def test_features_without_a_dilation_stand_at_none():
    """Once, those of intervals had a dilation of one time point."""
    plan = LightWaveS([Intervals(), Rocket(20)], n_features=40, search_candidates=200, random_state=0).fit(X, Y)
    display = FeatureMapDisplay.from_estimator(plan, by="number")
    assert display.dilations[:4] == ["none", "1", "2-3", "4-7"]
    other = np.array(display.statistics) == "other"
    assert display.counts[:, other, 0].sum() == display.counts[:, other].sum() > 0
    assert display.counts[:, ~other, 0].sum() == 0 < display.counts[:, ~other].sum()


def test_groups_of_a_reliability_hold_all_cases_and_their_means():
    probability = np.linspace(0.3, 1, 50)
    right = np.arange(50) % 3 > 0
    display = ReliabilityDisplay(probability=probability, right=right, n_bins=5).plot()
    assert display.n_cases.tolist() == [10] * 5
    np.testing.assert_allclose(display.mean_probability, probability.reshape(5, 10).mean(axis=1))
    np.testing.assert_allclose(display.accuracy, right.reshape(5, 10).mean(axis=1))
    gaps = np.abs(display.mean_probability - display.accuracy)
    assert display.calibration_error == pytest.approx(gaps.mean())
    (line,) = (line for line in display.ax_.get_lines() if len(line.get_xdata()) == 5 and line.get_marker() == "o")
    np.testing.assert_allclose(line.get_ydata(), display.accuracy)


def test_a_confusion_has_the_cases_of_all_classes_also_of_unknown_ones(model):
    y = Y_TEST.astype("U20")
    y[:3] = "something else"
    display = ConfusionDisplay.from_estimator(model, X_TEST, y)
    assert display.counts.sum() == len(y)
    k = display.classes.tolist().index("something else")
    assert display.recall[k] == 0
    assert np.isnan(display.precision[k])
    with pytest.raises(ValueError, match=r"y has shape \(39,\), but X has 40 cases"):
        ConfusionDisplay.from_estimator(model, X_TEST, Y_TEST[1:])


@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_missing_label_is_named_wherever_labels_are_compared(model, missing, tmp_path):
    """Once, it counted as wrong, or ended in an error about types."""
    y = np.where(np.arange(len(Y_TEST)) == 3, missing, Y_TEST.astype(object))
    for compare in (
        *(display.from_estimator for display in (ReliabilityDisplay, ConfusionDisplay, CostDisplay)),
        lambda model, X, y: report(model, X, y, tmp_path / "report.html"),
        lambda model, X, y: model.score(X, y),
    ):
        with pytest.raises(ValueError, match="y has no label for case 3"):
            compare(model, X_TEST, y)


def test_labels_of_tests_that_are_objects_are_told_of_as_those_of_a_fit_are():
    with pytest.raises(ValueError, match=r"objects of the type int. Make y .* such as y\.astype\(int\)"):
        labels_for(np.array([0, 1], object), 2, np.array([0, 1]))
    assert labels_for(np.array(["b", "a"], object), 2, np.array(["a", "b"])).tolist() == ["b", "a"]


def test_a_confusion_of_one_class_alone_is_drawn_without_a_warning():
    assert ConfusionDisplay.from_predictions(np.array(["a"] * 3), np.array(["a"] * 3)).counts.tolist() == [[3]]


def test_a_confusion_of_many_classes_has_room():
    y = np.arange(300) % 90
    ConfusionDisplay.from_predictions(y, np.roll(y, 1)).figure_.canvas.draw()


def test_a_class_that_no_case_has_is_drawn_with_its_name_alone():
    display = ConfusionDisplay.from_predictions(np.array(["a", "a"]), np.array(["a", r"$\q$"]))
    display.figure_.canvas.draw()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == [r"\$\q\$", "a  50%"]


def test_costs_of_several_models_stand_beside_each_other(model):
    small = LightWaveSClassifier(**FEW | {"n_features": 10}).fit(X, Y)
    display = CostDisplay.from_estimator({"small": small, "large": model}, X_TEST, Y_TEST)
    assert display.n_features.tolist() == [10, 60]
    assert display.n_bytes.tolist() == [small.plan_.n_bytes, model.plan_.n_bytes]
    np.testing.assert_allclose(display.accuracy, [small.score(X_TEST, Y_TEST), model.score(X_TEST, Y_TEST)])
    assert (display.microseconds > 0).all()
    with pytest.raises(ValueError, match=r"y has shape \(1,\), but X has 40 cases"):
        CostDisplay.from_estimator(model, X_TEST, Y_TEST[:1])
    with pytest.raises(ValueError, match="empty mapping"):
        CostDisplay.from_estimator({}, X_TEST, Y_TEST)


def test_the_reason_for_the_number_of_features_is_told(model):
    assert SelectionPathDisplay.of(model).reason == "as n_features says"
    auto = LightWaveSClassifier(**FEW | {"n_features": "auto"}).fit(X, Y)
    assert SelectionPathDisplay.of(auto).reason.startswith("the fewest that err no more")


def test_an_honest_score_is_drawn_where_the_model_has_one(model):
    display = SelectionPathDisplay.of(model)
    display.honest_score = np.where(display.n_features == display.taken, 0.8, np.nan)
    display.standard_error = np.full(len(display.n_features), 0.05)
    low, high = display.plot().ax_.get_ylim()
    assert low < 0.75
    assert high > 0.8


def test_means_of_classes_are_those_of_the_cases_that_last_so_long():
    x, y = load_japanese_vowels("train")
    display = ClassMeansDisplay.from_data(x, y, channels=[2])
    k, t = 1, 12
    values = [case[2, t] for case, label in zip(x, y, strict=True) if label == display.classes[k] and case.shape[1] > t]
    np.testing.assert_allclose(display.mean[k, 0, t], np.mean(values), rtol=1e-6)
    np.testing.assert_allclose(display.low[k, 0, t], np.percentile(values, 25), rtol=1e-6)
    assert np.isnan(display.mean[k, 0, -1]) or max(case.shape[1] for case in x) == display.mean.shape[2]


@pytest.mark.parametrize("missing", ["zero", "interpolate"])
def test_means_of_classes_are_of_the_values_that_are_there_whatever_a_model_puts_into_gaps(model, missing):
    gaps = X[:, :, :30].copy()
    gaps[::2, :, 5:20] = np.nan
    filling = copy(model).set_params(missing=missing)
    display = ClassMeansDisplay.from_estimator(filling, gaps, Y, max_channels=1)
    channel = int(model.channel_importances_.argmax())
    of_data = ClassMeansDisplay.from_data(gaps, Y, channels=[channel])
    for name in ("mean", "low", "high"):
        np.testing.assert_array_equal(getattr(display, name), getattr(of_data, name))


def test_quartiles_are_those_of_numpy_in_a_fraction_of_its_time():
    """Once, each time point of each class took a tenth of a millisecond: of forty classes, a report took a minute."""
    x = np.random.default_rng(0).standard_normal((7, 300))
    x[np.random.default_rng(1).random(x.shape) < 0.3] = np.nan
    x[:, :9] = np.nan
    begin = perf_counter()
    found = quartiles(x)
    middle = perf_counter()
    with pytest.warns(RuntimeWarning, match="All-NaN slice"):
        expected = np.nanpercentile(x, (25, 75), axis=0)
    assert middle - begin < perf_counter() - middle
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_head_without_probabilities_has_no_reliability():
    model = LightWaveSClassifier(classifier=RidgeClassifier(), honest=False, **FEW).fit(X, Y)
    with pytest.raises(TypeError, match="RidgeClassifier, gives no probabilities"):
        ReliabilityDisplay.from_estimator(model, X_TEST, Y_TEST)


@pytest.mark.parametrize(
    ("channels", "error", "message"),
    [
        ([9], ValueError, "channels names 9, but X has 6 channels"),
        ([], ValueError, "channels is empty"),
        (["a"], ValueError, "channels names 'a', but the channels have no names"),
        (0, TypeError, "channels must be a sequence of numbers or names"),
        ([-1], ValueError, "channels must be at least 0"),
    ],
)
def test_channels_that_are_not_there_are_not_drawn(channels, error, message):
    with pytest.raises(error, match=message):
        ClassMeansDisplay.from_data(*load_basic_motions("train"), channels=channels)


def test_where_all_cases_are_right_their_share_has_an_error_all_the_same(model):
    """One case that was right had an accuracy of 1.000 with a standard error of 0.000."""
    display = CostDisplay.from_estimator(model, X_TEST[:1], Y_TEST[:1])
    assert display.accuracy.tolist() == [1.0]
    assert display.standard_error[0] > 0.3


def test_a_reliability_is_that_of_the_predicted_class():
    """Some heads predict by something else than their probabilities, whose largest was taken for that of the label."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 2, 50)), np.arange(60) % 3
    model = LightWaveSClassifier(n_features=40, search_candidates=400, classifier=OfCosts(9), random_state=0).fit(x, y)
    display = ReliabilityDisplay.from_estimator(model, x, y)
    assert display.right.mean() == model.score(x, y)
    chances = model.predict_proba(x)
    np.testing.assert_array_equal(display.probability, chances[np.arange(60), model.predict(x)])
    assert (display.probability < chances.max(axis=1)).any()


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("offset", sweep([101325.0, 1e9], [0.0]))
def test_numbers_far_from_zero_are_told_apart(offset, tmp_path):
    """Ranges of pressures in pascals all read 1.013e+05 to 1.013e+05."""
    x = np.random.default_rng(0).standard_normal((80, 2, 50)).cumsum(axis=2)
    y = offset + np.ptp(x[:, 0], axis=1)
    model = LightWaveSRegressor(n_features=20, search_candidates=200, random_state=0).fit(x, y)
    assert len(set(ClassMeansDisplay.from_estimator(model, x, y).classes)) == 4
    title = ExplanationDisplay.from_estimator(model, x).title
    end, begin, gained = map(Decimal, re.search(r"(\S+) = (\S+) of the training mean ([+-]\S+)", title).groups())
    assert end == begin + gained
    assert abs(float(end) - model.predict(x[:1])[0]) < 0.01
    report(model, x, y, tmp_path / "report.html", n_cases=0)
    rows = re.findall(r"<td>([^<]* to [^<]*)</td>", (tmp_path / "report.html").read_text("utf-8"))
    assert len(set(rows)) == len(rows) > 3


def test_sums_in_titles_add_up_and_zero_has_no_sign():
    """Each number was rounded by itself, so that half of the sums were off by one in the last digit."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 3, 40)), np.arange(60) % 3
    model = LightWaveSClassifier(n_features=15, search_candidates=200, random_state=0).fit(x, y)
    for case in range(times(5, 15)):
        title = ExplanationDisplay.from_estimator(model, x, case=case).title
        end, begin, gained = map(Decimal, re.search(r"score (\S+) = (\S+) of \D+ ([+-]\S+)", title).groups())
        assert end == begin + gained
        assert "-0.00" not in title


@pytest.mark.parametrize(
    ("number", "spread", "text"),
    [
        (101325.1234, 15.0, "101325.12"), (1e12 + 5, 3e9, "1000000000000"), (1.5e-9, 1e-10, "1.5e-9"), (0, 0, "0.000"),
        (-1e-9, 1.0, "0.000"), (3.14159, 0.01, "3.14159"), (1e300, 1e299, "1e+300"), (-2.345, 1.0, "-2.345"),
    ],
)  # fmt: skip
def test_a_number_has_the_digits_that_its_spread_asks_for(number, spread, text):
    assert drawing.decimal(number, drawing.exponent_of(spread)) == text
    with localcontext(Context(prec=3)):  # what a program computes with otherwise
        assert drawing.decimal(number, drawing.exponent_of(spread)) == text


def test_a_map_keeps_its_width_where_axes_are_given(model, pyplot):
    """Its headline was the title of its first, narrow panel, so that the layout left slivers of all."""
    figure, axes = pyplot.subplots(1, 2, figsize=(14, 4), layout="constrained")
    display = FeatureMapDisplay.from_estimator(model, ax=axes[0])
    figure.canvas.draw()
    assert sum(ax.get_position().width for ax in display.axes_) > 0.2


def test_axes_that_stand_in_no_grid_are_cut_too(model, pyplot):
    figure = pyplot.figure(figsize=(10, 5))
    display = ExplanationDisplay.from_estimator(model, X, ax=figure.add_axes([0.1, 0.2, 0.8, 0.6]))
    figure.canvas.draw()
    for ax in display.axes_:
        where = ax.get_position()
        assert where.x0 > 0.09
        assert where.x1 < 0.91
        assert where.y0 > 0.19


def test_one_time_point_is_seen(pyplot):
    x = np.random.default_rng(0).standard_normal((40, 2, 1))
    x[::2, 0] += 3
    y = np.arange(40) % 2
    for ax in ClassMeansDisplay.from_data(x, y).axes_:
        assert [line.get_marker() for line in ax.get_lines()] == ["o", "o"]
    model = LightWaveSClassifier(n_features=5, random_state=0).fit(x, y)
    sums = ExplanationDisplay.from_estimator(model, x).axes_[-2]
    ends = np.concatenate([path.vertices for bars in sums.collections for path in bars.get_paths()])
    assert np.ptp(ends[:, 0]) == 1.0
    assert np.ptp(ends[:, 1]) > 0


def test_titles_end_within_the_picture(pyplot):
    rng = np.random.default_rng(0)
    x, names = rng.standard_normal((40, 3, 50)), ["the second bearing of the left pump is worn out " * 3, "nothing"]
    y = np.array(names)[np.arange(40) % 2]
    model = LightWaveSClassifier(n_features=20, search_candidates=200, random_state=0).fit(x, y)
    for draw in ALL.values():
        figure = draw(model, x, y).figure_
        figure.draw_without_rendering()
        title = figure._suptitle or figure.axes[0].title
        assert title.get_window_extent().x1 <= figure.bbox.width


@pytest.mark.parametrize(
    ("y", "predicted", "message"),
    [
        (["a", "b", "b"], ["a"], r"y has shape \(3,\), but predicted \(1,\)"),
        (["a", "b", "b"], ["a", "b"], r"y has shape \(3,\), but predicted \(2,\)"),
        ([0, 1], ["0", "1"], "y holds labels such as 0, but predicted such as '0'"),
    ],
)
def test_labels_and_predictions_that_do_not_belong_together_are_refused(y, predicted, message):
    with pytest.raises(ValueError, match=message):
        ConfusionDisplay.from_predictions(np.array(y), np.array(predicted))


def test_colours_do_not_depend_on_the_unit_of_the_number():
    """Once, nothing had a colour where numbers were in picofarads."""
    y = X[:, 0].std(axis=1)
    shades = []
    for unit in (1.0, 2.0**-50):
        model = LightWaveSRegressor(**FEW).fit(X, y * unit)
        panels = ExplanationDisplay.from_estimator(model, X_TEST[:1]).figure_.axes
        mesh = next(panel.collections[0] for panel in panels if panel.collections)
        shades.append(mesh.norm(mesh.get_array()))
    np.testing.assert_allclose(*shades, atol=1e-6)


def test_long_names_leave_room_for_the_matrix_and_its_title():
    """Once, the title ran into the colour bar."""
    names = np.array(["walking_downstairs_1", "standing_up_slowly_2", "lying_to_sitting_3"])
    display = ConfusionDisplay.from_predictions(names[np.arange(90) % 3], names[np.arange(90) // 30])
    display.figure_.canvas.draw()
    matrix, bar = display.figure_.axes
    assert display.ax_.title.get_window_extent().x1 < bar.get_window_extent().x0
    assert matrix.get_window_extent().width > 0.3 * display.figure_.bbox.width
    with pytest.raises(ValueError, match="y has 0 cases"):
        ConfusionDisplay.from_predictions([], [])


def test_ranges_of_numbers_are_told_whole_also_of_data():
    """Once, ``1700798000 to 1701238000`` was cut in the middle, and data alone had no ranges, but an error."""
    y = 1.7e9 + 86400.5 * np.ptp(X[:, 0], axis=1).astype(np.float64)
    gaps = X.copy()
    gaps[3, 0, 5] = np.nan
    for display in (ClassMeansDisplay.from_data(gaps, y), ClassMeansDisplay.from_estimator(regressor_of(y), X, y)):
        told = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
        assert len(told) == 4
        assert all(re.fullmatch(r"[0-9.]+ to [0-9.]+ \([0-9]+\)", text) for text in told), told
    one = Y[0] == Y
    assert ClassMeansDisplay.from_data(X[one], Y[one]).n_cases.tolist() == [one.sum()]


@pytest.mark.usefixtures("unpainted")
def test_numbers_are_not_0_beside_one_that_is_far_larger(regressor, tmp_path):
    """Once, a report said that numbers were "0 to 0", and that of a case 0 was predicted, "in truth 0"."""
    y = np.where(np.arange(40) == 7, 1e6, 5 + RANGES_TEST)
    told = ClassMeansDisplay.from_estimator(regressor, X_TEST, y, max_channels=1).classes
    assert float(told[0].split(" to ")[0]) == pytest.approx(y.min(), abs=0.1)
    report(regressor, X_TEST, y, tmp_path / "report.html", n_cases=1)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert not re.search(r"<td>0 to|: 0, in truth", page)
    assert drawing.decimals([0.0, -0.04, 512.34, 1e6], 1e6) == ["0", "-0.0400", "512", "1000000"]


def test_a_legend_of_long_ranges_ends_within_its_panel(regressor):
    display = ClassMeansDisplay.from_estimator(regressor, X_TEST, 1e6 + 1e-3 * RANGES_TEST, max_channels=2)
    display.figure_.draw_without_rendering()
    panel = display.axes_[0]
    assert panel.get_legend().get_window_extent().x0 >= panel.bbox.x0
    assert panel.get_legend().get_window_extent().x1 <= panel.bbox.x1


def regressor_of(y):
    return LightWaveSRegressor(**FEW).fit(X, y)


def test_intervals_that_few_cases_cannot_tell_are_drawn_without_a_word():
    """Once, there was a warning for each level, which nobody had asked for."""
    y = X[:, 0].std(axis=1)
    CoverageDisplay.from_estimator(LightWaveSRegressor(**FEW).fit(X[:8], y[:8]), X_TEST, X_TEST[:, 0].std(axis=1))


def test_cases_of_one_probability_are_in_one_group_in_any_order():
    """Once, their order cut them apart: what was half right, and said so, was 0.5 off where labels ascended."""
    rng = np.random.default_rng(0)
    right, several = np.arange(100) < 50, np.repeat([0.4, 0.5, 0.9, 1.0], [3, 57, 10, 30])
    for order in (np.arange(100), rng.permutation(100)):
        equal = ReliabilityDisplay(probability=np.full(100, 0.5), right=right[order])
        assert (equal.n_cases.tolist(), equal.calibration_error) == ([100], 0.0)
        display = ReliabilityDisplay(probability=several[order], right=right[order])
        assert display.n_cases.tolist() == [3, 57, 10, 30]
        np.testing.assert_allclose(display.mean_probability, [0.4, 0.5, 0.9, 1.0])
