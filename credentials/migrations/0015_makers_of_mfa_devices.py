"""An unassigned virtual MFA device belongs to who began it; those of before belong to nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credentials", "0014_bounded_guesses")]

    operations = [
        migrations.AddField(
            model_name="virtualmfadevice",
            name="maker_id",
            field=models.CharField(blank=True, default="", max_length=128),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="virtualmfadevice",
            name="begun_at",
            field=models.DateTimeField(db_index=True, null=True),
        ),
    ]
