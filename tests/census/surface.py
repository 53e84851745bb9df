"""What Django, Celery and the door tell of themselves."""

import inspect
from argparse import Action
from collections.abc import Callable, Iterator
from typing import Any

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from iamconsole.operations import all_operations

OURS = ("iamconsole", "users", "credentials", "reports")


def operations() -> Iterator[str]:
    for name, operation in all_operations().items():
        what = "acts" if operation.acts else "reads" if operation.reads else "changes"
        recent = ", needs a recent sign-in" if operation.needs_recent_sign_in else ""
        yield f"{name}  {operation.action}  {what}{recent}"


def urls() -> Iterator[str]:
    for name, pattern, arguments in url_patterns(get_resolver()):
        yield f"{name}  {' '.join(arguments) or '-'}  {' '.join(methods(pattern.callback))}"


def url_patterns(
    resolver: URLResolver, prefix: str = "", arguments: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern, tuple[str, ...]]]:
    """Every named pattern with its full name and the names of the parts of its address."""
    for pattern in resolver.url_patterns:
        parts = (*arguments, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from url_patterns(pattern, inner, parts)
        elif pattern.name:
            yield prefix + pattern.name, pattern, parts


def methods(view: Callable[..., Any] | None) -> list[str]:
    """The methods that Django's ``require_*`` around a view lets through."""
    while view is not None:
        kept = dict(zip(view.__code__.co_freevars, view.__closure__ or (), strict=True))
        if "request_method_list" in kept:
            return sorted(kept["request_method_list"].cell_contents)
        view = getattr(view, "__wrapped__", None)
    return ["any"]


def tasks() -> Iterator[str]:
    for name, task in current_app.tasks.items():
        if not name.startswith("celery."):
            yield f"{name}{inspect.Signature(list(map(bare, parameters(task.run))))}"


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def bare(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter.replace(annotation=inspect.Parameter.empty)


def beat_entries() -> Iterator[str]:
    for name, entry in current_app.conf.beat_schedule.items():
        yield f"{name}  {entry['task']}"


def sealed_values() -> Iterator[str]:
    """A place is asked of a row whose fields hold their own names."""
    for model in our_models():
        for field in model._meta.concrete_fields:
            if field.name.startswith("sealed"):
                yield f"{model.__name__}.{field.name}  {named_row(model).place}"


def named_row(model: type[models.Model]) -> Any:
    row = model()
    row.__dict__.update({field.attname: f"<{field.name}>" for field in model._meta.concrete_fields})
    return row


def kept_paths() -> Iterator[str]:
    for path in settings.AUTHENTICATION_BACKENDS:
        yield f"sessions, _auth_user_backend  {path}"


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def columns() -> Iterator[str]:
    """The tables of ours, those between them too."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.local_concrete_fields:
            yield f"{model._meta.db_table}.{field.column}  {kind(field)}"


def kind(field: models.Field) -> str:
    """As migrations see it, not as one database spells it."""
    length = f"({field.max_length})" if field.max_length else ""
    to = f" to {field.related_model._meta.db_table}" if field.is_relation else ""
    marks = [word for word, holds in (("null", field.null), ("unique", field.unique)) if holds]
    return " ".join([f"{field.get_internal_type()}{length}{to}", *marks])


def constraints() -> Iterator[str]:
    for model in our_models():
        for constraint in model._meta.constraints:
            yield f"{model._meta.db_table}  {constraint.name}"


def commands() -> Iterator[str]:
    for name, app in get_commands().items():
        if app in OURS:
            taken = own_arguments(load_command_class(app, name), name)
            yield " ".join([name, *taken])


def own_arguments(command: BaseCommand, name: str) -> list[str]:
    """How a command's own arguments are written, without those that all commands have."""
    common = {action.dest for action in actions(BaseCommand(), name)}
    own = (action for action in actions(command, name) if action.dest not in common)
    return [" ".join(action.option_strings) or action.dest for action in own]


def actions(command: BaseCommand, name: str) -> list[Action]:
    return command.create_parser("manage.py", name)._actions
