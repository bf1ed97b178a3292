// Small parts that the panels are made of.

import type { ComponentChildren } from "preact";
import { LOOK_WORDS, process_text, thread_text } from "./describe";
import type { Look } from "./model";
import type { Page } from "./page";

export function Chip({ page, look }: { page: Page; look: Look }) {
	return (
		<span class="chip">
			<i style={{ background: page.palette.looks[look] }} />
			{page.say(LOOK_WORDS[look])}
		</span>
	);
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
	return (
		<div class="fact">
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

export function Link({ go, title, children }: { go: () => void; title?: string; children: ComponentChildren }) {
	return (
		<button type="button" class="link" onClick={go} title={title}>
			{children}
		</button>
	);
}

export function ThreadLink({ page, thread, t }: { page: Page; thread: number; t: number }) {
	return <Link go={() => page.choose_thread_at(thread, t)}>{thread_text(page.model, thread, t)}</Link>;
}

export function ProcessLink({ page, process, t }: { page: Page; process: number; t: number }) {
	return <Link go={() => page.choose_process(process)}>{process_text(page.model.processes[process], t)}</Link>;
}

export function ObjectLink({ page, object }: { page: Page; object: number }) {
	const thing = page.model.objects.things[object];
	return (
		<Link go={() => page.choose_object(object)} title={thing.address}>
			{page.say_known(thing.kind)} {thing.number}
		</Link>
	);
}
