// The timeline as a part of the page: its canvas, what pointer and wheel do, and the words beside the pointer.

import { useEffect, useRef, useState } from "preact/hooks";
import { arguments_text, call_name, length_text, LOOK_WORDS, thread_text } from "./describe";
import { reason_text } from "./inspector_span";
import { call_at } from "./model";
import { is_waiting } from "./describe";
import type { Page } from "./page";
import { AXIS, GUTTER, Hit, Timeline } from "./timeline";

const CLICK_PIXELS = 4;

interface Drag {
	x: number;
	y: number;
	last_x: number;
	last_y: number;
	kind: "pan" | "range" | "moment";
	has_moved: boolean;
}

function listen_pointer(page: Page, line: Timeline, on_hover: (hit: Hit | null, x: number, y: number) => void): () => void {
	const { canvas } = line;
	let drag: Drag | null = null;
	const at = (event: PointerEvent | WheelEvent) => {
		const box = canvas.getBoundingClientRect();
		return { x: event.clientX - box.left, y: event.clientY - box.top };
	};
	const down = (event: PointerEvent) => {
		if (event.button !== 0) return;
		const { x, y } = at(event);
		canvas.setPointerCapture(event.pointerId);
		const kind = event.shiftKey ? "range" : y < AXIS && x > GUTTER ? "moment" : "pan";
		drag = { x, y, last_x: x, last_y: y, kind, has_moved: false };
		if (kind === "moment") page.store.set({ moment: line.t_of(x) });
	};
	const move = (event: PointerEvent) => {
		const { x, y } = at(event);
		line.hover = { x, y };
		if (!drag) {
			on_hover(line.hit(x, y), x, y);
			line.invalidate();
			return;
		}
		if (Math.abs(x - drag.x) + Math.abs(y - drag.y) > CLICK_PIXELS) drag.has_moved = true;
		if (drag.kind === "moment") page.store.set({ moment: line.t_of(x) });
		else if (drag.kind === "range") {
			line.range = { from: line.t_of(drag.x), to: line.t_of(x) };
			line.invalidate();
		} else if (drag.has_moved) {
			if (drag.x > GUTTER) line.pan(-(x - drag.last_x) / line.plot_width);
			line.scroll_to(line.scroll - (y - drag.last_y));
		}
		drag.last_x = x;
		drag.last_y = y;
		on_hover(null, x, y);
	};
	const up = (event: PointerEvent) => {
		const { x, y } = at(event);
		if (drag?.kind === "range" && line.range && drag.has_moved) {
			const { from, to } = line.range;
			line.glide(Math.min(from, to), Math.max(from, to));
		} else if (drag && !drag.has_moved && drag.kind !== "moment") click(x, y);
		line.range = null;
		drag = null;
		line.invalidate();
	};
	const click = (x: number, y: number) => {
		const hit = line.hit(x, y);
		const row = line.rows.rows[hit.row];
		if (x < GUTTER && row?.is_process && row.below > 0 && x < 22 + Math.min(row.depth, 9) * 11) {
			line.toggle(row.process);
			return;
		}
		page.store.set(x < GUTTER ? { selection: hit.selection } : { selection: hit.selection, moment: hit.t });
	};
	const leave = () => {
		line.hover = null;
		on_hover(null, 0, 0);
		line.invalidate();
	};
	const wheel = (event: WheelEvent) => {
		event.preventDefault();
		const { x } = at(event);
		const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
		const dx = event.deltaX * unit, dy = event.deltaY * unit;
		if (x < GUTTER) line.scroll_to(line.scroll + dy);
		else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) line.pan((dx || dy) / line.plot_width);
		else line.zoom(Math.exp(dy * 0.0022), x);
	};
	canvas.addEventListener("pointerdown", down);
	canvas.addEventListener("pointermove", move);
	canvas.addEventListener("pointerup", up);
	canvas.addEventListener("pointerleave", leave);
	canvas.addEventListener("wheel", wheel, { passive: false });
	return () => {
		canvas.removeEventListener("pointerdown", down);
		canvas.removeEventListener("pointermove", move);
		canvas.removeEventListener("pointerup", up);
		canvas.removeEventListener("pointerleave", leave);
		canvas.removeEventListener("wheel", wheel);
	};
}

interface Tip {
	hit: Hit;
	x: number;
	y: number;
}

function TipText({ page, tip }: { page: Page; tip: Tip }) {
	const { model } = page;
	const { spans, calls, trace } = model;
	const { selection, t } = tip.hit;
	if (selection.kind === "call") {
		const enter = calls.enter[selection.call];
		return (
			<>
				<b class="mono">{call_name(trace, enter)}</b>
				<span class="mono">({arguments_text(trace, enter)})</span> <span class="soft">{length_text(calls.end[selection.call] - calls.start[selection.call])}</span>
			</>
		);
	}
	if (selection.kind !== "span") return null;
	const { span } = selection, look = spans.look[span];
	const call = call_at(model, spans.thread[span], t);
	return (
		<>
			<b>{thread_text(model, spans.thread[span], t)}</b> {page.say(LOOK_WORDS[look])} <span class="soft">{length_text(spans.end[span] - spans.start[span])}</span>
			{is_waiting(look) && <div>{reason_text(page, span)}</div>}
			{call >= 0 && <div class="mono soft">{call_name(trace, calls.enter[call])}(…)</div>}
		</>
	);
}

export function TimelineView({ page }: { page: Page }) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const [tip, set_tip] = useState<Tip | null>(null);
	useEffect(() => {
		const line = new Timeline(canvas.current!, page.model, page.store, () => page.palette);
		page.timeline = line;
		const observer = new ResizeObserver(() => line.resize());
		observer.observe(canvas.current!);
		line.resize();
		const stop_view = page.store.listen_view(() => line.invalidate());
		const stop_pointer = listen_pointer(page, line, (hit, x, y) =>
			set_tip(hit && x > GUTTER && (hit.selection.kind === "span" || hit.selection.kind === "call") ? { hit, x, y } : null),
		);
		return () => {
			observer.disconnect();
			stop_view();
			stop_pointer();
		};
	}, [page]);
	const is_right = tip !== null && tip.x > (page.timeline?.width ?? 0) - 320;
	const is_low = tip !== null && tip.y > (page.timeline?.height ?? 0) - 90;
	return (
		<div class="timeline">
			<canvas ref={canvas} tabIndex={0} role="application" aria-label={page.say("timeline_label")} />
			{tip && (
				<div
					class="tip"
					style={{
						[is_right ? "right" : "left"]: `${is_right ? (page.timeline?.width ?? 0) - tip.x + 14 : tip.x + 14}px`,
						[is_low ? "bottom" : "top"]: `${is_low ? (page.timeline?.height ?? 0) - tip.y + 14 : tip.y + 16}px`,
					}}
				>
					<TipText page={page} tip={tip} />
				</div>
			)}
		</div>
	);
}
