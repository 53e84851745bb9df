from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from credentials.user_page import sections
        from iamconsole.job_kinds import JobKind, describe
        from iamconsole.schedule import every
        from reports import kept, navigation, operations, tasks
        from reports.credential_report import jobs, marks
        from reports.findings import due, section
        from reports.imports.uploaded import newest_upload
        from users.facts import date_reports_with

        report = JobKind(
            "Credential report", unit="rows", about=jobs.links_of_report, again=jobs.report_again
        )
        describe(jobs.KIND, report)
        describe(operations.last_accessed.KIND, JobKind("Last accessed", quiet=True))
        reading = JobKind("Read last accessed services", unit="reports", quiet=True)
        describe(operations.reading.KIND, reading)
        every(60, tasks.read_last_accessed, "read-last-accessed")
        navigation.register()
        kept.register()
        every(600, tasks.prune, "prune")
        every(30, tasks.evaluate_findings, "evaluate-findings")
        every(600, tasks.mark_ended_exemptions, "mark-ended-exemptions")
        every(43_200, tasks.mark_all_accounts, "mark-all-accounts")
        every(3600, tasks.mail_findings, "mail-findings")
        every(3600, tasks.act_on_findings, "act-on-findings")
        due.register()
        sections.register(section.SECTION)
        date_reports_with(newest_upload)
        marks.mark_with(marks.recommended)
