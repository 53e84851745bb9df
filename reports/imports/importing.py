"""Writing an imported account's rows from a credential report, and what differs from the one before.

A report tells no IDs. A user is the same one while name and time of creation are the same, so its
unique ID here is made of them; an access key is its slot.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.hashers import make_password

from credentials import summary
from credentials.models import AccessKey, LoginProfile, SigningCertificate
from iamconsole.credential_report import COLUMNS
from reports.credential_report import generation
from reports.imports import reading
from reports.imports.reading import MalformedReport, Report
from reports.imports.reported import ReportedUser
from reports.models import CredentialReport, ReportChange
from users.models import Account, PasswordPolicy, User

# How many rows go into one statement, or how many keys into one condition.
BATCH = 1_000
POSSIBLE_LIFETIMES = set(range(1, 1096))  # days (IAM-FACTS 4)
# That there is an MFA device is all a report tells.
MFA_KIND = "reported"
USER_COLUMNS = [
    "user_name",
    "name_folded",
    "path",
    "create_date",
    "password_last_used",
    *summary.COLUMNS,
]


@dataclass
class Difference:
    """What a report has that the one before had not: users by their new rows, gone ones by their old."""

    created: list[ReportedUser] = field(default_factory=list)
    changed: list[tuple[ReportedUser, ReportedUser]] = field(default_factory=list)
    deleted: list[ReportedUser] = field(default_factory=list)

    @classmethod
    def between(cls, known: Report | None, found: Report) -> "Difference":
        difference = cls()
        before = {user.name.lower(): user for user in (known.root, *known.users)} if known else {}
        for user in (found.root, *found.users):
            was = before.pop(user.name.lower(), None)
            if was is None:
                difference.created.append(user)
            elif was.row.created != user.row.created and not user.is_root:
                # Deleted and made again under the same name: another user, with another unique ID.
                difference.deleted.append(was)
                difference.created.append(user)
            elif was.cells != user.cells:
                difference.changed.append((was, user))
        difference.deleted += before.values()
        return difference

    def counts(self) -> dict[str, int]:
        return {
            "created": len(self.created),
            "changed": len(self.changed),
            "deleted": len(self.deleted),
        }

    def rows(self, report: CredentialReport) -> Iterator[ReportChange]:
        """The history of the upload: one row per user, changed cells as [before, after]."""
        for user in self.deleted:
            yield ReportChange(report=report, user_name=user.name, kind=ReportChange.Kind.DELETED)
        for user in self.created:
            yield ReportChange(report=report, user_name=user.name, kind=ReportChange.Kind.CREATED)
        for was, user in self.changed:
            values = changed_cells(was, user)
            yield ReportChange(
                report=report, user_name=user.name, kind=ReportChange.Kind.CHANGED, values=values
            )


def changed_cells(was: ReportedUser, user: ReportedUser) -> dict[str, list[str]]:
    both = zip(COLUMNS, was.cells, user.cells, strict=True)
    return {column: [before, after] for column, before, after in both if before != after}


def known_report(account: Account) -> Report:
    """The report before: the newest upload, which tells more than the rows that were made of it. An upload
    that nobody can read any more is told by the rows.
    """
    uploads = CredentialReport.objects.filter(account=account, source=CredentialReport.Source.UPLOAD)
    newest = uploads.order_by("-generated_at").first()
    try:
        if newest:
            return reading.read(newest.csv)
    except MalformedReport:
        pass
    content, _ = generation.generate(account, lambda done, total, note: None)
    return reading.read(content)


def write(account: Account, found: Report, difference: Difference) -> None:
    """Bring the account's rows to what the report tells. Only what differs is written."""
    policy_of(account, found)
    remove([user_id_of(account, user) for user in difference.deleted])
    changed = [user for _, user in difference.changed]
    remove_credentials([user_id_of(account, user) for user in changed])
    for part in batches([*difference.created, *changed]):
        write_users(account, part)


