"""What tests of commands need: databases of their own."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer


@pytest.fixture
def postgres_empty_url(postgres: PostgresServer, worker_id: str) -> Iterator[str]:
    """A PostgreSQL database without a table."""
    name = f"hotseat_empty_{worker_id}"
    yield postgres.create_database(name)
    postgres.drop_database(name)
