// Around the bars: the axis, the names of the rows, the moment, the pointer, the scroll bar.

import { ticks } from "./axis";
import { moment_text } from "./describe";
import { name_at } from "./model";
import { say } from "./text";
import { AXIS, GUTTER, ROW, Timeline } from "./timeline";

export const FONT = '"Inter", "Noto Sans", "Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", system-ui, sans-serif';
const SMALL = `11px ${FONT}`;
const NAME = `12px ${FONT}`;

export function draw_axis(line: Timeline): void {
	const { context, palette, store } = line;
	context.fillStyle = palette.panel;
	context.fillRect(0, 0, line.width, AXIS);
	context.font = SMALL;
	context.textBaseline = "middle";
	context.textAlign = "center";
	for (const tick of ticks(store.view.from, store.view.to, line.plot_width)) {
		const x = Math.round(line.x_of(tick.t)) + 0.5;
		context.fillStyle = palette.soft;
		if (x > GUTTER + 24 && x < line.width - 24) context.fillText(`${tick.text} ms`, x, 12);
		context.fillStyle = palette.line;
		context.fillRect(x - 0.5, AXIS - 5, 1, 5);
	}
	context.fillStyle = palette.line;
	context.fillRect(0, AXIS - 1, line.width, 1);
}

/** A name that fits, cut with an ellipsis. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
	if (context.measureText(text).width <= room) return text;
	let cut = text;
	while (cut.length > 1 && context.measureText(cut + "…").width > room) cut = cut.slice(0, -1);
	return cut + "…";
}

const DEPTH_MOST = 9;

function draw_name(line: Timeline, index: number, y: number): void {
	const { context, palette, model, store } = line;
	const row = line.rows.rows[index];
	const process = model.processes[row.process];
	const x = 22 + Math.min(row.depth, DEPTH_MOST) * 11, middle = y + ROW / 2;
	const hovered = line.hover && line.row_at(line.hover.y) === index;
	if (line.chosen_row() === index || hovered) {
		context.fillStyle = palette.chosen;
		context.fillRect(0, y, GUTTER - 1, ROW);
	}
	if (row.is_process && row.below > 0) {
		context.fillStyle = palette.soft;
		context.beginPath();
		if (row.is_collapsed) {
			context.moveTo(x - 11, middle - 4);
			context.lineTo(x - 5, middle);
			context.lineTo(x - 11, middle + 4);
		} else {
			context.moveTo(x - 12, middle - 2.5);
			context.lineTo(x - 4, middle - 2.5);
			context.lineTo(x - 8, middle + 3.5);
		}
		context.fill();
	}
	const number = row.is_process ? String(process.pid) : String(model.threads[row.thread].tid);
	const extra = row.is_collapsed ? `  +${row.below}` : "";
	context.font = SMALL;
	const number_width = context.measureText(number + extra).width;
	context.textAlign = "right";
	context.fillStyle = palette.soft;
	context.fillText(number + extra, GUTTER - 12, middle + 0.5);
	context.textAlign = "left";
	context.font = NAME;
	context.fillStyle = row.is_process ? palette.ink : palette.soft;
	const name = row.is_process ? name_at(process, Infinity) : `↳ ${say(store.state.language, "thread")}`;
	context.fillText(fitted(context, name, GUTTER - 26 - x - number_width), x, middle + 0.5);
}

export function draw_names(line: Timeline): void {
	const { context, palette } = line;
	const [first, last] = line.visible_rows();
	context.save();
	context.beginPath();
	context.rect(0, AXIS, GUTTER, line.plot_height);
	context.clip();
	context.fillStyle = palette.panel;
	context.fillRect(0, AXIS, GUTTER, line.plot_height);
	context.textBaseline = "middle";
	for (let row = first; row < last; row++) draw_name(line, row, line.y_of(row));
	context.restore();
	context.fillStyle = palette.line;
	context.fillRect(GUTTER - 1, 0, 1, line.height);
}

/** The moment that memory and descriptors are shown of, the pointer, and a piece of time being marked out. */
export function draw_cursor(line: Timeline): void {
	const { context, palette, store } = line;
	const x = Math.round(line.x_of(store.state.moment));
	if (x >= GUTTER && x <= line.width) {
		context.fillStyle = palette.accent;
		context.fillRect(x, AXIS - 8, 1, line.height);
		context.beginPath();
		context.moveTo(x - 4, AXIS - 9);
		context.lineTo(x + 5, AXIS - 9);
		context.lineTo(x + 0.5, AXIS - 2);
		context.fill();
	}
	if (line.range) {
		const a = line.x_of(line.range.from), b = line.x_of(line.range.to);
		context.globalAlpha = 0.14;
		context.fillStyle = palette.accent;
		context.fillRect(Math.min(a, b), AXIS, Math.abs(b - a), line.plot_height);
		context.globalAlpha = 1;
	}
	if (line.hover && line.hover.x > GUTTER) {
		const text = moment_text(line.t_of(line.hover.x));
		context.font = SMALL;
		const width = context.measureText(text).width + 12;
		const left = Math.max(GUTTER, Math.min(line.width - width, line.hover.x - width / 2));
		context.globalAlpha = 0.5;
		context.fillStyle = palette.soft;
		context.fillRect(Math.round(line.hover.x), AXIS, 1, line.plot_height);
		context.globalAlpha = 1;
		context.fillStyle = palette.ink;
		context.fillRect(left, 3, width, 18);
		context.fillStyle = palette.paper;
		context.textAlign = "center";
		context.textBaseline = "middle";
		context.fillText(text, left + width / 2, 12.5);
	}
}

export function draw_scrollbar(line: Timeline): void {
	const whole = line.rows.rows.length * ROW;
	if (whole <= line.plot_height) return;
	const { context, palette } = line;
	const height = Math.max(24, (line.plot_height * line.plot_height) / whole);
	const y = AXIS + (line.scroll / Math.max(1, whole - line.plot_height + 8)) * (line.plot_height - height);
	context.globalAlpha = 0.45;
	context.fillStyle = palette.soft;
	context.beginPath();
	context.roundRect(line.width - 8, y + 2, 5, height - 4, 2.5);
	context.fill();
	context.globalAlpha = 1;
}
