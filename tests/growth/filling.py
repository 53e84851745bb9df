"""An installation that grows in all proportions: the same shape at any size, written by bulk rows.

One user, one group and one policy (``Wide``) are in the middle of everything: the policy is attached to
half of the users and bounds a quarter, the group has half of the users. Every list that IAM does not
bound grows with ``size``; what IAM bounds (two access keys, ten policies of a user) is at its bound.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from credentials.models import (
    AccessKey,
    ConsoleSession,
    HardwareMFADevice,
    KnownAddress,
    LoginProfile,
    MemberRoot,
    Notice,
    PasswordHistory,
    ServerCertificate,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    Throttle,
    VirtualMFADevice,
)
from credentials.models.server_certificates import CERTIFICATES_PER_ACCOUNT
from iamconsole.credential_report import COLUMNS
from iamconsole.models import Event, Intent, Job, JobRow
from reports.models import CredentialReport, ReportChange
from tests.cast import ADMINISTRATOR_ACCESS
from tests.credentials.key_texts import certificate, ssh_text
from tests.credentials.server_material import make_certificate
from users.models import (
    Account,
    AccountLink,
    DailyFigures,
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    PasswordPolicy,
    PermissionRequest,
    PolicyAttachment,
    PolicyVersion,
    SyncRun,
    User,
)

GROUPS_OF_A_USER = 4
VERSIONS = 3
ALLOW = '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{}","Resource":"{}"}}]}}'
SERVICE = "codecommit.amazonaws.com"


def saved(rows: Iterable[models.Model]) -> list[Any]:
    """Rows of one model, written without their ``save``."""
    rows = list(rows)
    return type(rows[0])._default_manager.bulk_create(rows, batch_size=400) if rows else []


class Filling:
    """One account filled up to ``size`` users, and the accounts beside it."""

    def __init__(self, account: Account, number: int = 0) -> None:
        self.account, self.mark, self.size = account, f"{number:03d}", 0
        self.users: list[User] = []
        self.groups: list[Group] = []
        self.policies: list[ManagedPolicy] = []
        self.now = timezone.now()
        self.certificate, self.ssh_key = certificate(), ssh_text()

    def grow(self, size: int) -> None:
        """Fill the account up to ``size`` users and everything else in proportion."""
        numbers = range(self.size, size)
        tenths = range(-(-self.size // 10), -(-size // 10))
        self.size = size
        self.add_policies(tenths)
        new = self.add_users(numbers)
        groups = self.add_groups(tenths)
        self.give_permissions(new, groups)
        self.give_credentials(new)
        self.add_history(numbers, new)

    def add_policies(self, tenths: range) -> None:
        new = saved(
            ManagedPolicy(
                account=self.account,
                arn=f"arn:aws:iam::{self.account.account_id}:policy/{name}",
                policy_name=name,
                policy_id=f"ANPA{self.mark}{number:014d}",
                document=ALLOW.format("iam:Get*" if number else "*", "*" if number % 2 else f"arn:{number}"),
                latest_version=VERSIONS,
                description=f"Policy {number}",
                tags={"team": str(number)},
            )
            for number in tenths
            for name in [f"policy-{number}" if number else "wide"]
        )
        self.policies += new
        saved(
            PolicyVersion(policy=policy, number=number, document=policy.document)
            for policy in new
            for number in range(1, VERSIONS + 1)
        )

    def add_users(self, numbers: range) -> list[User]:
        wide = self.policies[0]
        new = saved(
            User(
                account=self.account,
                user_name=f"user-{number:05d}",
                name_folded=f"user-{number:05d}",
                user_id=f"AIDA{self.mark}{number:014d}",
                email=f"user-{number}@example.com",
                user_type="person" if number % 2 else "workload",
                password="!",
                permissions_boundary=wide if number % 4 == 1 else None,
                tags={"team": str(number % 7), "number": str(number)},
                password_enabled=number % 2 == 0,
                password_last_changed=self.now - timedelta(days=days_of(number)),
                mfa_count=int(number % 4 == 0),
                mfa_kind="virtual" if number % 4 == 0 else "",
                access_key_count=2,
                active_key_count=1,
                oldest_active_key=self.now - timedelta(days=days_of(number)),
                create_date=self.now - timedelta(days=500),
                group_count=GROUPS_OF_A_USER,
                group_names="wide",
            )
            for number in numbers
        )
        self.users += new
        return new

    def add_groups(self, tenths: range) -> list[Group]:
        new = saved(
            Group(
                account=self.account,
                group_name=name,
                name_folded=name,
                group_id=f"AGPA{self.mark}{number:014d}",
                require_mfa=number % 5 == 4,
            )
            for number in tenths
            for name in [f"group-{number}" if number else "wide"]
        )
        self.groups += new
        return new

    def give_permissions(self, users: list[User], groups: list[Group]) -> None:
        """Memberships, attachments and inline policies; the first of each kind is wide."""
        wide_group, wide = self.groups[0], self.policies[0]
        admin = ManagedPolicy.objects.get(arn=ADMINISTRATOR_ACCESS)
        pairs = {(user.pk, self.chosen(self.groups[1:], user, turn)) for user in users for turn in range(3)}
        pairs |= {(user.pk, wide_group) for user in users if number_of(user) % 2 == 0}
        saved(GroupMembership(user_id=pk, group=group) for pk, group in pairs if group)
        pairs = {(user.pk, self.chosen(self.policies[1:], user, turn)) for user in users for turn in range(3)}
        pairs |= {(user.pk, wide) for user in users if number_of(user) % 2 == 0}
        pairs |= {(user.pk, admin) for user in users if number_of(user) % 10 == 0}
        saved(PolicyAttachment(user_id=pk, policy=policy) for pk, policy in pairs if policy)
        saved(
            PolicyAttachment(group=group, policy=policy)
            for place, group in enumerate(groups)
            for policy in {wide, self.policies[place % len(self.policies)]}
        )
        saved(PolicyAttachment(group=wide_group, policy=policy) for policy in [admin] if wide_group in groups)
        saved(
            InlinePolicy(
                **{kind: holder},
                policy_name=f"inline-{turn}",
                name_folded=f"inline-{turn}",
                document=ALLOW.format("s3:Get*", f"arn:aws:s3:::{kind}-{holder.pk}-{turn}"),
            )
            for kind, holders in (("user", users), ("group", groups))
            for holder in holders
            for turn in range(2)
        )

    def chosen(self, things: list[Any], user: User, turn: int) -> Any:
        return things[(number_of(user) * 3 + turn) % len(things)] if things else None

    def give_credentials(self, users: list[User]) -> None:
        now, mark, home = self.now, self.mark, self.account
        saved(LoginProfile(user=user) for user in users if user.password_enabled)
        saved(PasswordHistory(user=user, password="!") for user in users)
        saved(
            AccessKey(
                user=user,
                slot=slot,
                access_key_id=f"AKIA{mark}{number_of(user):08d}{slot:05d}",
                status="Active" if slot == 1 else "Inactive",
                create_date=now - timedelta(days=days_of(number_of(user))),
                last_used_date=now - timedelta(days=days_of(number_of(user))),
                last_used_service="iam",
                last_used_region="us-east-1",
                review_date=now.date() if slot == 1 else None,
            )
            for user in users
            for slot in (1, 2)
        )
        serial = f"arn:aws:iam::{home.account_id}:mfa/"
        saved(
            VirtualMFADevice(
                account=home,
                user=user if number_of(user) % 4 == 0 else None,
                name=user.user_name,
                serial_number=serial + user.user_name,
                enable_date=now if number_of(user) % 4 == 0 else None,
                confirmed=number_of(user) % 4 == 0,
                tags={"team": "web"},
                sealed_seed="never opened",
            )
            for user in users
        )
        saved(
            HardwareMFADevice(account=home, name=f"token-{user.pk}", serial_number=f"GAHT{mark}{user.pk:08d}")
            for user in users[::10]
        )
        saved(
            SSHPublicKey(
                user=user,
                slot=slot,
                ssh_public_key_id=f"APKA{mark}{number_of(user):08d}{slot:05d}",
                body=self.ssh_key,
                fingerprint="00",
                digest=str(slot),
            )
            for user in users
            for slot in (1, 2)
        )
        saved(
            SigningCertificate(
                user=user,
                slot=slot,
                certificate_id=f"{mark}{number_of(user):08d}{slot:021d}",
                body=self.certificate,
            )
            for user in users
            for slot in (1, 2)
        )
        saved(
            ServiceSpecificCredential(
                user=user,
                service_name=SERVICE,
                slot=slot,
                credential_id=f"ACCA{mark}{number_of(user):08d}{slot:05d}",
                name=f"{user.user_name}-at-{home.account_id}",
            )
            for user in users
            for slot in (1, 2)
        )
        self.add_server_certificates(CERTIFICATES_PER_ACCOUNT if self.account.is_home else 0)

    def add_server_certificates(self, number: int) -> None:
        """A local account has 20 at most; above them stand rows without a slot, as a linked one has them."""
        have = ServerCertificate.objects.filter(account=self.account).count()
        wanted = self.size // 5 if number else 0
        if have >= wanted:
            return
        first = ServerCertificate.objects.filter(account=self.account).first()
        first = first or make_certificate(self.account, "web")
        saved(
            ServerCertificate(
                account=self.account,
                slot=None,
                server_certificate_name=f"web-{place}",
                name_folded=f"web-{place}",
                server_certificate_id=f"ASCA{self.mark}{place:014d}",
                expiration=first.expiration,
                certificate_body=first.certificate_body,
            )
            for place in range(have, wanted)
        )

    def add_history(self, numbers: range, users: list[User]) -> None:
        """Sessions, events, jobs, reports, figures; a tenth of it is the first user's."""
        now, home, first = self.now, self.account, self.users[0]
        whose = [first if user.pk % 10 == 0 else user for user in users]
        saved(
            ConsoleSession(
                user=user, session_mac=uuid.uuid4().hex, address="192.0.2.1", user_agent="Firefox",
                ended_at=now if place % 2 else None, ended_how="signed-out" if place % 2 else "",
            )
            for place, user in enumerate(whose)
        )  # fmt: skip
        saved(
            KnownAddress(user=user, address=f"192.0.2.{number}", last_seen=now)
            for number, user in zip(numbers, users, strict=True)
        )
        saved(
            Throttle(scope="sign-in", key=f"{home.account_id}/{user.user_name}", window_start=now)
            for user in users
        )
        kinds = ("iam:CreateUser", "iam:DeleteAccessKey", "sts:GetCallerIdentity", "iamconsole:SignIn")
        events = saved(
            Event(
                at=now - timedelta(minutes=number * 4 + turn),
                account_id=home.account_id,
                principal_arn=user.arn,
                action=action,
                resource=self.users[number - 1].arn,
                outcome="allowed" if turn else "denied",
                channel="console",
            )
            for number, user in zip(numbers, whose, strict=True)
            for turn, action in enumerate(kinds)
        )
        saved(
            Notice(event=event, user=first, operation="CreateAccessKey", address="a@example.com", state=state)
            for event, state in zip(events[::8], ("sent", "failed") * len(events), strict=False)
        )
        jobs = saved(
            Job(
                kind="bulk",
                account_id=home.account_id,
                state="done",
                finished_at=now,
                started_by_arn=first.arn,
                args={"title": "Tag users"},
                steps=[{"operation": "TagUser", "state": "done"}] * 3,
            )
            for _ in users[::2]
        )
        if self.size and jobs:
            self.job = jobs[0] if not hasattr(self, "job") else self.job
            saved(
                JobRow(job=self.job, number=number, key=str(number), label="row", state="done")
                for number in numbers
            )
        saved(
            Intent(account_id=home.account_id, operation="TagUser", principal_arn=first.arn, state="done")
            for _ in users[::4]
        )
        saved(
            DailyFigures(
                account=home, day=(now - timedelta(days=1 + n)).date(), passwords=2, passwords_with_mfa=1
            )
            for n in numbers
        )
        saved(
            PermissionRequest(account=home, user=user, text="Read", action="iam:GetUser", state=state)
            for user in users
            for state in ("open", "declined")
        )
        self.add_reports(len(users))

    def add_reports(self, new: int) -> None:
        """A tenth as many reports as users. What is new between two uploads is as much as the account."""
        text = (",".join(COLUMNS) + "\n" + ("x," * 21 + "x\n") * self.size).encode()
        source = "upload" if self.account.kind == Account.Kind.IMPORTED else "console"
        reports = saved(
            CredentialReport(
                account=self.account,
                source=source,
                content=text,
                size=len(text),
                rows=self.size,
                sha256="0" * 64,
                generated_at=self.now - timedelta(minutes=self.size + place),
                made_by_arn=self.users[0].arn,
            )
            for place in range(-(-new // 10))
        )
        self.report = reports[0] if not hasattr(self, "report") else self.report
        saved(
            ReportChange(report=self.report, user_name=f"u{place}", kind=kind, values={"user": ["a", "b"]})
            for place, kind in zip(range(new), ("created", "deleted", "changed") * new, strict=False)
        )


def days_of(number: int) -> int:
    """Up to 500 days, as many young and old ones at any size."""
    return number * 37 % 500


def number_of(user: User) -> int:
    return int(user.user_name.rpartition("-")[2])


class Installation:
    """The home account and, in proportion, the linked, imported and local accounts beside it."""

    def __init__(self, home: Account) -> None:
        self.home, self.others = Filling(home), []
        PasswordPolicy.objects.create(account=home)

    def grow(self, size: int) -> None:
        self.home.grow(size)
        for number in range(len(self.others), -(-size // 10)):
            self.others.append(Filling(other_account(number), number + 1))
        for one in self.others:
            if not one.size:
                one.grow(4)
        first = self.others[0]
        first.grow(max(size // 4, 4))  # one that is imported, with its uploads
        linked = self.others[1].account
        saved(
            SyncRun(account=linked, job_id=uuid.uuid4(), state="done")
            for _ in range(size // 10 - linked.sync_runs.count())
        )
        self.grow_organization(size)

    def grow_organization(self, size: int) -> None:
        """The accounts that are here and as many times more that are not, in units."""
        settings = {"role_name": "IamConsole", "read_at": timezone.now()}
        organization, _ = Organization.objects.get_or_create(partition="aws", defaults=settings)
        for number in range(organization.units.count(), size // 10):
            unit_id = f"ou-root-{number:08}"
            OrganizationalUnit.objects.create(
                organization=organization,
                unit_id=unit_id,
                name=f"unit-{number}",
                full_name=f"Root / unit-{number}",
                path=f"r-root/{unit_id}/",
            )
        units = list(organization.units.all())
        known = set(organization.accounts.values_list("account_id", flat=True))
        ids = [one.account.account_id for one in self.others] + [f"3{one:011d}" for one in range(size)]
        saved(
            OrganizationAccount(
                organization=organization,
                account_id=account_id,
                name=f"member-{account_id}",
                state="ACTIVE",
                unit=units[number % len(units)],
            )
            for number, account_id in enumerate(ids)
            if account_id not in known
        )
        missing = organization.accounts.exclude(account_id__in=MemberRoot.objects.values("account_id"))
        saved(MemberRoot(account_id=one.account_id, read_at=timezone.now(), password=True) for one in missing)


def other_account(number: int) -> Account:
    """Imported, linked and local ones by turns."""
    kind = ("imported", "linked", "local")[number % 3]
    account = Account.objects.create(account_id=f"2{number:011d}", name=f"other-{number}", kind=kind)
    User.objects.create(
        account=account,
        kind="root",
        user_id=account.account_id,
        email=f"root-{number}@x.example",
        password="!",
    )
    if kind == "linked":
        AccountLink.objects.create(account=account, synced_at=timezone.now())
    return account
