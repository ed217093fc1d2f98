#!/usr/bin/env python3
"""The tables of docs/scaling.md, from unit costs and assumptions, and a simulation that its formulas are held to.

    docs/scaling.py           prints the tables and what the simulation says; ends with 1 where they differ by over 5 %
    docs/scaling.py --check   the same, and that docs/scaling.md has these very tables
    docs/scaling.py --write   puts them there

To count with your own figures, change them here. Python 3.9 or later, and nothing else.
"""

import math
import random
import sys
from collections import namedtuple
from pathlib import Path

from tables import keep, table

DAY = 86400.0
TOLERANCE = 0.05

# What was measured: the figure, its unit, what it is, and the command that prints it.
Cost = namedtuple("Cost", "value unit what command")
SERVER = "`--bench server`"
REDIS = "`--features redis --bench redis`"
COSTS = {
    "bare": Cost(8.85, "µs", "a request to bare hyper, of a core of the server", SERVER),
    "known": Cost(9.81, "µs", "the same, guarded: HS256, known again, its user looked up at once", SERVER),
    "verified": Cost(10.55, "µs", "the same, HS256, verified each time", SERVER),
    "verified_rs256": Cost(32.27, "µs", "the same, RS256, verified each time", SERVER),
    "hash": Cost(16.75, "ms", "a login, argon2id with the default parameters", SERVER),
    "count": Cost(21.1, "µs", "counting a request of a client, of Redis's core", REDIS),
    "guess": Cost(93.7, "µs", "a guess and its success, two scripts", REDIS),
    "refresh": Cost(73.0, "µs", "a session's first refresh, its own process's reading of the log included", REDIS),
    "refresh_at_once": Cost(71.8, "µs", "a further refresh, 64 at once", REDIS),
    "logout": Cost(63.8, "µs", "a logout after a refresh, its own process's reading included", REDIS),
    "follow": Cost(16.7, "µs", "an entry of the log, for each process that follows", REDIS),
    "idle": Cost(122.0, "µs", "a second, for each process that follows", REDIS),
    "entry_wire": Cost(138.0, "bytes", "an entry of the log, to each process", REDIS),
    "read": Cost(4.25, "µs", "an entry of the log read at the start, of a core of the process", REDIS),
    "seed": Cost(27.4, "µs", "an entry written back, of Redis's core, by the first process", REDIS),
    "seed_again": Cost(7.2, "µs", "the same, by each other", REDIS),
    "first_kept": Cost(944.0, "bytes", "in Redis, for a session's first refresh, until its tokens end", REDIS),
    "refresh_kept": Cost(518.0, "bytes", "the same, for a further one", REDIS),
    "out_kept": Cost(108.0, "bytes", "the same, for a logout after a refresh", REDIS),
    "logout_kept": Cost(423.0, "bytes", "the same, for a logout without", REDIS),
    "tally_kept": Cost(77.0, "bytes", "in Redis, for a network known at an account, or at a name", REDIS),
    "replica": Cost(27.57, "bytes", "in each process, for an entry of the list", "`--bench revocation`"),
}
C = {name: cost.value for name, cost in COSTS.items()}

# What is assumed. Put your own here.
USED_A_DAY = 0.2  # share of the users that come by on a day
REQUESTS = 100  # guarded requests of one who does
PEAK = 3  # the busiest hour, against the mean
LOGOUTS = 0.05  # for a day of use
WRONG = 0.1  # wrong passwords for a login
MONTHLY, NETWORKS = 0.5, 2  # share of the users that come by in a month, each from so many networks
APPLICATION = 500.0  # µs of a core that the application itself takes for a request
LOAD = 0.5  # how busy a core may be at the peak
CORES = 8  # of a process
FEWEST = 3  # processes
USERS = [1_000_000, 100_000_000, 1_000_000_000]

GUESSES = 3  # keys that a login is counted at: its network's, its name's and its account's
KNOWN_AT = 2  # keys that a network is known at: the name's and the account's

CAPACITY, ROUND_TRIP = 1_000_000, 0.05  # the default, and seconds from a client and back
TURNS = 120  # refreshes of an account in an hour: the default of `SessionLimit`

# What a namespace may come to, before it is split.
MOST = {"core": LOAD, "replica": 2e9, "start": 60.0, "redis": 64e9}

