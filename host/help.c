/* `namu help` and `namu version`. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "say.h"

static const char general_text[] =
	"Namu runs Linux programs on its own kernel in a small virtual machine.\n"
	"\n"
	"  namu run [OPTIONS] [ROOT] -- CMD [ARG...]   run a program\n"
	"  namu image SOURCE -o FILE.erofs             make a root once, use it many times\n"
	"  namu image pull|ls|rm ...                   images from registries\n"
	"  namu trace FILE                             what 'namu run --trace=FILE' saw, as text\n"
	"  namu stat FILE                              the same, summed up process by process\n"
	"  namu export FILE --to svg|json|dot          the same as a picture, JSON, a graph\n"
	"  namu view FILE                              the same as a page to look at in a browser\n"
	"  namu lab list|show|run|check NAME           experiments with processes, with their checks\n"
	"  namu doctor                                 what is missing on this host\n"
	"  namu version                                the version\n"
	"  namu help [COMMAND]                         this, or more about one command\n"
	"\n"
	"  namu run                                    a shell\n"
	"  namu run -- ls -l /                         a program of the built-in root\n"
	"  namu run ./root -- /bin/make -j2            a program of a directory used as root\n"
	"  namu run debian:12 -- bash                  a program of an image from a registry\n";

static const char run_text[] =
	"namu run [OPTIONS] [ROOT] -- CMD [ARG...]\n"
	"\n"
	"Runs CMD with ROOT as its file system; none: the built-in busybox root. No CMD: the\n"
	"image's own, or the root's shell. Files of the host are changed by -v and --rw only. ROOT is one of:\n"
	"  DIRECTORY, FILE.erofs, FILE.tar (also compressed)\n"
	"  oci:DIR[:TAG], docker-archive:FILE[:NAME:TAG]\n"
	"  NAME:TAG, HOST/NAME[:TAG], docker://NAME   an image of a registry, pulled once\n"
	"\n"
	"  -m, --memory SIZE      memory of the machine, such as 64m or 1g (default 256m)\n"
	"      --cpus N           processors (default: the host's, at most 4)\n"
	"  -e, --env NAME[=VALUE] set a variable, or take it from here\n"
	"      --env-file FILE    read variables from a file\n"
	"  -w, --workdir DIR      working directory (default: the image's, or /)\n"
	"  -u, --user USER[:GROUP]  names or numbers (default: the image's, or 0:0)\n"
	"      --entrypoint CMD   in place of the image's entry point; '' for none\n"
	"  -h, --hostname NAME    host name (default namu)\n"
	"  -v, --volume HOST:GUEST[:ro]  the host's folder HOST at GUEST (also --mount)\n"
	"  -p, --publish [HOST:]GUEST[/udp]  the host's port HOST (any) leads to the machine's GUEST\n"
	"      --network none|user  user: the machine reaches the host and beyond (default none,\n"
	"                         with -p or --dns user)\n"
	"      --dns ADDRESS      where the machine asks for names (default: the host's way)\n"
	"      --rw               ROOT is the directory itself: changes are written back\n"
	"      --live             ROOT is the directory itself, for reading only\n"
	"      --tmpfs DIR[:OPTIONS]  an empty file system in memory there\n"
	"      --read-only        the root cannot be written\n"
	"      --timeout SECONDS  end the machine after that time, exit status 124\n"
	"      --status-fd FD     write what happens to FD, one JSON object a line\n"
	"      --machine microvm|q35  what QEMU plays: the smallest machine, or a PC with PCI\n"
	"      --accel auto|tcg|kvm  how QEMU runs the machine (default auto)\n"
	"      --seed N           a run that repeats exactly\n"
	"      --trace FILE       write what the process system does to FILE, for 'namu trace'\n"
	"      --trace-filter KIND[,KIND]  record only such events (as in 'namu trace -k')\n"
	"      --trace-lossy      drop and count what the host is too slow for; else the machine waits\n"
	"      --view[=FILE.html] make a page of the run for a browser (default namu.html)\n"
	"      --kernel FILE      another kernel\n"
	"      --append STRING    words for the kernel's command line\n"
	"      --gdb[=PORT]       wait for gdb (default port 1234)\n"
	"      --dry-run          print the QEMU command and end\n"
	"      --verbose          the kernel's log on stderr\n"
	"  -i, -t, --rm, --init   accepted, without effect\n"
	"\n"
	"Exit status: the program's own; 128+N when signal N ended it; 127 not found,\n"
	"126 not executable, 125 Namu itself failed, 124 the time limit passed.\n";

static const char image_text[] =
	"namu image SOURCE -o FILE.erofs\n"
	"namu image pull NAME...\n"
	"namu image ls\n"
	"namu image rm NAME|ID...\n"
	"\n"
	"The first makes an EROFS image for 'namu run FILE.erofs -- CMD' of a directory, a tar\n"
	"archive, oci:DIR[:TAG], docker-archive:FILE[:NAME:TAG] or an image of a registry.\n"
	"The others fetch images from registries (with skopeo), list and remove them.\n";

static const char trace_text[] =
	"namu trace [OPTIONS] FILE\n"
	"\n"
	"Prints a trace that 'namu run --trace=FILE' left, a line an event: time in seconds, CPU,\n"
	"program, process/thread, kind, what happened.\n"
	"\n"
	"  -p, --process PID|NAME what a process does and what is done to it\n"
	"  -k, --kind KIND[,KIND] only such events, such as fork,exec,exit,reap,switch,state,wake,\n"
	"                         send,receive,syscall_enter,syscall_exit,fault,copy\n"
	"      --from S, --to S   only from and to these seconds since the boot\n";

static const char stat_text[] =
	"namu stat FILE\n"
	"\n"
	"Sums up a trace: processes, switches of both kinds, pages copied on write, messages, system\n"
	"calls; then a line for each process, with the time it was running, ready, blocked, a zombie.\n";

static const char export_text[] =
	"namu export FILE --to perfetto|svg|json|dot [-o FILE]\n"
	"\n"
	"Writes a trace in another form, to stdout or to the file of -o.\n"
	"  perfetto  for ui.perfetto.dev\n"
	"  svg   a picture: processes and threads as rows, time across, colour the state, arrows for\n"
	"        forks, triangles for execs, red ticks for ends, grey tails for zombies\n"
	"  json  an object a line\n"
	"  dot   processes and the pipes, sockets and queues between them, for Graphviz\n"
	"\n"
	"      --to FORM          the form\n"
	"  -o, --output FILE      where to\n"
	"      --lang en|ko       the language of the picture\n";

static const char view_text[] =
	"namu view FILE [-o FILE.html]\n"
	"\n"
	"Makes one HTML file of a trace, which works from disk and without a network: processes over\n"
	"time, who waits for whom and why, messages, descriptors, memory, system calls, counters.\n"
	"'namu run --view' records and makes it in one go.\n"
	"\n"
	"  -o, --output FILE      where to (default: beside FILE, its name ending in .html)\n"
	"      --open             open it in a browser\n";

static const char lab_text[] =
	"namu lab list\n"
	"namu lab show NAME\n"
	"namu lab run NAME [SOURCE.c]\n"
	"namu lab check NAME [SOURCE.c]\n"
	"\n"
	"Labs are experiments with processes: a short C program, a question, and a check of what the\n"
	"trace of its run must say. 'show' prints text and program, 'run' compiles it (with gcc), runs it\n"
	"and shows the part of the trace to look at, 'check' prints TAP. SOURCE.c is your own program\n"
	"in place of the lab's.\n"
	"\n"
	"      --seed N           another schedule\n"
	"  -o, --output FILE      where 'run' leaves the trace (default NAME.namu)\n"
	"      --lang en|ko       the language (default: by LANG)\n"
	"\n"
	"Exit status of check: 0 when every test holds, 1 when one does not, 125 Namu itself failed.\n";

static const char doctor_text[] = "namu doctor\n"
				  "\n"
				  "Looks for what Namu needs on this host and says what to do about what is missing.\n"
				  "Exit status 0 when programs can be run, else 1.\n";

static const char version_text[] = "namu version\n\nPrints the version.\n";

static const char help_text[] = "namu help [COMMAND]\n\nPrints help, on one command when it is named.\n";

static const struct {
	const char *name;
	const char *text;
} texts[] = {
	{"run", run_text},         {"image", image_text}, {"trace", trace_text}, {"stat", stat_text},
	{"export", export_text},   {"view", view_text},   {"lab", lab_text},     {"doctor", doctor_text},
	{"version", version_text}, {"help", help_text},
};

static int print(const char *text)
{
	return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? 0 : STATUS_NAMU;
}

int command_help_for(const char *name)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].name, name) == 0)
			return print(texts[i].text);
	}
	say("no such command: %s (see 'namu help')", name);
	return STATUS_NAMU;
}

int command_help(char **words)
{
	return words[0] ? command_help_for(words[0]) : print(general_text);
}

int command_version(char **words)
{
	if (words[0]) {
		if (strcmp(words[0], "--help") == 0)
			return command_help_for("version");
		say("'namu version' takes no words");
		return STATUS_NAMU;
	}
	return print("namu " NAMU_VERSION "\n");
}
