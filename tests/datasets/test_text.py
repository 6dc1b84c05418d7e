"""Files are read line by line whatever their encoding, line ends and compression; what is no text is refused."""

import gzip
import os
import threading

import numpy as np
import pytest

from lightwaves import read, read_ts

PLAIN = "@classLabel true fär für\n@data\n1,2:fär\n3,4:für\n"


def written(content, tmp_path, name="set.ts"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("latin-1"),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip("\n").encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
        gzip.compress(PLAIN.encode("latin-1"), mtime=0),
        gzip.compress(PLAIN[:30].encode(), mtime=0) + gzip.compress(PLAIN[30:].encode(), mtime=0),
    ],
    ids=["UTF-8", "Latin-1", "BOM", "CRLF", "CR", "no last end", "gzip", "gzip of Latin-1", "two gzip members"],
)
@pytest.mark.parametrize("name", ["set.ts", "set.ts.gz", "SET.TS"])
def test_lines_are_the_same_however_they_are_stored(content, name, tmp_path):
    X, y = read(written(content, tmp_path, name))
    np.testing.assert_array_equal(X, [[[1, 2]], [[3, 4]]])
    assert y.tolist() == ["fär", "für"]


@pytest.mark.slow
def test_one_byte_of_latin_1_makes_the_whole_file_latin_1(tmp_path):
    lines = "".join(f"{i}:far\n" for i in range(20_000))  # far more than is decoded at a time
    _, y = read_ts(written(b"@data\n" + lines.encode() + "1:für\n".encode("latin-1"), tmp_path))
    assert sorted(set(y)) == ["far", "für"]


def test_a_no_break_space_is_part_of_a_label(tmp_path):
    _, y = read_ts(written("@data\n1:a\u00a0\n2:a\n", tmp_path))
    assert y.tolist() == ["a\u00a0", "a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.usefixtures("in_time")
def test_a_pipe_is_read_in_either_encoding(tmp_path):
    path = tmp_path / "pipe.ts"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(PLAIN.encode("latin-1"),), daemon=True)
    writer.start()
    assert read_ts(path)[1].tolist() == ["fär", "für"]
    writer.join()


@pytest.mark.parametrize("content", [PLAIN.encode("utf-16"), gzip.compress(PLAIN.encode("utf-16"), mtime=0)])
def test_utf_16_is_refused_by_name(content, tmp_path):
    with pytest.raises(ValueError, match=r"set\.ts, line 1: the file is UTF-16: save it as UTF-8"):
        read_ts(written(content, tmp_path))


@pytest.mark.parametrize("cut", [5, 30, -9, -1])
def test_a_damaged_archive_is_refused_with_file_and_line(cut, tmp_path):
    packed = gzip.compress(PLAIN.encode(), mtime=0)
    with pytest.raises(ValueError, match=r"set\.ts\.gz, line \d+: the compressed data is damaged"):
        read(written(packed[:cut], tmp_path, "set.ts.gz"))


@pytest.mark.slow
def test_what_unpacks_to_far_more_than_the_file_is_refused_early(tmp_path):
    bomb = gzip.compress(b"@data\n" + b"1," * 25_000_000 + b"1:a\n", mtime=0)
    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match=r"set\.ts\.gz, line 2: unpacked, it is more than 100 times as large"):
        read(written(bomb, tmp_path, "set.ts.gz"))


def test_well_packed_numbers_are_read(tmp_path):
    text = "@data\n" + ",".join(["0.0"] * 200_000) + ":a\n"
    assert read(written(gzip.compress(text.encode(), mtime=0), tmp_path, "set.ts.gz"))[0].shape == (1, 1, 200_000)


def test_a_missing_file_and_a_folder_are_os_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_ts(tmp_path / "nowhere.ts")
    with pytest.raises(OSError, match=str(tmp_path)):
        read_ts(tmp_path)


def test_a_path_may_be_text_bytes_or_a_path(tmp_path):
    path = written(PLAIN, tmp_path)
    for form in (path, str(path), bytes(path)):
        assert read_ts(form)[1].tolist() == ["fär", "für"]
    with pytest.raises(TypeError):
        read_ts(0)


