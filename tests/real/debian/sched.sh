# chrt, nice, renice, taskset, ionice, prlimit, ulimit, timeout: policies, weights, affinity and limits as Debian's tools set and show them.
pids() { sed -E 's/pid [0-9]+/pid N/; s/(for|priority for) [0-9]+ \(/\1 N (/; s/^[0-9]+ \(/N (/; s/(line [0-9]+:) +[0-9]+/\1 N/'; }
{
for policy in -o -b -i; do chrt $policy 0 sh -c 'chrt -p $$; nice; grep -E "^(prio|policy)" /proc/$$/sched | tr -d " "'; done
for policy in -f -r; do chrt $policy 10 sh -c 'chrt -p $$; ps -o cls=,rtprio=,pri=,ni= -p $$'; chrt -R $policy 7 sh -c 'chrt -p $$; sh -c "chrt -p \$\$"'; done
chrt -m; chrt -f 100 true; echo "status $?"; chrt -o 1 true; echo "status $?"; chrt -r -p 5 $$; chrt -p $$; chrt -o -p 0 $$; chrt -p $$; chrt -p 99999999; echo "status $?"
nice; nice nice; nice -n 5 nice; nice -n 100 nice; nice -n -100 nice; nice -n -7 sh -c 'ps -o ni=,pri=,cls= -p $$; nice -n 3 nice'; nice -n x true; echo "status $?"
sleep 100 & renice -n 7 -p $!; ps -o ni= -p $!; renice --relative -n -2 -p $!; ps -o ni= -p $!; renice -n 4 -g $!; renice -n 30 -p $!; ps -o ni= -p $!; kill $!; wait $!; echo "status $?"; renice -n 1 -p 99999999; echo "status $?"
chrt -b -p 0 $$; setpriv --reuid 1000 --clear-groups sh -c 'nice -n -1 nice; chrt -f 1 true; chrt -i 0 chrt -p 0; renice -n -3 -p $$; renice -n 3 -p $$; renice -n 1 -p $$; renice -n 1 -p 1'; chrt -o -p 0 $$
taskset -c 0 nproc; taskset 1 taskset -cp $$ >/dev/null; taskset 1 sh -c 'taskset -p $$; grep Cpus_allowed: /proc/$$/status | tr -d 0,; nproc --all | grep -c .'; taskset -c 9999 true; echo "status $?"; taskset 0 true; echo "status $?"
ionice; ionice -c 3 ionice; ionice -c 2 -n 5 ionice; ionice -c 1 -n 2 ionice; ionice -c 9 true; echo "status $?"; ionice -c 3 -p $$; ionice -p $$
(ulimit -t 1; ulimit -St; ulimit -Ht; sh -c 'while :; do :; done'; echo "status $?"); (ulimit -f 1; head -c 5000 /dev/zero >/tmp/sched.big; echo "status $?"); wc -c </tmp/sched.big; rm /tmp/sched.big; (ulimit -n 4; exec 4</dev/null; echo "status $?")
prlimit --nofile=50:60 sh -c 'ulimit -Sn; ulimit -Hn; prlimit --nofile --noheadings -o SOFT,HARD'; prlimit --nofile=60:50 true; echo "status $?"
setpriv --reuid 1000 --clear-groups prlimit --nofile=10:9999999 true; echo "status $?"
} 2>&1 | pids
timeout 0.1 sleep 5; echo "status $?"; timeout -s KILL 0.1 sleep 5; echo "status $?"; timeout -k 0.1 2 sh -c 'trap "" TERM; while :; do sleep 0.05; done'; echo "status $?"; timeout --preserve-status 0.1 sleep 5; echo "status $?"; timeout 5 sh -c 'exit 3'; echo "status $?"; timeout --foreground 5 /nonexistent; echo "status $?"
