"""The policies that count for a user, read in one query: they are asked for at every request."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Case, F, QuerySet, TextField, Value, When

from iamconsole.compiled_queries import CompiledQuery
from iamconsole.policy import NamedPolicy
from users.callers import mfa_requirement
from users.models import Group, InlinePolicy, PolicyAttachment, Scope, User
from users.models.policies import compiled

Row = Sequence[Any]  # place, name, ARN, kind, group, document


def sources(user: User, rows: Iterable[Row] | None = None) -> tuple[NamedPolicy, ...]:
    """Attached and inline policies, the user's own, then those of its groups, then what requires MFA.

    ``rows``: those of ``counted``, where they were read with the user.
    """
    rows = COUNTED.run(user.pk) if rows is None else rows
    found = (row[1:] for row in sorted(rows, key=lambda row: row[0]))
    own = tuple(NamedPolicy(name, arn, kind, via, compiled(text)) for name, arn, kind, via, text in found)
    return (*own, mfa_requirement.policy("")) if user.account.require_mfa else own


def counted(user: str, value: Any) -> Any:
    """The rows of all tables under one another, of the user with that value at the end of ``user``, a way
    such as ``user__user_id``.
    """
    own, through_groups = {user: value}, {f"group__memberships__{user}": value}
    attached, inline = PolicyAttachment.objects.all(), InlinePolicy.objects.all()
    group_name, groups = F("group__group_name"), Group.objects.filter(require_mfa=True)
    return _managed(1, attached.filter(**own), _text("")).union(
        _inline(2, inline.filter(**own), _text("")),
        _managed(3, attached.filter(**through_groups), group_name),
        _inline(4, inline.filter(**through_groups), group_name),
        _requiring_mfa(5, groups.filter(**{f"memberships__{user}": value})),
        all=True,
    )


def _managed(place: int, rows: QuerySet[PolicyAttachment], via: Value | F) -> Any:
    kind = Case(When(policy__scope=Scope.AWS, then=_text(Scope.AWS.label)), default=_text(Scope.LOCAL.label))
    return _columns(place, rows, F("policy__policy_name"), F("policy__arn"), kind, via, F("policy__document"))


def _inline(place: int, rows: QuerySet[InlinePolicy], via: Value | F) -> Any:
    return _columns(place, rows, F("policy_name"), _text(""), _text("Inline"), via, F("document"))


def _requiring_mfa(place: int, groups: QuerySet[Group]) -> Any:
    name, document = _text(mfa_requirement.NAME), _text(mfa_requirement.TEXT)
    return _columns(place, groups, name, _text(""), _text("Console"), F("group_name"), document)


def _columns(place: int, rows: QuerySet[Any], *columns: Value | F | Case) -> Any:
    """The same columns of every table, so that the database can put them under one another."""
    named = {f"column_{number}": column for number, column in enumerate((Value(place), *columns))}
    return rows.order_by().annotate(**named).values_list(*named)


def _text(value: str) -> Value:
    return Value(value, output_field=TextField())


COUNTED = CompiledQuery(lambda user: counted("user", user), -1)
