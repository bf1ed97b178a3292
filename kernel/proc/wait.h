/* Waiting for children (wait4(2), waitid(2)). */
#ifndef NAMU_PROC_WAIT_H
#define NAMU_PROC_WAIT_H

#include "proc/process.h"

enum wait_whom {
	WAIT_FOR_ANY,
	WAIT_FOR_ONE,  /* the process `pid` */
	WAIT_FOR_GROUP /* members of the group `pid` */
};

struct wait_request {
	enum wait_whom whom;
	struct pid *pid;  /* null: nobody has that number */
	uint32_t options; /* WNOHANG ... of linux/wait.h; WEXITED and WSTOPPED (WUNTRACED) say what counts */
};

/* What is told of a child: in wait4's words and in waitid's. */
struct wait_result {
	int32_t pid; /* 0: nothing to tell (WNOHANG) */
	uint32_t uid;
	uint32_t status; /* wait4's word */
	int32_t code;    /* CLD_* */
	int32_t value;   /* si_status */
	struct usage usage;
};

/* 0, -ECHILD when there is nobody to wait for, -ERESTART_CALL. */
int process_wait(const struct wait_request *request, struct wait_result *result);

#endif
