"""Files of format 3 as those of format 4, which are then held to all that files are held to.

They have no digest: damage stays unnoticed if what is left is still a possible model. They are compressed.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..archive import UNREADABLE, npy
from ..entries import Entry, arrays_of, numbers_of, sizes_of
from ..estimators import LightWaveSClassifier
from ..numpy_files import AS_NUMPY_PACKS
from ..search.screening import unscreened
from .checks import check_names, no_name_twice, no_number
from .learnt import UNTIL_4_LEARNT, learnt_by
from .model import FACTS, MODELS
from .parts import PLANS, own_entries

FACTS_OF_3 = "facts.npy"
MOST_SHRUNK = 30  # times: how much larger the entries may be than the file
LONGEST_HEADER = 4096  # characters that say what an array is
OF_MODELS = ("format", "model", "parameters", "channel_names", "n_features_in", "fitted_2d", "feature_names_in", "plan")
OF_CLASSIFIERS = ("classes_are_objects", "alpha", "temperature")
OF_DETACHMENT = ("selection_path", "candidate_channels", "bank_errors")
OF_HEADS = ("coef_", "intercept_", "importances_")
OF_SERIES = ("shift", "scale")  # arrays that each part of a plan says once more
NEW_PARAMETERS = {"missing": "error"}  # since format 4, and what they were before
NEW_OF_CLASSIFIERS = {"class_weight": None}
NOT_KNOWN = "not known"  # why screening has kept a channel, or not

Arrays = dict[str, NDArray[Any]]


def is_format_3(content: bytes) -> bool:
    """Whether a file seems to be of format 3."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return FACTS_OF_3 in archive.namelist()
    except UNREADABLE:
        return False


def as_format_4(content: bytes) -> dict[str, bytes]:
    """The entries that a file of format 4 of the same model would have.

    Raises
    ------
    Exception
        Of whatever kind, if the file is not what it seems to be.
    """
    arrays = arrays_in(content)
    text = str(arrays.pop("facts"))
    given = json.loads(text, parse_constant=no_number, object_pairs_hook=no_name_twice)
    is_classifier = MODELS[given["model"]] is LightWaveSClassifier
    check_names("facts", given, [*OF_MODELS, *(OF_CLASSIFIERS if is_classifier else ())])
    if given["format"] != 3:
        raise ValueError(f"it has format {given['format']!r}, but is made as one of format 3")

    learnt, values = what_was_learnt(given, arrays, is_classifier)
    plan, kept = plan_taken(given["plan"], "plan", arrays)
    kept |= {f"plan.{name}": arrays.pop(f"plan.{name}") for name in OF_SERIES}
    kept |= {name: values[name] for name in arrays_of(learnt)}
    classes = arrays.pop("classes") if is_classifier else None
    if classes is not None and not given["classes_are_objects"]:
        kept["classes"] = classes
    check_names("entries", arrays, [])
    facts = {
        "format": 4,
        "model": given["model"],
        "parameters": {**given["parameters"], **NEW_PARAMETERS, **(NEW_OF_CLASSIFIERS if is_classifier else {})},
        "channel_names": given["channel_names"],
        "feature_names_in": given["feature_names_in"] or None,
        "classes": classes if classes is None else classes.dtype.str if "classes" in kept else classes.tolist(),
        "plan": plan,
        "n_timepoints": given["plan"]["n_timepoints"],
        "numbers": {name: values[name] for name in numbers_of(learnt)},
        "sizes": sizes_of(learnt, values) | {"n_channels": len(kept["plan.shift"])},
        "by_detachment": "selection_path_" in learnt,
    }
    return {FACTS: json.dumps(facts).encode()} | {f"{name}.npy": npy(array) for name, array in kept.items()}


