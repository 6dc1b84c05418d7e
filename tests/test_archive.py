"""An archive gives back what was put in, whatever that was, and says so where it was damaged or made by others."""

import io
import struct
import zipfile

import numpy as np
import pytest
from fuzz_files import resealed
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lightwaves.archive import END, SEAL, DamagedError, array_of, npy, opened, sealed

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\\/"), min_size=1, max_size=20)
ENTRIES = {"text": b"some", "numbers.npy": bytes(200)}


@pytest.mark.slow
@given(st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=5))
def test_entries_come_back_as_they_were(entries):
    assert opened(sealed(entries)) == entries


@given(
    hnp.arrays(st.sampled_from(["<i4", ">i4", "<f8", "|b1", "<U3", "<f2"]), hnp.array_shapes(min_dims=0, min_side=0))
)
def test_arrays_come_back_as_they_were_and_numpy_reads_them(array):
    content = npy(array)
    for found in (array_of(content, array.dtype, array.shape), np.load(io.BytesIO(content), allow_pickle=False)):
        assert found.shape == array.shape
        assert found.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
        np.testing.assert_array_equal(found, array)
    assert array_of(content, array.dtype, array.shape).flags.writeable


def test_a_structured_array_comes_back_too():
    array = np.array([(1, 0.5), (2, 0.25)], [("n", "<i8"), ("score", "<f8")])
    np.testing.assert_array_equal(array_of(npy(array), array.dtype, (2,)), array)
    np.testing.assert_array_equal(np.load(io.BytesIO(npy(array))), array)


def test_an_array_in_another_order_is_written_in_that_of_c():
    array = np.arange(6.0).reshape(2, 3)
    assert npy(np.asfortranarray(array)) == npy(array) == npy(array[::-1][::-1])


@pytest.mark.parametrize(
    ("dtype", "shape"), [("<i4", (3,)), ("<f4", (2,)), ("<i4", (2, 1)), ("<i4", ()), ("<i8", (1,)), ("<i4", (2**62,))]
)
def test_an_array_of_another_dtype_or_shape_is_refused(dtype, shape):
    with pytest.raises(ValueError, match="it is no array"):
        array_of(npy(np.int32([1, 2])), np.dtype(dtype), shape)


def test_any_changed_byte_is_damage():
    whole = sealed(ENTRIES)
    for at in range(len(whole)):
        for changed in (
            whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
            whole[:at],
            whole[:at] + whole[at + 1 :],
        ):
            with pytest.raises(DamagedError):
                opened(changed)
    with pytest.raises(DamagedError):
        opened(whole + b"\0")


@pytest.mark.parametrize("body", [b"", b"short", bytes(1000), b"PK\5\6" + bytes(18)])
def test_what_is_no_archive_is_refused_though_its_digest_is_right(body):
    with pytest.raises(ValueError, match=r"it is too short|it does not end as|it is no archive"):
        opened(resealed(body))


def zipped(*entries, method=zipfile.ZIP_STORED):
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        archive.comment = bytes(SEAL)
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return room.getvalue()[:-SEAL]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_entries_are_refused(method):
    with pytest.raises(ValueError, match="entry 'text' is compressed"):
        opened(resealed(zipped(*ENTRIES.items(), method=method)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two entries have one name"):
        opened(resealed(zipped(("a", b"1"), ("a", b"2"))))


def test_entries_that_share_their_bytes_are_no_larger_than_the_file():
    body = zipped(("a", bytes(2000)), ("b", b"1"))
    second = body.rindex(b"PK\1\2")
    overlapping = body[: second + 16] + body[body.index(b"PK\1\2") + 16 :][:30] + body[second + 46 :]
    with pytest.raises(ValueError, match=r"larger than the file|no archive"):
        opened(resealed(overlapping))


def test_a_list_of_very_many_entries_is_not_read():
    body = zipped(*((f"{n:060d}", b"") for n in range(10_500)))
    with pytest.raises(ValueError, match="it does not end as an archive of this library does"):
        opened(resealed(body))


@pytest.mark.parametrize("change", [(4, 1), (6, 1), (8, 7), (12, 1), (16, 1), (20, 0)])
def test_an_end_that_points_elsewhere_is_refused(change):
    body = bytearray(zipped(*ENTRIES.items()))
    at, value = len(body) - END.size + change[0], change[1]
    struct.pack_into("<H", body, at, struct.unpack_from("<H", body, at)[0] + value if value else 0)
    with pytest.raises(ValueError, match="it does not end as an archive"):
        opened(resealed(bytes(body)))
