# SPDX-License-Identifier: GPL-2.0-or-later
"""What each action costs as a whole process: bindback, Debian's Postfix agent and /bin/true, turn by turn on one node.

The node has the virtual addresses and corosync's quorum, but no resource of Pacemaker's: nothing but what is measured
starts processes there.
"""

import json
from pathlib import Path

import topology
from backend import File
from figures import BenchError, figure, number, spread, table
from namespaces import ENVIRONMENT

NODE = "node1"
TRUE = "true"
INSIDE = Path(__file__).resolve().parent / "inside"
AGENTS = {"bindback": "/usr/lib/ocf/resource.d/bindback/mta", "postfix": "/usr/lib/ocf/resource.d/heartbeat/postfix"}
PARAMETERS = {"bindback": {"name": topology.NAME, "ip": " ".join(topology.VIRTUAL)}, "postfix": {}}
NOT_RUNNING = 7
# bindback's action, the peer's action for the same purpose
PAIRS = (("meta-data", "meta-data"), ("validate-all", "validate-all"), ("probe, stopped", "probe, stopped"),
         ("start", "start"), ("monitor 0", "monitor"), ("monitor 10", "monitor"), ("monitor 20", "monitor"),
         ("monitor 20, verifying", "monitor"), ("reload-agent", "reload"), ("stop", "stop"))


def environment(agent, interval_ms, level, more):
    """What Pacemaker would set."""
    values = {**PARAMETERS[agent], **more, "CRM_meta_timeout": "20000", "CRM_meta_interval": str(interval_ms)}
    words = {"OCF_ROOT": "/usr/lib/ocf", "OCF_RESOURCE_INSTANCE": "mta", "OCF_RA_VERSION_MAJOR": "1",
             "OCF_RA_VERSION_MINOR": "1", "OCF_RESOURCE_TYPE": Path(AGENTS[agent]).name,
             "OCF_RESOURCE_PROVIDER": "bindback" if agent == "bindback" else "heartbeat",
             "OCF_EXIT_REASON_PREFIX": "ocf-exit-reason:", "PCMK_logfacility": "daemon", "HA_logfacility": "daemon"}
    if level:
        words["OCF_CHECK_LEVEL"] = str(level)
    return {**ENVIRONMENT, **words, **{f"OCF_RESKEY_{key}": value for key, value in values.items()}}


def call(agent, action, *, name=None, interval_ms=0, level=0, want=0, pause=0, **more):
    """One measured call of an agent."""
    return {"name": f"{agent} {name or action}", "argv": [AGENTS[agent], action], "want": want, "pause": pause,
            "env": environment(agent, interval_ms, level, more)}


def true():
    """The cheapest process there is."""
    return {"name": TRUE, "argv": ["/bin/true"], "env": ENVIRONMENT, "want": 0}


def stopped(agents):
    """Calls while nothing runs."""
    calls = []
    for _ in range(3):
        for agent in agents:
            calls += [call(agent, "meta-data"), true()]
    for agent in agents:
        calls += [call(agent, "validate-all"), true(),
                  call(agent, "monitor", name="probe, stopped", want=NOT_RUNNING)]
    return calls


def bindback_running():
    """From start to stop, bindback."""
    calls = [call("bindback", "start")]
    for _ in range(5):
        calls += [true(), call("bindback", "monitor", name="monitor 0", interval_ms=10000)]
    for level in (10, 20):
        calls.append(call("bindback", "monitor", name=f"monitor {level}", interval_ms=60000, level=level))
    calls.append(call("bindback", "reload-agent"))
    calls.append(call("bindback", "monitor", name="monitor 20, verifying", interval_ms=60000, level=20, pause=1.2,
                      verify_interval="1s"))
    return calls + [call("bindback", "stop")]


def postfix_running():
    """From start to stop, the peer."""
    calls = [call("postfix", "start")]
    for _ in range(2):
        calls += [true(), call("postfix", "monitor", interval_ms=10000)]
    return calls + [call("postfix", "reload"), call("postfix", "stop")]


def one_round(lab, count):
    """Every call once or more; who comes first changes from round to round."""
    agents, running = ["bindback", "postfix"], [bindback_running(), postfix_running()]
    if count % 2:
        agents.reverse()
        running.reverse()
    calls = stopped(agents) + running[0] + running[1]
    done = lab.backend.exec(NODE, ["python3", "-ISB", "/lab/measure.py"], text=json.dumps(calls), timeout=120,
                            check=False)
    if done.code != 0:
        raise BenchError(done.err.strip() or f"the calls of a round ended with {done.code}: killed, or too slow")
    return json.loads(done.out)


def addresses(lab, verb):
    """The virtual addresses come to the node or go."""
    for address in topology.VIRTUAL:
        length = "64" if ":" in address else "24"
        lab.backend.exec(NODE, ["ip", "address", verb, f"{address}/{length}", "dev", "lan"])


def measure(lab, rounds):
    """{call: {wall_ms, cpu_ms, made}} as figures."""
    lab.backend.write(NODE, "/lab/measure.py", File((INSIDE / "measure.py").read_text()))
    addresses(lab, "add")
    results = []
    one_round(lab, 0)       # warms caches, is not counted
    for count in range(rounds):
        lab.say(f"# costs, round {count + 1} of {rounds}")
        results += one_round(lab, count)
    addresses(lab, "del")
    names = dict.fromkeys(result["name"] for result in results)
    return {name: {what: figure([result[what] for result in results if result["name"] == name])
                   for what in ("wall_ms", "cpu_ms", "made")} for name in names}


def row(costs, action, peers):
    """A line of the table."""
    ours, theirs, nothing = costs[f"bindback {action}"], costs[f"postfix {peers}"], costs[TRUE]
    wall, other = ours["wall_ms"].median, theirs["wall_ms"].median
    return [action, spread(ours["wall_ms"]), number(ours["cpu_ms"].median), f"{ours['made'].median:.0f}",
            number(wall / nothing["wall_ms"].median), peers, spread(theirs["wall_ms"]),
            number(theirs["cpu_ms"].median), f"{theirs['made'].median:.0f}", f"1/{number(other / wall)}"]


def show(costs):
    """The table."""
    nothing = costs[TRUE]
    heads = ["ocf:bindback:mta", "wall ms", "CPU ms", "made", "x true", "ocf:heartbeat:postfix", "wall ms", "CPU ms",
             "made", "ours/theirs"]
    rows = [row(costs, *pair) for pair in PAIRS]
    rows.append([f"/bin/{TRUE}", spread(nothing["wall_ms"]), number(nothing["cpu_ms"].median),
                 f"{nothing['made'].median:.0f}", "1", "", "", "", "", ""])
    return table("Cost of an action as a whole process: median (least-most); made = processes and threads", heads, rows)


def aims(costs):
    """(aim, seen, met) of the costs."""
    quick, nothing = costs["bindback monitor 0"], costs[TRUE]["wall_ms"].median
    ratio = quick["wall_ms"].median / nothing
    share = costs["postfix start"]["wall_ms"].median / costs["bindback start"]["wall_ms"].median
    made = quick["made"].median
    return [("monitor 0: at most 3 times /bin/true", f"{number(ratio)} times", ratio <= 3),
            ("monitor 0: makes no process", f"{made:.0f}", made == 0),
            ("start, verification included: at most 1/10 of the shell agent", f"1/{number(share)}", share >= 10)]
