"""British and American spellings of words that stand in news, in all their forms.

Kept as families: what differs is a few letters, and what stands before and after them makes the forms. Not every
form is a word; those that are none never meet one. Left out are pairs of which one side is also another word
(cheque, tyre, storey, licence, practise): a change there would change the sense.
"""

from __future__ import annotations

from functools import cache
from itertools import product

# what stands before | British = American | what may follow ("." is nothing)
_FAMILIES = """
arm behavi cand clam col endeav fav harb hon hum lab neighb od parl ranc rig rum sav splend succ tum val vap vig \
| our = or | . s ed ing al able ably er ers hood hoods ite ites y ies
anonym apolog author brutal capital categor central character civil colon critic demoral destabil dramat emphas equal \
evangel fertil final general global hospital human immobil immun internal international jeopard legal liberal \
local maxim memor minim mobil modern national neutral normal organ penal polar popular priorit privat public radical \
rational real recogn reorgan revolution scrutin secular sensational special stabil standard steril stigmat subsid \
summar symbol sympath synchron terror traumat util vandal victim visual weapon \
| is = iz | e es ed ing er ers ation ations ational able
anal catal paral | ys = yz | e ed ing er ers
cancel channel dial duel equal fuel funnel jewel label level marvel model pedal quarrel refuel remodel rival \
shovel shrivel signal spiral total travel tunnel unravel | l = . | ed ing er ers
counsel | l = . | ed ing or ors
council | l = . | or ors
calib cent centimet fib kilomet lit lust meag met millilit millimet sab somb spect theat | re = er | . s
cent | red = ered | .
cent | ring = ering | .
def off pret | ence = ense | . s less
catal dial monol | ogue = og | . s
enrol fulfil | . = l | . s ment ments
instal | . = l | ment ments
distil | . = l | . s
skil wil | ful = lful | . ly
program | me = . | . s
judg acknowledg | ement = ment | . s
gr | ey = ay | . s ish
man | oeuvre = euver | . s
man | oeuvred = euvered | .
man | oeuvring = euvering | .
an | aes = es | thetic thetics thetist thetists
h | aem = em | orrhage orrhages orrhaged orrhaging orrhagic
p | aed = ed | iatric iatrician iatricians
gyn | aec = ec | ology ologist ologists
orthop | aed = ed | ic ics
diarrh | oea = ea | .
m sm | ould = old | . s y er ers ering ered
pl | ough = ow | . s ed ing
burn | t = ed | .
learn | t = ed | .
toward | s = . | .
. | aeroplane = airplane | . s
. | aluminium = aluminum | .
. | ageing = aging | .
. | artefact = artifact | . s
. | cosy = cozy | .
. | jewellery = jewelry | .
. | marvellous = marvelous | . ly
. | moustache = mustache | . s d
. | per cent = percent | .
. | pyjamas = pajamas | .
. | sceptic = skeptic | . s al ism
. | sulphur = sulfur | . ic
. | woollen = woolen | .
"""


@cache
def british_to_american() -> dict[str, str]:
    """American by British spelling, in lower case."""
    found: dict[str, str] = {}
    for line in _FAMILIES.strip().splitlines():
        before, change, after = (part.split(" ") for part in line.split(" | "))
        british, american = (part.replace(".", "") for part in " ".join(change).split(" = "))
        for stem, end in product(before, after):
            head, tail = stem.replace(".", ""), end.replace(".", "")
            found[head + british + tail] = head + american + tail
    return found


@cache
def american_to_british() -> dict[str, str]:
    """British by American spelling, in lower case."""
    return {american: british for british, american in british_to_american().items()}
