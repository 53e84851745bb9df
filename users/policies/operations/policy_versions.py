"""CreatePolicyVersion, DeletePolicyVersion, SetDefaultPolicyVersion and their lists (IAM-FACTS 2.4-2.6)."""

from collections.abc import Callable, Collection
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Undo, lasts, operation
from iamconsole.operations.explained import Difference, Question
from iamconsole.operations.paging import Sorted, page
from iamconsole.operations.wanted import Fact, Params, Row, Wanted, has, same_document
from users import quotas
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import find_policy
from users.models import ManagedPolicy, PolicyVersion
from users.policies import newer
from users.policies.documents import check_document
from users.policies.operations.policies import (
    NOT_FOUND,
    OwnPolicyOperation,
    PolicyOperation,
    check_policy_size,
    the_policy,
)

VERSIONS_PER_POLICY = 5  # IAM-FACTS 9.1
TOO_MANY = (
    f"A managed policy can have up to {VERSIONS_PER_POLICY} versions. Before you create a new version, "
    "you must delete an existing version."
)
NO_SUCH_VERSION = "Policy {arn} version {version} does not exist or is not attachable."


def versions_of(policy: ManagedPolicy) -> list[PolicyVersion]:
    """The versions, newest first. Of AWS's own policies only the default one is known here."""
    found = list(policy.versions.all())
    if found:
        return found
    number = int(policy.default_version_id.removeprefix("v"))
    return [
        PolicyVersion(policy=policy, number=number, document=policy.document, create_date=policy.update_date)
    ]


def find_version(policy: ManagedPolicy, version_id: str) -> PolicyVersion:
    """Raises NoSuchEntity."""
    for version in versions_of(policy):
        if version.version_id == version_id:
            return version
    raise IamError("NoSuchEntity", NO_SUCH_VERSION.format(arn=policy.arn, version=version_id))


def latest_number(policy: ManagedPolicy) -> int:
    """The highest number that a version is known to have had. Versions that were made at AWS count too."""
    return max([policy.latest_version, *policy.versions.values_list("number", flat=True)])


def later_than(number: int) -> Callable[[str], bool]:
    return lambda version_id: int(version_id.removeprefix("v")) > number


