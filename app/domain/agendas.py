"""Which agenda a meeting has: its own, else the group's template, else the one that comes along."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.agenda import Agenda, agenda_from_dict
from app.domain.agenda_templates import template_for
from app.domain.group_formats import formats_from


def effective_agenda(
    own: Mapping[str, Any] | None,
    template: Mapping[str, Any] | None,
    duration_minutes: int,
    formats: Mapping[str, Mapping[str, Any]],
) -> Agenda:
    """The agenda of a meeting, with the `formats` of its group as they are kept; those that were
    kept with the agenda itself, when its meeting began, come first.

    Raises Invalid `no_template_fits` under 60 minutes without an agenda of one's own.
    """
    stored = own or template
    agenda = agenda_from_dict(stored) if stored else template_for(duration_minutes)
    return replace(agenda, formats={**formats_from(formats), **agenda.formats})
