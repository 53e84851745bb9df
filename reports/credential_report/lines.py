"""The credential report's lines as the database writes them: one text per user, ready to be sent.

Everything that differs from user to user is worked out in SQL. A Python object per user costs several
times what its whole line costs in the database, and 22 of them per user still cost more than the line.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Expression,
    F,
    FilteredRelation,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from credentials.models import SigningCertificate
from iamconsole.credential_report import NO_CERTIFICATES, NO_INFORMATION, NONE, NOT_SUPPORTED, ROOT
from users.models import Account, PasswordPolicy, User

# A line is about 230 bytes: this many are read at once.
CHUNK = 2_000
# The key of slot 2 goes first when its ID is the lower one (IAM-FACTS 3.2). Keys of an imported account
# have no ID: there the slot is the place.
SWAPPED = Q(second__access_key_id__isnull=False) & (
    Q(first__access_key_id__isnull=True) | Q(second__access_key_id__lt=F("first__access_key_id"))
)

# Certificates likewise: the inactive one goes first when there are two (IAM-FACTS 3.2).
CERTIFICATES_SWAPPED = Q(cert_2__certificate_id__isnull=False) & (
    Q(cert_1__certificate_id__isnull=True) | Q(cert_1__status="Active", cert_2__status="Inactive")
)


class Joined(Func):
    """Texts one behind the other; none of them is NULL."""

    template, arg_joiner = "(%(expressions)s)", " || "
    output_field = CharField()


class Moment(Func):
    """A time as AWS writes it, to the second, or to the minute for the last use of a key (IAM-FACTS 3.2).
    NULL stays NULL. ``after`` is added to it.
    """

    output_field = CharField()
    arity = 1

    def __init__(
        self, expression: Any, after: timedelta | None = None, *, whole_minutes: bool = False, **extra: Any
    ) -> None:
        days = after.days if after else 0
        super().__init__(expression, days=days, whole_minutes=whole_minutes, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Stored as UTC text already, which strftime would have to read first."""
        length, rest = (16, ":00Z") if self.extra["whole_minutes"] else (19, "Z")
        template = f"replace(substr(%(expressions)s, 1, {length}), ' ', 'T') || '{rest}'"
        if self.extra["days"]:
            template = "strftime('%%%%Y-%%%%m-%%%%dT%%%%H:%%%%M:%%%%SZ', %(expressions)s, '+%(days)d days')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        moment = "%(expressions)s AT TIME ZONE 'UTC'"
        if self.extra["days"]:
            moment = f"({moment} + interval '%(days)d days')"
        seconds = '":00Z"' if self.extra["whole_minutes"] else ':SS"Z"'
        template = f"""to_char({moment}, 'YYYY-MM-DD"T"HH24:MI{seconds}')"""
        return self.as_sql(compiler, connection, template=template, **context)


