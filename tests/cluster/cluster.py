"""A real Slurm on this machine: munge, MariaDB, slurmdbd, slurmctld, and two slurmd with fake GPUs.

Everything lives in one folder and on its own ports; nothing of the system is touched. Needs root
and Debian's packages (``make test-slurm`` installs them).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch")
NODES = ("n1", "n2")
GPUS_A_NODE = 2

_SLURM = """\
ClusterName=minde
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd}
AccountingStoragePass=socket={folder}/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=20
MinJobAge=600
KillWait=20
MpiDefault=none
GresTypes=gpu
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] {size}
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
"""
_DBD = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={dbd}
SlurmUser=root
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={sql}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""


def missing() -> list[str]:
    """Programs that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for a condition; TimeoutError naming it."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen in {seconds:g} s")
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    """A run of ``count`` ports that nobody listens on."""
    for first in range(21000, 31000, count):
        ports = list(range(first, first + count))
        if not any(_open(port) for port in ports):
            return ports
    raise RuntimeError("no free ports")


def _open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Cluster:
    """The daemons, started and stopped together.

    Arguments:
        folder: Where configuration, state and logs go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        sql, dbd, ctld, first, last = _free_ports(5)
        self.ports = {"sql": sql, "dbd": dbd, "ctld": ctld, "first": first, "last": last}
        size = f"CPUs=8 RealMemory=64000 Gres=gpu:{GPUS_A_NODE}"
        names = {"folder": folder, "host": socket.gethostname(), "size": size, **self.ports}
        for part in ("state", "db", *(f"spool-{node}" for node in NODES)):
            (folder / part).mkdir(parents=True)
        (folder / "slurm.conf").write_text(_SLURM.format(**names))
        dbd_file = folder / "slurmdbd.conf"
        dbd_file.write_text(_DBD.format(**names))
        dbd_file.chmod(0o600)
        devices = []
        for node in NODES:
            for k in range(GPUS_A_NODE):
                (folder / f"{node}-gpu{k}").touch()
            devices.append(
                f"NodeName={node} Name=gpu File={folder}/{node}-gpu[0-{GPUS_A_NODE - 1}]"
            )
        (folder / "gres.conf").write_text("\n".join(devices) + "\n")
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SLURM_")},
            "SLURM_CONF": str(folder / "slurm.conf"),
            "USER": "root",
        }

    def start(self) -> None:
        """Start every daemon and wait until both nodes are idle."""
        folder = self.folder
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        munge = ["munged", "--foreground", "--force", f"--key-file={key}"]
        munge += [f"--{k}-file={folder}/munge.{k}" for k in ("pid", "log", "seed")]
        self._run("munged", [*munge, f"--socket={folder}/munge.socket"])
        wait_until((folder / "munge.socket").exists, "munge's socket")
        self._start_database()
        self._run("slurmdbd", ["slurmdbd", "-D"])
        wait_until(lambda: _open(self.ports["dbd"]), "slurmdbd's port")
        self.client("sacctmgr", "-i", "add", "cluster", "minde")
        self._run("slurmctld", ["slurmctld", "-D", "-c"])
        wait_until(lambda: _open(self.ports["ctld"]), "slurmctld's port")
        for node in NODES:
            self.start_node(node)
        wait_until(lambda: self.states() == dict.fromkeys(NODES, "idle"), "idle nodes")

    def _start_database(self) -> None:
        folder = self.folder
        data, sql = f"--datadir={folder}/db", f"--socket={folder}/sql.socket"
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--user=root", data, "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        # The tables are the test's own and are thrown away, so nothing asks for a password.
        arguments = ["--no-defaults", "--user=root", data, sql, f"--port={self.ports['sql']}"]
        arguments += ["--bind-address=127.0.0.1", "--skip-grant-tables", "--skip-log-bin"]
        arguments += ["--innodb-buffer-pool-size=64M", f"--pid-file={folder}/sql.pid"]
        self._run("mariadbd", ["mariadbd", *arguments])
        wait_until(lambda: _open(self.ports["sql"]), "the database's port")

    def start_node(self, node: str) -> None:
        """Start one slurmd."""
        self._run(node, ["slurmd", "-D", "-N", node])

    def kill_node(self, node: str) -> None:
        """Kill a slurmd and everything it runs, as a node that loses power."""
        self.processes[node].kill()
        self.processes[node].wait()
        for line in self.client("squeue", "--noheader", "--nodelist", node, "--format=%A").split():
            for name in (f"slurmstepd: [{line}.batch]", f"slurmstepd: [{line}.0]"):
                _kill_tree(name)

    def states(self) -> dict[str, str]:
        """State of each node."""
        lines = self.client("sinfo", "--noheader", "--Node", "--format=%N %t").split("\n")
        return dict(line.split() for line in lines if line)

    def jobs(self, state: str = "R") -> dict[str, str]:
        """Comment of each job in a state, by id."""
        text = self.client("squeue", "--noheader", f"--states={state}", "--format=%A|%k")
        return dict(line.split("|", 1) for line in text.split("\n") if line)

    def accounted(self) -> list[dict[str, str]]:
        """Every job there was: id, state, node, start and end in seconds, GPUs."""
        fields = ("JobIDRaw", "State", "NodeList", "Start", "End", "AllocTRES", "Comment")
        text = self.client(
            "sacct", "-X", "--noheader", "--parsable2", "--starttime=now-1days",
            f"--format={','.join(fields)}", env={"SLURM_TIME_FORMAT": "%s"},
        )  # fmt: skip
        return [
            dict(zip(fields, line.split("|"), strict=True)) for line in text.split("\n") if line
        ]

    def client(self, *command: str, env: dict[str, str] | None = None) -> str:
        """Output of one of Slurm's commands."""
        done = subprocess.run(
            command, env={**self.env, **(env or {})}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """Stop everything that was started, newest first."""
        for name, process in reversed(list(self.processes.items())):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            del name
        _kill_tree("slurmstepd: [")

    def _run(self, name: str, command: list[str]) -> None:
        log = (self.folder / f"{name}.out").open("ab")
        self.processes[name] = subprocess.Popen(
            command, env=self.env, stdout=log, stderr=log, start_new_session=True
        )


def _kill_tree(title: str) -> None:
    """SIGKILL every process whose command line starts with ``title``, and its descendants."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if " ".join(process.info["cmdline"] or []).startswith(title):
            for one in [*process.children(recursive=True), process]:
                try:
                    one.kill()
                except psutil.NoSuchProcess:
                    continue
