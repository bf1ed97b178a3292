// The panel at the side: what the chosen thing is, why, since when, and who had to do with it.

import { useStore } from "./store";
import type { Page } from "./page";
import { CallPanel, ProcessPanel } from "./inspector_process";
import { MarkPanel } from "./inspector_mark";
import { ObjectPanel, SignalsPanel } from "./inspector_object";
import { SpanPanel } from "./inspector_span";

function Legend({ page }: { page: Page }) {
	const { palette } = page;
	const looks = ["running", "ready", "blocked", "stopped", "suspended", "new", "zombie"] as const;
	const numbers = { new: 1, ready: 2, running: 3, blocked: 4, stopped: 5, suspended: 6, zombie: 7 };
	return (
		<div class="legend">
			{looks.map((look) => (
				<span key={look}>
					<i
						style={{
							background:
								look === "zombie" ? `repeating-linear-gradient(135deg, ${palette.looks[7]} 0 3px, ${palette.hatch} 3px 6px)` : palette.looks[numbers[look]],
						}}
					/>
					{page.say(look)}
				</span>
			))}
			<span>
				<svg width="14" height="14"><path d="M7 0v9M4 8h6l-3 5z" stroke={palette.soft} fill={palette.soft} stroke-width="1" /></svg>
				{page.say("legend_fork")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M2 4h10l-5 7z" fill={palette.exec} /></svg>
				{page.say("legend_exec")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M6 1h2v12h-2z" fill={palette.exit} /></svg>
				{page.say("legend_exit")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M7 2l4.5 5-4.5 5-4.5-5z" fill={palette.signal} /></svg>
				{page.say("legend_signal")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M1 6h12v3h-12z" fill={palette.call} /></svg>
				{page.say("legend_call")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M6 4h2v6h-2z" fill={palette.copy} /></svg>
				{page.say("legend_copy")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M3 12C12 12 12 2 5 2" stroke={palette.signal} fill="none" stroke-dasharray="2.5 2" stroke-width="1.3" /></svg>
				{page.say("legend_reparent")}
			</span>
			<span>
				<svg width="14" height="14"><path d="M1 2h12v6h-12z" fill={palette.looks[4]} /><path d="M1 2h12v2h-12z" fill={palette.looks[3]} /><path d="M1 11h12" stroke={palette.soft} /></svg>
				{page.say("merged")}
			</span>
		</div>
	);
}

export function Inspector({ page }: { page: Page }) {
	const { selection } = useStore(page.store);
	return (
		<aside class="inspector" aria-live="polite">
			{selection.kind === "none" && (
				<>
					<p class="hint">{page.say("nothing_chosen")}</p>
					<Legend page={page} />
				</>
			)}
			{selection.kind === "span" && <SpanPanel page={page} span={selection.span} />}
			{selection.kind === "call" && <CallPanel page={page} call={selection.call} />}
			{selection.kind === "process" && <ProcessPanel page={page} process={selection.process} />}
			{selection.kind === "object" && <ObjectPanel page={page} object={selection.object} />}
			{selection.kind === "signals" && <SignalsPanel page={page} pair={selection.pair} />}
			{selection.kind === "mark" && <MarkPanel page={page} event={selection.event} thread={selection.thread} />}
		</aside>
	);
}
