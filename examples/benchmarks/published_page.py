"""The page of published protocols: figures of this machine beside published ones.

Scripts add cells, one for each table, generator and seed, to cells/published.jsonl; the
page is written from the cells that are there.
"""

import json
import platform

import numpy as np
from peers import ROOT, package_version, read_cells
from peers_page import number

CELLS = ROOT / "examples" / "benchmarks" / "cells" / "published.jsonl"
PAGE = ROOT / "doc" / "results_published.md"

# Discriminative scores as their authors print them: J. Yoon, D. Jarrett and M. van der
# Schaar, NeurIPS 2019 (TimeGAN); X. Yuan and Y. Qiao, ICLR 2024 (Diffusion-TS; its table
# has TimeGAN and TimeVAE on fMRI and ETTh); Y. Hu et al., arXiv 2411.07506 (FM-TS,
# abstract); Y. Li et al., AAAI 2025 (PaD-TS, picture of the README); arXiv 2505.14202
# (MSDformer, index page).
WINDOWS = {
    "sines_24": {
        "TimeGAN": 0.011,
        "TimeVAE, by Diffusion-TS": 0.041,
        "Diffusion-TS": 0.006,
        "FM-TS": 0.005,
        "PaD-TS": 0.013,
    },
    "google_stock": {
        "TimeGAN": 0.102,
        "TimeVAE, by Diffusion-TS": 0.145,
        "Diffusion-TS": 0.067,
        "FM-TS": 0.019,
        "PaD-TS": 0.055,
        "MSDformer": 0.005,
    },
    "energy": {
        "TimeGAN": 0.236,
        "TimeGAN, by two users": "0.484, 0.498",
        "TimeVAE, by Diffusion-TS": 0.499,
        "Diffusion-TS": 0.122,
        "FM-TS": 0.053,
        "PaD-TS": 0.078,
        "MSDformer": 0.010,
    },
    "fmri": {
        "TimeGAN, by Diffusion-TS": 0.484,
        "TimeVAE, by Diffusion-TS": 0.476,
        "Diffusion-TS": 0.167,
        "FM-TS": 0.106,
    },
}
# CRPS_sum: K. Rasul et al., ICML 2021 (TimeGrad), table 2.
EXCHANGE = {
    "VES": 0.005,
    "VAR": 0.005,
    "VAR-Lasso": 0.012,
    "GARCH (multivariate)": 0.023,
    "KVAE": 0.014,
    "Vec-LSTM, independent": 0.008,
    "Vec-LSTM, low-rank copula": 0.007,
    "GP-scaling": 0.009,
    "GP-copula": 0.007,
    "Transformer-MAF": 0.005,
    "TimeGrad": 0.006,
}
EXCHANGE_TABLE, BASE = "exchange_rate", "random walk"
EXCHANGE_COLUMNS = {
    "crps_sum": "CRPS_sum",
    "crps": "CRPS of series",
    "coverage": "cover of 90 %",
    "energy_score": "energy score",
}


def fill(table, makers, seeds, path=CELLS):
    """Measure the cells of a table that are not there yet.

    `makers` are functions of a seed that return the figures of one generator.
    """
    done = {(c["table"], c["peer"], c["seed"]) for c in read_cells(path)}
    path.parent.mkdir(exist_ok=True)
    version = package_version()
    for seed in seeds:
        for peer, make in makers.items():
            if (table, peer, seed) in done:
                continue
            figures = make(seed)
            cell = {"table": table, "peer": peer, "seed": seed, "figures": figures}
            with path.open("a") as stream:
                stream.write(json.dumps(cell | {"commit": version}) + "\n")
            shown = {k: v for k, v in figures.items() if not isinstance(v, list)}
            print(f"{table}, {peer}, seed {seed}: {shown}", flush=True)


def by_peer(cells, table):
    """Figures of each generator of a table, one dict a seed."""
    found: dict[str, list[dict]] = {}
    for cell in cells:
        if cell["table"] == table:
            found.setdefault(cell["peer"], []).append(cell["figures"])
    return found


def mean_error(rows, key):
    """Mean and standard error over seeds of one figure."""
    values = [row[key] for row in rows if key in row]
    if not values:
        return "-"
    if len(values) == 1:
        return number(values[0])
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{number(np.mean(values))} +- {error:.1g}"


