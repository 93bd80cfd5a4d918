"""The page of the peers benchmark: what must hold, and a table for each set."""

import platform
from dataclasses import dataclass

import numpy as np
from peers_data import FAIL, LINEAR
from peers_metrics import COLUMNS
from peers_reasons import REASONS, SCRIPT

OURS = "skdiffts"
REAL, ORACLE, ORACLE_PATH = "training rows", "oracle", "oracle, one path"
BOOTSTRAP, RESAMPLED = "stationary bootstrap", "VAR, resampled"
STUDENT, DCC = "static Student-t", "DCC-GARCH, t copula"
# The same dynamics with another distribution of residuals: not a rival of another kind.
INSIDE = "skdiffts, mixture inside"
DISTANCES = ("sw2_pairs", "autocovariance", "energy_score")
STOCKS = "sp500_20_prices"


class Results:
    """Figures of all finished cells."""

    def __init__(self, cells):
        self.values, self.errors = {}, {}
        for cell in cells:
            key = cell["data"], cell["peer"]
            if "figures" in cell:
                self.values.setdefault(key, {})[cell["seed"]] = cell["figures"]
            else:
                self.errors.setdefault(key, {})[cell["seed"]] = cell["error"]

    def peers(self, data):
        return [peer for name, peer in self.values if name == data]

    def of(self, data, peer, metric):
        """Figure of each seed."""
        seeds = self.values.get((data, peer), {})
        return {s: figures[metric] for s, figures in seeds.items() if metric in figures}

    def mean(self, data, peer, metric):
        values = list(self.of(data, peer, metric).values())
        return float(np.mean(values)) if values else None

    def gap(self, data, peer, metric, base):
        """Mean and standard error of peer less base over the seeds that both have."""
        a, b = self.of(data, peer, metric), self.of(data, base, metric)
        gaps = np.array([a[s] - b[s] for s in a if s in b])
        if len(gaps) == 0:
            return None
        error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else np.inf
        return float(gaps.mean()), float(error)


def number(value):
    if 1000 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.3g}"


@dataclass(frozen=True)
class Line:
    """What is asked of one figure, whether it holds, and the figure of one path.

    The last is the same measure of a path of the truth as long as the training path, or
    of the training rows of a real set: what a model of one path cannot be asked to beat
    but by chance.
    """

    data: str
    metric: str
    text: str
    ours: float
    limit: str
    held: bool
    one_path: float | None

    def row(self):
        """Row of the table of what must hold."""
        state = "**met**" if self.held else "not met"
        path = "-" if self.one_path is None else number(self.one_path)
        cells = self.data, self.text, number(self.ours), self.limit, path, state
        return f"| {' | '.join(cells)} |"

    def reason(self):
        """Row of the table of reasons."""
        words = REASONS.get((self.data, self.metric), "Not looked into.")
        is_distance = COLUMNS[self.metric][1] and self.one_path is not None
        if is_distance and self.ours <= self.one_path:
            words = f"Below the figure of one path, {number(self.one_path)}. {words}"
        return f"| {self.data} | {COLUMNS[self.metric][0]} | {words} |"


def verdict(results, data, metric, text, limit, held, ours=None):
    """One line, with the mean over all seeds where no figure is given."""
    ours = results.mean(data, OURS, metric) if ours is None else ours
    one_path = results.mean(data, ORACLE_PATH, metric)
    if one_path is None:
        one_path = results.mean(data, REAL, metric)
    if COLUMNS[metric][1] is None:  # copies of training rows are what is asked against
        one_path = None
    return Line(data, metric, text, ours, limit, bool(held), one_path)


def first_of_all(results, data, metric):
    """Ours below every rival by more than one standard error of the difference."""
    skipped = {REAL, ORACLE, ORACLE_PATH, OURS, INSIDE}
    gaps = {
        peer: gap
        for peer in results.peers(data)
        if peer not in skipped
        and (gap := results.gap(data, peer, metric, OURS)) is not None
    }
    if not gaps:
        return None
    held = all(mean > error for mean, error in gaps.values())
    # The rival that comes nearest is named.
    rival = min(gaps, key=lambda peer: gaps[peer][0])
    mean, error = gaps[rival]
    theirs = number(results.mean(data, rival, metric))
    limit = f"{rival} {theirs} (difference {mean:+.2g} +- {error:.1g})"
    if not np.isfinite(error):
        limit += ", one seed is too few"
    text = f"{COLUMNS[metric][0]}: first by more than one standard error"
    return verdict(results, data, metric, text, limit, held)


