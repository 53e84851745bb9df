"""Components as django-cotton has them, without what it works out anew at each use although it cannot change.

A page has some forty of them. Cotton resolves the defaults of ``c-vars`` and all attributes every time,
copies them twice, and renders the component as a template of its own.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import template
from django.conf import settings
from django.template.base import Parser, Template, Token
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django_cotton.templatetags import Attrs, UnprocessableDynamicAttr
from django_cotton.templatetags._component import AttrKind, CottonComponentNode, cotton_component
from django_cotton.templatetags._vars import CottonVarsNode
from django_cotton.utils import get_cotton_data

register = template.Library()
CONSTANTS = {"": True, "True": True, "False": False, "None": None}


class Plan:
    """What is known of a component's template before it is drawn: its nodes and its defaults."""

    def __init__(self, component: Template) -> None:
        self.nodes = component.nodelist
        declared = [node for node in component.nodelist if isinstance(node, CottonVarsNode)]
        self.constants: dict[str, Any] = {}
        self.worked_out: list[Any] = []
        self.names = {"is"}  # not passed through to the HTML
        for var in (var for node in declared for var in node._prepared_vars):
            self.names.add(var.exclude_key)
            if is_constant(var):
                self.constants[var.accessible_key] = value_of(var, Context())
            else:
                self.worked_out.append(var)
        self.names.update(name for node in declared for name in node.empty_vars)

    def defaults(self, context: Context) -> dict[str, Any]:
        found = dict(self.constants)
        for var in self.worked_out:
            try:
                found[var.accessible_key] = value_of(var, context)
            except UnprocessableDynamicAttr:
                continue
        return found


def is_constant(given: Any) -> bool:
    """Whether an attribute or a default is the same in every context."""
    if given.kind in (AttrKind.BOOLEAN, AttrKind.STATIC):
        return True
    if given.kind == AttrKind.ESCAPED:
        return given.compiled is None
    return given.value in CONSTANTS


def value_of(given: Any, context: Context) -> Any:
    """The value of an attribute or a default. Raises UnprocessableDynamicAttr."""
    if given.kind == AttrKind.BOOLEAN:
        return True
    if given.kind in (AttrKind.DYNAMIC, AttrKind.UNQUOTED):
        if given.value in CONSTANTS:
            return CONSTANTS[given.value]
        try:
            return given.compiled.resolve(context)
        except UnprocessableDynamicAttr:
            if given.kind == AttrKind.DYNAMIC:
                raise
            return given.value
    return given.compiled.render(context) if given.compiled else given.value


class ComponentNode(CottonComponentNode):
    """``<c-name ...>``: its attributes, slots and defaults on top of the page's context."""

    def __init__(self, node: CottonComponentNode) -> None:
        self.__dict__.update(node.__dict__)
        self.fixed = {
            attr.key: value_of(attr, Context()) for attr in self._prepared_attrs if is_constant(attr)
        }
        self.varying = [attr for attr in self._prepared_attrs if not is_constant(attr)]

    @cached_property
    def path(self) -> str:
        return self._generate_component_template_path(self.component_name, None)

    def plan(self) -> Plan:
        """Made once, but anew at each use while templates are being written (DEBUG)."""
        if settings.DEBUG or "_plan" not in self.__dict__:
            self._plan = Plan(get_template(self.path).template)  # type: ignore[attr-defined]
        return self._plan

    def attributes(self, context: Context) -> dict[str, Any]:
        found = dict(self.fixed)
        for attr in self.varying:
            try:
                found[attr.key] = value_of(attr, context)
            except UnprocessableDynamicAttr:
                continue  # the default holds
        return found

    def render(self, context: Context) -> SafeString:
        data = get_cotton_data(context)
        given = self.attributes(context)
        slots: dict[str, Any] = {}
        data["stack"].append({"key": self.component_name, "slots": slots})
        try:
            slot = self.nodelist.render(context)
            plan = self.plan()
            state = {**plan.defaults(context), **slots, **accessible(given)}
            state |= {"attrs": passed_on(given, plan.names), "slot": slot, "cotton_data": data}
            return drawn(plan, context, state)
        finally:
            data["stack"].pop()


def drawn(plan: Plan, context: Context, state: dict[str, Any]) -> SafeString:
    """Not by ``context.push``, which copies what it is given."""
    context.dicts.append(state)
    try:
        return plan.nodes.render(context)
    finally:
        context.dicts.pop()


def accessible(given: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes by names that a template can say."""
    return {name.replace("-", "_"): value for name, value in given.items()}


def passed_on(given: dict[str, Any], declared: set[str]) -> Attrs:
    """``attrs`` of the component: printed, they are those that it does not declare."""
    attrs = Attrs(given)
    attrs._exclude_from_str = declared
    return attrs


@register.tag("cotton")
def component(parser: Parser, token: Token) -> ComponentNode:
    return ComponentNode(cotton_component(parser, token))
