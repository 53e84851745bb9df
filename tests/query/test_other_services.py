"""Clients of AWS's other services, pointed at the console: an error that each of them can read."""

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from iamconsole.gateway import sessions
from tests.client import Client
from tests.query.clients import send

pytestmark = pytest.mark.django_db
# A service of each protocol and form of error, with a call and the code in that service's spelling.
CALLS = {
    "ec2": ("describe_regions", {}, "UnauthorizedOperation"),
    "s3": ("put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}, "AccessDenied"),
    "cloudfront": ("list_distributions", {}, "AccessDenied"),
    "route53": ("list_hosted_zones", {}, "AccessDenied"),
    "sns": ("list_topics", {}, "AccessDenied"),
    "cloudformation": ("list_stacks", {}, "AccessDenied"),
    "ses": ("list_identities", {}, "AccessDenied"),
    "organizations": ("describe_organization", {}, "AccessDeniedException"),
    "cloudtrail": ("describe_trails", {}, "AccessDeniedException"),
    "dynamodb": ("list_tables", {}, "AccessDeniedException"),
    "sqs": ("list_queues", {}, "AccessDeniedException"),
    "accessanalyzer": ("list_analyzers", {}, "AccessDeniedException"),
    "lambda": ("delete_function", {"FunctionName": "f"}, "AccessDeniedException"),
    "account": ("get_contact_information", {}, "AccessDeniedException"),
    "cloudwatch": ("describe_alarms", {}, "AccessDeniedException"),
    "health": ("describe_events", {}, "AccessDeniedException"),
}


def client_of(
    service: str, endpoint: str = "http://testserver/api/", key=("AKIA" + "A" * 16, "s" * 40), **more
):
    """A genuine client of a service whose requests go into the test client."""
    config = Config(
        retries={"total_max_attempts": 1}, parameter_validation=False, s3={"addressing_style": "path"}, **more
    )
    made = sessions.session(*key, None, region="us-east-1").client(
        service, region_name="us-east-1", endpoint_url=endpoint, config=config
    )
    browser = Client()
    made.meta.events.register("before-send", lambda request, **kwargs: send(browser, request))
    return made


@pytest.mark.parametrize("endpoint", ["http://testserver/api/", "http://testserver"])
@pytest.mark.parametrize("service", CALLS)
def test_every_client_reads_that_its_service_is_not_here(service, endpoint):
    call, params, code = CALLS[service]
    with pytest.raises(ClientError) as caught:
        getattr(client_of(service, endpoint), call)(**params)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert "serves IAM and STS only" in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize("service", ["ec2", "sns", "organizations", "cloudtrail", "dynamodb", "cloudwatch"])
def test_a_client_without_a_key_reads_what_is_missing(service):
    """Without a signature nothing tells the service, and the form of the request is all there is."""
    call, params, _ = CALLS[service]
    with pytest.raises(ClientError) as caught:
        getattr(client_of(service, signature_version=UNSIGNED), call)(**params)
    error = caught.value.response["Error"]
    assert error["Code"].removesuffix("Exception") == "MissingAuthenticationToken"
    assert error["Message"] == "Request is missing Authentication Token"


@pytest.mark.parametrize("kind", ["application/x-amz-json-1.0", "application/json", "application/cbor"])
def test_what_has_no_signature_is_refused_in_the_form_of_its_body(kind):
    answer = Client().post("/api/", b"{}", content_type=kind)
    assert (answer.status_code, answer["Content-Type"][:16]) == (403, kind[:16])
    assert b"MissingAuthenticationTokenException" in answer.content


def test_a_host_name_of_another_service_is_refused_in_its_form():
    """This client puts the account in front of the host name, which is not the console's then."""
    with pytest.raises(ClientError) as caught:
        client_of("s3control").get_public_access_block(AccountId="100000000001")
    assert caught.value.response["Error"]["Code"] == "InvalidRequest"
