"""Odd values in operations (tests/security/odd_values.py): a refusal, never a crash.

Nothing is listed here but operations: which parameters one has stands in its model. What is new is asked as well.
"""

import re
from urllib.parse import urlencode

import pytest

from iamconsole.errors import IamError
from iamconsole.operations import all_operations, execute
from tests.query.signing import Request
from tests.security.odd_values import VALUES
from tests.test_access_matrix import AIMED_AT_OTHERS

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def flat(value, name):
    """Parameters as the Query protocol sends them."""
    if isinstance(value, dict):
        return [pair for key, part in value.items() for pair in flat(part, f"{name}.{key}" if name else key)]
    if isinstance(value, list):
        return [pair for n, part in enumerate(value, 1) for pair in flat(part, f"{name}.member.{n}")]
    return [(name, value)]


def leaves(shape, name=""):
    """The names of all that can be sent, lists with one entry."""
    if shape is None:
        return []
    if shape.type_name == "structure":
        return [
            leaf
            for key, part in shape.members.items()
            for leaf in leaves(part, f"{name}.{key}" if name else key)
        ]
    if shape.type_name == "list":
        return leaves(shape.member, f"{name}.member.1")
    return [name]


API = sorted(name for name in all_operations() if not name.startswith("iamconsole:"))
OWN = sorted(name for name in all_operations() if name.startswith("iamconsole:"))


@pytest.mark.parametrize("name", API)
def test_no_parameter_of_the_api_crashes_it(name, alice, charlie, caller):
    key = execute(caller(alice), "CreateAccessKey", UserName="alice")["AccessKey"]
    service, _, action = name.rpartition(":")
    version = "2011-06-15" if service == "sts" else "2010-05-08"
    good = Request(
        key["AccessKeyId"], key["SecretAccessKey"], **({"service": "sts"} if service == "sts" else {})
    )
    base = dict(flat(AIMED_AT_OTHERS.get(name, {}), ""))
    for leaf in leaves(all_operations()[name].model.input_shape):
        for value in VALUES:
            body = urlencode({**base, leaf: value, "Action": action, "Version": version})
            answer = good.having(body=body).sign().go()
            assert answer.status_code < 500, (leaf, value[:50], answer.content)


def nested(leaf, value):
    """A parameter of an operation as it is given by our own code, which gives the content of files in bytes."""
    value = value.encode() if leaf == "Content" else value
    head, *rest = [part for part in leaf.split(".") if not re.fullmatch("[0-9]+", part)]
    for part in reversed(rest):
        value = [value] if part == "member" else {part: value}
    return {head: value}


@pytest.mark.parametrize("name", OWN)
def test_no_parameter_of_the_consoles_operations_crashes_them(name, alice, charlie, caller):
    for leaf in leaves(all_operations()[name].model.input_shape):
        for value in VALUES:
            try:
                execute(caller(alice), name, **{**AIMED_AT_OTHERS.get(name, {}), **nested(leaf, value)})
            except IamError:
                continue
