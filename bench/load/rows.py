# SPDX-License-Identifier: BSD-2-Clause
"""The rows of the table: what is measured, on whom, and what it should be.

Proxies take turns within each round, so that whatever else the machine does meets all of them, and
ratios are those of one round; only under overload one comes after the other. A figure is the median
of the rounds.
"""
import math
import os
import signal
import socket
import statistics
import threading
import time

from proxies import TWO_CORES


REMEMBERED_S = 32  # a call that is over: 64 * T1
SETTLE_S = REMEMBERED_S + 4
SETTLE_OTHERS_S = 5
TURNS_A_MEMORY = 6  # for those that are made at a pace


class Row:
    """One line of the table. A figure is a number; a ratio is ours to the other's."""

    def __init__(self, what, goal, unit, figure, is_met, others=None):
        self.what, self.goal, self.unit, self.figure = what, goal, unit, figure
        self.is_met = is_met
        self.others = others or {}  # name: (figure, ratio)

    def as_json(self):
        return {"what": self.what, "goal": self.goal, "unit": self.unit, "figure": self.figure,
                "met": self.is_met,
                "others": {name: {"figure": f, "ratio": r} for name, (f, r) in self.others.items()}}


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def median_ratio(ours, theirs, key):
    return statistics.median(a[key] / b[key] for a, b in zip(ours, theirs) if b[key] > 0)


def in_turn(bench, proxies, rounds, options):
    """{name: [a run a round]}; each run of everybody with the same load."""
    runs = {p.name: [] for p in proxies}
    for _ in range(rounds):
        for p in proxies:
            runs[p.name].append(bench.load(p, *options))
    tell_wrong(runs)
    return runs


def tell_wrong(runs):
    for name, all_of in runs.items():
        wrong = {key: sum(run[key] for run in all_of) for key in ("wrong", "lost", "refused")}
        if any(wrong.values()):
            print(f"  {name}: {wrong}", flush=True)


def compared(runs, key, names):
    return {n: (median(runs[n], key), median_ratio(runs["sipwardd"], runs[n], key))
            for n in names if n in runs}


def paced(turns):
    """Turns that begin a whole fraction of 32 s after one another: so what is forgotten in each run
    is what one like it has left, and no more falls into one's runs than into another's."""
    step, start = REMEMBERED_S / TURNS_A_MEMORY, time.monotonic()
    for i in range(turns):
        if i > 0:
            gone = (time.monotonic() - start) / step
            if gone > i:
                print(f"  turn {i} is late: what is forgotten is no longer even", flush=True)
            time.sleep((math.ceil(gone) - gone) * step)
        yield i


def relay_rows(bench, opts, what, goal, proxies, load, more=True):
    """CPU a call, and calls a second when one core is full."""
    runs = in_turn(bench, proxies, opts.rounds, load)
    cpu = compared(runs, "cpu_us_per_call", ("Kamailio fm", "Kamailio", "floor"))
    rate = compared(runs, "calls_per_s", ("Kamailio fm", "Kamailio", "floor"))
    to_peer, to_floor = cpu["Kamailio fm"][1], cpu["floor"][1]
    floor_goal = goal.get("floor")
    words = f"<= {goal['peer']} x Kamailio fm" + (f", <= {floor_goal} x floor" if floor_goal else "")
    rows = [Row(f"{what}: CPU per call", words, "us", median(runs["sipwardd"], "cpu_us_per_call"),
                to_peer <= goal["peer"] and (not floor_goal or to_floor <= floor_goal), cpu)]
    if more:
        rows.append(Row(f"{what}: calls/s on one core", ">= 2 x Kamailio fm", "calls/s",
                        median(runs["sipwardd"], "calls_per_s"), rate["Kamailio fm"][1] >= 2, rate))
    return rows, runs


