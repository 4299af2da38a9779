"""Faults that change nothing that is promised: module, line, change, and why."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
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
    (
        "readout/ends.py",
        "chunk = max(1, min(CHUNK, NUMBERS // data.shape[2], data.shape[1]))",
        "1 -> 2",
    ): "the size of a piece bounds the memory alone",
    (
        "readout/notes.py",
        'which = "a lower" if nats > 0.0 else "an upper"',
        "nats > 0.0 -> nats >= 0.0",
    ): "what is zero was told nothing of before",
    (
        "diffusion/roles.py",
        "code_absent=-1.0,",
        "1.0 -> 2.0",
    ): "no pattern of MINDE-J leaves a variable out",
    (
        "discrete/counts.py",
        "return x * ((int(y.max()) if most is None else most) + 1) + y",
        "x * ((int(y.max()) if most is None else most) + 1) + y -> "
        "x * ((int(y.max()) if most is None else most) + 1) - y",
    ): "either gives each pair a number of its own",
    (
        "discrete/shuffle.py",
        'rng, plain = np.random.default_rng(0), np.argsort(z, kind="stable")',
        "0 -> 1",
    ): "another seed of the shuffles",
    (
        "discrete/shannon.py",
        "left_out += a * weighted.left_out(cell, weights)",
        "left_out += a * weighted.left_out(cell, weights) -> "
        "left_out -= a * weighted.left_out(cell, weights)",
    ): "all terms change their sign together, and are squared",
    (
        "readout/scaled.py",
        "slope = torch.where(above & (factor < MAX_SCALE), ratio, 0.0)",
        "factor < MAX_SCALE -> factor <= MAX_SCALE",
    ): "at the limit itself either slope is one of two sides",
    (
        "readout/student.py",
        "for _ in range(50):",
        "50 -> 100",
    ): "the steps end when they are small, after fewer",
}
