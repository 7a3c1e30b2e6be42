"""The settings table: every knob of the service, with its unit and its help, read from `HANDIN_*` in the environment.

`handin settings` and `docs/settings.md` are printed from this table, and a test holds them equal. Secrets are no
settings: they are generated at first start and kept in the data directory (`submissions.secrets`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field is one setting; the environment's name is `HANDIN_` and the field's name in capitals."""

    # A URL of a database or broker may carry a password, which no error may print.
    # The defaults are good: to validate them would load in every command what reads a limit or a URL.
    model_config = SettingsConfigDict(
        env_prefix="HANDIN_", frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=False
    )

    data: Path = Field(Path("var"), description="Folder of everything that is kept: blobs, secrets, the SQLite file.")
    database: str = Field(
        "", description="SQLAlchemy URL. Empty: SQLite in the data folder. PostgreSQL: postgresql+psycopg://…"
    )
    broker: str = Field(
        "", description="Redis URL that carries wake-ups. Empty: `handin up` starts a server of its own."
    )
    address: str = Field("127.0.0.1", description="Address that the portal listens on.")
    port: int = Field(8000, description="Port that the portal listens on.")
    public_url: str = Field("", description="How students reach the portal, such as https://handin.example.edu.")
    behind_proxy: bool = Field(False, description="Trust one reverse proxy's X-Forwarded-For, -Proto and -Host.")
    web_processes: int = Field(2, description="Portal processes (gunicorn workers); about the number of cores.", ge=1)
    web_threads: int = Field(8, description="Threads in each portal process.", ge=1)
    grading_processes: int = Field(2, description="Gradings at the same time; about the number of cores.", ge=1)
    max_upload_mb: int = Field(20, description="Largest hand-in that is taken, in MB.", ge=1)
    sandbox: Literal["nursery", "bubblewrap", "none"] = Field(
        "nursery",
        description="How student code is isolated: nursery (bubblewrap, and sandboxes forked inside it), bubblewrap "
        "(one started for each grading: slower), or none (unsafe).",
    )
    sandbox_uid: int = Field(64123, description="First user id for sandboxes, when the worker runs as root.", ge=1)
    lease_seconds: int = Field(30, description="A grading whose worker is silent for this long is taken back.", ge=2)
    max_attempts: int = Field(3, description="Tries of one grading before it becomes a grader fault.", ge=1)
    grading_seconds: int = Field(
        900, description="A grading's process is ended after this many seconds, whatever it does.", ge=10
    )
    sweep_seconds: float = Field(5.0, description="Pause between two rounds of the sweeper.", gt=0)
    session_days: int = Field(14, description="Days until an unused login ends.", ge=1)
    invitation_days: int = Field(14, description="Days for which an invitation link is good.", ge=1, le=365)
    login_limit: str = Field(
        "10 per minute; 60 per hour",
        description="Failed logins for one name from one address, or from one browser that it is known in.",
    )
    login_limit_address: str = Field(
        "60 per minute; 600 per hour", description="Failed logins from one address, for whatever names."
    )
    login_limit_name: str = Field(
        "100 per hour",
        description="Failed logins for one name from all browsers that it is not known in (has not logged in with).",
    )
    upload_limit: int = Field(60, description="Uploads of one person in an hour; 0: as many as they like.", ge=0)
    upload_limit_address: int = Field(
        3000, description="Uploads from one address in an hour, by whomever; 0: as many as come.", ge=0
    )

    @field_validator("database")
    @classmethod
    def _usable(cls, url: str) -> str:
        if url:
            from sqlalchemy import make_url
            from sqlalchemy.exc import ArgumentError

            try:
                make_url(url).get_dialect().import_dbapi()
            except (ArgumentError, ImportError) as error:
                raise ValueError(f"no URL of a database that can be used here ({error})") from None
        return url

    @field_validator("login_limit", "login_limit_address", "login_limit_name")
    @classmethod
    def _readable(cls, limit: str) -> str:
        from limits import parse_many

        try:
            parse_many(limit)
        except ValueError:
            raise ValueError(f"{limit!r} is no limit; write one such as `10 per minute; 60 per hour`") from None
        return limit

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL that is in force."""
        return self.database or f"sqlite:///{self.data.resolve() / 'handin.sqlite3'}"

    @property
    def unsafe(self) -> bool:
        """True when student code runs without isolation; every page then says so."""
        return self.sandbox == "none"


@cache
def settings() -> Settings:
    """The settings of this process, read once. Raises pydantic.ValidationError naming the variable that is wrong."""
    return Settings()
