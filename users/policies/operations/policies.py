"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, ListEntitiesForPolicy (IAM-FACTS 2.4, 2.5)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from iamconsole.counting import number
from iamconsole.errors import IamError
from iamconsole.identifiers import stand_in_id, unique_id
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.explained import Difference, Question
from iamconsole.operations.keyset import Keyset
from iamconsole.operations.paging import Part, page
from iamconsole.operations.resource_tags import tags_in
from iamconsole.operations.wanted import Fact, Params, Wanted, has, same_document
from users import quotas
from users.identities import policy_identity
from users.lookups import below, find_policy, lock_account
from users.models import Account, Group, ManagedPolicy, PolicyAttachment, PolicyVersion, User
from users.policies import newer
from users.policies.documents import check_document, size
from users.roles.at_aws import check_known
from users.roles.pages import RolesAtAws
from users.tag_rules import WithTags, request_tag_keys, tag_facts

POLICIES_PER_ACCOUNT = 1500  # IAM-FACTS 9.1
ROLE_FILTERS = ("PolicyArn", "PathPrefix", "PolicyUsageFilter")
POLICY_SIZE = 6144  # characters, white space outside strings not counted
NOT_FOUND = "Policy {arn} was not found."
NOT_ATTACHABLE = "Policy {arn} does not exist or is not attachable."
NOT_OURS = "Cannot {verb} outside your own account."
# The account of whoever has an attachment, looked up for each one: where a join would do, the database may
# choose to read all users of the account, and again for each policy.
HOLDERS_ACCOUNT = Coalesce(
    Subquery(User.objects.filter(pk=OuterRef("user")).order_by().values("account")),
    Subquery(Group.objects.filter(pk=OuterRef("group")).order_by().values("account")),
)


def usable(account_id: str) -> QuerySet[ManagedPolicy]:
    """The policies an account can use: AWS's and its own, with how often they are used there.

    Each number is a subquery of its own: counted over joins of one query the rows would multiply, and
    a policy attached to half of the users and the boundary of a quarter would cost their product.
    """
    account = Subquery(Account.objects.filter(account_id=account_id).order_by().values("pk"))
    attached = PolicyAttachment.objects.filter(policy=OuterRef("pk"))
    here = attached.annotate(holder=HOLDERS_ACCOUNT).filter(holder=account)
    bounded = User.objects.filter(permissions_boundary=OuterRef("pk"), account=account)
    rows = ManagedPolicy.objects.known_to(account_id)
    # One of the account's own is attached nowhere else, and its attachments are counted in their index.
    count = Case(When(account__isnull=True, then=number(here)), default=number(attached))
    return rows.annotate(attachment_count=count, boundary_count=number(bounded))


def policy_facts(policy: ManagedPolicy) -> dict[str, Any]:
    """A policy of ``usable`` in the shape of IAM's replies, which always have an ID. No list that can be
    carried has AWS's for all of its own policies, so one is made from the ARN; pages show none.
    """
    return {
        "PolicyName": policy.policy_name,
        "PolicyId": policy.policy_id or stand_in_id("ANPA", policy.arn),
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,  # type: ignore[attr-defined]
        "PermissionsBoundaryUsageCount": policy.boundary_count,  # type: ignore[attr-defined]
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
    }


class PolicyOperation(Operation):
    """What operations on one managed policy have in common."""

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["PolicyArn"]]


class OwnPolicyOperation(PolicyOperation):
    """A change of a policy of the account's own; ``verb`` ends AWS's sentence about AWS's own ones."""

    verb: ClassVar[str] = ""
    unknown: ClassVar[str] = NOT_FOUND  # AWS's sentence about one that there is not

    def lock(self, call: Call) -> None:
        super().lock(call)
        policy = find_policy(call, self.unknown)
        if policy.is_aws:
            raise self.refused_for_aws(policy.arn)
        call.found["policy"] = hold_policy(policy)

    def refused_for_aws(self, arn: str) -> IamError:
        """Why one of AWS's own is not changed."""
        return IamError("AccessDenied", NOT_OURS.format(verb=self.verb))

    def evidence(self, call: Call) -> Params:
        """The policy's ID: another one may be made under its ARN. Not every mirrored one has it."""
        policy_id = call.found["policy"].policy_id
        return {"PolicyId": policy_id} if policy_id else {}


def the_policy(before: Params, params: Params) -> dict[str, Fact]:
    """How the policy of PolicyArn is told apart in AWS's list."""
    known = {"PolicyId": before["PolicyId"]} if "PolicyId" in before else {}
    return {"Arn": params["PolicyArn"], **known}


def is_own(arn: str) -> bool:
    """Whether a policy's ARN is an account's: AWS's own have "aws" in its place."""
    return arn.split(":")[4] != "aws"


