# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures of the VM tests.

A test names its host and asks for the fixture:

    @pytest.mark.topology("one_switch", memhp="offline")
    def test_it(guest): ...

The mark may also stand for a whole module (pytestmark). Its keywords are those of Guest. Guests are
shared by tests that ask for the same host, since a boot is most of a short test's time; so each
test has to leave the host as it found it, and the fixture checks that.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pluggy
import pytest

from guest import Guest, Unavailable
from topology import TOPOLOGIES

SKIPPED = 77


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "topology(name, **options): the emulated host of a test")
    config.addinivalue_line("markers", "leaves_host(why): the guest is not used again")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the tests so that those of one host follow each other, those that use the host up last: fewer
    boots.
    """

    def rank(item: pytest.Item) -> tuple[str, bool]:
        mark = item.get_closest_marker("topology")
        host = f"{mark.args[0]} {sorted(mark.kwargs.items())}" if mark else ""
        return host, item.get_closest_marker("leaves_host") is not None

    items.sort(key=rank)


class Keeper:
    """Has at most one guest running: two cores carry two, and meson runs two files at once."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._guest: Guest | None = None

    def get(self, name: str, options: dict[str, Any]) -> Guest:
        key = (name, *sorted(options.items()))
        if self._guest is None or key != self._key or not self._guest.alive:
            self.drop()
            guest = Guest(TOPOLOGIES[name], **options)
            try:
                self._guest = guest.__enter__()
            except Unavailable as reason:
                pytest.skip(str(reason))
            self._key = key
        return self._guest

    def drop(self) -> None:
        if self._guest is not None:
            self._guest.stop()
        self._guest = None


@pytest.fixture(scope="session")
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.drop()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    """Lets a fixture see whether its test failed."""
    outcome = yield
    if call.when == "call":
        item.stash[FAILED] = outcome.get_result().failed


@pytest.fixture
def guest(request: pytest.FixtureRequest, keeper: Keeper) -> Iterator[Guest]:
    """The test's host, clean before and after."""
    mark = request.node.get_closest_marker("topology")
    assert mark is not None, "the test names no topology"
    guest = keeper.get(mark.args[0], mark.kwargs)
    assert guest.problems() == []
    # Claims of another test would be mended in this one.
    guest.run("rm -f /var/lib/cxlfm/store.db*")
    yield guest
    failed = request.node.stash.get(FAILED, True)
    if failed:
        guest.print_console()
    if failed or request.node.get_closest_marker("leaves_host"):
        # A failure of one test must not fail the next.
        keeper.drop()
        return
    problems = guest.problems()
    if problems:
        guest.print_console()
        keeper.drop()
    assert problems == [], "the test left something behind"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """If tests were skipped and none was run, meson sees a skip, too."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.exitstatus != pytest.ExitCode.OK:
        return
    if reporter.stats.get("skipped") and not reporter.stats.get("passed"):
        session.exitstatus = SKIPPED