class Quoted(Func):
    """A text as a CSV cell: between quotes only where it must be, as csv.writer does it."""

    output_field = CharField()
    arity = 1
    TEMPLATE = """CASE WHEN {test} THEN '"' || replace(%(expressions)s, '"', '""') || '"'
        ELSE %(expressions)s END"""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        test = """%(expressions)s GLOB '*[,"' || char(10) || char(13) || ']*'"""
        return self._as_case(compiler, connection, test, context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._as_case(compiler, connection, r"""%(expressions)s ~ E'[,"\n\r]'""", context)

    def _as_case(self, compiler: Any, connection: Any, test: str, context: dict[str, Any]) -> Any:
        """The expression stands three times in the template, so its parameters are given three times."""
        template = self.TEMPLATE.format(test=test)
        sql, params = self.as_sql(compiler, connection, template=template, **context)
        return sql, (*params, *params, *params)


def lines(account: Account) -> Iterator[str]:
    """Root, then the users by name without case (IAM-FACTS 3.2)."""
    policy = PasswordPolicy.of(account)
    certified = SigningCertificate.objects.filter(user__account=account).exists()
    root = joined(User.objects.roots(account), certified=certified)
    people = joined(User.objects.people(account).order_by("name_folded"), certified=certified)
    lifetime = policy.lifetime if policy else None
    return chain(
        in_one_column(root, root_cells(account, certified=certified)),
        in_one_column(people, user_cells(account, lifetime, certified=certified)),
    )


def in_one_column(users: QuerySet[User], cells: list[Expression]) -> Iterator[str]:
    """The cells of every user as one text, commas between."""
    return users.values_list(with_commas(cells), flat=True).iterator(chunk_size=CHUNK)


def with_commas(cells: Sequence[Expression]) -> Joined:
    return Joined(*[part for cell in cells for part in (Value(","), cell)][1:])


def joined(users: QuerySet[User], *, certified: bool) -> QuerySet[User]:
    """With the two access keys, and the two certificates where there are any, beside each user."""
    users = users.annotate(
        first=FilteredRelation("access_keys", condition=Q(access_keys__slot=1)),
        second=FilteredRelation("access_keys", condition=Q(access_keys__slot=2)),
    )
    if not certified:
        return users
    return users.annotate(
        cert_1=FilteredRelation("signing_certificates", condition=Q(signing_certificates__slot=1)),
        cert_2=FilteredRelation("signing_certificates", condition=Q(signing_certificates__slot=2)),
    )


def root_cells(account: Account, *, certified: bool) -> list[Expression]:
    head = [Value(ROOT), Value(account.arn), Moment("create_date")]
    return [*head, *password(), Value(NOT_SUPPORTED), *rest(certified=certified)]


def user_cells(account: Account, lifetime: timedelta | None, *, certified: bool) -> list[Expression]:
    prefix = Value(account.arn.removesuffix("root") + "user")
    head = [Quoted("user_name"), Quoted(Joined(prefix, "path", "user_name")), Moment("create_date")]
    rotation: Expression = Value(NONE)
    if lifetime:
        moment = Moment("password_last_changed", after=lifetime)
        rotation = Case(When(password_enabled=True, then=or_none(moment)), default=rotation)
    return [*head, *password(), rotation, *rest(certified=certified)]


def password() -> list[Expression]:
    """Whether there is one, its last use and its last change."""
    last_used = Coalesce(Moment("password_last_used"), Value(NO_INFORMATION))
    return [
        boolean(password_enabled=True),
        Case(When(password_enabled=True, then=last_used), default=Value(NONE)),
        Case(When(password_enabled=True, then=or_none(Moment("password_last_changed"))), default=Value(NONE)),
    ]


def rest(*, certified: bool) -> list[Expression]:
    """MFA, access keys and certificates."""
    first, second = key("first"), key("second")
    keys = Case(When(SWAPPED, then=with_commas([second, first])), default=with_commas([first, second]))
    return [boolean(mfa_count__gt=0), keys, certificates() if certified else Value(NO_CERTIFICATES)]


def certificates() -> Expression:
    first, second = certificate("cert_1"), certificate("cert_2")
    swapped = When(CERTIFICATES_SWAPPED, then=with_commas([*second, *first]))
    return Case(swapped, default=with_commas([*first, *second]))


def key(name: str) -> Expression:
    """The five cells of an access key. An inactive key keeps its times (IAM-FACTS 3.2)."""
    used = Q(**{f"{name}__last_used_date__isnull": False})
    words = (f"{name}__last_used_region", f"{name}__last_used_service")
    cells = [
        boolean(**{f"{name}__status": "Active"}),
        Case(
            When(**{f"{name}__age_known": False}, then=Value(NONE)),
            default=or_none(Moment(f"{name}__create_date")),
        ),
        or_none(Moment(f"{name}__last_used_date", whole_minutes=True)),
        *(Case(When(used & ~Q(**{word: ""}), then=Quoted(word)), default=Value(NONE)) for word in words),
    ]
    return with_commas(cells)


def certificate(name: str) -> list[Expression]:
    return [boolean(**{f"{name}__status": "Active"}), or_none(Moment(f"{name}__upload_date"))]


def boolean(**condition: Any) -> Expression:
    return Case(When(Q(**condition), then=Value("true")), default=Value("false"))


def or_none(expression: Expression) -> Expression:
    return Coalesce(expression, Value(NONE))
