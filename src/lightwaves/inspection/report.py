"""One page about a model and its test cases: a single HTML file, with all pictures in it."""

from __future__ import annotations

import os
import platform
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import PredictionErrorDisplay

from .._version import __version__
from ..containers.frames import check_order
from ..estimators import LightWaveSClassifier, LightWaveSRegressor
from ..estimators.predicting import OWN_HEADS, Predicting, check_fitted, fitted_head, is_number, score_of
from ..estimators.training import span
from ..files import place_for, write_whole
from ..panel import Panel
from ..search.folds import bins_of
from ..search.merits import mean_and_standard_error
from ..validation import check_int, check_numbers, shown
from . import drawing
from .card import with_version
from .cases import ClassMeansDisplay, ExplanationDisplay
from .channels import ChannelImportancesDisplay
from .drawing import paper
from .explanation import check_sum, sum_of
from .features import FeatureMapDisplay, SelectionPathDisplay, microseconds_of
from .names import one_line, one_warning
from .predictions import (
    ConfusionDisplay,
    CoverageDisplay,
    ReliabilityDisplay,
    labels_for,
    side_of,
    weights_of_cases,
    worth,
)

N_RANGES = 5  # of true numbers, with a row each
MOST_CLASSES = 40  # that have a row of their own
MOST_CHANNELS = 20  # that have a bar, and whose table is open at first
PACKAGES = ("numpy", "scipy", "scikit-learn", "numba")
STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2733; background: #fff; max-width: 68rem; margin: 0 auto;
       padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .5rem 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; }
