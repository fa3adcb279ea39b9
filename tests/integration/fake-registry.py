#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves: fake-registry.py DIRECTORY

Each repository is one way to misbehave; images are made on the fly. registry.py describes DIRECTORY.
"""

import functools
import gzip
import io
import json
import os
import random
import sys
import tarfile
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
from registry import MIB, PORTS, Handler, digest, is_mended, serve, stall  # noqa: E402

OCI = 'application/vnd.oci.image.'
DOCKER = 'application/vnd.docker.'
ARCH = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(os.uname().machine, os.uname().machine)


@functools.cache
def make_tar(name, size):
    """A tar of one file whose bytes don't compress."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        entry = tarfile.TarInfo(name)
        entry.size = size
        tar.addfile(entry, io.BytesIO(random.Random(name).randbytes(size)))
    return out.getvalue()


@functools.cache
def pack(data):
    return gzip.compress(data, 1, mtime=0)


class Image:
    """Its documents and blobs, with what the repository's way wants to be wrong about them."""

    def __init__(self, way):
        self.blobs = {}
        plain = [make_tar('small', 1000), make_tar('large', 3 * MIB)]
        packed = [pack(tar) for tar in plain]
        diff_ids = [digest(tar) for tar in plain]
        if way == 'truncated-gzip':
            packed[1] = packed[1][:-1000]
        if way == 'wrong-diff-id':
            diff_ids[1] = digest(b'x')
        if way == 'few-diff-ids':
            diff_ids.pop()
        config = json.dumps({'os': 'linux', 'architecture': ARCH, 'config': {'Cmd': ['sh']},
                             'rootfs': {'type': 'layers', 'diff_ids': diff_ids}}).encode()
        if way == 'config-no-json':
            config = b'<html>' + b' ' * 100
        kind = DOCKER if way == 'docker' else OCI
        types = [DOCKER + 'distribution.manifest.v2+json', DOCKER + 'container.image.v1+json',
                 DOCKER + 'image.rootfs.diff.tar.gzip'] if way == 'docker' else \
                [OCI + 'manifest.v1+json', OCI + 'config.v1+json', OCI + 'layer.v1.tar+gzip']
        manifest = {'schemaVersion': 2, 'mediaType': types[0], 'config': self.add(config, types[1]),
                    'layers': [self.add(data, types[2]) for data in packed]}
        self.large = manifest['layers'][1]['digest']
        self.spoil(way, manifest)
        self.manifest = json.dumps(manifest).encode()
        self.type = types[0]
        self.blobs[digest(self.manifest)] = self.manifest
        assert kind in self.type
        if way == 'index':
            self.wrap()

    def add(self, data, media_type):
        self.blobs[digest(data)] = data
        return {'mediaType': media_type, 'digest': digest(data), 'size': len(data)}

    def spoil(self, way, manifest):
        layer = manifest['layers'][1]
        if way == 'wrong-digest':
            self.blobs[layer['digest']] = bytes([self.blobs[layer['digest']][0] ^ 1]) + self.blobs[layer['digest']][1:]
        elif way == 'wrong-config':
            self.blobs[manifest['config']['digest']] = b' ' * manifest['config']['size']
        elif way == 'wrong-size':
            layer['size'] += 1
        elif way == 'both':
            manifest['manifests'] = []
        elif way == 'traversal':
            layer['digest'] = 'sha256:../../../../x'
        elif way == 'urls':
            layer['urls'] = [f'http://localhost:{PORTS[1]}/stolen']
        elif way == 'duplicate-key':
            manifest['layers '] = []
        elif way == 'huge':
            layer['size'] = 1 << 60
        elif way == 'schema1':
            manifest.clear()
            manifest.update({'schemaVersion': 1, 'fsLayers': []})

    def wrap(self):
        """An index of this platform and of another, whose manifest isn't there."""
        own = {'mediaType': self.type, 'digest': digest(self.manifest), 'size': len(self.manifest),
               'platform': {'os': 'linux', 'architecture': ARCH}}
        other = own | {'digest': digest(b'other'), 'platform': {'os': 'linux', 'architecture': 'nowhere'}}
        self.manifest = json.dumps({'schemaVersion': 2, 'manifests': [other, own]}).encode()
        self.type = OCI + 'index.v1+json'


