"""Fitted models as files that hold numbers and text only: no pickle, nothing that runs when it is read."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .estimators import LightWaveS, LightWaveSClassifier
from .estimators.ridge import RidgeHead
from .plans import Plan, Together
from .plans.pooled import PooledPlan
from .plans.rocket import RocketPlan
from .plans.scattering import ScatteringPlan
from .plans.wavelet import KernelPlan

FORMAT = 3
OF_DETACHMENT = ("selection_path", "candidate_channels", "bank_errors")  # attributes without their underscore
MODELS = {model.__name__: model for model in (LightWaveS, LightWaveSClassifier)}
PLANS = {plan.__name__: plan for plan in (KernelPlan, PooledPlan, RocketPlan, ScatteringPlan, Together)}
PARAMETERS = (
    "n_features", "selection", "scale", "missing", "search_cases", "screen_channels", "search_candidates", "group_size",
    "frugality", "n_jobs", "verbose",
)  # fmt: skip
HEAD = ("coef_", "intercept_", "importances_")


def save(model: LightWaveS, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file.

    Parameters
    ----------
    model : LightWaveS or LightWaveSClassifier
        Fitted; a classifier with its default ridge head.
    path : str or path
        Any name; an existing file is replaced, and only once the new one is complete.

    Raises
    ------
    TypeError
        If the model is of another kind or has another head: use joblib for those.
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    See Also
    --------
    load : Read it back.

    Notes
    -----
    The file is a NumPy ``.npz`` archive of plain arrays and one JSON text. It grows with the number of features
    and channels, not with the training data. What only fitting needs, `bank` and `random_state`, is not kept: they come
    back as None, so set them again before you fit a model that was loaded.

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
        raise TypeError(f"save takes a LightWaveS or LightWaveSClassifier, got {type(model).__name__}.")
    check_is_fitted(model)
    plan = model.plan_
    facts: dict[str, Any] = {
        "format": FORMAT,
        "model": type(model).__name__,
        "parameters": {name: _plain(getattr(model, name)) for name in PARAMETERS},
        "channel_names": model.channel_names_,
        "n_features_in": model.n_features_in_,
        "fitted_2d": model._fitted_2d,
        "feature_names_in": getattr(model, "feature_names_in_", np.empty(0)).tolist(),
    }
    arrays: dict[str, Any] = {}
    facts["plan"] = _taken_apart(plan, "plan", arrays)
    arrays["feature_scores"] = model.feature_scores_
    if hasattr(model, "selection_path_"):
        arrays |= {name: getattr(model, f"{name}_") for name in OF_DETACHMENT}
    arrays["weights"] = model._weights
    if isinstance(model, LightWaveSClassifier):
        head = model.classifier_
        if type(head) is not RidgeHead:
            raise TypeError(
                f"save keeps the default ridge head only, not {type(head).__name__}; use joblib.dump for this model."
            )
        classes = model.classes_
        facts["classes_are_objects"] = classes.dtype == object
        if classes.dtype == object:
            if not all(isinstance(label, str) for label in classes):
                raise TypeError("save keeps classes that are text or numbers; use joblib.dump for this model.")
            classes = classes.astype(str)
        facts["alpha"], facts["temperature"] = head.alpha_, head.temperature_
        arrays["classes"] = classes
        arrays.update({f"head.{name}": getattr(head, name) for name in HEAD})
    arrays["facts"] = np.array(json.dumps(facts))
    target = os.fspath(path)
    partial = f"{target}.{os.getpid()}.partial"
    try:
        with open(partial, "wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(partial, target)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model that `save` wrote.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    LightWaveS or LightWaveSClassifier
        It predicts what the saved one did, to the bit. To fit it anew, set `bank` and `random_state` again.

    Raises
    ------
    ValueError
        If the file is not such a model, is damaged, or has the format of another version.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            facts = json.loads(str(arrays["facts"]))
            if facts["format"] + 0 != FORMAT:
                other = f"has format {facts['format']}; this version of lightwaves reads format {FORMAT}"
                raise NotImplementedError(other)
            return _model(facts, arrays)
        except NotImplementedError as error:
            raise ValueError(f"{os.fspath(path)} {error}.") from None
        except Exception as error:
            message = f"{os.fspath(path)} is not a model saved by lightwaves, or is damaged: {error!r}."
            raise ValueError(message) from error


def _model(facts: dict[str, Any], arrays: dict[str, Any]) -> LightWaveS:
    """The model that a file's contents describe."""
    names = None if facts["channel_names"] is None else tuple(facts["channel_names"])
    model = MODELS[facts["model"]](**facts["parameters"], channel_names=names)
    model.plan_ = _put_together(facts["plan"], "plan", arrays, names)
    model.plan_.check()
    if "selection_path" in arrays:
        for name in OF_DETACHMENT:
            setattr(model, f"{name}_", arrays[name])
    model.feature_scores_ = _shaped(arrays["feature_scores"], len(model.plan_))
    model._weights = _shaped(arrays["weights"], len(model.plan_))
    model.channel_names_ = names
    model.n_channels_in_ = model.plan_.n_channels
    model.n_features_in_ = facts["n_features_in"]
    model._fitted_2d = facts["fitted_2d"]
    if facts["feature_names_in"]:
        model.feature_names_in_ = np.array(facts["feature_names_in"], dtype=object)
    if isinstance(model, LightWaveSClassifier):
        classes = arrays["classes"].astype(object) if facts["classes_are_objects"] else arrays["classes"]
        n_outputs = 1 if len(classes) == 2 else len(classes)
        head = RidgeHead()
        head.coef_ = _shaped(arrays["head.coef_"], n_outputs, len(model.plan_))
        head.intercept_ = _shaped(arrays["head.intercept_"], n_outputs)
        head.importances_ = _shaped(arrays["head.importances_"], len(model.plan_))
        head.alpha_, head.temperature_ = facts["alpha"], facts["temperature"]
        head.n_features_in_ = len(model.plan_)
        head.classes_ = model.classes_ = classes
        head.lay_out()
        model.classifier_ = head
    return model


