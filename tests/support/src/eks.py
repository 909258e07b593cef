"""Makes of each cluster that moto keeps a Kubernetes API server that answers. It runs in moto's process, before `moto.py`.

What is real: the API server, one for each cluster, which comes and goes with it; TLS, under an authority of the cluster's own that
DescribeCluster hands out; and what becomes of a token, which is looked at as aws-iam-authenticator does (its `pkg/token`), with the
signature as STS does. What is not: whoever made a good token may do everything, since moto keeps no access entries.
"""

import base64
import datetime
import hashlib
import hmac
import http.client
import http.server
import ipaddress
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.eks.models import EKSBackend

# A program that takes `--port` and `--dir` and prints the path of a kubeconfig.
START = os.environ["FLASHINFRA_KUBE_TEST_SERVER"]
# The folder of each cluster's API server is in here, under the cluster's name.
FOLDER = pathlib.Path(os.environ["FLASHINFRA_CLUSTERS"])
# A new cluster does not know so many of the first who ask: who may enter takes a while to get around.
STRANGERS = int(os.environ["FLASHINFRA_STRANGERS"])
# A JSON list of CustomResourceDefinitions that every cluster has from the start, as if somebody had installed operators; or none.
DEFINITIONS = os.environ.get("FLASHINFRA_DEFINITIONS")
# The credentials that tests have.
KEY = SECRET = "testing"
# For how long a token is good after it was signed, in minutes.
TOKEN_MINUTES = 15
# What the query of a token's URL may hold; aws-iam-authenticator refuses all else.
PARAMETERS = {"action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires"}
PARAMETERS |= {"x-amz-security-token", "x-amz-signature", "x-amz-signedheaders", "x-amz-user-agent"}
# Below the ports of the API servers that tests start themselves.
PORTS = range(12_000, 20_000, 3)
STARTS_MAX = 6


def check(is_so, why):
    if not is_so:
        raise ValueError(why)


