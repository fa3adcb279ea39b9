# SPDX-License-Identifier: Apache-2.0
"""An OCI image layout, written blob by blob."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess

OCI = 'application/vnd.oci.image.'
DOCKER = 'application/vnd.docker.'
OCI_LAYER = {'plain': OCI + 'layer.v1.tar', 'gzip': OCI + 'layer.v1.tar+gzip', 'zstd': OCI + 'layer.v1.tar+zstd'}
CREATED = '2024-01-01T00:00:00Z'


def sha256_of(path):
    with open(path, 'rb') as file:
        return 'sha256:' + hashlib.file_digest(file, 'sha256').hexdigest()


def compress(source, target, how):
    """Writes the compressed file; the same input gives the same output."""
    if how == 'zstd':
        subprocess.run(['zstd', '-q', '-f', '-3', source, '-o', target], check=True)
    elif how == 'gzip':
        with open(source, 'rb') as plain, open(target, 'wb') as raw:
            with gzip.GzipFile(filename='', mode='wb', compresslevel=6, fileobj=raw, mtime=0) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
    else:
        shutil.copyfile(source, target)


class Layer:
    """A layer in a layout: its descriptor, and the digest of the plain tar that the config lists."""

    def __init__(self, descriptor, diff_id):
        self.descriptor = descriptor
        self.diff_id = diff_id


class Layout:
    def __init__(self, path):
        self.path = path
        self.blobs = os.path.join(path, 'blobs', 'sha256')
        os.makedirs(self.blobs, exist_ok=True)
        with open(os.path.join(path, 'oci-layout'), 'w', encoding='utf-8') as file:
            json.dump({'imageLayoutVersion': '1.0.0'}, file)
        self.tags = []

    def add_file(self, path, media_type):
        """Moves a file in as a blob, and returns its descriptor."""
        descriptor = {'mediaType': media_type, 'digest': sha256_of(path), 'size': os.path.getsize(path)}
        os.replace(path, os.path.join(self.blobs, descriptor['digest'].split(':')[1]))
        return descriptor

    def add_json(self, document, media_type):
        path = os.path.join(self.path, 'new-blob')
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(document, file, separators=(',', ':'))
        return self.add_file(path, media_type)

    def add_layer(self, tar, how):
        """Takes a plain tar (which stays) as a layer: how is plain, gzip or zstd."""
        packed = os.path.join(self.path, 'new-blob')
        compress(tar, packed, how)
        return Layer(self.add_file(packed, OCI_LAYER[how]), sha256_of(tar))

    def add_image(self, layers, config, architecture='amd64', history=None):
        """Adds the config and the manifest of an OCI image; returns the manifest's descriptor."""
        config = self.add_json(self._config(layers, config, architecture, history), OCI + 'config.v1+json')
        manifest = {'schemaVersion': 2, 'mediaType': OCI + 'manifest.v1+json', 'config': config,
                    'layers': [layer.descriptor for layer in layers]}
        return self.add_json(manifest, manifest['mediaType'])

    def add_docker_image(self, layers, config):
        """The same as Docker writes it: schema 2, gzip layers alone."""
        config = self.add_json(self._config(layers, config, 'amd64', None), DOCKER + 'container.image.v1+json')
        manifest = {'schemaVersion': 2, 'mediaType': DOCKER + 'distribution.manifest.v2+json', 'config': config,
                    'layers': [layer.descriptor | {'mediaType': DOCKER + 'image.rootfs.diff.tar.gzip'}
                               for layer in layers]}
        return self.add_json(manifest, manifest['mediaType'])

    def add_index(self, images):
        """An index of several platforms: images maps an architecture to a manifest's descriptor."""
        manifests = [descriptor | {'platform': {'architecture': architecture, 'os': 'linux'}}
                     for architecture, descriptor in images.items()]
        index = {'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json', 'manifests': manifests}
        return self.add_json(index, index['mediaType'])

    def tag(self, name, descriptor):
        """Names a manifest or an index, NAME:TAG."""
        self.tags.append(descriptor | {'annotations': {'org.opencontainers.image.ref.name': name}})
        with open(os.path.join(self.path, 'index.json'), 'w', encoding='utf-8') as file:
            json.dump({'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json', 'manifests': self.tags}, file, indent=1)

    @staticmethod
    def _config(layers, config, architecture, history):
        history = history or [f'layer {number}' for number in range(1, len(layers) + 1)]
        return {'created': CREATED, 'architecture': architecture, 'os': 'linux', 'config': config,
                'rootfs': {'type': 'layers', 'diff_ids': [layer.diff_id for layer in layers]},
                'history': [{'created': CREATED, 'created_by': text} for text in history]}
