#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ask bash and zsh for completions of what is installed, as a person does at a terminal: completion.py LAYER

LAYER is where meson installed to. What must be offered is what the programs take: the options' tables of the sources.
Prints "ok" or "not ok" for each shell, and for the help that completion reads; skips a shell that is not here. Runs
itself again in a mount namespace of its own, where /run and /var/lib have resources.
"""

import os
import pty
import re
import select
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
COMMANDS = TOP / "agent/cmd"
PATIENCE_S = 20
COMPLETE, ALL, TELL = "\t", "\x14", "\x19"
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
HOSTILE = ("a b", "$(touch owned)", ";touch owned;", "*", "-x y")
NODES = """<resources>
      <node id="1" name="node1" member="true"/>
      <node id="2" name="$(touch owned)" member="true"/>
      <node id="3" name="node3" member="true"/>
</resources>
"""
ROW = re.compile(r'\{ "([a-z-]+)", (required|no)_argument,')
NAME = re.compile(r'^const struct command command_\w+ = {\s*"([a-z-]+)"', re.M)
VERB = re.compile(r'^\t{ "([a-z]+)", (?:"[A-Z]+"|NULL), run_', re.M)
HELP_ROW = re.compile(r"^  (--[a-z-]+)(=?)", re.M)

# Each sets two keys: C-t puts all that would be offered on the line, C-y tells the
# line to us and empties it. The terminal is raw from the beginning, so that
# nothing typed ahead is taken for something else.
BASH = r"""
stty raw -echo
PS1= PS2= HISTFILE=
bind 'set bell-style none' 'set completion-query-items -1'
BASH_COMPLETION_USER_DIR=$LAYER/usr/share/bash-completion
. @
tell() { printf '%s\n' "$READLINE_LINE" >&9; READLINE_LINE= READLINE_POINT=0; }
bind '"\C-t": insert-completions'
bind -x '"\C-y": tell'
""".replace("@", BASH_COMPLETION)
ZSH = r"""
stty raw -echo
PS1= PS2= RPS1= HISTFILE=
unsetopt beep zle_bracketed_paste prompt_sp
fpath=($LAYER/usr/share/zsh/site-functions $fpath)
autoload -U compinit && compinit -u -D
zstyle ':completion:all::::' completer _all_matches _complete
zstyle ':completion:all:*' old-matches false
zstyle ':completion:all:*' insert true
zle -C all complete-word _generic
tell() { print -r -- "$BUFFER" >&9; BUFFER= }
zle -N tell
bindkey '^T' all '^Y' tell
"""


class Shell:
    """A shell at a terminal of its own."""

    def __init__(self, argv, env, folder):
        self.told, tell = os.pipe()
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.dup2(tell, 9)
            os.chdir(folder)
            os.execvpe(argv[0], argv, env)
        os.close(tell)

    def line(self):
        """What the shell tells next; what it prints meanwhile is thrown away."""
        text = b""
        while not text.endswith(b"\n"):
            ready = select.select([self.told, self.terminal], [], [], PATIENCE_S)[0]
            if not ready:
                raise TimeoutError(f"silent for {PATIENCE_S} s, after {text!r}")
            if self.terminal in ready:
                os.read(self.terminal, 65536)
            if self.told in ready:
                text += os.read(self.told, 65536)
        return text.decode()[:-1]

    def expand(self, typed, key=ALL):
        """The line after all that is offered was put on it, or the only one there is."""
        os.write(self.terminal, (typed + key + TELL).encode())
        return self.line()

    def close(self):
        os.close(self.terminal)
        os.close(self.told)
        os.waitpid(self.pid, 0)


def options_of(source):
    """What the program's table takes, with = behind what wants a value."""
    return {f"--{name}{'=' if kind == 'required' else ''}" for name, kind in ROW.findall(source)}


