"""Query by committee: ask where its members disagree."""

import numpy as np

from skal.strategies import ConsensusEntropy, MaxDisagreement, MeanDisagreement, VoteEntropy
from tests.strategies.cases._case import Case

A = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.2, 0.5, 0.3]])  # (3 members, 3 classes)
B = np.array([[0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
MEMBERS = {"committee_proba": np.stack([A, B], axis=1)}

CASES: dict[str, Case] = {
    "vote_entropy": Case(VoteEntropy(), MEMBERS, [0.636514, 0], [0, 1]),
    "vote_entropy by classes": Case(VoteEntropy("classes"), MEMBERS, [0.579380, 0], [0, 1]),
    "vote_entropy by members": Case(VoteEntropy("members"), MEMBERS, [0.579380, 0], [0, 1]),
    "consensus_entropy": Case(ConsensusEntropy(), MEMBERS, [1.027517, 0.702618], [0, 1]),
    "max_disagreement": Case(MaxDisagreement(), MEMBERS, [0.133270, 0.017413], [0, 1]),
    "mean_disagreement": Case(MeanDisagreement(), MEMBERS, [0.070535, 0.009324], [0, 1]),
}
