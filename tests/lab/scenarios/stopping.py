# SPDX-License-Identifier: GPL-2.0-or-later
"""stop succeeds only when nothing is left, and it succeeds whatever else is broken; probes tell the truth."""

import time

import audit
from bound import call, command, masters, reason_says
from byhand import by_hand
from dns import AUTHORITATIVE, RESOLVERS
from scenario import NAMESPACES, expect, scenario
from topology import NODES

QUEUE_MANAGER = "pgrep -x qmgr | xargs -r kill"
SECONDS = 5
# What is done to a bound instance, how it is undone afterwards, and what the monitor says in between.
DAMAGES = (
    ("nothing", "true", "true", 0),
    ("stopped already by an admin", "postfix stop", "true", 1),
    ("restarted unbound by an admin", "postfix stop; postfix start", "true", 1),
    ("master killed", "pkill -KILL -x master; sleep 0.3", "true", 1),
    ("master SIGSTOPped", "pkill -STOP -x master", "true", 1),
    ("qmgr SIGSTOPped", f"{QUEUE_MANAGER} -STOP", "true", 0),
    ("all of Postfix SIGSTOPped", "pkill -STOP -u postfix; pkill -STOP -x master", "true", 1),
    ("/etc/postfix gone", "mv /etc/postfix /root/pf", "mv /root/pf /etc/postfix", 0),
    ("main.cf broken", "cp -a /etc/postfix /root/pf; echo garbage >/etc/postfix/main.cf",
     "rm -rf /etc/postfix; mv /root/pf /etc/postfix", 0),
    ("overlay gone", "rm -rf /run/bindback/mta/postfix", "true", 1),
    ("overlay broken", "echo garbage >>/run/bindback/mta/postfix/main.cf", "true", 1),
    ("record gone", "rm /run/bindback/mta/state", "true", 1),
    ("record is garbage", "head -c 4000 /dev/urandom >/run/bindback/mta/state", "true", 1),
    ("record empty", ": >/run/bindback/mta/state", "true", 1),
    ("/run/bindback/mta gone", "rm -rf /run/bindback/mta", "true", 1),
    ("/run/bindback gone", "rm -rf /run/bindback", "true", 1),
    ("record gone, master SIGSTOPped, no /etc/postfix",
     "rm -rf /run/bindback/mta; pkill -STOP -x master; mv /etc/postfix /root/pf", "mv /root/pf /etc/postfix", 1),
    ("pid file gone", "rm /var/spool/postfix/pid/master.pid", "true", 0),
    ("addresses gone", "ip address del 10.50.0.100/24 dev lan; ip address del fd50::100/64 dev lan",
     "ip address add 10.50.0.100/24 dev lan; ip address add fd50::100/64 dev lan nodad", 1),
    ("programs upgraded", "cd /usr/lib/postfix/sbin; for f in master qmgr pickup; do cp -p $f n; mv n $f; done", "true",
     None),
    ("programs removed", "cp -a /usr/lib/postfix/sbin /root/sbin; rm -rf /usr/lib/postfix/sbin/*",
     "rm -rf /usr/lib/postfix/sbin; mv /root/sbin /usr/lib/postfix/sbin", None),
    ("postfix command gone", "mv /usr/sbin/postfix /root/; mv /usr/sbin/postconf /root/",
     "mv /root/postfix /root/postconf /usr/sbin/", 0),
    ("agent proper gone", "mv /usr/libexec/bindback /root/", "mv /root/bindback /usr/libexec/", 0),
    ("guard killed", "pkill -KILL -x bindbackd", "true", 0),
    ("guard SIGSTOPped", "pkill -STOP -x bindbackd", "true", None),
    ("guard's state is garbage", "head -c 4000 /dev/urandom >/run/bindbackd/mta/live/state", "true", None),
    ("keeper killed", "pkill -KILL -x keeper; sleep 0.3", "true", 1),
    ("keeper SIGSTOPped", "pkill -STOP -x keeper", "true", None),
    ("keeper and guard killed", "pkill -KILL -x 'keeper|bindbackd'; sleep 0.1", "true", 1),
    ("keeper and guard SIGSTOPped", "pkill -STOP -x 'keeper|bindbackd'", "true", None),
    ("the guard's files gone", "rm -rf /run/bindbackd", "true", 1),
    ("corosync SIGSTOPped", "pkill -STOP -x corosync", "pkill -CONT -x corosync", 0),
)
CONTAINER = """cp -a /var/spool/postfix /tmp/spool && mount --bind /tmp/spool /var/spool/postfix &&
cp -a /var/lib/postfix /tmp/data && mount --bind /tmp/data /var/lib/postfix &&
ip link set lo up && postfix start && exec sleep 60"""
PROMOTABLE = {"CRM_meta_promoted_max": "1"}
# An action that is cut, what comes before it, the monitor's answer after it, and the step between two cuts in seconds.
ROLES = (
    ("promote", ("start",), 8, 0.03),
    ("demote", ("start", "promote"), 0, 0.006),
    ("stop", ("start", "promote"), 7, 0.015),
)
KILLED = """{start} >/dev/null 2>&1 & agent=$!
sleep {delay}; kill -KILL $agent 2>/dev/null; wait $agent 2>/dev/null
true"""


