"""Test accuracy of lightwaves beside aeon's full-size models, on the same splits and with the same seeds.

A process on each core fits one model at a time, on one thread. Where lengths differ, lightwaves is given the series as
they are; aeon's models, which need one length, are given them with zeros behind the ends, and ten time points at least,
the fewest that they take. Nothing is chosen by what is found here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from time import perf_counter

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, names, one_length
from harness.pages import counted, paragraph, table
from harness.results import Missing, Results
from harness.timing import on_every_core
from sklearn.base import clone
from sklearn.pipeline import Pipeline

DEFAULT, DEFAULT_SEEDS, SEEDS = "LightWaveS", 10, 3
LARGE_TEST = 2000  # with more test cases, models other than the default have one seed: their time is mostly spent there
LARGE_TRAIN = 3000  # with more training cases, these take ten gibibytes or so, and are fitted one at a time
HUGE = ("aeon MultiRocket-Hydra", "aeon MultiRocket")


def lightwaves(bank, **options):
    """What makes one of our models for a seed; banks are imported when they are used."""

    def make(seed):
        import lightwaves as lw

        banks = {
            None: None,
            "wavelet": lw.WaveletScattering(),
            "L1": lw.WaveletScattering(levels=(1,)),
            "L2": lw.WaveletScattering(levels=(2,)),
            "prism": lw.Prism(),
            "rocket": lw.Rocket(),
            "minirocket": lw.MiniRocket(),
            "multirocket": lw.MultiRocket(),
            "morlet": lw.MorletScattering(),
        }
        return lw.LightWaveSClassifier(banks[bank], random_state=seed, **options)

    return make


def aeon(name, module="convolution_based"):
    """What makes one of aeon's classifiers for a seed."""

    def make(seed):
        kind = getattr(import_module(f"aeon.classification.{module}"), name)
        return kind(random_state=seed, n_jobs=1) if "n_jobs" in kind().get_params() else kind(random_state=seed)

    return make


OURS = {
    "LightWaveS, 100": lightwaves(None, n_features=100),
    DEFAULT: lightwaves(None),
    "LightWaveS, 1500": lightwaves(None, n_features=1500),
    "LightWaveS, auto": lightwaves(None, n_features="auto"),
    "L1": lightwaves("L1", selection="mrmr"),
    "L2": lightwaves("L2", selection="mrmr"),
    "L1L2": lightwaves("wavelet", selection="mrmr"),
    "L1L2-1500": lightwaves("wavelet", selection="mrmr", n_features=1500),
    "WaveletScattering, 500": lightwaves("wavelet"),
    "Prism, 500": lightwaves("prism"),
    "Rocket, 500": lightwaves("rocket"),
    "MiniRocket, 500": lightwaves("minirocket"),
    "MultiRocket, 500": lightwaves("multirocket"),
    "MorletScattering, 500": lightwaves("morlet"),
}
PEERS = {
    "aeon MiniRocket": aeon("MiniRocketClassifier"),
    "aeon MultiRocket": aeon("MultiRocketClassifier"),
    "aeon Hydra": aeon("HydraClassifier"),
    "aeon MultiRocket-Hydra": aeon("MultiRocketHydraClassifier"),
    "aeon QUANT": aeon("QUANTClassifier", "interval_based"),
}
MODELS = OURS | PEERS
SIZES = {"LightWaveS, 100": "100 features", DEFAULT: "500", "LightWaveS, 1500": "1,500"}  # as the picture names them


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Fit and score what is not in the file yet: seed by seed, large data sets first, so that no core idles later."""
    done = {(row["dataset"], row["model"], int(row["seed"])) for row in results.earlier["accuracy"]}
    sizes = {name: [len(y) for y in load(shared, name)[1::2]] for name in names(shared)}
    tasks = [
        (name, model, seed)
        for seed in range(DEFAULT_SEEDS)
        for name in sorted(sizes, key=lambda name: -sizes[name][0])
        for model in sorted(MODELS, key=lambda model: (model == HUGE[1], model != HUGE[0]))  # far from each other
        if seed < n_seeds(model, sizes[name][1]) and (name, model, seed) not in done
    ]
    results.expect(len(tasks))
    large = {name for name, (n_train_cases, _) in sizes.items() if n_train_cases > LARGE_TRAIN}
    work = partial(fit_and_score, shared)
    for row in on_every_core(work, tasks, lambda task: task[0] in large and task[1] in HUGE):
        results.add("accuracy", *row)


def n_seeds(model: str, n_test_cases: int) -> int:
    """How often a model is fitted on a data set."""
    return DEFAULT_SEEDS if model == DEFAULT else 1 if n_test_cases > LARGE_TEST else SEEDS


def fit_and_score(shared: Path, task: tuple[str, str, int]) -> list:
    """The row of a data set, a model and a seed: accuracy, seconds, and what a prediction needs."""
    name, model, seed = task
    warm_up(model)
    return [*task, *fitted_and_scored(model, seed, *load(shared, name))]


@lru_cache
def warm_up(model: str) -> None:
    """Let a model compile what it compiles, once in each process, before it is timed."""
    X = np.random.default_rng(0).standard_normal((12, 3, 40)).astype(np.float32)
    y = np.arange(12) % 3
    fitted_and_scored(model, 0, X, y, X, y)


def fitted_and_scored(model: str, seed: int, X, y, X_test, y_test) -> list:
    """Accuracy, seconds, features and channels."""
    if model in PEERS:
        X, X_test = one_length(X, X_test, at_least=10)
    estimator = clone(MODELS[model](seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer candidates than asked for, and what the peers warn of
        started = perf_counter()
        estimator.fit(X, y)
        fitted = perf_counter()
        predicted = estimator.predict(X_test)
        ended = perf_counter()
    accuracy = float(np.mean(np.asarray(predicted).astype(str) == np.asarray(y_test).astype(str)))
    sizes = [n_features_taken(estimator), X[0].shape[0]]
    if model in OURS:
        sizes = [len(estimator.plan_), len(estimator.channels_)]
    return [accuracy, fitted - started, ended - fitted, *sizes]


def n_features_taken(estimator) -> int:
    """How many features the last part of one of aeon's classifiers takes."""
    parts = list(vars(estimator).values())
    parts += [step for part in parts if isinstance(part, Pipeline) for _, step in part.steps]
    return max(getattr(part, "n_features_in_", 0) for part in parts)


