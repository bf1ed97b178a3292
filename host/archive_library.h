/*
 * libarchive, loaded when an archive is first read: a run that reads none does not wait for it and the libraries behind
 * it, and does not need it to be installed.
 */
#ifndef HOST_ARCHIVE_LIBRARY_H
#define HOST_ARCHIVE_LIBRARY_H

#include <archive.h>
#include <archive_entry.h>

#define ARCHIVE_LIBRARY "libarchive.so.13"

#define ARCHIVE_FUNCTIONS(X)                 \
	X(archive_entry_filetype)            \
	X(archive_entry_gid)                 \
	X(archive_entry_hardlink)            \
	X(archive_entry_mtime)               \
	X(archive_entry_mtime_nsec)          \
	X(archive_entry_pathname)            \
	X(archive_entry_perm)                \
	X(archive_entry_rdevmajor)           \
	X(archive_entry_rdevminor)           \
	X(archive_entry_size)                \
	X(archive_entry_symlink)             \
	X(archive_entry_uid)                 \
	X(archive_entry_xattr_next)          \
	X(archive_entry_xattr_reset)         \
	X(archive_errno)                     \
	X(archive_error_string)              \
	X(archive_read_data)                 \
	X(archive_read_data_block)           \
	X(archive_read_free)                 \
	X(archive_read_new)                  \
	X(archive_read_next_header)          \
	X(archive_read_open)                 \
	X(archive_read_open_filename)        \
	X(archive_read_support_filter_bzip2) \
	X(archive_read_support_filter_gzip)  \
	X(archive_read_support_filter_lz4)   \
	X(archive_read_support_filter_lzip)  \
	X(archive_read_support_filter_lzma)  \
	X(archive_read_support_filter_xz)    \
	X(archive_read_support_filter_zstd)  \
	X(archive_read_support_format_empty) \
	X(archive_read_support_format_tar)   \
	X(archive_set_error)

struct archive_library {
#define ARCHIVE_POINTER(name) __typeof__(name) *name;
	ARCHIVE_FUNCTIONS(ARCHIVE_POINTER)
#undef ARCHIVE_POINTER
};

/* The library's functions; NULL, with a line said, when it is missing. */
const struct archive_library *archive_library(void);

/* Its name when it is installed, else NULL. */
const char *archive_library_name(void);

#endif
