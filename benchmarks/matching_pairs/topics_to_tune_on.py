# ruff: noqa: E501  a field is one line of a table
"""What the designs of the part to tune on are about; the form of the lines is told in `words`. A table only."""

TOPICS = """
line-up
headline | H | title, heading | überschrift, titre, titular | Starting Six; Match Day Two; The Squad
subtitle | S | subhead, tagline | untertitel, sous titre, subtítulo | Tonight under lights; Home again at last; Cup quarter final
venue | L | location, stadium | spielort, lieu, recinto | Harbour Park; Dene Road; Northfield Arena
match date | L | date, game date | datum, date, fecha | 12 May 2026; 3 Oct 2025; 21 June 2025
kickoff time | L | kickoff, start time | anstoß, heure, hora | 19:30; 20:45; 18:00
featured image | C | hero picture, main photo | hauptbild, image principale, imagen principal |
club logo | G | crest, team badge | vereinslogo, logo club, escudo |
sponsor logo | G | partner logo, sponsor | sponsorenlogo, logo sponsor, logo patrocinador |
* player
- name | L | full name, label | name, nom, nombre | @people
- number | L | shirt number, squad number | nummer, numéro, dorsal | 7; 11; 23; 4; 9; 18
- photo | P | headshot, picture | foto, photo, foto |
===
concert poster
title | H | headline, event title | titel, titre, título | Harbour Nights; Low Tide Festival; Echo Weekend
subtitle | S | strapline, subhead | untertitel, sous titre, subtítulo | Four evenings by the water; Music until late; New sounds from the coast
event date | L | date, day | datum, date, fecha | 14 August; Saturday 6 June; 2 Sept 2026
doors time | L | time, doors open | einlass, ouverture, apertura | 7 pm; 18:30; 8 pm
location | L | venue, place | ort, lieu, lugar | Old Fish Market; Pier Seven; Union Hall
ticket price | L | price, cost | preis, prix, precio | £18; €24.50; £12
website | L | url, web link | webseite, site web, sitio web | lowtide.org; www.pierseven.com; www.echoweekend.com
description | B | body text, blurb | beschreibung, description, descripción | Three stages, two days and the last boat home leaves at midnight sharp.; Bring a coat, the wind off the water never rests even in the month of July.; A weekend of bands you have not heard yet and will not stop hearing afterwards.
background | K | bg, backdrop | hintergrund, fond, fondo |
event logo | G | logo, festival logo | logo, logo, logo |
* act
- name | L | artist, performer | künstler, artiste, artista | @people
- photo | P | picture, portrait | bild, portrait, retrato |
===
product offer
product name | H | product title, item name | produktname, nom produit, nombre producto | Linen Shirt; Oak Side Table; Trail Runner
claim | S | slogan, tagline | slogan, accroche, eslogan | Made to be worn; Built in one piece; Grip that stays
price | L | sale price, amount | preis, prix, precio | $24.99; $180; $96.00
old price | L | was price, regular price | alter preis, ancien prix, precio anterior | $39.99; $240; $129.00
discount | L | percent off, saving | rabatt, remise, descuento | 40% off; -25%; 30% off
call to action | L | cta, button text | handlungsaufruf, bouton, botón | Shop now; Order today; Get yours
product image | C | packshot, product picture | produktbild, image produit, imagen producto |
lifestyle photo | P | ambient picture, mood image | stimmungsbild, photo ambiance, foto ambiente |
brand logo | G | logo, brand | markenlogo, logo marque, logo marca |
background | K | bg, backdrop | hintergrund, fond, fondo |
* feature
- heading | L | title, label | überschrift, titre, título | Washable; Light; Two sizes; Recycled; Waterproof; Quick to fold
- icon | I | symbol, pictogram | symbol, icône, icono |
===
news story
story title | H | headline, story headline | schlagzeile, gros titre, titular | Council votes on the bridge; River level falls again; School roof reopens
kicker | S | section, category | dachzeile, rubrique, sección | Local; Politics; Weather
summary | B | body, story text | zusammenfassung, résumé, resumen | The vote ended at two in the morning with a majority of one, and nobody in the hall clapped.; Engineers measured eleven centimetres less than a week ago and expect more to come by Friday.; Pupils will return on Monday after four months of lessons in the gymnasium across the road.
byline | L | author, writer | autor, auteur, autor | by Ruth Lammers; by Idris Cole; by Jo Park
publish date | L | date, story date | datum, date, fecha | 4 March 2026; 11/09/2025; Jan 8, 2026
location | L | place, dateline | ort, lieu, lugar | Eastbridge; Millford; Lower Haven
main picture | P | hero image, story photo | hauptbild, image principale, imagen principal |
second picture | P | inset photo, small image | zweites bild, deuxième image, segunda imagen |
channel logo | G | station logo, logo | senderlogo, logo chaîne, logo canal |
* quote
- text | L | quote, statement | zitat, citation, cita | It was time; We waited long enough; Nobody asked us; Ask again in May; The bridge will hold; I voted no
- speaker | L | source, name | sprecher, auteur, persona | @people
===
podcast
show title | H | podcast name, show name | sendungstitel, titre émission, título programa | Night Shift; The Long Way; Signal Lost
episode title | S | episode name, subtitle | folgentitel, titre épisode, título episodio | The lighthouse keeper; What the map leaves out; A room with no clock
episode number | L | episode, number | folge, épisode, episodio | Ep. 14; Ep. 203; Ep. 7
release date | L | date, air date | datum, date de sortie, fecha | 9 Feb 2026; 30 November 2025; 1 Apr 2026
hashtag | L | handle, social | hashtag, mot dièse, etiqueta | #nightshift; @thelongway; #signallost
website | L | link, url | webseite, site web, sitio web | nightshift.fm/new; longway.org; www.signal-lost.com
cover art | P | cover, artwork | titelbild, pochette, portada |
studio logo | G | logo, network logo | studiologo, logo studio, logo estudio |
background | K | backdrop, bg | hintergrund, fond, fondo |
* guest
- name | L | full name, person | name, nom, nombre | @people
- role | L | job title, function | rolle, fonction, cargo | Keeper; Cartographer; Nurse; Pilot; Baker; Historian
- photo | P | portrait, headshot | foto, photo, foto |
===
menu
restaurant name | H | title, house name | restaurantname, nom restaurant, nombre restaurante | Salt and Ash; The Blue Door; Mirabel
menu title | S | subtitle, section | menütitel, titre menu, título menú | Lunch this week; Sunday table; Evening menu
opening hours | L | hours, open times | öffnungszeiten, horaires, horario | 12:00; 17:30; 11:30
phone number | L | telephone, phone | telefon, téléphone, teléfono | +44 20 7946 0018; 01632 960 155; 0131 496 0777
address | L | street, location | adresse, adresse, dirección | 14 Quay Street; 2 Fold Lane; 88 Garden Row
dish photo | P | food picture, main image | gerichtfoto, photo plat, foto plato |
restaurant logo | G | logo, house logo | restaurantlogo, logo maison, logo local |
background | K | bg, table texture photo | hintergrund, fond, fondo |
* dish
- name | L | title, item | gericht, plat, plato | Mussels; Barley broth; Roast leek; Plum tart; Smoked trout; Brown bread
- price | L | cost, amount | preis, prix, precio | £9; £7.50; £8; £6.50; £14; £4
- description | S | info, details | beschreibung, description, descripción | cider and bay; root vegetables; hazel and cheese; cold cream; horseradish; salted butter
===
weather
heading | H | title, headline | überschrift, titre, título | The week ahead; Storm from the west; First frost
region | S | area, district | region, région, región | Coast and islands; Upper valley; Southern plain
wind | L | wind speed, gusts | wind, vent, viento | 45 km/h; 12 knots; force 6
sunrise time | L | sunrise, dawn | sonnenaufgang, lever, amanecer | 6:12; 7:48; 5:03
forecast date | L | date, day | datum, date, fecha | 7 April 2026; Sunday 19 Oct; 2 Jan 2026
weather map | P | map, radar picture | wetterkarte, carte, mapa |
station logo | G | logo, channel logo | senderlogo, logo station, logo cadena |
background | K | bg, backdrop | hintergrund, fond, fondo |
* day
- weekday | L | day, label | wochentag, jour, día | Mon; Tue; Wed; Thu; Fri; Sat
- high | L | high temperature, maximum | höchstwert, maximum, máxima | 14°; 17°; 9°; 21°; 11°; 19°
- low | L | low temperature, minimum | tiefstwert, minimum, mínima | 3°; 6°; -1°; 8°; 2°; 7°
- icon | I | symbol, pictogram | symbol, icône, icono |
===
train times
board name | H | title, station name | tafelname, titre, nombre tablero | Departures; Harbour Station; Line Nine
notice | S | message, subtitle | hinweis, avis, aviso | Works on track two; All trains run; Last ferry at ten
valid from date | L | date, start date | gültig ab, valable, válido | 14 Dec 2025; 8 June 2026; Monday 3 March
hotline phone | L | phone, hotline | telefon, téléphone, teléfono | 01632 960 444; +44 113 496 0999; 0191 498 0777
network map | P | map, line plan | netzplan, plan, plano |
operator logo | G | logo, company logo | betreiberlogo, logo exploitant, logo operador |
* train
- departure time | L | time, leaves | abfahrt, départ, salida | 8:04; 9:31; 11:15; 12:40; 15:02; 17:58
- origin | L | from, start | von, origine, origen | Moor End; Quayside; Castle Hill; North Dene; Fairmile; Old Mill
- destination | L | to, end | nach, destination, destino | Seaton; Birch Lane; Grange; West Park; Ferryhill; Bridge Street
===
house for sale
property title | H | headline, listing title | titolo, titel, título | Cottage by the Mill; Two rooms on Elm Walk; The Glass House
teaser | S | subtitle, tag line | sottotitolo, ondertitel, subtítulo | Garden to the south; Ten minutes from town; Quiet and bright
asking price | L | price, amount | prezzo, prijs, preço | £415,000; £289,500; £1,250,000
street address | L | address, location | indirizzo, adres, endereço | 31 Weir Lane; 7 Elm Walk; 120 Ridge Road
viewing date | L | date, open house date | data visita, bezichtigingsdatum, data visita | 18 Jan 2026; Sunday 5 July; 23 April
agent phone | L | phone, contact number | telefono, telefoon, telefone | 01632 960 801; +44 161 496 0332; 0114 496 0555
agent name | L | agent, contact name | agente, makelaar, agente | Petra Wold; Samir Anand; Lou Ferris
exterior photo | P | front picture, house image | foto esterno, buitenfoto, foto exterior |
floor plan | P | plan, layout drawing | piantina, plattegrond, planta |
agency logo | G | logo, estate agent logo | logo agenzia, kantoorlogo, logo agência |
background | K | bg, backdrop | sfondo, achtergrond, fundo |
* room
- name | L | label, title | nome, naam, nome | Kitchen; Study; Bedroom; Attic; Cellar; Hall
- area | L | size, square metres | superficie, oppervlakte, área | 14 m²; 9 m²; 17 m²; 22 m²; 30 m²; 6 m²
- photo | P | picture, image | immagine, afbeelding, imagem |
===
conference
conference title | H | event name, headline | titolo conferenza, congrestitel, título conferência | Concrete Futures; Soft Machines; The Repair Summit
theme | S | motto, subtitle | tema, thema, tema | Building with what is there; Robots that bend; Keep it running
start date | L | date, from date | data inizio, begindatum, data início | 5 November 2026; Thursday 12 March; 28 Sep 2026
registration link | L | url, sign up link | iscrizione, aanmelden, inscrição | www.softmachines.io; repairsummit.org; www.concretefutures.com
city | L | location, town | città, stad, cidade | Rotterdam; Turin; Porto
hashtag | L | social handle, tag | hashtag, hashtag, hashtag | #softmachines; #repair26; @concretefutures
venue image | P | hall picture, building photo | immagine sede, locatiefoto, imagem local |
organiser logo | G | host logo, logo | logo organizzatore, logo organisator, logo organizador |
partner logo | G | supporter logo, sponsor logo | logo partner, logo sponsor, logo parceiro |
* speaker
- name | L | full name, person | nome, naam, nome | @people
- company | L | organisation, employer | azienda, bedrijf, empresa | Brightwell; Loom Labs; TU Eastport; Kestrel; Fjord Works; Nine Elms
- topic | S | talk title, subject | argomento, onderwerp, assunto | Bricks again; Why glue fails; Warm iron; A patient crane; Ten old pumps; Steel in rain
- portrait | P | photo, headshot | ritratto, portret, retrato |
===
job opening
position | H | job title, role title | posizione, functie, cargo | Night Editor; Boat Builder; Head Gardener
department | S | team, division | reparto, afdeling, departamento | Newsroom; Workshop three; Parks and squares
salary | L | pay, wage | stipendio, salaris, salário | €3,900; €2,850; €4,100
closing date | L | deadline, apply by date | scadenza, sluitingsdatum, prazo | 1 February 2026; 15 Oct 2026; 30/06/2026
contact email | L | email, mail | posta elettronica, e-mail, correio | jobs@harbourpost.org; work@boatyard.com; garden@cityhall.org
workplace | L | location, site | sede, werkplek, local | Quay House; Dock Nine; Orchard Park
tasks | B | description, duties text | mansioni, taken, tarefas | You plan the front page with two colleagues and you decide what waits until tomorrow morning.; You steam and bend planks, you read drawings and you teach one apprentice in the second year.; You look after eleven squares, four greenhouses and a crew of nine people in all weathers.
team photo | P | people picture, group image | foto squadra, teamfoto, foto equipa |
company logo | G | employer logo, logo | logo azienda, bedrijfslogo, logo empresa |
background | K | bg, backdrop | sfondo, achtergrond, fundo |
* benefit
- title | L | heading, label | titolo, titel, título | Four days; Free ferry; Own tools; Long summer; Warm lunch; Pension
- icon | I | symbol, pictogram | icona, pictogram, ícone |
===
travel deal
destination | H | place name, title | destinazione, bestemming, destino | Lofoten; Puglia; The Azores
offer line | S | subtitle, promise | offerta, aanbieding, oferta | Six nights on the water; Trains all the way; Whales guaranteed
from price | L | price, starting price | prezzo, vanafprijs, preço | from €749; from €1,190; from €585
departure date | L | date, travel date | data partenza, vertrekdatum, data partida | 9 August 2026; Mon 4 May; 17 Dec 2026
discount | L | saving, percent off | sconto, korting, desconto | -15%; 20% off; 10 %
booking link | L | website, url | prenotazione, boeken, reserva | www.northtrips.com; slowrails.org; www.islanddeals.net
hero photo | P | main image, destination picture | foto principale, hoofdfoto, foto principal |
map | P | route map, map picture | mappa, kaart, mapa |
operator logo | G | tour logo, logo | logo operatore, logo reisbureau, logo operador |
* stop
- place | L | name, town | luogo, plaats, lugar | Reine; Svolvær; Ostuni; Lecce; Horta; Velas
- nights | L | stay, duration | notti, nachten, noites | 2 nights; 3 nights; 1 night; 4 nights; 5 nights; 6 nights
- picture | P | photo, image | immagine, afbeelding, imagem |
===
film premiere
film title | H | movie title, title | titolo film, filmtitel, título filme | The Salt Road; Eleven Doors; Marrow
tagline | S | slogan, logline | slogan, slagzin, slogan | Nobody walks back; Open one; It begins inside
premiere date | L | release date, date | data uscita, première datum, data estreia | 26 Sept 2026; Friday 13 Feb; 7 November
screening time | L | start time, time | orario, aanvangstijd, hora | 20:15; 9 pm; 19:00
cinema | L | theatre, venue | cinema, bioscoop, cinema | Roxy Two; Lumen House; The Plaza
rating | L | age rating, certificate | classificazione, leeftijd, classificação | 12A; 15; PG
poster art | P | key art, poster image | locandina, posterbeeld, cartaz |
still | P | scene picture, film still | fotogramma, filmbeeld, fotograma |
studio logo | G | distributor logo, logo | logo studio, studiologo, logo estúdio |
background | K | bg, backdrop | sfondo, achtergrond, fundo |
* actor
- name | L | cast name, full name | nome, naam, nome | @people
- character | L | role name, part | personaggio, personage, personagem | Captain Vey; The Widow; Osk; Little Bram; Doctor Hale; The Ferryman
- photo | P | headshot, portrait | foto, foto, foto |
===
results board
board title | H | headline, title | titolo, titel, título | Sunday results; Round nine; Final table
competition | S | league, subtitle | competizione, competitie, competição | Coast League; Winter Cup; Division Two
match day | L | round, matchday | giornata, speelronde, jornada | Day 9; Day 22; Day 30
top scorer | L | best scorer, scorer name | capocannoniere, topscorer, melhor marcador | Ines Vall; Tomas Rehn; Kofi Adu
social handle | L | hashtag, handle | profilo, hashtag, perfil | @coastleague; #wintercup; #div2
action photo | C | game picture, action shot | foto azione, actiefoto, foto ação |
league logo | G | competition logo, logo | logo lega, competitielogo, logo liga |
* game
- home team | L | home, host team | squadra casa, thuisploeg, equipa casa | Rovers; Athletic; Harbour FC; Town; United; Albion
- away team | L | away, guest team | squadra ospite, uitploeg, equipa visitante | Rangers; City; Wanderers; Olympic; County; Dynamo
- score | L | result, final score | punteggio, uitslag, resultado | 2 - 1; 0 - 0; 3 - 2; 1 - 4; 2 - 2; 5 - 0
"""
