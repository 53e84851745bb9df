"""What was changed outside is told: every column that a sync writes, of every kind of row, before and after."""

import ast
import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import models

from credentials.models import (
    AccessKey,
    LoginProfile,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from credentials.models.server_certificates import ServerCertificate
from iamconsole.models import Event
from iamconsole.sync.mirrors import MIRRORS
from iamconsole.sync.told import TELLINGS, fact
from tests import past
from tests.credentials.key_texts import certificate, private_rsa, private_text, ssh_text
from tests.sync.conftest import AWS_ACCOUNT, sync
from users.models import (
    ManagedPolicy,
    User,
)

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]
READ = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIMIT = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Limit"
PHONE, SPARE = (f"arn:aws:iam::{AWS_ACCOUNT}:mfa/{name}" for name in ("phone", "spare"))
CODES = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
LONG_AGO = datetime(2020, 5, 17, 12, tzinfo=UTC)
HANGING = ("people", "groups", "policies", "access_keys", "mfa", "passwords", "ssh_public_keys")
HANGING = (*HANGING, "service_credentials", "signing_certificates")
# Rows that a mirror writes without telling, by the function that does it.
UNTOLD = {
    "policies.write_policies": "AWS's own policies, for which the catalogue stood or nothing",
    "policies.replace_by_namesake": "noted as gone and as made",
    "policies.remove_unlisted": "AWS's own policies are the catalogue's again",
    "users.park_names": "names of renamed rows, until they have their new ones",
    **dict.fromkeys(
        (f"{room}.forget_users" for room in HANGING),
        "what goes with a user that is told as removed",
    ),
    "passwords.write": "former hashes of a password, and AWS's clock of one that was set here",
    "passwords.forget_password": "what is known here of a password that is told",
    "ssh_public_keys.write_text": "the text of a key that is told, which AWS had denied",
    "mfa.write_unassigned": "a key or token that is nothing without its user, who is told",
    "accounts.write_lists": "AWS's own numbers of an account: what they count is told",
    "credentials.save": "noted when it was collected",
    "credentials.summarise": "counted from what is told",
}


def furnish(aws) -> None:
    """Something of everything that a sync writes, at AWS."""
    name = {"UserName": "wilma"}
    aws.create_policy(PolicyName="Limit", PolicyDocument=READ)
    aws.create_policy_version(PolicyArn=LIMIT, PolicyDocument=READ.replace("Get", "List"))
    aws.create_group(GroupName="ops")
    aws.add_user_to_group(GroupName="ops", **name)
    aws.attach_group_policy(GroupName="ops", PolicyArn=LIMIT)
    aws.put_user_policy(PolicyName="own", PolicyDocument=READ, **name)
    aws.create_access_key(**name)
    aws.create_login_profile(Password="Abcdefg-1-xyz", **name)
    aws.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    aws.enable_mfa_device(SerialNumber=PHONE, **name, **CODES)
    aws.upload_ssh_public_key(SSHPublicKeyBody=ssh_text(), **name)
    aws.upload_signing_certificate(CertificateBody=certificate(), **name)
    aws.create_service_specific_credential(ServiceName="bedrock.amazonaws.com", CredentialAgeDays=9, **name)
    body = certificate(private=private_rsa())
    aws.upload_server_certificate(
        ServerCertificateName="web", CertificateBody=body, PrivateKey=private_text(private_rsa())
    )
    aws.update_account_password_policy(
        MinimumPasswordLength=20, RequireSymbols=True, MaxPasswordAge=90, PasswordReusePrevention=3
    )
    aws.create_account_alias(AccountAlias="double-aws")


@pytest.fixture
def furnished(linked, alice, aws, front):
    """All of it read: without a report everything is asked about users who were never asked about."""
    furnish(aws)
    User.objects.filter(account=linked).update(asked_at=None)
    front.denied = frozenset({"GetCredentialReport"})
    assert sync(alice).state == "done"
    front.denied = frozenset()
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    return linked


def outside() -> list[Event]:
    return list(Event.objects.filter(action="iamconsole:ChangedOutside"))


def another(field: models.Field, value, limit: ManagedPolicy):
    """Some other value of a column, as if AWS had changed it to what it has now."""
    if isinstance(field, models.ForeignKey):
        return ManagedPolicy.objects.exclude(pk=limit.pk).first()
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return LONG_AGO
    if isinstance(field, models.JSONField):
        return {"other": "value"}
    if isinstance(field, models.IntegerField):
        return (value or 5) + 1
    if field.name == "path":
        return f"/x{value}"
    return {"Active": "Inactive", "Inactive": "Active"}.get(value, f"x{value}"[: field.max_length])


def test_every_column_that_a_sync_writes_is_told_or_declared(furnished, alice, settings, monkeypatch):
    """Each told column is made another one here; the sync then finds AWS's."""
    # What AWS tells of one resource alone has its turn too.
    settings.SYNC_FRESH_HOURS = 0
    monkeypatch.setattr("iamconsole.sync.single.ROTATION", 1)
    limit, wanted, changes = ManagedPolicy.objects.get(arn=LIMIT), [], []
    for told in TELLINGS.values():
        fields = {one.name: one for one in told.model._meta.concrete_fields}
        assert told.silent.keys() | {*told.fixed} <= fields.keys(), (
            f"{told.model.__name__} has no such column"
        )
        assert all(told.silent.values()), "each with a reason"
        for row in filter(lambda row: belongs(told.thing(row)), told.model._default_manager.all()):
            view = told.view(row)
            now = {name: getattr(row, name) for name in told.columns() if name not in told.fixed}
            before = {name: another(fields[name], value, limit) for name, value in now.items()}
            changes.append((row, before))
            for name in now:
                what = ": ".join(filter(None, (view.part, name)))
                wanted.append((view.arn, what, [fact(before[name]), fact(now[name])]))
    assert {type(row) for row, _ in changes} == TELLINGS.keys()
    for row, before in changes:
        type(row)._default_manager.filter(pk=row.pk).update(**before)
    User.objects.filter(account=furnished).update(asked_at=None)
    assert sync(alice).state == "done"
    found = {event.resource: event.detail["Values"] for event in outside()}
    missing = [(row, found.get(row[0], {}).get(row[1])) for row in wanted]
    assert [one for one in missing if one[0][2] != one[1]] == []


