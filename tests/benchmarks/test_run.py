"""The benchmarks: what run.py knows of them, how it ends them, and the tables that it makes of small results."""

import csv
import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lightwaves import __version__, load_basic_motions

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "benchmarks"
STAMP = {"commit": "0123456789", "version": "1.2.3", "date": "2026-01-01", "machine": "one core", "software": "Python"}
SETS, FOLDS = ("NATOPS", "LSST"), ("0.0", "0.1", "1.0")

if not (SCRIPTS.exists() and (ROOT / "docs").exists()):
    pytest.skip("benchmarks and pages are not beside these tests", allow_module_level=True)


@pytest.fixture(scope="module")
def run():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPTS)
        yield importlib.import_module("run")


@pytest.fixture
def copies(tmp_path):
    """A folder with README and the pages."""
    (tmp_path / "pages").mkdir()
    shutil.copy(ROOT / "README.md", tmp_path / "pages")
    shutil.copytree(ROOT / "docs", tmp_path / "pages" / "docs")
    return tmp_path / "pages"


@pytest.fixture
def results(run, tmp_path):
    """Small files of results."""
    folder = tmp_path / "results"
    folder.mkdir()
    for name, rows in small_results(run).items():
        write(folder, name, rows)
    return folder


def write(folder, name, rows, *, complete=True, **other):
    """A file of results."""
    with open(folder / f"{name}.csv", "w", newline="") as file:
        file.writelines(f"# {key}: {value}\n" for key, value in (STAMP | other).items())
        csv.writer(file).writerows(rows)
        file.write("# complete\n" if complete else "")


