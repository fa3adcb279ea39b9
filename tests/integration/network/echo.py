#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# echo.py PORT: answers each connection and each datagram with the sender's address as it is seen here.
import select
import socket
import sys

port = int(sys.argv[1])
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", port))
tcp = socket.create_server(("0.0.0.0", port), backlog=16)
print("ready", flush=True)
while True:
    for ready in select.select([udp, tcp], [], [])[0]:
        if ready is udp:
            data, peer = udp.recvfrom(65536)
            print("udp", peer, flush=True)
            udp.sendto(f"{peer[0]} ".encode() + data, peer)
        else:
            connection, peer = tcp.accept()
            connection.sendall(f"{peer[0]} ".encode())
            connection.close()
