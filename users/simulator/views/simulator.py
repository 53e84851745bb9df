"""The policy simulator: can this user do that? (IAM-FACTS 8.7)"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iamconsole import catalogue, choices
from iamconsole.addresses import redirect, reverse
from iamconsole.operations import Caller, require
from iamconsole.policy import MalformedPolicyDocument, TooManySteps
from iamconsole.web import signed_in
from users.asking_who import may_read
from users.models import Group, User
from users.requests import ConsoleRequest
from users.simulator.at_aws import asked_aws, compared
from users.simulator.forms import KEY, SimulatorForm
from users.simulator.principal_policies import require_policies
from users.simulator.results import (
    MOST_KEYS,
    Readers,
    answers,
    default_of,
    evidence,
    open_keys,
    principal_named,
    several_valued,
)
from users.simulator.simulation import (
    TOO_MUCH,
    Simulation,
    Trial,
    of_group,
    of_user,
    typed,
    typed_resource_policy,
    with_facts,
)

CHOICE, KEPT = "simulation", "kept"
ACTION = "iam:SimulatePrincipalPolicy"
LONGEST_ADDRESS = 2000  # what every server and every mail program lets through


@require_http_methods(["GET", "POST"])
@signed_in
def simulator(request: ConsoleRequest) -> HttpResponse:
    """The question and its answers. A question that fits into an address gets one, to be shared."""
    caller = request.caller
    require_policies(caller.account_id)
    sent, said = question_of(request)
    name = sent.get("principal", "").strip() or caller.user_name
    principal = principal_named(caller.account_id, name) if name else None
    require(caller, ACTION, principal.arn if principal else "*")
    simulation = _with_documents(_of(principal), sent)
    every_key, several = open_keys(simulation), set(several_valued(simulation))
    keys = every_key[:MOST_KEYS]
    beginning = {"principal": name, **{KEY + key: default_of(key, caller) for key in keys}}
    unknown = bool(name) and principal is None
    asked = request.method == "POST" or "actions" in sent or "service" in sent or unknown
    data = {**beginning, **sent} if asked else None
    form = SimulatorForm(data, keys=keys, several=several, initial=beginning)
    context: dict[str, Any] = {"form": form, "principal": principal, "key_fields": list(form.key_fields())}
    context["more_keys"] = len(every_key) - len(keys)
    context["may_ask_aws"] = caller.link is not None and principal is not None
    context["services"] = list(catalogue.services().values())
    if unknown:
        form.add_error("principal", f"There is no user or group called {name} in this account.")
    elif form.is_valid():
        at_aws = request.method == "POST" and "ask_aws" in sent and principal is not None
        if request.method == "POST" and not at_aws:
            return redirect(_address(sent) or kept_address(request, sent, {}))
        context |= _decided(caller, with_facts(simulation, form.context()), form)
        if at_aws and "answers" in context:
            said = asked_aws(caller, principal.arn, context["answers"])  # type: ignore[union-attr]
            return redirect(kept_address(request, sent, said))
        context |= compared(said, context.get("answers", ()))
    return render(request, "users/simulator/simulator.html", context)


def question_of(request: ConsoleRequest) -> tuple[dict[str, str], Mapping[str, Any]]:
    """What is asked, and what AWS said to it: as it was sent, in the address, or kept here."""
    if request.method == "GET" and (kept := request.GET.get(KEPT)):
        data = choices.find(request, CHOICE, kept).data
        return data["question"], data["at_aws"]
    return (request.POST if request.method == "POST" else request.GET).dict(), {}


def kept_address(request: ConsoleRequest, question: dict[str, str], at_aws: Mapping[str, Any]) -> str:
    """The page of an answer that no address can ask for."""
    choice_id = choices.keep(request, CHOICE, {"question": question, "at_aws": at_aws})
    return f"{reverse('users:simulator')}?{KEPT}={choice_id}"


def _decided(caller: Caller, simulation: Simulation, form: SimulatorForm) -> dict[str, Any]:
    """The decisions and the policies they come from; a form error where they are too much work."""
    trial = Trial(simulation, arns=caller.arns)
    pairs = product(form.cleaned_data["actions"], form.cleaned_data["resources"])
    try:
        results = [trial.run(action, resource) for action, resource in pairs]
    except TooManySteps:
        form.add_error(None, TOO_MUCH)
        return {}
    readers = Readers(caller)
    found = {"answers": answers(readers, results), "evidence": evidence(readers, results)}
    return found | ({"who_can_url": _who_can(form)} if may_read(caller) else {})


def _who_can(form: SimulatorForm) -> str:
    """The question who else can do the same; "" where it is too long for an address."""
    actions, resources = form.cleaned_data["actions"], form.cleaned_data["resources"]
    asked = {"action": " ".join(actions)}
    if resources != ["*"]:
        asked["resource"] = resources[0]
    address = f"{reverse('users:who-can')}?{urlencode(asked)}"
    return address if len(address) <= LONGEST_ADDRESS and len(resources) == 1 else ""


def _of(principal: User | Group | None) -> Simulation:
    """The principal as it is in this console; nobody has no policies."""
    if principal is None:
        return Simulation(())
    return of_user(principal, in_browser=True) if isinstance(principal, User) else of_group(principal)


def _with_documents(simulation: Simulation, sent: Mapping[str, str]) -> Simulation:
    """The simulation with what was typed in; a document that is none is the form's to complain about."""
    try:
        if text := sent.get("policy", "").strip():
            more = typed("Another policy", text)
            simulation = replace(simulation, identity=(*simulation.identity, more))
        if text := sent.get("resource_policy", "").strip():
            simulation = replace(simulation, resource_policy=typed_resource_policy("Resource policy", text))
    except MalformedPolicyDocument:
        pass
    return simulation


def _address(sent: Mapping[str, str]) -> str:
    """The question as an address, "" when it is too long for one. Empty values of keys are kept: they
    say that the key is absent.
    """
    kept = {name: value for name, value in sent.items() if value or name.startswith(KEY)}
    kept.pop("csrfmiddlewaretoken", None)
    address = f"{reverse('users:simulator')}?{urlencode(kept)}"
    return address if len(address) <= LONGEST_ADDRESS else ""
