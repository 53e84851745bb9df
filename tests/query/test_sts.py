"""STS: temporary credentials, with and without an MFA code, and the console roles of accounts."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from botocore.exceptions import ClientError

from credentials.sessions import rows as sessions
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account
from tests.credentials.authenticator import code as code_of
from tests.credentials.authenticator import enrol
from tests.query.clients import key_of, routed
from users.models import User

pytestmark = pytest.mark.django_db
ADMINISTRATOR = "arn:aws:iam::{}:role/IamConsoleAdministrator"
OTHER_ID = "200000000002"


def refused(call, **params) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def with_keys(credentials: dict, service: str = "iam"):
    """A client with temporary credentials."""
    keys = (credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    return routed(*keys, service=service)


def test_a_session_without_mfa_is_no_use_for_iam(sts):
    made = sts.get_session_token()["Credentials"]
    assert made["AccessKeyId"].startswith("ASIA")
    assert refused(with_keys(made).list_users)[0] == "InvalidClientTokenId"
    assert with_keys(made, "sts").get_caller_identity()["Arn"].endswith(":user/alice")


def test_a_session_with_mfa_administers_and_says_so(sts, alice):
    phone = enrol(alice)
    made = sts.get_session_token(SerialNumber=phone.serial_number, TokenCode=code_of(phone))["Credentials"]
    iam = with_keys(made)
    iam.create_user(UserName="erin")
    event = Event.objects.get(action="iam:CreateUser")
    assert (event.mfa, event.channel) == (True, "temporary-key")


def test_a_code_works_once_and_wrong_ones_are_refused(sts, alice):
    phone = enrol(alice)
    code = code_of(phone)
    sts.get_session_token(SerialNumber=phone.serial_number, TokenCode=code)
    message = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    asked = {"SerialNumber": phone.serial_number, "TokenCode": code}
    assert refused(sts.get_session_token, **asked) == ("AccessDenied", message)


def test_another_persons_device_is_not_ones_own(sts, bob):
    phone = enrol(bob)
    code, message = refused(sts.get_session_token, SerialNumber=phone.serial_number, TokenCode=code_of(phone))
    assert code == "AccessDenied"
    assert "valid and associated with this user" in message


def test_sessions_make_no_sessions(sts):
    made = sts.get_session_token()["Credentials"]
    assert refused(with_keys(made, "sts").get_session_token)[0] == "AccessDenied"


def test_a_session_ends_with_its_time_its_user_and_by_sign_out_everywhere(sts, alice):
    made = sts.get_session_token(DurationSeconds=900)["Credentials"]
    client = with_keys(made, "sts")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=901)):
        assert refused(client.get_caller_identity) == (
            "ExpiredToken",
            "The security token included in the request is expired",
        )
    User.objects.filter(pk=alice.pk).update(session_epoch=7)
    assert refused(client.get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_token_of_another_key_is_none(sts):
    first, second = (sts.get_session_token()["Credentials"] for _ in range(2))
    mixed = {**first, "SessionToken": second["SessionToken"]}
    assert refused(with_keys(mixed, "sts").get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_role_of_another_account_is_taken_and_acts_there(sts, alice):
    make_account(OTHER_ID, name="other")
    role = ADMINISTRATOR.format(OTHER_ID)
    answer = sts.assume_role(RoleArn=role, RoleSessionName="deploy")
    assert (
        answer["AssumedRoleUser"]["Arn"]
        == f"arn:aws:sts::{OTHER_ID}:assumed-role/IamConsoleAdministrator/deploy"
    )
    there = with_keys(answer["Credentials"])
    there.create_user(UserName="erin")
    made = User.objects.get(user_name="erin")
    assert made.account.account_id == OTHER_ID
    assert with_keys(answer["Credentials"], "sts").get_caller_identity()["Account"] == OTHER_ID
    assert Event.objects.get(action="iam:CreateUser").origin_arn == alice.arn


def test_who_may_not_take_a_role_is_denied_whether_it_exists_or_not(bob, alice, caller):
    make_account(OTHER_ID, name="other")
    sts = routed(*key_of(caller(alice), bob), service="sts")
    for account_id in (OTHER_ID, "999999999999"):
        code, message = refused(
            sts.assume_role, RoleArn=ADMINISTRATOR.format(account_id), RoleSessionName="x2"
        )
        assert (code, "not authorized to perform: sts:AssumeRole" in message) == ("AccessDenied", True)


def test_a_lost_permission_ends_the_role_at_the_next_request(sts, alice):
    make_account(OTHER_ID, name="other")
    answer = sts.assume_role(RoleArn=ADMINISTRATOR.format(OTHER_ID), RoleSessionName="deploy")
    there = with_keys(answer["Credentials"])
    there.list_users()
    alice.policy_attachments.all().delete()
    assert refused(there.list_users)[0] == "AccessDenied"


def test_nobody_takes_a_role_of_the_own_account(sts, home):
    """It would lead past the boundary and the device that the own policies ask for."""
    role = ADMINISTRATOR.format(home.account_id)
    assert refused(sts.assume_role, RoleArn=role, RoleSessionName="xx")[0] == "AccessDenied"


def test_ending_all_sessions_ends_temporary_credentials(sts, alice):
    made = sts.get_session_token()["Credentials"]
    signed = with_keys(made, "sts")
    signed.get_caller_identity()
    sessions.end_all(alice)
    assert refused(signed.get_caller_identity)[0] == "InvalidClientTokenId"


def test_root_takes_no_role(home, caller):
    make_account(OTHER_ID, name="other")
    root = User.objects.root_of(home)
    key = execute(caller(root), "CreateAccessKey")["AccessKey"]
    sts = routed(key["AccessKeyId"], key["SecretAccessKey"], service="sts")
    assert sts.get_caller_identity()["UserId"] == home.account_id
    assert (
        refused(sts.assume_role, RoleArn=ADMINISTRATOR.format(OTHER_ID), RoleSessionName="xx")[0]
        == "AccessDenied"
    )


def test_a_key_tells_its_account(sts, alice_key):
    assert sts.get_access_key_info(AccessKeyId=alice_key[0])["Account"] == "100000000001"


def test_no_secret_in_the_events(sts):
    made = sts.get_session_token()["Credentials"]
    text = str(list(Event.objects.values_list("detail", flat=True)))
    assert made["AccessKeyId"] in text
    assert made["SecretAccessKey"] not in text
    assert made["SessionToken"] not in text
