"""What pages ask of policies before they show a button."""

import pytest

from iamconsole.errors import IamError
from iamconsole.operations import May
from users.callers.build import Origin, caller_for_user

pytestmark = pytest.mark.django_db


def test_what_the_policies_allow_on_that_resource(alice, bob):
    may = May(caller_for_user(alice, Origin()), bob.arn)
    assert (may["DeleteUser"], may["UpdateAccessKeyDetails"]) == (True, True)
    own = caller_for_user(bob, Origin())
    assert (May(own, bob.arn)["DeleteUser"], May(own, bob.arn)["UpdateAccessKeyDetails"]) == (False, False)


def test_a_name_that_is_no_operation_is_an_error(alice):
    with pytest.raises(IamError):
        May(caller_for_user(alice, Origin()), alice.arn)["DeleteUsr"]
