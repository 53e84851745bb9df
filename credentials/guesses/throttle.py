"""Counting guesses before they are checked (SECURITY 1.3-1.9, 1.18).

A guess is counted first and evaluated afterwards, so parallel ones cannot overrun the limit; names
are folded, so another spelling is no fresh budget; the rows are in the database, so all processes
share them. A held name is answered exactly like a wrong password. What turned out right is given
back, so that only failures use up a limit; a new password from an administrator releases a held user,
and so does ``iamconsole:ReleaseUser``.

Above a limit nothing is hashed, and nothing is written but the counter of the address. The Event is
written by the guess that uses a limit up, and one more when the window of the address is over: it says how
many guesses were not evaluated. Names that do not exist are held alike (``unknown_names``).

Codes are counted by user, not by device: a typed code is compared with every device of the user, so no
device sees more codes than the user's counter lets through. Callers of the API have counters of their own:
who holds an access key must not hold the browser's sign-in.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db import OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from credentials.guesses import unknown_names
from credentials.guesses import words as guess_words
from credentials.guesses.metrics import HELD
from credentials.models import Throttle
from iamconsole.models import Event
from iamconsole.operations import Caller, events
from users.models import Account, User

# scope -> (attempts, within)
PASSWORD = ("password", 10, timedelta(minutes=15))
# Guesses from where the user has signed in before (``known_addresses``), all such addresses together.
PASSWORD_KNOWN = ("password-known", 10, timedelta(minutes=15))
# All guesses of a day. Strangers get 40 of the 50: the rest is left to known addresses, so that a user
# whom strangers hold still gets in from there, and nobody gets more than 50.
PASSWORD_DAILY = ("password-day", 50, timedelta(days=1))
STRANGERS_DAILY = ("password-day", 40, timedelta(days=1))
ADDRESS = ("address", 100, timedelta(minutes=15))
# Failures of all names from all addresses together. A ceiling that refused everybody would be a switch
# with which a stranger turns sign-in off; above this one only addresses that a user has signed in from
# before are evaluated (``credentials.sign_in.steps``). Guesses that are held already do not count towards it.
EVERYWHERE = ("everywhere", 1000, timedelta(minutes=5))
MFA_CODE = ("mfa", 5, timedelta(minutes=5))
MFA_CODE_HOURLY = ("mfa-hour", 20, timedelta(hours=1))
MFA_CODE_DAILY = ("mfa-day", 50, timedelta(days=1))
API_CODE = ("api-mfa", 5, timedelta(minutes=5))
API_CODE_HOURLY = ("api-mfa-hour", 20, timedelta(hours=1))
API_CODE_DAILY = ("api-mfa-day", 50, timedelta(days=1))
# Pairs of codes for a device (IAM-FACTS 5.2).
PAIR = ("mfa-pair", 9, timedelta(minutes=3))
# A passkey alone, before anybody is known: challenges given to an address, and wrong answers from it.
PASSKEY_CHALLENGE = ("passkey", 120, timedelta(minutes=15))
PASSKEY_ANSWER = ("passkey-answer", 5, timedelta(minutes=5))
OLD_PASSWORD = ("old-password", 10, timedelta(minutes=15))
OLD_PASSWORD_DAILY = ("old-password-day", 50, timedelta(days=1))
API_PASSWORD = ("api-password", 10, timedelta(minutes=15))
API_PASSWORD_DAILY = ("api-password-day", 50, timedelta(days=1))
WRONG_SIGNATURE = ("signature", 1, timedelta(minutes=15))  # how often one is written down
EMAIL_CONFIRMATION = ("email-link", 5, timedelta(hours=1))
TEST_MAIL = ("test-mail", 5, timedelta(hours=1))
PASSWORD_LINK = ("password-link", 30, timedelta(minutes=15))
Limit = tuple[str, int, timedelta]
Counter = tuple[Limit, str]
PASSWORDS = (PASSWORD, PASSWORD_KNOWN, STRANGERS_DAILY, PASSWORD_DAILY)
CODES = (MFA_CODE, MFA_CODE_HOURLY, MFA_CODE_DAILY)
API_CODES = (API_CODE, API_CODE_HOURLY, API_CODE_DAILY)
OLD_PASSWORDS = (OLD_PASSWORD, OLD_PASSWORD_DAILY)
API_PASSWORDS = (API_PASSWORD, API_PASSWORD_DAILY)
_OTHERS = (
    ADDRESS,
    EVERYWHERE,
    WRONG_SIGNATURE,
    EMAIL_CONFIRMATION,
    TEST_MAIL,
    PASSWORD_LINK,
    PAIR,
    PASSKEY_CHALLENGE,
    PASSKEY_ANSWER,
)
WINDOWS = {
    scope: window
    for limits in (PASSWORDS, CODES, API_CODES, OLD_PASSWORDS, API_PASSWORDS, _OTHERS)
    for scope, _, window in limits
}
# Whom guesses at unknown names are counted for: only its place in the queries matters.
NOBODY = "nobody"
UNKNOWN_ADDRESS = "unknown"
SWEPT_AT_ONCE = 1000
ANYBODY = "anonymous"
NOT_EVALUATED = "not-evaluated"
KEPT_CHANGING = "The counters of guesses kept changing."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a guess is evaluated, and which counters it has used up: those hold from now on."""

    evaluate: bool
    used_up: tuple[tuple[str, datetime], ...] = ()  # scope and until when


