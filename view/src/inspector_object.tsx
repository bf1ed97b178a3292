// An object between processes: its messages in order, how full it was, who holds its ends; and signals between two.

import { useMemo, useState } from "preact/hooks";
import { bytes_text, count_text, first_bytes, moment_text, process_text, signal_name } from "./describe";
import { Trace, word_of } from "./load";
import { Fill } from "./fill";
import type { Page } from "./page";
import type { Pass } from "./objects";
import { Fact, Link, ObjectLink, ProcessLink } from "./parts";
import { Holder, holders } from "./waiting";

const SHOWN_AT_ONCE = 200;
const PEERS_SHOWN = 20;

/** Where a long list goes on. */
function More({ left, more }: { left: number; more: () => void }) {
	return left > 0 ? (
		<button type="button" class="more" onClick={more}>
			+ {count_text(left)}
		</button>
	) : null;
}

/** Which semaphore of a set, and by how much. */
function semaphore_text(trace: Trace, record: number, is_send: boolean): string {
	const by = trace.words[record * 12 + 10] | 0;
	return `#${trace.words[record * 12 + 11]} ${is_send ? "+" : "−"}${by}`;
}

function Holders({ page, list, t }: { page: Page; list: Holder[]; t: number }) {
	if (!list.length) return <span class="soft">{page.say("nobody")}</span>;
	return (
		<span class="list">
			{list.map((holder) => (
				<span key={holder.process}>
					<ProcessLink page={page} process={holder.process} t={t} /> <span class="soft">fd {holder.fds.join(", ")}</span>
				</span>
			))}
		</span>
	);
}

/** Descriptors that were passed in messages. */
function Passes({ page, passes }: { page: Page; passes: Pass[] }) {
	const { model } = page;
	const [shown, show] = useState(SHOWN_AT_ONCE);
	return (
		<section>
			<h3>
				{page.say("passed")} <span class="soft">{count_text(passes.length)}</span>
			</h3>
			<ol class="messages passes" data-list="passes">
				{passes.slice(0, shown).map((pass) => (
					<li key={pass.record}>
						<Link go={() => page.go_to(model.time[pass.record])}>{moment_text(model.time[pass.record])}</Link>
						<ProcessLink page={page} process={pass.from} t={model.time[pass.record]} />
						<span class="soft">fd {pass.fd}</span>
						<code>{pass.file?.name ?? ""}</code>
						<span class="arrow">→</span>
						{pass.to >= 0 ? <ProcessLink page={page} process={pass.to} t={model.time[pass.record]} /> : "–"}
					</li>
				))}
			</ol>
			<More left={passes.length - shown} more={() => show(shown + 1000)} />
		</section>
	);
}

export function ObjectPanel({ page, object }: { page: Page; object: number }) {
	const { model } = page;
	const thing = model.objects.things[object];
	const [shown, show] = useState(SHOWN_AT_ONCE);
	const t = page.store.state.moment;
	const is_bytes = thing.sent > 0 || thing.received > 0;
	const send = model.kinds.SEND;
	const ends = useMemo(() => (thing.kind === "pipe" ? { write: holders(model, thing, "write", t), read: holders(model, thing, "read", t) } : null), [thing, t]);
	const held = useMemo(() => (thing.kind.includes("socket") ? holders(model, thing, "", t) : []), [thing, t]);
	return (
		<>
			<header>
				<b class="big">
					{page.say_known(thing.kind)} {thing.number}
				</b>
				<span class="soft mono">{thing.address}</span>
			</header>
			<dl>
				{is_bytes && <Fact name={page.say("bytes_sent")}>{bytes_text(thing.sent)}</Fact>}
				{is_bytes && <Fact name={page.say("bytes_received")}>{bytes_text(thing.received)}</Fact>}
				{ends && (
					<>
						<Fact name={page.say("write_end")}>
							{ends.write.length === 0 && <span class="soft">{page.say("nobody")}</span>}
							<span class="list">{ends.write.map((holder) => <ProcessLink key={holder.process} page={page} process={holder.process} t={t} />)}</span>
						</Fact>
						<Fact name={page.say("read_end")}>
							{ends.read.length === 0 && <span class="soft">{page.say("nobody")}</span>}
							<span class="list">{ends.read.map((holder) => <ProcessLink key={holder.process} page={page} process={holder.process} t={t} />)}</span>
						</Fact>
					</>
				)}
				{!ends && held.length > 0 && (
					<Fact name={page.say("held_by")}>
						<Holders page={page} list={held} t={t} />
					</Fact>
				)}
				{thing.peers.length > 0 && (
					<Fact name={page.say("other_end")}>
						<span class="list" data-fact="peer">
							{thing.peers.slice(-PEERS_SHOWN).map((peer) => (
								<span key={peer}>
									<ObjectLink page={page} object={peer} /> <Holders page={page} list={holders(model, model.objects.things[peer], "", t)} t={t} />
								</span>
							))}
						</span>
					</Fact>
				)}
			</dl>
			{is_bytes && <Fill page={page} thing={thing} />}
			{thing.passes.length > 0 && <Passes page={page} passes={thing.passes} />}
			<section>
				<h3>
					{page.say("messages_in_order")} <span class="soft">{count_text(thing.messages.length)}</span>
				</h3>
				<ol class="messages">
					{thing.messages.slice(0, shown).map((record, place) => {
						const is_send = (model.trace.words[record * 12 + 2] & 0xffff) === send;
						const actor = thing.actors[place];
						const is_message = is_send || (model.trace.words[record * 12 + 2] & 0xffff) === model.kinds.RECEIVE;
						return (
							<li key={record} class={is_message ? (is_send ? "send" : "receive") : "wake"}>
								<Link go={() => page.go_to(model.time[record])}>{moment_text(model.time[record])}</Link>
								<span class="arrow" title={page.say(is_message ? (is_send ? "sends" : "receives") : "wakes")}>
									{is_message ? (is_send ? "→" : "←") : "⇢"}
								</span>
								<span>{actor >= 0 ? process_text(model.processes[actor], model.time[record]) : "–"}</span>
								{is_bytes && <span class="number">{count_text(word_of(model.trace, record, 2))} B</span>}
								{is_bytes && <code>{first_bytes(model.trace, record)}</code>}
								{!is_bytes && is_message && <code>{semaphore_text(model.trace, record, is_send)}</code>}
							</li>
						);
					})}
				</ol>
				<More left={thing.messages.length - shown} more={() => show(shown + 1000)} />
			</section>
		</>
	);
}

export function SignalsPanel({ page, pair }: { page: Page; pair: number }) {
	const { model } = page;
	const { from, to, records } = model.objects.signals[pair];
	const [shown, show] = useState(SHOWN_AT_ONCE);
	return (
		<>
			<header>
				<b class="big">{page.say("signals")}</b>
			</header>
			<dl>
				<Fact name={page.say("from")}>{from >= 0 ? <ProcessLink page={page} process={from} t={Infinity} /> : page.say("by_kernel")}</Fact>
				<Fact name={page.say("to")}>
					<ProcessLink page={page} process={to} t={Infinity} />
				</Fact>
			</dl>
			<ol class="messages">
				{records.slice(0, shown).map((record) => (
					<li key={record}>
						<Link go={() => page.go_to(model.time[record])}>{moment_text(model.time[record])}</Link>
						<span class="arrow">→</span>
						<span>{signal_name(model.trace, word_of(model.trace, record, 2))}</span>
					</li>
				))}
			</ol>
			<More left={records.length - shown} more={() => show(shown + 1000)} />
		</>
	);
}
