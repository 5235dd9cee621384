"""An OpenID Connect provider as the console uses one. authlib does the protocol; it loads when it is first used."""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import GuichetError
from app.settings import Settings

TIMEOUT_S = 8.0
_KEYS_FOR_S = 3600.0


class OidcFailed(GuichetError):
    """The provider can't be reached, or what came back can't be trusted."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says somebody is."""

    subject: str
    login: str
    name: str
    groups: frozenset[str]


class Provider:
    """One provider, found by its issuer's address."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = (settings.oidc_issuer or "").rstrip("/")
        self._client_id = settings.oidc_client_id or ""
        secret = settings.oidc_client_secret
        self._client_secret = secret.get_secret_value() if secret else ""
        self._scopes = settings.oidc_scopes
        self._claim = settings.oidc_role_claim
        self._key = secrets.token_bytes(32)
        self._metadata: tuple[float, dict[str, Any], dict[str, Any]] | None = None

    def begin(self, redirect_uri: str) -> tuple[str, str]:
        """The address to send a browser to, and what its cookie is to keep. Raises OidcFailed."""
        from authlib.common.security import generate_token
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        metadata, _ = self._discovered()
        kept = {name: generate_token(48) for name in ("state", "nonce", "verifier")}
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": self._scopes,
            "state": kept["state"],
            "nonce": kept["nonce"],
            "code_challenge": create_s256_code_challenge(kept["verifier"]),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata["authorization_endpoint"] else "?"
        return metadata["authorization_endpoint"] + joint + urllib.parse.urlencode(query), self._signed(kept)

    def finish(self, kept: str, query: Mapping[str, str], redirect_uri: str) -> Identity:
        """Who came back. Raises OidcFailed for anything that doesn't fit what was begun."""
        begun = self._unsigned(kept)
        if not secrets.compare_digest(query.get("state", ""), begun["state"]) or not query.get("code"):
            raise OidcFailed(query.get("error", "state"))
        metadata, keys = self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": redirect_uri,
            "code_verifier": begun["verifier"],
            "client_id": self._client_id,
        }
        token = self._post(metadata["token_endpoint"], form)
        claims = self._claims(str(token.get("id_token", "")), keys, begun["nonce"])
        endpoint = metadata.get("userinfo_endpoint")
        more = self._get(endpoint, str(token.get("access_token", ""))) if endpoint and self._lacks(claims) else {}
        if more.get("sub", claims["sub"]) != claims["sub"]:
            raise OidcFailed("sub")
        return self._identity({**more, **claims})

    def _claims(self, id_token: str, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer, audience, dates and nonce are right."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            allowed = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
            token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=allowed)  # type: ignore[arg-type]
            registry = jwt.JWTClaimsRegistry(
                leeway=60,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise OidcFailed(type(error).__name__) from error
        return dict(token.claims)

    def _lacks(self, claims: Mapping[str, Any]) -> bool:
        return "email" not in claims or self._claim not in claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        verified = claims.get("email") if claims.get("email_verified", True) else None
        login = str(verified or claims.get("preferred_username") or claims["sub"])
        groups = claims.get(self._claim, ())
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        return Identity(
            subject=f"{self._issuer} {claims['sub']}",
            login=login,
            name=str(claims.get("name") or login),
            groups=frozenset(map(str, listed)),
        )

    # --- HTTP ------------------------------------------------------------------------------

    def _discovered(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The provider's own description and its public keys, asked for once an hour."""
        if self._metadata is None or time.monotonic() - self._metadata[0] > _KEYS_FOR_S:
            metadata = self._get(f"{self._issuer}/.well-known/openid-configuration")
            if str(metadata.get("issuer", "")).rstrip("/") != self._issuer:
                raise OidcFailed("issuer")
            if not all(name in metadata for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")):
                raise OidcFailed("metadata")
            self._metadata = (time.monotonic(), metadata, self._get(str(metadata["jwks_uri"])))
        return self._metadata[1], self._metadata[2]

    def _get(self, address: str, bearer: str = "") -> dict[str, Any]:
        return self._send(urllib.request.Request(address, headers=_bearer(bearer)))  # noqa: S310 - checked in _send

    def _post(self, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        from authlib.oauth2.auth import encode_client_secret_basic

        headers: dict[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._client_secret:
            client = _Client(self._client_id, self._client_secret)
            _, headers, _ = encode_client_secret_basic(client, "POST", address, headers, "")
        body = urllib.parse.urlencode(form).encode()
        return self._send(urllib.request.Request(address, body, headers))  # noqa: S310 - checked in _send

    def _send(self, request: urllib.request.Request) -> dict[str, Any]:
        if request.type not in ("https", "http"):
            raise OidcFailed("scheme")
        try:
            with _OPENER.open(request, timeout=TIMEOUT_S) as response:
                value = json.loads(response.read(1_000_000))
        except (OSError, ValueError) as error:
            raise OidcFailed(type(error).__name__) from error
        if not isinstance(value, dict):
            raise OidcFailed("json")
        return value

    # --- the cookie ------------------------------------------------------------------------

    def _signed(self, kept: Mapping[str, str]) -> str:
        from joserfc import jwt
        from joserfc.jwk import OctKey

        claims = {**kept, "exp": int(time.time()) + 600}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self._key))

    def _unsigned(self, kept: str) -> dict[str, str]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        try:
            token = jwt.decode(kept, OctKey.import_key(self._key), algorithms=["HS256"])
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(token.claims)
            return {name: str(token.claims[name]) for name in ("state", "nonce", "verifier")}
        except (JoseError, ValueError, KeyError) as error:
            raise OidcFailed("cookie") from error


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: secrets go to the address that was named and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Not followed."""
        return


_OPENER = urllib.request.build_opener(_Stay)


@dataclass(frozen=True, slots=True)
class _Client:
    """What authlib asks of a client to write its header."""

    client_id: str
    client_secret: str


def _bearer(token: str) -> dict[str, str]:
    return {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}


def provider_of(settings: Settings) -> Provider | None:
    """The provider of the settings; None when they name none."""
    return Provider(settings) if settings.oidc_issuer and settings.oidc_client_id else None
