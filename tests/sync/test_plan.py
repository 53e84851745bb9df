"""What a sync plans to ask, from what the lists have told; no AWS and no database."""

from datetime import UTC, datetime, timedelta

import pytest

from credentials.access_keys.mirror import KnownKeys
from credentials.mfa.mirror import KnownDevices
from credentials.passwords.mirror import KnownPasswords
from iamconsole.credential_report import ReportedCertificate, ReportedKey, Row
from iamconsole.sync.known import Known
from iamconsole.sync.mirrors import MIRRORS
from iamconsole.sync.plan import Listing, Plan, everything, listing_calls

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
MADE = NOW - timedelta(days=400)
NOTHING: dict = {"ListVirtualMFADevices": []}


def user(number: int) -> dict:
    return {"UserId": f"AIDA{number}", "UserName": f"user-{number}"}


def row(**changes) -> Row:
    plain = {
        "created": MADE,
        "password_enabled": False,
        "password_last_used": None,
        "password_last_changed": None,
        "password_next_rotation": None,
        "mfa_active": False,
        "keys": (),
    }
    return Row(**{**plain, **changes})


def known(ages: list[timedelta | None]) -> Known:
    """Users without anything, each asked about so long ago."""
    asked = {f"AIDA{n}": NOW - age if age is not None else None for n, age in enumerate(ages)}
    return Known(
        asked=asked, turns=dict(asked), parts={kind: kind() for mirror in MIRRORS for kind in mirror.known}
    )


def plan(mirror: Known, **changes) -> Plan:
    users = [user(number) for number in range(len(mirror.asked))]
    rows = {one["UserId"]: row() for one in users}
    listing = {"users": users, "rows": rows, "lists": NOTHING, "report_at": NOW, **changes}
    return Plan.of(mirror, Listing(NOW, **listing))


def test_unchanged_users_cost_nothing_and_new_ones_are_read_whole():
    mirror = known([timedelta(hours=1)] * 3)
    assert plan(mirror).questions == {}
    new = {**user(7), "UserName": "new"}
    assert plan(mirror, users=[new], rows={}).questions == {"AIDA7": everything()}


@pytest.mark.parametrize(
    ("changed", "question"),
    [
        ({"mfa_active": True}, "devices"),
        ({"password_enabled": True}, "profile"),
        ({"keys": (ReportedKey(MADE, True, None, "", ""),)}, "keys"),
        ({"certificates": (ReportedCertificate(MADE, True), None)}, "certificates"),
    ],
)
def test_only_what_differs_is_asked(changed, question):
    mirror = known([timedelta(hours=1)] * 2)
    told = plan(mirror, rows={"AIDA0": row(**changed), "AIDA1": row()})
    assert told.questions == {"AIDA0": {question}}


def test_a_key_is_told_by_the_second_in_which_it_was_made():
    mirror = known([timedelta(hours=1)])
    mirror.part(KnownKeys)["AIDA0"]["AKIA"] = MADE, True
    told = {"AIDA0": row(keys=(ReportedKey(MADE, True, None, "", ""),))}
    assert plan(mirror, rows=told).questions == {}
    inactive = {"AIDA0": row(keys=(ReportedKey(MADE, False, None, "", ""),))}
    assert plan(mirror, rows=inactive).questions == {"AIDA0": {"keys"}}


def test_the_rotation_takes_those_asked_longest_ago(settings):
    settings.SYNC_FRESH_HOURS = 24
    ages = [timedelta(hours=hours) for hours in [30, 23, 50, *[1] * 45]]
    told = plan(known(ages))
    assert (set(told.questions), told.rotated) == ({"AIDA2", "AIDA0"}, 2), "one in 24 of 48 users"
    assert told.questions["AIDA2"] == {"ssh_keys"}, "a fresh report tells of keys"


