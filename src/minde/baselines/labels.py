"""Names of the baselines in the order of the paper's Table 1; imports nothing."""

BASELINE_LABELS = {
    "mine": "MINE",
    "infonce": "InfoNCE",
    "donsker_varadhan": "D-V",
    "nwj": "NWJ",
    "ksg": "KSG",
    "cca": "CCA",
}
