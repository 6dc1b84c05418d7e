"""The words of the command line, and what its help says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .._version import __version__
from ..estimators.transformer import SELECTIONS
from ..panel.reading import MISSING


class Once(argparse.Action):
    """An option with one value, which an option that is given twice would lose without a word."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        """Store the value, unless there is one."""
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} can be given once only")
        setattr(namespace, self.dest, values)


DESCRIPTION = """Train a classifier or a regressor of time series on a file of your own, look at it, and use it."""

EXAMPLES = """examples:
  lightwaves fit TRAIN.ts -o model.npz
  lightwaves predict model.npz TEST.ts -o predictions.csv --proba
  lightwaves report model.npz TEST.ts -o report.html
  lightwaves inspect model.npz
  lightwaves export onnx model.npz -o model.onnx
  lightwaves bench model.npz TEST.ts

exit codes: 0 done, 1 it could not be done (one line on standard error says why), 2 the command is wrong,
130 interrupted.
`python -m lightwaves` is a demonstration on data of its own. `lightwaves COMMAND --help` has more examples."""

DATA_EXAMPLES = """files of cases:
  .ts, .arff          as in the UEA and UCR archives; they hold labels
  .csv, .tsv, .txt    without --case: a label and a series in each line, as in the UCR archive
  .csv, .tsv, .parquet  with --case: a table with a row for each reading; needs polars (the extra `tables`)
  .npz                arrays X and y, or those that --arrays names
  .npy                an array (n_cases, n_channels, n_timepoints); labels come from --labels
  all files of text may be packed by gzip, and then end in .gz, such as .ts.gz
"""

FIT_EXAMPLES = f"""{DATA_EXAMPLES}
examples:
  lightwaves fit TRAIN.ts -o model.npz --n-features 100
  lightwaves fit log.csv --case trial --time second --label gait --groups subject -o model.npz
  lightwaves fit log.parquet --case run --time when --step 100ms --label state --missing interpolate -o model.npz
  lightwaves fit long.csv --case run --time t --channel sensor --value reading --label state -o model.npz
  lightwaves fit data.npz --arrays train_x,train_y -o model.npz
  lightwaves fit series.npy --labels labels.txt -o model.npz
  lightwaves fit log.csv --case run --time second --label wear --regression -o model.npz   # wear is a number
  mpiexec -n 8 lightwaves fit series.npy --labels labels.npy -o model.npz   # the processes share the search
"""

USE_EXAMPLES = f"""{DATA_EXAMPLES}
examples:
  lightwaves {{name}} model.npz TEST.ts{{more}}
  lightwaves {{name}} model.npz log.csv --case trial --time second --label gait{{more}}
  lightwaves {{name}} model.npz data.npz --arrays test_x,test_y{{more}}
"""


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    program = argparse.ArgumentParser(
        prog="lightwaves",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    program.add_argument("--version", action="version", version=f"lightwaves {__version__}")
    commands = program.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add_fit(commands)
    add_predict(commands)
    add_report(commands)
    add_inspect(commands)
    add_export(commands)
    add_bench(commands)
    return program


def add_command(commands: argparse._SubParsersAction, name: str, what: str, epilog: str) -> argparse.ArgumentParser:
    """A command with its help."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--traceback", action="store_true", help="where it fails, show where in the code")
    return command


