"""Signing in to Okta: an API token, or a service app's access token, bound to a key if Okta asks.

A service app signs an assertion with its private key (RFC 7523) and gets an access token for an
hour. Where the app requires DPoP (RFC 9449), the token works only together with proofs by a key
that is made for the run. Okta's SDK makes assertions and proofs; the rest of it isn't used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from okta_scim_setup.errors import SetupError, Unexpected
from okta_scim_setup.providers.okta import Settings, _private_key
from okta_scim_setup.secret import Keeper, Secret
from okta_scim_setup.traffic.exchange import notes
from okta_scim_setup.transport import TOKEN_PATH, Answer, Credential, Request, Transport

READ_SCOPES = ("okta.apps.read", "okta.groups.read", "okta.users.read")
"""What reading takes; the specification asks GET for *.read, whatever else is granted."""

WRITE_SCOPES = (*READ_SCOPES, "okta.apps.manage", "okta.groups.manage")
"""What writing takes; group pushes need both that of apps and that of groups (specified)."""

PART_SCOPES: Mapping[str, str] = {
    "/api/v1/meta/schemas": "okta.schemas",
    "/api/v1/mappings": "okta.profileMappings",
    "/api/v1/logs": "okta.logs",
}
"""Parts of the API that only some kinds, or an audit, need: asked for when they do, not before.

One access token for all would be refused whole where a single scope isn't granted.
"""

READ_ONLY_PARTS = frozenset({"/api/v1/logs"})
"""Parts that nobody can write to: there is no scope for it."""

PURPOSES = {
    "okta.apps.read": "read apps",
    "okta.groups.read": "read groups",
    "okta.users.read": "read people",
    "okta.apps.manage": "change apps",
    "okta.groups.manage": "push groups",
    "okta.logs.read": "read the System Log",
    "okta.schemas.read": "read app user schemas",
    "okta.schemas.manage": "change app user schemas",
    "okta.profileMappings.read": "read profile mappings",
    "okta.profileMappings.manage": "change profile mappings",
}

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

EARLY = 300.0
"""Seconds before its end in which an access token isn't used any more."""

CHALLENGES = frozenset({"use_dpop_nonce", "invalid_dpop_proof"})
"""What Okta answers where a proof, or the nonce in it, is missing (RFC 9449, section 8)."""

ROUNDS = 4
"""A proof, a nonce in it, and once more should the nonce have changed."""


class SignIn(Protocol):
    """A way to sign in."""

    @property
    def who(self) -> str:
        """What messages call it."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for; empty where an administrator's role decides."""

    def credential(self) -> Credential:
        """What a request is signed with now."""

    def renew(self, old: Credential) -> bool:
        """Whether there will be another credential than *old*, which Okta didn't accept."""


def sign_in(
    settings: Settings, transport: Transport, keeper: Keeper, scopes: tuple[str, ...]
) -> SignIn:
    """The way that *settings* say; nothing is sent yet.

    Raises:
        ConfigError: the token or the key can't be had.
    """
    only_there = frozenset({settings.host})
    if settings.token:
        return ApiToken(keeper.resolve(settings.token, only_there))
    if settings.private_key is None or settings.client_id is None:
        raise AssertionError("unreachable: settings have one of the two ways")
    key = keeper.resolve(settings.private_key, only_there, text=True)
    return ServiceApp(
        settings.org_url, settings.client_id, key, settings.kid, scopes, transport, keeper
    )


def kin(way: SignIn) -> Hashable:
    """What two ways to sign in have in common if they are one to Okta, with one share of limits."""
    match way:
        case ApiToken():
            return way.secret.kin
        case ServiceApp():
            return way.client_id, way.private_key.kin, way.kid
    return id(way)


@dataclass(frozen=True)
class ApiToken:
    """An API token: SSWS."""

    secret: Secret
    scopes: tuple[str, ...] = ()

    @property
    def who(self) -> str:
        """Where the token is kept."""
        return f"the API token {self.secret.origin}"

    def credential(self) -> Credential:
        """The token."""
        return Credential("SSWS", self.secret)

    def renew(self, old: Credential) -> bool:
        """There is only this one."""
        return False


