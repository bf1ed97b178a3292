# ps, pgrep, pstree, top, lsof, fuser, free, vmstat ... about processes whose figures are determined.
cat >/tmp/tree.sh <<'P'
sleep 1001 & sleep 1002 & bash -c 'sleep 1003 & sleep 1004 & wait' & wait
P
exec 7</etc/passwd 8>/tmp/out
setsid bash /tmp/tree.sh & top=$!
# All six have come to where they wait: processes that run, or are not themselves yet, are told otherwise.
until [ "$(cat $(printf '/proc/%s/wchan ' $(pgrep -s $top)) 2>/dev/null | grep -oE 'nanosleep|do_wait|wait4' | wc -l)" = 6 ]; do sleep 0.1; done
ps --no-headers -o ppid= --pid "$(pgrep -f 'sleep 1001')" | grep -cw "$top"
ps --no-headers -o stat,ni,nlwp,cls,user,group,tty,comm,args -C sleep --sort=args
ps --no-headers -o pid,ppid,pgid,sid,tpgid,stat,comm --pid $top,$(pgrep -d, -f 'sleep 100[1-4]') --sort=pid | sed -E "s/\b$top\b/TOP/g; s/^ *[0-9]+/PID/; s/ [0-9]{2,} / N /g" | sed 's/  */ /g' | cut -d' ' -f 6- | sort
pstree -T $top; pstree -a -T $top; pgrep -P $top -l | cut -d' ' -f2 | sort; pgrep -s $top -c; pgrep -u root -x sleep -c
ps -e --no-headers -o comm | grep -c -x sleep; ps -o args= --ppid $top | sort; ps -L -o lwp= $top | wc -l
ps -o rss=,vsz=,sz=,pmem= $top | awk '{ print ($1 > 500), ($2 > 2000), ($3 * 4 == $2), $4 + 0 < 10 }'
ps -o etimes=,time=,start=,lstart= $top | awk '{ print $1 < 100, $2 }'
top -b -n 1 -p $top | sed -n '7,8p' | sed -E "s/ +/ /g" | awk 'NR == 1 { print } NR == 2 { print $2, $3, $4, $8, $12, ($5 > 0) + ($6 > 0) + ($7 > 0) }'
top -b -n 1 | head -n 5 | sed -E 's/[0-9:.]+/N/g; s/[ ,]+//g; s/up.*load/upload/; s/Nusers?/Nuser/; s/NN+/N/g'
lsof -p $$ -a -d 7,8 -F ftn 2>/dev/null | sed 1d; lsof -t /tmp/out | grep -cx $$; lsof -p $top -a -d cwd,rtd,txt -F fn 2>/dev/null | sed 1d; lsof -p $top 2>/dev/null | awk 'NR == 1 { print NF } $4 == "mem" { print $5, $9 }' | sort
fuser /tmp/out 2>/dev/null | tr ' ' '\n' | grep -cx $$; fuser -v /tmp/out >/tmp/users 2>&1; grep -v '^Cannot open' /tmp/users | sed 's/  */ /g; s/ [0-9][0-9]* / N /'| sort -u
kill -STOP $top; until ps -o stat= $top | grep T; do :; done; kill -CONT $top; until ps -o stat= $top | grep S; do :; done; renice -n 7 $top >/dev/null; ps -o ni=,stat= $top
(exec -a odd\ name sleep 1005) & until grep -q nanosleep /proc/$!/wchan; do :; done; ps -o args=,comm= $!; pkill -f 1005; wait $! 2>/dev/null; echo "ended with $?"
prlimit -p $top --nofile=100:200; prlimit -p $top --nofile --noheadings -o SOFT,HARD; taskset -p $top | grep -c mask; chrt -p $top | sed 's/pid [0-9]*/pid N/'
pwdx $top | sed 's/^[0-9]*/N/'; pidof sleep | wc -w; killall -0 sleep; echo "killall $?"; exec 6>/tmp/locked; flock 6; lslocks -n -o COMMAND,TYPE,MODE,START,END,PATH -p $$; kill -l TERM; pmap -q $top | awk '{ print $NF }' | grep -E '^(bash|ld|libc|\[)' | sort -u; pmap -x $top | tail -n 1 | awk '{ print ($3 > 1000), ($4 > 100), $5 > 0 }'
free -b | awk 'NR == 2 { print ($2 > 0), ($3 <= $2 && $4 <= $2), ($7 <= $2) } NR == 3 { print $2 >= 0 }'; vmstat 1 1 | wc -l; vmstat -s | awk '{ $1 = ""; print }' | wc -l; uptime | grep -c 'load average'; w -h | wc -l; slabtop -o -s c 2>/dev/null | head -n 1 | cut -d: -f1
tload -V >/dev/null; lsns >/dev/null 2>&1; sysctl -n kernel.ostype; sysctl -n kernel.pid_max vm.overcommit_memory fs.pipe-max-size; peekfd -V 2>/dev/null; prtstat $top | sed -n 's/^\(Process: [a-z]*\).*/\1/p'
kill -TERM -- -$top; wait $top 2>/dev/null; echo "the tree ended with $?"; while pgrep -r S,R,D -f 'sleep 100[1-4]' >/dev/null; do :; done; pgrep -r S -c -f 'sleep 100[1-4]'; true