def version_facts(version: PolicyVersion) -> dict[str, Any]:
    """A version, without its document, in the shape of IAM's replies."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.is_default,
        "CreateDate": version.create_date,
    }


def default_back(call: Call) -> list[tuple[str, Params]] | None:
    """What makes the default version of now the default again; None where the policy is not known."""
    arn = call.params["PolicyArn"]
    policy = ManagedPolicy.objects.filter(account__account_id=call.account_id, arn=arn).first()
    params = {"PolicyArn": arn, "VersionId": policy.default_version_id} if policy else {}
    return [("SetDefaultPolicyVersion", params)] if policy else None


@operation("CreatePolicyVersion")
class CreatePolicyVersion(KeepsAnAdministrator, OwnPolicyOperation):
    verb = "update policies"
    needed_at_aws = {"iam:CreatePolicyVersion": "edit customer managed policies"}

    def undo(self, call: Call) -> Undo:
        """The version itself stays, and can be looked at."""
        return default_back(call) if call.param("SetAsDefault") else []

    def check(self, call: Call) -> None:
        check_document(call.params["PolicyDocument"])
        check_policy_size(call)
        quotas.check_room(call, call.found["policy"].versions.count, VERSIONS_PER_POLICY, TOO_MANY)

    def mint(self, call: Call) -> Facts:
        version = {
            "VersionId": f"v{latest_number(call.found['policy']) + 1}",
            "IsDefaultVersion": bool(call.param("SetAsDefault")),
            "CreateDate": call.now,
        }
        return {"PolicyVersion": version}

    def write(self, call: Call, facts: Facts) -> None:
        policy, made = call.found["policy"], facts["PolicyVersion"]
        number = int(made["VersionId"].removeprefix("v"))
        version = PolicyVersion.objects.create(
            policy=policy,
            number=number,
            document=call.params["PolicyDocument"],
            create_date=made["CreateDate"],
        )
        policy.latest_version, policy.update_date = number, made["CreateDate"]
        if made["IsDefaultVersion"]:
            policy.default_version_id, policy.document = version.version_id, version.document
        policy.save()

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"VersionId": facts["PolicyVersion"]["VersionId"]}

    def evidence(self, call: Call) -> Params:
        latest = latest_number(call.found["policy"])
        return {**super().evidence(call), "LatestVersion": latest}

    def explains(self, difference: Difference, question: Question) -> Difference | None:
        """Only as the default does a version change the policy; the document tells whether it is this one."""
        if difference.name or difference.column not in ("default_version_id", "document"):
            return super().explains(difference, question)
        document = difference.beside.get("document", difference)
        if not question.params.get("SetAsDefault") or super().explains(document, question):
            return difference
        return None

    def wanted(self, before: Params, params: Params) -> Wanted:
        """A later version than all others, with the document."""
        version: dict[str, Fact] = {
            "VersionId": later_than(before.get("LatestVersion", 0)),
            "Document": same_document(params["PolicyDocument"]),
        }
        if params.get("SetAsDefault"):
            version["IsDefaultVersion"] = True
        return Wanted("Policies", the_policy(before, params), {"PolicyVersionList": has(version)})


@operation("SetDefaultPolicyVersion")
class SetDefaultPolicyVersion(KeepsAnAdministrator, OwnPolicyOperation):
    verb = "update policies"
    unknown = NO_SUCH_VERSION
    needed_at_aws = {"iam:SetDefaultPolicyVersion": "go back to an earlier version of a policy"}

    def undo(self, call: Call) -> Undo:
        back = default_back(call)
        return [] if back and back[0][1]["VersionId"] == call.params["VersionId"] else back

    def check(self, call: Call) -> None:
        find_version(call.found["policy"], call.params["VersionId"])

    def write(self, call: Call, facts: Facts) -> None:
        policy = call.found["policy"]
        version = find_version(policy, call.params["VersionId"])
        policy.default_version_id, policy.document = version.version_id, version.document
        policy.update_date = call.now
        policy.save()

    def before(self, call: Call, members: Collection[str]) -> Row:
        policy = call.found["policy"]
        return {
            "Arn": policy.arn,
            "PolicyId": policy.policy_id,
            "DefaultVersionId": policy.default_version_id,
        }

    def explains(self, difference: Difference, question: Question) -> Difference | None:
        """The document of the default version follows from which version it is."""
        version = difference.beside.get("default_version_id")
        if version is not None and difference.column == "document" and not difference.name:
            return difference if super().explains(version, question) else None
        return super().explains(difference, question)

    def wanted(self, before: Params, params: Params) -> Wanted:
        default = {"DefaultVersionId": params["VersionId"]}
        return Wanted("Policies", the_policy(before, params), default)


@operation("DeletePolicyVersion")
class DeletePolicyVersion(OwnPolicyOperation):
    lasting = lasts.DELETED
    verb = "delete policy versions for policies"
    unknown = NO_SUCH_VERSION
    needed_at_aws = {"iam:DeletePolicyVersion": "delete versions of customer managed policies"}

    def check(self, call: Call) -> None:
        if find_version(call.found["policy"], call.params["VersionId"]).is_default:
            raise IamError("DeleteConflict", "Cannot delete the default version of a policy.")

    def write(self, call: Call, facts: Facts) -> None:
        find_version(call.found["policy"], call.params["VersionId"]).delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        version = {"VersionId": params["VersionId"]}
        which = {**the_policy(before, params), "PolicyVersionList": has(version)}
        return Wanted("Policies", which, like=None)


@operation("GetPolicyVersion")
class GetPolicyVersion(PolicyOperation):
    reads = True

    def read(self, call: Call) -> Facts:
        newer.learn(call.caller, call.params["PolicyArn"])
        version = find_version(find_policy(call, NO_SUCH_VERSION), call.params["VersionId"])
        return {"PolicyVersion": {**version_facts(version), "Document": version.document}}


@operation("ListPolicyVersions")
class ListPolicyVersions(PolicyOperation):
    reads = True

    def read(self, call: Call) -> Facts:
        versions = versions_of(find_policy(call, NOT_FOUND))
        return page(call, Sorted("Versions", versions, lambda version: (-version.number,), version_facts))
