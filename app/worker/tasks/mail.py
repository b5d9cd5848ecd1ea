"""Mail to people. No transaction is open while the mail server is being talked to."""

import time
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.mail.client import Outcome, Sent, send
from app.db import jobs
from app.db.jobs import Claim
from app.db.models import CalendarTarget
from app.db.queries import calendar_targets
from app.domain import ids
from app.services.mail_post import Post
from app.services.mail_steps import Outgoing, Result, begin_mail, end_mail, next_mail_at
from app.services.target_health import may_be_called
from app.settings import Settings
from app.smtp_url import SmtpServer
from app.telemetry import MAILS
from app.worker.context import Context

log = structlog.get_logger(__name__)


async def send_mail(context: Context, claim: Claim) -> None:
    """Send the mail of a target that has been due longest, then see when there is more."""
    server, sender = context.settings.smtp, context.settings.mail_from
    if server is None or sender is None:
        await _forget(context, claim)
        return
    post = _post(context, sender)
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        outgoing = None
        if target is not None and may_be_called(target, claim.claimed_at):
            outgoing = await begin_mail(session, target, post, claim.lease_until, claim.claimed_at)
        if outgoing is None:
            await _sleep(session, claim, target)
    if outgoing is None:
        return
    outcome, result = await _send(server, outgoing)
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        if target is not None:
            await end_mail(session, target, outgoing, result)
        await _sleep(session, claim, target)
    _tell(claim, outgoing, outcome, result)


async def _forget(context: Context, claim: Claim) -> None:
    """The operator has no mail server any more: what waits is found again when there is one."""
    async with context.database.transaction() as session:
        await jobs.finish(session, claim)


def _post(context: Context, sender: str) -> Post:
    settings: Settings = context.settings
    return Post(sender, settings.base_url, settings.agenda_url, context.keyring)


async def _send(server: SmtpServer, outgoing: Outgoing) -> tuple[Outcome, Result]:
    started = time.perf_counter()
    outcome = await send(server, outgoing.letter)
    duration_ms = round((time.perf_counter() - started) * 1000)
    if isinstance(outcome, Sent):
        return outcome, Result(None, outcome.status, outcome.answer, duration_ms)
    return outcome, Result(
        outcome.code,
        outcome.status,
        outcome.answer,
        duration_ms,
        is_final=outcome.is_final,
        is_of_recipient=outcome.is_of_recipient,
    )


async def _find(session: AsyncSession, claim: Claim) -> CalendarTarget | None:
    target_id = UUID(claim.payload["target_id"])
    return await calendar_targets.find(session, claim.workspace_id, target_id)


async def _sleep(session: AsyncSession, claim: Claim, target: CalendarTarget | None) -> None:
    """Until the target wants attention, or for good; new mail is found by a duty."""
    await session.flush()
    due_at = None if target is None else await next_mail_at(session, target)
    if due_at is None:
        await jobs.finish(session, claim)
    else:
        await jobs.reschedule(session, claim, run_at=max(due_at, claim.claimed_at), slow=True)


def _tell(claim: Claim, outgoing: Outgoing, outcome: Outcome, result: Result) -> None:
    code = result.code or "sent"
    MAILS.labels(code).inc()
    level = log.info if isinstance(outcome, Sent) else log.warning
    level(
        "mail_sent" if isinstance(outcome, Sent) else "mail_not_sent",
        delivery_id=ids.encode("delivery", outgoing.delivery_id),
        target_id=claim.payload["target_id"],
        attempt=outgoing.attempt,
        outcome=code,
        status=result.status,
        ms=result.duration_ms,
    )
