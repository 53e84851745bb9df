"""The pins hold on the oldest Python that README promises: Debian 12's, whatever they were made with."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;]+)", re.M)
OLDEST = "3.11.2"
IN_EVERY_ENVIRONMENT = ("pip", "setuptools")
DEBIAN = default_environment() | {"python_full_version": OLDEST, "python_version": "3.11", "extra": ""}


def pins(name: str) -> dict[str, str]:
    return {canonicalize_name(one): version for one, version in PIN.findall((ROOT / name).read_text())}


@pytest.mark.parametrize("files", [["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]])
def test_pins_can_be_installed_on_debian(files):
    pinned = {name: version for file in files for name, version in pins(file).items()}
    too_new, not_pinned = [], []
    for name in pinned:
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:  # of another system
            continue
        if OLDEST not in SpecifierSet(metadata["Requires-Python"] or ""):
            too_new.append(f"{name} {pinned[name]} wants Python {metadata['Requires-Python']}")
        for text in metadata.get_all("Requires-Dist") or []:
            wanted = Requirement(text)
            applies = wanted.marker is None or wanted.marker.evaluate(DEBIAN)
            if applies and canonicalize_name(wanted.name) not in {*pinned, *IN_EVERY_ENVIRONMENT}:
                not_pinned.append(f"{name} wants {text}")
    assert not too_new
    assert not not_pinned
