"""Generated paths beside real ones."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.scores import ScoreNetwork

SHARES = pytest.mark.parametrize("share", [0.5, 1.0])


# containers


def as_stack(paths):
    return np.stack([path[:20] for path in paths])


def as_frames(paths):
    return [
        pd.DataFrame(path, columns=["u", "v"], index=pd.RangeIndex(3, 3 + len(path)))
        for path in paths
    ]


def as_long(paths):
    names = [f"p{i}" for i in range(len(paths))]
    return pd.concat(as_frames(paths), keys=names, names=["path", "time"])


@SHARES
def test_real_paths_come_first_and_unchanged(make_panel, quick, share):
    paths, y = make_panel()
    augmenter = quick(redraw_probability=share)
    X, labels = augmenter.fit_resample(paths, y)
    assert_array_equal(labels, [*y, *["wild"] * 3])
    assert all(new is old for new, old in zip(X, paths, strict=False))
    assert augmenter.sampling_strategy_ == {"wild": 3}
    assert list(augmenter.generators_) == ["wild"]

    stack = as_stack(paths)
    kept = stack.copy()
    X, labels = augmenter.fit_resample(stack, y)
    assert X.shape == (12, 20, 2)
    assert labels.shape == (12,)
    assert_array_equal(X[:9], kept)
    assert_array_equal(stack, kept)
    assert len(np.unique(X.reshape(12, -1), axis=0)) == 12


@SHARES
def test_lengths_are_those_of_the_class(make_panel, quick, share):
    paths, y = make_panel(sizes=(4, 3), lengths=(10, 40))
    augmenter = quick(
        redraw_probability=share, sampling_strategy={"wild": 20, "calm": 30}
    )
    X, labels = augmenter.fit_resample(paths, y)
    for label in ("calm", "wild"):
        own = {len(path) for path, name in zip(paths, y, strict=True) if name == label}
        new = zip(X[7:], labels[7:], strict=True)
        assert {len(path) for path, name in new if name == label} == own
    assert {path.flags.c_contiguous for path in X} == {True}


@SHARES
def test_frames_keep_names_and_times(make_panel, quick, share):
    paths, y = make_panel()
    frames = as_frames(paths)
    X, _ = quick(redraw_probability=share).fit_resample(frames, y)
    assert X[0] is frames[0]
    for frame in X[9:]:
        assert list(frame.columns) == ["u", "v"]
        assert frame.index[0] == 3
    arrays, _ = quick(redraw_probability=share).fit_resample(paths, y)
    for frame, array in zip(X, arrays, strict=True):
        assert_allclose(frame.to_numpy(), array, rtol=1e-12)
    polars = [pl.DataFrame(path, schema=["u", "v"]) for path in paths]
    X, _ = quick(redraw_probability=share).fit_resample(polars, y)
    assert isinstance(X[-1], pl.DataFrame)
    # A polars frame is kept by columns: the sums of a scaler differ in the last digit.
    assert_allclose(X[-1].to_numpy(), arrays[-1], rtol=1e-12, atol=1e-12)


@SHARES
def test_long_frames(make_panel, quick, share):
    paths, y = make_panel()
    long = as_long(paths)
    by_row = np.repeat(y, [len(path) for path in paths])
    X, labels = quick(redraw_probability=share).fit_resample(long, by_row)
    assert len(X) == len(labels)
    pd.testing.assert_frame_equal(X.iloc[: len(long)], long)
    arrays, names = quick(redraw_probability=share).fit_resample(paths, y)
    assert_allclose(X.to_numpy(), np.concatenate(arrays), rtol=1e-12)
    assert_array_equal(labels, np.repeat(names, [len(path) for path in arrays]))
    assert X.index.names == ["path", "time"]
    order = list(X.index.get_level_values(0).unique())
    assert order[9:] == ["generated-0", "generated-1", "generated-2"]
    again, _ = quick(redraw_probability=share).fit_resample(X, labels)
    assert len(again) == len(X)  # balanced, and a valid panel
    more = quick(redraw_probability=share, ratio=2.0).fit_resample(X, labels)[0]
    assert "generated-3" in more.index.get_level_values(0)


def test_long_frames_with_numbers_for_names(make_panel, quick):
    paths, y = make_panel()
    long = pd.concat(as_frames(paths), keys=range(3, 12), names=["path", "time"])
    X, _ = quick().fit_resample(long, np.repeat(y, [len(path) for path in paths]))
    assert list(X.index.get_level_values(0).unique()) == list(range(3, 15))


def test_rows_of_a_table_are_univariate_paths(make_panel, quick):
    paths, y = make_panel()
    stack = as_stack(paths)[:, :, :1]
    expected, _ = quick().fit_resample(stack, y)
    X, labels = quick().fit_resample(stack[..., 0], y)
    assert_array_equal(X, expected[..., 0])
    frame = pd.DataFrame(stack[..., 0], columns=[f"t{i}" for i in range(20)])
    X, _ = quick().fit_resample(frame, y)
    assert_array_equal(X.to_numpy(), expected[..., 0])
    assert list(X.columns) == list(frame.columns)
    assert list(X.index) == list(range(len(labels)))


def test_float32_stays(make_panel, quick):
    paths, y = make_panel()
    stack = as_stack(paths).astype(np.float32)
    X, _ = quick().fit_resample(stack, y)
    assert X.dtype == np.float32
    assert_array_equal(X[:9], stack)
    X, _ = quick().fit_resample([path.astype(np.float32) for path in paths], y)
    assert {path.dtype for path in X} == {np.dtype(np.float32)}


def test_a_balanced_panel_stays_without_a_ratio(make_panel, quick):
    paths, y = make_panel(sizes=(3, 3))
    for X in (paths, as_stack(paths), as_stack(paths)[..., 0]):
        more, labels = quick().fit_resample(X, y)
        assert_array_equal(labels, y)
        assert_array_equal(np.concatenate(list(more)), np.concatenate(list(X)))
    X, labels = quick(ratio=2.0).fit_resample(paths, y)
    assert_array_equal(labels, [*y, *["calm"] * 3, *["wild"] * 3])


def test_unlabelled_panels(make_panel, quick):
    paths, _ = make_panel()
    X = quick(ratio=5.0, sampling_strategy={"none": 3}).augment(paths, 4)
    assert len(X) == 13
    assert X[8] is paths[8]
    one_class, _ = quick(sampling_strategy={0: 13}).fit_resample(paths, np.zeros(9))
    assert_array_equal(X[12], one_class[12])
    assert quick().augment(as_stack(paths), 1).shape == (10, 20, 2)


# what the new paths are


def test_the_share_of_fresh_residuals(make_panel, quick):
    """A path is new from its first fresh residual on; binomial at 1e-6."""
    paths, _ = make_panel(sizes=(40, 0), lengths=(30, 30))
    share = 0.1
    new = quick(redraw_probability=share).augment(np.stack(paths), 400)[40:]
    real = np.stack(paths)
    same = np.abs(new[:, np.newaxis] - real).max(axis=3) < 1e-9
    kept = np.cumprod(same, axis=2).sum(axis=2).max(axis=1)  # rows before it
    # Row 0 is always kept, row i with probability (1 - share)^i.
    for row in (1, 5, 15):
        expected = (1.0 - share) ** row
        test = stats.binomtest(int((kept > row).sum()), 400, expected)
        assert test.pvalue > 1e-6


@pytest.mark.statistical
@SHARES
@pytest.mark.parametrize("shared", [False, True])
def test_classes_keep_their_distribution(make_panel, quick, share, shared):
    """Level and spread of each class, within five standard errors (AR(1), 0.5).

    The mean of n correlated rows has the standard error 2 s / sqrt(n) for innovations
    of spread s, which the training paths have as well.
    """
    paths, y = make_panel(sizes=(40, 40), lengths=(30, 30))
    augmenter = quick(redraw_probability=share, shared_dynamics=shared, ratio=2.0)
    X, labels = augmenter.fit_resample(np.stack(paths), y)
    assert augmenter.shared_classes_ == (["calm", "wild"] if shared else [])
    for label, level, spread in (("calm", 5.0, 1.0), ("wild", -5.0, 3.0)):
        rows = X[80:][labels[80:] == label][:, 10:].reshape(-1, 2)
        error = 5.0 * np.sqrt(2.0) * 2.0 * spread / np.sqrt(len(rows))
        assert_allclose(rows.mean(axis=0), level, atol=error)
        assert_allclose(rows.std(axis=0), spread / np.sqrt(0.75), rtol=0.2)


def test_small_classes_share_dynamics(make_panel, quick):
    """Fewer than 2 (d + 1) transitions, that is 6 here."""
    paths, y = make_panel(sizes=(6, 3), lengths=(3, 3))
    paths[6:] = [
        path[:length] for path, length in zip(paths[6:], (3, 3, 2), strict=True)
    ]
    augmenter = quick().set_params(generator__dynamics__shrinkage=0.9)
    augmenter.fit_resample(paths, y)
    assert augmenter.shared_classes_ == ["wild"]
    paths[8] = np.vstack([paths[8], paths[8][:1] + 1.0])
    augmenter.fit_resample(paths, y)
    assert augmenter.shared_classes_ == []


# seeds and parameters


@SHARES
def test_same_seed_same_paths(make_panel, quick, share):
    paths, y = make_panel()
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    X, _ = quick(redraw_probability=share).fit_resample(paths, y)
    again, _ = quick(redraw_probability=share).fit_resample(paths, y)
    other, _ = quick(redraw_probability=share, random_state=1).fit_resample(paths, y)
    for first, second in zip(X, again, strict=True):
        assert_array_equal(first, second)
    assert not np.array_equal(np.concatenate(X), np.concatenate(other))
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_the_default_generator_is_seeded(make_panel):
    paths, y = make_panel(sizes=(3, 2), lengths=(10, 10))
    augmenter = TimeSeriesAugmenter(random_state=0)
    augmenter.set_params(
        generator__sampler__max_iter=3,
        generator__sampler__early_stopping=False,
        generator__sampler__score_model=ScoreNetwork(base="gaussian"),
    )
    X, _ = augmenter.fit_resample(np.stack(paths), y)
    again, _ = clone(augmenter).fit_resample(np.stack(paths), y)
    assert_array_equal(X, again)
    assert augmenter.generator.sampler.random_state is None
    assert isinstance(augmenter.generator.preprocessor, StandardScaler)


def test_nested_parameters_of_none():
    augmenter = TimeSeriesAugmenter()
    augmenter.set_params(generator__dynamics__n_neighbors=7)
    assert augmenter.generator.dynamics.n_neighbors == 7
    assert augmenter.generator.sampler is None
    assert TimeSeriesAugmenter().generator is None
    assert not hasattr(augmenter, "transform")
    assert clone(augmenter).generator.dynamics.n_neighbors == 7


# what is refused


def test_what_is_no_labelled_panel_is_refused(make_panel, quick):
    paths, y = make_panel()
    with pytest.raises(ValueError, match="y has 8 labels for 9 paths"):
        quick().fit_resample(paths, y[:8])
    with pytest.raises(ValueError, match=r"labels for \d+ rows of the frame"):
        quick().fit_resample(as_long(paths), y)
    by_row = np.repeat(y, [len(path) for path in paths])
    by_row[1] = "wild"
    with pytest.raises(ValueError, match="y changes within a path, at row 1"):
        quick().fit_resample(as_long(paths), by_row)
    with pytest.raises(ValueError, match="Unknown label type"):
        quick().fit_resample(paths, np.linspace(0.1, 1.0, 9))
    with pytest.raises(ValueError, match="path 2 of X has one row"):
        quick().fit_resample([*paths[:2], paths[2][:1], *paths[3:]], y)
    with pytest.raises(ValueError, match="NaN"):
        quick().fit_resample([*paths[:8], paths[8] * np.nan], y)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ratio": 0.5},
        {"redraw_probability": 0.0},
        {"sampling_strategy": "majority"},
        {"sampling_strategy": 1.5},
        {"shared_dynamics": "always"},
        {"generator": StandardScaler()},
    ],
)
def test_wrong_parameters_are_refused(make_panel, quick, wrong):
    paths, y = make_panel()
    with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter"):
        quick().set_params(**wrong).fit_resample(paths, y)
    with pytest.raises(ValueError, match="n_paths == 0"):
        quick().augment(paths, 0)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_missing_labels_are_named(make_panel, quick, missing):
    paths, y = make_panel()
    y = y.astype(object)
    y[2] = missing
    for labels in (y, list(y), pd.Series(y)):
        with pytest.raises(ValueError, match=r"y contains .* at sample 2: give each"):
            quick().fit_resample(paths, labels)


def test_univariate_paths_of_a_list_come_back_as_such(make_panel, quick):
    paths, y = make_panel(d=1)
    flat = [path[:, 0] for path in paths]
    expected, labels = quick().fit_resample(paths, y)
    for X in (flat, [pd.Series(path) for path in flat]):
        more, more_labels = quick().fit_resample(X, y)
        assert_array_equal(more_labels, labels)
        for path, wanted in zip(more, expected, strict=True):
            assert type(path) is type(X[0])
            assert_array_equal(path, wanted[:, 0])
