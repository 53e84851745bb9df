"""Each party's code against the other's: botocore writes and we read, we write and botocore reads."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from iamconsole.operations import all_operations
from iamconsole.operations.shapes import iam_model, sts_model
from iamconsole.query import answers, offers, parameters

NOW = datetime(2026, 9, 11, 13, 15, 19, tzinfo=UTC)
# Text that every layer has a reason to spoil.
AWKWARD = "Zoë <&\"'> +%20=;🔑 ]]> ​ä"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'

OFFERED = [
    pytest.param(model.operation_model(name), id=f"{model.service_name}-{name}")
    for model in (iam_model(), sts_model())
    for name in sorted(offers.offered(model))
]


def sample(shape: Shape, depth: int = 0) -> Any:
    """A value of the shape with every member in it."""
    if isinstance(shape, StructureShape):
        members = {} if depth > 5 else shape.members
        return {name: sample(member, depth + 1) for name, member in members.items()}
    if isinstance(shape, ListShape):
        return [sample(shape.member, depth + 1), sample(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {str(sample(shape.key)): sample(shape.value, depth + 1)}
    kinds = {"integer": 7, "long": 2**40, "boolean": True, "timestamp": NOW, "blob": b"\x00\xffblob"}
    if shape.type_name in kinds:
        return kinds[shape.type_name]
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][0]
    return DOCUMENT if shape.name == answers.ENCODED else AWKWARD


@pytest.mark.parametrize("operation", OFFERED)
def test_botocore_writes_and_we_read(operation: OperationModel):
    if operation.input_shape is None:
        return
    meant = sample(operation.input_shape)
    protocol = operation.service_model.metadata["protocol"]
    request = create_serializer(protocol, include_validation=False).serialize_to_request(meant, operation)
    pairs = parse_qsl(urlencode(request["body"]), keep_blank_values=True)
    assert parameters.read(operation.input_shape, pairs) == meant


@pytest.mark.parametrize("operation", OFFERED)
def test_we_write_and_botocore_reads(operation: OperationModel):
    facts = sample(operation.output_shape) if operation.output_shape else {}
    xml = answers.answer(operation, facts, "8d2b5f3c-0000-4000-8000-000000000000")
    parser = create_parser(operation.service_model.metadata["protocol"])
    read = parser.parse({"body": xml.encode(), "status_code": 200, "headers": {}}, operation.output_shape)
    assert read.pop("ResponseMetadata")["RequestId"] == "8d2b5f3c-0000-4000-8000-000000000000"
    assert decoded(operation.output_shape, read) == facts


def decoded(shape: Shape | None, value: Any) -> Any:
    """What botocore's client does after its parser: policy documents are percent-decoded."""
    from urllib.parse import unquote

    if isinstance(shape, StructureShape):
        return {name: decoded(shape.members[name], item) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [decoded(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: decoded(shape.value, item) for key, item in value.items()}
    return unquote(value) if shape and shape.name == answers.ENCODED else value


def test_botocore_decodes_our_documents_to_dictionaries():
    """The whole client does what ``decoded`` stands for."""
    from botocore.handlers import json_decode_policies

    operation = iam_model().operation_model("GetUserPolicy")
    facts = {"UserName": "a", "PolicyName": "p", "PolicyDocument": DOCUMENT}
    parser = create_parser("query")
    xml = answers.answer(operation, facts, "id").encode()
    read = parser.parse({"body": xml, "status_code": 200, "headers": {}}, operation.output_shape)
    json_decode_policies(read, operation)
    assert read["PolicyDocument"] == json.loads(DOCUMENT)


# What belongs to AWS's other parts: changes of roles, instance profiles and identity providers,
# Organizations, delegation. A new botocore brings new names, and somebody must decide about them.
REFUSED = """
    AcceptDelegationRequest AcquireRole AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile
    AssociateDelegationRequest AttachRolePolicy CreateDelegationRequest CreateInstanceProfile
    CreateOpenIDConnectProvider CreateRole CreateSAMLProvider CreateServiceLinkedRole
    DeleteInstanceProfile DeleteOpenIDConnectProvider DeleteRole DeleteRolePermissionsBoundary
    DeleteRolePolicy DeleteSAMLProvider DeleteServiceLinkedRole DetachRolePolicy
    DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions
    DisableOutboundWebIdentityFederation EnableOrganizationsRootCredentialsManagement
    EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation GenerateOrganizationsAccessReport
    GetAccountProperties GetDelegationRequest GetHumanReadableSummary GetOrganizationsAccessReport
    GetOutboundWebIdentityFederationInfo GetRoleTemplateVersion GetServiceLinkedRoleDeletionStatus
    ListDelegationRequests ListOrganizationsFeatures PutAccountProperties PutRolePermissionsBoundary
    PutRolePolicy RejectDelegationRequest RemoveClientIDFromOpenIDConnectProvider
    RemoveRoleFromInstanceProfile SendDelegationToken SetSecurityTokenServicePreferences
    TagInstanceProfile TagOpenIDConnectProvider TagRole TagSAMLProvider UntagInstanceProfile
    UntagOpenIDConnectProvider UntagRole UntagSAMLProvider UpdateAssumeRolePolicy UpdateDelegationRequest
    UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateSAMLProvider
""".split()


def test_every_operation_of_iam_is_offered_or_refused_on_purpose():
    every = set(botocore.session.get_session().get_service_model("iam").operation_names)
    undecided = every - offers.offered(iam_model()) - set(REFUSED)
    assert not undecided, sorted(undecided)
    assert not set(REFUSED) & offers.offered(iam_model())
    assert set(REFUSED) <= every


def test_no_operation_of_the_console_itself_is_offered():
    names = {name for name in all_operations() if name.startswith("iamconsole:")}
    assert names
    assert not {name.partition(":")[2] for name in names} & offers.offered(sts_model())
