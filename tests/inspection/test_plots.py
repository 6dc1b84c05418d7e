"""Pictures show what the model holds."""

import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from lightwaves import FeatureSelector, LightWaveS, LightWaveSClassifier, load_basic_motions
from lightwaves.inspection.plots import plot_channel_importances, plot_selection_path

X, Y = load_basic_motions("train")
FEW = {"search_candidates": 400, "random_state": 0}
NAMES = ["ax", "ay", "az", "gx", "gy", "gz"]


def labels_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.fixture
def figures():
    return pytest.importorskip("matplotlib.figure")


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_bars_are_the_importances_largest_first(kind, selection, figures):
    model = kind(n_features=12, selection=selection, channel_names=NAMES, **FEW).fit(X, Y)
    ax = plot_channel_importances(model)
    shares = [bar.get_width() for bar in ax.patches]
    np.testing.assert_allclose(shares, sorted(model.channel_importances_, reverse=True))
    order = np.argsort(-model.channel_importances_, kind="stable")
    assert labels_of(ax) == [NAMES[i] for i in order]
    assert ax.yaxis_inverted(), "the first bar is on top"
    written = [text.get_text() for text in ax.texts]
    counts = np.bincount(model.plan_.reads[1], minlength=6)
    assert written == [f"{counts[i]} features" if counts[i] else "not read" for i in order]
    assert ax.get_title() == f"12 features read {len(model.channels_)} of 6 channels"


def test_channels_without_names_are_numbered(figures):
    ax = plot_channel_importances(LightWaveS(n_features=12, **FEW).fit(X, Y))
    assert sorted(labels_of(ax)) == [f"channel {i}" for i in range(6)]


def test_only_so_many_channels_are_drawn(figures):
    model = LightWaveS(n_features=12, **FEW).fit(X, Y)
    ax = plot_channel_importances(model, max_channels=2)
    assert labels_of(ax) == [f"channel {i}" for i in np.argsort(-model.channel_importances_, kind="stable")[:2]]


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_picture_is_written_in_the_format_of_its_name(ending, start, figures, tmp_path):
    model = LightWaveS(n_features=12, **FEW).fit(X, Y)
    plot_channel_importances(model, path=tmp_path / f"channels.{ending}")
    contents = (tmp_path / f"channels.{ending}").read_bytes()
    assert contents.startswith(start)
    assert len(contents) > 1000


def test_given_axes_are_drawn_on_and_no_window_is_needed(figures, tmp_path):
    model = LightWaveS(n_features=12, **FEW).fit(X, Y)
    figure = figures.Figure()
    left, right = figure.subplots(1, 2)
    assert plot_channel_importances(model, ax=right, path=str(tmp_path / "both.png")) is right
    assert len(right.patches) == 6
    assert not left.patches
    assert (tmp_path / "both.png").stat().st_size > 1000


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    model = LightWaveS(n_features=12, **FEW).fit(X, Y)
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
    with pytest.raises(NotFittedError):
        plot_selection_path(LightWaveS())
