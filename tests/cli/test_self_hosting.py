"""The commands in the guide to self-hosting are there, with their options."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Commands

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "self-hosting.md"
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL))
LINES = re.findall(r"\bhotseat ([^#)\n]+)", BLOCKS)
WORD = re.compile(r"[a-z][a-z-]*")


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_guide(commands: Commands, line: str) -> None:
    words = line.split()
    names = [word for word in words[:2] if WORD.fullmatch(word)]
    shown = commands.run(*names, "--help")
    assert shown.status == 0, shown.err
    for option in (word for word in words if word.startswith("--")):
        assert option in shown.out
