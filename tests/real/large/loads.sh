# stress-ng's classes for files and memory, each checking what it reads, and hackbench's forms. Only what ended wrongly is
# told in full: a class that cannot work in a root in memory says so on Linux too.
load() { # NAME...: 2 workers, one second
	for name; do
		timeout -k 5 200 stress-ng "--$name" 2 --verify --timeout 1s --no-rand-seed >/tmp/load 2>&1
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
	msync munmap remap resources shm shm-sysv stack stackmmap tmpfs vm vm-addr vm-rw vm-segv
load clone exec fork vfork zombie
for form in '' -p; do
	for way in -P -T; do
		hackbench $form $way -g 2 -f 5 -l 20 | grep -c Time
	done
done
