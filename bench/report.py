"""Makes tables of the results, for the terminal and for markdown."""

import statistics

import rows

MIB = 1 << 20


def _number(value):
    if value is None:
        return "-"
    if value >= 1e6:
        return f"{value:.3g}"
    return f"{value:.0f}" if value >= 1000 else f"{value:.4g}"


def spread(values):
    """(max - min) / median, or None for fewer than two values."""
    if len(values) < 2:
        return None
    return (max(values) - min(values)) / statistics.median(values)


def summary(values, unit, mode):
    """One value of several rounds: the best by wall clock, the median by instruction count."""
    if not values:
        return None
    if mode == "icount":
        return statistics.median(values)
    return max(values) if unit.endswith("/s") else min(values)


def _verdict(ratio, target, namu):
    if namu is None:
        return "FAILED"
    if target is None:
        return "-"
    return "ok" if ratio is not None and ratio >= target else "BELOW"


def row_table(results, mode, names=rows.ROWS):
    """Lines of one mode's table as lists of cells; results is {side: {row: {"unit", "values", "error"}}}."""
    table = []
    for name in names:
        linux, namu = (results.get(side, {}).get(name, {}) for side in ("linux", "namu"))
        if not linux and not namu:
            continue
        unit = linux.get("unit") or namu.get("unit") or ""
        best = [summary(side.get("values", []), unit, mode) for side in (linux, namu)]
        ratio = rows.ratio(best[0], best[1], unit)
        target = rows.target(name, mode)
        verdict = _verdict(ratio, target, best[1]) if "namu" in results else "-"
        if name in rows.CONTROLS and ratio:
            verdict = "equal" if abs(ratio - 1) <= rows.CONTROL_LIMIT else "UNEQUAL"
        spreads = [spread(side.get("values", [])) for side in (linux, namu)]
        table.append(
            [
                name,
                unit.replace("ns", "instr").replace("us", "k instr") if mode == "icount" else unit,
                _number(best[0]),
                _number(best[1]),
                f"{ratio:.2f}x" if ratio else "-",
                f"{target:g}x" if target else "-",
                verdict,
                " / ".join("-" if s is None else f"{s:.0%}" for s in spreads),
            ]
        )
        if namu.get("error"):
            table[-1][-1] = namu["error"]
    return table


ROW_HEAD = ["row", "unit", "Linux", "Namu", "ratio", "target", "verdict", "spread L / N"]
PROGRAM_HEAD = ["program", "unit", "Linux", "Namu", "ratio", "target", "verdict", "spread L / N"]


def _program_line(name, sides, target, scale, error=""):
    best = [min(values, default=None) for values in sides]
    ratio = best[0] / best[1] if all(best) else None
    spreads = " / ".join("-" if s is None else f"{s:.0%}" for s in (spread(values) for values in sides))
    shown = [_number(b * scale if b else None) for b in best]
    verdict = _verdict(ratio, target, best[1])
    return [name, "ms", *shown, f"{ratio:.2f}x" if ratio else "-", f"{target:g}x", verdict, error or spreads]


def program_table(results, starts, names, target):
    """Lines of the table of whole programs (microseconds in) and of the starts of a large root (seconds in)."""
    table = []
    for name in names:
        linux, namu = (results.get(side, {}).get(name, {}) for side in ("linux", "namu"))
        sides = (linux.get("values", []), namu.get("values", []))
        table.append(_program_line(name, sides, target, 1e-3, namu.get("error") or linux.get("error") or ""))
    for name, sides in starts.items():
        table.append(_program_line(name, (sides.get("linux", []), sides.get("namu", [])), target, 1e3))
    return table


WHOLE_HEAD = ["what", "unit", "Linux", "Namu", "ratio", "target", "verdict", "spread L / N"]


def _whole_line(name, unit, linux, namu, target_text, is_ok, more=""):
    ratio = f"{linux / namu:.1f}x" if linux and namu else "-"
    verdict = "-" if is_ok is None else "FAILED" if namu is None else "ok" if is_ok else "BELOW"
    return [name, unit, _number(linux), _number(namu), ratio, target_text, verdict, more]


def whole_table(whole, has_namu):
    """Lines of the table of whole-machine measures."""
    table = []
    for name, target in (("boot_to_user", 2.0), ("run_true", 10.0)):
        times = whole.get("times", {}).get(name)
        if not times:
            continue
        best = [min(times[side], default=None) for side in ("linux", "namu")]
        spreads = " / ".join("-" if s is None else f"{s:.0%}" for s in (spread(times[s]) for s in times))
        is_ok = bool(best[0] and best[1] and best[0] / best[1] >= target)
        line = _whole_line(name, "ms", *(b and b * 1000 for b in best), f"{target:g}x", is_ok, spreads)
        table.append(line)
    least = whole.get("least_memory")
    if least:
        namu = least.get("namu")
        table.append(_whole_line("shell_least_m", "MiB", least["linux"], namu, "<= 16", bool(namu and namu <= 16)))
    lost = whole.get("lost_memory")
    if lost:
        for kind in ("touched", "available"):
            linux, namu = (lost.get(side, {}).get(kind) for side in ("linux", "namu"))
            is_ok = bool(namu and namu < 6)
            table.append(_whole_line(f"lost_of_256m_{kind}", "MB", linux, namu, "< 6", is_ok))
    size = whole.get("image_size")
    if size:
        namu = size.get("namu", {})
        loaded = namu.get("loaded")
        more = f"file {namu['file'] / 1024:.0f} KiB, memory {namu['in_memory'] / 1024:.0f} KiB" if namu else ""
        is_ok = bool(loaded and loaded < MIB)
        linux = size["linux"]["file"] / 1024
        table.append(_whole_line("kernel_image", "KiB", linux, loaded and loaded / 1024, "< 1024", is_ok, more))
    return table if has_namu else [[*line[:6], "-", line[7]] for line in table]


def as_text(head, table):
    """The table with columns lined up."""
    lines = [head, *table]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def as_markdown(head, table):
    """The table in markdown."""
    lines = ["| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *table]]
    return "\n".join(lines)
