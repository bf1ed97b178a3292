# The configure script of a real package, its compiler and its make: hundreds of forks, pipes, temporary files.
cd /tmp && tar xf /work/hello_*.orig.tar.gz && cd hello-* || exit
CONFIG_SHELL=/bin/bash SHELL=/bin/bash CC=tcc bash ./configure --disable-nls --disable-dependency-tracking 2>&1
echo "configure ended with $?"
grep -E '^#(define|undef)' config.h | md5sum
grep -E '^S\[' config.status | grep -v -E 'PID|TIME' | md5sum
