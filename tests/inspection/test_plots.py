"""Pictures show what the model holds."""

import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from lightwaves import FeatureSelector, LightWaveS, LightWaveSClassifier, load_basic_motions
from lightwaves.inspection.plots import plot_channel_importances, plot_selection_path

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pyplot")]

X, Y = load_basic_motions("train")
FEW = {"search_candidates": 400, "random_state": 0}
NAMES = ["ax", "ay", "az", "gx", "gy", "gz"]


def labels_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.fixture
def figures():
    return pytest.importorskip("matplotlib.figure")


@pytest.fixture(scope="module")
def model():
    return LightWaveS(n_features=12, **FEW).fit(X, Y)


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_bars_are_the_importances_largest_first(kind, selection, figures):
    model = kind(n_features=12, selection=selection, channel_names=NAMES, **FEW).fit(X, Y)
    ax = plot_channel_importances(model)
    shares = [bar.get_width() for bar in ax.patches]
    order = np.argsort(-model.channel_importances_, kind="stable")[: len(model.channels_)]
    np.testing.assert_allclose(shares, model.channel_importances_[order])
    assert labels_of(ax) == [NAMES[i] for i in order]
    assert ax.yaxis_inverted(), "the first bar is on top"
    written = [text.get_text() for text in ax.texts]
    counts = np.bincount(model.plan_.reads[1], minlength=6)
    assert written == [f"{model.channel_importances_[i]:.1%}, in {counts[i]} features" for i in order]
    assert ax.get_title(loc="left").startswith(f"12 features read {len(order)} of 6 channels")
    assert ("are not read" in ax.get_title(loc="left")) == (len(order) < 6)


def test_channels_without_names_are_numbered(model):
    ax = plot_channel_importances(model)
    assert sorted(labels_of(ax)) == [f"channel {i}" for i in range(6)]


def test_only_so_many_channels_are_drawn(model):
    ax = plot_channel_importances(model, max_channels=2)
    assert labels_of(ax) == [f"channel {i}" for i in np.argsort(-model.channel_importances_, kind="stable")[:2]]


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_picture_is_written_in_the_format_of_its_name(ending, start, model, tmp_path):
    plot_channel_importances(model, path=tmp_path / f"channels.{ending}")
    contents = (tmp_path / f"channels.{ending}").read_bytes()
    assert contents.startswith(start)
    assert len(contents) > 1000


def test_given_axes_are_drawn_on_and_no_window_is_needed(figures, model, tmp_path):
    figure = figures.Figure()
    left, right = figure.subplots(1, 2)
    assert plot_channel_importances(model, ax=right, path=str(tmp_path / "both.png")) is right
    assert len(right.patches) == 6
    assert not left.patches
    assert (tmp_path / "both.png").stat().st_size > 1000


def test_a_picture_is_pyplots_so_that_a_notebook_and_show_show_it(model, pyplot):
    first = plot_channel_importances(model)
    assert (pyplot.get_fignums(), pyplot.gcf()) == ([1], first.figure)
    second = plot_selection_path(model)
    assert (pyplot.get_fignums(), pyplot.gcf()) == ([1, 2], second.figure)
    assert len(first.patches) == 6, "the second is not drawn over the first"


def test_a_figure_that_is_empty_is_drawn_on(model, pyplot):
    figure = pyplot.figure()
    assert plot_channel_importances(model).figure is figure
    _, (left, right) = pyplot.subplots(1, 2)
    pyplot.sca(left)
    assert plot_channel_importances(model) is left
    pyplot.sca(right)
    assert plot_selection_path(model) is right
    assert pyplot.get_fignums() == [1, 2]


def test_a_picture_that_is_only_written_leaves_nothing_open(model, pyplot, tmp_path):
    plot_channel_importances(model, path=tmp_path / "channels.png")
    plot_selection_path(model, path=tmp_path / "path.png")
    assert pyplot.get_fignums() == []
    assert {path.name for path in tmp_path.iterdir()} == {"channels.png", "path.png"}


@pytest.mark.parametrize("plot", [plot_channel_importances, plot_selection_path])
def test_what_is_no_model_is_named_and_leaves_no_empty_figure(plot, model, pyplot):
    for wrong, said in (
        (make_pipeline(model), "Pipeline; of a pipeline, pass the step"),
        (None, "NoneType"),
        (LightWaveS, "the class LightWaveS"),
    ):
        with pytest.raises(TypeError, match=rf"must be a fitted LightWaveS.*, got {said}\.$"):
            plot(wrong)
    with pytest.raises(NotFittedError):
        plot(LightWaveS())
    for wrong, error in ((0, ValueError), (2.5, TypeError)):
        with pytest.raises(error, match="max_channels must be"):
            plot_channel_importances(model, max_channels=wrong)
    assert pyplot.get_fignums() == []


def test_without_matplotlib_the_error_names_the_extra(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'lightwaves\[plots\]'"):
        plot_channel_importances(model)


def test_the_path_of_a_selection_is_drawn_as_it_was(figures, tmp_path):
    model = LightWaveS(n_features=60, **FEW).fit(X, Y)
    ax = plot_selection_path(model, path=tmp_path / "path.png")
    (line, kept) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), model.selection_path_["n_features"])
    np.testing.assert_array_equal(line.get_ydata(), model.selection_path_["score"])
    assert list(kept.get_xdata()) == [60, 60]
    assert (tmp_path / "path.png").read_bytes().startswith(b"\x89PNG")
    selector = FeatureSelector(n_features=7, method="detach").fit(model.transform(X), Y)
    assert list(plot_selection_path(selector, ax=ax).get_lines()[-1].get_xdata()) == [7, 7]


def test_a_model_without_a_path_says_so(figures):
    with pytest.raises(ValueError, match="not chosen by detachment"):
        plot_selection_path(LightWaveS(n_features=5, selection="mrmr").fit(X, Y))
