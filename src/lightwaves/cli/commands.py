"""What each command does: it reads, calls the library, and says in few lines what came of it."""

from __future__ import annotations

import csv
import io
import json
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target

from ..datasets.values import number
from ..estimators import LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from ..estimators.regression import RegressionHead
from ..estimators.training import longest_of
from ..export import to_c, to_onnx
from ..files import place_for, write_whole
from ..inspection import model_card
from ..inspection.report import report as write_report
from ..parallel.comm import Comm, all_ranks, bcast
from ..persistence import load, save
from ..validation import check_present, warn_caller
from .cases import CasesOfFile, as_numbers, cases_of, for_model, kind_of, labels_for
from .terminal import printable

Model = LightWaveSClassifier | LightWaveSRegressor
Column = tuple[str, list[Any]]  # its name and its values
PAGES, LISTS = (".html", ".htm"), (".csv", ".txt", "")  # how names of files end
OF_CASES = ("case", "time", "label", "value", "step", "arrays", "labels", "channel", "unpad")  # options of files
NAME_LABELS = "name them with --label (a column), --arrays X,y (of an .npz) or --labels (a file)."
MANY = 10  # labels that are numbers: so few may be classes, whatever they look like


def fit(options: Namespace, comm: Comm) -> None:
    """Fit a classifier or a regressor on the cases of a file, and save it; all processes of a job share the work."""

    def read() -> CasesOfFile:
        check_out(options.out, (".npz",), options.data, options.labels)
        place_for(options.out)
        check_kind(options)
        with warnings.catch_warnings():
            if comm.rank > 0:
                warnings.simplefilter("ignore")  # the first reads the same, and tells
            cases = cases_of(options.data, options)
            with cases.naming():
                return labelled(cases, options)

    cases = all_ranks(comm, read)
    model = to_fit(options, cases.channels)
    started = perf_counter()
    with redirect_stdout(sys.stderr), cases.speaking():  # what it tells of its progress
        model.fit(cases.X, cases.y, groups=cases.groups, comm=comm, checkpoint=options.checkpoint)
    seconds = perf_counter() - started
    model.set_params(verbose=0)  # what was said meanwhile is no part of the model
    bcast(comm, lambda: save(model, options.out))
    if comm.rank == 0:
        for line in fitted(model, cases, seconds, comm.size, options.out):
            print(printable(line))


def check_out(out: Path | None, endings: tuple[str, ...], *read: Path | None) -> None:
    """Make sure that what is written is called what it is, and does not take the place of what is read.

    Raises
    ------
    ValueError
        If not.
    """
    if out is None:
        return
    for path in read:
        if path is not None and out.exists() and path.exists() and out.samefile(path):
            raise ValueError(f"-o {out} is the file that is read, {path}: name another one to write.")
    if out.suffix.lower() not in endings:
        raise ValueError(f"-o {out}: let the name of what is written end in {endings[0]}.")


def check_kind(options: Namespace) -> None:
    """Make sure that no option is for a model of the other kind.

    Raises
    ------
    ValueError
        If one is.
    """
    needless = ("classifier", "class_weight") if options.regression else ("regressor",)
    for name in needless:
        if getattr(options, name) is not None:
            word = f"--{name.replace('_', '-')}"
            raise ValueError(
                f"{word} is for {'classes: leave out' if options.regression else 'numbers: add'} --regression."
            )


def labelled(cases: CasesOfFile, options: Namespace) -> CasesOfFile:
    """The cases with the classes or the numbers that are to be learnt.

    Raises
    ------
    ValueError
        If there are none, or they are of the other kind.
    """
    path = options.data if options.labels is None else options.labels
    if cases.y is None:
        raise ValueError(f"{path} has no labels: {NAME_LABELS}")
    if options.regression:
        return replace(cases, y=as_numbers(cases.y, path))
    if cases.y.dtype.kind not in "biufU" and not all(isinstance(label, str) for label in cases.y.tolist()):
        kinds = ", ".join(sorted({type(label).__name__ for label in cases.y.tolist()}))
        raise ValueError(f"the labels of {path} are of the type {kinds}: make them text, or whole numbers.")
    try:
        check_present(cases.y)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    y = as_kept(cases.y, path)
    if (options.labels is None and says_numbers(path, y)) or are_measured(y):
        raise ValueError(
            f"the labels of {path} are numbers to predict, not classes: add --regression. If they are classes, make "
            "words of them."
        )
    return replace(cases, y=y)