def stopped_clean(hand, what, **values):
    """stop ends with 0 in time and nothing is left; returns complaints."""
    began = time.monotonic()
    done = hand.call("stop", **values)
    took, left = time.monotonic() - began, hand.left()
    found = []
    if done.code != 0:
        found.append(f"stop ended with {done.code}: {done.err.strip()}")
    if left:
        found.append(f"stop ended with {done.code}, left: {left!r}")
    if took > SECONDS:
        found.append(f"stop took {took:.1f} s")
    return [f"{what}: {one}" for one in found]


def still_stopped(hand, what, **values):
    """Probe and a second stop agree that nothing runs."""
    codes = [hand.call(action, **values).code for action in ("monitor", "stop")]
    return [] if codes == [7, 0] else [f"{what}: afterwards monitor, stop: {codes}"]


@scenario(audits=(audit.verdicts,))
def stop_whatever_is_broken(lab):
    """One damage after the other to a bound instance: monitor sees it or need not, stop leaves nothing."""
    problems = []
    with by_hand(lab) as hand:
        for what, damage, undo, wanted in DAMAGES:
            hand.do("start")
            hand.shell(f"{damage}; true")
            if wanted is not None:
                seen = hand.call("monitor")
                if seen.code != wanted:
                    problems.append(f"{what}: monitor {seen.code}, not {wanted}: {seen.err.strip()}")
            problems += stopped_clean(hand, what)
            hand.shell(undo)
            problems += still_stopped(hand, what)
            hand.shell("pkill -KILL -x master; pkill -KILL -u postfix; rm -rf /run/bindback/mta", check=False)
    expect(not problems, f"{len(problems)} wrong: " + "\n  # ".join(problems))
    lab.say(f"{len(DAMAGES)} damages")


@scenario(audits=())
def stop_second_instance(lab):
    """A second configuration with its own queue, its record and configuration gone: still found and stopped alone."""
    problems = []
    with by_hand(lab) as hand:
        hand.shell("cp -a /etc/postfix /etc/pf; cp -a /var/spool/postfix /var/spool/pf; mkdir /var/lib/pf; "
                   "chown postfix /var/lib/pf; postconf -c /etc/pf queue_directory=/var/spool/pf "
                   "data_directory=/var/lib/pf inet_interfaces=all multi_instance_name=postfix-b")
        for what, damage in (("whole", "true"),
                             ("record and configuration gone", "rm -rf /run/bindback /etc/pf/main.cf"),
                             ("master SIGSTOPped as well", "rm -rf /run/bindback /etc/pf; pkill -STOP -x master")):
            hand.shell("[ -e /etc/pf/main.cf ] || { rm -rf /etc/pf; cp -a /root/pf /etc/pf; }; cp -a /etc/pf /root/pf")
            hand.do("start", config_dir="/etc/pf")
            expect("/var/spool/pf" in hand.shell("ls -l /proc/$(pgrep -xo master)/cwd"), "not the second queue")
            hand.shell(damage)
            problems += stopped_clean(hand, what, config_dir="/etc/pf")
            problems += still_stopped(hand, what, config_dir="/etc/pf")
        hand.shell("rm -rf /etc/pf /root/pf /var/spool/pf /var/lib/pf")
    expect(not problems, "\n  # ".join(problems))


