from django.apps import AppConfig


class IamConsoleConfig(AppConfig):
    name = "iamconsole"
    verbose_name = "IAM console"

    def ready(self) -> None:
        from . import celery, checks, tasks, work  # noqa: F401  (registers them)
        from .sync import job  # noqa: F401  (declares its job kind)
