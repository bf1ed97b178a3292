// On the bars: words, fork arrows, jumps to new parents, exec triangles, exit ticks, signals, copies, what is chosen.

import { lower_bound } from "./columns";
import { wait_name } from "./describe";
import { Arrows, Look, Mark } from "./model";
import { FONT } from "./timeline_frame";
import { AXIS, BAR, BAR_TOP, GUTTER, ROW, STRIP, STRIP_TOP, Timeline } from "./timeline";
import { say } from "./text";

/** The reason, in bars that have room for it. */
export function draw_labels(line: Timeline): void {
	const { context, palette, model, store } = line;
	context.font = `10px ${FONT}`;
	context.textBaseline = "middle";
	context.textAlign = "left";
	context.fillStyle = palette.ink;
	for (const { span, left, right, row } of line.wide) {
		const look = model.spans.look[span];
		let text = "";
		if (look === Look.BLOCKED || look === Look.STOPPED) text = wait_name(model, model.spans.event[span]);
		else if (look === Look.ZOMBIE) text = say(store.state.language, "zombie");
		if (!text || context.measureText(text).width > right - left - 10) continue;
		context.globalAlpha = 0.72;
		context.fillText(text, Math.max(left, GUTTER) + 5, line.y_of(row) + BAR_TOP + BAR / 2 + 0.5);
	}
	context.globalAlpha = 1;
}

const MANY = 1500;
const STUB = 9;

/** Arrows in view; where there are very many, those of a pixel's column are drawn as one. */
function each_arrow(line: Timeline, arrows: Arrows, draw: (x: number, from: number, to: number, i: number) => void): void {
	const { view } = line.store;
	const { time } = arrows;
	const first = lower_bound(time, view.from), last = lower_bound(time, view.to, first);
	let column = -1, top = 0, bottom = 0;
	const is_many = last - first > MANY;
	for (let i = first; i < last; i++) {
		const x = line.x_of(time[i]);
		if (!is_many) {
			draw(x, arrows.from[i], arrows.to[i], i);
			continue;
		}
		const from = line.rows.of_thread[arrows.from[i]], to = line.rows.of_thread[arrows.to[i]];
		if (Math.floor(x) === column && from >= top && to <= bottom) continue;
		draw(x, arrows.from[i], arrows.to[i], i);
		top = Math.floor(x) === column ? Math.min(top, from) : from;
		bottom = Math.floor(x) === column ? Math.max(bottom, to) : to;
		column = Math.floor(x);
	}
}

export function draw_forks(line: Timeline): void {
	const { context, palette, rows } = line;
	context.strokeStyle = palette.soft;
	context.fillStyle = palette.soft;
	context.globalAlpha = 0.85;
	context.lineWidth = 1;
	context.beginPath();
	const heads: [number, number][] = [];
	each_arrow(line, line.model.forks, (at, from, to) => {
		const a = rows.of_thread[from], b = rows.of_thread[to];
		if (a === b || a < 0 || b < 0) return;
		const x = Math.round(at) + 0.5, y1 = line.y_of(a) + BAR_TOP + BAR, y2 = line.y_of(b) + BAR_TOP;
		if (Math.max(y1, y2) < AXIS || Math.min(y1, y2) > line.height) return;
		context.moveTo(x, y1);
		/* An arrow that leads out of sight is a short line. */
		if (y2 > line.height && y1 > AXIS) {
			context.lineTo(x, y1 + STUB);
			return;
		}
		context.lineTo(x, y2 - 4);
		heads.push([x, y2]);
	});
	context.stroke();
	context.beginPath();
	for (const [x, y] of heads) {
		context.moveTo(x - 3, y - 5);
		context.lineTo(x + 3, y - 5);
		context.lineTo(x, y);
	}
	context.fill();
	context.globalAlpha = 1;
}

/** A curve from the row of the child, dashed, to the row of the one whose child it is now. */
export function draw_reparents(line: Timeline): void {
	const { context, palette, model, rows } = line;
	const { time, from, to } = model.reparents;
	const { view } = line.store;
	context.strokeStyle = palette.signal;
	context.fillStyle = palette.signal;
	context.lineWidth = 1.2;
	for (let i = lower_bound(time, view.from); i < time.length && time[i] <= view.to; i++) {
		const child = rows.of_thread[model.processes[from[i]].threads[0]], parent = to[i] < 0 ? -1 : rows.of_thread[model.processes[to[i]].threads[0]];
		if (parent < 0 || child < 0 || child === parent) continue;
		const x = line.x_of(time[i]), y1 = line.y_of(child) + BAR_TOP + BAR / 2, y2 = line.y_of(parent) + BAR_TOP + BAR / 2;
		const bow = Math.min(28, 8 + Math.abs(y2 - y1) / 6);
		context.setLineDash([3, 2.5]);
		context.beginPath();
		context.moveTo(x, y1);
		context.bezierCurveTo(x + bow, y1, x + bow, y2, x + 3, y2);
		context.stroke();
		context.setLineDash([]);
		context.beginPath();
		context.moveTo(x, y2);
		context.lineTo(x + 6, y2 - 3);
		context.lineTo(x + 6, y2 + 3);
		context.fill();
		context.beginPath();
		context.arc(x, y1, 2.2, 0, 7);
		context.fill();
	}
}

