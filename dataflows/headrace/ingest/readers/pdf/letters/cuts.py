"""Between which letters of a page a piece of a line ends."""

import re

import numpy as np

#: A gap between two pieces, as a share of the height of their letters.
_GAP = 1.0
#: Share of the lower height that letters of one line have in common.
SAME_LINE = 0.4
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
#: Points by which a letter may reach over a rule.
_WALL = 1.5
#: Gap between two letters of a word at most, as a share of their height.
_IN_WORD = 0.1


def is_cut(text: str, letters: np.ndarray, boxes: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """Between which letters and their next one a piece ends.

    Args:
        letters: the places in the text of the letters that show.
        boxes: (n, 4) left, top, right, bottom of each letter.
        walls: boxes of rules, in the same form.
    """
    return _ends(boxes, _right_to_left(text, letters)) | _is_walled(letters, boxes, walls)


def _right_to_left(text: str, letters: np.ndarray) -> np.ndarray:
    if not RIGHT_TO_LEFT.search(text):
        return np.zeros(len(letters), bool)
    return np.array([bool(RIGHT_TO_LEFT.match(text[index])) for index in letters.tolist()])


def _ends(boxes: np.ndarray, is_right_to_left: np.ndarray) -> np.ndarray:
    left, top, right, bottom = boxes.T
    height = bottom - top
    shared = np.minimum(bottom[1:], bottom[:-1]) - np.maximum(top[1:], top[:-1])
    is_next_line = shared < SAME_LINE * np.minimum(height[1:], height[:-1])
    widest = _GAP * np.maximum(height[1:], height[:-1])
    forward, backward = left[1:] - right[:-1], left[:-1] - right[1:]
    is_gap = np.maximum(forward, backward) > widest
    is_back = left[1:] < left[:-1] - widest / 2
    is_back &= ~(is_right_to_left[1:] | is_right_to_left[:-1])
    return is_next_line | is_gap | is_back


def _is_walled(letters: np.ndarray, boxes: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """Between which letters an upright rule stands; none stands within a word."""
    left, top, right, bottom = boxes.T
    is_walled = np.zeros(len(left) - 1, bool)
    upright = walls[(walls[:, 3] - walls[:, 1]) > (walls[:, 2] - walls[:, 0])]
    if not len(upright):
        return is_walled
    middle = (top + bottom)[1:] / 2
    end = np.minimum(right[:-1], right[1:]) - _WALL
    start = np.maximum(left[1:], left[:-1]) + _WALL
    is_gap = np.abs(left[1:] - right[:-1]) > _IN_WORD * (bottom - top)[1:]
    places = np.flatnonzero((end < start) & (is_gap | (np.diff(letters) > 1)))
    end, start, middle = end[places], start[places], middle[places]
    for wall in np.unique(upright.round(), axis=0).tolist():
        wall_left, wall_top, wall_right, wall_bottom = wall
        place = (wall_left + wall_right) / 2
        is_beside = (end <= place) & (place <= start) & (wall_top <= middle)
        is_walled[places[is_beside & (middle <= wall_bottom)]] = True
    return is_walled
