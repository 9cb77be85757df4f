# SPDX-License-Identifier: GPL-2.0-only
"""cxlfmd started by hand as root: the files of the daemon, and the rights on the files of the user that the
daemon becomes. That user's process may be an enemy's by then, and must get no file of root's.
"""

from __future__ import annotations

import grp
import os
import pwd
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fake_host import BUILD, HOST_ID, RECORDS

CXLFMD = BUILD / "daemon/cxlfmd"
# A user of every Debian and Fedora, with a group of the same name.
USER = "daemon"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(autouse=True)
def user() -> pwd.struct_passwd:
    try:
        grp.getgrnam(USER)
        return pwd.getpwnam(USER)
    except KeyError:
        pytest.skip(f"there is no user and no group {USER}")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can enter: pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def start(folder: Path, *arguments: str | Path, user: str = USER) -> subprocess.Popen[str]:
    """Returns when the daemon is ready, or has ended."""
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    environment = {**os.environ, "NOTIFY_SOCKET": str(ready),
                   "CXLFM_FAKE_RECORD": str(RECORDS / "guest-one-switch.json")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(ready))
        ready.chmod(0o666)
        notified.settimeout(0.1)
        daemon = subprocess.Popen(
            [CXLFMD, "--user", user, "--host-id", HOST_ID, "--helper",
             BUILD / "test/functional/fake-helper", *arguments],
            env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while daemon.poll() is None:
            try:
                if notified.recv(64) == b"READY=1":
                    break
            except TimeoutError:
                continue
    return daemon


def stop(daemon: subprocess.Popen[str]) -> str:
    daemon.terminate()
    _, err = daemon.communicate(timeout=20)
    assert daemon.returncode == 0, err
    return err


def refused(daemon: subprocess.Popen[str]) -> str:
    _, err = daemon.communicate(timeout=20)
    assert daemon.returncode == 1, err
    assert err.count("\n") == 1, err
    return err


def as_user(user: pwd.struct_passwd, function: Callable[[], object]) -> BaseException | None:
    """Runs a process as this user, and returns its result."""
    uids, gids = os.getresuid(), os.getresgid()
    os.setresgid(user.pw_gid, user.pw_gid, gids[2])
    os.setresuid(user.pw_uid, user.pw_uid, uids[2])
    try:
        function()
    except OSError as error:
        return error
    finally:
        os.setresuid(*uids)
        os.setresgid(*gids)
    return None


def test_the_socket_can_not_be_swapped(folder: Path, user: pwd.struct_passwd) -> None:
    victim = folder / "victim"
    victim.write_text("root's")
    path = folder / "run" / "cxlfm.sock"
    daemon = start(folder, "--socket", path, "--store", folder / "lib" / "store.db")
    made = path.parent.stat()
    assert (made.st_uid, stat.S_IMODE(made.st_mode)) == (0, 0o755)
    status = path.lstat()
    assert (status.st_uid, status.st_gid) == (0, grp.getgrnam(USER).gr_gid)
    assert (stat.S_ISSOCK(status.st_mode), stat.S_IMODE(status.st_mode)) == (True, 0o660)
    for attempt in (lambda: os.rename(path, path.with_name("aside")),
                    lambda: os.unlink(path),
                    lambda: os.symlink(victim, path.with_name("other"))):
        assert isinstance(as_user(user, attempt), PermissionError)
    assert as_user(user, lambda: socket.socket(socket.AF_UNIX).connect(str(path))) is None
    stop(daemon)
    # A socket without a listener is replaced.
    stop(start(folder, "--socket", path, "--store", folder / "lib" / "store.db"))
    assert victim.stat().st_uid == 0


def test_the_store_is_for_nobody_else(folder: Path, user: pwd.struct_passwd) -> None:
    store = folder / "lib" / "store.db"
    os.umask(0)
    try:
        stop(start(folder, "--socket", folder / "run/socket", "--store", store))
    finally:
        os.umask(0o022)
    made = store.parent.stat()
    assert (made.st_uid, stat.S_IMODE(made.st_mode)) == (user.pw_uid, 0o700)
    for file in store.parent.iterdir():
        status = file.stat()
        assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (user.pw_uid, 0o600), file


@pytest.mark.parametrize("what", ["folder", "parent", "link", "writable"])
def test_a_folder_that_others_can_change(folder: Path, user: pwd.struct_passwd, what: str) -> None:
    """Root acts by name in no such folder."""
    theirs = folder / "theirs"
    theirs.mkdir()
    path = theirs / "cxlfm.sock"
    if what == "parent":
        path = theirs / "new" / "cxlfm.sock"
    if what == "link":
        (folder / "link").symlink_to(theirs)
        path = folder / "link" / "cxlfm.sock"
    if what == "writable":
        theirs.chmod(0o775)
    else:
        os.chown(theirs, user.pw_uid, user.pw_gid)
    error = refused(start(folder, "--socket", path, "--store", folder / "store.db"))
    assert f"{path}: others than root can change {theirs}" in error
    assert list(theirs.iterdir()) == []


def test_a_store_below_others(folder: Path, user: pwd.struct_passwd) -> None:
    """The store's folder is not made, so changes are refused; the daemon serves the rest."""
    theirs = folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, user.pw_uid, user.pw_gid)
    error = stop(start(folder, "--socket", folder / "run/socket", "--store", theirs / "lib/store.db"))
    assert f"others than root can change {theirs}" in error
    assert "nothing can be changed until" in error
    assert list(theirs.iterdir()) == []