function draw_mark(line: Timeline, kind: Mark, x: number, y: number): void {
	const { context, palette } = line;
	context.beginPath();
	if (kind === Mark.EXEC) {
		context.fillStyle = palette.exec;
		context.moveTo(x - 4, y + 0.5);
		context.lineTo(x + 4, y + 0.5);
		context.lineTo(x, y + BAR_TOP);
		context.fill();
	} else if (kind === Mark.EXIT) {
		context.fillStyle = palette.exit;
		context.fillRect(Math.round(x) - 1, y + 3, 2, BAR + 6);
	} else if (kind === Mark.SIGNAL) {
		context.fillStyle = palette.signal;
		const middle = y + STRIP_TOP + 1;
		context.moveTo(x, middle - 4);
		context.lineTo(x + 4, middle);
		context.lineTo(x, middle + 4);
		context.lineTo(x - 4, middle);
		context.fill();
	} else {
		context.fillStyle = palette.copy;
		context.fillRect(Math.round(x), y + STRIP_TOP + STRIP, 1, 3);
	}
}

/** Marks of the rows in view; of one kind, one for each pixel. */
export function draw_marks(line: Timeline): void {
	const { marks } = line.model;
	const { view } = line.store;
	const [first, last] = line.visible_rows();
	const pixel = 1 / line.scale;
	for (let row = first; row < last; row++) {
		const { thread } = line.rows.rows[row], y = line.y_of(row);
		const end = marks.offset[thread + 1];
		const drawn = [-9, -9, -9, -9, -9];
		for (let i = lower_bound(marks.time, view.from - 6 * pixel, marks.offset[thread], end); i < end && marks.time[i] <= view.to + 6 * pixel; i++) {
			const x = line.x_of(marks.time[i]), kind = marks.kind[i];
			if (Math.floor(x) === drawn[kind]) {
				/* Where all kinds of this column are drawn, the rest of the column is passed over. */
				if (i + 16 < end && marks.time[i + 16] < marks.time[i] + pixel / 2 && drawn.every((at, k) => k === 0 || at === Math.floor(x)))
					i = lower_bound(marks.time, marks.time[i] + pixel / 2, i, end) - 1;
				continue;
			}
			drawn[kind] = Math.floor(x);
			draw_mark(line, kind, x, y);
		}
	}
}

export function draw_selection(line: Timeline): void {
	const { context, palette, model } = line;
	const { selection } = line.store.state;
	const row = line.chosen_row();
	if (row < 0) return;
	const y = line.y_of(row);
	context.strokeStyle = palette.ink;
	context.lineWidth = 1.5;
	const box = (from: number, to: number, top: number, height: number) => {
		const a = Math.max(GUTTER - 4, line.x_of(from)), b = Math.min(line.width + 4, Math.max(line.x_of(to), line.x_of(from) + 2));
		if (b < GUTTER - 4 || a > line.width + 4) return;
		context.strokeRect(a - 0.75, y + top - 1.5, b - a + 1.5, height + 3);
	};
	if (selection.kind === "span") {
		box(model.spans.start[selection.span], model.spans.end[selection.span], BAR_TOP, BAR);
		draw_waking(line, selection.span);
	} else if (selection.kind === "call") {
		box(model.calls.start[selection.call], model.calls.end[selection.call], STRIP_TOP, STRIP);
	} else if (selection.kind === "mark") {
		const x = line.x_of(model.time[selection.event]);
		context.strokeRect(x - 6, y + 0.5, 12, ROW - 1);
	}
}

/** From the one who woke to the end of the chosen wait. */
function draw_waking(line: Timeline, span: number): void {
	const { context, palette, model } = line;
	const wake = model.spans.wake[span];
	if (wake < 0) return;
	const tid = model.trace.words[wake * 12 + 6];
	if (tid === 0) return;
	const from = line.rows.of_thread[model.threads.findLast((thread) => thread.tid === tid && thread.born <= model.time[wake])?.index ?? -1] ?? -1;
	const to = line.rows.of_thread[model.spans.thread[span]];
	if (from < 0 || from === to) return;
	const x = Math.round(line.x_of(model.time[wake])) + 0.5;
	const y1 = line.y_of(from) + BAR_TOP + BAR / 2, y2 = line.y_of(to) + BAR_TOP + (from < to ? 0 : BAR);
	const head = from < to ? -5 : 5;
	context.strokeStyle = palette.running_ink;
	context.fillStyle = palette.running_ink;
	context.lineWidth = 1.6;
	context.beginPath();
	context.moveTo(x, y1);
	context.lineTo(x, y2 + head);
	context.stroke();
	context.beginPath();
	context.arc(x, y1, 2.6, 0, 7);
	context.moveTo(x - 3.5, y2 + head);
	context.lineTo(x + 3.5, y2 + head);
	context.lineTo(x, y2);
	context.fill();
}
