"""Faults that change nothing that is promised: module, line, change, and why."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "discrete/kl.py",
        "ratio = np.log(mass_p[first] / n) - log_q[first]",
        "mass_p[first] / n -> mass_p[first] * n",
    ): "a constant in the logarithm: its variance and what is left after centring are the same",
    (
        "readout/influence.py",
        "if n < 2 or spread <= 0.0:",
        "n < 2 -> n <= 2",
    ): "of two influences there is one degree at most, and one at least",
    (
        "readout/readout.py",
        "for part, piece in points.chunks(max(1, chunk // members)):",
        "chunk // members -> chunk * members",
    ): "the size of a piece bounds the memory alone",
    (
        "readout/readout.py",
        "for part, piece in points.chunks(max(1, chunk // members)):",
        "1 -> 2",
    ): "the size of a piece bounds the memory alone",
}
