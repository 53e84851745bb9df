"""Requiring MFA in a linked account: chosen, looked at before, made at AWS, restored, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.choices import Choice
from iamconsole.operations import Step, require
from iamconsole.web import signed_in
from iamconsole.words import plural
from users.impact import review
from users.models import Account, User
from users.pages import by_name, finished, group_row, user_row
from users.policies.mfa_policy import MFAPolicy, already_required
from users.policies.views.policy_entities import of_account
from users.requests import ConsoleRequest
from users.selection import pick

CHOICE = "require-mfa-"
SHOWN = 100
# Kind -> the column that a tick names; and the page that shows what happens.
KEYS = {"User": "user_id", "Group": "group_id"}
PREVIEWS = {"User": "users:preview-mfa-of-users", "Group": "users:preview-mfa-of-groups"}
ALL_COVERED = "The policy covers all of these already, or they have been deleted. Nothing was changed."
NO_LINK = "Only for accounts that are linked to AWS."
ATTACHED = "{policy} was attached to {whom}. MFA is required from the next request on."
RESTORED = "{policy} has the document of this console again."
TAKEN_BACK = "MFA is no longer required by {policy}."
GONE = "The policy of this console is no longer in this account. Nothing was changed."
DETACHED_ONLY = (
    "{policy} was detached from everyone. It was not deleted, because it is a permissions boundary."
)

# Part of a preview -> its title, and what is said where nobody is in it.
PARTS = {
    "covered": ("Covered", "No user. A group without users covers nobody yet."),
    "programs": ("Access keys stop working", "None of them has active access keys and no MFA device."),
    "without_device": ("Need an MFA device first", "Everyone with a password has an MFA device."),
    "with_codes": (
        "Access keys need a session with an MFA code",
        "None of them has active keys and a device.",
    ),
    "already": ("MFA is required already", "No policy requires MFA of them yet."),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What the policy would do to the users that it would cover."""

    covered: QuerySet[User]
    already: QuerySet[User]
    own_identity: str

    @property
    def programs(self) -> QuerySet[User]:
        """Those whose keys stop: active ones, and no device whose code could go with a request."""
        return self.covered.filter(active_key_count__gt=0, mfa_count=0)

    @property
    def with_codes(self) -> QuerySet[User]:
        """Those whose keys need a session with an MFA code from then on."""
        return self.covered.filter(active_key_count__gt=0, mfa_count__gt=0)

    @property
    def without_device(self) -> QuerySet[User]:
        """People who have to set up a device first."""
        return self.covered.filter(password_enabled=True, mfa_count=0)

    @property
    def is_own(self) -> bool:
        """Whether this console itself would be denied at AWS."""
        return any(user.arn == self.own_identity for user in self.covered.select_related("account"))


def linked_account(request: ConsoleRequest) -> Account:
    """The caller's account. 404 where AWS has no say in it."""
    account = Account.objects.select_related("link").get(account_id=request.caller.account_id)
    if account.kind != Account.Kind.LINKED:
        raise Http404(NO_LINK)
    return account


