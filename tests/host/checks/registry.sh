# In the machine, as alice: the registry's images, read by others' clients.
# SPDX-License-Identifier: Apache-2.0
set -eu
echo "part: registry"
. /masu/tests/lib/wait.bash
R=localhost:5000

for image in busybox:latest busybox:docker debian:bookworm nginx:latest layers8:latest multi:latest; do
    skopeo inspect --tls-verify=false "docker://$R/$image" >/tmp/inspect.json
    echo "$image: $(jq '.Layers | length' /tmp/inspect.json) layers"
done
[ "$(curl -s $R/v2/_catalog | jq -r '.repositories | join(" ")')" = "busybox debian layers8 multi nginx systemd" ]

podman run --rm $R/busybox sh -c 'echo hello from $(id -u)' | grep 'hello from 0'
podman run --rm --network none $R/layers8 sh -c 'cat /data/again; ls /opaque; stat -c %u /owners/other' >/tmp/layers8
[ "$(xargs </tmp/layers8)" = "second new sub 12345" ]
podman run -d --name web -p 8080:80 $R/nginx
wait_until 'curl -s localhost:8080 >/tmp/page'
grep 'Hello from nginx' /tmp/page
podman logs web | grep 'GET /'
podman rm -f -t 2 web
echo "all well"
