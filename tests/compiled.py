"""Models as C, compiled and run: what they say of some cases."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from lightwaves.export import to_c

DRIVER = Path(__file__).with_name("export") / "run_model.c"
STREAM_DRIVER = DRIVER.with_name("run_stream.c")
DEVICE = Path(__file__).parents[1] / "examples" / "device"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Wundef", "-Werror", "-pedantic")
CORTEX = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
QEMU = ("-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none")
KERNEL_HEAD = 2e-6  # of scores about 1: likenesses are of float32, and mostly cancel
PLENTY = 300  # seconds for a compiler or a program
QUICK = ("-O0",)  # takes a compiler a third of the time of -O2, which tests of compilers and of all banks ask for
CPP = ("-std=c++17", *STRICT[1:], *QUICK)
ADDRESSES = ("-g", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BUILT = {}  # programs by all that they are made of: no test waits for a compiler that has said the same already


class Said(NamedTuple):
    """What a model says of some cases."""

    classes: np.ndarray  # -1 where it says nothing
    scores: np.ndarray
    probabilities: np.ndarray


def tool(name):
    """The path of a program, or the test is skipped."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def build(folder, compiler="cc", flags=QUICK, unaligned=0, linked=("-lm",), driver=DRIVER):
    """Compile the model in a folder, and the driver, without a warning; the program."""
    program = Path(folder) / "run_model"
    texts = [(Path(folder) / name).read_bytes() for name in ("model.c", "model.h")]
    parts = (tool(compiler), *flags, unaligned, *linked, driver, *texts)
    if parts in BUILT:
        program.write_bytes(BUILT[parts])
        program.chmod(0o755)
        return program
    command = [tool(compiler), *flags, f"-DUNALIGNED={unaligned}", f"-I{folder}"]
    sources = [str(driver), str(Path(folder) / "model.c")]
    if "++" in compiler:
        sources = ["-x", "c++", *sources, "-x", "none"]
    done = subprocess.run(
        [*command, *sources, *linked, "-o", str(program)], capture_output=True, text=True, timeout=PLENTY
    )
    assert done.returncode == 0, done.stderr
    BUILT[parts] = program.read_bytes()
    return program


def cases_of(model, X):
    """Cases as the driver reads them: only the channels that are used."""
    for x in X:
        x = np.ascontiguousarray(np.asarray(x)[model.plan_.channels], np.float32)
        yield np.int32(x.shape[1]).tobytes() + x.tobytes()


def lines(program, model, X, before=(), **options):
    """What a program prints of some cases: a row of numbers for each."""
    options = {"timeout": PLENTY} | options
    done = subprocess.run([*before, str(program)], input=b"".join(cases_of(model, X)), capture_output=True, **options)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    said = np.array([line.split() for line in done.stdout.decode().splitlines()], np.float64)
    assert len(said) == len(X)
    return said


def run(program, model, X, before=(), **options):
    """What the program of a classifier says of some cases."""
    said, n_classes = lines(program, model, X, before, **options), len(model.classes_)
    return Said(said[:, 0].astype(int), said[:, 1 : n_classes + 1], said[:, n_classes + 1 :])


def say(model, X, folder, compiler="cc", flags=QUICK, unaligned=0, before=(), **options):
    """Write a model, compile it, and run it on some cases."""
    to_c(model, Path(folder) / "model.c", **options)
    return run(build(folder, compiler, flags, unaligned), model, X, before)


def say_numbers(model, X, folder, compiler="cc", flags=QUICK, unaligned=0, before=(), **options):
    """Write a regressor, compile it, and run it on some cases."""
    to_c(model, Path(folder) / "model.c", **options)
    return lines(build(folder, compiler, flags, unaligned), model, X, before)[:, 0]


def too_large(model, X):
    """Cases as long as those of X, whose values can be used, though features of them are infinite."""
    plan, rng = model.plan_, np.random.default_rng(0)
    size = np.minimum(5e36 * plan.scale, 3e38)[:, np.newaxis]
    cases = [(size * rng.choice([-1.0, 1.0], x.shape)).astype(np.float32) for x in X]
    for case in cases:
        with pytest.raises(ValueError, match="A feature is not finite"):
            model.predict([case])
    return cases


def build_for_cortex(folder):
    """The program for a Cortex-M4."""
    memory = (
        "--specs=rdimon.specs",
        "-T",
        str(DEVICE / "cortex" / "memory.ld"),
        str(DEVICE / "cortex" / "start.c"),
        "-lm",
    )
    return build(folder, "arm-none-eabi-gcc", (*STRICT, "-Os", *CORTEX), linked=memory)


def run_on_cortex(program, model, X):
    """What the program for a Cortex-M4 says under QEMU."""
    semihosting = ("-semihosting-config", "enable=on,target=native")
    return run(program, model, X, (tool("qemu-system-arm"), *QEMU, *semihosting, "-kernel"))


def assert_says_what_python_says(said, model, X, atol=1e-8):
    """The same labels; scores and probabilities as far as float32 holds them, but for ``atol``."""
    scores = model.decision_function(X)
    scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
    assert (model.classes_[said.classes] == model.predict(X)).all()
    np.testing.assert_allclose(said.scores, scores, rtol=1e-5, atol=atol)
    np.testing.assert_allclose(said.probabilities, model.predict_proba(X), rtol=1e-5, atol=atol)


def environment(**more):
    """The environment of this process and some more."""
    return {**os.environ, **more}
