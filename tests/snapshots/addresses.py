"""Every address of the console that answers a GET, with arguments out of an account."""

from collections.abc import Iterator
from typing import Any

from django.urls import get_resolver, reverse

from tests.census.surface import methods, url_patterns
from tests.snapshots.stage import rows
from tests.snapshots.world import GIT, Scene

NOTHING = "00000000-0000-0000-0000-000000000000"
# Addresses that come in several forms, each a page of its own; an unknown form is an answer too.
FORMS = ("exact", "spreadsheet", "json")


def names() -> list[tuple[str, tuple[str, ...]]]:
    """Names of addresses that answer a GET, with the parts of the address."""
    found = url_patterns(get_resolver())
    return sorted(
        (name, parts) for name, pattern, parts in found if {"GET", "any"} & set(methods(pattern.callback))
    )


def addresses(scene: Scene) -> Iterator[tuple[str, str]]:
    """Name for a file, and address."""
    values = arguments(scene)
    for name, parts in names():
        forms = FORMS if "form" in parts else ("",)
        for form in forms:
            given = {
                part: values.get((part, name)) or values.get((part, "")) for part in parts if part != "form"
            }
            missing = [part for part, value in given.items() if value is None]
            assert not missing, f"{name} has a part that has no value here yet: {missing}"
            kwargs = {**given, "form": form} if form else given
            yield f"{name.replace(':', '.')}{f'.{form}' if form else ''}", reverse(name, kwargs=kwargs)


def first(label: str, column: str, **where: Any) -> Any:
    """The first one's value of the account; what does not exist where there is none."""
    order = "id" if column == "id" else "pk"
    value = rows(label).filter(**where).order_by(order).values_list(column, flat=True).first()
    return value if value is not None else ""


def arguments(scene: Scene) -> dict[tuple[str, str], Any]:
    """(part of the address, name of the address or "" for all) -> value."""
    account, user = scene.account, scene.target
    of_account, of_user = {"account": account}, {"user": user}
    group = rows("users.Group").filter(**of_account).first()
    inline = {
        name: first("users.InlinePolicy", "pk", **({"group": group} if "group" in name else of_user)) or 1
        for name, parts in names()
        if "inline_pk" in parts
    }
    policy = (
        rows("users.ManagedPolicy").filter(**of_account).first()
        or rows("users.ManagedPolicy").order_by("pk").first()
    )
    signing = first("credentials.SigningCertificate", "certificate_id", **of_user) or "A" * 32
    server = (
        first("credentials.ServerCertificate", "server_certificate_id", **of_account) or "ASCA" + "A" * 17
    )
    certificate = {
        name: server if "server-certificate" in name else signing
        for name, parts in names()
        if "certificate_id" in parts
    }
    plain = {
        "user_id": user.user_id,
        "account_id": account.account_id,
        "access_key_id": first("credentials.AccessKey", "access_key_id", **of_user) or "AKIA" + "A" * 16,
        "ssh_public_key_id": first("credentials.SSHPublicKey", "ssh_public_key_id", **of_user)
        or "APKA" + "A" * 16,
        "encoding": "pem",
        "service_name": GIT,
        "credential_id": first("credentials.ServiceSpecificCredential", "credential_id", **of_user)
        or "ACCA" + "A" * 17,
        "device_id": first("credentials.VirtualMFADevice", "uuid", **of_user) or NOTHING,
        "job_id": first("iamconsole.Job", "pk", account_id=account.account_id) or NOTHING,
        "report_id": first("reports.CredentialReport", "pk", **of_account) or NOTHING,
        "finding_id": first("reports.Finding", "pk", **of_account) or NOTHING,
        "rule_id": "access-key-old",
        "standard_id": "cis-3.0",
        "session_id": NOTHING,
        "event_id": first("iamconsole.Event", "pk", account_id=account.account_id) or NOTHING,
        "secret_id": NOTHING,
        "draft_id": NOTHING,
        "choice_id": NOTHING,
        "request_id": first("users.PermissionRequest", "pk", **of_account) or NOTHING,
        "group_id": group.group_id if group else "AGPA" + "A" * 17,
        "policy_pk": policy.pk,
        "part": "body",
        "token": "no-such-token",
        "then": "replace",
        **scene.begun,
    }
    found = {(part, ""): value for part, value in plain.items()}
    found |= {("inline_pk", name): value for name, value in inline.items()}
    return found | {("certificate_id", name): value for name, value in certificate.items()}
