from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('iamconsole', '0008_tells_expand'),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="account_id",
            field=models.CharField(max_length=12),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["principal_arn", "-at"], name="iamconsole__princip_9767a6_idx"),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['account_id', 'origin_arn', '-at'], name='iamconsole__account_1c34fb_idx'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['account_id', 'outcome', '-at'], name='iamconsole__account_dd03af_idx'),
        ),
    ]
