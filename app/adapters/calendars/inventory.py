"""What a calendar holds: the tags of its objects, to find what is missing there or was edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from app.adapters.calendars.caldav import Failed, Talk, strong_etag
from app.adapters.calendars.discovery import list_resources, make_calendar
from app.adapters.calendars.multistatus import Resource, path_of

_OBJECTS = ("resourcetype", "getetag")


@dataclass(frozen=True, slots=True)
class Inventory:
    """The strong tag of each object, if it has one, by the decoded path of its URL.

    `remade`: the calendar was gone, and was made anew.
    """

    tags: Mapping[str, str | None]
    remade: bool = False

    def holds(self, url: str) -> bool:
        """Whether there is an object at a URL."""
        return path_of(url) in self.tags

    def tag(self, url: str) -> str | None:
        """The tag of the object at a URL."""
        return self.tags.get(path_of(url))


def take_inventory(url: str, *, new_name: str | None) -> Talk[Inventory]:
    """List the objects of a calendar; one that is gone is made anew as `new_name`, if given.

    A PROPFIND shows what a calendar-query would, and every server answers it.
    """
    listed = yield from list_resources(url, _OBJECTS, "1")
    if isinstance(listed, Failed):
        if listed.code != "calendar_not_found" or new_name is None:
            return listed
    else:
        found = _of_calendar(url, *listed)
        if found is not None or new_name is None:
            return found or Failed("calendar_not_found")
    made = yield from make_calendar(url, new_name)
    return made if isinstance(made, Failed) else Inventory({}, remade=True)


def _of_calendar(url: str, base: str, resources: Sequence[Resource]) -> Inventory | None:
    """None if it is no calendar: a server may answer for a folder that is left where one was."""
    calendar = path_of(url).rstrip("/")
    tags = {path_of(urljoin(base, each.href)): strong_etag(each.etag) for each in resources}
    if not any(
        each.is_calendar and path_of(urljoin(base, each.href)).rstrip("/") == calendar
        for each in resources
    ):
        return None
    return Inventory(tags)
