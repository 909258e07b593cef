"""Serves moto on a free port of 127.0.0.1 until standard input ends: with the test, however the test ends."""

import functools
import sys

from moto import backends
from moto.core import responses
from moto.iam.models import IAMBackend
from moto.server import ThreadedMotoServer


def only_once(build):
    """AWS's thirteen hundred managed policies take two seconds to make, after each reset again, and nobody changes them."""
    made = {}

    def make(backend):
        key = (backend.account_id, backend.region_name)
        if key not in made:
            made[key] = build(backend)
        return made[key]

    return make


IAMBackend._init_aws_policies = only_once(IAMBackend._init_aws_policies)

# Each call lists the folder of all services, twice, and the members of a service's class: half of what a call takes.
listed = backends.list_of_moto_modules
backends.list_of_moto_modules = functools.cache(lambda: tuple(listed()))
responses.method_names_from_class = functools.cache(responses.method_names_from_class)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
print(port, flush=True)
sys.stdin.read()
