"""Tables with a row for each reading, from files: as strict as other files, and with the line of whatever is wrong."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from ..containers.frames import WIDE
from ..datasets.text import WHITESPACE, Lines, parsed
from ..datasets.values import MISSING, number
from ..numpy_files import ALWAYS_UNPACKED, LARGEST_RATIO
from ..validation import first_line, has_decimal_comma, shown

TABLES = (".parquet", ".csv", ".tsv")
SEPARATORS = (";", "\t", ",", "|")
SEPARATORS_AND_SPACE = "".join(SEPARATORS) + WHITESPACE
ABSENT = ["", "NA", "NaN", "nan", "null", "N/A", "n/a", "#N/A", "<NA>"]  # fields that hold nothing
SPELLED = ["".join(text) for word in MISSING for text in product(*((sign, sign.upper()) for sign in word))]
NAMELESS = [*dict.fromkeys([*ABSENT, *SPELLED])]  # where a name or a label should stand, also as other files have it
NO_NUMBER = [*ABSENT, "None", "NULL"]  # where a number should stand; these two are names of classes of many data sets
DATE = re.compile(r"\s*([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})\b")
FINE, TOO_FINE = r"[:T][0-9]*\.[0-9]{7}", r"[:T][0-9]*\.[0-9]{10}"  # more decimals of a second than 6, and than 9
VALUE = 8  # bytes, mostly
FIRST_FINE, LAST_FINE = 1678, 2261  # years that nanoseconds reach as a whole
AS_DATES = "write all as 2024-01-31, or as 2024-01-31T12:00:00"
POINTS = "decimals need a point, not a comma, and thousands need neither"
TOO_MANY = (
    "is there a comma in a number or in a text, or was an end of line lost? Numbers need points, and such a text quotes"
)
TOO_FEW = "was a value left out, or the line cut off? Of a missing value, leave the field empty"
WHOLE = re.compile(r"[+-]?[0-9]+")
ROW = re.compile(r"row (\d+), counted from 0")  # what the library says of a frame


@dataclass(frozen=True)
class Table:
    """A table of readings.

    Attributes
    ----------
    frame : DataFrame of polars
    path : Path
        Of its file.
    lines : sequence of int, or None
        In which line of the file each row begins; None of a file that has no lines.
    """

    frame: Any
    path: Path
    lines: Sequence[int] | None

    def place(self, row: int) -> str:
        """Where a row stands in the file."""
        return f"row {row}, counted from 0" if self.lines is None else f"line {self.lines[row]}"

    def named(self, message: str) -> str:
        """What an error says, with the file, and the places of rows in it."""
        return f"{self.path}: {ROW.sub(lambda found: self.place(int(found[1])), message)}"

    def of(self, frame: Any) -> Table:
        """The same rows, as another frame has them."""
        return replace(self, frame=frame)


def table_of(path: Path, kind: str, words: list[str], time: str | None = None) -> Table:
    """Read a table.

    Parameters
    ----------
    path : Path
    kind : str
        How its name ends.
    words : list of str
        The columns that say what something is called: 01 is not 1 there. In a .parquet, which says itself what its
        columns are, those of them that are text.
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
            check_size(path)
            frame = of_parquet(path)
            texts = [name for name in words if name in frame.columns and frame[name].dtype == polars.String]
            return with_times(Table(with_names(frame, texts), path, None), time)
        separator = "\t" if kind == ".tsv" else ","
        content, lines = parsed(path, partial(rows_of, separator=separator, check=partial(check_columns, path, kind)))
        read_csv = partial(polars.read_csv, content, null_values=ABSENT, infer_schema_length=None)
        columns = read_csv(n_rows=0, infer_schema_length=0).columns
        as_text = {name: polars.String for name in words if name in columns}
        names = list(as_text)
        if time in columns:
            column = read_csv(columns=[time], schema_overrides={time: polars.String})[time]
            check_dates(column, path)
            if column.str.contains(FINE).any():  # which polars would cut to microseconds
                as_text[time] = polars.String
        inferred = partial(read_csv, try_parse_dates=True)
        try:
            frame = inferred(schema_overrides=as_text)
        except polars.exceptions.PolarsError:  # of a value unlike the others of its column: its line is named later
            plain, others = read_csv(infer_schema_length=0), inferred(schema_overrides=as_text, ignore_errors=True)
            absent = zip(columns, plain.null_count().row(0), others.null_count().row(0), strict=True)
            as_text |= {name: polars.String for name, before, after in absent if before < after}
            frame = inferred(schema_overrides=as_text)
        return with_times(Table(with_names(frame, names), path, lines), time)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        raise ValueError(f"{path} is no table that can be read: {first_line(error)}") from error


