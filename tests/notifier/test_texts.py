from string import Formatter

import pytest

from notifier.buttons import MEDIA, Verb
from notifier.texts import TEXTS, language, say, word
from pipeline.posts import View
from store.states import Role, Status


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    indonesian, english = TEXTS["id"], TEXTS["en"]
    assert indonesian.keys() == english.keys()
    assert {key: placeholders(text) for key, text in indonesian.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_verb_role_status_and_medium_has_words(lang: str) -> None:
    texts = TEXTS[language(lang)]
    verbs = set(Verb) - {Verb.MEDIUM}
    wanted = {f"button.{verb}" for verb in verbs}
    wanted |= {f"role.{role}" for role in Role} | {f"status.{status}" for status in Status}
    wanted |= {f"medium.{medium}" for medium in MEDIA}
    assert wanted <= texts.keys()


def test_a_role_is_put_into_words_and_an_unknown_slug_stays() -> None:
    assert say("id", "reply.waits", role="head") == "Menunggu persetujuan kepala Puskesmas."
    assert word("id", "channel", "facebook") == "facebook"


def test_nothing_says_terkirim_but_the_button_that_a_person_presses() -> None:
    # Accepted, delivered and read are different words; «terkirim» blurs them.
    saying = {key for key, text in TEXTS["id"].items() if "terkirim" in text}
    assert saying == {"button.sent"}


def test_every_view_is_drawn() -> None:
    from notifier.cards import _VIEWS

    assert set(_VIEWS) == set(View)
