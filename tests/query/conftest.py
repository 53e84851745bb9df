"""Clients of the API for the cast."""

import pytest

from tests.query.clients import key_of, routed


@pytest.fixture
def alice_key(alice, caller):
    return key_of(caller(alice), alice)


@pytest.fixture
def iam(alice_key):
    """IAM as Alice, who administers."""
    return routed(*alice_key)


@pytest.fixture
def sts(alice_key):
    """STS as Alice."""
    return routed(*alice_key, service="sts")


@pytest.fixture
def bobs_iam(alice, bob, caller):
    """IAM as Bob, who has no policy."""
    return routed(*key_of(caller(alice), bob))
