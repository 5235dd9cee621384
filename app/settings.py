"""Every knob of the service, with its default and its meaning.

Only wiring.py and the commands read these; nothing else looks at the
environment. Every default works on a machine with no network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder: relative defaults start here, not at the caller's folder."""


class Settings(BaseSettings):
    """Read from the environment (prefix `GUICHET_`) or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="GUICHET_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    faq: Path = Field(ROOT / "data" / "faq_fr.md", description="FAQ: a file or a folder; the source of truth.")
    index_dir: Path = Field(ROOT / "index", description="Folder of the published index versions.")
    index_keep: int = Field(5, ge=2, description="Index versions kept on disk, the live one included.")
    index_poll_s: float = Field(1.0, gt=0, description="How often a server looks for a newly published index (s).")
    decision: Path = Field(
        ROOT / "evals" / "fitted" / "decision.json",
        description="Fitted weights and thresholds copied into the index at ingest.",
    )

    encoder: str = Field(
        "packaged", description="“packaged”, or the name or folder of any sentence-transformers model."
    )
    encoder_threads: int = Field(1, ge=1, description="Threads of one encoding.")
    encoder_cache: int = Field(1024, ge=0, description="Recent questions whose vectors are kept (0 = none).")

    style: Literal["auto", "generated", "verbatim"] = Field(
        "auto",
        description="“generated” asks the model, “verbatim” composes from the FAQ, “auto” prefers the model.",
    )
    llm_base_url: str | None = Field(None, description="OpenAI-compatible server, e.g. http://localhost:11434/v1.")
    llm_model: str | None = Field(None, description="Model to ask for on that server.")
    llm_api_key: SecretStr | None = Field(None, description="Key for that server, where it wants one.")
    llm_timeout_s: float = Field(8.0, gt=0, description="Time the model has for a whole answer (s).")
    llm_max_tokens: int = Field(400, ge=16, description="Longest answer asked of the model (tokens).")
    llm_concurrency: int = Field(4, ge=1, description="Generations at once; beyond, answers are composed.")

    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server listens on.")
    rate_limit_per_minute: int = Field(120, ge=0, description="Questions a minute and client (0 = no limit).")
    max_body_bytes: int = Field(32_768, ge=2048, description="Largest request body accepted (bytes).")
    workers: int = Field(4, ge=1, description="Questions searched at once in this process.")
    trusted_proxies: str = Field(
        "127.0.0.1", description="Proxies whose X-Forwarded-For is believed (comma-separated)."
    )

    database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'guichet.db'}", description="Where votes are kept (SQLAlchemy URL)."
    )
    retention_days: int = Field(90, ge=1, description="Days after which what is kept of a visit is deleted.")

    contact_label: str | None = Field(None, description="Name of the contact; overrides the FAQ's front matter.")
    contact_email: str | None = Field(None, description="E-mail of the contact; overrides the front matter.")
    contact_url: str | None = Field(None, description="Page of the contact; overrides the front matter.")
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field("info", description="What is logged.")

    @field_validator("llm_base_url", "llm_model", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def llm_configured(self) -> bool:
        """A server and a model are both named."""
        return bool(self.llm_base_url and self.llm_model)