def as_kept(y: NDArray[Any], path: Path) -> NDArray[Any]:
    """Labels in a dtype that a file of a model can hold: float64 in place of longer floats, where it says the same.

    Raises
    ------
    ValueError
        If it says other numbers.
    """
    if y.dtype.kind != "f" or y.dtype.itemsize <= np.dtype(np.float64).itemsize:
        return y
    shorter = y.astype(np.float64)
    if not (shorter == y).all():
        raise ValueError(
            f"the labels of {path} are {y.dtype}, and float64, as models keep, would change them: make words of them, "
            "or smaller whole numbers."
        )
    return shorter


def says_numbers(path: Path, y: NDArray[Any]) -> bool:
    """Whether a file says of its labels that they are numbers to predict, as the forms of the archives can."""
    return y.dtype.kind == "f" and kind_of(path) in (".ts", ".arff")


def are_measured(y: NDArray[Any]) -> bool:
    """Whether labels, or what their text says, are numbers to predict: fractions, or most of them different."""
    is_text = y.dtype.kind in "UO"
    values = [number(str(label).strip()) for label in y.tolist()] if is_text else y.tolist()
    if None in values or not (is_text or y.dtype.kind in "iuf"):
        return False
    n_values, fractions = len(set(values)), type_of_target(np.array(values)).startswith("continuous")
    return (fractions and not is_text) or n_values > max(MANY, 0 if fractions else len(y) / 2)


def to_fit(options: Namespace, channels: tuple[str, ...] | None) -> Model:
    """The estimator that the options describe."""
    shared: dict[str, Any] = {
        "n_features": options.n_features,
        "selection": options.selection,
        "missing": options.missing,
        "honest": not options.no_honest,
        "channel_names": channels,
        "n_jobs": options.jobs,
        "random_state": options.seed,
        "verbose": int(not options.quiet),
    }
    if options.regression:
        return LightWaveSRegressor(regressor=RegressionHead() if options.regressor == "ridge" else None, **shared)
    head = "auto" if options.classifier == "auto" else None
    return LightWaveSClassifier(classifier=head, class_weight=options.class_weight, **shared)


def fitted(model: Model, cases: CasesOfFile, seconds: float, n_ranks: int, path: Path) -> Iterator[str]:
    """What a fit has found."""
    classes = getattr(model, "classes_", None)
    of_classes = "" if classes is None else f" of {len(classes)} classes"
    score = "coefficient of determination" if classes is None else "accuracy"
    on = f" on {n_ranks} processes" if n_ranks > 1 else ""
    names = model.plan_.names_of_channels
    order = np.argsort(-model.channel_importances_, kind="stable")[: min(3, len(model.channels_))]
    yield f"fitted on {len(cases.X)} cases{of_classes} in {seconds:.1f} s{on}"
    if hasattr(model, "honest_score_"):
        error = model.honest_standard_error_
        yield f"{score}, by training cases that the search had not seen: {model.honest_score_:.3f} +- {error:.3f}"
    yield f"{len(model.plan_)} features, reading {len(model.channels_)} of {len(names)} channels"
    yield f"most important: {', '.join(f'{names[c]} {model.channel_importances_[c]:.0%}' for c in order)}"
    yield f"model: {path}"


