#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that stores pushed images, each repository in its own way: push-registry.py DIRECTORY [ADDRESS]

registry.py describes DIRECTORY.
"""

import json
import os
import sys
import threading
import urllib.parse
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
from registry import MIB, PORTS, Handler, digest, serve, stall  # noqa: E402

LOCK = threading.Lock()
BLOBS, MANIFESTS, UPLOADS, COUNTS = {}, {}, {}, {}


def error(code, message):
    return json.dumps({'errors': [{'code': code, 'message': message}]}).encode()


def count(key):
    with LOCK:
        COUNTS[key] = COUNTS.get(key, 0) + 1
        return COUNTS[key]


class PushHandler(Handler):
    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = Handler.serve

    def handle_expect_100(self):
        """A proxy with a limit answers before it has seen the body."""
        if '/limited/' in self.path and int(self.headers['Content-Length']) > 16 * MIB:
            self.close_connection = True
            self.send_response(413)
            self.send_header('Content-Length', '0')
            self.end_headers()
            return False
        return super().handle_expect_100()

    def dispatch(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == '/token':
            return self.token(url.query)
        if url.path == '/v2/':
            return self.answer(200) if self.admit('basic') else None
        parts = url.path.split('/')
        way, kind, name = parts[2], parts[3], parts[4] if len(parts) > 4 else ''
        if not self.admit(way):
            return None
        if kind == 'manifests':
            return self.put_manifest(way, name) if self.command == 'PUT' else self.get_manifest(way, name)
        if name != 'uploads':
            return self.get_blob(way, name)
        if self.command == 'POST':
            return self.open_upload(way)
        return self.upload(way, parts[5])

    def token(self, query):
        """A token for the scopes that were asked for, for the password."""
        if self.headers.get('Authorization') not in ('Basic bWU6c2VjcmV0', 'Basic eW91OnNlY3JldA=='):
            return self.answer(401)
        scopes = '+'.join(urllib.parse.parse_qs(query).get('scope', []))
        return self.answer(200, json.dumps({'token': scopes.replace(' ', '_')}).encode())

    def admit(self, way):
        if way in ('basic', 'elsewhere', 'redirect307') and self.server.server_port != PORTS[1] \
                and self.headers.get('Authorization') != 'Basic bWU6c2VjcmV0':
            self.drain()
            self.answer(401, headers=[('WWW-Authenticate', 'Basic realm="x"')])
            return False
        wanted = f'repository:{way}:pull,push'
        if way.startswith('token') and wanted not in self.headers.get('Authorization', ''):
            self.drain()
            self.answer(401, headers=[('WWW-Authenticate',
                                       f'Bearer realm="http://127.0.0.1:{PORTS[0]}/token",service="x"')])
            return False
        return True

    def drain(self):
        return self.rfile.read(int(self.headers.get('Content-Length', 0)))

    def get_blob(self, way, name):
        data = BLOBS.get((way, name))
        if data is None:
            return self.answer(404, error('BLOB_UNKNOWN', 'no such blob'))
        return self.answer(200, data)

    def get_manifest(self, way, name):
        media_type, data = MANIFESTS.get((way, name), (None, None))
        if data is None:
            return self.answer(404)
        return self.answer(200, data, [('Content-Type', media_type)])

    def put_manifest(self, way, name):
        data = self.drain()
        if way == 'invalid':
            return self.answer(400, error('MANIFEST_INVALID', 'the \x1b[31mmanifest\x07 is not liked'))
        if way == 'huge-error':
            return self.answer(400, b'x' * (8 * MIB))
        document = json.loads(data)
        if any((way, d['digest']) not in BLOBS for d in document['layers'] + [document['config']]):
            return self.answer(404, error('MANIFEST_BLOB_UNKNOWN', 'a blob is missing'))
        for key in (name, digest(data)):
            MANIFESTS[way, key] = self.headers['Content-Type'], data
        told = digest(b'other') if way == 'other-digest' else digest(data)
        return self.answer(201, headers=[('Docker-Content-Digest', told), ('Location', '/')])

    def location(self, way, upload):
        """The URL of the upload."""
        path = f'/v2/{way}/blobs/uploads/{upload}'
        return {
            'elsewhere': f'http://localhost:{PORTS[1]}{path}',
            'plain-elsewhere': f'http://registry.invalid{path}',
            'link': f'https://169.254.1.1{path}',
            'file': 'file:///etc/passwd',
            'control': 'http://a\x01b/',
            'odd-query': f'{path}?_state=a%2Fb%20c&again=1&&x#fragment',
        }.get(way, path)

    def open_upload(self, way):
        self.drain()
        source = self.query.get('from'), self.query.get('mount')
        if way == 'read-only':
            return self.answer(403, error('DENIED', 'requested access to the resource is denied'))
        if source in BLOBS and way != 'no-mount':
            BLOBS[way, source[1]] = BLOBS[source]
            return self.answer(201, headers=[('Location', f'/v2/{way}/blobs/{source[1]}')])
        if way == 'no-location':
            return self.answer(202)
        upload = str(uuid.uuid4())
        UPLOADS[upload] = b''
        headers = [('Location', self.location(way, upload)), ('Range', '0-0')]
        if way == 'huge-chunks':
            headers.append(('OCI-Chunk-Min-Length', str(1 << 40)))
        return self.answer(202, headers=headers)

    def upload(self, way, upload):
        if upload not in UPLOADS:
            self.drain()
            return self.answer(404, error('BLOB_UPLOAD_UNKNOWN', 'no such upload'))
        if way == 'odd-query' and (self.query.get('_state') != 'a/b c' or self.query.get('again') != '1'):
            self.drain()
            return self.answer(400, error('BLOB_UPLOAD_INVALID', 'the state is lost'))
        if self.command == 'GET':
            return self.tell(way, upload)
        if way.startswith('redirect') and self.server.server_port == PORTS[0]:
            self.drain()
            return self.answer(int(way[-3:]), headers=[('Location', f'http://localhost:{PORTS[1]}{self.path}')])
        if not self.receive(way, upload):
            return None
        if self.command == 'PATCH':
            return self.tell(way, upload, 202)
        return self.close_upload(way, upload)

    def tell(self, way, upload, status=204):
        has = len(UPLOADS[upload])
        if way == 'liar':
            has = 1 << 50
        if way == 'forgets' and self.command == 'PATCH':
            UPLOADS[upload] = b''
            has = 0
        return self.answer(status, headers=[('Range', f'0-{max(has - 1, 0)}'),
                                            ('Location', self.location(way, upload))])

    def receive(self, way, upload):
        """The body, or a part of it."""
        size = int(self.headers.get('Content-Length', 0))
        if size > 16 * MIB and way == 'limited':
            self.drain()
            self.answer(413)
            return False
        asked = self.headers.get('Content-Range')
        if asked and int(asked.split('-')[0]) != len(UPLOADS[upload]):
            self.drain()
            self.answer(416)
            return False
        breaks = self.command == 'PUT' and size > MIB and (
            way in ('always-breaks', 'forgets') or
            way in ('breaks', 'breaks-and-loses', 'liar') and count((way, 'break')) == 1)
        while size > 0:
            data = self.rfile.read(min(size, 65536))
            if not data:
                self.close_connection = True
                return False
            size -= len(data)
            UPLOADS[upload] += data
            if way == 'stall' and len(UPLOADS[upload]) >= MIB:
                stall()
            if breaks and len(UPLOADS[upload]) >= MIB:
                if way in ('breaks-and-loses', 'always-breaks'):
                    del UPLOADS[upload]
                self.close_connection = True
                self.connection.close()
                return False
        return True

    def close_upload(self, way, upload):
        data = UPLOADS.pop(upload)
        if way == 'error500' and count(way) <= 2:
            return self.answer(500)
        if digest(data) != self.query.get('digest'):
            return self.answer(400, error('DIGEST_INVALID', 'provided digest did not match uploaded content'))
        BLOBS[way, digest(data)] = data
        return self.answer(201, headers=[('Location', f'/v2/{way}/blobs/{digest(data)}')])


serve(PushHandler)