# --- tables ---------------------------------------------------------------------------------------------------------


class Found:
    """What was found of the models that were fitted on every data set.

    Attributes
    ----------
    sets, models : list of str
    """

    def __init__(self, read: Read):
        self._rows: dict[tuple[str, str], list[dict[str, str]]] = {}
        for row in read("accuracy"):
            self._rows.setdefault((row["model"], row["dataset"]), []).append(row)
        self.sets = sorted({name for _, name in self._rows})
        self.models = [m for m in MODELS if self.sets and all((m, name) in self._rows for name in self.sets)]

    def of(self, model: str, name: str, column: str) -> list[float]:
        """One value for each seed."""
        return [float(row[column]) for row in self._rows[model, name]]

    def by_set(self, model: str, column: str = "accuracy") -> np.ndarray:
        """The mean over seeds for each data set."""
        return np.array([np.mean(self.of(model, name, column)) for name in self.sets])

    def mean(self, model: str) -> float:
        """The mean accuracy over data sets."""
        return float(self.by_set(model).mean())

    def deviation(self, model: str) -> float:
        """The standard deviation over seeds of that mean; data sets with one seed count as if they had none."""
        found = [self.of(model, name, "accuracy") for name in self.sets]
        return float(np.sqrt(sum(np.var(values, ddof=1) for values in found if len(values) > 1)) / len(found))

    def n_seeds(self, model: str) -> int:
        """The largest number of seeds."""
        return max(len(self.of(model, name, "accuracy")) for name in self.sets)

    def peers(self) -> Iterator[str]:
        """Those of `models` that are aeon's."""
        return (model for model in self.models if model in PEERS)

    def require(self, *models: str) -> None:
        """Raise `Missing` for models that were not fitted on every data set."""
        for model in models:
            if model not in self.models:
                raise Missing(f"accuracy.csv has not all of {model}")


def headline(read: Read) -> str:
    """The default beside the best of the full-size models."""
    found = Found(read)
    found.require(DEFAULT)
    best = max(found.peers(), key=found.mean, default=None)
    if best is None:
        raise Missing("accuracy.csv has no full-size model that was fitted on every data set")
    n_features = round(max(found.by_set(best, "n_features")), -3)
    return paragraph(
        f"On {counted(len(found.sets), 'data set')}, 500 features reach a mean test accuracy of "
        f"{found.mean(DEFAULT):.3f} ({counted(found.n_seeds(DEFAULT), 'seed')}, standard deviation "
        f"{found.deviation(DEFAULT):.3f}). The best full-size model there, aeon's {best.removeprefix('aeon ')}, "
        f"reaches {found.mean(best):.3f} ({counted(found.n_seeds(best), 'seed')}, {found.deviation(best):.3f}). It "
        f"computes up to {n_features:,.0f} features for every prediction."
    )


