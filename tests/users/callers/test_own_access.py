"""A change that takes the access of the person who makes it is never silent, and nobody else is asked."""

import json

import pytest
from django.utils import timezone

from iamconsole.errors import NotConfirmed
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.sessions import sign_in
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role, caller_for_user
from users.callers.mfa_requirement import TEXT as DENY_WITHOUT_MFA
from users.callers.own_access import OWN_ACCESS
from users.models import InlinePolicy, ManagedPolicy, PolicyAttachment

pytestmark = pytest.mark.django_db
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


def put(effect: str, action, **more) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def dora(home, alice):
    """A second administrator: nobody is the last one here."""
    return make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))


def test_a_deny_without_mfa_on_oneself_asks_and_the_tick_lets_it_through(client, home, alice, dora):
    policy = ManagedPolicy.objects.create(
        account=home, arn="arn:aws:iam::100000000001:policy/mfa", policy_name="mfa", document=DENY_WITHOUT_MFA
    )
    sign_in(client, alice, PASSWORD)
    url = f"/users/{alice.user_id}/policies/attach/"
    asked = client.post(url, {"go": "save", "pick": policy.arn})
    assert asked.status_code == 409
    text = asked.content.decode()
    assert "This takes your own access from the next request on." in text
    assert "iam:AddUserToGroup" in text
    assert f'value="{OWN_ACCESS}"' in text
    assert not policy.attachments.exists()
    assert (
        client.post(url, {"go": "save", "pick": policy.arn, "confirmed": ["", "another"]}).status_code == 409
    )
    assert (
        client.post(url, {"go": "save", "pick": policy.arn, "confirmed": ["", OWN_ACCESS]}).status_code == 302
    )
    assert policy.attachments.get().user == alice
    attached = Event.objects.filter(action="iam:AttachUserPolicy", outcome="allowed").latest("id")
    assert attached.detail["Confirmed"] == [OWN_ACCESS]


def test_what_takes_nothing_from_this_session_is_not_asked_about(home, alice, dora, caller):
    with_mfa = caller_for_user(alice, Origin(mfa_at=timezone.now()))
    quiet = [
        (with_mfa, "mfa", DENY_WITHOUT_MFA),  # this session has MFA
        (caller(alice), "buckets", put("Deny", "s3:*")),  # nothing that this console does
        (caller(alice), "more", put("Allow", "iam:*")),
        (caller(alice), "others", put("Deny", "*", Condition={"StringEquals": {"aws:username": "bob"}})),
        (caller_for_user(alice, Origin(channel="access-key")), "program", put("Deny", "iam:Get*")),
    ]
    for who, name, document in quiet:
        execute(who, "PutUserPolicy", UserName="alice", PolicyName=name, PolicyDocument=document)
    InlinePolicy.objects.filter(user=alice).delete()
    loud = [
        put("Deny", "*", Condition={"StringEquals": {"aws:username": "alice"}}),
        put("Deny", "iam:DeleteUser"),
        put("Deny", "iamconsole:*"),
        put("Deny", "sts:AssumeRole"),  # the way into other accounts
        put("Deny", "iam:*", Condition={"StringEquals": {"iam:PolicyARN": S3}}),
    ]
    for document in loud:
        with pytest.raises(NotConfirmed) as question:
            execute(caller(alice), "PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument=document)
        assert question.value.guard == OWN_ACCESS
    assert not InlinePolicy.objects.filter(user=alice).exists()


def test_whose_own_access_it_is(home, alice, dora, caller):
    other = make_account("200000000002")
    there = make_user(other, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    make_user(other, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    in_role = caller_for_role(alice, other, ADMINISTRATOR, Origin())
    execute(in_role, "DetachUserPolicy", UserName="alice", PolicyArn=ADMINISTRATOR_ACCESS)
    assert not PolicyAttachment.objects.filter(user=there).exists()  # of the same name, and another user
    with pytest.raises(NotConfirmed):
        execute(caller(alice), "DetachUserPolicy", UserName="alice", PolicyArn=ADMINISTRATOR_ACCESS)
    PolicyAttachment.objects.create(user=alice, policy=ManagedPolicy.objects.get(arn=READ_ONLY))
    execute(
        caller(alice), "DetachUserPolicy", UserName="alice", PolicyArn=READ_ONLY
    )  # all of it is elsewhere


def test_what_conditions_ask_about_oneself_asks_too(home, alice, dora, caller):
    """Tags, name and path: the policies stay, and so do what they say of others."""
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    own = {"StringEquals": {"iam:ResourceTag/team": "${aws:PrincipalTag/Team}"}}
    red = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    here = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/alice"}}
    to_red = ("TagUser", {"Tags": [{"Key": "team", "Value": "red"}]})
    untag = ("UntagUser", {"TagKeys": ["team"]})
    rename, move = ("UpdateUser", {"NewUserName": "alicia"}), ("UpdateUser", {"NewPath": "/staff/"})
    other = ("TagUser", {"Tags": [{"Key": "floor", "Value": "3"}]})
    cases = [
        (put("Allow", "iam:*", Condition=blue), [to_red, untag], [other, rename]),
        (put("Allow", "iam:*", Condition=own), [to_red, untag], [other, rename]),
        (put("Allow", "iam:*", Condition=here), [rename, move], [to_red, untag]),
        (put("Allow", "iam:*", Condition={"StringNotEquals": {"aws:username": "alicia"}}), [rename], [move]),
    ]
    deny = put("Deny", "iam:Create*", Condition=red)
    always = ManagedPolicy.objects.get(arn=ADMINISTRATOR_ACCESS)
    grant = put("Allow", ["iam:TagUser", "iam:UntagUser", "iam:UpdateUser"])
    for document, loud, quiet in [*cases, (deny, [to_red], [untag, other, rename, move])]:
        InlinePolicy.objects.filter(user=alice).delete()
        PolicyAttachment.objects.filter(user=alice).delete()
        if document == deny:
            PolicyAttachment.objects.create(user=alice, policy=always)
        for name, text in (("p", document), ("grant", grant)):
            InlinePolicy.objects.create(user=alice, policy_name=name, name_folded=name, document=text)
        for name, params in loud + quiet:
            alice.refresh_from_db()
            alice.tags = {"team": "blue"}
            alice.user_name, alice.name_folded, alice.path = "alice", "alice", "/"
            alice.save()
            if (name, params) in loud:
                with pytest.raises(NotConfirmed) as question:
                    execute(caller(alice), name, UserName="alice", **params)
                assert question.value.guard == OWN_ACCESS
            else:
                execute(caller(alice), name, UserName="alice", **params)
    execute(caller(dora), "TagUser", UserName="alice", Tags=[{"Key": "team", "Value": "red"}])  # of another
