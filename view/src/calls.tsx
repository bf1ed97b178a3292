// The system calls as a table: filtered, linked to the timeline. Only the rows in view are elements of the page.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { arguments_text, call_name, count_text, is_error, length_text, moment_text, result_text, thread_text } from "./describe";
import { lower_bound } from "./columns";
import type { Model } from "./model";
import type { Page } from "./page";
import { useSettledView, useStore } from "./store";

const ROW = 22;

export interface CallFilter {
	text: string;
	process: number;
	only_errors: boolean;
	from: number;
	to: number;
}

/** Numbers of the calls that a filter lets through, in the order of their beginning. */
export function filter_calls(model: Model, filter: CallFilter): Int32Array {
	const { calls, trace, threads } = model;
	const found = new Int32Array(calls.count);
	const text = filter.text.trim().toLowerCase();
	/* Most words are names of calls: those are looked up once for each name. */
	const names = new Map<number, boolean>();
	let count = 0;
	const first = isFinite(filter.from) ? lower_bound(calls.start, filter.from) : 0;
	for (let i = first; i < calls.count && calls.start[i] <= filter.to; i++) {
		if (filter.process >= 0 && threads[calls.thread[i]].process !== filter.process) continue;
		if (filter.only_errors && !is_error(trace, calls.exit[i])) continue;
		if (text) {
			const number = trace.words[calls.enter[i] * 12 + 4];
			let named = names.get(number);
			if (named === undefined) names.set(number, (named = call_name(trace, calls.enter[i]).toLowerCase().includes(text)));
			if (!named && !`${arguments_text(trace, calls.enter[i])} = ${result_text(trace, calls.exit[i])}`.toLowerCase().includes(text)) continue;
		}
		found[count++] = i;
	}
	return found.subarray(0, count);
}

function Row({ page, call, top, is_chosen }: { page: Page; call: number; top: number; is_chosen: boolean }) {
	const { model } = page;
	const { trace, calls } = model;
	const enter = calls.enter[call], exit = calls.exit[call];
	return (
		<div class={`row${is_chosen ? " chosen" : ""}`} style={{ top: `${top}px` }} role="row" onClick={() => page.choose_call(call)}>
			<span class="number">{moment_text(calls.start[call])}</span>
			<span>{thread_text(model, calls.thread[call], calls.start[call])}</span>
			<span class="mono wide">
				<b>{call_name(trace, enter)}</b>({arguments_text(trace, enter)})
			</span>
			<span class={`mono${is_error(trace, exit) ? " error" : ""}`}>{exit < 0 ? "?" : result_text(trace, exit)}</span>
			<span class="number">{length_text(calls.end[call] - calls.start[call])}</span>
		</div>
	);
}

export function CallsPicture({ page }: { page: Page }) {
	const { model } = page;
	const { selection } = useStore(page.store);
	const view = useSettledView(page.store);
	const [text, set_text] = useState("");
	const [process, set_process] = useState(-1);
	const [only_errors, set_only_errors] = useState(false);
	const [only_view, set_only_view] = useState(false);
	const [scroll, set_scroll] = useState(0);
	const [height, set_height] = useState(300);
	const box = useRef<HTMLDivElement>(null);
	const from = only_view ? view.from : -Infinity, to = only_view ? view.to : Infinity;
	const found = useMemo(() => filter_calls(model, { text, process, only_errors, from, to }), [model, text, process, only_errors, from, to]);
	const chosen = selection.kind === "call" ? selection.call : -1;
	useEffect(() => {
		const observer = new ResizeObserver(() => set_height(box.current?.clientHeight ?? 300));
		observer.observe(box.current!);
		return () => observer.disconnect();
	}, []);
	useEffect(() => {
		const at = chosen < 0 ? -1 : lower_bound(found, chosen);
		const element = box.current!;
		if (at < 0 || found[at] !== chosen) return;
		if (at * ROW < element.scrollTop || (at + 1) * ROW > element.scrollTop + element.clientHeight) element.scrollTop = at * ROW - element.clientHeight / 2;
	}, [chosen, found]);
	/* Browsers give up on elements higher than some tens of millions of pixels. */
	const whole = found.length * ROW, tall = Math.min(whole, 8e6), stretch = tall > height ? (whole - height) / (tall - height) : 1;
	const top = scroll * stretch, first = Math.max(0, Math.floor(top / ROW) - 2), last = Math.min(found.length, Math.ceil((top + height) / ROW) + 2);
	const rows = [];
	for (let i = first; i < last; i++) rows.push(<Row key={found[i]} page={page} call={found[i]} top={i * ROW - top + scroll} is_chosen={found[i] === chosen} />);
	return (
		<div class="calls">
			<div class="tools">
				<input type="search" value={text} placeholder={page.say("filter")} aria-label={page.say("filter")} onInput={(event) => set_text(event.currentTarget.value)} />
				<select value={process} aria-label={page.say("process")} onChange={(event) => set_process(Number(event.currentTarget.value))}>
					<option value={-1}>{page.say("all_processes")}</option>
					{model.processes.slice(0, 2000).map((one) => (
						<option key={one.index} value={one.index}>
							{one.name || "init"}[{one.pid}]
						</option>
					))}
				</select>
				<label>
					<input type="checkbox" checked={only_errors} onChange={(event) => set_only_errors(event.currentTarget.checked)} /> {page.say("only_errors")}
				</label>
				<label>
					<input type="checkbox" checked={only_view} onChange={(event) => set_only_view(event.currentTarget.checked)} /> {page.say("only_view")}
				</label>
				<span class="soft count">
					{count_text(found.length)} / {count_text(model.calls.count)}
				</span>
			</div>
			<div class="row head" role="row">
				<span class="number">{page.say("time")}</span>
				<span>{page.say("thread")}</span>
				<span class="wide">{page.say("call")}</span>
				<span>{page.say("result")}</span>
				<span class="number">{page.say("took")}</span>
			</div>
			<div class="rows" ref={box} role="table" aria-label={page.say("calls")} tabIndex={0} onScroll={(event) => set_scroll(event.currentTarget.scrollTop)}>
				<div style={{ height: `${tall}px`, position: "relative" }}>{rows}</div>
				{found.length === 0 && <p class="hint">{page.say("no_match")}</p>}
			</div>
		</div>
	);
}
