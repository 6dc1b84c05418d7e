"""A file is whole or not there, whoever else writes it, and where none can be, an error says why."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightwaves import files
from lightwaves.files import path_of, place_for, read_whole, write_whole

POSIX = pytest.mark.skipif(os.name != "posix", reason="links, pipes and permissions are those of POSIX")


def write(path, content):
    write_whole(place_for(path), content)


def test_what_is_written_is_read_again_and_nothing_stands_beside_it(tmp_path):
    for content in (b"", b"one", bytes(100_000)):
        write(tmp_path / "file", content)
        assert read_whole(tmp_path / "file") == content
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_what_goes_wrong_leaves_the_old_file_and_nothing_else(step, error, tmp_path, monkeypatch):
    def fail(*_):
        raise error

    write(tmp_path / "file", b"old")
    monkeypatch.setattr(os, step, fail)
    for name in ("file", "new"):
        with pytest.raises(type(error)):
            write(tmp_path / name, b"new")
    assert read_whole(tmp_path / "file") == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("path", [None, 3, ["file"], b"bytes".decode], ids=["None", "int", "list", "function"])
def test_something_else_than_a_path_is_refused(path):
    for use in (path_of, read_whole, place_for):
        with pytest.raises(TypeError, match=r"path must be a path, as str or pathlib\.Path, got"):
            use(path)


def test_a_path_may_be_text_bytes_or_an_object(tmp_path):
    for path in (tmp_path / "a", str(tmp_path / "a"), os.fsencode(tmp_path / "a")):
        assert path_of(path) == tmp_path / "a"
        assert place_for(path) == Path(os.path.realpath(tmp_path)) / "a"


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127, "two words", ".hidden", "\n"])
def test_a_name_may_be_as_long_as_any_and_of_any_characters(name, tmp_path):
    write(tmp_path / name, b"content")
    assert read_whole(tmp_path / name) == b"content"
    assert os.listdir(tmp_path) == [name]


def test_a_place_where_no_file_can_be_is_an_error_that_says_why(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere: make it first"):
        place_for(tmp_path / "nowhere" / "file")
    for path in (tmp_path, f"{tmp_path / 'new'}{os.sep}", "", ".", ".."):
        with pytest.raises(IsADirectoryError, match="this is a folder: name a file in it"):
            place_for(path)
    with pytest.raises(OSError, match=str(tmp_path)):
        read_whole(tmp_path)
    assert not os.listdir(tmp_path)


@POSIX
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "file")
    for content in (b"one", b"two"):
        write(tmp_path / "link", content)
        assert (tmp_path / "link").is_symlink()
        assert read_whole(tmp_path / "folder" / "file") == content
    assert os.listdir(tmp_path / "folder") == ["file"]
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match="this link leads nowhere"):
        place_for(tmp_path / "loop")


@POSIX
def test_a_file_has_the_permissions_of_any_other_or_keeps_its_own(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "new", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    (tmp_path / "new").chmod(0o604)
    write(tmp_path / "new", b"")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o604


def test_where_permissions_cannot_be_set_a_file_is_replaced_all_the_same(tmp_path, monkeypatch):
    def refuse(path, mode):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    write(tmp_path / "file", b"old")
    monkeypatch.setattr(Path, "chmod", refuse)
    write(tmp_path / "file", b"new")
    assert read_whole(tmp_path / "file") == b"new"


@POSIX
def test_a_file_that_is_protected_is_not_replaced(tmp_path, monkeypatch):
    write(tmp_path / "file", b"precious")
    monkeypatch.setattr(files.os, "access", lambda path, mode: mode != os.W_OK)  # whoever runs the tests may all
    with pytest.raises(PermissionError, match="this file is write-protected: name another"):
        place_for(tmp_path / "file")


@POSIX
def test_a_folder_that_is_protected_is_told_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: mode != os.W_OK | os.X_OK)
    with pytest.raises(PermissionError, match=r"its folder is write-protected: name another.*new"):
        place_for(tmp_path / "new")


def test_an_error_of_the_unfinished_copy_names_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'[^']*/there'$"):
        write_whole(tmp_path / "gone" / "there", b"content")


@pytest.mark.usefixtures("in_time")
def test_pipes_and_devices_are_neither_replaced_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", os.devnull):
        with pytest.raises(OSError, match="this is no regular file: name another"):
            place_for(path)
        with pytest.raises(ValueError, match="is a pipe or a device"):
            read_whole(path)
    assert os.listdir(tmp_path) == ["pipe"]


WRITING = f"""
import sys
sys.path.insert(0, {str(Path(files.__file__).parent)!r})
from files import place_for, read_whole, write_whole

for n in range(100):
    write_whole(place_for(sys.argv[1]), bytes([n]) * (1000 + n))
    content = read_whole(sys.argv[1])
    assert content == content[:1] * (1000 + content[0]), len(content)
"""


def test_several_processes_may_write_one_file(tmp_path):
    jobs = [subprocess.Popen([sys.executable, "-c", WRITING, tmp_path / "file"]) for _ in range(4)]
    assert [job.wait(120) for job in jobs] == [0] * 4
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_names_the_file_that_was_not_written(tmp_path, monkeypatch):
    """Once, the error named nothing."""

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: nothing was written: .*model\.npz") as raised:
        write_whole(tmp_path / "model.npz", b"x")
    assert raised.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []
