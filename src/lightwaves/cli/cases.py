"""Cases from a file of any kind that the command line reads."""

from __future__ import annotations

import io
import os
import re
import warnings
import zipfile
import zlib
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.frames import WIDE
from ..containers.padding import unpad
from ..datasets import from_table, read
from ..datasets.text import WHITESPACE, Lines, parsed
from ..datasets.values import number
from ..estimators import LightWaveS
from ..validation import check_numbers, check_present, shown, warn_caller

TABLES = (".parquet", ".csv", ".tsv")
LARGEST_WHOLE = 2.0**53
SEPARATORS = (";", "\t", ",", "|")
SEPARATORS_AND_SPACE = "".join(SEPARATORS) + WHITESPACE
LONGEST_LINE = 500  # characters of another library's error
ABSENT = ["", "NA", "NaN", "nan", "null"]  # fields of a text table that hold nothing
NAMELESS = [*ABSENT, "?"]  # where a name or a label should stand
OF_TABLES = ("time", "label", "value", "step")  # options that make sense for a table only
BROKEN = (ValueError, EOFError, OverflowError, zipfile.BadZipFile, zlib.error)  # with which NumPy meets a damaged file
BOOLS = {"true": True, "false": False}
DATE = re.compile(r"\s*([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})\b")
WHOLE = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"\bcase (\d+)\b")  # of a case, in what the library says
SPAN = re.compile(r"(\d+)(ns|us|ms|s|m|h|D)")


@dataclass(frozen=True)
class CasesOfFile:
    """What a file holds.

    Errors and warnings of the library call cases by their numbers; `speaking` has them call cases by their keys.

    Attributes
    ----------
    X : array (n_cases, n_channels, n_timepoints), (n_cases, n_timepoints), or list of arrays
    y : array (n_cases,) or None
    keys : array (n_cases,)
        The name of each case: in a table, what stands in the column of cases; else 0, 1, 2, ...
    channels : tuple of str or None
    groups : array (n_cases,) or None
    """

    X: Any
    y: NDArray[Any] | None
    keys: NDArray[Any]
    channels: tuple[str, ...] | None = None
    groups: NDArray[Any] | None = None

    def named(self, message: str) -> str:
        """What an error or a warning says, with the keys of cases in place of their numbers."""
        keys = dict(enumerate(self.keys))
        return NUMBER.sub(lambda found: f"case {shown(keys.get(int(found[1]), int(found[1])))}", message)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """While the library works on these cases, its errors and warnings call them by their keys."""
        show = warnings.showwarning
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *told, **more: show(self.named(str(message)), *told, **more)
            try:
                yield
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(self.named(str(error))) from error


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
        X, y = series_of(path, kind)
        groups = None
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
            raise ValueError(f"{len(X)} cases need as many {name}, got an array of shape {values.shape}.")
    if options.channel:
        check_names(options.channel, 1 if isinstance(X, np.ndarray) and X.ndim == 2 else len(X[0]), path)
    return CasesOfFile(X, y, np.arange(len(X)), tuple(options.channel) if options.channel else None, groups)


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
    table = frame_of(path, kind, words_among(options), options.time)
    check_there(table, options, path)
    how: dict[str, Any] = {"case": options.case, "time": options.time, "step": span(options.step)}
    if options.value is not None:
        if not options.channel or len(options.channel) != 1:
            raise ValueError("--value needs --channel once: the column that says which channel a row belongs to.")
        if options.time is None:
            raise ValueError("--value needs --time too: the column of the time of each row.")
        how |= {"value": options.value, "channels": options.channel[0]}
    else:
        used = used_by(options)
        if used.issuperset(table.columns):
            raise ValueError(f"{path} has no column of values besides {', '.join(map(shown, table.columns))}.")
        how["channels"] = options.channel or channels
        lost = [name for name in how["channels"] or () if name not in table.columns]
        if lost and not options.channel:
            raise ValueError(
                f"the model was trained with channel {lost[0]!r}, but {path} has {', '.join(table.columns)}."
            )
    values = how["channels"] if options.value is None else [options.value]
    table = with_numbers(table, values, path, used_by(options))
    asked = {None, *options.case, options.time, options.label, options.value, *(options.channel or [])}
    spare = [] if options.groups in asked else [options.groups]  # it is no channel
    try:
        X, y, names = from_table(table.drop(spare, strict=False), label=options.label, **how)
        how["channels"] = how["channels"] or list(names.channels)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path}: {error}") from error
    groups = None if options.groups is None else groups_of(table, options.groups, how, path)
    return CasesOfFile(unpad(X) if options.unpad else X, y, names.cases, names.channels, groups)