@scenario(audits=())
def stop_without_dns(lab):
    """No nameserver answers: stop does not wait for one."""
    with by_hand(lab, verify_timeout="1s") as hand:
        hand.do("start")
        for server in (*RESOLVERS, *AUTHORITATIVE):
            lab.dns.silence(server)
        problems = stopped_clean(hand, "silent DNS")
        expect(not problems, " ".join(problems))
        hand.do("start")
        hand.do("monitor", 190, level=20)
        problems = stopped_clean(hand, "silent DNS, started without")
        expect(not problems, " ".join(problems))


@scenario(audits=())
def stop_without_corosync(lab):
    """corosync is killed under a bound instance: stop works in the moment before the others fence the node."""
    with by_hand(lab, "node3") as hand:
        hand.do("start")
        hand.run("pkill", "-KILL", "-x", "corosync")
        problems = stopped_clean(hand, "corosync killed")
        expect(not problems, " ".join(problems))
        reason_says(hand.do("start", 1), "require_quorum")
        lab.cluster.cut.add("node3")
        lab.wait_until("node3 was fenced", lambda: [node for _, _, node in lab.fence.history],
                       lambda seen: "node3" in seen, 30)
        lab.fence.settle()
        lab.cluster.wait_online(deadline=40)


@scenario(audits=(audit.verdicts,))
def agent_killed(lab):
    """kill -9 of the agent anywhere in start: monitor never says stopped while something runs, stop ends all of it.

        start ....... X (0 to 200 ms)   monitor, start again, stop
    """
    problems, bound = [], 0
    with by_hand(lab) as hand:
        start = " ".join(f"'{word}'" for word in command("start"))
        for count in range(50):
            hand.shell(KILLED.format(start=start, delay=f"{count * 0.004:.3f}"))
            bound += killed_start(lab, hand, f"killed after {count * 4} ms", problems, again=count % 2)
    expect(not problems, f"{len(problems)} wrong: " + "\n  # ".join(problems))
    expect(0 < bound < 50, f"{bound} of 50 starts had bound: nothing was cut in the middle")


def killed_start(lab, hand, what, problems, again):
    """What is true after the agent was killed; returns whether the start had come to its end."""
    told, there = hand.call("monitor").code, bool(masters(lab, hand.node))
    if (told == 7 and there) or (told == 0 and not there):
        problems.append(f"{what}: monitor says {told}, master {'runs' if there else 'does not run'}")
    lab.read_verdicts()
    if again:
        code = hand.call("start").code
        if code == 0 and hand.call("monitor", level=10).code != 0:
            problems.append(f"{what}: start again says 0, the monitor does not")
        if told == 7 and code != 0:
            problems.append(f"{what}: probe says stopped, but start again ends with {code}")
    problems += stopped_clean(hand, what) + still_stopped(hand, what)
    return told == 0


