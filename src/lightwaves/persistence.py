"""Fitted models as files that hold numbers and text only: no pickle, nothing that runs when it is read.

What a file holds stands in two places: `LEARNT` below says what each learnt attribute of a model must be, and the
fields of each kind of plan say it of its arrays (`lightwaves.entries.entry`). Both `save` and `load` follow these
tables, so an attribute more is a line more there, and another `FORMAT`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .archive import SEAL, DamagedError, array_of, npy, opened, sealed
from .banks import Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from .entries import (
    INT64,
    LARGEST,
    SMALLEST,
    Array,
    Entry,
    Number,
    arrays_of,
    check_range,
    entries_of,
    names_of_sizes,
    numbers_of,
    sizes_of,
)
from .estimators import LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from .estimators.kernel import KernelHead
from .estimators.kernel_regression import FARTHEST, KernelRegressionHead, Target
from .estimators.predicting import Predicting, fitted_head, is_number
from .estimators.regression import N_QUANTILES, RegressionHead
from .estimators.ridge import RidgeHead
from .estimators.training import Training
from .files import place_for, read_whole, write_whole
from .panel.reading import names_of
from .plans import Plan, Together
from .plans.intervals import IntervalPlan
from .plans.morlet import ScatteringPlan
from .plans.plan import LONGEST
from .plans.pooled import PooledPlan
from .plans.rocket import RocketPlan
from .plans.wavelet import KernelPlan
from .search.honest_choice import PATH, unjudged
from .search.screening import ERRORS, VERDICTS
from .selection.detachment import PATH as SEEN_PATH
from .validation import check_labels

FORMAT = 6
READABLE = range(4, FORMAT + 1)
OTHER_WAYS = "use skops.io.dump or joblib.dump for this model"
Model = TypeVar("Model", bound=LightWaveS)
FACTS = "facts.json"
FAR = 1e250  # coefficients whose sums over float32 features are finite
NEAR = 1e36  # numbers whose squares, times features of float32, are finite
MODELS = {model.__name__: model for model in (LightWaveS, LightWaveSClassifier, LightWaveSRegressor)}
PLANS = {plan.__name__: plan for plan in (IntervalPlan, KernelPlan, PooledPlan, RocketPlan, ScatteringPlan, Together)}
BANKS = {
    kind.__name__: kind
    for kind in (Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering)
}
PARAMETERS = (
    "n_features", "selection", "scale", "missing", "search_cases", "screen_channels", "search_candidates", "group_size",
    "frugality", "class_weight", "honest", "n_jobs", "verbose",
)  # fmt: skip
OF_FACTS = (
    "format", "model", "parameters", "channel_names", "feature_names_in", "classes", "plan", "n_timepoints", "numbers",
    "sizes",
)  # fmt: skip
UNTIL_4 = ("by_detachment",)
SINCE_5 = ("bank", "random_state", "version", "learnt")
SINCE_6 = ("head",)
NEW_PARAMETERS = {"honest": True}  # since format 5, and what they were before
KEPT_BESIDE = ("bank", "random_state", "classifier", "regressor")  # kept, but not among the parameters
NOT_KEPT = ("channel_names",)  # but as what `fit` made of it

# What a fit has learnt: attributes of the model, or of its head, and what they must be.
LEARNT: dict[str, dict[str, Entry]] = {
    "of every model": {
        "feature_scores_": Array(np.float64, "n_features", least=0, most=np.inf),
        "_fitted_2d": Number(bool),
        "n_features_in_": Number(int, 1, LONGEST),
    },
    "of detachment": {
        "selection_path_": Array(PATH, "n_rounds", nan=True),  # coefficients of determination may be below 0
        "candidate_channels_": Array(np.intp, "n_candidate_channels", below="n_channels"),
        "bank_errors_": Array(np.float64, "n_alternatives", least=0, most=np.inf),
        "screening_": Array(VERDICTS, "n_channels", most=np.inf, nan=True),
        "screening_errors_": Array(ERRORS, most=np.inf, nan=True),
    },
    "of its training": {
        "training_.n_cases": Number(int, 1, INT64),
        "training_.shortest": Number(int, 1, LONGEST),
        "training_.longest": Number(int, 1, LONGEST),
        "training_.class_counts": Array(np.int64, "n_counted", least=0, most=INT64),
    },
    "of an honest estimate": {
        "honest_score_": Number(float, most=1),
        "honest_standard_error_": Number(float, 0),
    },
    "of a transformer": {
        "_weights": Array(np.float64, "n_features", least=0),
    },
    "of a ridge": {
        "classifier_.coef_": Array(np.float64, "n_outputs", "n_features", least=-FAR, most=FAR),
        "classifier_.intercept_": Array(np.float64, "n_outputs", least=-FAR, most=FAR),
        "classifier_.importances_": Array(np.float64, "n_features", least=0),
        "classifier_.alpha_": Number(float, SMALLEST),
        "classifier_.temperature_": Number(float, SMALLEST, 1e6),
    },
    "of a ridge since format 5": {
        "classifier_.mean_": Array(np.float64, "n_features", least=-FAR, most=FAR),
        "classifier_.floor_": Number(float, 0, 1),
    },
    "of a kernel head": {
        "classifier_.landmarks_": Array(np.float32, "n_landmarks", "n_features", least=-NEAR, most=NEAR),
        "classifier_.weights_": Array(np.float64, "n_landmarks", "n_outputs", least=-NEAR, most=NEAR),
        "classifier_.coef_": Array(np.float64, "n_outputs", "n_features", least=-FAR, most=FAR),
        "classifier_.intercept_": Array(np.float64, "n_outputs", least=-FAR, most=FAR),
        "classifier_.mean_": Array(np.float64, "n_features", least=-NEAR, most=NEAR),
        "classifier_.deviation_": Array(np.float64, "n_features", least=1 / NEAR, most=NEAR),
        "classifier_.width_": Number(float, SMALLEST, NEAR),
        "classifier_.alpha_": Number(float, SMALLEST),
        "classifier_.importances_": Array(np.float64, "n_features", least=0),
        "classifier_.temperature_": Number(float, SMALLEST, 1e6),
        "classifier_.floor_": Number(float, 0, 1),
    },
}
INTERVALS: dict[str, Entry] = {
    "regressor_.importances_": Array(np.float64, "n_features", least=0),
    "regressor_.alpha_": Number(float, SMALLEST),
    "regressor_.bounds_": Array(np.float64, 2),
    "regressor_.errors_": Array(np.float64, N_QUANTILES + 1, least=0),
    "regressor_.spread_": Number(float, 0),
}
LEARNT["of a regression head"] = {
    "regressor_.coef_": Array(np.float64, 1, "n_features", least=-FAR, most=FAR),
    "regressor_.intercept_": Array(np.float64, 1, least=-FAR, most=FAR),
    "regressor_.mean_": Array(np.float64, "n_features", least=-FAR, most=FAR),
    **INTERVALS,
}
LEARNT["of a kernel regression head"] = {
    "regressor_.landmarks_": Array(np.float32, "n_landmarks", "n_features", least=-FARTHEST, most=FARTHEST),
    "regressor_.weights_": Array(np.float64, "n_landmarks", least=-NEAR, most=NEAR),
    "regressor_.coef_": Array(np.float64, "n_features", least=-NEAR, most=NEAR),
    "regressor_.intercept_": Number(float, -NEAR, NEAR),
    "regressor_.mean_": Array(np.float64, "n_features", least=-NEAR, most=NEAR),
    "regressor_.deviation_": Array(np.float64, "n_features", least=1 / NEAR, most=NEAR),
    "regressor_.width_": Number(float, SMALLEST, NEAR),
    "regressor_.target_.root": Number(bool),
    "regressor_.target_.low": Number(float, -FAR, FAR),
    "regressor_.target_.unit": Number(float, SMALLEST, FAR),
    "regressor_.target_.added": Number(float, 0, NEAR),
    **INTERVALS,
}
UNTIL_4_LEARNT = {"selection_path_": Array(SEEN_PATH, "n_rounds", least=0)}  # in place of those above
HEADS = {"of a ridge": RidgeHead, "of a kernel head": KernelHead}
REGRESSION_HEADS = {"of a regression head": RegressionHead, "of a kernel regression head": KernelRegressionHead}
KINDS_OF_HEADS = {kind.__name__: kind for kind in (*HEADS.values(), *REGRESSION_HEADS.values())}


def save(model: LightWaveS, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        Fitted; with one of the library's own heads.
    path : str or path
        Any name; a link is followed. An existing file is replaced, and only once the new one is complete, so that
        several threads, processes and machines may save to one path: one of their files will be there, whole.

    Raises
    ------
    TypeError
        If the model is of another kind or has another head: use skops or joblib for those. If path is no path.
    ValueError
        If an attribute of the model is something that no fit leaves.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    OSError
        If no file can be at that path, because it is a folder, say. Nothing is left behind.

    See Also
    --------
    load : Read it back.

    Notes
    -----
    The file is a NumPy ``.npz`` archive of plain arrays, not compressed, and one JSON text, ``facts.json``. Its last
    64 bytes, which are the archive's comment, are the SHA-256 of all before, in hexadecimal. It grows with the number
    of features and channels, not with the training data. All parameters are kept, so a model that was loaded can be
    fitted again; but a bank of your own, and a ``RandomState``, come back as None: set them before another fit.

    For a pipeline, or a model with another head, use skops or joblib. ``skops.io.load`` asks which types it may trust;
    ``skops.io.get_untrusted_types`` lists them, and for this library they all begin with ``lightwaves.``. A file of
    joblib can run anything when it is read, so read only your own.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from lightwaves import LightWaveSClassifier, load, load_basic_motions, save
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=20).fit(X, y)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "motions.npz"
    >>> save(model, path)
    >>> bool((load(path).predict(X) == model.predict(X)).all())
    True
    """
    if type(model) not in MODELS.values():
        hint = f"; {OTHER_WAYS}" if isinstance(model, BaseEstimator) else ""
        if type(getattr(model, "model_", None)) in MODELS.values():
            hint = ", an adapter: save(model.model_, path) keeps what it has fitted"
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise TypeError(f"save takes a LightWaveS, LightWaveSClassifier or LightWaveSRegressor, got {kind}{hint}.")
    check_is_fitted(model)
    place = place_for(path)
    content = sealed(contents_of(model))
    try:
        model_of(opened(content))  # so that whatever is written can be read
    except (ValueError, TypeError) as error:
        raise ValueError(f"save keeps what a fit leaves, but in this model {str(error).rstrip('.')}.") from error
    write_whole(place, content)


