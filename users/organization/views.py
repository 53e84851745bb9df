"""An organization of AWS's: what it has, and linking accounts of it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole import gateway
from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import JSON_TYPE, whole_file
from iamconsole.errors import AccessDenied, IamError
from iamconsole.jobs import AlreadyOpen
from iamconsole.models import Job
from iamconsole.operations import Caller, execute
from iamconsole.web import signed_in
from users.accounts import bulk_linking, link_policies
from users.accounts.link_policies import new_external_id
from users.models import Account, Organization, OrganizationAccount
from users.models.organization import CLOSED_STATES, NOT_READY
from users.organization import reading, schedule, stack_set
from users.organization.forms import LinkForm, ReadForm, RoleForm
from users.pages import at_home, to_own_job
from users.requests import ConsoleRequest

PER_PAGE = 200
READING = "The organization is being read. The job is listed in your own account."
SAVED = "The settings were saved. The accounts of the list are no longer new."
# Name in the address -> what it is called, and which accounts it shows.
LISTS = {"": "To link", "here": "In this console", "closed": "Closed or suspended", "all": "All"}


@require_http_methods(["GET", "POST"])
@signed_in
def link_organization(request: ConsoleRequest) -> HttpResponse:
    """The accounts of the organization as they were read last, to link those that are not here.

    AWS is asked by a job of its own, never by opening the page.
    """
    own = at_home(request, "iamconsole:LinkAccount")
    partition = request.GET.get("partition") or first_partition()
    rows = Organization.objects.filter(partition=partition).select_related("reader")
    organization = rows.first()
    if organization is None or organization.read_at is None:
        context = {"organization": organization, **reading_context(own, partition, organization)}
        return render(request, "users/organization/link_organization.html", context)
    members = OrganizationAccount.objects.filter(organization=organization).present()
    form = form_of(request, organization, members)
    if form.is_valid() and (done := sent(request, own, organization, form)):
        return done
    context = {
        "organization": organization,
        "form": form,
        **reading_context(own, partition, organization),
        **list_context(request, members, form),
    }
    status = 400 if form.errors else 200
    return render(request, "users/organization/link_organization.html", context, status=status)


def first_partition() -> str:
    """That of the organization that was read first, else of this machine's AWS configuration."""
    first = Organization.objects.order_by("pk").values_list("partition", flat=True).first()
    return first or gateway.partitions.own()


def reading_context(own: Caller, partition: str, organization: Organization | None) -> dict[str, Any]:
    """How the organization is read, and the job that does it."""
    job = Job.objects.filter(kind=reading.KIND, args__partition=partition, account_id=own.account_id).first()
    reader = organization.reader if organization else None
    return {
        "partition": partition,
        "read_form": ReadForm(
            initial={"reader": reader.account_id if reader else "", "partition": partition}
        ),
        "job": job if job and job.state != Job.State.DONE else None,
        "next_reading": schedule.next_reading(organization) if organization else None,
        "may_read": own.permits(reading.READ),
        "may_audit": own.permits("iamconsole:AuditRootUserCredentials"),
    }


def form_of(request: ConsoleRequest, organization: Organization, members: Any) -> RoleForm:
    """What was sent: accounts to link with the settings, or the settings alone."""
    initial: dict[str, Any] = {"seen_until": organization.read_at.isoformat() if organization.read_at else ""}
    if organization.role_name:
        initial |= {
            "role_name": organization.role_name,
            "external_id": organization.external_id,
            "read_every": organization.read_every,
        }
    if request.method == "POST" and "save" in request.POST:
        return RoleForm(request.POST, initial=initial)
    to_link = members.to_link().select_related("organization")
    return LinkForm(to_link, request.POST if request.method == "POST" else None, initial=initial)


