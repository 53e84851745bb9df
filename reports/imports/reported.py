"""One row of an uploaded credential report: whose it is, and its cells by the rules of their columns."""

import re
from dataclasses import dataclass

from iamconsole.arn import PATH, Arn
from iamconsole.credential_report import (
    COLUMNS,
    ROOT,
    Cells,
    Row,
    Wrong,
    one_spelling,
    refuse,
    shown,
)

NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
PARTITION = re.compile(r"aws[a-z-]{0,12}")


@dataclass(frozen=True, slots=True)
class ReportedUser:
    """One row. ``cells`` are its 22 columns in one spelling, so that two reports can be compared."""

    cells: tuple[str, ...]
    name: str
    path: str
    row: Row

    @property
    def is_root(self) -> bool:
        return self.name == ROOT


def identity(cells: list[str]) -> tuple[tuple[str, str], str]:
    """Partition and account ID, and the path; user and ARN must mean the same."""
    name, text = cells[0], cells[1]
    if name != ROOT and not NAME.fullmatch(name):
        raise Wrong("user", f"{shown(name)} is not an IAM user name. Upload the unchanged file from AWS.")
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise Wrong("arn", f"{shown(text)} is not an ARN.") from None
    of_iam = PARTITION.fullmatch(arn.partition) and arn.service == "iam" and not arn.region
    if not of_iam or arn.account_id in ("", "aws"):
        raise Wrong("arn", f"{shown(text)} is not an ARN of IAM.")
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
    """One row. Raises Wrong."""
    row = Cells(dict(zip(COLUMNS, cells, strict=False)), refuse).row()
    created, enabled, *rest = one_spelling(cells[2 : len(COLUMNS)])
    enabled = "true" if row.password_enabled else "false"
    return ReportedUser((cells[0], cells[1], created, enabled, *rest), cells[0], path, row)