def against(results, data, metric, text, rival, holds):
    """Ours against one other row, by a rule of the two means over the seeds of both."""
    ours = results.of(data, OURS, metric)
    theirs = results.of(data, rival, metric)
    shared = ours.keys() & theirs.keys()
    if not shared:
        return None
    ours, theirs = (float(np.mean([row[s] for s in shared])) for row in (ours, theirs))
    limit = f"{rival} {number(theirs)}"
    return verdict(results, data, metric, text, limit, holds(ours, theirs), ours)


def bars(results, groups):
    """All lines of what must hold, for the sets that have figures."""
    lines = []
    for data, group in groups.items():
        if group == FAIL:
            lines += [first_of_all(results, data, metric) for metric in DISTANCES]
        elif group == LINEAR:
            lines += [
                against(
                    results,
                    data,
                    metric,
                    f"{COLUMNS[metric][0]}: within 10 % of the right model",
                    RESAMPLED,
                    lambda a, b: a <= 1.1 * b,
                )
                for metric in DISTANCES
            ]
            text = "stationary covariance: within 1.5 times the sampling error"
            lines.append(
                against(
                    results,
                    data,
                    "covariance",
                    text,
                    ORACLE_PATH,
                    lambda a, b: a <= 1.5 * b,
                )
            )
        else:
            lines += real_bars(results, data)
    return [line for line in lines if line is not None]


def real_bars(results, data):
    """What must hold on a real set."""
    asked = [
        ("sw2_windows", "no worse", BOOTSTRAP, no_worse),
        ("squares", "no worse", BOOTSTRAP, no_worse),
        ("coverage", "better", BOOTSTRAP, above),
        ("energy_score", "better", STUDENT, below),
    ]
    lines = [
        against(results, data, metric, f"{COLUMNS[metric][0]}: {words}", rival, holds)
        for metric, words, rival, holds in asked
    ]
    ratio = results.mean(data, OURS, "memorisation")
    if ratio is not None:
        text = "memorisation: nearest-neighbour ratio above 0.9"
        held = ratio > 0.9
        lines.append(verdict(results, data, "memorisation", text, "0.9", held))
    # The rival of returns, which is not there for other sets.
    for metric, holds in (("log_likelihood", above), ("energy_score", below)):
        text = f"{COLUMNS[metric][0]}: better"
        lines.append(against(results, data, metric, text, DCC, holds))
    if data == STOCKS:
        text = "held-out log-likelihood: above (-33.0 on all days)"
        lines.append(against(results, data, "log_likelihood", text, STUDENT, above))
    return lines


def no_worse(ours, theirs):
    return ours <= theirs


def above(ours, theirs):
    return ours > theirs


def below(ours, theirs):
    return ours < theirs


def table(results, data, order):
    """Means and standard errors over seeds, the best of each column in bold."""
    peers = [peer for peer in order if (data, peer) in results.values]
    columns = [
        metric
        for metric in COLUMNS
        if any(results.of(data, peer, metric) for peer in peers)
    ]
    best = {metric: best_peer(results, data, metric, peers) for metric in columns}
    heads = " | ".join(COLUMNS[metric][0] for metric in columns)
    lines = [f"| | seeds | {heads} |", "|---" * (len(columns) + 2) + "|"]
    for peer in peers:
        cells = []
        for metric in columns:
            values = list(results.of(data, peer, metric).values())
            if not values:
                cells.append("-")
                continue
            cell = number(np.mean(values))
            if len(values) > 1 and COLUMNS[metric][1] is not None:
                error = np.std(values, ddof=1) / np.sqrt(len(values))
                cell += f" +- {error:.1g}"
            cells.append(f"**{cell}**" if best[metric] == peer else cell)
        n = len(results.values[data, peer])
        lines.append(f"| {peer} | {n} | " + " | ".join(cells) + " |")
    for words in dict.fromkeys(results.of(data, OURS, "found").values()):
        lines.append(f"\n{OURS} found: {words}.")
    for (name, peer), errors in results.errors.items():
        if name == data:
            seeds = ", ".join(map(str, sorted(errors)))
            lines.append(f"\n{peer}, seeds {seeds}: {next(iter(errors.values()))}")
    return lines


