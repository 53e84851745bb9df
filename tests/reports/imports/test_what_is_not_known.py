"""What an imported account does not know stays unknown: in files, in the API, in the filters of the list."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.operations import execute
from reports.models import CredentialReport
from tests.reports.uploads import DAY, IMPORTED_ID, report, row
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role
from users.models import Account, ListPreferences
from users.people.columns import ALL_COLUMNS

pytestmark = pytest.mark.django_db
KEY = {"access_key_1_active": "true", "access_key_1_last_rotated": DAY}
USERS = [row("ann"), row("bea", mfa_active="true", **KEY)]


@pytest.fixture
def imported(alice, caller):
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=report(*USERS))
    return Account.objects.get(account_id=IMPORTED_ID)


@pytest.fixture
def inside(client, alice, imported, sign_in):
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[IMPORTED_ID]))
    return client


def exported(client, name: str) -> list[dict]:
    answer = client.get(reverse(name, args=["json"]))
    return json.loads(b"".join(answer.streaming_content))


def test_files_leave_out_what_is_not_known(inside, alice):
    ListPreferences.objects.update_or_create(user=alice, defaults={"columns": list(ALL_COLUMNS)})
    for name in ("users:export", "users:export-across-users"):
        rows = {one["user_name"]: one for one in exported(inside, name)}
        ann, bea = rows["ann"], rows["bea"]
        unknown = ("groups", "access_key_ids", "user_id")
        assert [one[name] for one in (ann, bea) for name in unknown] == [None] * 6
        assert (ann["mfa_active"], ann["mfa_devices"]) == (False, 0)
        assert (bea["mfa_active"], bea["mfa_devices"]) == (True, None)
        assert (ann["password_enabled"], ann["signing_certificates"]) == (False, 0)


def test_files_of_a_linked_account_before_its_first_sync_are_empty(inside, imported):
    """The same columns, of accounts of which nothing was read."""
    Account.objects.filter(pk=imported.pk).update(snapshot_at=imported.created_at, not_read=["*"])
    for one in exported(inside, "users:export"):
        assert (one["groups"], one["mfa_devices"], one["password_enabled"]) == (None, None, None)
    accounts = {one["account_id"]: one for one in exported(inside, "export-across-accounts")}
    figures = ("users", "users_with_password", "users_with_password_and_mfa", "active_keys_over_90_days")
    assert [accounts[IMPORTED_ID][name] for name in figures] == [None] * 4


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("ListGroups", {}),
        ("ListGroupsForUser", {"UserName": "ann"}),
        ("ListPolicies", {}),
        ("ListAttachedUserPolicies", {"UserName": "ann"}),
        ("ListUserTags", {"UserName": "ann"}),
        ("ListMFADevices", {"UserName": "ann"}),
        ("ListVirtualMFADevices", {}),
        ("ListAccessKeys", {"UserName": "ann"}),
        ("ListSSHPublicKeys", {"UserName": "ann"}),
        ("ListServiceSpecificCredentials", {"UserName": "ann"}),
        ("ListServerCertificates", {}),
        ("GetAccountPasswordPolicy", {}),
        ("ListAccountAliases", {}),
        ("GetAccountAuthorizationDetails", {}),
    ],
)
def test_the_api_does_not_say_none_where_it_does_not_know(alice, imported, operation, params):
    caller = caller_for_role(alice, imported, ADMINISTRATOR, Origin())
    with pytest.raises(IamError, match="Not known: A credential report does not contain") as error:
        execute(caller, operation, **params)
    assert error.value.code == "InvalidInput"


def test_the_api_tells_what_the_report_contains(alice, imported):
    caller = caller_for_role(alice, imported, ADMINISTRATOR, Origin())
    assert [one["UserName"] for one in execute(caller, "ListUsers")["Users"]] == ["ann", "bea"]
    summary = execute(caller, "GetAccountSummary")["SummaryMap"]
    assert (summary["Users"], summary["AccountMFAEnabled"]) == (2, 1)
    assert not {"Groups", "Policies", "ServerCertificates", "MFADevices", "MFADevicesInUse"} & set(summary)


def test_a_filter_about_what_is_not_known_says_so(inside):
    asked = {
        "group=ops": "groups",
        "tag=team": "tags",
        "administrator=yes": "policies",
        "mfa=passkey": "the number and kind of MFA devices",
        "q=AKIAIOSFODNN7EXAMPLE": "access key IDs",
    }
    for query, fact in asked.items():
        page = inside.get(f"{reverse('users:list')}?{query}").content.decode()
        assert f"A credential report does not contain {fact}." in page
        assert "No user fits" not in page
    assert (
        "Some filters leave out users" not in inside.get(f"{reverse('users:list')}?mfa=no").content.decode()
    )


def test_the_report_of_the_api_is_the_one_that_was_uploaded(alice, imported):
    """However old it is: one made of the rows would hold less."""
    CredentialReport.objects.update(generated_at=timezone.now() - timedelta(days=3))
    caller = caller_for_role(alice, imported, ADMINISTRATOR, Origin())
    assert execute(caller, "GenerateCredentialReport") == {"State": "COMPLETE"}
    assert execute(caller, "GetCredentialReport")["Content"] == report(*USERS)
