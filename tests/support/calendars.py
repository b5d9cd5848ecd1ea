"""What every iCalendar object of ours has to pass, wherever it was met."""

from app.adapters.calendars.lint import lint
from app.adapters.calendars.lint_revisions import lint_revisions


def assert_clean(data: bytes, *, method: str | None = None, single: bool = False) -> None:
    """The linter finds nothing. `method`: what a mailed object says; `single`: it is of one UID."""
    assert [str(each) for each in lint(data, method=method, single=single)] == []


def assert_follows(before: bytes, after: bytes) -> None:
    """Both are clean, and the second may be read after the first."""
    assert_clean(before)
    assert_clean(after)
    assert [str(each) for each in lint_revisions(before, after)] == []
