"""docs/security.md says what is so: its tests exist, its limits are the settings' defaults."""

import ast
import re
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
GUIDE = (ROOT / "docs" / "guides" / "self-hosting.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE)))
LIMITS = re.findall(r"^\|[^|]+\| ([^|]+) \| `(HOTSEAT_\w+)` \|", PAGE, re.MULTILINE)
UNITS = {"MiB": 1_048_576}


@pytest.mark.parametrize("named", NAMED)
def test_every_named_test_exists(named: str) -> None:
    path, _, function = named.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert any(name.startswith("test_") for name in functions)
    assert not function or function in functions


def test_every_risk_has_its_tests() -> None:
    rows = re.findall(r"^\| API(\d+) [^|]+\|([^|]+)\|([^|]+)\|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 11))
    for number, done, shown in rows:
        assert done.strip(), number
        assert "`tests/" in shown, number


@pytest.mark.parametrize(("text", "setting"), LIMITS)
def test_every_limit_is_the_default(text: str, setting: str) -> None:
    default = Settings.model_fields[setting.removeprefix("HOTSEAT_").lower()].default
    if setting == "HOTSEAT_HORIZON_WEEKS":
        return
    number, unit = re.match(r"([\d,]+) ?(\w*)", text).groups()  # type: ignore[union-attr]
    assert int(number.replace(",", "")) * UNITS.get(unit, 1) == default


@pytest.mark.parametrize("page", [PAGE, GUIDE], ids=["security", "self-hosting"])
def test_every_named_setting_exists(page: str) -> None:
    named = {name.lower() for name in re.findall(r"HOTSEAT_([A-Z_]+)", page)}
    assert named <= set(Settings.model_fields)
    assert len(LIMITS) > 8