def given(options: Namespace, data: Path) -> tuple[Model, CasesOfFile]:
    """The model that a command names, and the cases of a file as the model takes them.

    Raises
    ------
    ValueError
        If the model does not predict.
    """
    model = load(options.model, LightWaveS)
    if not isinstance(model, Model):
        raise ValueError(
            f"{options.model} holds a {type(model).__name__}, which chooses features and predicts nothing."
        )
    if model.channel_names_ is None and options.channel and not options.case:
        raise ValueError("this model knows no names of channels: leave out --channel, and keep their order.")
    cases = cases_of(data, options, model.channel_names_)
    with cases.naming():
        return model, for_model(cases, model, data)


def predict(options: Namespace) -> None:
    """Write the class or the number of each case as a table of text, and say how good they are where that is known."""
    out = None if options.out == Path("-") else options.out
    check_out(out, LISTS, options.model, options.data, options.labels)
    place = None if out is None else place_for(out)
    model, cases = given(options, options.data)
    with cases.speaking():
        further = said_further(options, model, cases)
        predicted = model.predict(cases.X)
    columns: list[Column] = columns_of_keys(cases.keys, options.case)
    truth = None if cases.y is None else compared(cases, model, options.data)
    if cases.y is not None:
        columns.append(("label", (cases.y if truth is None else truth).tolist()))
    text = as_csv([*columns, ("predicted", predicted.tolist()), *further])
    if place is None:
        sys.stdout.write(printable(text, "\n\t") if sys.stdout.isatty() else text)  # other programs get it as it is
    else:
        write_whole(place, text.encode("utf-8", "backslashreplace"))  # as on standard output
    if truth is not None and not options.quiet:
        with suppress(OSError):  # the predictions are there, whether anybody can read this or not
            print(how_good(model, predicted, truth), file=sys.stderr)


def compared(cases: CasesOfFile, model: Model, data: Path) -> NDArray[Any] | None:
    """The labels of a file, as predictions are compared with them; None, and a warning, where they cannot be."""
    try:
        return known_labels(cases, model, data)
    except ValueError as error:
        warn_caller(f"{error} So nothing is said of how good the predictions are.")
        return None


def known_labels(cases: CasesOfFile, model: Model, data: Path) -> NDArray[Any]:
    """The labels of a file as the model calls them; see `labels_for`."""
    assert cases.y is not None
    with cases.naming():
        return labels_for(cases.y, model, cases.of_labels or data)


def said_further(options: Namespace, model: Model, cases: CasesOfFile) -> list[Column]:
    """Columns of probabilities, or of the ends of intervals, where they are asked for.

    Raises
    ------
    ValueError
        If the model has none.
    """
    if options.proba:
        if isinstance(model, LightWaveSRegressor):
            raise ValueError("--proba is for classifiers, and this model predicts numbers: use --interval.")
        if not hasattr(model, "predict_proba"):
            raise ValueError("the head of this model has no probabilities.")
        shares = model.predict_proba(cases.X)
        return [(f"p({label})", [f"{p:.6g}" for p in shares[:, k]]) for k, label in enumerate(model.classes_)]
    if options.interval is not None:
        if not isinstance(model, LightWaveSRegressor):
            raise ValueError("--interval is for regressors, and this model predicts classes: use --proba.")
        ends = model.predict_interval(cases.X, options.interval)
        return [(name, ends[:, k].tolist()) for k, name in enumerate(("from", "to"))]
    return []


def how_good(model: Model, predicted: NDArray[Any], y: NDArray[Any]) -> str:
    """How many classes are right, or how far numbers are from the truth."""
    if isinstance(model, LightWaveSRegressor):
        error = np.sqrt(np.mean((predicted - y) ** 2))
        return f"root of the mean squared error: {error:.4g} (the numbers deviate by {y.std():.4g})"
    right = np.asarray(predicted == y)
    return f"accuracy: {right.mean():.4f} ({right.sum()} of {len(right)})"


def columns_of_keys(keys: NDArray[Any], names: list[str] | None) -> list[Column]:
    """The keys of the cases as a column; if several columns of a table are the key, each by its own name."""
    if names is None or len(names) == 1:
        return [("case", list(keys))]
    return [(name, [key[i] for key in keys]) for i, name in enumerate(names)]


