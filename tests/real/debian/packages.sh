# dpkg and apt on the root's own database.
dpkg --verify 2>&1 | sort | md5sum; dpkg --verify 2>&1 | sort | head; dpkg -l | md5sum; dpkg -L coreutils | md5sum; dpkg -S /bin/ls; dpkg-query -W -f '${Package} ${Version}\n' | md5sum
dpkg --print-architecture; dpkg --compare-versions 1.2-3 lt 1.10 && echo older; dpkg --audit; dpkg -s bash | grep -E '^(Package|Status|Version)'
apt list --installed 2>/dev/null | md5sum; apt-cache policy bash 2>&1 | head -n 3; apt-mark showmanual | md5sum; apt-get -s remove less 2>&1 | tail -n 2; apt-config dump | wc -l
mkdir -p /tmp/p/DEBIAN /tmp/p/usr/share/made; printf 'Package: made\nVersion: 1.0\nArchitecture: all\nMaintainer: tester <t@example.org>\nDescription: made here\n' >/tmp/p/DEBIAN/control
echo data >/tmp/p/usr/share/made/file; printf '#!/bin/sh\necho "postinst $1"\n' >/tmp/p/DEBIAN/postinst; chmod 755 /tmp/p/DEBIAN/postinst
dpkg-deb -b /tmp/p /tmp/made.deb; dpkg -c /tmp/made.deb | awk '{ print $1, $2, $6 }'; dpkg -i /tmp/made.deb 2>&1; dpkg -s made | head -n 2; cat /usr/share/made/file; dpkg -V made; echo changed >/usr/share/made/file; dpkg -V made; dpkg -P made 2>&1; ls /usr/share/made 2>&1
