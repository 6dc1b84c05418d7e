"""Models as C: whether they say what Python says, how large they are, and how fast.

Sizes are those of a compiler with -Os. Columns of a Cortex-M4 are empty where arm-none-eabi-gcc or qemu-system-arm is
not at hand.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, names
from harness.pages import table
from harness.results import BENCHMARKS, ROOT, Results

LARGER = ("HAPT", "WISDMWatch", "HydraulicValve", "EOG", "TennesseeEastman")
SHOWN = ("FingerMovements", "BasicMotions", "HAPT")  # on the page: of two, four and twelve classes
DTYPES = ("float32", "int16")
CORTEX = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
QEMU = (
    "qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0",
)  # fmt: skip
TIMED = 40  # cases
COLUMNS = (
    "dataset", "dtype", "n_features", "n_channels", "n_timepoints", "n_classes", "n_cases", "agreement", "accuracy",
    "accuracy_c", "code_bytes", "table_bytes", "stack_bytes", "work_bytes", "cortex_code_bytes", "cortex_table_bytes",
    "cortex_stack_bytes", "cortex_instructions", "c_s", "predict_one_s",
)  # fmt: skip


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Each set, in real numbers and in integers."""
    from lightwaves import LightWaveSClassifier

    larger = [name for name in LARGER if (shared / "data_larger" / f"{name}.npz").exists()]
    for name in [*names(shared), *larger]:
        X, y, X_test, y_test = load(shared, name, "data_larger" if name in larger else "data")
        model = LightWaveSClassifier(random_state=0).fit(X, y)
        for dtype in DTYPES:
            results.add("deploy_c", name, dtype, *of_model(model, dtype, X, X_test, y_test))


def of_model(model, dtype: str, X, X_test, y_test) -> list[object]:
    """A row of results, without its first two columns."""
    from lightwaves.export import to_c
    from lightwaves.export.sizes import sizes

    plan, expected = model.plan_, model.predict(X_test)
    longest = max(plan.n_timepoints, *(x.shape[1] for x in X_test))
    with tempfile.TemporaryDirectory() as folder:
        calibration = {"calibration": X} if dtype == "int16" else {}
        made = to_c(model, Path(folder, "model.c"), n_timepoints=longest, dtype=dtype, **calibration)
        said = model.classes_[classes(made.source, model, X_test, made.work_bytes)]
        whole = [x for x in X_test if x.shape[1] == longest][:TIMED]
        read = b"".join(np.ascontiguousarray(x[plan.channels], np.float32).tobytes() for x in whole)
        compiler = shutil.which("arm-none-eabi-gcc")
        on_cortex = sizes(made.source, [compiler], ("-Os", *CORTEX)) if compiler else None
        return [
            len(plan), len(plan.channels), longest, len(model.classes_), len(said), np.mean(said == expected),
            np.mean(expected == y_test), np.mean(said == y_test), made.code_bytes, made.table_bytes, made.stack_bytes,
            made.work_bytes, *(on_cortex or ("", "", "")), instructions(folder, read),
            seconds(folder, read, len(whole)), seconds_of_python(model, whole) if dtype == "float32" else "",
        ]  # fmt: skip


