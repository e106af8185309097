"""Steps done by workers on other hosts: each in a network of its own, with the shared folder mounted at another path.

A host is made of namespaces of this machine, which root may make. Nothing but a wire of two ports leads into it: a
cable that can be pulled.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House
from test_cluster_line import DaskCluster, names, through_the_line

from hotfolderd.demo.batch import make_small_batch

WIRE = Path(__file__).parents[1] / "engine/wire.py"
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
JOBS = 6


def _can_make_hosts() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run([*UNSHARE, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _can_make_hosts(), reason="needs root, unshare, ip, and leave to make namespaces")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Host:
    """A worker on a host of its own, started again whenever it ends, as a service manager does.

    `cut` pulls the cable, `plug` puts it back, `power_off` ends all of it at once.
    """

    def __init__(self, cluster: DaskCluster, root: Path, wires: Path, number: int) -> None:
        self._wires = wires
        self._scheduler, self._worker = cluster.port, free_port()
        self._ends: list[subprocess.Popen[bytes]] = []
        self._number = number
        mount = wires / f"mount{number}"
        mount.mkdir()
        python = sys.executable
        script = f"""
            set -e
            ip link set lo up
            mount --bind "{root}" "{mount}"
            mount -t tmpfs none "{root}"
            "{python}" "{WIRE}" enter {self._scheduler} "{self._socket("up")}" &
            "{python}" "{WIRE}" leave {self._worker} "{self._socket("down")}" &
            while :; do "$@" || true; sleep 0.5; done
        """
        self.plug()
        self.process = cluster.add_worker(
            "--no-nanny",
            "--worker-port",
            str(self._worker),
            before=(*UNSHARE, "sh", "-c", script, "sh"),
            HOTFOLDERD_ROOT=str(mount),
        )

    def _socket(self, name: str) -> Path:
        return self._wires / f"{name}{self._number}"

    def plug(self) -> None:
        for end, port, name in (("leave", self._scheduler, "up"), ("enter", self._worker, "down")):
            self._ends.append(subprocess.Popen([sys.executable, WIRE, end, str(port), self._socket(name)]))

    def cut(self) -> None:
        for end in self._ends:
            end.kill()
            end.wait()
        self._ends.clear()

    def power_off(self) -> None:
        self.process.kill()


@pytest.fixture
def wires() -> Iterator[Path]:
    """A folder with a short name: that of a socket in it may have a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="wires-", dir="/tmp") as folder:
        yield Path(folder)


def somewhere_done(house: House, step: str) -> bool:
    """Whether this step of some job is done."""
    return any(house.root.glob(f"*/TINY*/.job/work/{step}/done.json"))


def test_hosts_of_their_own_do_the_batch_whatever_happens_to_them(tmp_path: Path, wires: Path) -> None:
    """A cable is pulled and put back, a host loses its power, the scheduler is started again: all is delivered once."""
    with DaskCluster(tmp_path) as cluster:
        house = House(tmp_path, workers={"kind": "cluster", "address": cluster.address})
        hosts = [Host(cluster, house.root, wires, number) for number in range(2)]
        try:
            with house, house.watched():
                make_small_batch(house.inbox, JOBS)
                house.wait_until(lambda: somewhere_done(house, "read-design"), "a first step")
                hosts[0].cut()
                house.wait_for("2-review/TINY0001/review.yaml", within_s=90.0)
                hosts[0].plug()
                assert cluster.scheduler is not None
                cluster.scheduler.kill()
                cluster.scheduler.wait()
                cluster.start_scheduler()
                house.wait_until(
                    lambda: house.approve_all(names(2)) or somewhere_done(house, "build-project"), "a job in the making"
                )
                hosts[1].power_off()
                through_the_line(house, names(JOBS))
                for job in names(JOBS):
                    moves = house.moves(job)
                    assert [target for _, target in moves].count("7-completed") == 1, moves
                    assert "failed" not in dict(moves).values(), moves
                assert len(list(house.root.glob("deployed/*/*/TINY*/manifest.json"))) == JOBS
                assert list(house.root.glob("*/*/.job/work/*.new")) == []
        finally:
            for host in hosts:
                host.cut()
                host.power_off()
