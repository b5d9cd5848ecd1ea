"""Schemathesis against a running service, signed in as two tenants."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.cli.document import document_text
from app.domain.api_keys import hint
from tests.support.schemathesis_hooks import CROSSINGS, OTHER_KEY, OWN_KEY_ID, OWNER

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
ROOT = Path(__file__).parents[2]
OTHER = "other"
TIMEOUT_SECONDS = 1800
ENDLESS = "/v1/events/stream"  # a call of it has no end to wait for
CONFIG = """\
[auth.wfc]
# One calls; what it reads is asked for by the other as well, who must not see it.
path = "{keys}"
user = "{user}"
peers = ["{owner}", "{other}"]

[phases.stateful]
max-steps = 30

[phases.stateful.generation]
# What was refused has nothing that another call could be about.
mode = "positive"
max-examples = {scenarios}

[checks.positive_data_acceptance]
# Data can be right by the document and wrong in the present state, for the person who acts (403),
# or by a rule across fields. The key has all scopes and stays: 401 is no answer to it.
expected-statuses = ["2xx", "304", "403", "404", "409", "410", "412", "422", "428"]
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
    scenarios: int = 10,
    user: str = OWNER,
) -> subprocess.CompletedProcess[str]:
    """One run of all checks as one of the two tenants, over these operations or all."""
    document = _write(target, "openapi.json", document_text())
    keys = _write(target, "keys.json", json.dumps(_identities(target)))
    config = _write(target, "schemathesis.toml", _config(keys, user, scenarios))
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
            OTHER_KEY: target.other_key,
            OWN_KEY_ID: _key_id(target),
        },
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def crossings(target: Target) -> dict[str, int]:
    """By operation, how often the last run's other tenant asked for what was not theirs."""
    found: dict[str, int] = json.loads((target.folder / CROSSINGS).read_text())
    return found


def _config(keys: Path, user: str, scenarios: int) -> str:
    return CONFIG.format(keys=keys, user=user, owner=OWNER, other=OTHER, scenarios=scenarios)


def _key_id(target: Target) -> str:
    """The id of the owner's key."""
    headers = {"Authorization": f"Bearer {target.owner_key}"}
    listed = httpx.get(f"{target.url}/v1/api_keys", headers=headers, timeout=60).json()["data"]
    return next(str(each["id"]) for each in listed if each["hint"] == hint(target.owner_key))


def _write(target: Target, name: str, text: str) -> Path:
    file = target.folder / name
    file.write_text(text)
    return file


def _identities(target: Target) -> dict[str, object]:
    """In the form of Web Fuzzing Commons: what one has made, the other must not see."""
    keys = {OWNER: target.owner_key, OTHER: target.other_key}
    return {
        "auth": [
            {
                "name": name,
                "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}],
            }
            for name, key in keys.items()
        ]
    }