def check_size(path: Path) -> None:
    """Make sure that a .parquet is not far larger in memory than the file, as its head tells before a value is read.

    Raises
    ------
    ValueError
        If it is, as one of nothing but equal rows.
    """
    import polars

    head = polars.scan_parquet(path, glob=False)
    n_bytes = VALUE * head.select(polars.len()).collect().item() * len(head.collect_schema())
    if n_bytes > max(ALWAYS_UNPACKED, LARGEST_RATIO * path.stat().st_size):
        raise ValueError(
            f"{path}: unpacked, it is more than {LARGEST_RATIO} times as large as the file; if that is right, save it "
            "as .csv first."
        )


def of_parquet(path: Path) -> Any:
    """The frame of a .parquet, with categories as text.

    Columns with several values in each row, which nothing can use, keep none of them: a row may unpack to any size.
    """
    import polars

    frame = polars.scan_parquet(path, glob=False)
    nested = [name for name, dtype in frame.collect_schema().items() if dtype.is_nested()]
    frame = frame.with_columns(polars.concat_list(polars.lit(None)).alias(name) for name in nested)
    return frame.collect().with_columns(polars.col(polars.Categorical, polars.Enum).cast(polars.String))


def rows_of(lines: Lines, separator: str, check: Callable[[list[str], str], None]) -> tuple[bytes, Sequence[int]]:
    """The rows of a text table, as plain as polars wants them, without lines that hold nothing but separators.

    Parameters
    ----------
    lines : Lines
    separator : str
        What stands between fields. A field with one stands in quotes.
    check : function of the names of columns, and of the separator

    Returns
    -------
    content : bytes
        In UTF-8, with commas between fields.
    lines : sequence of int
        In which line of the file each row behind the first begins.

    Raises
    ------
    ValueError
        If a row has more or fewer fields than the first, or a quote is never closed; the line is named.
    """
    content, begins, within, last = io.StringIO(), array("q"), False, ""

    def pulled() -> Iterator[str]:
        nonlocal within, last
        before = 0
        for line in lines:
            if within:
                yield from ["\n"] * (lines.number - before - 1)  # blank lines of a text in quotes
            elif line.strip(SEPARATORS_AND_SPACE):
                begins.append(lines.number)
            else:
                continue
            within, before, last = True, lines.number, line + "\n"
            yield last
        if within:
            raise lines.malformed("a quote that opens here is never closed", begins[-1])

    writer, n_columns = csv.writer(content, lineterminator="\n"), 0
    try:
        for fields in csv.reader(pulled(), delimiter=separator, strict=True):
            within = False
            if not n_columns:
                check(fields, separator)
                n_columns = len(fields)
            elif len(fields) != n_columns:
                why = TOO_MANY if len(fields) > n_columns else TOO_FEW
                what = f"{len(fields)} fields, but the first line names {n_columns} columns: {why}"
                raise lines.malformed(what, begins[-1])
            if separator == "," and '"' not in last and lines.number == begins[-1]:
                content.write(last)
                continue
            if any(line.count(separator) >= n_columns - 1 for field in fields for line in field.split("\n")[1:]):
                raise lines.malformed(
                    "a text in quotes holds what looks like another row: is a quote wrong", begins[-1]
                )
            writer.writerow(fields)
    except csv.Error as error:
        raise lines.malformed(f"{first_line(error)}; a quote may be wrong", begins[-1]) from error
    return content.getvalue().encode(), begins[1:]


def with_names(frame: Any, columns: list[str]) -> Any:
    """The frame with names for what they are: no white space around them, and nothing that stands for nothing."""
    import polars

    stripped = (polars.col(name).str.strip_chars() for name in columns)
    return frame.with_columns(polars.when(~text.is_in(NAMELESS)).then(text) for text in stripped)