@overload
def load(path: str | os.PathLike[str]) -> LightWaveSClassifier: ...


@overload
def load(path: str | os.PathLike[str], kind: type[Model]) -> Model: ...


def load(path: str | os.PathLike[str], kind: type[LightWaveS] | None = None) -> LightWaveS:
    """Read a model that `save` wrote.

    Parameters
    ----------
    path : str or path
    kind : type, optional
        The kind of model that must be in the file: `LightWaveSClassifier`, `LightWaveSRegressor`, or `LightWaveS`,
        which any of them is. By default any; type checkers then take the model for a classifier.

    Returns
    -------
    LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        It predicts what the saved one did, to the bit.

    Raises
    ------
    ValueError
        If the file is not such a model, is damaged, or has the format of another version; or if it was made to look
        like a model, with the right digest, but says something that cannot be. Whatever is accepted can be used.
    TypeError
        If path is no path, or the model is of another kind.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from lightwaves import LightWaveS, load, load_basic_motions, save
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "motions.npz"
    >>> save(LightWaveS(n_features=20).fit(*load_basic_motions()), path)
    >>> load(path, LightWaveS).transform(load_basic_motions("test")[0]).shape
    (40, 20)
    """
    content = read_whole(path)
    try:
        model = model_of(opened(content))
    except MemoryError:
        raise
    except DamagedError as error:
        hint = " It may be of an older version of lightwaves: fit the model anew." if b"facts.npy" in content else ""
        message = f"{os.fspath(path)} is not a model saved by lightwaves, or is damaged: {error}.{hint}"
        raise ValueError(message) from None
    except OtherFormatError as error:
        raise ValueError(f"{os.fspath(path)} {error}.") from None
    except Exception as error:  # whatever else may stand where a model should
        seen = str(error).rstrip(".") if type(error) is ValueError else repr(error)
        raise ValueError(f"{os.fspath(path)} is not a model saved by lightwaves, or was changed: {seen}.") from error
    if kind is not None and not isinstance(model, kind):
        raise TypeError(f"{os.fspath(path)} holds a {type(model).__name__}, not a {kind.__name__}.")
    return model


