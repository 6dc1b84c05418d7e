"""Checkpoints: a search that was killed goes on where it was, and ends with the model of one that was not."""

import errno
import io
import json
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import stat
import tempfile
import threading
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import joblib
import numpy as np
import pytest
from fuzz_files import array_in, resealed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from sklearn.linear_model import LogisticRegression
from wide import sweep

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
)
from lightwaves.archive import header, opened, sealed
from lightwaves.entries import Array
from lightwaves.parallel import lock as lock_module
from lightwaves.parallel.checkpoint import Checkpoint, digest
from lightwaves.parallel.comm import Counted
from lightwaves.parallel.lock import InUseError, Lock
from lightwaves.search import cross_fitting, screening, shares

pytestmark = pytest.mark.slow
FORKS = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # of multiprocessing

SEARCHED = {"n_features": 20, "search_candidates": 800, "random_state": 0}
OPTIONS = SEARCHED | {"honest": False}
SEARCHES = {
    "default": {},
    "honest": {"honest": True, "bank": Prism(800)},
    "paper": {"selection": "mrmr", "bank": WaveletScattering(max_dilation=2), "search_candidates": None},
    "groups": {"group_size": 15},
    "groups, paper": {"group_size": 15, "selection": "mrmr", "search_candidates": 5_000},
    "two lists": {"bank": [[Prism(800)], [MiniRocket(840), Rocket(100)]]},
    "cases drawn": {"search_cases": 16},
}


def problem():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((24, 40, 30)).astype(np.float32), np.arange(24) % 3
    x[y == 1, 3] += 1
    x[y == 2, 30] *= 3
    return x, y


X, Y = problem()


def facts(model):
    """All that a fit finds, as something that can be compared to the bit."""
    names = ("feature_scores_", "bank_errors_", "selection_path_", "candidate_channels_")
    found = {name: getattr(model, name).tobytes() for name in names if hasattr(model, name)}
    return {**found, "probabilities": model.predict_proba(X).tobytes(), "plan": pickle.dumps(model.plan_)}


def fit(path=None, x=X, y=Y, **changes):
    return LightWaveSClassifier(**OPTIONS | changes).fit(x, y, checkpoint=path)


@pytest.fixture(scope="module")
def unbroken():
    """What each search finds without a checkpoint, and how many pieces it computes."""
    found = {}
    for name, changes in SEARCHES.items():
        with watched() as counts:
            found[name] = facts(fit(**changes)), counts
    return found


@pytest.fixture(scope="module")
def alone(unbroken):
    """The models without a checkpoint."""
    return {name: model for name, (model, _) in unbroken.items()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A checkpoint of the default search, to be copied."""
    path = tmp_path_factory.mktemp("checkpoints") / "finished"
    fit(path)
    return path


@pytest.fixture
def copied(finished, tmp_path):
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def last_of(folder, stage):
    """The file of a stage's last piece."""
    return sorted(folder.glob(f"{stage}-*.piece"))[-1]


WORKERS = {
    "channels": screening.Score,
    "scores": shares.ScoreBlocks,
    "columns": shares.ComputeBlocks,
    "folds": cross_fitting.Fold,
}


@contextmanager
def watched(stop_after=None, error=None):
    """Count the pieces that are computed; after so many raise an error instead."""
    counts, lock, own = Counter(), threading.Lock(), {kind: kind.__call__ for kind in WORKERS.values()}

    def watch(name, kind):
        def call(self, number):
            with lock:
                if counts.total() == stop_after:
                    raise error
                counts[name] += 1
            return own[kind](self, number)

        kind.__call__ = call

    for name, kind in WORKERS.items():
        watch(name, kind)
    try:
        yield counts
    finally:
        for kind, call in own.items():
            kind.__call__ = call


def pieces(path):
    return sorted(file.name for file in path.glob("*.piece"))


# --- a fit that ends, and one that goes on ------------------------------------------------------------------


@pytest.mark.parametrize("name", SEARCHES)
def test_a_second_fit_computes_nothing_anew_and_ends_with_the_same_model(name, alone, tmp_path):
    with watched() as counts:
        assert facts(fit(tmp_path / "new", **SEARCHES[name])) == alone[name]
    assert counts.total() >= 3
    assert len(pieces(tmp_path / "new")) == counts.total()
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == sorted(
        [*pieces(tmp_path / "new"), "search.json"]
    )
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "new").glob("*.piece")}
    with watched() as counts:
        assert facts(fit(tmp_path / "new", **SEARCHES[name])) == alone[name]
    assert not counts
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "new").glob("*.piece")} == before


