// A piece of a thread's life: its state, and for a wait why, on what, woken by whom, and the chain of waiters.

import { upper_bound, lower_bound } from "./columns";
import { arguments_text, call_name, is_waiting, length_text, moment_text, status_text, thread_text, wait_name } from "./describe";
import { word_of } from "./load";
import { Look, call_at } from "./model";
import type { Page } from "./page";
import { Chip, Fact, Link, ObjectLink, ProcessLink, ThreadLink } from "./parts";
import { say_wait } from "./text";
import { Holder, also_waiting, chain_of, holders, object_of, waker_of } from "./waiting";

/** What the thread waits for, in words. */
export function reason_text(page: Page, span: number): string {
	const { model } = page;
	const name = wait_name(model, model.spans.event[span]);
	const english = model.trace.info.wait_texts[word_of(model.trace, model.spans.event[span], 2)] ?? name;
	return say_wait(page.store.state.language, name, english.replace(/;.*/, ""));
}

function Chain({ page, span }: { page: Page; span: number }) {
	const chain = chain_of(page.model, span);
	const { spans } = page.model;
	if (chain.length < 1 || chain[0].by < 0) return null;
	const last = chain[chain.length - 1];
	return (
		<section>
			<h3>{page.say("chain")}</h3>
			<ol class="chain">
				{chain.map((link) => (
					<li key={link.span}>
						<Link go={() => page.choose_span(link.span)}>{thread_text(page.model, spans.thread[link.span], spans.start[link.span])}</Link>{" "}
						<span class="soft">
							{page.say("chain_waits")} {length_text(spans.end[link.span] - spans.start[link.span])}: {reason_text(page, link.span)}
						</span>
					</li>
				))}
				<li>
					{last.by >= 0 ? (
						<>
							<ThreadLink page={page} thread={last.by} t={page.model.time[spans.wake[last.span]]} /> <span class="soft">{page.say("chain_start")}</span>
						</>
					) : (
						<span class="soft">{spans.wake[last.span] >= 0 ? page.say("by_kernel") : page.say("not_woken")}</span>
					)}
				</li>
			</ol>
		</section>
	);
}

function Holders({ page, list, t }: { page: Page; list: Holder[]; t: number }) {
	if (list.length === 0) return <span class="soft">{page.say("nobody")}</span>;
	return (
		<>
			{list.map((holder) => (
				<div key={holder.process}>
					<ProcessLink page={page} process={holder.process} t={t} /> <span class="soft">fd {holder.fds.join(", ")}</span>
				</div>
			))}
		</>
	);
}

function CallOf({ page, thread, t }: { page: Page; thread: number; t: number }) {
	const call = call_at(page.model, thread, t);
	if (call < 0) return null;
	const enter = page.model.calls.enter[call];
	return (
		<Fact name={page.say("during")}>
			<Link go={() => page.choose_call(call)}>
				<code>
					{call_name(page.model.trace, enter)}({arguments_text(page.model.trace, enter)})
				</code>
			</Link>
		</Fact>
	);
}

function Waiting({ page, span }: { page: Page; span: number }) {
	const { model } = page;
	const { spans } = model;
	const event = spans.event[span], thing = object_of(model, span), by = waker_of(model, span), wake = spans.wake[span];
	const others = also_waiting(model, span), name = wait_name(model, event);
	const start = spans.start[span], raw = word_of(model.trace, event, 3);
	const by_call = by >= 0 ? call_at(model, by, model.time[wake]) : -1;
	return (
		<>
			<dl>
				<Fact name={page.say("why")}>
					{reason_text(page, span)} <code class="soft">{name}</code>
				</Fact>
				{thing ? (
					<Fact name={page.say("on_object")}>
						<ObjectLink page={page} object={thing.index} />
					</Fact>
				) : raw !== 0 && name !== "hrtimer_nanosleep" ? (
					<Fact name={page.say("on_object")}>
						<code>0x{raw.toString(16)}</code>
					</Fact>
				) : name === "hrtimer_nanosleep" && raw !== 0 ? (
					<Fact name={page.say("on_object")}>{moment_text(raw)}</Fact>
				) : null}
				<CallOf page={page} thread={spans.thread[span]} t={start} />
				{wake >= 0 ? (
					<>
						<Fact name={page.say("woken_by")}>{by >= 0 ? <ThreadLink page={page} thread={by} t={model.time[wake]} /> : page.say("by_kernel")}</Fact>
						{by_call >= 0 && <CallOf page={page} thread={by} t={model.time[wake]} />}
						<Fact name={page.say("woken_at")}>
							<Link go={() => page.go_to(model.time[wake])}>{moment_text(model.time[wake])}</Link>
						</Fact>
					</>
				) : (
					<Fact name={page.say("woken_by")}>{page.say("not_woken")}</Fact>
				)}
				{name === "pipe_read" && thing && (
					<Fact name={page.say("may_write")}>
						<Holders page={page} list={holders(model, thing, "write", start)} t={start} />
					</Fact>
				)}
				{name === "pipe_write" && thing && (
					<Fact name={page.say("may_read")}>
						<Holders page={page} list={holders(model, thing, "read", start)} t={start} />
					</Fact>
				)}
				{others.length > 0 && (
					<Fact name={page.say("also_waiting")}>
						{others.map((other) => (
							<div key={other}>
								<ThreadLink page={page} thread={spans.thread[other]} t={start} />
							</div>
						))}
					</Fact>
				)}
			</dl>
			<Chain page={page} span={span} />
		</>
	);
}

