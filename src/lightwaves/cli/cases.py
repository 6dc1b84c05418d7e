"""Cases from a file of any kind that the command line reads."""

from __future__ import annotations

import os
import re
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.long import IS_TOO_LONG, too_long
from ..containers.padding import unpad
from ..datasets import from_table, read
from ..datasets.labels import QUOTES, without_quotes
from ..datasets.text import WHITESPACE, Lines, parsed
from ..datasets.values import number
from ..estimators import LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from ..numpy_files import Archive, mapped
from ..persistence.model import FACTS
from ..validation import check_numbers, check_present, shown, warn_caller
from .tables import NAMELESS, TABLES, WHOLE, Table, table_of, with_numbers

LARGEST_WHOLE = 2.0**53
OF_TABLES = ("time", "label", "value", "step")  # options that make sense for a table only
BOOLS = {"true": True, "false": False}
NUMBER = re.compile(r"\bcase (\d+)\b")  # of a case, in what the library says
ABOUT_LABELS = re.compile(r"(y|Unknown label type)\b")  # how such errors of the library begin
OF_OPTIONS = {
    *LightWaveSClassifier._get_param_names(),
    *LightWaveSRegressor._get_param_names(),
    "level",
    "n_cases",
    "title",
}
OF_NO_FILE = re.compile(  # how errors begin that are about options, or other files than that of the cases
    rf"--|({'|'.join(sorted(OF_OPTIONS))}|All ranks|Seed|checkpoint|the head|this model)\b"
)
SPAN = re.compile(r"(\d+)(ns|us|ms|s|m|h|D)")


@dataclass(frozen=True)
class CasesOfFile:
    """What a file holds.

    Errors and warnings of the library call cases by their numbers; `speaking` has them call cases by their keys, and
    errors name the file.

    Attributes
    ----------
    X : array (n_cases, n_channels, n_timepoints), (n_cases, n_timepoints), or list of arrays
    y : array (n_cases,) or None
    keys : array (n_cases,)
        The name of each case: in a table, what stands in the column of cases; else 0, 1, 2, ...
    channels : tuple of str or None
    groups : array (n_cases,) or None
    path : Path or None
        Of the file.
    of_labels : Path or None
        Of the file that y is from, if that is another one.
    """

    X: Any
    y: NDArray[Any] | None
    keys: NDArray[Any]
    channels: tuple[str, ...] | None = None
    groups: NDArray[Any] | None = None
    path: Path | None = None
    of_labels: Path | None = None

    def named(self, message: str) -> str:
        """What an error or a warning says, with the keys of cases in place of their numbers."""
        keys = dict(enumerate(self.keys))
        return NUMBER.sub(lambda found: f"case {shown(keys.get(int(found[1]), int(found[1])))}", message)

    def placed(self, message: str) -> str:
        """What an error says, with the keys of cases, and with the file, unless it names the file or is about none."""
        about_labels = self.of_labels is not None and ABOUT_LABELS.match(message)
        path = self.of_labels if about_labels else self.path
        is_named = message.startswith(tuple(str(file) for file in (self.path, self.of_labels) if file is not None))
        needless = path is None or is_named or OF_NO_FILE.match(message)
        return self.named(message) if needless else f"{path}: {self.named(message)}"

    def speaking(self) -> AbstractContextManager[None]:
        """While the library works on these cases, its errors and warnings call them by their keys, errors the file."""
        return speaking(self.named, self.placed)

    def naming(self) -> AbstractContextManager[None]:
        """While something looks at these cases that names the file itself, have it call cases by their keys."""
        return speaking(self.named, self.named)


@contextmanager
def speaking(of_warning: Callable[[str], str], of_error: Callable[[str], str]) -> Iterator[None]:
    """Have warnings, and errors of what is given, say what these functions make of them."""
    show = warnings.showwarning
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *told, **more: show(of_warning(str(message)), *told, **more)
        try:
            yield
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(of_error(str(error))) from error


