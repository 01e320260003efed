"""Hospital and other local patient numbers: no national format, so the label decides.

NHS Data Dictionary, LOCAL PATIENT IDENTIFIER: ten characters, twenty in the extended form.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from detectors import clinical
from detectors.findings import Finding
from detectors.lexicons import any_of
from detectors.names import Kind, kind_of
from detectors.tables import Span, cells, is_within, tables

_NUMBER_WORD = (
    r"(?:(?:ref(?:erence)?[ ._-]{0,2})?n(?:o|um|umb|r|[a-z]{2,6}r)?s?\.?(?![a-z])|id(?![a-z])|identifier|"
    r"ref(?:erence)?(?![a-z])|#)"
)
_SYSTEMS_ALONE = (
    "emis|systm ?one|rio|ipm|careflow|carenotes|pcmis|iaptus|audit ?base|trakcare|wccis|swiftcare|"
    "excelicare|crosscare|chemocare|mosaiq|compucare|vitaldata|meddbase|heydoc"
)
"""Records systems of the NHS that are labels by themselves: a number behind them is nearly always one."""
_SYSTEMS = (
    "s1|epic|cerner|millennium|meditech|camis|silverlink|adastra|liquidlogic|lorenzo|badger(?:net)?|euroking|"
    "medisoft|medisight|openeyes|nebula|nervecentre|trak|wpas|soe|dentally|semble"
)
"""Others, whose names are names of people and things, too: "id" or "number" has to follow."""
SYSTEMS = f"{_SYSTEMS_ALONE.replace(' ?', '')}|systm|audit|{_SYSTEMS}"
"""One word of each, the first of "SystmOne" and "AuditBase" as they may be written, too."""
LABEL = (
    r"(?<![a-z])(?:(?:hosp?(?:ital|itial|tial|itl)?|hopsital|pas|case[ _-]?notes?|local (?:patient )?|"
    r"district|medical record|health record|patient(?:'s)?(?: hospital| record)?|pt|unit(?! ?#)|"
    r"chart|rio|epr|episode|spell|wristband|(?<!release[ \n-])(?<!delivery[ \n-])notes|clinic)[ ._\n-]{0,2}"
    rf"{_NUMBER_WORD}|hosp(?:ital)?\.? id(?: if admitted)?|(?:facility )?pt nbr|trust id|"
    r"(?:ed|a&e) (?:no\.?|number)|(?:practice|surgery) (?:no\b\.?|ref(?![a-z]))|"
    r"m\.?r\.?n\.?(?:[ ._-]{0,2}(?:no|number))?\.?|mr(?:[ _-]?(?:no\.?|number|#))|(?<!police[ \n])crn|"
    r"rxr|lpi|hospno|wristband|[hu]/n(?:o|um)?\.?|"
    rf"(?:{_SYSTEMS_ALONE})(?: {_NUMBER_WORD})?|(?:{_SYSTEMS}) (?:patient )?(?:id|no\.?|number)|"
    r"rhif (?:ysbyty|claf))"
)
_GAP = (
    r"[ \t]{0,3}(?:\s?\([^()\n]{0,20}\))?(?:[\s:=#.|,\"'>/-]{0,8}|[ ]?\.{3,40}[ ]?)"
    r"(?:(?:[a-z]{2,9} ){0,4}(?:is|was)\b[\s:]{0,3})?"
    r"(?:\?[ ]?\n[A-Za-z' -]{2,25}:[ ])?"
)
"""Between a label and its number: "is", or the next line of a chat."""
_BETWEEN = " \t\n:=#.|,\"'>/-"
"""What may stand between a label, which ends with a letter, and its number."""
_LABEL_BEFORE = re.compile(rf"{LABEL}{_GAP}$", re.IGNORECASE)
_DIGITS = re.compile(
    r"[0-9](?:(?<![0-9] .)[0-9]{2,3} [0-9]{3,4}[A-Z]?(?![^\W_]|[ /.-][0-9])|"
    r"(?<![0-9] .)[0-9](?: [0-9]{2}){2}(?![^\W_]|[ /.-][0-9])|"
    r"(?<![0-9][ .].)[0-9](?:\.[0-9]{2}){2}(?![^\W_]|[ /.-][0-9])|"
    r"(?<![0-9].)(?:[0-9]{4}\.[0-9]|\.[0-9]{6})(?![^\W_]|[ /.-][0-9])|"
    r"(?<![0-9.£$€].)[0-9]\.[0-9]{4}(?![^\W_]|[ /.%-][0-9]|%)|"
    r"(?<![A-Za-z0-9].)[0-9]{1,3}[A-Z][0-9]{3,6}(?![^\W_]|[/.-][0-9])|"
    r"(?<=[A-Z].)[0-9]{2}\.[0-9]{3}(?![^\W_]|[/.-][0-9])|"
    r"(?:[/-]?[0-9]|[/-]\n(?=[0-9]{4})[0-9]){3,11}"
    r"(?:[ /-]?(?!I(?![A-Z]))[A-Z]{1,2}(?![A-Za-z'])|[a-z](?![A-Za-z]))?"
    r"(?![^\W_]|/(?![a-z]{3})|[.-][0-9]))"
)
_LETTERS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?!(?i:hosp|tel |mob |code))[A-Za-z]{1,4}[ /-]?|R[A-Z0-9][0-9] |R[0-9][A-Z])\Z"
)
"""Before the digits: a hospital's letters, or its trust's code (NHS Data Dictionary, ORGANISATION CODE)."""
_DICTATED = re.compile(r"(?<![a-z])ref(?:erence)?[.:]{0,2}[ \t]{0,4}(?:[a-z]{2,3}/){2}$", re.IGNORECASE)
_SHORTEST_DICTATED = 6
"""Characters of a number in such a reference; practices and solicitors count their letters, too."""
_MONTH_AND_YEAR = re.compile(
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[ -]?(?:19|20)[0-9]{2}", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DOTTED_DAY = re.compile(r"(?:0[1-9]|[12][0-9]|3[01])\.(?:0[1-9]|1[0-2])\.[0-9]{2}")
_TELEPHONE = re.compile(
    r"0[1-9][0-9]{1,3}[ -][0-9]{3,4}[ -][0-9]{3,4}(?![0-9])|0[1-9][0-9]{3}[ -][0-9]{6}(?![0-9])"
)
_HEADING = re.compile(LABEL, re.IGNORECASE)
_HOSP = re.compile(r"(?<![A-Za-z])(?:[Hh]osp|HOSP|PAS|CRN)\.?[ :|]{1,16}$")
_NOTES = re.compile(
    r"(?<![a-z])(?:(?:notes|casenotes|x-?rays) (?:for|of)|casenotes?:?|"
    r"(?:hosp(?:ital)?|patient|pt) (?:record|file|notes):?) $",
    re.IGNORECASE,
)
_MESSAGE_HEADER = re.compile(r"(?:^|\n)MSH\|[^\n]*$")
"""Of HL7: it names systems, and nobody."""
_ID = re.compile(r"(?<![A-Za-z])(?:ID|Id)[: ]{1,3}$")
_PATIENT_BEFORE = re.compile(r"(?<![a-z])(?:pt|patient)(?: name)?[: ]{1,2}[^\n\d]{4,40}$", re.IGNORECASE)
_BORN_AFTER = re.compile(r"[ \t,;|]{1,6}(?:d\.?o\.?b|born|date of birth)(?![a-z])", re.IGNORECASE)
_SENDER = re.compile(r"(?:hospital|infirmary)[.,]? (?:your )?ref(?:erence)?[.: ]{1,3}$", re.IGNORECASE)
"""Before the reference of a hospital that writes to somebody."""
_MERGED = re.compile(
    r"registered twice:? $|(?<![a-z])merge (?:request )?(?:keep )?$|[0-9] lose $|\((?:correct|keep)\) and $",
    re.IGNORECASE,
)
_ONE_OF_TWO = re.compile(
    r"exists? twice[:,]? $|(?<![a-z])(?:keep|lose): $|"
    r"same (?:man|woman|lady|person|patient|baby|child):?\s{1,3}$|"
    r"merged? (?:[A-Za-z0-9/-]{5,12} ?(?:->|→|into|with|and|to) ?)?$",
    re.IGNORECASE,
)
"""The same, where records of patients are spoken of."""
_OF_RECORDS = re.compile(
    r"(?<![a-z])(?:pas|pmi|epr|records?|duplicates?|hosp(?:ital)?|mrns?|casenotes?|d\.?o\.?b|nhs|pacs)(?![a-z])",
    re.IGNORECASE,
)
"""Around two records that are one."""
_THEM = "(?:him|her|them|mum|dad|baby|the patient)"
_KNOWN_AS = re.compile(
    rf"(?<![a-z])(?:(?:find|look|search|hold|know) {_THEM}(?: up)?(?: here)? (?:as|under|by)|"
    rf"(?:attends|attended|knows|has|have|shows?) {_THEM} as|"
    r"on (?:ours|(?:our|your|the) (?:books|system|records)) as|filed(?: here| with (?:us|you))? (?:as|under)|"
    r"(?:registered|recorded|held|stored) (?:here|with (?:us|you)) (?:as|under)|"
    r"(?:yr|your|our|the) system(?: already)? - see|(?:put|logged|recorded|booked) (?:on |in )?against|"
    r"transport for|demographics (?:on|for)|looking after|on it (?:she's|he's|i'm|it says)|"
    r"numbers? on (?:the|our|your|my|his|her) (?:[a-z-]{2,12} ){1,3}(?:we (?:hold|have) )?(?:is|are)|"
    r"top of (?:my|the|your|her|his) letters? (?:has|says|is|reads)|"
    r"(?:sticker|label|wristband|tube|request form)[a-z ]{0,16}(?:says?|saying|reads?|has|shows?| =|:)|"
    r"(?:on|says) (?:the )?(?:form|tube|label|card|sticker|wristband|request):?)"
    r"[ \n][\"']?(?:[A-Z][A-Z'-]+ )?$",
    re.IGNORECASE,
)
"""Before what a record is found by, or what is written on a sample, a label or a letter."""
_COUNTED = re.compile(
    r"[ ]?(?:patients?|people|residents|members|staff|children|households|beds|miles|of|over|pounds|doses|"
    r"leaflets|appointments|visitors|sessions|births|hours|jobs|rows)(?![a-z])"
)
"""Behind what is no number of anybody's, but how many they are."""
_GOODS = re.compile(
    r"(?<![a-z])(?:orders?|po|purchase|catalogue|price list|ledger|assets?|invoices?|companies house|charity|"
    r"stock|pat test(?:ed)?|serial|supplier)(?![a-z])",
    re.IGNORECASE,
)
"""Around the number of what is bought."""
_ON_SYSTEM = re.compile(
    r"[,)]? (?:on (?:our|your|the|their|this) (?:system|side|books|records?|database|pas|epr)|"
    r"on (?:ours|yours)|"
    r"with (?:you|us|the (?:[a-z]+ )?(?:hospital|clinic|practice|surgery))|on (?:emis|systm ?one|s1|rio|pas)|"
    r"\((?:the )?(?:number on (?:your|my|the) [a-z -]{4,30}|on (?:our|your) (?:system|side|books)))(?![a-z])",
    re.IGNORECASE,
)
"""Behind what somebody is on a system, and before it."""
_IT_IS = re.compile(
    r"(?<![a-z])(?:is|it'?s|he'?s|she'?s|that'?s|as|under|number|no\.?|and|quoting) $", re.IGNORECASE
)
_OUR_REFERENCE = re.compile(r"(?<![a-z])our ref(?:erence)?\.?:? {1,3}$", re.IGNORECASE)
_ABOUT_PATIENT = re.compile(r"(?<![a-z])(?:d\.?o\.?b|date of birth|nhs|chi)(?![a-z])", re.IGNORECASE)
_SEEN = re.compile(
    r"\s{1,4}(?:dear [^\n]{2,40}\n\s{0,4})?(?:thank you for (?:coming|attending)|i (?:reviewed|saw)|"
    r"it was (?:good|nice|lovely|a pleasure) to (?:see|meet) you)(?![a-z])",
    re.IGNORECASE,
)
"""How letters begin that go to who was in the clinic."""
_LISTED = re.compile(
    r"(?:^|\n)[ \t>]{0,4}(?:[0-9]{1,3}[.)]?[ \t|,;]{1,4}|[0-9]{1,2}[:.][0-9]{2}(?: ?[ap]m)?[ \t|,;-]{1,4})?$"
)
_SURNAME_AFTER = re.compile(
    r"[ \t|,;]{1,4}(?P<last>(?:[A-Z][A-Za-z]{1,3} )?[A-Za-z'-]{2,25}), ?(?P<first>[A-Za-z'-]{2,25})"
    r"(?:[ \t|,;]{1,4}|\n|$)"
)
_LINE_OF_SOMEBODY = re.compile(
    r"[ \t>]{0,4}(?:(?:Mr|Mrs|Ms|Miss|Master|Mx)\.? )?(?P<first>[A-Za-z'-]{2,25}),? "
    r"(?P<last>[A-Za-z'-]{2,25})[ ,(-][^\n]{5,40}\n[ \t>]{0,4}$",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"[ \t]{0,4}(?:\n|$)")