def signature(query, headers, key_day, region):
    """What a request to STS is to be signed with: AWS's documentation, "Create a signed AWS API request"."""
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    pairs = sorted((quote(name), quote(value)) for name, value in query if name != "X-Amz-Signature")
    query_text = "&".join(f"{name}={value}" for name, value in pairs)
    header_text = "".join(f"{name}:{value}\n" for name, value in headers)
    names = ";".join(name for name, _ in headers)
    nothing = hashlib.sha256(b"").hexdigest()
    request = "\n".join(["GET", "/", query_text, header_text, names, nothing])
    scope = f"{key_day}/{region}/sts/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", dict(query)["X-Amz-Date"], scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def accept(header, cluster):
    """Lets somebody into a cluster, or says why not."""
    scheme, _, token = header.partition(" ")
    prefix, _, encoded = token.partition(".")
    check(scheme == "Bearer" and prefix == "k8s-aws-v1", "no token of EKS")
    check("=" not in encoded, "padded")
    url = urllib.parse.urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = urllib.parse.parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
    said = {name.lower(): value for name, value in query}
    check(len(said) == len(query) and said.keys() <= PARAMETERS, "a parameter that is none of STS's")
    check(said["action"] == "GetCallerIdentity", "another action")
    key, day, region, service, end = said["x-amz-credential"].split("/")
    check((key, service, end) == (KEY, "sts", "aws4_request"), "somebody else's credentials")
    check((url.scheme, url.netloc, url.path) == ("https", f"sts.{region}.amazonaws.com", "/"), "another host")
    signed = said["x-amz-signedheaders"].split(";")
    check(signed == ["host", "x-k8s-aws-id"], "the cluster's name is not signed")
    made = datetime.datetime.strptime(said["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    age = datetime.datetime.now(datetime.timezone.utc) - made
    check(abs(age) < datetime.timedelta(minutes=TOKEN_MINUTES), "too old")
    check(0 < int(said["x-amz-expires"]) <= TOKEN_MINUTES * 60, "good for too long")
    headers = [("host", url.netloc), ("x-k8s-aws-id", cluster)]
    check(hmac.compare_digest(signature(query, headers, day, region), said["x-amz-signature"]), "another signature")


def certificates(folder):
    """Makes an authority, and a certificate for 127.0.0.1 in a file of this folder; answers the authority's."""

    def certificate(name, key, issuer, issuer_key, extension):
        now = datetime.datetime.now(datetime.timezone.utc)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
        made = made.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
        return made.sign(issuer_key, hashes.SHA256())

    called = lambda name: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    above, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = called("kubernetes")
    top = certificate(authority, above, authority, above, x509.BasicConstraints(ca=True, path_length=None))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    own = certificate(called("kube-apiserver"), key, authority, above, names)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "front.pem").write_bytes(own.public_bytes(pem) + secret)
    return top.public_bytes(pem)


class Strike:
    """Stops one call that changes something, so that its client can be killed at it: the file `strike` says which and when."""

    lock = threading.Lock()

    @classmethod
    def of(cls, request):
        """`before` or `after` for the call that is to be stopped before or after the API server has it, and nothing for others."""
        file = FOLDER / "strike"
        with cls.lock:
            if request.command == "GET" or "dryRun" in request.path or not file.exists():
                return None
            when, count = file.read_text().split()
            if int(count) > 1:
                file.write_text(f"{when} {int(count) - 1}")
                return None
            file.unlink()
            return when

    @staticmethod
    def hold():
        """It is noted, and nobody is answered any more."""
        (FOLDER / "struck").touch()
        threading.Event().wait()


class Front(http.server.BaseHTTPRequestHandler):
    """What stands in front of a cluster's API server, and knows who may enter."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        why = self.server.refuses(self.headers.get("Authorization", ""))
        if why:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Unauthorized", "code": 401}
            return self.say(401, [("Content-Type", "application/json")], json.dumps(status | {"message": why}).encode())
        strike = Strike.of(self)
        if strike == "before":
            Strike.hold()
        own = ("authorization", "host", "connection", "accept-encoding", "content-length")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
        headers["Authorization"] = f"Bearer {self.server.token}"
        context = ssl._create_unverified_context()
        upstream = http.client.HTTPSConnection("127.0.0.1", self.server.behind, context=context, timeout=60)
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        kept = [pair for pair in answer.getheaders() if pair[0].lower() in ("content-type", "warning", "retry-after")]
        body = answer.read()
        upstream.close()
        if strike == "after":
            Strike.hold()
        self.say(answer.status, kept, body)

    def say(self, status, headers, body):
        self.send_response(status)
        for name, value in headers + [("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on


class FrontServer(http.server.ThreadingHTTPServer):
    """Listens for clients of one cluster."""

    daemon_threads = True

    def __init__(self, name, kubeconfig, folder):
        super().__init__(("127.0.0.1", 0), Front)
        config = yaml.safe_load(kubeconfig.read_text())
        self.name = name
        self.behind = urllib.parse.urlsplit(config["clusters"][0]["cluster"]["server"]).port
        self.token = config["users"][0]["user"]["token"]
        self.strangers = STRANGERS
        self.authority = certificates(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "front.pem")
        # The handshake is for the thread of the connection.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def refuses(self, header):
        if self.strangers > 0:
            self.strangers -= 1
            return "Unauthorized"
        try:
            accept(header, self.name)
        except (KeyError, ValueError) as why:
            return f"Unauthorized: {why}"
        return None


def define(front):
    for definition in json.loads(pathlib.Path(DEFINITIONS).read_text())["items"]:
        server = http.client.HTTPSConnection("127.0.0.1", front.behind, context=ssl._create_unverified_context(), timeout=60)
        headers = {"Authorization": f"Bearer {front.token}", "Content-Type": "application/json"}
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        server.request("POST", path, json.dumps(definition), headers)
        answer = server.getresponse()
        check(answer.status == 201, answer.read())
        server.close()


def is_free(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


def start(cluster):
    """Starts what a cluster is, and says where."""
    folder = FOLDER / cluster.name
    for _ in range(STARTS_MAX):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        first = next(port for port in random.sample(PORTS, len(PORTS)) if all(map(is_free, range(port, port + 3))))
        started = subprocess.run([START, "--port", str(first), "--dir", folder], stdin=subprocess.DEVNULL, capture_output=True)
        if started.returncode == 0:
            front = FrontServer(cluster.name, pathlib.Path(started.stdout.decode().strip()), folder)
            if DEFINITIONS:
                define(front)
            threading.Thread(target=front.serve_forever, daemon=True).start()
            cluster.front = front
            cluster.endpoint = f"https://127.0.0.1:{front.server_port}"
            cluster.certificate_authority = {"data": base64.b64encode(front.authority).decode()}
            cluster.status = "ACTIVE"
            return
        time.sleep(1)
    cluster.status = "FAILED"


def with_a_server(create):
    """A cluster is on its way until its API server answers, and says until then not where it will be."""

    def make(backend, *args, **kwargs):
        cluster = create(backend, *args, **kwargs)
        cluster.status, cluster.endpoint, cluster.certificate_authority, cluster.front = "CREATING", None, None, None
        cluster.start = threading.Thread(target=start, args=[cluster], daemon=True)
        cluster.start.start()
        return cluster

    return make


def without_the_server(delete):
    """All that is in a cluster is gone with it."""

    def take(backend, name):
        cluster = delete(backend, name)
        cluster.start.join()
        if cluster.front:
            cluster.front.shutdown()
            cluster.front.server_close()
            os.kill(int((FOLDER / name / "server.pid").read_text()), signal.SIGKILL)
        shutil.rmtree(FOLDER / name, ignore_errors=True)
        return cluster

    return take


EKSBackend.create_cluster = with_a_server(EKSBackend.create_cluster)
EKSBackend.delete_cluster = without_the_server(EKSBackend.delete_cluster)

# The servers end when this process does, however that is.
ENDED = 'while kill -0 $1 2>/dev/null; do sleep 1; done; for pid in "$2"/*/server.pid; do kill $(cat "$pid"); done; rm -rf "$2"'
subprocess.Popen(
    ["setsid", "sh", "-c", ENDED, "sh", str(os.getpid()), FOLDER],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