def small_results(run):
    """For each file its head and some rows: the default is right in nine of ten cases, all others in eight."""
    columns = {name: head for benchmark in run.BENCHMARKS.values() for name, head in benchmark.files.items()}
    of = {name: sys.modules[name] for name in run.ORDER}
    plain = {  # rows of numbers that count up, behind names
        "banks": [(s, b) for s in ("NATOPS", "walks") for b in of["banks"].PEERS],
        "calibration": [
            (name, how, 100, 2, 0.9, 0.88, 0.3, 0.02, 0.9, 1.5)
            for name in ("NATOPS", "noise 50 x 2", "noise 50 x 10")
            for how in (of["calibration"].OURS, of["calibration"].CARELESS, of["calibration"].REFITS)
        ],
        "reliability": [("NATOPS", of["calibration"].OURS, 13, 40, 36.4, 36)],
        "critical": [(s, 963, p, 2.0, 1.25 / p, 0.8) for s in ("paper", "default") for p in (2, 16)],
        "deploy_c": [(name, dtype) for name in of["deploy"].SHOWN for dtype in of["deploy"].DTYPES],
        "deployed": [("NATOPS", name) for name in ("Rocket", "Prism", *of["banks"].PRESETS)],
        "gaps": [("LSST", "L1", 0.3, 0.4, "ten draws", 0.35, 0.02), ("NATOPS", "L1", 0.3, 0.4, "runs", 0.4, "")],
        "intervals": [
            (s, n, v, 0.9 - 0.1 * (v != "default"))
            for s in ("NATOPS", "LSST")
            for n in (2, 3)
            for v in of["intervals"].VARIANTS
        ],
        "insight": [(s, how, 0.4, 0.6, 0.002) for s in ("LSST", "NATOPS") for how in of["insight"].METHODS],
        "insight_planted": [(offset, seed, 0.9, 1.0, 0.98, 1.0, 0.99) for offset in (0, 1) for seed in (0, 1)],
        "kinds": [
            (kind, seed, model, "nan" if (kind, model) == ("length", "QUANT") else 0.9)
            for kind in ("level", "length")
            for seed in (0, 1)
            for model in ("LightWaveS", "QUANT")
        ],
        "learning_curves": [
            (s, n, model, 0.1)
            for s in of["learning_curves"].SETS
            for n in (1000, 3000)
            for model in of["learning_curves"].MODELS
        ],
        "learning_curves_made": [(s, n, "LightWaveS, 500", 0.1) for s in of["learning_curves"].MADE for n in (10, 100)],
        "loops": [(16, 100, d) for d in of["loops"].DILATIONS],
        "early": [("NATOPS", 0, model, 0.9, 0.9, 0.4) for model in ("lightwaves", "TEASER, MiniRocket")],
        "memory": [(267, 963, 144, 1)],
        "network": [(c, 2, b, b * 1e-9 + 1e-6) for b in of["network"].SIZES for c in ("Reduce", "allgather", "bcast")]
        + [("sorting", "", 8, 0.001)],
        "published": [("NATOPS", 180, v, 0.5, 0.4) for v in of["published"].VARIANTS]
        + [("LSST, own lengths", 2459, "L1", 0.75, "")],
        "scaling": [
            (scaling, search, 963, p, 2.0 / p, 0.9)
            for scaling in ("strong", "weak")
            for search in ("paper", "default")
            for p in (1, 2)
        ],
        "scaling_independent": [("paper", 963, 2, 2.0, 2.5, 0.8)],
        "scaling_memory": [(963, 2)],
        "regression": [
            (s, model, 0, 140, 61, 0.04, 0.9, 2.0)
            for s in (*of["regression"].SETS, "noise")
            for model in of["regression"].MODELS
        ],
        "selection": [("mRMR", 180)],
        "speed": [
            (name, what, method, 2e-6, 12.0)
            for name in ("NATOPS", "LSST")
            for what in ("500 features, batch, per case", "500 features, one case", "whole fit")
            for method in ("LightWaveS", "LightWaveS, mRMR", "MiniRocket")
        ]
        + [("NATOPS", f"one case, {way}", "LightWaveS", 4e-6, "") for way in ("predict_one", "predict")],
        "start": [("empty",), ("warm",)],
        "stream": [("BasicMotions", 100, 129, way) for way in ("decision_function_one", "1", "10", "100")],
        "threads": [(267, 200, 144, n) for n in (1, 2)],
    }
    files = {name: [columns[name], *(row + tuple(range(1, 1 + len(columns[name]) - len(row))) for row in rows)]
             for name, rows in plain.items()}  # fmt: skip
    files["accuracy"] = [columns["accuracy"]]
    for model in of["accuracy"].MODELS:
        for seed in range(of["accuracy"].n_seeds(model, 300)):
            right = (0.9 if model == "LightWaveS" else 0.8) + 0.01 * (seed % 2)
            files["accuracy"] += [(name, model, seed, right, 2.0, 0.5, 9996, 6) for name in SETS]
    files["choices"] = [columns["choices"]]
    for variant in of["choices"].VARIANTS:
        for number, fold in enumerate(FOLDS):
            gap = 0.0 if variant == "default" else 0.01 * (1 + number)
            names = (*SETS, "LSST + noise", "events, synthetic")
            files["choices"] += [(name, fold, variant, 0.9 - gap, 150) for name in names]
    return files


# --- the registry ---------------------------------------------------------------------------------------------------


def test_every_script_is_a_benchmark_that_the_runner_knows(run):
    assert {path.stem for path in SCRIPTS.glob("*.py")} - {"run"} == set(run.ORDER) == set(run.BENCHMARKS)


def test_every_marker_stands_on_its_page_once_and_has_one_maker(run):
    pages = importlib.import_module("harness.pages")
    there = [
        (str(page.relative_to(ROOT)), marker)
        for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
        for marker in pages.markers(page.read_text(encoding="utf-8"))
    ]
    made = [run.RUN, *(where for benchmark in run.BENCHMARKS.values() for where in benchmark.tables)]
    assert sorted(there) == sorted(made)


def test_every_end_has_a_marker(run):
    pages = importlib.import_module("harness.pages")
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        assert re.findall("<!-- end (.+?) -->", text) == [found[1] for found in pages.MARKED.finditer(text)], page.name


def test_every_picture_is_shown_on_a_page(run):
    for benchmark in run.BENCHMARKS.values():
        for picture in benchmark.pictures:
            shown = [page for page in (ROOT / "docs").glob("*.md") if f"]({Path(picture).name})" in page.read_text()]
            assert shown, picture


