"""What a whole answer is, over real HTTP to a server that speaks the Messages API."""

import asyncio
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from headrace.resources.models.anthropic_model import AnthropicModel
from headrace.types import CitedText, Prompt, SentenceRange
from support.language_model_parts import PROMPT, answered, ignore, passage
from support.message_events import location
from support.messages_server import MODEL, Reply, answer_from_request


def test_text_streams_in_pieces_and_each_finished_part_follows_its_text(serve):
    first = ("A headrace does,", [location(0, 0, 1, "A headrace feeds a turbine.")])
    serve(Reply(parts=[first, (" as they say.", [])]))
    said, completion = answered()
    cited = (SentenceRange(0, 0, 1, "A headrace feeds a turbine."),)
    parts = (CitedText("A headrace does,", cited), CitedText(" as they say."))
    assert said == ["A headrace d", "oes,", parts[0], " as they say", ".", parts[1]]
    assert completion.parts == parts


def test_any_document_can_be_answered_from_by_its_first_sentence(serve):
    serve(answer_from_request)
    _, completion = answered()
    sentence = "A headrace feeds a turbine."
    assert completion.parts == (CitedText(sentence, (SentenceRange(0, 0, 1, sentence),)),)


def test_the_completion_says_which_model_answered_with_how_many_tokens_at_what_cost(serve):
    serve(Reply(usage={"input_tokens": 1000, "output_tokens": 200}))
    _, completion = answered()
    assert (completion.model, completion.stop_reason) == (MODEL, "end_turn")
    assert completion.usage == {"input_tokens": 1000, "output_tokens": 200}
    assert completion.cost_usd == pytest.approx(1000 * 0.1e-6 + 200 * 0.5e-6)


def test_cached_tokens_are_counted_only_when_there_are_any_and_cost_their_share(serve):
    cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 1000}
    serve(Reply(usage={"input_tokens": 10, "output_tokens": 1, **cached}))
    _, completion = answered(prices={MODEL: (2.0, 10.0)})
    assert completion.usage == {
        "input_tokens": 10,
        "output_tokens": 1,
        "cache_read_input_tokens": 1000,
    }
    assert completion.cost_usd == pytest.approx((10 + 100) * 2e-6 + 1 * 10e-6)


@pytest.mark.parametrize(("tokens", "price"), [(100_000, 0.1), (100_001, 0.5)])
def test_long_prompts_cost_what_the_model_asks_for_them(serve, tokens, price):
    serve(Reply(usage={"input_tokens": tokens, "output_tokens": 0}))
    _, completion = answered()
    assert completion.cost_usd == pytest.approx(tokens * price * 1e-6)


def test_without_a_known_price_the_cost_is_unknown_not_zero(serve):
    serve(Reply())
    _, completion = answered(name="some-model")
    assert completion.cost_usd is None


def test_an_answer_cut_at_max_tokens_is_an_answer_that_says_so(serve):
    serve(Reply(parts=[("A headrace fe", [])], stop_reason="max_tokens"))
    _, completion = answered()
    assert completion.stop_reason == "max_tokens"
    assert completion.parts == (CitedText("A headrace fe"),)


def test_callbacks_run_in_the_thread_that_asked(serve):
    serve(Reply())
    threads = []

    def note(_):
        threads.append(threading.get_ident())

    with closing(AnthropicModel(MODEL)) as model:
        model.complete(PROMPT, note, note)
    assert set(threads) == {threading.get_ident()}


def test_a_notebooks_running_event_loop_is_no_obstacle(serve):
    serve(Reply())

    async def cell():
        return answered()

    _, completion = asyncio.run(cell())
    assert completion.stop_reason == "end_turn"


def test_one_model_answers_several_threads_at_once(serve):
    serve(answer_from_request)
    model = AnthropicModel(MODEL)

    def fact(n: int) -> str:
        prompt = Prompt("", (passage(f"Fact {n}."),), "What?")
        return model.complete(prompt, ignore, ignore).parts[0].text

    with ThreadPoolExecutor(8) as threads:
        facts = list(threads.map(fact, range(8)))
    model.close()
    assert facts == [f"Fact {n}." for n in range(8)]


def test_a_model_can_be_pickled_for_another_process(serve):
    serve(Reply())
    model = pickle.loads(pickle.dumps(AnthropicModel(MODEL)))
    with closing(model):
        assert model.complete(PROMPT, ignore, ignore).stop_reason == "end_turn"
