"""The import rules hold for `app`, and each of them catches a tree that breaks it."""

import configparser
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".importlinter"
LINT = Path(sys.executable).with_name("lint-imports")

SOUND = {
    "cli": "from app import main",
    "main": "from app.api.routes import groups\nfrom app.worker import runner",
    "api.routes.groups": "from app.services import groups\nfrom app.db.queries import groups as q",
    "api.schemas.groups": "import pydantic",
    "worker.runner": "from app.worker.tasks import webhooks",
    "worker.tasks.webhooks": "from app.adapters.webhooks import sender",
    "services.groups": "from app.db.models import group\nfrom app.adapters.calendars import ical",
    "adapters.addresses": "import ipaddress",
    "adapters.http": "import httpcore",
    "adapters.webhooks.sender": "from app.adapters import http",
    "adapters.webhooks.signing": "import hmac",
    "adapters.webhooks.retry": "",
    "adapters.calendars.client": "from app.adapters import http",
    "adapters.calendars.ical": "from app.domain import membership",
    "adapters.calendars.vtimezone": "",
    "adapters.calendars.caldav": "",
    "adapters.calendars.content_lines": "",
    "adapters.calendars.lint": "",
    "adapters.calendars.lint_revisions": "",
    "adapters.calendars.itip": "",
    "adapters.mail.message": "from app.adapters.calendars import itip",
    "adapters.mail.client": "from app.adapters.mail import message\nimport aiosmtplib",
    "adapters.calendars.alarms": "",
    "adapters.calendars.discovery": "",
    "adapters.calendars.inventory": "",
    "adapters.calendars.multistatus": "",
    "adapters.calendars.places": "",
    "db.models.group": "import sqlalchemy",
    "db.queries.groups": "from app.db.models import group",
    "db.session": "import sqlalchemy\nfrom app import settings",
    "domain.membership": "from app.domain import errors",
    "domain.errors": "",
    "settings": "import pydantic_settings",
    "clock": "",
    "telemetry": "import structlog\nfrom app import traces",
    "traces": "import sqlalchemy",
}
"""The shape of the real tree in its smallest form."""

BROKEN = [
    (1, "domain.membership", "from app.db.models import group"),
    (1, "settings", "from app import clock"),
    (1, "api.schemas.groups", "from app.worker import runner"),
    (1, "helpers", ""),
    (2, "domain.membership", "from app import clock"),
    (2, "domain.membership", "from sqlalchemy import select"),
    (2, "domain.errors", "def late():\n    import fastapi"),
    (2, "adapters.webhooks.signing", "from app.adapters import http"),
    (2, "adapters.calendars.ical", "from app import settings"),
    (3, "services.groups", "from app.adapters.webhooks import sender"),
    (3, "services.groups", "import httpx"),
    (3, "services.groups", "from app.adapters.mail import client"),
    (2, "adapters.mail.message", "import aiosmtplib"),
    (3, "api.routes.groups", "from app.adapters.calendars import client"),
    (4, "adapters.webhooks.sender", "from app.db.models import group"),
    (5, "api.routes.groups", "from app.db.models import group"),
    (5, "api.routes.groups", "from app.db import session"),
    (5, "api.schemas.groups", "import sqlalchemy.orm"),
    (6, "domain.errors", "def late():\n    from app.domain import membership"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--config", CONFIG, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "200"},
    )


def broken_rules(output: str) -> set[int]:
    return {int(number) for number in re.findall(r"^(\d)\. .* BROKEN", output, re.MULTILINE)}


def plant(folder: Path, modules: dict[str, str]) -> None:
    """Write a package `app` with these modules."""
    for name, text in modules.items():
        path = folder.joinpath("app", *name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for package in (folder / "app", *(folder / "app").rglob("*/")):
        (package / "__init__.py").touch()


def test_the_service_follows_the_rules() -> None:
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout


def test_a_sound_tree_passes(tmp_path: Path) -> None:
    plant(tmp_path, SOUND)
    outcome = lint(tmp_path)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(("rule", "module", "statement"), BROKEN)
def test_a_broken_tree_is_caught(tmp_path: Path, rule: int, module: str, statement: str) -> None:
    plant(tmp_path, SOUND | {module: f"{SOUND.get(module, '')}\n{statement}\n"})
    outcome = lint(tmp_path)
    assert outcome.returncode == 1
    assert rule in broken_rules(outcome.stdout), outcome.stdout


def test_every_module_named_in_the_rules_exists() -> None:
    """A wildcard that matches nothing would let its rule pass for ever."""
    config = configparser.ConfigParser()
    config.read(CONFIG)
    lines = "\n".join(
        section.get(key, "")
        for section in config.values()
        for key in ("source_modules", "forbidden_modules")
    )
    expressions = set(re.findall(r"^app\..+$", lines, re.MULTILINE))
    assert len(expressions) > 10
    graph = grimp.build_graph("app", cache_dir=None)
    assert {it for it in expressions if not graph.find_matching_modules(it)} == set()


def test_no_module_imports_itself_on_a_detour() -> None:
    """Rule 6 compares siblings; this also sees a package and its own child."""
    graph = grimp.build_graph("app", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    graphlib.TopologicalSorter(imports).prepare()