def settle(bench, proxies):
    """Let each have as much memory as it will need: while it grows, a third of its time goes into
    fresh pages, which a proxy does in its first half minute at its full load only."""
    for p in proxies:
        run_s = SETTLE_S if p.name == "sipwardd" else SETTLE_OTHERS_S
        bench.load(p, "--open", "50", "--warm", "0", "--run", str(run_s))


def udp(bench, opts):
    """All that goes over UDP to a callee with an address, by the same proxies."""
    proxies = [bench.floor(), bench.sipwardd(), bench.kamailio_fast()]
    if not opts.is_quick:
        proxies.append(bench.kamailio("Kamailio"))
        settle(bench, proxies[1:])
    yield from invite_udp(bench, opts, proxies)
    yield from half_load(bench, opts, proxies[:3])
    yield from overload(bench, opts, proxies[1:3])
    load = ["--options", "--open", "50", "--warm", "0.5", "--run", str(opts.run_s)]
    rows, _ = relay_rows(bench, opts, "OPTIONS relay, UDP", {"peer": 0.5}, proxies[:3], load,
                         more=False)
    yield from rows


def invite_udp(bench, opts, proxies):
    load = ["--open", "50", "--warm", "0.5", "--run", str(opts.run_s)]
    rows, runs = relay_rows(bench, opts, "INVITE relay, UDP", {"peer": 0.5, "floor": 2}, proxies,
                            load)
    opts.capacity = {name: median(all_of, "calls_per_s") for name, all_of in runs.items()}
    return rows


QUIET_US = 1000  # the goal of who adds to it
TURNS_MORE = 2


def half_load(bench, opts, proxies):
    """What the proxy adds to an INVITE's way, with the floor's own beside it. Where the floor's
    alone is over the goal, before or after the others, the machine was elsewhere, and the round
    says nothing: another one is made, twice at most. Without a majority of quiet ones all count."""
    runs = {p.name: [] for p in proxies}
    quiet = {p.name: [] for p in proxies}
    floor = proxies[0]
    for _ in range(opts.rounds + TURNS_MORE):
        if len(quiet["floor"]) == opts.rounds:
            break
        turn = {p.name: at_half(bench, opts, p) for p in proxies}
        after = at_half(bench, opts, floor)
        is_quiet = max(turn["floor"]["way_p99_us"], after["way_p99_us"]) <= QUIET_US
        for name, run in turn.items():
            runs[name].append(run)
            if is_quiet:
                quiet[name].append(run)
    turns, count = len(runs["floor"]), len(quiet["floor"])
    if count < turns:
        print(f"  half load: {count} quiet rounds of {turns}", flush=True)
    if 2 * count > turns:
        runs = quiet
    added = {n: statistics.median(max(0, run["way_p99_us"] - floor["way_p99_us"]) / 1e3
                                  for run, floor in zip(runs[n], runs["floor"]))
             for n in ("sipwardd", "Kamailio fm")}
    way = {f"way by {n}": (median(runs[n], "way_p99_us") / 1e3, 0) for n in ("sipwardd", "floor")}
    return [Row("half load: what is added to the p99 of an INVITE's way", "<= 1 ms", "ms",
                added["sipwardd"], added["sipwardd"] <= 1, {
                    "Kamailio fm": (added["Kamailio fm"],
                                    added["sipwardd"] / max(added["Kamailio fm"], 1e-3)), **way,
                    "rounds, all": (turns, 0)})]


def at_half(bench, opts, p):
    rate = opts.capacity[p.name] / 2
    if p.name == "floor":  # as much as ours has, but never more than half of its own
        rate = min(rate, opts.capacity["sipwardd"] / 2)
    return bench.load(p, "--rate", f"{rate:.0f}", "--open", "20000", "--warm", "0.5", "--run",
                      str(opts.run_s))


