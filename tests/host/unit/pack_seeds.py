"""Good archives and descriptions from which the fuzzer of images in layers goes on: pack_seeds.py DIRECTORY"""
import os
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from packs import entry, hard_link, link, tar  # noqa: E402

ENTRIES = [
    entry("d", mode=0o700), entry("d/f", "x" * 600, pax_headers={"SCHILY.xattr.user.a": "v"}), link("l", "d"), entry("l/g", "y"),
    hard_link("h", "d/f"), entry(".wh.h", ""), entry("d/.wh..wh..opq", ""), entry("n" * 120 + "/" + "m" * 120, "z"),
    entry("c", type_=tarfile.CHRTYPE, devmajor=1, devminor=3), entry("p", type_=tarfile.FIFOTYPE),
]  # fmt: skip


def main():
    place = sys.argv[1]
    for number, form in enumerate((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)):
        entries = [each for each in ENTRIES if form == tarfile.PAX_FORMAT or not each[0].pax_headers]
        if form == tarfile.USTAR_FORMAT:
            entries = [each for each in entries if len(each[0].name) < 100]
        for first in b"\x02\x03\x42":
            with open(f"{place}/tar{number}{first}", "wb") as file:
                file.write(bytes([first]) + tar(entries, form)[:15000])
    with open(f"{place}/config", "wb") as file:
        file.write(b'\0{"config": {"Entrypoint": ["a"], "Cmd": null, "Env": ["A=b"], "WorkingDir": "/w", "User": "u"}}')
    with open(f"{place}/reference", "wb") as file:
        file.write(b"\x01localhost:5000/a/b-c:1.2@sha256:" + b"0" * 64)


main()
