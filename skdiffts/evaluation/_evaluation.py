"""Table of the metrics of a generator with its verdicts, and one row of it."""

from dataclasses import dataclass

import numpy as np

from skdiffts.evaluation._charts import Chart
from skdiffts.evaluation._report import html_page
from skdiffts.evaluation._verdicts import CAUTION, REJECT, VerdictRule, overall
from skdiffts.metrics import MetricResult

__all__ = ["Evaluation", "EvaluationRow"]

COLUMNS = (
    "family",
    "metric",
    "ideal",
    "value",
    "standard error",
    "floor",
    "training",
    "verdict",
)


@dataclass(frozen=True)
class EvaluationRow:
    """One metric of a generator.

    Parameters
    ----------
    family : str
        Family of the metric, such as paths, returns or stability.
    name : str
        Name of the metric.
    ideal : str
        Best value: a number, "low" or "high".
    result : MetricResult
        Estimate, standard error and floor.
    training : float
        The same metric with the training data in place of the generated data; NaN
        where it is undefined.
    rule : VerdictRule or None, default=None
        Rule of the verdict; None for a row that is not judged.

    Examples
    --------
    >>> from skdiffts.evaluation import EvaluationRow
    >>> from skdiffts.metrics import MetricResult
    >>> result = MetricResult(value=0.5, standard_error=0.1, floor=0.25)
    >>> EvaluationRow("samples", "energy distance", "0", result, 0.125).texts()
    ('samples', 'energy distance', '0', '0.5', '0.1', '0.25', '0.125')
    """

    family: str
    name: str
    ideal: str
    result: MetricResult
    training: float
    rule: VerdictRule | None = None

    @property
    def verdict(self):
        """Verdict: "accept", "caution" or "reject"; empty for a row that is not judged.

        Returns
        -------
        str
            Verdict by the rule of the row.
        """
        if self.rule is None:
            return ""
        return self.rule.verdict(self.result, self.training)

    def reason(self):
        """Write in a sentence how the row came to its verdict.

        Returns
        -------
        str
            Name, value, floor and thresholds.
        """
        _, _, ideal, value, error, floor, _ = self.texts()
        numbers = [f"ideal {ideal}"]
        numbers += [] if error == "-" else [f"standard error {error}"]
        numbers += [] if floor == "-" else [f"floor {floor}"]
        words = "" if self.rule is None else f"; {self.rule.words}"
        return f"{self.family}, {self.name}: {value} ({', '.join(numbers)}{words})"

    def cells(self):
        """List the cells of the row.

        Returns
        -------
        tuple
            Family, name, ideal; value, standard error, floor and training as numbers.
        """
        r = self.result
        numbers = (r.value, r.standard_error, r.floor, self.training)
        return (self.family, self.name, self.ideal, *numbers)

    def texts(self):
        """Write the cells of the row, numbers with three digits.

        Returns
        -------
        tuple of str
            A text for each cell; a dash for NaN.
        """
        return tuple(
            cell if isinstance(cell, str) else "-" if np.isnan(cell) else f"{cell:.3g}"
            for cell in self.cells()
        )


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Table of the metrics of a generator; the result of :func:`evaluate`.

    Parameters
    ----------
    rows : tuple of EvaluationRow
        Rows of the table.
    charts : tuple of Chart
        Curves of the HTML report.
    facts : tuple of (str, str), default=()
        Model, data, dates and versions, by their labels, for the HTML report.

    Examples
    --------
    >>> from skdiffts.evaluation import Evaluation, EvaluationRow
    >>> from skdiffts.metrics import MetricResult
    >>> result = MetricResult(value=0.1, standard_error=0.02, floor=0.05)
    >>> row = EvaluationRow("samples", "energy distance", "0", result, training=0.04)
    >>> print(Evaluation(rows=(row,), charts=()).to_markdown())
    | family | metric | ideal | value | standard error | floor | training | verdict |
    |---|---|---|---|---|---|---|---|
    | samples | energy distance | 0 | 0.1 | 0.02 | 0.05 | 0.04 | - |
    """

    rows: tuple[EvaluationRow, ...]
    charts: tuple[Chart, ...]
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self):
        """Verdict on the generator.

        Returns
        -------
        str
            "reject" if a row rejects, "caution" if more than a tenth of the judged rows
            are at caution, "accept" else; empty if no row is judged.
        """
        return overall([row.verdict for row in self.rows])

    def reasons(self):
        """Rows that reject, then rows at caution, each in a sentence.

        Returns
        -------
        list of str
            Sentences of :meth:`EvaluationRow.reason` behind the verdict of the row.
        """
        return [
            f"{verdict}: {row.reason()}"
            for verdict in (REJECT, CAUTION)
            for row in self.rows
            if row.verdict == verdict
        ]

    def to_frame(self):
        """Turn the table into a pandas frame.

        Returns
        -------
        pandas.DataFrame
            One row for each metric, numbers unrounded.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame makes a pandas frame; run `pip install skdiffts[pandas]`."
            ) from error
        cells = [(*row.cells(), row.verdict) for row in self.rows]
        return pd.DataFrame(cells, columns=list(COLUMNS))

    def to_markdown(self):
        """Write the table in Markdown.

        Returns
        -------
        str
            Table with numbers of three digits.
        """
        lines = [COLUMNS, *((*row.texts(), row.verdict or "-") for row in self.rows)]
        table = ["| " + " | ".join(cells) + " |" for cells in lines]
        table.insert(1, "|" + "---|" * len(COLUMNS))
        return "\n".join(table)

    def to_html(self):
        """Write a report of one page that needs no network.

        The verdict and its reasons come first, then model and data, then charts, then
        the tables with a sentence on each family.

        Returns
        -------
        str
            HTML document; write it to a file, with UTF-8. Without matplotlib a note
            takes the place of the charts.
        """
        return html_page(self)
