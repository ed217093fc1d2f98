#!/usr/bin/env python3
"""The tables of docs/performance.md and its plots, from what benches have written.

    docs/performance.py           prints the tables
    docs/performance.py --check   and ends with 1 where docs/performance.md or a plot is not made of the stored figures
    docs/performance.py --write   puts them there

Nothing is measured here: the files are `benches/*.csv` and `benches/peers/*.csv`, and docs/performance.md has the
commands that write them. Python 3.9 or later, and nothing else.
"""

import csv
import sys
from collections import namedtuple
from pathlib import Path

from tables import keep, table

DOCS = Path(__file__).parent
BENCHES = DOCS.parent / "benches"

Stored = namedtuple("Stored", "origin rows")

KNOWN = "tower-auth, known again"
VERIFIED = "tower-auth, verified each time"
OURS = [KNOWN, VERIFIED, "tower-auth, known again, user looked up"]
ALONE = ["inner service alone", "axum handler alone"]


def stored(name):
    first, *lines = (BENCHES / name).read_text().splitlines()
    return Stored(first.removeprefix("# "), list(csv.DictReader(lines)))


def count(value):
    """Thousands apart, by a space that does not break."""
    return f"{int(value):,}".replace(",", "\u202f")


def times(value):
    return f"{value:.0f} ×" if value >= 19.5 else f"{value:.1f} ×" if value >= 1.95 else f"{value:.2f} ×"


def share(ratio):
    """More or less than one, in percent."""
    return f"{(ratio - 1) * 100:+.1f} %".replace("-", "−")


# Instructions of each path, and the goals.


class Paths:
    def __init__(self):
        stored_paths = stored("instructions.csv")
        self.compiler = stored_paths.origin
        self.all = {row["path"]: int(row["instructions"]) for row in stored_paths.rows}
        self.rest = {row["path"]: int(row["without_sha"]) for row in stored_paths.rows}

    def table(self):
        rows = [[f"`{path}`", count(self.all[path]), count(self.rest[path])] for path in self.all]
        return table(["path", "instructions", "without SHA-256's rounds"], rows)


class Requests:
    """What the same request costs through each peer."""

    def __init__(self):
        stored_requests = stored("peers/requests.csv")
        self.origin, self.rows = stored_requests

    def of(self, asking):
        return [row for row in self.rows if row["asking"] == asking]

    def ns(self, asking, peer):
        return next(float(row["ns"]) for row in self.of(asking) if row["peer"] == peer)

    def fastest_peer(self, asking):
        peers = [row for row in self.of(asking) if row["peer"] not in OURS + ALONE]
        # A session's cookie is no token.
        return min((float(row["ns"]) for row in peers if row["by"]), default=None)

    def table(self, asking):
        ours = KNOWN if any(row["peer"] == KNOWN for row in self.of(asking)) else OURS[2]
        base, rows = self.ns(asking, ours), []
        for row in self.of(asking):
            version = " ".join(filter(None, [row["version"], f"({row['by']})" if row["by"] else ""]))
            cells = [row["peer"], version, count(row["instructions"]), count(row["without_sha"])]
            rows.append([*cells, f"{float(row['ns']):.0f}", times(float(row["ns"]) / base)])
        return table(["", "version", "instructions", "without SHA", "ns", f"× “{ours}”"], rows, 2)


Goal = namedtuple("Goal", "path goal measured reached")


