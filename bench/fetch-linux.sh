#!/bin/sh
# Fetch Debian's Linux for the bench, unpacked into DIR and installed nowhere: DIR/vmlinuz, DIR/version
# and the modules that a disk needs.
set -eu

dir=$1
meta=linux-image-cloud-amd64

depends() {
	apt-cache depends "$meta" 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

mkdir -p "$dir"
cd "$dir"
package=$(depends)
if [ -z "$package" ] || ! apt-get -q download "$package"; then
	echo "fetch-linux: refreshing the package lists" >&2
	if [ "$(id -u)" = 0 ]; then
		apt-get -q update >&2
	else
		sudo apt-get -q update >&2
	fi
	package=$(depends)
	[ -n "$package" ] || { echo "fetch-linux: apt knows no $meta (Debian 12 is expected)" >&2; exit 1; }
	apt-get -q download "$package"
fi
rm -rf unpacked
dpkg-deb -x "$package"_*.deb unpacked
cp unpacked/boot/vmlinuz-* vmlinuz
for module in virtio virtio_ring virtio_mmio virtio_blk; do
	cp "$(find unpacked/lib/modules -name "$module.ko")" .
done
dpkg-deb -f "$package"_*.deb Package Version | sed 's/^[A-Za-z]*: //' | tr '\n' ' ' >version
rm -rf unpacked "$package"_*.deb
