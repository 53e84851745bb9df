"""Two versions of a policy, line by line."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from iamconsole.operations import execute
from users.models import ManagedPolicy
from users.policies.comparison import compared

texts = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=12).map("\n".join)


@given(texts, texts)
def test_both_documents_can_be_read_out_of_it(old, new):
    lines = compared(old, new)
    assert "\n".join(line.text for line in lines if line.old) == old
    assert "\n".join(line.text for line in lines if line.new) == new
    assert [line.old for line in lines if line.old] == list(range(1, old.count("\n") + 2))
    if old == new:
        assert {line.kind for line in lines} == {"same"}


@pytest.mark.django_db
def test_the_page_compares_the_default_with_the_one_before(client, alice, caller, sign_in):
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:%s*","Resource":"*"}}'
    admin = caller(alice)
    execute(admin, "CreatePolicy", PolicyName="Lake", PolicyDocument=document % "Get")
    policy = ManagedPolicy.objects.get(policy_name="Lake")
    sign_in(client, alice)
    address = reverse("users:policy-versions", args=[policy.pk])
    assert "lines" not in client.get(address).context
    for verb in ("List", "Put"):
        execute(
            admin,
            "CreatePolicyVersion",
            PolicyArn=policy.arn,
            PolicyDocument=document % verb,
            SetAsDefault=verb == "List",
        )

    def changed(**query):
        page = client.get(address, query)
        lines = [line for line in page.context["lines"] if line.kind != "same"]
        return page.context["old"], page.context["new"], [(line.kind, line.text.strip()) for line in lines]

    old, new, lines = changed()
    assert (old, new) == ("v1", "v2")
    assert [kind for kind, _ in lines] == ["removed", "added"]
    assert "s3:Get*" in lines[0][1]
    assert "s3:List*" in lines[1][1]
    assert changed(old="v1", new="v3")[:2] == ("v1", "v3")
    assert changed(old="v9", new="v3")[:2] == ("v1", "v2")