def digest_of(model: LightWaveS) -> str:
    """The digest that a file of the model has, in hexadecimal. Different models have different digests.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        As in `save`.

    Raises
    ------
    TypeError, ValueError
        As in `save`.
    """
    return sealed(contents_of(model))[-SEAL:].decode()


class OtherFormatError(Exception):
    """The file is of another version."""


# --- a model as entries, and back ---------------------------------------------------------------------------


def contents_of(model: LightWaveS) -> dict[str, bytes]:
    """The entries of a model's file, by their names."""
    if isinstance(model, Predicting):
        head = type(fitted_head(model))
        if head not in (REGRESSION_HEADS if is_number(model) else HEADS).values():
            raise TypeError(f"save keeps the library's own heads only, not {head.__name__}; {OTHER_WAYS}.")
    plan, groups = model.plan_, groups_of(model)
    arrays: dict[str, NDArray[Any]] = {"plan.shift": plan.shift, "plan.scale": plan.scale}
    learnt = learnt_by(groups)
    values = {name: attrgetter(name)(model) for name in learnt}
    facts = {
        "format": FORMAT,
        "model": type(model).__name__,
        "parameters": {name: plain(getattr(model, name)) for name in parameters_of(type(model))},
        "channel_names": model.channel_names_,
        "feature_names_in": list(model.feature_names_in_) if hasattr(model, "feature_names_in_") else None,
        "classes": classes_of(model, arrays) if isinstance(model, LightWaveSClassifier) else None,
        "plan": taken_apart(plan, "plan", arrays),
        "n_timepoints": plan.n_timepoints,
        "numbers": {name: plain(values[name]) for name in numbers_of(learnt)},
        "sizes": {"n_features": len(plan), "n_channels": plan.n_channels} | sizes_of(learnt, values),
        "bank": banks_taken_apart(model.bank),
        "head": head_taken_apart(model),
        "random_state": seed_of(model.random_state),
        "version": model.training_.version if hasattr(model, "training_") else None,
        "learnt": groups,
    }
    arrays |= {name: values[name] for name in arrays_of(learnt)}
    return {FACTS: json.dumps(facts, indent=1).encode()} | {f"{name}.npy": npy(arrays[name]) for name in arrays}