def means(read: Read) -> str:
    """Means over data sets, wins, and times."""
    found = Found(read)
    found.require()
    peers = list(found.peers())
    head = ["model", "mean", "deviation", "seeds", *(f"against {peer}" for peer in peers), "fit, s", "predict, s"]
    rows = []
    for model in found.models:
        against = []
        for peer in peers:
            gap = found.by_set(model) - found.by_set(peer)
            counts = [(gap > 1e-9).sum(), (abs(gap) <= 1e-9).sum(), (gap < -1e-9).sum()]
            against.append("" if model == peer else "/".join(map(str, counts)))
        fit, predict = (found.by_set(model, column).sum() for column in ("fit_s", "predict_s"))
        rows.append([
            model, f"{found.mean(model):.4f}", f"{found.deviation(model):.4f}", found.n_seeds(model), *against,
            f"{fit:.1f}", f"{predict:.2f}",
        ])  # fmt: skip
    note = paragraph(
        f"The mean is that over {counted(len(found.sets), 'data set')} of means over seeds, the deviation its standard "
        f"deviation from seed to seed. On data sets with more than {LARGE_TEST:,} test cases, models other than "
        f"`{DEFAULT}` have one seed, which adds nothing to the deviation. The columns 'against' count the data sets "
        "won, drawn and lost. Seconds are sums over the data sets. Each fit had one thread and one core, while the "
        "other cores fitted other models."
    )
    return f"{table(head, rows)}\n\n{note}"


def by_data_set(read: Read) -> str:
    """The mean over seeds of each model on each data set."""
    found = Found(read)
    shown = [model for model in found.models if model not in ("L1", "L2")]
    rows = ([model, *(f"{accuracy:.3f}" for accuracy in found.by_set(model))] for model in shown)
    return table(["model", *found.sets], rows)


def fits(read: Read) -> str:
    """Whole fits beside MultiRocket's."""
    found, peer = Found(read), "aeon MultiRocket"
    found.require(DEFAULT, peer)
    ours, theirs = found.by_set(DEFAULT, "fit_s"), found.by_set(peer, "fit_s")
    rows = ([name, f"{a:.2f} s", f"{b / a:.1f} x"] for name, a, b in zip(found.sets, ours, theirs, strict=True))
    return table(["data set", DEFAULT, peer], rows)


def picture(read: Read, path: Path) -> None:
    """Accuracy against the seconds that predictions take: our sizes are one line, the full-size models points."""
    from matplotlib.figure import Figure

    found = Found(read)
    found.require(*SIZES)
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.subplots()
    for models, side, style in (
        (list(SIZES), "right", {"color": "#1f4e79", "marker": "o"}),
        (list(found.peers()), "left", {"color": "0.4", "marker": "s", "linestyle": "none"}),
    ):
        seconds = [found.by_set(model, "predict_s").sum() for model in models]
        means, deviations = ([of(model) for model in models] for of in (found.mean, found.deviation))
        ax.errorbar(seconds, means, deviations, elinewidth=0.5, **style)
        for model, x, y in zip(models, seconds, means, strict=True):
            ax.annotate(
                SIZES.get(model, model.removeprefix("aeon ")), (x, y), (7 if side == "left" else -7, 3),
                textcoords="offset points", ha=side, fontsize=9, color=style["color"],
            )  # fmt: skip
    ax.set(xscale="log", xlim=(0.005, 1500), ylabel="mean test accuracy")
    ax.set_xticks([0.01, 0.1, 1, 10, 100, 1000], ["0.01", "0.1", "1", "10", "100", "1,000"])
    ax.set_xlabel("seconds to predict all test cases, one thread")
    ax.set_title(f"{counted(len(found.sets), 'data set')}, LightWaveS and aeon's full-size models", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


BENCHMARK = Benchmark(
    about="test accuracy beside aeon's full-size models",
    minutes=40,
    files={
        "accuracy": (
            "dataset", "model", "seed", "accuracy", "fit_s", "predict_s", "n_features", "n_channels_read",
        ),
    },
    measure=measure,
    tables={
        ("README.md", "headline"): headline,
        ("docs/results.md", "accuracy"): means,
        ("docs/results.md", "accuracy by data set"): by_data_set,
        ("docs/results.md", "fits"): fits,
    },
    pictures={"docs/accuracy.png": picture},
    pinned=False,
    resumes=True,
)  # fmt: skip

if __name__ == "__main__":
    BENCHMARK.main()
