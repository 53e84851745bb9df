"""What narrows the list of users: words to look for, what they have and have not, ages in days."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from iamconsole.compiled_queries import CompiledQuery
from iamconsole.counting import number
from iamconsole.not_known import NotKnown
from users.callers.administrators import (
    ACCESS_KEY,
    DIRECTLY,
    PASSWORD,
    administering,
    administrator_attachments,
)
from users.chips import Chip
from users.credential_status import MFA_WORDS
from users.fields import WholeNumberField
from users.models import WITH_PASSWORD, Account, GroupMembership, User
from users.who_can.lists import Able, NoAnswer, users_who_can

# Whole key IDs and their beginnings start so (IAM-FACTS 1.2); people remember their ends.
KEY_PREFIX, SHORTEST_END = "AKIA", 4
KEYS_ONLY = Q(password_enabled=False, access_key_count__gt=0)
ACCESS = [("password", "With password"), ("keys", "Keys only")]
YES_NO = [("yes", "Yes"), ("no", "No")]
ADMINISTERS = [
    *YES_NO,
    (PASSWORD, "By password"),
    (ACCESS_KEY, "By access key"),
    (DIRECTLY, "AdministratorAccess attached directly"),
]
TYPES = [*User.UserType.choices, ("unset", "Not specified")]
REVIEW = [("due", "Due")]
MFA = [*YES_NO, *((kind, words) for kind, words in MFA_WORDS.items() if kind != "reported")]
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class UnreadFilter:
    """A filter, by its words, that cannot find the users of an account."""

    account: Account
    words: str
    fact: NotKnown


class DaysFilter(django_filters.Filter):
    """A whole number of days."""

    field_class = WholeNumberField

    def __init__(self, label: str, method: str) -> None:
        super().__init__(label=label, method=method, min_value=0, max_value=MOST_DAYS)


class DaysBetweenFilter(django_filters.Filter):
    """``30-60``: more than 30 and at most 60 days; ``365-`` has no end."""

    field_class = forms.RegexField

    def __init__(self, label: str, method: str) -> None:
        wrong = {"invalid": "Enter two numbers of days, as in 30-60, or one number and a dash, as in 365-."}
        super().__init__(label=label, method=method, regex=r"^\d{1,5}-\d{0,5}$", error_messages=wrong)


class UserFilter(django_filters.FilterSet):
    """Each filter is a name of the address. What makes no sense is an error of its field."""

    q = django_filters.CharFilter(method="find", label="Find by user name or access key ID")
    access = django_filters.ChoiceFilter(method="with_access", choices=ACCESS)
    password = django_filters.ChoiceFilter(method="has_password", label="Console access", choices=YES_NO)
    mfa = django_filters.ChoiceFilter(method="has_mfa", label="MFA", choices=MFA)
    key = django_filters.ChoiceFilter(method="has_active_key", label="Active access key", choices=YES_NO)
    key_age = DaysFilter("Active key older than (days)", method="key_older_than")
    key_days = DaysBetweenFilter("Age of active key (days, as in 30-60)", method="key_aged")
    administrator = django_filters.ChoiceFilter(
        method="who_administers", label="Administers the account", choices=ADMINISTERS
    )
    signed_in = django_filters.ChoiceFilter(
        method="has_signed_in", label="Signed in", choices=[("never", "Never"), ("yes", "At least once")]
    )
    unused = DaysFilter("Unused for (days)", method="unused_for")
    type = django_filters.ChoiceFilter(method="used_by", label="Used by", choices=TYPES)
    review = django_filters.ChoiceFilter(method="with_review", label="Access key review", choices=REVIEW)
    group = django_filters.CharFilter(method="in_group", label="In group")
    tag = django_filters.CharFilter(method="with_tag", label="Tag (key or key=value)")
    can = django_filters.CharFilter(method="who_can", label="Can do (an action)", max_length=2048)

    able: Able | None = None  # who can do what ``can`` asks, worked out when it is checked

    class Meta:
        model = User
        fields: list[str] = []

    def __init__(
        self,
        data: Any,
        queryset: Any,
        *,
        request: Any = None,
        whole: bool = False,
        most_able: int | None = None,
        able: Able | None = None,
    ) -> None:
        """``whole``: with every filter, for the form that offers them. Else only those of the address are
        made, because each costs a field. ``most_able``: with no more users than that who can do what ``can``
        asks, the first ones by name; ``able``: them, where they are known.
        """
        self.most_able, self.able = most_able, able
        if not whole:
            # In place of the class's, of which every filter set makes copies.
            self.__dict__["base_filters"] = {n: made for n, made in self.base_filters.items() if n in data}
        super().__init__(data, queryset, request=request)

    def get_form_class(self) -> Any:
        """The form, which refuses a question that makes no sense or that the caller cannot ask."""
        filters, caller = self, getattr(self.request, "caller", None)

        class Checked(super().get_form_class()):  # type: ignore[misc]
            def clean(self) -> dict[str, Any]:
                given: dict[str, Any] = super().clean()
                text = given.get("can", "").strip()
                if text and filters.able is None:
                    among = filters.narrowed(given, but=("can", "access"))
                    try:
                        filters.able = users_who_can(caller, text, among, filters.most_able)
                    except NoAnswer as error:
                        self.add_error("can", str(error))
                return self.cleaned_data

        return Checked

    def narrowed(self, given: Mapping[str, Any], but: Collection[str]) -> QuerySet[User]:
        """The users whom all other filters find. Those of ``access`` are counted beside the others."""
        users = self.queryset.all()
        for name, value in given.items():
            if name not in but:
                users = self.filters[name].filter(users, value)
        return users

    def find(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Part of a user name, a user's ARN, or the beginning or end of an access key ID."""
        words = value.strip()
        by_name = Q(name_folded__contains=words.rpartition("/")[2].lower())
        if words.startswith("arn:"):
            by_name = Q(name_folded=words.rpartition("/")[2].lower())
        if wanted := key_ids(words.upper()):
            # Found on their own and first: the database need not look at the keys of every user.
            return users.filter(by_name | Q(pk__in=wanted))
        return users.filter(by_name)

    def with_access(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(KEYS_ONLY if value == "keys" else WITH_PASSWORD)

    def has_password(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(password_enabled=value == "yes")

    def has_mfa(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        if value in ("yes", "no"):
            return users.filter(mfa_count__gt=0) if value == "yes" else users.filter(mfa_count=0)
        return users.filter(mfa_kind__contains=value)

    def has_active_key(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(active_key_count__gt=0) if value == "yes" else users.filter(active_key_count=0)

    def key_older_than(self, users: QuerySet[User], name: str, value: int) -> QuerySet[User]:
        return users.filter(oldest_active_key__lt=timezone.now() - timedelta(days=int(value)))

    def key_aged(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Users with an active key, the oldest or not, of that age."""
        youngest, _, oldest = value.partition("-")
        now = timezone.now()
        created = {"create_date__lt": now - timedelta(days=int(youngest))} if int(youngest) else {}
        if oldest:
            created["create_date__gte"] = now - timedelta(days=int(oldest))
        return users.filter(Exists(access_keys().filter(user=OuterRef("pk"), status="Active", **created)))

    def who_administers(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """By what the policies say (users.callers.administrators). The rows are of one account."""
        if value == DIRECTLY:
            return users.filter(Exists(administrator_attachments().filter(user=OuterRef("pk"))))
        account = Account.objects.filter(users__in=users).first()
        found = administering([account]) if account else ()
        wanted = (one.user.pk for one in found if value in ("yes", "no") or value in one.by)
        chosen = Q(pk__in=list(wanted))
        return users.filter(~chosen if value == "no" else chosen)

    def who_can(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Those who can do it, at least on some resources or conditions."""
        return users.filter(pk__in=self.able.keys if self.able else [])

    def has_signed_in(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(password_enabled=True, password_last_used__isnull=value == "never")

    def unused_for(self, users: QuerySet[User], name: str, value: int) -> QuerySet[User]:
        """Users that have a credential and did nothing with it; never used counts from creation."""
        limit = timezone.now() - timedelta(days=int(value))
        usable = WITH_PASSWORD | Q(active_key_count__gt=0)
        idle = Q(last_activity__lt=limit) | Q(last_activity=None, create_date__lt=limit)
        return users.filter(usable & idle)

    def used_by(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(user_type="" if value == "unset" else value)

    def with_review(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Users with an access key, active or not, whose review date has come."""
        due = access_keys().filter(user=OuterRef("pk"), review_date__lte=timezone.now().date())
        return users.filter(Exists(due))

    def in_group(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        memberships = GroupMembership.objects.filter(user=OuterRef("pk"), group__name_folded=value.lower())
        return users.filter(Exists(memberships))

    def with_tag(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """``team`` for any value, ``team=web`` for that one. The key as it is spelled."""
        key, equals, wanted = value.partition("=")
        if not equals:
            return users.filter(tags__has_key=key)
        return users.alias(tag_value=KeyTransform(key, "tags")).filter(tag_value=wanted)


# Filter -> the facts that it asks about.
ASKS_ABOUT = {
    "password": "passwords",
    "access": "passwords",
    "mfa": "mfa",
    "key": "access_keys",
    "key_age": "access_keys",
    "key_days": "access_keys",
    "administrator": "policies",
    "signed_in": "last_use",
    "unused": "last_use",
    "group": "groups",
    "tag": "tags",
    "can": "policies",
}


def unread_filters(
    chosen: UserFilter, chips: Iterable[Chip], accounts: Iterable[Account]
) -> list[UnreadFilter]:
    """The filters that are on and leave out users only because nobody has read what they ask about."""
    asked = [(chip.words, ASKS_ABOUT[chip.name]) for chip in chips if chip.name in ASKS_ABOUT]
    values = chosen.form.cleaned_data
    if values.get("mfa") in MFA_WORDS:
        asked.append((f"MFA: {MFA_WORDS[values['mfa']]}", "mfa_devices"))
    if (values.get("q") or "").strip().upper().startswith(KEY_PREFIX):
        asked.append((f"Access key ID {values['q'].strip()}", "access_key_ids"))
    return [
        UnreadFilter(account, words, fact)
        for account in accounts
        for words, name in asked
        if (fact := account.not_known[name])
    ]


def key_ids(words: str) -> QuerySet[Any] | None:
    """Users with such an access key."""
    keys = access_keys()
    if words.startswith(KEY_PREFIX):
        wanted = Q(access_key_id__startswith=words)
    elif len(words) >= SHORTEST_END:
        wanted = Q(access_key_id=words) | Q(access_key_id__endswith=words)
    else:
        return None
    found: QuerySet[Any] = keys.filter(wanted).values("user")
    return found


def access_keys() -> QuerySet[Any]:
    """All access keys."""
    return _credentials("access_keys")


def signing_certificates() -> QuerySet[Any]:
    """All signing certificates."""
    return _credentials("signing_certificates")


def _credentials(relation: str) -> QuerySet[Any]:
    """Rows of a kind of credential: those live a floor above and are known here by name only."""
    rows: QuerySet[Any] = User._meta.get_field(relation).related_model._default_manager.all()  # type: ignore[union-attr]
    return rows


def access_counts(users: QuerySet[User]) -> dict[str, int]:
    """How many users each segment has, in one query."""
    row = Value(1)  # not a column, at which the database would look
    return users.order_by().aggregate(
        all=Count(row), password=Count(row, filter=WITH_PASSWORD), keys=Count(row, filter=KEYS_ONLY)
    )


def account_counts(account: Account, everybody: int) -> dict[str, int]:
    """The same for all users of an account, whose number is known."""
    password, keys = SEGMENTS.first(account.pk) or (0, 0)  # the account was deleted meanwhile
    return {"all": everybody, "password": password, "keys": keys}


def _segments(account: int) -> QuerySet[Any, Any]:
    """Conditions on values, not on truth: so each number is a piece of the index ``users_counted``."""
    people, yes, no = User.objects.people().filter(account=account), Value(True), Value(False)
    numbers = {
        "password": number(people.filter(password_enabled=yes)),
        "keys": number(people.filter(password_enabled=no, access_key_count__gt=0)),
    }
    return Account.objects.filter(pk=account).order_by().annotate(**numbers).values_list(*numbers)


SEGMENTS = CompiledQuery(_segments, -1)
