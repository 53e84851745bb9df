"""The services that have credentials of their own, and how their names and secrets are formed
(IAM-FACTS 7.4)."""

import base64
import secrets
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from iamconsole.errors import IamError

PASSWORD_BYTES = 44  # 60 characters in base 64


@dataclass(frozen=True, slots=True)
class Service:
    """One service: the title of its credentials, and the prefix of its API keys, "" for passwords."""

    name: str
    title: str
    short: str
    prefix: str = ""
    instead: str = ""

    @property
    def has_api_keys(self) -> bool:
        return bool(self.prefix)

    @property
    def noun(self) -> str:
        return "API key" if self.has_api_keys else "Credentials"

    @property
    def members(self) -> tuple[str, str]:
        """The members of IAM's replies that hold the name and the secret."""
        if self.has_api_keys:
            return "ServiceCredentialAlias", "ServiceCredentialSecret"
        return "ServiceUserName", "ServicePassword"


API_KEYS_INSTEAD = (
    "Anybody who has a long-term API key can use it. AWS recommends temporary credentials of a role, or "
    "short-term API keys, and long-term keys only for exploration."
)
GIT_INSTEAD = (
    "git-remote-codecommit signs with the temporary credentials of a role, so that no password is stored "
    "on a machine."
)
KEYSPACES_INSTEAD = (
    "The SigV4 plugins of the Cassandra drivers sign with the temporary credentials of a role, so that no "
    "password is stored with the application."
)
SERVICES = {
    service.name: service
    for service in (
        Service(
            "codecommit.amazonaws.com",
            "HTTPS Git credentials for AWS CodeCommit",
            "AWS CodeCommit",
            instead=GIT_INSTEAD,
        ),
        Service(
            "cassandra.amazonaws.com",
            "Credentials for Amazon Keyspaces (for Apache Cassandra)",
            "Amazon Keyspaces",
            instead=KEYSPACES_INSTEAD,
        ),
        Service(
            "bedrock.amazonaws.com",
            "API keys for Amazon Bedrock",
            "Amazon Bedrock",
            "ABSK",
            API_KEYS_INSTEAD,
        ),
        Service(
            "logs.amazonaws.com",
            "API keys for Amazon CloudWatch Logs",
            "Amazon CloudWatch Logs",
            "ACWL",
            API_KEYS_INSTEAD,
        ),
        Service(
            "cloudwatch.amazonaws.com",
            "API keys for Amazon CloudWatch",
            "Amazon CloudWatch",
            "APIAACWM",
            API_KEYS_INSTEAD,
        ),
        Service(
            "aws-external-anthropic.amazonaws.com",
            "API keys for Claude Platform on AWS",
            "Claude Platform on AWS",
            "AEAA",
            API_KEYS_INSTEAD,
        ),
    )
}


def service_named(name: str) -> Service:
    """The service of that name, without case. Raises NoSuchEntity."""
    service = SERVICES.get(name.lower())
    if service is None:
        message = f"No such service {name} is supported for Service Specific Credentials"
        raise IamError("NoSuchEntity", message)
    return service


def service_or_unknown(name: str) -> Service:
    """The service of a stored credential; AWS may know more services than we do."""
    return SERVICES.get(name) or Service(name, f"Credentials for {name}", name)


def free_name(user_name: str, account_id: str, taken: Container[str]) -> str:
    """alice-at-123456789012, then alice+1-at-123456789012, and so on."""
    number, name = 0, f"{user_name}-at-{account_id}"
    while name in taken:
        number += 1
        name = f"{user_name}+{number}-at-{account_id}"
    return name


def new_secret(service: Service, name: str) -> str:
    """A password of 60 characters, or an API key, which carries its name."""
    password = base64.b64encode(secrets.token_bytes(PASSWORD_BYTES)).decode()
    if not service.has_api_keys:
        return password
    return service.prefix + base64.b64encode(f"{name}:{password}".encode()).decode()


def name_and_secret(made: dict[str, Any]) -> tuple[str, str]:
    """Both from a reply of IAM, whichever members hold them."""
    name = made.get("ServiceUserName") or made.get("ServiceCredentialAlias") or ""
    return name, made.get("ServicePassword") or made.get("ServiceCredentialSecret") or ""
