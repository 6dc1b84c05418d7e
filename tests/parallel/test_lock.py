"""A lock is held by one at a time, and by nobody when its holder has let go or died."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from lightwaves.parallel import lock as module
from lightwaves.parallel.lock import InUseError, Lock

ALONE = f"import sys; sys.path.insert(0, {str(Path(module.__file__).parent)!r})"  # not all of the package
HOLDER = f"""
{ALONE}
from pathlib import Path
from lock import Lock

lock = Lock(Path(sys.argv[1]))
assert lock.take()
print("held", flush=True)
sys.stdin.readline()
lock.release()
"""


def another_process(path):
    """One that holds the lock, until it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_one_at_a_time_holds_it_in_this_process_too(tmp_path):
    first, second = (Lock(tmp_path / "lock") for _ in range(2))
    second.release()  # which nobody holds
    assert first.take()
    with pytest.raises(InUseError, match=f"process {os.getpid()}, which is this one,"):
        second.take()
    second.release()
    assert (tmp_path / "lock").exists()
    first.release()
    first.release()
    assert not (tmp_path / "lock").exists()
    assert second.take()
    second.release()


def test_a_link_to_the_folder_is_the_same_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    first, second = Lock(tmp_path / "folder" / "lock"), Lock(tmp_path / "link" / "lock")
    assert first.take()
    with pytest.raises(InUseError):
        second.take()
    first.release()


def test_another_process_is_named_until_it_lets_go(tmp_path):
    with another_process(tmp_path / "lock") as other:
        named = rf"^process {other.pid} on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,$"
        for _ in range(2):
            with pytest.raises(InUseError, match=named):
                Lock(tmp_path / "lock").take()
        other.stdin.write("\n")
    assert not (tmp_path / "lock").exists()
    mine = Lock(tmp_path / "lock")
    assert mine.take()
    mine.release()


def test_a_process_that_was_killed_holds_nothing(tmp_path):
    with another_process(tmp_path / "lock") as other:
        other.kill()
    assert (tmp_path / "lock").exists()
    mine = Lock(tmp_path / "lock")
    assert mine.take()
    mine.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_a_killed_process_has_forked_holds_nothing(tmp_path):
    fork = "import os, time\nchild = os.fork()\nif not child: time.sleep(60)\nprint(child); print("
    code = HOLDER.replace("print(", fork)
    command = [sys.executable, "-W", "ignore", "-c", code, tmp_path / "lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        child = int(other.stdout.readline())
        other.kill()
        other.wait()
        mine = Lock(tmp_path / "lock")
        assert mine.take()
        mine.release()
        os.kill(child, signal.SIGKILL)


def test_what_a_holder_says_begins_the_file_on_windows_too(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(module, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=lambda *_: None), raising=False)
    lock = Lock(tmp_path / "lock")
    lock.take()
    assert json.loads((tmp_path / "lock").read_bytes())["process"] == os.getpid()
    lock.release()


def test_a_holder_that_has_not_said_who_it_is_is_another_process(tmp_path):
    with another_process(tmp_path / "lock"):
        for text in (b"", b"{", b"[]", b"{}", b"\xff", b'{"process": 1}'):
            (tmp_path / "lock").write_bytes(text)
            with pytest.raises(InUseError, match=r"^another process$"):
                Lock(tmp_path / "lock").take()


def test_a_file_that_was_removed_meanwhile_is_not_what_is_locked(tmp_path, monkeypatch):
    own, removed = module.lock, []

    def late(descriptor):
        if not removed:  # its holder lets go just before
            removed.append((tmp_path / "lock").unlink())
        own(descriptor)

    monkeypatch.setattr(module, "lock", late)
    mine = Lock(tmp_path / "lock")
    assert mine.take()
    assert (tmp_path / "lock").exists()
    mine.release()


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are those of POSIX")
@pytest.mark.parametrize("kind", ["link", "hard link", "dangling link", "pipe", "folder", "device"])
@pytest.mark.usefixtures("in_time")
def test_something_else_of_that_name_is_refused_and_left_alone(kind, tmp_path):
    (tmp_path / "precious").write_text("precious")
    make = {
        "link": lambda path: path.symlink_to(tmp_path / "precious"),
        "hard link": lambda path: path.hardlink_to(tmp_path / "precious"),
        "dangling link": lambda path: path.symlink_to(tmp_path / "nowhere"),
        "pipe": os.mkfifo,
        "folder": os.mkdir,
        "device": lambda path: path.symlink_to(os.devnull),
    }
    make[kind](tmp_path / "lock")
    mine = Lock(tmp_path / "lock")
    with pytest.raises(ValueError, match="lock is no lock, but something else: delete it"):
        mine.take()
    mine.release()
    assert (tmp_path / "precious").read_text() == "precious"
    assert sorted(os.listdir(tmp_path)) == ["lock", "precious"]


def test_a_folder_that_is_gone_is_no_reason_to_hold_it(tmp_path):
    (tmp_path / "folder").mkdir()
    mine = Lock(tmp_path / "folder" / "lock")
    assert mine.take()
    (tmp_path / "folder" / "lock").unlink()
    (tmp_path / "folder").rmdir()
    mine.release()
    with pytest.raises(FileNotFoundError):
        mine.take()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP])
