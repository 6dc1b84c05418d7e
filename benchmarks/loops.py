"""The full bank of the paper beside a plain scalar loop, compiled by numba in the same run."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import table
from harness.results import Results
from harness.timing import interleaved

SHAPES = ((16, 100), (40, 100), (180, 51), (267, 144), (120, 315), (64, 1000), (32, 10_000))
DILATIONS = (1, 4, 32)
N_KERNELS = 84


def measure(results: Results, shared: Path) -> None:
    """Nanoseconds for each case, channel, kernel, dilation and time point: both levels, all statistics."""
    from lightwaves import WaveletScattering
    from lightwaves.panel import as_panel

    scalar, kernels = scalar_loop(), np.full((N_KERNELS, 9), -1, np.float32)
    for kernel, twos in zip(kernels, combinations(range(9), 3), strict=True):
        kernel[list(twos)] = 2
    for n_cases, n_timepoints in SHAPES:
        x = np.random.default_rng(0).standard_normal((n_cases, 1, n_timepoints), dtype=np.float32)
        panel, out = as_panel(x), np.empty((n_cases, N_KERNELS, 2, 4))
        plan = WaveletScattering().fit(x).plan_
        for dilation in DILATIONS:
            works = {
                "ours": lambda p=plan[plan.dilation == dilation], x=panel: p.apply(x),
                "scalar": lambda x=x, d=dilation, out=out: scalar(x[:, 0], kernels, d, out),
            }
            interleaved(works, 1)
            times = interleaved(works, 3 if n_timepoints >= 10_000 else 15)
            ours, plain = (1e9 * float(np.median(t)) / (n_cases * N_KERNELS * n_timepoints) for t in times.values())
            results.add("loops", n_cases, n_timepoints, dilation, ours, plain / ours)


def scalar_loop():
    """What a plain reading of the paper compiles to."""
    from numba import njit

    @njit
    def scalar(x, kernels, dilation, out):
        n_cases, n = x.shape
        z, y = np.empty(n, np.float32), np.empty((n + 1) // 2, np.float32)
        for i in range(n_cases):
            for k in range(len(kernels)):
                source, length = x[i], n
                for level in range(2):
                    count, run, longest, high, low = 0, 0, 0, np.float32(0), np.float32(np.inf)
                    for t in range(length):
                        value = np.float32(0)
                        for tap in range(9):
                            at = t + (tap - 4) * dilation
                            if 0 <= at < length:
                                value += kernels[k, tap] * source[at]
                        z[t] = value
                        run = run + 1 if value > 0 else 0
                        count += value > 0
                        longest = max(longest, run)
                        high, low = max(high, abs(value)), min(low, abs(value))
                    out[i, k, level, 0], out[i, k, level, 1] = count / length, high
                    out[i, k, level, 2], out[i, k, level, 3] = longest / length, low
                    if level == 0:
                        for t in range(len(y)):
                            y[t] = abs(z[2 * t])
                        source, length = y, len(y)

    return scalar


def beside_a_scalar_loop(read: Read) -> str:
    """A line for each shape, with its dilations."""
    shapes: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in read("loops"):
        shapes.setdefault((row["n_cases"], row["n_timepoints"]), []).append(row)
    rows = []
    for shape, found in shapes.items():
        ours = " / ".join(f"{float(row['ns_per_point']):.3f}" for row in found)
        ratios = " / ".join(f"{float(row['scalar_ratio']):.0f}" for row in found)
        rows.append([*shape, ours, f"{ratios} times as long"])
    dilations = " / ".join(map(str, DILATIONS))
    head = ["n_cases", "n_timepoints", f"ns per point, dilation {dilations}", "a plain scalar loop takes"]
    return table(head, rows)


BENCHMARK = Benchmark(
    about="the compiled loops of the paper's bank beside a scalar loop",
    minutes=1,
    files={"loops": ("n_cases", "n_timepoints", "dilation", "ns_per_point", "scalar_ratio")},
    measure=measure,
    tables={("docs/results.md", "loops"): beside_a_scalar_loop},
    reads_data=False,
)

if __name__ == "__main__":
    BENCHMARK.main()
