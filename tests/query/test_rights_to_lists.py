"""What a list is judged on: where its things are, on the API, on every page and in the simulator alike."""

import json

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from iamconsole.operations import all_operations
from iamconsole.operations.shapes import operation_model
from reports.findings.evaluation import evaluate
from tests.cast import make_account, make_user
from tests.query.clients import key_of, routed
from users.models import Group, InlinePolicy, User

pytestmark = pytest.mark.django_db
LISTS = sorted(
    (operation.name, operation.lists) for operation in all_operations().values() if operation.lists
)


def give(user, *statements: dict) -> None:
    """The user's one inline policy is this."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    fields = {"policy_name": "p", "document": document}
    InlinePolicy.objects.update_or_create(user=user, name_folded="p", defaults=fields)


def on(resource: str, effect: str = "Allow", action: str = "iam:*", element: str = "Resource") -> dict:
    return {"Effect": effect, "Action": action, element: resource}


def arn(end: str, partition: str = "aws", account_id: str = "*") -> str:
    return f"arn:{partition}:iam::{account_id}:{end}"


def listed(iam, name: str, **params) -> str:
    """The code of the refusal; "" where the list comes."""
    try:
        getattr(iam, xform_name(name))(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def test_the_lists_are_those_that_aws_shows():
    assert dict(LISTS) == {
        "ListUsers": "user",
        "ListGroups": "group",
        "ListRoles": "role",
        "ListInstanceProfiles": "instance-profile",
        "ListVirtualMFADevices": "mfa",
    }


@pytest.mark.parametrize(("name", "kind"), LISTS)
def test_a_list_is_judged_on_the_place_of_its_things(bobs_iam, bob, name, kind):
    denied = "AccessDenied"
    cases = [
        ([on(arn(f"{kind}/*"))], ""),
        ([on(arn(f"{kind}/"))], ""),
        ([on("*")], ""),
        ([on(arn(f"{kind}/", account_id=bob.account.account_id), action=f"iam:{name}")], ""),
        ([on(arn(f"{kind}/*", account_id="100000000002"))], denied),
        ([on(arn(f"{kind}/*", "aws-cn"))], denied),
        ([on(arn(f"{kind}/staff/*"))], denied),
        ([on(arn(f"{kind}/?*"))], denied),
        ([on(arn("policy/*"))], denied),
        ([on("*"), on(arn(f"{kind}/*"), "Deny")], denied),
        ([on("*"), on(arn(f"{kind}/staff/*"), "Deny")], ""),
        ([on(arn(f"{kind}/*"), element="NotResource")], denied),
    ]
    wrong = []
    for statements, code in cases:
        give(bob, *statements)
        if (got := listed(bobs_iam, name)) != code:
            wrong.append((statements, got))
    assert not wrong


@pytest.mark.parametrize(("name", "kind"), LISTS)
def test_a_path_prefix_is_part_of_it(bobs_iam, bob, name, kind):
    if "PathPrefix" not in operation_model(name).input_shape.members:
        return
    give(bob, on(arn(f"{kind}/staff/*")))
    asked = {"/staff/": "", "/staff/web/": "", "/": "AccessDenied", "/sta": "AccessDenied"}
    assert {prefix: listed(bobs_iam, name, PathPrefix=prefix) for prefix in asked} == asked
    give(bob, on("*"), on(arn(f"{kind}/staff/*"), "Deny"))
    denied = {"/staff/": "AccessDenied", "/": "", "/other/": ""}
    assert {prefix: listed(bobs_iam, name, PathPrefix=prefix) for prefix in denied} == denied


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_in_other_partitions_the_arn_is_theirs(caller, partition):
    user = make_user(make_account("200000000005", name="far", partition=partition), "wei")
    give(user, on(arn("user/*", partition)))
    iam = routed(*key_of(caller(User.objects.root_of(user.account)), user))
    assert listed(iam, "ListUsers") == ""
    give(user, on(arn("user/*")))
    assert listed(iam, "ListUsers") == "AccessDenied"


def test_lists_whose_resource_is_not_known_are_asked_about_everything(bobs_iam, bob):
    for name in ("ListPolicies", "ListServerCertificates", "ListSAMLProviders", "ListOpenIDConnectProviders"):
        give(bob, on(arn("*")))
        assert listed(bobs_iam, name) == "AccessDenied"
        give(bob, on("*", action=f"iam:{name}"))
        assert listed(bobs_iam, name) == ""


def test_pages_ask_about_the_same(client, bob, sign_in):
    Group.objects.create(account=bob.account, group_name="staff", name_folded="staff", group_id="AGPA1")
    sign_in(client, bob)
    give(bob, on(arn("user/*")))
    evaluate([bob.account])
    answers = {
        path: client.get(path).status_code for path in ("/", "/users/", "/users/export/exact/", "/groups/")
    }
    assert answers == {"/": 200, "/users/": 200, "/users/export/exact/": 200, "/groups/": 403}
    dashboard = client.get("/").content.decode()
    assert ('href="/groups/"' in dashboard, "/mfa-devices/" in dashboard) == (False, False)
    assert ("Root has no" in dashboard, "server certificate" in dashboard) == (False, False)
    assert "without MFA" in dashboard
    give(bob, on(arn("user/*")), on(arn("group/*")), on(arn("mfa/*")))
    assert client.get("/groups/").status_code == client.get("/mfa-devices/").status_code == 200
    assert 'href="/groups/"' in client.get("/").content.decode()
    give(bob, on("*"), on(arn("user/*"), "Deny"))
    denied = client.get("/users/")
    assert (denied.status_code, client.get("/groups/").status_code) == (403, 200)
    assert arn("user/", account_id=bob.account.account_id) in denied.content.decode()
    assert client.get("/", follow=False).status_code == 302  # to one's own page


def test_the_simulator_judges_lists_alike(iam, bob):
    def decided(resources=None) -> dict[str, str]:
        asked = {"ResourceArns": resources} if resources else {}
        names = ["iam:ListUsers", "IAM:listgroups", "iam:ListPolicies"]
        answer = iam.simulate_principal_policy(PolicySourceArn=bob.arn, ActionNames=names, **asked)
        return [row["EvalDecision"] for row in answer["EvaluationResults"]]

    give(bob, on(arn("user/*")))
    assert decided() == ["allowed", "implicitDeny", "implicitDeny"]
    give(bob, on("*"), on(arn("group/*"), "Deny"))
    assert decided() == ["allowed", "explicitDeny", "allowed"]
    custom = json.dumps({"Version": "2012-10-17", "Statement": [on(arn("user/*"))]})
    answer = iam.simulate_custom_policy(PolicyInputList=[custom], ActionNames=["iam:ListUsers"])
    assert answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


def test_across_accounts_the_home_account_is_asked_about_the_same(client, bob, charlie, sign_in):
    look = on("*", action="iamconsole:ListAcrossAccounts")
    sign_in(client, bob)
    give(bob, look, on(arn("user/*")))
    assert charlie.user_name in client.get("/all-accounts/users/").content.decode()
    give(bob, look, on("*"), on(arn("user/"), "Deny"))
    assert charlie.user_name not in client.get("/all-accounts/users/").content.decode()
