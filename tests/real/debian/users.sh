# su, passwd, newgrp, setpriv, capsh, getcap, setfacl ...: set-user-id programs, capabilities of files, lists of access.
cd /tmp
printf 'alice:x:2000:2000::/home/alice:/bin/bash\nbob:x:2001:2001::/home/bob:/bin/bash\n' >>/etc/passwd
printf 'alice:!:19000:0:99999:7:::\nbob:!:19000:0:99999:7:::\n' >>/etc/shadow
printf 'alice:x:2000:\nbob:x:2001:\ncrew:x:2002:alice,bob\n' >>/etc/group
mkdir -p /home/alice /home/bob; chown alice: /home/alice; chown bob: /home/bob
stat -c '%a %U %G %n' /usr/bin/su /usr/bin/passwd /usr/bin/newgrp /etc/shadow
su alice -c 'id; echo $HOME $USER'; su - bob -c 'id; pwd; umask'
as() { setpriv --reuid "$1" --regid "$1" --init-groups --reset-env "${@:2}"; }
as alice id; as alice cat /etc/shadow; as alice ls /root; as alice touch /etc/x /home/bob/x; as alice kill -0 1
as alice bash -c 'cd; umask 027; touch a; mkdir d; stat -c "%a %U %G %n" a d; chown bob a; chgrp crew a && stat -c %G a; chgrp root a; chmod 2755 a; stat -c %a a'
as alice newgrp crew <<X
id
X
sg crew -c id
# set-user-id and capabilities of copies
cp /usr/bin/id sid; chmod 4755 sid; chown bob sid; stat -c %a sid; chmod 4755 sid; as alice ./sid -u; as alice setpriv --no-new-privs ./sid -u
cp /usr/bin/cat mycat; setcap cap_dac_read_search+ep mycat; getcap mycat; as alice ./mycat /etc/shadow | wc -l; as alice setpriv --no-new-privs ./mycat /etc/shadow
getfattr -d -m - -e hex mycat; setcap cap_dac_read_search+p mycat; as alice ./mycat /etc/shadow; cp --preserve=xattr mycat other; getcap other; cp mycat plain; getcap plain; echo >>mycat; getcap mycat; setcap -r other; getcap other
setcap nonsense mycat; setcap -v cap_chown+ep plain
capsh --drop=cap_chown -- -c 'chown bob plain'; capsh --has-p=cap_kill; echo $?; capsh --drop=cap_kill --has-b=cap_kill >/dev/null; echo $?
capsh --keep=1 --user=alice --inh=cap_kill --addamb=cap_kill -- -c 'grep -E "^Cap(Inh|Prm|Eff|Amb)" /proc/self/status'
capsh --secbits=47 --print | grep -A 6 Securebits
setpriv --reuid 1000 --clear-groups --inh-caps +net_raw --ambient-caps +net_raw grep -E '^Cap(Inh|Prm|Eff|Amb)|^Groups|NoNew|^Uid' /proc/self/status
setpriv --dump | grep -vi -E 'bounding|selinux|apparmor|capabilit'
# lists of access
touch l; setfacl -m u:alice:rw,g:crew:r l; getfacl l; stat -c '%A %a' l; ls -l l | cut -c 1-11; chmod g-w l; getfacl -c l; as alice bash -c 'echo x >>l'; chmod g+w l; as alice bash -c 'echo x >>l' && cat l
mkdir t; setfacl -d -m u:bob:rwx,g::rx,o::- t; umask 077; touch t/f; mkdir t/s; getfacl t t/f t/s; setfacl -k t; setfacl -b l; getfacl -c l t
getfacl -R t >saved; setfacl -R -b t; setfacl --restore=saved; getfacl -R t | cmp - saved && echo restored
cp -a t u; getfacl -c u/s; tar --acls --xattrs -cf a.tar t sid; mkdir x; tar --acls --xattrs -C x -xpf a.tar; getfacl -c x/t/s; stat -c '%a %U' x/sid
setfacl -m u:nobody-here:r l; setfacl -d -m u:bob:r l; as bob setfacl -m u:bob:rwx l; getfacl none
# attributes
setfattr -n user.color -v blue l; getfattr -d l; as bob setfattr -n user.color -v red l; getfattr -n user.none l; setfattr -x user.color l; getfattr -d l; setfattr -n trusted.t -v 1 l; getfattr -d -m . l; as bob getfattr -d -m . l
# directories that are sticky or hand their group on
mkdir -m 1777 st; touch st/root; as alice rm -f st/root; as alice touch st/own; as bob rm -f st/own; as alice rm st/own; ls st
mkdir -m 2775 sg; chgrp crew sg; as alice bash -c 'touch sg/f; mkdir sg/d'; stat -c '%a %U %G %n' sg/f sg/d
chroot --userspec=alice:crew --groups=bob / id; runuser -u bob -- id -un; as alice chroot / true; as alice mknod n c 1 3; as alice hostname other; as alice renice -n -5 $$ 2>&1 | sed "s/for [0-9]*/for N/"; as alice prlimit --nproc=10:20 bash -c 'ulimit -Hu 30'
cat /proc/sys/kernel/cap_last_cap /proc/sys/kernel/overflowuid; grep -E '^(Uid|Gid|NoNewPrivs)' /proc/self/status
