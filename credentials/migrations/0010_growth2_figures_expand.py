"""Indexes that hold all that figures count of access keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credentials", "0009_undo_printed_mails")]

    operations = [
        migrations.AddIndex(
            model_name="accesskey",
            index=models.Index(
                fields=["user", "status", "create_date", "last_used_date"], name="keys_counted"
            ),
        ),
        migrations.AddIndex(
            model_name="accesskey",
            index=models.Index(
                fields=["review_date", "user"],
                condition=models.Q(review_date__isnull=False),
                name="keys_reviewed",
            ),
        ),
    ]