def programs():
    """Each program and command, as typed, with the options that it takes."""
    header = (COMMANDS / "wanted.h").read_text().replace("\\\n", "")
    shared = dict(re.findall(r"#define (WANTED\w*OPTIONS)(.*)", header))
    found = {"bindback": {"--help", "--version"},
             "bindback-witness": options_of((COMMANDS / "witness.c").read_text())}
    for path in COMMANDS.glob("bindback_*.c"):
        source = path.read_text()
        for name in NAME.findall(source):
            parts = [text for macro, text in shared.items() if re.search(rf"\b{macro}\b", source)]
            found[f"bindback {name}"] = options_of("".join((source, *parts)))
    return found


def output(env, *argv):
    return subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def judge(name, faults):
    """One result; the faults are what speaks against it."""
    print(f"{'not ok' if faults else 'ok'} {name}", *(f"  # {fault}" for fault in faults[:10]), sep="\n", flush=True)


def check_help(env, found):
    """The help, which the shells read, tells what the tables take."""
    for typed, wanted in sorted(found.items()):
        told = {name + has for name, has in HELP_ROW.findall(output(env, *typed.split(), "--help"))}
        judge(f"help of {typed} has its {len(wanted)} options",
              [f"only one of both has {', '.join(sorted(told ^ wanted))}"] if told != wanted or not wanted else [])


def cases(env, found, work):
    """What is typed, and what is to be offered for it: a set of words; "..." in it: and others."""
    commands = {typed.split()[1] for typed in found if " " in typed}
    words = set(output(env, "bindback", "explain", "--list").split())
    for typed, wanted in found.items():
        yield f"{typed} --", {option.rstrip("=") for option in wanted}
    yield "bindback ", commands | {"..."}
    yield "bindback st", {"status"}
    yield f"{env['LAYER']}/usr/bin/bindback st", {"status"}
    yield "~/bin/bindback st", {"status"}
    yield "sudo bindback verify --forc", {"--force"}
    yield "bindback nonsense --", set()
    yield "bindback $(touch${IFS}owned) --", None
    yield "bindback explain ", words | {"..."}
    yield "bindback explain ptr", {word for word in words if word.startswith("PTR")}
    yield "bindback explain 9322 f", set()
    yield "bindback explain --file=x 93", {word for word in words if word.startswith("93")}
    yield "bindback explain --file x 93", {word for word in words if word.startswith("93")}
    yield "bindback witness-key ", set(VERB.findall((COMMANDS / "bindback_witness_key.c").read_text())) | {"..."}
    yield f"bindback witness-key import {work}/file", {f"{work}/file 1", f"{work}/file2"}
    yield "bindback witness-key make x", set()
    yield f"bindback verify --authkey={work}/file", {f"{work}/file 1", f"{work}/file2"}
    yield f"bindback verify --config-dir={work}/f", {f"{work}/folder"}
    for command in ("verify", "status", "preflight"):
        yield f"bindback {command} --output-as=", {"text", "xml", "html"}
    yield "bindback status --output-as x", {"xml"}
    yield "bindback verify --callback=", {"bindback", "smtp", "none"}
    yield "bindback plan --hold=", {"true", "false"}
    yield "bindback verify --ip=198.", {"198.51.100.7"}
    yield "bindback verify --ip=2001:db8::", {"2001:db8::7", "2001:db8::25"}
    yield "bindback verify --remote=localh", {"localhost", "..."}
    yield "bindback verify --resource=", {"mta", "mta:0", "mta:1"}
    yield "bindback verify --resource=mta:", {"mta:0", "mta:1"}
    yield "bindback status --resource=", {"mta", "mta:0", "mta:1", "guarded"}
    yield "bindback report --resource ", {"past"}
    yield "bindback preflight --node=", {"node1", "node3"}
    yield f"bindback-witness --config={work}/file2", {f"{work}/file2"}


def offered(shell, typed):
    """The words that the shell puts on the line in place of what was typed."""
    before = typed.rsplit(" ", 1)[0].split()
    option = re.match(r"--[a-z-]+=", typed.rsplit(" ", 1)[1])
    words = shlex.split(shell.expand(typed))[len(before):]
    words = [word.removeprefix(option.group()) if option else word for word in words]
    colon = typed.rpartition("=")[2].rpartition(":")         # bash inserts what is behind it
    words = [word if word.startswith(colon[0]) else "".join(colon[:2]) + word for word in words]
    return {word.rstrip("=") if word.startswith("-") else word.rstrip("/") for word in words}