def what_was_learnt(
    given: dict[str, Any], arrays: Arrays, is_classifier: bool
) -> tuple[dict[str, Entry], dict[str, Any]]:
    """What the model has learnt, as later files name it: what must be there, and what is. Taken out of the arrays."""
    groups, new = ["of every model"], {}
    values = {"n_features_in_": given["n_features_in"], "_fitted_2d": given["fitted_2d"]}
    values["feature_scores_"] = arrays.pop("feature_scores")
    if "selection_path" in arrays:
        groups, new = [*groups, "of detachment"], UNTIL_4_LEARNT
        values |= {f"{name}_": array for name, array in taken(arrays, OF_DETACHMENT)}
        screened = unscreened(len(arrays["plan.shift"]))
        screened.verdicts["kept"] = np.isin(np.arange(len(screened.verdicts)), values["candidate_channels_"])
        screened.verdicts["reason"] = NOT_KNOWN
        values |= {"screening_": screened.verdicts, "screening_errors_": screened.errors}
    weights = arrays.pop("weights")
    if not is_classifier:
        groups, values["_weights"] = [*groups, "of a transformer"], weights
    else:
        groups = [*groups, "of a ridge"]
        values |= {f"classifier_.{name}_": given[name] for name in ("alpha", "temperature")}
        values |= {f"classifier_.{name}": arrays.pop(f"head.{name}") for name in OF_HEADS}
        if not alike(weights, values["classifier_.importances_"]):
            raise ValueError("the weights of features are not the importances of the head")
    return learnt_by(groups) | new, values


def plan_taken(given: Any, prefix: str, arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """What a file says of a plan, and the plan's own arrays. Taken out of the arrays, but for those of series."""
    own = own_entries(PLANS[given["kind"]])
    values = dict(taken(arrays, arrays_of(own), prefix))
    parts: list[dict[str, Any]] = []
    kept = {f"{prefix}.{name}": array for name, array in values.items()}
    for number, part in enumerate(given.get("parts", [])):
        for name, array in taken(arrays, OF_SERIES, f"{prefix}.{number}"):
            if not alike(array, arrays[f"plan.{name}"]):
                raise ValueError(f"the {name} of a part of the plan is another than that of the whole")
        facts, of_part = plan_taken(part, f"{prefix}.{number}", arrays)
        parts, kept = [*parts, facts], kept | of_part
    numbers = {name: given[name] for name in numbers_of(own)}
    check_names("plan", given, ["kind", "n_timepoints", *numbers, *(["parts"] if parts else [])])
    return {"kind": given["kind"], "sizes": sizes_of(own, values), "numbers": numbers, "parts": parts}, kept


def taken(arrays: Arrays, names: Iterable[str], prefix: str = "") -> list[tuple[str, NDArray[Any]]]:
    """Some of the arrays with their names, taken out."""
    return [(name, arrays.pop(f"{prefix}.{name}" if prefix else name)) for name in names]


def alike(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two arrays that should be the same are."""
    return one.dtype == other.dtype and np.array_equal(one, other)


def arrays_in(content: bytes) -> Arrays:
    """The arrays of an archive, which may be compressed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        if len({info.filename for info in infos}) < len(infos):
            raise ValueError("two entries have one name")
        if sum(info.file_size for info in infos) > MOST_SHRUNK * len(content):
            raise ValueError("the entries are much larger than the file")
        return {info.filename.removesuffix(".npy"): array_in(content_of(archive, info)) for info in infos}


def content_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The content of an entry, whose size must be what the archive says: no more than that is unpacked."""
    if info.compress_type not in AS_NUMPY_PACKS:
        raise ValueError("an entry is packed otherwise than NumPy packs")
    with archive.open(info) as entry:
        content = entry.read(info.file_size)
        if len(content) != info.file_size or entry.read(1):
            raise ValueError("an entry has another size than the archive says")
    return content


def array_in(content: bytes) -> NDArray[Any]:
    """The array of an entry, whose size must be what it says. Objects are refused, so nothing is unpickled."""
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("an array has another version of NumPy's format")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=LONGEST_HEADER)
    at = stream.tell()
    if dtype.hasobject or min(shape, default=0) < 0:
        raise ValueError(f"an array is {dtype} {shape}")
    if math.prod(shape) * dtype.itemsize != len(content) - at:
        raise ValueError(f"an array is not {dtype} {shape}, as it says")
    values = np.frombuffer(content, dtype, offset=at) if math.prod(shape) else np.empty(0, dtype)
    return values.reshape(shape, order="F" if by_columns else "C")
