from django.db import migrations, models


def forget_unread(apps, schema_editor):
    """What was shown as "no tags" of devices and certificates at AWS was never read there."""
    devices = apps.get_model("credentials", "VirtualMFADevice").objects.filter(serial_number__contains=":mfa/")
    certificates = apps.get_model("credentials", "ServerCertificate").objects.all()
    for rows in (devices, certificates):
        rows.exclude(account__kind="local").update(tags=None)


class Migration(migrations.Migration):
    dependencies = [("credentials", "0004_org_member_roots"), ("users", "0007_read_single_reads")]

    operations = [
        migrations.AddField("servercertificate", "read_at", models.DateTimeField(null=True)),
        migrations.AddField("virtualmfadevice", "read_at", models.DateTimeField(null=True)),
        migrations.AlterField("servercertificate", "tags", models.JSONField(default=dict, null=True)),
        migrations.AlterField("virtualmfadevice", "tags", models.JSONField(default=dict, null=True)),
        migrations.AlterField("sshpublickey", "body", models.TextField(blank=True)),
        migrations.AlterField("sshpublickey", "fingerprint", models.CharField(blank=True, max_length=48)),
        migrations.RunPython(forget_unread, migrations.RunPython.noop),
    ]
