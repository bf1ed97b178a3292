// The timeline in view as a drawing that stands by itself: all rows, bars, forks, programs, ends.

import { ticks } from "./axis";
import { upper_bound } from "./columns";
import { LOOK_WORDS, moment_text } from "./describe";
import { Look, Mark, name_at } from "./model";
import type { Page } from "./page";
import { escaped } from "./save";

const NAMES = 180, WIDTH = 1200, ROW = 22, TOP = 28, BAR = 12;

interface Scale {
	from: number;
	to: number;
	x: (t: number) => number;
	y: (row: number) => number;
}

/** Short pieces of a row that share a pixel are one piece, of the state that has most of it, and pale. */
function bars(page: Page, thread: number, top: number, scale: Scale): string {
	const { spans } = page.model, { looks } = page.palette;
	const last = spans.offset[thread + 1];
	let out = "", i = Math.max(spans.offset[thread], upper_bound(spans.start, scale.from, spans.offset[thread], last) - 1);
	const bar = (left: number, right: number, look: Look, is_merged: boolean) => {
		if (look === Look.NONE) return;
		out += `<rect x="${left.toFixed(1)}" y="${top + 5}" width="${Math.max(0.5, right - left).toFixed(1)}" height="${BAR}" fill="${looks[look]}"${is_merged ? ' opacity=".7"' : ""}><title>${escaped(page.say(LOOK_WORDS[look]))}</title></rect>`;
	};
	while (i < last && spans.start[i] < scale.to) {
		const left = scale.x(Math.max(scale.from, spans.start[i]));
		let end = i + 1;
		while (end < last && spans.end[end] < scale.to && scale.x(spans.end[end]) < left + 1) end++;
		const right = scale.x(Math.min(scale.to, spans.end[end - 1]));
		let best = i;
		for (let k = i; k < end; k++) if (spans.end[k] - spans.start[k] > spans.end[best] - spans.start[best]) best = k;
		bar(left, right, spans.look[best], end > i + 1);
		i = end;
	}
	return out;
}

function marks(page: Page, thread: number, top: number, scale: Scale): string {
	const { marks } = page.model, { palette } = page;
	let out = "", before = -Infinity;
	for (let i = upper_bound(marks.time, scale.from, marks.offset[thread], marks.offset[thread + 1]); i < marks.offset[thread + 1] && marks.time[i] <= scale.to; i++) {
		const x = scale.x(marks.time[i]);
		if ((marks.kind[i] !== Mark.EXEC && marks.kind[i] !== Mark.EXIT) || x < before + 0.5) continue;
		before = x;
		if (marks.kind[i] === Mark.EXEC) out += `<path d="M${(x - 3).toFixed(1)} ${top}h6l-3 5z" fill="${palette.exec}"/>`;
		else out += `<rect x="${x.toFixed(1)}" y="${top + 3}" width="1.5" height="${BAR + 4}" fill="${palette.exit}"/>`;
	}
	return out;
}

function forks(page: Page, rows: Int32Array, scale: Scale): string {
	const { time, from, to } = page.model.forks;
	let out = "";
	for (let i = 0; i < time.length; i++) {
		const a = rows[from[i]], b = rows[to[i]];
		if (time[i] < scale.from || time[i] > scale.to || a < 0 || b < 0 || a === b) continue;
		const x = scale.x(time[i]).toFixed(1);
		out += `<path d="M${x} ${scale.y(a) + 5 + BAR}V${scale.y(b) + 5}"/>`;
	}
	return `<g stroke="${page.palette.soft}" opacity=".55">${out}</g>`;
}

export function svg_of(page: Page): string {
	const { model, palette, store } = page;
	const { rows, of_thread } = page.timeline!.rows;
	const { from, to } = store.view;
	const scale: Scale = { from, to, x: (t) => NAMES + ((t - from) / (to - from)) * WIDTH, y: (row) => TOP + row * ROW };
	const height = TOP + rows.length * ROW + 8, width = NAMES + WIDTH + 10;
	const parts = [`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`];
	parts.push(`<rect width="${width}" height="${height}" fill="${palette.paper}"/>`);
	for (const tick of ticks(from, to, WIDTH)) {
		const x = scale.x(tick.t).toFixed(1);
		parts.push(`<path d="M${x} ${TOP - 6}V${height}" stroke="${palette.line}"/><text x="${x}" y="14" fill="${palette.soft}" text-anchor="middle" font-size="11">${escaped(moment_text(tick.t))}</text>`);
	}
	rows.forEach((row, place) => {
		const y = scale.y(place), process = model.processes[row.process];
		const name = row.is_process ? `${name_at(process, Infinity)} ${process.pid}` : `↳ ${model.threads[row.thread].tid}`;
		parts.push(`<text x="${8 + Math.min(9, row.depth) * 10}" y="${y + 15}" fill="${palette.ink}">${escaped(name.slice(0, 26))}</text>`);
		parts.push(bars(page, row.thread, y, scale), marks(page, row.thread, y, scale));
	});
	parts.push(forks(page, of_thread, scale), "</svg>");
	return parts.join("\n");
}
