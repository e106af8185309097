# ruff: noqa: E501  a field is one line of a table
"""What the designs of the untouched part are about; the form of the lines is told in `words`. A table only."""

TOPICS = """
exhibition
exhibition title | H | show title, headline | utställning, wystawa, udstilling | Paper Boats; Forty Chairs; The Colour of Rain
curator note | S | intro line, subtitle | ingress, podtytuł, undertitel | Drawings from the north; Found on the beach; New work in clay
opening date | L | date, vernissage | öppning, otwarcie, fernisering | 11 June 2026; Friday 2 Oct; 30 Jan 2026
closing time | L | time, closes | stänger, zamknięcie, lukketid | 18:00; 9 pm; 17:30
admission | L | ticket price, entry | inträde, wstęp, entré | €11; £6.50; €8
gallery address | L | address, street | adress, adres, adresse | 5 Rope Walk; 61 Bell Street; 9 Tannery Court
gallery website | L | website, url | webbplats, strona, hjemmeside | www.ropewalk.org; bellgallery.net; www.tannery.art.com
wall text | B | description, long text | väggtext, opis, vægtekst | Every boat was folded by a visitor of the first show and none of them has ever touched water.; The chairs come from one street and were carried here by the people who used to sit on them.; It rained on fifty-one days of the stay and the painter used the water from the window sill.
main work | P | artwork picture, hero image | huvudverk, główna praca, hovedværk |
gallery logo | G | logo, house logo | gallerilogga, logo galerii, gallerilogo |
background | K | bg, backdrop | bakgrund, tło, baggrund |
* artist
- name | L | full name, person | namn, imię, navn | @people
- medium | L | technique, material | teknik, technika, teknik | Ink; Bronze; Wool; Oil on wood; Salt print; Glass
- portrait | P | photo, headshot | porträtt, portret, portræt |
===
running race
race name | H | event title, headline | lopp, bieg, løb | Ten Bridges Run; Frost Half; Canal Night Race
motto | S | slogan, claim | motto, hasło, motto | Every bridge counts; Cold feet welcome; Lights on at nine
race date | L | date, day of race | datum, data, dato | 22 Feb 2026; Sunday 10 May; 8 November 2026
first start | L | start time, gun time | starttid, godzina startu, starttid | 9:15; 20:30; 8 am
entry fee | L | price, cost | avgift, opłata, gebyr | £28; €35; £19.50
sign up website | L | url, registration link | anmälan, zapisy, tilmelding | www.tenbridges.com; frosthalf.org; www.canalrace.net
hashtag | L | social tag, handle | hashtag, hashtag, hashtag | #tenbridges; #frosthalf; @canalnight
course map | P | route map, map | bankarta, mapa trasy, rutekort |
runner | C | athlete picture, cutout | löpare, biegacz, løber |
club logo | G | logo, organiser logo | klubblogga, logo klubu, klublogo |
timing partner logo | G | partner logo, timing logo | partnerlogga, logo partnera, partnerlogo |
* distance
- label | L | name, category | etikett, kategoria, kategori | Half marathon; Ten K; Family mile; Relay; Walk; Wheelchair
- length | L | kilometres, metres | längd, długość, længde | 21.1 km; 10 km; 1.6 km; 4 x 5 km; 7 km; 15 km
- limit | L | time limit, cut off | maxtid, limit, grænse | 3:00; 1:30; 0:45; 2:20; 2:45; 2:05
===
book launch
book title | H | title, work title | boktitel, tytuł książki, bogtitel | The Quiet Ferry; Salt in the Clock; Seven Winters Out
author name | S | author, writer | författare, autor, forfatter | Marta Elgin; Owen Pryce; Katja Holm
publication date | L | release date, date | utgivning, data wydania, udgivelse | 3 September 2026; 16 Apr 2026; Tuesday 7 July
cover price | L | price, amount | pris, cena, pris | £16.99; $27.00; €22
publisher | L | imprint, press | förlag, wydawca, forlag | Harrow and Pine; Lantern Press; Northlight
shop link | L | website, order url | butik, sklep, butik | www.lanternpress.com; northlight.org; harrowpine.net
blurb | B | description, back text | baksidestext, opis, bagsidetekst | A ferryman who cannot swim carries a letter across the sound for the eleventh time this year.; The town clock stops on the night of the flood, and nobody agrees on what time it was.; Seven people share one stove and one map, and only three of them can read the map.
cover picture | P | book cover, jacket | omslag, okładka, omslag |
author photo | P | writer portrait, author picture | författarfoto, zdjęcie autora, forfatterfoto |
publisher logo | G | logo, imprint logo | förlagslogga, logo wydawcy, forlagslogo |
background | K | bg, backdrop | bakgrund, tło, baggrund |
* review
- text | L | quote, praise | citat, cytat, citat | A marvel; Read it twice; Quietly huge; I missed my stop; Best of the year; Sharp and kind
- source | L | paper, magazine | källa, źródło, kilde | The Tribune; Weekly Review; Page Nine; Coast Radio; Letters; The Reader
===
farm shop
shop name | H | title, farm name | gårdsbutik, sklep, gårdbutik | Alder Farm; The Milk Yard; Crookfield
week headline | S | offer line, subtitle | veckans, hasło tygodnia, ugens | Picked this morning; Cheese from our cows; The last of the plums
opening hours | L | open times, hours | öppettider, godziny, åbningstider | 8:30; 10:00; 7:45
phone number | L | telephone, phone | telefon, telefon, telefon | +46 40 123 4567; 01632 960 310; +48 22 555 0101
valid until date | L | date, end date | gäller till, ważne do, gælder til | 28 March; Sat 12 Sept; 1 July 2026
field photo | P | landscape picture, main photo | fältfoto, zdjęcie pola, markfoto |
basket | C | vegetable basket, cutout | korg, kosz, kurv |
farm logo | G | logo, brand | gårdslogga, logo farmy, gårdlogo |
organic seal | G | seal, quality mark | ekomärke, znak eko, økomærke |
background | K | backdrop, bg | bakgrund, tło, baggrund |
* product
- name | L | title, item | vara, produkt, vare | Leeks; Butter; Brown eggs; Apple juice; Rye flour; Honey
- price | L | cost, amount | pris, cena, pris | £2.40; £3.10; £2.95; £4.20; £1.80; £6.75
- unit | L | pack size, weight | enhet, jednostka, enhed | 1 kg; 250 g; 6 pieces; 750 ml; 2 kg; 350 g
- picture | P | photo, image | bild, zdjęcie, billede |
===
radio show
programme title | H | show name, title | programtitel, tytuł audycji, programtitel | Morning Static; Blue Hour; The Long Wave
topic line | S | subject, subtitle | ämne, temat, emne | Who owns the river; Songs about trains; A day without maps
air time | L | time, on air | sändningstid, godzina, sendetid | 6:05; 22:00; 11 am
frequency | L | channel, station number | frekvens, częstotliwość, frekvens | FM 98.4; FM 101.2; AM 810
studio email | L | email, mail contact | e-post, poczta, e-mail | hello@longwave.org; studio@bluehour.net; air@staticfm.com
host name | L | presenter, moderator | programledare, prowadzący, vært | Signe Dahl; Piotr Lis; Nell Avery
host photo | C | presenter picture, host cutout | värdfoto, zdjęcie prowadzącego, værtsfoto |
studio picture | P | mood image, room photo | studiobild, zdjęcie studia, studiebillede |
station logo | G | logo, channel logo | kanallogga, logo stacji, kanallogo |
* track
- song | L | title, track title | låt, utwór, sang | Iron Rain; Two Left Shoes; Harvest Line; Paper Moon Road; Slow Bell; Cold Star
- band | L | artist, performer | band, zespół, gruppe | The Ferns; Dusk Club; Owl Parade; Mira Nine; Low Hills; Kite
- duration | L | length, minutes | längd, czas, længde | 3:41; 2:58; 4:12; 5:06; 3:17; 4:49
"""
