"""Clients that others' generators make of the document run the demo's whole cycle."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.demonstration.cycle import run_cycle
from app.cli.demonstration.own_service import own_service
from app.cli.demonstration.receiver import receiving
from app.cli.demonstration.screen import Screen
from tests.support import generated_client, typescript_client
from tests.support.generated_client import GeneratedApi, UnavailableError

DOCUMENT = Path(__file__).parents[2] / "openapi" / "openapi.json"
OPERATIONS = {
    operation["operationId"]
    for item in json.loads(DOCUMENT.read_text())["paths"].values()
    for operation in item.values()
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """A Python client, made of the committed document: its modules."""
    try:
        generator = generated_client.install()
    except UnavailableError as reason:
        pytest.skip(f"openapi-python-client cannot be installed: {reason}")
    folder = tmp_path_factory.mktemp("client")
    said = generated_client.generate(generator, DOCUMENT, folder)
    assert "WARNING" not in said, said
    with generated_client.importable(folder) as package:
        yield generated_client.modules_of(package)


def test_the_python_client_has_a_function_for_every_operation(generated: list[str]) -> None:
    made = {name.rpartition(".")[2] for name in generated if ".api." in name}
    # A stream is text without end: the generator makes no function of it.
    assert OPERATIONS - made <= {"stream_events"}


def test_the_python_client_runs_the_demo(generated: list[str], tmp_path: Path) -> None:
    document = json.loads(DOCUMENT.read_text())
    with (
        own_service() as (url, key),
        receiving() as receiver,
        GeneratedApi(url, key, document) as api,
    ):
        run_cycle(api, receiver, Screen(), tmp_path / "inklings.ics")
    assert {"create_group", "put_cadence", "record_meeting", "keep_commitment"} <= api.called
    assert (tmp_path / "inklings.ics").exists()


def test_the_typescript_client_compiles_and_runs_the_cycle(tmp_path: Path) -> None:
    try:
        tools = typescript_client.install()
    except UnavailableError as reason:
        pytest.skip(f"openapi-typescript cannot be installed: {reason}")
    program = typescript_client.compile_cycle(tools, DOCUMENT, tmp_path)
    with own_service() as (url, key):
        said = typescript_client.run(program, url, key)
    assert said.splitlines()[-1] == "Done."
