"""One row of an uploaded credential report, each cell by the rules of its column (IAM-FACTS 3.2)."""

import re
from dataclasses import dataclass
from datetime import datetime

from iamconsole.arn import PATH, Arn
from reports.credential_report.csv_format import COLUMNS, NO_INFORMATION, NONE, NOT_SUPPORTED, ROOT

NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\+00:00)")
PARTITION = re.compile(r"aws[a-z-]{0,12}")
ABSENT = {NONE, NO_INFORMATION, NOT_SUPPORTED}
BOOLEANS = {"true": True, "false": False, "TRUE": True, "FALSE": False}
OLD_ZONE = "+00:00"  # at the end of times in older reports
SPELLINGS = {**dict.fromkeys(ABSENT, NONE), "TRUE": "true", "FALSE": "false"}
SHOWN = 60


class Wrong(Exception):
    """What is wrong with one cell."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class ReportedKey:
    """An access key as a report has it: without its ID."""

    active: bool
    created: datetime
    last_used: datetime | None
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class ReportedCertificate:
    active: bool
    uploaded: datetime


@dataclass(frozen=True, slots=True)
class ReportedUser:
    """One row. ``cells`` are its 22 columns in one spelling, so that two reports can be compared.

    ``keys`` and ``certificates`` are those of slot 1 and slot 2.
    """

    cells: tuple[str, ...]
    name: str
    path: str
    created: datetime
    password_enabled: bool
    password_last_used: datetime | None
    password_last_changed: datetime | None
    next_rotation: datetime | None
    mfa_active: bool
    keys: tuple[ReportedKey | None, ReportedKey | None]
    certificates: tuple[ReportedCertificate | None, ReportedCertificate | None]

    @property
    def is_root(self) -> bool:
        return self.name == ROOT


def identity(cells: list[str]) -> tuple[tuple[str, str], str]:
    """Partition and account ID, and the path; user and ARN must tell of the same."""
    name, text = cells[0], cells[1]
    if name != ROOT and not NAME.fullmatch(name):
        raise Wrong("user", f"{shown(name)} is no user name of IAM. Upload the exact file, as AWS gives it.")
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise Wrong("arn", f"{shown(text)} is no ARN.") from None
    of_iam = PARTITION.fullmatch(arn.partition) and arn.service == "iam" and not arn.region
    if not of_iam or arn.account_id in ("", "aws"):
        raise Wrong("arn", f"{shown(text)} is no ARN of IAM.")
    if name == ROOT:
        if arn.resource != "root":
            raise Wrong("arn", f"{shown(text)} is not the ARN of the root user.")
        return (arn.partition, arn.account_id), "/"
    path = arn.resource.removeprefix("user").removesuffix(name)
    if (
        not arn.resource.startswith("user/")
        or arn.resource != f"user{path}{name}"
        or not PATH.fullmatch(path)
    ):
        raise Wrong("arn", f"{shown(text)} is not the ARN of the user {shown(name)}.")
    return (arn.partition, arn.account_id), path


def user_of(cells: list[str], path: str) -> ReportedUser:
    """One row, each cell by the rules of its column (IAM-FACTS 3.2)."""
    root = cells[0] == ROOT
    created = required_moment("user_creation_time", cells[2])
    # Older reports do not support the root user's password, which it always had.
    enabled = True if root and cells[3] == NOT_SUPPORTED else boolean("password_enabled", cells[3])
    last_used = moment("password_last_used", cells[4])
    changed = moment("password_last_changed", cells[5])
    rotation = moment("password_next_rotation", cells[6])
    mfa = boolean("mfa_active", cells[7])
    keys = (key_of("access_key_1", cells[8:13]), key_of("access_key_2", cells[13:18]))
    certificates = (certificate_of("cert_1", cells[18:20]), certificate_of("cert_2", cells[20:22]))
    spelled = one_spelling(cells[2 : len(COLUMNS)])
    return ReportedUser(
        cells=(cells[0], cells[1], spelled[0], "true" if enabled else "false", *spelled[2:]),
        name=cells[0],
        path=path,
        created=created,
        password_enabled=enabled,
        password_last_used=last_used,
        password_last_changed=changed,
        next_rotation=rotation,
        mfa_active=mfa,
        keys=keys,
        certificates=certificates,
    )


def key_of(column: str, cells: list[str]) -> ReportedKey | None:
    """The five cells of an access key; None where the slot is free."""
    active = boolean(f"{column}_active", cells[0])
    created = moment(f"{column}_last_rotated", cells[1])
    last_used = moment(f"{column}_last_used_date", cells[2])
    region = word(f"{column}_last_used_region", cells[3], 32)
    service = word(f"{column}_last_used_service", cells[4], 64)
    if created is None:
        if active or last_used:
            what = "is active" if active else "was used"
            raise Wrong(
                f"{column}_last_rotated", f"the key {what}, so it has a time here, not {shown(cells[1])}."
            )
        return None
    return ReportedKey(active, created, last_used, region, service)


def certificate_of(column: str, cells: list[str]) -> ReportedCertificate | None:
    active = boolean(f"{column}_active", cells[0])
    uploaded = moment(f"{column}_last_rotated", cells[1])
    if uploaded is None:
        if active:
            wrong = f"the certificate is active, so it has a time here, not {shown(cells[1])}."
            raise Wrong(f"{column}_last_rotated", wrong)
        return None
    return ReportedCertificate(active, uploaded)


def boolean(column: str, text: str) -> bool:
    found = BOOLEANS.get(text)
    if found is None:
        raise Wrong(column, f"{shown(text)} is neither true nor false.")
    return found


def required_moment(column: str, text: str) -> datetime:
    found = moment(column, text)
    if found is None:
        raise Wrong(column, f"{shown(text)} is no time. It must be like 2026-09-11T13:14:52Z.")
    return found


def moment(column: str, text: str) -> datetime | None:
    """A time in UTC, with Z or, in older reports, +00:00; None for the words of absence."""
    if text in ABSENT:
        return None
    if MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise Wrong(column, f"{shown(text)} is no time. It must be like 2026-09-11T13:14:52Z, or N/A.")


def word(column: str, text: str, limit: int) -> str:
    """A region or service; "" for the words of absence."""
    if text in ABSENT:
        return ""
    if len(text) > limit or not text.isprintable() or not text:
        raise Wrong(column, f"{shown(text)} is no name of a region or service.")
    return text


def one_spelling(cells: list[str]) -> tuple[str, ...]:
    """Checked cells in one of the spellings that mean the same."""
    spelled = tuple([SPELLINGS.get(cell, cell) for cell in cells])
    if not cells[0].endswith(OLD_ZONE):
        return spelled
    return tuple([cell.removesuffix(OLD_ZONE) + "Z" if cell.endswith(OLD_ZONE) else cell for cell in spelled])


def shown(text: str) -> str:
    """A value of the file in a sentence: in quotes, cut, without line breaks."""
    printable = "".join(char if char.isprintable() else "�" for char in text)
    return f"“{printable[:SHOWN]}{'…' if len(printable) > SHOWN else ''}”"
