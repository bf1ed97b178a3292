/* The consumer of the lecture notes' example of POSIX shared memory, written after their description. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SIZE 4096
#define NAME "OS"

int main(void)
{
	int fd = shm_open(NAME, O_RDONLY, 0666); /* to read, where the producer had O_CREAT and O_RDWR */
	const char *start;

	if (fd < 0) {
		perror("shm_open");
		return 1;
	}
	start = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (start == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	printf("%s", start);
	if (shm_unlink(NAME) < 0)
		perror("shm_unlink");
	return 0;
}
