/*
 * init: process 1 of the Linux side. Mounts /proc, runs the program named by its arguments (the words after "--" on
 * the kernel's command line), waits for it and restarts the machine, which ends QEMU under -no-reboot.
 */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (mount("proc", "/proc", "proc", 0, NULL) != 0) {
		perror("init: /proc");
	}
	if (argc > 1) {
		pid_t pid = fork();
		if (pid == 0) {
			execv(argv[1], argv + 1);
			perror(argv[1]);
			_exit(127);
		}
		while (pid > 0 && waitpid(pid, NULL, 0) != pid) {
		}
	}
	reboot(RB_AUTOBOOT);
	perror("init: restart");
	return 1;
}
