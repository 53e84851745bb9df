"""The last use in a user's summary is that of the oldest active key, whose age stands beside it."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def of_oldest_active_key(apps, schema_editor):
    User, AccessKey = apps.get_model("users", "User"), apps.get_model("credentials", "AccessKey")
    active = AccessKey.objects.filter(user=OuterRef("pk"), status="Active").order_by("create_date", "slot")
    users = User.objects.filter(access_key_count__gt=0)
    users.update(key_last_used=Subquery(active.values("last_used_date")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("credentials", "0007_errors_used_steps"),
        ("users", "0008_lists_order_by_code_point"),
    ]

    operations = [migrations.RunPython(of_oldest_active_key, migrations.RunPython.noop, elidable=True)]
