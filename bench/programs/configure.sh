# A configure script of autoconf's, with the checks that C packages make.
set -e
rm -rf /tmp/configure
mkdir -p /tmp/configure
cd /tmp/configure
/bin/sh /bench/configure
