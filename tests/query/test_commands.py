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
            "1 AWS managed policy read, 1 written.\n"
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


S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
ANY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def values(arn: str = S3) -> dict[str, object]:
    return ManagedPolicy.objects.filter(arn=arn, account=None).values().get()


def load(tmp_path, content, *options) -> str:
    (tmp_path / "file.json").write_text(json.dumps(content))
    return run("load_managed_policies", "--file", str(tmp_path / "file.json"), *options)


def test_loading_takes_nothing_away(policies, home, tmp_path):
    """Older versions, other texts under the same version, and what the file does not tell."""
    known = {"policy_id": "ANPAKNOWNKNOWNKNOWNKN", "description": "Known.", "default_version_id": "v7"}
    ManagedPolicy.objects.filter(arn=S3).update(**known)
    before = values()
    for version, reason in {
        "v6": "v7 is known here, which is newer",
        "v7": "another document is known here under the same version",
    }.items():
        text = load(tmp_path, [{"Arn": S3, "DefaultVersionId": version, "Document": ANY}])
        assert "1 AWS managed policy read, nothing to write." in text
        assert f"Kept, because {reason}: 1 ({S3})." in text
        assert values() == before
    same = {"Arn": S3, "DefaultVersionId": "v7", "Document": before["document"], "PolicyId": "ANPAOTHER"}
    assert "Kept, because the same is known here" in load(tmp_path, [same])
    assert values() == before
    newer = {"Arn": S3, "DefaultVersionId": "v10", "Document": ANY, "Description": None}
    assert "1 written" in load(tmp_path, [newer])
    after = values()
    assert (after["default_version_id"], after["document"]) == ("v10", ANY)
    kept = ("policy_id", "description", "create_date", "path", "policy_name")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert "1 written" in load(tmp_path, [{**same, "Path": "/"}], "--replace")
    assert (values()["default_version_id"], values()["policy_id"]) == ("v7", "ANPAOTHER")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_that_powershell_wrote_is_read(encoding, policies, home, tmp_path):
    row = {"Arn": "arn:aws:iam::aws:policy/Redirected", "DefaultVersionId": "v1", "Document": ANY}
    (tmp_path / "file.json").write_text(json.dumps([row]), encoding=encoding)
    assert "1 written" in run("load_managed_policies", "--file", str(tmp_path / "file.json"))


def test_the_arn_tells_name_and_path_and_the_rest_is_named(policies, home, tmp_path):
    whole = {"DefaultVersionId": "v1", "Document": ANY}
    file = {
        "New": {**whole, "Path": "/service-role/"},  # as the library moto has it, without an ARN
        "arn": {**whole, "Arn": "arn:aws:iam::aws:policy/job-function/Other"},
        "mine": {**whole, "Arn": "arn:aws:iam::123456789012:policy/mine"},
        "none": {"DefaultVersionId": "v1"},
        "odd": {**whole, "Document": {"Statement": 7}},
        "version": {**whole, "DefaultVersionId": 3},
        "date": {**whole, "CreateDate": "yesterday"},
        "text": "text",
    }
    text = load(tmp_path, file)
    assert text.startswith("2 AWS managed policies read, 2 written.\n")
    for name, why in {
        "arn:aws:iam::123456789012:policy/mine": "not the ARN of an AWS managed policy",
        "policy/none": "no document of the default version",
        "policy/odd": "the document is not a policy",
        "policy/version": "no default version such as v1",
        "policy/date": "a date that cannot be read",
        "number 8": "not the ARN of an AWS managed policy",
    }.items():
        line = next(line for line in text.splitlines() if f"because of {why}" in line)
        assert name in line
    for arn in ("service-role/New", "job-function/Other"):
        row = values(f"arn:aws:iam::aws:policy/{arn}")
        assert f"policy{row['path']}{row['policy_name']}" == f"policy/{arn}"


@pytest.mark.parametrize("content", [[], {}, [{"Arn": "arn:aws:iam::123456789012:policy/mine"}], 7])
def test_a_file_with_nothing_to_read_fails(content, home, tmp_path):
    with pytest.raises(CommandError, match="cannot be read as AWS managed policies"):
        load(tmp_path, content)
