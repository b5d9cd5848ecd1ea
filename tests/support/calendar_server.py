"""What the tests know of a CalDAV server, whichever it is; read back by the `caldav` library."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote

import caldav
import httpx


@dataclass(frozen=True)
class CalendarServer:
    """A running server; `home` is the path of the account's calendars."""

    url: str
    home: str
    username: str
    password: str

    @property
    def account(self) -> dict[str, str]:
        return {"username": self.username, "password": self.password}

    def client(self) -> httpx.Client:
        """Requests as the account's owner makes them."""
        return httpx.Client(base_url=self.url, auth=(self.username, self.password))

    @contextmanager
    def reader(self) -> Iterator[caldav.DAVClient]:
        with caldav.DAVClient(self.url, **self.account) as reader:
            yield reader

    def make_calendar(self, name: str) -> str:
        """The URL of a new, empty calendar."""
        with self.client() as client:
            client.request("MKCALENDAR", f"{self.home}{name}/").raise_for_status()
        return f"{self.url}{self.home}{name}/"

    def delete_calendar(self, calendar: str) -> None:
        with self.client() as client:
            client.delete(calendar).raise_for_status()

    def objects(self, calendar: str) -> dict[str, str]:
        """What a calendar holds, as `caldav` reads it: iCalendar text by file name."""
        with self.reader() as reader:
            found = reader.calendar(url=calendar).events()
            return {unquote(str(each.url)).rpartition("/")[2]: _text(each) for each in found}

    def wipe(self, calendar: str) -> None:
        """Delete all objects of a calendar."""
        with self.client() as client:
            for name in self.objects(calendar):
                client.delete(calendar + name).raise_for_status()

    def put(self, calendar: str, name: str, text: str) -> None:
        """Write an object, as another program would."""
        with self.client() as client:
            headers = {"Content-Type": "text/calendar; charset=utf-8"}
            put = client.put(calendar + name, content=text.encode(), headers=headers)
            put.raise_for_status()

    def get(self, calendar: str, name: str) -> str:
        with self.client() as client:
            return client.get(calendar + name).raise_for_status().text


def _text(event: caldav.Event) -> str:
    text: str = event.data
    return text