def test_every_file_is_written_by_one_benchmark(run):
    files = [file for benchmark in run.BENCHMARKS.values() for file in benchmark.files]
    assert len(files) == len(set(files))


def test_the_list_names_every_benchmark_and_every_file(run, capsys):
    run.main(["--list"])
    printed = capsys.readouterr().out
    for name, benchmark in run.BENCHMARKS.items():
        assert f"\n{name} " in f"\n{printed}"
        assert all(f"{file}.csv" in printed for file in benchmark.files)


def test_the_constants_that_are_varied_exist(run):
    choices = sys.modules["choices"]
    names = {name for _, constants, _ in choices.VARIANTS.values() for name in constants}
    assert names
    assert not [name for name in names if not hasattr(choices.CONSTANTS[name], name)]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "accuracy,sped"], "no benchmark 'sped'"),
        (["--only", ","], "no benchmark ''"),
        (["--minutes", "speed=fast"], "NAME=MINUTES"),
        (["--minutes", "speed=0"], "above 0"),
        (["--tables", "--results", "here"], "needs --pages"),
        (["--only", "start", "--pages", "nowhere"], "no README.md in nowhere"),
        (["--only", "speed", "--data", "nowhere"], "no folder nowhere/data"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(run, arguments, complaint, capsys):
    with pytest.raises(SystemExit):
        run.main(arguments)
    assert complaint in capsys.readouterr().err


# --- tables ---------------------------------------------------------------------------------------------------------


def test_tables_are_made_of_small_results(run, results, copies):
    run.main(["--tables", "--results", str(results), "--pages", str(copies)])
    pages = {
        where.name: where.read_text(encoding="utf-8") for where in (copies / "README.md", *copies.glob("docs/*.md"))
    }
    for benchmark in run.BENCHMARKS.values():
        for page, marker in benchmark.tables:
            text = pages[Path(page).name].split(f"<!-- {marker} -->")[1].split(f"<!-- end {marker} -->")[0]
            assert marker == "headline" or text.count("\n|") > 2, (page, marker)
    readme = " ".join(pages["README.md"].split())
    assert "On two data sets, 500 features reach a mean test accuracy of 0.905 (ten seeds" in readme
    assert "reaches 0.803 (three seeds, 0.004). It computes up to 10,000 features" in readme
    assert "| LightWaveS | 0.9050 | 0.0037 | 10 | 2/0/0 |" in pages["results.md"]
    assert "| aeon Hydra | 0.8033 | 0.0041 | 3 | 0/2/0 | 0/2/0 |  |" in pages["results.md"]
    assert "Version 1.2.3, commit 0123456789, 2026-01-01: one core; Python." in pages["results.md"]
    assert "| NATOPS | 0.500 (0.400) | 0.500 (0.400) |" in re.sub(r" 180 \|", "", pages["results.md"])
    assert "| LSST | L1 | 0.300 | ten draws | 0.350 ± 0.020 | 0.400 |" in pages["results.md"]
    assert "| default | 0.9000 |  |  | 150 |\n| Prism and Rocket | 0.8800 | -2.00 | 0.41 | 150 |" in pages["choices.md"]
    assert "| LSST + noise | 0.880 | 0.900 |" in pages["choices.md"]
    assert "| default | 500 | 0.905 | 5 |" in pages["guide.md"]
    assert "| `Rocket` | 0.803 | 0.004 | 5 |" in pages["banks.md"]
    assert "| paper | 625 ms, 0.80 | 78 ms, 0.80 |" in pages["distributed.md"]
    assert (copies / "docs" / "scaling.png").read_bytes() != (ROOT / "docs" / "scaling.png").read_bytes()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"commit": "abcdef0123"}, "of different commits"),
        ({"complete": False}, "not complete: start"),
        (None, "not there, or .*: start"),
    ],
)
def test_tables_are_refused_unless_all_results_are_of_one_whole_run(run, results, copies, change, complaint, capsys):
    if change is None:
        (results / "start.csv").unlink()
    else:
        write(results, "start", small_results(run)["start"], **change)
    before = (copies / "docs" / "results.md").read_text(encoding="utf-8")
    arguments = ["--tables", "--results", str(results), "--pages", str(copies)]
    with pytest.raises(SystemExit, match=complaint):
        run.main(arguments)
    assert (copies / "docs" / "results.md").read_text(encoding="utf-8") == before
    run.main([*arguments, "--partial"])
    assert (copies / "docs" / "results.md").read_text(encoding="utf-8") != before
    assert ("left as it was: docs/results.md, start" in capsys.readouterr().out) == (change is None)


