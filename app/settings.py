"""Every knob of the service, with its default and its meaning.

Only wiring.py and the commands read these; nothing else looks at the
environment. Every default works on a machine with no network. The descriptions
are French: `guichet settings` shows them to staff.
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

    faq: Path = Field(ROOT / "data" / "faq_fr.md", description="Foire aux questions : un fichier ou un dossier.")
    gaps: Path | None = Field(
        None,
        description="Sujets auxquels la FAQ ne répond pas ; par défaut « hors_faq.md », à côté de la FAQ.",
    )
    index_dir: Path = Field(ROOT / "index", description="Dossier des versions publiées de l’index.")
    index_keep: int = Field(5, ge=2, description="Versions de l’index gardées sur le disque, en tout.")
    index_poll_s: float = Field(1.0, gt=0, description="Intervalle auquel le serveur cherche un nouvel index (s).")
    decision: Path = Field(
        ROOT / "evals" / "fitted" / "decision.json",
        description="Poids et coûts de la décision, recopiés dans l’index à la publication.",
    )

    cost_wrong_answer: float = Field(
        10.0, gt=0, description="Ce que coûte une réponse fausse, comparée aux deux suivantes."
    )
    cost_needless_refusal: float = Field(
        3.0, gt=0, description="Ce que coûte un « je ne sais pas » alors que la FAQ répond."
    )
    cost_question_back: float = Field(1.0, gt=0, description="Ce que coûte une demande de précision au visiteur.")

    encoder: str = Field(
        "packaged", description="« packaged », ou le nom ou le dossier d’un modèle sentence-transformers."
    )
    encoder_threads: int = Field(1, ge=1, description="Fils d’exécution d’un encodage.")
    encoder_cache: int = Field(1024, ge=0, description="Questions récentes gardées en mémoire (0 = aucune).")

    style: Literal["auto", "generated", "verbatim"] = Field(
        "auto",
        description="« generated » interroge le modèle, « verbatim » cite la FAQ, « auto » préfère le modèle.",
    )
    llm_base_url: str | None = Field(
        None, description="Serveur compatible OpenAI, par exemple http://localhost:11434/v1."
    )
    llm_model: str | None = Field(None, description="Modèle à demander à ce serveur.")
    llm_api_key: SecretStr | None = Field(None, description="Clé de ce serveur, s’il en demande une.")
    llm_timeout_s: float = Field(8.0, gt=0, description="Temps laissé au modèle pour une réponse entière (s).")
    llm_max_tokens: int = Field(400, ge=16, description="Longueur maximale demandée au modèle (jetons).")
    llm_concurrency: int = Field(4, ge=1, description="Rédactions simultanées ; au-delà, la réponse est composée.")

    host: str = Field("127.0.0.1", description="Adresse d’écoute du serveur.")
    port: int = Field(8000, ge=0, le=65535, description="Port d’écoute du serveur.")
    rate_limit_per_minute: int = Field(120, ge=0, description="Questions par minute et par visiteur (0 = sans limite).")
    max_body_bytes: int = Field(32_768, ge=2048, description="Taille maximale d’une requête (octets).")
    workers: int = Field(4, ge=1, description="Recherches simultanées dans ce processus.")
    trusted_proxies: str = Field(
        "127.0.0.1", description="Mandataires dont l’en-tête X-Forwarded-For est cru (séparés par des virgules)."
    )

    conversations: int = Field(
        2000,
        ge=0,
        description="Conversations suivies en mémoire, pour comprendre « et en ligne ? » (0 = aucune). "
        "Rien n’en est écrit sur le disque.",
    )
    conversation_idle_min: float = Field(
        30.0, gt=0, description="Minutes de silence après lesquelles une conversation est oubliée."
    )

    database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'guichet.db'}", description="Base où sont gardés les avis (URL SQLAlchemy)."
    )
    retention_days: int = Field(90, ge=1, description="Jours après lesquels ce qui reste d’une visite est effacé.")

    contact_label: str | None = Field(None, description="Nom du contact ; remplace celui de la foire aux questions.")
    contact_email: str | None = Field(
        None, description="Courriel du contact ; remplace celui de la foire aux questions."
    )
    contact_url: str | None = Field(None, description="Page du contact ; remplace celle de la foire aux questions.")
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        "info", description="Niveau du journal."
    )

    @field_validator("llm_base_url", "llm_model", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def llm_configured(self) -> bool:
        """A server and a model are both named."""
        return bool(self.llm_base_url and self.llm_model)
