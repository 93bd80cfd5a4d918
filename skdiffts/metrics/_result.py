"""Result of a metric: estimate, standard error and noise floor."""

from dataclasses import dataclass

__all__ = ["MetricResult"]


@dataclass(frozen=True)
class MetricResult:
    """Estimate of a metric with its standard error and its noise floor.

    Parameters
    ----------
    value : float
        Estimate of the metric.
    standard_error : float
        Standard error of the estimate.
    floor : float
        Noise floor: the metric for equal distributions. Between samples or paths it is
        the metric between two halves of the real data, for forecasts the metric with
        outcomes drawn from the forecasts.

    Examples
    --------
    >>> from skdiffts.metrics import MetricResult
    >>> print(MetricResult(value=0.0712, standard_error=0.0093, floor=0.0304))
    0.0712 +- 0.0093 (floor 0.0304)
    """

    value: float
    standard_error: float
    floor: float

    def __str__(self):
        """Write estimate, standard error and floor in one line."""
        return f"{self.value:.3g} +- {self.standard_error:.2g} (floor {self.floor:.3g})"
