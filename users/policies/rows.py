"""What pages show of managed policies: the list, and what goes with one when it is deleted."""

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from iamconsole.addresses import reverse
from iamconsole.operations import Caller, Step
from users.models import ManagedPolicy, Scope
from users.permissions import readable
from users.policies.newer import READ
from users.policies.operations.policies import usable
from users.policies.operations.policy_versions import versions_of
from users.selection import Row

SORTS = {
    "name": "folded",
    "attached": "attachment_count",
    "bounds": "boundary_count",
    "changed": "update_date",
}
SHORT = 3_000  # characters of a document that stands in a list; a longer one has its page
NOT_KNOWN = "Not known"
KINDS = {
    "customer": Q(scope=Scope.LOCAL),
    "aws": Q(scope=Scope.AWS),
    "attached": Q(attachment_count__gt=0) | Q(boundary_count__gt=0),
}
# The filters of a list to choose from: words, and the condition.
CHOICES = {"customer": ("Customer managed", KINDS["customer"]), "aws": ("AWS managed", KINDS["aws"])}


def found_policies(account_id: str, words: str, kind: str, order: str) -> QuerySet[ManagedPolicy]:
    """The policies an account may use, narrowed by words and a kind of ``KINDS``, sorted by ``SORTS``.

    What the address says that makes no sense counts as all policies, and as by name.
    """
    rows = usable(account_id).select_related("account").annotate(folded=Lower("policy_name"))
    if kind in KINDS:
        rows = rows.filter(KINDS[kind])
    if words:
        rows = rows.filter(by_words(words))
    column = SORTS.get(order.removeprefix("-"), SORTS["name"])
    key = F(column).desc() if order.startswith("-") else F(column).asc()
    return rows.order_by(key, "folded", "pk")


def by_words(words: str) -> Q:
    """The policies with these words in their name or description, or with this ARN."""
    return Q(policy_name__icontains=words) | Q(description__icontains=words) | Q(arn=words)


def policy_row(policy: ManagedPolicy) -> Row:
    """A policy to choose."""
    return Row(
        policy.arn,
        policy.policy_name,
        policy.kind,
        policy.description or (NOT_KNOWN if policy.is_aws else ""),
        document=readable(policy.document) if len(policy.document) <= SHORT else "",
        url=reverse("users:policy", args=[policy.pk]),
    )


def for_reader(rows: Iterable[Row], caller: Caller) -> list[Row]:
    """Rows of policies, without the documents that the caller cannot read."""
    return [
        row
        if all(caller.permits(action, row.value) for action in READ)
        else replace(row, document="", url="")
        for row in rows
    ]


def deletion_steps(policy: ManagedPolicy) -> list[Step]:
    """The operations that delete a policy nobody has, its other versions first (IAM-FACTS 2.5)."""
    arn = {"PolicyArn": policy.arn}
    steps = [
        Step("DeletePolicyVersion", {**arn, "VersionId": version.version_id})
        for version in versions_of(policy)
        if not version.is_default
    ]
    return [*steps, Step("DeletePolicy", arn)]
