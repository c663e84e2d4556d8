"""Hard negatives: what reads like a claim or an attribution and is none, found by its words outside all spans.

Each row counts sentences. The sentences are read with their spans cut out (``marks.unmarked``), so that nothing
which somebody labelled can be counted; what is left was seen and left alone (annotation scheme, rules 1.6, 1.7, 2.1,
2.5 and 2.7).
"""

from __future__ import annotations

import re

from .conditions import one_of

_NEAR = r"[^⟦⟨.;]"  # a character of the same clause, outside spans

_THING = one_of(
    """tanks? vehicles? cars? trucks? jeeps? helicopters? planes? aircraft boats? guns? launchers? houses homes shops
    buildings buses humvees? lorries bridges? mosque church school warehouses? depots? barracks rifles weapons rockets
    mortars drones?"""
)
_RUINED = one_of(
    """destroy\\w* burn\\w* damag\\w* seiz\\w* captur\\w* wreck\\w* disabl\\w* torch\\w* demolish\\w* set.ablaze
    blown.up blew.up knock\\w*.out flatten\\w* gutt\\w* shot.down set.fire confiscat\\w*"""
)
_ANIMAL = one_of(
    """horses? dogs? cats? cows? cattle sheep goats? pigs? chickens? hens birds? camels? elephants? whales? dolphins?
    lions? tigers? fish bears? wolf wolves livestock animals poultry ducks buffalo(?:es)? mules? donkeys? swans? seals?
    turtles? bees calf calves lambs? ewes pony ponies rhinos? leopards? sharks? kangaroos? deer turkeys flock herd
    hives"""
)
_ANIMAL_HARMED = one_of(
    """kill\\w* dead died die dies dying drown\\w* injur\\w* wound\\w* perish\\w* slaughter\\w* cull\\w* shot missing
    burn\\w* hurt lost put.down destroyed carcass\\w*"""
)
_MIGHT = one_of(
    """could would (?-i:may) might can will shall if unless threaten\\w* plann?(?:ed|ing|s)? plot\\w* vow\\w* intend\\w*
    want(?:ed|s)?.to ready.to try(?:ing)?.to tried.to attempt\\w*.to conspir\\w* risk\\w* likely.to designed.to
    order\\w*.to prepar\\w*.to meant.to aim\\w*.to refus\\w*.to how.to not.to to.avoid fear\\w* danger\\w*"""
)
_TO_HARM = r"(?:kill|wound|injur|hurt|shoot|murder|massacre|execut|bomb|attack|behead|slaughter|die\b|dies\b|harm)\w*"
_OFTEN = (
    r"(?:often|usually|frequently|routinely|regularly|every (?:year|day|week|winter|summer|month|season|few \w+)"
    r"|each (?:year|winter|summer|day|week|season|month)|a year|sometimes|typically|generally)"
)
_HARMS = one_of(
    """kill(?:s|ed|ing)? die dies deaths? wound(?:s|ed)? injur\\w* murder\\w* drown\\w* accidents? shot.dead
    casualties"""
)
_SPORT = one_of(
    """match goals? goalkeeper of.the.season striker midfielder defender league squad half-time innings? wickets?
    tournament
    quarterback playoffs? semi-?final quarter-?final batsm[ae]n jockey champions(?:hip)? fixture bowler winger
    (?:Asian|World|Davis|Europa).Cup home.run hamstring second.Test All.Blacks"""
)
_IN_SPORT = one_of(
    """injur\\w* hurt missing shot dead kill\\w* die[ds]? death casualt\\w* wound\\w* tear(?!.gas) torn
    (?:ruled.)?out.(?:for|of) misses miss"""
)
_MONEY = one_of(
    """profits? sales earnings economy shares prices? exports? growth demand investors? stocks? recession revenue pride
    margins? exporters budget retailers? dollar currency industry bank\\w*"""
)
_VICTIMS = (
    r"(?:dead|deceased|victims?|wounded|injured|missing|casualties|bodies|corpses?|killings?|deaths?|murders?"
    r"|massacres?|fatalities)(?! (?:penalty|row|sentence|sea|end|heat|tolls?|squads?|threats?)\b)"
)
_COUNT = r"(?:\d[\d,]*|\w+teen|\w+ty|\w+ hundred|hundreds|thousands|dozens|tens|scores|million)"
_CROWD = one_of(
    """troops soldiers police policemen officers peacekeepers people protesters demonstrators marines passengers
    residents worshippers pilgrims mourners fans supporters students men women refugees villagers families workers
    members prisoners inhabitants fighters rescuers volunteers firefighters guests children"""
)
_UNIT = one_of(
    """km kms kilomet(?:re|er)s? miles? met(?:re|er)s? feet foot yards? hectares? acres kph mph tonnes? tons kg kilos?
    pounds? storey stor(?:y|ey|ies) floors? inch(?:es)? knots degrees"""
)
_ARMS = one_of("explosives? bombs? missiles? shells? TNT dynamite grenades? rounds? mortars? guns? warheads? rockets?")