def model_of(entries: Mapping[str, bytes]) -> LightWaveS:
    """The model that some entries describe: all of them, and no others."""
    facts, reader = facts_of(entries), Reader(entries)
    parameters = {name: parameter(value) for name, value in facts["parameters"].items()}
    parameters |= {"bank": banks_put_together(facts["bank"]), "random_state": facts["random_state"]}
    model = MODELS[facts["model"]](**parameters)
    groups = facts["learnt"]
    if isinstance(model, LightWaveSClassifier):
        model.classifier, model.classifier_ = heads_put_together(facts["head"], groups, HEADS)
    elif isinstance(model, LightWaveSRegressor):
        model.regressor, model.regressor_ = heads_put_together(facts["head"], groups, REGRESSION_HEADS)
        if type(model.regressor_) is KernelRegressionHead:
            model.regressor_.target_ = Target()
    elif facts["head"] is not None:
        raise ValueError("a transformer has no head")
    model._check_parameters()
    if "of its training" in groups:
        check_texts("version", [facts["version"]])
        model.training_ = Training(version=facts["version"])
    elif facts["version"] is not None:
        raise ValueError("the version of a fit that left no summary is not known")
    learnt = learnt_by(groups) | (UNTIL_4_LEARNT if facts["format"] < 5 and "of detachment" in groups else {})
    sizes = sizes_from(facts["sizes"], {"n_features", "n_channels"} | names_of_sizes(learnt))

    names = names_of(facts["channel_names"], sizes["n_channels"])
    series = {"n_timepoints": facts["n_timepoints"], "channel_names": names}
    model.plan_ = put_together(facts["plan"], "plan", reader.arrays("plan.", entries_of(Plan), sizes) | series, reader)
    model.plan_.check()
    if len(model.plan_) != sizes["n_features"] or not sizes["n_features"]:
        raise ValueError(f"the plan has {len(model.plan_)} features instead of {sizes['n_features']}")
    model.channel_names, model.channel_names_, model.n_channels_in_ = names, names, sizes["n_channels"]

    check_names("numbers", facts["numbers"], numbers_of(learnt))
    for name, value in (facts["numbers"] | reader.arrays("", learnt, sizes)).items():
        learnt[name].check(name, value, sizes)
        *owner, attribute = name.split(".")
        setattr(attrgetter(".".join(owner))(model) if owner else model, attribute, value)
    if groups != groups_of(model):
        raise ValueError("what the model has learnt is not what such a model learns")
    if facts["format"] < 5 and "of detachment" in groups:
        model.selection_path_ = unjudged(model.selection_path_)
    set_columns(model, facts["feature_names_in"])
    set_classes(model, facts["classes"], reader)
    if isinstance(model, Predicting):
        head = fitted_head(model)
        head.n_features_in_, model._weights = len(model.plan_), head.importances_
        head.lay_out()
    check_names("entries", entries, [FACTS, *reader.read])
    return model


