# SPDX-License-Identifier: Apache-2.0
# requests.py ADDRESS PORT NUMBER AT-ONCE EXPECTED [PATH]: so many HTTP requests, some of them at once. Each must get the expected body.
import http.client, sys, threading

address, port, number, at_once, expected = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
path = sys.argv[6] if len(sys.argv) > 6 else "/"
left, failures, lock = number, [], threading.Lock()


def work():
    global left
    while True:
        with lock:
            if left == 0:
                return
            left -= 1
        try:
            c = http.client.HTTPConnection(address, port)
            c.request("GET", path)
            body = c.getresponse().read().decode().strip()
            c.close()
            if body != expected:
                failures.append(repr(body))
        except Exception as e:
            failures.append(repr(e))


threads = [threading.Thread(target=work) for _ in range(at_once)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(*failures[:10], sep="\n", file=sys.stderr)
print(number - len(failures), "of", number)
sys.exit(bool(failures))