_LABEL_AFTER = re.compile(
    r" is (?:the|her|his|their) (?:hosp[a-z]*\.? ?n|mrn|unit n)|"
    r"(?:[ ,]{1,2}\(?|[, ](?:[^.()]{0,100}) \()(?:hosp[a-z]*\.? ?n[a-z]*|mrns?|unit n[a-z]*)\.?\)",
    re.IGNORECASE,
)
"""Behind a number, or the last of several: "(hospital number)"."""
_NAME_BEFORE = re.compile(r"[A-Z][A-Za-z'-]+ \(?$")
_SURNAME_BEFORE = re.compile(r"(?<![A-Za-z])[A-Z][A-Z'-]{2,24},? \(?$")
_FULL_NAME_BEFORE = re.compile(r"(?<![A-Za-z])[A-Za-z'-]{2,25},?[ ]{1,2}[A-Za-z'-]{1,25}\.?[ \t|,;]{1,4}$")
_BORN_BEFORE = re.compile(r"[A-Za-z] \([0-9]{1,4}[-./ ][0-9A-Za-z]{1,9}[-./ ][0-9]{2,4}\)[ ,]{1,2}$")
_YEAR_BEFORE = re.compile(
    r"(?:[-/. a-zA-Z'](?:19|20)?[0-9]{2}|(?:nineteen|thousand|twenty)(?: and)?[ -][a-z]{3,7}(?:-[a-z]{3,5})?)"
    r"\)?(?:[ \t|,;]{1,4}|\n[ \t>]{0,4}\n?)$"
)
_AGE_AFTER = re.compile(r"[ \t|,;]{1,4}[0-9]{1,3} ?(?:y|yrs?|yo)? ?[MF](?![A-Za-z])")
_GOES_ON = re.compile(r" ?[-:,|;]")
_LONGEST_UNLABELLED = 10
"""Characters (NHS Data Dictionary): a telephone number has more."""
_FIELD_GAP = re.compile(r"[ \t|,;-]{1,5}|\n{1,2}")
CARE = (
    r"(?:[a-z]{2,10} ){0,3}(?:notes|discharged?|theatre|clinic|appointment|results?|admission|admitted|"
    r"letter|bloods|referral|ward|scan)(?![A-Za-z])"
)
"""What is wanted of somebody whose number stands before it: "notes needed for theatre"."""
_CODE = re.compile(
    r"(?:[A-Z]{1,4}|[a-z]{1,4})[-/]?[0-9]{5,8}[A-Z]?|[0-9]{6,8}[A-Z]?|[A-Za-z]?[0-9]{3}-[0-9]{4}|[0-9]{3}-[0-9]{3}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{3}|"
    r"[1-9][0-9]{10}|[0-9]{6,8}/[0-9]{1,2}|[A-Za-z][0-9]{2}-[0-9]{2}-[0-9]{2}|[A-Za-z]?[0-9]{2}/[0-9]{4,5}|"
    r"[A-Za-z][0-9]{2}-[0-9]{5}|R[A-Z0-9][0-9] [0-9]{6}|"
    r"[A-Za-z]-[0-9]{3}-[0-9]{3}|"
    r"[A-Za-z][0-9]{5}-[0-9]|(?:[A-Za-z] )?[0-9]{3} [0-9]{3}|[0-9]{2}-[0-9]{3}-[0-9]{3}"
)
_OTHERS = (
    "INV|INC|ORD|REQ|ACC|CAD|CHG|EMP|ESR|FOI|GDC|GMC|GRN|JOB|LOG|LOT|PALS|RITM|RMA|SAR|SKU|TKT|UTR|VAT|WEB"
)
_ELSEWHERE = rf"(?:PO|SO|WO|GB|REF|{_OTHERS})"
"""Letters before numbers of orders, invoices, incidents, changes, registers and tax."""
_THING = rf"(?:{any_of('numbered_things')})s?(?:[ _-](?:n[or]|n[ou]mber|num|ref(?:erence)?|id|code)s?\.?)?"
_OF_A_THING = re.compile(
    rf"(?<![a-z])(?:(?P<before>[a-z'-]+),? )?(?P<thing>{_THING})[ :#=]{{1,3}}(?-i:[A-Z]{{1,2}} )?$|"
    rf"(?<![a-z0-9])(?-i:{_ELSEWHERE}[#/-]?|(?:{_OTHERS})[ :]{{1,2}})$",
    re.IGNORECASE,
)
"""Before a number that is no patient's: "ticket no. ", "s/n D ", "TKT"."""
_LETTERS_BEFORE_DIGITS = re.compile(r"[A-Za-z]{1,4}[ /-]?(?=[0-9])")
_THING_HEADED = re.compile(rf"(?:[a-z]+ )?{_THING}", re.IGNORECASE)
_USER_BEFORE = re.compile(r"u/n(?:o|um)?\.?[ :#=]{0,3}$", re.IGNORECASE)
_LOGIN_AFTER = re.compile(r"[\s,;/|.(-]{1,4}(?:p/?w|pwd|pass(?:word|code)?)(?![a-z])", re.IGNORECASE)
"""Behind the name of a user, which "u/n" may mean, too."""
_CODE_BEHIND = re.compile(
    r"(?:[ ]?[,/?][ ]|[ ]\(|[ ]?[|][ ]?)"
    rf"(?P<code>(?!{_ELSEWHERE}[0-9-])"
    r"[A-Z]{1,3}-?[0-9]{5,8}|"
    r"[A-Z][0-9]{5,7}[A-Z]?|[0-9]{3}/[0-9]{4}|[0-9]{6}[A-Z])"
    r"(?![A-Za-z0-9]|[/.-][0-9])"
)
_BESIDE_NAME = (
    r"(?:(?:[A-Z]{1,3}-?)?[0-9]{5,8}[A-Z]?|(?:[A-Z][0-9]{2}|[0-9]{2,3})/[0-9]{4,6}|"
    r"[0-9]{3,4} [0-9]{3,4}|[0-9]\.[0-9]{6}|[0-9]{2}\.[0-9]{4}|[0-9]{2}/[0-9]{2}/[0-9]{3}|"
    r"[0-9]{2,3}-[0-9]{3}-[0-9]{2,3})"
)
"""A number beside a name: what stands around it tells more than its form."""
_NUMBER_BESIDE_NAME = re.compile(_BESIDE_NAME)
_IN_ROW = f"(?P<number>{_BESIDE_NAME})"
_BEHIND_IN_ROW = re.compile(
    r"(?:[ ]\((?:Mr|Mrs|Ms|Miss|Mx|Master)\))?"
    r"(?:[ ,;|\t.-]{1,4}[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)?[0-9]{2})?(?:[ ,]{1,3}no\.?)?"
    rf"[ ,;|\t:.-]{{0,4}}[(\[]?{_IN_ROW}(?![A-Za-z0-9]|[/.-][0-9]| [0-9])"
)
_BEFORE_IN_ROW = re.compile(rf"(?<![A-Za-z0-9/.+£-])(?<![0-9] ){_IN_ROW}[)\]]?[ ,;|\t:-]{{1,4}}$")
_OURS_BEHIND = re.compile(
    r"(?:(?:[ ]\(|, )(?:our )?|[ ]our )(?:ref|no|number|record|file|pid|hd no)\b[.:]{0,2} "
    rf"(?P<code>{_BESIDE_NAME})(?![A-Za-z0-9]|[/.-][0-9]| [0-9])",
    re.IGNORECASE,
)
_DIGIT, _CAPITAL = re.compile("[0-9]"), re.compile("[A-Z]")
_DAY_WITHOUT_MARKS = re.compile(r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:[0-9]{2}){1,2}")
_AT_WORK = re.compile(
    r"(?<![a-z])(?:dr|prof|nurses?|sister|consultants?|registrar|clinics?|teams?|leads?|secretary|managers?|"
    r"specialists?|trainer|training|course|bleep|ext|rota|on[ -]call|staff|tel|mobile)(?![a-z])",
    re.IGNORECASE,
)
"""In a row of those who treat an illness, not of those who have it."""
_NAMED_BEFORE = re.compile(
    r"(?<![A-Za-z'-])(?P<first>[A-Za-z'-]{1,25})\.?,?[ ]{1,2}(?P<last>[A-Za-z'-]{2,25}|[A-Z])\.?"
    r"(?:,? (?:on )?[Ww]ard [A-Za-z0-9]+)?"
    r"(?:(?:,| -)[ ](?:that's|thats|who is|who's|no\.?|number) |,[ ]?|[ ]?[(\[]|[ ]{1,4}|[ ][-/][ ]|\.[ ]|"
    r"[ ]?[\t|;/][ ]?|\n\n)"
    r"(?:[0-9]{1,2}[-/. ][0-9A-Za-z]{1,9}[-/. ](?:19|20)?[0-9]{2},?[ ]{1,3})?$"
)
_TITLED_BEFORE = re.compile(
    r"(?<![A-Za-z])(?:[Mm]r|[Mm]rs|[Mm]s|[Mm]iss|MR|MRS|MS|MISS|Master|Baby)\.? "
    r"[A-Z][A-Za-z'-]{1,25}(?: [A-Z][A-Za-z'-]{1,25}){0,2}"
    r"(?:(?:,| -)[ ](?:that's|thats|who is|who's|no\.?|number) |[ ]?[(\[]|[ ]| - )$"
)
"""A number may stand behind a surname with a title, as behind a full name."""
_OF_CARE = re.compile(
    rf"(?<![a-z])(?:{any_of('equipment')}|"
    r"ward|bed|theatre|admi(?:tted|ssion)|report for|medicines reconciliation|clinic|sample|"
    r"specimen|side room|positive|pre-?op|consent|medically fit|scan|x-?ray|mri|ct|mdt|imaging|oncology|"
    r"g&s|rebleed|outpatients?|discharged?|meds|dialysis|transport|taxi|cultures?|biops\w+|histology|bloods|"
    r"notes for|patients?)(?![a-z])",
    re.IGNORECASE,
)
_TREATED = re.compile(rf"(?<![a-z])(?:{any_of('treatment')})(?![a-z])", re.IGNORECASE)
_INITIALS_BEFORE = re.compile(
    r"(?<![A-Za-z])(?:[Rr][Ee]|[Hh]andover|[Ss]ubject|S)[ :-]{1,4}[A-Z]{2,3}[ ,:-]{1,3}$"
)
_SUBJECT_BEFORE = re.compile(r"(?<![a-z])(?:re|fwd?|subject): ?$", re.IGNORECASE)
_SURNAME_ENDS_LINE = re.compile(r"[ ,:-]{1,3}(?P<last>[A-Z][A-Za-z'-]{1,25})[ ,.]{0,2}(?:\n|$)")
_POST_OFFICE_BOX = re.compile(r"(?<![a-z])p\.? ?o\.? ?b(?:o?x)?\.? ?$", re.IGNORECASE)
_GESTATION = re.compile(r"[0-9]{2}/40")
"""Weeks of a pregnancy."""
_SECTION = re.compile(r"(?<![A-Za-z])[Ss](?:ection )?\.? ?(?:37/41|4[78]/49)")
"""Of the Mental Health Act 1983, under which somebody is detained."""
_DIALLED = re.compile(
    r"(?:\+44|(?<![0-9])0044)[ -]?(?:\(0\) ?)?(?:[0-9]{2,5}[ -]){0,2}$|"
    r"(?<![0-9])\(?0[1-9][0-9]{3}\)?[ -]$|(?<![0-9])\(?0[1-9][0-9]{1,3}\)?[ -][0-9]{3,4}[ -]$"
)
"""Before the rest of a telephone number."""
_AREA = re.compile(r"[ENSW][0-5][0-9]0[0-9]{5}")
"""Where somebody lives, more or less: the code of a census area, a ward or a council (ONS, GSS coding)."""
_PATIENT_LABEL = re.compile(r"(?<![a-z])(?:pt|patient|cris)[ :=#|]{1,4}$", re.IGNORECASE)
_NAME_AFTER = re.compile(
    r"[ ,:-]{1,3}(?P<first>[A-Z][A-Za-z'-]{1,24}),?[ ](?P<last>[A-Z][A-Za-z'-]{1,24})(?![A-Za-z])"
)
_DIED = re.compile(r"(?<![a-z])(?:deaths?|died|deceased|rip)(?![a-z])", re.IGNORECASE)
_REGISTER = re.compile(r"(?<![a-z])(?:gmc|nmc|gphc|gdc|hcpc|payroll|ext)(?![a-z])", re.IGNORECASE)
"""Of numbers that people have at work."""
_OF_STAFF = re.compile(
    r"(?<![a-z])(?:(?:esr|assignment|payroll|employee|staff|smartcard|badge|student|delegate|uni)"
    r"[ _-]?(?:no|n[ou]mber|num|id|ref)s?|trainees|students for|candidates|delegates)(?![a-z])",
    re.IGNORECASE,
)
"""Above a list of such."""
LIST = 600
"""Characters before a number in which the heading of its list stands."""
_DATE_AFTER = re.compile(r"[ \t|,;/]{1,4}[0-9]{1,2}[-/. ][0-9A-Za-z]{1,9}[-/. ](?:19|20)?[0-9]{2}(?![0-9])")
_OTHER_FIELD = re.compile(r"\^{2,3}(?:NHS|[A-Za-z0-9&.]{0,20}\^(?:VN|AN))")
"""Behind a health number, or one of a visit or an account."""
_PID = re.compile(r"(?<![A-Za-z])PID\|[0-9]{0,2}\|{1,2}$")
_CARE_AFTER = re.compile(rf"\)?[ ,:-]{{1,3}}{CARE}", re.IGNORECASE)
_OF_A_YEAR = re.compile(r"[0-9]{6}/[0-9]{2}")
_HL7 = re.compile(
    r"\^{3}(?:[A-Za-z0-9&.]{0,20}\^(?:MR|PI|PN|HOSP)|"
    r"(?:HOSP|MRN?|PAS|PI)(?!\^(?!MR|PI|PN|HOSP)[A-Z]))(?![A-Za-z])"
)
"""Behind a patient's number, by its authority or its type (HL7 table 0203); a visit has another."""
_FILE = re.compile(
    r"(?:[_ -][A-Za-z0-9_ -]{1,40})?"
    r"\.(?:pdf|docx?|tiff?|jpe?g|png|rtf|xml|html?|zip|msg|eml)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NAME_IN_FILE = re.compile(
    r"(?<![A-Za-z])(?P<first>[A-Za-z']{2,25})[_+ .-](?P<second>[A-Za-z']{2,25})[_+ .-]$"
)
_NAMED_FILE = re.compile(
    r"[_ -](?P<first>[A-Za-z']{2,25})[_ -](?P<second>[A-Za-z']{2,25})(?:[_ -][A-Za-z0-9]{1,20}){0,3}"
    r"\.(?:pdf|docx?|tiff?|jpe?g|png|rtf|zip|msg|eml)(?![A-Za-z0-9])"
)
_DAY = re.compile(
    r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,4}|(?:19|20)[0-9]{2}|"
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|"
    r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}"
)
_OF_A_PURCHASE = re.compile(r"(?<![a-z])(?:po|inv|invoice|order|quote|receipt)[_ -]$", re.IGNORECASE)
_OF_PEOPLE = re.compile(r"name|patient|forename", re.IGNORECASE)
_HEADED_BIRTH = re.compile(r"(?<![a-z])(?:dob|problem|diagnosis|condition|illness)|birth", re.IGNORECASE)
_HEADED_ID = re.compile(r"(?:local |our )?(?:id|no\.?|number|num|ref)", re.IGNORECASE)
_POSSIBLE = re.compile(
    r"(?<![A-Za-z0-9.+)?-])(?:(?<!/)|(?=[A-Za-z]))(?<!0[0-9]{3} )(?<!0[0-9]{4} )(?<![0-9]\) )"
    r"(?!(?:PO|SO) [0-9])(?<!PO )(?<!SO )"
    r"(?:(?:[A-Za-z]{1,4}[-/]?|(?!MRN|NHS|PAS|DOB)[A-Z]{2,3} |(?<![A-Za-z] )(?<![A-Za-z], )[A-Z] |"
    r"R[A-Z0-9][0-9] (?=[0-9]{6}))(?=[0-9]))?"
    r"(?:[0-9]{5,10}|[1-9][0-9]{10}|(?<=R)[0-9][A-Z][0-9]{6,7}|[0-9]{2,4}[A-Z][0-9]{3,6}|"
    r"[0-9]{1,8}(?:[-/][0-9]{1,8}){1,2}|[0-9]{3,4} [0-9]{3,4}|[0-9]{2}(?: [0-9]{2}){2}|"
    r"(?<=[A-Z])(?:[0-9]{3}\.[0-9]{3}|[0-9]{2}[ .][0-9]{4}|[0-9]{2}[A-Z]{2}[0-9]{2})|(?<=[A-Z]{3})[0-9]{4}|"
    r"(?<=[A-Z]{2})[0-9]{4}(?=[A-Z](?![A-Za-z0-9]))|[0-9]{2}(?: [0-9]{3}){2}|"
    r"[0-9]{5}\.[0-9](?=[^0-9.])|[0-9]{2}\.[0-9]{3}\.[0-9]{3})"
    r"(?:[-/]?[A-Z]{1,2}|[ ][A-Z](?!,|[ ][A-Za-z])|[a-z])?"
    r"(?![A-Za-z0-9]|[/-][0-9A-Za-z]| [0-9]{3}|"
    r"\.(?!(?:tiff?|pdf|docx?|jpe?g|png|zip|msg|eml|rtf)(?![a-z]))[0-9A-Za-z])"
)
"""Digits, alone or with letters about them, as hospitals write their numbers, and everybody else."""
SHORTEST, LONGEST = 5, 13
"""Letters and digits of such a one."""
SHORTEST_AGAIN = 5
"""Characters of a labelled number from which on another mention of it, without a label, is no chance."""
ROW = 200
"""Characters on either side of a name that its line in a list has at most."""
REACH = 60
"""Characters in front of a number in which its label stands."""