NEGATIVES: dict[str, str] = {
    "arrest, capture": one_of(
        """arrest(?:ed|s|ing)? detain(?:ed|s|ing|ees?)? captured capturing rounded.up in.custody jailed imprisoned
        handcuffed"""
    ),
    "kidnapping, hostages": one_of("kidnap\\w* abduct\\w* hostages? ransom captors captives?"),
    "displacement, flight, evacuation": one_of(
        "displac\\w* evacuat\\w* homeless fled flee(?:ing|s)? refugees? stranded uprooted"
    ),
    "rescue, survival, release": one_of(
        """rescued survived surviv(?:or|e)\\w* unhurt unharmed uninjured escaped freed released.(?:unharmed|after|from)
        pulled.alive to.safety"""
    ),
    "vehicles, weapons, buildings destroyed": (
        rf"{_THING}{_NEAR}{{0,50}}{_RUINED}|{_RUINED}(?: [\w,'-]+){{0,5}} {_THING}"
    ),
    "animals": rf"{_ANIMAL}{_NEAR}{{0,60}}{_ANIMAL_HARMED}|{_ANIMAL_HARMED}{_NEAR}{{0,40}}{_ANIMAL}",
    "hypothetical, threatened or planned harm": rf"{_MIGHT} (?:[\w',-]+ ){{0,5}}{_TO_HARM}",
    "generic or habitual harm": (
        rf"\b{_OFTEN}\b{_NEAR}{{0,70}}{_HARMS}|{_HARMS}{_NEAR}{{0,60}}\b{_OFTEN}\b"
        r"|\b(?:kill\w*|deaths?|murders?|attacks?|shootings?|drownings?|accidents?|violence|clashes|bombings?)\b"
        rf"{_NEAR}{{0,40}}\b(?:are|is) (?:\w+ )?(?:common|frequent|rare|routine|usual|commonplace)\b"
    ),
    "death toll, casualties without a figure": (
        r"\b(?:death|casualty|final|human|civilian) tolls?\b|\bthe tolls?\b"
        r"|\btolls? (?:rose|rises|was|is|could|may|might|has|had|will|would|continue)\b"
        r"|\b(?:number|figures?) (?:of|for) (?:the )?(?:dead|casualties|deaths|victims|killed|wounded|injured)\b"
        r"|\bcasualt(?:y|ies)\b(?! ward| department| unit| list)|\b(?:deadliest|bloodiest)\b"
    ),
    "the dead, the victims, without a quantity": (
        rf"\b(?:the|those|these|their|his|her|its|other) (?:\w+ )?{_VICTIMS}\b"
    ),
    "his death, her killing": (
        r"\b(?:his|her|their|whose|[a-z]+'s|[a-z]+s') (?:own )?"
        r"(?:deaths?|killings?|murders?|assassination|execution|suicide|body|bodies)\b"
    ),
    "natural death, obituary": (
        rf"\b(?:died|dies|death|passed away)\b{_NEAR}{{0,60}}\b(?:cancer|heart|stroke|illness|pneumonia|natural causes"
        r"|in (?:his|her) sleep|at home|aged|old age|peacefully|kidney|leuka?emia|alzheimer\w*|parkinson\w*"
        r"|at (?:the age of )?[6-9]\d|at (?:his|her) home|in hospital|complications|of 1?[0-9]\d)\b"
        rf"|\b(?:cancer|heart attack|stroke|natural causes|pneumonia)\b{_NEAR}{{0,30}}\b(?:died|death)\b"
        r"|\bdie[sd] at [6-9]\d"
    ),
    "sport": rf"{_SPORT}{_NEAR}{{0,90}}{_IN_SPORT}|{_IN_SPORT}{_NEAR}{{0,90}}{_SPORT}",
    "idiom, business": (
        r"\bkill(?:ed|ing|s)? (?:off )?(?:the |a |an |any |its |his )?(?:\w+ )?(?:bill|deal|plan|project|proposal|idea"
        r"|merger|hopes?|time|talks|motion|amendment|measure|line|demand|growth|joy|engine|chance\w*|story|programme"
        r"|program|trade|jobs|mood|appetite|scheme|sale\w*)\b"
        r"|\bdead (?:heat|end|weight|calm|letter|in the water|wood|ringer|certain|set|last|centre|center|tired|ball"
        r"|rubber|reckoning|on arrival)\b|\bdying (?:to|for|industry|breed|trade)\b"
        rf"|\b(?:hurt|hit by|wound(?:s|ed)|casualt\w*|victims? of|bleed\w*)\b{_NEAR}{{0,30}}{_MONEY}"
        rf"|{_MONEY}{_NEAR}{{0,40}}\b(?:hurt|dead|died|dying|killed|wounded|casualt\w*|crippled|bleed\w*)\b"
        r"|\b(?:killer (?:app|blow|instinct|heels|feature|product)|killing (?:on|in the)|body blow"
        r"|death (?:knell|spiral|of (?:the )?(?:cinema|newspapers?|radio|high street))|life and death|dead and buried"
        r"|kill two birds|dressed to kill|over my dead body|shot in the (?:arm|foot|dark)|murder(?:ous)? (?:schedule"
        r"|mystery)|missing (?:link|piece|out))\b"
    ),
    "weapons, calibres, what they can do": (
        r"\b(?:capable of|can|able to|power(?:ful)? (?:enough )?to|range of|enough to|designed to|calib(?:re|er)"
        rf"|\d+ ?kg|\d+-?pound|kilos?|kilograms?|tonnes?|pounds?) (?:[\w,'-]+ ){{0,6}}(?:{_ARMS}|kill\w*)"
        rf"|{_ARMS} (?:\w+ ){{0,3}}(?:that |which )?"
        r"(?:(?:can|could) (?!still|be )|capable|with a range|weighing|packed|containing|of \d)"
        r"|\b\d+[ -]?mm\b|\bAK-?47|\bKalashnikov"
    ),
    "charges, trials, sentences": (
        one_of("charged.with convicted sentenced acquitted pleaded accused.of on.trial indicted manslaughter")
        + r"|\bdeath (?:penalty|row)\b|\blife in prison\b|\bfaces (?:up to )?\w+ years\b"
    ),
    "anniversary, funeral, mourning": one_of(
        """anniversary funerals? buried mourn\\w* memorial commemorat\\w* vigil cemetery wreaths? condolences? grief
        tribute"""
    ),
    "speech that states no fact (call for, vow, urge)": (
        r"\bcall(?:s|ed|ing)? (?:for|on)\b|"
        + one_of(
            """vow(?:ed|s|ing)? urg(?:ed|es|ing) demand(?:ed|s|ing)? appeal(?:ed|s|ing) promis(?:ed|es|ing)
            pledg(?:ed|es|ing) order(?:ed|s|ing) ask(?:ed|s|ing) threatened advised refused.to declined.to"""
        )
    ),
    "accusation, blame, condemnation": one_of(
        """accus(?:ed|es|ing) blam(?:ed|es|ing) condemn(?:ed|s|ing) denounc(?:ed|es|ing) critici[sz](?:ed|es|ing)
        praised deplored"""
    ),
    "called it, described": (
        r"\bcall(?:ed|s|ing) (?:it|them|him|her|the|this|that|himself)\b|"
        + one_of("describ(?:ed|es|ing) label(?:led|ed) dubbed branded hailed")
    ),
    "reported by nobody (reportedly, were believed)": (
        one_of("reportedly allegedly apparently rumou?rs supposedly presumably feared")
        + r"|\b(?:was|were|is|are|been) (?:also |now |widely |earlier |initially )?(?:believed|reported|thought|said"
        r"|understood|feared|presumed|alleged|rumou?red|known|estimated)\b"
        r"|\bthere (?:were|was|are|have been) (?:\w+ )?(?:reports?|rumou?rs|claims)\b"
        r"|\bit (?:was|is) (?:not |un)?(?:reported|believed|known|clear|thought|unclear)\b"
    ),
    "dateline, agency credit": (
        r"(?-i:^[A-Z][A-Z .,'-]{3,}(?:, ?[A-Z][\w.' ]+)?(?:, ?[A-Z][a-z]+\.? \d+)?[^⟦⟨]{0,12}(?:\([A-Z][\w /]+\)|--?))"
        r"|^(?-i:AP|AFP|Reuters|REUTERS|Xinhua|UPI) ?-"
        r"|\((?-i:AP|AFP|Reuters|Xinhua|UPI|Interfax|DPA|dpa|CP|PA|AFX|Reuter|ANSA|EFE|TASS|Bloomberg)\)"
    ),
    "money": (
        r"[$£€]\s?\d|\bRs\.? ?\d|\b(?:million|billion|thousand|hundred|\d+) (?:U\.?S\.? |Australian |Canadian )?"
        r"(?:dollars|euros|pounds|rupees|yen|pesos|riyals|dinars|roubles|rubles|francs|naira|shillings|lira)\b"
    ),
    "distances, sizes, speeds, weights": (
        rf"\b(?:{_COUNT}|\d[\d,.]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|many|some)"
        rf"[ -](?:\w+ )?{_UNIT}|\bmagnitude\b"
    ),
    "ages": r"\b(?:\d+|\w+)[ -]years?[ -]olds?\b|, \d\d[,.]|\baged \d|\bwas \d\d\b|\bage of \d",
    "troop numbers, crowds, passengers": (rf"\b{_COUNT}(?: of)?(?: of thousands of)? (?:[\w-]+ ){{0,2}}{_CROWD}"),
    "days, years, times": (
        r"\b(?:19|20)\d\d\b|\b\d{1,2}(?:[:.]\d\d)? ?(?:a\.?m|p\.?m)\b"
        r"|\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|several)[ -]"
        r"(?:day|week|month|year|hour|minute)s?\b"
    ),
    "illness without death": one_of(
        """infect\\w* outbreak virus fever cholera epidemic patients? symptoms disease vaccin\\w* diagnos\\w* flu
        cases.of"""
    ),
}
"""Sentences by what is left unmarked in them."""

PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in NEGATIVES.items()}
