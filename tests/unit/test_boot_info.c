/* The kernel's command line, and the place of the root image on it. */
/* sources: kernel/lib/boot_info.c kernel/lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/boot_info.h"

static void words(void **state)
{
	char value[8];

	(void)state;
	boot_info.command_line = "  quiet a=1 ab=2 a=3  long=123456789 ";
	assert_true(boot_option("quiet", 0, value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(boot_option("a", 0, value, sizeof(value)));
	assert_string_equal(value, "1");
	assert_true(boot_option("a", 1, value, sizeof(value)));
	assert_string_equal(value, "3");
	assert_false(boot_option("a", 2, value, sizeof(value)));
	assert_false(boot_option("b", 0, value, sizeof(value)));
	assert_true(boot_option("long", 0, value, sizeof(value)));
	assert_string_equal(value, "1234567");
}

static void image_places(void **state)
{
	static const char *const bad[] = {
		"image=",
		"image=+",
		"image=1000",
		"image=1000+",
		"image=1000+0",
		"image=+1000",
		"image=1000+1000x",
		"image=1000-1000",
		"image=0x1000+1000",
		"image=1001+1000",
		"image=1000+1001",
		"image=fffffffffffff000+1000",
		"image=ffffffffffffe000+3000",
		/* more digits than a number has: cut off by the room for the value */
		"image=1000+1000000000000000000000000000000000000000000000000000001",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		boot_info = (struct boot_info){.command_line = bad[i]};
		const char *wrong = boot_image_option();
		if (!wrong)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(boot_info.image_bytes, 0);
	}
	boot_info = (struct boot_info){.command_line = "x image=10533000+29935000 image=1000+1000"};
	assert_null(boot_image_option());
	assert_int_equal(boot_info.image, 0x10533000);
	assert_int_equal(boot_info.image_bytes, 0x29935000);
	boot_info.command_line = "image=5000+5000";
	assert_null(boot_image_option());
	assert_int_equal(boot_info.image, 0x10533000);
	boot_info = (struct boot_info){.command_line = "quiet"};
	assert_null(boot_image_option());
	assert_int_equal(boot_info.image_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words), cmocka_unit_test(image_places)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