h2 { border-bottom: 2px solid #1f4e79; padding-bottom: .15rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; }
p { margin: .4rem 0; } .note { color: #4d5b69; font-size: .92rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.facts div { background: #eef3f8; border-radius: .4rem; padding: .6rem .8rem; }
.facts b { display: block; font-size: 1.35rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid #dbe3ea; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.names th, .names td:first-child { white-space: normal; overflow-wrap: break-word; }
.names td:first-child { overflow-wrap: anywhere; min-width: 7rem; }
summary { cursor: pointer; margin: .6rem 0; }
.picture { overflow-x: auto; } img { display: block; max-width: 100%; height: auto; }
@media (max-width: 700px) { img.large { max-width: none; width: 44rem; } }
pre { background: #f3f5f7; padding: .7rem; overflow-x: auto; font-size: .85rem; }
"""


@one_warning
def report(
    model: Predicting,
    X_test: Any,
    y_test: Any,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    n_cases: int = 5,
    command: str | None = None,
    case_names: Sequence[str] | None = None,
) -> None:
    """Write a page about a model and how it does on test cases.

    It has a summary of the data, scores for each class, calibration, confusion, channels, features, cost, the cases
    that the model is most and least sure of, explained, and how to make the model again. Of a regressor, it has errors
    for each range of the number, predicted against true numbers, and the cases with the smallest and largest errors.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        Fitted.
    X_test, y_test : as in `fit` of the model
        Test cases. Labels that the model does not know count as wrong.
    path : str or path
        Where to write the page. An existing file is replaced, once the new one is complete. Everything is in this one
        file; it loads nothing from a network and runs no script.
    title : str, optional
    n_cases : int, default=5
        So many cases are explained of those that the model is most sure of, and so many of those that it is least sure
        of. 0 for none.
    command : str, optional
        How the model was made, for the end of the page. By default its parameters.
    case_names : sequence of str, optional
        What the page calls each test case. By default ``case 0``, ``case 1``, ...

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    ImportError
        If matplotlib is not installed.
    OSError
        If the file cannot be written.

    Warns
    -----
    UserWarning
        If names hold characters that matplotlib's fonts do not have. The pictures show boxes for them, and the tables
        show the names.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import report
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0).fit(*load_basic_motions())
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> report(model, *load_basic_motions("test"), path, n_cases=1)
    >>> path.read_text(encoding="utf-8").startswith("<!doctype html>")
    True
    """
    check_fitted(model)
    check_int(n_cases, "n_cases", 0)
    for what, given in (("title", title), ("command", command)):
        if not isinstance(given, str | None):
            raise TypeError(f"{what} must be text, got {shown(given)}.")
    place = place_for(path)
    drawing.class_of_figures()
    check_order(X_test, y_test=y_test)
    panel = model._panel_to_judge(X_test)
    if is_number(model):
        y = check_numbers(y_test, panel.n_cases)
        kind, outcomes, sureness = "a number", _numbers, _coverage
    else:
        y = labels_for(y_test, panel.n_cases, model.classes_)
        kind, outcomes, sureness = f"{len(model.classes_)} classes", _classes, _calibration
    names = [f"case {case}" for case in range(panel.n_cases)] if case_names is None else list(map(str, case_names))
    if len(names) != panel.n_cases:
        raise ValueError(f"case_names has {len(names)} names, but there are {panel.n_cases} test cases.")
    predicted = model.predict(X_test)
    name = title or f"{type(model).__name__}: {kind}, {drawing.counted(model.n_channels_in_, 'channel')}"
    parts = [
        *_summary(model, panel, y, predicted),
        *_data(model, X_test, panel, y),
        *outcomes(y, predicted),
        *sureness(model, X_test, y),
        *_channels(model),
        *_features(model),
        *_cost(model, X_test),
        *_cases(model, X_test, panel, y, predicted, n_cases, names),
        *reproduction(model, command),
    ]
    body = "\n".join(parts)
    page = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{_text(name)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{_text(name)}</h1>\n{body}\n"
        "</body>\n</html>\n"
    )
    write_whole(place, page.encode("utf-8"))


# --- the sections -----------------------------------------------------------------------------------------------


def _summary(model: Predicting, panel: Panel, y: NDArray[Any], predicted: NDArray[Any]) -> Iterator[str]:
    honest = getattr(model, "honest_score_", None)
    yield '<div class="facts">'
    if is_number(model):
        yield _fact(
            f"{_rms(predicted - y):.4g}", f"root of the mean squared error on {drawing.counted(len(y), 'test case')}"
        )
    if not is_number(model) or np.ptp(y) > 0:
        score, error = mean_and_standard_error(worth(model, predicted, y), y=y if is_number(model) else None)
        yield _fact(
            f"{score:.3f}", f"{score_of(model)} on {drawing.counted(len(y), 'test case')} (standard error {error:.3f})"
        )
    count_as = weights_of_cases(model, y)
    if count_as is not None:
        score, error = mean_and_standard_error(worth(model, predicted, y), count_as)
        yield _fact(f"{score:.3f}", f"the same, cases counted by class_weight (standard error {error:.3f})")
    if honest is not None:
        words = "honest estimate from the training cases" + (" of R2" if is_number(model) else "")
        words += "" if count_as is None else ", cases counted by class_weight"
        yield _fact(f"{honest:.3f} ± {model.honest_standard_error_:.3f}", words)
    yield _fact(f"{len(model.plan_)}", "features")
    yield _fact(f"{len(model.channels_)} of {model.n_channels_in_}", "channels read")
    yield _fact(span(panel.lengths.min(), panel.lengths.max()), "time points")
    if not is_number(model):
        yield _fact(f"{len(model.classes_)}", "classes")
    yield "</div>"


def _data(model: Predicting, X: Any, panel: Panel, y: NDArray[Any]) -> Iterator[str]:
    yield "<h2>Data</h2>"
    known = np.ones(len(y), bool) if is_number(model) else np.isin(y, model.classes_)
    if not known.all():
        yield _note(f"Test cases with labels that the model does not know: {(~known).sum()}. They count as wrong.")
    if np.unique(y[known]).size > 1:
        some = X if known.all() else _some(panel, known)
        display = ClassMeansDisplay.from_estimator(model, some, y[known], ax=paper(10, 5.4))
        words = f"The mean series of each {display.what} in the channels that count most"
        yield _picture(display.figure_, words, large=True)


def _classes(y: NDArray[Any], predicted: NDArray[Any]) -> Iterator[str]:
    yield "<h2>Classes</h2>"
    found = np.unique(np.concatenate([y, predicted]))
    n_all, side = len(found), min(11.0, side_of(found) + 0.4)
    display = ConfusionDisplay.from_predictions(y, predicted, ax=paper(side, side))
    counts, n_cases = display.counts, display.counts.sum(axis=1)
    order = np.arange(n_all)
    if n_all > MOST_CLASSES:
        order = np.argsort(np.nan_to_num(display.recall, nan=2), kind="stable")[:MOST_CLASSES]
        yield _note(f"The {MOST_CLASSES} classes of {n_all} that are found least often.")
    rows = []
    for k in order:
        wrong = counts[k] * (np.arange(n_all) != k)
        other = f"{display.classes[wrong.argmax()]} ({wrong.max()})" if wrong.any() else ""
        rows.append([display.classes[k], n_cases[k], _number(display.recall[k]), _number(display.precision[k]), other])
    yield _table(["class", "cases", "recall", "precision", "mostly taken for"], rows)
    yield _picture(display.figure_, "Which classes are taken for which", large=n_all > 10)


def _numbers(y: NDArray[np.float64], predicted: NDArray[np.float64]) -> Iterator[str]:
    yield "<h2>Predictions</h2>"
    of_range = bins_of(y, N_RANGES) if np.ptp(y) > 0 else np.zeros(len(y), int)
    rows = []
    for k in np.unique(of_range):
        true, errors = y[of_range == k], (predicted - y)[of_range == k]
        said = " to ".join(drawing.decimals([true.min(), true.max()], np.ptp(y)))
        rows.append([said, len(true), f"{errors.mean():+.4g}", f"{np.abs(errors).mean():.4g}", f"{_rms(errors):.4g}"])
    yield _table(["true number", "cases", "mean error", "mean size of errors", "root of mean square"], rows)
    ax = paper(5.6, 5.2)
    PredictionErrorDisplay(y_true=y, y_pred=predicted).plot(
        ax, kind="actual_vs_predicted", scatter_kwargs={"color": drawing.DARK, "s": 12, "alpha": 0.6}
    )
    drawing.plain(ax, drawing.counted(len(y), "test case"), "predicted number", "true number")
    yield _picture(ax.figure, "True against predicted numbers")


def _coverage(model: LightWaveSRegressor, X: Any, y: NDArray[np.float64]) -> Iterator[str]:
    if not hasattr(model.regressor_, "half_width"):
        return
    yield "<h2>How sure</h2>"
    display = CoverageDisplay.from_estimator(model, X, y, ax=paper(5.6, 4.6))
    reach = model.regressor_.half_width(0.9, warn=False)
    yield _note(
        f"An interval of 90 % reaches {reach:.4g} to either side of the prediction. Points below the line mean "
        "that intervals are too narrow for these cases."
    )
    yield _picture(display.figure_, "How often intervals hold the true number")


def _calibration(model: LightWaveSClassifier, X: Any, y: NDArray[Any]) -> Iterator[str]:
    if not hasattr(model, "predict_proba"):
        return
    yield "<h2>How sure</h2>"
    display = ReliabilityDisplay.from_estimator(model, X, y, ax=paper(5.6, 4.6))
    yield _note(
        f"On average, the probability of the predicted class differs from the share that is right by "
        f"{display.calibration_error:.3f}. Points below the line mean that the model is too sure."
    )
    yield _picture(display.figure_, "Probability of the predicted class against the share that is right")


def _channels(model: Predicting) -> Iterator[str]:
    yield "<h2>Channels</h2>"
    display = ChannelImportancesDisplay.of(model)
    n_read = len(model.channels_)
    n_bars = min(MOST_CHANNELS, n_read) + (n_read > MOST_CHANNELS)
    display.plot(paper(8, 1.5 + 0.28 * n_bars), max_channels=MOST_CHANNELS)
    if type(fitted_head(model)) in OWN_HEADS:
        words = "the absolute coefficients, or slopes, of the features. It says what the model looks at."
    else:
        words = "what the features counted in the search. The head of the model may weigh them otherwise."
    yield _note(f"Importance is a share of {words}")
    yield _picture(display.figure_, "How much each channel counts; the table below has the numbers", large=True)
    order = model.channels_[np.argsort(-display.importances[model.channels_], kind="stable")]
    rows = [[display.channel_names[c], f"{display.importances[c]:.2%}", display.n_reading[c]] for c in order]
    table = _table(["channel", "share of importance", "features"], rows, names=True)
    words = f"All {n_read} channels that the model reads, by name"
    yield f"<details><summary>{words}</summary>\n{table}\n</details>" if n_read > MOST_CHANNELS else table


def _features(model: Predicting) -> Iterator[str]:
    yield "<h2>Features</h2>"
    n_rows = len(model.channels_) if len(model.channels_) <= 40 else 10
    display = FeatureMapDisplay.from_estimator(model, ax=paper(11, max(3.4, 2.4 + 0.19 * n_rows)))
    yield _picture(display.figure_, "The features by statistic and dilation", large=True)
    if hasattr(model, "selection_path_"):
        path = SelectionPathDisplay.from_estimator(model, ax=paper(7, 3.8))
        yield _picture(path.figure_, "The score while features were dropped")


def _cost(model: Predicting, X: Any) -> Iterator[str]:
    yield "<h2>Cost</h2>"
    cost = model.plan_.cost()
    yield '<div class="facts">'
    yield _fact(f"{microseconds_of(model, X):.0f} µs", "for one case, on one core of this machine")
    yield _fact(f"{cost.n_bytes / 1024:.1f} KiB", "parameters of the features")
    yield _fact(f"{cost.n_convolutions}", "convolutions")
    n_made = cost.n_multiply_adds
    yield _fact(f"{n_made / 1e6:.2f} million" if n_made >= 1e5 else f"{n_made:,}", "multiply-adds for one case")
    yield "</div>"


def _cases(
    model: Predicting,
    X: Any,
    panel: Panel,
    y: NDArray[Any],
    predicted: NDArray[Any],
    n_cases: int,
    names: list[str],
) -> Iterator[str]:
    if not n_cases:
        return
    yield "<h2>Cases</h2>"
    try:
        linear = sum_of(model)
        if type(fitted_head(model)) not in OWN_HEADS:
            check_sum(model, linear, model._features_for_others(X))
    except TypeError as error:
        yield _note(f"No case is explained: {error}")
        return
    reference: Any = "mean" if hasattr(fitted_head(model), "mean_") else X
    if is_number(model):
        goodness, headings = -np.abs(predicted - y), ("Smallest errors", "Largest errors")
        meaning = "Blue and upwards raises the predicted number, orange and downwards lowers it."
    else:
        goodness, headings = _sureness(model, X), ("Most sure", "Least sure")
        meaning = "Blue and upwards speaks for the predicted class, orange and downwards against it."
    order = np.argsort(-goodness, kind="stable")
    first = order[:n_cases]
    last = order[::-1][: min(n_cases, len(order) - len(first))]
    whole = "prediction" if is_number(model) else "score"
    rest = (
        "" if linear is not None else " The head is not linear, so both are approximate; each title says by how much."
    )
    yield _note(
        f"{meaning} What the time points of all channels add, and what the features add, both sum to the {whole} less "
        f"that of the reference.{rest}"
    )
    for heading, cases in zip(headings, (first, last), strict=True):
        if len(cases):
            yield f"<h3>{heading}</h3>"
        for case in cases:
            n_series = min(3, len(model.channels_))
            display = ExplanationDisplay.from_estimator(
                model,
                _some(panel, np.arange(panel.n_cases) == case),  # all cases need not be read again for each
                name=names[case],
                reference=reference,
                max_channels=3,
                ax=paper(11, 2.7 + 1.1 * n_series),
            )
            name = names[case][:1].upper() + names[case][1:]
            yield f"<p>{_text(name)}: {_text(_verdict(model, y, predicted, case))}.</p>"
            yield _picture(display.figure_, f"{name} explained", large=True)


def _verdict(model: Predicting, y: NDArray[Any], predicted: NDArray[Any], case: int) -> str:
    """What was predicted of a case, and what it is."""
    true, said = y[case], predicted[case]
    if is_number(model):
        return ", in truth ".join(drawing.decimals([said, true], np.ptp(np.concatenate([y, predicted]))))
    return f"{said}, right" if true == said else f"{said}, wrong: it is {true}"


def reproduction(model: Predicting, command: str | None) -> Iterator[str]:
    """How to make a model again: a command, or the parameters that are not as they are by default; and versions."""
    yield "<h2>How to make it again</h2>"
    known = signature(type(model)).parameters  # a class of one's own may have some without a default
    chosen = {name: x for name, x in model.get_params(deep=False).items() if not _same(x, known[name].default)}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in chosen.items()}
    said = ", ".join(f"{name}={value!r}" for name, value in plain.items())
    lines = (command or f"{type(model).__name__}({said}).fit(X, y)").splitlines()
    yield "<pre>" + "\n".join(map(_text, lines)) + "</pre>"
    if command is None:
        yield _note("A model does not remember whether fit had weights or groups, nor calls of partial_fit or refit.")
    if model.random_state is None:
        yield _note("random_state is None, so another fit draws other kernels: say a number for the same model again.")
    versions = [f"lightwaves {__version__}", f"Python {platform.python_version()}"]
    versions += map(with_version, PACKAGES)
    yield _note(f"{', '.join(versions)}; {platform.system()} {platform.machine()}; {date.today().isoformat()}")


# --- the pieces -------------------------------------------------------------------------------------------------


def _picture(figure: Any, words: str, *, large: bool = False) -> str:
    """A figure inside the page."""
    width, height = (int(size * 110) for size in figure.get_size_inches())
    source = b64encode(drawing.painted(figure, 110)).decode("ascii")
    kind = ' class="large"' if large else ""
    return (
        f'<div class="picture"><img{kind} alt="{_text(words)}" width="{width}" height="{height}" '
        f'src="data:image/png;base64,{source}"></div>'
    )


def _fact(number: str, words: str) -> str:
    return f"<div><b>{_text(number)}</b>{_text(words)}</div>"


def _note(text: str) -> str:
    return f'<p class="note">{_text(text)}</p>'


def _text(value: Any) -> str:
    """Text of the page: names may hold tags, and characters that no file can hold."""
    return escape(one_line(value))


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], *, names: bool = False) -> str:
    """A table; where its rows begin with long names, these are broken into lines before the page gets wider."""
    lines = ["".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)]
    lines += ["".join(f"<td>{_text(cell)}</td>" for cell in row) for row in rows]
    kind = "wide names" if names else "wide"
    return f'<div class="{kind}"><table>{"".join(f"<tr>{line}</tr>" for line in lines)}</table></div>'


def _rms(errors: NDArray[np.float64]) -> float:
    return float(np.sqrt((errors**2).mean()))


def _number(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "-"


def _sureness(model: LightWaveSClassifier, X: Any) -> NDArray[np.float64]:
    """The probability of the predicted class, or by how much its score beats the next."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(X).max(axis=1)
    scores = np.asarray(model.decision_function(X))
    if scores.ndim == 1:
        return np.abs(scores)
    best = np.sort(scores, axis=1)
    return best[:, -1] - best[:, -2]


def _some(panel: Panel, cases: NDArray[np.bool_]) -> Any:
    """Some cases, as series that a model takes."""
    some = panel.of_cases(np.flatnonzero(cases))
    return [case[:, :length] for case, length in zip(some.values, some.lengths, strict=True)]


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and np.array_equal(value, default))
