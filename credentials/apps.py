from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        # Some are imported for what they declare: operations, tasks, and who hears of changes.
        from credentials import (  # noqa: F401
            facts,
            identities,
            kept,
            mirrors,
            navigation,
            operations,
            principals,
            resource_tags,
            tasks,
        )
        from credentials.access_keys import job as key_job
        from credentials.bulk import job as bulk_job
        from credentials.member_roots import auditing
        from credentials.member_roots import job as root_deletion
        from credentials.member_roots import job_links as root_links
        from credentials.notices import mails  # noqa: F401
        from credentials.notices import metrics as mail_metrics
        from credentials.notices import status as mail_status
        from credentials.notices import tasks as notice_tasks
        from credentials.rotation import tasks as rotation_tasks
        from credentials.shown_once import show
        from credentials.sign_in import steps as signin
        from credentials.sign_in.views.sign_in import without_database
        from iamconsole import uploads
        from iamconsole.job_kinds import JobKind, describe, link_from_jobs
        from iamconsole.ops import status as system_status
        from iamconsole.ops.backup.tables import leave_out
        from iamconsole.query.principal import find_principals_with
        from iamconsole.schedule import every
        from iamconsole.sync.mirrors import register
        from iamconsole.unavailable import stand_in_for
        from users.facts import register as register_facts
        from users.people import job_links as user_links

        # Somebody has to sign in again after a restore: a session that was ended since would be there again.
        leave_out("sessions.Session", "credentials.ConsoleSession")
        bulk = JobKind(
            "Change several users", minutes=240, again=user_links.users_again, rows_at=user_links.users_at
        )
        describe(bulk_job.KIND, bulk)
        describe(
            key_job.KIND,
            JobKind(
                "Change access keys",
                unit="access keys",
                row="Access key",
                cut_rows=False,
                minutes=240,
                about=key_job.about_keys,
                again=key_job.keys_again,
                rows_at=key_job.keys_at,
            ),
        )
        reading = JobKind(
            "Read root credentials",
            unit="accounts",
            row="Account",
            cut_rows=False,
            minutes=240,
            about=root_links.about_roots,
            again=root_links.roots_again,
            rows_at=root_links.roots_at,
        )
        describe(auditing.KIND, reading)
        deletion = JobKind(
            "Delete root credentials",
            unit="steps",
            row="Credential",
            cut_rows=False,
            about=root_links.about_root,
            again=root_links.root_again,
        )
        describe(root_deletion.KIND, deletion)
        navigation.register()
        system_status.register("work", 40, "Mail", mail_status.mails)
        mail_metrics.register()
        kept.register()
        every(300, tasks.sweep_sign_in, "sweep-sign-in")
        every(60, notice_tasks.sweep_notices, "sweep-notices")
        every(rotation_tasks.EVERY, rotation_tasks.sweep_rotations, "sweep-rotations")
        every(3600, tasks.sweep_mfa_devices, "sweep-mfa-devices")
        link_from_jobs(show.link_of_job)
        find_principals_with(principals.find)
        uploads.believe_sessions_with(signin.lasts)
        stand_in_for("credentials:sign-in", without_database)
        register(*mirrors.MIRRORS)
        register_facts(facts.FACTS)