def names_of(keys: NDArray[Any], columns: list[str] | None) -> list[str] | None:
    """What a page calls the cases: each column of their key with what it says there; None where cases have no keys."""
    if not columns:
        return None
    parts = [[key] if len(columns) == 1 else key for key in keys]
    return [", ".join(f"{column} {part}" for column, part in zip(columns, key, strict=True)) for key in parts]


def as_csv(columns: list[Column]) -> str:
    """Columns as a table of text, quoted where needed."""
    rows = zip(*(values for _, values in columns), strict=True)
    return "".join(map(as_line, ([name for name, _ in columns], *rows)))


def as_line(fields: Iterable[Any]) -> str:
    """A row of such a table. Of ends of lines, Python before 3.13 quotes only those that it is told to write."""
    room = io.StringIO()
    csv.writer(room, lineterminator="\r\n").writerow(fields)
    return f"{room.getvalue()[:-2]}\n"


def report(options: Namespace) -> None:
    """Write a page about a model and how it does on the cases of a file."""
    check_out(options.out, PAGES, options.model, options.data, options.labels)
    model, cases = given(options, options.data)
    if cases.y is None:
        raise ValueError(f"{options.data} has no labels, which a report compares with: {NAME_LABELS}")
    names, y = names_of(cases.keys, options.case), known_labels(cases, model, options.data)
    with cases.speaking():
        write_report(model, cases.X, y, options.out, title=options.title, n_cases=options.n_cases, case_names=names)
    print(f"report: {options.out}")


def inspect(options: Namespace) -> None:
    """Say what a model is, or list its channels or its features."""
    model = load(options.model)
    if options.channels:
        names, shares = model.plan_.names_of_channels, model.channel_importances_
        rows = [(str(names[c]), float(shares[c])) for c in np.argsort(-shares, kind="stable")]
        listed(rows, "channel", "share", options.json)
    elif options.features:
        scores = model.feature_scores_
        called = model.get_feature_names_out()
        rows = [(str(called[j]), float(scores[j])) for j in np.argsort(-scores, kind="stable")]
        listed(rows, "feature", "score", options.json)
    else:
        print(as_json(facts(model)) if options.json else printable(model_card(model).rstrip(), "\n"))


def facts(model: LightWaveS) -> dict[str, Any]:
    """What a model is, for other programs."""
    plan, cost = model.plan_, model.plan_.cost()
    training, names = getattr(model, "training_", None), plan.names_of_channels
    found: dict[str, Any] = {
        "kind": type(model).__name__,
        "n_channels": plan.n_channels,
        "n_timepoints": longest_of(model),
        "n_cases": None if training is None else training.n_cases,
        "channels": [{"channel": str(names[c]), "share": float(model.channel_importances_[c])} for c in plan.channels],
        "n_features": cost.n_features,
        "n_convolutions": cost.n_convolutions,
        "n_bytes": cost.n_bytes,
        "missing": model.missing,
    }
    if isinstance(model, LightWaveSClassifier):
        found["classes"] = model.classes_.tolist()
    if getattr(model, "honest_score_", None) is not None:
        found |= {"honest_score": float(model.honest_score_), "standard_error": float(model.honest_standard_error_)}
    return found


def as_json(found: Any) -> str:
    """What other programs read. JSON has no infinite numbers, such as scores of mRMR can be: null stands for them."""

    def finite(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: finite(value) for name, value in part.items()}
        if isinstance(part, list):
            return [finite(value) for value in part]
        return None if isinstance(part, float) and not np.isfinite(part) else part

    return json.dumps(finite(found), allow_nan=False)


def listed(rows: list[tuple[str, float]], name: str, number: str, for_programs: bool) -> None:
    """Print names with a number each, under a line that says what they are."""
    if for_programs:
        print(as_json([{name: text, number: value} for text, value in rows]))
    else:
        print(f"{number}\t{name}")
        for text, value in rows:
            print(f"{value:.4g}\t{printable(text)}")


