"""Who gets mail: opting in with a calendar target of kind `email`, and out with one click."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.adapters.keyring import Keyring
from app.adapters.mail.message import UnusableAddressError, ascii_domain
from app.db.models import CalendarTarget, Delivery, Mail, Person
from app.db.queries import calendar_targets, mails
from app.domain.errors import Conflict, Invalid
from app.domain.opt_out_tokens import OptOutToken, make_secret
from app.services.calendar_pushes import fill_target
from app.services.mail_post import MAILTO
from app.services.references import person_of
from app.services.target_deliveries import Action, log_delivery
from app.services.target_health import disable

OPTED_OUT = "opted_out"


async def create_mail_target(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    keyring: Keyring,
    random_bytes: bytes,
    has_server: bool,
) -> CalendarTarget:
    """Send a person mail from now on: at the address given, or at theirs.

    Conflict `mail_not_configured`; Invalid `address_missing`, `unusable_address`; an address that
    another target has is a conflict (database, 409).
    """
    if not has_server:
        raise Conflict(
            "This service sends no mail: its operator has to set HOTSEAT_SMTP_URL.",
            code="mail_not_configured",
        )
    person = await person_of(session, workspace_id, fields["person_id"])
    address = _address(fields["settings"].get("address"), person)
    target = CalendarTarget(
        workspace_id=workspace_id,
        person_id=person.id,
        kind="email",
        address=MAILTO + address,
        settings={**fields["settings"], "address": address},
        secret=keyring.encrypt(make_secret(random_bytes)),
        created_at=now,
        updated_at=now,
    )
    session.add(target)
    await session.flush()
    await fill_target(session, target, now)
    return target


def _address(wanted: str | None, person: Person) -> str:
    address = (wanted or person.email or "").lower()
    if not address:
        raise Invalid(
            "This person has no e-mail address: send one, or give them one first.",
            code="address_missing",
            pointer="/settings/address",
        )
    try:
        ascii_domain(address)
    except UnusableAddressError as error:
        raise Invalid(
            "No mail can be sent to this address.",
            code="unusable_address",
            pointer="/settings/address",
        ) from error
    return address


async def ask_of_mail_target(
    session: AsyncSession, target: CalendarTarget, action: Action, now: datetime
) -> Delivery:
    """Have a test sent; Conflict `target_not_enabled`, `not_for_mail`."""
    if action != "test":
        raise Conflict("There is nothing to look for in a mailbox.", code="not_for_mail")
    if target.state != "enabled":
        raise Conflict(
            "Nothing is sent while the target is not enabled. Enable it first.",
            code="target_not_enabled",
            facts={"state": target.state},
        )
    delivery = log_delivery(session, target, action, None, now)
    await session.flush()
    session.add(
        Mail(
            workspace_id=target.workspace_id,
            delivery_id=delivery.id,
            target_id=target.id,
            key=f"test:{delivery.id.hex}",
        )
    )
    await session.flush()
    return delivery


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose mail an opt-out link stops."""

    address: str
    locale: str
    time_zone: str


async def holder_of(
    connection: AsyncConnection, token: OptOutToken, keyring: Keyring
) -> Holder | None:
    """Whom an opt-out link belongs to; None for a wrong one."""
    row = await calendar_targets.of_mail(connection, token.workspace_id, token.target_id)
    if row is None or not hmac.compare_digest(keyring.decrypt(row.secret), token.secret):
        return None
    return Holder((row.address or "").removeprefix(MAILTO), row.locale, row.time_zone)


async def opt_out(session: AsyncSession, token: OptOutToken, now: datetime) -> None:
    """Send the target of a right link nothing more, not even what waits. Doing it twice changes
    nothing, and neither does it if the target has gone.
    """
    target = await calendar_targets.find(session, token.workspace_id, token.target_id)
    if target is None:
        return
    if target.state == "disabled":
        target.disabled_reason = OPTED_OUT
        return
    await mails.expire(session, target.workspace_id, target.id, now, everything=True)
    await disable(session, target, OPTED_OUT, now)
