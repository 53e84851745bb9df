"""A user's SSH public keys for CodeCommit: uploaded, shown, deactivated, activated and deleted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials.models import SSHPublicKey
from credentials.pages import credentials_url
from credentials.ssh_public_keys import keys as public_keys
from credentials.ssh_public_keys.forms import SSHPublicKeyForm
from credentials.ssh_public_keys.operations import DEACTIVATE_FIRST
from credentials.ssh_public_keys.section import why_no_upload
from credentials.uploads import MOST_BYTES
from iamconsole.addresses import redirect
from iamconsole.downloads import TEXT_TYPE, whole_file
from iamconsole.operations import May, execute, require, require_recent
from iamconsole.uploads import takes_files
from iamconsole.web import act, signed_in, submit
from users.models import User
from users.pages import user_of
from users.requests import ConsoleRequest

DONE = {
    "Active": "SSH public key {} was activated. It works again.",
    "Inactive": "SSH public key {} was deactivated. You can activate it again until it is deleted.",
}
FIELDS = {
    "UnrecognizedPublicKeyEncoding": "body",
    "InvalidPublicKey": "body",
    "DuplicateSSHPublicKey": "body",
}
# IAM's encodings -> the end of the file's name.
ENCODINGS = {"SSH": "pub", "PEM": "pem"}


@sensitive_post_parameters("body")  # by mistake it may be a private key
@require_http_methods(["GET", "POST"])
@signed_in
@takes_files(MOST_BYTES)
def upload_ssh_public_key(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Pasted or as a file."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UploadSSHPublicKey", user.arn)
    require_recent(request.caller)
    form = SSHPublicKeyForm(request.POST, request.FILES) if request.method == "POST" else SSHPublicKeyForm()
    back = credentials_url(request, user)
    if form.is_valid():
        params = {"UserName": user.user_name, "SSHPublicKeyBody": form.cleaned_data["text"]}
        if facts := submit(request, form, "UploadSSHPublicKey", FIELDS, **params):
            messages.success(
                request, f"SSH public key {facts['SSHPublicKey']['SSHPublicKeyId']} was uploaded."
            )
            return redirect(back)
    context = {"user": user, "form": form, "back": back, "blocked": why_no_upload(request.caller, user)}
    return render(request, "credentials/ssh_public_keys/upload_ssh_public_key.html", context)


@require_GET
@signed_in
def ssh_public_key(request: ConsoleRequest, user_id: str, ssh_public_key_id: str) -> HttpResponse:
    """The key in both encodings, to copy or download."""
    user = user_of(request, user_id)
    require(request.caller, "iam:GetSSHPublicKey", user.arn)
    key = key_of_user(user, ssh_public_key_id)
    context: dict[str, Any] = {
        "user": user,
        "key": key,
        "unread": key.unread,
        "back": credentials_url(request, user),
    }
    if key.body:
        read = public_keys.read(key.body)
        context |= {
            "bits": read.bits,
            "comment": public_keys.comment(key.body),
            "texts": [(name, read.encoded(name), f"{key}.{ending}") for name, ending in ENCODINGS.items()],
        }
    return render(request, "credentials/ssh_public_keys/ssh_public_key.html", context)


@require_GET
@signed_in
def ssh_public_key_file(
    request: ConsoleRequest, user_id: str, ssh_public_key_id: str, encoding: str
) -> HttpResponse:
    """The key in one encoding as a file."""
    user = user_of(request, user_id)
    require(request.caller, "iam:GetSSHPublicKey", user.arn)
    key = key_of_user(user, ssh_public_key_id)
    ending = ENCODINGS.get(encoding.upper())
    if ending is None:
        raise Http404("Choose the format SSH or PEM.")
    names = {"UserName": user.user_name, "SSHPublicKeyId": key.ssh_public_key_id}
    facts = execute(request.caller, "GetSSHPublicKey", Encoding=encoding.upper(), **names)
    text = facts["SSHPublicKey"]["SSHPublicKeyBody"].rstrip("\n") + "\n"
    return whole_file(text, TEXT_TYPE, f"{key}.{ending}")


@require_POST
@signed_in
def update_ssh_public_key(request: ConsoleRequest, user_id: str, ssh_public_key_id: str) -> HttpResponse:
    """Activate or deactivate with one click: either can be taken back."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UpdateSSHPublicKey", user.arn)
    key = key_of_user(user, ssh_public_key_id)
    status = request.POST.get("status", "")
    names: dict[str, Any] = {"UserName": user.user_name, "SSHPublicKeyId": key.ssh_public_key_id}
    act(request, "UpdateSSHPublicKey", DONE.get(status, "").format(key), Status=status, **names)
    return redirect(credentials_url(request, user))


@require_http_methods(["GET", "POST"])
@signed_in
def delete_ssh_public_key(request: ConsoleRequest, user_id: str, ssh_public_key_id: str) -> HttpResponse:
    """Asks once; an active key is refused by the door."""
    user = user_of(request, user_id)
    require(request.caller, "iam:DeleteSSHPublicKey", user.arn)
    key = key_of_user(user, ssh_public_key_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = credentials_url(request, user)
    if form.is_valid():
        names = {"UserName": user.user_name, "SSHPublicKeyId": key.ssh_public_key_id}
        if submit(request, form, "DeleteSSHPublicKey", {}, **names) is not None:
            messages.success(request, f"SSH public key {key} was deleted.")
            return redirect(back)
    blocked = DEACTIVATE_FIRST if key.active else ""
    context = {"user": user, "key": key, "form": form, "back": back}
    context |= {"blocked": blocked, "may": May(request.caller, user.arn)}
    return render(request, "credentials/ssh_public_keys/delete_ssh_public_key.html", context)


def key_of_user(user: User, ssh_public_key_id: str) -> SSHPublicKey:
    """The user's key of that ID; 404 for any other."""
    return get_object_or_404(SSHPublicKey, user=user, ssh_public_key_id=ssh_public_key_id)
