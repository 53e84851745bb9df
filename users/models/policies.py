"""Policies: managed ones, attached to users and groups, and inline ones."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from iamconsole.arn import AWS_OWNED
from iamconsole.policy import MalformedPolicyDocument, NamedPolicy, Policy, parse

from .accounts import Account

UNREADABLE = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'


def compiled(document: str) -> Policy:
    """A stored document for the engine. One that cannot be read denies everything (fail closed)."""
    try:
        return parse(document)
    except MalformedPolicyDocument:
        return parse(UNREADABLE)


class Scope(models.TextChoices):
    """Whose a managed policy is, in the words of ListPolicies (IAM-FACTS 2.4)."""

    AWS = "AWS", "AWS managed"
    LOCAL = "Local", "Customer managed"


# Paths of AWS's policies that only roles of its services and root tasks can have (IAM-FACTS 2.23).
NOT_FOR_USERS = ("/aws-service-role/", "/root-task/")


def part_of_arn(arn: str, place: int) -> str:
    """A part of an ARN by its place, "" where there is none: what a listing says need not be an ARN."""
    return (arn.split(":", 5) + [""] * 6)[place]


def scope_of(arn: str) -> Scope:
    """Whose policy the ARN names. AWS's own have ``aws`` where the account ID would stand."""
    return Scope.AWS if part_of_arn(arn, 4) == AWS_OWNED else Scope.LOCAL


class _FromArn(models.CharField):  # type: ignore[type-arg]
    """A column that repeats what the row's ARN says, so that queries can ask for it and no row disagrees."""

    def value_of(self, arn: str) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: Any, add: bool) -> str:
        value = self.value_of(model_instance.arn)
        setattr(model_instance, self.attname, value)
        return value


class ScopeField(_FromArn):
    """A ``Scope``."""

    def value_of(self, arn: str) -> str:
        return str(scope_of(arn))


class PartitionField(_FromArn):
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""

    def value_of(self, arn: str) -> str:
        return part_of_arn(arn, 1)[: self.max_length]


class ManagedPolicyQuerySet(models.QuerySet["ManagedPolicy"]):
    """Which rows count where. Every search by name or ARN begins with one of these."""

    def catalogue(self) -> "ManagedPolicyQuerySet":
        """AWS managed policies as they shipped or were loaded."""
        return self.filter(account=None)

    def known_to(self, account_id: str) -> "ManagedPolicyQuerySet":
        """The policies an account can use, each ARN once: its own rows, and those of the catalogue of its
        partition that no row of its own stands in for.
        """
        account = Account.objects.filter(account_id=account_id).order_by()
        mine = Q(account=Subquery(account.values("pk")))
        own = ManagedPolicy.objects.filter(mine, arn=OuterRef("arn"))
        shared = Q(account=None, partition=Subquery(account.values("partition")))
        return self.filter(mine | (shared & ~Exists(own)))

    def for_users(self) -> "ManagedPolicyQuerySet":
        """Those that users and groups can have."""
        rows = self
        for path in NOT_FOR_USERS:
            rows = rows.exclude(scope=Scope.AWS, path__startswith=path)
        return rows

    def customer(self, account: Account) -> "ManagedPolicyQuerySet":
        """The account's customer managed policies."""
        return self.filter(account=account, scope=Scope.LOCAL)


