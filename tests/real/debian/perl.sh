# perl with forks, pipes, signals and waits; python beside it.
cd /tmp
perl -e 'my %h; $h{$_ % 1000} += $_ for 1..300000; print join(",", map { "$_=$h{$_}" } (sort { $a <=> $b } keys %h)[0..4]), "\n"'
cat >fork.pl <<'P'
use strict; use warnings; use POSIX ":sys_wait_h"; use IO::Handle; use Time::HiRes qw(sleep);
$| = 1;
my @pids;
for my $n (1..20) { my $pid = fork // die; if (!$pid) { exit $n } push @pids, $pid }
my $sum = 0; for (@pids) { waitpid $_, 0; $sum += $? >> 8 } print "sum of the statuses: $sum\n";
pipe(my $r, my $w); my $pid = fork; if (!$pid) { close $r; print $w "line $_\n" for 1..50000; exit 0 }
close $w; my $lines = 0; $lines++ while <$r>; waitpid $pid, 0; print "lines: $lines\n";
open(my $from, "-|", "seq", 1, 1000); my $total = 0; $total += $_ while <$from>; close $from; print "total $total $?\n";
open(my $to, "|-", "sort -rn | head -n 2"); print $to "$_\n" for 1..500; close $to;
my $got = 0; $SIG{USR1} = sub { $got++ }; kill USR1 => $$ for 1..3; print "signals $got\n";
$SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; sleep 10; }; print "ended by $@";
$SIG{CHLD} = sub { while ((my $p = waitpid -1, WNOHANG) > 0) { $got += 100 } };
if (!fork) { exit 0 } sleep 0.05 until $got >= 100; print "reaped $got\n";
$SIG{CHLD} = "DEFAULT"; # or it takes a child that ends before its parent waits for it
my $depth = 0; sub deep { my $n = shift; my $p = fork; if (!$p) { exit($n == 0 ? 0 : deep($n - 1)) } waitpid $p, 0; return ($? >> 8) + 1 } print "depth ", deep(30), "\n";
local $0 = "renamed"; open(my $c, "<", "/proc/$$/comm"); print <$c>; print join(" ", (times)[0] < 100 ? "times" : "no"), "\n";
P
perl fork.pl
perl -MFile::Find -e 'my $n = 0; find(sub { $n++ if -f }, "/usr/share/perl"); print "$n files\n"'
perl -MDigest::SHA=sha256_hex -MMIME::Base64 -e 'print sha256_hex("x" x 1000000), " ", encode_base64("abc")'
perl -i -pe 's/a/b/g' fork.pl && md5sum fork.pl; perl -MData::Dumper -e '$Data::Dumper::Sortkeys=1; print Dumper({a=>[1,2],b=>{c=>3}})'
perl -Mthreads -e 'print join(" ", map { $_->join } map { my $n = $_; threads->create(sub { my $s = 0; $s += $_ for 1..$n * 1000; $s }) } 1..8), "\n"'
perl -e 'exec "sh", "-c", "echo exec; exit 4"'; echo $?; perl -e 'kill 9, $$'; echo $?; perl -e 'open F, "<", "/none" or print "$!\n"; mkdir "/proc/x" or print "$!\n"; print "$^O\n"'
cat >p.py <<'P'
import os, sys, json, hashlib, threading, subprocess, signal, time, select, tempfile, struct
print(sys.version_info[:2], json.dumps({"a": [1, 2.5, None]}, sort_keys=True), hashlib.sha256(b"x").hexdigest())
print(subprocess.run(["sh", "-c", "cat; exit 5"], input=b"in\n", capture_output=True).stdout, subprocess.call(["false"]))
total = []; ts = [threading.Thread(target=lambda n=n: total.append(sum(range(n)))) for n in range(50)]
[t.start() for t in ts]; [t.join() for t in ts]; print(sum(total))
r, w = os.pipe(); pid = os.fork()
if pid == 0:
    os.write(w, b"child"); os._exit(3)
print(os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
p = select.poll(); p.register(r, select.POLLIN); print(p.poll(10)); os.write(w, b"x"); print(p.poll(10)[0][1])
e = select.epoll(); e.register(r, select.EPOLLIN | select.EPOLLET); print(e.poll(1)[0][1])
signal.signal(signal.SIGALRM, lambda *a: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.05); time.sleep(0.2)
with tempfile.TemporaryFile() as f: f.write(struct.pack("<Q", 7)); f.seek(0); print(f.read())
print(sorted(os.listdir("/"))); print(os.stat("/etc/passwd").st_mode, os.access("/root", os.W_OK), os.path.realpath("/bin"))
print(os.sched_getaffinity(0) != set(), os.cpu_count() > 0, os.getpriority(os.PRIO_PROCESS, 0), os.get_terminal_size if 0 else "")
P
python3 p.py 2>&1; python3 -c 'import sys; sys.exit(9)'; echo $?
