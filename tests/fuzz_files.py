"""Altered model files with the right digest: what `load` accepts can be used, and the rest is refused by a ValueError.

Run as ``NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=... python tests/fuzz_files.py FOLDER N SEED [FIRST]``, where the folder
holds saved models. Prints how many files of each kind of change were accepted and refused. What must not happen ends
the process: any other error, a look outside an array, a load or a prediction that takes long or much memory. The number
of the file that is at work stands in FOLDER/now; with it as FIRST, and N = 1, the same happens again.
"""

import faulthandler
import io
import json
import struct
import sys
import tracemalloc
import warnings
import zipfile
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np

try:
    import resource
except ImportError:  # Windows
    resource = None

from lightwaves import load, save
from lightwaves.archive import SEAL, npy, opened, sealed
from lightwaves.entries import INT32, Array, arrays_of, entries_of
from lightwaves.persistence.learnt import LEARNT
from lightwaves.persistence.model import FACTS
from lightwaves.persistence.parts import PLANS

LENGTHS = (1, 2, 7, 16, 40, 130)
LONG = 4100  # so long that even many cases are computed one by one
SECONDS = 60  # for one file
ROOM = 300_000  # bytes that a load may take whatever the file; and ten times as many as the file has
WORK = 300_000_000  # bytes that predictions of a few short series may take in addition, all files together
NUMBERS = [
    0, 1, -1, 2, 3, 15, 16, 17, 84, 255, 2**15, 2**28 - 1, 2**28, 2**30, 2**31 - 1, 2**31, -(2**31), 2**32, 2**61,
    2**63 - 1, 2**63, 2**64, 10**30, 0.0, -0.0, 0.5, 1.0, 1e-300, 1e300, float("nan"), float("inf"), -float("inf"),
]  # fmt: skip
THINGS = [
    *NUMBERS, None, True, False, "", "x", "\0", "\ud800", "O", "<U9", "<U99999999", "|V8", "<M8[s]", ">i4", "auto",
    "detach", "mrmr", "Together", "RocketPlan", "PooledPlan", "KernelPlan", "ScatteringPlan", "IntervalPlan",
    "LightWaveS", [],
    ["a", "b"], ["b", "a"], ["a", "a"], [1, 2], [[]], {}, {"a": 1}, {"format": 4},
]  # fmt: skip


def resealed(body):
    """Contents with the right digest behind them."""
    return body + sha256(body).hexdigest().encode()


def entries_with(entries, facts):
    """The same with other facts."""
    return {**entries, FACTS: json.dumps(facts).encode()}


def array_in(content):
    return np.load(io.BytesIO(content), allow_pickle=False)


def pick(rng, things):
    return things[int(rng.integers(len(things)))]


# --- kinds of changes: each takes a random generator and the contents of a file ------------------------------


def damaged_bytes(rng, content):
    """Some bytes changed, lost, doubled or added, the digest as it was: an accident."""
    damaged = bytes_changed(rng, content)
    return content[:-1] if damaged == content else damaged


def other_bytes(rng, content):
    """The same, the digest made right."""
    return resealed(bytes_changed(rng, content[:-SEAL]))


def bytes_changed(rng, content):
    content, kind = bytearray(content), rng.integers(5)
    for _ in range(int(rng.integers(1, 4))):
        at, n = int(rng.integers(len(content))), int(rng.integers(1, 40))
        if kind == 0:
            content[at] ^= int(rng.integers(1, 256))
        elif kind == 1:
            del content[at : at + n]
        elif kind == 2:
            content[at:at] = content[at : at + n]
        elif kind == 3:
            content[at : at + n] = rng.bytes(n)
        else:
            content[at : at + 4] = struct.pack("<I", pick(rng, [0, 1, 2**16, 2**31 - 1, 2**31, 2**32 - 1]))
    return bytes(content)


def other_facts(rng, content):
    """One place of the JSON text holds something else, or is gone, or there is one more."""
    entries = opened(content)
    facts = json.loads(entries[FACTS])
    places, pending = [], [facts]
    while pending:
        inside = pending.pop()
        keys = list(inside) if isinstance(inside, dict) else range(len(inside))
        places += [(inside, key) for key in keys]
        pending += [inside[key] for key in keys if isinstance(inside[key], dict | list)]
    for _ in range(int(rng.integers(1, 3))):
        inside, key = pick(rng, places)
        kind = rng.integers(8)
        if kind == 0 and isinstance(inside, dict):
            inside.pop(key, None)
        elif kind == 1 and isinstance(inside, dict):
            inside["another"] = pick(rng, THINGS)
        elif kind == 2:
            other, there = pick(rng, places)
            if (isinstance(other, dict) and there in other) or (isinstance(other, list) and there < len(other)):
                inside[key] = json.loads(json.dumps(other[there]))
        elif isinstance(inside, dict) or key < len(inside):
            inside[key] = pick(rng, THINGS)
    text = json.dumps(facts)
    if rng.random() < 0.05:
        text = pick(rng, [text[:-1], "[" * 100_000, text * 2, "", "null", "[1]", '{"format": 4}', "9" * 5000])
    return sealed({**entries, FACTS: text.encode(errors="surrogatepass")})


