/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/image.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "unit.h"

#define HEX	 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OCI	 "application/vnd.oci.image."
#define DESC(t)	 "{\"mediaType\":\"" OCI t "\",\"digest\":\"sha256:" HEX "\",\"size\":7}"
#define CONFIG	 "\"config\":" DESC("config.v1+json")
#define LAYERS	 "\"layers\":[" DESC("layer.v1.tar+gzip") "," DESC("layer.v1.tar+zstd") "]"
#define MANIFEST "{\"schemaVersion\":2," CONFIG "," LAYERS "}"
#define INDEX	 "{\"schemaVersion\":2,\"manifests\":[" DESC("manifest.v1+json") "]}"

static int parse(const char *text, const char *media_type)
{
	_cleanup_image_document_ struct image_document doc = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = image_document_parse(text, strlen(text), media_type, &doc, &err);

	assert_true(r == 0 || err.message);
	return r;
}

static void test_manifest(void **state)
{
	_cleanup_image_document_ struct image_document doc = {0};

	assert_int_equal(image_document_parse(MANIFEST, strlen(MANIFEST), OCI "manifest.v1+json",
					      &doc, NULL),
			 0);
	assert_false(doc.is_index);
	assert_int_equal(doc.manifest.n_layers, 2);
	assert_int_equal(doc.manifest.layers[0].media, IMAGE_MEDIA_LAYER_GZIP);
	assert_int_equal(doc.manifest.layers[1].media, IMAGE_MEDIA_LAYER_ZSTD);
	assert_int_equal(doc.manifest.config.size, 7);
	assert_string_equal(doc.manifest.config.digest.hex, HEX);
}

static void test_index(void **state)
{
	static const char text[] =
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI "manifest.v1+json\","
		"\"digest\":\"sha256:" HEX "\",\"size\":1,\"platform\":{\"os\":\"linux\","
		"\"architecture\":\"arm\",\"variant\":\"v7\"},\"annotations\":{\"" IMAGE_REF_NAME
		"\":\"../../x\"}}]}";
	_cleanup_image_document_ struct image_document doc = {0};

	assert_int_equal(image_document_parse(text, strlen(text), NULL, &doc, NULL), 0);
	assert_true(doc.is_index);
	assert_string_equal(doc.index.manifests[0].platform.variant, "v7");
	assert_string_equal(doc.index.manifests[0].ref_name, "../../x");
}

static void test_ambiguous_documents_are_refused(void **state)
{
	assert_int_equal(
		parse("{\"schemaVersion\":2," CONFIG "," LAYERS ",\"manifests\":[]}", NULL),
		-EBADMSG);
	assert_int_equal(parse("{\"schemaVersion\":2," CONFIG ",\"manifests\":[]}", NULL),
			 -EBADMSG);
	assert_int_equal(parse("{\"schemaVersion\":2}", NULL), -EBADMSG);
	assert_int_equal(parse(MANIFEST, OCI "index.v1+json"), -EBADMSG);
	assert_int_equal(parse(INDEX, OCI "manifest.v1+json"), -EBADMSG);
	assert_int_equal(parse("{\"schemaVersion\":2,\"mediaType\":\"" OCI "index.v1+json\"," CONFIG
			       "," LAYERS "}",
			       NULL),
			 -EBADMSG);
	assert_int_equal(parse(MANIFEST, "text/html"), -EBADMSG);
	assert_int_equal(
		parse("{\"schemaVersion\":2,\"schemaVersion\":2," CONFIG "," LAYERS "}", NULL),
		-EBADMSG);
}

static void test_other_kinds_are_unsupported(void **state)
{
	assert_int_equal(parse("{\"schemaVersion\":1,\"fsLayers\":[]}", NULL), -EOPNOTSUPP);
	assert_int_equal(
		parse("{\"schemaVersion\":2,\"config\":" DESC("chart") "," LAYERS "}", NULL),
		-EOPNOTSUPP);
	assert_int_equal(
		parse("{\"schemaVersion\":2," CONFIG ",\"layers\":[" DESC("layer.rar") "]}", NULL),
		-EOPNOTSUPP);
}

