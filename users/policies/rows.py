"""What pages show of managed policies: the list, and what goes with one when it is deleted."""

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from iamconsole.operations import Step
from users.models import ManagedPolicy, Scope
from users.policies.operations.policies import usable
from users.policies.operations.policy_versions import versions_of

SORTS = {
    "name": "folded",
    "attached": "attachment_count",
    "bounds": "boundary_count",
    "changed": "update_date",
}
KINDS = {
    "customer": Q(scope=Scope.LOCAL),
    "aws": Q(scope=Scope.AWS),
    "attached": Q(attachment_count__gt=0) | Q(boundary_count__gt=0),
}


def found_policies(account_id: str, words: str, kind: str, order: str) -> QuerySet[ManagedPolicy]:
    """The policies an account may use, narrowed by words and a kind of ``KINDS``, sorted by ``SORTS``.

    What the address says that makes no sense counts as all policies, and as by name.
    """
    rows = usable(account_id).select_related("account").annotate(folded=Lower("policy_name"))
    if kind in KINDS:
        rows = rows.filter(KINDS[kind])
    if words:
        rows = rows.filter(Q(policy_name__icontains=words) | Q(description__icontains=words))
    column = SORTS.get(order.removeprefix("-"), SORTS["name"])
    key = F(column).desc() if order.startswith("-") else F(column).asc()
    return rows.order_by(key, "folded", "pk")


def deletion_steps(policy: ManagedPolicy) -> list[Step]:
    """The operations that delete a policy nobody has, its other versions first (IAM-FACTS 2.5)."""
    arn = {"PolicyArn": policy.arn}
    steps = [
        Step("DeletePolicyVersion", {**arn, "VersionId": version.version_id})
        for version in versions_of(policy)
        if not version.is_default
    ]
    return [*steps, Step("DeletePolicy", arn)]
