"""A fitted model as one file of C99 and its header."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._version import __version__
from ..entries import INT32
from ..estimators import LightWaveSClassifier, LightWaveSRegressor
from ..estimators.classifier import FAR
from ..estimators.kernel_regression import KernelRegressionHead
from ..estimators.predicting import Predicting, check_fitted, fitted_head
from ..estimators.training import longest_of, warn_of_lengths
from ..files import path_of, place_for, write_pair
from ..panel.reading import MISSING
from ..plans import Plan
from ..plans.plan import LARGEST_FLOAT32, MOST_USABLE
from ..validation import as_list, check_bool, check_choice, check_int, shown, warn_caller
from .features import LANES, Features, whole
from .fixed import WIDE, Units, check_biases, check_sizes, is_coarse, units_of, widened
from .head import Head
from .kinds import check_head, check_plan, features_of, head_of
from .rounding import warn_of_rounding
from .sizes import Exported, measured
from .text import named, number, numbers, part, rows, string, wrapped

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
TRIGRAPH = re.compile(r"\?\?[=/'()!<>-]")  # three characters that C reads as one
LONGEST = 2**24 - 1  # time points: sixteenths of them are counted in 32 bits
LONGEST_FIXED = 32767  # and in integers, whose shares are counted in 1 / 32768
DTYPES = ("float32", "int16")
ENOUGH = 0.998  # of the labels of calibration agree, or 16 bits are too few
USUAL_AGREEMENT, LEAST_AGREEMENT = 0.995, 0.98  # or there is a warning, and an error
RULES = {
    "error": "A value that is missing or infinite makes x unusable.",
    "zero": "NaN is a missing value: {fill} stands for it. An infinite value makes x unusable.",
    "interpolate": (
        "NaN is a missing value: what lies on a line between its neighbours in time stands for it, at the ends the\n"
        " * nearest value, and {fill} where a channel has no value. An infinite value makes x unusable."
    ),
}
FILL = {True: "the mean of the channel", False: "0, or the level of the channel where that is far from 0,"}
FAR_OFF = (
    f"If one is more than {FAR:.0f} away, x lies far outside training, and its class\n"
    " * says little: check sensors and units."
)
NEVER_FAR = (
    "Values far outside training are cut off, so no score tells of them:\n * look at x itself for broken sensors."
)
TOO_LARGE = "So does one that is so large that float cannot hold what is computed of it."
CUT_OFF = "C computes with integers. Values larger than those of calibration may be cut off."
TWO = "\n * Those of two classes are -s and s, with the s that decision_function returns."


def to_c(
    model: Predicting,
    path: Any,
    name: str = "model",
    n_timepoints: int | None = None,
    dtype: str = "float32",
    calibration: Any = None,
    stream: bool = False,
) -> Exported:
    """Write a fitted model as a file of C99 and a header, which need nothing but ``math.h`` and ``stdint.h``.

    The C gives the labels that `predict` gives, or the numbers of a regressor. It allocates nothing. All that it keeps
    is in room that the caller provides.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        Fitted, with any bank but `Intervals` and `MorletScattering`, and with a head of the library.
    path : str or path
        The file to write, such as ``"model.c"``. The header goes beside it, as ``"model.h"``.
    name : str, default="model"
        What the names of functions begin with, such as ``model_predict``, and in capitals those of macros.
    n_timepoints : int, optional
        The length of the longest series that C can take. The default is that of the longest training series.
    dtype : {"float32", "int16"}, default="float32"
        What C computes with. With integers, features and head need no unit for floating point. Values larger than those
        of ``calibration`` may be cut off, and a few labels may differ from those of Python. There are no integers for
        `WaveletScattering`.
    calibration : as X of `fit`, optional
        Series that show how large values become, such as those of training. Integers need them; with float32 they are
        refused. At most 1,000 of them are looked at. If more than 0.5 % of these get another label than in Python,
        there is a warning. With a regressor, the same holds of numbers that differ by more than a tenth of
        ``regressor_.spread_``, the error of the model itself.
    stream : bool, default=False
        Whether the C also has ``model_reset`` and ``model_push``, for samples that come one by one. They keep the
        newest ``n_timepoints`` samples, and hand them out as a window when `lightwaves.Stream` would decide.

    Returns
    -------
    Exported
        The paths, and what was measured where a compiler is at hand.

    Raises
    ------
    TypeError
        If model is something else, or has features or a head of which there is no C.
    ValueError
        If an argument is not as described; or if integers give another label than Python to more than 2 % of the series
        of ``calibration``, or such another number; or if these are unlike those that the model was fitted on.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    OSError
        If the files cannot be written. Then no new file is left, and files of an earlier export stay as they were.

    Warns
    -----
    UserWarning
        If the model was not trained for series of ``n_timepoints``. If a channel lies so far from 0 that float32 loses
        its changes. If integers give other answers than Python to some series of ``calibration``, as described there.
        If the compiler that ``$CC`` names does not work.

    Examples
    --------
    >>> import tempfile
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.export import to_c
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0).fit(*load_basic_motions())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exported = to_c(model, f"{folder}/motions.c", name="motions")
    ...     header = exported.header.read_text()
    >>> "int motions_predict(const float *x, void *work);" in header
    True
    """
    check_choice(dtype, "dtype", DTYPES)
    check_bool(stream, "stream")
    check_model(model, dtype)
    check_name(name)
    n_timepoints = check_length(longest_of(model) if n_timepoints is None else n_timepoints)
    warn_of_lengths(model, n_timepoints, n_timepoints, "n_timepoints asks for series")
    warn_of_rounding(model)
    if dtype == "float32" and calibration is not None:
        raise ValueError('calibration is of no use with dtype="float32": leave it out.')
    if dtype == "int16":
        check_fixed(n_timepoints, calibration)
    source, header = places(path)
    if dtype == "float32":
        texts = written(model, name, n_timepoints, header.name, stream=stream)
    else:
        units = units_of(model.plan_, model._next_panel(calibration))
        if model.scale:
            check_sizes(units)
        texts = in_integers(model, name, n_timepoints, header.name, units, stream)
        check_agreement(texts)
    write_pair((source, texts.source.encode()), (header, texts.header.encode()))
    return measured(source, header, texts.work_bytes, texts.agreement, texts.stream_bytes)


def check_model(model: Any, dtype: str) -> None:
    """Make sure that a model can be written.

    Raises
    ------
    TypeError
        If it is something else than a classifier or regressor of the library, or has parts of which there is no C.
    ValueError
        If a label cannot be a string of C.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    check_fitted(model)
    check_choice(model.missing, "missing", MISSING)
    check_plan(model.plan_, dtype)
    check_head(fitted_head(model))
    for label in model.classes_.tolist() if isinstance(model, LightWaveSClassifier) else ():
        if "\0" in str(label):
            raise ValueError(
                f"no string of C can hold the label {label!r}, with a character of code 0: rename the class."
            )


