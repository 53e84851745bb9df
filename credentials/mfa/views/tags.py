"""The tags of an MFA device on one form."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from credentials.models import VirtualMFADevice
from iamconsole.addresses import redirect, reverse
from iamconsole.operations import Step, locked_by, require
from iamconsole.web import signed_in
from users.pages import finished, user_of
from users.requests import ConsoleRequest
from users.single_facts import SingleFacts
from users.tag_forms import TagsForm

CHANGES = ("iam:TagMFADevice", "iam:UntagMFADevice")
TOLD_ALONE = SingleFacts("tags", "MFA device")


@require_http_methods(["GET", "POST"])
@signed_in
def mfa_device_tags(request: ConsoleRequest, user_id: str, device_id: UUID) -> HttpResponse:
    """Change, add and remove tags, saved together."""
    user = user_of(request, user_id)
    require(request.caller, "iam:GetUser", user.arn)
    device = get_object_or_404(VirtualMFADevice.objects.select_related("account"), uuid=device_id, user=user)
    require(request.caller, "iam:ListMFADeviceTags", device.serial_number)
    unread = TOLD_ALONE.read_now(request.caller, device, device.serial_number)
    form = TagsForm(request.POST if request.method == "POST" else None, tags=device.tags or {}, exact=True)
    back = reverse("credentials:user-security-credentials", args=[user.user_id])
    if form.is_valid():
        gone, new = form.changes()
        serial = {"SerialNumber": device.serial_number}
        steps = [Step("UntagMFADevice", {**serial, "TagKeys": gone})] if gone else []
        steps += [Step("TagMFADevice", {**serial, "Tags": new})] if new else []
        if not steps:
            messages.info(request, "No tags were changed.")
            return redirect(back)
        if answer := finished(request, steps, f"Tags of {device.name}", "The tags were saved.", back, form):
            return answer
    context = {"user": user, "device": device, "unread": unread, "form": form, "back": back}
    reasons = [locked_by(request.caller, action, device.serial_number) for action in CHANGES]
    context["locked"] = reasons[0] if all(reasons) else ""
    return render(request, "credentials/mfa/mfa_device_tags.html", context)
