/* Among the files of procfs: the text that grows, the rows of the tables, what a file is about. */
#ifndef NAMU_PROC_PROCFS_PRIVATE_H
#define NAMU_PROC_PROCFS_PRIVATE_H

#include <linux/stat.h>

#include "fs/file.h"
#include "proc/inspect.h"
#include "proc/process.h"
#include "proc/procfs.h"

/* A text under construction. Memory that runs short is remembered and reported once, at the end. */
struct proc_text {
	char *data;
	size_t length;
	size_t room;
	bool is_cut;
};
void proc_print(struct proc_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void proc_append(struct proc_text *text, const char *bytes, size_t count);
/* Bytes for direct filling: room for `count` more, or null. The length is the caller's to advance. */
char *proc_room(struct proc_text *text, size_t count);
/* Spaces up to column `column` of the line that began at `line_start`. */
void proc_pad(struct proc_text *text, size_t line_start, size_t column);
/* The same with blanks, tabs, newlines and backslashes in octal, as /proc/mounts has them. */
void proc_append_escaped(struct proc_text *text, const char *name);

struct proc_entry;

/* Private data of an inode. Immutable. */
struct proc_node {
	const struct proc_entry *entry;
	struct pid *pid; /* with a reference; null: a file about the whole system */
	bool is_task;    /* below task/: about one thread */
	bool is_setting; /* below sys/: its mode holds for everybody */
	int32_t number;  /* a descriptor, below fd and fdinfo */
};

/* Whom a file is about, with references; all null for the whole system. */
struct proc_target {
	const struct proc_node *node;
	struct process *process;
	struct thread *thread; /* the thread below task/, else the leader */
};
/* 0, or -ESRCH when the process or thread is gone. */
int proc_target_get(const struct proc_node *node, struct proc_target *target);
void proc_target_put(struct proc_target *target);
/* Parts of a process that it may give up at any time, with references; null when they are gone. */
struct vm_space *proc_target_space(const struct proc_target *target);
struct fd_table *proc_target_files(const struct proc_target *target);
const struct cred *proc_target_cred(const struct proc_target *target);
/* May the current thread look into the process (ptrace(2), "Ptrace access mode checking")? 0 or -EACCES. */
int proc_may_inspect(const struct proc_target *target);

/* The options of a mounted proc (procfs_options.c). 0, -EINVAL, -ENOMEM. */
extern const char *const proc_option_names[];
bool proc_option_is_right(const char *option);
int proc_options_set(struct superblock *superblock, const char *data);
void proc_options_text(const struct superblock *superblock, char *to, size_t room);
void proc_options_destroy(struct superblock *superblock);
/* What they hide from the current thread of the process of `thread`. */
bool proc_hides_contents(const struct superblock *superblock, struct thread *thread);
bool proc_hides_name(const struct superblock *superblock, struct thread *thread);

/* One name of a directory. The last row of a table has no name. */
struct proc_entry {
	const char *name;
	uint32_t mode; /* type and permission bits */
	/* Regular file: its text. Link without `place`: where it leads. */
	int (*show)(struct proc_text *text, const struct proc_target *target);
	int (*write)(const struct proc_target *target, const char *text, size_t bytes);
	/* Link to a place that may have no name. *path with references. */
	int (*place)(const struct proc_target *target, struct path *path);
	const struct file_ops *ops;        /* regular file that is no text; null: show and write */
	const struct proc_entry *children; /* directory: its fixed names */
	/* Directory: names that are numbers (processes, threads, descriptors), listed behind the fixed ones. find fills
	 * the node, whose pid gets a reference; -ENOENT. next: the smallest number >= `from` that is there, or -1. */
	int (*find)(const struct proc_node *directory, int32_t number, struct proc_node *found);
	int32_t (*next)(const struct proc_node *directory, int32_t from, struct proc_node *found);
	bool is_own;               /* directory: open to the process itself, whoever owns it */
	const char *number_prefix; /* stands before these numbers; null: nothing */
};

extern const struct proc_entry sysfs_root_entry;         /* sysfs.c */
extern const struct proc_entry proc_root_entries[];      /* procfs_root.c */
extern const struct proc_entry proc_sys_entries[];       /* procfs_sys.c */
extern const struct proc_entry proc_sys_fs_entries[];    /* procfs_sys_fs.c */
extern const struct proc_entry proc_namu_entries[];      /* procfs_namu.c */
extern const struct proc_entry proc_namespace_entries[]; /* procfs_mounts.c: ns */
extern const struct proc_entry proc_process_entry;       /* procfs_process.c: a directory of a process */

/* procfs_sys_debug.c: settings of core dumps. */
int proc_show_core_pattern(struct proc_text *text, const struct proc_target *target);
int proc_write_core_pattern(const struct proc_target *target, const char *text, size_t bytes);
int proc_show_core_uses_pid(struct proc_text *text, const struct proc_target *target);
int proc_write_core_uses_pid(const struct proc_target *target, const char *text, size_t bytes);
int proc_show_core_pipe_limit(struct proc_text *text, const struct proc_target *target);
int proc_show_coredump_filter(struct proc_text *text, const struct proc_target *target);
int proc_write_coredump_filter(const struct proc_target *target, const char *text, size_t bytes);
extern const struct proc_entry proc_sys_yama_entries[];                      /* procfs_sys_debug.c */
extern const struct proc_entry proc_net_entries[], proc_sys_net_entries[];   /* procfs_net.c */
int proc_show_dev(struct proc_text *text, const struct proc_target *target); /* these two: procfs_device.c */
int proc_show_if_inet6(struct proc_text *text, const struct proc_target *target);
/* procfs_inet.c. */
int proc_show_snmp(struct proc_text *text, const struct proc_target *target); /* these three: procfs_snmp.c */
int proc_show_snmp6(struct proc_text *text, const struct proc_target *target);
int proc_show_netstat(struct proc_text *text, const struct proc_target *target);
int proc_show_route(struct proc_text *text, const struct proc_target *target); /* these three: procfs_route.c */
int proc_show_ipv6_route(struct proc_text *text, const struct proc_target *target);
int proc_show_arp(struct proc_text *text, const struct proc_target *target);
int proc_show_tcp(struct proc_text *text, const struct proc_target *target);
int proc_show_tcp6(struct proc_text *text, const struct proc_target *target);
int proc_show_udp(struct proc_text *text, const struct proc_target *target);
int proc_show_udp6(struct proc_text *text, const struct proc_target *target);
int proc_show_raw(struct proc_text *text, const struct proc_target *target);
int proc_show_raw6(struct proc_text *text, const struct proc_target *target);
int proc_show_sockstat(struct proc_text *text, const struct proc_target *target);
int proc_show_sockstat6(struct proc_text *text, const struct proc_target *target);
int proc_show_protocols(struct proc_text *text, const struct proc_target *target);
extern const struct proc_entry proc_sys_vm_entries[];           /* procfs_sys_vm.c */
extern const struct proc_entry proc_sysvipc_entries[];          /* procfs_ipc.c */
extern const struct file_ops proc_memory_ops, proc_pagemap_ops; /* procfs_inspect.c */

/* Printers that stand in files of their own. */
int proc_show_stat(struct proc_text *text, const struct proc_target *target);
int proc_show_status(struct proc_text *text, const struct proc_target *target);
int proc_show_maps(struct proc_text *text, const struct proc_target *target);
int proc_show_smaps(struct proc_text *text, const struct proc_target *target);
int proc_show_smaps_rollup(struct proc_text *text, const struct proc_target *target);
int proc_show_personality(struct proc_text *text, const struct proc_target *target);
int proc_show_syscall(struct proc_text *text, const struct proc_target *target);
int proc_show_children(struct proc_text *text, const struct proc_target *target); /* these six: procfs_thread.c */
int proc_show_timers(struct proc_text *text, const struct proc_target *target);
int proc_show_slack(struct proc_text *text, const struct proc_target *target);
int proc_write_slack(const struct proc_target *target, const char *text, size_t bytes);
int proc_show_cgroup(struct proc_text *text, const struct proc_target *target);
int proc_show_cgroups(struct proc_text *text, const struct proc_target *target);
int proc_show_buddyinfo(struct proc_text *text, const struct proc_target *target); /* these two: procfs_pages.c */
int proc_show_zoneinfo(struct proc_text *text, const struct proc_target *target);
int proc_show_statm(struct proc_text *text, const struct proc_target *target);
int proc_show_cmdline(struct proc_text *text, const struct proc_target *target);
int proc_show_environ(struct proc_text *text, const struct proc_target *target);
int proc_show_auxv(struct proc_text *text, const struct proc_target *target);
int proc_show_locks(struct proc_text *text, const struct proc_target *target);
int proc_show_mounts(struct proc_text *text, const struct proc_target *target);
int proc_show_mountinfo(struct proc_text *text, const struct proc_target *target);
int proc_show_mountstats(struct proc_text *text, const struct proc_target *target);
/* The namespace of mounts of whom the file is about, with a reference; null: gone. */
struct mount_namespace *proc_target_mounts(const struct proc_node *node);
int proc_place_exe(const struct proc_target *target, struct path *path);
int proc_place_cwd(const struct proc_target *target, struct path *path);
int proc_place_root(const struct proc_target *target, struct path *path);
int proc_place_fd(const struct proc_target *target, struct path *path);
int proc_show_fd(struct proc_text *text, const struct proc_target *target);
int proc_show_fdinfo(struct proc_text *text, const struct proc_target *target);
int proc_find_fd(const struct proc_node *directory, int32_t number, struct proc_node *found);
int32_t proc_next_fd(const struct proc_node *directory, int32_t from, struct proc_node *found);
int proc_find_fdinfo(const struct proc_node *directory, int32_t number, struct proc_node *found);
int32_t proc_next_fdinfo(const struct proc_node *directory, int32_t from, struct proc_node *found);
int proc_find_process(const struct proc_node *directory, int32_t number, struct proc_node *found);
int32_t proc_next_process(const struct proc_node *directory, int32_t from, struct proc_node *found);

/* Sizes as proc(5) shows them. */
#define PROC_KIB(pages) ((uint64_t)(pages) * (PAGE_SIZE / 1024))
/* Ticks of 1/100 s, the unit of processor times. */
#define PROC_TICKS(ns) ((ns) / (NS_PER_SEC / 100))

/* procfs_sys_sched.c */
int proc_show_sched_rt_period_us(struct proc_text *text, const struct proc_target *target);
int proc_write_sched_rt_period_us(const struct proc_target *target, const char *text, size_t bytes);
int proc_show_sched_rt_runtime_us(struct proc_text *text, const struct proc_target *target);
int proc_write_sched_rt_runtime_us(const struct proc_target *target, const char *text, size_t bytes);
int proc_show_sched_rr_timeslice_ms(struct proc_text *text, const struct proc_target *target);

#endif
