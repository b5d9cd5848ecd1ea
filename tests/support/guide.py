"""The examples of docs/webhooks.md, each under its name."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
EXAMPLES = dict(
    re.findall(r"^<!-- example: (\S+) -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)


def function(example: str, name: str) -> Any:
    """A function that a Python example defines."""
    names: dict[str, Any] = {}
    exec(EXAMPLES[example], names)  # noqa: S102 - our own page
    return names[name]


def needs(*programs: str) -> None:
    """Skip where a program is missing, and let the run say so."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed, so its example was not run")
