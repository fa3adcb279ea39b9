#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# echo.py PORT [ADDRESS]: answers each connection and each datagram with the sender's address as it is seen here.
import select
import socket
import sys
import threading

port = int(sys.argv[1])
address = sys.argv[2] if len(sys.argv) > 2 else "0.0.0.0"
family = socket.AF_INET6 if ":" in address else socket.AF_INET
udp = socket.socket(family, socket.SOCK_DGRAM)
udp.bind((address, port))
tcp = socket.create_server((address, port), family=family, backlog=16)


def serve(connection, peer):
    with connection:
        connection.sendall(f"{peer[0]} ".encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(100):
            pass


print("ready", flush=True)
while True:
    for ready in select.select([udp, tcp], [], [])[0]:
        if ready is udp:
            data, peer = udp.recvfrom(65536)
            print("udp", peer, flush=True)
            udp.sendto(f"{peer[0]} ".encode() + data, peer)
        else:
            threading.Thread(target=serve, args=tcp.accept(), daemon=True).start()
