"""Optimistic concurrency: what a caller believes they are changing, and whether it still holds."""

from dataclasses import dataclass

from app.domain.errors import DomainError


class StaleVersionError(DomainError):
    """The caller's If-Match names a version that is no longer the present one (412)."""

    code = "stale_version"


def etag(*versions: int) -> str:
    """The strong entity tag of a resource made from rows at these versions."""
    return '"' + "-".join(str(version) for version in versions) + '"'


@dataclass(frozen=True, slots=True)
class Expected:
    """The entity tags that a caller's If-Match allows; None allows any state."""

    etags: frozenset[str] | None = None

    def check(self, *versions: int) -> None:
        """Raise StaleVersionError unless the present versions are among those expected."""
        present = etag(*versions)
        if self.etags is not None and present not in self.etags:
            raise StaleVersionError(
                "The resource has changed since you read it. Read it again, then repeat the call "
                "with its new ETag in If-Match.",
                facts={"etag": present},
            )


ANY = Expected()
