"""Faults that change nothing that is promised: module, line, change, and why."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "discrete/kl.py",
        "ratio = np.log(of_p[cell[:n]] / n) - log_q[cell[:n]]",
        "of_p[cell[:n]] / n -> of_p[cell[:n]] * n",
    ): "a constant in the logarithm: its variance and what is left after centring are the same",
}
