"""Files of NumPy that are damaged: each is refused in one way, whatever NumPy would say of it."""

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lightwaves.containers.stored import Files
from lightwaves.numpy_files import ALWAYS_UNPACKED, Archive, mapped

X = np.arange(12 * 3 * 5, dtype=np.float32).reshape(12, 3, 5)


@pytest.fixture
def whole(tmp_path):
    """The bytes of a file, and its path."""
    path = tmp_path / "a.npy"
    np.save(path, X)
    return path.read_bytes(), path


@pytest.mark.parametrize(
    "array", [X, X[:0], np.asfortranarray(X), np.array(3.0), np.array(["a", "bc"]), X > 3, X[..., 0]]
)
def test_what_numpy_writes_is_read(array, tmp_path):
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(mapped(tmp_path / "a.npy"), array)
    np.savez(tmp_path / "plain.npz", X=array, y=X)
    np.savez_compressed(tmp_path / "packed.npz", X=array, y=X)
    for name in ("plain.npz", "packed.npz"):
        archive = Archive(tmp_path / name)
        assert archive.names == ["X", "y"]
        np.testing.assert_array_equal(archive["X"], array)


def test_a_mapped_array_may_be_written_to_and_the_file_stays(whole):
    content, path = whole
    mapped(path, "c")[:] = 0
    assert path.read_bytes() == content


@pytest.mark.slow
def test_each_bit_of_a_header_may_be_wrong(whole):
    """Once, a tenth of them were errors of Python's tokenizer, which name no file."""
    content, path = whole
    n_refused = 0
    for place in range(128):
        for bit in range(8):
            altered = bytearray(content)
            altered[place] ^= 1 << bit
            path.write_bytes(altered)
            try:
                found = mapped(path)
                Files([path])
            except ValueError:
                n_refused += 1
            else:
                assert found.nbytes == X.nbytes
    assert n_refused > 500


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        (lambda content: content[:-1], r"take 720 bytes, but 719 are there: it was cut off"),
        (lambda content: content + content, r"take 720 bytes, but 1,568 are there: something else stands behind them"),
        (lambda content: content.replace(b"(12, 3, 5)", b"(12, 3, 5 "), "what stands before its values is damaged"),
        (lambda content: content.replace(b"(12, 3, 5)", b"(-2, 3, 5)"), "what stands before its values is damaged"),
        (lambda content: content.replace(b"(12, 3, 5), ", b"(8589934592,)"), r"take 34,359,738,368 bytes, but 7.. are"),
        (lambda content: content[:6] + b"\3\0" + content[8:], r"of version 3\.0 of the format, .* or holds records"),
        (lambda content: content[:60], "what stands before its values is damaged"),
        (lambda content: content[:7], "it ends behind its first bytes: it was cut off"),
        (lambda content: content[1:], "does not begin as an array of NumPy does"),
        (lambda content: b"", "does not begin as an array of NumPy does"),
    ],
)
def test_damage_is_told_in_one_way(alter, message, whole, tmp_path):
    content, path = whole
    path.write_bytes(alter(content))
    with pytest.raises(ValueError, match=message):
        mapped(path)
    with pytest.raises(ValueError, match=rf"X: .*a.npy cannot be read as a file of NumPy, .npy: .*{message}"):
        Files([path])
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", alter(content))
    with pytest.raises(ValueError, match=f"array 'X' cannot be read: .*{message}"):
        Archive(tmp_path / "a.npz")["X"]


def test_pickled_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], object))
    with pytest.raises(ValueError, match="pickled Python objects"):
        mapped(tmp_path / "a.npy")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
@pytest.mark.usefixtures("in_time")
def test_nobody_waits_for_a_pipe_to_be_written_to(tmp_path):
    os.mkfifo(tmp_path / "a.npy")
    with pytest.raises(ValueError, match=r"a\.npy cannot be read as a file of NumPy.*: it is a pipe or a device"):
        Files([tmp_path / "a.npy"])