def behind_names(text: str, people: Iterable[Finding]) -> Iterator[Finding]:
    """Codes right behind the full name of one of `people`: "Jane Doe (K123456)", "DOE, Jane / 297/4599".

    Where somebody is treated, so are those that are called ours: "Jane Doe (our ref 12345)".
    """
    for name in people:
        if " " in text[name.start : name.end]:
            code = _CODE_BEHIND.match(text, name.end)
            ours = None if code else _OURS_BEHIND.match(text, name.end)
            if ours and _is_about_care(text, *ours.span("code")):
                code = ours
            if code and not _REGISTER.search(text, max(0, name.start - 40), name.start):
                why = "a code right behind a full name"
                yield Finding("HOSPITAL_NUMBER", *code.span("code"), 0.7, why)


def _is_about_care(text: str, begin: int, end: int) -> bool:
    """Whether somebody is treated or has died in a mail, as far as it stands around a number."""
    part = begin // LIST
    return _tells_of_care(text[max(0, part - 1) * LIST : max((part + 2) * LIST, end)])


def forget() -> None:
    """Keep nothing of the texts that were searched."""
    _tells_of_care.cache_clear()


@lru_cache(maxsize=4)
def _tells_of_care(around: str) -> bool:
    """The same of what stands around numbers that stand together."""
    told = _OF_CARE.search(around) or _DIED.search(around) or _TREATED.search(around)
    return bool(told) or any(clinical.find(around))


