# SPDX-License-Identifier: Apache-2.0
profile masu-test flags=(attach_disconnected) {
  file,
  capability,
  mount,
  network,
  signal,
  deny /etc/secret r,
}
