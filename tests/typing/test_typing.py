"""A user's script passes the type checkers that people use, and does what it says."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("user_script.py")


def run(*command, cwd):
    return subprocess.run([sys.executable, *command, str(SCRIPT)], capture_output=True, text=True, timeout=300, cwd=cwd)


def test_the_script_runs_without_a_warning(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert capsys.readouterr().out.startswith("1.0 (40, 4)")


def test_mypy_finds_nothing_in_its_strict_mode(tmp_path):
    pytest.importorskip("mypy")
    done = run("-m", "mypy", "--strict", "--no-incremental", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_finds_nothing(tmp_path):
    pytest.importorskip("pyright")
    done = run("-m", "pyright", "--pythonpath", sys.executable, cwd=tmp_path)
    if done.returncode and "error:" not in done.stdout:  # it fetches itself when it runs for the first time
        pytest.skip(f"pyright could not be started: {(done.stderr or done.stdout).strip()[-200:]}")
    assert done.returncode == 0, done.stdout
