# stress-ng's classes for files, memory, processes, signals and time, each checking what it reads, and hackbench's forms. Only
# what ended wrongly is told in full: a class that cannot work in a root in memory says so on Linux too.
# Not `resources`: it sends SIGALRM to numbers in memory that it never wrote (stress-ng 0.15.06), which may be anybody's pids.
seconds=1
load() { # NAME...: 2 workers
	for name; do
		timeout -k 5 200 stress-ng "--$name" 2 --verify --timeout "${seconds}s" --no-rand-seed >/tmp/load 2>&1
		status=$?
		echo "$name $status"
		[ $status = 0 ] || tail -n 8 /tmp/load
	done
}
cd /tmp || exit 1
load access chdir chmod chown copy-file dentry dir dirdeep dnotify dup eventfd fallocate fcntl fifo file-ioctl filename flock \
	fpunch fstat full getdent hdd inode-flags inotify io lease link locka lockf lockofd mknod null open pipe pipeherd \
	readahead rename seek sendfile sigpipe splice symlink sync-file tee touch utime vm-splice xattr zero
load bad-altstack brk bigheap madvise malloc memfd mincore mlock mmap mmapaddr mmapfixed mmapfork mmapmany mprotect mremap \
	msync munmap remap shm shm-sysv stack stackmmap tmpfs vm vm-addr vm-rw vm-segv
load clone daemon exec fork personality pidfd prctl pthread ptrace rlimit session vfork vforkmany wait zombie
load affinity cyclic nice schedpolicy switch yield
load clock get itimer nanosleep poll epoll sleep sysinfo timer timerfd
load kill sigabrt sigchld sigfd sigfpe sigio signal sigpending sigq sigrt sigsegv sigsuspend sigtrap
load fault futex mq msg sem sem-sysv sockpair userfaultfd
# It fails when its time is over before its first thread runs, which a busy host can bring about.
seconds=5
load mutex
for form in '' -p; do
	for way in -P -T; do
		hackbench $form $way -g 2 -f 5 -l 20 | grep -c Time
	done
done