def in_rows(text: str, people: Iterable[Finding], found: Iterable[Finding]) -> Iterator[Finding]:
    """Numbers beside `people` in a list of patients: "1. DOE Jane (999 0001) asthma".

    Two lines at least hold an illness, what befell somebody or a birth, which are `found`, and numbers of one
    form in one place.
    """
    told = {"CLINICAL": clinical.DOUBTFUL, "CARE": clinical.DOUBTFUL, "DATE_OF_BIRTH": 0.0}
    telling = sorted(each.start for each in found if each.score > told.get(each.type, 1.0))
    rows: defaultdict[tuple[bool, str], list[tuple[Span, bool]]] = defaultdict(list)
    for name in people if len(telling) > 1 else ():
        earliest = max(0, name.start - ROW)
        begin = max(earliest, text.rfind("\n", earliest, name.start) + 1)
        end = text.find("\n", name.end, name.end + ROW)
        end = end if end >= 0 else min(len(text), name.end + ROW)
        before = _BEFORE_IN_ROW.search(text, begin, name.start)
        number = before or _BEHIND_IN_ROW.match(text, name.end, end)
        if number and not _AT_WORK.search(text, begin, end) and not _is_of_staff(text, begin):
            form = _DIGIT.sub("0", _CAPITAL.sub("A", number["number"]))
            tells = bisect_left(telling, begin) < bisect_left(telling, end)
            rows[bool(before), form].append((number.span("number"), tells))
    things = list(_headed_as_things(text)) if rows else []
    for listed in rows.values():
        spans = {span for span, _ in listed if not is_within(things, *span) and not _is_of_thing(text, *span)}
        dated = all(_DAY_WITHOUT_MARKS.fullmatch(text, *span) for span in spans)
        if len(spans) > 1 and sum(tells for _, tells in listed) > 1 and not dated:
            for span in spans:
                yield Finding(
                    "HOSPITAL_NUMBER", *span, 0.88, "a number beside each name of a list of patients"
                )


