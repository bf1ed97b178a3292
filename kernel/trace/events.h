/*
 * Every event the kernel can record, once. From this table come the kernel's emitters, the numbers in the stream, the
 * host's decoder and the documentation. EVENT(number, name, words, "what the words are"): numbers never change their
 * meaning.
 */
#ifndef NAMU_TRACE_EVENTS_H
#define NAMU_TRACE_EVENTS_H

#define TRACE_EVENTS(EVENT)                                                               \
	EVENT(1, STATE, "thread new_state wait_kind wait_object")                         \
	EVENT(2, SWITCH, "from_thread to_thread is_voluntary cpu")                        \
	EVENT(3, WAKE, "woken_thread by_thread wait_kind wait_object")                    \
	EVENT(4, FORK, "parent_process child_process child_thread clone_flags")           \
	EVENT(5, EXEC, "process 0 0 0; name follows")                                     \
	EVENT(6, EXIT, "process thread wait_status stage")                                \
	EVENT(7, REAP, "child_process by_process wait_status 0")                          \
	EVENT(8, REPARENT, "child_process old_parent new_parent 0")                       \
	EVENT(9, SIGNAL_SEND, "to_process to_thread signal code")                         \
	EVENT(10, SIGNAL_DELIVER, "thread signal handler 0")                              \
	EVENT(11, SYSCALL_ENTER, "number argument1 argument2 argument3")                  \
	EVENT(12, SYSCALL_EXIT, "number result 0 0")                                      \
	EVENT(13, FAULT, "address error_bits result pages_ahead")                         \
	EVENT(14, COPY, "process address old_page new_page")                              \
	EVENT(15, TABLE_COPY, "process address old_table new_table")                      \
	EVENT(16, MAP, "process start bytes prot_and_flags")                              \
	EVENT(17, UNMAP, "process start bytes 0")                                         \
	EVENT(18, FD_OPEN, "process fd file kind")                                        \
	EVENT(19, FD_CLOSE, "process fd file 0")                                          \
	EVENT(20, FD_DUP, "process fd new_fd file")                                       \
	EVENT(21, SEND, "object kind bytes first_bytes")                                  \
	EVENT(22, RECEIVE, "object kind bytes first_bytes")                               \
	EVENT(23, TIMER, "deadline_ns 0 0 0")                                             \
	EVENT(24, CHOICE, "kind count policy taken")                                      \
	EVENT(25, UNKNOWN_CALL, "number argument1 0 0")                                   \
	EVENT(26, LOST, "records_lost 0 0 0")                                             \
	EVENT(27, NAME, "process 0 0 0; name follows")                                    \
	EVENT(28, FD_OBJECT, "process file object message_kind; what it is follows")      \
	EVENT(29, PEER, "object peer is_one_way 0")                                       \
	EVENT(31, FD_PASS, "process fd file 0")                                           \
	EVENT(32, SYSCALL_MORE, "number argument4 argument5 argument6; its text follows") \
	EVENT(33, MAP_OBJECT, "process start object offset")

/*
 * The word "kind" of SEND and RECEIVE: what the message went through, and how it is taken from there: as bytes in order
 * (STREAM), as whole messages (WHOLE), or added up (COUNT).
 */
#define TRACE_MESSAGE_KINDS(KIND)                          \
	KIND(1, PIPE, STREAM, "pipe")                      \
	KIND(2, EVENTFD, COUNT, "eventfd")                 \
	KIND(3, UNIX, STREAM, "unix socket")               \
	KIND(4, QUEUE, WHOLE, "message queue")             \
	KIND(5, DATAGRAM, WHOLE, "unix datagram socket")   \
	KIND(6, SEMAPHORE, WHOLE, "semaphore set")         \
	KIND(7, POSIX_QUEUE, WHOLE, "POSIX message queue") \
	KIND(8, TCP, STREAM, "TCP socket")                 \
	KIND(9, UDP, WHOLE, "UDP socket")

#endif
