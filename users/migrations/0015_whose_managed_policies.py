"""Whose a managed policy is: the catalogue's, or the row of one account.

Until now AWS managed policies had one row for all accounts, and a sync of any linked account wrote a newer
version over it. Nothing says which of these rows a linked account wrote. So, where an account was ever linked:

- each account that AWS tells of keeps what it had listed, as a row of its own;
- the shipped policies get their shipped documents again;
- of all others the catalogue forgets the document: what nobody uses goes, what local accounts use allows
  nothing until it is loaded again (``manage.py load_managed_policies``). The log names them.
"""

import json
import logging
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

import users.models.policies

SHIPPED = Path(__file__).parent.parent / "data" / "aws_managed_policies.json"
ALLOWS_NOTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"none:null","Resource":"*"}}'
NO_VERSION = "v0"
KEPT = ("policy_name", "policy_id", "path", "description", "default_version_id", "document", "create_date", "update_date")
FORGOTTEN = (
    "%s was written by a linked account or loaded; nothing says which. It allows nothing in local accounts until "
    "you load it again: manage.py load_managed_policies."
)


def separate(apps, schema_editor):
    """Fill the new columns, then take apart what linked accounts and the catalogue shared."""
    policies = apps.get_model("users", "ManagedPolicy").objects
    policies.filter(account__isnull=False).update(scope="Local")
    for partition in {arn.split(":")[1] for arn in policies.values_list("arn", flat=True).iterator()} - {"aws"}:
        policies.filter(arn__startswith=f"arn:{partition}:").update(partition=partition[:16])
    if not ever_linked(apps):
        return
    shipped = {row["Arn"]: row for row in json.loads(SHIPPED.read_text())}
    doubtful = [row for row in policies.filter(account=None) if differs(row, shipped.get(row.arn))]
    keep_listed(apps, doubtful)
    for row in doubtful:
        if row.arn in shipped:
            restore(row, shipped[row.arn])
        elif is_used(apps, row):
            row.document, row.default_version_id = ALLOWS_NOTHING, NO_VERSION
            row.save(update_fields=["document", "default_version_id"])
            logging.getLogger("iamconsole").warning(FORGOTTEN, row.arn)
        else:
            row.delete()


def ever_linked(apps):
    """Whether a sync may have written to the catalogue, also for an account that is gone by now."""
    if apps.get_model("users", "Account").objects.exclude(kind="local").exists():
        return True
    events = apps.get_model("iamconsole", "Event").objects
    return events.filter(action="iamconsole:LinkAccount").exists()


def differs(row, shipped):
    """Whether a row is not what shipped."""
    if shipped is None or row.default_version_id != shipped["DefaultVersionId"]:
        return True
    try:
        return json.loads(row.document) != shipped["Document"]
    except ValueError:
        return True


def keep_listed(apps, doubtful):
    """A row of its own for each account that AWS tells of, where it uses one of these."""
    Policy, User = apps.get_model("users", "ManagedPolicy"), apps.get_model("users", "User")
    attachments = apps.get_model("users", "PolicyAttachment").objects.order_by()
    by_pk, copies = {row.pk: row for row in doubtful}, defaultdict(dict)
    for account in apps.get_model("users", "Account").objects.exclude(kind="local"):
        attached = attachments.filter(Q(user__account=account) | Q(group__account=account), policy__in=by_pk)
        bounded = User.objects.filter(account=account, permissions_boundary__in=by_pk)
        used = {
            *attached.values_list("policy", flat=True),
            *bounded.values_list("permissions_boundary", flat=True),
        }
        for pk in used:
            values = {column: getattr(by_pk[pk], column) for column in KEPT}
            own = Policy.objects.create(account=account, arn=by_pk[pk].arn, **values)
            keys = list(attached.filter(policy=pk).values_list("pk", flat=True))
            attachments.filter(pk__in=keys).update(policy=own)
            bounded.filter(permissions_boundary=pk).update(permissions_boundary=own)


def restore(row, shipped):
    """The shipped policy again."""
    created = datetime.fromisoformat(shipped["CreateDate"])
    row.policy_name, row.policy_id = shipped["PolicyName"], shipped.get("PolicyId", "")
    row.path, row.description = shipped["Path"], shipped.get("Description", "")
    row.default_version_id, row.document = shipped["DefaultVersionId"], json.dumps(shipped["Document"])
    row.create_date = created
    row.update_date = datetime.fromisoformat(shipped["UpdateDate"]) if shipped.get("UpdateDate") else created
    row.save()


def is_used(apps, row):
    """Whether anybody still has it: by now only local accounts can."""
    attachments = apps.get_model("users", "PolicyAttachment").objects.filter(policy=row)
    users = apps.get_model("users", "User").objects.filter(permissions_boundary=row)
    return attachments.exists() or users.exists()


class Migration(migrations.Migration):

    dependencies = [("users", "0014_bounded_users"), ("iamconsole", "0003_key_check")]

    operations = [
        # What most rows are; the others are told apart below.
        migrations.AddField(
            "managedpolicy", "scope",
            users.models.policies.ScopeField(
                choices=[("AWS", "AWS managed"), ("Local", "Customer managed")],
                default="AWS", editable=False, max_length=5,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "managedpolicy", "partition",
            users.models.policies.PartitionField(default="aws", editable=False, max_length=16),
            preserve_default=False,
        ),
        migrations.AlterField("managedpolicy", "arn", models.CharField(max_length=2048)),
        migrations.AddConstraint(
            "managedpolicy",
            models.UniqueConstraint(condition=Q(account=None), fields=("arn",), name="catalogue_arn_once"),
        ),
        migrations.AddConstraint(
            "managedpolicy",
            models.UniqueConstraint(fields=("account", "arn"), name="policy_arn_once_per_account"),
        ),
        migrations.AddConstraint(
            "managedpolicy",
            models.CheckConstraint(
                condition=Q(("account__isnull", False), ("scope", "AWS"), _connector="OR"),
                name="catalogue_is_of_aws",
            ),
        ),
        # Last: PostgreSQL alters no table whose rows were changed in the same transaction.
        migrations.RunPython(separate),
    ]
