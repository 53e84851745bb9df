"""The organization of tests.users.organization, read, with root credentials in one account."""

import pytest

from tests.aws_organization import Root
from tests.users.organization.conftest import PAYMENTS, as_alice, aws, moto_url, organization, server
from tests.users.organization.test_reading import read

__all__ = ["as_alice", "aws", "moto_url", "organization", "server"]


@pytest.fixture
def root(organization) -> Root:
    """What the root user of Payments has."""
    organization.accounts[PAYMENTS].root = Root(
        password=True,
        keys=["AKIAROOTKEY000000001", "AKIAROOTKEY000000002"],
        certificates=["TA7SMP42TDN5Z26OBPJE7EXAMPLE"],
        devices=[f"arn:aws:iam::{PAYMENTS}:mfa/root-account-mfa-device", "GAHT12345678"],
    )
    return organization.accounts[PAYMENTS].root


@pytest.fixture
def read_once(as_alice, server, root):
    assert read(as_alice).state == "done"
    return as_alice
