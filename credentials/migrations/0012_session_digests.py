"""Sessions that are open keep working: their keys become digests, as the store now looks for them."""

from django.db import migrations

from credentials.sessions.store import digest


def to_digests(apps, schema_editor):
    """A key has 32 characters, a digest 40: what is a digest already stays."""
    sessions = apps.get_model("sessions", "Session").objects
    for row in sessions.exclude(session_key__regex="^.{40}$").iterator():
        old = row.session_key
        row.session_key = digest(old)
        row.save(force_insert=True)
        sessions.filter(session_key=old).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("credentials", "0011_notices_and_known_addresses"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunPython(to_digests, migrations.RunPython.noop)]