/** How many of a sorted column lie in a piece of time, for one thread's calls. */
function Running({ page, span }: { page: Page; span: number }) {
	const { model } = page;
	const { spans, calls } = model;
	const thread = spans.thread[span], start = spans.start[span], end = spans.end[span];
	const from = lower_bound(calls.item_start, start, calls.offset[thread], calls.offset[thread + 1]);
	const to = upper_bound(calls.item_start, end, calls.offset[thread], calls.offset[thread + 1]);
	const next = span + 1 < spans.offset[thread + 1] ? span + 1 : -1;
	let why = page.say("end_of_trace");
	if (next >= 0) {
		const look = spans.look[next];
		why = page.say(look === Look.ZOMBIE ? "its_end" : is_waiting(look) ? "voluntary" : "forced");
	} else if (end < model.last) why = page.say("its_end");
	return (
		<dl>
			<Fact name={page.say("on_cpu")}>{(model.trace.words[spans.event[span] * 12 + 2] >>> 16) & 0xff}</Fact>
			<Fact name={page.say("ended_by")}>{why}</Fact>
			<Fact name={page.say("n_calls")}>{to - from}</Fact>
		</dl>
	);
}

function Ready({ page, span }: { page: Page; span: number }) {
	const { spans } = page.model;
	const before = span - 1;
	if (before < spans.offset[spans.thread[span]] || !is_waiting(spans.look[before])) return null;
	const by = waker_of(page.model, before);
	return (
		<dl>
			<Fact name={page.say("woken_by")}>{by >= 0 ? <ThreadLink page={page} thread={by} t={spans.start[span]} /> : page.say("by_kernel")}</Fact>
		</dl>
	);
}

function Zombie({ page, span }: { page: Page; span: number }) {
	const { model } = page;
	const process = model.processes[model.threads[model.spans.thread[span]].process];
	const parent = process.parents[process.parents.length - 1].pid;
	const collector = model.processes.findLast((other) => other.pid === parent && other.born <= model.spans.end[span]);
	return (
		<dl>
			<Fact name={page.say("exit_status")}>{status_text(page.store.state.language, model.trace, process.status)}</Fact>
			<Fact name={page.say("collected_by")}>
				{isNaN(process.reaped) || !collector ? page.say("never_collected") : <ThreadLink page={page} thread={collector.threads[0]} t={process.reaped} />}
			</Fact>
		</dl>
	);
}

export function SpanPanel({ page, span }: { page: Page; span: number }) {
	const { model } = page;
	const { spans } = model;
	const start = spans.start[span], end = spans.end[span], thread = spans.thread[span], look = spans.look[span];
	return (
		<>
			<header>
				<Chip page={page} look={look} />
				<b class="big">{length_text(end - start)}</b>
			</header>
			<dl>
				<Fact name={page.say("thread")}>
					<Link go={() => page.choose_process(model.threads[thread].process)}>{thread_text(model, thread, start)}</Link>
				</Fact>
				<Fact name={page.say("from")}>
					<Link go={() => page.go_to(start)}>{moment_text(start)}</Link>
				</Fact>
				<Fact name={page.say("to")}>
					<Link go={() => page.go_to(end)}>{moment_text(end)}</Link>
				</Fact>
			</dl>
			{is_waiting(look) && <Waiting page={page} span={span} />}
			{look === Look.RUNNING && <Running page={page} span={span} />}
			{look === Look.READY && <Ready page={page} span={span} />}
			{look === Look.ZOMBIE && <Zombie page={page} span={span} />}
			<footer>
				<button type="button" onClick={() => page.timeline?.neighbour(-1)}>← {page.say("previous")}</button>
				<button type="button" onClick={() => page.timeline?.neighbour(1)}>{page.say("next")} →</button>
				<button type="button" onClick={() => page.timeline?.zoom_to(start, end)}>{page.say("zoom_to")}</button>
			</footer>
		</>
	);
}