@dataclass
class ServiceApp:
    """A service app (API Services); one access token for an org and a run."""

    org_url: str
    client_id: str
    private_key: Secret
    kid: str | None
    scopes: tuple[str, ...]
    transport: Transport
    keeper: Keeper
    _current: Credential | None = None
    _until: float = 0.0
    _proofs: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def who(self) -> str:
        """The app, by its id."""
        return f"the service app {self.client_id}"

    @property
    def host(self) -> str:
        """The org's host."""
        return self.org_url.partition("://")[2]

    def credential(self) -> Credential:
        """The access token, fetched when it is needed and before it ends.

        Raises:
            Unexpected: Okta gives none.
            ConfigError: the private key can't be used.
        """
        with self._lock:
            if self._current is None or self.transport.clock() >= self._until:
                self._current = self._fetched()
            return self._current

    def renew(self, old: Credential) -> bool:
        """Forget *old*, unless another thread has a new one already."""
        with self._lock:
            if self._current is old:
                self._current = None
        return True

    def _fetched(self) -> Credential:
        answer = self._asked(self.scopes)
        body = answer.body if isinstance(answer.body, Mapping) else {}
        if answer.code or not isinstance(body.get("access_token"), str):
            raise self._refused(answer)
        lasts = float(body.get("expires_in") or 0)
        self._until = self.transport.clock() + max(lasts - EARLY, lasts / 2)
        bound = str(body.get("token_type", "")).lower() == "dpop"
        token = self.keeper.minted(
            body["access_token"],
            origin=f"access token of {self.client_id}",
            hosts=frozenset({self.host}),
        )
        return Credential("DPoP" if bound else "Bearer", token, self._proof if bound else None)

    def _asked(self, scopes: tuple[str, ...]) -> Answer:
        """The token endpoint's answer; errors that somebody can mend are answers as well."""
        for _ in range(ROUNDS):
            answer = self.transport.send(self._request(scopes))
            if answer.code not in CHALLENGES:
                break
            self._proofs = self._proofs or _private_key.proofs()
            self._proofs.set_nonce(answer.headers.get("dpop-nonce"))
        return answer

    def _request(self, scopes: tuple[str, ...]) -> Request:
        return Request(
            "POST",
            f"{self.org_url}{TOKEN_PATH}",
            "Okta",
            credential=Credential("", None, self._proof) if self._proofs else None,
            form=self._form(scopes),
            tolerates=_is_oauth_error,
            bucket="/oauth2",
            signs_in=True,
            about=f"for {' '.join(scopes)}",
        )

    def _form(self, scopes: tuple[str, ...]) -> Callable[[], Mapping[str, str]]:
        return lambda: {
            "grant_type": "client_credentials",
            "scope": " ".join(scopes),
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": _private_key.assertion(
                self.org_url, self.client_id, self.private_key, self.kid
            ),
        }

    def _proof(self, method: str, url: str, access_token: str) -> str:
        proof: str = self._proofs.generate_proof_jwt(method, url, access_token or None)
        return proof

    def _refused(self, answer: Answer) -> Unexpected:
        match answer.code:
            case "invalid_scope" | "consent_required":
                missing = self._missing_scopes()
                lacks = " and ".join(PURPOSES.get(scope, scope) for scope in missing)
                title = f"Okta won't let this service app {lacks}"
                do = f"a super admin grants {' '.join(missing)} to {self.client_id}"
            case "invalid_client":
                title = f"{self.host} doesn't accept {self.who}"
                do = (
                    "compare client_id, private_key and kid with the app's page in Okta, and this "
                    "machine's clock with the time"
                )
            case _:
                title = f"{self.host} gives {self.who} no access token"
                do = "look at the app in Okta: it has to be an active API Services app"
        said = notes(self._request(self.scopes), answer, do)
        return Unexpected(title, *said, status=answer.status, code=answer.code)

    def _missing_scopes(self) -> tuple[str, ...]:
        """Which scopes Okta refuses: it doesn't say, so each is asked for alone."""
        try:
            refused = [x for x in self.scopes if self._asked((x,)).code == "invalid_scope"]
        except SetupError:
            refused = []
        return tuple(refused) or self.scopes


def _is_oauth_error(answer: Answer) -> bool:
    bad = answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return bad and bool(answer.code)
