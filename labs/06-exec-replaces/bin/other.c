/* The program that takes the place of the first. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("process %d runs the other program\n", getpid());
	return 7;
}
