"""The rules for a console password, written once: shown before typing, ticked live, checked here.

Source: IAM-FACTS 4. An account without a custom policy has AWS's default one.
"""

import json
import re
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from credentials.models import LoginProfile, PasswordHistory
from credentials.passwords import links as password_links
from credentials.passwords import rules as passwords
from credentials.passwords import strength
from credentials.sessions import rows as sessions
from iamconsole.errors import IamError
from iamconsole.hashers import PLACES
from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import limits
from iamconsole.words import plural
from users.models import Account, PasswordPolicy, User
from users.models.accounts import DEFAULT_CHARACTER_KINDS, DEFAULT_MINIMUM_LENGTH

ALLOWED = limits("ChangePassword", "NewPassword")
TOO_LONG = "The password has {length} characters. Use at most {limit}."
OTHER_CHARACTERS = (
    "The password has a character that IAM does not accept. Use Latin letters, digits, spaces and symbols."
)
NOT_MET = "The password does not meet this rule: {rule}."
NOT_FORMER = "Not one of the last {limit} passwords"
SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
KINDS = {
    "upper": ("An uppercase letter (A–Z)", re.compile("[A-Z]")),
    "lower": ("A lowercase letter (a–z)", re.compile("[a-z]")),
    "number": ("A number (0–9)", re.compile("[0-9]")),
    "symbol": (f"A symbol ({SYMBOLS})", re.compile(f"[{re.escape(SYMBOLS)}]")),
}
DOES_NOT_CONFORM = "Password does not conform to the account password policy."
REUSED = "Policy constraint violation with password reuse prevention during password change."
WARN_DAYS = 15
GENERATED_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: ``id`` and ``value`` for the page's script, ``text`` for people, ``met`` for us."""

    id: str
    text: str
    met: Callable[[str], bool] = field(repr=False)
    value: str = ""


class PasswordPolicyViolation(IamError):
    """The new password breaks rules; ``broken`` has the text of every one of them."""

    def __init__(self, message: str, broken: Sequence[str]) -> None:
        super().__init__("PasswordPolicyViolation", message)
        self.broken = list(broken)


def rules(account: Account, *, for_root: bool = False) -> list[Rule]:
    """What a new password must fulfil. The account's policy does not bind root (IAM-FACTS 4)."""
    policy = None if for_root else PasswordPolicy.of(account)
    if policy is None:
        return [_length(DEFAULT_MINIMUM_LENGTH), _some_kinds(DEFAULT_CHARACTER_KINDS), _not_account(account)]
    wanted = {
        "upper": policy.require_uppercase_characters,
        "lower": policy.require_lowercase_characters,
        "number": policy.require_numbers,
        "symbol": policy.require_symbols,
    }
    kinds = [_kind(kind) for kind, required in wanted.items() if required]
    return [_length(policy.minimum_password_length), *kinds]


def broken_rules(account: Account, password: str, *, for_root: bool = False) -> list[str]:
    """The texts of the rules that a password does not meet."""
    return [rule.text for rule in rules(account, for_root=for_root) if not rule.met(password)]


def complaints(account: Account, password: str, *, user_name: str = "", for_root: bool = False) -> list[str]:
    """Everything that is wrong with a typed password, in sentences for its field.

    IAM's own limits are among them: the shape would tell them as a regular expression.
    """
    found = [NOT_MET.format(rule=text) for text in broken_rules(account, password, for_root=for_root)]
    if strength.is_guessable(password, strength.names_of(account, user_name)):
        found.append(strength.GUESSABLE)
    if len(password) > ALLOWED["max"]:
        found.append(TOO_LONG.format(length=len(password), limit=ALLOWED["max"]))
    if not compiled(ALLOWED["pattern"]).fullmatch(password):
        found.append(OTHER_CHARACTERS)
    return found


def check(account: Account, password: str, *, reused: bool = False, for_root: bool = False) -> None:
    """Raises PasswordPolicyViolation with all broken rules at once; ``was_used_before`` said ``reused``."""
    broken = broken_rules(account, password, for_root=for_root)
    message = DOES_NOT_CONFORM if broken else REUSED
    if reused:
        broken.append(NOT_FORMER.format(limit=reuse_limit(account)))
    if broken:
        raise PasswordPolicyViolation(message, broken)


