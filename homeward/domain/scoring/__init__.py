"""Scores: answers and an instrument in, exact numbers out.

`compile_instrument(instrument)` checks the scoring sheet and turns it into a plan of integer operations; the scorer
evaluates that plan for one interview. The same plan can be evaluated over columns by another engine, to the last digit.
"""

from homeward.domain.scoring.checks import check_scoring
from homeward.domain.scoring.compiling import compile_instrument
from homeward.domain.scoring.result import SCORER_VERSION, Flag, NoScore, Result, Score
from homeward.domain.scoring.scorer import Scorer

__all__ = ["SCORER_VERSION", "Flag", "NoScore", "Result", "Score", "Scorer", "check_scoring", "compile_instrument"]
