"""An index that holds all that the figures of an account count of its users."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0010_ask_permission_requests")]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                fields=["account", "kind", "password_enabled", "mfa_count", "active_key_count", "user_type"],
                name="users_in_figures",
            ),
        ),
    ]
