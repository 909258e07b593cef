"""Serves ministack on a free port of 127.0.0.1 until standard input ends: with the test, however the test ends."""

import asyncio
import logging
import os
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


async def until_the_test_ends():
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


logging.disable(logging.CRITICAL)
config = Config()
config.bind = [f"fd://{listener.fileno()}"]
# Hypercorn says what it serves on: standard output is for the port.
config.loglevel = "CRITICAL"
asyncio.run(serve(app, config, shutdown_trigger=until_the_test_ends))
