"""Every setting, read once from `HOTSEAT_*` environment variables; README.md carries the table."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AnyHttpUrl,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.smtp_url import SmtpServer, smtp_server

DEFAULT_DATABASE = "sqlite+aiosqlite:///var/hotseat.db"


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it."""


class Settings(BaseSettings):
    """What an operator can choose. Field names are the variables' names without `HOTSEAT_`."""

    model_config = SettingsConfigDict(env_prefix="HOTSEAT_", extra="ignore", frozen=True)

    database_url: str = Field(
        DEFAULT_DATABASE,
        description="SQLAlchemy URL: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.",
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the API listens on.")
    public_url: AnyHttpUrl | None = Field(
        None,
        description="Where the outside world reaches the service; links are made from it. "
        "Unset: the address and port that it listens on.",
    )
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Keyring for secrets at rest, newest first, comma-separated Fernet keys. "
        "Unset on SQLite: generated beside the file. Required on PostgreSQL.",
    )
    allowed_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Private networks (CIDR, comma-separated) that webhooks and calendars may "
        "reach, for self-hosters and tests.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server: `smtp://user:password@host:port`, `smtp+starttls://…` or "
        "`smtps://…`. Unset: no mail is sent.",
    )
    mail_from: str | None = Field(
        None, description="Address that mail comes from. Required with `HOTSEAT_SMTP_URL`."
    )
    agenda_url: str | None = Field(
        None,
        description="Page of your app with a meeting's agenda, for links in mail: a URL with "
        "`{meeting_id}` in it. Unset: the agenda in the API, which asks for a key.",
    )
    row_level_security: bool = Field(
        False,
        description="PostgreSQL keeps workspaces apart as well (`hotseat rls enable`); set it for "
        "`hotseat serve --no-worker` and `hotseat worker`, which then check that it does.",
    )
    worker: bool = Field(True, description="Run a background worker inside `hotseat serve`.")
    worker_concurrency: int = Field(
        64, ge=1, le=1000, description="Jobs that one worker runs at the same time."
    )
    worker_poll_seconds: float = Field(
        1.0, gt=0, le=60, description="How often an idle worker looks for due work, in seconds."
    )
    worker_lease_seconds: float = Field(
        60.0,
        gt=0,
        le=3600,
        description="How long a job belongs to the worker that took it, in seconds: a killed "
        "worker's jobs go on after that. Under 30, slow receivers are cut short.",
    )
    grace_seconds: float = Field(
        20.0, ge=0, le=600, description="Time to finish running work after SIGTERM, in seconds."
    )
    horizon_weeks: int = Field(
        13, ge=1, le=53, description="How far ahead meetings exist, in weeks."
    )
    max_body_bytes: int = Field(
        1_048_576, ge=1024, description="Largest request body that is read, in bytes."
    )
    request_timeout_seconds: float = Field(
        30.0,
        gt=0,
        le=600,
        description="Longest that a request may take until its answer begins, in seconds; then it "
        "is given up and answered with 503.",
    )
    slow_client_seconds: float = Field(
        15.0,
        gt=0,
        le=600,
        description="Time that a client has to send the head of a request, and again for its "
        "body, in seconds; also how long it may leave an answer unread.",
    )
    statement_timeout_seconds: float = Field(
        15.0,
        gt=0,
        le=600,
        description="Longest that PostgreSQL works on one statement, in seconds.",
    )
    max_requests: int = Field(
        256,
        ge=1,
        le=100_000,
        description="Requests that one process works on at the same time; those beyond are "
        "answered with 503 at once.",
    )
    drain_seconds: float = Field(
        0.0,
        ge=0,
        le=300,
        description="How long the API still takes requests after SIGTERM while /readyz answers "
        "503, in seconds: as long as your load balancer needs to notice.",
    )
    max_worker_lag_seconds: int = Field(
        0,
        ge=0,
        description="Age of the oldest due job, in seconds, past which /readyz answers 503; "
        "0: it only says how old it is.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins whose pages may call from a browser, comma-separated: "
        "`https://app.example.org`. Unset: none.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Networks (CIDR, comma-separated) of proxies that say in X-Forwarded-For who "
        "calls; wrong API keys are counted by that address. Unset: nobody is believed.",
    )
    calls_per_minute: int = Field(
        6000, ge=0, description="Calls that one API key may make in a minute; 0: no limit."
    )
    failed_auth_per_minute: int = Field(
        60,
        ge=0,
        description="Wrong API keys and secret URLs from one address in a minute; 0: no limit.",
    )
    max_webhook_endpoints: int = Field(
        100, ge=1, le=1000, description="Webhook endpoints that a workspace may have."
    )
    max_streams: int = Field(
        10,
        ge=1,
        le=1000,
        description="Event streams that one API key may have open in one process.",
    )
    worker_metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on which `hotseat worker` serves /metrics, at HOTSEAT_HOST; 0: nowhere.",
    )
    docs: bool = Field(True, description="Serve Swagger UI at /docs and /openapi.json.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged."
    )
    log_format: Literal["console", "json"] = Field(
        "json", description="`json` for machines, `console` for people."
    )

    @field_validator(
        "secret_keys", "allowed_networks", "cors_origins", "trusted_proxies", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_networks", "trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", origin):
                raise ValueError("must be origins: https://app.example.org, without a path")
        return value

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        try:
            driver = make_url(value).drivername
        except ArgumentError as error:
            raise ValueError("not a database URL") from error
        if driver not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            raise ValueError(
                "must start with sqlite+aiosqlite:/// or postgresql+asyncpg://, not " + driver
            )
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            smtp_server(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^\s@<>\x00-\x1f]+@[^\s@<>\x00-\x1f]+", value):
            raise ValueError("must be a plain address: hotseat@example.org")
        return value

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("HOTSEAT_SMTP_URL needs HOTSEAT_MAIL_FROM, the sender's address")
        return self

    @model_validator(mode="after")
    def _walls_need_postgresql(self) -> Self:
        if self.row_level_security and self.is_sqlite:
            raise ValueError("HOTSEAT_ROW_LEVEL_SECURITY needs PostgreSQL")
        return self

    @property
    def smtp(self) -> SmtpServer | None:
        """The mail server, if there is one."""
        return None if self.smtp_url is None else smtp_server(self.smtp_url.get_secret_value())

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, None for PostgreSQL and for a database in memory."""
        database = make_url(self.database_url).database
        return Path(database) if self.is_sqlite and database and database != ":memory:" else None

    @property
    def base_url(self) -> str:
        """The outside address without a trailing slash."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/")
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def load_settings() -> Settings:
    """The settings of this process; raises SettingsError with one line that names the wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "HOTSEAT_" + str(first["loc"][0]).upper() if first["loc"] else "HOTSEAT_*"
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