# Measured delays, and the bound: seconds (docs/faults.md).
DELAY, RECONNECT, BOUND, HEARD = 0.0005, (0.003, 0.4), 30.0, 0.5

CUTS = [2.0, 10.0, 30.0, 120.0]

REFRESHES = USED_A_DAY  # of a user a day, where a client refreshes once on each day of use
OUT = LOGOUTS * USED_A_DAY  # of a user a day

# How clients live: how long a token lasts, how long it can be refreshed, and from what age on it is.
Clients = namedtuple("Clients", "name lifetime window renews_at")
CLIENTS = [
    Clients("`tokens`, refreshed on each day of use", 14.0, 28.0, 0.0),
    Clients("`tokens`, refreshed with a day left", 14.0, 28.0, 13.0),
    Clients("`auth_local`, never", 30.0, 30.0, math.inf),
]


def integral(f, low, high, steps=2000):
    """By Simpson's rule."""
    if high <= low:
        return 0.0
    h = (high - low) / steps
    inner = sum((4 if i % 2 else 2) * f(low + i * h) for i in range(1, steps))
    return (f(low) + inner + f(high)) * h / 3


class Flow:
    """Of one user a day: sessions begun, refreshes, logouts; entries of the log, and how many stand at a time."""

    def __init__(self, clients):
        life, window, renews_at = clients.lifetime, clients.window, clients.renews_at
        alive = lambda age: math.exp(-OUT * age)
        kept = lambda age: max(window - age, life if renews_at < math.inf else 0.0)
        length = (1 - alive(window)) / OUT  # of a session, in the mean
        self.logins = 1 / length
        # A logout ends a session of any age. After a refresh it takes two entries of the log and one of the list.
        self.logouts = OUT
        # What stands for it was dated by the last refresh: just now, or days ago.
        until = kept if renews_at == 0 else lambda age: window - age
        out_life = integral(lambda age: alive(age) * until(age), 0, window) / length
        if renews_at == 0:
            self.refreshes, refresh_life, refreshed = REFRESHES, out_life, 1.0  # but for the first days
        elif renews_at < math.inf:
            # At the first use after its age, and once more where the window still has room for it.
            first = lambda age: REFRESHES * math.exp(-REFRESHES * (age - renews_at)) * alive(age)
            over = lambda age: max(window - renews_at - age, 0)
            second = lambda age: first(age) * (1 - math.exp(-REFRESHES * over(age))) * alive(renews_at)
            of = lambda f: integral(f, renews_at, window)
            firsts, seconds = of(first), of(second)
            self.refreshes = (firsts + seconds) / length
            refresh_life = (of(lambda age: first(age) * kept(age)) + seconds * life) / (firsts + seconds)
            # The share of logouts that follow a refresh: those after its moment.
            unrefreshed = lambda age: alive(age) * math.exp(-REFRESHES * max(age - renews_at, 0))
            refreshed = 1 - integral(unrefreshed, 0, window) / length
        else:
            self.refreshes, refresh_life, refreshed = 0.0, 0.0, 0.0
        self.log_entries = self.refreshes + self.logouts * (1 + refreshed)
        self.log_stands = self.refreshes * refresh_life + self.logouts * (1 + refreshed) * out_life
        self.list_stands = self.refreshes * refresh_life + self.logouts * out_life
        firsts = min(self.logins, self.refreshes)
        of_refreshes = firsts * C["first_kept"] + (self.refreshes - firsts) * C["refresh_kept"]
        of_logouts = self.logouts * (refreshed * C["out_kept"] + (1 - refreshed) * C["logout_kept"])
        self.redis = of_refreshes * refresh_life + of_logouts * out_life


