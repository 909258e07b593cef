"""Serves ministack on a free port of 127.0.0.1 until standard input ends: with the test, however the test ends."""

import asyncio
import logging
import os
import re
import socket
import sys

# Bound here, so that no other program can take the port between finding it and serving on it.
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
os.environ.update(
    GATEWAY_PORT=str(port),
    # By itself it listens on every address of the machine.
    BIND_HOST="127.0.0.1",
    # It would start databases and caches as containers, where it finds a Docker.
    DOCKER_HOST="tcp://127.0.0.1:1",
    # And a second listener, for MQTT, on every address too.
    IOT_MTLS_ENABLED="0",
)

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app
from ministack.services import ec2, eks

describe_nat_gateways = ec2._describe_nat_gateways


def with_addresses(params):
    """EC2 shows the address of a NAT gateway; ministack keeps it to itself."""
    status, headers, body = describe_nat_gateways(params)

    def shown(found):
        address = ec2._nat_gateways[found[2]]["AllocationId"]
        item = f"<item><allocationId>{address}</allocationId></item>" if address else ""
        return f"{found[1]}<natGatewayAddressSet>{item}</natGatewayAddressSet>"

    text = body.decode() if isinstance(body, bytes) else body
    text = re.sub(r"(<natGatewayId>([^<]+)</natGatewayId>(?:(?!<natGatewayId>).)*?)<natGatewayAddressSet/>", shown, text, flags=re.S)
    return status, headers, text.encode() if isinstance(body, bytes) else text


associate_route_table = ec2._associate_route_table


def with_one_table(params):
    """EC2 refuses a second table for a subnet, also when it is the first one again; ministack keeps both."""
    subnet = ec2._p(params, "SubnetId")
    taken = [one for table in ec2._route_tables.values() for one in table["Associations"] if one.get("SubnetId") == subnet]
    if subnet and taken:
        association, table = taken[0]["RouteTableAssociationId"], ec2._p(params, "RouteTableId")
        message = f"the specified association for route table {table} conflicts with an existing association {association}"
        return ec2._error("Resource.AlreadyAssociated", message, 400)
    return associate_route_table(params)


ec2._ACTION_MAP["DescribeNatGateways"] = with_addresses
ec2._ACTION_MAP["AssociateRouteTable"] = with_one_table
# IAM takes issuers with https only, and EKS has no others.
eks._ministack_issuer_base = lambda: "https://oidc.eks.us-east-1.amazonaws.com"


async def until_the_test_ends():
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


logging.disable(logging.CRITICAL)
config = Config()
config.bind = [f"fd://{listener.fileno()}"]
# Hypercorn says what it serves on: standard output is for the port.
config.loglevel = "CRITICAL"
asyncio.run(serve(app, config, shutdown_trigger=until_the_test_ends))
