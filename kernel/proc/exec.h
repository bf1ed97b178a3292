/*
 * Execution of a program (execve(2)). Everything is prepared in a new address space beside the old one, so that a
 * failure leaves the caller as it was: file, credentials, strings, segments, stack. Behind the point of no return
 * nothing can fail but for want of memory for a private descriptor table.
 */
#ifndef NAMU_PROC_EXEC_H
#define NAMU_PROC_EXEC_H

#include "fs/cred.h"
#include "fs/file.h"
#include "proc/elf.h"
#include "proc/exec_strings.h"
#include "proc/process.h"

/* One execution in progress; on the stack of the thread that executes. */
struct exec {
	const char *name;        /* as the caller gave it: AT_EXECFN, comm */
	struct file *file;       /* what is loaded: the program, or the interpreter of a script */
	struct file *loader;     /* PT_INTERP's, or null */
	struct vm_space *space;  /* the new one */
	struct cred *cred;       /* the new credentials */
	struct sighand *sighand; /* a private copy when handlers are shared; else null */
	bool is_secure;          /* AT_SECURE: privileges were gained */
	bool is_unreadable;      /* the caller may execute but not read it: nobody may look into the process */
	bool is_name_lost;       /* the name leads through a descriptor that exec closes: no script can find its file */
	uint64_t base, loader_base;
	uint64_t entry, stack_pointer;
	struct exec_strings strings;
	struct elf_image image, loader_image;
	void *loader_head; /* kmalloc; null: no loader */
	size_t head_bytes;
	uint8_t head[EXEC_HEAD_BYTES];
};

/* execve, execveat: `text` is the path, in kernel memory; `lookup` LOOKUP_*. Returns 0 in the new program (its
 * registers are set), or negative errno. */
int process_exec(int dirfd, const char *text, unsigned lookup, uaddr_t argv, uaddr_t envp);
/* The kernel's form: `fill` supplies the strings (and counts them in argc and envc). Enters user mode, after
 * `before_entry`; returns only on failure. */
int process_exec_kernel(const char *text, int (*fill)(struct exec_strings *strings, const void *source),
			const void *source, void (*before_entry)(void));

/* -- its parts -- */

/* Open a program: a regular file that the caller may execute, and that nobody has open for writing (nor can until the
 * description goes). err_ptr: -EACCES, -ETXTBSY ... */
struct file *exec_open(int dirfd, const char *text, unsigned lookup);
/* Read the beginning of exec->file. */
int exec_read_head(struct exec *exec);
/* The image and that of the loader it names, opened and checked. */
int exec_read_images(struct exec *exec);
/* Map image, loader, vDSO and stack into a new space. -EINVAL: the image cannot be loaded anywhere. */
int exec_build_space(struct exec *exec);
/* #! lines, one after the other: exec->file becomes the interpreter's. 0, -ENOEXEC, -ELOOP ... */
int exec_resolve_scripts(struct exec *exec);
/* The credentials the program will have, by the file that is loaded. */
int exec_prepare_cred(struct exec *exec);
/* Write strings, vectors and auxv to the new stack, below space->stack_top; sets exec->stack_pointer. */
int exec_build_stack(struct exec *exec);

#endif