def reuse_limit(account: Account) -> int:
    """How many former passwords may not come back; 0 for none."""
    policy = PasswordPolicy.of(account)
    return (policy.password_reuse_prevention or 0) if policy else 0


def was_used_before(user: User, password: str) -> bool:
    """Whether the password is one of the last N. Slow: N hashes, so never inside a transaction."""
    limit = reuse_limit(user.account)
    former = list(PasswordHistory.objects.filter(user=user)[:limit])
    with PLACES.taken():
        return any(check_password(password, row.password) for row in former)


def set_password(
    user: User, hashed: str, now: datetime, *, reset_required: bool | None = None, keep_session: str = ""
) -> LoginProfile:
    """Write a hashed password, its history and the login profile. The user's sessions end, all but the
    one of the ID ``keep_session``, whose page must renew its hash (``update_session_auth_hash``).
    """
    profile, _ = LoginProfile.objects.get_or_create(user=user, defaults={"create_date": now})
    profile.password_last_changed = now
    if reset_required is not None:
        profile.password_reset_required = reset_required
    profile.save()
    user.password = hashed
    user.save(update_fields=["password"])
    sessions.end_all(user, keep=keep_session)
    PasswordHistory.objects.create(user=user, password=hashed, since=now)
    password_links.end(user)
    stale = PasswordHistory.objects.filter(user=user).values_list("pk", flat=True)[24:]
    PasswordHistory.objects.filter(pk__in=list(stale)).delete()
    return profile


def hashed(password: str) -> str:
    """The hash to store. Takes tens of milliseconds by design."""
    return make_password(password)


def expires_at(user: User) -> datetime | None:
    """When the user's password expires; None when it does not."""
    policy = PasswordPolicy.of(user.account)
    if user.is_root or policy is None or policy.lifetime is None or user.password_last_changed is None:
        return None
    return user.password_last_changed + policy.lifetime


def expiry_warning(user: User) -> str:
    """A sentence in the last 15 days of a password (IAM-FACTS 4), "" before and after."""
    moment = expires_at(user)
    left = (moment - timezone.now()).days if moment else WARN_DAYS
    if moment is None or not 0 <= left < WARN_DAYS:
        return ""
    when = f"in {plural(left, 'day')}" if left else "within a day"
    return f"Your password expires {when}, on {moment.day} {moment:%b %Y}."


def is_expired(user: User) -> bool:
    """Whether a new password must be set at sign-in."""
    moment = expires_at(user)
    return moment is not None and moment <= timezone.now()


def generate(account: Account | None = None) -> str:
    """A random password with every kind in it: 20 characters, or as many as the policy demands."""
    lengths = [int(rule.value) for rule in rules(account) if rule.id == "length"] if account else []
    length = max([GENERATED_LENGTH, *lengths])
    pools = [string.ascii_uppercase, string.ascii_lowercase, string.digits, "!@#$%^&*()_+-=[]{}|"]
    letters = [secrets.choice(pool) for pool in pools]
    letters += [secrets.choice("".join(pools)) for _ in range(length - len(pools))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def _length(minimum: int) -> Rule:
    return Rule(
        "length",
        f"At least {minimum} characters",
        lambda p: len(p) >= minimum,
        str(minimum),
    )


def _kind(kind: str) -> Rule:
    text, pattern = KINDS[kind]
    return Rule(kind, text, lambda p: bool(pattern.search(p)))


def _some_kinds(count: int) -> Rule:
    text = f"At least {count} of: uppercase letters, lowercase letters, numbers, symbols"
    return Rule(
        "kinds", text, lambda p: sum(bool(k.search(p)) for _, k in KINDS.values()) >= count, str(count)
    )


def _not_account(account: Account) -> Rule:
    """The page compares with the names; root's e-mail is not for everybody's eyes and compared here only."""
    root = User.objects.roots(account).first()
    names = [name.lower() for name in (account.account_id, account.alias, account.name) if name]
    taken = {*names, root.email.lower() if root else ""}
    text = "Not the name or e-mail of the account"
    return Rule("not-account", text, lambda p: p.lower() not in taken, json.dumps(names))


def must_change_password(user: User) -> bool:
    """Whether nothing but a new password is to be had: first sign-in, reset, or expiry."""
    profile = getattr(user, "login_profile", None)
    return bool(profile and profile.password_reset_required) or passwords.is_expired(user)
