"""The template of the role passes cfn-lint, and its policies are those that pages show for copying."""

import json

import pytest
from cfnlint.api import lint
from django.urls import reverse

from users.accounts import link_policies

pytestmark = pytest.mark.django_db(transaction=True)
ROLE_INLINE, MANAGED = 10_240, 6_144  # characters without white space (IAM-FACTS 9.2)


def size(document: dict) -> int:
    return len(json.dumps(document, separators=(",", ":")))


@pytest.fixture
def downloaded(client, alice, sign_in, tmp_path):
    """The file as it is downloaded."""
    answer = sign_in(client, alice).get(reverse("users:download-stack-set"))
    assert answer["Content-Disposition"] == 'attachment; filename="iam-console-role.json"'
    file = tmp_path / "role.json"
    file.write_bytes(answer.content)
    return file


def test_the_template_passes_cfn_lint(downloaded):
    found = lint(downloaded.read_text(), regions=["us-east-1", "us-gov-west-1", "cn-north-1"])
    assert not found, [str(match) for match in found]


def test_its_policies_are_the_ones_to_copy_and_fit(downloaded, client):
    text = downloaded.read_text()
    resources = json.loads(text)["Resources"]
    read = resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    manage = resources["ManagePolicy"]["Properties"]["PolicyDocument"]
    assert read == json.loads(link_policies.policy(link_policies.READ))
    assert manage == json.loads(link_policies.policy(link_policies.manage()))
    assert size(read) + size(manage) <= ROLE_INLINE
    assert max(size(read), size(manage)) <= MANAGED, "each can also be a managed policy"
    assert resources["ManagePolicy"]["Condition"] == "CanManage"
    assert "arn:aws" not in text, "the parameter brings the partition along"
    page = client.get(reverse("users:stack-set")).content.decode()
    assert "CloudFormation" in page
    assert "sts:AssumeRoot" in page


def test_the_document_has_the_policy_of_the_management_account(settings):
    text = (settings.BASE_DIR / "docs" / "link-aws.md").read_text()
    needed = {**link_policies.ORGANIZATION, **link_policies.ROOTS}
    assert [action for action, need in needed.items() if link_policies.row_of(action, need) not in text] == []
    assert link_policies.organization_policy("aws") in text
