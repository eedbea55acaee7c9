"""What the rules of the house would catch today: a list that is only ever made shorter."""

NOT_YET = {
    "pieces are short": {
        "skal.learner._learner is longer than 420 lines",
    },
    "public names are documented": {
        "skal.evidence.sweep.evaluation_mode: no Examples",
        "skal.evidence.sweep.shares_memory: no Examples",
        "skal.exceptions.unchanged_on_error: no Returns",
    },
    "errors say what came": {
        "skal.learner._checks: Input {name} contains NaN or infinity; every label must be known. Leav",  # noqa: E501
        "skal.learner._checks: candidates must be rows of X, 0 to {n - 1}, but go from {rows.min()} t",  # noqa: E501
        "skal.learner._initial: initial={initial!r} must be 'random', 'stratified' or a strategy that ",  # noqa: E501
        "skal.learner._sizes: {name}={value!r} must be an int of at least 1 (labels) or a float in (",  # noqa: E501
        "skal.nets._cnn: input_shape={given} must be (height, width) or (channels, height, widt",
    },
}
