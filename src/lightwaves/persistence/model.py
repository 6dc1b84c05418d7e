"""A model as the entries of a file, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..archive import npy
from ..entries import LARGEST, Number, arrays_of, check_range, entries_of, names_of_sizes, numbers_of, sizes_of
from ..estimators import LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from ..estimators.kernel_regression import KernelRegressionHead, Target
from ..estimators.predicting import Predicting, fitted_head, is_number
from ..estimators.training import Training
from ..panel.reading import names_of
from ..plans import Plan
from ..search.honest_choice import unjudged
from ..validation import check_labels
from .checks import Reader, check_names, check_texts, no_name_twice, no_number, sizes_from
from .learnt import HEADS, LEARNT, NEVER_0, REGRESSION_HEADS, UNTIL_4_LEARNT, groups_of, learnt_by
from .parts import (
    OTHER_WAYS,
    banks_put_together,
    banks_taken_apart,
    head_taken_apart,
    heads_put_together,
    plain,
    put_together,
    seed_of,
    taken_apart,
)

FORMAT = 6
READABLE = range(3, FORMAT + 1)  # the first in an archive of its own: see format_3.py
FACTS = "facts.json"
MODELS = {model.__name__: model for model in (LightWaveS, LightWaveSClassifier, LightWaveSRegressor)}
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


class OtherFormatError(Exception):
    """The file is of another version."""


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
    sizes = sizes_from(facts["sizes"], {"n_features", "n_channels"} | names_of_sizes(learnt), NEVER_0)

    names = names_of(facts["channel_names"], sizes["n_channels"])
    series = {"n_timepoints": facts["n_timepoints"], "channel_names": names}
    model.plan_ = put_together(facts["plan"], "plan", reader.arrays("plan.", entries_of(Plan), sizes) | series, reader)
    model.plan_.check()
    if len(model.plan_) != sizes["n_features"]:
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
    if hasattr(model, "training_"):
        check_training(model.training_, is_number(model))
    check_estimates(model)
    set_columns(model, facts["feature_names_in"])
    set_classes(model, facts["classes"], reader)
    if isinstance(model, Predicting):
        head = fitted_head(model)
        head.n_features_in_, model._weights = len(model.plan_), head.importances_
        head.lay_out()
    check_names("entries", entries, [FACTS, *reader.read])
    return model


def facts_of(entries: Mapping[str, bytes]) -> dict[str, Any]:
    """The JSON text of a model, with all that must be there and nothing else."""
    facts = json.loads(entries[FACTS].decode(), parse_constant=no_number, object_pairs_hook=no_name_twice)
    if facts["format"] not in READABLE[1:]:
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


def check_training(training: Training, of_numbers: bool) -> None:
    """Make sure that the summary of a training is one of some training."""
    if of_numbers and len(training.class_counts):
        raise ValueError("training_.class_counts must be empty: numbers have no classes")
    if training.shortest > training.longest:
        raise ValueError(f"training_.shortest is {training.shortest}, but training_.longest {training.longest}")
    n_counted = sum(training.class_counts.tolist())
    if len(training.class_counts) and training.n_cases != n_counted:  # numbers have no classes
        raise ValueError(f"training_.n_cases is {training.n_cases}, but training_.class_counts count {n_counted}")


def check_estimates(model: LightWaveS) -> None:
    """Make sure that an accuracy is one, and that a detachment has gone from more features to fewer."""
    if isinstance(model, LightWaveSClassifier) and getattr(model, "honest_score_", 0.0) < 0:
        raise ValueError(f"honest_score_ must be an accuracy, but is {model.honest_score_}")
    left = model.selection_path_["n_features"] if hasattr(model, "selection_path_") else np.ones(1, int)
    if left.min() < 1 or (left[1:] > left[:-1]).any():
        raise ValueError("selection_path_ must go from more features to fewer, at least 1")


def set_columns(model: LightWaveS, names: Any) -> None:
    """What a model knows of the columns of a table, which must go together with its channels."""
    if model._fitted_2d and model.n_channels_in_ != 1:
        raise ValueError(f"a table has one channel, but the model {model.n_channels_in_}")
    n_features = model.plan_.n_timepoints if model._fitted_2d else model.n_channels_in_
    if model.n_features_in_ != n_features:
        raise ValueError(f"n_features_in_ must be {n_features}, but is {model.n_features_in_}")
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


def parameters_of(kind: type[LightWaveS]) -> list[str]:
    """Which parameters of a kind of model are kept."""
    return [name for name in PARAMETERS if name in kind._get_param_names()]


def parameter(value: Any) -> Any:
    """A parameter of which that is left."""
    return dict(value) if isinstance(value, list) else value
