from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        from . import bulk_job, operations  # noqa: F401  (declares a job kind and the operations)
