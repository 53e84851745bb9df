"""(ii) Rounds of syncs with the AWS double: what was asked in which order, and what the database then keeps."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.snapshots import kept, lost, stage, world
from tests.snapshots.double import Record
from tests.snapshots.masks import Masks
from tests.snapshots.stage import Clock, rows
from tests.sync import proxy as faults
from tests.sync.conftest import as_administrator
from tests.sync.proxy import Answer, Proxy


class Rounds:
    """One linked account through many rounds; each leaves a file."""

    def __init__(self, aws: Any, proxy: Proxy, record: Record, clock: Clock, folder: Path) -> None:
        self.aws, self.proxy, self.record, self.clock, self.folder = aws, proxy, record, clock, folder
        self.masks, self.number = Masks(), 0

    def sync(self, name: str, **args: Any) -> Any:
        """A sync, and what came of it. What was made before it is older than what is spared."""
        self.clock.pass_by(hours=5)  # AWS makes a new report after four hours
        self.record.taken()
        execute(as_administrator(self.alice), "iamconsole:SyncAccount", **args)
        stage.run_waiting_jobs(self.clock)
        self.write(name)

    def write(self, name: str) -> None:
        self.number += 1
        found = {**kept.kept(), "calls": self.record.taken()}
        kept.write(self.folder / f"{self.number:02}-{name}.json", found, self.masks.learn())

    def told(self, name: str, sentences: dict[str, Any]) -> None:
        kept.write(self.folder / f"{self.number:02}-{name}.json", sentences, self.masks)

    def play(self) -> None:
        self.alice = stage.home_with_alice(self.clock)
        world.furnish(self.aws)
        many(self.aws, users=12)
        self.aws.generate_credential_report()
        world.linked_and_synced(self.alice, self.clock)
        self.write("first")
        self.sync("nothing-new")
        self.changed_outside()
        self.changed_here()
        self.answers_are_lost("acted", acted)
        self.answers_are_lost("never-arrived", dropped)
        self.refused()
        self.suddenly_fewer()

    def changed_outside(self) -> None:
        aws = self.aws
        aws.create_user(UserName="fresh", Path="/new/")
        aws.tag_user(UserName="user-001", Tags=[{"Key": "floor", "Value": "2"}])
        aws.update_user(UserName="user-005", NewUserName="renamed")
        key = aws.list_access_keys(UserName="user-002")["AccessKeyMetadata"][0]["AccessKeyId"]
        aws.update_access_key(UserName="user-002", AccessKeyId=key, Status="Inactive")
        aws.remove_user_from_group(GroupName="crew", UserName="user-004")
        aws.put_user_policy(UserName="user-000", PolicyName="own", PolicyDocument=world.MORE)
        aws.delete_user(UserName="user-007")
        aws.generate_credential_report()
        self.sync("changed-outside")

    def changed_here(self) -> None:
        """By operations that AWS answers; the next reading finds nothing new."""
        self.ask("CreateUser", UserName="here", Tags=lost.TAGS)
        self.ask("CreateLoginProfile", UserName="here", Password=lost.PASSWORD)
        self.ask("CreateAccessKey", UserName="here")
        self.ask("AddUserToGroup", UserName="here", GroupName="crew")
        self.ask("UpdateUser", UserName="here", NewUserName="here-now")
        self.ask("CreateGroup", GroupName="made-here")
        self.write("changed-here")
        self.aws.generate_credential_report()
        self.sync("changed-here-read")

    def ask(self, operation: str, **params: Any) -> str:
        """An operation at the linked account; gives how it ended."""
        self.clock.pass_by(minutes=1)
        stage.chance.seed(f"{operation} {params}")
        try:
            execute(as_administrator(self.alice), operation, **params)
        except IamError as error:
            return f"{error.code}: {error.message}"
        return "answered"

    def play_second(self) -> None:
        """The rounds for which another installation is AWS: it is stricter, and gives everything."""
        self.alice = stage.home_with_alice(self.clock)
        aws = self.aws
        for number in range(6):
            of = lost.with_key(aws, f"user-{number:03}", number)
            lost.with_ssh_key(aws, f"ssh-{number:03}", 10 + number)
            lost.with_certificate(aws, f"certified-{number:03}", 20 + number)
            aws.tag_user(UserName=of["UserName"], Tags=lost.TAGS)
        lost.member(aws, "member", 30)
        lost.attached(aws, "attached", 31)
        lost.group_inline(aws, "inline", 32)
        lost.bounded(aws, "bounded", 33)
        lost.with_service_credential(aws, "git", 34)
        world.linked_and_synced(self.alice, self.clock)
        self.write("first")
        self.sync("nothing-new")
        # No phone is here that shows codes.
        with_codes = frozenset({"EnableMFADevice", "DeactivateMFADevice"})
        self.answers_are_lost("acted", acted, without=with_codes)
        self.answers_are_lost("never-arrived", dropped, without=with_codes)

    def answers_are_lost(
        self, name: str, fault: Callable[[str], faults.Fault], without: frozenset[str] = frozenset()
    ) -> None:
        """Every write once, with its answer lost; then the sentences that the next sync finds."""
        asked, ended = {}, {}
        writes = {key: value for key, value in lost.WRITES.items() if key not in without}
        for number, (operation, (prepare, more)) in enumerate(writes.items(), start=1):
            thing = f"{operation}-{name}".lower()[:40]
            asked[operation] = {**prepare(self.aws, thing, number + 100 * len(name)), **more}
        self.sync(f"{name}-before")
        for operation, params in asked.items():
            self.proxy.faults.append(fault(operation))
            ended[operation] = self.ask(operation, **params)
            self.proxy.faults.pop()
        self.aws.generate_credential_report()
        self.sync(f"{name}-settled")
        intents = rows("iamconsole.Intent").order_by("opened_at")
        settled = {row.operation: f"{row.state}: {row.outcome}" for row in intents}
        self.told(f"{name}-sentences", {"asked": ended, "settled": settled})

    def refused(self) -> None:
        """AWS denies what may be denied; nothing of it is lost here."""
        self.aws.create_user(UserName="unread")
        denied = (
            "ListSSHPublicKeys",
            "ListSigningCertificates",
            "ListServiceSpecificCredentials",
            "GetLoginProfile",
        )
        self.proxy.faults.append(faults.refusing("AccessDenied", *denied))
        self.sync("denied")
        self.proxy.faults.pop()
        self.sync("allowed-again")

    def suddenly_fewer(self) -> None:
        """Too many are gone at once: refused, then done by somebody who says so."""
        for user in self.aws.get_paginator("list_users").paginate().build_full_result()["Users"]:
            if "-acted" in user["UserName"]:
                gone(self.aws, user["UserName"])
        self.sync("suddenly-fewer")
        self.sync("fewer-on-purpose", RemoveMany=True)


def many(aws: Any, users: int) -> None:
    """Users with keys, passwords, groups, inline policies and devices, some of them with each."""
    for number in range(users):
        name = f"user-{number:03}"
        of = lost.user(aws, name, number)
        if number % 2 == 0:
            aws.create_access_key(**of)
            aws.add_user_to_group(GroupName="crew", **of)
        if number % 3 == 0:
            aws.create_login_profile(Password=lost.PASSWORD, **of)
            aws.put_user_policy(PolicyName="own", PolicyDocument=world.ALLOW, **of)
            aws.enable_mfa_device(**lost.device(aws, name, number), **lost.CODES, **of)


def acted(action: str) -> faults.Fault:
    """AWS acts, and nobody hears of it."""

    def fault(request: faults.Request, pass_on: Callable[[], Answer]) -> Answer | None:
        if request.action != action:
            return None
        answer = pass_on()
        return answer if answer.status >= 400 else Answer(200, answer.body, cut=0)

    return fault


def dropped(action: str) -> faults.Fault:
    """The question never reaches AWS."""
    return lambda request, pass_on: Answer(200, b"", cut=0) if request.action == action else None


def gone(aws: Any, name: str) -> None:
    """Delete a user of the double with what keeps it, as far as it has that."""
    of = {"UserName": name}
    for key in aws.list_access_keys(**of)["AccessKeyMetadata"]:
        aws.delete_access_key(AccessKeyId=key["AccessKeyId"], **of)
    for device in aws.list_mfa_devices(**of)["MFADevices"]:
        aws.deactivate_mfa_device(SerialNumber=device["SerialNumber"], **of)
    for group in aws.list_groups_for_user(**of)["Groups"]:
        aws.remove_user_from_group(GroupName=group["GroupName"], **of)
    for policy in aws.list_user_policies(**of)["PolicyNames"]:
        aws.delete_user_policy(PolicyName=policy, **of)
    for policy in aws.list_attached_user_policies(**of)["AttachedPolicies"]:
        aws.detach_user_policy(PolicyArn=policy["PolicyArn"], **of)
    with suppress(aws.exceptions.NoSuchEntityException):
        aws.delete_login_profile(**of)
    aws.delete_user(**of)
