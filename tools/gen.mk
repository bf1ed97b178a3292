# Pages that are made from the sources.

doc/syscalls.md: $(wildcard kernel/syscall/rows/*.def) kernel/syscall/rows.h tools/syscalls.py
	tools/syscalls.py $(CC) > $@.new
	mv $@.new $@