def groups_of(model: LightWaveS) -> list[str]:
    """What kinds of things a model has learnt, of `LEARNT`."""
    head = fitted_head(model) if isinstance(model, Predicting) else None
    kinds = {
        "of every model": True,
        "of detachment": hasattr(model, "selection_path_"),
        "of its training": hasattr(model, "training_"),
        "of an honest estimate": hasattr(model, "honest_score_"),
        "of a transformer": not isinstance(model, Predicting),
        "of a ridge": type(head) is RidgeHead,
        "of a ridge since format 5": type(head) is RidgeHead and hasattr(head, "mean_"),
        "of a kernel head": type(head) is KernelHead,
        "of a regression head": type(head) is RegressionHead,
        "of a kernel regression head": type(head) is KernelRegressionHead,
    }
    return [kind for kind in LEARNT if kinds[kind]]


def learnt_by(groups: list[str]) -> dict[str, Entry]:
    """What a model that learns such things has learnt, of `LEARNT`."""
    return {name: what for group in groups for name, what in LEARNT[group].items()}


def facts_of(entries: Mapping[str, bytes]) -> dict[str, Any]:
    """The JSON text of a model, with all that must be there and nothing else."""
    facts = json.loads(entries[FACTS].decode(), parse_constant=no_number, object_pairs_hook=no_name_twice)
    if facts["format"] not in READABLE:
        raise OtherFormatError(
            f"has format {facts['format']!r}; this version of lightwaves reads formats {READABLE[0]} to {FORMAT}"
        )
    if facts["format"] < 5:
        as_of_5(facts)
    if facts["format"] < 6:
        as_of_6(facts)
    check_names("facts", facts, [*OF_FACTS, *SINCE_5, *SINCE_6])
    check_names("parameters", facts["parameters"], parameters_of(MODELS[facts["model"]]))
    groups = facts["learnt"]
    if not isinstance(groups, list) or groups != [kind for kind in LEARNT if kind in groups]:
        raise ValueError("what the model has learnt must be a list of known kinds, in order")
    return facts