def best_peer(results, data, metric, peers):
    """The generator with the best mean, where one end of the scale is good."""
    small = COLUMNS[metric][1]
    means = {
        peer: mean
        for peer in peers
        if peer not in (REAL, ORACLE, ORACLE_PATH)
        and (mean := results.mean(data, peer, metric)) is not None
    }
    if small is None or not means:
        return None
    return (min if small else max)(means, key=means.__getitem__)


def reasons(missed):
    """Section on the lines that are not met, empty where there are none."""
    if not missed:
        return []
    head = ["| data | figure | reason |", "|---|---|---|"]
    rows = dict.fromkeys(line.reason() for line in missed)
    return ["## Why lines are not met", "", *SCRIPT, "", *head, *rows, ""]


def write_page(path, cells, groups, peers, absent, command):
    """Write the page from the cells that are there."""
    results = Results(cells)
    asked = bars(results, groups)
    ours = [cell for cell in cells if cell["peer"] in (OURS, INSIDE)]
    versions = sorted({cell.get("commit", "unknown") for cell in ours})
    origin = (
        f"Written by `{command}` ({platform.machine()}, one thread, Python "
        f"{platform.python_version()}); do not edit. {OURS} is at commit "
        f"{', '.join(versions) or 'unknown'}; the other generators do not use it. Each cell is mean +- "
        "standard error over seeds, whose number is beside it."
    )
    lines = [
        "# Generators side by side",
        "",
        origin,
        "",
        *EXPLANATION,
        *([INSIDE_WORDS] if any(cell["peer"] == INSIDE for cell in ours) else []),
        *[f"* {line}" for line in absent],
        "",
        "## What must hold",
        "",
        f"| data | asked | {OURS} | against | one path | |",
        "|---|---|---|---|---|---|",
        *[line.row() for line in asked],
        "",
        f"{sum(line.held for line in asked)} of {len(asked)} lines hold.",
        "",
        *reasons([line for line in asked if not line.held]),
    ]
    order = [REAL, ORACLE, ORACLE_PATH, *peers]
    for data in groups:
        if any(name == data for name, _ in results.values):
            lines += [f"## {data}", "", *table(results, data, order), ""]
        else:
            lines += [f"## {data}", "", "No figures: its file was not there.", ""]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return results


INSIDE_WORDS = f"""\
* **{INSIDE}** has scikit-learn's Gaussian mixture in the place of the diffusion."""
EXPLANATION = """\
Distances and energy scores are in units of the standard deviation of each feature over \
the held-out rows. Small is good but for coverage and log-likelihood (per row, in the \
units of the data); the nearest-neighbour ratio is about 1 without memorisation and 0 for \
replay. Costs are CPU seconds, and the memory beyond the process with its imports.

* **training rows** is real against real: the training rows as if they had been generated.
* **oracle** draws as many paths as the generators from the exact distribution; of \
stochastic volatility its forecasts see the hidden state. **oracle, one path** is one fresh \
path as long as the training path: the sampling error that whoever learns from such a path \
faces.
* **skdiffts** is `GenerativeTimeSeries()`: its defaults find the memory in the data, and \
no setting depends on the set; what they found is said below each table. Where columns \
follow from others, or have frequent values or a grid, its density has another unit than the \
rivals' and is left out.
* The order of VAR is chosen by BIC up to 4; the stationary bootstrap has mean blocks of \
n^(1/3) rows and knows no distribution of the next row, hence has no energy score.
* Models of volatility are for sets of returns: **DCC-GARCH, t copula** is of `multiarch`, \
DCC or asymmetric and GARCH or GJR by BIC on the training rows, t margins; **filtered \
simulation** resamples rows of residuals that are standardised by GARCH(1, 1) (`arch`) or \
by exponentially weighted squares, whose weight is chosen by the likelihood of the training \
rows. Stretches of training rows are one series for them. google_stock has prices between 0 \
and 1 and a volume, hence no returns.
* Real series are cut into 24 stretches of which every third is held out; sp500_20_prices \
is trained to the end of 2013 and held out from there on. Simulated data are drawn anew for \
each seed; real data are the same for all, so that their standard errors come from fit \
and simulation alone.""".splitlines()
