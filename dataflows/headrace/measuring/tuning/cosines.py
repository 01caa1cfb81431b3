"""Where the cosines of an encoder lie beside those of the bundled MiniLM.

All numbers were fitted to MiniLM's cosines. Both encoders read the same questions and
documents, and a line is fitted through what they make of related and of unrelated ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.quality import evaluation_driver, run
from headrace.measuring.quality.labelled import Collection, LabelledQuestion
from headrace.measuring.tuning.leaving_out import Fitting, LeavingOut, left_out
from headrace.measuring.tuning.stages import Choice
from headrace.resources.models.loading import Models
from headrace.settings import Settings
from headrace.text.titles import titled
from headrace.types import (
    UNSCALED,
    CosineScale,
    Encoder,
    Progress,
    encoded_queries,
    known_scale,
)

#: The encoder that all numbers were fitted to.
_REFERENCE = Settings.model_fields["encoder"].default
#: So many questions of a collection, and characters of their documents.
_MOST_QUESTIONS = 50
_CHARACTERS = 800
#: With fewer, a median says little.
_LEAST_QUESTIONS = 5


@dataclass(frozen=True)
class Cosines:
    """Medians of a collection: of unrelated texts, and of a question with its document.

    Attributes:
        own: (2,) of the encoder in use.
        reference: (2,) of MiniLM.
    """

    own: np.ndarray
    reference: np.ndarray


def measured(
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    progress: Progress | None = None,
) -> dict[str, Cosines]:
    """The cosines of both encoders on each collection; nothing is stored.

    Raises SourceError for a collection with fewer than five judged questions.
    """
    progress = progress or run.silent
    run.check(folders)
    own = Models(settings).encoder
    reference = Models(settings.model_copy(update={"encoder": _REFERENCE})).encoder
    found = {}
    for number, folder in enumerate(folders):
        progress("comparing encoders", number, len(folders))
        inputs = {"folder": folder, **selection.inputs()}
        asked = evaluation_driver().execute(["collection", "judged_questions"], inputs=inputs)
        pairs = _pairs(asked["collection"], asked["judged_questions"])
        name = folder.resolve().name
        if len(pairs) < _LEAST_QUESTIONS:
            raise SourceError(
                f"comparing encoders on {name} failed: it has {len(pairs)} judged questions, and "
                f"medians take at least {_LEAST_QUESTIONS}"
            )
        found[name] = Cosines(_medians(own, pairs), _medians(reference, pairs))
    progress("comparing encoders", len(folders), len(folders))
    return found


def fitted(found: Mapping[str, Cosines]) -> CosineScale:
    """The line of least squares through the medians of all collections."""
    own = np.concatenate([one.own for one in found.values()])
    reference = np.concatenate([one.reference for one in found.values()])
    rise, zero = np.polyfit(reference, own, 1)
    return CosineScale(round(float(zero), 3), round(float(zero + rise), 3))


def without_each(
    found: Mapping[str, Cosines], settings: Settings, seed: int = 0
) -> LeavingOut[CosineScale]:
    """Each collection left out in its turn.

    It is judged by how far its medians lie from MiniLM's, on the scale; less is better.
    """
    fitting: Fitting[Cosines, CosineScale] = Fitting(
        fit=fitted,
        judge=lambda scale, one: -np.abs(scale.of_all(one.own) - one.reference),
        name=written,
        measure="closeness to MiniLM's (0: the same)",
        choice=as_choice,
    )
    return left_out(found, fitting, in_use(settings), seed=seed)


def as_choice(scale: CosineScale) -> Choice:
    """The settings that a scale is."""
    return Choice({"cosine_scale": written(scale)})


def written(scale: CosineScale) -> str:
    """A scale as the settings have it."""
    return f"{scale.zero:g} {scale.one:g}"


def in_use(settings: Settings) -> CosineScale:
    """The scale that questions are answered with."""
    return known(settings) or UNSCALED


def known(settings: Settings) -> CosineScale | None:
    """The scale that is set, or that of the encoder's name; None without one."""
    given = settings.cosine_scale
    return CosineScale(*given) if given else known_scale(settings.encoder)


def _pairs(collection: Collection, questions: Sequence[LabelledQuestion]) -> list[tuple[str, str]]:
    """Questions, each with the beginning of a relevant document; no document twice."""
    pairs: dict[str, tuple[str, str]] = {}
    for question in questions:
        best = max(question.relevant, key=question.relevant.__getitem__)
        document = collection.documents.get(best)
        if document is not None:
            text = titled(document.title, document.text)[:_CHARACTERS]
            pairs.setdefault(best, (question.text, text))
    return list(pairs.values())[:_MOST_QUESTIONS]


def _medians(encoder: Encoder, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    questions, texts = zip(*pairs, strict=True)
    cosines: Any = encoded_queries(encoder, questions) @ encoder.encode(texts).T
    is_pair = np.eye(len(pairs), dtype=bool)
    return np.array([np.median(cosines[~is_pair]), np.median(cosines[is_pair])])
