"""Schemathesis against a running service, signed in as two tenants."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.document import document_text
from tests.support.schemathesis_hooks import OWNER

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 1800
ENDLESS = "/v1/events/stream"  # a call of it has no end to wait for
CONFIG = """\
[auth.wfc]
# One calls; what it reads is asked for by the other as well, who must not see it.
path = "{keys}"
user = "{owner}"
peers = ["{owner}", "other"]

[checks.positive_data_acceptance]
# Data can be right by the document and wrong in the present state, or by a rule across fields.
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "410", "412", "422", "428"]
"""


@dataclass(frozen=True)
class Target:
    """A service, the keys of the sample's tenant and of another, and a folder for files."""

    url: str
    owner_key: str
    other_key: str
    folder: Path


def run(
    target: Target,
    *,
    phases: str,
    seed: int,
    examples: int,
    operations: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """One run of all checks, over these operations or all."""
    document = _write(target, "openapi.json", document_text())
    keys = _write(target, "keys.json", json.dumps(_identities(target)))
    config = _write(target, "schemathesis.toml", CONFIG.format(keys=keys, owner=OWNER))
    arguments = [
        *("--config-file", config, "run", document, "--url", target.url),
        *("--checks", "all", "--phases", phases),
        *("--seed", str(seed), "--max-examples", str(examples), "--exclude-path", ENDLESS),
        *(
            "--continue-on-failure",
            "--request-timeout",
            "120",
            "--suppress-health-check",
            "all",
            "--generation-database",
            "none",
        ),
        *(part for name in operations for part in ("--include-operation-id", name)),
    ]
    return subprocess.run(
        [SCHEMATHESIS, *map(str, arguments)],
        # It keeps files of its own where it runs.
        cwd=target.folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def _write(target: Target, name: str, text: str) -> Path:
    file = target.folder / name
    file.write_text(text)
    return file


def _identities(target: Target) -> dict[str, object]:
    """In the form of Web Fuzzing Commons: what one has made, the other must not see."""
    keys = {OWNER: target.owner_key, "other": target.other_key}
    return {
        "auth": [
            {
                "name": name,
                "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}],
            }
            for name, key in keys.items()
        ]
    }