def find(text: str) -> Iterator[Finding]:
    """Local patient numbers in normalised `text`; one that is labelled once is one wherever it stands."""
    columns = sorted([*cells(text, is_heading), *_beside_births(text)])
    things = list(_headed_as_things(text))
    known: set[str] = set()
    bare: list[Span] = []
    for digits in _DIGITS.finditer(text):
        start, end = digits.span()
        letters = _LETTERS.search(text, max(0, start - 6), start)
        begin = letters.start() if letters else start
        if (
            _POST_OFFICE_BOX.search(text, max(0, start - 12), start)
            or _GESTATION.fullmatch(text, start, end)
            or _SECTION.fullmatch(text, begin, end)
            or _MONTH_AND_YEAR.fullmatch(text, begin, end)
            or _DOTTED_DAY.fullmatch(text, start, end)
            or _TELEPHONE.match(text, start)
            or (_YEAR.fullmatch(text, start, end) and not text[start - 1 : start].isalpha())
        ):
            continue
        at, score, why = _weigh(text, begin, start, end, columns, things)
        if score:
            known.add(text[at:end])
            yield Finding("HOSPITAL_NUMBER", at, end, score, why)
        else:
            bare += {(begin, end), (start, end)}
    for start, end in bare:
        if end - start >= SHORTEST_AGAIN and text[start:end] in known:
            yield Finding(
                "HOSPITAL_NUMBER", start, end, 0.8, "a number that is labelled elsewhere in the text"
            )


