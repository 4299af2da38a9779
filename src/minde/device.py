"""Where to compute: the device, and the memory that it has left."""

from __future__ import annotations

from pathlib import Path

import torch


def pick_device(device: str = "auto") -> torch.device:
    """``auto`` is CUDA where there is one, else the CPU."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
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
