from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        from . import bulk_job, operations, resource_tags  # noqa: F401  (declares a job kind and the operations)