def overload(bench, opts, proxies):
    """Twice what each can carry. With half a core: of a whole one ours takes what costs the load a
    whole one, too, and nobody could offer it twice as much. One after the other: who stood still
    meanwhile would have all that to forget at first, and who had a whole core before has twice as
    much, for as long as it remembers what is over."""
    bench.neighbour()
    ours, peer = proxies
    if not opts.is_quick:
        bench.load(ours, "--open", "50", "--warm", "0", "--run", str(SETTLE_S))
    runs, theirs = overloaded(bench, opts, ours), overloaded(bench, opts, peer)
    singly = overloaded(bench, opts, ours, together=1)
    bench.end_helpers()
    return over_rows(runs, {peer.name: theirs}, singly)


def overloaded(bench, opts, proxy, together=16):
    """A run a round. What it can carry changes with the host from second to second: it is the mean
    of what it was before and behind. In sixteens: at its best, INVITEs come as many together, and
    one by one each costs more before it is read."""
    runs = []
    before = best_of(bench, opts, proxy)
    for _ in range(opts.rounds):
        runs.append(offer(bench, opts, proxy, before, together))
        behind = best_of(bench, opts, proxy)
        runs[-1]["share"] = 100 * runs[-1]["calls_per_s"] / ((before + behind) / 2)
        before = behind
    return runs


def best_of(bench, opts, proxy):
    return bench.load(proxy, "--open", "50", "--warm", "0.5", "--run",
                      str(opts.run_s))["calls_per_s"]


def offer(bench, opts, proxy, best, together):
    run = bench.load(proxy, "--rate", f"{2 * best:.0f}", "--together", str(together), "--open",
                     "200000", "--warm", "1", "--run", str(opts.run_s), "--patience", "4")
    if run["dropped_here"] > 0 or run["own_share"] > 0.97:
        print(f"  the load itself is too slow for twice {proxy.name}'s best: it had "
              f"{100 * run['own_share']:.0f} % of its core and dropped {run['dropped_here']}",
              flush=True)
    return run


def over_rows(ours, others, singly):
    share, late = (median(ours, key) for key in ("share", "setup_p99_us"))
    return [
        Row("offered twice its best: goodput", ">= 90 % of its best", "%", share, share >= 90,
            {**{n: (median(runs, "share"), median_ratio(ours, runs, "share"))
                for n, runs in others.items()},
             "INVITEs one by one": (median(singly, "share"), 0)}),
        Row("offered twice its best: p99 of accepted calls", "<= 50 ms", "ms", late / 1e3,
            late <= 50e3, {n: (median(runs, "setup_p99_us") / 1e3,
                               median_ratio(ours, runs, "setup_p99_us"))
                           for n, runs in others.items()}),
    ]


def invite_tcp(bench, opts):
    load = ["--tcp", "--open", "50", "--warm", "0.7", "--run", str(opts.run_s)]
    ours, peer = bench.sipwardd(), bench.kamailio_fast()
    runs = {"sipwardd": [], "Kamailio fm": [], "floor": []}
    for _ in range(opts.rounds):
        floor = bench.floor(is_tcp=True)  # one connection, one life
        for p in (floor, ours, peer):
            runs[p.name].append(bench.load(p, *load))
        bench.end(floor)
    bench.end()
    cpu = compared(runs, "cpu_us_per_call", ("Kamailio fm", "floor"))
    return [Row("INVITE relay, TCP: CPU per call", "<= 0.6 x Kamailio fm", "us",
                median(runs["sipwardd"], "cpu_us_per_call"), cpu["Kamailio fm"][1] <= 0.6, cpu)]


def invite_tls(bench, opts):
    """One connection each side, begun before anything is counted."""
    load = ["--tls", bench.certificates(), "--open", "50", "--warm", "0.7", "--run", str(opts.run_s)]
    proxies = [bench.sipwardd(is_tls=True), bench.kamailio_fast(is_tls=True)]
    runs = in_turn(bench, proxies, opts.rounds, load)
    bench.end()
    cpu = compared(runs, "cpu_us_per_call", ("Kamailio fm",))
    return [Row("INVITE relay, TLS: CPU per call", "<= 0.6 x Kamailio fm", "us",
                median(runs["sipwardd"], "cpu_us_per_call"), cpu["Kamailio fm"][1] <= 0.6, cpu)]


