"""The main job, on a data set or a file of your own: ``python -m lightwaves``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import LightWaveSClassifier, __version__, load_basic_motions, load_japanese_vowels, save
from .cli.commands import ALONE
from .cli.terminal import printable, ready_streams
from .datasets import PUMP_CHANNELS, make_pump, read
from .inspection.features import microseconds_of
from .inspection.plots import plot_channel_importances
from .inspection.report import report

HELD_OUT = 0.3  # of a file that comes without another for testing
FITTED_TWICE = 30.0  # seconds: a fit that takes longer is not repeated to see what it takes without compilation
MOST_VALUES = 10_000  # of one case, for the baseline on raw values
MOST_CLASSES = 20  # of which the report has a line


@dataclass(frozen=True)
class Data:
    """Series to train on and series to test on."""

    name: str
    X: Any
    y: NDArray[Any]
    X_test: Any
    y_test: NDArray[Any]
    channel_names: tuple[str, ...] | None = None
    remark: str = ""


def pump() -> Data:
    """The synthetic pump."""
    return Data("Pump", *make_pump(200), *make_pump(400, random_state=1), PUMP_CHANNELS, " (synthetic)")


DATA: dict[str, Callable[[], Data]] = {
    "Pump": pump,
    "BasicMotions": lambda: Data("BasicMotions", *load_basic_motions("train"), *load_basic_motions("test")),
    "JapaneseVowels": lambda: Data("JapaneseVowels", *load_japanese_vowels("train"), *load_japanese_vowels("test")),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a data set, predict test cases, and report; write a picture, a page and the model."""
    ready_streams()
    parser = argparse.ArgumentParser(prog="python -m lightwaves", description=main.__doc__)
    names = ", ".join(DATA)
    parser.add_argument(
        "data",
        nargs="?",
        default="Pump",
        help=f"a file (.ts, .arff, .csv, .tsv, .txt, or .gz of them), or {names} (default: Pump)",
    )
    parser.add_argument(
        "--test", type=Path, help="test cases for a file of your own; by default 30 %% of its cases are held out"
    )
    parser.add_argument("--n-features", type=int, default=500, help="features to keep (default: 500)")
    parser.add_argument(
        "--out", type=Path, default=Path("."), help="the folder for picture, page and model (default: this one)"
    )
    parser.add_argument("--verbose", action="store_true", help="show how far the training is")
    parser.add_argument("--version", action="version", version=f"lightwaves {__version__}")
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in ("fit", *ALONE):
        parser.error(
            f"{given[0]} is a command of the program: lightwaves {given[0]} ..., or python -m lightwaves.cli "
            f"{given[0]} ... This here is a demonstration."
        )
    options = parser.parse_args(arguments)

    how = {"n_features": options.n_features, "random_state": 0, "verbose": int(options.verbose)}
    try:
        data = data_of(options.data, options.test)
        options.out.mkdir(parents=True, exist_ok=True)
        print(printable(description(data), "\n"), flush=True)
        model = LightWaveSClassifier(channel_names=data.channel_names, **how)
        seconds = fitted(model, data)
        predicted = model.predict(data.X_test)
        file = options.out / f"{data.name}-model.npz"
        save(model, file)
    except (OSError, TypeError, ValueError) as error:
        parser.error(printable(str(error), "\n"))

    picture, page = options.out / f"{data.name}-channels.png", options.out / f"{data.name}-report.html"
    for part in (
        accuracies(data, predicted, seconds),
        kept(model, file),
        times(model, data),
        by_class(data.y_test, predicted),
        files(model, data, picture, page, file, shlex.join(sys.argv[1:] if arguments is None else arguments)),
        next_steps(options, file),
    ):
        print(printable("\n".join(part), "\n"), flush=True)


# --- data ---------------------------------------------------------------------------------------------------


