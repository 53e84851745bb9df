from django.apps import AppConfig


class IamConsoleConfig(AppConfig):
    name = "iamconsole"
    verbose_name = "IAM console"

    def ready(self) -> None:
        from . import checks, tasks  # noqa: F401  (registers system checks and Celery tasks)
