"""The README's tables say what the code says."""

import re
import tomllib
from pathlib import Path

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def settings_table() -> str:
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        text = (
            "unset"
            if default in {None, ()}
            else f"`{str(default).lower() if default in {True, False} else default}`"
        )
        lines.append(f"| `HOTSEAT_{name.upper()}` | {text} | {field.description} |")
    return "\n".join(lines)


def test_every_setting_is_in_the_table() -> None:
    shown = re.search(r"<!-- settings -->\n(.*?)\n?<!-- /settings -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == settings_table(), f"put this into README.md:\n{settings_table()}"


def test_every_direct_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.split(r"[\[>=;~< ]", requirement)[0] for requirement in wanted}
    table = README.partition("## Dependencies, and why these")[2]
    missing = {name for name in names if name not in table}
    assert not missing
