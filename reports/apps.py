from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from iamconsole.job_kinds import JobKind, describe, link_from_jobs
        from reports import navigation, operations
        from reports.credential_report import jobs

        describe(jobs.KIND, JobKind("Credential report", unit="rows"))
        describe(operations.last_accessed.KIND, JobKind("Last accessed", quiet=True))
        navigation.register()
        link_from_jobs(jobs.links_of_report)