class ManagedPolicy(models.Model):
    """A managed policy with the document of its default version.

    Three kinds of row:
    - the catalogue: an AWS managed policy as it shipped or was loaded, with no account. It counts in
      every account of its partition;
    - an AWS managed policy that a linked account lists with another version or document. The row is that
      account's and stands in for the catalogue there, and nowhere else (users.policies.aws_mirror);
    - a customer managed policy of one account.
    """

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="managed_policies")
    arn = models.CharField(max_length=2048)
    scope = ScopeField(max_length=5, choices=Scope, editable=False)
    partition = PartitionField(max_length=16, editable=False)
    policy_name = models.CharField(max_length=128)
    policy_id = models.CharField(max_length=128, blank=True)
    path = models.CharField(max_length=512, default="/")
    description = models.CharField(max_length=1000, blank=True)
    default_version_id = models.CharField(max_length=16, default="v1")
    document = models.TextField()
    # The highest number a version ever had: numbers are never given twice (IAM-FACTS 2.4).
    latest_version = models.PositiveIntegerField(default=1)
    create_date = models.DateTimeField(default=timezone.now)
    update_date = models.DateTimeField(default=timezone.now)
    # AWS tells tags and description in no list (iamconsole.operations.single_reads): null where they were
    # never read, and when they were. A local account's are known without.
    tags = models.JSONField(default=dict, null=True)
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[ManagedPolicyQuerySet] = ManagedPolicyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["policy_name"]
        constraints = [
            models.UniqueConstraint(fields=["arn"], condition=Q(account=None), name="catalogue_arn_once"),
            models.UniqueConstraint(fields=["account", "arn"], name="policy_arn_once_per_account"),
            models.CheckConstraint(
                condition=Q(account__isnull=False) | Q(scope=Scope.AWS), name="catalogue_is_of_aws"
            ),
        ]

    def __str__(self) -> str:
        return self.policy_name

    @property
    def is_aws(self) -> bool:
        """Whether it is an AWS managed policy, which nobody changes here."""
        return scope_of(self.arn) == Scope.AWS

    @property
    def kind(self) -> str:
        return str(scope_of(self.arn).label)

    def named(self, via: str = "") -> NamedPolicy:
        """The policy as the engine takes it; ``via`` names the group it comes through."""
        return NamedPolicy(self.policy_name, self.arn, self.kind, via, compiled(self.document))


class LoadedCatalogue(models.Model):
    """Which file of AWS managed policies a partition has (users.policies.catalogue)."""

    partition = models.CharField(max_length=16, unique=True)
    file = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.file} in {self.partition}"


class PolicyVersion(models.Model):
    """One of up to five versions of a customer managed policy; never changed once it is there.

    The document of the default version stands on the policy as well, where the engine reads it.
    """

    policy = models.ForeignKey(ManagedPolicy, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField()
    create_date = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return self.version_id

    @property
    def version_id(self) -> str:
        return f"v{self.number}"

    @property
    def is_default(self) -> bool:
        return self.version_id == self.policy.default_version_id


class PolicyAttachment(models.Model):
    """A managed policy attached to a user or a group."""

    policy = models.ForeignKey(ManagedPolicy, on_delete=models.PROTECT, related_name="attachments")
    user = models.ForeignKey(
        "users.User", null=True, on_delete=models.PROTECT, related_name="policy_attachments"
    )
    group = models.ForeignKey(
        "users.Group", null=True, on_delete=models.CASCADE, related_name="policy_attachments"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "user"], name="policy_attached_to_user_once"),
            models.UniqueConstraint(fields=["policy", "group"], name="policy_attached_to_group_once"),
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(group__isnull=True), name="attached_to_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} on {self.user or self.group}"


class InlinePolicy(models.Model):
    """A policy that belongs to one user or group."""

    user = models.ForeignKey(
        "users.User", null=True, on_delete=models.PROTECT, related_name="inline_policies"
    )
    group = models.ForeignKey(
        "users.Group", null=True, on_delete=models.CASCADE, related_name="inline_policies"
    )
    policy_name = models.CharField(max_length=128)
    name_folded = models.CharField(max_length=128)
    document = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name_folded"], name="inline_name_once_per_user"),
            models.UniqueConstraint(fields=["group", "name_folded"], name="inline_name_once_per_group"),
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(group__isnull=True), name="inline_of_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return self.policy_name

    def named(self, via: str = "") -> NamedPolicy:
        return NamedPolicy(self.policy_name, "", "Inline", via, compiled(self.document))