def other_array(rng, content):
    """One array has another dtype, shape, order or length, is another one, or is gone."""
    entries = opened(content)
    names = [name for name in entries if name != FACTS]
    name = pick(rng, names)
    array, kind = np.atleast_1d(array_in(entries[name])), int(rng.integers(10))
    if kind == 0:
        dtypes = ["<i8", "<i4", ">i4", "<u4", "<i2", "<f4", "<f8", ">f8", "|b1", "<U9", "<c16", "<M8[s]"]
        if array.dtype.names is None and array.dtype.kind != "U":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                array = array.astype(pick(rng, dtypes))
    elif kind == 1:
        array = array.reshape(pick(rng, [(-1, 1), (1, -1), (-1,), (1, 1, -1)]))
    elif kind == 2:
        array = array[: int(rng.integers(array.shape[0] + 1))]
    elif kind == 3:
        array = np.concatenate([array, array])[: array.shape[0] + int(rng.integers(1, 5))]
    elif kind == 4:
        array = array_in(entries[pick(rng, names)])
    elif kind == 5:
        entries.pop(name)
        return sealed(entries)
    elif kind == 6:
        entries["plan.another.npy"] = npy(array)
        return sealed(entries)
    elif kind == 7:  # a header that promises what is not there
        shape = pick(rng, [(2**31,), (2**40,), (2**62, 4), (2**63,), (-1,), (0,), (), (True,)])
        text = f"{{'descr': {array.dtype.str!r}, 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
        entries[name] = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.encode() + array.tobytes()
        return sealed(entries)
    elif kind == 8:
        room = io.BytesIO()
        trap = {"trap": 1} if rng.random() < 0.3 else array.tolist()
        np.save(room, np.array([trap, None], dtype=object))
        entries[name] = room.getvalue()
        return sealed(entries)
    else:
        room = io.BytesIO()
        np.lib.format.write_array(room, np.asfortranarray(array), version=pick(rng, [(1, 0), (2, 0), (3, 0)]))
        entries[name] = room.getvalue()
        return sealed(entries)
    return sealed({**entries, name: npy(array)})


def other_values(rng, content):
    """Some values of one array, or all, are others: at the ends of what its dtype holds, or near other sizes."""
    entries = opened(content)
    facts = json.loads(entries[FACTS])
    sizes = [*facts["sizes"].values(), *facts["plan"]["sizes"].values()]
    numbers = [*NUMBERS, *(size + step for size in sizes for step in (-1, 0, 1))]
    for _ in range(int(rng.integers(1, 3))):
        name = pick(rng, [name for name in entries if name != FACTS])
        array = array_in(entries[name])
        where = pick(rng, array.dtype.names) if array.dtype.names else ...
        if array.size:
            array[where] = changed(rng, array[where], numbers)
        entries[name] = npy(array)
    return sealed(entries)


def changed(rng, values, numbers):
    """The same dtype and shape, with some numbers, bools or characters that are others."""
    flat = np.array(values, order="C").reshape(-1)
    flat = flat.view({"U": np.uint32, "b": np.uint8}.get(values.dtype.kind, values.dtype))
    where = slice(None) if rng.random() < 0.2 else rng.integers(flat.size, size=int(rng.integers(1, 4)))
    if flat.dtype.kind == "f":
        with np.errstate(over="ignore"):
            flat[where] = np.float64(pick(rng, [float(n) for n in numbers])).astype(flat.dtype)
    elif rng.random() < 0.7:
        whole = [n for n in numbers if type(n) is int]
        flat[where] = np.array(pick(rng, whole) % 2**63).astype(np.uint64).view(np.int64).astype(flat.dtype)
    else:
        flat[where] = (flat[where].astype(np.int64) + int(rng.integers(-3, 4))).astype(flat.dtype)
    return flat.view(values.dtype).reshape(values.shape)


