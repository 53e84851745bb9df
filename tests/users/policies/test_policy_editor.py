"""The policy editor without scripts: its buttons send the page, and nothing is saved before it is asked for."""

import json

import pytest
from django.urls import reverse
from lxml import html

from iamconsole.operations import execute
from users.models import ManagedPolicy

pytestmark = pytest.mark.django_db
URL = "users:create-policy"
TYPO = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBuckets",
      "Resource": "arn:aws:s3:::lake"
    }
  ]
}"""


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def send(client, step, document=TYPO, **more):
    """What the page shows after a step, and its editor."""
    sent = {"policy_name": "Lake", "path": "/", "description": "", "document": document, "step": step, **more}
    answer = client.post(reverse(URL), sent)
    assert answer.status_code == 200
    assert not ManagedPolicy.objects.filter(policy_name="Lake").exists()
    return answer.context["form"]


def statements(form) -> list[dict]:
    return json.loads(form.editor.text)["Statement"]


def test_a_check_tells_lines_and_keeps_what_was_typed(as_alice):
    answer = as_alice.post(
        reverse(URL), {"step": "check", "document": TYPO.replace("\n", "\r\n"), "policy_name": "Lake"}
    )
    page = answer.content.decode()
    assert 'id="line-6" class="is-warning">6<' in page
    assert "s3:ListBuckets is not an action of Amazon S3." in page
    assert 'href="#line-6"' in page
    assert 'value="Lake"' in page
    assert "114 of 6,144 characters" in page


def test_nothing_is_wrong_before_anything_is_typed(as_alice):
    """A new page finds no fault with its own beginning; a check of it does. The copy has the colours, and every line."""
    page = as_alice.get(reverse(URL)).content.decode()
    assert "Findings appear here when you type or choose Check." in page
    assert "1 error" not in page
    assert "No findings" not in page
    form = as_alice.get(reverse(URL)).context["form"]
    page = as_alice.post(reverse(URL), {"step": "check", "document": form.editor.text}).content.decode()
    assert "1 error" in page
    copy = html.fromstring(page).get_element_by_id("editor-copy")
    assert copy.text_content() == form.editor.text + "\n"
    assert '"Effect"' in copy.xpath(".//span[@class='ui-json-key']/text()")


def test_a_policy_can_be_attached_from_its_page(as_alice):
    """Right after it was created; one that AWS keeps for services says why it cannot be attached."""
    sent = {"policy_name": "Lake", "path": "/", "description": "", "document": TYPO}
    page = html.fromstring(as_alice.post(reverse(URL), sent, follow=True).content)
    policy = ManagedPolicy.objects.get(policy_name="Lake")
    menu = [page.xpath(f"//a[contains(., '{label}')]/@href") for label in ("To users", "To groups")]
    assert menu == [
        [reverse(f"users:attach-policy-to-{whom}", args=[policy.pk])] for whom in ("users", "groups")
    ]
    policy = ManagedPolicy.objects.get(policy_name="AmazonS3ReadOnlyAccess")
    ManagedPolicy.objects.filter(pk=policy.pk).update(path="/aws-service-role/")
    page = as_alice.get(reverse("users:policy", args=[policy.pk])).content.decode()
    assert "AWS services use this policy." in page
    assert reverse("users:attach-policy-to-users", args=[policy.pk]) not in page


def test_an_error_leaves_out_the_summary_and_mends_nothing(as_alice):
    form = send(as_alice, "format", TYPO.replace('"Effect"', '"Efect"'))
    assert [(remark.finding.line, remark.look) for remark in form.editor.remarks] == [(5, "error")]
    assert form.editor.summary is None
    assert send(as_alice, "format", "{").editor.text == "{"


def test_a_fix_is_written_into_the_document(as_alice):
    form = send(as_alice, "fix-0")
    assert statements(form)[0]["Action"] == "s3:ListBucket"
    assert form.editor.remarks == []
    for step in ("fix-7", "fix-", "fix-x", "fix-²", "nonsense"):
        assert send(as_alice, step).editor.text == TYPO


def test_format_makes_two_spaces(as_alice):
    assert send(as_alice, "format", json.dumps(json.loads(TYPO))).editor.text == TYPO


def test_a_statement_is_added_after_the_others(as_alice):
    form = send(
        as_alice,
        "add",
        **{
            "statement-effect": "Allow",
            "statement-service": "SQS",
            "statement-levels": ["List", "Read"],
            "statement-actions": "s3:GetObject",
            "statement-resources": "arn:aws:sqs:eu-north-1:111122223333:orders\narn:aws:s3:::lake/*",
            "statement-mfa": "on",
            "statement-source_ip": "203.0.113.0/24",
        },
    )
    first, new = statements(form)
    assert first["Action"] == "s3:ListBuckets"
    assert new == {
        "Effect": "Allow",
        "Action": ["sqs:Get*", "sqs:List*", "sqs:ReceiveMessage", "s3:GetObject"],
        "Resource": ["arn:aws:sqs:eu-north-1:111122223333:orders", "arn:aws:s3:::lake/*"],
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        },
    }
    assert form.statement["service"].value() in (None, "")


def test_the_first_statement_takes_the_place_of_the_empty_one(as_alice):
    page = as_alice.get(reverse(URL))
    beginning = page.context["form"].editor.text
    form = send(as_alice, "add", beginning, **{"statement-effect": "Deny", "statement-actions": "iam:*"})
    assert statements(form) == [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]
    form = send(as_alice, "add", "", **{"statement-effect": "Deny", "statement-actions": "iam:*"})
    assert len(statements(form)) == 1


BAD = [
    ({"service": "s33", "levels": "Read"}, "AWS has no service called s33."),
    ({"service": "s3"}, "Choose a service and an access level"),
    ({"levels": "Read"}, "Choose a service and an access level"),
    ({}, "Choose a service"),
    ({"actions": "GetObject"}, "GetObject is not an action."),
    ({"actions": "s3:*", "resources": "lake"}, "lake is not an ARN."),
    ({"actions": "s3:*", "source_ip": "here"}, "here is not an IP address"),
]


@pytest.mark.parametrize(("fields", "words"), BAD)
def test_a_statement_that_cannot_be_made_is_told_at_its_field(as_alice, fields, words):
    sent = {f"statement-{name}": value for name, value in fields.items()}
    form = send(as_alice, "add", **{"statement-effect": "Allow", **sent})
    assert form.editor.text == TYPO
    assert words in " ".join(text for texts in form.statement.errors.values() for text in texts)


def test_a_broken_document_takes_no_statement_and_loses_nothing(as_alice):
    form = send(as_alice, "add", "{", **{"statement-effect": "Allow", "statement-actions": "s3:*"})
    assert form.editor.text == "{"
    assert form.statement["actions"].value() == "s3:*"
    assert "Fix the error first" in str(form.statement.errors)


def test_other_steps_keep_a_statement_half_typed(as_alice):
    form = send(as_alice, "check", **{"statement-service": "s3", "statement-levels": ["Read", "List"]})
    assert form.statement["service"].value() == "s3"
    assert form.statement["levels"].value() == ["Read", "List"]


def test_a_new_version_is_worked_on_and_then_saved(as_alice, alice, caller):
    execute(
        caller(alice),
        "CreatePolicy",
        PolicyName="Lakes",
        PolicyDocument=TYPO.replace("ListBuckets", "ListBucket"),
    )
    policy = ManagedPolicy.objects.get(policy_name="Lakes")
    address = reverse("users:edit-policy", args=[policy.pk])
    sent = {"document": TYPO, "default": "v1", "step": "fix-0"}
    form = as_alice.post(address, sent).context["form"]
    assert not form["set_as_default"].value(), "a tick taken off stays off"
    assert policy.versions.count() == 1
    del sent["step"]
    as_alice.post(address, {**sent, "document": form.editor.text})
    assert [version.document for version in policy.versions.order_by("pk")][-1] == form.editor.text


def test_the_summary_stands_on_the_page_of_the_policy(as_alice):
    admin = ManagedPolicy.objects.get(policy_name="AdministratorAccess")
    page = as_alice.get(reverse("users:policy", args=[admin.pk])).content.decode()
    assert "All services" in page
    assert "Full access" in page
    s3 = ManagedPolicy.objects.get(policy_name="AmazonS3ReadOnlyAccess")
    page = as_alice.get(reverse("users:policy", args=[s3.pk])).content.decode()
    assert "Amazon S3" in page
    assert "Full: " in page


def test_a_long_summary_is_shown_in_part_first(as_alice):
    read_only = ManagedPolicy.objects.get(policy_name="ReadOnlyAccess")
    address = reverse("users:policy", args=[read_only.pk])
    part = as_alice.get(address).content.decode()
    assert "The first 20 services are shown." in part
    assert "services=all" in part
    assert part.count('data-label="Service"') == 20
    everything = as_alice.get(address, {"services": "all"})
    assert everything.content.decode().count('data-label="Service"') == 50
    assert everything.context["allowed"].paginator.count > 200
    last = as_alice.get(address, {"services": "all", "allowed": "99"}).context["allowed"]
    assert last.number == last.paginator.num_pages


def test_most_services_are_one_line(as_alice, alice, caller):
    deny = {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    execute(caller(alice), "CreatePolicy", PolicyName="JustIAM", PolicyDocument=document)
    address = reverse("users:policy", args=[ManagedPolicy.objects.get(policy_name="JustIAM").pk])
    page = as_alice.get(address).content.decode()
    assert "All services except AWS Identity and Access Management, AWS Security Token Service" in page
    assert page.count('data-label="Service"') == 1
    assert len(page) < 60_000
    each = as_alice.get(address, {"services": "all", "denied": "2"})
    assert each.context["denied"].number == 2
