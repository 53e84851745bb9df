"""User groups: they carry policies for their members and are no principals themselves."""

from django.db import models
from django.utils import timezone

from .accounts import Account


class Group(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="groups")
    group_name = models.CharField(max_length=128)
    name_folded = models.CharField(max_length=128)
    path = models.CharField(max_length=512, default="/")
    group_id = models.CharField(max_length=128, unique=True)
    require_mfa = models.BooleanField(default=False)
    create_date = models.DateTimeField(default=timezone.now)
    users = models.ManyToManyField("users.User", through="GroupMembership", related_name="groups")

    class Meta:
        ordering = ["name_folded"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name_folded"], name="group_name_unique_without_case")
        ]

    def __str__(self) -> str:
        return self.group_name

    @property
    def arn(self) -> str:
        return self.account.arns.group(self.path, self.group_name)


class GroupMembership(models.Model):
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"
