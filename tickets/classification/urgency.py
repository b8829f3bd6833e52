"""Compute the chance that a text reports an emergency. Pure.

A logistic model combines the scores of the learned model with the result of the rules. Its weights were fitted to
messages of several authors (docs/decisions/0021). No single score decides alone: «яма у подъезда, колесо пробил» is
near the open manhole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ALARM = 0.17  # chance from which a text is an emergency: a wrong alarm is cheaper than a missed emergency
VETO = 0.03  # chance below which a question raises no alarm, even if a rule matches: «где план эвакуации при пожаре»
ASKED = 0.40  # ALARM of questions: «когда начнут топить»
ANSWER = 0.70  # ALARM of answers to a question about the place or the phone: «у газовой трубы», «Пожарова Ольга»

_OFFSET = -2.86
_SOUNDS = 7.02  # weight of the score of all emergencies together
_BEST = 4.16  # of the likeliest emergency
_OTHER = -4.72  # of the likeliest subject that is no emergency
_RULE = 1.96
_ASKS = -1.05


def chance(scores: Mapping[str, float], urgent: frozenset[str], sounds: float, *, rule: bool, asks: bool) -> float:
    """Return the chance, 0..1.

    scores: by subject. urgent: subjects that are emergencies. sounds: score of all emergencies together.
    """
    best = max((score for code, score in scores.items() if code in urgent), default=0.0)
    other = max((score for code, score in scores.items() if code not in urgent), default=0.0)
    sum_ = _OFFSET + _SOUNDS * sounds + _BEST * best + _OTHER * other + _RULE * rule + _ASKS * asks
    return 1.0 / (1.0 + math.exp(-sum_))
