"""GenerateServiceLastAccessedDetails and the two operations that read its result (IAM-FACTS 8.7).

Everything is known here at once, so a job is complete as soon as it is asked for. It keeps what was
asked and when; the answer is what was known at that moment.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from iamconsole.errors import IamError
from iamconsole.last_use import whole_minute
from iamconsole.models import Job
from iamconsole.operations import Call, Facts, Operation, all_operations, operation
from iamconsole.operations.paging import Key, Sorted, page
from reports.last_accessed import services as last_accessed
from reports.last_accessed.services import Principal
from users.lookups import find_policy
from users.models import User
from users.policies.operations.policies import NOT_FOUND
from users.roles.virtual import VirtualRole
from users.simulator.operations.service_access import check_namespace
from users.simulator.principal_policies import invalid, principal_of

KIND = "last-accessed"
KEPT = timedelta(days=7)
SERVICES_PER_PAGE = 200  # as AWS does, whose documentation says 100 (IAM-FACTS 2.2)
NO_SUCH_JOB = "The job with id {id} cannot be found."
NOT_OF_ROLES = (
    "What people did in a console role is in the event history, session by session. This operation does not "
    "report it."
)
ASK_AWS = (
    "This account is linked. Its users call AWS directly, and only AWS knows which services they used. "
    "Get the last accessed details there."
)


def principal_named(call: Call, arn: str) -> Principal:
    """The user, group or managed policy of an ARN. Raises NoSuchEntity, InvalidInput."""
    if ":policy/" not in arn:
        asked = Call(call.caller, call.operation, {"Arn": arn})
        principal = principal_of(asked, "Arn")
        if isinstance(principal, VirtualRole):
            raise invalid(NOT_OF_ROLES)
        return principal
    return find_policy(Call(call.caller, call.operation, {"PolicyArn": arn}), NOT_FOUND)


@operation("GenerateServiceLastAccessedDetails")
class GenerateServiceLastAccessedDetails(Operation):
    acts = True  # nothing of the account changes; the job is only the question

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["Arn"]]

    def act(self, call: Call) -> Facts:
        if call.caller.link:
            raise invalid(ASK_AWS)
        principal_named(call, call.params["Arn"])
        mine = Job.objects.filter(kind=KIND, account_id=call.account_id)
        mine.filter(created_at__lt=call.now - KEPT).delete()
        job = Job.objects.create(
            kind=KIND,
            account_id=call.account_id,
            state=Job.State.DONE,
            started_by_arn=call.caller.arn,
            started_by_id=call.caller.person_id,
            args={
                "arn": call.params["Arn"],
                "granularity": call.param("Granularity", "SERVICE_LEVEL"),
            },
        )
        return {"JobId": str(job.id)}


class LastAccessedOperation(Operation):
    """An operation that reads a job. Only who asked for it can, by the unique ID (IAM-FACTS 8.7)."""

    reads = True

    def job_of(self, call: Call) -> Job:
        try:
            job = Job.objects.filter(kind=KIND, account_id=call.account_id, id=UUID(call.params["JobId"]))
            found = job.first()
        except ValueError:
            found = None
        if found is None or not found.belongs_to(call.caller.person_id):
            raise IamError("NoSuchEntity", NO_SUCH_JOB.format(id=call.params["JobId"]))
        return found

    def job_facts(self, job: Job) -> dict[str, Any]:
        moments = {"JobCreationDate": job.created_at, "JobCompletionDate": job.created_at}
        return {"JobStatus": "COMPLETED", **moments}


@operation("GetServiceLastAccessedDetails")
class GetServiceLastAccessedDetails(LastAccessedOperation):
    def read(self, call: Call) -> Facts:
        job = self.job_of(call)
        principal = principal_named(call, job.args["arn"])
        people = list(last_accessed.people_of(principal, call.account_id))
        found = last_accessed.accesses(people, call.account_id, job.created_at)
        tracked = recorded_actions() if job.args["granularity"] == "ACTION_LEVEL" else None
        services = last_accessed.service_facts(last_accessed.granted(principal), found, tracked)
        listed = Sorted("ServicesLastAccessed", services, lambda service: (service["ServiceNamespace"],))
        facts = {**self.job_facts(job), "JobType": job.args["granularity"]}
        return {**facts, **page(call, listed, items=SERVICES_PER_PAGE)}


def recorded_actions() -> frozenset[str]:
    """The actions that leave an Event; of plain reads nobody can say when they were."""
    operations = all_operations().values()
    return frozenset(one.action for one in operations if one.audited or one.changes)


@operation("GetServiceLastAccessedDetailsWithEntities")
class GetServiceLastAccessedDetailsWithEntities(LastAccessedOperation):
    """Who could reach the service, latest use first; those who never did come last, by name."""

    def read(self, call: Call) -> Facts:
        job = self.job_of(call)
        namespace = check_namespace(call.params["ServiceNamespace"])
        principal = principal_named(call, job.args["arn"])
        if namespace not in last_accessed.granted(principal):
            people = []
        else:
            people = list(last_accessed.people_of(principal, call.account_id))
        found = last_accessed.accesses(people, call.account_id, job.created_at)
        uses = found.services.get(namespace, {})

        def latest_first(user: User) -> Key:
            last = uses.get(user.arn)
            return (-last.at.timestamp() if last else 0, user.name_folded)

        def details(user: User) -> Facts:
            last = uses.get(user.arn)
            when = {"LastAuthenticated": whole_minute(last.at)} if last else {}
            return {"EntityInfo": entity_facts(user), **when}

        listed = page(call, Sorted("EntityDetailsList", people, latest_first, details))
        return {**self.job_facts(job), **listed}


def entity_facts(user: User) -> dict[str, str]:
    return {"Arn": user.arn, "Name": user.user_name, "Type": "USER", "Id": user.user_id, "Path": user.path}
