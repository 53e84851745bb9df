"""Tags that no list of AWS's shows, after silence: at a second installation, for the double lacks them."""

import pytest

from iamconsole.errors import OutcomeUnknown
from iamconsole.models import Intent
from iamconsole.operations import execute
from iamconsole.operations.wanted import HAS, HAS_NOT
from iamconsole.sync.settle import NOT_READ
from tests.credentials.key_texts import certificate, private_rsa, private_text
from tests.sync import proxy as faults
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, later, link, sync
from tests.sync.second import second_installation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.long]
ADD = {"Tags": [{"Key": "team", "Value": "blue"}]}
REMOVE = {"TagKeys": ["old"]}
OLD = [{"Key": "old", "Value": "1"}]
DEVICE = {"SerialNumber": f"arn:aws:iam::{AWS_ACCOUNT}:mfa/phone"}
CERTIFICATE = {"ServerCertificateName": "web"}
CHANGES = {
    "TagMFADevice": DEVICE | ADD,
    "UntagMFADevice": DEVICE | REMOVE,
    "TagServerCertificate": CERTIFICATE | ADD,
    "UntagServerCertificate": CERTIFICATE | REMOVE,
}


@pytest.fixture(scope="module")
def second():
    """With a device and a server certificate, both tagged."""
    with second_installation() as installation:
        iam, key = installation.client(), private_rsa()
        iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=OLD)
        iam.upload_server_certificate(
            CertificateBody=certificate("web", private=key),
            PrivateKey=private_text(key),
            Tags=OLD,
            **CERTIFICATE,
        )
        yield installation


def refused(action: str) -> faults.Fault:
    """The question does not arrive, and nobody says so."""
    hang_up = faults.Answer(200, b"", cut=0)
    return lambda request, pass_on: hang_up if request.action == action else None


def unheard(action: str) -> faults.Fault:
    """AWS acts, and the connection breaks before a byte of the answer arrives."""
    return lambda request, pass_on: (
        faults.Answer(200, pass_on().body, cut=0) if request.action == action else None
    )


def test_tags_are_asked_for_alone(second, settings, monkeypatch, alice, caller):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", second.key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", second.key["SecretAccessKey"])
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with faults.proxied(second.url) as day:
        settings.AWS_ENDPOINT_URL = f"{day.url}/api/"
        link(caller(alice))
        assert sync(alice).state == "done"
        for name in CHANGES:
            assert said(day, alice, name, refused(name)) == HAS_NOT
            denied = faults.refusing("AccessDenied", "ListMFADeviceTags", "ListServerCertificateTags")
            assert said(day, alice, name, refused(name), denied) == NOT_READ
            assert said(day, alice, name, unheard(name)) == HAS


def said(day, alice, name: str, fault: faults.Fault, *then: faults.Fault) -> str:
    """How a change ends that AWS did not answer."""
    Intent.objects.all().delete()
    day.faults[:] = [fault]
    with pytest.raises(OutcomeUnknown):
        execute(as_administrator(alice), name, **CHANGES[name])
    day.faults[:] = then
    later()
    assert sync(alice).state == "done"
    return Intent.objects.get().outcome