@pytest.mark.parametrize(
    ("name", "n_jobs"),
    sweep(
        [("default", 1), ("default", 2), *((name, 1 + i % 2) for i, name in enumerate(SEARCHES) if i)],
        [(name, 2 - i % 2) for i, name in enumerate(SEARCHES) if i],
    ),
)
def test_a_search_that_was_interrupted_goes_on(name, n_jobs, unbroken, tmp_path):
    error = KeyboardInterrupt() if n_jobs == 1 else ValueError("no more")
    alone, whole = unbroken[name]
    for stop_after in sorted({0, whole.total() // 2, whole.total() - 1}):
        path = tmp_path / str(stop_after)
        with watched(stop_after, error) as first, pytest.raises(type(error)):
            fit(path, n_jobs=n_jobs, **SEARCHES[name])
        assert first.total() == stop_after == len(pieces(path))
        with watched() as second:
            assert facts(fit(path, n_jobs=3 - n_jobs, **SEARCHES[name])) == alone
        assert first + second == whole


def fit_until_killed(path, n_pieces):
    """What a process does that is gone when it has kept so many pieces and is about to keep one more."""
    replace = os.replace

    def die(partial, file):
        if len(pieces(path)) == n_pieces:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(partial, file)

    os.replace = die
    fit(path)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
@FORKS
def test_a_process_that_was_killed_while_it_wrote_leaves_what_it_had_finished(unbroken, tmp_path):
    alone, whole = unbroken["default"]
    process = multiprocessing.Process(target=fit_until_killed, args=(tmp_path / "killed", 5))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    left = [file.name for file in (tmp_path / "killed").iterdir()]
    assert sum(name.endswith(".partial") for name in left) == 1
    assert len(pieces(tmp_path / "killed")) == 5
    with watched() as counts:
        assert facts(fit(tmp_path / "killed")) == alone
    assert counts.total() == whole.total() - 5
    assert not list((tmp_path / "killed").glob("*.partial"))


def test_what_remained_of_a_file_that_was_being_written_is_removed(copied, alone):
    left = copied / "columns-0000001.piece.0123.partial"
    left.write_bytes(b"half a piece")
    assert facts(fit(copied)) == alone["default"]
    assert not left.exists()


@FORKS
def test_a_search_may_go_on_under_a_joblib_backend_and_without_it(alone, tmp_path):
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2), watched() as counts:
        assert facts(fit(tmp_path / "kept", **SEARCHES["honest"])) == alone["honest"]
    assert not counts, "all in other processes"
    with watched() as counts:
        assert facts(fit(tmp_path / "kept", **SEARCHES["honest"])) == alone["honest"]
    assert not counts
    lost = pieces(tmp_path / "kept")[::2]
    for file in lost:
        (tmp_path / "kept" / file).unlink()
    with watched() as counts:
        assert facts(fit(tmp_path / "kept", **SEARCHES["honest"])) == alone["honest"]
    assert counts.total() == len(lost)
    for file in lost:
        (tmp_path / "kept" / file).unlink()
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
        assert facts(fit(tmp_path / "kept", **SEARCHES["honest"])) == alone["honest"]
    assert set(lost) < set(pieces(tmp_path / "kept"))


@pytest.mark.parametrize("name", ["honest", "groups", "paper"])
def test_a_search_may_go_on_with_another_number_of_ranks(name, alone, tmp_path):
    options = OPTIONS | SEARCHES[name]
    for size in (3, 1, 2):
        for model in on_ranks(
            size, lambda comm: LightWaveSClassifier(**options).fit(X, Y, comm=comm, checkpoint=tmp_path)
        ):
            assert facts(model) == alone[name]
        kept = pieces(tmp_path)
        for file in kept[size::2]:
            (tmp_path / file).unlink()
        assert len(pieces(tmp_path)) < len(kept)


@pytest.mark.parametrize("name", ["honest", "groups, paper"])
def test_a_checkpoint_takes_three_messages_more_before_the_search(name, tmp_path):
    def calls(comm, path=None):
        counted = Counted(comm)
        LightWaveSClassifier(**OPTIONS | SEARCHES[name]).fit(X, Y, comm=counted, checkpoint=path)
        return [call for call, _ in counted.calls]

    first, *others = on_ranks(2, calls)[0]
    for path in (tmp_path / "kept",) * 2:
        for found in on_ranks(2, lambda comm, path=path: calls(comm, path)):
            assert found == [first, "gather", "bcast", "allgather", *others]


def test_a_checkpoint_is_for_all_ranks_or_for_none(tmp_path):
    def fit_with(comm):
        return LightWaveSClassifier(**OPTIONS).fit(X, Y, comm=comm, checkpoint=None if comm.rank else tmp_path / "kept")

    for error in on_ranks(2, fit_with):
        assert isinstance(error, ValueError)
        assert "All ranks must be given the same use of checkpoint" in str(error)
    assert not (tmp_path / "kept").exists()


def test_all_ranks_say_that_a_checkpoint_is_of_another_search(finished):
    errors = on_ranks(2, lambda comm: LightWaveSClassifier(**OPTIONS).fit(-X, Y, comm=comm, checkpoint=finished))
    assert [type(error) for error in errors] == [ValueError, RuntimeError]
    assert all("is of another search: data was" in str(error) for error in errors)


def test_a_folder_that_each_machine_has_for_itself_is_refused_whatever_it_holds(tmp_path):
    """Once, one with an earlier search was taken, and the model was made of columns of other data."""

    def fit_at(comm):
        own = tmp_path / f"machine {comm.rank}" / "kept"
        return LightWaveSClassifier(**OPTIONS).fit(X, Y, comm=comm, checkpoint=own)

    def refused(errors):
        own, told = errors[1], errors[0]
        assert (type(own), type(told)) == (ValueError, RuntimeError)
        assert "was begun by another process, but is not seen here" in str(own)
        assert str(told).startswith("rank 1 failed: ValueError: checkpoint ")

    refused(on_ranks(2, fit_at))
    shutil.rmtree(tmp_path / "machine 0")
    fit(tmp_path / "machine 1" / "kept", -X)
    refused(on_ranks(2, fit_at))


# --- seeds --------------------------------------------------------------------------------------------------


def test_without_a_random_state_the_seed_of_the_checkpoint_is_taken(tmp_path):
    whole = facts(fit(tmp_path / "whole", random_state=None))
    for file in pieces(tmp_path / "whole")[1::2]:
        (tmp_path / "whole" / file).unlink()
    assert facts(fit(tmp_path / "whole", random_state=None)) == whole
    assert facts(fit(tmp_path / "other", random_state=None)) != whole
    seed = json.loads((tmp_path / "whole" / "search.json").read_text())["random_state"]
    assert 0 <= seed < 2**31


def test_a_generator_is_the_same_search_in_the_same_state_only(tmp_path):
    fit(tmp_path, random_state=np.random.RandomState(3))
    fit(tmp_path, random_state=np.random.RandomState(3))
    with pytest.raises(ValueError, match="is of another search: random_state is another"):
        fit(tmp_path, random_state=np.random.RandomState(4))


def test_none_goes_on_with_what_a_number_began(finished, alone):
    assert facts(fit(finished, random_state=None)) == alone["default"]


# --- other searches -----------------------------------------------------------------------------------------


def other(value, *index):
    changed = X.copy()
    changed[index] += value
    return changed


CHANGES = {
    "first value": ({"x": other(1e-3, 0, 0, 0)}, "data"),
    "last value": ({"x": other(1e-3, -1, -1, -1)}, "data"),
    "a channel in the middle": ({"x": other(1e-3, 7, 20, 11)}, "data"),
    "two channels changed places": ({"x": X[:, [1, 0, *range(2, 40)]]}, "data"),
    "dtype": ({"x": X.astype(np.float64)}, "dtype"),
    "number of cases": ({"x": X[:-1], "y": Y[:-1]}, "shape"),
    "number of channels": ({"x": X[:, :-1]}, "shape"),
    "number of time points": ({"x": X[..., :-1]}, "shape"),
    "lengths": ({"x": [case[:, : 30 - i % 2] for i, case in enumerate(X)]}, "lengths"),
    "y": ({"y": np.array([1, 0, *Y[2:]])}, "y"),
    "classes": ({"y": Y + 1}, "classes"),
    "bank": ({"bank": MiniRocket()}, "bank"),
    "a parameter of a bank": ({"bank": [[Prism(400), Rocket(200)], [Prism(808)], [Prism(400)]]}, "bank"),
    "n_features": ({"n_features": 21}, "n_features"),
    "auto": ({"n_features": "auto"}, "n_features"),
    "selection": ({"selection": "mrmr", "bank": [[Prism()]]}, "bank"),
    "scale": ({"scale": False}, "scale"),
    "search_cases": ({"search_cases": 1400}, "search_cases"),
    "screen_channels": ({"screen_channels": False}, "screen_channels"),
    "group_size": ({"group_size": 20}, "group_size"),
    "frugality": ({"frugality": 0.5}, "frugality"),
    "channel_names": ({"channel_names": [f"c{i}" for i in range(40)]}, "channel_names"),
    "random_state": ({"random_state": 1}, "random_state"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_checkpoint_of_another_search_is_refused_by_name(change, copied):
    changed, name = CHANGES[change]
    before = {file.name: file.read_bytes() for file in copied.iterdir()}
    with (
        watched() as counts,
        pytest.raises(ValueError, match=rf"of another search: {name} (was .*, and now )?is ") as caught,
    ):
        fit(copied, **changed)
    assert not counts
    assert str(copied) in str(caught.value)
    assert {file.name: file.read_bytes() for file in copied.iterdir()} == before


def test_selection_and_number_of_candidates_are_told_apart(tmp_path):
    bank = MiniRocket(840)
    fit(tmp_path, bank=bank)
    with pytest.raises(ValueError, match="of another search: selection was 'detach', and now is 'mrmr'"):
        fit(tmp_path, bank=bank, selection="mrmr")
    with pytest.raises(ValueError, match="of another search: search_candidates was 800, and now is 801"):
        fit(tmp_path, bank=bank, search_candidates=801)
    with pytest.raises(ValueError, match="of another search: bank was"):
        fit(tmp_path, bank=MiniRocket(840, random_state=1))


def test_every_parameter_that_can_change_the_search_is_compared(finished):
    known = set(json.loads((finished / "search.json").read_text()))
    assert set(LightWaveSClassifier().get_params()) - known == {"n_jobs", "verbose"}
    assert {"format", "version", "shape", "dtype", "lengths", "classes", "y", "data"} <= known


def test_number_of_threads_and_talk_are_no_other_search(finished, alone, capsys):
    assert facts(fit(finished, n_jobs=2, verbose=1)) == alone["default"]
    assert "candidates" in capsys.readouterr().out


def test_a_number_of_another_type_is_the_same_number(finished, alone):
    changes = {
        "n_features": np.int64(20),
        "frugality": np.float64(0),
        "scale": np.True_,
        "search_candidates": np.int32(800),
    }
    assert facts(fit(finished, **changes)) == alone["default"]
    assert facts(fit(finished, frugality=Fraction(0))) == alone["default"]


@pytest.mark.parametrize("name", ["version", "format"])
def test_a_checkpoint_of_another_version_is_refused(name, copied):
    known = json.loads((copied / "search.json").read_text())
    (copied / "search.json").write_text(json.dumps(known | {name: "0.0.1"}))
    with pytest.raises(ValueError, match=f"of another search: {name} was '0.0.1', and now is "):
        fit(copied)


@pytest.mark.parametrize("change", ["unknown", "missing"])
def test_facts_of_which_only_one_knows_tell_searches_apart(change, copied):
    known = json.loads((copied / "search.json").read_text())
    if change == "unknown":
        known["novelty"], name = 3, "novelty was 3, and now is None"
    else:
        name = f"scale was None, and now is {known.pop('scale')}"
    known["digest"] = digest({name: fact for name, fact in known.items() if name != "digest"})
    (copied / "search.json").write_text(json.dumps(known))
    with pytest.raises(ValueError, match=name):
        fit(copied)


def test_a_fact_that_was_damaged_is_not_taken_for_that_of_another_search(copied):
    """Once, a flipped bit in the name of a parameter read as "grugality was 0.0, and now is None"."""
    file = copied / "search.json"
    file.write_text(file.read_text().replace('"frugality"', '"grugality"'))
    with pytest.raises(ValueError, match=r"search\.json is damaged \(its digest is another\): delete the folder"):
        fit(copied)


# --- what is at the place -----------------------------------------------------------------------------------


def test_a_folder_called_tilde_is_not_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("~", "~/search", Path("~/search")):
        with pytest.raises(ValueError, match=re.escape("pass os.path.expanduser(path)")):
            Checkpoint(path).begin({}, 0, True)
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_checkpoint(tmp_path):
    (tmp_path / "model.npz").write_text("precious")
    with pytest.raises(ValueError, match="is a file, but a checkpoint is a folder: name another path"):
        fit(tmp_path / "model.npz")
    assert (tmp_path / "model.npz").read_text() == "precious"


def test_a_folder_in_place_of_a_file_is_named(copied):
    """Once, the error was the system's, and did not say what to do. `lightwaves fit` called it one of the cases."""
    piece = sorted(copied.glob("*.piece"))[0].name
    for name, message in (("search.json", "is damaged"), (piece, "is a folder, but a file is kept there")):
        kept = (copied / name).read_bytes()
        (copied / name).unlink()
        (copied / name).mkdir()
        with pytest.raises(ValueError, match=f"^checkpoint .*{name} {message}"):
            fit(copied)
        (copied / name).rmdir()
        (copied / name).write_bytes(kept)


def test_a_folder_with_other_files_is_no_checkpoint(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with watched() as counts, pytest.raises(ValueError, match=r"^checkpoint .*, and no checkpoint: name another"):
        fit(tmp_path)
    assert not counts
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.skipif(os.name != "posix", reason="links are those of POSIX")
@pytest.mark.parametrize(
    "name",
    [
        "search.lock",
        "columns-0000000.piece",
        "columns-0000001.piece.0123abcd.partial",
        "last choice-0000001.piece.0123abcd.partial",
    ],
)
def test_no_link_of_a_folder_leads_to_a_file_that_is_written_or_removed(name, alone, copied, tmp_path):
    (tmp_path / "precious").write_text("precious")
    (copied / name).unlink(missing_ok=True)
    (copied / name).symlink_to(tmp_path / "precious")
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        if name == "search.lock":
            with pytest.raises(ValueError, match=r"search\.lock is no lock, but something else: delete it"):
                fit(copied)
        else:
            assert facts(fit(copied)) == alone["default"]
            assert not (copied / name).is_symlink()
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize("form", [str, Path])
def test_a_checkpoint_may_be_in_nested_folders_with_spaces(form, alone, tmp_path):
    path = tmp_path / "a folder" / "of many, größer" / "check point"
    assert facts(fit(form(path))) == alone["default"]
    assert len(pieces(path)) > 3


def test_an_empty_folder_is_taken(alone, tmp_path):
    (tmp_path / "empty").mkdir()
    assert facts(fit(tmp_path / "empty")) == alone["default"]


@contextmanager
def somebody_else():
    """Whoever may write everywhere is nobody for a while."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_folder_that_cannot_be_written_is_an_error_before_any_work():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        with watched() as counts, somebody_else(), pytest.raises(PermissionError, match=r"search\.lock"):
            fit(folder)
        assert not counts
        with watched() as counts, somebody_else(), pytest.raises(PermissionError, match="inside"):
            fit(Path(folder) / "inside")
        assert not counts
        os.chmod(folder, stat.S_IRWXU)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_checkpoint_that_cannot_be_written_to_any_more_is_an_error_before_any_work(finished):
    "".encode("cp437")  # what reading archives will import, while it can be
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(shutil.copytree(finished, Path(folder) / "copied"))
        last_of(copied, "surveyed").unlink()
        os.chmod(folder, 0o755)
        os.chmod(copied, 0o555)
        try:
            with watched() as counts, somebody_else(), pytest.raises(PermissionError, match="copied"):
                fit(copied)
        finally:
            os.chmod(copied, stat.S_IRWXU)
        assert not counts


def test_a_checkpoint_that_was_killed_in_its_first_moment_is_begun_anew(alone, tmp_path):
    left = tmp_path / "search.json.0123.partial"
    left.write_bytes(b"{")
    assert facts(fit(tmp_path)) == alone["default"]
    assert not left.exists()


def test_only_files_of_its_own_are_removed_and_only_of_the_same_search(copied, tmp_path_factory):
    foreign = tmp_path_factory.mktemp("films") / "movie.mp4.partial"
    foreign.write_bytes(b"...")
    with pytest.raises(ValueError, match="holds other files, and no checkpoint"):
        fit(foreign.parent)
    assert foreign.exists()
    at_work = copied / "channels-0000000.piece.0123abcd.partial"
    at_work.write_bytes(b"...")
    with pytest.raises(ValueError, match="is of another search"):
        LightWaveSClassifier(**OPTIONS | {"search_cases": 20}).fit(X, Y, checkpoint=copied)
    assert at_work.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"random_state": "x"}',
        b'{"random_state": Infinity}',
        b'{"random_state": -1}',
        b'{"random_state": 4294967296}',
        b'{"random_state": true}',
        b'{"random_state": 1.0}',
        b'{"random_state": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_damaged_description_is_an_error_that_says_what_to_do(content, copied):
    (copied / "search.json").write_bytes(content)
    with watched() as counts, pytest.raises(ValueError, match=r"search.json is damaged .*: delete the folder"):
        fit(copied)
    assert not counts


def test_a_seed_that_was_damaged_is_noticed_where_it_does_not_matter(copied):
    text = (copied / "search.json").read_text()
    (copied / "search.json").write_text(re.sub(r'"random_state": \d', '"random_state": 7', text))
    with (
        watched() as counts,
        pytest.raises(ValueError, match=r"is damaged \(its digest is another\): delete the folder"),
    ):
        fit(copied, random_state=None)
    assert not counts


# --- two jobs -----------------------------------------------------------------------------------------------


def test_a_second_fit_in_the_same_folder_is_refused_by_name(alone, tmp_path):
    seconds = []

    def second(number):
        if not seconds:
            with pytest.raises(RuntimeError, match=r"is in use: process .*is this one, is searching there") as caught:
                fit(tmp_path)
            seconds.append(str(caught.value))

    with before_each_column(second):
        assert facts(fit(tmp_path)) == alone["default"]
    assert str(tmp_path) in seconds[0]
    assert not (tmp_path / "search.lock").exists()
    assert facts(fit(tmp_path)) == alone["default"]


@contextmanager
def before_each_column(act):
    """Do something whenever a block of candidates is about to be computed."""
    own = shares.ComputeBlocks.__call__

    def call(self, number):
        act(number)
        return own(self, number)

    shares.ComputeBlocks.__call__ = call
    try:
        yield
    finally:
        shares.ComputeBlocks.__call__ = own


@pytest.mark.parametrize("error", [ValueError("no more"), KeyboardInterrupt()])
def test_a_fit_that_failed_lets_others_work_there(error, alone, tmp_path):
    with watched(2, error), pytest.raises(type(error)) as kept:  # with all that its traceback holds
        fit(tmp_path)
    assert not (tmp_path / "search.lock").exists()
    assert facts(fit(tmp_path)) == alone["default"]
    with pytest.raises(ValueError, match="of another search"):
        fit(tmp_path, n_features=21)
    assert facts(fit(tmp_path)) == alone["default"]
    assert kept.value is error


def test_all_ranks_learn_who_is_at_work_there(alone, tmp_path):
    other = Lock(tmp_path / "search.lock")
    other.take()
    try:
        errors = on_ranks(2, lambda comm: LightWaveSClassifier(**OPTIONS).fit(X, Y, comm=comm, checkpoint=tmp_path))
    finally:
        other.release()
    assert [type(error) for error in errors] == [InUseError, RuntimeError]
    assert all("is in use: process" in str(error) for error in errors)
    for model in on_ranks(2, lambda comm: LightWaveSClassifier(**OPTIONS).fit(X, Y, comm=comm, checkpoint=tmp_path)):
        assert facts(model) == alone["default"]


def fit_for_long(path, at_work):
    """What a process does that says when it is at its first column, and stays there."""

    def hold(number):
        at_work.set()
        time.sleep(100)

    with before_each_column(hold):
        fit(path)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
@FORKS
def test_a_job_names_the_process_that_is_at_work_and_goes_on_when_that_was_killed(alone, tmp_path):
    at_work = multiprocessing.Event()
    first = multiprocessing.Process(target=fit_for_long, args=(tmp_path / "kept", at_work))
    first.start()
    try:
        assert at_work.wait(60)
        half = tmp_path / "kept" / "columns-0000003.piece.0123.partial"
        half.write_bytes(b"what the first is writing")
        with (
            watched() as counts,
            pytest.raises(RuntimeError, match=rf"process {first.pid} on .*, since .*, is search"),
        ):
            fit(tmp_path / "kept")
        assert not counts
        assert half.exists()
    finally:
        first.kill()
        first.join()
    assert (tmp_path / "kept" / "search.lock").exists()
    assert facts(fit(tmp_path / "kept")) == alone["default"]
    assert not [file for file in (tmp_path / "kept").iterdir() if file.suffix in (".lock", ".partial")]


def test_where_there_are_no_locks_two_jobs_work_side_by_side(alone, tmp_path, monkeypatch):
    def none(_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock_module, "lock", none)
    half, others = tmp_path / "columns-0000003.piece.0123.partial", []

    def second(number):
        if not others:
            half.write_bytes(b"what the first is writing")
            others.append(None)
            others.append(facts(fit(tmp_path)))

    with before_each_column(second), pytest.warns(UserWarning, match="has no locks .*: make sure that no other job"):
        first = facts(fit(tmp_path))
    assert first == others[1] == alone["default"]
    assert half.exists()


# --- damaged pieces -----------------------------------------------------------------------------------------


def arrays_of_piece(content):
    """What a piece holds."""
    entries = opened(content)
    return [array_in(entries[f"{i}.npy"]) for i in range(len(entries) - 1)]


def specs(arrays):
    """What arrays like these must be."""
    return [Array(array.dtype, *array.shape, most=np.inf, nan=array.dtype.kind == "f") for array in arrays]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_piece_that_is_cut_or_changed_at_any_byte_is_found_out(data, finished):
    name = data.draw(st.sampled_from(pieces(finished)))
    content = (finished / name).read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        broken = content[:at]
    else:
        broken = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    stage, number = name.removesuffix(".piece").split("-")
    wanted = arrays_of_piece(content)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(finished / "search.json", folder)
        (Path(folder) / name).write_bytes(broken)
        with pytest.warns(UserWarning, match="is damaged or half-written; this piece is computed again"):
            assert Checkpoint(folder).read(stage, int(number), specs(wanted)) is None
        (Path(folder) / name).write_bytes(content)
        for ours, theirs in zip(Checkpoint(folder).read(stage, int(number), specs(wanted)), wanted, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "longer"])
@pytest.mark.parametrize("stage", ["channels", "columns", "surveyed"])
def test_a_damaged_piece_is_computed_again_with_a_warning(stage, damage, alone, copied):
    file = last_of(copied, stage)
    content = file.read_bytes()
    broken = {
        "empty": b"",
        "cut": content[:-1],
        "flipped": content[:-9] + b"?" + content[-8:],
        "longer": content + b"0",
    }
    file.write_bytes(broken[damage])
    with watched() as counts, pytest.warns(UserWarning, match="is damaged") as caught:
        assert facts(fit(copied)) == alone["default"]
    assert counts.total() == 1
    assert [str(warning.message) for warning in caught] == [
        f"{file} is damaged or half-written; this piece is computed again."
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert facts(fit(copied)) == alone["default"]


class Trap:
    """Runs something as soon as it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("trapped",)


@pytest.mark.parametrize("kind", ["pickle", "array", "array in an archive"])
def test_nothing_of_a_pickle_is_ever_read(kind, alone, copied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, file = io.BytesIO(), copied / "columns-0000000.piece"
    if kind == "pickle":
        pickle.dump(Trap(), content)
    else:
        np.save(content, np.array([Trap()], dtype=object))
    entries = opened(file.read_bytes())
    in_archive = sealed({**entries, "0.npy": content.getvalue()})
    file.write_bytes(resealed(content.getvalue()) if kind != "array in an archive" else in_archive)
    with pytest.warns(UserWarning, match=r"is not what this search computes \(.*\); it is computed again"):
        assert facts(fit(copied)) == alone["default"]
    assert not (tmp_path / "trapped").exists()


CHANGES_OF_PIECES = {
    "another dtype": lambda a: [array.astype(np.float16) for array in a],
    "big-endian": lambda a: [array.astype(array.dtype.newbyteorder(">")) for array in a],
    "another shape": lambda a: [array[..., np.newaxis] for array in a],
    "one row, which would fit all": lambda a: [array[:1] for array in a],
    "one more row": lambda a: [np.concatenate([array, array[:1]]) for array in a],
    "no row": lambda a: [array[:0] for array in a],
    "one more array": lambda a: [*a, a[0]],
    "no array": lambda a: [],
    "a promise": lambda a: [Promise(a[0].dtype)],
    "not a number": lambda a: [array * np.array(np.nan, array.dtype) for array in a],
}


class Promise:
    """An array that says to be larger than any memory."""

    shape = (2**40, 2**20)

    def __init__(self, dtype):
        self.dtype = dtype

    def tobytes(self):
        """Not nearly what it says."""
        return bytes(64)


def piece_of(own, arrays):
    """A piece of these arrays, with the right digest."""
    return sealed(
        {"piece.json": own, **{f"{i}.npy": header(a.dtype, a.shape) + a.tobytes() for i, a in enumerate(arrays)}}
    )


@pytest.mark.parametrize("change", CHANGES_OF_PIECES)
def test_a_piece_that_holds_something_else_is_computed_again(change, alone, copied):
    for stage in ("channels", "columns"):
        file = copied / f"{stage}-0000001.piece"
        content = file.read_bytes()
        file.write_bytes(piece_of(opened(content)["piece.json"], CHANGES_OF_PIECES[change](arrays_of_piece(content))))
        with watched() as counts, pytest.warns(UserWarning, match="is not what this search computes"):
            assert facts(fit(copied)) == alone["default"]
        assert counts.total() == 1
        assert file.read_bytes() == content


@pytest.mark.parametrize("change", ["ids", "scores"])
def test_best_candidates_that_are_none_are_computed_again(change, alone, tmp_path):
    fit(tmp_path, **SEARCHES["paper"])
    file = next(tmp_path.glob("scores-*.piece"))
    content = file.read_bytes()
    ids, scores = arrays_of_piece(content)
    changed = [ids + 10**9, scores] if change == "ids" else [ids, -1 - scores]
    file.write_bytes(piece_of(opened(content)["piece.json"], changed))
    with pytest.warns(UserWarning, match="is not what this search computes"):
        assert facts(fit(tmp_path, **SEARCHES["paper"])) == alone["paper"]


def test_a_piece_of_another_search_or_number_is_computed_again(alone, copied, tmp_path):
    fit(tmp_path / "other", random_state=1)
    mixed = {
        "columns-0000000.piece": last_of(tmp_path / "other", "columns").read_bytes(),
        "columns-0000001.piece": (copied / "columns-0000002.piece").read_bytes(),
        last_of(copied, "surveyed").name: (copied / "columns-0000001.piece").read_bytes(),
    }
    for name, content in mixed.items():
        (copied / name).write_bytes(content)
    with watched() as counts, pytest.warns(UserWarning, match="it is of another search, or another piece") as caught:
        assert facts(fit(copied)) == alone["default"]
    assert counts.total() == len(caught) == 3


@given(
    shapes=st.lists(st.lists(st.integers(0, 4), max_size=3), min_size=1, max_size=3),
    dtype=st.sampled_from(["<f4", "<f8", "<i8"]),
    number=st.integers(0, 10**8),
)
@settings(max_examples=20, deadline=None)
def test_arrays_come_back_as_they_were(shapes, dtype, number):
    arrays = tuple(np.random.default_rng(0).standard_normal(shape).astype(dtype) for shape in shapes)
    with tempfile.TemporaryDirectory() as folder:
        kept, wanted = Checkpoint(folder), specs(arrays)
        kept.begin({}, 0, True)
        kept.end()
        assert kept.read("stage", number, wanted) is None
        kept.write("stage", number, arrays, wanted)
        assert kept.read("other", number, wanted) is None
        assert kept.read("stage", number + 1, wanted) is None
        for ours, theirs in zip(kept.read("stage", number, wanted), arrays, strict=True):
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            assert ours.tobytes() == theirs.tobytes()


# --- the estimator ------------------------------------------------------------------------------------------


def test_a_checkpoint_is_no_parameter():
    for kind in (LightWaveS, LightWaveSClassifier):
        assert "checkpoint" not in kind().get_params()


def test_a_fit_that_fails_changes_nothing_of_a_model(alone, tmp_path):
    model = fit(bank=MultiRocket())
    before = facts(model)
    with watched(3, RuntimeError("no more")), pytest.raises(RuntimeError, match="no more"):
        model.fit(-X, Y, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="is of another search: data was"):
        model.fit(X, Y, checkpoint=tmp_path)
    assert facts(model) == before
    assert model.get_params()["random_state"] == 0


def test_transformers_have_checkpoints_too(tmp_path):
    model = LightWaveS(**SEARCHED)
    expected = model.fit(X, Y).transform(X)
    assert model.fit_transform(X, Y, checkpoint=tmp_path).tobytes() == expected.tobytes()
    with watched() as counts:
        assert model.fit_transform(X, Y, checkpoint=tmp_path).tobytes() == expected.tobytes()
    assert not counts


def test_the_head_is_not_kept(tmp_path):
    first = fit(tmp_path)
    again = fit(tmp_path)
    assert again.classifier_ is not first.classifier_
    assert b"classifier" in (tmp_path / "search.json").read_bytes()


@pytest.mark.parametrize("name", ["bank", "classifier"])
def test_what_cannot_be_pickled_is_refused_by_name(name, tmp_path):
    """Once, joblib's own error came out."""

    class Local(LogisticRegression if name == "classifier" else Prism):
        pass

    with pytest.raises(TypeError, match=f"with comm or checkpoint, {name} must be what pickle can hold"):
        fit(tmp_path / "here", **{name: Local()})


class FailsNow(LogisticRegression):
    """A head that has no room on a part of the cases, for now."""

    fails = True

    def fit(self, X, y, sample_weight=None):
        """Fail, or fit."""
        if FailsNow.fails and len(X) < len(Y):
            raise ValueError("no room just now")
        return super().fit(X, y)


def test_what_has_failed_is_computed_again(tmp_path):
    """Once, a fold whose head had failed was kept, and a fit that went on had no honest estimate, without a word."""
    model = LightWaveSClassifier(
        n_features=20, search_candidates=200, classifier=FailsNow(max_iter=2000), random_state=0
    )
    with pytest.warns(UserWarning, match="There is no honest estimate"):
        model.fit(X, Y, checkpoint=tmp_path)
    FailsNow.fails = False
    try:
        model.fit(X, Y, checkpoint=tmp_path)
    finally:
        FailsNow.fails = True
    assert model.honest_score_ > 0.5