def lawful_values(rng, content):
    """Arrays of a plan hold anything that their entries allow: what fits together is accepted, and must run."""
    entries = opened(content)
    facts = json.loads(entries[FACTS])
    parts = [("plan", facts["plan"])]
    parts += [(f"plan.{i}", part) for i, part in enumerate(facts["plan"]["parts"])]
    prefix, part = pick(rng, parts)
    own = {f"{prefix}.{name}": what for name, what in arrays_of(entries_of(PLANS[part["kind"]])).items()}
    own |= {"plan.shift": own.pop(f"{prefix}.shift"), "plan.scale": own.pop(f"{prefix}.scale")}
    sizes = facts["sizes"] | part["sizes"]
    for name in rng.permutation(sorted(own))[: int(rng.integers(1, 4))]:
        what = own[name]
        array = array_in(entries[f"{name}.npy"])
        array[...] = lawful(rng, what, array, sizes)
        entries[f"{name}.npy"] = npy(array)
    return sealed(entries)


def lawful(rng, what: Array, array, sizes):
    """Values within the range of an entry, often at its ends."""
    least, most = what.least, sizes[what.below] - 1 if what.below else what.most
    if array.dtype.kind == "b":
        return rng.integers(2, size=array.shape)
    if array.dtype.kind == "f":
        scale = pick(rng, [1e-30, 1.0, 1e30])
        values = rng.normal(size=array.shape) * scale
        return np.abs(values) + 1e-37 if least > 0 else values
    near = int(min(most, pick(rng, [3, 40, INT32])))
    values = rng.integers(int(least), max(near, int(least)) + 1, size=array.shape)
    values[rng.random(array.shape) < 0.2] = pick(rng, [int(least), int(most)])
    return array if rng.random() < 0.1 else np.where(rng.random(array.shape) < 0.5, values, array)


def other_sizes(rng, content):
    """All arrays of one size have another number of rows, and the facts say so."""
    entries = opened(content)
    facts = json.loads(entries[FACTS])
    size = pick(rng, sorted(facts["sizes"] | facts["plan"]["sizes"]))
    n = (facts["plan"]["sizes"] | facts["sizes"])[size]
    rows = rng.integers(max(n, 1), size=int(rng.integers(0, 2 * n + 2))) if n else np.zeros(0, int)
    specs = {f"plan.{name}": what for name, what in arrays_of(entries_of(PLANS[facts["plan"]["kind"]])).items()}
    for group in facts["learnt"]:
        specs |= arrays_of(LEARNT[group])
    for name, what in specs.items():
        if f"{name}.npy" in entries and size in what.sizes:
            array = np.take(array_in(entries[f"{name}.npy"]), rows, axis=what.sizes.index(size))
            entries[f"{name}.npy"] = npy(np.ascontiguousarray(array))
    for told in (facts["sizes"], facts["plan"]["sizes"]):
        if size in told:
            told[size] = len(rows)
    return sealed(entries_with(entries, facts))


