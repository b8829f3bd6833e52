"""What the signals of `faq.signals` count; fitted to questions of several authors (docs/decisions/0021).

Two logistic models: which of two entries answers a question, and how likely the best one answers it at all.
"""

from __future__ import annotations

import numpy as np

from faq.signals import OF_ANSWER, SIGNALS

_RANK = {
    "runs": -0.09,
    "forms": -0.68,
    "concepts": 2.20,
    "answer": 2.29,
    "topics": 8.54,
    "problems": 1.47,
    "covered": 2.48,
    "meant": 2.29,
    "fuzzy": 0.19,
}
_CHANCE = {
    "runs": -0.96,
    "forms": 0.23,
    "concepts": -1.28,
    "answer": 3.00,
    "topics": 4.27,
    "problems": 2.04,
    "covered": 0.74,
    "meant": 0.04,
    "fuzzy": -0.11,
    "lead": 0.12,
    "rank": 0.23,
    "asks": 0.05,
    "nothing": -2.84,
    "trouble": -3.44,
    "told": -3.11,
    "near": 1.40,
    "strange": -0.99,
    "foreign": -2.33,
    "unsaid": -0.04,
    "unsaid_most": -1.39,
    "length": 4.82,
}
RANK = np.array([_RANK[name] for name in SIGNALS])
CHANCE = np.array([_CHANCE[name] for name in (*SIGNALS, "lead", "rank", *OF_ANSWER)])
CHANCE_OFFSET = -5.39
