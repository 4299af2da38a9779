"""Where to compute: the device, and the memory that it has left."""

from __future__ import annotations

from pathlib import Path

import torch

from minde.errors import InputError, nearest


def pick_device(device: str = "auto") -> torch.device:
    """``auto`` is CUDA where there is one, else the CPU.

    Raises:
        InputError: If there is no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, index = device.partition(":")
    if kind not in ("cpu", "cuda") or not (index.isdigit() or device == kind):
        hint = nearest(device, ["auto", "cpu", "cuda"])
        raise InputError(f"device: must be auto, cpu or cuda, got '{device}'{hint}")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise InputError(f"device: torch sees no device '{device}' here; use auto or cpu")
    return torch.device(device)


def available_bytes(device: torch.device) -> int:
    """Free memory of a device; of the CPU what the system, and its control group, still give."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = 1 << 62
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = 1024 * next(int(s.split()[1]) for s in lines if s.startswith("MemAvailable"))
        group = Path("/sys/fs/cgroup")
        limit, used = ((group / f"memory.{k}").read_text().strip() for k in ("max", "current"))
        return min(free, int(limit) - int(used))
    except (OSError, ValueError, StopIteration):  # no such file, or no limit ("max")
        return free