def as_of_5(facts: dict[str, Any]) -> None:
    """Turn the facts of a file of format 4 into those that a file of format 5 would have."""
    check_names("facts", facts, [*OF_FACTS, *UNTIL_4])
    by_detachment = facts.pop("by_detachment")
    Number(bool).check("by_detachment", by_detachment, {})
    is_classifier = MODELS[facts["model"]] is LightWaveSClassifier
    groups = ["of every model", *["of detachment"] * by_detachment]
    facts |= dict.fromkeys(SINCE_5) | {"learnt": [*groups, "of a ridge" if is_classifier else "of a transformer"]}
    if is_classifier:
        check_names("parameters", facts["parameters"], set(parameters_of(LightWaveSClassifier)) - set(NEW_PARAMETERS))
        facts["parameters"] |= NEW_PARAMETERS


def as_of_6(facts: dict[str, Any]) -> None:
    """Turn the facts of a file of format 5 into those that a file of format 6 would have.

    Nobody knows which head was asked for: it is said to be one that leads to the head that is there.
    """
    check_names("facts", facts, [*OF_FACTS, *SINCE_5])
    asked = "auto" if isinstance(facts["learnt"], list) and "of a kernel head" in facts["learnt"] else None
    facts["head"] = None if MODELS[facts["model"]] is LightWaveS else {"asked_for": asked, "parameters": None}


def sizes_from(given: Any, wanted: Collection[str]) -> dict[str, int]:
    """Sizes that a file says: natural numbers, which the lengths of its entries must then confirm."""
    check_names("sizes", given, wanted)
    for name in wanted:
        Number(int, 0).check(name, given[name], {})
    return dict(given)


