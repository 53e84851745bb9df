"""The two ceremonies of passkeys: registering one and signing in with one.

django-otp-webauthn makes the options and py_webauthn does the cryptography. What is ours: a challenge
counts once, for one session and purpose, for minutes (SECURITY 1.24); the person must be verified,
by PIN, finger or face; a counter that goes back is refused, in parallel requests too.
"""

import hashlib
import ipaddress
import json
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnUserHandle
from webauthn import base64url_to_bytes, verify_authentication_response, verify_registration_response
from webauthn.helpers import parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from credentials.models import Passkey
from iamconsole.models import OneTimeSecret
from users.models import User

EXPIRED = "The page is too old, or you signed in elsewhere in the meantime. Reload it."
CHALLENGE_BYTES = 32
MINUTES = 5
# What a challenge is for; one for a registration signs nobody in.
REGISTER, SECOND_FACTOR, SIGN_IN = "passkey-register", "passkey-mfa", "passkey-sign-in"
USED = "passkey-used"
# The cookie by which a challenge belongs to one browser before there is a session.
BROWSER, BROWSER_BYTES = "passkey", 24
BROWSER_FORM = re.compile(r"[\w-]{32}", re.ASCII)
LONGEST = 20_000  # characters of a browser's answer
T = TypeVar("T")


class Refused(Exception):
    """The browser's answer proves nothing. The text is for the log of attempts, not for the person."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser sent back: the challenge's ID and the credential as JSON."""

    challenge: str
    credential: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Answer | None":
        """The answer in a sent form; None in a form without one."""
        if "credential" not in request.POST:
            return None
        return cls(request.POST.get("challenge", ""), request.POST["credential"][: LONGEST + 1])


class Ceremony(WebAuthnHelper):  # type: ignore[misc]
    """The library's helper, stricter: short challenges, and the person is always verified."""

    def generate_challenge(self) -> bytes:
        return secrets.token_bytes(CHALLENGE_BYTES)

    def get_credential_name(self, user: User) -> str:
        """How browsers list it: whose, and in which account."""
        return f"{user.label} @ {user.account.label}"

    get_credential_display_name = get_credential_name

    def get_discoverable_credentials_preference(self) -> ResidentKeyRequirement:
        """Preferred: a key without room for it still works after the password."""
        return ResidentKeyRequirement.PREFERRED

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        kwargs["authenticator_selection"] = AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED,
            resident_key=self.get_discoverable_credentials_preference(),
        )
        return kwargs

    def get_generate_authentication_options_kwargs(self, **given: Any) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_generate_authentication_options_kwargs(**given)
        return {**kwargs, "challenge": self.generate_challenge()}


def origin() -> str:
    """The one address at which passkeys of this console work, as browsers write it."""
    found: str = settings.OTP_WEBAUTHN_ALLOWED_ORIGINS[0]
    return found


def why_impossible() -> str:
    """Why browsers offer no passkeys at the console's address; "" where they do."""
    address = urlsplit(settings.BASE_URL)
    host = address.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if address.scheme == "https" or host == "localhost":
            return ""
        return "Browsers allow passkeys only over HTTPS. You opened this console without HTTPS."
    return f"A passkey belongs to a host name. You opened this console by its IP address {host}."


