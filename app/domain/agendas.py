"""Which agenda a meeting has: its own, else the group's template, else the one that comes along."""

from collections.abc import Mapping
from typing import Any

from app.domain.agenda import Agenda, agenda_from_dict
from app.domain.agenda_templates import template_for


def effective_agenda(
    own: Mapping[str, Any] | None, template: Mapping[str, Any] | None, duration_minutes: int
) -> Agenda:
    """The agenda of a meeting. Raises Invalid `no_template_fits` under 60 minutes without one."""
    stored = own or template
    return agenda_from_dict(stored) if stored else template_for(duration_minutes)
