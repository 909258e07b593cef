"""Prints what botocore's API models say of the services that are named: operations, paginators, error codes, state words."""

import json
import sys

import botocore.session

# The services whose name in a signature is not botocore's.
DIRECTORIES = {"tagging": "resourcegroupstaggingapi"}

session = botocore.session.get_session()
loader = session.get_component("data_loader")


def wire_name(shape, member):
    return shape["members"].get(member, {}).get("locationName", member)


def describe(name):
    directory = DIRECTORIES.get(name, name)
    model = loader.load_service_model(directory, "service-2")
    pages = loader.load_service_model(directory, "paginators-1")["pagination"]
    shapes = model["shapes"]
    operations = {}
    for operation, rules in model["operations"].items():
        output = shapes[rules["output"]["shape"]] if "output" in rules else {"members": {}}
        wrapper = rules.get("output", {}).get("resultWrapper", "")
        given = shapes[rules["input"]["shape"]]["members"] if "input" in rules else {}
        described = {
            "method": rules["http"]["method"],
            "path": rules["http"]["requestUri"],
            "inputs": sorted(wire_input(model, operation_input, given) for operation_input in given),
            "outputs": sorted("/".join(filter(None, [wrapper, wire_name(output, member)])) for member in output["members"]),
        }
        if operation in pages:
            page = pages[operation]
            keys = page["result_key"] if isinstance(page["result_key"], list) else [page["result_key"]]
            described["pages"] = {
                "token_in": wire_input(model, page["input_token"], given),
                "token_out": wire_name(output, page["output_token"]),
                "limit": wire_input(model, page["limit_key"], given) if "limit_key" in page else "",
                "more": page.get("more_results"),
                "lists": ["/".join(filter(None, [wrapper, wire_name(output, key)])) for key in keys],
            }
        operations[operation] = described
    errors = [
        [shape["error"].get("code", shape_name), shape["error"]["httpStatusCode"]]
        for shape_name, shape in shapes.items()
        if "httpStatusCode" in shape.get("error", {})
    ]
    words = sorted({word for shape in shapes.values() for word in shape.get("enum", [])})
    return {"operations": operations, "errors": errors, "words": words}


def wire_input(model, member, members):
    shape = members.get(member, {})
    name = shape.get("queryName") or shape.get("locationName") or member
    # EC2 writes the names of parameters with a capital, whatever the model says of replies.
    return name[0].upper() + name[1:] if model["metadata"]["protocol"] == "ec2" else name


json.dump({name: describe(name) for name in sys.argv[1:]}, sys.stdout)