@scenario(audits=(audit.verdicts,))
def agent_killed_in_roles(lab):
    """kill -9 of the agent anywhere in promote, demote and stop of a clone: the monitor tells what there is, the same
    action ends well when it is called again (promote may leave that to a stop), and stop ends all.

        promote ... X      demote ... X      stop ... X
    """
    problems, cut = [], set()
    with by_hand(lab, **PROMOTABLE) as hand:
        for action, before, after, step in ROLES:
            words = " ".join(f"'{word}'" for word in command(action, **hand.parameters))
            for count in range(8):
                for one in before:
                    hand.do(one)
                hand.shell(KILLED.format(start=words, delay=f"{count * step:.3f}"))
                what = f"{action} killed after {count * step * 1000:.0f} ms"
                told = hand.call("monitor").code
                cut.add((action, told))
                problems += untrue(lab, hand, what, told)
                codes = [hand.call(one).code for one in (action, "monitor")]
                if codes != [0, after] and not (action == "promote" and told == 1):
                    problems.append(f"{what}: again, monitor: {codes}, not {[0, after]}")
                problems += stopped_clean(hand, what) + still_stopped(hand, what)
    lab.say(f"monitors after the kill: {sorted(cut)}")
    expect(not problems, f"{len(problems)} wrong: " + "\n  # ".join(problems))
    expect(len(cut) > len(ROLES), f"nothing was cut in the middle: {cut}")


def untrue(lab, hand, what, told):
    """What the monitor of a promotable instance says against what there is; complaints."""
    there, guard = bool(masters(lab, hand.node)), hand.shell("pgrep -x bindbackd", check=False)
    if told not in (0, 1, 7, 8, 9) or (told in (0, 7) and there) or (told == 8 and not there) or \
            (told in (0, 8) and not guard):
        return [f"{what}: monitor says {told}, master: {there}, guard: {guard.strip() or 'none'}"]
    return []


@scenario(audits=(), where=(NAMESPACES,))
def probe_on_shared_queue(lab):
    """The queue is on all nodes at once, with the lock of the active node's master: the others still say stopped.

        node1 [virtual, Postfix]   node2   node3
               |                     |       |
               +------- one queue ---+-------+
    """
    mount = ["mount", "--bind", "/shared/queue", "/var/spool/postfix"]
    for node in NODES:
        lab.backend.exec(node, mount)
    try:
        with by_hand(lab) as hand:
            hand.do("start")
            expect(hand.shell("cat /shared/queue/pid/master.pid").strip() == hand.master(), "not the shared queue")
            for node in NODES[1:]:
                locked = lab.backend.exec(node, ["flock", "-n", "/shared/queue/pid/master.pid", "true"], check=False)
                expect(locked.code == 1, f"the lock is not seen on {node}: this proves nothing")
                for level in (0, 20):
                    probe = call(lab, node, "monitor", level=level)
                    expect(probe.code == 7, f"probe at level {level} on {node}: {probe.code} {probe.err}")
                expect(call(lab, node, "stop").code == 0, f"stop on {node}")
            hand.do("monitor", level=10)
    finally:
        for node in NODES:
            lab.backend.exec(node, ["umount", "/var/spool/postfix"], check=False)


@scenario(audits=())
def container_left_alone(lab):
    """A container on the node runs a Postfix of its own, with the same paths: not ours, and never stopped.

        node1 [virtual, bound]  +  container [Postfix]
    """
    with by_hand(lab) as hand:
        argv = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--uts", "sh", "-c", CONTAINER]
        box = lab.backend.spawn("node1", argv, "container.log")
        lab.wait_until("the container's Postfix", lambda: masters(lab, "node1"))
        other = hand.master()
        hand.do("monitor", 7)
        hand.do("stop")
        hand.do("start")
        hand.do("monitor")
        hand.do("monitor", level=10)
        hand.do("stop")
        hand.do("monitor", 7)
        left = masters(lab, "node1")
        hand.shell("pkill -KILL -x unshare; pkill -KILL -x sleep", check=False)
        box.wait()
        lab.wait_until("the container has ended", lambda: not hand.left())
        hand.shell("rm -rf /tmp/spool /tmp/data")
        expect(left == [other], f"masters afterwards: {left}, the container's was {other}")
