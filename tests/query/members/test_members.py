"""Every member that the model has is answered, or it is written down why not (``unanswered``)."""

from collections.abc import Iterator

import pytest

from iamconsole.operations.shapes import iam_model, sts_model
from iamconsole.query import offers
from tests.query.clients import routed
from tests.query.members import recording
from tests.query.members.unanswered import NEVER
from tests.query.members.walk import walk

pytestmark = pytest.mark.django_db
REASONED = [entry for entries in NEVER.values() for entry in entries]


@pytest.fixture
def walked(alice, alice_key) -> tuple[set[str], set[str]]:
    """What came back, and what did not although the model wants it in every answer: "Operation member"."""
    members, missing = recording.Members(set), recording.Members(set)
    walk(
        lambda *key, **service: recording.record(routed(*key, **service), members, missing), alice, alice_key
    )
    return joined(members), joined(missing)


def joined(members: recording.Members) -> set[str]:
    return {f"{name} {member}" for name, known in members.items() for member in known}


def in_model() -> Iterator[str]:
    """The same of all that could."""
    for model in (iam_model(), sts_model()):
        for name in offers.offered(model):
            yield from (f"{name} {member}" for member in recording.of_model(model.operation_model(name)))


def covers(entry: str, member: str) -> bool:
    return member == entry or member.startswith((f"{entry}.", f"{entry}["))


@pytest.mark.long
def test_every_member_is_answered_or_has_a_reason(walked):
    answered, missing = walked
    assert not missing, "the model wants them in every answer"
    known = set(in_model())
    silent = {one for one in known - answered if not any(covers(entry, one) for entry in REASONED)}
    assert not silent, f"answer these, or write down why not: {sorted(silent)}"
    untrue = {entry for entry in REASONED if any(covers(entry, one) for one in answered)}
    assert not untrue, f"these are answered by now: {sorted(untrue)}"
    odd = {entry for entry in REASONED if not any(covers(entry, one) for one in known)}
    assert not odd, f"the model has no such members: {sorted(odd)}"
