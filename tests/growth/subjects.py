"""Every page and every read of the API, aimed at what is widest in the filled installation.

Both lists are checked against the URL resolver and the registry of operations: what is new fails until
its arguments are here.
"""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from iamconsole.models import Event, Job
from reports.findings.evaluation import evaluate
from reports.models import Finding
from tests.cast import ADMINISTRATOR_ACCESS
from tests.growth.filling import SERVICE, Installation
from users.models import ManagedPolicy

# Pages that answer something else than 200, and why. What is no page to look at (405) needs no row.
ANSWERS = {
    "favicon": (302, "leads to the icon, whose name has a hash"),
    "api": (403, "answers signed requests only; its reads are measured at the door"),
    "credentials:sign-in": (302, "for whoever is not signed in"),
    "credentials:root-sign-in": (302, "for whoever is not signed in"),
    "credentials:mfa-code": (302, "for whoever is between password and code"),
    "credentials:recovery-code": (302, "for whoever is between password and code"),
    "credentials:new-password": (302, "for whoever must choose a password"),
    "credentials:open-password-link": (302, "a link that does not exist"),
    "credentials:password-link": (410, "a link that does not exist"),
    "credentials:confirm-email-address": (400, "a link that does not exist"),
    "credentials:create-root-access-key": (404, "root's own"),
    "credentials:delete-root-access-key": (404, "root's own"),
    "credentials:confirm-with-other-factor": (404, "the device is another user's"),
    "credentials:register-passkey": (302, "asks for a name first"),
    "credentials:create-recovery-codes": (302, "asks for a device first"),
    "credentials:recovery-codes": (404, "shown once"),
    "credentials:delete-recovery-codes": (404, "the user has none"),
    "credentials:secret": (404, "shown once"),
    "users:restore-mfa-policy": (404, "of linked accounts; the one that is measured is local"),
    "users:stop-requiring-mfa": (404, "of linked accounts; the one that is measured is local"),
    "credentials:create-user": (302, "begins a draft"),
    "credentials:create-user-permissions": (404, "a step of a draft"),
    "credentials:create-user-tags": (404, "a step of a draft"),
    "credentials:create-user-review": (404, "a step of a draft"),
    "credentials:revoke-active-sessions": (404, "of linked accounts; the one that is measured is local"),
    "users:require-mfa-of-groups": (404, "of linked accounts; the one that is measured is local"),
    "users:require-mfa-of-users": (404, "of linked accounts; the one that is measured is local"),
    "users:review-permissions": (404, "confirms what was chosen"),
    "users:set-default-policy-version": (400, "asks about a version"),
    "users:remove-group-user": (400, "asks about a user"),
    "users:remove-user-from-group": (400, "asks about a group"),
    "users:preview-mfa-of-groups": (404, "confirms what was chosen"),
    "users:preview-mfa-of-users": (404, "confirms what was chosen"),
    "credentials:confirm-bulk": (404, "confirms what was chosen"),
    "credentials:confirm-access-keys": (404, "confirms what was chosen"),
    "credentials:confirm-across-access-keys": (404, "confirms what was chosen"),
    "credentials:confirm-clean-up": (404, "confirms what was chosen"),
    "reports:confirm-deactivation": (404, "confirms what was chosen"),
    "reports:confirm-findings": (404, "confirms what was chosen"),
    "reports:confirm-across-findings": (404, "confirms what was chosen"),
    "reports:attest-control": (404, "this console checks the control by itself"),
    "users:link-tested": (404, "a secret of one session"),
    "users:export-who-can": (400, "asks for a question; the page with one is measured"),
    "users:across-who-can-result": (404, "a job of one's own; its work is that of the page of each account"),
    "users:export-across-who-can": (404, "likewise"),
    "reports:deactivated-credentials": (302, "shows the result of a form that was sent"),
}
# The other ways in which a page is looked at: what sorts, narrows, searches and compares.
ADDRESSES: dict[str, tuple[str, ...]] = {
    "users:list": (
        "administrator=yes",
        "administrator=no&access=keys",
        "mfa=no&password=yes&sort=-last_activity",
        "key_age=90&sort=access_key_id",
        "key_days=30-90&sort=signing_certificates",
        "group=wide&unused=45",
        "can=s3:GetObject",
        "tag=team=1",
        "q=AKIA00000000001",
        "q=00011",
        "review=due&page=3&size=100",
    ),
    "users:policies": ("kind=customer", "kind=attached&sort=-attached", "sort=bounds&q=policy"),
    "users:groups": ("sort=-users", "sort=policies&q=group", "can=s3:GetObject"),
    "users:policy-entities": ("page=2",),
    "users:attach-policy-to-users": ("q=user", "go=page:2"),
    "users:attach-user-policy": ("q=policy",),
    "users:across-users": ("administrator=yes", "sort=-account", "q=user"),
    "users:accounts": ("q=other", "unit=ou-root-00000001"),
    "users:link-organization": ("show=all", "q=member-3"),
    "credentials:member-roots": ("show=any&page=2", "q=member-3"),
    "users:permission-requests": ("page=2", "show=all"),
    "users:user-access": ("q=iam", "services=all&page=2"),
    "users:who-can": (
        "action=s3:DeleteBucket",
        "action=iam:*&show=blocked",
        "action=s3:GetObject&kind=group&q=1",
    ),
    "users:suggest-actions": ("action=s3:del",),
    "credentials:across-access-keys": ("status=Active", "sort=-account", "q=AKIA"),
    "credentials:access-keys": ("status=active&key_age=90&select=old", "sort=-description", "q=AKIA"),
    "users:search": ("q=user", "all=1&q=AKIA0000", "q=nobody-at-all"),
    "users:search-list": ("q=user", "q=AKIA0000", "q=group"),
    "credentials:server-certificates": ("status=active", "sort=-expiration", "q=web"),
    "credentials:mfa-devices": ("q=user", "status=unassigned"),
    "across-accounts": ("sort=-users", "q=other", "unit=ou-root-00000001"),
    "across-findings": ("sort=-due", "q=other", "rule=access-key-old&severity=3", "age=1&older=x"),
    "reports:findings": ("sort=-due", "q=user", "standard=cis-3.0&control=1.14", "state=all&filters=open"),
    "job": ("state=done",),
    "reports:events": ("outcome=denied", "q=user-0001", "action=iam:CreateUser"),
    "reports:unused-credentials": ("days=30", "sort=-user"),
    "reports:across-credential-reports": ("sort=-generated", "q=other"),
    "reports:upload": ("kind=changed",),
    "reports:view-credential-report": ("sort=-user&show=marked&q=x",),
}
# Pages of an account of the organization.
OF_MEMBERS = (
    "credentials:member-root",
    "credentials:delete-root-credentials",
    "credentials:allow-root-password-recovery",
)
OF_TWO_REPORTS = ("reports:compare-credential-reports", "reports:export-credential-report-comparison")
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'


