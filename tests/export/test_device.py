"""The example for a device builds and says what Python says, on this computer and on a Cortex-M4 in QEMU."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from compiled import (
    CORTEX,
    DEVICE,
    KERNEL_HEAD,
    PLENTY,
    assert_says_what_python_says,
    build,
    build_for_cortex,
    run,
    run_on_cortex,
    tool,
)
from lengths import OTHER_LENGTHS
from wide import sweep

from lightwaves import LightWaveSClassifier, load_basic_motions
from lightwaves.export import to_c
from lightwaves.export.sizes import sizes

pytestmark = [pytest.mark.slow, OTHER_LENGTHS]

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


@pytest.fixture(scope="module")
def classify(tmp_path_factory):
    """The program of the example."""
    tool("cc")
    folder = tmp_path_factory.mktemp("example")
    make("classify", folder)
    return str(folder / "device" / "classify")


@needs_the_example
@pytest.mark.parametrize(
    ("samples", "what"),
    [
        (b"1 2 3 four", "cannot read on after 3 numbers"),
        (b"1 2 3", "the last window is not full: it has 3 of"),
        (b"", "there were no numbers to read"),
    ],
)
def test_the_example_says_so_if_its_input_is_no_window(samples, what, classify):
    done = subprocess.run([classify], input=samples, capture_output=True, timeout=PLENTY)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(what)


@needs_the_example
@pytest.mark.parametrize("sample", [b"nan", b"inf"])
def test_the_example_says_so_if_a_window_cannot_be_used(sample, classify):
    sizes_of_x = re.findall(r"#define MODEL_N_(?:CHANNELS|TIMEPOINTS) (\d+)", (DEVICE / "model.h").read_text())
    samples = b"0 " * (int(np.prod([int(size) for size in sizes_of_x])) - 1) + sample
    done = subprocess.run([classify], input=samples, capture_output=True, timeout=PLENTY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith("cannot say: a sample is not a number, is infinite")


@pytest.fixture(scope="module")
def of_the_example():
    """The model that the script of the example fits."""
    return LightWaveSClassifier(n_features=100, random_state=0).fit(*load_basic_motions("train"))


@needs_the_example
def test_the_model_of_the_example_is_what_its_script_writes(of_the_example, tmp_path):
    to_c(of_the_example, tmp_path / "model.c")
    for name in ("model.c", "model.h"):
        assert without_numbers((DEVICE / name).read_text()) == without_numbers((tmp_path / name).read_text())


def without_numbers(text):
    """C without the entries of tables and without numbers, which depend on the linear algebra of a machine."""
    text = re.sub(r"= \{\n.*?\n\};", "= {};", text, flags=re.DOTALL)
    return re.sub(r"0x[\da-fp.+-]+|\bu?int\d+_t|\d+", "N", text)


@needs_the_example
def test_the_stored_model_of_the_example_says_what_a_new_one_says(of_the_example, tmp_path):
    tool("cc")
    X = load_basic_motions("test")[0]
    for name in ("model.c", "model.h"):
        shutil.copy(DEVICE / name, tmp_path)
    said = run(build(tmp_path), of_the_example, X)
    assert (of_the_example.classes_[said.classes] == of_the_example.predict(X)).all()
    np.testing.assert_allclose(said.scores, of_the_example.decision_function(X), atol=1e-3)


@needs_the_example
def test_features_of_all_kinds_are_the_same_on_a_cortex(all_kinds, tmp_path):
    tool("arm-none-eabi-gcc"), tool("qemu-system-arm")
    model, X = all_kinds
    some = [x[:, : 10 + 12 * i] for i, x in enumerate(X[:8])]
    to_c(model, tmp_path / "model.c")
    assert_says_what_python_says(run_on_cortex(build_for_cortex(tmp_path), model, some), model, some)


@pytest.mark.parametrize("of_kernel_head", sweep(["unequal lengths"], ["two classes", "four classes"]), indirect=True)
def test_a_kernel_head_says_the_same_on_a_cortex(of_kernel_head, tmp_path):
    tool("arm-none-eabi-gcc"), tool("qemu-system-arm")
    model, X = of_kernel_head
    some = [x[:, : 10 + 12 * i] for i, x in enumerate(X[:4])]
    to_c(model, tmp_path / "model.c")
    assert_says_what_python_says(run_on_cortex(build_for_cortex(tmp_path), model, some), model, some, KERNEL_HEAD)


def test_a_model_of_five_hundred_features_and_two_classes_is_small_on_a_cortex(tmp_path):
    compiler = tool("arm-none-eabi-gcc")
    X, y = load_basic_motions("train")
    two = np.isin(y, ("Running", "Walking"))
    exported = to_c(LightWaveSClassifier(honest=False, random_state=0).fit(X[two], y[two]), tmp_path / "model.c")
    code, tables, _ = sizes(exported.source, [compiler], ("-Os", *CORTEX))
    assert code + tables < 20 * 1024
