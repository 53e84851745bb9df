"""An organization of four accounts, as AWS would show it, read by the console's own identity."""

import pytest

from tests.aws_model_server import serving_models
from tests.aws_organization import MANAGEMENT, Account, Organization
from tests.sync.conftest import aws, moto_url

__all__ = ["aws", "moto_url"]
WORK, PROD = "ou-root-work0000", "ou-root-prod0000"
PAYMENTS, SEARCH, SANDBOX = "111111111111", "222222222222", "333333333333"


@pytest.fixture
def organization() -> Organization:
    return Organization(
        accounts={
            MANAGEMENT: Account("Management"),
            PAYMENTS: Account("Payments", PROD),
            SEARCH: Account("Search", WORK),
            SANDBOX: Account("Sandbox", state="SUSPENDED"),
        },
        units={WORK: ("Work", "r-root"), PROD: ("Prod", WORK)},
    )


@pytest.fixture
def server(aws, moto_url, organization, settings):
    """AWS with the organization; everything else is answered by the double behind."""
    with serving_models(organization.services(), otherwise=moto_url) as models:
        settings.AWS_ENDPOINT_URL = models.url
        yield models


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)