def data_of(name: str, test: Path | None) -> Data:
    """The series that the command line names.

    Raises
    ------
    ValueError
        If it names none, or these cannot be classified.
    OSError
        If a file cannot be read.
    """
    if name in DATA:
        if test is not None:
            raise ValueError(f"--test belongs to a file of your own; {name} has test cases.")
        return DATA[name]()
    path = Path(name)
    if not path.exists():
        raise ValueError(f"there is no file {name}, and no data set of that name; there are {', '.join(DATA)}.")
    if path.is_dir():
        raise ValueError(f"{name} is a directory: name a file in it.")
    X, y = labelled(path)
    if y.dtype.kind == "f":
        raise ValueError(f"{name} holds numbers to predict, not classes.")
    if test is None:
        return Data(path.stem, *held_out(X, y))
    X_test, y_test = labelled(test)
    if len(X_test[0]) != len(X[0]):
        raise ValueError(f"{name} has {len(X[0])} channels, {test} has {len(X_test[0])}; they need the same.")
    if not np.isin(y_test, y).any():
        raise ValueError(f"{test} has no class that {name} has, but {', '.join(map(str, np.unique(y_test)[:5]))}.")
    return Data(path.stem, X, y, X_test, y_test)


def labelled(path: Path) -> tuple[Any, NDArray[Any]]:
    """The series and the classes of a file."""
    X, y = read(path)
    if y is None:
        raise ValueError(f"{path} has no classes, which a classifier needs.")
    return X, y


def held_out(X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any], Any, NDArray[Any]]:
    """Cases to train on and cases to test on, each class by its share."""
    try:
        train, test = train_test_split(np.arange(len(y)), test_size=HELD_OUT, stratify=y, random_state=0)
    except ValueError as error:
        raise ValueError(f"no test cases can be held out; name a file of them with --test. {error}") from error

    def some(cases: NDArray[np.intp]) -> Any:
        return [X[i] for i in cases] if isinstance(X, list) else X[cases]

    return some(train), y[train], some(test), y[test]


def description(data: Data) -> str:
    """What the series are, and what comes next."""
    lengths = sorted({x.shape[1] for x in data.X})
    n_timepoints = str(lengths[0]) if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    return (
        f"{data.name}{data.remark}: {len(data.X)} training and {len(data.X_test)} test cases, "
        f"{len(data.X[0])} channels, {n_timepoints} time points, {len(np.unique(data.y))} classes\n"
        "fitting; the first time, compilation takes about ten seconds more"
    )


# --- the report ---------------------------------------------------------------------------------------------


def fitted(model: LightWaveSClassifier, data: Data) -> list[float]:
    """Fit a model, twice where that is quick: the seconds that it took."""
    seconds = [timed(lambda: model.fit(data.X, data.y))]
    if seconds[0] < FITTED_TWICE:
        model.set_params(verbose=0)
        seconds.append(timed(lambda: model.fit(data.X, data.y)))
    return seconds


def accuracies(data: Data, predicted: NDArray[Any], seconds: list[float]) -> Iterator[str]:
    """How often the model is right, and how often others are."""
    once = "with compilation where it is not cached yet"
    yield f"fit: {seconds[-1]:.3f} s ({f'{seconds[0]:.1f} s the first time, ' if seconds[1:] else ''}{once})"
    yield f"accuracy: {accuracy_score(data.y_test, predicted):.3f}"
    for name, features, classifier in baselines(data):
        classifier.fit(features(data.X), data.y)
        yield f"    {accuracy_score(data.y_test, classifier.predict(features(data.X_test))):.3f}  {name}"


