"""A list of every paged operation: what is in it, and how an entry is removed and another one added.

Names sort in the order of the alphabet where the list does. ``add`` takes the name of something new; what an
account has few of makes room first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.credentials.authenticator import enrol
from tests.credentials.key_texts import certificate, ssh_text
from tests.credentials.server_material import upload_params
from users.models import User

OWN = "arn:aws:iam::100000000001:"
NAMES = ("b", "d", "f", "h")
GIT, CASSANDRA = "codecommit.amazonaws.com", "cassandra.amazonaws.com"
Named = Callable[[Any, str], None]


def document(*services: str) -> str:
    actions = ",".join(f'"{name}:*"' for name in services or ("s3",))
    return (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}'
    )


def policy(name: str) -> str:
    return f"{OWN}policy/{name}"


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "v"} for key in keys]


@dataclass
class List:
    """``member`` of the answer, whose entries are told apart by ``by``. ``others`` are parameters of other
    lists of the operation. ``full``: what is added needs the room of what was removed.
    """

    member: str
    by: str
    make: Callable[[Any], dict[str, Any]]
    remove: Named | None = None
    add: Named | None = None
    others: tuple[dict[str, Any], ...] = ()
    full: bool = False
    more: tuple[tuple[str, str], ...] = field(default=())

    def names(self, page: dict[str, Any]) -> list[str]:
        """The entries of a page, in their order."""
        return [
            entry[by] if by else entry
            for member, by in ((self.member, self.by), *self.more)
            for entry in page[member]
        ]


def users(iam: Any) -> dict[str, Any]:
    for name in NAMES:
        iam.create_user(UserName=name)
    return {}


def groups(iam: Any) -> dict[str, Any]:
    for name in NAMES:
        iam.create_group(GroupName=name)
    return {}


def own_policies(iam: Any) -> dict[str, Any]:
    for name in NAMES:
        iam.create_policy(PolicyName=name, PolicyDocument=document())
    return {"Scope": "Local"}


def details(iam: Any) -> dict[str, Any]:
    for name in ("b", "d"):
        iam.create_user(UserName=name)
        iam.create_group(GroupName=f"g-{name}")
        iam.create_policy(PolicyName=f"p-{name}", PolicyDocument=document())
    return {}


def remove_detail(iam: Any, name: str) -> None:
    if name.startswith("g-"):
        iam.delete_group(GroupName=name)
    elif name.startswith("p-"):
        iam.delete_policy(PolicyArn=policy(name))
    elif name not in ("alice", "AdministratorAccess"):
        iam.delete_user(UserName=name)


def add_detail(iam: Any, name: str) -> None:
    iam.create_user(UserName=name)
    iam.create_group(GroupName=f"g-{name}")
    iam.create_policy(PolicyName=f"p-{name}", PolicyDocument=document())


def add_member(iam: Any, name: str) -> None:
    iam.create_user(UserName=name)
    iam.add_user_to_group(GroupName="crew", UserName=name)


def crew(iam: Any) -> dict[str, Any]:
    iam.create_group(GroupName="crew")
    iam.create_group(GroupName="others")
    for name in NAMES:
        add_member(iam, name)
    return {"GroupName": "crew"}


def erin(iam: Any) -> dict[str, Any]:
    """A user, and another one, so that there are two lists."""
    iam.create_user(UserName="erin")
    iam.create_user(UserName="zoe")
    return {"UserName": "erin"}


def tagged_user(iam: Any) -> dict[str, Any]:
    named = erin(iam)
    iam.tag_user(**named, Tags=tags(*NAMES))
    return named


def tagged_policy(iam: Any) -> dict[str, Any]:
    for name, keys in (("own", NAMES), ("other", ())):
        iam.create_policy(PolicyName=name, PolicyDocument=document(), Tags=tags(*keys))
    return {"PolicyArn": policy("own")}


def tagged_device(iam: Any) -> dict[str, Any]:
    for name in ("spare", "other"):
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Tags=tags(*NAMES))
    return {"SerialNumber": f"{OWN}mfa/spare"}


def tagged_certificate(iam: Any) -> dict[str, Any]:
    for name in ("web", "other"):
        iam.upload_server_certificate(**upload_params(name, Tags=tags(*NAMES)))
    return {"ServerCertificateName": "web"}


def memberships(iam: Any) -> dict[str, Any]:
    named = erin(iam)
    for name in NAMES:
        join(iam, name)
    return named


def join(iam: Any, name: str) -> None:
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName="erin")


def attachments(kind: str) -> tuple[Callable[[Any], dict[str, Any]], Named, Named]:
    """Making the list of a user's or group's policies, detaching, attaching."""

    def add(iam: Any, name: str) -> None:
        iam.create_policy(PolicyName=name, PolicyDocument=document())
        getattr(iam, f"attach_{kind}_policy")(**{f"{kind.title()}Name": "erin"}, PolicyArn=policy(name))

    def make(iam: Any) -> dict[str, Any]:
        for name in ("erin", "zoe"):
            getattr(iam, f"create_{kind}")(**{f"{kind.title()}Name": name})
        for name in NAMES:
            add(iam, name)
        return {f"{kind.title()}Name": "erin"}

    def remove(iam: Any, name: str) -> None:
        getattr(iam, f"detach_{kind}_policy")(**{f"{kind.title()}Name": "erin"}, PolicyArn=policy(name))

    return make, remove, add


def inline(kind: str) -> tuple[Callable[[Any], dict[str, Any]], Named, Named]:
    """The same of inline policies."""

    def add(iam: Any, name: str) -> None:
        put = getattr(iam, f"put_{kind}_policy")
        put(**{f"{kind.title()}Name": "erin"}, PolicyName=name, PolicyDocument=document())

    def make(iam: Any) -> dict[str, Any]:
        for name in ("erin", "zoe"):
            getattr(iam, f"create_{kind}")(**{f"{kind.title()}Name": name})
        for name in NAMES:
            add(iam, name)
        return {f"{kind.title()}Name": "erin"}

    def remove(iam: Any, name: str) -> None:
        getattr(iam, f"delete_{kind}_policy")(**{f"{kind.title()}Name": "erin"}, PolicyName=name)

    return make, remove, add


def entities(iam: Any) -> dict[str, Any]:
    for name in ("own", "other"):
        iam.create_policy(PolicyName=name, PolicyDocument=document())
    for name in ("b", "d"):
        add_entity(iam, name)
    return {"PolicyArn": policy("own")}


def add_entity(iam: Any, name: str) -> None:
    iam.create_user(UserName=name)
    iam.create_group(GroupName=f"g-{name}")
    iam.attach_user_policy(UserName=name, PolicyArn=policy("own"))
    iam.attach_group_policy(GroupName=f"g-{name}", PolicyArn=policy("own"))


def remove_entity(iam: Any, name: str) -> None:
    if name.startswith("g-"):
        iam.detach_group_policy(GroupName=name, PolicyArn=policy("own"))
    else:
        iam.detach_user_policy(UserName=name, PolicyArn=policy("own"))


def versions(iam: Any) -> dict[str, Any]:
    for name in ("own", "other"):
        iam.create_policy(PolicyName=name, PolicyDocument=document())
    for _ in range(3):
        add_version(iam, "")
    return {"PolicyArn": policy("own")}


def add_version(iam: Any, name: str) -> None:
    """Of versions AWS makes the name."""
    iam.create_policy_version(PolicyArn=policy("own"), PolicyDocument=document())


def remove_version(iam: Any, name: str) -> None:
    if name != "v1":  # the default version
        iam.delete_policy_version(PolicyArn=policy("own"), VersionId=name)


def of_erin(count: int, add: Named) -> Callable[[Any], dict[str, Any]]:
    def make(iam: Any) -> dict[str, Any]:
        named = erin(iam)
        for number in range(count):
            add(iam, f"n{number}")
        return named

    return make


def add_device(iam: Any, name: str) -> None:
    device = enrol(User.objects.get(user_name="erin"), name)
    device.enable_date = device.user.create_date
    device.save()


def remove_device(iam: Any, name: str) -> None:
    iam.deactivate_mfa_device(UserName="erin", SerialNumber=name)


def add_ssh_key(iam: Any, name: str) -> None:
    iam.upload_ssh_public_key(UserName="erin", SSHPublicKeyBody=ssh_text())


def add_signing_certificate(iam: Any, name: str) -> None:
    iam.upload_signing_certificate(UserName="erin", CertificateBody=certificate())


def certificates(iam: Any) -> dict[str, Any]:
    for name in NAMES:
        iam.upload_server_certificate(**upload_params(name))
    return {}


def spare_devices(iam: Any) -> dict[str, Any]:
    for name in NAMES:
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    return {"AssignmentStatus": "Unassigned"}


def service_credentials(iam: Any) -> dict[str, Any]:
    for name in ("b", "d"):
        add_service_credentials(iam, name)
    return {"AllUsers": True}


def add_service_credentials(iam: Any, name: str) -> None:
    iam.create_user(UserName=name)
    for service in (GIT, CASSANDRA):
        iam.create_service_specific_credential(UserName=name, ServiceName=service)


def remove_service_credential(iam: Any, name: str) -> None:
    rows = iam.list_service_specific_credentials(AllUsers=True)["ServiceSpecificCredentials"]
    user = next(row["UserName"] for row in rows if row["ServiceSpecificCredentialId"] == name)
    iam.delete_service_specific_credential(UserName=user, ServiceSpecificCredentialId=name)


SERVICES = {"b": "dynamodb", "d": "ec2", "f": "lambda", "h": "sqs", "a": "athena", "z": "xray"}


def accessed_services(iam: Any) -> dict[str, Any]:
    iam.create_group(GroupName="crew")
    for name in NAMES:
        grant(iam, name)
    return {"JobId": iam.generate_service_last_accessed_details(Arn=f"{OWN}group/crew")["JobId"]}


def grant(iam: Any, name: str) -> None:
    service = SERVICES[name[0]]
    iam.put_group_policy(GroupName="crew", PolicyName=service, PolicyDocument=document(service))


def accessed_by(iam: Any) -> dict[str, Any]:
    crew(iam)
    iam.put_group_policy(GroupName="crew", PolicyName="own", PolicyDocument=document())
    job = iam.generate_service_last_accessed_details(Arn=f"{OWN}group/crew")["JobId"]
    return {"JobId": job, "ServiceNamespace": "s3"}


def granting(iam: Any) -> dict[str, Any]:
    """More services than a page has: the operation takes no MaxItems."""
    from iamconsole import catalogue

    return {"Arn": f"{OWN}user/alice", "ServiceNamespaces": sorted(catalogue.services())[:150]}


def simulated(params: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    actions = ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject"]
    return lambda iam: {**params, "ActionNames": actions}


def tag_list(make: Callable[[Any], dict[str, Any]], noun: str, name: str, *others: dict[str, Any]) -> List:
    def add(iam: Any, key: str) -> None:
        getattr(iam, f"tag_{noun}")(**which, Tags=tags(key))

    def remove(iam: Any, key: str) -> None:
        getattr(iam, f"untag_{noun}")(**which, TagKeys=[key])

    which: dict[str, Any] = {}

    def made(iam: Any) -> dict[str, Any]:
        which.update(make(iam))
        return dict(which)

    return List("Tags", "Key", made, remove, add, others)
