/* The trace of a run. */
#include "run_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"
#include "say.h"
#include "trace_pack.h"
#include "trace_view.h"

/* A page wants a trace; one that nobody asked for is taken away when the page is written. */
static bool plan_view(struct run_options *options, struct run_trace *trace)
{
	const char *place = getenv("TMPDIR");

	if (!options->view)
		return true;
	trace->template = view_template();
	if (!trace->template)
		return false;
	if (options->trace)
		return true;
	trace->scratch = must_format("%s/namu-XXXXXX", place && *place ? place : "/tmp");
	int fd = mkostemp(trace->scratch, O_CLOEXEC);

	if (fd < 0) {
		say("cannot write the trace %s: %s", trace->scratch, strerror(errno));
		return false;
	}
	close(fd);
	options->trace = trace->scratch;
	return true;
}

bool run_trace_open(struct run_options *options, struct run_trace *trace, struct channels *channels)
{
	if (!plan_view(options, trace))
		return false;
	if (!options->trace)
		return true;
	int fd = open(options->trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0) {
		say("cannot write the trace file %s: %s", options->trace, strerror(errno));
		return false;
	}
	channel_adopt(channels, CHANNEL_TRACE, fd);
	return true;
}

void run_trace_record(const struct run_options *options, struct bytes *record)
{
	const uint64_t settings[2] = {options->trace_events ? options->trace_events : UINT64_MAX,
				      options->is_trace_lossy ? NAMU_START_TRACE_LOSSY : 0};

	if (options->trace)
		record_add(record, NAMU_START_TRACE, settings, sizeof(settings));
}

static bool pack(const struct run_options *options, char *const *command, int status)
{
	const struct trace_run about = {
		.command = command,
		.root = options->root,
		.cpus = (unsigned)options->cpus,
		.seed = options->seed,
		.has_seed = options->has_seed,
		.events = options->trace_events,
		.is_lossy = options->is_trace_lossy,
		.status = status,
	};

	return trace_pack(options->trace, &about);
}

bool run_trace_keep(const struct run_options *options, const struct run_trace *trace, char *const *command, int status)
{
	bool is_good = true;

	if (options->trace)
		is_good = pack(options, command, status);
	if (options->view)
		is_good = view_write(options->trace, trace->template, options->view) && is_good;
	if (trace->scratch)
		(void)unlink(trace->scratch);
	return is_good;
}