def export(options: Namespace) -> None:
    """Write a model in a form that other programs run."""
    if options.form == "onnx" and (options.stream or options.name is not None or options.integers is not None):
        raise ValueError("--name, --stream and --integers are for C: leave them out, or say `export c`.")
    if options.integers is None and any(getattr(options, name) for name in OF_CASES):
        raise ValueError("--case, --label and the like say how to read the file of --integers, and none is given.")
    check_out(options.out, (f".{options.form}",), options.model, options.integers, options.labels)
    how: dict[str, Any] = {"n_timepoints": options.n_timepoints}
    model: LightWaveS
    if options.integers is None:
        model = load(options.model, LightWaveS)
    else:
        model, cases = given(options, options.integers)
        with cases.speaking():
            model._next_panel(cases.X)  # names what is wrong with X, which to_c calls calibration
        how |= {"dtype": "int16", "calibration": cases.X}
    if options.form == "c":
        name = "model" if options.name is None else options.name
        exported = to_c(model, options.out, name, stream=options.stream, **how)
        if exported.agreement is not None:
            what = "numbers" if isinstance(model, LightWaveSRegressor) else "labels"
            print(f"{what} of {options.integers} that are those of Python: {exported.agreement:.2%}")
        if exported.compiler is not None:
            sizes = f"code {exported.code_bytes}, tables {exported.table_bytes}, stack {exported.stack_bytes}"
            of_stream = f", stream {exported.stream_bytes}" if options.stream else ""
            print(f"bytes: {sizes}, work {exported.work_bytes}{of_stream}")
    else:
        to_onnx(model, options.out, **how)
    print(f"{options.form}: {options.out}")


def bench(options: Namespace) -> None:
    """Say how long a model takes for the cases of a file: one at a time, and all together."""
    model, cases = given(options, options.data)
    model.set_params(n_jobs=options.jobs)
    load_time = min(repeated(lambda: load(options.model), 3))
    with cases.speaking():
        model.predict(cases.X)  # before anything else, as it names what is wrong with X
        case = np.ascontiguousarray(np.atleast_2d(cases.X[0]), np.float32)
        model.predict_one(case)
        alone = repeated(lambda: model.predict_one(case), options.repeat)
        together = repeated(lambda: model.predict(cases.X), max(3, options.repeat // 100))
    found = {
        "n_cases": len(cases.X),
        "n_channels": int(model.n_channels_in_),
        "n_timepoints_of_one": int(case.shape[1]),
        "n_features": len(model.plan_),
        "file_bytes": Path(options.model).stat().st_size,
        "load_ms": 1e3 * load_time,
        "one_us_median": 1e6 * float(np.median(alone)),
        "one_us_p99": 1e6 * float(np.quantile(alone, 0.99)),
        "batch_us_per_case": 1e6 * float(np.median(together)) / len(cases.X),
    }
    if options.json:
        print(as_json(found))
        return
    size = found["file_bytes"] / 1024
    print(f"model: {found['n_features']} features, {size:.1f} KiB, loads in {found['load_ms']:.1f} ms")
    print(f"one case: {found['one_us_median']:.1f} microseconds (99 % below {found['one_us_p99']:.1f})")
    print(f"in a batch of {len(cases.X)}: {found['batch_us_per_case']:.2f} microseconds each")


def repeated(work: Callable[[], Any], n_times: int) -> NDArray[np.float64]:
    """The seconds that some work takes, each time."""
    seconds = np.empty(n_times)
    for i in range(n_times):
        started = perf_counter()
        work()
        seconds[i] = perf_counter() - started
    return seconds


ALONE: dict[str, Callable[[Namespace], None]] = {
    "predict": predict,
    "report": report,
    "inspect": inspect,
    "export": export,
    "bench": bench,
}
