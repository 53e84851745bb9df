"""Service-specific credentials: names, secrets, quotas, errors, conditions, and the pages."""

import base64
import json
import re
import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from credentials.models import ServiceSpecificCredential
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from users.callers.build import AUDITOR, Origin, caller_for_role
from users.models import InlinePolicy, User

pytestmark = pytest.mark.django_db
GIT, BEDROCK = "codecommit.amazonaws.com", "bedrock.amazonaws.com"
PREFIXES = {
    BEDROCK: "ABSK",
    "logs.amazonaws.com": "ACWL",
    "cloudwatch.amazonaws.com": "APIAACWM",
    "aws-external-anthropic.amazonaws.com": "AEAA",
}


@pytest.fixture
def do(alice, charlie, caller):
    """An operation by Alice on Charlie's credentials."""

    def run(verb, **params):
        return execute(caller(alice), f"{verb}ServiceSpecificCredential", **{"UserName": "charlie", **params})

    return run


@pytest.fixture
def make(do):
    """New credentials of Charlie, as the reply tells them."""

    def run(service=GIT, **params):
        return do("Create", ServiceName=service, **params)["ServiceSpecificCredential"]

    return run


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def listed(by, **params):
    return execute(by, "ListServiceSpecificCredentials", **params)["ServiceSpecificCredentials"]