def possible(text: str) -> Iterator[Span]:
    """Everything in normalised `text` that is written as hospitals write their numbers, but no thing's."""
    things: list[Span] | None = None
    for code in _POSSIBLE.finditer(text):
        if not SHORTEST <= sum(map(str.isalnum, code[0])) <= LONGEST or _is_filler(code[0]):
            continue
        if _AREA.fullmatch(code[0]) or _SECTION.fullmatch(code[0]) or _is_of_thing(text, *code.span()):
            continue
        if things is None:
            things = list(_headed_as_things(text))
        if not is_within(things, *code.span()):
            yield code.span()


def _beside_births(text: str) -> Iterator[Span]:
    """Cells of columns headed "id", where others are headed as names and as births or illness."""
    for table in tables(text):
        headings = " ".join(table.headings)
        if _OF_PEOPLE.search(headings) and _HEADED_BIRTH.search(headings):
            for at, heading in enumerate(table.headings):
                if _HEADED_ID.fullmatch(heading):
                    yield from table.column(at)


def _weigh(
    text: str, begin: int, start: int, end: int, columns: list[Span], things: list[Span]
) -> tuple[int, float, str]:
    """Where a hospital's number begins, at its digits or the letters before, how sure, and why.

    `columns` are cells headed as its numbers, `things` those headed as the numbers of something else.
    """
    for at in (start, begin):
        if _is_labelled(text, at) and not (
            _is_quoted_list(text, at, end) or _is_login(text, at, end) or _is_in_message_header(text, at)
        ):
            return at, 0.9, "a number labelled as a hospital's"
    identified = _PID.search(text, max(0, begin - 8), begin) and not _OTHER_FIELD.match(text, end)
    if _HL7.match(text, end) or identified:
        return begin, 0.95, "a medical record number of an HL7 field"
    if is_in_file_of_patient(text, begin, end):
        return begin, 0.7, "a number behind a name in a file's name"
    if is_within(columns, start, end):
        return begin, 0.9, "a number in a column headed as a hospital's"
    other = (
        _OF_A_PURCHASE.search(text, max(0, start - 12), start)
        or _AREA.fullmatch(text, begin, end)
        or _DIALLED.search(text, max(0, start - 16), start)
        or _is_of_thing(text, begin, end)
        or is_within(things, start, end)
        or _is_filler(text[start:end])
    )
    signs = () if other else _SIGNS
    for at in dict.fromkeys((begin, start)):
        for sign, score, why in signs:
            if sign(text, at, end):
                return at, score, why
    return begin, 0.0, ""


def _is_labelled_otherwise(text: str, begin: int, end: int) -> bool:
    """Whether "hosp" stands right before a long number, or a label behind it and a name before."""
    if end - begin < SHORTEST_AGAIN:
        return False
    label = _LABEL_AFTER.match(text, end)
    named = label and (label[0][:4] == " is " or _NAME_BEFORE.search(text, max(0, begin - 30), begin))
    identified = _ID.search(text, max(0, begin - 8), begin)
    born = identified and (
        _BORN_AFTER.match(text, end) or _PATIENT_BEFORE.search(text, max(0, begin - REACH), begin)
    )
    notes = _NOTES.search(text, max(0, begin - 20), begin) and _CODE.fullmatch(text, begin, end)
    hospital = _HOSP.search(text, max(0, begin - 24), begin)
    return bool(named or born or notes or (hospital and not _is_in_message_header(text, begin)))


