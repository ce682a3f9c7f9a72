"""Commands run in a process of their own that shares what is imported already, and may be killed."""

import os
import signal
import sys

# What a command imports is imported once, before the first fork.
import emscope.cli.labeling
import emscope.cli.session
import emscope.cli.studying
import emscope.kernels.hard.many
import emscope.kernels.hard.silhouette  # noqa: F401
from emscope.cli import main

DISK = ("open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir")


def run(folder, *arguments, kill_at=None, standard_input=os.devnull):
    """Run the command line in ``folder``; SIGKILL it before the ``kill_at``-th time that it touches the disk.

    Returns the exit code, or None where it was killed, and what it printed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _become(folder, standard_input, writing, arguments, kill_at)
    os.close(writing)
    with open(reading, encoding="utf-8", errors="replace") as pipe:
        printed = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, printed
        return None, printed
    return os.WEXITSTATUS(status), printed


def _become(folder, standard_input, output, arguments, kill_at):
    try:
        os.chdir(folder)
        os.dup2(os.open(standard_input, os.O_RDONLY), 0)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.argv = ["emscope", *map(str, arguments)]
        if kill_at is not None:
            sys.addaudithook(Killer(kill_at))
        main()
    except SystemExit as leaving:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(leaving.code or 0)
    finally:
        os._exit(99)


class Killer:
    """Counts what touches the disk, reading apart, and kills the process when it is its turn."""

    def __init__(self, turn):
        self.left = turn

    def __call__(self, event, arguments):
        if event not in DISK or (event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
