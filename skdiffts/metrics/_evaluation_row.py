"""One row of the table of an evaluation."""

from dataclasses import dataclass

import numpy as np

from skdiffts.metrics._result import MetricResult


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
        What is good: a number, "low" or "high".
    result : MetricResult
        Estimate, standard error and floor.
    training : float
        The same metric with the training data in place of the generated; NaN where
        that means nothing.

    Examples
    --------
    >>> from skdiffts.metrics import EvaluationRow, MetricResult
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
        """List what the row holds.

        Returns
        -------
        tuple
            Family, name and ideal; value, standard error, floor and training as numbers.
        """
        result = self.result
        return (
            self.family,
            self.name,
            self.ideal,
            result.value,
            result.standard_error,
            result.floor,
            self.training,
        )

    def texts(self):
        """Write what the row holds, numbers with three digits.

        Returns
        -------
        tuple of str
            A text for each cell; a dash for NaN.
        """
        return tuple(
            cell if isinstance(cell, str) else "-" if np.isnan(cell) else f"{cell:.3g}"
            for cell in self.cells()
        )
