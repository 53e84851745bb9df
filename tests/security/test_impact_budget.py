"""What a change of permissions takes from somebody is told within a budget: the account is locked meanwhile."""

import json

import pytest
from django.urls import reverse

from iamconsole.errors import NotConfirmed
from iamconsole.operations import execute
from iamconsole.policy import Steps, TooManySteps, parse
from iamconsole.review.changes import Side, verdicts
from tests.cast import make_user
from users.callers.own_access import MOST_STEPS, NOT_TOLD, OWN_ACCESS
from users.impact.effects import PAGE_STEPS
from users.models import ManagedPolicy, PolicyAttachment
from users.simulator.effective import TOO_MUCH

pytestmark = pytest.mark.django_db
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PAIRS = [one + other for one in LETTERS for other in LETTERS]
# Each about as long as a policy may be; the number tells it from the others.
EVIL = {
    "actions": lambda n: {"Action": [f"*:*{pair}*{LETTERS[n]}*" for pair in PAIRS[:600]], "Resource": "*"},
    "resources": lambda n: {"Action": "*", "Resource": [f"arn:aws:s3:::{n}{pair}?*" for pair in PAIRS[:270]]},
}
AWS = "arn:aws:iam::aws:policy/{}"
PLAIN = ("AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMFullAccess")


def evil(kind, number):
    row = {"Effect": "Allow", **EVIL[kind](number)}
    return json.dumps({"Version": "2012-10-17", "Statement": row}, separators=(",", ":"))


@pytest.mark.long
@pytest.mark.parametrize("kind", EVIL)
def test_what_takes_too_much_work_is_asked_and_not_worked_out(kind, home, alice, caller, client, sign_in):
    for number in range(10):
        text, name = evil(kind, number), f"evil-{number}"
        arn = f"arn:aws:iam::{home.account_id}:policy/{name}"
        policy = ManagedPolicy.objects.create(account=home, arn=arn, policy_name=name, document=text)
        policy.versions.create(number=1, document=text)
        PolicyAttachment.objects.create(user=alice, policy=policy)
    question = None
    try:
        execute(caller(alice), "DetachUserPolicy", UserName="alice", PolicyArn=arn)
    except NotConfirmed as asked:
        question = asked
    if question is None:  # AdministratorAccess was looked at first, which decides about all resources at once
        assert kind == "resources"
    else:
        assert (question.guard, NOT_TOLD in str(question)) == (OWN_ACCESS, True)
    sign_in(client, alice)
    for page in (reverse("users:user-access", args=[alice.user_id]), reverse("users:own-permissions")):
        answer = client.get(page)
        assert answer.status_code == (400 if kind == "actions" else 200)
        assert (TOO_MUCH in answer.content.decode()) is (kind == "actions")


@pytest.mark.long
@pytest.mark.parametrize("kind", EVIL)
def test_a_page_has_a_budget_for_every_part_of_the_work(kind):
    # Others than above: what was worked out of a document costs less the next time.
    every = frozenset(parse(evil(kind, number)) for number in range(10, 20))
    with pytest.raises(TooManySteps):
        verdicts(Side(every), Side(frozenset(list(every)[:9])), steps=Steps(PAGE_STEPS))


def test_common_policies_stay_far_below(home, alice, caller):
    """All of AWS's broad ones at once, of which one goes."""
    dora = make_user(home, "dora", policies=tuple(map(AWS.format, PLAIN)))
    PolicyAttachment.objects.filter(user=dora, policy__policy_name="PowerUserAccess").delete()
    every = frozenset(parse(row.policy.document) for row in dora.policy_attachments.select_related("policy"))
    steps = Steps(MOST_STEPS)
    verdicts(Side(every), Side(frozenset(list(every)[1:])), steps=steps)
    assert steps.left > MOST_STEPS / 4
    execute(caller(dora), "DetachUserPolicy", UserName="dora", PolicyArn=AWS.format("SecurityAudit"))