def goals(paths, requests, servers, growth):
    inner = paths.all["inner"]
    ratio = lambda asking, peer: requests.ns(asking, peer) / requests.ns(asking, KNOWN)
    # The goals are about a request that is there; the counts have the making of its field.
    made = paths.all["inner_bearer"] - inner
    public = paths.all["public"] - inner
    floor = (paths.all["hs256"] - made) / (paths.all["floor_hs256"] - made)
    verified_rest, basic = paths.rest["hs256"] - made, paths.rest["basic_cached"] - made
    known_paths = [path for path in paths.all if path.endswith("_cached") and not path.startswith("basic")]
    cached = max(paths.all[path] for path in known_paths) - made
    fastest = requests.fastest_peer("HS256") / requests.ns("HS256", VERIFIED)
    lookup = paths.all["hs256_looked_up"] - paths.all["hs256"]
    known = {name: servers.ratio(f"hyper, tower-auth, {name}") for name in servers.KNOWN}
    worst = max(known.values())
    verified = servers.ratio("hyper, tower-auth, HS256 verified each time")
    revoked = growth.ns("revoked tokens", "known")
    threads = growth.ns("threads", "one known token")
    revocation = revoked[1_000_000] - revoked[0]
    judged = [
        Goal("public route", "≤ 150 instructions over the inner service", count(public), public <= 150),
        Goal("no credentials, refused", "≤ 1 300 instructions in all", count(paths.all["no_credentials"]),
             paths.all["no_credentials"] <= 1300),
        Goal("HS256, verified each time", "≤ 1.07 × the floor’s instructions", times(floor), floor <= 1.07),
        Goal("", "≤ 4 600 without SHA-256’s rounds", count(verified_rest), verified_rest <= 4600),
        Goal("", "≥ 3.7 × faster than the fastest peer", times(fastest), fastest >= 3.7),
        Goal("any algorithm, known again", "≤ 1 500 instructions in all", count(cached), cached <= 1500),
        Goal("HS256, known again", "≥ 17 × faster than jwt-authorizer", times(ratio("HS256", "jwt-authorizer")),
             ratio("HS256", "jwt-authorizer") >= 17),
        Goal("RS256, known again", "≥ 180 × faster than jwt-authorizer", times(ratio("RS256", "jwt-authorizer")),
             ratio("RS256", "jwt-authorizer") >= 180),
        Goal("Basic, known again", "≤ 2 000 without SHA-256’s rounds", count(basic), basic <= 2000),
        Goal("a lookup that is ready at once", "≤ 400 instructions more", count(lookup), lookup <= 400),
        Goal("whole server, known again", "≤ +2 % of a core’s time for a request", share(worst), worst <= 1.02),
        Goal("whole server, HS256 verified", "≤ +7 %", share(verified), verified <= 1.07),
        Goal("not among 1 000 000 revoked tokens", "≤ 60 ns", f"{revocation:.0f} ns", revocation <= 60),
        Goal("one token known to two threads", "≤ 1.4 × one thread’s time", times(threads[2] / threads[1]),
             threads[2] / threads[1] <= 1.4),
    ]
    return table(["", "goal", "measured", ""], [[*goal[:3], "reached" if goal.reached else "**missed**"] for goal in judged], 2)


def admitted():
    rows = stored("peers/admitted.csv").rows
    peers = list(dict.fromkeys(row["peer"] for row in rows))
    # What tower-auth is set to makes no difference here, nor do back ends.
    peers = [peer for peer in peers if peer not in OURS[1:] and not peer.endswith("aws-lc") and "validating" not in peer]
    said = {(row["what"], row["peer"]): row["status"] for row in rows}
    words = lambda status: "**let in**" if status == "200" else status
    whats = dict.fromkeys(row["what"] for row in rows)
    name = lambda peer: "tower-auth" if peer == KNOWN else peer
    body = [[what, *(words(said[what, peer]) for peer in peers)] for what in whats]
    return table(["", *map(name, peers)], body, 1 + len(peers))


class Servers:
    KNOWN = ["HS256 known again", "RS256 known again", "Basic known again"]

    def __init__(self):
        self.origin, self.rows = stored("peers/servers.csv")

    def ratio(self, case):
        return next(float(row["cpu_x"]) for row in self.rows if row["case"] == case)

    def table(self):
        head = ["", "µs of the server’s core", "", "requests/s", "", "p99", ""]
        rows = []
        for row in self.rows:
            cpu, rate, p99 = float(row["cpu_us"]), float(row["rate"]), float(row["p99_us"])
            cells = [f"{cpu:.2f}", share(float(row["cpu_x"])), count(rate), share(float(row["rate_x"]))]
            rows.append([row["case"], *cells, f"{p99:.0f} µs", times(float(row["p99_x"]))])
        return table(head, rows)


