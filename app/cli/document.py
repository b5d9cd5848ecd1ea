"""hotseat openapi: the API's document, made from the code."""

import json
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from app.adapters.keyring import Keyring, new_key
from app.api.openapi.compatibility import refusals
from app.api.runtime import Runtime
from app.cli.errors import CommandError
from app.clock import SystemClock
from app.db.session import Database
from app.main import create_app
from app.settings import Settings

SHOWN_LINES = 40


def openapi(
    *,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Fail unless FILE holds this document.")
    ] = None,
    compatible_with: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Fail if this document breaks callers of the one in FILE without a new version.",
        ),
    ] = None,
) -> None:
    """Print the OpenAPI document; needs no database and no settings."""
    if compatible_with is not None:
        _check_compatible(compatible_with)
        return
    text = document_text()
    if check is None:
        typer.echo(text, nl=False)
        return
    committed = check.read_text() if check.exists() else ""
    if committed != text:
        difference = unified_diff(
            committed.splitlines(), text.splitlines(), str(check), "the code", lineterm="", n=1
        )
        typer.echo("\n".join(islice(difference, SHOWN_LINES)), err=True)
        raise CommandError(f"{check} is not what the code says: run `make openapi`")


def _check_compatible(released: Path) -> None:
    found = refusals(json.loads(released.read_text()), document())
    if found:
        typer.echo("\n".join(found), err=True)
        raise CommandError(
            f"{len(found)} changes break callers of {released}: keep what they rely on, or raise "
            "the version (its minor under 1.0, its major from then on)"
        )


def document() -> dict[str, Any]:
    """The document as a value."""
    # No setting appears in the document, so none is read.
    settings = Settings.model_construct()
    database = Database(settings.database_url)
    app = create_app(Runtime(settings, database, Keyring([new_key()]), SystemClock()))
    return app.openapi()


def document_text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