def with_times(table: Table, time: str | None) -> Table:
    """The table, its column of times being no text.

    Raises
    ------
    ValueError
        If there are no rows, or a time is no number, no date and no time of a day; its line is named where most are. If
        a time has more decimals than there are nanoseconds, or lies where these do not reach.
    """
    import polars

    frame, path = table.frame, table.path
    if not len(frame):
        raise ValueError(f"{path} has no rows.")
    if time is None or time not in frame.columns:
        return table
    column = frame[time]
    if not column.count():
        raise ValueError(f"{path}: column {shown(time)} holds no time.")
    if str(column.dtype) in WIDE:  # which NumPy does not have
        return table.of(frame.with_columns(polars.col(time).cast(polars.Float64)))
    if column.dtype != polars.String:
        return table
    fine = column.str.contains(FINE).any()
    if fine:
        check_fine(table, time)
    texts = [None if text is None else text.strip() for text in column.to_list()]
    numbers = [None if text is None else number(text) for text in texts]
    if all(text is None or (WHOLE.fullmatch(text) and abs(int(text)) < 2**63) for text in texts):
        numbers = [text and int(text) for text in texts]
    ways = {
        "numbers": polars.Series(time, numbers),
        "dates": dates_of(column, fine),
        "times of a day": hours_of(column),
    }
    kind = max(ways, key=lambda kind: ways[kind].count())
    wrong = column.is_not_null() & ways[kind].is_null()
    if not wrong.any():
        return table.of(frame.with_columns(ways[kind].alias(time)))
    first = wrong.arg_true()[0]
    seen = f"{path}: column {shown(time)} has {shown(texts[first])} in {table.place(first)}"
    if 2 * wrong.sum() >= column.count():
        way = POINTS if has_decimal_comma(texts[first]) else AS_DATES
        raise ValueError(f"{seen}, but times are numbers or dates: {way}.")
    if kind == "dates":
        raise ValueError(f"{seen}, but most times are dates of another form: {AS_DATES}.")
    raise ValueError(f"{seen}, but most times are {kind}: correct or drop this row.")


def check_fine(table: Table, time: str) -> None:
    """Make sure that nanoseconds say the times of a column: nine decimals of a second, and years from 1678 to 2261.

    Raises
    ------
    ValueError
        If they do not; the line of the first such time is named.
    """
    column = table.frame[time]
    dates = dates_of(column)
    far = ~dates.dt.year().is_between(FIRST_FINE, LAST_FINE)
    for wrong, what in (
        (column.str.contains(TOO_FINE), "but times are read to nanoseconds: round it to nine decimals"),
        (far, f"but nanoseconds count from {FIRST_FINE} to {LAST_FINE} only: round all times to six decimals"),
    ):
        if wrong.any():
            row = wrong.fill_null(False).arg_max()
            raise ValueError(
                f"{table.path}: column {shown(time)} has {shown(column[row])} in {table.place(row)}, {what}."
            )


def dates_of(texts: Any, fine: bool = False) -> Any:
    """The dates that texts say, to micro- or nanoseconds, and nothing where one says none."""
    import polars

    try:
        return texts.str.strip_chars().str.to_datetime(strict=False, time_unit="ns" if fine else "us")
    except polars.exceptions.PolarsError:
        return polars.Series(texts.name, [None] * len(texts), polars.Datetime)


def hours_of(texts: Any) -> Any:
    """The times of a day that texts say, and nothing where one says none."""
    import polars

    try:
        return texts.str.strip_chars().str.to_time(strict=False)
    except polars.exceptions.PolarsError:  # of older versions, where the first text is none
        return polars.Series(texts.name, [None] * len(texts), polars.Time)


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
    twice = next((name for name, n in Counter(columns).items() if n > 1), None)
    if twice is not None:
        raise ValueError(f"{path} has several columns {shown(twice)}: give each a name of its own.")
    other = next((mark for mark in SEPARATORS if len(columns) == 1 and mark in columns[0]), None)
    if other:
        raise ValueError(
            f"{path} has one column, {shown(columns[0])}: columns of a {kind} are read with {separator!r} "
            f"between them, not {other!r}. Save it so, with points in decimals."
        )


def with_numbers(table: Table, names: Sequence[str]) -> Table:
    """The table with the text of columns of values read as numbers, as strictly as in other files.

    Raises
    ------
    ValueError
        If one is no number; its line is named.
    """
    import polars

    columns = {column.name: column for column in table.frame.get_columns()}
    read = []
    for name in dict.fromkeys(names):
        if name in columns and str(columns[name].dtype) in WIDE:  # which NumPy does not have
            read.append(columns[name].cast(polars.Float64))
        if name not in columns or columns[name].dtype != polars.String:
            continue
        texts = [None if text is None or text.strip() in NO_NUMBER else text for text in columns[name].to_list()]
        values = [None if text is None else number(text.strip()) for text in texts]
        for row, (text, value) in enumerate(zip(texts, values, strict=True)):
            if text is not None and value is None:
                seen = f"{table.path}: column {shown(name)} has {shown(text)} in {table.place(row)}, which is no number"
                if has_decimal_comma(text):
                    raise ValueError(f"{seen}: {POINTS}.")
                raise ValueError(
                    f"{seen}: leave it empty. If the column holds classes, say --label {name}; if it is something else "
                    "that is no channel, name those that are with --channel."
                )
        read.append(polars.Series(name, values, polars.Float64))
    return table.of(table.frame.with_columns(read))
