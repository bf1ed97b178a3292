/* The last: counts the bytes. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char bytes[64];
	long count, all = 0;

	while ((count = read(0, bytes, sizeof(bytes))) > 0)
		all += count;
	printf("%ld bytes\n", all);
	return all != 15;
}