def belongs(thing) -> bool:
    """Whether it is in AWS's account, and the account's own."""
    return f"::{AWS_ACCOUNT}:" in thing.arn


def test_what_is_written_without_telling_is_declared():
    """Mirrors write rows through ``writing`` alone, which compares and notes."""
    found = set()
    for path in sorted({inspect.getfile(type(mirror)) for mirror in MIRRORS} | {*BESIDE}):
        for scope, call in calls(ast.parse(Path(path).read_text())):
            on = ast.unparse(call.func.value)
            if call.func.attr in WRITES and not on.startswith("writing"):
                found |= {f"{Path(path).parent.name}.{scope}"}
    assert found <= UNTOLD.keys(), f"not told: {found - UNTOLD.keys()}"


WRITES = {"save", "create", "bulk_create", "bulk_update", "update", "delete"}
BESIDE = [str(ROOT / "users/mirror_parts.py")]


def calls(tree: ast.Module):
    """Calls of methods within each function, with its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                    yield node.name, inner


def test_each_act_outside_is_told_on_its_thing(furnished, alice, aws):
    """What came, went or moved as a whole: the kinds of the issue, with what is told before and after."""
    aws.create_user(UserName="bob")
    sync(alice)
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    name = {"UserName": "wilma"}
    key = AccessKey.objects.get().access_key_id
    ssh, certificate_id = SSHPublicKey.objects.get().ssh_public_key_id, SigningCertificate.objects.get().label
    service = ServiceSpecificCredential.objects.get().credential_id
    aws.delete_access_key(AccessKeyId=key, **name)
    aws.delete_ssh_public_key(SSHPublicKeyId=ssh, **name)
    aws.delete_signing_certificate(CertificateId=certificate_id, **name)
    aws.delete_service_specific_credential(ServiceSpecificCredentialId=service, **name)
    aws.delete_login_profile(**name)
    aws.deactivate_mfa_device(SerialNumber=PHONE, **name)
    aws.enable_mfa_device(UserName="bob", SerialNumber=PHONE, **CODES)
    aws.create_virtual_mfa_device(VirtualMFADeviceName="spare")
    aws.remove_user_from_group(GroupName="ops", **name)
    aws.detach_group_policy(GroupName="ops", PolicyArn=LIMIT)
    aws.delete_user_policy(PolicyName="own", **name)
    aws.set_default_policy_version(PolicyArn=LIMIT, VersionId="v2")
    aws.delete_policy_version(PolicyArn=LIMIT, VersionId="v1")
    aws.delete_server_certificate(ServerCertificateName="web")
    aws.delete_account_password_policy()
    aws.delete_account_alias(AccountAlias="double-aws")
    for model, column in MADE.items():
        model.objects.update(**{column: LONG_AGO})
    with past.rewritten():
        Event.objects.filter(action__startswith="iam:").update(at=LONG_AGO)
    User.objects.filter(account=furnished).update(asked_at=None)
    assert sync(alice).state == "done"
    found = {event.resource.partition(f"{AWS_ACCOUNT}:")[2]: event.detail for event in outside()}
    came = {
        thing: {what for what, (before, _) in detail["Values"].items() if before is None}
        for thing, detail in found.items()
    }
    went = {
        thing: {what for what, (_, after) in detail["Values"].items() if after is None}
        for thing, detail in found.items()
    }
    assert came["user/bob"] == {f"MFA device {PHONE}"}
    assert went["user/eng/wilma"] == {
        f"Access key {key}", f"SSH public key {ssh}", f"Signing certificate {certificate_id}", f"Service credential {service}",
        "Console password", f"MFA device {PHONE}", "Group ops", "Inline policy own",
    }  # fmt: skip
    assert went["group/ops"] == {f"Attached policy {LIMIT}"}
    assert went["policy/Limit"] == {"Version v1"}
    assert found["policy/Limit"]["Values"]["default_version_id"] == ["v1", "v2"]
    assert went["root"] == {"Password policy", "alias"}
    kinds = {thing: found[thing]["Change"] for thing in ("mfa/spare", "server-certificate/web")}
    assert kinds == {"mfa/spare": "created", "server-certificate/web": "removed"}
    aws.delete_virtual_mfa_device(SerialNumber=SPARE)
    VirtualMFADevice.objects.update(create_date=LONG_AGO)
    sync(alice)
    assert [event.detail["Change"] for event in outside() if event.resource == SPARE] == [
        "removed",
        "created",
    ]


# When rows were made: what is young is spared by a sync.
MADE = {
    AccessKey: "create_date",
    SSHPublicKey: "upload_date",
    SigningCertificate: "upload_date",
    ServiceSpecificCredential: "create_date",
    LoginProfile: "create_date",
    VirtualMFADevice: "enable_date",
    ServerCertificate: "upload_date",
}
