"""Writes the initial file system of the Linux side: a cpio archive in the "newc" format, no compression."""

import os
import stat


def _entry(inode, name, mode, data=b"", links=1, device=(0, 0)):
    encoded = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, device[0], device[1], len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4)


def _tree(root):
    for directory, directories, files in os.walk(root):
        directories.sort()
        for name in directories + sorted(files):
            yield os.path.join(directory, name)


def write(path, files=(), tree=None):
    """Write an archive to `path`: a console, /proc, the pairs (name, host file) of `files`, and the folder `tree`."""
    entries = [
        ("dev", stat.S_IFDIR | 0o755, b"", (0, 0)),
        ("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)),
        ("dev/null", stat.S_IFCHR | 0o666, b"", (1, 3)),
        ("proc", stat.S_IFDIR | 0o755, b"", (0, 0)),
    ]
    known = {entry[0] for entry in entries}
    for name in sorted({os.path.dirname(name) for name, _ in files} - known - {""}):
        entries.append((name, stat.S_IFDIR | 0o755, b"", (0, 0)))
    for name, source in files:
        with open(source, "rb") as file:
            entries.append((name, stat.S_IFREG | 0o755, file.read(), (0, 0)))
    for source in _tree(tree) if tree else ():
        name = os.path.relpath(source, tree)
        status = os.lstat(source)
        if name in known:
            continue
        data = b""
        if stat.S_ISLNK(status.st_mode):
            data = os.readlink(source).encode()
        elif stat.S_ISREG(status.st_mode):
            with open(source, "rb") as file:
                data = file.read()
        entries.append((name, status.st_mode, data, (0, 0)))
    with open(path, "wb") as archive:
        for inode, (name, mode, data, device) in enumerate(entries, 1):
            archive.write(_entry(inode, name, mode, data, 2 if stat.S_ISDIR(mode) else 1, device))
        archive.write(_entry(0, "TRAILER!!!", 0))
