"""The example for a device builds and says what Python says, on this computer and on a Cortex-M4 in QEMU."""

import shutil
import subprocess

import numpy as np
import pytest
from compiled import CORTEX, DEVICE, PLENTY, assert_says_what_python_says, build_for_cortex, run_on_cortex, tool

from lightwaves import LightWaveSClassifier, load_basic_motions
from lightwaves.export import to_c
from lightwaves.export.sizes import sizes

CLASSES = ["Badminton", "Running", "Standing", "Walking"]  # of samples.txt, as generate.py says
needs_the_example = pytest.mark.skipif(not DEVICE.exists(), reason="examples/device is not here")


def make(target, folder):
    """What a target of the example's Makefile prints, in a copy of the example."""
    shutil.copytree(DEVICE, folder / "device", ignore=shutil.ignore_patterns("classify", "*.elf"))
    command = [tool("make"), "-s", "-C", str(folder / "device"), target]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PLENTY)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.splitlines()]


@needs_the_example
def test_the_example_builds_and_classifies_its_samples(tmp_path):
    tool("cc")
    assert make("run", tmp_path) == CLASSES


@needs_the_example
def test_the_example_says_the_same_on_a_cortex(tmp_path):
    tool("arm-none-eabi-gcc"), tool("qemu-system-arm")
    assert make("run-cortex", tmp_path) == CLASSES


@needs_the_example
def test_the_model_of_the_example_is_what_its_script_writes(tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)
    to_c(model, tmp_path / "model.c")
    stored, written = ((folder / "model.h").read_text() for folder in (DEVICE, tmp_path))
    for line in ("N_CHANNELS", "N_TIMEPOINTS", "N_CLASSES"):
        assert find(line, stored) == find(line, written)
    X_test, y_test = load_basic_motions("test")
    some = [int(np.flatnonzero(y_test == label)[0]) for label in CLASSES]
    assert model.predict(X_test[some]).tolist() == CLASSES


def find(word, text):
    return [line for line in text.splitlines() if word in line]


@needs_the_example
def test_features_of_all_kinds_are_the_same_on_a_cortex(all_kinds, tmp_path):
    tool("arm-none-eabi-gcc"), tool("qemu-system-arm")
    model, X = all_kinds
    some = [x[:, : 10 + 12 * i] for i, x in enumerate(X[:8])]
    to_c(model, tmp_path / "model.c")
    assert_says_what_python_says(run_on_cortex(build_for_cortex(tmp_path), model, some), model, some)


def test_a_model_of_five_hundred_features_and_two_classes_is_small_on_a_cortex(tmp_path):
    compiler = tool("arm-none-eabi-gcc")
    X, y = load_basic_motions("train")
    two = np.isin(y, ("Running", "Walking"))
    exported = to_c(LightWaveSClassifier(random_state=0).fit(X[two], y[two]), tmp_path / "model.c")
    code, tables, _ = sizes(exported.source, compiler, ("-Os", *CORTEX))
    assert code + tables < 20 * 1024
