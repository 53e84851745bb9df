"""What every page of one managed policy begins with."""

from typing import Any

from django.shortcuts import get_object_or_404

from iamconsole.addresses import reverse
from iamconsole.operations import May, why_not
from users import quotas
from users.models import ManagedPolicy
from users.models.policies import NOT_FOR_USERS
from users.policies import catalogue
from users.policies.operations.policies import usable
from users.policies.operations.policy_versions import VERSIONS_PER_POLICY, versions_of
from users.requests import ConsoleRequest
from users.single_facts import SingleFacts

FOR_SERVICES = "AWS services use this policy. Users and groups cannot have it."
TOLD_ALONE = SingleFacts("tags and description", "policy")


def policy_of(request: ConsoleRequest, policy_pk: int) -> ManagedPolicy:
    """A policy that the caller's account may use; 404 for any other."""
    return get_object_or_404(usable(request.caller.account_id).select_related("account"), pk=policy_pk)


def policy_context(request: ConsoleRequest, policy: ManagedPolicy) -> dict[str, Any]:
    """What every page of one policy shows on top, and what may be done."""
    permits, versions = request.caller.permits, versions_of(policy)
    most = quotas.allowed(request.caller, VERSIONS_PER_POLICY, "VersionsPerPolicyQuota")
    return {
        "policy": policy,
        "unread": TOLD_ALONE.read_now(request.caller, policy, policy.arn) if policy.account else None,
        "versions": versions,
        "catalogue_date": catalogue.shipped_on(),
        "most_versions": most,
        "no_room": most is not None and len(versions) >= most,
        "used": policy.attachment_count + policy.boundary_count,  # type: ignore[attr-defined]
        "fixed": request.caller.read_only or policy.is_aws,
        "may": May(request.caller, policy.arn),
        "attach": attach_menu(request, policy),
        "may_tag": permits("iam:TagPolicy", policy.arn) or permits("iam:UntagPolicy", policy.arn),
    }


def attach_menu(request: ConsoleRequest, policy: ManagedPolicy) -> list[dict[str, str]]:
    """Whom the policy can be attached to, with the address, or why it cannot; none in what is read-only."""
    caller = request.caller
    if caller.read_only:
        return []
    services = policy.is_aws and policy.path.startswith(NOT_FOR_USERS) and caller.link is None
    menu = []
    for whom, action in (("users", "iam:ListUsers"), ("groups", "iam:ListGroups")):
        needed = ("iam:ListEntitiesForPolicy", policy.arn), (action, "")
        missing = next((one for one in needed if not caller.permits(*one)), None)
        why = f"This needs {missing[0]}, {why_not(caller, *missing)}." if missing else ""
        url = reverse(f"users:attach-policy-to-{whom}", args=[policy.pk])
        menu.append({"label": f"To {whom}", "url": url, "why": FOR_SERVICES if services else why})
    return menu
