"""The commands that scripts begin with."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from iamconsole.models import Event
from tests.cast import make_account
from tests.query.clients import routed
from users.models import Account, ManagedPolicy, User

pytestmark = pytest.mark.django_db
ACCOUNT_ID = "123456789012"


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def create(*arguments: str) -> dict[str, str]:
    """The one line of JSON of create_account."""
    printed = run("create_account", "--account-id", ACCOUNT_ID, "--json", *arguments)
    assert printed.count("\n") == 1
    return json.loads(printed)


def test_an_account_with_an_administrators_key(home):
    made = create("--admin-user", "deployer")
    assert set(made) == {"AccountId", "UserName", "AccessKeyId", "SecretAccessKey", "SignInUrl"}
    assert (made["AccountId"], made["UserName"]) == (ACCOUNT_ID, "deployer")
    assert made["SignInUrl"].endswith(f"/signin/?account={ACCOUNT_ID}")
    iam = routed(made["AccessKeyId"], made["SecretAccessKey"])
    iam.create_user(UserName="erin")
    assert User.objects.get(user_name="erin").account.account_id == ACCOUNT_ID


def test_roots_key_does_everything_and_means_root(home):
    made = create("--root-access-key")
    iam = routed(made["AccessKeyId"], made["SecretAccessKey"])
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT_ID}:root"
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [
        made["AccessKeyId"]
    ]
    iam.create_group(GroupName="crew")


def test_replacing_empties_the_account_first(home):
    first = create()
    old = routed(first["AccessKeyId"], first["SecretAccessKey"])
    old.create_group(GroupName="crew")
    old.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    with pytest.raises(CommandError, match="--yes"):
        create("--replace")
    second = create("--replace", "--yes")
    new = routed(second["AccessKeyId"], second["SecretAccessKey"])
    assert new.list_groups()["Groups"] == []
    with pytest.raises(Exception, match="InvalidClientTokenId"):
        old.list_groups()


def test_deleting_says_yes_first_and_leaves_the_events(home):
    create()
    with pytest.raises(CommandError, match="Add --yes"):
        run("delete_account", ACCOUNT_ID)
    assert "was deleted" in run("delete_account", ACCOUNT_ID, "--yes")
    assert not Account.objects.filter(account_id=ACCOUNT_ID).exists()
    assert Event.objects.filter(account_id=ACCOUNT_ID).exists()


@pytest.mark.parametrize("command", [("delete_account",), ("create_account", "--replace", "--account-id")])
def test_the_home_account_stays(command, home, alice):
    name, *options = command
    with pytest.raises(CommandError):
        run(name, *options, home.account_id, "--yes")
    assert User.objects.filter(user_name="alice").exists()


def test_a_linked_account_is_not_replaced(home):
    make_account(ACCOUNT_ID, kind="linked")
    with pytest.raises(CommandError, match="Only a local account"):
        create("--replace", "--yes")


def test_an_account_id_has_twelve_digits(home):
    with pytest.raises(CommandError, match="accountId"):
        run("create_account", "--account-id", "12", "--json")


def test_without_a_home_account_it_says_what_to_do(db):
    with pytest.raises(CommandError, match="make run"):
        run("create_account", "--json")


def test_managed_policies_come_from_a_file(home, tmp_path):
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
    }
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    forms = [
        [
            {
                "Arn": arn,
                "PolicyName": "AmazonS3ReadOnlyAccess",
                "Path": "/",
                "DefaultVersionId": "v3",
                "Document": document,
            }
        ],
        {
            "AmazonS3ReadOnlyAccess": {
                "Arn": arn,
                "Path": "/",
                "DefaultVersionId": "v3",
                "Document": json.dumps(document),
            }
        },
        {
            "Policies": [
                {
                    "Arn": arn,
                    "DefaultVersionId": "v3",
                    "PolicyVersionList": [{"VersionId": "v3", "Document": document}],
                }
            ]
        },
    ]
    for number, form in enumerate(forms):
        ManagedPolicy.objects.filter(arn=arn).delete()
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(form))
        assert run("load_managed_policies", "--file", str(file)).startswith(
            "1 AWS managed policies were read"
        )
        policy = ManagedPolicy.objects.get(arn=arn)
        assert (policy.policy_name, json.loads(policy.document)) == ("AmazonS3ReadOnlyAccess", document)
    event = Event.objects.filter(action="iamconsole:LoadManagedPolicies").latest("at")
    assert (event.channel, event.account_id) == ("command", home.account_id)
    assert event.detail == {"Source": str(file), "Changed": 1, "PolicyArns": [arn]}


@pytest.mark.parametrize(
    "content", ["", "[1]", "{}}", '{"a": {"Arn": "arn:aws:iam::aws:policy/a", "DefaultVersionId": "v1"}}']
)
def test_a_file_that_is_none_is_refused(content, home, tmp_path):
    before = ManagedPolicy.objects.count()
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(CommandError, match="cannot be read"):
        run("load_managed_policies", "--file", str(tmp_path / "bad.json"))
    assert ManagedPolicy.objects.count() == before
