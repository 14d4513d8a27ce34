# SPDX-License-Identifier: BSD-2-Clause
"""Start, find and end what is compared: sipwardd, Kamailio, and the floor that reads nothing.

Each proxy has a port of its own on 127.0.0.1, runs on the first core and forwards to the load
generator, which runs on the second. All run before whatever else the machine does, where that is
allowed: else a p99 says only how long others may keep a core.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import time

PROXY_CORE, LOAD_CORE = "0", "1"
# For two workers; where there is no third core they share one, for the load needs its own.
TWO_CORES = "0,2" if os.cpu_count() > 2 else "0"
START_S = 10  # a proxy must answer after so long
REST_S = 0.3  # before a run: for what could not be done while it stood still
HIGHEST_PRIORITY = -20

KAMAILIO = """\
debug=0
log_stderror=yes
fork=yes
children=1
tcp_children=1
tcp_conn_wq_max=4194304
auto_aliases=no
mpath="/usr/lib/{arch}/kamailio/modules/"
loadmodule "tm.so"
request_route {{
    {before}t_relay();
}}
{more}"""

KAMAILIO_PLAIN = """\
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
"""

KAMAILIO_TLS = """\
enable_tls=yes
listen=tls:127.0.0.1:{port}
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{folder}/proxy.pem")
modparam("tls", "private_key", "{folder}/proxy.key")
"""

# Asked to go on, Kamailio does so when its final response timer (30 s) has run out.
KAMAILIO_NEXT = """\
failure_route[NEXT] {{
    rewritehostport("{second}");
    t_relay();
}}
"""

SIPWARDD = """\
listen: {listen}
trusted: 127.0.0.0/8
workers: {workers}
limits: {{transactions: 4000000}}
log: {{file: {folder}/sipwardd-{port}.log, rate: 0}}
resolver:
{resolver}
"""

SIPWARDD_TLS = """\
tls: {{certificate: {folder}/proxy.pem, key: {folder}/proxy.key, ca: {folder}/ca.pem}}
"""


def die_with_us():
    """What is started does not outlive us."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def run_first():
    """Of what is measured, and of what measures."""
    die_with_us()
    try:
        os.setpriority(os.PRIO_PROCESS, 0, HIGHEST_PRIORITY)
        with open("/proc/self/autogroup", "w", encoding="ascii") as f:  # of the whole session
            f.write(str(HIGHEST_PRIORITY))
    except OSError:
        pass


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children_of(pid):
    """The process and all that it has started."""
    found = [pid]
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid and int(name) != pid:
            found += children_of(int(name))
    return found