def two_workers(bench, opts):
    """Caller and callee are one flow each, so half of what comes belongs to the other worker; fifty
    open calls for each of the two. The first turns let them have their memory; overtaking is counted
    in all."""
    proxies = [bench.sipwardd("one"), bench.sipwardd("two", workers=2, cores=TWO_CORES)]
    load = ["--open", "100", "--warm", "0.7", "--run", str(opts.run_s)]
    firsts = 1 if opts.is_quick else TURNS_A_MEMORY + 1
    turns = [[bench.load(p, *load) for p in proxies] for _ in paced(firsts + opts.rounds)]
    bench.end()
    calls = sum(two["completed"] for _, two in turns)
    overtaken = sum(two["ack_overtaken"] + two["final_overtaken"] for _, two in turns)
    tell_wrong(dict(zip(("one", "two"), zip(*turns))))
    runs = dict(zip(("one", "two"), zip(*turns[firsts:])))
    more = statistics.median(100 * b["cpu_us_per_call"] / a["cpu_us_per_call"] - 100
                             for a, b in zip(runs["one"], runs["two"]))
    return [Row("two workers: CPU per call, against one", "<= 25 % more", "%", more, more <= 25,
                {"one (us)": (median(runs["one"], "cpu_us_per_call"), 0),
                 "two (us)": (median(runs["two"], "cpu_us_per_call"), 0)}),
            Row("two workers: ACK or response overtaken", "0", "calls", overtaken, overtaken == 0,
                {"of so many calls": (calls, 0)})]


def alone(bench, opts):
    """The two that need no network: how long it takes to read a message, and to find a server."""
    del opts
    msg, locate = bench.figures("bench_msg"), bench.figures("bench_locate")
    parse = 1e3 * (msg["msg.split_and_check"] + msg["msg.read_top_via"] +
                   msg["msg.read_request_uri"])
    warm = locate["locate.warm"]
    return [Row(f"all a proxy reads of an INVITE of {msg['msg.len']:.0f} octets", "<= 600 ns", "ns",
                parse, parse <= 600, {"its line ends": (1e3 * msg["floor.msg.split"], 0)}),
            Row("warm location: NAPTR, 4 SRV, addresses", "<= 0.5 us", "us", warm, warm <= 0.5)]


