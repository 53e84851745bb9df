"""Signing in: the password step, the MFA step, and what a session then holds.

Order matters (SECURITY 1.1-1.11): count the guess, then do the same work for every name, known or not,
then answer every failure alike. The session key changes at each step.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from credentials import devices, recovery_codes, summary
from credentials.guesses import known_addresses, throttle
from credentials.guesses import words as guess_words
from credentials.mfa import passkeys
from credentials.mfa.last_device import RECOVERY_CODE
from credentials.models import Passkey
from credentials.models.devices import MFADevice
from credentials.sessions import rows as sessions
from credentials.sign_in.metrics import SIGN_INS
from iamconsole.arn import as_account_id
from iamconsole.crypto import KeyRingError
from iamconsole.errors import HashingBusy
from iamconsole.models import Event
from iamconsole.operations import Caller, events, listeners
from users.callers.build import Origin, caller_for_user
from users.callers.middleware import AUTHENTICATED_AT, FACTOR, MFA_AT, SIGNED_IN_AT, client_address, origin_of
from users.models import Account, User

Proof = TypeVar("Proof")
USE_RECOVERY_CODE = "iamconsole:UseRecoveryCode"
BACKEND = "credentials.backends.SignInBackend"
PENDING = "signin"  # {"user", "epoch", "at"} between password and MFA code
PENDING_SECONDS = 600
SIGN_IN = "iamconsole:SignIn"
SEEN_AT = "seen_at"

WRONG = (
    "The account, user name or password is incorrect, or there were too many attempts. "
    "Check them and try again."
)
WRONG_CODE = "This code was not accepted. Wait for the next one and try again. Each code works once."
WRONG_RECOVERY_CODE = (
    "This code was not accepted. Compare it with the codes you saved. Each code works once, and new codes "
    "replace all earlier ones."
)
SEED_ELSEWHERE = (
    "Your MFA device was enrolled at AWS, so this console cannot check its codes. Ask an administrator "
    "to have a device enrolled here. Until then you cannot sign in."
)
WRONG_PASSKEY = (
    "The passkey was not accepted, or it took too long. Try again, or sign in another way. After 5 attempts "
    "the sign-in pauses for 5 minutes."
)
MAXIMUM_PASSWORD = 1024


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was typed: an account and a user name, or a root e-mail."""

    password: str
    account: str = ""
    user_name: str = ""
    email: str = ""

    def meant(self) -> "Meant":
        """Which counter the guess goes to, and whose password it is compared with.

        The counter is found by what the spelling leads to: ID and alias of an account share one, and so do
        all spellings of a name. Only the name itself signs in.
        """
        users = User.objects.select_related("account", "login_profile")
        if self.email:
            name, typed = throttle.root_key(self.email), self.email.strip()
            spelled = Q(email__iexact=typed) | Q(email__iexact=throttle.fold(typed))
            rows = users.roots().filter(spelled)
        else:
            account = find_account(self.account)
            name = throttle.user_key(account.account_id if account else self.account, self.user_name)
            typed = self.user_name.strip()
            rows = users.people().filter(account=account, name_folded=throttle.fold(self.user_name))
        # A database may take letters for equal that we do not (i and ı): such a twin is nobody.
        owner = next((user for user in rows if throttle.name_key(user) == name), None)
        label = (owner.email if self.email else owner.user_name) if owner else ""
        return Meant(name, owner, owner if label.lower() == typed.lower() else None)


@dataclass(frozen=True, slots=True)
class Meant:
    """The name that was typed, in one spelling; whose it is, if anybody's; who can sign in by it."""

    name: str
    owner: User | None
    user: User | None


def find_account(text: str) -> Account | None:
    """The account of an ID or an alias. Digits with or without dashes and spaces mean an ID only: whatever an
    account has for an alias, it cannot stand in for the ID of another.
    """
    if number := as_account_id(text):
        return Account.objects.filter(account_id=number).first()
    return Account.objects.filter(alias=text.strip().lower()).first()


