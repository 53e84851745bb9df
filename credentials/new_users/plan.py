"""What a draft becomes: the operations in their order, and what the review says beforehand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credentials.key_uses import KEY_USES, key_steps
from credentials.new_users.drafts import Draft
from credentials.passwords import rules as passwords
from credentials.passwords.links import DEFAULT_HOURS
from credentials.sign_in_addresses import addresses_after_setting
from iamconsole.addresses import reverse
from iamconsole.arn import CHANGE_PASSWORD, Arns
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import Caller, Step, refusals
from iamconsole.words import plural
from users import quotas
from users.groups.operations.memberships import GROUPS_PER_USER
from users.models import Account, ManagedPolicy, PolicyAttachment, Scope, User
from users.own_password import users_may_change_password
from users.people.operations.users import USERS_PER_ACCOUNT
from users.policies.operations.attachments import MANAGED_POLICIES_PER_USER

TOO_MANY_GROUPS = "You chose {count} groups. A user can be in up to {limit}. Remove some."
TOO_MANY_POLICIES = "You chose {count} policies{because}. A user can have up to {limit}. {remedy}."
SHOWN_REFUSALS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the review: a status type (success, warning, error), a title and a detail."""

    type: str
    title: str
    detail: str = ""


def needs_change_password(draft: Draft, account: Account) -> bool:
    """Whether IAMUserChangePassword is attached: a new password is demanded, and nothing else allows it."""
    demanded = draft.console_access and draft.reset_required and not draft.password_link
    return demanded and not users_may_change_password(account)


def policies_of(draft: Draft, account: Account) -> list[str]:
    """The ARNs of all policies that are attached to each user."""
    own = [account.arns.aws_policy(CHANGE_PASSWORD)] if needs_change_password(draft, account) else []
    return list(dict.fromkeys([*draft.all_policies, *own]))


def passwords_of(draft: Draft, account: Account) -> dict[str, str]:
    """The typed password, or a new one for each user; {} without console access, and with links."""
    if not draft.console_access or draft.password_link:
        return {}
    return {name: draft.password or passwords.generate(account) for name in draft.names}


def steps_of(draft: Draft, account: Account, new_passwords: Mapping[str, str]) -> list[Step]:
    """The operations of all users, one user after the other, in the order of AWS's console."""
    policies = policies_of(draft, account)
    return [
        step
        for name in draft.names
        for step in user_steps(draft, name, policies, new_passwords.get(name, ""))
    ]


def user_steps(draft: Draft, name: str, policies: Sequence[str], password: str) -> list[Step]:
    """Boundary and tags go with CreateUser, as policies that hold a creator to them demand."""
    user = {"UserName": name}
    create: dict[str, Any] = {**user, "Path": draft.path}
    if draft.boundary:
        create["PermissionsBoundary"] = draft.boundary
    if draft.tags:
        create["Tags"] = [{"Key": key, "Value": value} for key, value in draft.tags]
    steps = [Step("CreateUser", create)]
    if draft.user_type:
        steps.append(Step("iamconsole:UpdateUserProfile", {**user, "UserType": draft.user_type}))
    steps += [Step("AddUserToGroup", {**user, "GroupName": group}) for group in draft.all_groups]
    steps += [Step("AttachUserPolicy", {**user, "PolicyArn": arn}) for arn in policies]
    inline = draft.copied.inline if draft.copied else {}
    for policy, document in inline.items():
        steps.append(Step("PutUserPolicy", {**user, "PolicyName": policy, "PolicyDocument": document}))
    if password:
        reset = draft.reset_required
        steps.append(
            Step("CreateLoginProfile", {**user, "Password": password, "PasswordResetRequired": reset})
        )
    if draft.console_access and draft.password_link:
        steps.append(Step("iamconsole:CreatePasswordLink", {**user, "Hours": DEFAULT_HOURS}))
    if draft.access_key:
        steps += key_steps(name, draft.key_description)
    return steps


def to_show(draft: Draft, account: Account) -> dict[str, Any]:
    """What the secret-once page shows besides the answers."""
    user: dict[str, Any] = {"reset_required": False}
    if draft.console_access:
        reset = draft.reset_required and not draft.password_link
        user = {
            "sign_in": addresses_after_setting(account),
            "reset_required": reset,
            "link_hours": DEFAULT_HOURS,
        }
    return {
        "title": "Retrieve credentials",
        "done_url": reverse("users:list"),
        "wizard": True,
        "key_use": draft.key_use,
        "users": [{"user_name": name, **user} for name in draft.names],
    }


def arns_of(draft: Draft, arns: Arns) -> dict[str, str]:
    """The ARN each user will have."""
    return {name: arns.user(draft.path, name) for name in draft.names}


def counted(steps: Sequence[Step]) -> list[tuple[str, int]]:
    """How often each operation is asked for, in the order of their first steps."""
    return list(Counter(step.name for step in steps).items())


