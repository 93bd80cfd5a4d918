"""Diagram of a generator on the HTML page of a notebook."""

from sklearn.pipeline import Pipeline

__all__ = ["visual_block"]


def visual_block(preprocessor, parts, words):
    """Draw what columns are, a preprocessor and the parts of a generator below each other.

    Parameters
    ----------
    preprocessor : transformer or None
        First step.
    parts : dict of str to estimator
        Steps after it.
    words : str
        What the columns are; "" where there is nothing to say.

    Returns
    -------
    object
        Block of scikit-learn's diagrams.
    """
    steps = list(parts.items())
    if preprocessor is not None:
        steps.insert(0, ("preprocessor", preprocessor))
    block = Pipeline(steps)._sk_visual_block_()
    if words:
        block.estimators = [words, *block.estimators]
        block.names = [words, *block.names]
        block.name_details = [words, *block.name_details]
    return block