def give(user, statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    InlinePolicy.objects.create(user=user, policy_name="p", name_folded="p", document=document)


def url(verb, user, *more):
    return reverse(f"credentials:{verb}-service-specific-credential", args=[user.user_id, *more])


@pytest.mark.parametrize("service", [GIT, "cassandra.amazonaws.com"])
def test_passwords_have_sixty_characters_and_names_of_the_user(make, home, service):
    first, second = make(service), make(service.upper())
    assert first["ServiceUserName"] == f"charlie-at-{home.account_id}"
    assert second["ServiceUserName"] == f"charlie+1-at-{home.account_id}"
    assert second["ServiceName"] == service
    assert re.fullmatch(r"[A-Za-z0-9+/=]{60}", first["ServicePassword"])
    assert first["ServicePassword"] != second["ServicePassword"]
    assert re.fullmatch("ACCA[A-Z2-7]{17}", first["ServiceSpecificCredentialId"])
    assert "ServiceCredentialAlias" not in first
    assert "ExpirationDate" not in first


@pytest.mark.parametrize(("service", "prefix"), PREFIXES.items())
def test_api_keys_carry_prefix_and_alias(make, service, prefix):
    made = make(service, CredentialAgeDays=30)
    key, alias = made["ServiceCredentialSecret"], made["ServiceCredentialAlias"]
    assert key.startswith(prefix)
    assert base64.b64decode(key.removeprefix(prefix)).decode().startswith(f"{alias}:")
    assert made["ExpirationDate"] == made["CreateDate"] + timedelta(days=30)
    assert "ServicePassword" not in made


def test_the_secret_is_kept_nowhere(make, do):
    made = make()
    new = do("Reset", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"])
    secrets = [made["ServicePassword"], new["ServiceSpecificCredential"]["ServicePassword"]]
    kept = str(list(ServiceSpecificCredential.objects.values())) + str(list(Event.objects.values()))
    assert not any(secret in kept for secret in secrets)


def test_a_listing_tells_all_but_the_secret(make, alice, caller):
    made = make(BEDROCK, CredentialAgeDays=7)
    del made["ServiceCredentialSecret"]
    assert listed(caller(alice), UserName="charlie") == [made]


def test_listings_narrow_by_user_and_service_and_turn_pages(make, alice, bob, caller):
    by = caller(alice)
    for service in (GIT, GIT, BEDROCK):
        make(service)
    execute(by, "CreateServiceSpecificCredential", UserName="bob", ServiceName=GIT)
    assert len(listed(by, AllUsers=True)) == 4
    assert len(listed(by, UserName="CHARLIE")) == 3
    assert len(listed(by, UserName="charlie", ServiceName="CodeCommit.amazonaws.com")) == 2
    assert listed(by) == []
    found, marker = [], {}
    while True:
        page = execute(by, "ListServiceSpecificCredentials", AllUsers=True, MaxItems=3, **marker)
        found += [row["ServiceSpecificCredentialId"] for row in page["ServiceSpecificCredentials"]]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert len(set(found)) == len(found) == 4
    with pytest.raises(IamError, match="not both"):
        listed(by, AllUsers=True, UserName="charlie")
    with pytest.raises(IamError, match="No such service x is supported"):
        listed(by, ServiceName="x")


def test_all_users_needs_permission_on_all_users(make, bob, caller):
    own = {"Effect": "Allow", "Action": "iam:ListServiceSpecificCredentials"}
    give(bob, [{**own, "Resource": bob.arn}])
    assert listed(caller(bob)) == []
    with pytest.raises(AccessDenied, match=r"user/\*"):
        listed(caller(bob), AllUsers=True)


def test_without_a_name_a_role_must_name_a_user_and_root_has_none(home, alice, caller):
    role = caller_for_role(alice, make_account("200000000002", name="other"), AUDITOR, Origin())
    with pytest.raises(IamError, match="Must specify userName when calling with non-User credentials"):
        listed(role)
    assert listed(caller(User.objects.root_of(home))) == []


def test_the_third_of_a_service_is_refused_inactive_ones_counted(make, do):
    first = make()
    make()
    do("Update", ServiceSpecificCredentialId=first["ServiceSpecificCredentialId"], Status="Inactive")
    with pytest.raises(IamError) as refused:
        make()
    assert refused.value.code == "LimitExceeded"
    assert refused.value.message == "Cannot exceed quota for ContextSpecificCredentialsPerUserPerContext: 2"
    make(BEDROCK)


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_make_two(make, charlie):
    outcomes, together = [], threading.Barrier(16)

    def ask():
        together.wait()
        try:
            make()
            outcomes.append("made")
        except IamError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("made") == 2
    assert set(outcomes) <= {"made", "LimitExceeded", "ConcurrentModification"}
    rows = charlie.service_credentials
    assert sorted(rows.values_list("slot", flat=True)) == [1, 2]
    assert len(set(rows.values_list("name", flat=True))) == 2


def test_reset_keeps_everything_but_the_secret(make, do):
    made = make(BEDROCK, CredentialAgeDays=90)
    named = {"ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    do("Update", **named, Status="Inactive")
    new = do("Reset", **named)["ServiceSpecificCredential"]
    assert new["ServiceCredentialSecret"] != made["ServiceCredentialSecret"]
    changed = ("ServiceCredentialSecret", "Status")
    assert {k: v for k, v in new.items() if k not in changed} == {
        k: v for k, v in made.items() if k not in changed
    }
    assert new["Status"] == "Inactive"


def test_names_stay_when_the_user_is_renamed_and_are_not_given_twice(make, do, alice, home, caller):
    make()
    execute(caller(alice), "UpdateUser", UserName="charlie", NewUserName="charlotte")
    make_user(home, "charlie2")
    execute(caller(alice), "UpdateUser", UserName="charlie2", NewUserName="charlie")
    assert make()["ServiceUserName"] == f"charlie+1-at-{home.account_id}"
    old = listed(caller(alice), UserName="charlotte")[0]
    assert old["ServiceUserName"] == f"charlie-at-{home.account_id}"


def test_errors_are_those_of_aws(make, do, alice, bob, caller):
    credential_id = make()["ServiceSpecificCredentialId"]
    cases = [
        (
            "Create",
            {"ServiceName": "s3.amazonaws.com"},
            "NoSuchEntity",
            "No such service s3.amazonaws.com is supported for Service Specific Credentials",
        ),
        (
            "Delete",
            {"ServiceSpecificCredentialId": "ACCA" + "A" * 17},
            "NoSuchEntity",
            "No such credential " + "ACCA" + "A" * 17 + " exists",
        ),
        (
            "Reset",
            {"UserName": "bob", "ServiceSpecificCredentialId": credential_id},
            "ValidationError",
            f"User bob does not have a service specific credential with id {credential_id}",
        ),
        (
            "Update",
            {"ServiceSpecificCredentialId": credential_id, "Status": "Expired"},
            "InvalidInput",
            "Operation does not support status Expired",
        ),
    ]
    for verb, params, code, message in cases:
        with pytest.raises(IamError) as refused:
            do(verb, **params)
        assert (refused.value.code, refused.value.message) == (code, message)
    for wrong in ({"ServiceSpecificCredentialId": "ACCA-" + "A" * 17},):
        with pytest.raises(IamError, match="regular expression pattern"):
            do("Reset", **wrong)
    for days in (0, 36601):
        with pytest.raises(IamError, match="credentialAgeDays"):
            make(BEDROCK, CredentialAgeDays=days)


def test_another_account_s_credential_does_not_exist(make, do, home, caller):
    eve = make_user(make_account("222222222222"), "eve")
    give(eve, [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    credential_id = make()["ServiceSpecificCredentialId"]
    with pytest.raises(IamError, match=f"No such credential {credential_id} exists"):
        execute(
            caller(eve),
            "DeleteServiceSpecificCredential",
            UserName="eve",
            ServiceSpecificCredentialId=credential_id,
        )
    assert listed(caller(eve), AllUsers=True) == []


def test_expired_ones_say_so(make, alice, caller):
    make(BEDROCK, CredentialAgeDays=1)
    ServiceSpecificCredential.objects.update(expiration_date=timezone.now() - timedelta(seconds=1))
    assert listed(caller(alice), UserName="charlie")[0]["Status"] == "Expired"


def test_policies_decide_by_service_and_age(bob, caller):
    condition = {
        "StringEquals": {"iam:ServiceSpecificCredentialServiceName": BEDROCK},
        "NumericLessThanEqualsIfExists": {"iam:ServiceSpecificCredentialAgeDays": "30"},
    }
    give(bob, [{"Effect": "Allow", "Action": "iam:*", "Resource": bob.arn, "Condition": condition}])
    by, create = caller(bob), "CreateServiceSpecificCredential"
    made = execute(by, create, UserName="bob", ServiceName="Bedrock.amazonaws.com", CredentialAgeDays=30)
    for params in ({"ServiceName": BEDROCK, "CredentialAgeDays": 31}, {"ServiceName": GIT}):
        with pytest.raises(AccessDenied):
            execute(by, create, UserName="bob", **params)
    named = {"ServiceSpecificCredentialId": made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]}
    execute(by, "ResetServiceSpecificCredential", **named)
    ServiceSpecificCredential.objects.update(service_name=GIT)
    with pytest.raises(AccessDenied):
        execute(by, "ResetServiceSpecificCredential", **named)


def test_a_user_with_one_is_not_deleted(make, do, alice, caller):
    make()
    with pytest.raises(IamError) as refused:
        execute(caller(alice), "DeleteUser", UserName="charlie")
    assert refused.value.message == "Cannot delete entity, must remove referenced objects first."


def test_deleting_the_user_in_the_browser_takes_them_along(as_alice, make, do, charlie):
    made = [make(), make(BEDROCK)]
    named = {"ServiceSpecificCredentialId": made[1]["ServiceSpecificCredentialId"]}
    do("Update", **named, Status="Inactive")
    page = as_alice.get(reverse("credentials:delete-user", args=[charlie.user_id])).content.decode()
    assert made[0]["ServiceUserName"] in page
    assert "for Amazon Bedrock" in page
    as_alice.post(reverse("credentials:delete-user", args=[charlie.user_id]), {"confirm": "charlie"})
    assert not ServiceSpecificCredential.objects.exists()
    assert not User.objects.filter(user_name="charlie").exists()


# The pages.


def test_generated_in_the_browser_shown_once_and_downloaded(as_alice, charlie, home):
    page = as_alice.get(url("create", charlie, GIT)).content.decode()
    assert "Generate credentials for AWS CodeCommit" in page
    assert "Prefer temporary credentials." in page
    answer = as_alice.post(url("create", charlie, GIT))
    text = as_alice.get(answer["Location"]).content.decode()
    password = re.search(r'"ui-secret-value">([A-Za-z0-9+/=]{60})<', text).group(1)
    assert f"charlie-at-{home.account_id}" in text
    row = OneTimeSecret.objects.get()
    token = re.search(r'name="token" value="([^"]+)"', text).group(1)
    sent = {"token": token, "user_name": "charlie", "file": "service"}
    file = as_alice.post(reverse("credentials:secret-csv", args=[row.id]), sent)
    assert file["Content-Disposition"] == 'attachment; filename="charlie_service_credentials.csv"'
    assert file.content.decode("utf-8-sig").splitlines() == [
        "User Name,Password", f"charlie-at-{home.account_id},{password}",
    ]  # fmt: skip
    again = as_alice.get(answer["Location"])
    assert (again.status_code, password in again.content.decode()) == (410, False)
    credentials = as_alice.get(reverse("credentials:user-security-credentials", args=[charlie.user_id]))
    assert f"charlie-at-{home.account_id}" in credentials.content.decode()
    assert password not in credentials.content.decode()


def test_an_api_key_expires_when_it_was_chosen_to(as_alice, charlie):
    answer = as_alice.post(url("create", charlie, BEDROCK), {"lifetime": "7"})
    text = as_alice.get(answer["Location"]).content.decode()
    assert re.search(r'"ui-secret-value">ABSK[A-Za-z0-9+/=]{80,}<', text)
    assert "charlie_api_key.csv" in text
    as_alice.post(url("create", charlie, BEDROCK), {"lifetime": "own", "days": "45"})
    as_alice.post(url("create", charlie, "logs.amazonaws.com"), {"lifetime": "never"})
    found = charlie.service_credentials.values_list("create_date", "expiration_date")
    lives = {(end - made).days if end else None for made, end in found}
    assert lives == {7, 45, None}


@pytest.mark.parametrize("days", ["", "0", "36601", "-1", "1.5", "x", "９"])
def test_a_number_of_days_that_is_none_is_refused(as_alice, charlie, days):
    answer = as_alice.post(url("create", charlie, BEDROCK), {"lifetime": "own", "days": days})
    assert "Enter how many days, from 1 to 36,600." in answer.content.decode()
    assert not charlie.service_credentials.exists()
    answer = as_alice.post(url("create", charlie, BEDROCK), {"lifetime": "x"})
    assert "x is not a choice." in answer.content.decode()


def test_at_two_the_menu_says_why(as_alice, make, charlie):
    make(BEDROCK, CredentialAgeDays=3)
    make(BEDROCK)
    page = as_alice.get(reverse("credentials:user-security-credentials", args=[charlie.user_id]))
    text = page.content.decode()
    assert "This user already has two credentials for Amazon Bedrock" in text
    assert url("create", charlie, BEDROCK) not in text
    assert "Expires soon" in text
    answer = as_alice.post(url("create", charlie, BEDROCK), {"lifetime": "1"})
    assert "Cannot exceed quota" in answer.content.decode()
    ServiceSpecificCredential.objects.update(expiration_date=timezone.now())
    text = as_alice.get(reverse("credentials:user-security-credentials", args=[charlie.user_id]))
    assert ">Expired<" in text.content.decode().replace("\n", "")


def test_deactivated_then_deleted_by_typing_the_name(as_alice, make, charlie):
    made = make()
    credential_id, name = made["ServiceSpecificCredentialId"], made["ServiceUserName"]
    answer = as_alice.post(url("delete", charlie, credential_id), {"confirm": name})
    assert "Deactivate the credentials before you delete them" in answer.content.decode()
    answer = as_alice.post(url("update", charlie, credential_id), {"status": "Inactive"}, follow=True)
    assert f"{name} was deactivated." in answer.content.decode()
    for wrong in ("Expired", "x", ""):
        as_alice.post(url("update", charlie, credential_id), {"status": wrong})
        assert charlie.service_credentials.get().status == "Inactive"
    answer = as_alice.post(url("delete", charlie, credential_id), {"confirm": name.upper()})
    assert 'aria-invalid="true"' in answer.content.decode()
    answer = as_alice.post(url("delete", charlie, credential_id), {"confirm": name}, follow=True)
    assert f"{name} for AWS CodeCommit was deleted." in answer.content.decode()
    assert not charlie.service_credentials.exists()


def test_reset_asks_first_and_shows_the_new_secret_once(as_alice, make, charlie):
    made = make()
    page = as_alice.get(url("reset", charlie, made["ServiceSpecificCredentialId"])).content.decode()
    assert "Programs that use the current secret stop working at once." in page
    answer = as_alice.post(url("reset", charlie, made["ServiceSpecificCredentialId"]))
    text = as_alice.get(answer["Location"]).content.decode()
    password = re.search(r'"ui-secret-value">([A-Za-z0-9+/=]{60})<', text).group(1)
    assert password != made["ServicePassword"]


def test_unknown_services_and_foreign_credentials_are_not_found(as_alice, make, bob, charlie):
    credential_id = make()["ServiceSpecificCredentialId"]
    assert as_alice.get(url("create", charlie, "s3.amazonaws.com")).status_code == 404
    for verb in ("reset", "delete"):
        assert as_alice.get(url(verb, bob, credential_id)).status_code == 404
    assert as_alice.post(url("update", bob, credential_id), {"status": "Inactive"}).status_code == 404
    assert charlie.service_credentials.get().active


def test_own_ones_are_managed_where_policies_allow(client, bob, sign_in):
    sign_in(client, bob)
    assert "Credentials for AWS services" not in client.get("/me/").content.decode()
    action = "iam:*ServiceSpecificCredential*"
    give(bob, [{"Effect": "Allow", "Action": action, "Resource": "arn:aws:iam::*:user/staff/bob"}])
    text = client.get("/me/").content.decode()
    assert "Credentials for AWS services" in text
    assert url("create", bob, GIT) + "?next=%2Fme%2F" in text
    client.post(url("create", bob, GIT), {"next": "/me/"})
    row = bob.service_credentials.get()
    answer = client.post(url("update", bob, row.credential_id), {"status": "Inactive", "next": "/me/"})
    assert answer["Location"] == "/me/"
    assert row.name in client.get("/me/").content.decode()


def test_who_may_not_list_is_told(client, home, charlie, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    give(
        henry,
        [
            {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "iam:ListServiceSpecificCredentials", "Resource": "*"},
        ],
    )
    sign_in(client, henry)
    page = client.get(reverse("credentials:user-security-credentials", args=[charlie.user_id]))
    assert "Listing them needs iam:ListServiceSpecificCredentials" in page.content.decode()
