# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario asks of the machine under a host: whether it has booted anew, has carrier, what time it has; and what
it does to its clock and its disk."""

import time

import topology
from backend import LabError
from scenario import expect

BALLAST = "/var/lib/bindback/ballast"
NEAR = 60       # seconds; a command may take its time to come back
FILL = f"""mkdir -p {BALLAST.rpartition("/")[0]}; i=0
for unit in 64M 1M 4k; do while fallocate -l $unit {BALLAST}.$i; do i=$((i + 1)); done; done 2>/dev/null
cat /dev/zero >{BALLAST}.last"""
BOOT = "cat /proc/sys/kernel/random/boot_id; sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20"
CATCH = topology.INSIDE / "catch.py"


def boot_id(lab, node):
    """What a host cannot have twice: its kernel's name, and when its first process began; "" while there is no answer."""
    try:
        return lab.backend.exec(node, ["sh", "-c", BOOT], check=False).out.strip()
    except LabError:
        return ""


def carrier(lab, node, net):
    """Does the host's card of this net see a cable?"""
    return lab.backend.exec(node, ["cat", f"/sys/class/net/{net}/carrier"], check=False).out.strip() == "1"


def has_no_carrier(lab, node, net):
    """The fault is there: the cable is out, and the host notices."""
    lab.wait_until(f"{net} of {node} has no carrier", lambda: not carrier(lab, node, net))


def loses(lab, node, net, direction):
    """From now on its cable loses frames one way; they are counted, and it has carrier."""
    lab.backend.lose(node, net, direction)
    lost = lab.wait_until(f"frames {direction} {node} get lost", lambda: lab.backend.lost(node, net))
    expect(carrier(lab, node, net), f"{net} of {node} has no carrier: no fault of one way")
    lab.say(f"{lost} frames {direction} {node} lost so far on {net}")


def clock(lab, node):
    """Seconds that the node's clock is ahead of ours."""
    return float(lab.backend.exec(node, ["date", "+%s.%N"]).out) - time.time()


def set_clock(lab, node, ahead):
    """The node's clock leaps; it is now so many seconds ahead of ours."""
    lab.backend.exec(node, ["date", "-s", f"@{time.time() + ahead:.0f}"])
    now = clock(lab, node)
    expect(abs(now - ahead) < NEAR, f"the clock of {node} is {now:.0f} s ahead, not {ahead}")
    lab.say(f"the clock of {node} is {now:.1f} s ahead")


def fill_disk(lab, node):
    """No byte can be written any more where the queue and our history are; whoever tries is told so."""
    told = lab.backend.exec(node, ["sh", "-c", FILL], check=False, timeout=60).err
    expect("No space left on device" in told, f"the disk of {node} is not full: {told!r}")
    for folder in ("/var/spool/postfix", "/var/lib/bindback"):
        told = lab.backend.exec(node, ["sh", "-c", f"date >{folder}/more"], check=False).err
        lab.backend.exec(node, ["rm", "-f", f"{folder}/more"])
        expect("No space left on device" in told, f"{folder} on {node} can be written: {told!r}")


def free_disk(lab, node):
    """Room again."""
    lab.backend.exec(node, ["sh", "-c", f"rm -f {BALLAST}.*"])


def catch(lab, node, action, program):
    """Arm a watch: when the agent has been called for an action and this program runs, it is stopped in the middle."""
    lab.backend.copy(node, CATCH, "/lab/catch.py", 0o755)
    return lab.backend.spawn(node, ["/lab/catch.py", action, program], "catch.log")


def caught(lab, node):
    """Until it was; returns the processes of that moment, as a text."""
    lines = lab.wait_until(f"the agent on {node} was stopped in the middle", lambda: lab.log(node, "catch.log"),
                           lambda lines: "stopped" in "".join(lines), 60)
    return "\n".join(lines)
