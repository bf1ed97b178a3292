/* The producer of the lecture notes' example of POSIX shared memory, written after their description. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 4096 /* bytes of the shared memory object */
#define NAME "OS"

int main(void)
{
	const char *messages[] = {"Hello World!", "message 0", "message 1", "message 2"};
	int fd = shm_open(NAME, O_CREAT | O_RDWR, 0666); /* the name made, if there is none */
	char *start, *at;

	if (fd < 0 || ftruncate(fd, SIZE) < 0) {
		perror("shm_open");
		return 1;
	}
	start = at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (start == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (unsigned i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		at += sprintf(at, "%s\n", messages[i]); /* each behind the one before */
	printf("the producer has written %ld bytes to %s\n", (long)(at - start), NAME);
	return 0;
}
