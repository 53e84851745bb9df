"""AWS managed policies in the mirror. What a linked account lists counts for that account only.

A listed policy with the version and document of the catalogue is the catalogue's row. One that differs gets
a row of the account's own, and the account's attachments and boundaries move there in the same transaction.
From then on that row follows what AWS lists. It goes when AWS lists the policy no more and nobody in the
account has it (``policies.remove_unlisted``); then the account has the catalogue's again. The catalogue
itself is never written by a sync.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from users.models import Account, ManagedPolicy, Scope
from users.models.policies import scope_of
from users.policies.catalogue import same_document


def documents_of(known: Mapping[str, ManagedPolicy], details: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """The documents of the AWS managed policies that are listed and known, by row number."""
    listed = {detail["Arn"] for detail in details if scope_of(detail["Arn"]) == Scope.AWS}
    rows = ManagedPolicy.objects.filter(pk__in=[known[arn].pk for arn in listed & known.keys()])
    return dict(rows.values_list("pk", "document"))


def differs(policy: ManagedPolicy, values: Mapping[str, Any], document: str) -> bool:
    """Whether AWS lists another version, or another document, than the row with ``document`` has, or a unique
    ID where the row has none.
    """
    if policy.default_version_id != values["default_version_id"]:
        return True
    if values["policy_id"] and not policy.policy_id:
        return True
    return not same_document(document, values["document"])


def own_rows(account: Account) -> dict[str, ManagedPolicy]:
    """The account's own rows of AWS managed policies by ARN."""
    rows = ManagedPolicy.objects.filter(account=account, scope=Scope.AWS).defer("document")
    return {policy.arn: policy for policy in rows}
