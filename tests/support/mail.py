"""A service that sends mail, to a mailbox of the test's own."""

from dataclasses import replace
from typing import Any

import httpx

from app.api.runtime import Runtime
from tests.support.builders import made
from tests.support.smtp import Mailbox

SENDER = "hotseat@example.org"
PASSWORD = "s3cret-of-the-operator"


def with_mail(runtime: Runtime, box: Mailbox, **settings: Any) -> Runtime:
    """The runtime, with a mail server and an address of its own on the web."""
    changed = {
        "smtp_url": f"smtp://127.0.0.1:{box.port}",
        "mail_from": SENDER,
        "public_url": "https://hotseat.test",
        **settings,
    }
    chosen = type(runtime.settings)(**(runtime.settings.model_dump() | changed))
    return replace(runtime, settings=chosen)


async def name_people(
    client: httpx.AsyncClient, people: list[str], zones: list[str] | None = None
) -> None:
    """Give people names, addresses (`p1@example.org`, …) and zones."""
    for number, person in enumerate(people, 1):
        body: dict[str, Any] = {"name": f"Jack {number}", "email": f"p{number}@example.org"}
        if zones:
            body["time_zone"] = zones[(number - 1) % len(zones)]
        made(await client.patch(f"/v1/people/{person}", json=body))


async def opt_in(client: httpx.AsyncClient, person_id: str, **settings: Any) -> Any:
    """The person's new target."""
    body = {"person_id": person_id, "kind": "email", "settings": settings}
    return made(await client.post("/v1/calendar_targets", json=body))
