/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The record of a container, DATA/containers/ID/record.json: engine/record.h writes and reads it, and
 * transfer/gc.c reads in it which layers the container stands on.
 */

#define RECORD_FILE	"record.json"
#define RECORD_SIZE_MAX (4u << 20) /* bytes; nothing larger is written */