def fault_of(shell, typed, wanted):
    """Why what is offered is wrong, or None."""
    if wanted is None:
        shell.expand(typed)
        return None
    got = offered(shell, typed)
    nothing = {typed.rsplit(" ", 1)[1]} - {""}
    if "..." in wanted and got >= wanted - {"..."} or got == (wanted or nothing):
        return None
    return f"{typed!r}: missing {sorted(wanted - got)}, too many {sorted(got - wanted)}"


def check_suffix(shell, found):
    """An option that wants a value ends in =, another in a space."""
    for typed, wanted in found.items():
        for option in wanted:
            name = option.rstrip("=")
            if sum(other.startswith(name) for other in wanted) > 1:
                continue
            line = shell.expand(f"{typed} {name}", COMPLETE)
            if line != f"{typed} {option}" + ("" if option.endswith("=") else " "):
                yield f"{typed} {name} becomes {line!r}"


def check_shell(kind, env, found, work):
    shell = start(kind, env, work)
    asked = list(cases(env, found, work))
    faults = [fault for typed, wanted in asked if (fault := fault_of(shell, typed, wanted))]
    judge(f"{kind} completes {len(asked)} lines", faults)
    judge(f"{kind} tells which options want a value", list(check_suffix(shell, found)))
    shell.close()
    owned = list(work.rglob("owned"))
    judge(f"{kind} runs nothing of what it reads", [f"{path} was made" for path in owned])
    for path in owned:
        path.unlink()


def start(kind, env, work):
    rc = work / f".{kind}rc"
    rc.write_text(ZSH if kind == "zsh" else BASH)
    argv = {"bash": ["bash", "--noprofile", "--rcfile", str(rc), "-i"], "zsh": ["zsh", "-d", "-i"]}
    return Shell(argv[kind], env, work)


def furnish(work):
    """A host of our own: resources, some with names that no cluster gives, addresses, files, and a program that knows
    nodes."""
    for root in ("/run", "/var/lib"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root], check=True)
    for address in ("198.51.100.7/24", "2001:db8::7/64", "2001:db8::25/64"):
        subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=True)
    for path in ("/run/bindback/mta", "/run/bindback/mta:0", "/run/bindback/mta:1", "/run/bindbackd/mta",
                 "/run/bindbackd/guarded", "/var/lib/bindback/past", *(f"/run/bindback/{name}" for name in HOSTILE),
                 work / "folder", work / "bin"):
        Path(path).mkdir(parents=True)
    for name in ("file 1", "file2"):
        (work / name).touch()
    (work / "nodes").write_text(NODES)
    program = work / "bin/bindback"
    program.write_text('#!/bin/sh\n[ "$*" != "status --output-as=xml" ] || exec cat "$HOME/nodes"\n'
                       'exec "$LAYER/usr/bin/bindback" "$@"\n')
    program.chmod(0o755)


def inside(layer, work):
    found = programs()
    furnish(work)
    env = {"LAYER": layer, "HOME": str(work), "TERM": "dumb",
           "PATH": f"{work}/bin:{layer}/usr/sbin:/usr/bin:/bin:/usr/sbin:/sbin"}
    check_help(env, found)
    for kind, needed in (("bash", BASH_COMPLETION), ("zsh", "/bin/zsh")):
        if Path(needed).exists():
            check_shell(kind, env, found, work)
        else:
            print(f"ok {kind} completes # SKIP there is no {needed}")


def main():
    layer = str(Path(sys.argv[1]).resolve())
    if len(sys.argv) > 2:
        inside(layer, Path(sys.argv[2]))
        return
    own = ["unshare", "--mount", "--net"] + (["--map-root-user"] if os.geteuid() else [])
    if subprocess.run([*own, "true"], capture_output=True).returncode:
        print("ok completion # SKIP this host has no namespaces for us")
        return
    with tempfile.TemporaryDirectory(prefix="bindback-completion-") as work:
        if subprocess.run([*own, sys.executable, __file__, layer, work]).returncode:
            print("not ok completion: the test ended badly")


if __name__ == "__main__":
    main()