def groups_of(table: Any, column: str, how: dict[str, Any], path: Path) -> NDArray[Any] | None:
    """The group of each case: one for all of its rows, as a label is.

    Raises
    ------
    ValueError
        If a case has none, or several.
    """
    try:
        return from_table(table, label=column, **how)[1]
    except ValueError as error:
        raise ValueError(f"{path}: the column of --groups is read as labels are: {error}") from error


def check_there(table: Any, options: Namespace, path: Path) -> None:
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
            if name is not None and name not in table.columns:
                raise ValueError(f"{path} has no column {name!r}, as {option} says; it has {shown(table.columns)}.")


def check_regular(path: Path) -> None:
    """Make sure that what is to be read twice is no pipe or device; that there is a file at all, opening it tells.

    Raises
    ------
    ValueError
        If it is one.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a pipe or a device: copy what it gives to a file.")


def used_by(options: Namespace) -> set[Any]:
    """The columns that say to what the values of a row belong."""
    return {*options.case, options.time, options.label, options.groups}


def with_numbers(table: Any, names: Sequence[str] | None, path: Path, used: set[Any]) -> Any:
    """The table with the text of its columns of values read as numbers, as strictly as in other files.

    Raises
    ------
    ValueError
        If one is no number; its row is named.
    """
    import polars

    for name in [column for column in table.columns if column not in used] if names is None else names:
        if name in table.columns and table[name].dtype == polars.Int128:  # which NumPy does not have
            table = table.with_columns(polars.col(name).cast(polars.Float64))
        if name not in table.columns or table[name].dtype != polars.String:
            continue
        texts = [None if text is None or text.strip() in ABSENT else text for text in table[name].to_list()]
        values = [None if text is None else number(text.strip()) for text in texts]
        for row, (text, value) in enumerate(zip(texts, values, strict=True)):
            if text is not None and value is None:
                raise ValueError(
                    f"{path}: column {shown(name)} has {shown(text)} in row {row + 1} after the header, which is no "
                    "number: leave it empty; or, if the column is no channel, name those that are with --channel."
                )
        table = table.with_columns(polars.Series(name, values, polars.Float64))
    return table


def words_among(options: Namespace) -> list[str]:
    """The columns that say what something is called: 01 is not 1 there, even if all are numbers."""
    of_channels = (options.channel or []) if options.value is not None else []
    return [name for name in (*options.case, options.label, options.groups, *of_channels) if name is not None]


def frame_of(path: Path, kind: str, words: list[str], time: str | None = None) -> Any:
    """A table as a frame of polars.

    Parameters
    ----------
    path : Path
    kind : str
        How its name ends.
    words : list of str
        The columns that are text, whatever stands there. A .parquet says itself what its columns are.
    time : str, optional
        The column of times.

    Raises
    ------
    ImportError
        If polars is not installed.
    ValueError
        If the file is no such table.
    """
    try:
        import polars
    except ImportError as error:
        raise ImportError(f"{path} is a table, which needs polars: pip install 'lightwaves[tables]'.") from error
    with path.open("rb"):  # its error is that of any other file
        pass
    try:
        if kind == ".parquet":
            return with_times(polars.read_parquet(path), time, path)
        separator, content = "\t" if kind == ".tsv" else ",", text_of(path)
        columns = polars.read_csv(content, separator=separator, n_rows=0).columns
        check_columns(path, kind, columns, separator)
        read_csv = partial(polars.read_csv, content, separator=separator, null_values=ABSENT, infer_schema_length=None)
        if time in columns:
            check_dates(read_csv(columns=[time], schema_overrides={time: polars.String})[time], path)
        as_text = {name: polars.String for name in words if name in columns}
        table = read_csv(try_parse_dates=True, schema_overrides=as_text)
        stripped = (polars.col(name).str.strip_chars() for name in as_text)
        table = table.with_columns(polars.when(~text.is_in(NAMELESS)).then(text) for text in stripped)
        return with_times(table, time, path)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        raise ValueError(f"{path} is no table that can be read: {first_line(error)}") from error


def text_of(path: Path) -> bytes:
    """A text table in UTF-8, without the lines that hold nothing but separators."""
    content = io.BytesIO()

    def gather(lines: Lines) -> None:
        content.seek(0)
        content.truncate()
        quoted, number = False, 0
        for line in lines:
            content.write(b"\n" * (lines.number - number - 1 if quoted else 0))  # blank lines of a text in quotes
            number = lines.number
            if quoted or line.strip(SEPARATORS_AND_SPACE):
                content.write(line.encode() + b"\n")
            quoted ^= line.count('"') % 2 == 1

    parsed(path, gather)
    return content.getvalue()


def with_times(table: Any, time: str | None, path: Path) -> Any:
    """The table, its column of times being no text.

    Raises
    ------
    ValueError
        If there are no rows, or a time is no number and no date; its row is named where the others are numbers.
    """
    import polars

    if not len(table):
        raise ValueError(f"{path} has no rows.")
    if time is None or time not in table.columns:
        return table
    if not table[time].count():
        raise ValueError(f"{path}: column {shown(time)} holds no time.")
    if str(table[time].dtype) in WIDE:  # which NumPy does not have
        return table.with_columns(polars.col(time).cast(polars.Float64))
    if table[time].dtype != polars.String:
        return table
    texts = [None if text is None else text.strip() for text in table[time].to_list()]
    values = [None if text is None else number(text) for text in texts]
    others = [row for row, value in enumerate(values) if value is None and texts[row] is not None]
    if not others:
        whole = all(text is None or (WHOLE.fullmatch(text) and abs(int(text)) < 2**63) for text in texts)
        return table.with_columns(polars.Series(time, [text and int(text) for text in texts] if whole else values))
    if 2 * len(others) < len(texts):
        raise ValueError(
            f"{path}: column {shown(time)} has {shown(texts[others[0]])} in row {others[0] + 1} after the header, but "
            "most times are numbers: correct or drop this row."
        )
    present = table[time].is_not_null()
    dates = dates_of(table[time])
    wrong = present & dates.is_null()
    if not wrong.any():
        return table.with_columns(dates.alias(time))
    some = table[time].filter(wrong if 2 * wrong.sum() < present.sum() else present)[0]
    raise ValueError(
        f"{path}: column {shown(time)} holds text, such as {shown(some)}, but times are numbers or dates: write these "
        "as 2024-01-31, or as 2024-01-31T12:00:00."
    )


def dates_of(texts: Any) -> Any:
    """The dates that texts say, and nothing where one says none."""
    import polars

    try:
        return texts.str.strip_chars().str.to_datetime(strict=False)
    except polars.exceptions.PolarsError:
        return polars.Series(texts.name, [None] * len(texts), polars.Datetime)


def check_dates(texts: Any, path: Path) -> None:
    """Make sure that nobody has to guess whether the day or the month of a date comes first, or of which century it is.

    Raises
    ------
    ValueError
        If all dates can be read either way, or a year has two digits.
    """
    fields = [DATE.match(text) for text in texts.drop_nulls().to_list()]
    short = next((found[0] for found in fields if found and len(found[3]) == 2), None)
    if short:
        raise ValueError(
            f"{path}: column {shown(texts.name)} has {shown(short)}. If this is a date, its year has two digits: write "
            "2024-01-31; if it is a time of a day, 10:15:20."
        )
    either = [found is not None and max(int(found[1]), int(found[2])) <= 12 for found in fields]
    if fields and all(either) and any(found and int(found[1]) != int(found[2]) for found in fields):
        raise ValueError(
            f"{path}: dates such as {shown(texts.drop_nulls()[0])} in column {shown(texts.name)} may begin with the "
            "day or with the month: write them as 2024-01-31."
        )


def check_columns(path: Path, kind: str, columns: list[str], separator: str) -> None:
    """Make sure that the first line of a table names each column once, with the right separator between them.

    Raises
    ------
    ValueError
        If it does not.
    """
    for name in columns:
        first, found, _ = name.rpartition("_duplicated_")  # how polars calls the second column of a name
        if found and first in columns:
            raise ValueError(f"{path} has several columns {shown(first)}: give each a name of its own.")
    other = next((mark for mark in SEPARATORS if len(columns) == 1 and mark in columns[0]), None)
    if other:
        raise ValueError(
            f"{path} has one column, {shown(columns[0])}: columns of a {kind} are read with {separator!r} "
            f"between them, not {other!r}. Save it so, with points in decimals."
        )


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
        raise ValueError(f"--step must be a number, or a span of time such as 100ms or 2s, got {text!r}.") from None


def arrays_of(path: Path, kind: str, options: Namespace) -> tuple[Any, NDArray[Any] | None, NDArray[Any] | None]:
    """X, and y and groups where they are there, of a file of arrays."""
    if kind == ".npy":
        if options.arrays is not None:
            raise ValueError(f"--arrays is for .npz files; {path} holds one array.")
        return array_of(path), None, None
    with archive_of(path) as found:
        names = (
            options.arrays.split(",") if options.arrays is not None else [name for name in ("X", "y") if name in found]
        )
        if not names or not names[0] or len(names) > 2 or (not options.arrays and names[0] != "X"):
            there = ", ".join(found.files)
            raise ValueError(f"name the arrays of cases and labels in {path} with --arrays X,y; it holds {there}.")
        X = one_of(found, names[0], path)
        y = with_all(one_of(found, names[1], path), path) if names[1:] and names[1] else None
        groups = None if options.groups is None else with_all(one_of(found, options.groups, path), path)
    return X, y, groups


def one_of(archive: Any, name: str, path: Path) -> NDArray[Any]:
    """An array of an archive by its name."""
    if name not in archive:
        raise ValueError(f"{path} has no array {name!r}, but {', '.join(archive.files)}.")
    try:
        return archive[name]
    except BROKEN as error:
        raise ValueError(f"array {name!r} of {path} cannot be read: {readable(error)}") from error


def archive_of(path: Path) -> Any:
    """The arrays of an ``.npz`` by their names.

    Raises
    ------
    ValueError
        If it is no such file.
    """
    with path.open("rb") as file:
        is_archive = file.read(2) == b"PK" and zipfile.is_zipfile(file)
    try:
        if is_archive:
            return np.load(path, allow_pickle=False)
    except BROKEN:
        pass
    raise ValueError(f"{path} cannot be read as arrays: it is no .npz archive, or it is damaged.")


def array_of(path: Path) -> NDArray[Any]:
    """The array of an ``.npy``, mapped into memory: each process reads what it needs of it.

    Raises
    ------
    ValueError
        If it is no such file.
    """
    try:
        return np.lib.format.open_memmap(path, mode="c")
    except BROKEN as error:
        raise ValueError(f"{path} cannot be read as an array: {readable(error)}") from error


def readable(error: Exception) -> str:
    """NumPy's complaint, or what it means."""
    if "allow_pickle" in str(error) or "Python objects" in str(error):
        return "it holds pickled Python objects, which could run anything; save text or numbers with a plain dtype."
    return first_line(error)