/* The wrong config types of old registries are accepted only in Docker's manifests. */
static void test_config_types_of_old_registries(void **state)
{
	static const char *const types[] = {"application/octet-stream", "application/json",
					    "text/html"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

		assert_int_equal(
			strbuf_addf(&b,
				    "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\","
				    "\"digest\":\"sha256:" HEX "\",\"size\":7}," LAYERS "}",
				    types[i]),
			0);
		assert_int_equal(
			parse(b.text, "application/vnd.docker.distribution.manifest.v2+json"), 0);
		assert_int_equal(parse(b.text, OCI "manifest.v1+json"), -EOPNOTSUPP);
	}
}

static void test_malformed_descriptors_are_refused(void **state)
{
#define LAYER(d) "{\"schemaVersion\":2," CONFIG ",\"layers\":[" d "]}"
#define TYPE	 "\"mediaType\":\"" OCI "layer.v1.tar\","
	static const char *const bad[] = {
		LAYER("7"),
		LAYER("null"),
		LAYER("{" TYPE "\"size\":1}"),
		LAYER("{" TYPE "\"digest\":\"sha256:" HEX "\"}"),
		LAYER("{" TYPE "\"digest\":\"sha256:" HEX "\",\"size\":-1}"),
		LAYER("{" TYPE "\"digest\":\"sha256:" HEX "\",\"size\":1.5}"),
		LAYER("{" TYPE "\"digest\":\"sha256:" HEX "\",\"size\":18446744073709551615}"),
		LAYER("{" TYPE "\"digest\":\"sha256:../../x\",\"size\":1}"),
		LAYER("{" TYPE "\"digest\":\"sha256:abc\",\"size\":1}"),
		LAYER("{" TYPE "\"digest\":\"" HEX "\",\"size\":1}"),
		LAYER("{\"digest\":\"sha256:" HEX "\",\"size\":1}"),
		"{\"schemaVersion\":2," CONFIG ",\"layers\":{}}",
		"{\"schemaVersion\":2," LAYERS "}",
		"[]",
		"",
		"{",
		MANIFEST "x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse(bad[i], NULL) != -EBADMSG)
			fail_msg("'%s' passes", bad[i]);
}

static int config(const char *text, struct image_config *ret)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = image_config_parse(text, strlen(text), ret, &err);

	assert_true(r == 0 || err.message);
	return r;
}

#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]}"

static void test_config(void **state)
{
	_cleanup_image_config_ struct image_config c = {0};

	assert_int_equal(
		config("{\"created\":\"2026-01-02T03:04:05Z\",\"os\":\"linux\",\"architecture\":"
		       "\"amd64\",\"config\":{\"Env\":[\"PATH=/bin\",\"X\",\"=x\"],\"Entrypoint\":[\"/e\"],"
		       "\"Cmd\":null,\"WorkingDir\":\"/w\",\"User\":\"1:2\",\"ExposedPorts\":"
		       "{\"80/tcp\":{}},\"Volumes\":{\"/v\":{}},\"Labels\":{\"a\":\"b\",\"k=x\":\"=y\"},"
		       "\"StopSignal\":\"SIGQUIT\",\"Healthcheck\":{\"Test\":[\"NONE\"]}}," ROOTFS
		       ",\"history\":[{\"created_by\":\"x\",\"empty_layer\":true}]}",
		       &c),
		0);
	assert_int_equal(c.created_ns, 1767323045 * 1000000000LL);
	assert_string_equal(c.env[0], "PATH=/bin");
	assert_string_equal(c.entrypoint[0], "/e");
	assert_null(c.cmd);
	assert_string_equal(c.working_dir, "/w");
	assert_string_equal(c.user, "1:2");
	assert_string_equal(c.exposed_ports[0], "80/tcp");
	assert_string_equal(c.volumes[0], "/v");
	assert_string_equal(oci_map_get(&c.labels, "a"), "b");
	assert_string_equal(oci_map_get(&c.labels, "k=x"), "=y");
	assert_string_equal(c.stop_signal, "SIGQUIT");
	assert_string_equal(c.healthcheck, "{\"Test\":[\"NONE\"]}");
	assert_int_equal(c.n_diff_ids, 1);
	assert_int_equal(c.n_history, 1);
	assert_true(c.history[0].empty_layer);
}

