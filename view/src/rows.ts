// The rows of the timeline: processes in the order of the tree, their further threads below them.

import { hierarchy, HierarchyNode } from "d3-hierarchy";
import type { Model, Process } from "./model";

export interface Row {
	thread: number;
	process: number;
	depth: number;
	is_process: boolean;
	/** How many rows hang below it. */
	below: number;
	is_collapsed: boolean;
}

export interface Rows {
	rows: Row[];
	/** Row of a thread; of one that is hidden, the row under which it is hidden. */
	of_thread: Int32Array;
}

interface Branch {
	process: number;
	children: Branch[];
}

/** The tree of who made whom; -1 is the root above those that nobody made. */
export function family(model: Model): HierarchyNode<Branch> {
	const branches: Branch[] = model.processes.map((process) => ({ process: process.index, children: [] }));
	const root: Branch = { process: -1, children: [] };
	for (const process of model.processes) (process.maker >= 0 ? branches[process.maker] : root).children.push(branches[process.index]);
	return hierarchy(root);
}

/** Those that `is_wanted` refuses have no row. */
export function lay_rows(model: Model, collapsed: Set<number>, is_wanted: (process: Process) => boolean): Rows {
	const rows: Row[] = [];
	const of_thread = new Int32Array(model.threads.length).fill(-1);
	const below_of = new Map<number, number>();
	const tree = family(model);
	tree.eachAfter((node) => {
		if (node.data.process < 0) return;
		let below = model.processes[node.data.process].threads.length - 1;
		for (const child of node.children ?? []) below += 1 + (below_of.get(child.data.process) ?? 0);
		below_of.set(node.data.process, below);
	});
	const hidden_under = new Map<number, number>();
	tree.eachBefore((node) => {
		const index = node.data.process;
		if (index < 0) return;
		const process = model.processes[index];
		const cover = node.parent ? hidden_under.get(node.parent.data.process) : undefined;
		if (cover !== undefined) {
			hidden_under.set(index, cover);
			for (const thread of process.threads) of_thread[thread] = cover;
			return;
		}
		if (!is_wanted(process)) return;
		const row = rows.length, is_collapsed = collapsed.has(index);
		if (is_collapsed) hidden_under.set(index, row);
		process.threads.forEach((thread, place) => {
			if (place > 0 && is_collapsed) {
				of_thread[thread] = row;
				return;
			}
			of_thread[thread] = rows.length;
			rows.push({
				thread, process: index, depth: node.depth - 1 + (place > 0 ? 1 : 0), is_process: place === 0,
				below: place === 0 ? (below_of.get(index) ?? 0) : 0, is_collapsed: is_collapsed && place === 0,
			});
		});
	});
	return { rows, of_thread };
}
