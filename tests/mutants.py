"""A mutation run: small faults are put into the source, one at a time, and the tests must find each of them.

Run it by hand, on all mutants or on those of some files::

    python tests/mutants.py
    python tests/mutants.py loops/ plans/pooled.py

It works on a copy of the source. A mutant is found (killed) where its tests fail. Before all, the tests must pass on
the copy as it is.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "lightwaves"
LONGEST = 300  # seconds for the tests of one mutant; a mutant that hangs is found


class Mutant(NamedTuple):
    """One fault: a text that stands once in a file, what takes its place, and the tests that must find it."""

    file: str
    text: str
    replacement: str
    tests: str


EVERY = "tests/plans/test_every_plan.py::test_any_rows_of_series_of_any_lengths_are_those_of_each_case_alone"
WAVELETS = f"{EVERY} -k WaveletScattering"
ROCKET = f"{EVERY} tests/banks/test_rocket.py -k 'alone and Rocket and not Mini and not Multi or too_short'"
MULTI = f"{EVERY} -k MultiRocket"
COSTS = "tests/plans/test_costs.py"
MOVING = "tests/streaming/test_moving.py -k 'oracle_says and 0-20 or outlier or has_left'"
BIASES = "tests/banks/test_biases.py"
BANK = "tests/banks/test_multirocket.py::test_"
RELEVANCE = "tests/selection/test_relevance.py"
DETACHMENT = "tests/selection/test_detachment.py"
PRODUCTS = "tests/selection/test_products.py"
SHARES = "tests/search/test_shares.py::test_"
SCREENING = "tests/search/test_screening.py::test_"
HELD = "tests/estimators/test_held_channels.py"
PRECISION = "tests/datasets/test_precision.py"
RIDGE = "tests/estimators/test_ridge.py"
MODEL = "tests/estimators/test_transformer.py::test_"
INTEGERS = "tests/export/test_fixed.py -k 'every_integer_of_a_kernel or likenesses_in or very_many or in_a_kernel'"

MUTANTS = [
    # --- compiled loops -----------------------------------------------------------------------------------------
    Mutant(
        "loops/wavelet.py",
        "values = alive(values, ends, i // N_LANES, 0)",
        "values = alive(values, ends, i // N_LANES - 1, 0)",
        WAVELETS,
    ),
    Mutant(
        "loops/wavelet.py",
        "values = alive(values, ends, i // N_LANES, np.nan)",
        "values = alive(values, ends, i // N_LANES - 1, np.nan)",
        WAVELETS,
    ),
    Mutant(
        "loops/wavelet.py",
        "latest = maximum(ascend(select(positive, splat(np.int32(0)), time)), barrier)",
        "latest = ascend(select(positive, splat(np.int32(0)), time))",
        WAVELETS,
    ),
    Mutant(
        "loops/wavelet.py",
        "alive(absolute(convolve_first(work, taps, i)), ends, i, 0)",
        "absolute(convolve_first(work, taps, i))",
        WAVELETS,
    ),
    Mutant("loops/wavelet.py", "range(shortest, n_timepoints)", "range(shortest + 1, n_timepoints)", WAVELETS),
    Mutant(
        "loops/wavelet.py",
        "middle + ((low - middle) + (high - middle)) * third",
        "(low + middle + high) * third",
        "tests/banks/test_wavelet.py::test_nothing_is_positive_where_a_series_is_constant",
    ),
    Mutant(
        "loops/rocket.py",
        "select(ends > splat(np.int32(2 * reach)),",
        "select(ends > splat(np.int32(2 * reach - 1)),",
        ROCKET,
    ),
    Mutant("loops/rocket.py", "if t + N_TIMES > safe_end:", "if t + N_TIMES > safe_end + 1:", ROCKET),
    Mutant("loops/rocket.py", "before(d, n_left - 3 * N_LANES)", "before(d, n_left - 2 * N_LANES)", ROCKET),
    Mutant(
        "loops/pooling.py",
        "(n_left * end + SIXTEENTHS - 1) // SIXTEENTHS",
        "n_left * end // SIXTEENTHS",
        f"{BANK}a_window_holds_every_time_of_which_it_holds_a_part",
    ),
    Mutant("loops/pooling.py", "first(end - 1 - t)", "first(end - t)", MULTI),
    Mutant("loops/pooling.py", "if t >= shortest - 1:", "if t >= shortest:", MULTI),
    Mutant("loops/pooling.py", "select(first(n - 1 - t), values, nothing)", "values", BIASES),
    Mutant("loops/statistics.py", "max(n_cases - n_classes, 1.0)", "max(n_cases - 1.0, 1.0)", RELEVANCE),
    Mutant("loops/statistics.py", "if score > best_score:", "if score >= best_score:", RELEVANCE),
    Mutant(
        "loops/statistics.py",
        "gap = select(first(n_cases - i), gap, zeros)",
        "gap = select(first(n_cases - i + 1), gap, zeros)",
        "tests/loops/test_statistics.py",
    ),
    # --- plans --------------------------------------------------------------------------------------------------
    Mutant("plans/wavelet.py", "(n_timepoints + 1) // 2, 9.0", "n_timepoints // 2, 9.0", COSTS),
    Mutant("plans/wavelet.py", "2 * ((n_timepoints + 1) // 2)", "n_timepoints", COSTS),
    Mutant("plans/pooled.py", "(n_times > 8 * self.dilation)", "(n_times >= 8 * self.dilation)", COSTS),
    Mutant("plans/pooled.py", "np.maximum(n_times, 1)", "n_times", COSTS),
    Mutant("plans/pooled.py", "-(-n_times * end // SIXTEENTHS)", "n_times * end // SIXTEENTHS", COSTS),
    Mutant("plans/rocket.py", "(n_lost >= n_timepoints)", "(n_lost > n_timepoints)", COSTS),
    Mutant(
        "plans/pooled.py",
        "taps[:, :4] += self.differences",
        "taps[:, :5] += self.differences",
        f"{BANK}the_left_taps_of_differences_stand_one_time_further_right",
    ),
    Mutant(
        "plans/pooled.py",
        "np.maximum.at(end, self.output, self.end)",
        "np.maximum.at(end, self.output, self.begin + 1)",
        f"{BANK}the_windows_of_one_output_do_not_disturb_each_other",
    ),
    Mutant(
        "plans/rocket.py",
        "dilation, -n_timepoints, n_timepoints)",
        "dilation, 1 - n_timepoints, n_timepoints)",
        "tests/banks/test_rocket.py::test_every_length_gives_what_the_oracle_gives",
    ),
    Mutant(
        "plans/plan.py",
        "np.column_stack([large, shift - large, factor])",
        "np.column_stack([large, 0 * shift, factor])",
        f"{MODEL}large_offsets_do_not_hide_the_signal tests/panel/test_far_levels.py",
    ),
    # --- banks --------------------------------------------------------------------------------------------------
    Mutant(
        "banks/rocket.py",
        "(panel.n_timepoints - 1) / (length - 1)",
        "(panel.n_timepoints - 1) / length",
        "tests/banks/test_rocket.py::test_the_widest_kernels_reach_over_the_whole_series",
    ),
    Mutant(
        "banks/rocket.py",
        "np.log2(limit + 1)",
        "np.log2(limit)",
        "tests/banks/test_rocket.py::test_kernels_are_drawn_as_rocket_draws_them",
    ),
    Mutant("banks/biases.py", "share >= 0.5", "share > 0.5", BIASES),
    Mutant("banks/biases.py", "(n_times <= 8 * plan.dilation)", "(n_times < 8 * plan.dilation)", BIASES),
    Mutant(
        "banks/minirocket.py",
        "(np.arange(len(counts)) < left % len(counts))",
        "(np.arange(len(counts)) <= left % len(counts))",
        f"{BANK}the_number_of_features_is_rounded_down_but_never_to_none",
    ),
    Mutant(
        "banks/multirocket.py",
        '(first_output if name == "output" else 0)',
        "0",
        f"{BANK}columns_stand_in_order",
    ),
    Mutant(
        "banks/prism.py",
        '2 * outputs["member"] + (outputs["sign"] > 0)',
        '2 * outputs["member"]',
        "tests/banks/test_prism.py",
    ),
    # --- selection ----------------------------------------------------------------------------------------------
    Mutant("selection/relevance.py", "counts[counts > 0]", "counts", RELEVANCE),
    Mutant("selection/relevance.py", "np.flatnonzero(scores >= least)", "np.flatnonzero(scores > least)", RELEVANCE),
    Mutant(
        "selection/detachment.py",
        "(n_left / self._first.n_candidates) ** SHRINKING",
        "1.0",
        DETACHMENT,
    ),
    Mutant(
        "search/honest_choice.py",
        "if loss <= standard_error)",
        "if loss < standard_error)",
        "tests/search/test_cross_fitting.py",
    ),
    Mutant(
        "search/honest_choice.py",
        "told[s] = learnt(scores, judged.fold)",
        "told[s] = learnt(scores)",
        "tests/search/test_cross_fitting.py",
    ),
    Mutant(
        "selection/discriminant.py",
        "for other in parts if other != number]",
        "for other in parts]",
        "tests/selection/test_discriminant.py",
    ),
    Mutant(
        "estimators/learning.py",
        "return None if few or kept is None else kept",
        "return None if kept is None else kept",
        "tests/selection/test_discriminant.py",
    ),
    Mutant(
        "search/cross_fitting.py",
        "held, training = np.flatnonzero(self.fold == number), np.flatnonzero(self.fold != number)",
        "held, training = np.flatnonzero(self.fold == number), np.flatnonzero(self.fold >= 0)",
        "tests/search/test_cross_fitting.py",
    ),
    Mutant(
        "search/merits.py",
        "deviations, parts = (np.bincount(group, of_cases).astype(np.float64) for of_cases in (deviations, parts))",
        "parts = parts.copy()",
        "tests/search/test_cross_fitting.py",
    ),
    Mutant(
        "selection/calibration.py",
        "mistaken = 0.5 / (np.sqrt(n_cases * counted) + 1.0)",
        "mistaken = 0.0",
        "tests/selection/test_calibration.py",
    ),
    Mutant(
        "selection/detachment.py",
        'np.argsort(-worth, kind="stable")',
        'np.argsort(worth, kind="stable")[::-1]',
        DETACHMENT,
    ),
    Mutant(
        "selection/products.py",
        "(diagonal - self._roots**2 / (self.penalty * counted))",
        "diagonal",
        PRODUCTS,
    ),
    Mutant("selection/products.py", "self._add(gone, np.subtract)", "self._add(gone[1:], np.subtract)", PRODUCTS),
    Mutant("selection/products.py", "(scores.reshape(-1) > 0)", "(scores.reshape(-1) >= 0)", PRODUCTS),
    # --- search -------------------------------------------------------------------------------------------------
    Mutant(
        "search/roles.py",
        "max(1, len(members) * n_drawn // len(y))",
        "len(members) * n_drawn // len(y)",
        "tests/search/test_search.py::test_a_rare_class_takes_part_however_few_cases_are_drawn",
    ),
    Mutant(
        "search/survey.py",
        "if gain > CLEARLY * standard_error else 0",
        "if gain < CLEARLY * standard_error else 0",
        "tests/estimators/test_transformer.py -k 'lists or list'",
    ),
    Mutant(
        "search/shares.py",
        "f / work.divisors(plan) if",
        "f * work.divisors(plan) if",
        f"{SHARES}the_best_of_some_blocks_are_the_best_of_their_candidates",
    ),
    Mutant(
        "search/shares.py",
        "anova_f(rows[[*chosen, -1]], work.starts, work.weights) if work.frugality else scores[chosen]",
        "scores[chosen]",
        f"{MODEL}the_scores_of_mrmr_are_the_f_statistics_of_the_features_whatever_the_frugality",
    ),
    Mutant(
        "search/shares.py",
        "leaf.own(ids) + leaf.start",
        "leaf.own(ids)",
        HELD,
    ),
    Mutant(
        "search/shares.py",
        "out[mine] = rows",
        "out[np.sort(mine)[::-1]] = rows",
        HELD,
    ),
    Mutant(
        "search/screening.py",
        "max(FEW_CHANNELS, int(promising.sum()))",
        "max(1, int(promising.sum()))",
        f"{SCREENING}never_fewer_than_nine_are_kept",
    ),
    Mutant(
        "search/screening.py",
        "np.diff(work.starts).min() < 2",
        "np.diff(work.starts).min() < 1",
        f"{SCREENING}a_class_of_one_case_leaves_all_channels",
    ),
    # --- series, heads and files --------------------------------------------------------------------------------
    Mutant(
        "panel/panel.py",
        "base.astype(np.float64) + mean, deviation",
        "mean, deviation",
        "tests/panel/test_far_levels.py",
    ),
    Mutant("estimators/heads.py", "np.sign(targets - fitted)", "np.sign(fitted - targets)", RIDGE),
    Mutant("estimators/heads.py", "penalties * total_weight(weights, len(X))", "penalties", RIDGE),
    Mutant("datasets/cases.py", "too_large = np.isinf(values)", "too_large = np.isposinf(values)", PRECISION),
    Mutant("datasets/cases.py", "[:, : present[-1] + 1]", "[:, : present[-1]]", "tests/datasets/test_ucr.py"),
    Mutant("datasets/ts.py", 'line.removesuffix(":")', "line", "tests/datasets/test_ts.py"),
    Mutant("datasets/values.py", 'piece.replace("?", "nan")', 'piece.replace("?", "0")', "tests/datasets/test_ts.py"),
    # --- streams ------------------------------------------------------------------------------------------------
    Mutant("loops/moving.py", "leaves = old[to + inner - 1]", "leaves = kept[begin - 1]", MOVING),
    Mutant("loops/moving.py", "counts[j, SINCE] = -1  # it divides", "pass  # it divides", MOVING),
    Mutant("loops/moving.py", "if sums[j, EXCESS] * SHRUNK <", "if sums[j, EXCESS] * 0 * SHRUNK >", MOVING),
    Mutant("loops/moving.py", "of_windows[w, IS_LOST] = max(risen, high), np.float64(risen < high)",
           "of_windows[w, IS_LOST] = max(risen, high), 0", MOVING),
    Mutant("streaming/layout.py", "(begin + 1, end)", "(begin + 1, end + 1)", MOVING),
    Mutant("streaming/stream.py", "-n_windows % hop", "n_windows % hop", "tests/streaming/test_stream.py -k chunks"),
    Mutant("streaming/stream.py", "at + int(gaps[-1])", "at + int(gaps[0])", "tests/streaming/test_stream.py -k gap"),
    # --- C ------------------------------------------------------------------------------------------------------
    Mutant("export/fixed_kernel.py", "(standard + (1 << shift) // 2) >> shift", "standard >> shift", INTEGERS),
    Mutant("export/fixed_kernel.py", "scaled.mean(axis=1) - standard", "scaled.mean(axis=1) + standard", INTEGERS),
    Mutant("export/fixed_kernel.py", "bits - LIKENESS_BITS - last", "bits - LIKENESS_BITS - first", INTEGERS),
    Mutant("export/fixed_kernel.py", "FRACTION_BITS - 2 * grains.bits", "FRACTION_BITS - grains.bits", INTEGERS),
    Mutant("export/fixed_kernel.py", "if len(seen.sizes) <= MOST_COMPARED", "if len(seen.sizes)", INTEGERS),
    Mutant("export/parts/fixed_likenesses.c", "fraction % @power_step@", "0", INTEGERS),
    Mutant("export/parts/fixed_likenesses.c", "++j) s->compared[j] = 0;", "++j) j += 0;", INTEGERS),
    Mutant("export/parts/fixed_likenesses.c", "> CUT_OFF ? CUT_OFF", "> CUT_OFF ? -CUT_OFF", INTEGERS),
    # --- threads ------------------------------------------------------------------------------------------------
    Mutant(
        "parallel/threads.py",
        "                if not _n_alone:\n                    for",
        "                if _n_alone < 2:\n                    for",
        "tests/parallel/test_threads.py -k 'linear_algebra or limits'",
    ),
]  # fmt: skip


def is_failed_by(copy, tests, compiled):
    """Whether some of the tests fail on a copy of the source."""
    environment = os.environ | {"PYTHONPATH": str(copy), "HYPOTHESIS_STORAGE_DIRECTORY": str(copy / "examples")}
    environment |= {"NUMBA_CACHE_DIR": str(copy / "cache")} if compiled else {"NUMBA_DISABLE_JIT": "1"}
    quiet = [] if compiled else ["-W", "ignore::RuntimeWarning"]  # NumPy's, of what compiled loops pass over
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={copy} tests"]
    try:
        done = subprocess.run(
            [*command, *quiet, *shlex.split(tests)],
            cwd=ROOT,
            env=environment,
            timeout=LONGEST,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return True
    if done.returncode in (2, 3, 4, 5):  # not a test that failed, but tests that could not be run
        raise SystemExit(f"the tests {tests} did not run:\n{done.stdout}\n{done.stderr}")
    return done.returncode != 0


def is_compiled(mutant):
    """Whether its tests run with the compiler: without, where it is in a loop, since compiling takes longest."""
    return not mutant.file.startswith("loops/")


def is_found(mutant, copy):
    """Whether the tests of a mutant fail; the copy of the source is afterwards as it was."""
    path = copy / "lightwaves" / mutant.file
    source, times = path.read_text(), path.stat()
    path.write_text(source.replace(mutant.text, mutant.replacement))
    try:
        return is_failed_by(copy, mutant.tests, is_compiled(mutant))
    finally:
        path.write_text(source)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # so that what was compiled is found again


def main(files):
    """Run the mutants of some files, or all; print what becomes of each."""
    chosen = [mutant for mutant in MUTANTS if not files or mutant.file.startswith(tuple(files))]
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        shutil.copytree(SOURCE, copy / "lightwaves", ignore=shutil.ignore_patterns("__pycache__"))
        for tests, compiled in dict.fromkeys((mutant.tests, is_compiled(mutant)) for mutant in chosen):
            if is_failed_by(copy, tests, compiled):
                raise SystemExit(f"the tests {tests} fail without a mutant")
        n_found = 0
        for mutant in chosen:
            begin = time.monotonic()
            found = is_found(mutant, copy)
            n_found += found
            seconds = time.monotonic() - begin
            print(f"{'killed  ' if found else 'SURVIVED'} {seconds:4.0f} s  {mutant.file}: {mutant.text}", flush=True)
    print(f"{n_found} of {len(chosen)} mutants killed ({n_found / max(1, len(chosen)):.2f})")
    return n_found == len(chosen)


if __name__ == "__main__":
    raise SystemExit(not main(sys.argv[1:]))