def count(limit: Limit, key: str) -> bool:
    """Count one attempt; False when it is one too many."""
    scope, most, _ = limit
    now = timezone.now()
    with transaction.atomic():
        rows = Throttle.objects.select_for_update()
        row, _ = rows.get_or_create(scope=scope, key=key[:200], defaults={"window_start": now})
        begin_anew(row, now)
        row.count += 1
        row.save()
    return row.count <= most


def admit(
    counters: Sequence[Counter],
    *,
    address: str = "",
    name: str = "",
    exists: bool = True,
    known: bool = False,
) -> Verdict:
    """Count a guess on all of its counters, or on none where one is used up: then on its address only.

    ``address`` is the key of the address that notes what was not evaluated, "" for none. ``name`` is the
    typed name in one spelling where passwords are guessed; of one that does not ``exists`` the counters
    rest in its cell. ``known`` lets an address pass that the user has signed in from before, while there
    are too many failures everywhere. Raises OperationalError where rows keep vanishing.
    """
    wanted = [(limit, key[:200]) for limit, key in counters]
    for first in (True, False, False):
        with transaction.atomic():
            decided = _decide(wanted, address, name, exists, known, first)
        if isinstance(decided, Verdict):
            if not decided.evaluate:
                HELD.labels(counters[0][0][0]).inc()
            return decided
        # On its own, before anything is locked: of two requests none waits for the other's rows.
        Throttle.objects.bulk_create(
            [Throttle(scope=scope, key=key, window_start=timezone.now()) for scope, key in sorted(decided)],
            update_conflicts=True,
            unique_fields=["scope", "key"],
            update_fields=["held"],
        )
    raise OperationalError(KEPT_CHANGING)


def _decide(
    counters: list[Counter], address: str, name: str, exists: bool, known: bool, first: bool
) -> Verdict | set[tuple[str, str]]:
    """The verdict, with its counts written; or the counters that have no row yet.

    The ``first`` guess at a name that does not exist is answered as if its rows were missing: those of a
    name that exists are then, and the database must do the same work.
    """
    now = timezone.now()
    keys = {(limit[0], key) for limit, key in counters}
    rows = _locked(keys | ({(ADDRESS[0], address)} if address else set()), now)
    cell = _cell(counters, name, now) if name else None
    judged = dict(rows)
    if cell and not exists:
        judged |= {(row.scope, NOBODY): row for row in cell.counters}
    free = {EVERYWHERE[0]} if known else set()
    if any(
        judged[limit[0], key].count >= limit[1]
        for limit, key in counters
        if (limit[0], key) in judged and limit[0] not in free
    ):
        if not address:
            return Verdict(False)
        row = rows.get((ADDRESS[0], address))
        if row is None:  # made before anything is locked: it comes first in the order
            return {(ADDRESS[0], address)}
        note_held(row)
        return Verdict(False)
    missing = keys - rows.keys()
    if cell and not exists and cell.fresh and first:
        missing |= {key for key in keys if key[1] == NOBODY}
    if not missing:
        for row in {
            id(row): row for place, row in [*rows.items(), *judged.items()] if place in keys
        }.values():
            row.count += 1
    # While rows are missing only a window that began anew is saved: a name that exists has no rows yet then,
    # and one that does not must not cost more.
    saved = [row for row in rows.values() if not missing or row.window_start == now]
    Throttle.objects.bulk_update(saved, ["count", "held", "window_start"])
    if cell:
        cell.save(now, changed=not exists)
    if missing:
        return missing
    full = [(limit, judged[limit[0], key]) for limit, key in counters]
    return Verdict(
        True, tuple((limit[0], row.window_start + limit[2]) for limit, row in full if row.count == limit[1])
    )