def classes(source: Path, model, X_test, work_bytes: int) -> np.ndarray:
    """What C says of each case."""
    library = source.with_suffix(".so")
    subprocess.run(["cc", "-std=c99", "-O2", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
    predict = ctypes.CDLL(str(library)).model_predict_n
    work = np.empty(work_bytes, np.uint8)
    said = []
    for x in X_test:
        x = np.ascontiguousarray(x[model.plan_.channels], np.float32)
        said.append(predict(ctypes.c_void_p(x.ctypes.data), x.shape[1], ctypes.c_void_p(work.ctypes.data)))
    return np.array(said)


def seconds(folder: str, read: bytes, n_cases: int) -> float:
    """Of one case in C, as fast as this machine can."""
    program, sources = f"{folder}/seconds", [str(BENCHMARKS / "device" / "seconds.c"), f"{folder}/model.c"]
    flags = ["-std=c99", "-O3", "-march=native", f"-I{folder}"]
    subprocess.run(["cc", *flags, *sources, "-o", program, "-lm"], check=True)
    return 1e-9 * float(subprocess.check_output([program, str(n_cases)], input=read).split()[0])


def seconds_of_python(model, cases) -> float:
    """Of one case by `predict_one`: the least of several rounds."""
    cases = [np.ascontiguousarray(x, np.float32) for x in cases]
    rounds = []
    for _ in range(9):
        started = perf_counter()
        for x in cases:
            model.predict_one(x)
        rounds.append((perf_counter() - started) / len(cases))
    return min(rounds)


def instructions(folder: str, read: bytes) -> object:
    """Of one case on a Cortex-M4, or nothing."""
    if not shutil.which("arm-none-eabi-gcc") or not shutil.which("qemu-system-arm"):
        return ""
    cortex, program = ROOT / "examples" / "device" / "cortex", f"{folder}/instructions.elf"
    sources = [str(BENCHMARKS / "device" / "instructions.c"), f"{folder}/model.c", str(cortex / "start.c")]
    linked = ["--specs=rdimon.specs", "-T", str(cortex / "memory.ld"), "-lm"]
    command = ["arm-none-eabi-gcc", "-std=c99", "-Os", *CORTEX, f"-I{folder}", *sources, *linked, "-o", program]
    subprocess.run(command, check=True)
    emulator = [*QEMU, "-semihosting-config", "enable=on,target=native", "-kernel", program]
    return int(subprocess.check_output(emulator, input=read, timeout=300).split()[0])


# --- tables ---------------------------------------------------------------------------------------------------------


def models(read: Read) -> str:
    """Sizes and times of some models."""
    rows = [
        [
            f"{row['dataset']} ({row['n_channels']} x {row['n_timepoints']}, {row['n_classes']} classes)", row["dtype"],
            kibibytes(row, "code_bytes", "table_bytes"), kibibytes(row, "cortex_code_bytes", "cortex_table_bytes"),
            kibibytes(row, "work_bytes"), kibibytes(row, "cortex_stack_bytes"), millions(row),
            f"{1e6 * float(row['c_s']):.0f} us",
            f"{1e6 * float(row['predict_one_s']):.0f} us" if row["predict_one_s"] else "",
        ]
        for row in read("deploy_c")
        if row["dataset"] in SHOWN
    ]  # fmt: skip
    head = [
        "model", "numbers", "code and tables, x86-64", "Cortex-M4", "work", "stack, Cortex-M4",
        "instructions, Cortex-M4", "a case, x86-64", "`predict_one`",
    ]  # fmt: skip
    return table(head, rows)


def kibibytes(row: dict[str, str], *columns: str) -> str:
    """The sum of some columns."""
    return f"{sum(int(row[column]) for column in columns) / 1024:.1f} KiB" if all(row[c] for c in columns) else ""


def millions(row: dict[str, str]) -> str:
    """Instructions."""
    return f"{int(row['cortex_instructions']) / 1e6:.2f} million" if row["cortex_instructions"] else ""


def agreements(read: Read) -> str:
    """How many labels are those of Python."""
    rows = []
    for row in read("deploy_c"):
        if row["dtype"] == "float32":
            first = row
            continue
        accuracies = [f"{float(other):.4f}" for other in (row["accuracy"], row["accuracy_c"])]
        shares = [f"{100 * float(other['agreement']):.2f} %" for other in (first, row)]
        rows.append([row["dataset"], row["n_cases"], *shares, *accuracies])
    return table(["set", "test cases", "float32 agrees", "int16 agrees", "accuracy", "accuracy, int16"], rows)


BENCHMARK = Benchmark(
    about="models as C: agreement, sizes and times",
    minutes=15,
    files={"deploy_c": COLUMNS},
    measure=measure,
    tables={("docs/deployment.md", "models as C"): models, ("docs/deployment.md", "agreement of C"): agreements},
)

if __name__ == "__main__":
    BENCHMARK.main()
