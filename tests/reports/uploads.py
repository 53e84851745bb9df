"""Credential reports as somebody would upload them."""

from iamconsole.credential_report import COLUMNS

IMPORTED_ID = "300000000003"
DAY = "2026-03-01T08:00:00Z"
NO_KEY, NO_CERTS = "false,N/A,N/A,N/A,N/A", "false,N/A,false,N/A"
ROOT_ROW = (
    f"<root_account>,arn:aws:iam::{IMPORTED_ID}:root,2020-01-02T03:04:05Z,true,no_information,"
    f"2020-01-02T03:04:05Z,not_supported,true,{NO_KEY},{NO_KEY},{NO_CERTS}"
)


def row(name: str = "ann", *, path: str = "/", **cells: str) -> str:
    """A user without credentials, but for the cells that are given."""
    found = dict(zip(COLUMNS, [""] * 2 + [DAY, "false", "N/A", "N/A", "N/A", "false"], strict=False))
    found |= dict(zip(COLUMNS[8:], f"{NO_KEY},{NO_KEY},{NO_CERTS}".split(","), strict=True))
    found |= {"user": name, "arn": f"arn:aws:iam::{IMPORTED_ID}:user{path}{name}"}
    return ",".join((found | cells)[column] for column in COLUMNS)


def report(*rows: str, root: str = ROOT_ROW) -> bytes:
    return "\n".join([",".join(COLUMNS), *([root] if root else []), *rows]).encode()
