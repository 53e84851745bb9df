from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0007_require_mfa"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="mfa_kind",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
