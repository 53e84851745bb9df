"""Make the catalogue of AWS managed policies anew, from the data of the library ``moto``: ``make catalogue``.

What goes in: moto's policies with the document of the default version; unique IDs and descriptions, which
moto does not have, from the file before. What comes out: ``aws_managed_policies_DATE.json.xz``, where DATE is
the day of the newest policy; the file before goes (IAM-FACTS 2.23).
"""

import json
import lzma
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

HERE = Path(__file__).parent
NAME = "aws_managed_policies_{date}.json.xz"
# Known of some policies only.
KEPT = ("PolicyId", "Description")


def policies(known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each policy, by name; ``known`` are rows of before by name."""
    rows = []
    for name, given in sorted(json.loads(aws_managed_policies_data).items()):
        row = {"PolicyName": name, **{key: given[key] for key in ("Path", "DefaultVersionId")}}
        row |= {key: day(given[key]).isoformat() for key in ("CreateDate", "UpdateDate")}
        row |= {key: value for key in KEPT if (value := known.get(name, {}).get(key))}
        rows.append({**row, "Document": json.dumps(given["Document"], separators=(",", ":"))})
    return rows


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def before() -> list[Path]:
    return sorted(HERE.glob(NAME.format(date="*")))


def main() -> None:
    old = before()
    known = {row["PolicyName"]: row for path in old for row in json.loads(lzma.decompress(path.read_bytes()))}
    rows = policies(known)
    newest = max(day(row["UpdateDate"]) for row in rows)
    content = lzma.compress(json.dumps(rows, ensure_ascii=False).encode(), preset=9)
    path = HERE / NAME.format(date=newest.date().isoformat())
    for file in old:
        file.unlink()
    path.write_bytes(content)
    print(f"{path.name}: {len(rows)} policies, {len(content):,} bytes")


if __name__ == "__main__":
    main()
