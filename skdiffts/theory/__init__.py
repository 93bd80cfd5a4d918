"""Bounds of the distance between draws and data, and the inputs of the bounds."""

from skdiffts._lazy import attach

# Imported on first use, so that the formulas, which are NumPy alone, do not pay for torch.
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "skdiffts.theory._bounds": (
            "Bounds",
            "bounds",
        ),
        "skdiffts.theory._certified_slope": ("CertifiedSlope",),
        "skdiffts.theory._fisher": (
            "FisherDivergence",
            "fisher_divergence",
            "kl_rate",
        ),
        "skdiffts.theory._gaussian_distances": (
            "gaussian_kl",
            "gaussian_w2",
        ),
        "skdiffts.theory._kl_dynamics": (
            "KLDecrease",
            "kl_decrease",
            "transport_kl_rate",
        ),
        "skdiffts.theory._sup_score_error": (
            "SupScoreError",
            "sup_score_error",
        ),
        "skdiffts.theory._score_slope": (
            "ScoreSlope",
            "lipschitz_constant",
            "log_concavity",
        ),
        "skdiffts.theory._kullback_leibler": (
            "KLBound",
            "ancestral_kl_bound",
            "kl_bound",
            "tv_from_kl",
        ),
        "skdiffts.theory._log_concave": (
            "cvp_log_concave_w2_bound",
            "vp_log_concave_w2_bound",
        ),
        "skdiffts.theory._prior": (
            "vp_prior_kl",
            "vp_prior_w2",
        ),
        "skdiffts.theory._score_error": (
            "ScoreError",
            "score_error",
        ),
        "skdiffts.theory._scorers": (
            "neg_tv_bound",
            "neg_w2_bound",
            "neg_w2_estimate",
        ),
        "skdiffts.theory._source_paper": (
            "paper_tv_as_printed",
            "paper_tv_bound",
            "paper_w2_bound",
        ),
        "skdiffts.theory._total_variation": (
            "TVBound",
            "linear_tv_bound",
            "tv_bound",
            "vp_tv_bound",
        ),
        "skdiffts.theory._wasserstein": (
            "W2Bound",
            "W2Estimate",
            "free_w2_bound",
            "w2_bound",
        ),
    },
)
