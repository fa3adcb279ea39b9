#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The little of a kubelet that the tests need: speaks containerd's CRI, as Debian has no crictl.

  cri.py pause-image FROM TO           copies an image, with a command that waits
  cri.py pull IMAGE
  cri.py pod NAME CGROUP_PARENT        a pod in the host's network; prints its id
  cri.py container POD CGROUP_PARENT IMAGE SCRIPT
                                       one of 64 MiB and half a processor; prints its id, which is started
  cri.py exec CONTAINER COMMAND...     prints its output, and exits with its status
  cri.py limit CONTAINER BYTES
  cri.py state CONTAINER               prints running, or exited and the status
  cri.py stop | rm | stop-pod | rm-pod ID

The messages are those of k8s.io/cri-api, v1, written by field number; curl speaks HTTP/2 for gRPC.
"""

import hashlib
import json
import struct
import subprocess
import sys
import tempfile

SOCKET = '/run/containerd/containerd.sock'
HOST_NAMESPACES = [(1, 2)]  # NamespaceOption: network NODE


def varint(n):
    out = b''
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def encode(message):
    """A list of (field, value): a number, a string, or a message, which is such a list."""
    out = b''
    for field, value in message:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else encode(value)
            out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def decode(data):
    """The last value of each field; the CRI's answers have numbers, and bytes, here."""
    fields, at = {}, 0

    def number():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return n

    while at < len(data):
        key = number()
        value = number()
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        fields[key >> 3] = value
    return fields


def call(method, message, service='RuntimeService'):
    request = encode(message)
    with tempfile.TemporaryDirectory() as work:
        with open(f'{work}/request', 'wb') as f:
            f.write(b'\0' + struct.pack('>I', len(request)) + request)
        subprocess.run(['curl', '-sS', '--http2-prior-knowledge', '--unix-socket', SOCKET,
                        '-H', 'content-type: application/grpc', '-H', 'te: trailers',
                        '--data-binary', f'@{work}/request', '-D', f'{work}/headers', '-o', f'{work}/answer',
                        f'http://localhost/runtime.v1.{service}/{method}'], check=True, timeout=120)
        with open(f'{work}/headers', encoding='utf-8') as f:
            headers = f.read()
        if 'grpc-status: 0' not in headers.lower():
            sys.exit(f'{method}: {headers}')
        with open(f'{work}/answer', 'rb') as f:
            return decode(f.read()[5:])


def pause_image(source, target):
    with tempfile.TemporaryDirectory() as layout:
        copy = ['skopeo', 'copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false']
        subprocess.run([*copy, f'docker://{source}', f'oci:{layout}:latest'], check=True)

        def load(path):
            with open(f'{layout}/{path}', encoding='utf-8') as f:
                return json.load(f)

        def blob(descriptor):
            return 'blobs/' + descriptor['digest'].replace(':', '/')

        def store(descriptor, document):
            data = json.dumps(document).encode()
            descriptor.update(digest='sha256:' + hashlib.sha256(data).hexdigest(), size=len(data))
            with open(f'{layout}/{blob(descriptor)}', 'wb') as f:
                f.write(data)

        index = load('index.json')
        manifest = load(blob(index['manifests'][0]))
        config = load(blob(manifest['config']))
        config['config']['Cmd'] = ['sleep', '1000000']
        store(manifest['config'], config)
        store(index['manifests'][0], manifest)
        with open(f'{layout}/index.json', 'w', encoding='utf-8') as f:
            json.dump(index, f)
        subprocess.run([*copy, f'oci:{layout}:latest', f'docker://{target}'], check=True)


def pod_config(name, parent):
    return [(1, [(1, name), (2, name), (3, 'default')]), (3, '/tmp/pods'),
            (8, [(1, parent), (2, [(1, HOST_NAMESPACES)])])]


def pod(name, parent):
    print(call('RunPodSandbox', [(1, pod_config(name, parent))])[1].decode())


def container(pod_id, parent, image, script):
    limits = [(1, 100000), (2, 50000), (4, 64 << 20)]
    config = [(1, [(1, 'c')]), (2, [(1, image)]), (3, 'sh'), (3, '-c'), (4, script), (11, 'c.log'),
              (15, [(1, limits), (2, [(3, HOST_NAMESPACES)])])]
    made = call('CreateContainer', [(1, pod_id), (2, config), (3, pod_config('c', parent))])[1].decode()
    call('StartContainer', [(1, made)])
    print(made)


def execute(container_id, *command):
    answer = call('ExecSync', [(1, container_id), *((2, word) for word in command), (3, 30)])
    sys.stdout.write((answer.get(1, b'') + answer.get(2, b'')).decode())
    sys.exit(answer.get(3, 0))


def state(container_id):
    status = decode(call('ContainerStatus', [(1, container_id)])[1])
    print(('created', 'running', 'exited', 'unknown')[status.get(3, 0)], status.get(7, 0))


COMMANDS = {
    'pause-image': pause_image,
    'pull': lambda image: call('PullImage', [(1, [(1, image)])], 'ImageService'),
    'pod': pod,
    'container': container,
    'exec': execute,
    'limit': lambda i, n: call('UpdateContainerResources', [(1, i), (2, [(4, int(n))])]),
    'state': state,
    'stop': lambda i: call('StopContainer', [(1, i), (2, 1)]),
    'rm': lambda i: call('RemoveContainer', [(1, i)]),
    'stop-pod': lambda i: call('StopPodSandbox', [(1, i)]),
    'rm-pod': lambda i: call('RemovePodSandbox', [(1, i)]),
}

COMMANDS[sys.argv[1]](*sys.argv[2:])