def _is_behind_birth(text: str, begin: int, end: int) -> bool:
    """Whether a date stands before the number, and a name before that or treatment behind it."""
    named = _BORN_BEFORE.search(text, max(0, begin - 24), begin) and _GOES_ON.match(text, end)
    long_enough = SHORTEST_AGAIN <= end - begin <= _LONGEST_UNLABELLED
    dated = long_enough and _YEAR_BEFORE.search(text, max(0, begin - 32), begin)
    return bool(named or (dated and _is_before_treatment(text, end)))


def _is_behind_surname(text: str, begin: int, end: int) -> bool:
    """Whether a number with letters or a year stands between a surname in capitals and words of care."""
    lettered = text[begin].isalpha() or text[end - 1].isalpha() or _OF_A_YEAR.fullmatch(text, begin, end)
    cared_for = lettered and _CARE_AFTER.match(text, end)
    return bool(cared_for and _SURNAME_BEFORE.search(text, max(0, begin - 30), begin))


def _is_before_name(text: str, begin: int, end: int) -> bool:
    """Whether the number begins a line of a list, before surname, given name and treatment."""
    name = _SURNAME_AFTER.match(text, end) if end - begin >= SHORTEST_AGAIN else None
    if not name or not _LISTED.search(text, max(0, begin - 12), begin):
        return False
    kinds = [kind_of(name["last"].split()[-1]), kind_of(name["first"])]
    if all(kind.common or kind.everyday for kind in kinds):
        return False
    treated = any(found.start == 0 for found in clinical.find(text[name.end() : name.end() + REACH]))
    return treated or bool(
        _CODE.fullmatch(text, begin, end) and _OF_CARE.search(text, max(0, begin - 300), end + 300)
    )


def _is_below_name(text: str, begin: int, end: int) -> bool:
    """Whether the number fills the line below somebody's name and birth date."""
    if not _CODE.fullmatch(text, begin, end) or not _LINE_ENDS.match(text, end):
        return False
    if not _YEAR_BEFORE.search(text, max(0, begin - 32), begin):
        return False
    above = text.rfind("\n", 0, text.rfind("\n", 0, begin)) + 1
    name = _LINE_OF_SOMEBODY.match(text, above, begin) if begin - above < 2 * REACH else None
    if not name:
        return False
    kinds = [kind_of(name["first"]), kind_of(name["last"])]
    return any(kind.known for kind in kinds) and not any(kind.everyday or kind.common for kind in kinds)


def _is_before_full_name(text: str, begin: int, end: int) -> bool:
    """Whether a code stands before a full name, where it is called a patient's or somebody is treated."""
    name = _NAME_AFTER.match(text, end) if _CODE.fullmatch(text, begin, end) else None
    if not name or _is_of_staff(text, begin):
        return False
    kinds = [kind_of(name["first"]), kind_of(name["last"])]
    if any(kind.everyday or kind.title for kind in kinds) or all(kind.common for kind in kinds):
        return False
    if not any(kind.known for kind in kinds):
        return False
    around = max(0, begin - 2 * REACH), end + 2 * REACH
    return bool(
        _PATIENT_LABEL.search(text, max(0, begin - 12), begin)
        or _OF_CARE.search(text, *around)
        or _DIED.search(text, *around)
    )