def add_fit(commands: argparse._SubParsersAction) -> None:
    """``lightwaves fit``."""
    command = add_command(commands, "fit", "train a classifier, or a regressor, and save it", FIT_EXAMPLES)
    command.add_argument("data", type=Path, metavar="DATA", help="a file of training cases")
    command.add_argument("-o", "--out", type=Path, required=True, metavar="MODEL", help="where to write the model")
    add_cases(command)
    add_groups(command)
    learning = command.add_argument_group("how to learn")
    learning.add_argument(
        "--n-features", type=number_or_auto, default=500, metavar="N", help="features to keep, or auto (default: 500)"
    )
    learning.add_argument(
        "--regression", action="store_true", help="the labels are numbers: learn to predict the number of a case"
    )
    learning.add_argument(
        "--classifier", choices=("ridge", "auto"), help="auto lets a kernel head compete (default: ridge)"
    )
    learning.add_argument(
        "--regressor",
        choices=("ridge", "auto"),
        help="with --regression: auto lets kernel ridges compete (default: auto)",
    )
    learning.add_argument(
        "--selection", choices=SELECTIONS, default="detach", help="how features are chosen (default: detach)"
    )
    learning.add_argument(
        "--missing", choices=MISSING, default="error", help="what becomes of missing values (default: error)"
    )
    learning.add_argument("--class-weight", choices=("balanced",), help="give all classes the same weight")
    learning.add_argument(
        "--no-honest", action="store_true", help="leave out the honest estimate, which takes time, unless auto needs it"
    )
    learning.add_argument("--seed", type=int, default=0, help="the same seed gives the same model (default: 0)")
    learning.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="go on there after an interruption")
    add_jobs(command)
    add_quiet(command)


def add_predict(commands: argparse._SubParsersAction) -> None:
    """``lightwaves predict``."""
    more = " -o predictions.csv"
    epilog = USE_EXAMPLES.format(name="predict", more=more)
    command = add_command(commands, "predict", "write the class or the number of each case as a .csv table", epilog)
    add_model(command)
    command.add_argument("data", type=Path, metavar="DATA", help="a file of cases; labels may be absent")
    command.add_argument("-o", "--out", type=Path, metavar="FILE", help="a .csv file, or - (default: standard output)")
    further = command.add_mutually_exclusive_group()
    further.add_argument("--proba", action="store_true", help="write the probability of each class too")
    further.add_argument(
        "--interval",
        type=float,
        metavar="LEVEL",
        help="of a regressor: write too between which numbers it lies with this probability, such as 0.9",
    )
    add_cases(command)
    add_quiet(command)


def add_report(commands: argparse._SubParsersAction) -> None:
    """``lightwaves report``."""
    epilog = USE_EXAMPLES.format(name="report", more=" -o report.html")
    command = add_command(commands, "report", "write a page about a model and how it does on test cases", epilog)
    add_model(command)
    command.add_argument("data", type=Path, metavar="DATA", help="a file of test cases with labels")
    command.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="an .html file")
    command.add_argument("--title", help="the title of the page")
    command.add_argument(
        "--n-cases",
        type=int,
        default=5,
        metavar="N",
        help="so many of the most sure cases are explained, and of the least sure (default: 5)",
    )
    add_cases(command)


def add_inspect(commands: argparse._SubParsersAction) -> None:
    """``lightwaves inspect``."""
    epilog = "examples:\n  lightwaves inspect model.npz\n  lightwaves inspect model.npz --channels --json\n"
    command = add_command(commands, "inspect", "say what a model is", epilog)
    add_model(command)
    parts = command.add_mutually_exclusive_group()
    parts.add_argument(
        "--channels", action="store_true", help="list the channels with their shares of importance, largest first"
    )
    parts.add_argument(
        "--features",
        action="store_true",
        help="list the features with their scores: how much each counts, largest first",
    )
    command.add_argument("--json", action="store_true", help="for other programs")


