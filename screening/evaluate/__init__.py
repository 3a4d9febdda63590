"""How well names are told apart, measured on labelled examples: precision, recall, thresholds, worst cases."""

from screening.evaluate.cases import Evaluation, evaluate_file
from screening.evaluate.render import FORMATS, render_json, render_svg, render_text

__all__ = ["FORMATS", "Evaluation", "evaluate_file", "render_json", "render_svg", "render_text"]