def password_step(request: HttpRequest, attempt: Attempt) -> User | None:
    """Check a password. None for any failure, always after the same work: one hash within the limits, none
    above them. Raises HashingBusy, with the guess not counted.
    """
    meant = attempt.meant()
    name, user, exists = meant.name, meant.user, meant.owner is not None
    address = throttle.address_key(client_address(request))
    known = known_addresses.is_known(meant.owner, address)
    counters = throttle.password_counters(name, address, exists=exists, known=known)
    verdict = throttle.admit(counters, address=address, name=name, exists=exists, known=known)
    if not verdict.evaluate:
        return None
    try:
        right = is_right(user, attempt.password)
    except HashingBusy:
        throttle.was_not_looked_at(counters, name=name, exists=exists)
        raise
    if not right:
        record_failure(request, meant.owner, "password", used_up=verdict.used_up)
        return None
    throttle.was_right(counters)
    return user


def is_right(user: User | None, password: str) -> bool:
    """Whether it is the user's password; costs one hash for everybody, nobody included."""
    typed = password[:MAXIMUM_PASSWORD]
    if user is None or not (user.is_active and user.has_usable_password()):
        make_password(typed)
        return False
    # Renews a hash with old parameters.
    return user.check_password(typed) and len(password) <= MAXIMUM_PASSWORD


def begin_mfa(request: HttpRequest, user: User) -> None:
    """Remember, under a new session key, that the password was right."""
    request.session.flush()
    request.session[PENDING] = {"user": user.pk, "epoch": session_stamp(user), "at": int(time.time())}
    request.session.cycle_key()


def pending_user(request: HttpRequest) -> User | None:
    """The user between password and code; None when there is none or it took too long."""
    pending = request.session.get(PENDING)
    if not pending or time.time() - pending["at"] > PENDING_SECONDS:
        return None
    user = User.objects.select_related("account", "login_profile").filter(pk=pending["user"]).first()
    if user is None or not user.is_active or session_stamp(user) != pending["epoch"]:
        return None
    return user


def session_stamp(user: User) -> str:
    return user.get_session_auth_hash()


def code_step(request: HttpRequest, user: User, code: str, action: str = SIGN_IN) -> MFADevice | None:
    """The user's device whose code this is."""
    asked = devices.showing_codes(user)
    return second_factor(
        request, user, lambda: next((d for d in asked if d.verify_token(code)), None), action
    )


def recovery_step(request: HttpRequest, user: User, typed: str) -> bool:
    """Use up a recovery code in place of an MFA code, on the same counters; that leaves an Event."""
    if not second_factor(request, user, lambda: recovery_codes.use(user, typed)):
        return False
    caller = whoever(user, origin_of(request))
    detail = {"Left": left.left if (left := recovery_codes.left(user)) else 0}
    event = events.write(caller, USE_RECOVERY_CODE, user.arn, Event.Outcome.ALLOWED, detail=detail)
    listeners.tell(USE_RECOVERY_CODE, event)
    return True


def second_factor(
    request: HttpRequest, user: User, check: Callable[[], Proof | None], action: str = SIGN_IN
) -> Proof | None:
    """What proves the second factor, None where nothing does; the guess is counted before."""
    counters = [(limit, user.user_id) for limit in throttle.CODES]
    verdict = throttle.admit(counters, address=throttle.address_key(client_address(request)))
    if not verdict.evaluate:
        return None
    try:
        proof = check()
    except KeyRingError:
        record_failure(request, user, "mfa-unreadable", action)
        raise
    if not proof:
        record_failure(request, user, "mfa", action, verdict.used_up)
        return None
    throttle.was_right(counters)
    return proof


def passkey_step(
    request: HttpRequest, answer: passkeys.Answer, pending: User | None, action: str = SIGN_IN
) -> Passkey | None:
    """The passkey that the browser proved: of the user whose password was right, or instead of one.

    After the password it is counted like a code, before anything is verified. Alone it is no guess at
    anything, so strangers must not hold a person's codes by it: wrong ones count for the address. Who has no
    console password cannot sign in by a passkey either: in IAM the login profile is the way in, whatever the
    second factor.
    """
    passkey = passkeys.named(answer.credential)
    owner = passkey.user if passkey else None
    person, address = pending or owner, throttle.address_key(client_address(request))
    counters: list[throttle.Counter] = [(throttle.ADDRESS, address)]
    if pending:
        counters = [*((limit, pending.user_id) for limit in throttle.CODES), *counters]
    elif owner:
        counters = [(throttle.PASSKEY_ANSWER, f"{owner.user_id} {address}"), *counters]
    verdict = throttle.admit(counters, address=address)
    if not verdict.evaluate:
        return None
    try:
        purpose = passkeys.SECOND_FACTOR if pending else passkeys.SIGN_IN
        challenge = passkeys.claim(request, purpose, answer)
        if passkey is None or owner != person or not may_enter(owner):
            raise passkeys.Refused("not this person's")
        passkeys.proved(passkey, challenge, answer.credential, alone=pending is None)
    except passkeys.Refused:
        record_failure(request, person, "passkey", action, verdict.used_up)
        return None
    throttle.was_right(counters)
    return passkey


