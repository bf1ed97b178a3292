# strace follows a pipeline, attaches, injects and counts: what it shows of calls whose order and values are determined.
clean() { sed -E 's/^\[pid +[0-9]+\] //; s/0x[0-9a-f]+/ADDR/g; s/child_tidptr=[^ )]*/child_tidptr/; s/pid=[0-9]+/pid=N/g; s/(= )[0-9]{2,}$/\1N/; s/si_([us])time=[^,}]*/si_\1time=N/g; s/wait4\([0-9-]+/wait4(N/; s/ +=/ =/' | grep -v resumed; }
strace -f -e trace=execve,pipe2,dup2 -o /tmp/out sh -c 'echo one | tr a-z A-Z | cat >/tmp/result'; echo "status $?"; cat /tmp/result
cut -d' ' -f2- /tmp/out | sed 's/^ *//' | clean | grep -E 'execve|dup2|exited' | sed -E 's/\/\* .* \*\//ENV/; s/( <unfinished ...>|\) += .*)$//' | sort
strace -e trace=write,exit_group,openat -e signal=none cat /etc/debian_version /no/such 2>&1 | clean | grep -v -E 'ld.so|\.so|locale'
strace -f -e trace=none -e signal=all sh -c 'kill -USR1 $$' 2>&1 | clean | sed -E 's/si_uid=[0-9]+/si_uid=N/'; strace -e trace=getpid -o /dev/null sh -c 'exit 42'; echo "status $?"
strace -e inject=getuid,geteuid:retval=77 -e trace=getuid,geteuid id -u 2>&1 | clean | sort -u; strace -e inject=openat:error=EMFILE:when=3+ cat /etc/passwd 2>&1 | grep -c 'INJECTED'
strace -c -e trace=write sh -c 'echo a; echo b' 2>&1 | awk '$NF == "write" { print $4, $NF } NF == 1 { print }'
sleep 1000 & sleeper=$!; until grep -q nanosleep /proc/$sleeper/wchan; do :; done; strace -p $sleeper -e trace=clock_nanosleep -o /tmp/attached 2>/dev/null & tracer=$!
until grep -q 'TracerPid:.[1-9]' /proc/$sleeper/status; do sleep 0.05; done; until ps -o stat= -p $sleeper | grep S; do :; done; kill -INT $tracer; wait $tracer; grep -c nanosleep /tmp/attached; grep TracerPid /proc/$sleeper/status; ps -o stat= -p $sleeper; kill $sleeper; wait $sleeper; echo "the sleeper ended with $?"
strace -f -q -e trace=exit_group bash -c '(exit 3); (exit 4) & wait $!; exit 5' 2>&1 | clean | sort; strace -f -o '|cat >/tmp/piped' true; grep -c execve /tmp/piped
ulimit -S -c unlimited; cd /tmp && rm -f core && (sh -c 'kill -ABRT $$'; echo "status $?") 2>/dev/null; test -s core && od -A n -t x1 -N 20 core | tr -s ' '; test "$(stat -c %a core)" = 600 && echo private; rm -f core
