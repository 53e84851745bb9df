"""``aws:ResourceAccount``: whose the resource of a request is, which common guardrails ask about."""

import pytest

from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID
from tests.query.test_rights_to_lists import give, listed, on

pytestmark = pytest.mark.django_db
AWS_ITSELF = "639982225848"  # IAM-FACTS 2.23


def asking(effect: str, operator: str, account: str) -> dict:
    return {**on("*", effect), "Condition": {operator: {"aws:ResourceAccount": account}}}


def test_things_of_the_account_are_its_own_and_policies_of_aws_are_not(bobs_iam, bob, charlie):
    asked = {
        "ListUsers": {},
        "ListGroups": {"PathPrefix": "/staff/"},
        "GetUser": {"UserName": "charlie"},
        "ListAttachedUserPolicies": {"UserName": "bob"},
    }
    allowed = dict.fromkeys(asked, "")
    denied = dict.fromkeys(asked, "AccessDenied")
    for statements, expected, of_aws in (
        ([asking("Allow", "StringEquals", HOME_ID)], allowed, "AccessDenied"),
        ([asking("Allow", "StringEquals", "${aws:PrincipalAccount}")], allowed, "AccessDenied"),
        ([on("*"), asking("Deny", "StringNotEquals", HOME_ID)], allowed, "AccessDenied"),
        ([asking("Allow", "StringEquals", AWS_ITSELF)], denied, ""),
        ([on("*"), asking("Deny", "StringEquals", HOME_ID)], denied, ""),
    ):
        give(bob, *statements)
        assert {name: listed(bobs_iam, name, **params) for name, params in asked.items()} == expected
        for name in ("GetPolicy", "ListEntitiesForPolicy", "ListPolicyVersions"):
            assert listed(bobs_iam, name, PolicyArn=ADMINISTRATOR_ACCESS) == of_aws


def test_what_has_no_resource_has_no_account(bobs_iam, bob):
    give(bob, asking("Allow", "StringEquals", HOME_ID))
    assert listed(bobs_iam, "GetAccountSummary") == "AccessDenied"
    give(bob, asking("Allow", "Null", "true"))
    assert listed(bobs_iam, "GetAccountSummary") == ""
