"""boto3 sessions that read botocore's data files, and look at its handlers, once per process.

A session of boto3's own reads the model of IAM, the endpoints and the partitions anew: 80 ms of work for
each client. What is read does not depend on whose session it is, so all sessions share one loader. Looking
at botocore's own handlers of events takes another 3 ms: each session gets a copy of them.
"""

from copy import copy
from functools import cache

import boto3
import botocore.session
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader

from . import hearing


class SharedLoader(Loader):
    """botocore's loader, for many sessions: what a session adds to the search paths stays its own.

    boto3 adds its folder of resource models for each session; on a shared list that grows without end.
    """

    @property
    def search_paths(self) -> list[str]:
        """The folders that are searched, as a list that nobody can add to."""
        return list(super().search_paths)


@cache
def loader() -> SharedLoader:
    """The one loader of this process; it keeps what it has read, and threads may share it."""
    return SharedLoader()


@cache
def handlers() -> HierarchicalEmitter:
    """botocore's own handlers, as a session of its registers them; nothing else is ever added here."""
    emitter = HierarchicalEmitter()
    botocore.session.Session(event_hooks=emitter)
    return emitter


def core() -> botocore.session.Session:
    """botocore's session, with what the machine's AWS configuration says."""
    session = botocore.session.Session(event_hooks=copy(handlers()), include_builtin_handlers=False)
    session.register_component("data_loader", loader())
    hearing.listen(session.get_component("event_emitter"))
    # The global endpoint of STS, which old configurations choose, has no AssumeRoot (IAM-FACTS 2.17.4).
    session.set_config_variable("sts_regional_endpoints", "regional")
    return session


def session(
    access_key_id: str | None = None,
    secret: str | None = None,
    token: str | None = None,
    *,
    region: str,
    profile: str | None = None,
) -> boto3.session.Session:
    """A session of its own credentials: the given key, the named profile, or the console's identity.

    ``region`` is where the services are asked that have one place in a partition (``partitions``). Raises
    botocore's ProfileNotFound, here or from ``client``.
    """
    return boto3.session.Session(
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name=region,
        botocore_session=core(),
        profile_name=profile,
    )