def _taken_apart(plan: Plan, prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """What JSON can say of a plan; its arrays go where the others are."""
    if type(plan) not in PLANS.values():
        raise TypeError(
            f"save keeps plans of the library's own banks, not {type(plan).__name__}; use joblib.dump for this model."
        )
    facts: dict[str, Any] = {"kind": type(plan).__name__}
    for name, value in plan.__getstate__().items():
        if isinstance(value, np.ndarray):
            arrays[f"{prefix}.{name}"] = value
        elif name == "parts":
            facts[name] = [_taken_apart(part, f"{prefix}.{i}", arrays) for i, part in enumerate(value)]
        elif name != "channel_names":
            facts[name] = _plain(value)
    return facts


def _put_together(facts: dict[str, Any], prefix: str, arrays: dict[str, Any], names: tuple[str, ...] | None) -> Plan:
    """The plan of which that is left."""
    values: dict[str, Any] = {name: value for name, value in facts.items() if name not in ("kind", "parts")}
    if "parts" in facts:
        values["parts"] = tuple(
            _put_together(part, f"{prefix}.{i}", arrays, names) for i, part in enumerate(facts["parts"])
        )
    kind = PLANS[facts["kind"]]
    for f in fields(kind):
        if f"{prefix}.{f.name}" in arrays:
            values[f.name] = arrays[f"{prefix}.{f.name}"]
    return kind(**values, channel_names=names)


def _shaped(array: np.ndarray, *shape: int) -> np.ndarray:
    """The array, if it has that shape."""
    if array.shape != shape:
        raise ValueError(f"an array has shape {array.shape} instead of {shape}")
    return array


def _plain(value: Any) -> Any:
    """A parameter as JSON knows it."""
    return value.item() if isinstance(value, np.generic) else value