class Proxy:
    """A running one."""

    def __init__(self, name, command, port, folder, cores=PROXY_CORE):
        self.name, self.port = name, port
        self.log_path = os.path.join(folder, f"{name.replace(' ', '-')}.out")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", cores] + command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, preexec_fn=run_first, start_new_session=True)

    def daemon_pid(self):
        """taskset becomes what it starts."""
        return self.process.pid

    def count_logged(self, text):
        """Lines of sipwardd's own log that say so."""
        with open(self.log_path.replace(".out", f"-{self.port}.log"), encoding="utf-8") as f:
            return sum(text in line for line in f)

    def wait_until_ready(self):
        """Bound, and quiet for a moment: all its processes are there."""
        end = time.monotonic() + START_S
        mark = f":{self.port:04X} "
        while time.monotonic() < end and self.process.poll() is None:
            with open("/proc/net/udp", encoding="ascii") as f:
                is_bound = mark in f.read()
            with open("/proc/net/tcp", encoding="ascii") as f:
                is_bound = is_bound or mark in f.read()
            if is_bound:
                time.sleep(1)
                return self
            time.sleep(0.05)
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            raise SystemExit(f"{self.name} does not start:\n{f.read()}")

    def signal(self, number):
        for pid in reversed(children_of(self.process.pid)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def end(self):
        self.signal(signal.SIGKILL)
        self.process.wait()


class Bench:
    """Where the programs are, and the folder of this run."""

    def __init__(self, bin_folder, folder):
        self.bin_folder, self.folder = bin_folder, folder
        self.caller, self.callee = free_port(), free_port()
        self.proxies, self.helpers = [], []

    def _started(self, proxy):
        self.proxies.append(proxy)
        return proxy.wait_until_ready()

    def _file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def name_server(self, delay_ms):
        """The port of one that knows any number of domains, all served by the callee."""
        process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, self.bin_folder + "/bench_authority",
             str(delay_ms * 1000), str(self.callee)],
            stdout=subprocess.PIPE, text=True, preexec_fn=run_first)
        self.helpers.append(process)
        return int(process.stdout.readline())

    def neighbour(self):
        """Who takes half of the proxy's core, and never sleeps."""
        self.helpers.append(subprocess.Popen(
            ["taskset", "-c", PROXY_CORE, "sh", "-c", "while :; do :; done"],
            preexec_fn=run_first, start_new_session=True))

    def figures(self, program):
        """What a program of bench/ prints, by name; what is a floor has that before it."""
        lines = subprocess.run([f"{self.bin_folder}/{program}"], capture_output=True, text=True,
                               check=True).stdout.splitlines()
        words = [line.split() for line in lines]
        return {("floor." if w[3] == "floor" else "") + w[0]: float(w[1]) for w in words}

    def certificates(self):
        """One for the proxies and one for the callee, of one authority, in this run's folder."""
        for name in ("proxy", "callee"):
            subprocess.run([self.bin_folder + "/tls_make", self.folder, name, "alt=IP:127.0.0.1"],
                           check=True)
        return f"{self.folder}/callee.pem:{self.folder}/callee.key"

    def sipwardd(self, name="sipwardd", resolver="  source: system", workers=1, is_tls=False,
                 cores=PROXY_CORE, more=""):
        port = free_port()
        listen = (f"[tls:127.0.0.1:{port}]" if is_tls else
                  f"[udp:127.0.0.1:{port}, tcp:127.0.0.1:{port}]")
        text = SIPWARDD + (SIPWARDD_TLS if is_tls else "")
        path = self._file(f"{port}.yaml", text.format(
            port=port, folder=self.folder, resolver=resolver, listen=listen, workers=workers) + more)
        return self._started(Proxy(name, [self.bin_folder + "/sipwardd", "--config", path], port,
                                   self.folder, cores))

    def kamailio(self, name, options=(), second=None, is_tls=False):
        """Fast: with its fast allocator; second: where calls go when their first place is silent."""
        port = free_port()
        arch = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True,
                              check=True).stdout.strip()
        more = KAMAILIO_NEXT.format(second=second) if second else ""
        listen = KAMAILIO_TLS if is_tls else KAMAILIO_PLAIN
        more += listen.format(port=port, folder=self.folder)
        before = 't_on_failure("NEXT"); ' if second else ""
        path = self._file(f"{port}.cfg", KAMAILIO.format(arch=arch, before=before,
                                                         more=more))
        command = [shutil.which("kamailio", path=os.environ["PATH"] + ":/usr/sbin"), "-f", path,
                   "-DD", "-E", "-m", "2048", "-M", "64", "-Y", self.folder] + list(options)
        return self._started(Proxy(name, command, port, self.folder))

    def kamailio_fast(self, **more):
        return self.kamailio("Kamailio fm", ("-x", "fm", "-X", "fm"), **more)

    def floor(self, is_tcp=False):
        port = free_port()
        command = [self.bin_folder + "/bench_relay", f"127.0.0.1:{port}",
                   f"127.0.0.1:{self.caller}", f"127.0.0.1:{self.callee}"]
        return self._started(Proxy("floor", command + ["tcp"] * is_tcp, port, self.folder))

    def load(self, proxy, *options):
        """One run of the load generator; what it measured. Meanwhile the other proxies, which still
        have the calls of their last run to forget, stand still: they are on the same core. Ours
        does not in a run of the floor's: what it has to forget is a part of what its calls cost,
        and is not to be put off until nobody looks."""
        others = [p for p in self.proxies if p is not proxy and
                  not (p.name == "sipwardd" and proxy.name == "floor")]
        for p in others:
            p.signal(signal.SIGSTOP)
        try:
            return self._load(proxy, options)
        finally:
            for p in others:
                p.signal(signal.SIGCONT)

    def _load(self, proxy, options):
        command = ["taskset", "-c", LOAD_CORE, self.bin_folder + "/bench_load",
                   "--proxy", f"127.0.0.1:{proxy.port}",
                   "--caller", f"127.0.0.1:{self.caller}", "--callee", f"127.0.0.1:{self.callee}"]
        for pid in children_of(proxy.process.pid):
            command += ["--pid", str(pid)]
        time.sleep(REST_S)
        done = subprocess.run(command + list(options), capture_output=True, text=True,
                              preexec_fn=run_first, check=False)
        if done.returncode != 0:
            raise SystemExit(f"the load on {proxy.name} failed: {done.stderr}")
        return json.loads(done.stdout)

    def end_helpers(self):
        while self.helpers:
            helper = self.helpers.pop()
            helper.kill()
            helper.wait()

    def end(self, *proxies):
        for proxy in proxies or list(self.proxies):
            proxy.end()
            self.proxies.remove(proxy)
        if not proxies:
            self.end_helpers()
