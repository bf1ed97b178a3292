// A mark on a row: exec, end, signal, copied page.

import { hex_of, moment_text, signal_name, status_text, thread_text } from "./describe";
import { text_of, word_of } from "./load";
import type { Page } from "./page";
import { Fact, Link } from "./parts";

function Body({ page, event, kind }: { page: Page; event: number; kind: string }) {
	const { trace } = page.model;
	const language = page.store.state.language;
	switch (kind) {
		case "EXEC":
		case "NAME":
			return (
				<Fact name={page.say(kind === "EXEC" ? "exec_mark" : "name_mark")}>
					<code>{text_of(trace, event)}</code>
				</Fact>
			);
		case "EXIT":
			return <Fact name={page.say("exit_status")}>{status_text(language, trace, word_of(trace, event, 2))}</Fact>;
		case "SIGNAL_DELIVER":
			return (
				<Fact name={page.say("signal")}>
					{signal_name(trace, word_of(trace, event, 1))} {word_of(trace, event, 2) !== 0 && <span class="soft">{page.say("handler")}</span>}
				</Fact>
			);
		default:
			return (
				<>
					<Fact name={page.say("address")}>
						<code>0x{hex_of(trace, event, 1)}</code>
					</Fact>
					<Fact name={page.say("frame")}>
						<code>
							0x{hex_of(trace, event, 2)} → 0x{hex_of(trace, event, 3)}
						</code>
					</Fact>
				</>
			);
	}
}

export function MarkPanel({ page, event, thread }: { page: Page; event: number; thread: number }) {
	const { model } = page;
	const kind = model.trace.info.events[model.trace.words[event * 12 + 2] & 0xffff];
	const titles = { EXEC: "legend_exec", NAME: "name_mark", EXIT: "exit_mark", SIGNAL_DELIVER: "signal_mark", COPY: "copy_mark" } as const;
	return (
		<>
			<header>
				<b class="big">{page.say(titles[kind as keyof typeof titles] ?? "events")}</b>
			</header>
			<dl>
				<Fact name={page.say("thread")}>
					<Link go={() => page.choose_process(model.threads[thread].process)}>{thread_text(model, thread, model.time[event])}</Link>
				</Fact>
				<Fact name={page.say("time")}>
					<Link go={() => page.go_to(model.time[event])}>{moment_text(model.time[event])}</Link>
				</Fact>
				<Body page={page} event={event} kind={kind} />
			</dl>
		</>
	);
}