def named_patterns(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every URL of the console: its name with namespaces, and the names of its arguments."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = prefix + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from named_patterns(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", list(pattern.pattern.converters)


class Subjects:
    """The arguments, looked up in the installation as it is now."""

    def __init__(self, installation: Installation) -> None:
        home = installation.home
        self.user, self.group, self.policy = home.users[0], home.groups[0], home.policies[0]
        self.home, self.job = home, home.job
        self.others = [one.account for one in installation.others]
        self.imported = installation.others[0]
        self.certificate = home.account.server_certificates.order_by("pk")[0]
        self.device = self.user.mfa_devices.get()
        evaluate([self.home.account])
        self.finding = (
            Finding.objects.filter(account=self.home.account).order_by("pk").values_list("pk")[0][0]
        )
        self.by_size = list(home.account.credential_reports.defer("content").order_by("size"))

    def arguments(self, route: str) -> dict[str, list[Any]]:
        """Name of an argument -> its values. KeyError in the test means: say here what the new one is."""
        user, certificate = self.user, self.user.signing_certificates.all()[0].certificate_id
        server = route.startswith("credentials:") and "server" in route
        report = self.imported.report if route == "reports:upload" else self.home.report
        if route == "reports:view-credential-report":
            report = self.by_size[-1]
        uploads = route in ("reports:upload", "reports:account-uploads")
        linked = route in ("users:update-link", "users:unlink-account", *OF_MEMBERS)
        account = self.others[1] if linked else self.home.account
        inline = self.group if "group" in route else self.user
        return {
            "user_id": [user.user_id],
            "group_id": [self.group.group_id],
            "policy_pk": [self.policy.pk],
            "inline_pk": [inline.inline_policies.all()[0].pk],
            "account_id": [self.others[0].account_id if uploads else account.account_id],
            "access_key_id": [user.access_keys.get(slot=2 if "delete" in route else 1).access_key_id],
            "ssh_public_key_id": [user.ssh_public_keys.all()[0].ssh_public_key_id],
            "encoding": ["pem"],
            "certificate_id": [self.certificate.server_certificate_id if server else certificate],
            "part": ["body"],
            "service_name": [SERVICE],
            "credential_id": [user.service_credentials.all()[0].credential_id],
            "device_id": [self.device.uuid],
            "then": ["replace"],
            "session_id": [user.console_sessions.all()[0].id],
            "job_id": [self.job.id],
            "report_id": [report.id],
            "finding_id": [self.finding],
            "rule_id": ["access-key-old"],
            "standard_id": ["cis-3.0"],
            "request_id": [self.user.permission_requests.all()[0].pk],
            "event_id": [Event.objects.filter(account_id=self.home.account.account_id).latest("at").id],
            "secret_id": [self.job.id],
            "choice_id": [self.job.id],
            "work_id": [self.job.id],
            "row": [1],
            "hidden": ["first-steps"],
            "draft_id": [self.job.id],
            "token": ["no-such-token"],
            "form": ["exact", "spreadsheet"],
            "name": ["ConsoleAuditor"],
        }

    def pages(self) -> Iterator[tuple[str, str, str]]:
        """The name of each URL, its address, and the query string that is added to it."""
        for route, names in sorted(named_patterns()):
            values = self.arguments(route)
            kwargs = {name: values[name][0] for name in names}
            address = reverse(route, kwargs=kwargs)
            if route in OF_TWO_REPORTS:
                address = f"{address}?before={self.by_size[-1].id}&after={self.by_size[-2].id}&end="
            for query in ("", *ADDRESSES.get(route, ())):
                yield route, address, query

    def reads(self) -> dict[str, list[dict[str, Any]]]:
        """Operation -> the parameters it is asked with, each by itself."""
        user, group, policy = self.user, self.group, self.policy
        name, by_name = {"UserName": user.user_name}, {"GroupName": group.group_name}
        by_arn, inline = {"PolicyArn": policy.arn}, {"PolicyName": "inline-0"}
        admin = ManagedPolicy.objects.get(arn=ADMINISTRATOR_ACCESS)
        device = {"SerialNumber": self.device.serial_number}
        server = {"ServerCertificateName": self.certificate.server_certificate_name}
        ssh = user.ssh_public_keys.all()[0].ssh_public_key_id
        key = {"AccessKeyId": user.access_keys.all()[0].access_key_id}
        simulated = {"ActionNames": ["iam:CreateUser", "s3:GetObject"]}
        return {
            "GetAccessKeyLastUsed": [key],
            "iamconsole:ListAcrossAccounts": [{"List": "users"}],
            "ListAccountAliases": [{}],
            "ListUserTags": [name],
            "GetPolicy": [by_arn, {"PolicyArn": admin.arn}],
            "ListPolicies": [{}, {"OnlyAttached": True}, {"Scope": "Local"}, {"PathPrefix": "/p/"}],
            "ListEntitiesForPolicy": [by_arn, {"PolicyArn": admin.arn}, {**by_arn, "EntityFilter": "Group"}],
            "ListAttachedUserPolicies": [name],
            "ListAttachedGroupPolicies": [by_name],
            "GetContextKeysForCustomPolicy": [{"PolicyInputList": [DOCUMENT]}],
            "GetContextKeysForPrincipalPolicy": [{"PolicySourceArn": user.arn}],
            "GetGroupPolicy": [{**by_name, **inline}],
            "ListGroupPolicies": [by_name],
            "ListGroupsForUser": [name],
            "GetUser": [name],
            "ListUsers": [{}],
            "GetGroup": [by_name],
            "ListGroups": [{}],
            "GetUserPolicy": [{**name, **inline}],
            "ListUserPolicies": [name],
            "ListPolicyTags": [by_arn],
            "GetPolicyVersion": [{**by_arn, "VersionId": "v1"}],
            "ListPolicyVersions": [by_arn],
            "ListPoliciesGrantingServiceAccess": [{"Arn": user.arn, "ServiceNamespaces": ["iam"]}],
            "SimulatePrincipalPolicy": [
                {"PolicySourceArn": user.arn, **simulated},
                {"PolicySourceArn": group.arn, **simulated},
            ],
            "SimulateCustomPolicy": [{"PolicyInputList": [DOCUMENT], **simulated}],
            "ListAccessKeys": [name],
            "GetLoginProfile": [name],
            "ListMFADevices": [name],
            "ListVirtualMFADevices": [{}, {"AssignmentStatus": "Unassigned"}],
            "ListMFADeviceTags": [device],
            "GetAccountPasswordPolicy": [{}],
            "GetServerCertificate": [server],
            "ListServerCertificates": [{}],
            "ListRoles": [{}],
            "ListInstanceProfiles": [{}],
            "ListSAMLProviders": [{}],
            "ListOpenIDConnectProviders": [{}],
            "ListServerCertificateTags": [server],
            "ListServiceSpecificCredentials": [name, {"AllUsers": True}],
            "iamconsole:ListSessions": [name],
            "ListSigningCertificates": [name],
            "GetSSHPublicKey": [{**name, "SSHPublicKeyId": ssh, "Encoding": "PEM"}],
            "ListSSHPublicKeys": [name],
            "sts:GetCallerIdentity": [{}],
            "sts:GetAccessKeyInfo": [key],
            "GetAccountSummary": [{}],
            "tag:GetResources": [{}, {"ResourceTypeFilters": ["iam:user"]}],
            "tag:GetTagKeys": [{}],
            "tag:GetTagValues": [{"Key": "team"}],
            "GetAccountAuthorizationDetails": [{}, *({"Filter": [kind]} for kind in DETAILS)],
            "GenerateCredentialReport": [{}],
            "GetCredentialReport": [{}],
            "iamconsole:DownloadCredentialReport": [{"ReportId": str(self.home.report.id)}],
            "GenerateServiceLastAccessedDetails": [{"Arn": policy.arn}],
            "GetServiceLastAccessedDetails": [{"JobId": str(asked(self, policy.arn).id)}],
            "GetServiceLastAccessedDetailsWithEntities": [
                {"JobId": str(asked(self, policy.arn).id), "ServiceNamespace": "iam"}
            ],
        }


DETAILS = ("User", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
# Reads that are not asked here, and why.
NOT_ASKED = {
    "iamconsole:Prune": "only says what was removed; what removes works in batches (iamconsole.ops.prune)",
    **dict.fromkeys(
        (
            "GetRole",
            "ListRolePolicies",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRoleTags",
            "ListInstanceProfilesForRole",
            "GetInstanceProfile",
            "ListInstanceProfileTags",
            "GetSAMLProvider",
            "ListSAMLProviderTags",
            "GetOpenIDConnectProvider",
            "ListOpenIDConnectProviderTags",
        ),
        "looks for one of two roles, or for what a local account never has",
    ),
    "GetMFADevice": "of passkeys only, of which a user has eight at most",
    "sts:GetSessionToken": "looks at its caller alone; for access keys only",
    "sts:AssumeRole": "looks at its caller alone; for access keys only",
    "sts:GetFederationToken": "looks at its caller alone; for access keys only",
    "iamconsole:ContinueJob": "one job; its steps are operations of their own",
    "iamconsole:UndoJob": "one job; its steps are operations of their own",
    "iamconsole:CloseJob": "one job",
}


def asked(subjects: Subjects, arn: str) -> Job:
    """The last GenerateServiceLastAccessedDetails about it."""
    return Job.objects.filter(kind="last-accessed", args__arn=arn).latest("created_at")
