"""The report is one file that holds all it shows, whatever the model and the test cases."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.svm import SVR

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    __version__,
    load_basic_motions,
    load_japanese_vowels,
)
from lightwaves.inspection import ChannelPathDisplay, drawing, report
from lightwaves.inspection.report import reproduction

pytestmark = pytest.mark.slow

matplotlib = pytest.importorskip("matplotlib")
X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
FEW = {"n_features": 40, "search_candidates": 400, "random_state": 0}
VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """The tags, addresses and words of a page; all tags must be closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.words = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        """A tag begins."""
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """A tag ends."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Words between tags."""
        self.words.append(data)


def written(model, x, y, folder, **options):
    report(model, x, y, folder / "report.html", **options)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    page = Page(text)
    assert not [a[:30] for a in page.addresses if not a.startswith("data:")], "nothing is loaded"
    assert "script" not in page.tags
    return page, re.sub(r"\s+", " ", " ".join(page.words))


@pytest.fixture(scope="module")
def model():
    return LightWaveSClassifier(**FEW).fit(X, Y)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the report of the test cases, and nothing else."""
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def of_tests(model, folder):
    """Its page and its words."""
    names = [f"patient <{i}>" for i in range(len(Y_TEST))]
    return written(model, X_TEST, Y_TEST, folder, n_cases=1, case_names=names)


def test_the_report_says_what_it_promises(model, of_tests):
    page, words = of_tests
    for heading in ("Data", "Classes", "How sure", "Channels", "Features", "Cost", "Cases", "How to make it again"):
        assert heading in page.words
    assert f"{model.score(X_TEST, Y_TEST):.3f} accuracy on 40 test cases" in words
    assert f"lightwaves {__version__}" in words
    assert "n_features=40" in words
    assert words.count("right.") + words.count("wrong: ") == 2
    assert page.tags.count("img") == 6 + 2


# what follows is of words, but for names and numbers that a picture may not bear

RANGES, RANGES_TEST = (np.ptp(x[:, 0], axis=1).astype(float) for x in (X, X_TEST))


@pytest.fixture(scope="module")
def regressor():
    return LightWaveSRegressor(**FEW).fit(X, RANGES)


@pytest.mark.usefixtures("unpainted")
def test_a_regressor_has_a_report_of_its_errors_and_intervals(regressor, tmp_path):
    model = regressor
    page, words = written(model, X_TEST, RANGES_TEST, tmp_path, n_cases=1)
    for heading in ("Data", "Predictions", "How sure", "Channels", "Features", "Cost", "Cases", "How to make it again"):
        assert heading in page.words
    errors = model.predict(X_TEST) - RANGES_TEST
    assert f"{np.sqrt((errors**2).mean()):.4g} root of the mean squared error on 40 test cases" in words
    assert f"{model.score(X_TEST, RANGES_TEST):.3f} R2 on 40 test cases" in words
    worst = np.abs(errors).argmax()
    assert f"Case {worst}: {model.predict(X_TEST)[worst]:.4g}, in truth {RANGES_TEST[worst]:.4g}." in words
    assert not re.search("accura|class", words)
    assert page.tags.count("img") == 6 + 2


def test_a_regressor_has_a_report_also_of_one_case(regressor, tmp_path):
    _, words = written(regressor, X_TEST[:1], RANGES_TEST[:1], tmp_path, n_cases=1)
    assert "R2 on" not in words
    with pytest.raises(TypeError, match="real numbers"):
        report(regressor, X_TEST, Y_TEST, tmp_path / "r.html")


@pytest.mark.usefixtures("unpainted")
def test_a_regressor_with_another_head_has_a_report(tmp_path):
    other = LightWaveSRegressor(**FEW, regressor=SVR(), honest=False).fit(X, RANGES)
    page, words = written(other, X_TEST, RANGES_TEST, tmp_path)
    assert "How sure" not in page.words
    assert "Importance is a share of what the features counted in the search." in words
    assert "No case is explained: explain needs a linear head" in words


def test_names_and_titles_are_text_and_nothing_else_whatever_they_hold(tmp_path):
    """Once, a lone surrogate, which no file can hold, ended in an error."""
    x, kinds = np.concatenate([X, X[:, :2]], axis=1), np.unique(Y)
    y = np.select([kinds[0] == Y, kinds[1] == Y], ["<b>&amp;</b>", "a\ud800\tb"], r"$\q$ 'quoted'")
    model = LightWaveSClassifier(**FEW, channel_names=["<i>", "$", "_", "^", "&", "\\", "\x00", "\x01"]).fit(x, y)
    how = {"title": "<script>alert(1)</script>", "n_cases": 1, "command": "fit a\udcff.csv\n  --out b < c"}
    page, words = written(model, x, y, tmp_path, **how)
    assert "<b>&amp;</b>" in words
    assert "a\ufffd b" in words
    assert "<script>alert(1)</script>" in words
    assert "fit a\ufffd.csv\n  --out b < c" in page.words
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.tags.count("b") == text.count("<div><b>"), "only the facts of the page are bold"
    assert "i" not in page.tags


@pytest.mark.usefixtures("unpainted")
def test_all_channels_that_are_read_stand_in_a_table(model, of_tests, tmp_path):
    """Once, their names were in pictures only."""
    page, words = of_tests
    assert "channel share of importance features" in words
    for c in model.channels_:
        assert f"channel {c} {model.channel_importances_[c]:.2%} " in words
    assert "details" not in page.tags
    x = np.random.default_rng(0).standard_normal((40, 60, 100)).astype(np.float32)
    names = [f"<i>hall {i}</i> & so on" for i in range(60)]
    wide = LightWaveSClassifier(**FEW, channel_names=names, screen_channels=False).fit(x, Y)
    assert len(wide.channels_) > 20
    page, words = written(wide, x, Y, tmp_path, n_cases=0)
    assert f"All {len(wide.channels_)} channels that the model reads, by name" in words
    assert page.tags.count("details") == page.tags.count("summary") == 1
    assert "i" not in page.tags
    assert [word for word in page.words if word in names] == [
        names[c] for c in np.argsort(-wide.channel_importances_, kind="stable") if c in wide.channels_
    ]


@pytest.mark.parametrize("what", ["title", "command"])
def test_what_is_no_text_is_refused_before_any_work(what, model, tmp_path, monkeypatch):
    monkeypatch.setattr(LightWaveSClassifier, "predict", lambda *_: pytest.fail("it predicts"))
    with pytest.raises(TypeError, match=f"{what} must be text, got 5"):
        report(model, X, Y, tmp_path / "report.html", **{what: 5})


@pytest.mark.usefixtures("unpainted")
def test_series_of_unequal_length_have_a_report(tmp_path):
    model = LightWaveSClassifier(**FEW).fit(*load_japanese_vowels("train"))
    x, y = load_japanese_vowels("test")
    _, words = written(model, x[:60], y[:60], tmp_path, n_cases=1)
    assert re.search(r"\d+ to \d+ time points", words)


@pytest.mark.usefixtures("unpainted")
def test_another_head_has_a_report_that_says_what_it_cannot(tmp_path):
    model = LightWaveSClassifier(classifier=RandomForestClassifier(10, random_state=0), **FEW).fit(X, Y)
    _, words = written(model, X_TEST, Y_TEST, tmp_path)
    assert "No case is explained: explain needs a linear head" in words


@pytest.mark.usefixtures("unpainted")
def test_a_head_without_probabilities_or_a_mean_is_explained_from_the_test_cases(tmp_path):
    model = LightWaveSClassifier(classifier=RidgeClassifier(), honest=False, **FEW).fit(X, Y)
    page, _ = written(model, X_TEST, Y_TEST, tmp_path, n_cases=1)
    assert "How sure" not in page.words
    assert "Least sure" in page.words


@pytest.mark.usefixtures("unpainted")
def test_few_cases_and_unknown_labels_have_a_report(model, tmp_path):
    _, words = written(model, X_TEST[:2], [Y_TEST[0], "flying"], tmp_path)
    assert "labels that the model does not know: 1." in words


def test_without_matplotlib_the_error_names_the_extra_before_any_work(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr(LightWaveSClassifier, "_next_panel", lambda *_: pytest.fail("it reads"))
    with pytest.raises(ImportError, match=r"pip install 'lightwaves\[plots\]'"):
        report(model, X_TEST, Y_TEST, tmp_path / "r.html")
    with pytest.raises(ImportError, match=r"pip install 'lightwaves\[plots\]'"):
        ChannelPathDisplay.from_estimator(model, None, None)


def test_a_matplotlib_that_refuses_its_settings_is_an_error_before_any_work(model, tmp_path, monkeypatch):
    class Refused:
        def __getattr__(self, name):
            raise ValueError("Key backend: 'x' is not a valid value")

    monkeypatch.setitem(sys.modules, "matplotlib.figure", Refused())
    monkeypatch.setattr(LightWaveSClassifier, "_next_panel", lambda *_: pytest.fail("it reads"))
    with pytest.raises(ImportError, match=r"is MPLBACKEND wrong\?.* Key backend: 'x' is not"):
        report(model, X_TEST, Y_TEST, tmp_path / "r.html")


def test_wrong_arguments_are_refused_before_anything_is_written(model, tmp_path):
    with pytest.raises(ValueError, match="y has shape"):
        report(model, X_TEST, Y_TEST[1:], tmp_path / "r.html")
    with pytest.raises(ValueError, match="labels such as 0, but the model knows classes such as"):
        report(model, X_TEST, np.arange(40), tmp_path / "r.html")
    with pytest.raises(ValueError, match=r"knows no label in y, such as 'STAND.*'; its classes are \['Badm"):
        report(model, X_TEST, np.char.upper(Y_TEST.astype(str)), tmp_path / "r.html")
    with pytest.raises(ValueError, match="X has 5 channels"):
        report(model, X_TEST[:, :5], Y_TEST, tmp_path / "r.html")
    with pytest.raises(TypeError, match="must be a fitted LightWaveSClassifier"):
        report(LightWaveS(), X_TEST, Y_TEST, tmp_path / "r.html")
    with pytest.raises(ValueError, match="n_cases must be"):
        report(model, X_TEST, Y_TEST, tmp_path / "r.html", n_cases=-1)
    with pytest.raises(OSError, match=str(tmp_path)):
        report(model, X_TEST, Y_TEST, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.usefixtures("of_tests")
def test_a_browser_shows_the_report_without_a_word_of_complaint(width, folder, tmp_path):
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--window-size={width},2000",
               f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={tmp_path / 'shot.png'}")  # fmt: skip
    address = (folder / "report.html").as_uri()
    done = subprocess.run(["chromium", *options, address], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert "CONSOLE" not in done.stderr
    assert (tmp_path / "shot.png").stat().st_size > 20_000


@pytest.mark.usefixtures("unpainted")
def test_a_report_compares_scores_that_count_classes_alike(tmp_path):
    """Once, a plain accuracy stood beside an honest one that class_weight balances."""
    model = LightWaveSClassifier(n_features=20, search_candidates=200, class_weight="balanced", random_state=0)
    model.fit(X, Y)
    _, page = written(model, X_TEST, Y_TEST, tmp_path, n_cases=0)
    assert "the same, cases counted by class_weight (standard error" in page
    assert "honest estimate from the training cases, cases counted by class_weight" in page


def test_a_report_says_how_to_make_a_model_of_a_class_of_ones_own():
    class Own(LightWaveSClassifier):
        def __init__(self, site, n_features=40, random_state=None):
            super().__init__(n_features=n_features, random_state=random_state)
            self.site = site

    page = [*reproduction(Own("north", random_state=0), None)]
    assert "<pre>Own(random_state=0, site=&#x27;north&#x27;).fit(X, y)</pre>" in page


@pytest.mark.parametrize("paper", ["white", "auto"])
def test_a_picture_of_a_page_is_what_savefig_writes(paper):
    room = BytesIO()
    with matplotlib.rc_context({"figure.facecolor": "0.75", "savefig.facecolor": paper}):
        one, other = drawing.paper(4, 2), drawing.paper(4, 2)
        one.figure.savefig(room, dpi=110, metadata={"Software": None})
        assert drawing.painted(other.figure, 110) == room.getvalue()


def test_a_report_takes_names_of_cases(model, of_tests, tmp_path):
    assert len(re.findall(r"Patient <\d+>: ", of_tests[1])) == 2
    with pytest.raises(ValueError, match="case_names has 2 names, but there are"):
        report(model, X_TEST, Y_TEST, tmp_path / "r.html", case_names=["a", "b"])


@pytest.mark.usefixtures("unpainted")
def test_a_class_of_weight_0_has_no_place_in_a_report(tmp_path):
    """Once, a report was refused, as its weight is of a class that the model does not know."""
    model = LightWaveSClassifier(class_weight={Y[0]: 0}, n_features=20, search_candidates=200, random_state=0)
    others = np.not_equal(Y_TEST, Y[0])
    _, page = written(model.fit(X, Y), X_TEST[others], Y_TEST[others], tmp_path, n_cases=0)
    assert "cases counted by class_weight" in page
