"""Names on one picture stay different, are in one line, and ask for a font once where signs are missing."""

import warnings

import numpy as np
import pytest

from lightwaves import LightWaveSClassifier, load_basic_motions
from lightwaves.inspection import (
    ChannelImportancesDisplay,
    ClassMeansDisplay,
    ConfusionDisplay,
    CostDisplay,
    ExplanationDisplay,
    FeatureMapDisplay,
    report,
)
from lightwaves.inspection.names import one_line, short, short_names

pytestmark = pytest.mark.usefixtures("pyplot")

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
FEW = {"n_features": 40, "search_candidates": 400, "random_state": 0, "honest": False}
MACHINES = [f"hall A, machine 1, sensor {i}, acceleration" for i in range(6)]
KINDS = np.char.add("walking slowly downstairs, ", np.char.add(Y.astype(str), ", with the left hand on the rail"))


LISTS = {
    "machines": MACHINES,
    "a thousand": [f"sensor number {i} in the hall" for i in range(1000)],
    "two places": [f"{s} pump in the old hall, sensor {i}, of steel" for s in ("left", "right") for i in range(12)],
    "three places": [f"h_{h}_machine_{m}_sensor_{i}_accel" for h in range(4) for m in range(5) for i in range(20)],
    "other words": ["idle", *(f"walking upstairs with a {'very ' * n}large bag in hand" for n in range(9))],
    "no words": ["x" * 100, "x" * 50 + "y" + "x" * 49, "x" * 99, "x" * 27, "xxxxxxxxxxxxx…xxxxxxxxxxxxx"],
    "spaces": ["a b", "a\tb", "a\nb", "a b (1)", "a b (2)"],
    "dollars": ["a $b$ c " * 8, "a $b$ d " * 8],
    "other types": [1, 2, 2.5, None, "1"],
    "few": ["a", "a", "b"],
    "none": [],
}


@pytest.mark.parametrize("longest", [12, 20, 28, 44])
@pytest.mark.parametrize("names", LISTS.values(), ids=LISTS)
def test_names_that_differ_stay_different_and_have_room(names, longest):
    """Once, each was cut by itself, so that six channels were all ``hall A, machi… acceleration``."""
    found = short_names(names, longest)
    told = {}
    for name, text in zip(names, found, strict=True):
        assert told.setdefault(text, str(name)) == str(name)
        assert len(text.replace(r"\$", "$")) <= longest


def test_any_names_stay_different():
    rng = np.random.default_rng(0)
    parts = ["ab", "hall", " ", "_", "1", "22", ", ", "machine", "…", "\t", "x" * 9]
    for _ in range(200):
        base = "".join(rng.choice(parts, 20))
        names = ["".join(rng.choice(parts, rng.integers(1, 30))) for _ in range(20)]
        names += [f"{base[:place]}Q{base[place:]}" for place in range(0, len(base), 3)]
        longest = int(rng.integers(12, 50))
        found = dict(zip(short_names(names, longest), names, strict=True))
        assert len(found) == len(set(names))
        assert max(map(len, found)) <= longest


def test_what_is_left_of_names_is_where_they_differ():
    assert short_names(MACHINES)[:2] == ["…sensor 0, acceleration", "…sensor 1, acceleration"]
    assert short_names(LISTS["three places"], 24)[-1] == "h_3_machine_4_sensor_19…"
    assert short("a name of one that stands alone") == "a name of one… stands alone"
    assert short_names(["short", "names"]) == ["short", "names"]


def test_a_name_is_one_line():
    assert one_line("a\tb\nc\x00d\u2028e\u3000f") == "a b c d e f"
    assert one_line("a\ud800") == "a\ufffd"
    assert one_line("Température °C") == "Température °C"


