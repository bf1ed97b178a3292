/*
 * init_disk: process 1 of the Linux side when its root is a disk. Loads the modules in /modules in the order below,
 * mounts the disk, runs the program named by its arguments inside, and restarts the machine, which ends QEMU.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const modules[] = {"virtio", "virtio_ring", "virtio_mmio", "virtio_blk"};

static void load(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0)
		perror(path);
	close(fd);
}

static void run(char **words)
{
	if (mount("/dev/vda", "/disk", "ext4", MS_RDONLY, "") != 0 || chroot("/disk") != 0 || chdir("/") != 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) != 0 || mount("tmp", "/tmp", "tmpfs", 0, NULL) != 0) {
		perror("init_disk: the disk");
		_exit(126);
	}
	execv(words[0], words);
	perror(words[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	mkdir("/disk", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	for (unsigned i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		load(modules[i]);
	if (argc > 1) {
		pid_t pid = fork();
		if (pid == 0)
			run(argv + 1);
		while (pid > 0 && waitpid(pid, NULL, 0) != pid) {
		}
	}
	reboot(RB_AUTOBOOT);
	perror("init_disk: restart");
	return 1;
}