def memory(bench, opts):
    count = 10000 if opts.is_quick else 100000

    def hold(proxy, calls):
        return bench.load(proxy, "--hold", "--open", str(calls), "--rate", "8000", "--patience", "90")

    run = hold(bench.sipwardd("sipwardd"), count)
    after = bench.load(bench.sipwardd("another"), "--rate", "8000", "--open", "20000", "--warm", "0",
                       "--run", str(count / 8000))  # all of them are over, and remembered
    others = {}
    if not opts.is_quick:  # what a call takes does not depend on how many there are
        theirs = hold(bench.kamailio_fast(), count // 5)
        others["Kamailio fm"] = (theirs["ringing_octets"] / 1024,
                                 run["ringing_octets"] / theirs["ringing_octets"])
    bench.end()
    ringing, over = run["ringing_octets"] / 1024, after["octets_per_call"] / 1024
    return [Row(f"memory of a call: {count} that ring", "<= 6 KiB", "KiB", ringing, ringing <= 6,
                others),
            Row(f"memory of a call: {count} that are over, remembered for 32 s", "<= 6 KiB", "KiB",
                over, over <= 6),
            Row("open transactions held", f">= {count}", "calls", run["ringing"],
                run["ringing"] >= count and run["completed"] >= count)]


ZONE = """\
$ORIGIN bench.
$TTL 3600
@ SOA ns hostmaster 1 3600 900 604800 60
@ NS ns
ns A 127.0.0.1
one NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.one
_sip._udp.one SRV 0 0 {second} h
two NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.two
_sip._udp.two SRV 0 0 {first} h
_sip._udp.two SRV 1 0 {second} h
h A 127.0.0.1
"""


def zone_resolver(bench, first):
    path = bench.folder + f"/{first}.zone"
    with open(path, "w", encoding="ascii") as f:
        f.write(ZONE.format(first=first, second=bench.callee))
    return f"  source: zones\n  zones: {path}"


def named_hop(bench, opts):
    """A named next hop whose records are known, against its address: the same proxy in turn."""
    proxy = bench.sipwardd(resolver=zone_resolver(bench, 9))
    ratios, extra = [], []
    bench.load(proxy, "--host", "one.bench", "--open", "50", "--run", str(opts.run_s))
    load = ["--open", "50", "--warm", "0.2", "--run", str(opts.run_s / 3)]
    for i in range(3 * opts.rounds):  # a hundredth is little; each is as often the first as the other
        order = (None, "one.bench") if i % 2 == 0 else ("one.bench", None)
        runs = {host: bench.load(proxy, *(["--host", host] if host else []), *load)
                for host in order}
        numeric, named = runs[None], runs["one.bench"]
        ratios.append(100 * named["cpu_us_per_call"] / numeric["cpu_us_per_call"] - 100)
        extra.append(named["cpu_us_per_call"] - numeric["cpu_us_per_call"])
    bench.end()
    more = statistics.median(ratios)
    return [Row("named next hop, records known, against a numeric one", "<= 3 % more", "%", more,
                more <= 3, {"(us a call)": (statistics.median(extra), 0)})]


def cold(bench, opts):
    """A new domain each call, whose name server takes 20 ms an answer."""
    port = bench.name_server(20)
    resolver = f"  source: servers\n  servers: 127.0.0.1:{port}\n  mode: stub"
    proxy = bench.sipwardd(resolver=resolver, more="allow-addresses: 127.0.0.0/8\n")
    runs = []
    for _ in range(min(opts.rounds, 3)):
        runs.append(bench.load(proxy, "--host", "d#.bench", "--rate", "5000", "--open", "60000",
                               "--warm", "0.5", "--run", str(opts.run_s), "--patience", "10"))
    bench.end()
    rate, way = median(runs, "calls_per_s"), median(runs, "way_p50_us") / 1e3
    gone = {key: sum(run[key] for run in runs) for key in ("lost", "refused")}
    return [Row("a new domain each call, 5000 offered: delivered", ">= 5000 calls/s", "calls/s", rate,
                rate >= 4950 and not any(gone.values()),
                {key: (count, 0) for key, count in gone.items() if count}),
            Row("the same: p50 of an INVITE's way", "<= 65 ms", "ms", way, way <= 65)]


ROUTES = 10000
RELOADS_MAX = 4
PAUSE_US = 20000


def reload(bench, opts):
    """The configuration is read anew while calls go through one of its many routes. Where calls are
    late without that the machine was elsewhere, and the round is made again."""
    routes = "".join(f'      - {{user: u{i}, to: "sip:u{i}@127.0.0.1:9"}}\n' for i in range(ROUTES - 1))
    more = (f'domains:\n  - name: big.bench\n    routes:\n{routes}'
            f'      - {{to: "sip:{{user}}@127.0.0.1:{bench.callee}"}}\n')
    proxy = bench.sipwardd(more=more)
    load = ["--host", "big.bench", "--rate", f"{opts.capacity['sipwardd'] / 2:.0f}", "--open", "20000",
            "--warm", "0.5", "--run", "3"]
    if not opts.is_quick:
        bench.load(proxy, *load[:-1], str(SETTLE_S))
    runs = []
    while len(runs) < RELOADS_MAX and not (runs and runs[-1][0]["way_most_us"] <= PAUSE_US):
        without = bench.load(proxy, *load)
        asked = threading.Timer(1.5, os.kill, (proxy.daemon_pid(), signal.SIGHUP))
        asked.start()
        runs.append((without, bench.load(proxy, *load)))
    is_done = proxy.count_logged("ev=reloaded") == len(runs)
    bench.end()
    gone = sum(run[key] for _, run in runs for key in ("lost", "refused", "wrong")) if is_done else -1
    usual, pause = (run["way_most_us"] for run in runs[-1])
    return [Row(f"reload with {ROUTES} routes, at half load: calls lost", "0", "calls", gone, gone == 0,
                {"of so many calls": (sum(run["started"] for _, run in runs), 0)}),
            Row("the same: the longest way of an INVITE", "<= 20 ms", "ms", pause / 1e3,
                is_done and pause <= PAUSE_US,
                {"without a reload": (usual / 1e3, 0), "rounds, all": (len(runs), 0)})]


def failover_times(bench, opts, silent):
    """(first ms, later p99 ms) until the second server has the INVITE."""
    first, later = [], []
    for _ in range(opts.rounds if not silent else min(opts.rounds, 3)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
            dead.bind(("127.0.0.1", 0))
            port = dead.getsockname()[1]
            if not silent:
                dead.close()
            proxy = bench.sipwardd(resolver=zone_resolver(bench, port))
            run = bench.load(proxy, "--host", "two.bench", "--open", "1", "--rate", "200",
                             "--warm", "0", "--run", "5" if silent else "1", "--patience", "40")
            bench.end(proxy)
        first.append(run["first_way_us"] / 1e3)
        later.append(run["way_p99_us"] / 1e3)
    return statistics.median(first), statistics.median(later)


def known_then_silent(bench, opts):
    """The same of a first server that has answered before, until it falls silent: ms."""
    first = []
    for _ in range(min(opts.rounds, 3)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
            reserved.bind(("127.0.0.1", 0))
            port = reserved.getsockname()[1]
        proxy = bench.sipwardd(resolver=zone_resolver(bench, port))
        load = ["--host", "two.bench", "--open", "1", "--rate", "200", "--warm", "0", "--patience",
                "40", "--run"]
        second, bench.callee = bench.callee, port
        bench.load(proxy, *load, "0.5")
        bench.callee = second
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", port))
            first.append(bench.load(proxy, *load, "2")["first_way_us"] / 1e3)
        bench.end(proxy)
    return statistics.median(first)


def failover(bench, opts):
    refused, refused_later = failover_times(bench, opts, silent=False)
    silent, silent_later = failover_times(bench, opts, silent=True)
    known = known_then_silent(bench, opts)
    others = {}
    if not opts.is_quick:
        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{port.getsockname()[1]}"
        peer = bench.kamailio_fast(second=f"127.0.0.1:{bench.callee}")
        run = bench.load(peer, "--host", host, "--open", "1", "--rate", "200", "--warm", "0",
                         "--run", "31", "--patience", "40")
        port.close()
        bench.end(peer)
        if run["first_way_us"] > 0:
            others["Kamailio fm"] = (run["first_way_us"] / 1e3, silent / run["first_way_us"] * 1e3)
    return [
        Row("first server's port closed: the second has the INVITE", "<= 5 ms", "ms", refused,
            refused <= 5),
        Row("the same, later calls, p99, port closed", "<= 5 ms", "ms", refused_later, refused_later <= 5),
        Row("first server a black hole: first call", "<= 4 s", "ms", silent, silent <= 4000, others),
        Row("the same, when it has answered before", "<= 1.2 s", "ms", known, 0 < known <= 1200),
        Row("the same, later calls, p99, black hole", "<= 1 ms", "ms", silent_later, silent_later <= 1),
    ]


ALL = (alone, udp, invite_tcp, invite_tls, two_workers, memory, named_hop, cold, reload, failover)
