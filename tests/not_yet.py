"""What the rules of the house would catch today: a list that is only ever made shorter."""

NOT_YET = {
    "no circle of imports": {
        "skal.experiment._comparison <-> skal.experiment._limits <-> skal.experiment._lines <-> skal.experiment._ranks <-> skal.experiment._saving <-> skal.experiment._setting <-> skal.experiment._summary <-> skal.experiment._verdict <-> skal.experiment._wording",  # noqa: E501
    },
    "no private import across rooms": {
        "skal.experiment._compare imports skal.nets._threads.limited_threads",
        "skal.experiment._play imports skal.nets._threads.limited_threads",
    },
    "pieces are short": {
        "skal.evidence._needs is longer than 420 lines",
        "skal.learner._learner is longer than 420 lines",
    },
    "a private file's name says one thing": {
        "_risk is in skal.evidence and skal.experiment",
    },
    "public names are documented": {
        "skal.History: Parameters lack iterable",
        "skal.History: Parameters name records, unknown",
        "skal.evidence.LinearHead: Parameters lack weight, bias",
        "skal.evidence.PoolCache: no Examples",
        "skal.evidence.align_columns: no Examples",
        "skal.evidence.check_provides: no Examples",
        "skal.evidence.measure: no Examples",
        "skal.evidence.sweep.RowReader: no Examples",
        "skal.evidence.sweep.evaluation_mode: Parameters lack module",
        "skal.evidence.sweep.evaluation_mode: no Examples",
        "skal.evidence.sweep.evaluation_mode: no Returns",
        "skal.evidence.sweep.penultimate_layer: Parameters lack module",
        "skal.evidence.sweep.penultimate_layer: no Examples",
        "skal.evidence.sweep.penultimate_layer: no Returns",
        "skal.evidence.sweep.shares_memory: Parameters lack X",
        "skal.evidence.sweep.shares_memory: no Examples",
        "skal.evidence.sweep.shares_memory: no Returns",
        "skal.evidence.sweep.sweep: no Examples",
        "skal.exceptions.unchanged_on_error: Parameters lack estimator",
        "skal.exceptions.unchanged_on_error: no Examples",
        "skal.exceptions.unchanged_on_error: no Returns",
        "skal.learner.TrainingMode: no Examples",
        "skal.nets.as_classifier: no Examples",
    },
    "docstrings have one mood": {
        "skal.Comparison.histories: the summary starts with 'Histories', not a verb",
        "skal.Comparison.merge: the summary starts with 'All', not a verb",
        "skal.Comparison.paired: the summary starts with 'Pairs', not a verb",
        "skal.Comparison.summary: the summary starts with 'Numbers', not a verb",
        "skal.NetEnsemble.predict: the summary starts with 'Likeliest', not a verb",
        "skal.NetEnsemble.predict_proba: the summary starts with 'Mean', not a verb",
        "skal.PseudoLabels.choose: the summary starts with 'Positions', not a verb",
        "skal.evidence.Evidence.knows: the summary starts with 'Whether', not a verb",
        "skal.evidence.Evidence.part: the summary starts with 'Evidence', not a verb",
        "skal.evidence.PoolCache.rows_of: the summary starts with 'Rows', not a verb",
        "skal.evidence.about: the summary starts with 'The', not a verb",
        "skal.evidence.align_columns: the summary starts with 'Columns', not a verb",
        "skal.evidence.as_space: the summary starts with 'The', not a verb",
        "skal.evidence.last_step: the summary starts with 'The', not a verb",
        "skal.evidence.sweep.shares_memory: the summary starts with 'Whether', not a verb",
        "skal.experiment.Penalties.to_frame: the summary starts with 'Matrix', not a verb",
        "skal.experiment.Summary.to_frame: the summary starts with 'Table', not a verb",
        "skal.experiment.Summary.to_markdown: the summary starts with 'Table', not a verb",
        "skal.experiment.area_under_curve: the summary starts with 'Area', not a verb",
        "skal.experiment.batch_distance: the summary starts with 'Mean', not a verb",
        "skal.experiment.bootstrap_interval: the summary starts with 'Interval', not a verb",
        "skal.experiment.checkpoints: the summary starts with 'Numbers', not a verb",
        "skal.experiment.choose_score: the summary starts with 'Key', not a verb",
        "skal.experiment.critical_difference: the summary starts with 'Difference', not a verb",
        "skal.experiment.curve_points: the summary starts with 'Labels', not a verb",
        "skal.experiment.deficiency: the summary starts with 'What', not a verb",
        "skal.experiment.drop_after_peak: the summary starts with 'How', not a verb",
        "skal.experiment.labels_to_target: the summary starts with 'Fewest', not a verb",
        "skal.experiment.lure: the summary starts with 'Unbiased', not a verb",
        "skal.experiment.penalties: the summary starts with 'Pairwise', not a verb",
        "skal.experiment.penalty_matrix: the summary starts with 'Share', not a verb",
        "skal.experiment.pool_error: the summary starts with 'Error', not a verb",
        "skal.experiment.time_to_first: the summary starts with 'Labels', not a verb",
        "skal.experiment.wilson_interval: the summary starts with 'Interval', not a verb",
        "skal.learner.TrainingMode.rows: the summary starts with 'Positions,', not a verb",
        "skal.nets.SkorchClassifier.predict: the summary starts with 'Likeliest', not a verb",
        "skal.nets.SkorchClassifier.predict_proba: the summary starts with 'Class', not a verb",
    },
    "errors say what came": {
        "skal.experiment._compare: random_state={random_state!r} must be an int of at least 0: a comparis",  # noqa: E501
        "skal.experiment._curves: x has shape {at.shape}, y has {scores.shape}; x must be 1-D, and y hol",  # noqa: E501
        "skal.experiment._curves: x must grow from point to point; curve_points gives such an x.",
        "skal.learner._checks: Input {name} contains NaN or infinity; every label must be known. Leav",  # noqa: E501
        "skal.learner._checks: candidates must be rows of X, 0 to {n - 1}, but go from {rows.min()} t",  # noqa: E501
        "skal.learner._initial: initial={initial!r} must be 'random', 'stratified' or a strategy that ",  # noqa: E501
        "skal.learner._sizes: {name}={value!r} must be an int of at least 1 (labels) or a float in (",  # noqa: E501
        "skal.nets._cnn: input_shape={given} must be (height, width) or (channels, height, widt",
    },
}
