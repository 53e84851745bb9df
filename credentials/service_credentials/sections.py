"""What pages show of a user's credentials for AWS services: one table for each service that has some."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from credentials.models import ServiceSpecificCredential
from credentials.models.service_specific_credentials import CREDENTIALS_PER_SERVICE
from credentials.service_credentials.operations import SERVICE_KEY
from credentials.service_credentials.services import SERVICES, Service, service_or_unknown
from iamconsole.operations import Caller, why_not
from users import quotas
from users.models import User

SOON = timedelta(days=14)
LIST = "iam:ListServiceSpecificCredentials"
BOTH = "This user already has two credentials for {}, active or not. Delete one that is no longer used."


@dataclass(frozen=True, slots=True)
class Line:
    """One credential with its status as a type and words of the components."""

    row: ServiceSpecificCredential
    type: str
    words: str


@dataclass(frozen=True, slots=True)
class ServiceSection:
    """One service: why no more can be generated ("" when it can), its credentials, what may be done."""

    service: Service
    blocked: str
    lines: list[Line] = field(default_factory=list)
    may: dict[str, bool] = field(default_factory=dict)


def service_context(caller: Caller, user: User) -> dict[str, Any]:
    """What credentials/service_credentials/service_credentials_section.html takes besides the user."""
    may_list = caller.permits(LIST, user.arn)
    sections = service_sections(caller, user) if may_list else []
    return {
        "service_sections": sections,
        "service_count": sum(len(section.lines) for section in sections),
        "may_list_service_credentials": may_list,
    }


def service_sections(caller: Caller, user: User) -> list[ServiceSection]:
    """All services in their order, then those that only AWS knows, in one query."""
    rows: dict[str, list[ServiceSpecificCredential]] = {name: [] for name in SERVICES}
    for row in ServiceSpecificCredential.objects.filter(user=user):
        rows.setdefault(row.service_name, []).append(row)
    return [_section(caller, user, service_or_unknown(name), found) for name, found in rows.items()]


def _section(
    caller: Caller, user: User, service: Service, rows: list[ServiceSpecificCredential]
) -> ServiceSection:
    keys = {SERVICE_KEY: service.name}
    may = {
        verb: caller.permits(f"iam:{verb}ServiceSpecificCredential", user.arn, keys)
        for verb in ("Update", "Reset", "Delete")
    }
    blocked = _why_none(caller, user, service, len(rows))
    return ServiceSection(service, blocked, [Line(row, *status_of(row)) for row in rows], may)


def status_of(row: ServiceSpecificCredential) -> tuple[str, str]:
    """Type and words: what has expired or soon will matters more than what was set by hand."""
    if row.expired:
        return "error", "Expired"
    if not row.active:
        return "inactive", "Inactive"
    if row.expiration_date and row.expiration_date - timezone.now() < SOON:
        return "warning", "Expires soon"
    return "success", "Active"


def why_no_credential(caller: Caller, user: User, service: Service) -> str:
    """Why none can be generated for the service, "" when one can."""
    count = ServiceSpecificCredential.objects.filter(user=user, service_name=service.name).count()
    return _why_none(caller, user, service, count)


def _why_none(caller: Caller, user: User, service: Service, count: int) -> str:
    action = "iam:CreateServiceSpecificCredential"
    if quotas.counts_here(user.account) and count >= CREDENTIALS_PER_SERVICE:
        return BOTH.format(service.short)
    # How long it is to work is chosen on the next page, and conditions may ask about it.
    if caller.might(action, user.arn):
        return ""
    return f"This needs {action} on {user.arn}, {why_not(caller, action, user.arn)}."
