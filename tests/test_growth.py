"""Time and room grow with what is given, and not with its square: counted, as clocks of busy machines tell nothing."""

import sys
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from lightwaves import LightWaveSClassifier, load_basic_motions, windows
from lightwaves.cli.cases import CasesOfFile, for_model
from lightwaves.containers import stored
from lightwaves.datasets import windowing
from lightwaves.estimators import KernelHead
from lightwaves.inspection import report
from lightwaves.inspection.drawing import numbers_of
from lightwaves.panel import as_panel
from lightwaves.panel.ragged import RaggedPanel
from lightwaves.search.roles import draw_cases

MANY = 300


class Name(str):
    """A name that counts how often names are compared."""

    n_compared = 0

    def __eq__(self, other):
        Name.n_compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__

    def __str__(self):
        return self


def in_order(names):
    X = {name: np.zeros((1, 2)) for name in names}
    return as_panel(X, channel_names=names[::-1]).channel_names == tuple(names[::-1])


def chosen(names):
    return numbers_of(names[::-1], len(names), tuple(names)).tolist() == list(range(len(names)))[::-1]


def of_a_table(names):
    cases = CasesOfFile(np.arange(len(names)).reshape(1, -1, 1), None, np.arange(1), tuple(names))
    return for_model(cases, SimpleNamespace(channel_names_=tuple(names[::-1])), "").X[0, 0, 0] == len(names) - 1


@pytest.mark.parametrize("use", [in_order, chosen, of_a_table])
def test_the_name_of_each_channel_is_not_compared_with_all_others(use):
    names, Name.n_compared = [Name(f"sensor {c}") for c in range(MANY)], 0
    assert use(names)
    assert Name.n_compared < 20 * MANY


def test_an_error_about_many_channels_names_a_few():
    with pytest.raises(ValueError, match=r"unknown \['a0', .* missing \['b0', ") as caught:
        as_panel({f"a{c}": np.zeros((1, 2)) for c in range(MANY)}, channel_names=[f"b{c}" for c in range(MANY)])
    assert len(str(caught.value)) < 400


def room_of(take):
    """Bytes that something takes at most."""
    take()
    tracemalloc.start()
    try:
        take()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_slice_of_very_unequal_series_takes_no_room_for_all_cases():
    panel = RaggedPanel([np.zeros((1, 1))] * 20_000 + [np.zeros((1, 100_000))])
    assert room_of(lambda: panel[7:8]) < 10_000


def test_a_slice_of_many_files_takes_no_room_for_all_files(tmp_path, monkeypatch):
    path, cases = tmp_path / "cases.npy", np.arange(6.0).reshape(2, 1, 3)
    np.save(path, cases)
    monkeypatch.setattr(stored, "opened", lambda *_: cases)
    files = stored.Files([path] * 5000)
    assert files.shape == (10_000, 1, 3)
    np.testing.assert_array_equal(files[4001:4004], cases[[1, 0, 1]])
    assert room_of(lambda: files[4001:4004]) < 10_000


class Codes(np.ndarray):
    """Codes of classes that count how often all of them are looked through for one class."""

    n_compared = 0

    def __eq__(self, other):
        Codes.n_compared += 1
        return super().__eq__(other)


def test_cases_of_many_classes_are_drawn_without_a_look_at_all_cases_for_each_class():
    y = np.random.RandomState(0).randint(MANY, size=10 * MANY)
    y[y == 5] = 4  # of which there is none
    random_state = np.random.RandomState(0)
    quotas = [(members, max(1, len(members) // 10)) for members in (np.flatnonzero(y == k) for k in range(y.max() + 1))]
    one_by_one = [random_state.choice(some, min(len(some), n), replace=False) for some, n in quotas]
    drawn = draw_cases(y.view(Codes), MANY, np.random.RandomState(0))
    np.testing.assert_array_equal(drawn, np.sort(np.concatenate(one_by_one)))
    assert Codes.n_compared == 0


def test_windows_of_many_cases_are_cut_together(monkeypatch):
    views, view = [], windowing.sliding_window_view
    monkeypatch.setattr(windowing, "sliding_window_view", lambda *args, **how: views.append(1) or view(*args, **how))
    X = np.arange(2 * 7 * MANY).reshape(MANY, 2, 7)
    cut, _, case = windows(np.asfortranarray(X), 3, 2)
    expected = [X[i, :, begin : begin + 3] for i in range(MANY) for begin in (0, 2, 4)]
    np.testing.assert_array_equal(cut, expected)
    assert cut.flags.c_contiguous
    assert case.tolist() == [i for i in range(MANY) for _ in range(3)]
    assert len(views) == 1


def test_slopes_of_a_kernel_head_take_no_room_for_each_class():
    Z = np.random.default_rng(0).standard_normal((120, 30)).astype(np.float32)
    head = KernelHead(20).fit(Z, np.arange(len(Z)) % 60)
    all_together = np.abs(head._gradient(Z.astype(float)))
    np.testing.assert_allclose(head._slopes(Z.astype(float)), all_together.mean(axis=(0, 1)))
    assert room_of(lambda: head._slopes(Z.astype(float))) < all_together.nbytes / 4


@pytest.mark.slow
def test_a_report_explains_a_few_cases_and_looks_at_no_others_for_that(monkeypatch, tmp_path):
    X, y = load_basic_motions()
    model = LightWaveSClassifier(n_features=20, search_candidates=500, honest=False, random_state=0).fit(X, y)
    explained, pages = [], sys.modules[report.__module__]
    for section in ("_data", "_classes", "_calibration", "_channels", "_features", "_cost"):
        monkeypatch.setattr(pages, section, lambda *_: [])
    paper = SimpleNamespace(figure_=None)
    monkeypatch.setattr(pages.ExplanationDisplay, "from_estimator", lambda _, X, **how: explained.append(X) or paper)
    monkeypatch.setattr(pages, "_picture", lambda *_, **how: "")
    monkeypatch.setattr(model, "_features", None)
    report(model, X, y, tmp_path / "page.html", n_cases=2)
    lines = (tmp_path / "page.html").read_text().splitlines()
    named = [int(line.split()[1].rstrip(":")) for line in lines if line.startswith("<p>Case")]
    assert len(named) == 4
    np.testing.assert_array_equal(np.stack([x for (x,) in explained]), X[named])