def baselines(data: Data) -> Iterator[tuple[str, Callable[[Any], NDArray[Any]], Any]]:
    """What anybody would try first, with scikit-learn alone: name, features and classifier."""

    def summaries(X: Any) -> NDArray[Any]:
        return np.array([np.concatenate([x.mean(1), x.std(1), x.min(1), x.max(1)]) for x in X])

    n_timepoints = max(x.shape[1] for x in data.X)
    step = -(-len(data.X[0]) * n_timepoints // MOST_VALUES)

    def raw(X: Any) -> NDArray[Any]:
        values = np.zeros((len(X), len(X[0]), n_timepoints))
        for case, x in zip(values, X, strict=True):
            case[:, : x.shape[1]] = x[:, :n_timepoints]
        return values[:, :, ::step].reshape(len(X), -1)

    forest = RandomForestClassifier(random_state=0)
    ridge = make_pipeline(StandardScaler(), RidgeClassifierCV(np.logspace(-3, 3, 7)))
    yield "a random forest on mean, deviation, minimum and maximum of each channel", summaries, forest
    yield f"a ridge on the raw values{f', one in {step}' if step > 1 else ''}", raw, ridge


def kept(model: LightWaveSClassifier, file: Path) -> Iterator[str]:
    """What the model looks at, and how large it is."""
    names, importances = model.plan_.names_of_channels, model.channel_importances_
    n_channels = len(importances)
    yield f"kept: {len(model.plan_)} features, reading {len(model.channels_)} of {n_channels} channels"
    most = np.argsort(-importances, kind="stable")[: min(3, len(model.channels_))]
    yield f"    most important: {', '.join(f'{names[c]} {importances[c]:.0%}' for c in most)}"
    yield (
        f"size: {model.plan_.cost().n_convolutions} convolutions, {model.plan_.n_bytes / 1024:.1f} KiB of parameters, "
        f"{file.stat().st_size / 1024:.1f} KiB as a file"
    )


def times(model: LightWaveSClassifier, data: Data) -> Iterator[str]:
    """How long predictions take."""
    alone = microseconds_of(model, data.X_test)
    batch = np.median([timed(lambda: model.predict(data.X_test)) for _ in range(3)]) / len(data.X_test)
    yield f"time per prediction: {alone:.0f} microseconds alone, {1e6 * batch:.1f} in a batch of {len(data.X_test)}"


def by_class(y: NDArray[Any], predicted: NDArray[Any]) -> Iterator[str]:
    """How each class fares; of very many, those that fare worst."""
    classes = np.unique(np.concatenate([y, predicted]))
    counts = confusion_matrix(y, predicted, labels=classes)
    right, n_cases, n_predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    recall, precision = right / np.maximum(n_cases, 1), right / np.maximum(n_predicted, 1)
    shown = np.arange(len(classes))
    if len(classes) > MOST_CLASSES:
        shown = np.argsort(recall, kind="stable")[:MOST_CLASSES]
    width = max(len("class"), *(len(str(classes[k])) for k in shown))
    yield f"{'class':{width}}  cases  recall  precision  mostly taken for"
    for k in shown:
        wrong = counts[k] * (np.arange(len(classes)) != k)
        other = str(classes[wrong.argmax()]) if wrong.any() else ""
        line = f"{classes[k]!s:{width}}  {n_cases[k]:5}  {recall[k]:6.2f}  {precision[k]:9.2f}  {other}"
        yield line.rstrip()
    if len(shown) < len(classes):
        yield f"and {len(classes) - len(shown)} classes of higher recall"


def files(model: LightWaveSClassifier, data: Data, picture: Path, page: Path, file: Path, typed: str) -> Iterator[str]:
    """What is written, and where."""
    try:
        plot_channel_importances(model, path=picture)
        yield f"channel importances: {picture.resolve()}"
        command = f"python -m lightwaves {typed}".rstrip()
        report(model, data.X_test, data.y_test, page, title=f"{data.name}{data.remark}", command=command)
        yield f"report: {page.resolve()}"
    except ImportError as error:
        yield f"channel importances and report: {error}"
    yield f"model: {file.resolve()}"


def next_steps(options: argparse.Namespace, file: Path) -> Iterator[str]:
    """What to type next."""
    python = shlex.quote(interpreter())
    fewer = max(1, options.n_features // 5)
    same = [options.data, *(["--test", str(options.test)] if options.test else [])]
    path = json.dumps(str(file.resolve()), ensure_ascii=False)
    look = f"from lightwaves import load; print(*load({path}).get_feature_names_out()[:5])"
    yield "next:"
    yield f"    {python} -m lightwaves {shlex.join(same)} --n-features {fewer}  # a smaller model"
    if options.data in DATA:
        other = next(name for name in ("JapaneseVowels", "BasicMotions") if name != options.data)
        yield f"    {python} -m lightwaves {other}  # other data"
        yield f"    {python} -m lightwaves TRAIN.ts --test TEST.ts  # files of your own"
    yield f"    {python} -c {shlex.quote(look)}  # the model in Python"


def interpreter() -> str:
    """How the running Python can be called from here."""
    here, found = os.path.abspath(sys.executable), shutil.which("python")
    if found and os.path.abspath(found) == here:
        return "python"
    return os.path.relpath(here) if Path(here).is_relative_to(Path.cwd()) else here


def timed(work: Callable[[], Any]) -> float:
    """The seconds that some work takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
