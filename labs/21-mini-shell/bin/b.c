/* The second: makes capital letters of small ones. */
#include <ctype.h>
#include <unistd.h>

int main(void)
{
	char bytes[64];
	long count;

	while ((count = read(0, bytes, sizeof(bytes))) > 0) {
		for (long i = 0; i < count; i++)
			bytes[i] = (char)toupper(bytes[i]);
		write(1, bytes, (unsigned long)count);
	}
	return 0;
}
