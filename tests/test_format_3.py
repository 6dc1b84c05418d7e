"""Files of format 3, which have no digest: what is read is checked as later files are, and all else is refused."""

import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lightwaves import load, load_basic_motions, save
from lightwaves.persistence.format_3 import MOST_SHRUNK, OF_DETACHMENT

STORED = Path(__file__).parent / "golden" / "model_format_3.npz"
X_TEST, _ = load_basic_motions("test")


@pytest.fixture
def entries():
    with np.load(STORED) as archive:
        return {name: archive[name] for name in archive.files}


def written(entries, path, facts=None):
    """A file of format 3 of these entries, as `numpy.savez_compressed` writes it."""
    facts = json.loads(str(entries["facts"])) if facts is None else facts
    np.savez_compressed(path, **{**entries, "facts": np.array(json.dumps(facts))})
    return path


def refused(path, why=""):
    with pytest.raises(ValueError, match=f"is not a model saved by lightwaves, or (is damaged|was changed): .*{why}"):
        load(path)


def test_the_model_can_do_all_that_it_could(entries, tmp_path):
    model = load(written(entries, tmp_path / "same.npz"))
    assert model.classes_.tolist() == ["Badminton", "Running", "Standing", "Walking"]
    assert (model.missing, model.class_weight, model.search_cases) == ("error", None, 1500)
    assert model.screening_["reason"].tolist() == ["not known"] * 6
    assert model.screening_["kept"].all()
    assert model.selection_path_["n_features"][-1] == 12
    np.testing.assert_array_equal(model.predict_proba(X_TEST), load(STORED).predict_proba(X_TEST))


@pytest.mark.parametrize("classes", [["a", "b", "c", "d"], [1, 2, 5, 7], [0.0, 1.0, 2.0, 5.0]], ids=str)
def test_classes_of_any_kind_are_kept(entries, classes, tmp_path):
    entries["classes"] = np.array(classes)
    assert load(written(entries, tmp_path / "model.npz")).classes_.tolist() == classes
    facts = json.loads(str(entries["facts"])) | {"classes_are_objects": True}
    path = written(entries, tmp_path / "objects.npz", facts)
    if isinstance(classes[0], str):
        assert load(path).classes_.dtype == object
    else:
        refused(path, "classes must be texts")


def test_a_transformer_of_mrmr_is_read(entries, tmp_path):
    facts = json.loads(str(entries["facts"]))
    facts |= {"model": "LightWaveS", "parameters": facts["parameters"] | {"selection": "mrmr"}}
    facts = {
        name: value for name, value in facts.items() if name not in ("classes_are_objects", "alpha", "temperature")
    }
    for name in ("selection_path", "candidate_channels", "bank_errors", "classes", "head.coef_", "head.intercept_"):
        entries.pop(name)
    entries.pop("head.importances_")
    model = load(written(entries, tmp_path / "model.npz", facts))
    np.testing.assert_array_equal(model.transform(X_TEST), load(STORED).transform(X_TEST))
    save(model, tmp_path / "again.npz")
    assert load(tmp_path / "again.npz").selection == "mrmr"


@pytest.mark.slow
def test_every_entry_must_be_there_and_be_what_it_was(entries, tmp_path):
    for number, (name, array) in enumerate(entries.items()):
        if name == "facts":
            continue
        others = [None, array[None]]
        if name not in OF_DETACHMENT:  # they may be of any length
            others.append(array[:-1])
        if array.dtype.kind in "fiub":
            others.append(array.astype(np.complex128))
        if array.dtype.kind == "f":
            others.append(np.full_like(array, np.nan))
        for kind, other in enumerate(others):
            changed = {**entries, name: other}
            if other is None:
                del changed[name]
            refused(written(changed, tmp_path / f"{number}-{kind}.npz"))
    refused(written({**entries, "another": np.zeros(1)}, tmp_path / "more.npz"), "entries differ in 'another'")


