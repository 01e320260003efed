"""Postal addresses, from the house to the town; the postcode is its own."""

from __future__ import annotations

import pytest

from detectors import addresses
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "She lives at {{ADDRESS|3/2, 102 Church Street, Leeds}} with her mother",
        "lives at {{ADDRESS|Ashgrove Care Home, Church Street, Leeds}}",
        "lives at {{ADDRESS|Room 37, St Anne's Residential Home, 148 Church Street, Leeds}}",
        "lives at {{ADDRESS|Plot 19, Sandy Bank Caravan Park, Church Street, Leeds}}",
        "lives at {{ADDRESS|Apt 51, Cotton Wharf, Church Gardens, Leeds}}",
        "{{ADDRESS|12 High Street, Leeds}} LS1 4AB",
        "{{ADDRESS|12 High Street}} is closed",
        "{{ADDRESS|Flat 2, 14 Beech Grove}}\nLS6 2QP",
        "Mrs Doe of {{ADDRESS|Oak House, 3 Park Road, Bath}} BA1 2AB",
        "{{ADDRESS|Plot 19, 3 Park Road, Bath}} BA1 2AB",
        "{{ADDRESS|Rose Cottage, Church Lane, Little Wenlock}} TF6 5AA",
        "Return to {{ADDRESS|Queen Alexandra Infirmary, Bramble Close, Halifax}}, HX3 6RZ",
        "born at {{ADDRESS|Northmoor General Hospital Cromwell Avenue Gloucester}}, GL4 4FQ",
        "staying at {{ADDRESS|St Mary's Almshouses, Quarry Grove, Hereford}} HR1 8UU",
        "now at {{ADDRESS|Oakwood Grange Foundry Street Salisbury}}, SP2 6DG",
        "{{ADDRESS|22B Baker's Row\nClerkenwell\nLondon}}\nEC1R 3DB",
        "{{ADDRESS|4 maple close, stockport}} sk4 2hd",
        "{{ADDRESS|15 KINGSWAY, HOVE}} BN3 2WW",
        "{{ADDRESS|3 The Crescent, York}}",
        "{{ADDRESS|7 MILL LANE^^YORK}}^^YO1 7AB",
        "{{ADDRESS|1-3 Castle Street, Norwich, Norfolk}} NR1 3DD",
        "{{ADDRESS|Oak House, 3 Park Road, Bath}} BA1 2AB",
        "Funeral at {{ADDRESS|Oakfield Road, Dorchester}}\nDT1 4YL",
    ],
)
def test_an_address_runs_from_the_house_to_the_town(marked: str) -> None:
    """Numbers, flats and named houses begin an address; town, county or postcode end it."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(addresses.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "3 patients on the road",
        "12 March 2024",
        "20 mg twice a day",
        "2 weeks in the way of",
        "High Street",
        "LS1 4AB",
        "14 days",
        "5 GPs in practice",
        "3 close contacts",
        "I have 2 nurses on the road",
        "page 12, Close the file",
        "10 Green bins",
        "0.12 High Street",
        "at 8:10, George Hill wrote",
        "1 in the lane",
        "Jo Bloggs 072 yard end",
        "referred to the General Hospital Manor Road site",
        "seen at St James Hospital, Ward 4",
    ],
)
def test_numbers_before_other_words_are_no_addresses(text: str) -> None:
    """Counts, rooms and prose are left alone."""
    assert list(addresses.find(text)) == []
