"""Number of paths to generate for each class, by the rules of imbalanced-learn."""

from numbers import Real

import numpy as np

__all__ = ["STRATEGIES", "generated_counts"]

STRATEGIES = {"auto", "not majority", "minority", "not minority", "all"}


def generated_counts(sampling_strategy, ratio, y):
    """Count the paths to generate for each class.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable
        As in :class:`skdiffts.augmentation.TimeSeriesAugmenter`.
    ratio : float
        Factor on the size of every class, after ``sampling_strategy``.
    y : ndarray of shape (n_paths,)
        Labels.

    Returns
    -------
    dict
        Number of new paths of each class, in sorted order, without zeros.

    Raises
    ------
    ValueError
        If ``sampling_strategy`` does not suit the labels, or asks for fewer paths of a
        class than there are.
    """
    labels, sizes = np.unique(y, return_counts=True)
    present = dict(zip(labels.tolist(), sizes.tolist(), strict=True))
    if callable(sampling_strategy):
        sampling_strategy = sampling_strategy(y)
    wanted = {**present, **_wanted(sampling_strategy, present)}
    # Less a rounding error, lest 1.1 times 10 be 12.
    totals = {label: np.ceil(ratio * n - 1e-9) for label, n in wanted.items()}
    counts = {label: int(totals[label]) - n for label, n in present.items()}
    return {label: n for label, n in counts.items() if n > 0}


def _wanted(strategy, present):
    """Sizes of the classes that the strategy names."""
    if isinstance(strategy, dict):
        return _wanted_by_dict(strategy, present)
    if isinstance(strategy, str) and strategy in STRATEGIES:
        return _wanted_by_name(strategy, present)
    if isinstance(strategy, Real) and not isinstance(strategy, bool):
        return _wanted_by_number(strategy, present)
    raise ValueError(
        f"sampling_strategy={strategy!r}; pass one of {sorted(STRATEGIES)}, a number in "
        "(0, 1], a dict from class to size, or a function of y that returns such a dict."
    )


def _wanted_by_name(strategy, present):
    # Of equally large classes the first one counts, as in imbalanced-learn.
    largest = max(present, key=lambda label: present[label])
    smallest = min(present, key=lambda label: present[label])
    targets = {
        "minority": [smallest],
        "not minority": [label for label in present if label != smallest],
        "all": list(present),
    }
    targets["auto"] = targets["not majority"] = [k for k in present if k != largest]
    return dict.fromkeys(targets[strategy], present[largest])


def _wanted_by_number(strategy, present):
    if len(present) != 2:
        raise ValueError(
            f"sampling_strategy={strategy!r} is a number, which suits two classes; y has "
            f"{len(present)}: pass a dict from class to size."
        )
    smallest = min(present, key=lambda label: present[label])
    largest = max(label_size for label_size in present.values())
    # More by a rounding error, lest 0.29 of 100 be 28.
    wanted = int(strategy * largest + 1e-9)
    if not 0 < strategy <= 1 or wanted < present[smallest]:
        raise ValueError(
            f"sampling_strategy={strategy!r} would make class {smallest!r} smaller, or "
            "larger than the other; pass a number from "
            f"{present[smallest]}/{largest} to 1."
        )
    return {smallest: wanted}


def _wanted_by_dict(strategy, present):
    unknown = [label for label in strategy if label not in present]
    if unknown:
        raise ValueError(
            f"sampling_strategy names {unknown}, which y does not have; its classes are "
            f"{list(present)}."
        )
    for label, n in strategy.items():
        if n < present[label]:
            raise ValueError(
                f"sampling_strategy asks for {n} paths of class {label!r}, which has "
                f"{present[label]} already; pass at least that number."
            )
    return strategy
