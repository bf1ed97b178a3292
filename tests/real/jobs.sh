# Processes from a shell: background jobs, wait, kill, traps, many at once.
# Whether a shell says "Terminated" depends on when it looks: its stderr is left out.
exec 2>/dev/null
sleep 0.2 & a=$!
(exit 7) & b=$!
wait $b; echo "b $?"
wait $a; echo "a $?"
sleep 100 & p=$!
kill $p; wait $p; echo "killed $?"
sleep 100 & p=$!
kill -9 $p; wait $p; echo "killed -9 $?"
trap 'echo got USR1' USR1
kill -USR1 $$; echo after
trap 'echo got TERM' TERM
(sleep 0.2; kill -TERM $$) &
wait; echo "waited"
wait; echo "all $?"
trap - TERM USR1
trap '' INT; kill -INT $$; echo ignored; trap - INT
for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.$((10 - i)); exit $i) & done
s=0; wait; echo "ten done"
sh -c 'trap "echo exit trap" EXIT; trap "exit 9" TERM; kill -TERM $$; sleep 5'; echo $?
sh -c 'sleep 100 & kill -STOP $!; kill -CONT $!; kill $!; wait $!; echo $?'
(sh -c 'echo $PPID' | grep -q . && echo ppid)
echo $$ | grep -q '^[0-9][0-9]*$' && echo pid
sh -c 'echo in child; exec echo replaced; echo never'
timeout 0.3 sleep 10; echo "timeout $?"
timeout 10 true; echo "in time $?"
(trap 'echo sub exit' EXIT; echo in sub)
sleep 50 & a=$!; sleep 51 & b=$!; sleep 52 & c=$!
sleep 0.1; ps -o comm,args | grep '[s]leep 5' | sort
kill $a $b $c; wait 2>/dev/null; ps -o args | grep -c '[s]leep 5'
seq 1 200 | xargs -n 1 -P 8 sh -c 'echo $((${0} * 2))' | sort -n | md5sum
mkfifo /tmp/fifo; (seq 1 1000 >/tmp/fifo) & wc -l </tmp/fifo; wait
i=0; while [ $i -lt 150 ]; do /bin/true; i=$((i + 1)); done; echo "$i programs"
yes | head -n 100000 | wc -l
cat /proc/self/comm; ls /proc/self/fd | head -n 3 | tr '\n' ' '
nohup true 2>/dev/null; setsid sh -c 'echo session'; wait