def test_a_file_system_without_locks_is_said_to_have_none(number, tmp_path, monkeypatch):
    def none(_):
        raise OSError(number, "no such thing")

    monkeypatch.setattr(module, "lock", none)
    mine = Lock(tmp_path / "lock")
    with pytest.warns(UserWarning, match=r"has no locks \(no such thing\): make sure that no other job works there"):
        assert not mine.take()
    mine.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has locks of its own")
def test_a_python_without_locks_can_import_all_and_says_so(tmp_path, monkeypatch):
    code = "import sys; sys.modules['fcntl'] = None; from lightwaves.parallel import lock; assert lock.fcntl is None"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    monkeypatch.setattr(module, "fcntl", None)
    with pytest.warns(UserWarning, match="has no locks"):
        assert not Lock(tmp_path / "lock").take()


@pytest.mark.slow
def test_of_many_threads_one_at_a_time_is_inside(tmp_path):
    inside, entered, most = [0], [0], [0]

    def work():
        mine, until = Lock(tmp_path / "lock"), time.monotonic() + 0.5
        while time.monotonic() < until:
            try:
                mine.take()
            except InUseError:
                time.sleep(0)
                continue
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            entered[0] += 1
            inside[0] -= 1
            mine.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    assert entered[0] > 8
    assert not list(tmp_path.iterdir())


CROWD = f"""
{ALONE}
import time
from pathlib import Path
from lock import InUseError, Lock

folder, until, n = Path(sys.argv[1]), time.monotonic() + 1.5, 0
while time.monotonic() < until:
    lock = Lock(folder / "lock")
    try:
        lock.take()
    except InUseError:
        continue
    with open(folder / "inside", "x"):  # fails if somebody else is
        n += 1
    (folder / "inside").unlink()
    lock.release()
print(n)
"""


@pytest.mark.slow
def test_of_many_processes_one_at_a_time_is_inside(tmp_path):
    command = [sys.executable, "-c", CROWD, tmp_path]
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [(*job.communicate(timeout=60), job.returncode) for job in jobs]
    assert [code for _, _, code in told] == [0] * 4, told
    assert sum(int(out) for out, _, _ in told) > 20
    assert not list(tmp_path.iterdir())


def test_where_the_disk_is_full_it_is_let_go_and_named(tmp_path, monkeypatch):
    """Once, the folder was in use by this process for ever, though nobody was at work there."""
    full = OSError(errno.ENOSPC, "No space left on device")

    class Full:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def flush(self):
            raise full

        def close(self):
            self.file.close()
            raise full

    whole = module.locked
    monkeypatch.setattr(module, "locked", lambda file: Full(whole(file)))
    lock = Lock(tmp_path / "lock")
    with pytest.raises(OSError, match=r"No space left on device: .*lock"):
        lock.take()
    lock.release()
    monkeypatch.setattr(module, "locked", whole)
    again = Lock(tmp_path / "lock")
    assert again.take()
    again.release()