def may_enter(user: User | None) -> bool:
    return user is not None and user.is_active and user.has_usable_password()


def complete(request: HttpRequest, user: User, *, mfa: bool, device: MFADevice | None = None) -> None:
    """Start the signed-in session: new key, times of sign-in and MFA, an Event, the last sign-in."""
    now = timezone.now()
    origin = replace(origin_of(request), mfa_at=now if mfa else None)
    caller = caller_for_user(user, origin)
    with transaction.atomic():  # one commit: each of them waits for the disk
        begin_session(request, user, now, mfa=mfa)
        if mfa:
            request.session[FACTOR] = device.serial_number if device else RECOVERY_CODE
        summary.signed_in(user, now)
        detail: dict[str, Any] = {"MFAUsed": mfa}
        if device:
            detail["MFADevice"] = device.serial_number
        if known_addresses.remember(user, throttle.address_key(caller.source_ip)):
            detail["NewAddress"] = True
        event = events.write(caller, SIGN_IN, user.arn, Event.Outcome.ALLOWED, detail=detail)
        listeners.tell(SIGN_IN, event)
    SIGN_INS.labels("success").inc()


def begin_session(request: HttpRequest, user: User, now: datetime, *, mfa: bool) -> None:
    """A session under a new key: what was there before it is gone, and ``login`` gives the key."""
    sessions.end_current(request, sessions.Ended.SIGNED_OUT)
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(now.timestamp())
    if mfa:
        request.session[MFA_AT] = now.isoformat()
    request.session[AUTHENTICATED_AT] = now.isoformat()
    sessions.begin(request, user, now)


def record_failure(
    request: HttpRequest,
    user: User | None,
    reason: str,
    action: str = SIGN_IN,
    used_up: Sequence[tuple[str, datetime]] = (),
) -> None:
    """An Event for a failed attempt. An unknown name is not written down: it may be a password.

    One more for each limit that the attempt has used up (scope, until when): what is held from now on is
    not written down one by one.
    """
    SIGN_INS.labels(reason).inc()
    caller = whoever(user, origin_of(request))
    events.write(caller, action, caller.arn, Event.Outcome.FAILED, detail={"Reason": reason})
    for scope, until in used_up:
        held = guess_words.REASONS[scope]
        whose = whoever(None, origin_of(request)) if held in guess_words.OF_NOBODY else caller
        detail = {"Reason": held, "Until": until.isoformat()}
        events.write(whose, action, whose.arn, Event.Outcome.FAILED, detail=detail)


def whoever(user: User | None, origin: Origin) -> Caller:
    """Who tried, for the Event. No policies are read: that would take longer for a name that exists.

    An unknown name is noted in the home account.
    """
    home = Account.objects.filter(is_home=True).first()  # asked for everybody: no name costs more
    account = user.account if user else home
    return Caller(
        account_id=account.account_id if account else "",
        arn=user.arn if user else "anonymous",
        kind="root" if user and user.is_root else "user",
        user_id=user.user_id if user else "",
        channel=origin.channel,
        source_ip=origin.source_ip,
        user_agent=origin.user_agent,
    )


def lasts(request: HttpRequest) -> bool:
    """Whether the session of a signed-in user has not been ended, nor passed its limits."""
    return sessions.current(request) is not None and not idle_too_long(request)


def idle_too_long(request: HttpRequest) -> bool:
    """Whether the session passed its idle or absolute limit."""
    now = time.time()
    seen, began = request.session.get(SEEN_AT, 0), request.session.get(SIGNED_IN_AT, 0)
    return now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE
