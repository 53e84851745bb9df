from django.db import migrations, models


class Migration(migrations.Migration):
    """Whose a one-time secret is, so that one person has a limited number of them."""

    dependencies = [("iamconsole", "0003_key_check")]

    operations = [
        migrations.AddField(
            model_name="onetimesecret",
            name="owner",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="onetimesecret",
            index=models.Index(fields=["owner", "purpose"], name="one_time_secret_owner"),
        ),
    ]