def other_archive(rng, content):
    """The zip archive is another: compressed, with doubles, strangers, other names, or other numbers in its lists."""
    entries, room, kind = opened(content), io.BytesIO(), int(rng.integers(8))
    names = list(entries)
    with zipfile.ZipFile(room, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.comment = bytes(SEAL)
        for name in rng.permutation(names):
            method = pick(rng, [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]) if kind == 0 else 0
            content = entries[name]
            if kind == 1 and name != FACTS:  # a bomb
                method, content = zipfile.ZIP_DEFLATED, content + bytes(10_000_000 if rng.random() < 0.1 else 1000)
            archive.writestr(zipfile.ZipInfo(name), content, method)
        if kind == 2:
            archive.writestr(zipfile.ZipInfo(pick(rng, names)), entries[pick(rng, names)])
        if kind == 3:
            name = pick(rng, ["../evil.npy", "/etc/evil", "", "plan.extra.npy", "a" * 60_000, "facts.json\0x", "ö.npy"])
            archive.writestr(zipfile.ZipInfo(name or "x"), b"stranger")
    body = bytearray(room.getvalue()[:-SEAL])
    starts = [i for i in range(len(body) - 4) if body[i : i + 4] in (b"PK\1\2", b"PK\3\4", b"PK\5\6")]
    if kind >= 4:
        for _ in range(int(rng.integers(1, 4))):
            at = pick(rng, starts) + int(rng.integers(4, 46))
            values = [0, 1, 8, 0xFFFF, 0xFFFFFFFF, 2**31, len(body), len(body) - 22]
            body[at : at + 4] = struct.pack("<I", pick(rng, values))
        if rng.random() < 0.2:  # what points to a list of another kind
            body[-22:-22] = b"PK\6\7" + struct.pack("<LQL", 0, 0, 1)
        if rng.random() < 0.1:
            body[0:0] = rng.bytes(10)
    return resealed(bytes(body))


CHANGES = [
    damaged_bytes, other_bytes, other_facts, other_array, other_values, lawful_values, lawful_values, other_sizes,
    other_archive,
]  # fmt: skip


# --- what is done with each file ----------------------------------------------------------------------------


def use(model, rng, folder):
    """All that can be done with a model: nothing may happen, but that series are too far off for its channels."""
    try:
        predict(model, rng)
    except ValueError as error:
        if "too large for float32" not in str(error):
            raise
    assert len(model.get_feature_names_out()) == len(model.plan_) == model.plan_.cost().n_features
    assert model.channel_importances_.shape == (model.n_channels_in_,)
    model.plan_.narrowed(None).check()
    if rng.random() < 0.1:
        save(model, folder / "again.npz")


def predict(model, rng):
    """Series of several lengths, alone and together, in the units of the model's channels."""
    n_channels, shift, scale = model.n_channels_in_, model.plan_.shift, np.clip(model.plan_.scale, 1e-30, 1e30)
    lengths = [pick(rng, LENGTHS), pick(rng, LENGTHS), *([LONG] if rng.random() < 0.03 else [])]
    for n_timepoints in lengths:
        for n_cases in (1, pick(rng, [3, 17])):
            x = rng.standard_normal((n_cases, n_channels, n_timepoints)) * scale[:, np.newaxis] + shift[:, np.newaxis]
            x = np.clip(x, -1e38, 1e38).astype(np.float32)
            ragged = n_cases > 1 and rng.random() < 0.5
            series = [case[:, : 1 + i % n_timepoints] if ragged else case for i, case in enumerate(x)]
            try:
                features = model.transform(series)
            except ValueError as error:  # a lawful scale may be one that such series do not fit
                if "too large for float32" in str(error):
                    return
                raise
            assert features.shape == (n_cases, len(model.plan_))
            if hasattr(model, "classes_"):
                assert np.isin(model.predict(series), model.classes_).all()
            elif hasattr(model, "predict"):
                predicted, deviation = model.predict(series, return_std=True)
                assert np.isfinite(predicted).all()
                assert (deviation >= 0).all()
        one = model.plan_.apply_one(x[0])
        np.testing.assert_array_equal(one, model.transform(x[:1])[0])
        if hasattr(model, "predict_one"):
            model.predict_one(x[0])
        if hasattr(model, "classes_"):
            model.predict_proba(x[:1])


def is_dear(model):
    """Whether kymatio's filters, which grow as ``2**J``, take long: that is what the model asks for."""
    plans = getattr(model.plan_, "parts", (model.plan_,))
    return any(getattr(plan, "J", 0) > 8 or getattr(plan, "Q", 0) > 8 for plan in plans)


def loaded(path):
    """A model, or None where there is none, and how much memory it took at most to find out."""
    tracemalloc.start()
    try:
        return load(path), tracemalloc.get_traced_memory()[1]
    except ValueError:
        return None, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def memory():
    """What the process has taken at most, in bytes."""
    if resource is None:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(folder, n_files, seed, first=0):
    """Change, load and use so many files."""
    faulthandler.enable()  # so that a crash says where it was
    folder = Path(folder)
    honest = {path: path.read_bytes() for path in sorted(folder.glob("model*.npz"))}
    counts = Counter()
    np.seterr(all="ignore")
    warnings.simplefilter("ignore", RuntimeWarning)
    for content in honest.values():  # so that what is compiled or imported once counts for no file
        (folder / "altered.npz").write_bytes(content)
        for seed_of_use in range(3):
            use(load(folder / "altered.npz"), np.random.default_rng(seed_of_use), folder)
    room = memory()
    now = open(folder / "now", "w")  # noqa: SIM115
    for number in range(first, first + n_files):
        rng = np.random.default_rng([seed, number])
        content, change = pick(rng, list(honest.values())), pick(rng, CHANGES)
        altered = change(rng, content)
        now.seek(0)
        now.write(f"{number:7d} {change.__name__:20}\n")
        now.flush()
        (folder / "altered.npz").write_bytes(altered)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        model, peak = loaded(folder / "altered.npz")
        most = 10 * max(len(content), len(altered)) + ROOM
        assert peak < most, f"load took {peak} bytes for a file of {len(altered)}"
        assert model is None or change is not damaged_bytes, "an accident was not noticed"
        counts[f"{change.__name__}: {'refused' if model is None else 'accepted'}"] += 1
        if model is not None and not is_dear(model):
            use(model, rng, folder)
            assert memory() < room + WORK, f"use took {memory() - room} bytes"
        faulthandler.cancel_dump_traceback_later()
    print(json.dumps(dict(sorted(counts.items())), indent=1))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
