// The bars of the timeline, written straight into pixels: what a drag costs does not grow with the number of events.
//
// A span of a pixel and a half or more is drawn as it is. Shorter ones are merged column by column: the column is
// divided among the states by their shares of the time, so that nothing disappears by being short, and a line below
// the bar marks it as merged.

import { gallop, lower_bound, upper_bound } from "./columns";
import type { Inks } from "./palette";
import { Calls, Look, Spans } from "./model";

const MERGE_BELOW = 1.5;

export interface Sheet {
	pixels: Uint32Array;
	width: number;
	height: number;
	/** Time of the left edge, and pixels for each nanosecond. */
	from: number;
	to: number;
	scale: number;
	inks: Inks;
	/** Device pixels for each pixel of the page. */
	ratio: number;
}

export interface Bar {
	top: number;
	height: number;
}

function fill(sheet: Sheet, left: number, right: number, top: number, bottom: number, ink: number): void {
	const { pixels, width, height } = sheet;
	if (left < 0) left = 0;
	if (right > width) right = width;
	if (top < 0) top = 0;
	if (bottom > height) bottom = height;
	if (left >= right) return;
	for (let y = top; y < bottom; y++) pixels.fill(ink, y * width + left, y * width + right);
}

function hatch(sheet: Sheet, left: number, right: number, bar: Bar): void {
	const { pixels, width, height, inks, ratio } = sheet;
	const step = Math.max(2, Math.round(3 * ratio));
	for (let y = Math.max(0, bar.top); y < Math.min(height, bar.top + bar.height); y++) {
		for (let x = Math.max(0, left); x < Math.min(width, right); x++)
			pixels[y * width + x] = (x + y) % (2 * step) < step ? inks.looks[Look.ZOMBIE] : inks.hatch;
	}
}

/** The colour for what is neither running, ready nor blocked among spans i to j. */
function rest_look(spans: Spans, i: number, j: number): Look {
	for (let k = i; k < j && k < i + 64; k++) {
		const look = spans.look[k];
		if (look !== Look.RUNNING && look !== Look.READY && look !== Look.BLOCKED && look !== Look.NONE) return look;
	}
	return Look.NEW;
}

function merged_column(sheet: Sheet, spans: Spans, i: number, j: number, x: number, bar: Bar): void {
	const total = spans.total[j] - spans.total[i];
	const running = spans.running[j] - spans.running[i];
	const ready = spans.ready[j] - spans.ready[i];
	const blocked = spans.blocked[j] - spans.blocked[i];
	const { inks } = sheet;
	if (j === i + 1 || total <= 0) {
		fill(sheet, x, x + 1, bar.top, bar.top + bar.height, inks.looks[spans.look[i]]);
		return;
	}
	const share = (part: number) => (part > 0 ? Math.max(1, Math.round((part / total) * bar.height)) : 0);
	const bottom = bar.top + bar.height;
	let y = bar.top;
	const put = (height: number, look: Look) => {
		const end = Math.min(bottom, y + height);
		fill(sheet, x, x + 1, y, end, inks.looks[look]);
		y = end;
	};
	put(share(running), Look.RUNNING);
	put(share(ready), Look.READY);
	put(share(total - running - ready - blocked > total * 1e-9 ? total - running - ready - blocked : 0), rest_look(spans, i, j));
	if (blocked > 0) {
		if (y >= bottom) y = bottom - 1;
		fill(sheet, x, x + 1, y, bottom, inks.looks[Look.BLOCKED]);
	} else {
		fill(sheet, x, x + 1, y, bottom, inks.looks[running >= ready ? Look.RUNNING : Look.READY]);
	}
	const line = Math.max(1, Math.round(sheet.ratio));
	fill(sheet, x, x + 1, bottom + line, bottom + 2 * line, inks.soft);
}

/**
 * Draws the spans of one thread; returns how many columns were merged. Tells `on_wide` of those that are `wide` pixels
 * long or longer.
 */
export function paint_spans(
	sheet: Sheet,
	spans: Spans,
	thread: number,
	bar: Bar,
	wide: number,
	on_wide: (span: number, left: number, right: number) => void,
): number {
	const { from, to, scale, width, inks } = sheet;
	const { start, end } = spans;
	const last = spans.offset[thread + 1];
	let i = Math.max(spans.offset[thread], upper_bound(end, from, spans.offset[thread], last));
	let drawn = 0, merged = 0;
	while (i < last && start[i] < to) {
		const left = (start[i] - from) * scale, right = (end[i] - from) * scale;
		if (right - left >= MERGE_BELOW) {
			/* What follows a merged column at once begins where that ends. */
			const is_next = drawn > 0 && i > spans.offset[thread] && start[i] === end[i - 1];
			const a = is_next ? drawn : Math.max(drawn, Math.round(Math.max(left, 0))), b = Math.round(Math.min(right, width));
			const look = spans.look[i];
			if (look === Look.ZOMBIE) hatch(sheet, a, b, bar);
			else if (look !== Look.NONE) fill(sheet, a, b, bar.top, bar.top + bar.height, inks.looks[look]);
			if (b - a >= wide) on_wide(i, a, b);
			i++;
			drawn = 0;
			continue;
		}
		const column = Math.max(0, Math.floor(left));
		let next = gallop(start, from + (column + 1) / scale, i, last);
		if (next <= i) next = i + 1;
		if (next - 1 > i && (end[next - 1] - start[next - 1]) * scale >= MERGE_BELOW) next--;
		merged_column(sheet, spans, i, next, column, bar);
		if (next > i + 1) merged++;
		drawn = column + 1;
		i = next;
	}
	return merged;
}

/** Draws the system calls of one thread as a thin strip. */
export function paint_calls(sheet: Sheet, calls: Calls, thread: number, bar: Bar): void {
	const { from, to, scale, inks } = sheet;
	const { items, item_start, end } = calls;
	const last = calls.offset[thread + 1];
	let i = Math.max(calls.offset[thread], lower_bound(item_start, from, calls.offset[thread], last) - 1);
	while (i < last && item_start[i] < to) {
		const left = Math.floor((item_start[i] - from) * scale), right = (end[items[i]] - from) * scale;
		/* A gap of a pixel between calls, where there is room for one. */
		const stop = right - left > 3 * sheet.ratio ? Math.round(right) - 1 : Math.max(left + 1, Math.round(right));
		if (right >= 0) fill(sheet, left, stop, bar.top, bar.top + bar.height, inks.call);
		const next = gallop(item_start, from + (left + 1) / scale, i, last);
		i = Math.max(i + 1, next);
	}
}

export function clear(sheet: Sheet): void {
	sheet.pixels.fill(sheet.inks.paper);
}

export { fill };
