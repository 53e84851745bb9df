from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0015_whose_managed_policies")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="unconfirmed_email",
            field=models.EmailField(blank=True, default="", max_length=254),
        ),
    ]