def _is_merged(text: str, begin: int, end: int) -> bool:
    """Whether two records are one: "registered twice: 123456 (keep) and 234567", "keep: 123456"."""
    if end - begin < SHORTEST_AGAIN or _COUNTED.match(text, end):
        return False
    if _MERGED.search(text, max(0, begin - 30), begin):
        return True
    one_of_two = _ONE_OF_TWO.search(text, max(0, begin - 30), begin)
    return bool(one_of_two and _OF_RECORDS.search(text, max(0, begin - LIST // 2), end + LIST // 2))


def _is_reference_of_patient(text: str, begin: int, end: int) -> bool:
    """Whether it is the reference of a letter to a patient or about one."""
    return bool(
        end - begin >= SHORTEST_AGAIN
        and _OUR_REFERENCE.search(text, max(0, begin - 24), begin)
        and (_ABOUT_PATIENT.search(text, max(0, begin - 120), begin) or _SEEN.search(text, end, end + 60))
    )


def _is_known_as(text: str, begin: int, end: int) -> bool:
    """Whether somebody is said to be found by the number, or to be it on a system, where they are treated."""
    if end - begin < SHORTEST_AGAIN or _COUNTED.match(text, end):
        return False
    said = _KNOWN_AS.search(text, max(0, begin - REACH), begin) or (
        _ON_SYSTEM.match(text, end) and _IT_IS.search(text, max(0, begin - 12), begin)
    )
    if not said or _GOODS.search(text, max(0, begin - REACH), end + REACH):
        return False
    return not _is_of_staff(text, begin) and _is_about_care(text, begin, end)


def _is_behind_title(text: str, begin: int, end: int) -> bool:
    """Whether a number stands right behind a titled name, before what they have or what is to be done."""
    long_enough = end - begin > SHORTEST_AGAIN and _NUMBER_BESIDE_NAME.fullmatch(text, begin, end)
    if not long_enough or _COUNTED.match(text, end):
        return False
    if not _TITLED_BEFORE.search(text, max(0, begin - 70), begin) or _is_of_staff(text, begin):
        return False
    return _CARE_AFTER.match(text, end) is not None or any(clinical.find(text[end : end + REACH]))


def _is_sent_by_hospital(text: str, begin: int, end: int) -> bool:
    """Whether the number is the reference below a hospital's name."""
    return end - begin >= SHORTEST_AGAIN and _SENDER.search(text, max(0, begin - 40), begin) is not None


def _is_behind_name(text: str, begin: int, end: int) -> bool:
    """Whether a code stands right behind a full name, where somebody is treated or before a date."""
    name = _CODE.fullmatch(text, begin, end) and _NAMED_BEFORE.search(text, max(0, begin - 70), begin)
    if not name or _COUNTED.match(text, end):
        return False
    first, last = kind_of(name["first"]), kind_of(name["last"])
    if len(name["last"]) == 1:
        first, last = last, first
    if (
        last.everyday
        or last.common
        or last.title
        or (first.everyday and not (first.title or first.initial or first.particle))
    ):
        return False
    if _is_of_staff(text, begin):
        return False
    if _DATE_AFTER.match(text, end) or _is_before_treatment(text, end):
        return True
    return bool(_OF_CARE.search(text, max(0, begin - 120), end + REACH)) or any(
        clinical.find(text[end : end + 2 * REACH])
    )


def _is_of_thing(text: str, begin: int, end: int) -> bool:
    """Whether the word right before a number, or what seem to be its letters, means a ticket, a tray.

    Behind a given name or a title such a word is a surname: "Heath Seal".
    """
    letters = _LETTERS_BEFORE_DIGITS.match(text, begin, end)
    for at in (begin, letters.end()) if letters else (begin,):
        thing = _OF_A_THING.search(text, max(0, at - 40), at)
        if thing and not (thing["before"] and _is_surname(thing["before"], thing["thing"])):
            return True
    return False


def _is_surname(before: str, word: str) -> bool:
    kind = kind_of(before)
    return word[0].isupper() and (kind.given or kind.title or before.lower() in ("patient", "pt"))


def _is_in_message_header(text: str, begin: int) -> bool:
    return _MESSAGE_HEADER.search(text, max(0, begin - LIST), begin) is not None


def _is_login(text: str, begin: int, end: int) -> bool:
    """Whether the number is the name of a user, whose password follows."""
    return bool(_USER_BEFORE.search(text, max(0, begin - 12), begin) and _LOGIN_AFTER.match(text, end))


def _is_of_staff(text: str, begin: int) -> bool:
    """Whether what stands before a number calls it one that people have at work."""
    return bool(
        _REGISTER.search(text, max(0, begin - 3 * REACH), begin)
        or _OF_STAFF.search(text, max(0, begin - LIST), begin)
    )


def _is_in_subject(text: str, begin: int, end: int) -> bool:
    """Whether initials stand before a code, or a surname behind it, in a subject about treatment."""
    if not _CODE.fullmatch(text[begin:end].replace("/", "")):
        return False
    initials = _INITIALS_BEFORE.search(text, max(0, begin - 24), begin)
    surname = _SURNAME_ENDS_LINE.match(text, end)
    subject = surname and _SUBJECT_BEFORE.search(text, max(0, begin - 12), begin)
    if not initials and not (subject and surname and not kind_of(surname["last"]).everyday):
        return False
    return any(clinical.find(text[end : end + 3 * REACH]))


def _is_listed(text: str, begin: int, end: int) -> bool:
    """Whether the number stands between a name and an age with a sex, as in a list for theatre."""
    aged = _AGE_AFTER.match(text, end)
    return bool(aged and _FULL_NAME_BEFORE.search(text, max(0, begin - 60), begin))


def _is_before_treatment(text: str, end: int) -> bool:
    gap = _FIELD_GAP.match(text, end)
    return gap is not None and any(
        found.start == 0 for found in clinical.find(text[gap.end() : gap.end() + REACH])
    )


def _is_quoted_list(text: str, at: int, end: int) -> bool:
    """Whether a quoted value begins here that goes on with a comma: a list, as manuals have it."""
    return text[at - 1 : at] == '"' and text[end : end + 1] == ","


def _is_in_reference(text: str, begin: int, end: int) -> bool:
    """Whether the initials of who dictated and who typed stand before it: "Ref: AB/CD/1234567"."""
    long_enough = end - begin >= _SHORTEST_DICTATED and text[begin:end].isalnum()
    return long_enough and _DICTATED.search(text, max(0, begin - 24), begin) is not None


_SIGNS: tuple[tuple[Callable[[str, int, int], bool], float, str], ...] = (
    (_is_labelled_otherwise, 0.9, "a number labelled as a hospital's"),
    (_is_behind_birth, 0.7, "a number behind a date of birth"),
    (_is_in_reference, 0.7, "a number in the reference of a letter that was dictated"),
    (_is_behind_surname, 0.7, "a number behind a surname in capitals, before words of care"),
    (_is_listed, 0.8, "a number between a name and an age with a sex"),
    (_is_behind_name, 0.7, "a number behind a name, where somebody is treated"),
    (_is_in_subject, 0.7, "a number beside initials or a surname in a subject about treatment"),
    (_is_before_full_name, 0.7, "a number before a full name, where somebody is treated"),
    (_is_before_name, 0.8, "a number before a name and treatment, as in a waiting list"),
    (_is_below_name, 0.7, "a number below a name and a date"),
    (_is_merged, 0.9, "a number of a record that is merged with another"),
    (_is_known_as, 0.9, "a number that a record is found by, where somebody is treated"),
    (
        _is_behind_title,
        0.7,
        "a number behind a titled name, before what they have or need",
    ),
    (_is_reference_of_patient, 0.7, "the reference of a letter about a patient"),
    (_is_sent_by_hospital, 0.7, "the reference of a hospital that writes"),
)
"""What else, from begin to end of a text, tells a hospital's number."""


def is_in_file_of_patient(text: str, begin: int, end: int) -> bool:
    """Whether the number ends the name of a scanned document, behind two words that name a person."""
    if _DAY.fullmatch(text, begin, end):
        return False
    kinds = _in_file(text, begin, end)
    return any(kind.known for kind in kinds) or bool(kinds and _CODE.fullmatch(text, begin, end))


def is_day_in_file_of_patient(text: str, begin: int, end: int) -> bool:
    """The same of a date."""
    return any(kind.known for kind in _in_file(text, begin, end))


def _in_file(text: str, begin: int, end: int) -> list[Kind]:
    """The two words that name a person in a file's name that holds a number; none when none do."""
    name = (
        _FILE.match(text, end) and _NAME_IN_FILE.search(text, max(0, begin - 60), begin)
    ) or _NAMED_FILE.match(text, end)
    if not name or _OF_A_PURCHASE.search(text, max(0, begin - 12), begin):
        return []
    kinds = [kind_of(name["first"]), kind_of(name["second"])]
    return [] if any(kind.common or kind.everyday or kind.title for kind in kinds) else kinds


def _is_labelled(text: str, at: int) -> bool:
    last = text[max(0, at - REACH) : at].rstrip(_BETWEEN)[-1:]
    return (last.isalpha() or last == ")") and bool(_LABEL_BEFORE.search(text, max(0, at - REACH), at))


def _is_filler(number: str) -> bool:
    """Whether its digits stand for a number in tests and forms: "99999999"."""
    return len(set(filter(str.isdigit, number))) == 1


def _headed_as_things(text: str) -> Iterator[Span]:
    """Cells of one word under headings of what people have at work, or of the numbers of things."""
    for start, end in cells(text, _heads_things):
        if len(text[start:end].split()) == 1:
            yield start, end


def _heads_things(heading: str) -> bool:
    return not is_heading(heading) and bool(_THING_HEADED.fullmatch(heading) or _REGISTER.fullmatch(heading))


def is_heading(heading: str) -> bool:
    """Whether a column headed so holds hospital numbers."""
    return bool(_HEADING.search(heading))
