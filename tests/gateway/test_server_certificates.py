"""Server certificates of a linked account: AWS keeps the key and the count, we keep what is public."""

import pytest
from botocore.exceptions import ClientError

from credentials.models import ServerCertificate
from credentials.server_certificates.certificates import KEY_MISMATCH
from iamconsole.errors import IamError
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from tests.credentials.server_certificates.test_server_certificates import fill, stored_texts
from tests.credentials.server_material import key_pem, upload_params
from tests.sync.conftest import as_administrator, link

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = "UploadServerCertificate"


@pytest.fixture
def admin(alice, aws, caller):
    link(caller(alice))
    return as_administrator(alice)


def test_aws_gets_the_key_and_we_keep_the_rest(admin, aws):
    sent = upload_params("web", Path="/cloudfront/prod/", Tags=[{"Key": "team", "Value": "web"}])
    facts = execute(admin, UPLOAD, **sent)["ServerCertificateMetadata"]
    there = aws.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]
    row = ServerCertificate.objects.get()
    assert there["CertificateBody"] == row.certificate_body
    assert row.server_certificate_id == facts["ServerCertificateId"]
    assert (row.path, row.tags, row.slot) == ("/cloudfront/prod/", {"team": "web"}, None)
    assert row.sealed_private_key == "", "nothing of the key is kept here"
    line = key_pem().splitlines()[1]
    assert not [text[:80] for text in stored_texts() if line in text]
    assert Intent.objects.get().state == Intent.State.DONE


def test_a_key_that_does_not_fit_never_leaves(admin, aws, front):
    front.asked.clear()
    with pytest.raises(IamError, match=KEY_MISMATCH[:30]):
        execute(admin, UPLOAD, **upload_params("web", PrivateKey=key_pem("another")))
    assert front.asked == []


def test_the_quota_is_counted_by_aws(admin, aws):
    account = ServerCertificate._meta.get_field("account").related_model.objects.get(
        account_id=admin.account_id
    )
    fill(account, 20)
    execute(admin, UPLOAD, **upload_params("web"))
    assert ServerCertificate.objects.filter(account=account).count() == 21


def test_deleting_happens_there_and_here(admin, aws):
    execute(admin, UPLOAD, **upload_params("web"))
    execute(admin, "DeleteServerCertificate", ServerCertificateName="web")
    assert not ServerCertificate.objects.exists()
    with pytest.raises(ClientError, match="cannot be found"):
        aws.get_server_certificate(ServerCertificateName="web")


def test_silence_leaves_the_question_open_without_the_key(admin, aws, front):
    front.silent = frozenset({UPLOAD})
    with pytest.raises(IamError, match="did not answer in time"):
        execute(admin, UPLOAD, **upload_params("web"))
    intent = Intent.objects.get()
    assert set(intent.params) == {"ServerCertificateName"}
    assert not ServerCertificate.objects.exists()
    assert "PRIVATE KEY" not in str(list(Event.objects.values()))
