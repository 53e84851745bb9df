"""Tags of MFA devices and server certificates for the AWS double, which has none."""

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.responses import IamResponse

get_server_certificate = IamResponse.get_server_certificate


def kept(response, thing: str) -> dict[str, str]:
    """The tags of one thing, by its name; kept by the double's own state of an account."""
    backend = response.backend
    if not hasattr(backend, "more_tags"):
        backend.more_tags = {}
    return backend.more_tags.setdefault(response._get_param(thing), {})


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag(thing: str):
    def answer(self):
        kept(self, thing).update({row["Key"]: row["Value"] for row in self._get_param("Tags")})
        return EmptyResult()

    return answer


def untag(thing: str):
    def answer(self):
        for key in self._get_param("TagKeys"):
            kept(self, thing).pop(key, None)
        return EmptyResult()

    return answer


def list_tags(self):
    return ActionResult({"Tags": listed(kept(self, "SerialNumber")), "IsTruncated": False})


def certificate_with_tags(self):
    answer = get_server_certificate(self)
    answer.result["ServerCertificate"]["Tags"] = listed(kept(self, "ServerCertificateName"))
    return answer


def teach() -> None:
    """Let the double answer these operations."""
    for what, thing in (("mfa_device", "SerialNumber"), ("server_certificate", "ServerCertificateName")):
        setattr(IamResponse, f"tag_{what}", tag(thing))
        setattr(IamResponse, f"untag_{what}", untag(thing))
    IamResponse.list_mfa_device_tags = list_tags
    IamResponse.get_server_certificate = certificate_with_tags