def _locked(keys: set[tuple[str, str]], now: datetime) -> dict[tuple[str, str], Throttle]:
    """The rows of these scopes and keys that there are, locked in one order, each in its window."""
    found = {(row.scope, row.key): row for row in _in_order(keys)}
    for row in found.values():
        begin_anew(row, now)
    return found


def _in_order(keys: set[tuple[str, str]]) -> QuerySet[Throttle]:
    """All who hold several rows take them in this order, so that of two requests none waits for the other."""
    wanted = Q()
    for scope, key in keys:
        wanted |= Q(scope=scope, key=key)
    return Throttle.objects.select_for_update().filter(wanted).order_by("scope", "key")


def _hold(counters: Sequence[Counter]) -> list[int]:
    """Hold the rows of these counters until the end of the transaction. Only these are changed in it: one
    that another request makes meanwhile would be taken out of the order.
    """
    return [row.pk for row in _in_order({(limit[0], key[:200]) for limit, key in counters})]


def _cell(counters: list[Counter], name: str, now: datetime) -> unknown_names.Cell:
    """The cell of a name, with a counter for each of the two windows of a password."""
    cell = unknown_names.locked(name, [PASSWORD[0], PASSWORD_DAILY[0]])
    for row in cell.counters:
        begin_anew(row, now)
    return cell


def begin_anew(row: Throttle, now: datetime) -> None:
    """Start a counter whose window is over; what its address was held for is written down first."""
    if row.window_start + WINDOWS[row.scope] <= now:
        write_held(row)
        row.count, row.held, row.window_start = 0, 0, now


def note_held(row: Throttle) -> None:
    """Count a guess that is not evaluated: on its address, and nowhere else."""
    row.count, row.held = row.count + 1, row.held + 1
    row.save(update_fields=["count", "held", "window_start"])


def write_held(row: Throttle) -> None:
    """One Event for an address and window: how many of its guesses were not evaluated."""
    if not row.held:
        return
    home = Account.objects.filter(is_home=True).first()
    caller = Caller(
        account_id=home.account_id if home else "",
        arn=ANYBODY,
        kind="user",
        user_id="",
        channel="console",
        source_ip=None if row.key == UNKNOWN_ADDRESS else str(ip_network(row.key).network_address),
    )
    detail = {"Reason": NOT_EVALUATED, "Attempts": row.held, "Since": row.window_start.isoformat()}
    events.write(caller, "iamconsole:SignIn", ANYBODY, Event.Outcome.FAILED, detail=detail)


def forget(rows: QuerySet[Throttle]) -> None:
    """Start counters anew after a success.

    The rows stay until they are swept: whoever has just met one in ``count`` must find it again.
    """
    rows.update(count=0)


def give_back(limit: Limit, key: str) -> None:
    """Take one attempt off the counter again: it was right, and only failures are to be limited."""
    _take_back(Throttle.objects.filter(scope=limit[0], key=key[:200]))


def _take_back(rows: QuerySet[Throttle]) -> None:
    rows.filter(count__gt=0).update(count=F("count") - 1)


def was_right(counters: Sequence[Counter]) -> None:
    """A success: the first counter begins anew, the lasting ones get their attempt back. One commit."""
    short, key = counters[0]
    with transaction.atomic():
        rows = Throttle.objects.filter(pk__in=_hold(counters))
        forget(rows.filter(scope=short[0], key=key[:200]))
        _take_back(rows.exclude(scope=short[0], key=key[:200]))


def was_not_looked_at(counters: Sequence[Counter], *, name: str = "", exists: bool = True) -> None:
    """The guess was counted, and then there was no place to hash it: all counters get it back."""
    now = timezone.now()
    with transaction.atomic():
        _take_back(Throttle.objects.filter(pk__in=_hold(counters)))
        if name:
            cell = _cell(list(counters), name, now)
            for row in cell.counters:
                row.count = max(0, row.count - 1)
            cell.save(now, changed=not exists)


