"""Progress is told once, where somebody asked and looks, and never stops the work."""

import io
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import LightWaveSClassifier, load_basic_motions
from lightwaves.entries import Array
from lightwaves.parallel.checkpoint import Checkpoint
from lightwaves.parallel.crew import Crew
from lightwaves.parallel.progress import Bars, Lines, Progress, moving_bar, progress_of

X, Y = load_basic_motions("train")


class Clock:
    """A time that passes when it is told to."""

    time = 0.0

    def __call__(self):
        """What it is now."""
        return self.time


class Bar:
    """A bar that remembers what it was told, in place of tqdm's."""

    made = []
    written = []

    def __init__(self, **options):
        self.options, self.n, self.closed = options, options["initial"], False
        self.made.append(self)

    def update(self):
        """One step more."""
        self.n += 1

    def close(self):
        """The end."""
        self.closed = True

    @classmethod
    def write(cls, line):
        """A line above the bar."""
        cls.written.append(line)


@pytest.fixture
def bar(monkeypatch):
    monkeypatch.setattr(Bar, "made", [])
    monkeypatch.setattr(Bar, "written", [])
    return Bar


# --- lines --------------------------------------------------------------------------------------------------


def test_a_stage_is_a_line_and_every_few_seconds_another_with_rate_and_time_left(capsys):
    clock = Clock()
    clock.time = 100.0
    lines = Lines(now=clock)
    clock.time += 2
    with lines.stage("computing", total=100) as advance:
        for _ in range(13):
            clock.time += 1
            advance()
    lines.say("done")
    assert capsys.readouterr().out.splitlines() == [
        "[lightwaves    2.00 s] computing, 100 steps",
        "[lightwaves    7.00 s] computing, 5 of 100 steps, 1 a second, 0:01:35 left",
        "[lightwaves   12.00 s] computing, 10 of 100 steps, 1 a second, 0:01:30 left",
        "[lightwaves   15.00 s] done",
    ]


def test_what_was_done_before_counts_but_not_for_the_rate(capsys):
    clock = Clock()
    with Lines(now=clock).stage("computing", total=10, done=5) as advance:
        clock.time = 4.0
        advance()
        clock.time = 12.0
        advance()
        advance()
    assert capsys.readouterr().out.splitlines()[1:] == [
        "[lightwaves   12.00 s] computing, 7 of 10 steps, 0.125 a second, 0:00:24 left"
    ]


def test_the_first_step_which_compiles_loops_says_nothing_of_the_others(capsys):
    """Once, the first fit had four minutes left, two seconds before its end."""
    clock = Clock()
    with Lines(now=clock).stage("computing", total=10) as advance:
        for clock.time in (8.0, 9.0, 13.5):
            advance()
    assert capsys.readouterr().out.splitlines()[1:] == [
        "[lightwaves    8.00 s] computing, 1 of 10 steps",
        "[lightwaves   13.50 s] computing, 3 of 10 steps, 0.364 a second, 0:00:19 left",
    ]


def test_a_stage_without_a_total_has_no_time_left(capsys):
    clock = Clock()
    with Lines(now=clock).stage("rounds") as advance:
        clock.time = 5.0
        advance()
        clock.time = 10.0
        advance()
    assert capsys.readouterr().out.splitlines() == [
        "[lightwaves    0.00 s] rounds",
        "[lightwaves    5.00 s] rounds, 1 step",
        "[lightwaves   10.00 s] rounds, 2 steps, 0.2 a second",
    ]


def test_more_steps_than_there_should_be_are_no_error(capsys):
    clock = Clock()
    with Lines(now=clock).stage("rounds", total=1) as advance:
        advance()
        clock.time = 5.0
        advance()
    assert capsys.readouterr().out.splitlines()[-1].endswith("2 of 1 step, 0.2 a second, 0:00:00 left")


def test_a_stage_of_nothing_is_not_told(capsys, bar):
    for teller in (Lines(), Bars(bar)):
        with teller.stage("nothing", total=0) as advance:
            advance()
    assert not capsys.readouterr().out
    assert not bar.made


def test_an_output_that_is_closed_stops_no_work(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    clock = Clock()
    with Lines(now=clock).stage("computing", total=2) as advance:
        clock.time = 10.0
        advance()


# --- bars ---------------------------------------------------------------------------------------------------


def test_a_stage_is_a_bar_that_is_closed_whatever_happens(bar):
    bars = Bars(bar)
    with bars.stage("computing", total=5, done=2) as advance:
        advance()
    (made,) = bar.made
    assert (made.options["desc"], made.options["total"], made.n, made.closed) == ("computing", 5, 3, True)
    with pytest.raises(ZeroDivisionError), bars.stage("computing", total=5):
        raise ZeroDivisionError
    assert [made.closed for made in bar.made] == [True, True]
    bars.say("done")
    assert bar.written[0].endswith(" s] done")


@pytest.mark.parametrize("when", ["__init__", "update", "close", "write"])
def test_a_bar_that_fails_stops_no_work(when, bar, monkeypatch):
    def broken(*_, **__):
        raise OSError("no display")

    monkeypatch.setattr(bar, when, broken)
    bars = Bars(bar)
    with bars.stage("computing", total=1) as advance:
        advance()
    bars.say("done")


def test_no_step_of_any_thread_is_lost(bar):
    with Bars(bar).stage("computing", total=4000) as advance, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [advance() for _ in range(500)], range(8)))
    assert bar.made[0].n == 4000