class Fleet:
    """So many users with such clients, in so many namespaces."""

    def __init__(self, users, clients, namespaces=None):
        self.users, self.flow = users, Flow(clients)
        self.requests = users * USED_A_DAY * REQUESTS / DAY
        self.processes = max(FEWEST, math.ceil(self.guarded_cores("known", APPLICATION) / LOAD / CORES))
        self.namespaces = namespaces or self.fewest()

    def guarded_cores(self, cost, more=0.0):
        return self.requests * PEAK * (C[cost] + more) / 1e6

    def peak(self, of_a_user):
        return self.users * of_a_user / DAY * PEAK

    def hashing_cores(self):
        return self.peak(self.flow.logins) * (1 + WRONG) * C["hash"] / 1e3

    def followers(self):
        return max(FEWEST, math.ceil(self.processes / self.namespaces))

    def session_core(self):
        """Of the core behind a namespace's slot, at the peak."""
        flow = self.flow
        steps = flow.refreshes * C["refresh"] + flow.logouts * C["logout"]
        follow = flow.log_entries * (self.followers() - 1) * C["follow"]
        return self.peak(steps + follow) / self.namespaces / 1e6 + self.followers() * C["idle"] / 1e6

    def throttle_core(self):
        logins = self.peak(self.flow.logins)
        # Of the network, at the name and at the account; a wrong one is not settled, and half of the cost.
        guesses = logins * ((1 + WRONG) * C["count"] + GUESSES * (1 + WRONG / 2) * C["guess"])
        return (guesses + self.operations() * C["count"]) / 1e6

    def operations(self):
        return self.peak(self.flow.refreshes + self.flow.logouts)

    def throttle_operations(self):
        return self.peak(self.flow.logins) * (1 + 2 * GUESSES + (1 + GUESSES) * WRONG) + self.operations()

    def log(self):
        return self.users * self.flow.log_stands / self.namespaces

    def listed(self):
        return self.users * self.flow.list_stands / self.namespaces

    def replica(self):
        return self.listed() * C["replica"]

    def redis(self):
        return self.users * self.flow.redis / self.namespaces

    def wire(self):
        """Bytes a second to one process, at the peak."""
        return self.peak(self.flow.log_entries) * C["entry_wire"] / self.namespaces

    def start(self):
        return self.log() * C["read"] / 1e6

    def seed(self):
        return self.listed() * (C["seed"] + C["seed_again"] * (self.followers() - 1)) / 1e6

    def tallies(self):
        return self.users * MONTHLY * NETWORKS * KNOWN_AT

    def fewest(self):
        for number in range(1, 10_000):
            self.namespaces = number
            reached = {"core": self.session_core(), "replica": self.replica(), "start": self.start()}
            reached["redis"] = self.redis()
            if all(reached[name] <= MOST[name] for name in MOST):
                return number
        sys.exit("no number of namespaces is enough")