def windows_table(cells, table):
    """Scores of one set of windows, and published ones."""
    lines = [
        "| | seeds | discriminative score | predictive score |",
        "|---|---|---|---|",
    ]
    for peer, rows in by_peer(cells, table).items():
        scores = " | ".join(
            mean_error(rows, k) for k in ("discriminative", "predictive")
        )
        lines.append(f"| {peer} | {len(rows)} | {scores} |")
    for peer, value in WINDOWS[table].items():
        lines.append(f"| *published:* {peer} | | {value} | |")
    return lines


def exchange_table(cells, n_windows):
    """Forecast scores over so many windows, paired against the random walk."""
    found = by_peer(cells, EXCHANGE_TABLE)
    heads = " | ".join(EXCHANGE_COLUMNS.values())
    lines = [
        f"| {n_windows} windows | seeds | {heads} | CRPS_sum less the {BASE}'s |",
        "|---" * (len(EXCHANGE_COLUMNS) + 3) + "|",
    ]
    base = np.mean([row["by_window"] for row in found.get(BASE, [])] or [[0]], axis=0)
    for peer, rows in found.items():
        scores = [mean_error(rows, f"{key}_{n_windows}") for key in EXCHANGE_COLUMNS]
        own = np.mean([row["by_window"] for row in rows], axis=0)
        gap = (own - base)[:n_windows] / rows[0][f"size_{n_windows}"]
        error = gap.std(ddof=1) / np.sqrt(len(gap))
        paired = "-" if peer == BASE else f"{gap.mean():+.1g} +- {error:.1g}"
        lines.append(f"| {peer} | {len(rows)} | {' | '.join(scores)} | {paired} |")
    return lines


def write_page(cells, path=PAGE):
    """Write the page from the cells that are there."""
    versions = sorted({cell["commit"] for cell in cells})
    origin = (
        "Written by `python examples/benchmarks/published_scores.py` and "
        "`python examples/benchmarks/exchange_rate.py` "
        f"({platform.machine()}, one thread, Python {platform.python_version()}); do not "
        f"edit. The package is at commit {', '.join(versions)}. Each cell is mean +- "
        "standard error over seeds, whose number is beside it. `GenerativeTimeSeries()` "
        "has its defaults everywhere; nothing was chosen on these figures."
    )
    lines = ["# Published protocols", "", origin, "", *EXPLANATION]
    for table in WINDOWS:
        if any(cell["table"] == table for cell in cells):
            lines += [
                "",
                f"## Windows of 24: {table}",
                "",
                *windows_table(cells, table),
            ]
    if any(cell["table"] == EXCHANGE_TABLE for cell in cells):
        lines += ["", "## Forecasts of 30 days: exchange_rate", "", *EXCHANGE_WORDS]
        for n_windows in (5, 50):
            lines += ["", *exchange_table(cells, n_windows)]
        lines += ["", "| *published* | CRPS_sum, 5 windows |", "|---|---|"]
        lines += [f"| {peer} | {value} |" for peer, value in EXCHANGE.items()]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


EXPLANATION = """\
The discriminative score is 0 at best and 1/2 at worst, by the recurrent network of the \
published tables, on as many generated windows as held-out ones. Published scores compare \
with the rows that the model was trained on, by one random split, and stand here as their \
authors print them (TimeGAN: NeurIPS 2019; Diffusion-TS: ICLR 2024; PaD-TS: AAAI 2025; FM-TS: \
arXiv 2411.07506; MSDformer: arXiv 2505.14202; users of TimeGAN: its issue 87); here the \
windows are of rows that no model has seen, which is harder, and the score is from five \
folds. But the network learns from 800 windows here and from thousands there, which makes \
every score here smaller: TimeVAE, which is in both lists, tells by how much. The row of \
real windows, training windows in the place of generated ones, is the noise floor: what moves between training and held-out rows is in it. fmri cuts no window across two \
subjects and holds out every third one.""".splitlines()
EXCHANGE_WORDS = """\
Trained on 6,071 days, 30-day windows behind each other without a new fit: the 5 published \
ones, and all 50 of the file. 100 paths each. CRPS_sum and CRPS are twice the mean pinball loss \
over quantiles .05 to .95 relative to the mean absolute value, as in the table of TimeGrad \
(ICML 2021), from which the published figures are. The energy score is of each day's eight \
rates, in standard deviations of the training rows. The last column has its standard error over \
windows: where it is larger than the difference, there is none to be seen. The fifth rate does not \
move on a third of the days: its filtered residuals are huge, which paths multiply, so that the \
energy score of filtered simulation means nothing.""".splitlines()
