"""Compares our schemas with the resource schemas that cfn-lint carries: AWS's own, offline.

    cfn_lint.py TABLE < schemas.json

Prints one line for each claim in which the two differ and which the table does not except, naming the attribute and both
claims; and one for each exception that nothing needs any more. Prints nothing and exits with 0 when all is well.

What is compared, attribute by attribute: whether it exists, who sets it, whether a change replaces the object, whether it
comes back when it is read, whether it has to be set, its type, whether order counts; and of each kind, whether it takes tags and
takes them when it is created.
"""

import json
import sys

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

REGION = "us-east-1"

# Our elements, and the JSON types that they may stand for. Text stands for documents, which AWS's schemas call objects.
TYPES = {"text": {"string", "object"}, "bool": {"boolean"}, "integer": {"integer", "number"}, "block": {"object"}}


class Oracle:
    """The resource schema of one CloudFormation type."""

    def __init__(self, type_name):
        self.schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_name).schema

    def resolved(self, node):
        while "$ref" in node:
            target = self.schema
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part]
            node = target
        return node

    def property(self, path, above=""):
        """The schema of the property at a path such as `Rules/*/Port`, and whether all of it below `above` is required; else
        nothing."""
        node, required, depth = self.schema, True, above.count("/")
        for index, part in enumerate(path.split("/")):
            node = self.resolved(node)
            if part == "*":
                node = node.get("items")
            else:
                # What an optional property requires is not required by whoever leaves it out.
                required = index < depth or required and part in node.get("required", [])
                node = node.get("properties", {}).get(part)
            if node is None:
                return None
        return self.resolved(node), required

    def lists(self, key, path):
        """Whether the list `key` holds the path, or what the path is inside of."""
        listed = [entry.removeprefix("/properties/") for entry in self.schema.get(key) or []]
        return any(path == entry or path.startswith(entry + "/") for entry in listed)


def camel_case(name):
    return "".join(part.capitalize() for part in name.split("_"))


def claims_about(oracle, path, above, attribute, answered):
    """Pairs of a claim's name, what we say and what AWS says; AWS's is None when it leaves the answer open."""
    found = oracle.property(path, above if path.startswith(above) else "")
    if found is None:
        yield "exists", True, False
        return
    node, required = found
    set_by = attribute.get("set_by", "optional")
    yield "set by the provider only", set_by == "provider", oracle.lists("readOnlyProperties", path)
    shape = attribute.get("shape", {})
    container, element = shape.get("container", "one"), shape.get("element", {"text": ""})
    element = element if isinstance(element, str) else next(iter(element))
    types = node.get("type")
    types = set(types if isinstance(types, list) else [types])
    if container in ("list", "set"):
        yield "a collection", True, "array" in types
        in_order = node.get("insertionOrder", True) and not node.get("uniqueItems", False)
        yield "in order", container == "list", in_order
        types = oracle.resolved(node.get("items", {})).get("type")
        types = set(types if isinstance(types, list) else [types])
    elif container == "map":
        # CloudFormation writes maps as lists of pairs.
        yield "a collection", True, bool(types & {"array", "object"})
        types = {None}
    if types != {None}:
        yield f"of a type that {element} stands for", True, bool(types & TYPES.get(element, types))
    if set_by == "provider":
        return
    is_open = oracle.lists("conditionalCreateOnlyProperties", path)
    replaces = oracle.lists("createOnlyProperties", path)
    yield "a change replaces it", attribute.get("change", "update") == "replace", None if is_open else replaces
    write_only = attribute.get("mode") == "write_only" or attribute.get("delete_argument", False)
    is_answered = any(path == part or path.startswith(part + "/") for part in answered)
    yield "never read back", write_only, oracle.lists("writeOnlyProperties", path) and not is_answered
    # What AWS requires we require; the other way round we may be stricter, since CloudFormation's optional is often a choice
    # between properties.
    yield "required", set_by == "required", True if required else None


def claims(oracle, entry, schema):
    """All claims about a kind: the attribute, the claim, ours, AWS's."""
    names = entry.get("names", {})
    absent = entry.get("not_in_cloudformation", {})
    # What CloudFormation does not answer and the service does, with the source.
    answered = entry.get("answered_by_the_service", {})

    def walk(attributes, ours_above, theirs_above):
        for attribute in attributes:
            path = f"{ours_above}{attribute['name']}"
            if path in absent:
                yield path, "absent from CloudFormation", True, oracle.property(camel_case(path)) is None
                continue
            theirs = names.get(path, theirs_above + camel_case(attribute["name"]))
            for claim, ours, aws in claims_about(oracle, theirs, theirs_above, attribute, answered):
                yield path, claim, ours, aws
            element = attribute.get("shape", {}).get("element")
            if isinstance(element, dict) and "block" in element:
                container = attribute["shape"].get("container", "one")
                inside = theirs + ("/*/" if container != "one" else "/")
                yield from walk(element["block"], f"{path}.", inside)

    yield from walk(schema["attributes"], "", "")
    tagging = oracle.schema.get("tagging", {})
    yield "tags", "takes tags", any(a["name"] == "tags" for a in schema["attributes"]), tagging.get("taggable", False)
    yield "tags", "takes tags at create", schema.get("carrier") == "tag_at_create", tagging.get("tagOnCreate", False)


def has_no_type(entry):
    """Whether CloudFormation has no such resource, as the table says of a few kinds, with the source of what we say of them."""
    try:
        PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, entry["type"])
    except ResourceNotFoundError:
        return bool(entry["no_such_type"])
    return False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        table = json.load(file)
    exceptions = {(e["kind"], e["attribute"], e["claim"]): e for e in table["exceptions"]}
    for key, exception in exceptions.items():
        if not exception.get("source"):
            print(f"{'.'.join(key[:2])}: the exception to `{key[2]}` names no source")
    needed = set()
    for schema in json.load(sys.stdin):
        kind = schema["kind"]
        entry = table["kinds"].get(kind)
        if entry is None:
            print(f"{kind}: the table names no CloudFormation type for it")
            continue
        if "no_such_type" in entry:
            if not has_no_type(entry):
                print(f"{kind}: cfn-lint has {entry['type']} by now, or the table names no source for what is said without it")
            continue
        for attribute, claim, ours, aws in claims(Oracle(entry["type"]), entry, schema):
            if aws is None or ours == aws:
                continue
            if (kind, attribute, claim) in exceptions:
                needed.add((kind, attribute, claim))
                continue
            print(f"{kind}.{attribute}: `{claim}` is {ours} in ours and {aws} in cfn-lint's {entry['type']}")
    for kind, attribute, claim in exceptions.keys() - needed:
        print(f"{kind}.{attribute}: nothing needs the exception to `{claim}` any more")


main()
