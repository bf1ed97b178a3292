// The graph of processes and the objects between them, as numbers for the layout; the busiest when there are many.

import type { Model } from "./model";

export interface GraphNode {
	id: string;
	kind: "process" | "object";
	index: number;
}

export interface GraphEdge {
	from: string;
	to: string;
	kind: "message" | "meeting" | "signal" | "shared";
	bytes: number;
	messages: number;
	/** Index of the object, or of the pair for signals. */
	index: number;
}

export interface Graph {
	nodes: GraphNode[];
	edges: GraphEdge[];
	/** Objects that are not shown. */
	left_out: number;
}

const OBJECTS_MOST = 36;
const SHARED = "shared memory";

export const process_id = (index: number) => `p${index}`;
export const object_id = (index: number) => `o${index}`;

export function graph_of(model: Model, with_signals: boolean): Graph {
	const { objects } = model;
	const used = new Set<number>();
	const sharers = new Map<number, number>();
	for (const edge of objects.edges) sharers.set(edge.object, (sharers.get(edge.object) ?? 0) + 1);
	/* Memory that might be shared, but is one process's alone, joins nobody. */
	for (const edge of objects.edges) if (objects.things[edge.object].kind !== SHARED || (sharers.get(edge.object) ?? 0) > 1) used.add(edge.object);
	const weight = (index: number) => objects.things[index].sent + objects.things[index].received + objects.things[index].messages.length;
	const shown = new Set([...used].sort((a, b) => weight(b) - weight(a)).slice(0, OBJECTS_MOST));
	const nodes = new Map<string, GraphNode>();
	const edges: GraphEdge[] = [];
	const process = (index: number) => nodes.set(process_id(index), { id: process_id(index), kind: "process", index });
	for (const edge of objects.edges) {
		if (!shown.has(edge.object)) continue;
		const thing = objects.things[edge.object];
		nodes.set(object_id(edge.object), { id: object_id(edge.object), kind: "object", index: edge.object });
		process(edge.process);
		edges.push({
			from: edge.is_send ? process_id(edge.process) : object_id(edge.object), to: edge.is_send ? object_id(edge.object) : process_id(edge.process),
			kind: thing.kind === SHARED ? "shared" : thing.sent + thing.received > 0 ? "message" : "meeting", bytes: edge.bytes, messages: edge.messages, index: edge.object,
		});
	}
	if (with_signals) {
		const pairs = objects.signals.map((pair, index) => ({ ...pair, index })).sort((a, b) => b.records.length - a.records.length);
		for (const pair of pairs.slice(0, OBJECTS_MOST)) {
			if (pair.from < 0 || pair.from === pair.to) continue;
			process(pair.from);
			process(pair.to);
			edges.push({ from: process_id(pair.from), to: process_id(pair.to), kind: "signal", bytes: 0, messages: pair.records.length, index: pair.index });
		}
	}
	return { nodes: [...nodes.values()], edges, left_out: used.size - shown.size };
}

/** The width of an edge: a pixel for little, nine for very much. */
export function edge_width(edge: GraphEdge): number {
	if (edge.kind !== "message") return 1;
	return Math.min(9, 1 + Math.max(0, Math.log2(1 + edge.bytes / 64)) * 0.62);
}
