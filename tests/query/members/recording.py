"""The members of answers, as botocore reads them and as its model has them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

Members = defaultdict[str, set[str]]


def of_model(operation: OperationModel) -> set[str]:
    """All members that an answer can have: ``User.Tags[].Key``."""
    return set(_of_shape(operation.output_shape)) if operation.output_shape else set()


def _of_shape(shape: Shape, path: str = "", within: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(shape, ListShape):
        yield from _of_shape(shape.member, f"{path}[]", within)
    elif isinstance(shape, MapShape):
        yield from _of_shape(shape.value, f"{path}{{}}", within)
    elif isinstance(shape, StructureShape) and shape.name not in within:
        for name, member in shape.members.items():
            inner = f"{path}.{name}".lstrip(".")
            yield inner
            yield from _of_shape(member, inner, (*within, shape.name))


def of_answer(answer: Any, path: str = "") -> Iterator[str]:
    """The members that an answer has. Maps look like structures here: what they hold is no member."""
    if isinstance(answer, list):
        for item in answer:
            yield from of_answer(item, f"{path}[]")
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name != "ResponseMetadata":
                inner = f"{path}.{name}".lstrip(".")
                yield inner
                yield from of_answer(value, inner)


def required(shape: Shape | None, answer: Any, path: str = "") -> Iterator[str]:
    """The members that the model wants in every answer, and that this one does not have."""
    if isinstance(shape, ListShape):
        for item in answer:
            yield from required(shape.member, item, f"{path}[]")
    elif isinstance(shape, MapShape):
        for item in answer.values():
            yield from required(shape.value, item, f"{path}{{}}")
    elif isinstance(shape, StructureShape):
        for name in shape.required_members:
            if name not in answer:
                yield f"{path}.{name}".lstrip(".")
        for name in set(answer) & set(shape.members):
            yield from required(shape.members[name], answer[name], f"{path}.{name}".lstrip("."))


def record(client: Any, members: Members, missing: Members) -> Any:
    """Note from now on what the client's answers have, and what of it they must have and do not."""

    def note(parsed: dict[str, Any], model: OperationModel, http_response: Any, **_: Any) -> None:
        if http_response.status_code == 200:
            members[model.name].update(of_answer(parsed))
            missing[model.name].update(required(model.output_shape, parsed))

    client.meta.events.register("after-call", note)
    return client