class Reader:
    """Takes arrays out of entries, and knows which it has taken."""

    def __init__(self, entries: Mapping[str, bytes]):
        self.entries = entries
        self.read: list[str] = []

    def array(self, name: str, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        """The array of that name, which must have that dtype and shape."""
        self.read.append(f"{name}.npy")
        if self.read[-1] not in self.entries:
            raise ValueError(f"{name} is missing")
        try:
            return array_of(self.entries[self.read[-1]], np.dtype(dtype), shape)
        except ValueError as error:
            raise ValueError(f"{name} is not what it must be: {error}") from None

    def arrays(self, prefix: str, entries: Mapping[str, Entry], sizes: Mapping[str, int]) -> dict[str, Any]:
        """Those of some entries that are arrays."""
        wanted = arrays_of(entries)
        return {name: self.array(prefix + name, what.dtype, what.shape(sizes)) for name, what in wanted.items()}


# --- plans --------------------------------------------------------------------------------------------------


def taken_apart(plan: Plan, prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """What JSON can say of a plan, but for what it says of series; its arrays go where the others are."""
    kind, parts = type(plan), plan.parts if isinstance(plan, Together) else ()
    foreign = [part for part in (plan, *parts) if type(part) not in PLANS.values()]
    if foreign or any(isinstance(part, Together) for part in parts):
        name = type(foreign[0]).__name__ if foreign else "plans within plans"
        raise TypeError(f"save keeps plans of the library's own banks, not {name}; {OTHER_WAYS}.")
    if isinstance(plan, Together):
        plan.check_alike()
    own = own_entries(kind)
    values = {name: getattr(plan, name) for name in own}
    arrays |= {f"{prefix}.{name}": values[name] for name in arrays_of(own)}
    return {
        "kind": kind.__name__,
        "sizes": sizes_of(own, values),
        "numbers": {name: plain(values[name]) for name in numbers_of(own)},
        "parts": [taken_apart(part, f"{prefix}.{i}", arrays) for i, part in enumerate(parts)],
    }


def put_together(facts: Any, prefix: str, series: dict[str, Any], reader: Reader, is_part: bool = False) -> Plan:
    """The plan of which that is left. Its values are unchecked; its arrays have the right dtypes and shapes."""
    check_names("plan", facts, ("kind", "sizes", "numbers", "parts"))
    kind = PLANS[facts["kind"]]
    own, parts = own_entries(kind), facts["parts"]
    check_names("numbers", facts["numbers"], numbers_of(own))
    values = facts["numbers"] | reader.arrays(f"{prefix}.", own, sizes_from(facts["sizes"], names_of_sizes(own)))
    if not isinstance(parts, list) or (kind is Together) == (is_part or not parts):
        raise ValueError("a plan has parts that it cannot have, or lacks them")
    if kind is Together:
        values["parts"] = tuple(put_together(f, f"{prefix}.{i}", series, reader, True) for i, f in enumerate(parts))
    return kind(**values, **series)


def own_entries(kind: type[Plan]) -> dict[str, Entry]:
    """What the fields of a kind of plan must be, but for those that all kinds have."""
    return {name: what for name, what in entries_of(kind).items() if name not in entries_of(Plan)}


# --- banks ------------------------------------------------------------------------------------------------------


def banks_taken_apart(bank: Any) -> Any:
    """What JSON can say of a bank, or of lists of banks; None where one of them is not the library's own."""
    if isinstance(bank, list | tuple):
        parts = [banks_taken_apart(part) for part in bank]
        return None if None in parts else parts
    if bank is None or BANKS.get(type(bank).__name__) is not type(bank):
        return None
    return {"kind": type(bank).__name__, "parameters": parameters_of_part(bank)}


def banks_put_together(facts: Any, depth: int = 0) -> Any:
    """The bank, or the lists of banks, of which that is left."""
    if facts is None:
        return None
    if isinstance(facts, list) and depth < 2:
        return [banks_put_together(part, depth + 1) for part in facts]
    check_names("bank", facts, ("kind", "parameters"))
    return part_of(BANKS[facts["kind"]], facts["parameters"])


# --- heads ------------------------------------------------------------------------------------------------------


def head_taken_apart(model: LightWaveS) -> dict[str, Any] | None:
    """What JSON can say of a head: which was asked for, and the parameters of the one that is there."""
    if not isinstance(model, Predicting):
        return None
    asked: Any = model.regressor if is_number(model) else model.classifier
    if type(asked) in KINDS_OF_HEADS.values():
        asked = {"kind": type(asked).__name__, "parameters": parameters_of_part(asked)}
    elif not isinstance(asked, str):  # none, or one of others that was set after the fit
        asked = None
    return {"asked_for": asked, "parameters": parameters_of_part(fitted_head(model))}


def heads_put_together(facts: Any, groups: list[str], heads: Mapping[str, Any]) -> tuple[Any, Any]:
    """The head that was asked for, and the one whose attributes are in a file, still without these."""
    check_names("head", facts, ("asked_for", "parameters"))
    asked = facts["asked_for"]
    if isinstance(asked, Mapping):
        check_names("head", asked, ("kind", "parameters"))
        asked = part_of(KINDS_OF_HEADS[asked["kind"]], asked["parameters"])
    kinds = [head for group, head in heads.items() if group in groups]
    if len(kinds) != 1:
        raise ValueError("a model has one head")
    head = kinds[0]() if facts["parameters"] is None else part_of(kinds[0], facts["parameters"])
    head.check()
    return asked, head


# --- parts of models, and their parameters ----------------------------------------------------------------------


def parameters_of_part(part: Any) -> dict[str, Any]:
    """The parameters of a bank or of a head as JSON knows them."""
    return {name: of_part(value) for name, value in part.get_params(deep=False).items()}


def part_of(kind: Any, parameters: Any) -> Any:
    """The bank or the head with these parameters, which must be all that it has."""
    check_names(f"parameters of {kind.__name__}", parameters, kind._get_param_names())
    return kind(**parameters)


def of_part(value: Any) -> Any:
    """A parameter of a bank or of a head as JSON knows it."""
    if isinstance(value, list | tuple | np.ndarray):
        return [of_part(one) for one in value]
    return None if isinstance(value, np.random.RandomState) else plain(value)


def seed_of(random_state: Any) -> int | None:
    """A seed as JSON knows it; None for a generator, which each use changes."""
    return None if random_state is None or isinstance(random_state, np.random.RandomState) else int(random_state)


# --- columns and classes ------------------------------------------------------------------------------------


def set_columns(model: LightWaveS, names: Any) -> None:
    """What a model knows of the columns of a table, which must go together with its channels."""
    if model.n_features_in_ != model.n_channels_in_ and not (model._fitted_2d and model.n_channels_in_ == 1):
        raise ValueError(f"n_features_in_ must be {model.n_channels_in_}, but is {model.n_features_in_}")
    if names is not None:
        check_texts("feature_names_in", names)
        if not model._fitted_2d or len(names) != model.n_features_in_:
            raise ValueError(f"feature_names_in must name {model.n_features_in_} columns of a table")
        model.feature_names_in_ = np.array(names, dtype=object)


def classes_of(model: LightWaveSClassifier, arrays: dict[str, NDArray[Any]]) -> list[str] | str:
    """Classes that are objects, as texts; else their dtype, and they go where the other arrays are."""
    classes = model.classes_
    if classes.dtype == object and all(isinstance(label, str) for label in classes):
        return [str(label) for label in classes]
    if name_of(classes.dtype) is None:
        raise TypeError(f"save keeps classes that are text or numbers; {OTHER_WAYS}.")
    arrays["classes"] = classes
    return name_of(classes.dtype)  # type: ignore[return-value]


def set_classes(model: LightWaveS, given: Any, reader: Reader) -> None:
    """The classes of a model and its head, which must be such as a fit leaves."""
    if not isinstance(model, LightWaveSClassifier):
        if given is not None:
            raise ValueError("only a classifier has classes")
        return
    head = model.classifier_
    n_classes = max(2, len(head.intercept_))
    if isinstance(given, list):
        check_texts("classes", given)
        classes = np.array(given, dtype=object)
    else:
        if not isinstance(given, str) or name_of(np.dtype(given)) != given:
            raise ValueError(f"classes must be texts or numbers, not {given!r}")
        classes = reader.array("classes", given, (n_classes,))
        check_range("classes", classes, -LARGEST, LARGEST)
    fitted, _ = check_labels(np.repeat(classes, 3), 3 * len(classes))
    if len(classes) != n_classes or len(head.intercept_) == 2 or not np.array_equal(fitted, classes):
        raise ValueError(f"classes must be {n_classes} different ones in order, one for each output of the head")
    if hasattr(model, "training_") and len(model.training_.class_counts) != n_classes:
        raise ValueError(f"training_.class_counts must count the cases of {n_classes} classes")
    head.classes_ = model.classes_ = classes


def name_of(dtype: np.dtype[Any]) -> str | None:
    """How a file names a dtype that classes may have, such as ``<U9``; None of others."""
    known = dtype.kind == "U" or (dtype.kind in "biuf" and dtype.itemsize <= 8)
    return dtype.newbyteorder("<").str if known else None


# --- small things -------------------------------------------------------------------------------------------


def parameters_of(kind: type[LightWaveS]) -> list[str]:
    """Which parameters of a kind of model are kept."""
    return [name for name in PARAMETERS if name in kind._get_param_names()]


def plain(value: Any) -> Any:
    """A number or a parameter as JSON knows it: a mapping is a list of pairs, since its keys may be numbers."""
    if isinstance(value, Mapping):
        return [[plain(key), plain(of_key)] for key, of_key in value.items()]
    return value.item() if isinstance(value, np.generic) else value


def parameter(value: Any) -> Any:
    """A parameter of which that is left."""
    return dict(value) if isinstance(value, list) else value


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose names must differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def no_number(word: str) -> None:
    """What Python's reader of JSON takes for numbers, though JSON does not: NaN and infinity."""
    raise ValueError(f"{word} is no number")


def check_names(what: str, given: Any, wanted: Collection[str]) -> None:
    """Raise a ValueError where names are missing or unknown."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} must have names, but are {type(given).__name__}")
    if set(given) != set(wanted):
        raise ValueError(f"{what} differ in {min(map(str, set(given) ^ set(wanted)))!r:.99} from what they must be")


def check_texts(what: str, given: Any) -> None:
    """Raise a ValueError for something else than a list of texts."""
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise ValueError(f"{what} must be texts")