def test_tqdms_bar_shows_the_stage_its_rate_and_the_time_left(monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Bars(tqdm.tqdm).stage("computing", total=3) as advance:
        for _ in range(3):
            advance()
    assert "computing: 100%" in sys.stderr.getvalue()
    assert "3/3 [" in sys.stderr.getvalue()
    assert "step/s]" in sys.stderr.getvalue()


# --- which --------------------------------------------------------------------------------------------------


def terminal(is_one):
    """What standard error may be."""
    return SimpleNamespace(isatty=lambda: is_one, write=lambda _: None, flush=lambda: None)


def test_terminals_have_bars_and_logs_have_lines(monkeypatch):
    pytest.importorskip("tqdm")
    for is_one, kind in ((True, Bars), (False, Lines)):
        monkeypatch.setattr(sys, "stderr", terminal(is_one))
        assert type(progress_of(1, 0)) is kind
    monkeypatch.setattr(sys, "stderr", None)  # of a program without a console
    assert type(progress_of(1, 0)) is Lines


def test_what_a_program_has_put_in_the_place_of_standard_error_need_not_know_whether_it_is_a_terminal(monkeypatch):
    pytest.importorskip("tqdm")
    closed = io.StringIO()
    closed.close()
    for stream in (closed, SimpleNamespace(write=lambda _: None, flush=lambda: None)):
        monkeypatch.setattr(sys, "stderr", stream)
        assert type(progress_of(1, 0)) is Lines


def test_of_two_threads_that_begin_at_once_none_leaves_the_filters_of_the_other(monkeypatch):
    """Once, no warning of any library was seen any more after two fits with verbose=1."""
    pytest.importorskip("tqdm")
    together, inside = threading.Barrier(2), []

    class Slow:
        @property
        def tqdm(self):
            inside.append(self)
            is_second = len(inside) == 2
            with suppress(threading.BrokenBarrierError):
                together.wait(0.1)
            time.sleep(0.05 * is_second)
            return Bar

    monkeypatch.setitem(sys.modules, "tqdm.auto", Slow())
    before = list(warnings.filters)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: moving_bar(), range(2)))
    assert warnings.filters == before


def test_notebooks_have_bars_of_their_own(monkeypatch):
    pytest.importorskip("tqdm")
    from tqdm.notebook import tqdm_notebook

    monkeypatch.setattr(sys, "stderr", terminal(False))
    monkeypatch.setitem(sys.modules, "tqdm.auto", SimpleNamespace(tqdm=tqdm_notebook))
    assert moving_bar() is tqdm_notebook


def test_without_tqdm_there_are_lines(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal(True))
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert type(progress_of(1, 0)) is Lines


@pytest.mark.parametrize(("verbose", "rank"), [(0, 0), (0, 1), (1, 1), (2, 3)])
def test_who_is_not_asked_or_not_the_first_is_silent(verbose, rank, capsys):
    teller = progress_of(verbose, rank)
    assert type(teller) is Progress
    with teller.stage("computing", total=2) as advance:
        advance()
    teller.say("done")
    assert capsys.readouterr() == ("", "")


# --- of a fit -----------------------------------------------------------------------------------------------


def test_a_crew_tells_each_piece_once_and_what_a_checkpoint_had_as_done_before(tmp_path, bar):
    def square(number):
        return (np.array(number * number),)

    square.results = lambda number: (Array(np.int64),)
    kept = Checkpoint(tmp_path)
    kept.begin({}, 0, True)
    crew = Crew(checkpoint=kept, progress=Bars(bar), n_jobs=2)
    crew.do("squares", square, range(3), lambda *_: None)
    crew.do("squares", square, range(5), lambda *_: None, title="squaring")
    assert [(made.options["desc"], made.options["initial"], made.options["total"], made.n) for made in bar.made] == [
        ("squares", 0, 3, 3),
        ("squaring", 3, 5, 5),
    ]
    kept.end()


def stages(said):
    """The lines of a fit without what differs from run to run."""
    return [line.partition("] ")[2] for line in said.splitlines()]


@pytest.mark.slow
def test_of_several_ranks_the_first_tells_of_its_share(capsys):
    model = LightWaveSClassifier(n_features=9, search_candidates=600, random_state=0, verbose=1)
    model.fit(X, Y)
    alone = stages(capsys.readouterr().out)
    on_ranks(3, lambda comm: LightWaveSClassifier(**model.get_params(deep=False)).fit(X, Y, comm=comm))
    shared = stages(capsys.readouterr().out)
    assert [line.split(",")[0] for line in shared] == [line.split(",")[0] for line in alone]


@pytest.mark.slow
def test_a_silent_fit_does_not_even_look_for_tqdm():
    code = (
        "import sys; from lightwaves import LightWaveSClassifier, load_basic_motions\n"
        "LightWaveSClassifier(n_features=9, search_candidates=100).fit(*load_basic_motions())\n"
        "print('tqdm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
