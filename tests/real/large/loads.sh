# stress-ng's classes for files, memory, processes, signals, time, communication and sockets, each checking what it reads, and
# hackbench's forms. Only what ended wrongly is told in full: a class that cannot work in a root in memory says so on Linux too.
# Not `resources`: it sends SIGALRM to numbers in memory that it never wrote (stress-ng 0.15.06), which may be anybody's pids.
#
# Namu's counts of what it has given out (/proc/namu/resources) are compared before and after each class, and the kernel's look
# at itself finds nothing.
seconds=1
options=

settled_counts() { # FILE BEFORE: the counts, when nothing is above BEFORE any more or what lets go late has had its time
	tries=0
	while counts >"$1" && grown "$2" "$1" >/dev/null && [ $tries -lt 30 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}

# Without names of files that nobody uses, and without System V objects that a class left: what its child had just made when
# it was killed. What caches keep ready (kept_*) comes and goes; pages lie on the stacks of processors, up to some for each.
counts() { ipcrm --all && echo 3 >/proc/sys/vm/drop_caches && grep -v '^kept_' /proc/namu/resources; }

grown() { # BEFORE AFTER: tells what has grown, fails when nothing has
	awk -v spare="$((16 + 2 * $(nproc)))" 'NR == FNR { before[$1] = $2; next }
		$2 > before[$1] + ($1 ~ /^pages_/ ? spare : 0) { print "# " $1 " was " before[$1] + 0 ", is " $2; bad = 1 }
		END { exit !bad }' "$1" "$2"
}

run() { # NAME: 2 workers
	timeout -k 5 200 stress-ng "--$1" 2 $options --verify --timeout "${seconds}s" --no-rand-seed >/tmp/load 2>&1
	status=$?
}

look_for_leaks() { # NAME: after its run
	settled_counts /tmp/after /tmp/before
	grown /tmp/before /tmp/after >/tmp/grown && sed "s/^#/# $1 leaks:/" /tmp/grown
	grep -q ' findings 0$' /proc/namu/check || cat /proc/namu/check
}

load() { # NAME...
	for name; do
		[ ! -e /proc/namu ] || counts >/tmp/before
		run "$name"
		echo "$name${options:+ $options} $status"
		[ $status = 0 ] || tail -n 8 /tmp/load
		[ ! -e /proc/namu ] || look_for_leaks "$name"
	done
}

# Linux starts a network namespace with its loopback interface down.
python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))'

cd /tmp || exit 1
# What is made once is there before the first counts: the program's own pages, the files that are written below.
for file in load before after grown; do echo >/tmp/$file; done
run access
load access chdir chmod chown copy-file dentry dir dirdeep dnotify dup eventfd fallocate fcntl fifo file-ioctl filename flock \
	fpunch fstat full getdent hdd inode-flags inotify io lease link locka lockf lockofd mknod null open pipe pipeherd procfs \
	readahead rename seek sendfile sigpipe splice symlink sync-file tee touch utime vm-splice xattr zero
load bad-altstack brk bigheap madvise malloc memfd mincore mlock mmap mmapaddr mmapfixed mmapfork mmapmany mprotect mremap \
	msync munmap remap shm shm-sysv stack stackmmap tmpfs vm vm-addr vm-rw vm-segv
load clone daemon exec fork personality pidfd prctl pthread ptrace rlimit session vfork vforkmany wait zombie
load affinity cyclic nice schedpolicy switch yield
load clock get itimer nanosleep poll epoll sleep sysinfo timer timerfd
load kill sigabrt sigchld sigfd sigfpe sigio signal sigpending sigq sigrt sigsegv sigsuspend sigtrap
load fault futex mq msg sem sem-sysv userfaultfd
load sock sockabuse sockfd sockmany sockpair udp
options='--sock-domain ipv6 --udp-domain ipv6'
load sock udp
options='--sock-opts random --sock-nodelay'
load sock
options=
# It fails when its time is over before its first thread runs, which a busy host can bring about.
seconds=5
load mutex
for form in '' -p; do
	for way in -P -T; do
		hackbench $form $way -g 2 -f 5 -l 20 | grep -c Time
	done
done
