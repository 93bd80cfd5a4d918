"""Table of the metrics of a generator, and one row of it."""

from dataclasses import dataclass

import numpy as np

from skdiffts.evaluation._charts import Chart
from skdiffts.evaluation._report import html_page
from skdiffts.metrics import MetricResult

__all__ = ["Evaluation", "EvaluationRow"]

COLUMNS = ("family", "metric", "ideal", "value", "standard error", "floor", "training")


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
    description : str, default=""
        Words of the generator for what it depends on, which head the HTML report.

    Examples
    --------
    >>> from skdiffts.evaluation import Evaluation, EvaluationRow
    >>> from skdiffts.metrics import MetricResult
    >>> result = MetricResult(value=0.1, standard_error=0.02, floor=0.05)
    >>> row = EvaluationRow("samples", "energy distance", "0", result, training=0.04)
    >>> print(Evaluation(rows=(row,), charts=()).to_markdown())
    | family | metric | ideal | value | standard error | floor | training |
    |---|---|---|---|---|---|---|
    | samples | energy distance | 0 | 0.1 | 0.02 | 0.05 | 0.04 |
    """

    rows: tuple[EvaluationRow, ...]
    charts: tuple[Chart, ...]
    description: str = ""

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
        return pd.DataFrame([row.cells() for row in self.rows], columns=list(COLUMNS))

    def to_markdown(self):
        """Write the table in Markdown.

        Returns
        -------
        str
            Table with numbers of three digits.
        """
        lines = [COLUMNS, *(row.texts() for row in self.rows)]
        table = ["| " + " | ".join(cells) + " |" for cells in lines]
        table.insert(1, "|" + "---|" * len(COLUMNS))
        return "\n".join(table)

    def to_html(self):
        """Write a report of one page, with table and charts, that needs no network.

        Returns
        -------
        str
            HTML document; write it to a file, with UTF-8. Without matplotlib a note
            takes the place of the charts.
        """
        rows = [row.texts() for row in self.rows]
        return html_page(COLUMNS, rows, self.charts, self.description)