def cases_of(path: Path, options: Namespace, channels: tuple[str, ...] | None = None) -> CasesOfFile:
    """Read a file as the options say.

    Parameters
    ----------
    path : Path
    options : Namespace
        ``case``, ``time``, ``label``, ``channel``, ``value``, ``step``, ``groups``, ``arrays``, ``labels``, ``unpad``.
    channels : tuple of str, optional
        The columns of a table to read, unless the options name some.

    Raises
    ------
    ValueError, TypeError
        If the file is malformed, or options do not belong together.
    OSError
        If it cannot be read.
    ImportError
        If it needs a package that is not there.
    """
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file in it.")
    kind = kind_of(path)
    if options.case or kind in (*TABLES, ".npz", ".npy"):
        check_regular(path)
    if options.case or kind == ".parquet":
        return cases_of_table(path, kind, options, channels)
    return cases_of_series(path, kind, options)


def cases_of_series(path: Path, kind: str, options: Namespace) -> CasesOfFile:
    """Read a file whose cases are series: of arrays, or of the archives' forms."""
    needless = [f"--{name}" for name in OF_TABLES if getattr(options, name) is not None]
    if needless:
        raise ValueError(
            f"{needless[0]} is for tables: say in which column the case of a row stands too, with --case COLUMN."
        )
    if kind in (".npz", ".npy"):
        X, y, groups = arrays_of(path, kind, options)
    else:
        if options.arrays is not None:
            raise ValueError(f"--arrays is for .npz files; {path.name} is none.")
        (X, y), groups = series_of(path, kind), None
    if options.labels is not None:
        if y is not None:
            raise ValueError(f"{path} holds labels of its own, so --labels has no use.")
        y = labels_of(options.labels)
    if options.groups is not None and groups is None:
        raise ValueError("--groups names a column of a table, or an array of an .npz file.")
    if isinstance(X, np.ndarray) and X.ndim not in (2, 3):
        raise ValueError(f"{path} must hold an array (n_cases, n_channels, n_timepoints), got shape {X.shape}.")
    if options.unpad:
        X = unpad(X)
    if not len(X):
        raise ValueError(f"{path} holds no cases.")
    for name, values in (("labels", y), ("groups", groups)):
        if values is not None and values.shape != (len(X),):
            other = options.labels if name == "labels" else None
            of_cases = "" if other is None else f" The cases are those of {path}."
            raise ValueError(
                f"{other or path}: {len(X)} cases need as many {name}, got an array of shape {values.shape}.{of_cases}"
            )
    if options.channel:
        check_names(options.channel, 1 if isinstance(X, np.ndarray) and X.ndim == 2 else len(X[0]), path)
    names = tuple(options.channel) if options.channel else None
    return CasesOfFile(X, y, np.arange(len(X)), names, groups, path, options.labels)


def kind_of(path: Path) -> str:
    """How the name of a file ends, but for ``.gz``."""
    return os.path.splitext(path.name.lower().removesuffix(".gz"))[1]


