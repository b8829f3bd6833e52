"""Weights of `faq.matching.features`, fitted to questions of several authors (docs/decisions/0021).

There are two logistic models. The first ranks the entries, the second gives the chance that the best entry answers the
question. No weight of the first is below 1.5: in a large base entries differ by a single word, which small bases cannot
teach.
"""

from __future__ import annotations

import numpy as np

from faq.matching.features import ANSWER_FEATURE_NAMES, FEATURE_NAMES

_RANK = {
    "runs": 1.50,
    "forms": 1.50,
    "concepts": 1.87,
    "answer": 2.21,
    "topics": 8.73,
    "problems": 1.54,
    "covered": 1.50,
    "meant": 2.04,
    "fuzzy": 1.50,
}
_CHANCE = {
    "runs": -1.75,
    "forms": -0.69,
    "concepts": -0.84,
    "answer": 3.55,
    "topics": 4.37,
    "problems": 1.94,
    "covered": 0.99,
    "meant": 0.82,
    "fuzzy": -0.38,
    "lead": 0.10,
    "rank": 0.20,
    "asks": -0.38,
    "nothing": -2.43,
    "trouble": -2.91,
    "stated_trouble": -3.74,
    "near": 1.71,
    "unknown": -1.46,
    "off_topic": -2.29,
    "unsaid": -0.82,
    "unsaid_most": -0.85,
    "length": 5.42,
}
RANK = np.array([_RANK[name] for name in FEATURE_NAMES])
CHANCE = np.array([_CHANCE[name] for name in (*FEATURE_NAMES, "lead", "rank", *ANSWER_FEATURE_NAMES)])
CHANCE_OFFSET = -5.92