def test_a_file_that_is_utf8_in_part_is_refused_with_the_line_that_is_not(tmp_path):
    """Once, one byte renamed all classes: gähen became gÃ¤hen."""
    good, bad = "1:gähen\n".encode(), "1:für\n".encode("latin-1")
    for content in (good + bad, bad + good, good + b"# \xff\n"):
        with pytest.raises(ValueError, match=r"line \d: a byte that is no UTF-8, but most characters are"):
            read_ts(written(b"@data\n" + content, tmp_path))
    other = "@classLabel true 正常 異常\n@data\n1,2:正常\n2,3:異常\n".encode("shift-jis")
    assert len(set(read_ts(written(other, tmp_path))[1])) == 2, "as Latin-1, for what is known of it"


def test_the_mark_at_the_begin_of_files_that_were_put_together_is_no_part_of_a_class(tmp_path):
    """Once, "\ufeff1" was a class beside "1"."""
    part = "1,1.5,2.5,3\n2,4.5,5.5,6\n".encode("utf-8-sig")
    assert set(read(written(part + part, tmp_path, "both.csv"))[1]) == {"1", "2"}
    assert set(read(written(b"\xef\xbb\xbf" + part, tmp_path, "twice.csv"))[1]) == {"1", "2"}
    with pytest.raises(ValueError, match=r"within\.csv, line 1: a byte order mark, U\+FEFF, within the line"):
        read(written("1,\ufeff2,3\n", tmp_path, "within.csv"))


@pytest.mark.parametrize("n_damaged", [1, 2])
def test_a_file_with_the_mark_of_utf_8_that_is_not_all_utf_8_is_refused(n_damaged, tmp_path):
    """Once, such a mark was read as a part of the first class, "ï»¿1" beside "1"."""
    other = "für,1,2.5,3\n".encode("latin-1") * n_damaged
    for content in (b"\xef\xbb\xbf1,1.5,2.5,3\n2,4,5.5,6\n" + other, b"1,4,5.5,6\n\xef\xbb\xbf2,2,3,4\n" + other):
        with pytest.raises(ValueError, match=r"a\.csv, line 3: a byte that is no UTF-8, but a byte order mark"):
            read(written(content, tmp_path, "a.csv"))


@pytest.mark.parametrize("character", ["\x01", "\x1b", "\x1e", "\x7f"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ts", "@data\n1,2:{0}\n3,4:a\n"),
        ("a.csv", "a,1,2\n{0},2,3\n"),
        ("a.arff", "@attribute t numeric\n@attribute c string\n@data\n1,{0}\n"),
    ],
)
def test_a_control_character_is_no_part_of_a_class_without_quotes(character, name, text, tmp_path):
    """Once, "a" with a control character was read as a class beside "a"."""
    with pytest.raises(ValueError, match=rf"{name}, line \d: a control character in the class 'a\\x"):
        read(written(text.format(f"a{character}"), tmp_path, name))
    assert f"a{character}" in read(written(text.format(f"'a{character}'"), tmp_path, name))[1]


def test_the_end_of_a_file_of_dos_is_no_part_of_a_class(tmp_path):
    """Once, "a" with such an end was read as a class beside "a"."""
    for end in ("\x1a", "\r\n\x1a", "\x1a\x1a", "\x1a\r\n", "\x1a\n\x1a"):
        assert read(written(f"@data\n1,2:a\r\n3,4:a{end}", tmp_path))[1].tolist() == ["a", "a"]
        assert read(written(f"a,1,2\r\na,3,4{end}", tmp_path, "a.csv"))[0].shape == (2, 1, 2)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")
@pytest.mark.usefixtures("in_time")
def test_a_device_without_end_is_refused(tmp_path):
    """Once, a link to one was read until the memory was full."""
    (tmp_path / "zero.ts").symlink_to("/dev/zero")
    with pytest.raises(ValueError, match=r"zero\.ts is a device, which may have no end: name a file"):
        read(tmp_path / "zero.ts")
