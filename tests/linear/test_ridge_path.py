"""Ridge with unpenalised own columns: every closed form against an explicit fit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.linear._ridge_path import GEOMETRIES
from skdiffts.linear._transitions import RegressionRows


def read(make_transitions, **options):
    columns, own, increments, dt, importance = make_transitions(**options)
    return RegressionRows.read(columns, own, increments, dt, importance, None)


def weighted(problem, rows):
    """Penalised columns, own columns and responses times the root of the importance."""
    root = np.sqrt(problem.importance)[:, np.newaxis]
    left = root * problem.left * np.sqrt(len(rows.states) * problem.variance)
    return left, root * problem.own, root * problem.responses


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("n", [60, 9])
def test_coefficients_solve_the_penalised_normal_equations(
    make_transitions, geometry, n
):
    rows = read(make_transitions, n=n, d=12)
    problem, penalty = rows.problem, 0.7
    Z, B, Y = weighted(problem, rows)
    v, p = problem.variance, GEOMETRIES[geometry]
    cost = n * penalty * v**p * v.mean() ** (1.0 - p)
    weights = problem.direction_weights(geometry, penalty)
    own, slopes = problem.coefficients(weights)
    for j in range(Y.shape[1]):
        X = np.column_stack([B[:, :, j].T, Z])
        penalties = np.diag(np.concatenate([np.full(len(B), 1e-9 * n), cost]))
        expected = np.linalg.solve(X.T @ X + penalties, X.T @ Y[:, j])
        fitted = X @ expected
        mine = B[:, :, j].T @ own[j]
        columns = problem.left @ np.linalg.pinv(problem.right)
        mine += np.sqrt(problem.importance) * (columns @ slopes[:, j])
        assert_allclose(mine, fitted, atol=1e-6)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_leave_one_out_residuals_are_those_of_refits(make_transitions, geometry):
    """Each row is deleted; means, directions and penalty stay as with all rows."""
    rows = read(make_transitions, n=40, d=3)
    problem, penalty, n = rows.problem, 0.3, 40
    Z, B, Y = weighted(problem, rows)
    v, p = problem.variance, GEOMETRIES[geometry]
    cost = n * penalty * v**p * v.mean() ** (1.0 - p)
    intercept = np.sqrt(problem.importance) * rows.root_dt[:, 0]
    residuals = problem.leave_one_out(problem.direction_weights(geometry, penalty))
    for j in range(3):
        X = np.column_stack([intercept, B[:, :, j].T, Z])
        penalties = np.diag(np.concatenate([[0.0], np.zeros(len(B)), cost]))
        for i in range(0, n, 7):
            kept = np.arange(n) != i
            gram = X[kept].T @ X[kept] + penalties
            b = np.linalg.solve(gram, X[kept].T @ Y[kept, j])
            left_out = (Y[i, j] - X[i] @ b) / np.sqrt(problem.importance[i])
            assert_allclose(residuals[i, j], left_out, rtol=1e-5)


def test_one_penalty_for_each_response_is_that_of_each(make_transitions):
    problem = read(make_transitions, d=3).problem
    penalties = np.array([0.01, 1.0, 30.0])
    together = problem.direction_weights("halfway", penalties)
    for j, penalty in enumerate(penalties):
        alone = problem.direction_weights("halfway", penalty)
        for method in ("leave_one_out", "generalized_error"):
            result = getattr(problem, method)(together)[..., j]
            assert_allclose(result, getattr(problem, method)(alone)[..., j])


def test_quality_of_fit_is_that_of_the_hat_matrix(make_transitions):
    rows = read(make_transitions, n=30, d=2)
    problem = rows.problem
    weights = problem.direction_weights("standardized", 0.5)
    squares, freedom = problem.fit_quality(weights)
    root = np.sqrt(problem.importance)[:, np.newaxis]
    U = root * problem.left
    M = np.eye(30) - U @ (weights * U.T)
    for j in range(2):
        B = root * problem.own[:, :, j].T
        Y = root[:, 0] * problem.responses[:, j]
        inner = np.linalg.inv(B.T @ M @ B)
        hat = np.eye(30) - M + M @ B @ inner @ B.T @ M
        assert_allclose(squares[j], ((Y - hat @ Y) ** 2).sum(), rtol=1e-6)
        assert_allclose(freedom[j], 1.0 + np.trace(hat), rtol=1e-6)


def test_fewer_own_columns_and_more_again(make_transitions):
    problem = read(make_transitions, n_own=3).problem
    again = problem.leading(1).extended(problem.own[1:])
    for name in ("own_left", "own_moments", "cross_moments"):
        assert_allclose(getattr(again, name), getattr(problem, name), atol=1e-10)


def test_both_decompositions_agree(make_transitions):
    """More columns than rows are decomposed by the products of the rows."""
    columns, own, increments, dt, importance = make_transitions(n=15, d=3)
    twice = np.hstack([columns] * 6)
    few = RegressionRows.read(columns, own, increments, dt, importance, None).problem
    many = RegressionRows.read(twice, own, increments, dt, importance, None).problem
    assert_allclose(6.0 * few.variance, many.variance)
    for geometry in GEOMETRIES:
        one, other = (
            problem.leave_one_out(problem.direction_weights(geometry, 0.4))
            for problem in (few, many)
        )
        assert_allclose(one, other, atol=1e-8)