def check_name(name: Any) -> None:
    """Make sure that names of C can begin with a name.

    Raises
    ------
    TypeError, ValueError
        If not.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a str, got {type(name).__name__}.")
    if not NAME.fullmatch(name):
        raise ValueError(f"name must be a letter and then letters, digits or _, got {name!r}.")


def check_length(n_timepoints: Any) -> int:
    """The length of series, if C can count so far.

    Raises
    ------
    TypeError, ValueError
        If not.
    """
    check_int(n_timepoints, "n_timepoints", 1)
    if n_timepoints > LONGEST:
        raise ValueError(f"n_timepoints must be at most {LONGEST}, got {n_timepoints}: say how long series will be.")
    return int(n_timepoints)


def check_fixed(n_timepoints: int, calibration: Any) -> None:
    """Make sure that C can compute with integers.

    Raises
    ------
    ValueError
        If series are too long, or none are given for calibration.
    """
    if n_timepoints > LONGEST_FIXED:
        raise ValueError(f'n_timepoints must be at most {LONGEST_FIXED} with dtype="int16", got {n_timepoints}.')
    if calibration is None:
        raise ValueError(
            'dtype="int16" needs series to choose its units by: say calibration=X, such as those of training.'
        )


def places(path: Any) -> tuple[Path, Path]:
    """Where the source and the header are to be written.

    Raises
    ------
    TypeError, ValueError, OSError
        If a file of C cannot be there.
    """
    given = path_of(path)
    if given.suffix != ".c":
        raise ValueError(f'path must end in ".c", got {str(given)!r}; the header goes beside it.')
    if not re.fullmatch(r"[^\"\\\n\r]+", given.name) or not given.name.isprintable() or TRIGRAPH.search(given.name):
        raise ValueError(
            "path must name a file that C can include, without quotes, backslashes and trigraphs such as ??/, got "
            f"{given.name!r}."
        )
    for place in (given, given.with_suffix(".h")):
        if place.is_symlink():
            raise ValueError(f"{place} is a link: name the file itself, so that source and header are side by side.")
    return place_for(given), place_for(given.with_suffix(".h"))


CHUNKS = {"float": 128, "int16_t": 64, "int32_t": 64}  # values of an output that are there at once
BYTES = {"float": 4, "int8_t": 1, "int16_t": 2, "int32_t": 4, "double": 8, "int64_t": 8}
RING_BYTES = 16  # before the samples of a stream


class Texts(NamedTuple):
    """The text of the source and of the header, and what is known of them.

    Attributes
    ----------
    source, header : str
    work_bytes, stream_bytes : int
        The room that they ask for; 0 for streams where there are none.
    n_agree, n_cases : int
        How many cases of calibration get the answer in integers that they get in Python, and of how many.
    coarse : bool
        Whether biases are so small that integers hardly count them.
    other : str
        What the other cases get, in words.
    """

    source: str
    header: str
    work_bytes: int
    stream_bytes: int
    n_agree: int
    n_cases: int
    coarse: bool
    other: str

    @property
    def agreement(self) -> float | None:
        """The share that agrees; None without calibration."""
        return self.n_agree / self.n_cases if self.n_cases else None


def in_integers(model: Any, name: str, n_timepoints: int, header: str, units: Units, stream: bool = False) -> Texts:
    """The text of both files, in integers; in wider ones where those give other labels than Python to some cases.

    Raises
    ------
    ValueError
        If the series of calibration are not like those that the model was fitted on.
    """
    texts = written(model, name, n_timepoints, header, units, stream)
    if units.width is not WIDE and (texts.coarse or texts.n_agree < ENOUGH * texts.n_cases):
        wider = written(model, name, n_timepoints, header, widened(units), stream)
        texts = wider if texts.coarse or wider.n_agree > texts.n_agree else texts
    if texts.coarse and not model.scale:
        raise ValueError(
            "thresholds of features are so small, beside the values of calibration or in units of 2**-24, that "
            "integers cannot tell them apart: fit with scale=True, or multiply all series, so that they deviate by "
            "about 1."
        )
    if texts.coarse:
        raise ValueError(
            "calibration does not resemble the series that the model was fitted on: its values are so large that the "
            "thresholds of features vanish beside them. Take series from training, in the same units, and leave out "
            "those with outliers."
        )
    return texts


def check_agreement(texts: Texts) -> None:
    """Make sure that integers give nearly the answers that Python gives, and warn where some cases get others.

    Raises
    ------
    ValueError
        If more than one case, and more than a few in 100, get other labels.
    """
    n_others, n = texts.n_cases - texts.n_agree, texts.n_cases
    told = f'dtype="int16" gives {n_others} of {n} series of calibration {texts.other}'
    if n_others > max(1, (1 - LEAST_AGREEMENT) * n):
        raise ValueError(
            f'{told}; at most {1 - LEAST_AGREEMENT:.0%} may get one. Say dtype="float32". Or calibrate with series '
            "like those of training, without outliers; if they are those, a model with more features may do better."
        )
    if n_others > (1 - USUAL_AGREEMENT) * n:
        warn_caller(f'{told}. Check it on series that the model has not seen, or say dtype="float32".')


class Room(NamedTuple):
    """What C works in. The names are those of the slots in the parts of the source."""

    padding: int  # values before the channels
    room: int  # values of all channels
    sum_bytes: int  # of the head
    head_bytes: int  # of its sums, and of what it compares
    work_bytes: int
    stream_bytes: int


def room_of(found: list[Features], head: Head, value: str, n_channels: int, n_timepoints: int, stream: bool) -> Room:
    """The room for features and a head, where a value has that type of C.

    Raises
    ------
    ValueError
        If 31 bits do not count its bytes.
    """
    padding = max(features.padding for features in found)
    channels = n_channels * (n_timepoints + padding) + LANES
    channels += -(padding + channels) % (8 // BYTES[value])  # what follows begins at a multiple of 8 bytes
    sum_bytes = -(-head.n_sums * BYTES[head.sum] // 8) * 8
    head_bytes = sum_bytes + BYTES[head.compared] * head.n_compared
    n_values = padding + channels + max(features.room for features in found)
    work_bytes = 8 + head_bytes + BYTES[value] * n_values
    stream_bytes = 8 + RING_BYTES + BYTES["float"] * n_channels * n_timepoints if stream else 0
    for n_bytes, what in ((work_bytes, "work"), (stream_bytes, "stream")):
        if n_bytes > INT32:
            raise ValueError(
                f"n_timepoints is too large: {n_timepoints} take {n_bytes} bytes of {what}, more than 31 bits count."
            )
    return Room(padding, channels, sum_bytes, head_bytes, work_bytes, stream_bytes)


def written(
    model: Any, name: str, n_timepoints: int, header: str, units: Units | None = None, stream: bool = False
) -> Texts:
    """The text of both files."""
    plan = model.plan_
    found = features_of(plan, n_timepoints, units)
    head = head_of(fitted_head(model), found, units)
    biases = np.concatenate([features.biases for features in found])
    check_biases(biases)
    n_channels, value = len(plan.channels), "float" if units is None else units.width.value
    room = room_of(found, head, value, n_channels, n_timepoints, stream)
    is_classifier = isinstance(model, LightWaveSClassifier)
    said = classes_said(model, units is not None) if is_classifier else number_said(model)
    kinds = {*said.kinds, model.missing, "floating" if units is None else "fixed"}
    if stream:
        kinds.add("stream")
    calls = [features.call for features in found]
    if head.offset:
        kinds.add("offset")
    if head.n_compared:
        kinds.add("likenesses")
        calls.append("head_compare")
    values = {
        **said.values,
        **room._asdict(),
        "header": header,
        "chunk": min(CHUNKS[value], whole(n_timepoints)),
        "standard": rows(tuple(row) for row in standard_of(plan, units)),
        "mean": numbers(plan.shift[plan.channels]),
        "channels": numbers(plan.channels),
        "value": value,
        "most": 0 if units is None else units.width.most,
        "sum": head.sum,
        "compared": head.compared,
        "score": number(head.score),
        "offset": number(head.offset),
        "n_sums": head.n_sums,
        "calls": "\n".join(f"    {call}(&s);" for call in calls),
        "n_channels": n_channels,
        "n_timepoints": n_timepoints,
        "missing": RULES[model.missing].format(fill=FILL[bool(model.scale)]),
        "too_large": TOO_LARGE if units is None else CUT_OFF,
    }
    about = (
        f"/* {len(plan)} features of {n_channels} channels for {said.what}, written by lightwaves "
        f"{__version__}. Do not edit. */\n\n"
    )
    taps = part("taps.c", values) if any("taps_place" in features.source for features in found) else ""
    body = [
        part("opening.c", values, kinds),
        head.source,
        part("channels.c", values, kinds),
        taps,
        *(features.source for features in found),
        part("interface.c", values, kinds),
        part(said.part, values, kinds),
        part("stream.c", values) if stream else "",
    ]
    return Texts(
        source=about + named("".join(body), name),
        header=about + named(part("interface.h", values, kinds), name),
        work_bytes=room.work_bytes,
        stream_bytes=room.stream_bytes,
        n_agree=head.n_agree,
        n_cases=head.n_cases,
        coarse=is_coarse(biases),
        other=said.other,
    )


def standard_of(plan: Plan, units: Units | None) -> NDArray[np.float32]:
    """How each channel that is read is standardised; in integers, also the largest value that can be used.

    Raises
    ------
    ValueError
        If float32 cannot hold what brings a channel to integers.
    """
    standard = plan.standard(False).copy()
    if units is None:
        return standard
    factor = standard[:, 2].astype(np.float64)
    most = np.minimum(float(MOST_USABLE) / factor, LARGEST_FLOAT32).astype(np.float32)
    factors = np.ldexp(factor, units.bits)
    if factors.max() > LARGEST_FLOAT32:
        channel = plan.names_of_channels[plan.channels[factors.argmax()]]
        raise ValueError(
            f"channel {shown(channel)} is so small that float32 cannot hold what brings it to integers: multiply its "
            "series, so that they deviate by about 1."
        )
    standard[:, 2] = factors
    return np.column_stack([standard, most])


class Said(NamedTuple):
    """What a model says of a series, as C.

    Attributes
    ----------
    what : str
        In words.
    part : str
        The part of the source with the functions that say it.
    kinds : tuple of str
        Of the blocks of parts.
    values : dict
        Of the slots of parts.
    other : str
        Another answer than that of Python, in words.
    """

    what: str
    part: str
    kinds: tuple[str, ...]
    values: dict[str, Any]
    other: str


def classes_said(model: LightWaveSClassifier, cut_off: bool) -> Said:
    """Classes, their scores and probabilities; of integers, where far values are cut off and no score tells of them."""
    n_classes, head = len(model.classes_), model.classifier_
    values = {
        "n_classes": n_classes,
        "labels": wrapped(string(str(label)) for label in as_list(model.classes_)),
        "temperature": number(head.temperature_),
        "least": number(head.floor_ / n_classes),
        "two_scores": TWO if n_classes == 2 else "",
        "far": NEVER_FAR if cut_off else FAR_OFF,
    }
    kinds = ("classes", "two" if n_classes == 2 else "many")
    return Said(f"{n_classes} classes", "classes.c", kinds, values, "another label than Python does")


def number_said(model: LightWaveSRegressor) -> Said:
    """A number, which some heads predict in another unit, or as a root."""
    head = model.regressor_
    values = dict(zip(("lowest", "highest"), map(number, head.bounds_), strict=True))
    other = "a number that differs from Python's by more than a tenth of the model's own error"
    if type(head) is not KernelRegressionHead:
        return Said("a number", "number.c", ("number",), values, other)
    target = head.target_
    values |= {"low": number(target.low), "unit": number(target.unit), "root_added": number(target.added)}
    return Said("a number", "number.c", ("number", "scaled", *["root"] * target.root), values, other)
