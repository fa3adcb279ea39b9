/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* The command "container-proxy [--unit SERVICE] CONTAINER PORT...": returns the exit status. */
int proxy_main(char **argv);
