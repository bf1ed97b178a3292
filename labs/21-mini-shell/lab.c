/* What a shell does for `a | b | c &`. */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 3

/* Starts one program of the pipeline: `in` and `out` become its standard input and output, -1 leaves it as it is. */
static void start(const char *path, int in, int out, int unused)
{
	if (fork() != 0)
		return;
	setpgid(0, 0);
	if (in >= 0)
		dup2(in, 0);
	if (out >= 0)
		dup2(out, 1);
	close(in);
	close(out);
	close(unused);
	execl(path, path, NULL);
	_exit(127);
}

int main(void)
{
	static const char *const programs[COUNT] = {"/bin/a", "/bin/b", "/bin/c"};
	int in = -1;

	for (int i = 0; i < COUNT; i++) {
		int ends[2] = {-1, -1};

		if (i + 1 < COUNT && pipe(ends) < 0)
			return 1;
		start(programs[i], in, ends[1], ends[0]);
		close(in);
		close(ends[1]);
		in = ends[0];
	}
	prctl(PR_SET_NAME, "prompt"); /* the & : the next command could be typed now */
	while (wait(NULL) > 0)
		;
	return 0;
}
