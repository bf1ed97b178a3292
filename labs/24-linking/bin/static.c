/* The static one. */
#include <sys/prctl.h>

int main(void)
{
	prctl(PR_SET_NAME, "main");
	return 0;
}