def test_two_arrays_of_one_name_are_refused(tmp_path):
    """Once, one of them won."""
    room = io.BytesIO()
    np.save(room, X)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name in ("X.npy", "X"):
            archive.writestr(name, room.getvalue())
    with pytest.raises(ValueError, match="several arrays 'X'"):
        Archive(tmp_path / "a.npz")


@pytest.mark.slow
def test_an_archive_gives_its_arrays_or_an_error_whatever_byte_is_wrong(tmp_path):
    """Once, errors were of the system or of zipfile, and named neither file nor array."""
    path = tmp_path / "a.npz"
    np.savez(path, X=X, y=np.array(["a", "b"]))
    content, n_refused = path.read_bytes(), 0
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 255
        path.write_bytes(altered)
        try:
            archive = Archive(path)
            found = archive["X"], archive["y"]
        except ValueError:
            n_refused += 1
        else:
            np.testing.assert_array_equal(found[0], X)
            assert found[1].tolist() == ["a", "b"]
    assert n_refused > len(content) / 2


@pytest.mark.slow
def test_threads_may_read_headers_together(tmp_path):
    """Once, ast lost count of its depth in several threads of Python 3.11, and a file was said to be damaged."""
    np.save(tmp_path / "a.npy", X)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: mapped(tmp_path / "a.npy").shape, range(2000)))
    assert set(found) == {X.shape}


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_numpy_does_not_pack_is_not_unpacked(whole, packed, tmp_path):
    """Once, 519 bytes took a gigabyte: these unpack all that is there, whatever the archive says."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w", packed) as archive:
        archive.writestr("X.npy", whole[0])
    with pytest.raises(ValueError, match="'X' cannot be read: it is packed otherwise than NumPy packs; save it with"):
        Archive(tmp_path / "a.npz")["X"]


def test_a_small_archive_of_a_large_array_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("lightwaves.numpy_files.ALWAYS_UNPACKED", 1 << 16)
    np.savez_compressed(tmp_path / "a.npz", X=np.zeros(1 << 17), y=np.zeros(1 << 10))
    with pytest.raises(ValueError, match=r"more than 100 times as large; if that is right, save it with numpy\.savez,"):
        Archive(tmp_path / "a.npz")["X"]
    assert len(Archive(tmp_path / "a.npz")["y"]) == 1 << 10, "small arrays may be packed well"
    np.savez(tmp_path / "b.npz", X=np.zeros(1 << 17))
    assert len(Archive(tmp_path / "b.npz")["X"]) == 1 << 17
    assert ALWAYS_UNPACKED > 1 << 27, "padded series of some size are packed well, too"


@pytest.mark.parametrize(("dtype", "shape"), [("<U0", (10**15,)), ("|S0", (5,)), ("<f8", (10**15, 0, 5))])
def test_values_without_size_are_none(dtype, shape, tmp_path):
    """Once, a file of 128 bytes took as much memory as it said."""
    with open(tmp_path / "a.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.write(tmp_path / "a.npy", "X.npy")
    for read in (lambda: mapped(tmp_path / "a.npy"), lambda: Archive(tmp_path / "a.npz")["X"]):
        with pytest.raises(ValueError, match="in which there is no value"):
            read()


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("code", [0x7FFFFFFF, 0x110000])
def test_text_of_what_is_no_character_is_refused(order, code, tmp_path):
    """Once, it ended in a SystemError of Python."""
    text = np.array([97, code, 98], f"{order}u4").view(f"{order}U1")
    np.save(tmp_path / "a.npy", text)
    np.savez(tmp_path / "a.npz", y=text)
    for read in (lambda: mapped(tmp_path / "a.npy"), lambda: Archive(tmp_path / "a.npz")["y"]):
        with pytest.raises(ValueError, match="its text holds numbers that are no characters"):
            read()
    np.save(tmp_path / "b.npy", np.array(["a", "\U0010ffff"], f"{order}U1"))
    assert mapped(tmp_path / "b.npy")[1] == "\U0010ffff"