def first_line(error: BaseException) -> str:
    """The first line of what an error says, cut to what can be read."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."


def labels_of(path: Path) -> NDArray[Any]:
    """Labels of their own file: an array, or a text with one in each line.

    Raises
    ------
    ValueError
        If the file is neither, or a label is missing.
    """
    if path.suffix.lower() == ".npy":
        return with_all(np.asarray(array_of(path)), path)
    labels = parsed(path, with_blanks)
    absent = next((line for line, label in enumerate(labels, start=1) if label in NAMELESS), None)
    if absent is not None:
        found = f", found {labels[absent - 1]!r}" if labels[absent - 1] else ""
        raise ValueError(f"{path}, line {absent}: the label is missing{found}.")
    return np.array(labels)


def with_blanks(lines: Lines) -> list[str]:
    """The lines without the white space around them; blank ones too, but for those at the end."""
    content: list[str] = []
    for line in lines:
        content += [""] * (lines.number - 1 - len(content))
        content.append(line.strip(WHITESPACE))
    return content


def with_all(labels: NDArray[Any], path: Path) -> NDArray[Any]:
    """An array of labels, or of groups, none of which is a text that stands for nothing.

    Raises
    ------
    ValueError
        If one is.
    """
    if labels.dtype.kind in "US":
        absent = [*NAMELESS, *(text.encode() for text in NAMELESS)]
        place = next((place for place, text in enumerate(labels.ravel().tolist()) if text.strip() in absent), None)
        if place is not None:
            found = labels.ravel()[place].item()
            raise ValueError(f"{path}: the label of case {place} is missing, found {found!r}.")
    return labels


def for_model(cases: CasesOfFile, model: LightWaveS, path: Path) -> CasesOfFile:
    """The cases with their channels in the order of the model, and their labels as the model's classes are written.

    The labels of a regressor become numbers.

    Raises
    ------
    ValueError
        If a channel is missing, no label is a class of the model, or one is no number.
    """
    names = model.channel_names_
    X = cases.X
    if names is not None and cases.channels is not None and names != cases.channels:
        missing = [name for name in names if name not in cases.channels]
        if missing:
            there = ", ".join(cases.channels)
            raise ValueError(f"the model was trained with channel {missing[0]!r}, but {path} has {there}.")
        order = [cases.channels.index(name) for name in names]
        X = [x[order] for x in X] if isinstance(X, list) else X[:, order]
    y = cases.y
    classes = getattr(model, "classes_", None)
    if y is not None and classes is not None:
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
    elif y is not None:
        y = as_numbers(y, path)
    return replace(cases, X=X, y=y)


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
    if y.dtype.kind not in "USO":
        return check_numbers(y, len(y))
    values = [number(text.strip()) for text in y.astype(str).tolist()]
    for case, label in enumerate(y.tolist()):
        if values[case] is None:
            raise ValueError(f"{path}: the label of case {case} is {shown(label)}, which is no number to predict.")
    return check_numbers(values, len(y))
