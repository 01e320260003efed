"""Sort codes with account numbers, and IBANs."""

from __future__ import annotations

import pytest

from detectors import bank_accounts
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "Reimburse to {{UK_BANK_ACCOUNT|82-62-73}} {{UK_BANK_ACCOUNT|35 93 4897}}.",
        "sort {{UK_BANK_ACCOUNT|30-68-89}}\nacct {{UK_BANK_ACCOUNT|6521 44 64}}",
        "Sort code {{UK_BANK_ACCOUNT|10-79-99}} account {{UK_BANK_ACCOUNT|88837491}}",
        "s/c {{UK_BANK_ACCOUNT|107999}} a/c {{UK_BANK_ACCOUNT|88837491}}",
        "pay {{UK_BANK_ACCOUNT|10-79-99}} {{UK_BANK_ACCOUNT|88837491}}",
        "refund to SC{{UK_BANK_ACCOUNT|10-79-99}} ACC{{UK_BANK_ACCOUNT|88837491}}",
        "paid to s.c. {{UK_BANK_ACCOUNT|11/04/26}} acc. {{UK_BANK_ACCOUNT|88837491}}",
        "Sort code (6 digits): {{UK_BANK_ACCOUNT|107999}} Account (8 digits): {{UK_BANK_ACCOUNT|88837491}}",
        "Sort code: {{UK_BANK_ACCOUNT|1 0 - 7 9 - 9 9}}\nAccount no: {{UK_BANK_ACCOUNT|88837491}}",
        (
            "A/c {{UK_BANK_ACCOUNT|88837491}} Sort {{UK_BANK_ACCOUNT|107999}}\n"
            "A/c {{UK_BANK_ACCOUNT|88837483}} Sort {{UK_BANK_ACCOUNT|107998}}"
        ),
        "account no: {{UK_BANK_ACCOUNT|88837491}}\nsort code: {{UK_BANK_ACCOUNT|10 79 99}}",
        "Sort code: {{UK_BANK_ACCOUNT|10.79.99}}, Acc: {{UK_BANK_ACCOUNT|8883 7491}}",
        "sort code {{UK_BANK_ACCOUNT|10-11-12}} account {{UK_BANK_ACCOUNT|88837491}}",
        "refund by bank transfer: {{UK_BANK_ACCOUNT|08-99-99}} / {{UK_BANK_ACCOUNT|66374958}}",
        "Payee,Sort Code,Account Number\nDoe,{{UK_BANK_ACCOUNT|107999}},{{UK_BANK_ACCOUNT|88837491}}",
        "Sort code;A/C no\n{{UK_BANK_ACCOUNT|08-99-99}};{{UK_BANK_ACCOUNT|6637 4958}}",
        "refund the hire please {{UK_BANK_ACCOUNT|405618}} / {{UK_BANK_ACCOUNT|3820 3896}} acct name Doe",
        "a/c {{UK_BANK_ACCOUNT|88837491}}, s/c {{UK_BANK_ACCOUNT|10-79-99}}. Service user number 415532",
        "09.08.26\nRefund to sort code {{UK_BANK_ACCOUNT|60-44-67}} account {{UK_BANK_ACCOUNT|88837491}}",
        "{{UK_BANK_ACCOUNT|10-79-99}} {{UK_BANK_ACCOUNT|88837491}} as discussed",
        "Sure, {{UK_BANK_ACCOUNT|10-79-99}}\n> {{UK_BANK_ACCOUNT|88 837 491}}",
        "HSBC {{UK_BANK_ACCOUNT|10-11-12}} then {{UK_BANK_ACCOUNT|88837491}}",
        "my bank is {{UK_BANK_ACCOUNT|10 79 99}} {{UK_BANK_ACCOUNT|88 837 491}} for the mileage",
        "not the main account, that is {{UK_BANK_ACCOUNT|10.79.99}} and {{UK_BANK_ACCOUNT|8883 7491}}",
        "a/c name Doe Estates, {{UK_BANK_ACCOUNT|107999}}, number {{UK_BANK_ACCOUNT|88837491}}",
        "New details {{UK_BANK_ACCOUNT|10-11-12}} {{UK_BANK_ACCOUNT|8883 7491}}",
        "refund the hire please\n> {{UK_BANK_ACCOUNT|16-04-71}} / {{UK_BANK_ACCOUNT|88837491}} acct name Doe",
        "£4,193.41 to Orchid Locums Ltd, {{UK_BANK_ACCOUNT|11 10 25}}/{{UK_BANK_ACCOUNT|6051 7690}}, ref 15",
        "srot code {{UK_BANK_ACCOUNT|10-79-99}} acount {{UK_BANK_ACCOUNT|88837491}}",
        "refund by BACS\nCR {{UK_BANK_ACCOUNT|20-41-40}} {{UK_BANK_ACCOUNT|12345679}} £45.00",
        "journal sort code {{UK_BANK_ACCOUNT|20-41-40}} account {{UK_BANK_ACCOUNT|12345679}}",
    ],
)
def test_a_sort_code_with_its_account_is_found(marked: str) -> None:
    """A sort code and an account number with banking words around are found, one span each."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(bank_accounts.find(text))) == []


def test_what_could_be_dates_are_codes_in_a_list_of_pairs() -> None:
    """A pair that is written as another is one, too, be its sort code a date or not."""
    text = "10-79-99  88837491  DOE\n10-11-12  66374958  ROE\n"
    assert [text[one.start : one.end] for one in bank_accounts.find(text)] == [
        *("10-79-99", "88837491"),
        *("10-11-12", "66374958"),
    ]
    assert list(bank_accounts.find("10-11-12  66374958  ROE\n")) == []


@pytest.mark.parametrize(
    "text",
    [
        "clinic dates 10-12-26, 11-12-26, list 88837491",
        "sort code 10-79-99",
        "account number 88837491",
        "call 10-79-99 88837491",
        "Contact Ann Roe +44 1942 987496. Account 47369769.",
        "Ann Roe, Accounts, 0044 1752 758276",
        "dressings to Ann Roe, 01803-578929. Acc 68353239.",
        "10/22/06 20061022 in the log",
        "30-11-06 88837491",
        "pay by 10-12-26, invoice 88837491",
        "build 10.79.99 of 88837491",
        "paid 12-11-25, receipt 66374958",
        "Tel 107999 ext 88837491",
        "dates 01-02-03 and 04-05-06, order 12345678",
        "sort code 00-00-00 account number 00000000",
        "for example sort code 12-34-56, account 12345678",
        "Version 10-79-99, serial 88837491",
        "payment ref 107999 88837491 00",
        "sort the 10-79-99 files",
        "Item,Code,Number\nGloves,107999,88837491",
        "commit 3a8ebdd6a418461ac57994676f27",
        "refund 10-12-26 / 88837491",
    ],
)
def test_other_six_and_eight_digit_numbers_are_left_alone(text: str) -> None:
    """Dates, invoices and lone halves of a pair are no bank details."""
    assert list(bank_accounts.find(text)) == []


@pytest.mark.parametrize(
    "marked",
    [
        "{{IBAN|GB82 WEST 1234 5698 7654 32}}",
        "IBAN: {{IBAN|GB60BARC20000055779911}}.",
        "iban {{IBAN|de89 3704 0044 0532 0130 00}} please",
        "{{IBAN|IE29-AIBK-9311-5212-3456-78}}",
        "{{IBAN|GB60 BARC 2000\n0055 7799 11}} and then",
    ],
)
def test_an_iban_proves_itself(marked: str) -> None:
    """An account number with its country's length and check digits is found in any grouping."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(bank_accounts.find_ibans(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "GB82 WEST 1234 5698 7654 33",
        "GB82 WEST 1234 5698 7654",
        "XX82 WEST 1234 5698 7654 32",
        "VAT GB123456782",
        "GB82",
        "AB12 CDE next week",
        "IBAN: GBkk BBBB SSSS SSCC CCCC CC",
    ],
)
def test_what_fails_its_country_s_rules_is_no_iban(text: str) -> None:
    """A wrong check digit, length or country is not found."""
    assert list(bank_accounts.find_ibans(text)) == []


@pytest.mark.parametrize(
    ("text", "exists", "accounts"),
    [
        ("please pay 20-29-59 63748472 today", True, 2),
        ("please pay 20-29-59 63748472 today", False, 0),
        ("sort code 20-29-59 account 63748472", False, 2),
    ],
)
def test_the_modulus_check_judges_what_no_label_names(text: str, exists: bool, accounts: int) -> None:
    """A pair that cannot be an account is none, unless somebody calls it one."""
    assert len(list(bank_accounts.find(text, lambda code, account: exists))) == accounts


@pytest.mark.parametrize(
    "text",
    [
        "Cost centre 11-24-71 / 28336013. Signed for by Ann Roe",
        "cost code: 12-40-46 52112131",
    ],
)
def test_cost_centres_are_not_even_asked_about(text: str) -> None:
    """What finance teams book by is written as sort codes and accounts are."""
    assert list(bank_accounts.possible(text)) == []
    assert list(bank_accounts.find(text)) == []


def test_figures_within_a_code_are_no_account() -> None:
    """As in what programs number mail by."""
    assert list(bank_accounts.possible("<00004c614748$00005132$000063db@mail.example>")) == []
    assert len(list(bank_accounts.possible("614748 / 00005132"))) == 1