class PullHandler(Handler):
    do_GET = Handler.serve

    def chunk(self, data):
        self.wfile.write(b'%x\r\n%s\r\n' % (len(data), data))

    def start_chunks(self, media_type):
        self.send_response(200)
        self.send_header('Content-Type', media_type)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()

    def dispatch(self):
        parts = self.path.split('/')
        if self.path.startswith('/token'):
            return self.token()
        if self.server.server_port == PORTS[1]:
            return self.serve_blob(Image('redirect'), parts[-1])
        if len(parts) != 5 or parts[1] != 'v2':
            return self.answer(404)
        way = parts[2]
        if not self.admit(way):
            return None
        image = Image(way)
        if parts[3] == 'manifests':
            return self.serve_manifest(way, image, parts[4])
        return self.serve_layer(way, image, parts[4])

    def do_POST(self):  # pylint: disable=invalid-name
        """OAuth 2: an identity token buys the token, too."""
        self.note()
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers['Content-Length'])).decode())
        wanted = {'grant_type': 'refresh_token', 'client_id': 'masu', 'service': 'fake',
                  'scope': 'repository:token:pull', 'refresh_token': 'the identity+token'}
        if self.path != '/token' or form != {key: [value] for key, value in wanted.items()}:
            return self.answer(401)
        return self.answer(200, json.dumps({'access_token': 'the-token'}).encode())

    def token(self):
        """The password buys the token; other realms of the tests are never to be asked."""
        if self.headers.get('Authorization') != 'Basic bWU6c2VjcmV0':
            return self.answer(401)
        return self.answer(200, json.dumps({'token': 'the-token'}).encode())

    def admit(self, way):
        """Answers 401 where the repository wants to be logged into."""
        host = f'http://127.0.0.1:{PORTS[0]}'
        realms = {'token': f'{host}/token', 'redirect-blob': f'{host}/token', 'redirect-manifest': f'{host}/token',
                  'stall': f'{host}/token', 'loop401': f'{host}/token', 'realm-metadata': 'http://169.254.169.254/token',
                  'realm-link': 'https://169.254.1.1/token', 'realm-private': 'https://[::ffff:10.0.0.1]/token',
                  'realm-tls': f'https://127.0.0.1:{PORTS[-1]}/token', 'realm-file': 'file:///etc/passwd', 'realm-elsewhere': 'http://registry.invalid/token'}
        if way == 'basic' and self.headers.get('Authorization') != 'Basic bWU6c2VjcmV0':
            self.answer(401, headers=[('WWW-Authenticate', 'Basic realm="x"')])
            return False
        if way == 'malformed401':
            self.answer(401, headers=[('WWW-Authenticate', 'Bearer realm="x')])
            return False
        if way in realms and (way == 'loop401' or self.headers.get('Authorization') != 'Bearer the-token'):
            self.answer(401, headers=[('WWW-Authenticate', f'Bearer realm="{realms[way]}",service="fake"')])
            return False
        return True

    def serve_manifest(self, way, image, name):
        other = f'http://localhost:{PORTS[1]}'
        data, media_type = image.manifest, image.type
        if name.startswith('sha256:'):
            data, media_type = image.blobs.get(name, b''), OCI + 'manifest.v1+json'
        if way == 'redirect-manifest':
            return self.answer(307, headers=[('Location', f'{other}{self.path}')])
        if way == 'redirect-loop':
            return self.answer(307, headers=[('Location', self.path)])
        if way == 'redirect-file':
            return self.answer(307, headers=[('Location', 'file:///etc/passwd')])
        if way == 'redirect-plain':
            return self.answer(307, headers=[('Location', f'http://127.0.0.1:{PORTS[0]}{self.path}')])
        if way == 'endless-manifest':
            self.start_chunks(media_type)
            while True:
                self.chunk(b' ' * 65536)
        if way == 'large-manifest':
            return self.answer(200, b' ' * (4 * MIB + 1), [('Content-Type', media_type)])
        if way == 'html':
            media_type = 'text/html'
        if way == 'no-json':
            data = b'<html></html>'
        if way == 'error500':
            return self.answer(500)
        return self.answer(200, data, [('Content-Type', media_type)])

    def serve_layer(self, way, image, name):
        data = image.blobs.get(name)
        if data is None:
            return self.answer(404)
        if name != image.large:
            return self.serve_blob(image, name)
        if way == 'redirect-blob':
            return self.answer(307, headers=[('Location', f'http://localhost:{PORTS[1]}/blob/{name}')])
        if way.startswith('half') and not is_mended():
            if self.headers.get('Range'):
                return self.answer(500)
            self.close_connection = True
            return self.answer(200, data[:MIB], length=len(data))
        if way == 'half-no-range':
            return self.answer(200, data)
        if way in ('half-early', 'half-late'):
            first = 0 if way == 'half-early' else 2 * MIB
            return self.answer(206, data[first:], [('Content-Range', f'bytes {first}-{len(data) - 1}/{len(data)}')])
        if way == 'more':
            self.start_chunks('application/octet-stream')
            self.chunk(data)
            while True:
                self.chunk(b'x' * 65536)
        if way == 'drops':
            return self.drop(data)
        if way == 'stall':
            return self.stall(data)
        return self.serve_blob(image, name)

    def stall(self, data):
        """Half of it, and the rest once DIRECTORY/mended exists."""
        self.answer(200, data[:MIB], length=len(data))
        stall()
        self.wfile.write(data[MIB:])

    def drop(self, data):
        """Half a megabyte a connection."""
        first = int(self.headers.get('Range', 'bytes=0-')[len('bytes='):-1])
        self.close_connection = True
        self.answer(206 if first else 200, data[first:first + MIB // 2],
                    [('Content-Range', f'bytes {first}-{len(data) - 1}/{len(data)}')] if first else [],
                    length=len(data) - first)

    def serve_blob(self, image, name):
        data = image.blobs.get(name, b'')
        wanted = self.headers.get('Range')
        if not wanted:
            return self.answer(200, data)
        first = int(wanted[len('bytes='):-1])
        return self.answer(206, data[first:], [('Content-Range', f'bytes {first}-{len(data) - 1}/{len(data)}')])


serve(PullHandler)
