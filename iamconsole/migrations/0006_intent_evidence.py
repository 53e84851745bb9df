from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("iamconsole", "0005_job_person")]

    operations = [
        migrations.AddField(
            model_name="intent",
            name="evidence",
            field=models.JSONField(default=dict),
        ),
    ]
