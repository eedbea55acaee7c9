"""What the rules of the house would catch today: a list that is only ever made shorter."""

NOT_YET = {
    "pieces are short": {
        "skal.learner._learner is longer than 420 lines",
    },
    "public names are documented": {
        "skal.History: Parameters lack iterable",
        "skal.History: Parameters name records, unknown",
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
        "skal.NetEnsemble.predict: the summary starts with 'Likeliest', not a verb",
        "skal.NetEnsemble.predict_proba: the summary starts with 'Mean', not a verb",
        "skal.PseudoLabels.choose: the summary starts with 'Positions', not a verb",
        "skal.learner.TrainingMode.rows: the summary starts with 'Positions,', not a verb",
        "skal.nets.SkorchClassifier.predict: the summary starts with 'Likeliest', not a verb",
        "skal.nets.SkorchClassifier.predict_proba: the summary starts with 'Class', not a verb",
    },
    "errors say what came": {
        "skal.learner._checks: Input {name} contains NaN or infinity; every label must be known. Leav",  # noqa: E501
        "skal.learner._checks: candidates must be rows of X, 0 to {n - 1}, but go from {rows.min()} t",  # noqa: E501
        "skal.learner._initial: initial={initial!r} must be 'random', 'stratified' or a strategy that ",  # noqa: E501
        "skal.learner._sizes: {name}={value!r} must be an int of at least 1 (labels) or a float in (",  # noqa: E501
        "skal.nets._cnn: input_shape={given} must be (height, width) or (channels, height, widt",
    },
}
