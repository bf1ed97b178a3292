# The dynamic programs of tests/dynamic with glibc and with musl, each with its own loader.
for libc in glibc musl; do echo "$libc:"; sh /scripts/dynamic/run.sh /scripts/dynamic/$libc; done
ldd /scripts/dynamic/glibc/main | sed 's/ (0x.*//' | sort; /lib64/ld-linux-x86-64.so.2 --list /bin/true | sed 's/ (0x.*//'
/lib64/ld-linux-x86-64.so.2 /bin/echo by the loader; /lib/ld-musl-x86_64.so.1 --library-path /scripts/dynamic/musl /scripts/dynamic/musl/main wait & until grep -qE 'pause|sigsuspend' /proc/$!/wchan; do :; done; kill $!
setarch -R /scripts/dynamic/glibc/places | head -n 5; setarch -R cat /proc/self/personality
LD_SHOW_AUXV=1 /bin/true | cut -d: -f1 | grep -v -E 'AT_(RSEQ|MINSIGSTKSZ|\?|HWCAP3)' | sort
LD_DEBUG=libs /bin/true 2>&1 | grep -c 'calling init'; LD_TRACE_LOADED_OBJECTS=1 /bin/ls | sed 's/ (0x.*//'
sysctl vm.overcommit_memory
