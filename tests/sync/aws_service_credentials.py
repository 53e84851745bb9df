"""Service-specific credentials for the AWS double, which has none: as IAM-FACTS 7.4 records them.

Kept apart by the double's own state of an account, so that its reset takes them along.
"""

import itertools
from datetime import UTC, datetime, timedelta

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.responses import IamResponse

SECRET = "p" * 60


def kept(response) -> list[dict]:
    """The credentials of the double's account."""
    backend = response.backend
    if not hasattr(backend, "service_credentials"):
        backend.service_credentials = []
        backend.service_credential_numbers = itertools.count()  # an ID is never given again
    return backend.service_credentials


def one(response) -> dict:
    wanted = response._get_param("ServiceSpecificCredentialId")
    return next(row for row in kept(response) if row["ServiceSpecificCredentialId"] == wanted)


def create(self):
    name, service = self._get_param("UserName"), self._get_param("ServiceName")
    self.backend.get_user(name)
    rows, number = kept(self), next(self.backend.service_credential_numbers)
    made = {
        "CreateDate": datetime.now(UTC).replace(microsecond=0),
        "ServiceName": service,
        "ServiceUserName": f"{name}-at-{self.current_account}",
        "ServiceSpecificCredentialId": f"ACCA{number:017}",
        "UserName": name,
        "Status": "Active",
    }
    if days := self._get_param("CredentialAgeDays"):
        made["ExpirationDate"] = made["CreateDate"] + timedelta(days=int(days))
    rows.append(made)
    return ActionResult({"ServiceSpecificCredential": {**made, "ServicePassword": SECRET}})


def listing(self):
    return ActionResult({"ServiceSpecificCredentials": kept(self), "IsTruncated": False})


def update(self):
    one(self)["Status"] = self._get_param("Status")
    return EmptyResult()


def reset(self):
    return ActionResult({"ServiceSpecificCredential": {**one(self), "ServicePassword": SECRET[::-1]}})


def delete(self):
    kept(self).remove(one(self))
    return EmptyResult()


def teach() -> None:
    """Let the double answer these operations."""
    for verb, answer in (("create", create), ("update", update), ("reset", reset), ("delete", delete)):
        setattr(IamResponse, f"{verb}_service_specific_credential", answer)
    IamResponse.list_service_specific_credentials = listing
