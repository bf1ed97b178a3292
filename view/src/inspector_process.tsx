// A process as a whole, and one system call.

import { arguments_text, bytes_text, call_name, count_text, is_error, length_text, moment_text, result_text, status_text, thread_text } from "./describe";
import { LOOKS, Look, Model, Process, process_of_pid } from "./model";
import type { Page } from "./page";
import { Chip, Fact, Link, ProcessLink } from "./parts";

/** Time of all threads of a process in each state. */
export function times_of(model: Model, process: Process): Float64Array {
	const times = new Float64Array(LOOKS);
	for (const thread of process.threads)
		for (let i = model.spans.offset[thread]; i < model.spans.offset[thread + 1]; i++) times[model.spans.look[i]] += model.spans.end[i] - model.spans.start[i];
	return times;
}

function Times({ page, process }: { page: Page; process: Process }) {
	const times = times_of(page.model, process);
	const whole = times.reduce((sum, time) => sum + time, 0) || 1;
	const shown = [Look.RUNNING, Look.READY, Look.BLOCKED, Look.STOPPED, Look.SUSPENDED, Look.NEW, Look.ZOMBIE].filter((look) => times[look] > 0);
	return (
		<section>
			<h3>{page.say("times_in_states")}</h3>
			<div class="shares">
				{shown.map((look) => (
					<i key={look} style={{ background: page.palette.looks[look], flexGrow: Math.max(0.004, times[look] / whole) }} />
				))}
			</div>
			<table class="plain">
				<tbody>
					{shown.map((look) => (
						<tr key={look}>
							<td><Chip page={page} look={look} /></td>
							<td class="number">{length_text(times[look])}</td>
							<td class="number soft">{((times[look] / whole) * 100).toFixed(1)} %</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

export function ProcessPanel({ page, process: index }: { page: Page; process: number }) {
	const { model } = page;
	const process = model.processes[index];
	const language = page.store.state.language;
	const end = isNaN(process.exited) ? model.last : process.exited;
	return (
		<>
			<header>
				<b class="big">{process.name || "init"}</b>
				<span class="soft">pid {process.pid}</span>
			</header>
			<dl>
				{process.maker >= 0 && (
					<Fact name={page.say("made_by")}>
						<ProcessLink page={page} process={process.maker} t={process.born} />
					</Fact>
				)}
				{process.parents.length > 1 && (
					<Fact name={page.say("parents")}>
						{process.parents.map((parent) => {
							const who = process_of_pid(model, parent.pid, parent.t);
							return (
								<div key={parent.t}>
									{who ? <ProcessLink page={page} process={who.index} t={parent.t} /> : parent.pid} <span class="soft">{moment_text(parent.t)}</span>
								</div>
							);
						})}
					</Fact>
				)}
				<Fact name={page.say("born")}>
					<Link go={() => page.go_to(process.born)}>{moment_text(process.born)}</Link>
				</Fact>
				<Fact name={page.say("exited")}>{isNaN(process.exited) ? "–" : <Link go={() => page.go_to(process.exited)}>{moment_text(process.exited)}</Link>}</Fact>
				<Fact name={page.say("lived")}>{length_text(end - process.born)}</Fact>
				<Fact name={page.say("exit_status")}>{status_text(language, model.trace, process.status)}</Fact>
				{process.names.length > 1 && <Fact name={page.say("names")}>{process.names.map((naming) => naming.name).join(" → ")}</Fact>}
				<Fact name={page.say("n_calls")}>{count_text(process.calls)}</Fact>
				<Fact name={page.say("n_faults")}>{count_text(process.faults)}</Fact>
				<Fact name={page.say("n_copies")}>{count_text(process.copies)}</Fact>
				<Fact name={page.say("bytes_sent")}>{bytes_text(process.sent)}</Fact>
				<Fact name={page.say("bytes_received")}>{bytes_text(process.received)}</Fact>
				{process.children.length > 0 && (
					<Fact name={`${page.say("children")} (${process.children.length})`}>
						<span class="list">
							{process.children.slice(0, 40).map((child) => (
								<ProcessLink key={child} page={page} process={child} t={Infinity} />
							))}
							{process.children.length > 40 && "…"}
						</span>
					</Fact>
				)}
			</dl>
			<Times page={page} process={process} />
			<footer>
				<button type="button" onClick={() => page.timeline?.zoom_to(process.born, isNaN(process.reaped) ? end : process.reaped)}>{page.say("zoom_to")}</button>
			</footer>
		</>
	);
}

export function CallPanel({ page, call }: { page: Page; call: number }) {
	const { model } = page;
	const { calls, trace, spans } = { ...model, trace: model.trace };
	const enter = calls.enter[call], exit = calls.exit[call], thread = calls.thread[call];
	let blocked = 0;
	for (let i = spans.offset[thread]; i < spans.offset[thread + 1] && spans.start[i] < calls.end[call]; i++)
		if (spans.look[i] === Look.BLOCKED && spans.start[i] >= calls.start[call]) blocked += spans.end[i] - spans.start[i];
	return (
		<>
			<header>
				<b class="big mono">{call_name(trace, enter)}</b>
				<b class="big">{length_text(calls.end[call] - calls.start[call])}</b>
			</header>
			<p class="mono call-text">
				{call_name(trace, enter)}({arguments_text(trace, enter)}) = <span class={is_error(trace, exit) ? "error" : ""}>{exit < 0 ? page.say("did_not_return") : result_text(trace, exit)}</span>
			</p>
			<dl>
				<Fact name={page.say("thread")}>
					<Link go={() => page.choose_thread_at(thread, calls.start[call])}>{thread_text(model, thread, calls.start[call])}</Link>
				</Fact>
				<Fact name={page.say("from")}>
					<Link go={() => page.go_to(calls.start[call])}>{moment_text(calls.start[call])}</Link>
				</Fact>
				<Fact name={page.say("to")}>
					<Link go={() => page.go_to(calls.end[call])}>{moment_text(calls.end[call])}</Link>
				</Fact>
				<Fact name={page.say("waiting_part")}>{length_text(blocked)}</Fact>
			</dl>
			<footer>
				<button type="button" onClick={() => page.timeline?.zoom_to(calls.start[call], calls.end[call])}>{page.say("zoom_to")}</button>
			</footer>
		</>
	);
}