def labels_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.slow
def test_pictures_tell_channels_and_classes_apart():
    model = LightWaveSClassifier(**FEW, channel_names=MACHINES).fit(X, KINDS)
    shown = {
        "bars": labels_of(ChannelImportancesDisplay.from_estimator(model).ax_.yaxis),
        "map": labels_of(FeatureMapDisplay.from_estimator(model, by="channel").ax_.yaxis),
        "matrix": labels_of(ConfusionDisplay.from_estimator(model, X, KINDS).ax_.xaxis),
    }
    means = ClassMeansDisplay.from_estimator(model, X, KINDS)
    shown["legend"] = [text.get_text() for text in means.ax_.get_legend().get_texts()]
    shown["panels"] = [ax.get_title(loc="left") for ax in means.axes_]
    case = ExplanationDisplay.from_estimator(model, X)
    shown["series"] = [ax.get_title(loc="left").split(":")[0] for ax in case.axes_[:-2]]
    shown["features"] = labels_of(case.axes_[-1].yaxis)
    costs = CostDisplay.from_estimator(dict.fromkeys(MACHINES[:3], model), X, KINDS)
    shown["models"] = [text.get_text() for text in costs.ax_.texts]
    for what, names in shown.items():
        assert len(names) > 1, what
        assert len(set(names)) == len(names), what


@pytest.mark.slow
def test_a_legend_has_the_classes_whose_names_begin_with_an_underscore():
    """Once, matplotlib left them out."""
    legend = ClassMeansDisplay.from_data(X, np.char.add("_", Y.astype(str))).ax_.get_legend()
    assert [text.get_text().split()[0] for text in legend.get_texts()] == [f"_{label}" for label in np.unique(Y)]


@pytest.mark.slow
def test_signs_that_no_font_has_are_told_of_once(tmp_path):
    """Once, a report gave a warning for each sign and each time that it was measured, about 110."""
    names = ["\U0001f3bf振动", "温度", "a\tb", "a b", "压力 1", "压力 2"]
    y = np.where(np.equal(Y, Y[0]), "行走", Y)
    model = LightWaveSClassifier(**FEW, channel_names=names).fit(X, y)

    def drawn(display):
        display.figure_.canvas.draw()
        return display

    calls = [
        lambda: report(model, X, y, tmp_path / "report.html", n_cases=0),
        lambda: drawn(ChannelImportancesDisplay.from_estimator(model)),
        lambda: drawn(ExplanationDisplay.from_estimator(model, X)),
        lambda: drawn(ClassMeansDisplay.from_estimator(model, X, y)),
        lambda: drawn(ConfusionDisplay.from_estimator(model, X, y)),
        lambda: drawn(FeatureMapDisplay.from_estimator(model, by="channel")),
    ]
    for call in calls:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            call()
        (warning,) = told
        assert warning.filename == __file__
        assert 'matplotlib.rcParams["font.family"] = ["DejaVu Sans", "Noto Sans CJK JP"]' in str(warning.message)
    with pytest.warns(UserWarning, match="does not have: .*The pictures show □ instead"):
        bars = ChannelImportancesDisplay.from_estimator(model)
    assert {"a b (1)", "a b (2)", "□□ 1", "□□ 2", "□□", "□□□"} == set(labels_of(bars.ax_.yaxis))
    page = (tmp_path / "report.html").read_text("utf-8")
    assert all(f"<td>{name}</td>" in page for name in ("\U0001f3bf振动", "温度", "a b", "行走"))


def test_a_font_that_has_the_signs_is_used(monkeypatch):
    class Font:
        family_name = "Noto Sans CJK JP"

        def get_charmap(self):
            return {ord(c): 1 for c in "温度"}

    monkeypatch.setattr("lightwaves.inspection.names._fonts", lambda: [Font()])
    assert short_names(["温度"]) == ["温度"]
    with pytest.warns(UserWarning, match="does not have: 压"):
        assert short_names(["温压"]) == ["温?"]
    assert len(short_names(["温度" * 20])[0]) <= 18
