"""Optimistic concurrency: what a caller believes they are changing, and whether it still holds."""

from dataclasses import dataclass

from app.domain.errors import DomainError

EVERY = "*"
"""The tag that stands for any state that there is."""


class PreconditionError(DomainError):
    """What the caller made a condition is not so (412)."""


class StaleVersionError(PreconditionError):
    """The caller's If-Match names a version that is no longer the present one."""

    code = "stale_version"


class NoSuchVersionError(PreconditionError):
    """The caller's If-Match names a version of what does not exist."""

    code = "no_such_version"


class AlreadyExistsError(PreconditionError):
    """The caller's If-None-Match wants another state than the present one, or none."""

    code = "already_exists"


class VersionRequiredError(DomainError):
    """The workspace demands If-Match, and there was none (428)."""

    code = "if_match_required"

    def __init__(self) -> None:
        super().__init__("This workspace demands If-Match: read the resource and send its ETag.")


def etag(*versions: int) -> str:
    """The strong entity tag of a resource made from rows at these versions."""
    return '"' + "-".join(str(version) for version in versions) + '"'


@dataclass(frozen=True, slots=True)
class Expected:
    """What a caller says of the state that they change; by default, nothing.

    It has one of the tags in `etags`, and none of those in `other_than`; EVERY stands for all.
    `is_demanded`: what exists must not be changed by a caller who says nothing of it.
    """

    etags: frozenset[str] | None = None
    other_than: frozenset[str] = frozenset()
    is_demanded: bool = False

    def check(self, *versions: int) -> None:
        """Whether what exists, at these versions, is what the caller expects.

        Raises StaleVersionError, AlreadyExistsError, VersionRequiredError.
        """
        present = etag(*versions)
        if not self.other_than.isdisjoint({EVERY, present}):
            raise AlreadyExistsError(
                "The resource is there, in a state that your If-None-Match leaves out. Read it, "
                "and send its ETag in If-Match to change it.",
                facts={"etag": present},
            )
        if self.etags is not None and self.etags.isdisjoint({EVERY, present}):
            raise StaleVersionError(
                "The resource has changed since you read it. Read it again, then repeat the call "
                "with its new ETag in If-Match.",
                facts={"etag": present},
            )
        if self.etags is None and self.is_demanded:
            raise VersionRequiredError

    def check_new(self) -> None:
        """Whether the caller reckons with what does not exist yet. Raises NoSuchVersionError."""
        if self.etags is not None:
            # RFC 9110, 13.1.1: without a representation the condition is false, for `*` as well.
            raise NoSuchVersionError(
                "There is no such resource yet: send it without If-Match to create it."
            )


ANY = Expected()
