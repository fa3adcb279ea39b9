# SPDX-License-Identifier: Apache-2.0
"""The parts that the registries of the tests share: a Handler for serve().

DIRECTORY gets `ports` (registry, other host, TLS registry when cert.pem is there) once all listen, and `log`, a line a
request: port, method, path, range, authorization. With ca.pem, the TLS registry asks for a client certificate. While
DIRECTORY/mended exists, a registry that misbehaves in the middle of a transfer continues.
"""

import hashlib
import os
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIRECTORY = sys.argv[1]
LOCK = threading.Lock()
MIB = 1 << 20
PORTS = []


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def is_mended():
    return os.path.exists(os.path.join(DIRECTORY, 'mended'))


def stall():
    while not is_mended():
        time.sleep(0.05)


class Handler(BaseHTTPRequestHandler):
    """Subclasses define dispatch()."""
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def note(self):
        span = self.headers.get('Content-Range') or self.headers.get('Range', '-')
        with LOCK, open(os.path.join(DIRECTORY, 'log'), 'a', encoding='utf-8') as log:
            print(self.server.server_port, self.command, self.path, span,
                  self.headers.get('Authorization', '-').replace(' ', ':'), file=log, flush=True)

    def serve(self):
        self.note()
        try:
            self.dispatch()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status, data=b'', headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header('Content-Length', str(len(data) if length is None else length))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(data)


def make_tls(handler):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(DIRECTORY, 'cert.pem'), os.path.join(DIRECTORY, 'key.pem'))
    if os.path.exists(os.path.join(DIRECTORY, 'ca.pem')):
        context.load_verify_locations(os.path.join(DIRECTORY, 'ca.pem'))
        context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
    # The handshake is for the connection's own thread.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def serve(handler):
    """Serves until it is killed, at the address in the second argument or at 127.0.0.1."""
    address = sys.argv[2] if len(sys.argv) > 2 else '127.0.0.1'
    servers = [ThreadingHTTPServer((address, 0), handler) for _ in range(2)]
    if os.path.exists(os.path.join(DIRECTORY, 'cert.pem')):
        servers.append(make_tls(handler))
    for server in servers:
        server.handle_error = lambda *_: None
    PORTS.extend(server.server_port for server in servers)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(os.path.join(DIRECTORY, 'ports.new'), 'w', encoding='utf-8') as file:
        print(*PORTS, file=file)
    os.rename(os.path.join(DIRECTORY, 'ports.new'), os.path.join(DIRECTORY, 'ports'))
    servers[0].serve_forever()
