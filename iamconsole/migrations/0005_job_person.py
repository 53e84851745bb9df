"""Jobs belong to the unique ID of the person behind the caller, not to an ARN that may come back."""

from django.db import migrations, models


def name_people(apps, schema_editor):
    """Jobs of people kept the unique ID already, to build their caller again; those of programs that ask
    for last accessed details kept who asked. A role session's own ID names no person: nobody gets those.
    """
    Job = apps.get_model("iamconsole", "Job")
    for job in Job.objects.only("starter", "args").iterator():
        asked_by = job.args.get("asked_by", "")
        person = job.starter.get("user_id") or ("" if ":" in asked_by else asked_by)
        if person:
            Job.objects.filter(pk=job.pk).update(started_by_id=person)


class Migration(migrations.Migration):
    dependencies = [("iamconsole", "0004_one_time_secret_owner")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="started_by_id",
            field=models.CharField(blank=True, default="", max_length=128),
            preserve_default=False,
        ),
        migrations.RunPython(name_people, migrations.RunPython.noop),
    ]
