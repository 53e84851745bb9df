"""Citations such as ``IAM-FACTS 8.4`` lead to a section of a page in ``docs/``; decisions are complete."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = {
    "IAM-FACTS": "iam-facts.md",
    "SECURITY": "security.md",
    "ASVS": "security.md",
    "ARCHITECTURE": "architecture.md",
}
FOLDERS = (
    "benchmarks",
    "credentials",
    "deploy",
    "docs",
    "iamconsole",
    "reports",
    "static",
    "templates",
    "tests",
    "users",
)
ENDINGS = {".py", ".html", ".md", ".js", ".css"}
NUMBER = r"\d+(?:\.\d+)*"
# "## 3. Rules", "### 3.6 Secrets", and rows of tables with a number of two parts: "| 1.16 |", "| ASVS 6.2.8 |".
SECTION = re.compile(rf"^(?:#{{2,4}} ({NUMBER})\.? |\| (ASVS )?({NUMBER}\.\d+) \|)", re.MULTILINE)
# A citation can go on in the next line, in a comment behind its "#".
CITATION = re.compile(
    rf"\b(?P<name>{'|'.join(PAGES)})[\s#]+(?P<numbers>{NUMBER}(?:(?:-|,[\s#]+|[\s#]+and[\s#]+){NUMBER})*)"
)
# A page without a number, and names that these pages had before.
NOWHERE = re.compile(r"\bIAM-FACTS\b(?![\s#]+\d)|\bARCHITECTURE\b(?![\s#]+\d)|\bDESIGN \d|\bSECURITY-[A-Z]+")


def files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS]
    return [*found, *ROOT.glob("*.md"), ROOT / "Makefile"]


def sections(name: str) -> list[str]:
    """The numbers that can be cited of a page, in their order."""
    text = (ROOT / "docs" / PAGES[name]).read_text()
    found = SECTION.findall(text)
    return [heading or row for heading, asvs, row in found if bool(asvs) == (name == "ASVS")]


def numbers(text: str) -> Iterator[str]:
    """Single numbers of "1.3-1.9, 1.18": a range stands for all in between."""
    for part in re.findall(rf"{NUMBER}(?:-{NUMBER})?", text):
        first, _, last = part.partition("-")
        chapter, _, lowest = first.rpartition(".")
        if not last:
            yield first
            continue
        for number in range(int(lowest), int(last.rpartition(".")[2]) + 1):
            yield f"{chapter}.{number}" if chapter else str(number)


def leading_nowhere(text: str) -> list[str]:
    known = {name: set(sections(name)) for name in PAGES}
    wrong = [match.group() for match in NOWHERE.finditer(text)]
    for match in CITATION.finditer(text):
        name = match["name"]
        wrong += [f"{name} {number}" for number in numbers(match["numbers"]) if number not in known[name]]
    return wrong


def test_every_citation_leads_to_a_section():
    wrong = {
        str(path.relative_to(ROOT)): lost
        for path in files()
        if path != Path(__file__) and (lost := leading_nowhere(path.read_text()))
    }
    assert not wrong, "Write the section, or cite another one (docs/iam-facts.md says how)."


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("(IAM-FACTS 8.4, 9.1)", []),
        ("(IAM-FACTS 8.4, 9.7)", ["IAM-FACTS 9.7"]),
        ("IAM-FACTS 4. An account", []),
        ("IAM-FACTS 2.14.1 and 2.14.9:", ["IAM-FACTS 2.14.9"]),
        ("see IAM-FACTS\n# 8.4 and\n# 99", ["IAM-FACTS 99"]),
        ("as IAM-FACTS says", ["IAM-FACTS"]),
        ("SECURITY 1.3-1.9, 3.8", []),
        ("SECURITY 1.9-1.13", ["SECURITY 1.12", "SECURITY 1.13"]),
        ("ASVS 6.2.8, 3.8", ["ASVS 3.8"]),
        ("SECURITY 6.2.8", ["SECURITY 6.2.8"]),
        ("ARCHITECTURE 2.2, DESIGN 2", ["DESIGN 2"]),
    ],
)
def test_a_citation_that_leads_nowhere_is_found(text, wrong):
    assert sorted(leading_nowhere(text)) == sorted(wrong)


@pytest.mark.parametrize("name", PAGES)
def test_no_number_stands_for_two_sections(name):
    assert [number for number, count in Counter(sections(name)).items() if count > 1] == []


def test_every_decision_says_since_when_and_instead_of_what():
    text = (ROOT / "docs" / "decisions.md").read_text()
    rows = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert rows
    incomplete = [
        row[0]
        for row in rows
        if len(row) != 5
        or not all(cell.strip() for cell in row)
        or not re.fullmatch(r"\d{4}-\d\d-\d\d", row[1])
    ]
    assert not incomplete