def test_an_old_report_lets_keys_be_read_in_the_same_turn(settings):
    mirror = known([timedelta(hours=30)] * 24)
    mirror.part(KnownKeys)["AIDA0"] = {"AKIA1": (MADE, True), "AKIA2": (MADE, False)}
    keys = (ReportedKey(MADE, True, None, "", ""), ReportedKey(MADE, False, None, "", ""))
    rows = {f"AIDA{n}": row(keys=keys if n == 0 else ()) for n in range(24)}
    told = plan(mirror, rows=rows, report_at=NOW - timedelta(hours=3))
    assert told.questions == {"AIDA0": {"ssh_keys", "keys", "last_used"}}
    assert told.expected["GetAccessKeyLastUsed"] == 1, "the active one's"
    settings.SYNC_BUDGET = 2
    assert plan(mirror, rows=rows, report_at=NOW - timedelta(hours=3)).rotated == 0


def test_a_budget_of_nothing_turns_the_rotation_off(settings):
    settings.SYNC_BUDGET = 0
    assert plan(known([timedelta(days=9)] * 48)).questions == {}


def test_every_user_has_its_turn_within_a_day_of_hourly_syncs():
    mirror, asked = known([timedelta(days=2)] * 100), set()
    for hour in range(24):
        told = Plan.of(
            mirror,
            Listing(
                NOW + timedelta(hours=hour),
                [user(number) for number in range(100)],
                {f"AIDA{number}": row() for number in range(100)},
                lists=NOTHING,
                report_at=NOW + timedelta(hours=hour),
            ),
        )
        asked |= set(told.questions)
        mirror.turns |= dict.fromkeys(told.turns, NOW + timedelta(hours=hour))
    assert len(asked) == 100


def test_without_any_report_only_new_users_are_asked_and_the_others_take_turns():
    mirror = known([timedelta(hours=1)] * 47 + [timedelta(days=3)])
    told = plan(mirror, rows={}, report_at=None)
    assert told.questions == {"AIDA47": everything()}


def test_users_in_doubt_are_always_asked():
    mirror = known([timedelta(hours=1)] * 3)
    assert plan(mirror, in_doubt=frozenset({"user-1"})).questions == {"AIDA1": everything()}


def test_what_aws_denied_is_tried_with_one_user():
    mirror = known([None] * 50)
    told = plan(mirror, denied=frozenset({"ListSSHPublicKeys"}))
    assert told.expected["ListSSHPublicKeys"] == 1
    assert plan(mirror).expected["ListSSHPublicKeys"] == 50


def test_the_rotation_of_five_thousand_users_keeps_its_budget(settings):
    """Each with a key, a device and a password, and an old report: the turns are as many as it pays for."""
    mirror = known([timedelta(hours=30)] * 5000)
    for number in range(5000):
        mirror.part(KnownKeys)[f"AIDA{number}"] = {f"AKIA{number}": (MADE, True)}
        mirror.part(KnownPasswords)[f"AIDA{number}"] = MADE
        mirror.part(KnownDevices)[f"AIDA{number}"] = {("GAHT1", MADE)}
    key = (ReportedKey(MADE, True, None, "", ""),)
    same = row(keys=key, password_enabled=True, password_last_changed=MADE, mfa_active=True)
    rows = {f"AIDA{number}": same for number in range(5000)}
    old = NOW - timedelta(hours=3)
    told = plan(mirror, rows=rows, report_at=old)
    spent = told.expected.total() - plan(known([]), users=[]).expected.total()
    assert told.rotated == settings.SYNC_BUDGET // 5 == 100
    assert spent == settings.SYNC_BUDGET == 500
    assert told.questions["AIDA0"] == {"ssh_keys", "devices", "profile", "keys", "last_used"}


def test_five_thousand_users_unchanged_cost_at_most_25_calls():
    """On a server that pages like AWS; everybody has a virtual MFA device."""
    counts = {
        "GetAccountAuthorizationDetails": 5000 + 150 + 750,
        "ListVirtualMFADevices": 5000,
        "ListServerCertificates": 20,
        "ListServiceSpecificCredentials": 1000,
    }
    calls = listing_calls(counts)
    assert calls["GetAccountAuthorizationDetails"] == 6
    assert sum(calls.values()) == 18
    mirror = known([timedelta(hours=1)] * 5000)
    mirror.counts = counts
    assert plan(mirror).expected.total() == 18
