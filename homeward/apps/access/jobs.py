"""Background work by name: a service names it, `config.jobs` says where it is. Enqueued in the caller's transaction."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django_tasks import task


@task()
def run_job(name: str, arguments: dict[str, Any]) -> None:
    import_string(settings.HOMEWARD_JOBS[name])(**arguments)


def enqueue(name: str, **arguments: str | int) -> None:
    """An unknown name fails here, not in the worker."""
    if name not in settings.HOMEWARD_JOBS:
        raise KeyError(name)
    run_job.enqueue(name, arguments)
