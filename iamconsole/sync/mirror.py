"""Writing the mirror of users, groups and policies from a Snapshot. Idempotent.

Users are told apart by unique ID: a renamed user is the same one, a recreated one is another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamconsole.sync.guard import too_fresh_to_remove
from iamconsole.sync.read import Snapshot
from users.models import (
    Account,
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    User,
)
from users.operations.attachments import refresh_groups


@dataclass
class Changes:
    """What a sync found different: names by kind of change, for the Event and the account page."""

    created: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {"created": len(self.created), "changed": len(self.changed), "removed": len(self.removed)}


def write(account: Account, snapshot: Snapshot) -> Changes:
    """Write users, groups, policies and attachments. Called in a transaction."""
    changes = Changes()
    policies = write_policies(account, snapshot)
    users = write_users(account, snapshot, policies, changes)
    write_groups(account, snapshot, policies, users)
    for detail in snapshot.users:
        user = users[detail["UserId"]]
        write_permissions(policies, detail, "User", user=user)
    return changes


def document(value: Any) -> str:
    """botocore decodes documents to dicts; the mirror keeps text."""
    return value if isinstance(value, str) else json.dumps(value)


def write_policies(account: Account, snapshot: Snapshot) -> dict[str, ManagedPolicy]:
    """Managed policies by ARN. AWS's own stand once for all accounts."""
    for detail in snapshot.policies:
        version = next((v for v in detail.get("PolicyVersionList", []) if v.get("IsDefaultVersion")), None)
        if version is None:
            continue
        theirs = detail["Arn"].split(":")[4] == "aws"
        ManagedPolicy.objects.update_or_create(
            arn=detail["Arn"],
            defaults={
                "account": None if theirs else account,
                # Taken from the ARN: not every answer names the policy.
                "policy_name": detail["Arn"].rpartition("/")[2],
                "policy_id": detail.get("PolicyId", ""),
                "path": detail.get("Path", "/"),
                "default_version_id": version["VersionId"],
                "document": document(version["Document"]),
                "create_date": detail["CreateDate"],
                "update_date": detail.get("UpdateDate", detail["CreateDate"]),
            },
        )
    return {policy.arn: policy for policy in ManagedPolicy.objects.all()}


def write_users(
    account: Account, snapshot: Snapshot, policies: dict[str, ManagedPolicy], changes: Changes
) -> dict[str, User]:
    """Users by unique ID; the gone ones are removed first, so that their names are free."""
    listed = {detail["UserId"] for detail in snapshot.users}
    known = {user.user_id: user for user in User.objects.filter(account=account, kind=User.Kind.USER)}
    remove_users([user for user_id, user in known.items() if user_id not in listed], snapshot, changes)
    for detail in snapshot.users:
        user = known.get(detail["UserId"])
        values = user_values(detail, policies)
        if user is None:
            user = User(account=account, user_id=detail["UserId"], **values)
            user.set_unusable_password()
            user.save(force_insert=True)
            known[user.user_id] = user
            changes.created.append(user.user_name)
        elif different := changed_values(user, values):
            changes.changed[user.user_name] = different
            for name, value in values.items():
                setattr(user, name, value)
            user.save()
    return known


def user_values(detail: Mapping[str, Any], policies: dict[str, ManagedPolicy]) -> dict[str, Any]:
    boundary = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    return {
        "user_name": detail["UserName"],
        "name_folded": detail["UserName"].lower(),
        "path": detail.get("Path", "/"),
        "create_date": detail["CreateDate"],
        "tags": {tag["Key"]: tag["Value"] for tag in detail.get("Tags", [])},
        "permissions_boundary": policies.get(boundary),
    }


def changed_values(user: User, values: Mapping[str, Any]) -> dict[str, Any]:
    """Column -> [before, after] of what differs."""
    return {
        name: [str(getattr(user, name)), str(value)]
        for name, value in values.items()
        if getattr(user, name) != value
    }


def remove_users(gone: list[User], snapshot: Snapshot, changes: Changes) -> None:
    """Remove users that AWS no longer lists; not one made here minutes ago, unless its name is taken."""
    names = {detail["UserName"].lower() for detail in snapshot.users}
    for user in gone:
        if too_fresh_to_remove(user.create_date) and user.name_folded not in names:
            continue
        changes.removed.append(user.user_name)
        user.mfa_devices.update(user=None, confirmed=False, enable_date=None)
        user.access_keys.all().delete()
        for relation in ("policy_attachments", "inline_policies", "memberships"):
            getattr(user, relation).all().delete()
        type(user)._meta.get_field("login_profile").related_model.objects.filter(user=user).delete()  # type: ignore[union-attr]
        user.delete()


def write_groups(
    account: Account, snapshot: Snapshot, policies: dict[str, ManagedPolicy], users: dict[str, User]
) -> None:
    """Groups, their policies, and who is a member."""
    listed = {detail["GroupId"] for detail in snapshot.groups}
    Group.objects.filter(account=account).exclude(group_id__in=listed).delete()
    for detail in snapshot.groups:
        group, _ = Group.objects.update_or_create(
            group_id=detail["GroupId"],
            defaults={
                "account": account,
                "group_name": detail["GroupName"],
                "name_folded": detail["GroupName"].lower(),
                "path": detail.get("Path", "/"),
                "create_date": detail["CreateDate"],
            },
        )
        write_permissions(policies, detail, "Group", group=group)
    groups = {group.name_folded: group for group in Group.objects.filter(account=account)}
    for detail in snapshot.users:
        user = users[detail["UserId"]]
        wanted = [groups[name.lower()] for name in detail.get("GroupList", []) if name.lower() in groups]
        GroupMembership.objects.filter(user=user).exclude(group__in=wanted).delete()
        for group in wanted:
            GroupMembership.objects.get_or_create(user=user, group=group)
        refresh_groups(user)


def write_permissions(
    policies: dict[str, ManagedPolicy], detail: Mapping[str, Any], kind: str, **owner: Any
) -> None:
    """Attachments and inline policies of one user or group."""
    arns = [row["PolicyArn"] for row in detail.get("AttachedManagedPolicies", [])]
    wanted = [policies[arn] for arn in arns if arn in policies]
    PolicyAttachment.objects.filter(**owner).exclude(policy__in=wanted).delete()
    for policy in wanted:
        PolicyAttachment.objects.get_or_create(policy=policy, **owner)
    inline = detail.get(f"{kind}PolicyList", [])
    InlinePolicy.objects.filter(**owner).exclude(
        name_folded__in=[row["PolicyName"].lower() for row in inline]
    ).delete()
    for row in inline:
        InlinePolicy.objects.update_or_create(
            **owner,
            name_folded=row["PolicyName"].lower(),
            defaults={"policy_name": row["PolicyName"], "document": document(row["PolicyDocument"])},
        )
