"""Whose name it is."""

from __future__ import annotations

import pytest

from detectors.findings import Finding
from detectors.roles import Role, role_of
from tests.detectors.marked import unmark


@pytest.mark.parametrize(
    ("role", "marked"),
    [
        (Role.PATIENT, "Patient: {{PERSON|Jane Doe}}"),
        (Role.PATIENT, "pt {{PERSON|Jane Doe}} rang"),
        (Role.SPOKEN_OF, "{{PERSON|Jane Doe}}, aged 54, is housebound"),
        (Role.SPOKEN_OF, "{{PERSON|Jane Doe}}'s blood results"),
        (Role.PATIENT, "bloods back for {{PERSON|Jane Doe}}"),
        (Role.SPOKEN_OF, "Mrs {{PERSON|Doe}} is asking for more"),
        (Role.PATIENT, "my mother {{PERSON|Jane Doe}}"),
        (Role.PATIENT, "Dear Mrs {{PERSON|Doe}},\n\nYour blood test results are back."),
        (Role.PATIENT, "83F, {{PERSON|Hilda Doe}}"),
        (Role.PATIENT, "Applicant to insurer: {{PERSON|Jane Doe}}, patient at Mill Road Surgery"),
        (Role.PATIENT, "Dear Miss {{PERSON|Doe}}\n\nYour hernia repair is booked for Friday."),
        (Role.HEADED, "Re: {{PERSON|Jane Doe}}"),
        (Role.HEADED, "Name: {{PERSON|Jane Doe}}"),
        (Role.HEADED, "Re: {{PERSON|Jane Doe}}\nFrom: Ward 4"),
        (Role.PATIENT, "Patient: {{PERSON|Jane Doe}}\n--------\nDiagnosis: asthma"),
        (Role.UNKNOWN, "{{PERSON|Jane Doe}} saw the nurse"),
        (Role.UNKNOWN, "{{PERSON|Jane Doe}} rang the practice manager"),
        (Role.UNKNOWN, "{{PERSON|Jane Doe}}, nurse appointment on Friday"),
        (Role.HEADED, "a letter about {{PERSON|Jane Doe}} in it"),
        (Role.STAFF, "No pulses felt.\n{{PERSON|Jane Doe}}\nPodiatrist, Bridge Street"),
        (Role.STAFF, "{{PERSON|Jane Doe}} from IT"),
        (Role.STAFF, "{{PERSON|Jane Doe}}, our new neighbourhood lead"),
        (Role.STAFF, "See you there\n{{PERSON|Jane Doe}}\n\nOn 3 May 2026 John Roe wrote:"),
        (Role.PATIENT, "My own prescription is late.\nRegards\n{{PERSON|Jane Doe}}"),
        (Role.STAFF, "My notes of the meeting are attached.\nRegards\n{{PERSON|Jane Doe}}"),
        (Role.STAFF, "Dr {{PERSON|Jane Doe}} was seen"),
        (Role.STAFF, "Kind regards\n\n{{PERSON|Jane Doe}}"),
        (Role.STAFF, "From: {{PERSON|Jane Doe}}"),
        (Role.STAFF, "{{PERSON|Jane Doe}}, Practice Manager"),
        (Role.STAFF, "{{PERSON|Jane Doe}}\nLead Pharmacist"),
        (Role.STAFF, "{{PERSON|Jane Doe}} <jane@practice.example>"),
        (Role.STAFF, "Present: {{PERSON|Jane Doe}}"),
        (Role.STAFF, "{{PERSON|Jane Doe}} MBBS, GMC 7012345"),
        (Role.STAFF, "{{PERSON|Jane Doe}}\nRGN\nNMC PIN: 12A3456E"),
        (Role.UNKNOWN, "applicant {{PERSON|Jane Doe}}"),
        (Role.UNKNOWN, "{{PERSON|Jane Doe}}"),
        (Role.ADDRESSED, "Hi {{PERSON|Jane}}, thank you for coming so quickly to Ward 7"),
        (Role.ADDRESSED, "Hi {{PERSON|Jane}}, the protocol is attached"),
        (Role.UNKNOWN, "{{PERSON|Jane}} ran the search"),
        (Role.ADDRESSED, "Dear Mr {{PERSON|Doe}}, we invite you to an interview"),
        (Role.ADDRESSED, "Dear Miss {{PERSON|Doe}}, the van is booked by others"),
        (Role.UNKNOWN, "{{PERSON|Jane Doe}} wrote to the GMC on 12/03/2026"),
        (Role.UNKNOWN, "thank Mrs {{PERSON|Doe}} for the donation"),
    ],
)
def test_the_words_around_a_name_say_whose_it_is(role: Role, marked: str) -> None:
    """Titles, labels, sign-offs, jobs and what is said of a person tell patients from staff."""
    text, (span,) = unmark(marked)
    assert role_of(text, Finding("PERSON", span.start, span.end, 0.9, "")) is role