def write_users(account: Account, reported: list[ReportedUser]) -> None:
    """Users with their credentials; those that are here already are updated."""
    unusable = make_password(None)
    rows = [Rows.of(account, user, unusable) for user in reported]
    User.objects.bulk_create(
        [row.user for row in rows],
        update_conflicts=True,
        unique_fields=["user_id"],
        update_fields=USER_COLUMNS,
    )
    LoginProfile.objects.bulk_create(row.profile for row in rows if row.profile)
    AccessKey.objects.bulk_create(key for row in rows for key in row.keys)
    SigningCertificate.objects.bulk_create(one for row in rows for one in row.certificates)


@dataclass
class Rows:
    """The rows of one reported user."""

    user: User
    profile: LoginProfile | None
    keys: list[AccessKey]
    certificates: list[SigningCertificate]

    @classmethod
    def of(cls, account: Account, reported: ReportedUser, unusable: str) -> "Rows":
        user = user_row(account, reported)
        user.password = unusable
        profile = None
        if reported.row.password_enabled:
            changed = reported.row.password_last_changed or reported.row.created
            profile = LoginProfile(user=user, create_date=changed, password_last_changed=changed)
        keys = [
            AccessKey(
                user=user,
                slot=slot,
                access_key_id=None,
                status=AccessKey.Status.ACTIVE if key.active else AccessKey.Status.INACTIVE,
                create_date=key.created or reported.row.created,
                age_known=key.created is not None,
                last_used_date=key.last_used,
                last_used_region=key.region,
                last_used_service=key.service,
            )
            for slot, key in enumerate(reported.row.keys, start=1)
            if key
        ]
        certificates = [
            SigningCertificate(
                user=user,
                slot=slot,
                status="Active" if one.active else "Inactive",
                upload_date=one.uploaded,
            )
            for slot, one in enumerate(reported.row.certificates, start=1)
            if one
        ]
        summary.fill(user, profile, keys, [MFA_KIND] if reported.row.mfa_active else [])
        user.password_last_changed = reported.row.password_last_changed
        return cls(user, profile, keys, certificates)


def user_row(account: Account, reported: ReportedUser) -> User:
    """The user's own columns. Root has neither a name nor, in a report, an e-mail."""
    name = "" if reported.is_root else reported.name
    return User(
        account=account,
        kind=User.Kind.ROOT if reported.is_root else User.Kind.USER,
        user_id=user_id_of(account, reported),
        user_name=name,
        name_folded=name.lower(),
        path=reported.path,
        create_date=reported.row.created,
        password_last_used=reported.row.password_last_used,
    )


def user_id_of(account: Account, reported: ReportedUser) -> str:
    """Stands for the unique ID, which a report does not tell; the same in every upload."""
    if reported.is_root:
        return account.account_id
    told = f"{reported.name.lower()} {reported.row.created.isoformat()}"
    return f"report-{account.account_id}-{hashlib.sha256(told.encode()).hexdigest()[:20]}"


def policy_of(account: Account, found: Report) -> None:
    """How long passwords live, where the times of next rotation tell it; else there is no policy."""
    pairs = [(user.row.password_last_changed, user.row.password_next_rotation) for user in found.users]
    lifetimes = {rotation - changed for changed, rotation in pairs if changed and rotation}
    days = {lifetime / timedelta(days=1) for lifetime in lifetimes}
    if len(days) == 1 and days <= POSSIBLE_LIFETIMES:
        PasswordPolicy.objects.update_or_create(account=account, defaults={"max_password_age": days.pop()})
    else:
        PasswordPolicy.objects.filter(account=account).delete()


def remove(user_ids: list[str]) -> None:
    """Delete users with their credentials."""
    remove_credentials(user_ids)
    for part in batches(user_ids):
        User.objects.filter(user_id__in=part).delete()


def remove_credentials(user_ids: list[str]) -> None:
    for part in batches(user_ids):
        for rows in (AccessKey, LoginProfile, SigningCertificate):
            rows.objects.filter(user__user_id__in=part).delete()


def batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while part := list(islice(iterator, BATCH)):
        yield part
