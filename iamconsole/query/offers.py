"""Which operations the API offers, and how it says that it does not."""

from botocore.model import ServiceModel

from iamconsole.errors import IamError
from iamconsole.operations import Operation, all_operations
from iamconsole.operations import find as find_operation

MISSING_ACTION = "The request must contain the parameter Action."
UNKNOWN = "Could not find operation {action} for version {version}"
NOT_OFFERED = (
    "The operation {action} is not offered by this console, which administers IAM users, groups, policies "
    "and credentials. Roles, instance profiles and identity providers stay at AWS."
)


def find(model: ServiceModel, action: str | None, version: str | None) -> Operation:
    """The operation of an Action. Raises IamError MissingAction or InvalidAction."""
    if not action:
        raise IamError("MissingAction", MISSING_ACTION)
    if version not in (None, model.api_version) or action not in model.operation_names:
        text = UNKNOWN.format(action=action[:128], version=(version or model.api_version)[:32])
        raise IamError("InvalidAction", text)
    name = name_of(model, action)
    if name not in all_operations():
        raise IamError("InvalidAction", NOT_OFFERED.format(action=action))
    return find_operation(name)


def name_of(model: ServiceModel, action: str) -> str:
    """The door's name of a service's operation."""
    return action if model.service_name == "iam" else f"{model.service_name}:{action}"


def offered(model: ServiceModel) -> set[str]:
    """The service's operations that the door knows."""
    return {action for action in model.operation_names if name_of(model, action) in all_operations()}