def sent(
    request: ConsoleRequest, own: Caller, organization: Organization, form: RoleForm
) -> HttpResponse | None:
    """Link what was chosen and keep the settings; None where it was refused: the form says why."""
    params = {"Partition": organization.partition, **form.params()}
    try:
        job = bulk_linking.start(own, form.rows()) if isinstance(form, LinkForm) else None
        execute(own, "iamconsole:UpdateOrganization", **params)
    except AccessDenied:
        raise
    except IamError as error:
        form.add_error(None, error.message)
        return None
    if job:
        return to_own_job(request, own, job, bulk_linking.ELSEWHERE)
    messages.success(request, SAVED)
    return redirect(f"{reverse('users:link-organization')}?partition={organization.partition}")


def list_context(request: ConsoleRequest, members: Any, form: RoleForm) -> dict[str, Any]:
    """The accounts that the address asks for."""
    here = set(Account.objects.values_list("account_id", flat=True))
    shown = request.GET.get("show", "")
    words, unit = request.GET.get("q", "").strip(), request.GET.get("unit", "")
    found = named(listed(members, shown if shown in LISTS else "", here), words).select_related("unit")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    counts = members.aggregate(
        all=Count("pk"),
        closed=Count("pk", filter=Q(state__in=CLOSED_STATES)),
        here=Count("pk", filter=Q(account_id__in=here)),
        to_link=Count("pk", filter=~Q(state__in=NOT_READY) & ~Q(account_id__in=here)),
    )
    counts[""] = counts["to_link"]
    chosen = request.POST.getlist("accounts") if request.method == "POST" else None
    return {
        "page": page,
        "rows": [
            {
                "member": one,
                "here": one.account_id in here,
                "chosen": one.account_id in chosen if chosen is not None else not one.seen,
            }
            for one in page
        ],
        "lists": [(name, label, counts[name]) for name, label in LISTS.items()],
        "shown": shown if shown in LISTS else "",
        "words": words,
        "unit": unit,
        "free": counts["to_link"],
        "total": counts["all"],
    }


def listed(members: Any, shown: str, here: set[str]) -> Any:
    """The accounts of one of the lists."""
    if shown == "here":
        return members.filter(account_id__in=here)
    if shown == "closed":
        return members.filter(state__in=CLOSED_STATES)
    return members if shown == "all" else members.to_link()


def named(members: QuerySet[OrganizationAccount], words: str) -> QuerySet[OrganizationAccount]:
    """Those with the words in name or ID, or in the name of their unit."""
    if not words:
        return members
    by_id = Q(account_id__contains=words.replace("-", "") or " ")
    return members.filter(Q(name__icontains=words) | by_id | Q(unit__full_name__icontains=words))


@require_POST
@signed_in
def read_organization(request: ConsoleRequest) -> HttpResponse:
    """Start the job that reads the organization; one that runs already is shown."""
    own = at_home(request, reading.READ)
    form = ReadForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("users:link-organization")
    params = form.params()
    try:
        execute(own, reading.READ, **params)
    except AlreadyOpen as error:
        messages.info(request, error.message)
    return redirect(f"{reverse('users:link-organization')}?partition={params['Partition']}")


@require_GET
@signed_in
def stack_set_template(request: ConsoleRequest) -> HttpResponse:
    """The template of the role, what it asks for, and what the identity needs that reads the organization."""
    at_home(request, "iamconsole:LinkAccount")
    organization = Organization.objects.exclude(external_id="").first()
    context = {
        "template": stack_set.template(),
        "parameters": stack_set.PARAMETERS,
        "external_id": organization.external_id if organization else new_external_id(),
        "role_name": organization.role_name if organization else stack_set.PARAMETERS["RoleName"]["Default"],
        "policy": link_policies.organization_policy(first_partition()),
        "reasons": {**link_policies.ORGANIZATION, **link_policies.ROOTS},
    }
    return render(request, "users/organization/stack_set.html", context)


@require_GET
@signed_in
def download_stack_set(request: ConsoleRequest) -> HttpResponse:
    """The template as a file."""
    at_home(request, "iamconsole:LinkAccount")
    return whole_file(stack_set.template(), JSON_TYPE, stack_set.FILE_NAME)