def number(value):
    """Two digits that count, with a unit's letter."""
    for size, letter in [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")]:
        if value >= size * 0.995:
            return digits(value / size) + letter
    return digits(value)


def digits(value):
    if value >= 99.5:
        return f"{value:.0f}"
    return f"{value:.1f}".removesuffix(".0") if value >= 9.95 else f"{value:.2g}"


def share(value):
    return digits(value * 100) + " %"


def size(value):
    return number(value) + ("B" if value >= 995 else " B")


def span(seconds):
    for length, unit in [(DAY, "d"), (3600, "h"), (60, "min")]:
        if seconds >= length * 2:
            return f"{digits(seconds / length)} {unit}"
    return f"{digits(seconds)} s"


def people(users):
    return f"{users / 1e6:.0f} M"


def tables():
    costs = [[cost.what, f"{cost.value:g} {cost.unit}", cost.command] for cost in COSTS.values()]
    made = {"costs": table(["", "", "`cargo bench -p tower-auth …`"], costs, 3)}

    life = lambda clients: ", ".join(
        [f"{clients.lifetime:.0f} days"]
        + ([f"refreshed for {clients.window:.0f}"] if clients.renews_at < math.inf else [])
        + ([f"from the age of {clients.renews_at:.0f} on"] if 0 < clients.renews_at < math.inf else [])
    )
    limits = f"{share(MOST['core'])} of its slot's core, {size(MOST['replica'])} of list in a process, "
    limits += f"{size(MOST['redis'])} in Redis, {span(MOST['start'])} to start"
    assumed = [
        ["users who come by on a day", share(USED_A_DAY)],
        ["users who come by in a month, each from so many networks", f"{share(MONTHLY)}, {NETWORKS}"],
        ["guarded requests of a user on a day of use", str(REQUESTS)],
        ["logouts of a user on a day of use", str(LOGOUTS)],
        ["sessions of a user", "one at a time; the next begins when it ends"],
        ["wrong passwords for a right one", str(WRONG)],
        ["the busiest hour, against the mean", f"{PEAK} ×"],
        ["what the application itself takes for a request", f"{APPLICATION:.0f} µs of a core"],
        ["a process", f"{CORES} cores, busy to {share(LOAD)} at the peak; {FEWEST} processes at least"],
        *([clients.name, life(clients)] for clients in CLIENTS),
        ["a namespace, before it is split", limits],
    ]
    made["assumptions"] = table(["", ""], assumed, 2)

    fleets = [Fleet(users, CLIENTS[0], 1) for users in USERS]
    row = lambda what, of: [what, *(of(fleet) for fleet in fleets)]
    made["service"] = table(
        ["users", *map(people, USERS)],
        [
            row("guarded requests a second, at the peak", lambda f: number(f.requests * PEAK)),
            row("cores for them: bare hyper", lambda f: digits(f.guarded_cores("bare"))),
            row("… with the layer, tokens known again", lambda f: digits(f.guarded_cores("known"))),
            row("… HS256 verified each time", lambda f: digits(f.guarded_cores("verified"))),
            row("… RS256 verified each time", lambda f: digits(f.guarded_cores("verified_rs256"))),
            row("… with the application, at half load", lambda f: digits(f.guarded_cores("known", APPLICATION) / LOAD)),
            row(f"processes of {CORES} cores", lambda f: str(f.processes)),
            row("logins a second, at the peak", lambda f: digits(f.peak(f.flow.logins))),
            row("cores for their passwords, wrong ones too", lambda f: digits(f.hashing_cores())),
            row("… when all of a day log in anew", lambda f: digits(
                f.peak(USED_A_DAY) * (1 + WRONG) * C["hash"] / 1e3)),
            row("counts: scripts a second, at the peak", lambda f: digits(f.throttle_operations())),
            row("… share of one core of Redis", lambda f: share(f.throttle_core())),
            row("… networks known: keys", lambda f: number(f.tallies())),
            row("… their memory in Redis", lambda f: size(f.tallies() * C["tally_kept"])),
        ],
    )

    heads = ["users", "clients", "refreshes and logouts a second", "share of the slot's core", "entries of the log"]
    heads += ["Redis", "list in a process", "log to a process, a second", "to all", "start", "written back"]
    rows, split = [], []
    for users in USERS:
        for clients in CLIENTS:
            fleet = Fleet(users, clients, 1)
            stock = [digits(fleet.operations()), share(fleet.session_core()), number(fleet.log())]
            stock += [size(fleet.redis()), size(fleet.replica()), size(fleet.wire())]
            stock += [size(fleet.wire() * fleet.processes), span(fleet.start()), span(fleet.seed())]
            rows.append([people(users), clients.name, *stock])
            fleet = Fleet(users, clients)
            cells = [str(fleet.namespaces), number(users / fleet.namespaces), number(fleet.log())]
            cells += [share(fleet.session_core()), size(fleet.redis()), size(fleet.replica()), span(fleet.start())]
            split.append([people(users), clients.name, *cells, span(fleet.seed())])
    made["sessions"] = table(heads, rows, 2)
    heads = ["users", "clients", "namespaces", "users of each", "`capacity` above", "share of the slot's core", "Redis"]
    made["shards"] = table([*heads, "list in a process", "start", "written back"], split, 2)

    # Each entry stands for as long as the window has left, or a token lives.
    stands = integral(lambda age: max(28 - age, 14), 0, 28) / 28
    most = lambda accounts: accounts * TURNS * 24 * stands
    filled = lambda accounts: "never" if most(accounts) < CAPACITY else span(CAPACITY / (accounts * TURNS) * 3600)
    loops = [[f"{n} account{'s' if n > 1 else ''}", number(most(n)), filled(n)] for n in [1, 10, 100, 1000]]
    away = span(CAPACITY * ROUND_TRIP)
    loops += [
        [f"without the limit: one session, {ROUND_TRIP * 1e3:.0f} ms away", "", away],
        ["… any number, as fast as Redis's core goes", "", span(CAPACITY * C["refresh_at_once"] / 1e6)],
    ]
    made["loop"] = table(["who refreshes in a loop", "entries at most", f"{number(CAPACITY)} after"], loops)
    cuts = [[span(cut), span(exposed(cut)), span(min(cut + RECONNECT[1], BOUND))] for cut in CUTS]
    made["exposure"] = table(["a process is cut off for", "in the mean", "at most"], cuts)
    return made


# The simulation: users one by one, with no formula from above.


def history(clients, users, days, chance):
    """What one user after the other appends to the log: (moment, until, whether it is new to the list)."""
    entries = []
    for _ in range(users):
        now = -chance.uniform(0, clients.window)
        while now < days:
            login, token, refreshed = now, now, False
            ends = login + min(clients.window, chance.expovariate(OUT))
            while True:
                due = now if clients.renews_at == 0 else max(now, token + clients.renews_at)
                now = due + chance.expovariate(REFRESHES) if due < math.inf else math.inf
                if now >= ends:
                    break
                # The refreshed token stays listed while it could be refreshed, or its successor lives.
                until = max(login + clients.window, now + clients.lifetime)
                entries.append((now, until, True))
                token, refreshed = now, True
            now = ends
            if now < login + clients.window:
                # The newest token, for as long as its refresh said, and the one before, whose grace is still noted.
                until = until if refreshed else login + clients.window
                entries.append((now, until, True))
                if refreshed:
                    entries.append((now, until, False))
    return entries


def stands(entries, first, last):
    """How many entries stand between two moments: in the mean, and at most."""
    steps = sorted([(at, 1) for at, _, _ in entries] + [(until, -1) for _, until, _ in entries])
    standing, since, area, most = 0, first, 0.0, 0
    for moment, step in steps:
        if moment >= last:
            break
        if moment > first:
            area += standing * (moment - since)
            since, most = moment, max(most, standing)
        standing += step
    return (area + standing * (last - since)) / (last - first), most


def exposure(outage, chance, rounds=20_000):
    """How long a token that was revoked while one process was cut off is admitted there: in the mean, and at most."""
    admitted = []
    for _ in range(rounds):
        heard = -chance.uniform(0, HEARD)  # when the process last heard of Redis, before it was cut off
        back = outage + chance.uniform(*RECONNECT)
        revoked = chance.uniform(0, outage)
        known = back + chance.expovariate(1 / DELAY)
        refused_from = min(known, heard + BOUND)  # 503 from the bound on
        admitted.append(max(refused_from - revoked, 0.0))
    return sum(admitted) / rounds, max(admitted)


def exposed(outage):
    """The same by formula: the mean over those revoked before the process stops to admit."""
    until = min(outage + sum(RECONNECT) / 2, BOUND - HEARD / 2)
    of = min(outage, until)
    return of * (until - of / 2) / outage


def simulate():
    chance, agrees = random.Random(1), True

    def compare(what, formula, simulated, unit=""):
        nonlocal agrees
        off = abs(simulated - formula) / formula
        agrees &= off <= TOLERANCE
        verdict = "" if off <= TOLERANCE else "  DIFFERS"
        print(f"{what}: {digits(formula)}{unit} by formula, {digits(simulated)}{unit} simulated, {off:.1%}{verdict}")

    users, first, last = 8000, 60.0, 90.0
    for clients in CLIENTS:
        flow, entries = Flow(clients), history(clients, users, last, chance)
        log_mean, _ = stands(entries, first, last)
        list_mean, most = stands([entry for entry in entries if entry[2]], first, last)
        written = sum(first <= at < last for at, _, _ in entries) / (last - first)
        print(f"{clients.name}, {users} users")
        compare("  entries of the log", users * flow.log_stands, log_mean)
        compare("  entries of the list", users * flow.list_stands, list_mean)
        # Arrivals are Poisson: the month's busiest moment is about two deviations above the mean.
        peak = users * flow.list_stands + 2 * math.sqrt(users * flow.list_stands)
        compare("  memory of the list at its peak", peak * C["replica"], most * C["replica"], " B")
        compare("  log to a process, a day", users * flow.log_entries * C["entry_wire"], written * C["entry_wire"], " B")
    print("revoked elsewhere, while one process is cut off")
    for outage in CUTS:
        mean, longest = exposure(outage, chance)
        compare(f"  for {outage:.0f} s: admitted there, in the mean", exposed(outage), mean, " s")
        agrees &= longest <= BOUND
        print(f"    at most {longest:.1f} s")
    return agrees


def main():
    same = keep(Path(__file__).with_suffix(".md"), tables())
    agrees = simulate()
    sys.exit(0 if same and agrees else 1)


if __name__ == "__main__":
    main()
