"""Script of every rule: calls the function that the rule's params name."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Snakemake puts it here; where it can be imported from differs by version.
    from snakemake.script import snakemake

# In an environment that Snakemake made the package is not installed: it lies beside the rules.
if find_spec("minde") is None:
    sys.path.append(str(Path(snakemake.scriptdir).parents[1] / "src"))

from minde.runtime.call import call_stage
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        call_stage(snakemake)
