"""A client that `openapi-python-client` makes of the document, behind the face of the demo's own.

The generator needs another version of what Hotseat itself uses, so it has an environment of its
own, `.venv-clients`, from a pinned and hashed file. What it makes runs here.
"""

import fcntl
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any
from uuid import uuid4

import httpx

from app.cli.demonstration.api import Api
from app.cli.errors import CommandError

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv-clients"
PINNED = ROOT / "requirements" / "clients.txt"
NAME = "hotseat_client"
CONFIG = "post_hooks: []\nliteral_enums: true\n"
INSTALL_SECONDS = 300


class UnavailableError(Exception):
    """A tool cannot be installed here; the text says why."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One process of the tests at a time."""
    with (ROOT / ".venv" / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install() -> Path:
    """The generator, installed if it is not yet; UnavailableError if that fails."""
    generator = HOME / "bin" / "openapi-python-client"
    stamp = HOME / "clients.stamp"
    with alone("clients"):
        if not stamp.exists() or stamp.read_text() != PINNED.read_text():
            pip = [HOME / "bin" / "python", "-m", "pip", "install", "-qq"]
            _do(["sh", ROOT / "scripts" / "make-venv", HOME])
            _do([*pip, "--disable-pip-version-check", "--require-hashes", "-r", PINNED])
            stamp.write_text(PINNED.read_text())
    return generator


def _do(command: list[str | Path]) -> None:
    try:
        done = subprocess.run(
            list(map(str, command)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{command[0]} took over {INSTALL_SECONDS} s") from error
    if done.returncode:
        raise UnavailableError(f"{command[0]}: {(done.stderr or done.stdout).strip()[-300:]}")


def generate(generator: Path, document: Path, folder: Path) -> str:
    """Make the client in a folder that can be imported from; what the generator said of it."""
    config = folder / "config.yml"
    config.write_text(CONFIG)
    done = subprocess.run(
        [
            *(generator, "generate", "--path", document, "--config", config),
            *("--meta", "none", "--output-path", folder / NAME),
        ],
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=True,
    )
    return done.stdout + done.stderr


@contextmanager
def importable(folder: Path) -> Iterator[ModuleType]:
    """The generated package."""
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(NAME)
    finally:
        sys.path.remove(str(folder))
        for name in [each for each in sys.modules if each.partition(".")[0] == NAME]:
            del sys.modules[name]


def modules_of(package: ModuleType) -> list[str]:
    """Import every module; their names."""
    found = [each.name for each in pkgutil.walk_packages(package.__path__, f"{NAME}.")]
    for name in found:
        importlib.import_module(name)
    return found


class GeneratedApi(Api):
    """The demo's calls, each by the function that was generated for its operation."""

    def __init__(self, base_url: str, key: str, document: dict[str, Any]) -> None:
        super().__init__(base_url, key)
        client = importlib.import_module(f"{NAME}.client")
        self._generated = client.AuthenticatedClient(base_url=base_url, token=key)
        self._generated.__enter__()
        self._operations = [
            (method.upper(), re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
        ]
        self.called: set[str] = set()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._generated.__exit__(kind, error, trace)
        super().__exit__(kind, error, trace)

    def get(self, path: str, **query: str | int) -> Any:
        return self._run("GET", path, **query)

    def post(self, path: str, body: Any = None) -> Any:
        return self._run("POST", path, body, idempotency_key=str(uuid4()))

    def put(self, path: str, body: Any) -> Any:
        return self._run("PUT", path, body)

    def delete(self, path: str) -> None:
        self._run("DELETE", path)

    def _run(self, method: str, path: str, body: Any = None, **given: Any) -> Any:
        operation, in_path = self._found(method, path)
        name = operation["operationId"]
        module = importlib.import_module(f"{NAME}.api.{operation['tags'][0]}.{name}")
        if body is not None:
            given["body"] = _model(module, operation).from_dict(body)
        elif "requestBody" in operation:
            # The generated function sends null for a body that may be left out, or fails.
            given["body"] = None
        response = module.sync_detailed(client=self._generated, **in_path, **given)
        if not httpx.codes.is_success(response.status_code):
            raise CommandError(f"{name} was answered {response.status_code}: {response.parsed}")
        self.called.add(name)
        return response.parsed.to_dict() if response.parsed is not None else None

    def _found(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
        for its_method, pattern, operation in self._operations:
            match = pattern.fullmatch(path)
            if match and method == its_method:
                return operation, match.groupdict()
        raise CommandError(f"no generated function calls {method} {path}")


def _model(module: ModuleType, operation: dict[str, Any]) -> Any:
    """The class of an operation's body, which may be an alternative to null."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    reference = next(each["$ref"] for each in schema.get("anyOf", [schema]) if "$ref" in each)
    return getattr(module, reference.rpartition("/")[2])