class Growth:
    def __init__(self):
        self.origin, self.rows = stored("growth.csv")

    def of(self, series):
        """Its cases, each with its points by size."""
        cases = {}
        for row in self.rows:
            if row["series"] == series:
                cases.setdefault(row["case"], {})[int(row["size"])] = row
        return cases

    def ns(self, series, case):
        return {size: float(row["ns"]) for size, row in self.of(series)[case].items()}

    def figures(self, series):
        """Instructions where they were counted, else nanoseconds."""
        cases = self.of(series)
        counted = all(row["instructions"] for points in cases.values() for row in points.values())
        what = "instructions" if counted else "ns"
        return what, {
            case: {size: float(row[what]) for size, row in points.items()} for case, points in cases.items()
        }

    def table(self, series):
        what, cases = self.figures(series)
        sizes = list(next(iter(cases.values())))
        rows = [[case, *(count(points[size]) for size in sizes)] for case, points in cases.items()]
        return table([f"{what}, at {series} of", *map(count, sizes)], rows)


def sizes():
    origin, rows = stored("size.csv")
    words = {"": "", "s": " s", "kB": " kB"}
    return table(["", "axum alone", "with tower-auth", "added"], [
        [row["what"], *(count(float(row[column])) + words[row["unit"]] for column in ["bare", "guarded", "added"])]
        for row in rows
    ])


# Plots.

STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.small { fill: #59636e; font-size: 11px; }
.grid { stroke: #d1d9e0; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.small { fill: #9198a1; }
.grid { stroke: #3d444d; }
}
</style>"""
COLOURS = ["#2f81f7", "#db6d28", "#2da44e", "#a371f7"]
GREY = "#8b949e"


def svg(width, height, title, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title>", STYLE, *parts, "</svg>", ""])


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "")


def text(x, y, words, kind="", anchor="start"):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def bars(panels, title):
    """Panels of bars, each to its own scale: (head, [(label, nanoseconds, is ours)])."""
    width, left, right, step = 820, 290, 130, 24
    parts, y = [text(12, 24, title, "title")], 44
    for head, rows in panels:
        y += 18
        parts.append(text(12, y, head, "small"))
        y += 8
        most = max(value for _, value, _ in rows)
        least = min(value for _, value, _ in rows)
        for label, value, is_ours in rows:
            length = max((width - left - right) * value / most, 1.5)
            parts.append(text(left - 8, y + 16, label, anchor="end"))
            colour = COLOURS[0] if is_ours else GREY
            parts.append(f'<rect x="{left}" y="{y + 4}" width="{length:.1f}" height="{step - 8}" rx="2" fill="{colour}"/>')
            words = f"{value / 1000:.2f} µs" if value < 10_000 else f"{value / 1000:.1f} µs"
            parts.append(text(left + length + 6, y + 16, f"{words}, {times(value / least)}"))
            y += step
        y += 8
    return svg(width, y + 8, title, parts)


def ticks(most):
    step = 10 ** (len(str(int(most))) - 1)
    while most / step < 3:
        step /= 2
    while most / step > 6:
        step *= 2
    return [step * number for number in range(int(most / step) + 2)]


def lines(title, across, what, cases):
    """A line a case over sizes, which are as far apart as their logarithms."""
    width, height, left, right, top, bottom = 820, 330, 76, 250, 60, 46
    all_sizes = sorted({size for points in cases.values() for size in points})
    marks = ticks(max(value for points in cases.values() for value in points.values()))
    at_x = {size: left + (width - left - right) * rank / max(len(all_sizes) - 1, 1) for rank, size in enumerate(all_sizes)}
    at_y = lambda value: height - bottom - (height - top - bottom) * value / marks[-1]
    parts = [text(12, 24, title, "title")]
    for mark in marks:
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{at_y(mark):.1f}" y2="{at_y(mark):.1f}"/>')
        parts.append(text(left - 8, at_y(mark) + 4, count(mark), "small", "end"))
    for size in all_sizes:
        parts.append(text(at_x[size], height - bottom + 18, count(size), "small", "middle"))
    parts.append(text((left + width - right) / 2, height - 8, across, "small", "middle"))
    parts.append(text(12, 40, what, "small"))
    labels = sorted(((list(points.values())[-1], case) for case, points in cases.items()), reverse=True)
    taken = 0.0
    for value, case in labels:
        colour = COLOURS[list(cases).index(case) % len(COLOURS)]
        points = " ".join(f"{at_x[size]:.1f},{at_y(value):.1f}" for size, value in cases[case].items())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        for size, dot in cases[case].items():
            parts.append(f'<circle cx="{at_x[size]:.1f}" cy="{at_y(dot):.1f}" r="3" fill="{colour}"/>')
        # Names that would lie on each other move down.
        taken = max(at_y(value) + 4, taken + 16)
        parts.append(f'<rect x="{width - right + 12}" y="{taken - 9:.1f}" width="10" height="10" rx="2" fill="{colour}"/>')
        parts.append(text(width - right + 28, taken, case))
    return svg(width, height, title, parts)


def plots(requests, growth):
    def panel(asking):
        rows = [row for row in requests.of(asking) if row["peer"] not in ALONE]
        rows = [(row["peer"], float(row["ns"]), row["peer"] in OURS) for row in rows]
        return sorted(rows, key=lambda row: row[1])

    made = {
        "bearer": bars(
            [("HS256, a token of 171 characters", panel("HS256")), ("RS256, 2048 bits", panel("RS256"))],
            "A valid Bearer token: time for a request, and times the shortest",
        )
    }
    for series, name, title, across in PLOTS:
        what, cases = growth.figures(series)
        # Trying every key dwarfs all else; the table has it.
        cases = {case: points for case, points in cases.items() if not case.endswith("by the last")}
        made[name] = lines(title, across, f"{what} for a request", cases)
    return made


PLOTS = [
    ("token bytes", "token-bytes", "HS256 by the size of the token", "bytes of the token"),
    ("keys", "keys", "HS256 by the number of keys", "keys"),
    ("rules", "rules", "Routes by the number of rules", "rules, half of them with a parameter"),
    ("revoked tokens", "revoked", "A known token by the number of revoked ones", "revoked tokens"),
    ("tasks", "tasks", "Tasks at once", "tasks"),
]


def made():
    paths, requests, servers, growth = Paths(), Requests(), Servers(), Growth()
    tables = {"goals": goals(paths, requests, servers, growth), "paths": paths.table()}
    for asking in dict.fromkeys(row["asking"] for row in requests.rows):
        tables[asking] = requests.table(asking)
    tables["admitted"] = admitted()
    tables["servers"] = servers.table()
    for series in dict.fromkeys(row["series"] for row in growth.rows):
        tables[series] = growth.table(series)
    tables["size"] = sizes()
    tables["origins"] = table(["file", "by"], [
        ["`benches/instructions.csv`", paths.compiler],
        *([f"`benches/{name}`", stored(name).origin] for name in
          ["peers/requests.csv", "peers/admitted.csv", "peers/servers.csv", "growth.csv", "size.csv"]),
    ], 2)
    return tables, plots(requests, growth)


def main():
    tables, drawn = made()
    same = keep(DOCS / "performance.md", tables)
    for name, body in drawn.items():
        file = DOCS / "plots" / f"{name}.svg"
        if "--write" in sys.argv:
            file.parent.mkdir(exist_ok=True)
            file.write_text(body)
        elif "--check" in sys.argv and (not file.exists() or file.read_text() != body):
            print(f"{file}: the plot is another: `docs/performance.py --write`")
            same = False
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
