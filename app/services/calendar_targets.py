"""Writes of calendar targets. What is asked of the calendars' servers, the worker asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.addresses import Network, check_url
from app.adapters.calendars.places import collection_url
from app.adapters.keyring import Keyring
from app.db.models import CalendarTarget, Delivery
from app.db.queries import calendar_pushes, calendar_targets, calendar_wishes
from app.domain.errors import Conflict, Invalid
from app.domain.versions import Expected
from app.services.calendar_pushes import fill_target
from app.services.mail_targets import ask_of_mail_target
from app.services.references import person_of
from app.services.target_deliveries import Action, queue_work


async def create_target(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    keyring: Keyring,
    allowed: Sequence[Network],
) -> CalendarTarget:
    """A new target, to be filled with the person's coming meetings. `allowed`: private networks.

    One that is named by its server alone is `connecting` until the worker has found its calendar.
    Invalid `one_address`, `url_refused`, `https_required`, `not_a_collection`; a calendar that
    another target writes to is a conflict (database, 409).
    """
    person = await person_of(session, workspace_id, fields["person_id"])
    settings = {key: value for key, value in fields["settings"].items() if value is not None}
    secret = keyring.encrypt(settings.pop("password"))
    address = _address(settings, allowed)
    target = CalendarTarget(
        workspace_id=workspace_id,
        person_id=person.id,
        kind=fields["kind"],
        address=address,
        state="connecting" if address is None else "enabled",
        settings=settings,
        secret=secret,
        created_at=now,
        updated_at=now,
    )
    session.add(target)
    await session.flush()
    if address is None:
        await queue_work(session, target, "discover", now)
    else:
        await fill_target(session, target, now)
    return target


def _address(settings: dict[str, Any], allowed: Sequence[Network]) -> str | None:
    """The collection, if it is named; its settings then hold it as it is stored."""
    if ("url" in settings) == ("server_url" in settings):
        raise Invalid(
            "Send `url`, the collection of one calendar, or `server_url`, where to look for it: "
            "one of the two.",
            code="one_address",
            pointer="/settings/url",
        )
    if "server_url" in settings:
        _check(settings["server_url"], allowed, "/settings/server_url")
        return None
    settings.pop("calendar", None)
    settings["url"] = _collection(settings["url"], allowed)
    return settings["url"]


async def update_target(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
    *,
    keyring: Keyring,
) -> CalendarTarget:
    """Change the account, what is shown, or the state. Enabling brings the calendar up to date;
    one without a calendar is looked for again.

    Conflict `target_removing`, `target_has_its_calendar`, `target_not_connected`.
    """
    target = await _load(session, workspace_id, target_id, expected)
    if not patch:
        return target
    settings = dict(patch.get("settings", {}))
    _check_kind(target, settings)
    password = settings.pop("password", None)
    if "calendar" in settings and target.address is not None:
        raise Conflict(
            "This target has its calendar. For another one, create another target.",
            code="target_has_its_calendar",
        )
    if password is not None:
        target.secret = keyring.encrypt(password)
    target.settings = {**target.settings, **settings}
    target.touch(now)
    if target.address is None:
        await _look_again(session, target, patch, now)
    else:
        await _turn(session, target, patch.get("state", target.state), now)
    await session.flush()
    return target


def _check_kind(target: CalendarTarget, settings: Mapping[str, Any]) -> None:
    is_of_mail = "sends" in settings
    if settings and is_of_mail != (target.kind == "email"):
        raise Invalid(
            "Send settings of this target's kind.",
            code="settings_of_another_kind",
            pointer="/settings",
            facts={"kind": target.kind},
        )


async def _look_again(
    session: AsyncSession, target: CalendarTarget, patch: Mapping[str, Any], now: datetime
) -> None:
    if "state" in patch:
        raise _not_connected(target)
    target.state = "connecting"
    target.last_error = None
    await session.flush()
    await queue_work(session, target, "discover", now)


async def _turn(session: AsyncSession, target: CalendarTarget, state: str, now: datetime) -> None:
    if state != target.state:
        target.disabled_reason = None
    target.state = state
    if state == "enabled":
        target.failures = 0
        target.failing_since = target.retry_at = None
        await session.flush()
        await fill_target(session, target, now)


async def delete_target(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    expected: Expected,
    now: datetime,
) -> None:
    """Stop writing, and take out what was written: the target goes when that is done."""
    target = await calendar_targets.load(session, workspace_id, target_id)
    expected.check(target.version)
    is_mail = target.kind == "email"
    if is_mail or not await calendar_pushes.holds_anything(session, workspace_id, target_id):
        await session.delete(target)
        return
    target.state = "removing"
    target.failures = 0
    target.failing_since = target.retry_at = None
    target.touch(now)
    await session.flush()
    await calendar_wishes.request_all_held(session, workspace_id, target_id, now)


async def ask_of_target(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    action: Action,
    expected: Expected,
    now: datetime,
) -> Delivery:
    """Have a target tested, its calendars listed, or what is in it compared and repaired.

    What a disabled one lacks is written when it is enabled. Conflict `target_removing`,
    `target_not_connected`.
    """
    target = await _load(session, workspace_id, target_id, expected)
    if target.kind == "email":
        return await ask_of_mail_target(session, target, action, now)
    if action != "discover" and target.address is None:
        raise _not_connected(target)
    return await queue_work(session, target, action, now)


async def _load(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, expected: Expected
) -> CalendarTarget:
    target = await calendar_targets.load(session, workspace_id, target_id)
    expected.check(target.version)
    if target.state == "removing":
        raise Conflict(
            "This target is being removed: wait until it is gone, or create another.",
            code="target_removing",
        )
    return target


def _not_connected(target: CalendarTarget) -> Conflict:
    return Conflict(
        "This target has no calendar yet: see its `last_error`, and name one of its `calendars`.",
        code="target_not_connected",
        facts={"state": target.state},
    )


def _collection(url: str, allowed: Sequence[Network]) -> str:
    """The URL of a collection, with the slash at its end that its objects' names follow."""
    _check(url, allowed, "/settings/url")
    return collection_url(url)


def _check(url: str, allowed: Sequence[Network], pointer: str) -> None:
    check_url(url, allowed, pointer=pointer)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise Invalid(
            "Send the plain URL, without ? and #.", code="not_a_collection", pointer=pointer
        )
    if parts.scheme == "http" and not allowed:
        raise Invalid(
            "Use an https URL: the password would travel in the clear.",
            code="https_required",
            pointer=pointer,
        )
