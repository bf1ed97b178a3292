/* `namu view`: the page is the template with the trace in it, gzip'd and base64 (view/src/load.ts reads it). */
#include "trace_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "files.h"
#include "json_text.h"
#include "paths.h"
#include "say.h"
#include "trace_file.h"
#include "trace_info.h"
#include "unfinished.h"

#define TEMPLATE_NAME "view/template.html"
#define DATA_MARK     "@DATA@"
/* Quick to pack, and little larger than the best. */
#define LEVEL     5
#define GZIP_BITS (15 + 16)
/* A multiple of 3, so that pieces of base64 follow each other without padding. */
#define PIECE_BYTES (3u << 14)

/* Bytes on their way into the page: packed, then written in base64. */
struct page {
	FILE *out;
	z_stream stream;
	unsigned char packed[PIECE_BYTES];
	char text[PIECE_BYTES / 3 * 4];
};

char *view_template(void)
{
	char *path = find_data(TEMPLATE_NAME);

	if (!path)
		say("the page is not built: run 'make view' (it needs Node's npm), or set NAMU_DATA to where "
		    "view/template.html is");
	return path;
}

static bool write_base64(struct page *page, size_t bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = page->packed;
	char *at = page->text;

	for (size_t i = 0; i < bytes; i += 3) {
		uint32_t three = (uint32_t)from[i] << 16;

		three |= i + 1 < bytes ? (uint32_t)from[i + 1] << 8 : 0;
		three |= i + 2 < bytes ? from[i + 2] : 0;
		*at++ = digits[three >> 18];
		*at++ = digits[three >> 12 & 63];
		*at++ = i + 1 < bytes ? digits[three >> 6 & 63] : '=';
		*at++ = i + 2 < bytes ? digits[three & 63] : '=';
	}
	return fwrite(page->text, 1, (size_t)(at - page->text), page->out) == (size_t)(at - page->text);
}

/* Packs some bytes; with Z_FINISH the last of them. */
static bool add_data(struct page *page, const void *data, size_t bytes, int flush)
{
	z_stream *stream = &page->stream;
	int result;

	stream->next_in = (Bytef *)data;
	stream->avail_in = (uInt)bytes;
	do {
		result = deflate(stream, flush);
		if (result == Z_STREAM_ERROR)
			return false;
		if (stream->avail_out != 0 && result != Z_STREAM_END)
			continue;
		if (!write_base64(page, PIECE_BYTES - stream->avail_out))
			return false;
		stream->next_out = page->packed;
		stream->avail_out = PIECE_BYTES;
	} while (stream->avail_in || (flush == Z_FINISH && result != Z_STREAM_END));
	return true;
}

/* {"file":NAME,"realtime_ns":"N","info":INFO}, filled up with blanks to a multiple of 8. */
static char *head_text(const struct trace_file *file)
{
	static const struct trace_run unknown = {.cpus = 1, .status = -1};
	const char *slash = strrchr(file->path, '/');
	char *name = json_string(slash ? slash + 1 : file->path);
	char *own = file->info ? NULL : trace_info_json(&unknown);
	char *text = must_format("{\"file\":%s,\"realtime_ns\":\"%lu\",\"info\":%s}", name, file->realtime_ns,
				 file->info ? file->info : own);
	char *padded = must_format("%s%*s", text, (int)(-strlen(text) & 7), "");

	free(name);
	free(own);
	free(text);
	return padded;
}

static bool add_event(struct page *page, const struct trace_event *event)
{
	struct namu_trace_record piece = {.event = NAMU_TRACE_TEXT};

	if (!add_data(page, &event->record, sizeof(event->record), Z_NO_FLUSH))
		return false;
	for (unsigned i = 0; i < event->record.text_records; i++) {
		memcpy(piece.words, event->text + i * sizeof(piece.words), sizeof(piece.words));
		if (!add_data(page, &piece, sizeof(piece), Z_NO_FLUSH))
			return false;
	}
	return true;
}

static bool add_trace(struct page *page, struct trace_file *file)
{
	static struct trace_event event;
	char *head = head_text(file);
	uint32_t begin[2] = {(uint32_t)strlen(head), 0};
	bool is_good = add_data(page, begin, sizeof(begin), Z_NO_FLUSH) && add_data(page, head, begin[0], Z_NO_FLUSH);

	free(head);
	while (is_good && trace_file_next(file, &event))
		is_good = add_event(page, &event);
	return is_good && add_data(page, "", 0, Z_FINISH);
}

/* What was wrong with the trace is known at its end only, so it stands behind the data. */
static bool add_problem(struct page *page, const char *problem)
{
	char *text = problem ? json_string(problem) : must_copy("null");
	bool is_good = fprintf(page->out, "</script>\n<script id=\"problem\" type=\"application/json\">%s", text) > 0;

	free(text);
	return is_good;
}

static bool fill_template(struct page *page, const char *html, size_t bytes, struct trace_file *file)
{
	const char *mark = memmem(html, bytes, DATA_MARK, strlen(DATA_MARK));

	if (!mark) {
		say("the page's template has no place for the data: build it anew with 'make view'");
		return false;
	}
	const char *rest = mark + strlen(DATA_MARK);
	size_t before = (size_t)(mark - html), behind = bytes - (size_t)(rest - html);

	return fwrite(html, 1, before, page->out) == before && add_trace(page, file) &&
	       add_problem(page, file->problem) && fwrite(rest, 1, behind, page->out) == behind;
}

static bool read_template(const char *path, struct bytes *html)
{
	FILE *file = fopen(path, "re");
	int error = file ? bytes_read_fd(html, fileno(file), 16u << 20) : -errno;

	if (error)
		say("cannot read the page's template %s: %s", path, strerror(-error));
	if (file)
		(void)fclose(file);
	return !error;
}

bool view_write(const char *path, const char *template, const char *output)
{
	static struct page page;
	struct trace_file file;
	struct bytes html = {0};
	char *partial;

	if (!read_template(template, &html))
		return false;
	if (!trace_file_open(&file, path)) {
		free(html.data);
		return false;
	}
	int fd = unfinished_begin(output, &partial);
	bool is_good = fd >= 0;

	if (is_good) {
		page = (struct page){.out = fdopen(fd, "w"),
				     .stream = {.next_out = page.packed, .avail_out = PIECE_BYTES}};
		is_good = page.out &&
			  deflateInit2(&page.stream, LEVEL, Z_DEFLATED, GZIP_BITS, 9, Z_DEFAULT_STRATEGY) == Z_OK &&
			  fill_template(&page, html.data, html.count, &file);
		(void)deflateEnd(&page.stream);
		is_good = page.out && fclose(page.out) == 0 && is_good;
		if (!is_good)
			say("cannot write the page %s", output);
		is_good = unfinished_end(partial, output, is_good ? 0 : -1) == 0;
	}
	free(html.data);
	return trace_file_close(&file) && is_good;
}