@pytest.mark.parametrize(
    "change",
    [
        {"format": 4}, {"format": "3"}, {"model": "Ridge"}, {"another": 1}, {"n_features_in": 7}, {"fitted_2d": 0},
        {"alpha": 0}, {"temperature": "warm"}, {"channel_names": ["a"]}, {"feature_names_in": ["a"]},
        {"parameters": {}}, {"parameters": None}, {"plan": {}}, {"plan": {"kind": "Together", "n_timepoints": 100}},
        {"plan": {"kind": "KernelPlan", "n_timepoints": 100}},
    ],
    ids=str,
)  # fmt: skip
def test_facts_must_be_what_they_were(entries, change, tmp_path):
    refused(written(entries, tmp_path / "model.npz", json.loads(str(entries["facts"])) | change))


def test_parts_of_a_plan_must_agree(entries, tmp_path):
    entries["plan.1.shift"] = entries["plan.1.shift"] + 1
    refused(written(entries, tmp_path / "model.npz"), "shift of a part of the plan is another")


def test_what_features_weigh_must_be_said_alike(entries, tmp_path):
    entries["weights"] = entries["weights"] * 2
    refused(written(entries, tmp_path / "model.npz"), "weights of features are not the importances")


def test_indices_beyond_what_there_is_are_refused(entries, tmp_path):
    for name in ("plan.0.member", "plan.1.channel", "plan.2.channel", "plan.order", "candidate_channels"):
        changed = {**entries, name: entries[name] + 100}
        refused(written(changed, tmp_path / f"{name}.npz"))


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    whole = STORED.read_bytes()
    for end in range(0, len(whole), 97):
        (tmp_path / "file").write_bytes(whole[:end])
        refused(tmp_path / "file")


@pytest.mark.slow
def test_a_damaged_byte_is_noticed_or_changes_nothing(tmp_path):
    whole, expected = STORED.read_bytes(), load(STORED).predict_proba(X_TEST[:3])
    n_refused = 0
    for place in range(0, len(whole), 31):
        (tmp_path / "file").write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        try:
            model = load(tmp_path / "file")
        except ValueError:
            n_refused += 1
        else:  # a date in the archive, say
            np.testing.assert_array_equal(model.predict_proba(X_TEST[:3]), expected)
    assert n_refused > 0.7 * len(range(0, len(whole), 31))


def test_nothing_is_unpickled_and_no_bomb_is_unpacked(entries, tmp_path):
    np.savez_compressed(tmp_path / "trap.npz", **{**entries, "weights": np.array([print, None], dtype=object)})
    refused(tmp_path / "trap.npz", r"an array is object \(2,\)")
    n_bytes = 2 * MOST_SHRUNK * STORED.stat().st_size
    np.savez_compressed(tmp_path / "bomb.npz", **{**entries, "weights": np.zeros(n_bytes, np.uint8)})
    refused(tmp_path / "bomb.npz", "much larger than the file")


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_more_is_unpacked_than_the_archive_says(packed, tmp_path):
    """Once, an archive that lies took all memory: 802 bytes took more than a gigabyte."""
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w", packed) as archive:
        archive.writestr("facts.npy", bytes(1 << 20))
    content = path.read_bytes()
    path.write_bytes(content.replace((1 << 20).to_bytes(4, "little"), (140).to_bytes(4, "little")))
    refused(path, "packed otherwise than NumPy packs" if packed != zipfile.ZIP_DEFLATED else "")
    tracemalloc.start()
    try:
        refused(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", [(2**62,), (2**40, 2**40), (-1,), (0,), (5,)], ids=str)
def test_an_array_of_another_size_than_it_says_is_refused(entries, shape, tmp_path):
    described = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
    content = b"\x93NUMPY\x01\x00" + len(described).to_bytes(2, "little") + described.encode() + bytes(96)
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w") as archive, zipfile.ZipFile(STORED) as stored:
        for name in stored.namelist():
            archive.writestr(name, content if name == "weights.npy" else stored.read(name))
    refused(path, "an array is ")


def test_two_entries_of_one_name_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(STORED.read_bytes())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("weights.npy", b"")
    refused(path, "two entries have one name")
