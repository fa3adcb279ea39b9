#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for systemd-nsresourced, by its documented interface io.systemd.NamespaceResource.

usage: fake-nsresourced.py SOCKET [HOW]

Run as root. Serves AllocateUserRange on SOCKET until it is killed, and prints "ready" when it listens, and then a line
for each namespace that it has mapped: "UID FIRST", or "UID foreign". HOW is its behaviour: "well", or how it fails (see ANSWERS and misbehave()).
Ids of a range are never given out twice, and nothing prevents files of them: the kernel's part is missing.
"""
import array
import ctypes
import errno
import json
import os
import socket
import struct
import sys
import time

INTERFACE = "io.systemd.NamespaceResource."
FOREIGN = 2147352576
COUNT = 65536
FIRST = 0x60000000
CLONE_NEWUSER = 0x10000000
KNOWN = {"name": str, "mangleName": bool, "size": int, "target": int, "type": str, "delegateContainerRanges": int,
         "mapForeign": bool, "userNamespaceFileDescriptor": int}
OLD = {"name", "mangleName", "size", "target", "userNamespaceFileDescriptor"}
libc = ctypes.CDLL(None, use_errno=True)


class Refused(Exception):
    def __init__(self, error, **parameters):
        super().__init__(error)
        self.reply = {"error": error, "parameters": parameters}


def refuse_parameter(name):
    raise Refused("org.varlink.service.InvalidParameter", parameter=name)


# Answers to a call that is otherwise in order, after the namespace is mapped.
ANSWERS = {
    "cut": b'{"parameters":{"na',
    "long": b'{"parameters":{"name":"' + b"x" * 70000,
    "list": b"[]\0",
    "typed": b'{"parameters":7}\0',
    "error-typed": b'{"error":[]}\0',
    "error-unnamed": b'{"error":"","parameters":{}}\0',
    "error-escape": b'{"error":"a\\u001b[31mb"}\0',
    "continues": b'{"parameters":{},"continues":true}\0',
    "twice": b'{"parameters":{}}\0{"parameters":{}}\0',
    "twice-key": b'{"parameters":{},"parameters":{}}\0',
    "garbage": b"\xff\xfe\0",
    "empty": b"\0",
    "deep": b'{"parameters":' + b"[" * 5000 + b"]" * 5000 + b"}\0",
}


def write_maps(userns, peer, parameters, how):
    """A process must be in a namespace for its map to be written."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        ok = libc.setns(userns, CLONE_NEWUSER) == 0
        os.read(reader, 1)
        os._exit(0 if ok else 1)
    os.close(reader)
    first = FIRST + COUNT * write_maps.given
    write_maps.given += 1
    if how == "lie-root":
        peer = (0, 0)
    ranges = f"{first} {first} {COUNT}\n" if parameters.get("delegateContainerRanges") else ""
    if parameters.get("mapForeign"):
        ranges += f"{FOREIGN} {FOREIGN} {COUNT}\n"
    if how == "lie-range":
        ranges = "1 1 999\n"
    if how == "lie-more":
        ranges += "5 5 1\n"
    try:
        # Until the child is in the namespace, its map is the host's, which is written already.
        for _ in range(1000):
            if os.stat(f"/proc/{pid}/ns/user").st_ino == os.fstat(userns).st_ino:
                break
            time.sleep(0.01)
        # The service denies setgroups by a BPF program to such a namespace and those below it.
        with open(f"/proc/{pid}/setgroups", "w", encoding="ascii") as f:
            f.write("deny")
        for file, own in (("gid_map", peer[1]), ("uid_map", peer[0])):
            with open(f"/proc/{pid}/{file}", "w", encoding="ascii") as f:
                f.write(f"{parameters.get('target', own)} {own} 1\n{ranges}")
    finally:
        os.close(writer)
        os.waitpid(pid, 0)
    print(peer[0], first if parameters.get("delegateContainerRanges") else "foreign", flush=True)


write_maps.given = 0


def check(parameters, how):
    known = OLD if how == "old" else KNOWN
    for name, value in parameters.items():
        if name not in known or type(value) is not KNOWN[name]:
            refuse_parameter(name)
    if not 0 < len(parameters.get("name", "")) <= 16 and not parameters.get("mangleName"):
        refuse_parameter("name")
    if parameters.get("type") != "self" or parameters.get("size") != 1 or parameters.get("target", 0) != 0:
        refuse_parameter("size")
    if parameters.get("delegateContainerRanges", 0) not in (0, 1): # more is not needed here
        refuse_parameter("delegateContainerRanges")


def allocate(call, fds, peer, how):
    if call.get("method") != INTERFACE + "AllocateUserRange":
        raise Refused("org.varlink.service.MethodNotFound", method=str(call.get("method")))
    if how == "no-kernel":
        raise Refused(INTERFACE + "UserNamespaceInterfaceNotSupported")
    parameters = call.get("parameters", {})
    check(parameters, how)
    index = parameters["userNamespaceFileDescriptor"]
    if not 0 <= index < len(fds):
        raise Refused("io.systemd.System", origin="linux", errno=errno.ENXIO, errnoName="ENXIO")
    # As with the service, a name is not changed because another namespace has it. This one never forgets a name.
    if parameters["name"] in allocate.names:
        raise Refused(INTERFACE + "NameExists")
    if how == "full":
        raise Refused(INTERFACE + "DynamicRangeUnavailable")
    if how != "lie-nothing":
        write_maps(fds[index], peer, parameters, how)
    allocate.names.add(parameters["name"])
    return {"parameters": {"name": parameters["name"]}}


allocate.names = set()


def receive(peer):
    text, fds = b"", array.array("i")
    while not text.endswith(b"\0"):
        data, control, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(64))
        for level, kind, value in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(value[: len(value) - len(value) % fds.itemsize])
        if not data:
            return None, fds
        text += data
    return json.loads(text[:-1]), fds


def serve(peer, how):
    call, fds = receive(peer)
    try:
        if call is None or how == "dead" or (how == "close" and fds):
            return
        if how == "hang" and fds:
            time.sleep(3600)
        _, uid, gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        try:
            answer = json.dumps(allocate(call, fds, (uid, gid), how)).encode() + b"\0"
            answer = ANSWERS.get(how, answer)
        except Refused as refused:
            answer = json.dumps(refused.reply).encode() + b"\0"
        peer.sendall(answer)
    finally:
        for fd in fds:
            os.close(fd)


def main():
    path, how = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "well"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(16)
    print("ready", flush=True)
    while True:
        peer, _ = listener.accept()
        with peer:
            try:
                serve(peer, how)
            except (BrokenPipeError, ConnectionResetError):
                pass # the client has ended


main()
