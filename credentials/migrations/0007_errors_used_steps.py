from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credentials", "0006_lists_order_by_code_point")]

    operations = [
        operation
        for model in ("virtualmfadevice", "hardwaremfadevice")
        for operation in (
            migrations.AddField(model, "used_steps", models.JSONField(default=list)),
            migrations.AlterField(model, "drift", models.IntegerField(default=0)),
        )
    ]