def test_tables_are_refused_of_changed_files(run, results, copies):
    for name, rows in small_results(run).items():
        write(results, name, rows, commit="0123456789 with changes")
    with pytest.raises(SystemExit, match="of no commit"):
        run.main(["--tables", "--results", str(results), "--pages", str(copies)])


def test_a_run_that_was_cut_off_anywhere_gives_tables_or_says_what_is_missing(run):
    small = small_results(run)
    for kept in (*range(10), 20, 50, 70, 90, 99):
        tables = {}
        for name, (head, *rows) in small.items():
            few = rows[: kept if kept < 10 else len(rows) * kept // 100]
            found = [dict(zip(head, map(str, row), strict=True)) for row in few]
            tables[name] = run.Table(STAMP, head, found, False)
        texts, left = run.contents(list(run.ORDER), tables)
        assert len(texts) + len(left) == 1 + sum(len(benchmark.tables) for benchmark in run.BENCHMARKS.values())


# --- running --------------------------------------------------------------------------------------------------------


def test_a_benchmark_is_ended_when_its_minutes_are_over_with_all_that_it_started(run, tmp_path, monkeypatch, capfd):
    (tmp_path / "start.py").write_text(
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open('measured', 'w').write(str(child.pid))\n"
        "print('measured', flush=True)\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setattr(run, "HERE", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run.run("start", 3 / 60, []).startswith("cut off")
    assert "\nmeasured\n" in capfd.readouterr().out
    child = Path("/proc") / (tmp_path / "measured").read_text() / "status"
    deadline = time.monotonic() + 10
    while child.exists() and "zombie" not in child.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists() or "zombie" in child.read_text()


def test_a_benchmark_that_fails_is_told_from_one_that_ends(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "HERE", tmp_path)
    for text, ending in (("raise SystemExit(3)", "failed with status 3"), ("", "complete")):
        (tmp_path / "start.py").write_text(text)
        assert run.run("start", 1, []).startswith(ending)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], ""),
        (["--ranks", "2"], " --ranks 2"),
        (["--data", "/here", "--ranks", "2", "--results=/there"], " --ranks 2"),
        (["--ranks=2", "--data=/here"], " --ranks=2"),
    ],
)
def test_a_file_of_results_names_no_folder_of_the_machine(run, typed, said):
    from harness.results import command

    assert command(["/some/where/benchmarks/scaling.py", *typed]) == f"python benchmarks/scaling.py{said}"


