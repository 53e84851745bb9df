from django.db import migrations, models


class Migration(migrations.Migration):
    # A step of its own: databases that are in use may have it or not.
    replaces = [("iamconsole", "0006_intent_evidence")]
    dependencies = [("iamconsole", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="intent",
            name="evidence",
            field=models.JSONField(default=dict),
        ),
    ]
