from __future__ import annotations

import re

import pytest

from app.domain.help_answers import HelpFault, read_help
from app.resources import load_help

TOPIC = '[[topic]]\nid = "cost"\nlabel = { id = "Biaya", en = "Costs" }\n'
ENTRY = """
[[entry]]
id = "one"
topic = "cost"
question = { id = "Berapa?", en = "How much?" }
answer = { id = "Segini.", en = "This much." }
source = { text = "contoh", confidence = "low" }
"""


def test_every_topic_has_answers_in_both_languages_with_a_source() -> None:
    answers = load_help()
    assert len(answers.entries) == 62
    for topic in answers.topics:
        assert answers.about(topic.id)
    for entry in answers.entries:
        assert entry.question.id.endswith("?")
        assert entry.question.en.endswith("?")
        assert entry.answer.id != entry.answer.en
        assert entry.source.text
        assert not re.search(r"\bS[0-9]+\b|memori", entry.source.text)


def test_amounts_and_dates_are_the_same_in_both_languages() -> None:
    for entry in load_help().entries:
        amounts = [
            sorted(set(re.findall(r"Rp[0-9.]+[0-9]", text)))
            for text in (entry.answer.id, entry.answer.en)
        ]
        assert amounts[0] == amounts[1], entry.id


def test_people_find_answers_by_their_own_words() -> None:
    answers = load_help()
    assert answers.search("paspor hilang polisi", "id")[0].topic == "lost"
    assert answers.search("baby passport", "en")[0].topic == "child"
    assert answers.search("zzzz", "id") == ()
    assert answers.search("di", "id") == ()


def test_answers_stand_in_the_order_of_the_topics() -> None:
    answers = load_help()
    order = [topic.id for topic in answers.topics]
    places = [order.index(entry.topic) for entry in answers.entries]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('topic = "cost"', 'topic = "love"', "unknown topic"),
        (', en = "How much?"', "", "`en`"),
        ('id = "one"', 'id = "one"\ncolour = "red"', "colour"),
        ("[[entry]]", "[[entri]]", "unknown key"),
        ("[[entry]]", "[[entry", "Expected"),
    ],
)
def test_broken_help_is_refused(old: str, new: str, reason: str) -> None:
    with pytest.raises(HelpFault) as caught:
        read_help({"a.toml": TOPIC.encode(), "b.toml": ENTRY.replace(old, new).encode()})
    assert reason in str(caught.value.params["reason"])


def test_an_answer_that_stands_twice_is_refused() -> None:
    with pytest.raises(HelpFault):
        read_help({"a.toml": TOPIC.encode(), "b.toml": (ENTRY + ENTRY).encode()})
