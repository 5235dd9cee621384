"""A site's settings file: what it takes over, what is its own, and what is said of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import BadSource, GuichetError
from app.settings import Settings
from app.sites import LOCAL_MODEL, OF_SERVICE, OF_SITE, all_sites, settings_of


def base_in(folder: Path, **given: object) -> Settings:
    given = {"sites_dir": folder, "database_url": f"sqlite:///{folder / 'service.db'}", **given}
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_a_site_has_everything_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "mairie.toml").write_text("", "utf-8")
    settings = settings_of(base_in(tmp_path), "mairie")
    assert settings.site == "mairie"
    own = tmp_path / "mairie"
    assert (settings.faq, settings.index_dir) == (own / "faq.md", own / "index")
    assert (settings.cases, settings.runs) == (own / "cases", own / "runs")
    assert settings.database_url == f"sqlite:///{own / 'guichet.db'}"


def test_what_sites_produce_may_stand_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "mairie.toml").write_text("", "utf-8")
    settings = settings_of(base_in(tmp_path, sites_data_dir=tmp_path / "data"), "mairie")
    assert settings.faq == tmp_path / "mairie" / "faq.md"
    assert settings.index_dir == tmp_path / "data" / "mairie" / "index"
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'mairie' / 'guichet.db'}"


def test_a_file_says_what_differs_and_the_service_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mairie.toml").write_text(
        'institution = "Mairie du Vallon"\nfaq = "textes/faq.md"\ncost_wrong_answer = 20\nconsole = false\n'
        'allowed_origins = ["https://www.mairie.example", "https://mairie.example"]\n'
        'widget_suggestions = ["Une question ?", "Une autre ?"]\ndatabase_url = "sqlite:///x/base.db"\n',
        "utf-8",
    )
    monkeypatch.setenv("GUICHET_CONTACT_EMAIL", "service@exemple.example")
    monkeypatch.setenv("GUICHET_RETENTION_DAYS", "7")
    base = base_in(tmp_path, llm_base_url="http://localhost:1/v1", llm_model="m")
    settings = settings_of(base, "mairie")
    assert settings.institution == "Mairie du Vallon"
    assert settings.faq == tmp_path / "textes" / "faq.md"
    assert settings.origins == ("https://www.mairie.example", "https://mairie.example")
    assert settings.offered_questions == ("Une question ?", "Une autre ?")
    assert settings.database_url == f"sqlite:///{tmp_path / 'x' / 'base.db'}"
    assert (settings.cost_wrong_answer, settings.console, settings.retention_days) == (20.0, False, 7)
    assert settings.llm_configured
    assert base.contact_email == "service@exemple.example"
    assert settings.contact_email is None  # what makes an institution is never taken over


def test_nothing_of_the_service_identity_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "mairie.toml").write_text("", "utf-8")
    told = {
        "contact_label": "l’accueil",
        "contact_url": "https://x.example",
        "allowed_origins": "https://x.example",
        "frame_ancestors": "https://x.example",
        "oidc_issuer": "https://x.example",
        "oidc_client_id": "x",
        "oidc_roles": "tous=administrateur",
        "widget_title": "X",
        "llm_local": "x",
        "gaps": tmp_path / "hors.md",
    }
    base, plain = base_in(tmp_path, **told), Settings(_env_file=None)
    settings = settings_of(base, "mairie")
    for name in told:
        assert getattr(settings, name) == getattr(plain, name), name


def test_a_secret_may_come_from_the_environment_for_its_site_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("mairie", "mairie-annexe"):
        (tmp_path / f"{slug}.toml").write_text("", "utf-8")
    monkeypatch.setenv("GUICHET_SITE_MAIRIE__LLM_API_KEY", "de-la-mairie")
    monkeypatch.setenv("GUICHET_SITE_MAIRIE_ANNEXE__CONTACT_EMAIL", "annexe@mairie.example")
    base = base_in(tmp_path)
    key = settings_of(base, "mairie").llm_api_key
    assert key is not None
    assert key.get_secret_value() == "de-la-mairie"
    annexe = settings_of(base, "mairie-annexe")
    assert annexe.llm_api_key is None
    assert annexe.contact_email == "annexe@mairie.example"
    assert settings_of(base, "mairie").contact_email is None


def test_sites_sign_with_secrets_of_their_own_that_replicas_agree_on(tmp_path: Path) -> None:
    for slug in ("a", "b"):
        (tmp_path / f"{slug}.toml").write_text("", "utf-8")
    base = base_in(tmp_path, secret="un secret assez long")
    first, again, other = (settings_of(base, slug).secret for slug in ("a", "a", "b"))
    assert first == again
    assert len({str(s and s.get_secret_value()) for s in (first, other, base.secret)}) == 3
    assert settings_of(base_in(tmp_path), "a").secret is None


def test_the_public_address_is_below_the_services(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("", "utf-8")
    assert (
        settings_of(base_in(tmp_path, public_url="https://faq.example/"), "a").public_url == "https://faq.example/f/a"
    )
    assert settings_of(base_in(tmp_path), "a").public_url is None


MISTAKES = (
    ("contact_email = x\n", 1, "TOML", "guillemets"),
    ('faq = "faq.md"\n\ncontact_mail = "a"\n', 3, "contact_mail", "contact_email"),
    ('# rien\nGUICHET_CONTACT_EMAIL = "a"\n', 2, "GUICHET_CONTACT_EMAIL", "contact_email"),
    ("port = 80\n", 1, "tout le service", "GUICHET_PORT"),
    ('encoder = "x"\n', 1, "tout le service", "GUICHET_ENCODER"),
    ('llm_local = "x"\n', 1, "modèle de langue", "guichet llm serve"),
    ("retention_days = 0\n", 1, "au moins 1", "guichet settings"),
    ('retention_days = "beaucoup"\n', 1, "nombre entier", ""),
    ("institution = 3\n", 1, "texte entre guillemets", ""),
    ('style = "libre"\n', 1, "'auto'", ""),
    ('\nallowed_origins = ["https://*.exemple.fr"]\n', 2, "sans chemin ni joker", ""),
    ('secret = "court"\n', 1, "au moins 16", ""),
    ('contact_label = ["a"]\n', 1, "texte entre guillemets", ""),
    ('[contact]\nemail = "a"\n', 1, "contact", ""),
    ('faq = "a"\nfaq = "b"\n', 2, "TOML", ""),
    ('style = "verbatim', 1, "TOML", ""),
)


@pytest.mark.parametrize(("text", "line", "said", "mend"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_mend(
    tmp_path: Path, text: str, line: int, said: str, mend: str
) -> None:
    path = tmp_path / "mairie.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadSource) as caught:
        settings_of(base_in(tmp_path), "mairie")
    assert str(caught.value).startswith(f"{path}:{line} : ")
    assert said in str(caught.value)
    assert mend in caught.value.mend
    assert caught.value.mend


def test_other_bytes_than_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mairie.toml"
    path.write_bytes(b'institution = "M"\ncontact_label = "\xe9"\n')
    with pytest.raises(BadSource, match=r"mairie\.toml:2 .*UTF-8"):
        settings_of(base_in(tmp_path), "mairie")
    path.write_bytes(b"#" * 70_000)
    with pytest.raises(BadSource, match="64 ko"):
        settings_of(base_in(tmp_path), "mairie")
    path.unlink()
    path.mkdir()
    with pytest.raises(BadSource):
        settings_of(base_in(tmp_path), "mairie")


@pytest.mark.parametrize("name", ["Mairie", "ma irie", "é", "a--b", "-a", "a_b", "a" * 41, "..", "a.b", "a\n"])
def test_a_name_that_is_no_address_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.toml").write_text("", "utf-8")
    with pytest.raises(BadSource) as caught:
        settings_of(base_in(tmp_path), name)
    assert "minuscules" in caught.value.mend


def test_no_two_sites_write_in_the_same_place(tmp_path: Path) -> None:
    base = base_in(tmp_path, sites_may_call="h")
    (tmp_path / "a.toml").write_text("", "utf-8")
    (tmp_path / "b.toml").write_text('\nindex_dir = "a/index"\n', "utf-8")
    (tmp_path / "c.toml").write_text(f'database_url = "{base.database_url}"\n', "utf-8")
    (tmp_path / "d.toml").write_text("", "utf-8")
    (tmp_path / "e.toml").write_text('index_url = "postgresql://h/index"\nindex_name = "ville"\n', "utf-8")
    (tmp_path / "f.toml").write_text('index_name = "ville"\nindex_url = "postgresql://h/index"\n', "utf-8")
    found = dict(all_sites(base))
    assert isinstance(found["a"], Settings)
    assert isinstance(found["d"], Settings)
    assert isinstance(found["b"], GuichetError)
    assert "b.toml:2 : « index_dir » est déjà celui de « a »" in str(found["b"])
    assert isinstance(found["e"], Settings)
    assert "f.toml:1 : « index_name » est déjà celui de « e »" in str(found["f"])
    assert "c.toml:1 : « database_url » est déjà celui de la FAQ du service" in str(found["c"])


def test_the_lists_name_settings_that_exist() -> None:
    assert set(Settings.model_fields) >= OF_SERVICE | OF_SITE
    assert not OF_SERVICE & OF_SITE
    assert LOCAL_MODEL <= OF_SITE


def test_postgresql_gives_each_site_a_schema(tmp_path: Path) -> None:
    (tmp_path / "a-b.toml").write_text("", "utf-8")
    base = base_in(tmp_path, database_url="postgresql://u@localhost/guichet")
    assert settings_of(base, "a-b").database_url == "postgresql://u@localhost/guichet?schema=guichet_a_b"


NAMED = (
    ("llm_base_url", "http://10.0.0.7:9200/v1", "10.0.0.7:9200"),
    ("oidc_issuer", "https://cas.example/oidc", "cas.example:443"),
    ("traces", "http://[::1]:4318/v1/traces", "::1:4318"),
    ("database_url", "postgresql://u@10.0.0.7/base", "10.0.0.7:5432"),
    ("index_url", "postgresql+psycopg://u:p@db.example:6432/base", "db.example:6432"),
)


@pytest.mark.parametrize(("name", "address", "server"), NAMED)
def test_a_file_has_no_server_called_that_the_operator_does_not_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, address: str, server: str
) -> None:
    path = tmp_path / "mairie.toml"
    path.write_text(f'institution = "M"\n{name} = "{address}"\n', "utf-8")
    for told in ("", f"{server}0", "example", "10.0.0.70"):
        with pytest.raises(BadSource) as caught:
            settings_of(base_in(tmp_path, sites_may_call=told), "mairie")
        assert str(caught.value).startswith(f"{path}:2 : « {name} » ferait appeler {server} ")
        assert f"GUICHET_SITES_MAY_CALL={server}" in caught.value.mend
    for told in (server, f"autre.example, {server}", server.rpartition(":")[0]):
        assert getattr(settings_of(base_in(tmp_path, sites_may_call=told), "mairie"), name) == address
    own = base_in(tmp_path, **{name: address}, **({"index_name": "autre"} if name == "index_url" else {}))
    assert getattr(settings_of(own, "mairie"), name) == address  # the service calls it already
    path.write_text("", "utf-8")
    monkeypatch.setenv(f"GUICHET_SITE_MAIRIE__{name.upper()}", address)
    assert getattr(settings_of(base_in(tmp_path), "mairie"), name) == address


@pytest.mark.parametrize(
    "address",
    ["postgresql://db.example/b?host=10.0.0.7", "postgresql://db.example/b?hostaddr=10.0.0.7", "postgresql:///b",
     "postgresql://db.example,10.0.0.7/b", "postgresql://db.example/b?service=x"],
)  # fmt: skip
def test_no_other_server_hides_behind_an_allowed_one(tmp_path: Path, address: str) -> None:
    (tmp_path / "mairie.toml").write_text(f'database_url = "{address}"\n', "utf-8")
    with pytest.raises(BadSource, match=r"mairie\.toml:1 : « database_url »"):
        settings_of(base_in(tmp_path, sites_may_call="db.example"), "mairie")


def test_the_services_key_goes_to_no_other_server(tmp_path: Path) -> None:
    base = base_in(tmp_path, llm_base_url="http://a:1/v1", llm_model="m", llm_api_key="du-service", sites_may_call="b")
    (tmp_path / "mairie.toml").write_text("", "utf-8")
    assert settings_of(base, "mairie").llm_api_key is not None
    (tmp_path / "mairie.toml").write_text('llm_base_url = "http://b:1/v1"\n', "utf-8")
    assert settings_of(base, "mairie").llm_api_key is None
