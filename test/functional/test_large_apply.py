# SPDX-License-Identifier: GPL-2.0-only
"""A whole state of hundreds of claims: a failure in the middle touches no other claim."""

from __future__ import annotations

import json
from pathlib import Path

from largest import Crowded

PARTLY, REFUSED = 12, 3


def test_three_hundred(tmp_path: Path) -> None:
    with Crowded(tmp_path, 20, 16, claims=0) as crowded:
        host = crowded.host
        wishes = [{"name": f"c{i:03}", "size": 256 << 20} for i in range(300)]
        wishes[150]["size"] = 1 << 50
        path = tmp_path / "state.json"
        path.write_text(json.dumps({"claims": wishes}))
        result = host.run("apply", str(path), timeout=500)
        assert result.returncode == PARTLY, result.stderr
        assert "cxlfm apply: c150: refused; nothing was changed" in result.stderr
        assert result.stderr.endswith("applied 299 changes, 1 failed\n")
        found = {claim["name"] for claim in host.json("list", "--claims")}
        assert found == {w["name"] for w in wishes} - {"c150"}
        assert len(host.json("list", "-R")) == 299
        again = host.run("apply", str(path))
        assert again.returncode == REFUSED
        assert again.stderr.endswith("applied 0 changes, 1 failed\n")
