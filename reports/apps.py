from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from iamconsole.job_kinds import JobKind, describe, link_from_jobs
        from reports import navigation, operations
        from reports.credential_report import jobs
        from reports.imports.uploaded import newest_upload
        from users.facts import date_reports_with

        describe(jobs.KIND, JobKind("Credential report", unit="rows"))
        describe(operations.last_accessed.KIND, JobKind("Last accessed", quiet=True))
        navigation.register()
        date_reports_with(newest_upload)
        link_from_jobs(jobs.links_of_report)
