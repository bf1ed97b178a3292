# Ten commands, each a process.
true
ls /
cat /etc/passwd
grep root /etc/passwd
sed s/root/toor/ /etc/passwd
head -n 1 /etc/passwd
cut -d : -f 1 /etc/passwd
sort /etc/passwd
wc -l /etc/passwd
basename /usr/bin/true
