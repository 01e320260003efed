"""How mail is cut into tokens, and what the pipeline sees of each: a spaCy language named "postern".

spaCy's English tokens keep `KHAN^FATIMA`, `Khan_Fatima.pdf` and `name=Fatima` whole, so no name in
them could be a span. Here every run of letters and digits is a token, and every other character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from spacy.attrs import PREFIX, SUFFIX  # type: ignore[import-not-found]  # compiled, without stubs
from spacy.language import BaseDefaults, Language
from spacy.tokens import Doc
from spacy.util import load_config_from_str, registry
from spacy.vocab import Vocab

# Linear in the length of the text: the only gap is bounded, the only repeat before a lookahead possessive.
TOKEN = re.compile(
    r"""
    [\w.+-]{1,64}@\w[\w.-]*\w       # an e-mail address: the name in it is no span
    | [A-Z]?[a-z]++(?=[A-Z][a-z])   # Fatima|Khan
    | [^\W_]+                       # a word, a number, both
    | \s+
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


class MailTokenizer:
    """Cuts text into tokens; has no state, so there is nothing to save or load."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        for token in TOKEN.findall(text):
            word = token
            if token[0] == " " and words:
                spaces[-1] = True
                word = token[1:]
            if word:
                words.append(word)
                spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> MailTokenizer:
        return self

    def to_disk(self, _path: object, **_: Any) -> None:
        return

    def from_disk(self, _path: object, **_: Any) -> MailTokenizer:
        return self


def mail_tokenizer() -> Callable[[Language], MailTokenizer]:
    """The factory that CONFIG names."""
    return lambda nlp: MailTokenizer(nlp.vocab)


registry.tokenizers.register("postern.MailTokenizer.v1", func=mail_tokenizer)


def beginning(word: str) -> str:
    """The first three letters, in lower case: spaCy's own PREFIX is one letter."""
    return word[:3].lower()


def ending(word: str) -> str:
    """The last four letters, in lower case: -itis, -pril, -ovic, -ting."""
    return word[-4:].lower()


CONFIG = """
[nlp]
tokenizer = {"@tokenizers": "postern.MailTokenizer.v1"}
"""
ATTRIBUTES = {**BaseDefaults.lex_attr_getters, PREFIX: beginning, SUFFIX: ending}


class MailDefaults(BaseDefaults):
    config = load_config_from_str(CONFIG)
    lex_attr_getters = ATTRIBUTES


@registry.languages("postern")
class MailLanguage(Language):  # type: ignore[no-untyped-call]  # spaCy's __init_subclass__ has no types
    """English as it stands in mail, tables and file names."""

    lang = "postern"
    Defaults = MailDefaults
