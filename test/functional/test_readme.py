# SPDX-License-Identifier: GPL-2.0-only
"""The README's commands are run unchanged, on a model of a host that is large enough."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from fake_host import BUILD, RECORDS, FakeHost

README = Path(os.environ["CXLFM_SOURCE"]) / "README.md"

# Commands that other tests run: the two scripts are check and demo, and the test runs in a build.
ELSEWHERE = re.compile(r"\./demo|\./check|meson |sudo systemd-sysusers|sudo systemctl|numactl|varlinkctl")


DEMO = re.compile(r"<!-- demo: begin.*<!-- demo: end -->", re.DOTALL)


def commands() -> list[str]:
    """The indented lines outside of the demonstration, without their remarks."""
    text = DEMO.sub("", README.read_text())
    lines = [line for line in text.splitlines() if line.startswith("    ")]
    stripped = [re.sub(r"\s+#.*", "", line).strip() for line in lines]
    return [line for line in stripped if line and not ELSEWHERE.match(line)]


def large_host(path: Path) -> Path:
    """Four memdevs of 512 GiB behind one switch, in a window that holds all of them."""
    scale = {256 << 20: 512 << 30, 4 << 30: 4 << 40}

    def grow(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: grow(item) for key, item in value.items()}
        if isinstance(value, list):
            return [grow(item) for item in value]
        return scale.get(value, value) if isinstance(value, int) else value

    path.write_text(json.dumps(grow(json.loads((RECORDS / "guest-one-switch.json").read_text()))))
    return path


def test_every_command_works(tmp_path: Path) -> None:
    record = large_host(tmp_path / "host.json")
    found = commands()
    assert any("--snapshot" in command for command in found)
    assert any("remove-memory" in command for command in found)
    with FakeHost(tmp_path, str(record)) as host:
        for command in found:
            words = shlex.split(command.removeprefix("sudo "))
            assert words[0] == "cxlfm", f"the README has a command that no test knows: {command}"
            result = subprocess.run(
                [BUILD / "cli/cxlfm", *words[1:]],
                env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert result.returncode == 0, f"{command}: {result.stderr}"


def test_demonstration_is_the_real_one() -> None:
    """The README shows the commands of ./demo, in their order; a VM test runs those."""
    shown = re.findall(r"^    # (.*)$", DEMO.findall(README.read_text())[0], re.MULTILINE)
    script = (README.parent / "test/vm/demo.sh").read_text().replace('"$region"', "region0")
    done = re.findall(r"^show (.*)$", script, re.MULTILINE)
    remaining = iter(done)
    assert len(shown) >= 4
    assert all(command in remaining for command in shown), f"{shown} is not in {done}"