def test_a_script_runs_alone_and_its_file_says_what_made_it(run, tmp_path):
    X, y = load_basic_motions("train")
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "data" / "BasicMotions.npz", train_x=X[::2], train_y=y[::2], test_x=X[1::2], test_y=y[1::2])
    (tmp_path / "anchors").mkdir()
    columns = ["LightWaveS_L1", "LightWaveS_L2", "LightWaveS_L1L2", "LightWaveS_L1L2_1500"]
    figures = f"dataset,{','.join(columns)}\nBasicMotions,1.0,1.0,1.0,1.0\n"
    (tmp_path / "anchors" / "published_accuracy.csv").write_text(figures)
    command = [sys.executable, "benchmarks/published.py", "--data", tmp_path, "--results", tmp_path / "results"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout
    found = importlib.import_module("harness.results").read(tmp_path / "results", "published")
    assert [row["variant"] for row in found.rows] == list(sys.modules["published"].VARIANTS)
    assert found.complete
    assert found.stamp["command"] == "python benchmarks/published.py", "no folder of this machine"
    assert found.stamp["version"] == __version__
    assert printed.count("published: BasicMotions 20 L1") == 3


def test_results_are_kept_as_they_are_measured_and_gone_on_with_at_the_same_commit_only(run, tmp_path, monkeypatch):
    results = importlib.import_module("harness.results")
    files = {"speed": ("dataset", "seconds")}
    for commit, kept in (("0123456789", 0), ("0123456789", 1), ("abcdef0123", 0), ("abcdef0123 with changes", 0)):
        monkeypatch.setattr(results, "commit", lambda commit=commit: commit)
        measured = results.Results(tmp_path, files, resume=True)
        assert len(measured.earlier["speed"]) == kept
        measured.add("speed", "NATOPS", np.pi)
        found = results.read(tmp_path, "speed")
        assert found.rows == [{"dataset": "NATOPS", "seconds": "3.14159"}] * (kept + 1)
        assert found.stamp["commit"] == commit
        assert not found.complete
    measured.finish()
    assert results.read(tmp_path, "speed").complete


IN_TURN = """
import os, runpy, sys

sys.path.insert(0, "benchmarks")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # so that none has to start anew
for script in "intervals", "published", "calibration":
    sys.argv[0] = f"benchmarks/{script}.py"
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as error:
        print(script, str(error).splitlines()[-1])
"""


def test_a_benchmark_that_measures_nothing_leaves_earlier_results(run, tmp_path):
    """Once, a wrong folder of data, or a package that was missing, emptied a whole file."""
    results = importlib.import_module("harness.results")
    (tmp_path / "speed.csv").write_text("as it was")
    results.Results(tmp_path, {"speed": ("dataset", "seconds")}).finish()
    scripts = ["intervals", "published", "calibration"]
    for script in scripts:
        (tmp_path / f"{script}.csv").write_text("as it was")
    command = [sys.executable, "-c", IN_TURN, "--data", tmp_path / "none", "--results", tmp_path]
    one_thread = os.environ | importlib.import_module("harness.timing").ONE_THREAD
    done = subprocess.run(command, cwd=ROOT, env=one_thread, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    *_, first, second, third = done.stdout.splitlines()
    assert [line.split()[0] for line in (first, second, third)] == scripts
    assert all("--data" in line for line in (first, second, third)), done.stdout
    assert {path.read_text() for path in tmp_path.glob("*.csv")} == {"as it was"}
    with pytest.raises(SystemExit, match=r"speed\.csv is no folder: name one for the files of results"):
        results.Results(tmp_path / "speed.csv", {"speed": ("dataset",)})


def test_a_file_that_nobody_wants_is_left_as_it_is(run, tmp_path, capsys):
    results = importlib.import_module("harness.results")
    (tmp_path / "scaling.csv").write_text("as it was")
    measured = results.Results(tmp_path, {"speed": ("dataset", "seconds")})
    measured.add("speed", "NATOPS", 1.0)
    measured.add("scaling", "NATOPS", 2.0)
    measured.finish()
    assert measured.wanted == {"speed"}
    assert (tmp_path / "scaling.csv").read_text() == "as it was"
    assert "scaling: NATOPS 2" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_the_last_that_changed_what_results_depend_on(run, tmp_path, monkeypatch):
    results = importlib.import_module("harness.results")
    monkeypatch.setattr(results, "ROOT", tmp_path)
    assert not results.is_commit(results.commit())  # no repository
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}

    def commit(name):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
        for command in (["add", "."], ["commit", "-q", "-m", name]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True, env=os.environ | who)
        return results.commit()

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    first = commit("src/module.py")
    assert results.is_commit(first)
    assert commit("docs/results.md") == commit("benchmarks/results/speed.csv") == first
    assert commit("benchmarks/speed.py") != first
    (tmp_path / "src" / "module.py").write_text("changed")
    assert not results.is_commit(results.commit())