def password_counters(name: str, address: str, *, exists: bool, known: bool) -> list[Counter]:
    """Where a guess at the password of a name counts, the short counter first."""
    key = name if exists else NOBODY
    own = (
        [(PASSWORD_KNOWN, key), (PASSWORD_DAILY, key)] if known else [(PASSWORD, key), (STRANGERS_DAILY, key)]
    )
    return [*own, (ADDRESS, address), (EVERYWHERE, "all")]


@dataclass(frozen=True, slots=True)
class Lockout:
    """Why the next attempt of a user is not evaluated, and until when.

    ``sign_in``: whether it stops a sign-in at all; ``strangers_only``: from addresses that the user has
    signed in from, sign-in goes on.
    """

    reasons: tuple[str, ...]
    until: datetime
    sign_in: bool = True
    strangers_only: bool = False


def lockout_of(user: User) -> Lockout | None:
    """What holds the user at this moment, or None."""
    now = timezone.now()
    counters = counters_of(user)
    rows = {
        (row.scope, row.key): row for row in Throttle.objects.filter(key__in={key for _, key in counters})
    }
    full = []
    for limit, key in counters:
        scope, most, window = limit
        row = rows.get((scope, key))
        if row and row.count >= most and row.window_start + window > now:
            full.append((limit, row.window_start + window))
    if not full:
        return None
    reasons = dict.fromkeys(guess_words.TOO_MUCH[limit[0]] for limit, _ in full)
    strangers_only = all(limit in (PASSWORD, STRANGERS_DAILY) for limit, _ in full)
    sign_in = any(limit in (*PASSWORDS, *CODES) for limit, _ in full)
    return Lockout(tuple(reasons), max(end for _, end in full), sign_in, strangers_only)


def counters_of(user: User) -> list[Counter]:
    """Every counter that can hold this user, and nobody else."""
    by_id = (*CODES, *API_CODES, *OLD_PASSWORDS, *API_PASSWORDS)
    name = name_key(user)[:200]
    return [*((limit, name) for limit in PASSWORDS), *((limit, user.user_id) for limit in by_id)]


@transaction.atomic
def end_lockout(user: User) -> None:
    """Let a held user try again: whoever does it has looked into it (SECURITY 1.8)."""
    forget(Throttle.objects.filter(pk__in=_hold(counters_of(user))))


@transaction.atomic
def end_password_lockout(user: User) -> None:
    """Let a user try a new password at once; guesses at its codes stay counted."""
    counters = [(limit, name_key(user)[:200]) for limit in PASSWORDS]
    forget(Throttle.objects.filter(pk__in=_hold(counters)))


def sweep() -> int:
    """Drop counters whose window is over, a bounded number at a time. Returns how many.

    What was not evaluated from an address is written down before its counter goes.
    """
    now = timezone.now()
    over = Q()
    for scope, window in WINDOWS.items():
        # The counters of a name live as long as a cell: a row made anew must not tell that the name exists.
        kept = unknown_names.KEPT if scope.startswith("password") else window
        over |= Q(scope=scope, window_start__lte=now - kept)
    over |= Q(window_start__lt=now - timedelta(days=2))  # of scopes that are no more
    with transaction.atomic():
        rows = list(Throttle.objects.select_for_update(skip_locked=True).filter(over)[:SWEPT_AT_ONCE])
        for row in rows:
            write_held(row)
        Throttle.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def name_key(user: User) -> str:
    """The counter of guesses at a user's password, however the name was spelled."""
    return root_key(user.email) if user.is_root else user_key(user.account.account_id, user.user_name)


def root_key(email: str) -> str:
    return "root:" + fold(email)


def user_key(account: str, user_name: str) -> str:
    return f"{fold(account)}/{fold(user_name)}"


def address_key(address: str | None) -> str:
    """One counter for one line: an IPv4 address, or the /64 that a provider gives to an IPv6 customer."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return UNKNOWN_ADDRESS
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def fold(text: str) -> str:
    """One form for all spellings: NFKC, no invisible characters or space, no case."""
    normal = unicodedata.normalize("NFKC", text)
    kinds = ((c, unicodedata.category(c)) for c in normal)
    visible = "".join(c for c, kind in kinds if kind[0] not in "CZ" and kind not in ("Mn", "Me"))
    return visible.casefold()[:200]
