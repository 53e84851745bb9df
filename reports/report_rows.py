"""The credential report's rows as the database writes them: the 22 columns of every user, as text.

Everything that differs from row to row is worked out in SQL: a row of Python objects per user costs
several times what the whole row costs in the database.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Case, CharField, Expression, F, FilteredRelation, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf

from reports.csv_format import NO_INFORMATION, NONE, NOT_SUPPORTED, ROOT
from users.models import Account, PasswordPolicy, User

# A row is about 300 bytes: this many are read at once.
CHUNK = 2_000
Cells = tuple[str, ...]
# The access key of the other slot goes first when its ID is the lower one (IAM-FACTS 3.2). Keys of an
# imported account have no ID: there the slot is the column.
SWAPPED = Q(second__access_key_id__isnull=False) & (
    Q(first__access_key_id__isnull=True) | Q(second__access_key_id__lt=F("first__access_key_id"))
)


class Moment(Func):
    """A time as AWS writes it, to the second; NULL stays NULL. ``after`` is added to it."""

    output_field = CharField()
    arity = 1

    def __init__(self, expression: Any, after: timedelta | None = None, **extra: Any) -> None:
        super().__init__(expression, days=int(after.days) if after else 0, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Stored as UTC text already; strftime would cost three times as much."""
        template = "replace(substr(%(expressions)s, 1, 19), ' ', 'T') || 'Z'"
        if self.extra["days"]:
            template = "strftime('%%%%Y-%%%%m-%%%%dT%%%%H:%%%%M:%%%%SZ', %(expressions)s, '+%(days)d days')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        moment = "%(expressions)s AT TIME ZONE 'UTC'"
        if self.extra["days"]:
            moment = f"({moment} + interval '%(days)d days')"
        template = f"""to_char({moment}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
        return self.as_sql(compiler, connection, template=template, **context)


def rows(account: Account) -> Iterator[Cells]:
    """Root, then the users by name without case (IAM-FACTS 3.2)."""
    policy = PasswordPolicy.objects.filter(account=account).first()
    users = joined(User.objects.filter(account=account))
    lifetime = policy.lifetime if policy else None
    yield from users.filter(kind=User.Kind.ROOT).values_list(*columns(account, None, root=True))
    of_people = users.filter(kind=User.Kind.USER).order_by("name_folded")
    yield from of_people.values_list(*columns(account, lifetime)).iterator(chunk_size=CHUNK)


def joined(users: QuerySet[User]) -> QuerySet[User]:
    """With the two access keys and the two certificates beside each user."""
    return users.annotate(
        first=FilteredRelation("access_keys", condition=Q(access_keys__slot=1)),
        second=FilteredRelation("access_keys", condition=Q(access_keys__slot=2)),
        cert_1=FilteredRelation("signing_certificates", condition=Q(signing_certificates__slot=1)),
        cert_2=FilteredRelation("signing_certificates", condition=Q(signing_certificates__slot=2)),
    )


def columns(account: Account, lifetime: timedelta | None, *, root: bool = False) -> list[Expression]:
    """The 22 expressions, in the report's order."""
    return [
        *identity(account, root=root),
        *password(lifetime, root=root),
        boolean(mfa_count__gt=0),
        *key("first", "second"),
        *key("second", "first"),
        *certificate("cert_1"),
        *certificate("cert_2"),
    ]


def identity(account: Account, *, root: bool) -> list[Expression]:
    created = Moment("create_date")
    if root:
        return [Value(ROOT), Value(account.arn), created]
    prefix = Value(account.arn.removesuffix("root") + "user")
    return [F("user_name"), Concat(prefix, F("path"), F("user_name")), created]


def password(lifetime: timedelta | None, *, root: bool) -> list[Expression]:
    enabled = Q(password_enabled=True)
    next_rotation: Expression = Value(NONE)
    if root:
        next_rotation = Value(NOT_SUPPORTED)
    elif lifetime:
        moment = Moment("password_last_changed", after=lifetime)
        next_rotation = Case(When(enabled, then=or_none(moment)), default=Value(NONE))
    last_used = Coalesce(Moment("password_last_used"), Value(NO_INFORMATION))
    return [
        boolean(password_enabled=True),
        Case(When(enabled, then=last_used), default=Value(NONE)),
        Case(When(enabled, then=or_none(Moment("password_last_changed"))), default=Value(NONE)),
        next_rotation,
    ]


def key(usual: str, swapped: str) -> list[Expression]:
    """The five columns of an access key. An inactive key keeps its times (IAM-FACTS 3.2)."""

    def either(expression: Any) -> Expression:
        return Case(When(SWAPPED, then=expression(swapped)), default=expression(usual))

    def word(name: str) -> Any:
        """Region and service stand only beside a last use."""
        return lambda key: Case(
            When(Q(**{f"{key}__last_used_date__isnull": False}), then=NullIf(F(f"{key}__{name}"), Value("")))
        )

    return [
        either(lambda key: boolean(**{f"{key}__status": "Active"})),
        or_none(either(lambda key: Moment(f"{key}__create_date"))),
        or_none(either(lambda key: Moment(f"{key}__last_used_date"))),
        or_none(either(word("last_used_region"))),
        or_none(either(word("last_used_service"))),
    ]


def certificate(name: str) -> list[Expression]:
    return [boolean(**{f"{name}__status": "Active"}), or_none(Moment(f"{name}__upload_date"))]


def boolean(**condition: Any) -> Expression:
    return Case(When(Q(**condition), then=Value("true")), default=Value("false"), output_field=CharField())


def or_none(expression: Any) -> Expression:
    return Coalesce(expression, Value(NONE))