def registration_options(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to make a new passkey for the user."""
    options, state = Ceremony(request).register_begin(user)
    return _given_out(request, REGISTER, options, state)


def second_factor_options(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to prove a passkey of the user, after the password or to confirm who it is."""
    options, state = Ceremony(request).authenticate_begin(user=user, require_user_verification=True)
    return _given_out(request, SECOND_FACTOR, options, state)


def sign_in_options(request: HttpRequest, browser: str) -> dict[str, Any]:
    """What the browser needs before anybody is known. Nothing is stored for strangers: the challenge goes out
    signed, for the browser that holds the cookie ``BROWSER`` with this value.
    """
    options, state = Ceremony(request).authenticate_begin(user=None, require_user_verification=True)
    signed = signing.dumps({"challenge": state["challenge"], "browser": browser}, salt=SIGN_IN)
    return {"challenge": signed, "publicKey": options}


def browser_of(request: HttpRequest) -> str:
    """What tells this browser from others before there is a session: what it was given, or something new."""
    given = request.COOKIES.get(BROWSER, "")
    return given if BROWSER_FORM.fullmatch(given) else secrets.token_urlsafe(BROWSER_BYTES)


def _given_out(
    request: HttpRequest, purpose: str, options: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    """The options, and the ID under which the challenge waits for its answer."""
    key = request.session.session_key or ""
    row = OneTimeSecret.keep(
        purpose, key, state["challenge"], minutes=MINUTES, owner=getattr(request.user, "user_id", "")
    )
    return {"challenge": str(row.id), "publicKey": options}


def claim(request: HttpRequest, purpose: str, answer: Answer) -> str:
    """The challenge, which is gone from then on. Raises Refused."""
    if purpose == SIGN_IN:
        return _signed_challenge(request, answer)
    try:
        row = OneTimeSecret.find(answer.challenge, purpose, request.session.session_key or "")
    except (ValidationError, ValueError):  # what was sent is no ID
        row = None
    # Of two requests at once only one deletes the row.
    if row is None or not OneTimeSecret.objects.filter(pk=row.pk).delete()[0]:
        raise Refused("challenge")
    return row.reveal()


def _signed_challenge(request: HttpRequest, answer: Answer) -> str:
    """The challenge that this browser was given minutes ago. It is used up by ``use_up``. Raises Refused."""
    try:
        given = signing.loads(answer.challenge, salt=SIGN_IN, max_age=MINUTES * 60)
    except signing.BadSignature as error:
        raise Refused("challenge") from error
    if not constant_time_compare(given["browser"], request.COOKIES.get(BROWSER, "")):
        raise Refused("challenge of another browser")
    return str(given["challenge"])


def use_up(challenge: str) -> None:
    """Let a challenge that went out signed count once: whoever proved a passkey by it leaves a row, for as
    long as it could be shown again. Raises Refused for the second one.
    """
    used = uuid.UUID(bytes=hashlib.sha256(challenge.encode()).digest()[:16])
    try:
        with transaction.atomic():
            # Everybody's, and never too many to remember: one that was forgotten could be used again.
            OneTimeSecret.keep(USED, "", "", minutes=MINUTES + 1, secret_id=used, most=None)
    except IntegrityError as error:
        raise Refused("challenge") from error


def registered(user: User, challenge: str, credential: str) -> Passkey:
    """A passkey of the user, not saved yet, from a browser's answer. Raises Refused."""
    data = _parsed(credential)
    helper = Ceremony(request=None)
    parsed = _checked(lambda: parse_registration_credential_json(data))
    verified = _checked(
        lambda: verify_registration_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=helper.get_relying_party_domain(),
            expected_origin=helper.get_allowed_origins(),
            require_user_verification=True,
        )
    )
    passkey: Passkey = _checked(lambda: helper.create_credential(user, verified, parsed, data))
    passkey.credential_id_sha256 = Passkey.get_credential_id_sha256(passkey.credential_id)
    return passkey


def named(credential: str) -> Passkey | None:
    """The passkey that a browser's answer speaks of, of whomever; nothing is verified yet."""
    try:
        raw_id = _checked(lambda: parse_authentication_credential_json(_parsed(credential))).raw_id
    except Refused:
        return None
    digest = Passkey.get_credential_id_sha256(raw_id)
    rows = Passkey.objects.select_related("user__account", "user__login_profile")
    return rows.filter(credential_id_sha256=digest).first()


def proved(passkey: Passkey, challenge: str, credential: str, *, alone: bool) -> None:
    """Check a browser's answer with the passkey's public key and note the use. Raises Refused.

    ``alone``: without a password before it, so the answer must say whose passkey it is.
    """
    helper = Ceremony(request=None)
    parsed = _checked(lambda: parse_authentication_credential_json(_parsed(credential)))
    owner = parsed.response.user_handle
    if (owner or alone) and owner != WebAuthnUserHandle.get_handle_for_user(passkey.user):
        raise Refused("user handle")
    verified = _checked(
        lambda: verify_authentication_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=helper.get_relying_party_domain(),
            expected_origin=helper.get_allowed_origins(),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    )
    unchanged = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if alone:
        use_up(challenge)
    moved = unchanged.update(
        sign_count=verified.new_sign_count,
        backup_state=verified.credential_backed_up,
        last_used_at=timezone.now(),
    )
    if not moved:
        raise Refused("counter")


def _parsed(credential: str) -> dict[str, Any]:
    try:
        data = json.loads(credential) if len(credential) <= LONGEST else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused("no credential")
    return data


def _checked(work: Callable[[], T]) -> T:
    """The library's result; what it makes of forged or broken input is one refusal."""
    try:
        return work()
    except WebAuthnException as error:
        raise Refused(str(error)) from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise Refused(f"malformed: {error}") from error
