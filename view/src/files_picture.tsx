// Descriptor tables at a moment, beside a pipe or socket: who still holds the write end.

import { useMemo, useState } from "preact/hooks";
import { bytes_text } from "./describe";
import { File, KIND_FIFO, KIND_SOCKET } from "./files";
import { levels_of } from "./fill";
import { upper_bound } from "./columns";
import type { Page } from "./page";
import { ObjectLink, ProcessLink } from "./parts";
import { useStore } from "./store";
import { holders } from "./waiting";

const TABLES_MOST = 60;

function file_text(page: Page, file: File): string {
	if (file.object >= 0) {
		const thing = page.model.objects.things[file.object];
		const end = file.end ? ` · ${page.say(file.end === "read" ? "read_end" : "write_end")}` : "";
		return `${page.say_known(thing.kind)} ${thing.number}${end}`;
	}
	const kinds: Record<number, string> = {
		[KIND_FIFO]: page.say("pipe"), 2: page.say("device"), 4: page.say("directory"), 6: page.say("device"), 8: page.say("file"), [KIND_SOCKET]: page.say("socket"),
	};
	const end = file.end ? ` · ${page.say(file.end === "read" ? "read_end" : "write_end")}` : "";
	if (file.name && file.kind !== KIND_FIFO && file.kind !== KIND_SOCKET) return file.name;
	return `${kinds[file.kind] ?? page.say("other_file")}${end}`;
}

function Ends({ page, object }: { page: Page; object: number }) {
	const { model, store } = page;
	const t = store.state.moment, thing = model.objects.things[object];
	const write = holders(model, thing, "write", t), read = holders(model, thing, "read", t);
	const levels = useMemo(() => levels_of(model, thing), [model, thing]);
	const at = upper_bound(levels.time, t) - 1, level = at < 0 ? 0 : levels.level[at];
	const who = (list: typeof write) =>
		list.map((holder) => (
			<span key={holder.process}>
				<ProcessLink page={page} process={holder.process} t={t} /> <span class="soft">fd {holder.fds.join(", ")}</span>
			</span>
		));
	return (
		<div class="ends">
			<span class="who" data-end="write">
				<span class="soft small">{page.say("write_end")}</span>
				{write.length ? who(write) : <span class="soft">{page.say("nobody")}</span>}
			</span>
			<span class="pipe">
				→
				<span>
					<span class="tube" style={{ display: "block" }}>
						<i style={{ width: `${Math.min(100, (level / 65536) * 100)}%`, minWidth: level > 0 ? "3px" : 0 }} />
					</span>
					<span class="small">
						<ObjectLink page={page} object={object} /> <span class="soft">{bytes_text(level)}</span>
					</span>
				</span>
				→
			</span>
			<span class="who" data-end="read">
				<span class="soft small">{page.say("read_end")}</span>
				{read.length ? who(read) : <span class="soft">{page.say("nobody")}</span>}
			</span>
			{thing.kind === "pipe" && write.length === 0 && read.length > 0 && <span class="error">{page.say("no_writer")}</span>}
			{thing.kind === "pipe" && read.length === 0 && write.length > 0 && <span class="error">{page.say("no_reader")}</span>}
		</div>
	);
}

function Table({ page, process, object }: { page: Page; process: number; object: number }) {
	const { model, store } = page;
	const t = store.state.moment;
	const held = [...model.files.at(process, t)].sort((a, b) => a[0] - b[0]);
	return (
		<div class="table-card" data-pid={model.processes[process].pid}>
			<h4>
				<ProcessLink page={page} process={process} t={t} />
			</h4>
			<table>
				<tbody>
					{held.map(([fd, index]) => {
						const file = model.files.files[index];
						const is_held = object >= 0 && file.object === object;
						const end = is_held ? (file.end === "write" ? " writes" : file.end === "read" ? " reads" : "") : "";
						return (
							<tr key={fd} class={is_held ? `held${end}` : ""} onClick={() => file.object >= 0 && store.set({ selection: { kind: "object", object: file.object } })}>
								<td>{fd}</td>
								<td title={file.name}>{file_text(page, file)}</td>
							</tr>
						);
					})}
				</tbody>
			</table>
		</div>
	);
}

export function FilesPicture({ page }: { page: Page }) {
	const { moment, selection } = useStore(page.store);
	const { model } = page;
	const [asked, ask] = useState(-1);
	const pipes = model.objects.things.filter((thing) => thing.files.size > 0);
	/* The busiest, until another is asked for. */
	const busiest = pipes.reduce((best, thing) => (best && best.messages.length >= thing.messages.length ? best : thing), pipes[0]);
	const object = selection.kind === "object" ? selection.object : asked >= 0 ? asked : (busiest?.index ?? -1);
	const open = model.processes.filter((process) => process.born <= moment && !(process.exited < moment) && model.files.at(process.index, moment).size > 0);
	return (
		<div class="files graph">
			<div class="tools">
				<label>
					{page.say("files_choose")}{" "}
					<select value={object} onChange={(event) => {
						ask(Number(event.currentTarget.value));
						page.store.set({ selection: { kind: "object", object: Number(event.currentTarget.value) } });
					}}>
						{pipes.slice(0, 500).map((thing) => (
							<option key={thing.index} value={thing.index}>
								{page.say_known(thing.kind)} {thing.number}
							</option>
						))}
					</select>
				</label>
				<span class="soft">{page.say("moment_hint")}</span>
			</div>
			{object >= 0 && <Ends page={page} object={object} />}
			<div class="scroll">
				<div class="tables">
					{open.slice(0, TABLES_MOST).map((process) => (
						<Table key={process.index} page={page} process={process.index} object={object} />
					))}
					{open.length > TABLES_MOST && <span class="soft">+ {open.length - TABLES_MOST}</span>}
					{open.length === 0 && <p class="hint">{page.say("files_none")}</p>}
				</div>
			</div>
		</div>
	);
}
