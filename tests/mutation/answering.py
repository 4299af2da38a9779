"""Which fast tests answer for which module, the quickest first."""

_TESTS = {
    "discrete/laws_between.py": "laws_between",
    "discrete/weighted.py": "counts_by_hand shannon weights",
    "readout/combine.py": "combine spread intervals placed serial",
    "readout/control_variate.py": "control_variate expectation",
    "readout/ends.py": "scores",
    "readout/estimate.py": "units",
    "readout/fit_control.py": "control_variate expectation",
    "readout/given.py": "scores",
    "readout/influence.py": "spread control_variate serial",
    "readout/known_values.py": "control_variate expectation",
    "readout/likelier.py": "likelier",
    "readout/measures.py": "measures readout interaction entropy_kl",
    "readout/missing.py": "missing unlearned",
    "readout/names.py": "notes readout halves",
    "readout/notes.py": "notes combine halves likelier",
    "readout/reading.py": "combine halves likelier missing",
    "readout/readout.py": "readout measures moments",
    "readout/remembered.py": "remembered",
    "readout/scaled.py": "spread readout",
    "readout/spread.py": "spread placed serial",
    "readout/student.py": "spread",
    "readout/units.py": "units",
    "readout/weak.py": "weak",
    "diffusion/schedule.py": "schedule moments",
    "diffusion/gaussian.py": "gaussian readout moments",
    "diffusion/roles.py": "roles role_inputs gaussian measures",
    "diffusion/points.py": "roles readout gaussian measures",
}


def files_of(module: str) -> list[str]:
    """Test files of a module, paths from the repository's root."""
    names = _TESTS.get(
        module, "counts_by_hand shannon given serial" if module.startswith("discrete/") else ""
    )
    return [f"tests/unit/test_{name}.py" for name in names.split()]
