"""Every knob of the service, with its default and its meaning.

Only wiring.py and the commands read these; nothing else looks at the
environment. Every default works on a machine with no network. The descriptions
are French: `guichet settings` shows them to staff.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PrivateAttr, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app import settings_messages as messages
from app.core.workers import usable_cores
from app.settings_checks import check_address, check_database, check_origin, check_value

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
    index_type: Literal["auto", "flat", "pq", "hnsw", "ivf"] = Field(
        "auto",
        description="Recherche des vecteurs : exacte (« flat »), par codes courts (« pq »), par graphe (« hnsw ») ou "
        "par listes (« ivf ») ; « auto » choisit à l’ingestion d’après le nombre de passages.",
    )
    index_poll_s: float = Field(1.0, gt=0, description="Intervalle auquel le serveur cherche un nouvel index (s).")
    index_url: str | None = Field(
        None,
        description="Base PostgreSQL, avec l’extension pgvector, où l’index est publié pour plusieurs machines à la "
        "fois ; par défaut, seul GUICHET_INDEX_DIR le contient. Ce dossier en garde alors une copie.",
    )
    index_name: str = Field(
        "principal", pattern=r"^[a-z0-9][a-z0-9-]{0,59}$", description="Nom de cet index dans cette base."
    )
    index_search: Literal["memory", "database"] = Field(
        "memory",
        description="Où sont cherchés les vecteurs de GUICHET_INDEX_URL : « memory », dans la copie de chaque "
        "machine, ou « database », par pgvector (la copie prend le relais si la base ne répond pas).",
    )
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
    encoder_threads: int = Field(1, ge=1, le=1024, description="Fils d’exécution d’un encodage.")
    encoder_lone_threads: int = Field(
        1,
        ge=1,
        le=1024,
        description="Fils d’exécution de l’encodage d’une question posée pendant que personne d’autre n’en pose. Avec "
        "2, elle attend une milliseconde de moins là où deux cœurs au moins sont libres, davantage ailleurs ; il en "
        "coûte 34 Mo de mémoire et un tiers de calcul.",
    )
    encoder_cache: int = Field(1024, ge=0, description="Questions récentes gardées en mémoire (0 = aucune).")

    style: Literal["auto", "generated", "verbatim"] = Field(
        "auto",
        description="« verbatim » compose la réponse avec les phrases de la FAQ, « generated » la fait rédiger par le "
        "modèle, « auto » n’interroge le modèle que pour plusieurs questions à la fois, une question qui suit la "
        "précédente ou une situation personnelle.",
    )
    llm_base_url: str | None = Field(
        None, description="Serveur compatible OpenAI, par exemple http://localhost:11434/v1."
    )
    llm_model: str | None = Field(None, description="Modèle à demander à ce serveur.")
    llm_api_key: SecretStr | None = Field(None, description="Clé de ce serveur, s’il en demande une.")
    llm_local: str | None = Field(
        None,
        description="Modèle de langue chargé dans ce processus au lieu d’un serveur : nom ou dossier d’un modèle "
        "transformers (demande « guichet[models] »).",
    )
    llm_device: str = Field(
        "auto", description="Où calcule ce modèle : « auto » (la carte graphique s’il y en a une), « cpu », « cuda »…"
    )
    llm_threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Fils d’exécution d’un modèle calculé sur cette machine ; par défaut, un de moins que de cœurs.",
    )
    llm_timeout_s: float = Field(
        8.0, gt=0, description="Temps laissé au modèle pour une réponse entière, attente comprise (s)."
    )
    llm_max_tokens: int = Field(400, ge=16, description="Longueur maximale demandée au modèle (jetons).")
    llm_concurrency: int = Field(
        4, ge=1, description="Rédactions simultanées (une seule pour un modèle chargé dans ce processus)."
    )
    llm_queue: int = Field(
        8, ge=0, description="Visiteurs qui attendent leur tour de rédaction ; au-delà, la réponse est composée."
    )
    llm_queue_wait_s: float = Field(
        2.0, gt=0, description="Attente d’un tour de rédaction (s) ; ensuite, la réponse est composée."
    )
    llm_circuit_failures: int = Field(
        3, ge=1, description="Échecs de suite du serveur du modèle après lesquels il est laissé au repos."
    )
    llm_circuit_rest_s: float = Field(
        30.0, gt=0, description="Durée de ce repos (s), après laquelle une question l’essaie de nouveau."
    )

    host: str = Field("127.0.0.1", description="Adresse d’écoute du serveur.")
    port: int = Field(8000, ge=0, le=65535, description="Port d’écoute du serveur.")
    rate_limit_per_minute: int = Field(120, ge=0, description="Questions par minute et par visiteur (0 = sans limite).")
    rate_limit_global_per_minute: int = Field(
        1200,
        ge=0,
        description="Questions par minute, tous visiteurs réunis (0 = sans limite). "
        "Sans effet quand la limite par visiteur est à 0.",
    )
    drain_s: float = Field(
        0.0,
        ge=0,
        le=300,
        description="Secondes pendant lesquelles le serveur, prié de s’arrêter (SIGTERM), répond encore tout en se "
        "disant indisponible (/api/ready), pour que le répartiteur de charge l’écarte d’abord.",
    )
    max_body_bytes: int = Field(32_768, ge=2048, description="Taille maximale d’une requête (octets).")
    max_header_bytes: int = Field(32_768, ge=4096, description="Taille maximale de l’en-tête d’une requête (octets).")
    max_connections: int = Field(
        10_000,
        ge=16,
        description="Connexions ouvertes à la fois ; au-delà, celle qui attend son visiteur depuis le plus longtemps "
        "est fermée.",
    )
    header_timeout_s: float = Field(10.0, gt=0, description="Temps laissé à un client pour envoyer l’en-tête (s).")
    body_timeout_s: float = Field(
        30.0, gt=0, description="Temps laissé pour envoyer le corps (s), et une seconde de plus tous les 500 octets."
    )
    stalled_timeout_s: float = Field(
        60.0, gt=0, description="Temps après lequel un client qui ne lit plus sa réponse est abandonné (s)."
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Recherches simultanées dans ce processus ; par défaut, autant que de cœurs que la machine ou le "
        "conteneur lui laisse.",
    )
    queue: int = Field(
        256,
        ge=0,
        description="Questions qui attendent leur tour de recherche ; au-delà, la réponse est 503 avec Retry-After.",
    )
    shutdown_s: int = Field(
        15, ge=1, description="À l’arrêt du serveur, temps laissé aux réponses en cours pour se terminer (s)."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Mandataires dont l’en-tête X-Forwarded-For est cru (séparés par des virgules)."
    )

    allowed_origins: str = Field(
        "",
        description="Sites qui affichent l’assistant, séparés par des virgules, par exemple "
        "https://www.exemple.fr. Exactement ceux-là : ni sous-domaine, ni joker.",
    )
    frame_ancestors: str | None = Field(
        None,
        description="Sites qui peuvent afficher /embed dans un cadre ; par défaut, ceux de GUICHET_ALLOWED_ORIGINS.",
    )
    secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="Secret qui signe les numéros de conversation ; par défaut, tiré au sort à chaque démarrage.",
    )

    widget_title: str | None = Field(None, description="Titre de la fenêtre de l’assistant.")
    widget_welcome: str | None = Field(None, max_length=500, description="Phrase d’accueil de l’assistant.")
    widget_suggestions: str | None = Field(
        None,
        description="Questions proposées à l’ouverture, séparées par « | » ; par défaut, les plus posées.",
    )
    privacy_url: str | None = Field(
        None,
        description="Page sur les données personnelles, liée dans l’assistant ; par défaut, celle de ce service, "
        "/donnees-personnelles.",
    )

    conversations: int = Field(
        2000,
        ge=0,
        description="Conversations suivies en mémoire, pour comprendre « et en ligne ? » (0 = aucune). "
        "Rien n’en est écrit sur le disque, sauf GUICHET_CONVERSATIONS_SHARED.",
    )
    conversations_shared: bool = Field(
        False,
        description="Garde ces conversations aussi dans la base PostgreSQL, chiffrées par leur propre numéro, pour que "
        "n’importe quelle machine comprenne la suite.",
    )
    conversation_idle_min: float = Field(
        30.0, gt=0, description="Minutes de silence après lesquelles une conversation est oubliée."
    )

    database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'guichet.db'}",
        description="Base des questions, des avis et de la console : SQLite, ou postgresql://… (URL SQLAlchemy).",
    )
    keep_questions: bool = Field(
        True,
        description="Garde le texte des questions, données personnelles retirées, pour la console ; "
        "sinon, seulement ce qu’il en est advenu.",
    )
    retention_days: int = Field(
        90, ge=1, le=36_500, description="Jours après lesquels ce qui reste d’une visite est effacé."
    )

    console: bool = Field(True, description="Sert la console du personnel (/console) et son API (/api/staff).")
    publish_git: bool = Field(
        False, description="Enregistre chaque publication dans git, si le dossier de la FAQ est un dépôt."
    )
    effect_questions: int = Field(
        200, ge=0, le=5000, description="Dernières questions reçues que l’aperçu de l’effet d’un brouillon repose."
    )
    cases: Path = Field(
        ROOT / "evals" / "cases", description="Jeu de questions de l’évaluation ; la console y ajoute les siennes."
    )
    runs: Path = Field(ROOT / "evals" / "runs", description="Dossier des évaluations.")
    public_url: str | None = Field(
        None, description="Adresse publique du service, pour les liens envoyés au personnel et l’authentification."
    )
    oidc_issuer: str | None = Field(
        None, description="Fournisseur OpenID Connect de l’établissement, par exemple https://cas.exemple.fr/oidc."
    )
    oidc_client_id: str | None = Field(None, description="Identifiant de Guichet chez ce fournisseur.")
    oidc_client_secret: SecretStr | None = Field(None, description="Secret de Guichet chez ce fournisseur.")
    oidc_label: str = Field("Compte de l’établissement", description="Texte du bouton de connexion par ce fournisseur.")
    oidc_scopes: str = Field("openid profile email", description="Portées demandées au fournisseur.")
    oidc_role_claim: str = Field("groups", description="Attribut qui dit de quels groupes une personne est membre.")
    oidc_roles: str = Field(
        "",
        description="Groupes et rôles, par exemple « scolarite=editeur, dsi=administrateur ». Qui n’a aucun de ces "
        "groupes n’entre que si un administrateur lui a ouvert un compte.",
    )

    sites_dir: Path | None = Field(
        None,
        description="Dossier des sites : un fichier <nom>.toml pour chaque FAQ de plus, servie sous /f/<nom>/.",
    )
    sites_data_dir: Path | None = Field(
        None,
        description="Dossier de ce que les sites produisent (index, base, évaluations), quand celui de leurs fichiers "
        "ne peut être écrit ; par défaut, GUICHET_SITES_DIR.",
    )
    sites_may_call: str = Field(
        "",
        description="Serveurs que le fichier d’un site peut faire appeler par ce service (modèle, OpenID Connect, "
        "PostgreSQL, traces), par exemple « 127.0.0.1:11434, cas.exemple.fr » ; ceux du service le sont déjà, tout "
        "autre est refusé.",
    )
    site_requests: int = Field(
        64,
        ge=1,
        description="Requêtes d’un même site traitées en même temps, quand le service en a plusieurs ; au-delà, il "
        "répond 503 à ce site-là seulement.",
    )
    institution: str | None = Field(
        None, max_length=200, description="Nom de l’établissement ; remplace le titre de la foire aux questions."
    )

    contact_label: str | None = Field(None, description="Nom du contact ; remplace celui de la foire aux questions.")
    contact_email: str | None = Field(
        None, description="Courriel du contact ; remplace celui de la foire aux questions."
    )
    contact_url: str | None = Field(None, description="Page du contact ; remplace celle de la foire aux questions.")
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        "info", description="Niveau du journal."
    )
    traces: str | None = Field(
        None,
        description="Collecteur OpenTelemetry, par exemple http://localhost:4318/v1/traces "
        "(demande « guichet[otel] »).",
    )

    _site: str = PrivateAttr("")

    @property
    def site(self) -> str:
        """The site that these settings are of; "" for the service's own."""
        return self._site

    def of_site(self, slug: str) -> Self:
        """These settings, as those of a site."""
        copy = self.model_copy()
        copy._site = slug
        return copy

    @field_validator(
        *("llm_base_url", "llm_model", "llm_local", "traces", "sites_dir", "sites_data_dir", "gaps", "index_url"),
        *("contact_label", "contact_email", "contact_url", "oidc_issuer", "privacy_url", "public_url"),
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("faq", "index_dir", "decision", "cases", "runs", mode="before")
    @classmethod
    def _named_path(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError(messages.NO_PATH)
        return value

    @field_validator("*")
    @classmethod
    def _usable(cls, value: object, info: ValidationInfo) -> object:
        check_value(value, lines=info.field_name == "widget_welcome")
        return value

    @field_validator("llm_local")
    @classmethod
    def _one_model(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("llm_base_url"):
            raise ValueError(messages.TWO_MODELS)
        return value

    @field_validator("allowed_origins", "frame_ancestors")
    @classmethod
    def _exact_origins(cls, value: str | None) -> str | None:
        for origin in _listed(value):
            check_origin(origin)
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        for pair in _pairs(value):
            if pair[1] not in ("lecteur", "editeur", "administrateur"):
                raise ValueError(messages.BAD_ROLE.format(role=pair[1]))
        return value

    @field_validator("privacy_url", "public_url", "contact_url", "llm_base_url", "oidc_issuer", "traces")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None:
            check_address(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        check_database(value, ("sqlite", "postgresql"), messages.BAD_DATABASE)
        return value

    @field_validator("index_url")
    @classmethod
    def _known_index_database(cls, value: str | None) -> str | None:
        if value is not None:
            check_database(value, ("postgresql",), messages.BAD_INDEX_DATABASE)
        return value

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins that may use the API from a browser, without duplicates."""
        return tuple(dict.fromkeys(_listed(self.allowed_origins)))

    @property
    def framing_origins(self) -> tuple[str, ...]:
        """Origins that may frame /embed."""
        return self.origins if self.frame_ancestors is None else tuple(dict.fromkeys(_listed(self.frame_ancestors)))

    @property
    def offered_questions(self) -> tuple[str, ...]:
        """Opening questions that staff chose; empty to offer those most asked."""
        return tuple(filter(None, (question.strip() for question in (self.widget_suggestions or "").split("|"))))

    @property
    def llm_configured(self) -> bool:
        """A model is named, with its server or to be loaded here."""
        return bool(self.llm_local or (self.llm_base_url and self.llm_model))

    @property
    def role_of_group(self) -> dict[str, str]:
        """The role that each of the institution's groups gives."""
        return dict(_pairs(self.oidc_roles))

    @property
    def searches_at_once(self) -> int:
        """Threads that search."""
        return self.workers or usable_cores()

    @property
    def threads_for_a_model(self) -> int:
        """Threads that a model computes on here. As many as cores would make it wait for the rest of the machine."""
        return self.llm_threads or max(1, usable_cores() - 1)


def _listed(value: str | None) -> list[str]:
    return [part.strip().rstrip("/").lower() for part in (value or "").split(",") if part.strip()]


def _pairs(value: str) -> list[tuple[str, str]]:
    parts = (part.rpartition("=") for part in value.split(",") if part.strip())
    return [(name.strip(), role.strip()) for name, _, role in parts]
