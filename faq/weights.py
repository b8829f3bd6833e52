"""What the signals of `faq.signals` count; fitted to questions of several authors (docs/decisions/0021).

Two logistic models: which of two entries answers a question, and how likely the best one answers it at all.
"""

from __future__ import annotations

import numpy as np

from faq.signals import OF_ANSWER, SIGNALS

_RANK = {
    "runs": 0.06,
    "forms": -0.42,
    "concepts": 2.15,
    "answer": 2.47,
    "topics": 8.33,
    "problems": 1.48,
    "covered": 2.28,
    "meant": 2.29,
    "fuzzy": 0.34,
}
_CHANCE = {
    "runs": -1.05,
    "forms": -0.07,
    "concepts": -1.09,
    "answer": 3.21,
    "topics": 4.19,
    "problems": 1.99,
    "covered": 0.67,
    "meant": 0.26,
    "fuzzy": -0.44,
    "lead": 0.11,
    "rank": 0.23,
    "asks": -0.07,
    "nothing": -2.15,
    "trouble": -3.01,
    "told": -3.26,
    "near": 1.40,
    "strange": -2.42,
    "foreign": -2.21,
    "unsaid": -0.26,
    "unsaid_most": -1.25,
    "length": 5.03,
}
RANK = np.array([_RANK[name] for name in SIGNALS])
CHANCE = np.array([_CHANCE[name] for name in (*SIGNALS, "lead", "rank", *OF_ANSWER)])
CHANCE_OFFSET = -5.51
