"""Office prose: what a practice writes about when it does not write about patients.

Every sentence is filled in anew, so that no two messages are alike, and nothing in
it is a reason to hold a message.
"""

from __future__ import annotations

from random import Random

_SENTENCES = (
    "The {meeting} has moved to {room} on {day} at {time}; please let {team} know if you cannot come.",
    "We have ordered {count} boxes of {item} from {supplier}, to be delivered on {day}.",
    "{team} asked whether the {thing} can be looked at before {day}, as it failed again this morning.",
    "The quotation from {supplier} comes to £{price} excluding VAT, valid until the end of {month}.",
    "Please remember to book your {training} before the end of {month}; {count} places are left.",
    "The minutes of the {meeting} are attached, with {count} actions carried over from {month}.",
    "Our {thing} will be serviced on {day} between {time} and {time}, so plan around it if you can.",
    "{team} would like to thank everyone who helped with the {event}, which raised £{price}.",
    "There is a new version of the {document} on the shared drive; the old one should be recycled.",
    "Could somebody from {team} order more {item}? We are down to the last {count}.",
    "The invoice for {item} was paid on {day} under order {order}, and {supplier} has confirmed it.",
    "From {month} the front desk opens at {time}, and the telephone lines half an hour earlier.",
    "The fire alarm is tested every {day} at {time}; nobody needs to leave the building.",
    "I have added {count} lines to the {document} so that {team} can see what was agreed.",
    "Parking will be tight while {supplier} resurfaces the car park, so share lifts in {month}.",
    "The {thing} in {room} has been replaced under guarantee at no cost to the practice.",
    "Annual leave for {month} should be in the rota by {day}; so far there are {count} requests.",
    "The cleaners have asked that {room} be left clear on {day} from {time} onwards.",
    "We spent £{price} on {item} this quarter, {count} per cent less than in the one before.",
    "{supplier} will send an engineer on {day}; the key to the plant room is with {team}.",
    "Please read the {document} before the {meeting} and bring your questions along.",
    "The newsletter for {month} is ready to print, apart from the page about the {event}.",
    "The software update finished at {time}, and the {thing} has been quick again since.",
    "We are short of volunteers for the {event}; two hours on {day} would make all the difference.",
)
_WORDS = {
    "meeting": [
        "partners' meeting",
        "staff meeting",
        "premises meeting",
        "budget review",
        "planning afternoon",
    ],
    "room": ["the seminar room", "room 4", "the library", "the upstairs office", "the small meeting room"],
    "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
    "time": ["8.15", "9.30", "10.00", "11.45", "13.30", "15.00", "16.15", "17.30"],
    "team": ["reception", "the secretaries", "finance", "the rota team", "facilities", "the managers"],
    "item": [
        "printer paper",
        "hand towels",
        "toner",
        "envelopes",
        "light bulbs",
        "batteries",
        "folders",
        "bin liners",
    ],
    "supplier": ["Harbour Office Supplies", "Northgate Printing", "Willow Facilities", "Meridian Telecoms"],
    "thing": [
        "photocopier",
        "boiler",
        "lift",
        "telephone system",
        "label printer",
        "alarm panel",
        "dishwasher",
    ],
    "month": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "September",
        "October",
        "November",
    ],
    "training": ["fire safety training", "manual handling course", "display screen assessment"],
    "event": ["cake sale", "summer fair", "sponsored walk", "quiz night", "open day"],
    "document": ["business plan", "cleaning schedule", "floor plan", "asset register", "induction pack"],
}
_GREETINGS = ("Dear all,", "Hello everyone,", "Good morning,", "Hi both,", "Dear colleagues,")
_SIGNATURE = "Kind regards,\nThe practice office\nPractice Example, 1 High Street\nTel. 020 7946 0{number}"


def sentence(random: Random) -> str:
    values = {word: random.choice(choices) for word, choices in _WORDS.items()}
    values["count"] = str(random.randrange(2, 60))
    values["price"] = f"{random.randrange(20, 4000)}.{random.randrange(100):02}"
    values["order"] = f"PO-{random.randrange(1000, 10000)}"
    text = random.choice(_SENTENCES).format_map(values)
    return text[0].upper() + text[1:]


def paragraph(random: Random) -> str:
    return " ".join(sentence(random) for _ in range(random.randrange(2, 6)))


def paragraphs(random: Random, chars: int) -> list[str]:
    """Paragraphs of `chars` characters or a few more in all."""
    found: list[str] = []
    while chars > 0:
        found.append(paragraph(random))
        chars -= len(found[-1])
    return found


def subject(random: Random) -> str:
    topic = random.choice(_WORDS["meeting"] + _WORDS["document"] + _WORDS["event"])
    return f"{topic[0].upper()}{topic[1:]}, {random.choice(_WORDS['month'])}"


def greeting(random: Random) -> str:
    return random.choice(_GREETINGS)


def signature(random: Random) -> str:
    return _SIGNATURE.format(number=random.randrange(100, 1000))


def stock_line(random: Random) -> tuple[str, str, str, int, float]:
    """One line of a stock list: item, supplier, order, number of boxes, pounds."""
    return (
        random.choice(_WORDS["item"]),
        random.choice(_WORDS["supplier"]),
        f"PO-{random.randrange(1000, 10000)}",
        random.randrange(1, 60),
        random.randrange(2_00, 400_00) / 100,
    )