def check_names(names: list[str], n_channels: int, path: Path) -> None:
    """Make sure that each channel has a name of its own.

    Raises
    ------
    ValueError
        If there are more or fewer, or one stands twice.
    """
    if len(names) != n_channels:
        raise ValueError(f"--channel gives {len(names)} names, but {path} has {n_channels} channels: name each once.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"--channel gives the name {shown(twice)} twice.")


def series_of(path: Path, kind: str) -> tuple[Any, NDArray[Any] | None]:
    """Cases of a file of the archives' forms.

    Raises
    ------
    ValueError
        If it is malformed, or rather a table.
    """
    try:
        return read(path)
    except ValueError as error:
        if kind not in TABLES:
            raise
        raise ValueError(
            f"{error} If the file is a table with a row for each reading, say in which column its case stands: "
            "--case COLUMN."
        ) from error


def cases_of_table(path: Path, kind: str, options: Namespace, channels: tuple[str, ...] | None) -> CasesOfFile:
    """Read a table that has a row for each reading."""
    if not options.case:
        raise ValueError(f"{path} is a table: say with --case in which column the case of a row stands.")
    if kind not in TABLES:
        raise ValueError(f"--case is for tables, files that end in {', '.join(TABLES)}; {path.name} is none.")
    if options.labels is not None or options.arrays is not None:
        raise ValueError("--labels and --arrays are for arrays; a table names the column of its labels with --label.")
    table = table_of(path, kind, words_among(options), options.time)
    columns = table.frame.columns
    check_there(columns, options, path)
    how: dict[str, Any] = {"case": options.case, "time": options.time, "step": span(options.step)}
    if options.value is not None:
        if not options.channel or len(options.channel) != 1:
            raise ValueError("--value needs --channel once: the column that says which channel a row belongs to.")
        if options.time is None:
            raise ValueError("--value needs --time too: the column of the time of each row.")
        how |= {"value": options.value, "channels": options.channel[0]}
        values = [options.value]
    else:
        others = [name for name in columns if name not in {*options.case, options.time, options.label, options.groups}]
        if not others:
            raise ValueError(f"{path} has no column of values besides {', '.join(map(shown, columns))}.")
        how["channels"] = options.channel or channels
        there = set(columns)
        lost = [name for name in how["channels"] or () if name not in there]
        if lost and not options.channel:
            raise ValueError(
                f"the model was trained with channel {lost[0]!r}, but {path} has {', '.join(columns)}. If nothing was "
                "measured there, add an empty column."
            )
        values = how["channels"] or others
    table = with_numbers(table, values)
    asked = {None, *options.case, options.time, options.label, options.value, *(options.channel or [])}
    spare = [] if options.groups in asked else [options.groups]  # it is no channel
    with speaking(table.named, table.named):
        X, y, names = from_table(table.frame.drop(spare, strict=False), label=options.label, **how)
    how["channels"] = how["channels"] or list(names.channels)
    groups = None if options.groups is None else groups_of(table, options.groups, how)
    return CasesOfFile(unpad(X) if options.unpad else X, y, names.cases, names.channels, groups, path)


def groups_of(table: Table, column: str, how: dict[str, Any]) -> NDArray[Any] | None:
    """The group of each case: one for all of its rows, as a label is.

    Raises
    ------
    ValueError
        If a case has none, or several.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they have been told of the same cases
            return from_table(table.frame, label=column, **how)[1]
    except ValueError as error:
        raise ValueError(table.named(f"the column of --groups is read as labels are: {error}")) from error


def check_there(columns: list[str], options: Namespace, path: Path) -> None:
    """Make sure that the table has the columns that options name.

    Raises
    ------
    ValueError
        If it lacks one.
    """
    named = {"--case": options.case, "--channel": options.channel or []}
    named |= {f"--{name}": [getattr(options, name)] for name in ("time", "label", "groups", "value")}
    for option, names in named.items():
        for name in names:
            if name is not None and name not in columns:
                raise ValueError(f"{path} has no column {name!r}, as {option} says; it has {shown(columns)}.")


def check_regular(path: Path) -> None:
    """Make sure that what is to be read twice is no pipe or device; that there is a file at all, opening it tells.

    Raises
    ------
    ValueError
        If it is one.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a pipe or a device: copy what it gives to a file.")


def words_among(options: Namespace) -> list[str]:
    """The columns that say what something is called: 01 is not 1 there, even if all are numbers."""
    of_channels = (options.channel or []) if options.value is not None else []
    return [name for name in (*options.case, options.label, options.groups, *of_channels) if name is not None]


def span(text: str | None) -> Any:
    """A step of time: a number, or a span such as 100ms.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if text is None:
        return None
    found = SPAN.fullmatch(text)
    if found:
        count, unit = found.groups()
        if int(count) >= 2**63:
            raise ValueError(f"--step {text} is longer than any time can be told.")
        return np.array(int(count), f"m8[{unit}]")[()]
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"--step must be a number, or a span of time such as 100ms or 2s, got {text!r}. A span is a whole number "
            "with a unit: ns, us, ms, s, m (minutes), h or D (days)."
        ) from None


def arrays_of(path: Path, kind: str, options: Namespace) -> tuple[Any, NDArray[Any] | None, NDArray[Any] | None]:
    """X, and y and groups where they are there, of a file of arrays."""
    if kind == ".npy":
        if options.arrays is not None:
            raise ValueError(f"--arrays is for .npz files; {path} holds one array.")
        return array_of(path), None, None
    try:
        archive = Archive(path)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as arrays: {error}.") from error
    if FACTS in archive.names:
        raise ValueError(f"{path} is a saved model; a file of cases is needed here.")
    asked = options.arrays.split(",") if options.arrays is not None else [n for n in ("X", "y") if n in archive.names]
    if not asked or not asked[0] or len(asked) > 2 or (not options.arrays and asked[0] != "X"):
        there = ", ".join(archive.names)
        raise ValueError(f"name the arrays of cases and labels in {path} with --arrays X,y; it holds {there}.")
    try:
        X = archive[asked[0]]
        y = with_all(archive[asked[1]]) if asked[1:] and asked[1] else None
        groups = None if options.groups is None else with_all(archive[options.groups])
    except ValueError as error:
        raise ValueError(f"{path}: {error}.") from error
    return X, y, groups


def array_of(path: Path) -> NDArray[Any]:
    """The array of an ``.npy``, mapped into memory: each process reads what it needs of it.

    Raises
    ------
    ValueError
        If it is no such file.
    """
    try:
        return mapped(path, "c")
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as an array: {error}.") from error


def labels_of(path: Path) -> NDArray[Any]:
    """Labels of their own file: an array, or a text with one in each line.

    Raises
    ------
    ValueError
        If the file is neither, or a label is missing.
    """
    if path.suffix.lower() != ".npy":
        return np.array(parsed(path, labels_in))
    labels = np.asarray(array_of(path))
    try:
        return with_all(labels)
    except ValueError as error:
        raise ValueError(f"{path}: {error}.") from error


def labels_in(lines: Lines) -> list[str]:
    """A label of each line, without the white space and the quotes around it.

    Raises
    ------
    ValueError
        If a line holds none, or all hold more than one thing. If a label is far longer than the others.
    """
    labels: list[str] = []
    before, n_commas = 0, 0
    for line in lines:
        if lines.number > before + 1:
            raise lines.malformed("the label is missing", before + 1)
        before = lines.number
        text = line.strip(WHITESPACE)
        if text in NAMELESS:
            raise lines.malformed(f"the label is missing, found {text!r}")
        n_commas += "," in text and not text.startswith(QUOTES)
        labels.append(without_quotes(text, lines))
    if 1 < n_commas == len(labels):
        raise lines.malformed("a comma in each line, but a line holds one label", 1)
    longest = too_long([len(label) for label in labels])
    if longest is not None:
        raise lines.malformed(f"{shown(labels[longest])}, {IS_TOO_LONG.removesuffix('.')}", longest + 1)
    return labels


def with_all(labels: NDArray[Any]) -> NDArray[Any]:
    """An array of labels, or of groups, none of which is a text that stands for nothing.

    Raises
    ------
    ValueError
        If one is.
    """
    if labels.dtype.kind in "US":
        absent = [*NAMELESS, *(text.encode() for text in NAMELESS)]
        case = next((case for case, text in enumerate(labels.ravel().tolist()) if text.strip() in absent), None)
        if case is not None:
            raise ValueError(f"the label of case {case} is missing, found {labels.ravel()[case].item()!r}")
    return labels


def for_model(cases: CasesOfFile, model: LightWaveS, path: Path) -> CasesOfFile:
    """The cases with their channels in the order of the model.

    Raises
    ------
    ValueError
        If a channel is missing.
    """
    names = model.channel_names_
    if names is None or cases.channels is None or names == cases.channels:
        return cases
    place_of = {name: place for place, name in enumerate(cases.channels)}
    missing = [name for name in names if name not in place_of]
    if missing:
        there = ", ".join(cases.channels)
        raise ValueError(f"the model was trained with channel {missing[0]!r}, but {path} has {there}.")
    order = [place_of[name] for name in names]
    return replace(cases, X=[x[order] for x in cases.X] if isinstance(cases.X, list) else cases.X[:, order])


def labels_for(y: NDArray[Any], model: LightWaveS, path: Path) -> NDArray[Any]:
    """Labels as the model's classes are written; those of a regressor as numbers.

    Raises
    ------
    ValueError
        If none is a class of the model, or one is no number.
    """
    classes = getattr(model, "classes_", None)
    if classes is None:
        return as_numbers(y, path)
    y = as_classes(y, classes, path)
    strange = ~np.isin(y, classes)
    some, known = (", ".join(shown(label) for label in labels[:5]) for labels in (np.unique(y[strange]), classes))
    if strange.all():
        raise ValueError(f"{path} has no class that the model knows, but {some}; it knows {known}.")
    if strange.any():
        warn_caller(
            f"{strange.sum()} of {len(y)} labels in {path} are no class that the model knows, but {some}; it knows "
            f"{known}. They count as errors."
        )
    return y


def as_classes(y: NDArray[Any], classes: NDArray[Any], path: Path) -> NDArray[Any]:
    """Labels as text or as numbers, as the classes are: files do not say which of them a 1 is.

    Raises
    ------
    ValueError
        If one is missing, or is text where the classes are numbers.
    """
    try:
        y = check_present(y)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    is_text, has_text = (values.dtype.kind in "UO" for values in (classes, y))
    if is_text and not has_text:
        said_by = number if y.dtype.kind != "b" else lambda name: BOOLS.get(name.lower())
        named = {said_by(name): name for name in reversed(classes.tolist())}
        texts = {label: str(whole_if_it_is(label)) for label in y.tolist()}
        known = {label: text if text in classes else named.get(label, text) for label, text in texts.items()}
        return np.array([known[label] for label in y.tolist()])
    if has_text and not is_text:
        return np.array([as_class(label, case, classes, path) for case, label in enumerate(y.tolist())])
    return y


def as_class(label: Any, case: int, classes: NDArray[Any], path: Path) -> Any:
    """A label that is text as a bool or a number, as the classes are."""
    text = str(label).strip()
    if classes.dtype.kind == "b":
        value: Any = BOOLS.get(text.lower())
    else:
        value = int(text) if WHOLE.fullmatch(text) else number(text)
        value = None if value is None else whole_if_it_is(value)
    if value is None:
        known = shown(classes.tolist())
        raise ValueError(
            f"{path}: the label of case {case} is {shown(label)}, but the model knows the classes {known}."
        )
    return value


def whole_if_it_is(value: Any) -> Any:
    """A float without fraction as an int, where it says one exactly; else the same."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_WHOLE else value


def as_numbers(y: NDArray[Any], path: Path) -> NDArray[np.float64]:
    """Labels as the numbers that they are, or that their text says.

    Raises
    ------
    ValueError
        If one is no number, or not finite.
    """
    values: Any = y
    if y.dtype.kind in "USO":
        texts = np.char.decode(y, "latin-1") if y.dtype.kind == "S" else y.astype(str)
        values = [number(text.strip()) for text in texts.tolist()]
        for case, label in enumerate(y.tolist()):
            if values[case] is None:
                raise ValueError(f"{path}: the label of case {case} is {shown(label)}, which is no number to predict.")
    elif y.dtype.kind not in "fiub":
        raise ValueError(f"the labels of {path} have dtype {y.dtype}, but real numbers are needed to predict numbers.")
    try:
        return check_numbers(values, len(y))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
