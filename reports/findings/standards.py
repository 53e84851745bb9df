"""The standards whose controls rules check, each version by name (IAM-FACTS 2.21.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard as addresses name it, and as people do."""

    id: str
    name: str
    # What its numbers are, and who assigned the rules to them.
    source: str


@dataclass(frozen=True, slots=True, order=True)
class Control:
    """A number of a standard."""

    standard: str
    number: str

    def __str__(self) -> str:
        return f"{STANDARDS[self.standard].name} {self.number}"


BENCHMARK = "CIS AWS Foundations Benchmark"
# Versions that share the numbers of 3.0 (IAM-FACTS 2.21.1).
LIKE_THREE = ("1.4", "1.5", "2.0", "3.0", "4.0.1")
STANDARDS = {
    standard.id: standard
    for standard in (
        *(
            Standard(f"cis-{version}", f"CIS {version}", BENCHMARK)
            for version in (*LIKE_THREE, "5.0", "6.0", "7.0")
        ),
        Standard("cis-1.2", "CIS 1.2", BENCHMARK),
        Standard(
            "fsbp", "AWS FSBP", "AWS Foundational Security Best Practices, by the numbers of Security Hub"
        ),
        Standard("pci-4", "PCI DSS 4.0.1", "As Security Hub assigns its controls"),
        Standard("pci-3", "PCI DSS 3.2.1", "As Security Hub assigns its controls"),
        Standard("nist", "NIST 800-53 r5", "As Security Hub assigns its controls"),
        Standard("iso", "ISO 27001:2022", "The control of Annex A that evidently asks for it"),
        Standard("soc-2", "SOC 2", "The common criterion that evidently asks for it"),
    )
}


def by_standard(found: Iterable[Control]) -> list[tuple[Standard, list[str]]]:
    """The standards of some controls side by side, each with its numbers."""
    numbers: dict[str, list[str]] = {}
    for control in found:
        numbers.setdefault(control.standard, []).append(control.number)
    return [(standard, numbers[standard.id]) for standard in STANDARDS.values() if standard.id in numbers]


def controls(**numbers: str) -> tuple[Control, ...]:
    """The controls of a rule: numbers separated by commas, by standard.

    ``cis3`` stands for all versions with the numbers of 3.0, each other name for one (``STANDARDS_OF``).
    """
    return tuple(sorted(_controls(numbers)))


STANDARDS_OF = {
    "cis12": ("cis-1.2",),
    "cis3": tuple(f"cis-{version}" for version in LIKE_THREE),
    "cis5": ("cis-5.0",),
    "cis6": ("cis-6.0",),
    "cis7": ("cis-7.0",),
    "fsbp": ("fsbp",),
    "pci4": ("pci-4",),
    "pci3": ("pci-3",),
    "nist": ("nist",),
    "iso": ("iso",),
    "soc2": ("soc-2",),
}


def _controls(numbers: dict[str, str]) -> Iterator[Control]:
    for name, text in numbers.items():
        for standard in STANDARDS_OF[name]:
            yield from (Control(standard, number.strip()) for number in text.split(","))


# What is not used for so many days, whatever kind of credential it is.
UNUSED_90 = controls(
    cis12="1.3",
    fsbp="IAM.8",
    pci4="8.2.6",
    pci3="8.1.4",
    nist="AC-2(3), AC-6",
    iso="A.5.18",
    soc2="CC6.2, CC6.3",
)
UNUSED_45 = controls(
    cis3="1.12",
    cis5="1.11",
    cis6="2.11",
    cis7="2.11",
    fsbp="IAM.22",
    nist="AC-2(3)",
    iso="A.5.18",
    soc2="CC6.2, CC6.3",
)