def test_who_stays_root_opens_no_store_of_others(folder: Path, user: pwd.struct_passwd) -> None:
    theirs = folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, user.pw_uid, user.pw_gid)
    daemon = start(folder, "--socket", folder / "run/socket", "--store", theirs / "store.db", user="root")
    assert f"others than root can change {theirs}" in refused(daemon)
    assert list(theirs.iterdir()) == []


def test_an_abstract_socket(folder: Path) -> None:
    assert "open to everybody" in refused(start(folder, "--socket", "@cxlfm-test"))


def test_root_reads_no_record_of_others_as_root(folder: Path) -> None:
    """Root alone may be able to read the file, so it is parsed by a process that runs as nobody."""
    record = folder / "record"
    record.write_bytes((RECORDS / "guest-one-switch.json").read_bytes())
    record.chmod(0o600)
    command = [BUILD / "cli/cxlfm", "--snapshot", record, "list"]
    assert subprocess.run(command, capture_output=True, check=True).stdout
    # As the command starts it.
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [BUILD / "daemon/cxlfmd", "--snapshot", record, "--connection-fd", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
    )
    theirs.close()
    try:
        ours.sendall(b'{"method":"io.cxlfm.Host.GetVersion"}\0')
        assert ours.recv(1 << 16)
        assert ids(Path(f"/proc/{process.pid}/status")) == (["65534"] * 4, ["65534"] * 4, [], 0)
    finally:
        ours.close()
        process.terminate()
        assert process.wait(20) == 0


def ids(status: Path) -> tuple[list[str], list[str], list[str], int]:
    """User, group, supplementary groups and capabilities of a process."""
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return (lines["Uid"].split(), lines["Gid"].split(), lines["Groups"].split(),
            int(lines["CapEff"], 16) | int(lines["CapPrm"], 16))


@pytest.mark.parametrize("name", ["no-such-user", ""])
def test_a_user_who_is_not_there(folder: Path, name: str) -> None:
    """The daemon does not stay root."""
    path = folder / "run" / "socket"
    error = refused(start(folder, "--socket", path, user=name))
    assert "there is no user" in error and "--user root" in error
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "typed, meant",
    [("--snapshto", "--snapshot"), ("--stroe=/tmp/a", "--store"), ("--bogus", None), ("--store", None)],
)
def test_a_mistyped_option(typed: str, meant: str | None) -> None:
    told = subprocess.run([CXLFMD, typed], capture_output=True, text=True, check=False)
    assert told.returncode != 0
    line = f"{typed}: unknown option, or its value is missing" + (f": did you mean {meant}" if meant else "")
    assert told.stderr.splitlines()[0] == f"cxlfmd: {line}"
