"""A request while its account is being deleted is refused with a sentence, never with HTTP 500."""

import threading
import uuid

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.operations import all_operations, execute, find
from tests.cast import PASSWORD, make_account, make_user
from tests.client import Client
from tests.security.test_authorized_is_changed import PARAMS, allow
from tests.security.test_jobs_of_persons import FORM, NOT_PAGES, addresses
from tests.walks import taken_back
from users.accounts.operations.accounts import forget
from users.callers import middleware
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role, caller_for_user
from users.models import Account, ListPreferences, User

pytestmark = pytest.mark.django_db

OTHER = "200000000002"


def recent():
    return Origin(session_key="s" * 32, authenticated_at=timezone.now())


def other_account(**named):
    account = make_account(OTHER)
    return account, make_user(account, "otto", password=PASSWORD)


def test_no_operation_breaks_when_its_account_goes(home, alice, subtests):
    """The caller was built, then the account was deleted: with everybody and everything in it."""
    account, otto = other_account()
    allow(otto, "*", "*")
    callers = [
        caller_for_role(alice, account, ADMINISTRATOR, recent()),
        caller_for_user(otto, Origin(channel="access-key")),
        caller_for_user(User.objects.root_of(account), recent()),
    ]
    forget(account)
    for name in sorted(all_operations()):
        for caller in callers:
            with subtests.test(name, caller=str(caller.arn)), taken_back():
                try:
                    execute(caller, name, **PARAMS.get(name, {}))
                except IamError:
                    continue
                assert not find(name).changes, f"{name} wrote into an account that is gone"


@pytest.mark.long
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["alice", "otto"])
def test_no_page_breaks_when_its_account_goes(who, method, home, alice, sign_in, monkeypatch):
    build, armed = middleware.caller_of, []

    def deleting(request):
        caller = build(request)
        if armed and caller is not None:
            str(caller.arn)
            forget(armed.pop())
        return caller

    monkeypatch.setattr(middleware, "caller_of", deleting)
    met = 0
    for name, converters in sorted(addresses()):
        if name in NOT_PAGES:
            continue
        account, otto = other_account()
        allow(otto, "*", "*")
        given = {word: value_for(word, converter, otto) for word, converter in converters.items()}
        client = sign_in(Client(), alice if who == "alice" else otto)
        if who == "alice":
            client.post(reverse("users:switch-account", args=[OTHER]))
        armed.append(account)
        answer = getattr(client, method)(reverse(name, kwargs=given), FORM if method == "post" else {})
        assert answer.status_code < 500, name
        met += not armed
        armed.clear()
        for left in Account.objects.filter(account_id=OTHER):
            forget(left)
        # Refused at the commit, which the transaction of this test never comes to.
        ListPreferences.objects.exclude(user__in=User.objects.all()).delete()
    assert met > 50, "the account has to go while pages are made"


def value_for(word, converter, otto):
    known = {"user_id": otto.user_id, "account_id": OTHER, "form": "exact", "token": "x" * 43}
    kind = type(converter).__name__
    return known.get(word) or (uuid.uuid4() if "UUID" in kind else 1 if "Int" in kind else "x")


RACING = [
    ("CreateUser", {"UserName": "new"}),
    ("CreateGroup", {"GroupName": "new"}),
    ("CreateAccessKey", {"UserName": "otto"}),
    ("PutUserPolicy", {"UserName": "otto", "PolicyName": "p", "PolicyDocument": None}),
    ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "otto"}),
    ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 9}),
]
ALLOWS = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}'


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "params"), RACING)
def test_a_write_races_the_deletion(name, params, home, alice, caller):
    """Both at once, in threads of their own: foreign keys are checked at the commit."""
    if "PolicyDocument" in params:
        params = {**params, "PolicyDocument": ALLOWS}
    for _ in range(4):
        account, _ = other_account()
        role = caller_for_role(alice, account, ADMINISTRATOR, recent())
        start, errors = threading.Barrier(2), []

        def run(me, operation, given, start=start, errors=errors):
            start.wait()
            try:
                execute(me, operation, **given)
            except (IamError, OperationalError):
                pass  # refused, or 503 where the database gave up waiting
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        works = [
            (role, name, params),
            (caller(alice), "iamconsole:DeleteAccount", {"AccountId": OTHER}),
        ]
        threads = [threading.Thread(target=run, args=work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        for left in Account.objects.filter(account_id=OTHER):
            forget(left)
        assert not User.objects.filter(user_name__in=["otto", "new"]).exists()
