# SPDX-License-Identifier: Apache-2.0
# After `load ../lib/masu`, for files whose tests run containers of a busybox: $image.

setup_file() {
	make_images busybox
	probe_containers
}

setup_busybox() {
	need_containers
	make_work
	image=oci:$IMAGES:busybox:latest
}

setup() { setup_busybox; }
