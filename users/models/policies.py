"""Policies: managed ones, attached to users and groups, and inline ones."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from iamconsole.policy import MalformedPolicyDocument, NamedPolicy, Policy, parse

from .accounts import Account

UNREADABLE = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'


def compiled(document: str) -> Policy:
    """A stored document for the engine. One that cannot be read denies everything (fail closed)."""
    try:
        return parse(document)
    except MalformedPolicyDocument:
        return parse(UNREADABLE)


class ManagedPolicy(models.Model):
    """A managed policy with the document of its default version. Without an account it is AWS's own."""

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="managed_policies")
    # AWS managed policies stand once for all accounts, customer managed ones carry their account in the ARN.
    arn = models.CharField(max_length=2048, unique=True)
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
    tags = models.JSONField(default=dict)

    class Meta:
        ordering = ["policy_name"]

    def __str__(self) -> str:
        return self.policy_name

    @property
    def kind(self) -> str:
        return "Customer managed" if self.account_id else "AWS managed"

    def named(self, via: str = "") -> NamedPolicy:
        """The policy as the engine takes it; ``via`` names the group it comes through."""
        return NamedPolicy(self.policy_name, self.arn, self.kind, via, compiled(self.document))


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
