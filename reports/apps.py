from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from . import jobs, operations  # noqa: F401  (declares operations and job kinds)