static void test_time_zero_is_unknown(void **state)
{
	_cleanup_image_config_ struct image_config c = {0};

	assert_int_equal(config("{\"created\":\"0001-01-01T00:00:00Z\"," ROOTFS "}", &c), 0);
	assert_int_equal(c.created_ns, 0);
}

static void test_layers_are_the_only_type(void **state)
{
	_cleanup_image_config_ struct image_config c = {0};

	assert_int_equal(config("{\"rootfs\":{\"diff_ids\":[\"sha256:" HEX "\"]}}", &c), 0);
	assert_int_equal(c.n_diff_ids, 1);
}

static void test_bad_configs_are_refused(void **state)
{
	static const char *const bad[] = {
		"<html>",
		"{}",
		"[]",
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:x\"]}}",
		"{\"rootfs\":{\"type\":\"zip\",\"diff_ids\":[]}}",
		"{\"config\":{\"User\":\"a\\nb\"}," ROOTFS "}",
		"{\"config\":{\"User\":\"a\\u0000b\"}," ROOTFS "}",
		"{\"config\":{\"User\":1}," ROOTFS "}",
		"{\"config\":{\"WorkingDir\":\"a\\u0007\"}," ROOTFS "}",
		"{\"config\":{\"Env\":{}}," ROOTFS "}",
		"{\"config\":{\"Labels\":{\"a\":[]}}," ROOTFS "}",
		"{\"config\":{\"Cmd\":[7]}," ROOTFS "}",
		"{\"created\":\"yesterday\"," ROOTFS "}",
		"{\"history\":[7]," ROOTFS "}",
		"{\"history\":[{\"author\":\"a\",\"empty_layer\":7}]," ROOTFS "}",
		"{" ROOTFS "," ROOTFS "}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_image_config_ struct image_config c = {0};

		if (config(bad[i], &c) != -EBADMSG)
			fail_msg("'%s' passes", bad[i]);
	}
}

struct list {
	const char *key, *brackets, *before, *after; /* an entry, and between these its number */
};

static char *config_with(const struct list *l, size_t n)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_int_equal(strbuf_addf(&b, "{\"config\":{\"%s\":%c", l->key, l->brackets[0]), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(strbuf_addf(&b, "%s%s%zu%s", i ? "," : "", l->before, i, l->after),
				 0);
	assert_int_equal(strbuf_addf(&b, "%c}," ROOTFS "}", l->brackets[1]), 0);
	return strbuf_take(&b);
}

static void test_long_lists_are_refused(void **state)
{
	static const struct list lists[] = {
		{"Env", "[]", "\"A", "=1\""},	    {"Cmd", "[]", "\"", "\""},
		{"Entrypoint", "[]", "\"", "\""},   {"Volumes", "{}", "\"/v", "\":{}"},
		{"Labels", "{}", "\"a", "\":\"\""}, {"ExposedPorts", "{}", "\"", "/tcp\":{}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		_cleanup_image_config_ struct image_config c = {0}, none = {0};
		_cleanup_free_ char *most = config_with(&lists[i], IMAGE_ENTRIES_MAX);
		_cleanup_free_ char *more = config_with(&lists[i], IMAGE_ENTRIES_MAX + 1);

		assert_int_equal(config(most, &c), 0);
		assert_int_equal(config(more, &none), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_ambiguous_documents_are_refused),
		cmocka_unit_test(test_other_kinds_are_unsupported),
		cmocka_unit_test(test_malformed_descriptors_are_refused),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_time_zero_is_unknown),
		cmocka_unit_test(test_layers_are_the_only_type),
		cmocka_unit_test(test_config_types_of_old_registries),
		cmocka_unit_test(test_bad_configs_are_refused),
		cmocka_unit_test(test_long_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