def hold_policy(policy: ManagedPolicy) -> ManagedPolicy:
    """The policy, locked. Raises NoSuchEntity where it was deleted at this moment."""
    held = ManagedPolicy.objects.select_for_update(of=("self",)).filter(pk=policy.pk).first()
    if held is None:
        raise IamError("NoSuchEntity", NOT_FOUND.format(arn=policy.arn))
    return held


def check_policy_size(call: Call) -> None:
    """PolicyDocument is as large as a managed policy can be. Raises LimitExceeded."""
    text = f"Cannot exceed quota for PolicySize: {POLICY_SIZE}"
    quotas.check_size(call, lambda: size(call.params["PolicyDocument"]), POLICY_SIZE, text)


@operation("CreatePolicy")
class CreatePolicy(WithTags):
    lasting = lasts.MADE
    needed_at_aws = {"iam:CreatePolicy": "create customer managed policies"}

    def named(self, action: str, resource: str, params: Params) -> str:
        """It has no ARN yet (IAM-FACTS 2.6)."""
        return f"policy {params.get('PolicyName') or resource.rpartition('/')[2]}"

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.policy(call.param("Path", "/"), call.params["PolicyName"])]

    def undo(self, call: Call) -> Undo:
        return [("DeletePolicy", {"PolicyArn": self.resources(call)[0]})]

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.param("Tags", []))

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        name = call.params["PolicyName"]
        check_document(call.params["PolicyDocument"])
        check_policy_size(call)
        own = ManagedPolicy.objects.customer(call.account)
        if own.filter(policy_name__iexact=name).exists():
            text = f"A policy called {name} already exists. Duplicate names are not allowed."
            raise IamError("EntityAlreadyExists", text)
        text = f"Cannot exceed quota for PoliciesPerAccount: {POLICIES_PER_ACCOUNT}"
        quotas.check_room(call, own.count, POLICIES_PER_ACCOUNT, text)

    def mint(self, call: Call) -> Facts:
        policy = {
            "PolicyName": call.params["PolicyName"],
            "PolicyId": unique_id("ANPA"),
            "Arn": self.resources(call)[0],
            "Path": call.param("Path", "/"),
            "DefaultVersionId": "v1",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "CreateDate": call.now,
            "UpdateDate": call.now,
        }
        if call.param("Tags"):
            policy["Tags"] = list(call.params["Tags"])
        return {"Policy": policy}

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["Policy"]
        policy = ManagedPolicy.objects.create(
            account=call.account,
            arn=made["Arn"],
            policy_name=made["PolicyName"],
            policy_id=made["PolicyId"],
            path=made["Path"],
            description=call.param("Description", ""),
            document=call.params["PolicyDocument"],
            create_date=made["CreateDate"],
            update_date=made["UpdateDate"],
            tags=tags_in(call.params),
            read_at=call.read_at,
        )
        PolicyVersion.objects.create(
            policy=policy, number=1, document=policy.document, create_date=policy.create_date
        )

    def made(self, params: Params, facts: Facts) -> tuple[str, str, str]:
        arn = facts["Policy"]["Arn"]
        return "PolicyArn", arn, policy_identity(arn.split(":")[4], arn) or ""

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"PolicyId": facts["Policy"]["PolicyId"]}

    def explains(self, difference: Difference, question: Question) -> Difference | None:
        """Its first version comes with it."""
        if difference.noun != "PolicyVersion":
            return super().explains(difference, question)
        made = question.gives("document", (difference.after or {}).get("document"))
        return None if made and difference.name == "v1" else difference

    def effect(self, change: Any, params: Params) -> None:
        change.create(params.get("Path", "/"), params["PolicyName"], params["PolicyDocument"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        """One of the account's own, in whatever version: AWS's may have the same name."""
        which = {"PolicyName": params["PolicyName"], "Arn": is_own}
        version = {"Document": same_document(params["PolicyDocument"])}
        like = {"Path": params.get("Path", "/"), "PolicyVersionList": has(version)}
        return Wanted("Policies", which, like)


@operation("GetPolicy")
class GetPolicy(PolicyOperation):
    """One that is newer than the catalogue is asked of AWS."""

    reads = True
    shows_single_read = True

    def read(self, call: Call) -> Facts:
        newer.learn(call.caller, call.params["PolicyArn"])
        policy = usable(call.account_id).filter(pk=find_policy(call, NOT_FOUND).pk).first()
        if policy is None:
            raise IamError("NoSuchEntity", NOT_FOUND.format(arn=call.params["PolicyArn"]))
        facts = {**policy_facts(policy), "Tags": tag_facts(policy.tags)}
        if policy.description:
            facts["Description"] = policy.description
        return {"Policy": facts}


@operation("ListPolicies")
class ListPolicies(Operation):
    """In the order of creation, as AWS lists its own (IAM-FACTS 2.23). It is judged on "*": what AWS names is
    no ARN (``iamconsole.operations.listed``).
    """

    reads = True
    tells = ("policies",)

    def named(self, action: str, resource: str, params: Params) -> str:
        return f"policy path {params.get('PathPrefix', '/')}"

    def read(self, call: Call) -> Facts:
        rows = usable(call.account_id).filter(below(call.param("PathPrefix")))
        scope = call.param("Scope", "All")
        if scope != "All":
            rows = rows.filter(scope=scope)
        if call.param("OnlyAttached"):
            rows = rows.filter(USED_AS[call.param("PolicyUsageFilter", "")])
        return page(call, Keyset.of("Policies", rows, "create_date", policy_facts, "pk"))


USED_AS = {
    "": Q(attachment_count__gt=0) | Q(boundary_count__gt=0),
    "PermissionsPolicy": Q(attachment_count__gt=0),
    "PermissionsBoundary": Q(boundary_count__gt=0),
}


@operation("DeletePolicy")
class DeletePolicy(OwnPolicyOperation):
    lasting = lasts.DELETED
    verb = "delete policies"
    needed_at_aws = {"iam:DeletePolicy": "delete customer managed policies"}

    def check(self, call: Call) -> None:
        policy = call.found["policy"]
        attached = PolicyAttachment.objects.filter(policy=policy)
        bounds = User.objects.filter(permissions_boundary=policy)
        if attached.exists() or bounds.exists():
            raise IamError("DeleteConflict", "Cannot delete a policy attached to entities.")
        if policy.versions.count() > 1:
            raise IamError("DeleteConflict", VERSIONS_FIRST)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["policy"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        return Wanted("Policies", the_policy(before, params), like=None)


VERSIONS_FIRST = (
    "This policy has more than one version. Before you delete a policy, you must delete the policy's "
    "versions. The default version is deleted with the policy."
)


@operation("ListEntitiesForPolicy")
class ListEntitiesForPolicy(PolicyOperation):
    """Whom the policy is attached to, and whom it bounds: groups, then users."""

    reads = True
    tells = ("policies",)

    def read(self, call: Call) -> Facts:
        policy = find_policy(call, NOT_ATTACHABLE)
        users, groups = entities(policy, call.account_id, call.param("PolicyUsageFilter", ""))
        kind, prefix = call.param("EntityFilter", ""), below(call.param("PathPrefix"))
        users = users.filter(prefix) if kind in ("", "User") else users.none()
        groups = groups.filter(prefix) if kind in ("", "Group") else groups.none()
        parts: list[Part] = [
            Keyset.of("PolicyGroups", groups, "name_folded", group_entity),
            Keyset.of("PolicyUsers", users, "name_folded", user_entity),
        ]
        if kind in ("", "Role"):
            parts += roles_with(call)
        return {"PolicyRoles": []} | page(call, *parts)


def roles_with(call: Call) -> list[Part]:
    """The roles that have the policy: AWS is asked in a linked account, and a local one has none with any.
    Raises InvalidInput where nobody can be asked.
    """
    check_known(call.caller, "roles")
    if call.caller.link is None:
        return []
    asked = {name: call.params[name] for name in ROLE_FILTERS if name in call.params}
    params = {**asked, "EntityFilter": "Role"}
    return [RolesAtAws("PolicyRoles", call.caller, call.operation.name, params)]


def user_entity(user: User) -> Facts:
    """A user of ListEntitiesForPolicy."""
    return {"UserName": user.user_name, "UserId": user.user_id}


def group_entity(group: Group) -> Facts:
    """A group of ListEntitiesForPolicy."""
    return {"GroupName": group.group_name, "GroupId": group.group_id}


def entities(
    policy: ManagedPolicy, account_id: str, usage: str = ""
) -> tuple[QuerySet[User], QuerySet[Group]]:
    """Users and groups of the account that have the policy; ``usage`` as in PolicyUsageFilter."""
    attached = Exists(PolicyAttachment.objects.filter(policy=policy, user=OuterRef("pk")))
    wanted = {
        "": Q(attached) | Q(permissions_boundary=policy),
        "PermissionsPolicy": Q(attached),
        "PermissionsBoundary": Q(permissions_boundary=policy),
    }[usage]
    users = User.objects.filter(wanted, account__account_id=account_id).order_by("name_folded")
    groups = Group.objects.filter(
        Exists(PolicyAttachment.objects.filter(policy=policy, group=OuterRef("pk"))),
        account__account_id=account_id,
    )
    return users, groups.none() if usage == "PermissionsBoundary" else groups.order_by("name_folded")
