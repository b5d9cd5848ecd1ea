"""hotseat serve, worker, migrate."""

from socket import socket
from typing import Annotated

import typer

from app import __version__
from app.cli import preparation, sample, serving, walls
from app.cli.logs import start_logging
from app.settings import Settings, load_settings

LOOPBACK = ("127.0.0.0/8", "::1/128")


def serve(
    *,
    with_sample: Annotated[
        bool, typer.Option("--with-sample", help="Make a workspace to try everything in.")
    ] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave background work to `hotseat worker`.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Instead of HOTSEAT_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Instead of HOTSEAT_PORT; 0: a free one.")
    ] = None,
) -> None:
    """Answer requests, with a worker in the same process.

    A SQLite database is migrated at the start; for PostgreSQL there is `hotseat migrate`.
    """
    settings = load_settings()
    start_logging(settings)
    with serving.listen(
        settings.host if host is None else host, settings.port if port is None else port
    ) as bound:
        changes = {"host": bound.getsockname()[0], "port": bound.getsockname()[1]}
        if no_worker:
            changes["worker"] = False
        if with_sample:
            changes["allowed_networks"] = (*settings.allowed_networks, *LOOPBACK)
        _serve(settings.model_copy(update=changes), bound, with_sample=with_sample)


def worker() -> None:
    """Do background work; as many of these as wanted share a database."""
    settings = load_settings()
    start_logging(settings)
    preparation.prepare_database(settings)
    walls.check_worker(settings)

    async def run() -> None:
        async with preparation.opened(settings) as runtime:
            line = f"Hotseat {__version__} works in the background."
            with serving.metrics(settings):
                await serving.work(runtime, ready=lambda: typer.echo(line))

    serving.run(run())


def migrate() -> None:
    """Bring the database to the schema of this version; a SQLite file is copied before."""
    settings = load_settings()
    start_logging(settings)
    revision = preparation.migrate(settings)
    walls.renew(settings)
    typer.echo(f"The database's schema is {revision}.")


def _serve(settings: Settings, bound: socket, *, with_sample: bool) -> None:
    preparation.prepare_database(settings)
    walls.check_api(settings)

    async def run() -> None:
        async with preparation.opened(settings, serving=True) as runtime:
            lines = _greeting(settings)
            if with_sample:
                lines += await sample.greeting(runtime)
            await serving.serve(runtime, bound, ready=lambda: typer.echo("\n".join(lines)))

    serving.run(run())


def _greeting(settings: Settings) -> list[str]:
    lines = [f"Hotseat {__version__} answers at {settings.base_url}"]
    if settings.docs:
        lines.append(f"  Swagger UI    {settings.base_url}/docs")
    if settings.sqlite_path is not None:
        lines.append(f"  Database      {settings.sqlite_path}")
    return lines
