from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        from iamconsole import uploads
        from iamconsole.job_kinds import JobKind, describe, link_from_jobs
        from iamconsole.query.principal import find_principals_with
        from iamconsole.schedule import every
        from iamconsole.sync.mirrors import register

        from . import (  # noqa: F401  (declares a job kind, operations, tasks and who hears of changes)
            bulk_job,
            handover,
            identities,
            mirrors,
            navigation,
            notices,
            operations,
            principals,
            resource_tags,
            signin,
            tasks,
        )

        describe(bulk_job.KIND, JobKind("Changes of several users"))
        navigation.register()
        every(300, tasks.sweep_sign_in, "sweep-sign-in")
        every(60, tasks.sweep_notices, "sweep-notices")
        every(3600, tasks.sweep_mfa_devices, "sweep-mfa-devices")
        link_from_jobs(handover.link_of_job)
        find_principals_with(principals.find)
        uploads.believe_sessions_with(signin.lasts)
        register(*mirrors.MIRRORS)