def limit_errors(draft: Draft, account: Account) -> list[str]:
    """Quotas that the choice of groups and policies breaks (IAM-FACTS 9.1); AWS tells its own."""
    if not quotas.counts_here(account):
        return []
    errors = []
    if (count := len(draft.all_groups)) > GROUPS_PER_USER:
        errors.append(TOO_MANY_GROUPS.format(count=count, limit=GROUPS_PER_USER))
    if (count := len(policies_of(draft, account))) > MANAGED_POLICIES_PER_USER:
        own = needs_change_password(draft, account)
        because = ", with IAMUserChangePassword for the new password" if own else ""
        remedy = "Remove some, or attach them to a group"
        limit = MANAGED_POLICIES_PER_USER
        errors.append(TOO_MANY_POLICIES.format(count=count, because=because, limit=limit, remedy=remedy))
    return errors


def name_errors(draft: Draft, account: Account) -> list[str]:
    """Names that are taken, and the quota of users."""
    users = User.objects.people(account)
    taken = set(
        users.filter(name_folded__in=map(str.lower, draft.names)).values_list("name_folded", flat=True)
    )
    errors = [f"User with name {name} already exists." for name in draft.names if name.lower() in taken]
    room = USERS_PER_ACCOUNT - users.count()
    if quotas.counts_here(account) and len(draft.names) > room:
        errors.append(
            f"The account has room for {max(room, 0):,} more of {USERS_PER_ACCOUNT:,} users; "
            f"you entered {len(draft.names):,}."
        )
    return errors


def findings(caller: Caller, draft: Draft, account: Account, steps: Sequence[Step]) -> list[Finding]:
    """What was checked beforehand, errors first."""
    found = [Finding("error", text) for text in name_errors(draft, account) + limit_errors(draft, account)]
    if not found:
        found = [
            Finding("success", "All names are free" if len(draft.names) > 1 else "The name is free"),
            quota_finding(draft, account),
        ]
    found += permission_findings(caller, steps)
    found += warnings(draft)
    return sorted(found, key=lambda finding: ("error", "success", "warning").index(finding.type))


def quota_finding(draft: Draft, account: Account) -> Finding:
    """How many users there will be of those that are allowed. More is a warning: AWS may allow it by now."""
    used = User.objects.people(account).count() + len(draft.names)
    users = quotas.allowed(account, USERS_PER_ACCOUNT, "UsersQuota")
    groups = quotas.allowed(account, GROUPS_PER_USER, "GroupsPerUserQuota")
    joined = len(draft.all_groups)
    over = bool(users and used > users) or bool(groups and joined > groups)
    title = f"Quota: {used:,} of {users:,} users" if users else f"Users: {used:,}. The quota is not known"
    detail = f"Groups per user: {joined}" + (f" of {groups}" if groups else "") if joined else ""
    return Finding("warning" if over else "success", title, detail)


def permission_findings(caller: Caller, steps: Sequence[Step]) -> list[Finding]:
    """Whether the caller may do every step; what not, with AWS's sentence."""
    try:
        refused = refusals(caller, steps)
    except IamError as error:
        return [Finding("error", error.message)]
    if not refused:
        every = "all " if len(steps) > 1 else ""
        return [Finding("success", f"You can do {every}{plural(len(steps), 'operation')}")]
    lines = [Finding("error", denied_title(error), error.message) for error in refused[:SHOWN_REFUSALS]]
    more = len(refused) - SHOWN_REFUSALS
    if more > 0:
        lines.append(Finding("error", f"And {plural(more, 'operation')} more that you cannot do"))
    return lines


def denied_title(error: AccessDenied) -> str:
    return f"You cannot do {error.action.partition(':')[2]} for {error.resource.rpartition('/')[2]}"


def warnings(draft: Draft) -> list[Finding]:
    """What an administrator should know before pressing the button."""
    found = []
    if draft.console_access:
        detail = "Each user can assign a device under Security credentials after the first sign-in."
        found.append(Finding("warning", "No MFA yet", detail))
    if draft.console_access and draft.user_type == User.UserType.WORKLOAD:
        detail = "Programs do not sign in. Leave out console access, or create a user for the person."
        found.append(Finding("warning", "Console access for a workload", detail))
    if draft.access_key and draft.user_type == User.UserType.PERSON:
        detail = "People can sign in with IAM Identity Center or federation and get temporary credentials."
        found.append(Finding("warning", "Access key for a person", detail))
    if via := full_access_by(draft):
        found.append(Finding("warning", "AdministratorAccess", f"Full access to the account, {via}."))
    if draft.access_key:
        use = KEY_USES[draft.key_use]
        found.append(Finding("warning", "Long-lived access keys", f"Recommended instead: {use.instead}."))
    if not draft.console_access and not draft.access_key:
        found.append(
            Finding(
                "error", "No way to sign in or call the API", "Choose console access, an access key, or both."
            )
        )
    return found


def full_access_by(draft: Draft) -> str:
    """How AdministratorAccess comes to the users, "" where it does not."""
    is_full = {"policy_name": "AdministratorAccess", "scope": Scope.AWS}
    full = ManagedPolicy.objects.known_to(draft.account_id).filter(**is_full)
    if full.filter(arn__in=draft.all_policies).exists():
        return "attached directly"
    attachments = PolicyAttachment.objects.filter(
        group__account__account_id=draft.account_id, group__group_name__in=draft.all_groups, policy__in=full
    )
    names = list(attachments.values_list("group__group_name", flat=True))
    return f"through the group {', '.join(names)}" if names else ""
