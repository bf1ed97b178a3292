/* The first of the pipeline: makes lines. */
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 3; i++)
		write(1, "line\n", 5);
	return 0;
}
