from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("iamconsole", "0010_keep_removals_expand")]

    operations = [
        migrations.CreateModel(
            name="ScheduleEntry",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("sent_at", models.DateTimeField(null=True)),
                ("ran_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="job",
            name="lease_number",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="job",
            name="waits_for",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="job", name="waits_since", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(model_name="job", name="not_before", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="job",
            name="waited",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