def add_export(commands: argparse._SubParsersAction) -> None:
    """``lightwaves export``."""
    epilog = (
        "examples:\n  lightwaves export c model.npz -o model.c\n"
        "  lightwaves export c model.npz -o motions.c --name motions --stream\n"
        "  lightwaves export c model.npz -o model.c --integers TRAIN.ts\n"
        "  lightwaves export onnx model.npz -o model.onnx --n-timepoints 100\n"
    )
    command = add_command(commands, "export", "write a model as C or ONNX", epilog)
    command.add_argument("form", choices=("c", "onnx"), help="the form")
    add_model(command)
    command.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where to write it")
    command.add_argument("--n-timepoints", type=int, metavar="N", help="the length of the series (default: of the fit)")
    c = command.add_argument_group("C")
    c.add_argument("--name", metavar="NAME", help="what the names of functions begin with (default: model)")
    c.add_argument("--stream", action="store_true", help="with functions that take samples one by one")
    c.add_argument(
        "--integers",
        type=Path,
        metavar="DATA",
        help="with integers of 16 bits; the cases of this file, such as those of training, say how large they get",
    )
    add_cases(command)


def add_bench(commands: argparse._SubParsersAction) -> None:
    """``lightwaves bench``."""
    epilog = USE_EXAMPLES.format(name="bench", more="")
    command = add_command(commands, "bench", "measure how long a model takes for a case", epilog)
    add_model(command)
    command.add_argument("data", type=Path, metavar="DATA", help="a file of cases")
    command.add_argument(
        "--repeat", type=positive, default=1000, metavar="N", help="predictions of one case (default: 1000)"
    )
    command.add_argument("--json", action="store_true", help="for other programs")
    add_cases(command)
    add_jobs(command, default=1)


def add_model(command: argparse.ArgumentParser) -> None:
    """The argument that all commands but `fit` have."""
    command.add_argument("model", type=Path, metavar="MODEL", help="a file that `lightwaves fit` or `save` wrote")


def add_cases(command: argparse.ArgumentParser) -> None:
    """How to read a file of cases."""
    tables = command.add_argument_group("tables")
    tables.add_argument(
        "--case", action="append", metavar="COLUMN", help="which case a row belongs to; may be given several times"
    )
    tables.add_argument(
        "--time", action=Once, metavar="COLUMN", help="the time of a row (default: rows stand in their order)"
    )
    tables.add_argument("--label", action=Once, metavar="COLUMN", help="the class or the number of a case")
    tables.add_argument(
        "--value", action=Once, metavar="COLUMN", help="the values, where each row is a reading of one channel"
    )
    tables.add_argument(
        "--step",
        action=Once,
        help="even steps of time: a number; for dates with a unit, such as 100ms, 2s, 5m or 1D",
    )
    command.set_defaults(groups=None)  # which `fit` alone asks for
    arrays = command.add_argument_group("arrays")
    arrays.add_argument(
        "--arrays", action=Once, metavar="X,y", help="names of the cases and labels in an .npz (default: X,y)"
    )
    arrays.add_argument(
        "--labels", action=Once, type=Path, metavar="FILE", help=".npy, or a text with a label in each line"
    )
    both = command.add_argument_group("all files")
    both.add_argument(
        "--channel",
        action="append",
        metavar="NAME",
        help="a column of values; with --value, the column that names the channels; without --case, the name of the "
        "next channel; may be given several times",
    )
    both.add_argument(
        "--unpad", action="store_true", help="cut off times at both ends of a case at which all channels are missing"
    )


def add_groups(command: argparse.ArgumentParser) -> None:
    """Which cases are left out together: for `fit` alone."""
    command.add_argument(
        "--groups", action=Once, metavar="NAME", help="column or array: cases of one group are left out together"
    )


def add_jobs(command: argparse.ArgumentParser, default: int = -1) -> None:
    """How many threads."""
    command.add_argument(
        "--jobs", type=int, default=default, metavar="N", help=f"threads; -1 for all cores (default: {default})"
    )


def add_quiet(command: argparse.ArgumentParser) -> None:
    """Silence."""
    command.add_argument("-q", "--quiet", action="store_true", help="say less on standard error")


def number_or_auto(text: str) -> int | str:
    """A number of features."""
    return text if text == "auto" else positive(text, "auto, or ")


def positive(text: str, other: str = "") -> int:
    """A number of 1 or more.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"it must be {other}a whole number of at least 1, got {text!r}")
    return number
