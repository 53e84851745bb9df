"""What narrows the list of users: words to look for, and the kind of access."""

import django_filters
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from users.models import User

# Whole key IDs and their beginnings start so (IAM-FACTS 1.2); people remember their ends.
KEY_PREFIX, SHORTEST_END = "AKIA", 4
KEYS_ONLY = Q(password_enabled=False, access_key_count__gt=0)
ACCESS = [("password", "With password"), ("keys", "Keys only")]


class UserFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="find", label="Find by user name or access key ID")
    access = django_filters.ChoiceFilter(method="with_access", choices=ACCESS)

    class Meta:
        model = User
        fields: list[str] = []

    def find(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Part of a user name, a user's ARN, or the beginning or end of an access key ID."""
        words = value.strip()
        by_name = Q(name_folded__contains=words.rpartition("/")[2].lower())
        if words.startswith("arn:"):
            by_name = Q(name_folded=words.rpartition("/")[2].lower())
        return users.filter(by_name | Q(has_key(words.upper())))

    def with_access(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(KEYS_ONLY if value == "keys" else Q(password_enabled=True))


def has_key(words: str) -> Exists:
    """Users with such an access key. Credentials live a floor above and are known here by name only."""
    keys = User._meta.get_field("access_keys").related_model._default_manager  # type: ignore[union-attr]
    wanted = Q(access_key_id=words)
    if words.startswith(KEY_PREFIX):
        wanted |= Q(access_key_id__startswith=words)
    elif len(words) >= SHORTEST_END:
        wanted |= Q(access_key_id__endswith=words)
    return Exists(keys.filter(wanted, user=OuterRef("pk")))


def access_counts(users: QuerySet[User]) -> dict[str, int]:
    """How many users each segment has, in one query."""
    return users.order_by().aggregate(
        all=Count("pk"),
        password=Count("pk", filter=Q(password_enabled=True)),
        keys=Count("pk", filter=KEYS_ONLY),
    )
