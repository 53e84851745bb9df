"""Attaching and detaching managed policies."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import Step, require
from iamconsole.web import act, add_refusal, signed_in
from users.forms.policies import AttachUserPolicyForm
from users.permissions import attachable
from users.requests import ConsoleRequest
from users.steps import run

from .users import paged, user_of


@require_http_methods(["GET", "POST"])
@signed_in
def attach_user_policy(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Choose among the policies that the user does not have yet."""
    user = user_of(request, user_id)
    require(request.caller, "iam:AttachUserPolicy", user.arn)
    choices = attachable(user.account.account_id).exclude(attachments__user=user)
    form = AttachUserPolicyForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_valid():
        steps = [
            Step("AttachUserPolicy", {"UserName": user.user_name, "PolicyArn": policy.arn})
            for policy in form.cleaned_data["policies"]
        ]
        title = f"Attach policies to {user.user_name}"
        done_url = reverse("users:user", args=[user.user_id])
        try:
            outcome = run(request, steps, {"title": title, "users": [], "done_url": done_url})
        except IamError as error:
            add_refusal(form, error, {"PolicyArn": "policies"})
        else:
            if isinstance(outcome, Job):
                return redirect("job", job_id=outcome.id)
            names = ", ".join(policy.policy_name for policy in form.cleaned_data["policies"])
            messages.success(request, f"Attached to {user.user_name}: {names}.")
            return redirect(done_url)
    words = request.GET.get("q", "").strip()
    matching = choices.filter(Q(policy_name__icontains=words) | Q(description__icontains=words))
    context = {"user": user, "form": form, "words": words, "page": paged(request, matching)}
    context["chosen"] = request.POST.getlist("policies")
    return render(request, "users/attach_user_policy.html", context)


@require_POST
@signed_in
def detach_user_policy(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Detach one policy; the page of the user has asked before."""
    user = user_of(request, user_id)
    arn = request.POST.get("policy_arn", "")
    done = f"Detached from {user.user_name}: {arn.rpartition('/')[2]}."
    act(request, "DetachUserPolicy", done, UserName=user.user_name, PolicyArn=arn)
    return redirect("users:user", user_id=user.user_id)
