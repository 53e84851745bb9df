"""A database of before, with rows that a linked account has written for all, and its upgrade; run by a test as a
process of its own. Prints the rows of managed policies afterwards.
"""

import json
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.conf import settings  # noqa: E402  (after the set-up)
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

ALL = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
READ_ONLY, CHINESE = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"

connection.settings_dict["NAME"] = str(settings.DATA_DIR / "before.sqlite3")
executor = MigrationExecutor(connection)
(node,) = [key for key in executor.loader.graph.nodes if key[1].endswith("_whose_managed_policies")]
before = executor.loader.get_migration(*node).dependencies
executor.migrate(before)

apps = executor.loader.project_state(before).apps
Account, Policy = apps.get_model("users", "Account"), apps.get_model("users", "ManagedPolicy")
User, Attachment = apps.get_model("users", "User"), apps.get_model("users", "PolicyAttachment")
home = Account.objects.create(account_id="1" * 12, is_home=True)
linked = Account.objects.create(account_id="2" * 12, kind="linked")
china = Account.objects.create(account_id="3" * 12, kind="linked", partition="aws-cn")
values = {"policy_name": "ReadOnlyAccess", "default_version_id": "v999", "document": ALL}
shared, chinese = (Policy.objects.create(arn=arn, **values) for arn in (READ_ONLY, CHINESE))
Policy.objects.create(arn=f"arn:aws:iam::{home.account_id}:policy/mine", account=home, **values)
for account, policy in ((home, shared), (linked, shared), (china, chinese)):
    user = User.objects.create(
        account=account, user_id=f"AIDA{account.pk}", name_folded="u", permissions_boundary=policy
    )
    Attachment.objects.create(user=user, policy=policy)

executor = MigrationExecutor(connection)
executor.migrate(executor.loader.graph.leaf_nodes())

from users.models import ManagedPolicy  # noqa: E402  (as it is now)

rows = [
    {
        "arn": row.arn,
        "account": row.account and row.account.account_id,
        "scope": row.scope,
        "partition": row.partition,
        "version": row.default_version_id,
        "holders": row.attachments.count() + row.bounded_users.count(),
    }
    for row in ManagedPolicy.objects.order_by("arn", "pk")
]
print(json.dumps(rows))
