"""A pytest plugin: one PostgreSQL a run, one template database, one clone a worker.

Use it with `pytest_plugins = ["tests.support.postgres_plugin"]` in `tests/conftest.py`, which also
fills the template by the hook below::

    def pytest_hotseat_postgres_template(dsn: str) -> None:
        migrate(dsn)  # and leave no connection open

Fixtures, all of the whole session: `postgres` (the server), `postgres_template` (the name to give
to `create_database`), `postgres_url` (this worker's clone). Nothing starts before the first of
them is asked for, except under pytest-xdist, where the controller starts the server before it
starts its workers.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.postgres import (
    OutsideServer,
    PostgresCluster,
    PostgresServer,
    postgres_for_tests,
)
from tests.support.postgres_binaries import NoPostgresError

TEMPLATE = "template_hotseat"
SERVER = pytest.StashKey[PostgresCluster | OutsideServer]()


class Hooks:
    @staticmethod
    @pytest.hookspec
    def pytest_hotseat_postgres_template(dsn: str) -> None:
        """Make the tables of the database that every worker clones, once a run."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called in the controller before each worker starts: tell it where the server is."""
    server = running_server(node.config)
    node.workerinput["postgres"] = (server.admin_url, server.prefix)


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.stop()


def running_server(config: pytest.Config) -> PostgresServer:
    """This run's server with its template, started at the first call."""
    if SERVER not in config.stash:
        server = postgres_for_tests()
        try:
            server.start()
        except NoPostgresError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
        config.stash[SERVER] = server
        config.hook.pytest_hotseat_postgres_template(dsn=server.create_database(TEMPLATE))
    return config.stash[SERVER]


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> PostgresServer:
    workerinput = getattr(pytestconfig, "workerinput", None)
    if workerinput is None:
        return running_server(pytestconfig)
    return PostgresServer(*workerinput["postgres"])


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """Asks for `postgres`, so that the template exists when its name is known."""
    return TEMPLATE


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer, postgres_template: str, worker_id: str) -> Iterator[str]:
    """A database of this worker's own, with all tables."""
    name = f"hotseat_{worker_id}"
    yield postgres.create_database(name, template=postgres_template)
    postgres.drop_database(name)