@require_http_methods(["GET", "POST"])
@signed_in
def require_mfa(request: ConsoleRequest, *, kind: str) -> HttpResponse:
    """Select users or groups; the next page shows what happens. ``kind`` is User or Group."""
    wanted = wanted_policy(request)
    row = user_row if kind == "User" else group_row
    picking = pick(request, lacking(request, wanted, kind), KEYS[kind], row, by_name)
    if picking.save and picking.chosen:
        choice_id = choices.keep(request, CHOICE + kind, {"chosen": picking.chosen})
        return redirect(PREVIEWS[kind], choice_id=choice_id)
    context = {"picking": picking, "kind": kind, "wanted": wanted}
    return render(request, "users/policies/require_mfa.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def preview_mfa(request: ConsoleRequest, choice_id: UUID, *, kind: str) -> HttpResponse:
    """Look at what happens to the selected users or groups, then have it done."""
    wanted = wanted_policy(request)
    choice = choices.find(request, CHOICE + kind, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    keys = {f"{KEYS[kind]}__in": choice.data["chosen"]}
    chosen = list(lacking(request, wanted, kind).filter(**keys))
    if not chosen:
        messages.error(request, ALL_COVERED)
        return redirect("credentials:account-settings")
    preview = preview_of(linked_account(request), kind, chosen)
    confirmed = request.method == "POST" and not preview.is_own
    if confirmed and (answer := carry_out(request, choice, wanted, kind, chosen)):
        return answer
    context = {"kind": kind, "wanted": wanted, "chosen": chosen, "blocked": needed(request, wanted, kind)}
    context |= review.considered(request, wanted.steps_to_attach(kind, names_of(kind, chosen)))
    return render(request, "users/policies/require_mfa_preview.html", {**context, **shown(preview)})


def wanted_policy(request: ConsoleRequest) -> MFAPolicy:
    """The policy of the linked account, for those who may list users and groups."""
    require(request.caller, "iam:ListUsers")
    require(request.caller, "iam:ListGroups")
    return MFAPolicy.of(linked_account(request))


def lacking(request: ConsoleRequest, wanted: MFAPolicy, kind: str) -> QuerySet[Any]:
    """The users or groups that the policy is not attached to."""
    things = of_account(request, kind)
    return things.exclude(policy_attachments__policy=wanted.policy) if wanted.policy else things


def preview_of(account: Account, kind: str, chosen: Sequence[Any]) -> Preview:
    keys = [thing.pk for thing in chosen]
    among = Q(pk__in=keys) if kind == "User" else Q(groups__in=keys)
    pks = User.objects.people(account).filter(among).values("pk")
    covered = User.objects.people(account).filter(pk__in=pks).order_by("name_folded")
    already = covered.filter(pk__in=already_required(account).values("pk"))
    return Preview(covered, already, account.link.identity_arn)


def shown(preview: Preview) -> dict[str, Any]:
    """The groups of users of the preview, each with its count and its first names."""
    parts = {name: _part(getattr(preview, name), *words) for name, words in PARTS.items()}
    return {"parts": parts, "is_own": preview.is_own, "own_identity": preview.own_identity}


def _part(users: QuerySet[User], title: str, empty: str) -> dict[str, Any]:
    count = users.count()
    return {
        "title": title,
        "empty": empty,
        "count": count,
        "users": users[:SHOWN],
        "more": max(0, count - SHOWN),
    }


def needed(request: ConsoleRequest, wanted: MFAPolicy, kind: str) -> str:
    """Which permission is missing to make the policy, "" where none is."""
    may_make = wanted.policy or request.caller.permits("iam:CreatePolicy", wanted.arn)
    return (
        "" if may_make else f"This needs iam:CreatePolicy on {wanted.arn}, which your policies do not allow."
    )


def names_of(kind: str, chosen: Sequence[Any]) -> list[str]:
    return [getattr(thing, f"{kind.lower()}_name") for thing in chosen]


def carry_out(
    request: ConsoleRequest, choice: Choice, wanted: MFAPolicy, kind: str, chosen: Sequence[Any]
) -> HttpResponse | None:
    names = names_of(kind, chosen)
    name = wanted.arn.rpartition("/")[2]
    done = ATTACHED.format(policy=name, whom=plural(len(names), kind.lower()))
    with choice.carrying_out():
        steps = wanted.steps_to_attach(kind, names)
        if answer := finished(request, steps, "Require MFA", done, settings_page()):
            choice.finish(request, answer.headers["Location"])
    return answer


def settings_page() -> str:
    return reverse("credentials:account-settings")


@require_http_methods(["GET", "POST"])
@signed_in
def restore_mfa_policy(request: ConsoleRequest) -> HttpResponse:
    """The document of this console as a new default version; first it shows who loses what."""
    return _change(request, MFAPolicy.steps_to_restore, "Restore the MFA policy", RESTORED)


@require_http_methods(["GET", "POST"])
@signed_in
def stop_requiring_mfa(request: ConsoleRequest) -> HttpResponse:
    """Detach the policy from everyone and delete it; first it shows who gains what."""
    wanted = MFAPolicy.of(linked_account(request))
    bounds = wanted.policy is not None and wanted.policy.bounded_users.exists()
    done = DETACHED_ONLY if bounds else TAKEN_BACK
    return _change(request, MFAPolicy.steps_to_take_back, "Stop requiring MFA", done)


def _change(request: ConsoleRequest, steps_of: Any, title: str, done: str) -> HttpResponse:
    wanted = MFAPolicy.of(linked_account(request))
    steps: list[Step] = steps_of(wanted)
    if not steps or wanted.policy is None:
        messages.error(request, GONE)
        return redirect("credentials:account-settings")
    if request.method == "GET":
        return review.page(request, steps, title=title, button=title, back=settings_page())
    text = done.format(policy=wanted.policy.policy_name)
    return finished(request, steps, title, text, settings_page()) or redirect("credentials:account-settings")
