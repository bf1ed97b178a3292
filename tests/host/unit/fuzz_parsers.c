/* Feeds random bytes to what the `namu` command reads from others: control lines, settings, numbers, images. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "env.h"
#include "erofs.h"
#include "parse.h"

static void check(int is_true)
{
	if (!is_true)
		abort();
}

static void feed_control(const char *data, size_t bytes)
{
	struct control control = {.fd = -1};
	struct outcome outcome = {0};

	control_take(&control, &outcome, data, bytes);
	int status = outcome_status(&outcome);

	check(status >= 0 && status <= 255);
	for (const char *at = outcome.text; *at; at++)
		check((unsigned char)*at >= ' ' && *at != 0x7f);
}

static void feed_settings(const char *data, size_t bytes)
{
	struct strlist env = {0};

	if (env_read_text(&env, "file", data, bytes)) {
		for (size_t i = 0; i < env.count; i++)
			check(strchr(env.items[i], '=') > env.items[i]);
	}
	strlist_free(&env);
}

static void feed_numbers(const char *data, size_t bytes)
{
	char *text = malloc(bytes + 1);
	uint64_t value;

	check(text != NULL);
	memcpy(text, data, bytes);
	text[bytes] = 0;
	(void)parse_size(text, &value);
	if (parse_seconds(text, &value))
		check(value <= 1000000001ull * 1000000000);
	if (parse_number(text, 1000, &value))
		check(value <= 1000);
	(void)parse_seed(text, &value);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	if (bytes == 0)
		return 0;
	const char *rest = (const char *)data + 1;

	switch (data[0] % 4) {
	case 0:
		feed_control(rest, bytes - 1);
		break;
	case 1:
		feed_settings(rest, bytes - 1);
		break;
	case 2:
		feed_numbers(rest, bytes - 1);
		break;
	default:
		(void)erofs_check(data + 1, bytes - 1 < EROFS_HEAD_BYTES ? bytes - 1 : EROFS_HEAD_BYTES, bytes - 1);
	}
	return 0;
}
