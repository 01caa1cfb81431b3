"""How much a benchmark measures."""

from dataclasses import dataclass, replace

from headrace.errors import SettingsError

#: The sizes that lead up to the largest one, as powers of ten.
_EXPONENTS = range(3, 10)


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        scales: numbers of chunks, ascending; the figures of the first head the report.
        questions: asked at each scale, of the dataflow and of the floor.
        base_chunks: real chunks whose sentences, with real vectors, everything is made
            of.
        embedded_documents: ingested with the real encoder, to measure that.
        slice_s: seconds of each measurement of throughput.
        slices: measurements of throughput for each number of askers, the dataflow's and
            the floor's in turns.
        recall_questions: searched for with every chunk compared, too, at each scale.
        answers: questions that are answered, to measure generation.
    """

    scales: tuple[int, ...] = (1_000, 10_000, 100_000)
    questions: int = 300
    base_chunks: int = 2_000
    embedded_documents: int = 40
    slice_s: float = 1.0
    slices: int = 9
    recall_questions: int = 100
    answers: int = 20
    seed: int = 0


QUICK = Plan(
    scales=(1_000,),
    questions=100,
    base_chunks=60,
    embedded_documents=5,
    slice_s=0.3,
    slices=9,
    recall_questions=20,
    answers=5,
)


def plan_for(quick: bool, largest: int | None, seed: int) -> Plan:
    """The usual plan, or the quick one.

    Args:
        largest: the last scale, which those before it lead up to by tens; quick: the
            only one.
    Raises SettingsError for one below 1.
    """
    plan = replace(QUICK if quick else Plan(), seed=seed)
    if largest is None:
        return plan
    if largest < 1:
        raise SettingsError(f"--scale {largest}: the largest number of chunks, at least 1")
    if quick:
        return replace(plan, scales=(largest,))
    tens = [10**exponent for exponent in _EXPONENTS if 10**exponent < largest]
    return replace(plan, scales=(*tens, largest))
