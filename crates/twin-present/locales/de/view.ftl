# Der Betrachter.
view-search = Straße suchen
view-street = Straße
view-no-street = Klicken Sie auf eine Straße.
view-no-name = ohne Namen
view-class = Klasse
view-length = Länge
view-width = Breite
view-lanes = Fahrstreifen
view-speed = zulässig
view-oneway = Einbahnstraße
view-bridge = Brücke
view-assumed = angenommen
view-volume = Verkehr
view-veh-h = Fz/h
view-closure = Sperrung
view-kind-full = Vollsperrung
view-kind-half-signal = halbseitig mit Ampel
view-kind-half-priority = halbseitig ohne Ampel
view-kind-narrowed = verengt auf { $m } m
view-kind-half-flagger = halbseitig mit Posten
view-kind-one-way = Einbahn
view-kind-lanes = weniger Fahrstreifen
view-from = von
view-to = bis
view-side = Seite
view-right = rechts
view-left = links
view-open = offen bleibt
view-along = in Richtung der Achse
view-against = gegen die Achse
view-lanes-stay = Fahrstreifen bleiben
view-hours = Uhrzeit
view-all-day = ganztägig
view-emergency = Feuerwehr und Rettungsdienst dürfen durch
view-add = Sperren und rechnen
view-scenario = Szenario
view-name = Name
view-nothing-closed = Noch nichts gesperrt.
view-remove = entfernen
view-run = Rechnen
view-cancel = Abbrechen
view-gap = relative Lücke
view-stage-prepare = Bestand wird vorbereitet
view-stage-equilibrium = Gleichgewicht
view-cancelled = Abgebrochen.
view-save = Speichern
view-saved = Gespeichert: { $file }
view-not-saved = Nicht gespeichert: { $why }
view-result = Ergebnis
view-stale = Das Szenario wurde seither geändert.
view-table = Ganze Tabelle
view-before = vorher
view-after = nachher
view-vehicle-hours = Fahrzeit
view-vehicle-km = Fahrleistung
view-delay = Zeitverlust
view-cut-off-addresses = abgeschnittene Adressen
view-cut-off-trips = Fahrten ohne Weg
view-buses = betroffene Buslinien
view-detours = Umleitungen
view-no-detours = Niemand fährt einen anderen Weg.
view-not-converged = Nicht konvergiert: Zahlen sind vorläufig.
view-show = Darstellung
view-measure-change = Änderung
view-measure-before = vorher
view-measure-with = nachher
view-measure-slowdown = Reisezeit
view-hatched = schraffiert: Abnahme
view-width-is-volume = Breite der Bänder: Verkehrsstärke
view-home = Übersicht
view-plan = Plan
view-3d = 3D
view-help = Klick: Straße oder Leitung wählen · ziehen: drehen · rechts ziehen: schieben · Rad: näher · 3: Plan/3D · Pos1: Übersicht · Entf: letzte Sperrung weg · B: vorher/nachher · Strg+Z, Strg+Y: rückgängig, wiederholen · V: Routen der Straße · Komma, Punkt: Stunde · Bild auf, ab: Tag · F1–F9: Blicke · Strg+S: speichern
view-hour = { $from }–{ $to } Uhr
view-assumed-roofs = Dachform bei { $n } Gebäuden angenommen; Bäume nicht kartiert
view-base-case = Bestand
view-closed-here = Baustelle
tab-traffic = Verkehr
tab-affected = Betroffene
tab-buses = Busse
tab-emergency = Rettung
tab-environment = Umwelt
tab-lines = Leitungen
tab-supply = Versorgung
brief-more = … und { $n } weitere
brief-cut-off = Mit dem Auto nicht mehr erreichbar
brief-cut-off-none = Jede Adresse bleibt mit dem Auto erreichbar.
brief-cut-off-n =
    { $n ->
        [one] Eine Adresse ist mit dem Auto nicht mehr erreichbar.
       *[other] { $n } Adressen sind mit dem Auto nicht mehr erreichbar.
    }
brief-hospital = Weg zum Krankenhaus
brief-hospital-none = Kein Weg zum Krankenhaus wird länger.
brief-hospital-longer =
    { $n ->
        [one] Von einer Adresse dauert er länger, um bis zu { $minutes } min.
       *[other] Von { $n } Adressen dauert er länger, um bis zu { $minutes } min.
    }
brief-hospital-lost =
    { $n ->
        [one] Von einer Adresse führt kein Weg mehr dorthin.
       *[other] Von { $n } Adressen führt kein Weg mehr dorthin.
    }
brief-schools = Schulwege
brief-schools-none = Kein kürzester Schulweg führt an der Baustelle entlang.
brief-school =
    { $n ->
        [one] 1 Schulweg an der Baustelle vorbei, Umweg bis { $m } m
       *[other] { $n } Schulwege an der Baustelle vorbei, Umweg bis { $m } m
    }
brief-longer-n =
    { $n ->
        [one] Eine Adresse mit einem um mindestens { $m } m längeren Weg mit dem Auto
       *[other] { $n } Adressen mit einem um mindestens { $m } m längeren Weg mit dem Auto
    }
brief-parking = Lieferungen und Parken
brief-lorry =
    { $n ->
        [one] Ein schwerer Lkw erreicht eine Adresse nicht mehr.
       *[other] Ein schwerer Lkw erreicht { $n } Adressen nicht mehr.
    }
brief-buses-none = Keine Buslinie ist betroffen.
brief-bus-run = je Fahrt { $m } m, { $minutes } min
brief-bus-day = Alle Fahrten eines Werktags zusammen: { $minutes } min
brief-stop-lost = Halt entfällt
brief-emergency-none = Keine Wache im Datenbestand.
brief-shut-in = Die Ausfahrt ist versperrt.
brief-no-way = kein Weg
brief-louder =
    { $n ->
        [one] { $db } dB, 1 Adresse
       *[other] { $db } dB, { $n } Adressen
    }
brief-junctions = Knoten ohne Wasser: vorher { $before }, nachher { $after }
brief-customers = Kunden ohne Versorgung: vorher { $before }, nachher { $after }
brief-later = { $service }: { $after } statt { $before } min
brief-supplied = Kein Gebäude verliert seine Versorgung.
brief-unsupplied =
    { $n ->
        [one] { $n } Gebäude mit { $people } Einwohnern ist ohne Versorgung.
       *[other] { $n } Gebäude mit { $people } Einwohnern sind ohne Versorgung.
    }
brief-restoration =
    { $n ->
        [one] Umschalten in einem Schritt: { $dark } Kunden bleiben ohne Strom.
       *[other] Umschalten in { $n } Schritten: { $dark } Kunden bleiben ohne Strom.
    }
layer-buildings = Gebäude
layer-trees = Bäume
layer-volume = Bänder: Breite = Verkehr
view-layers = Ebenen
view-lines-by-state = Leitungen nach Druck, Temperatur, Auslastung färben
view-consequences = Gebäude nach Folgen färben
view-legend-lines = Leitungen
view-legend-buildings = Gebäude: schwerste Folge
view-legend-out = außer Betrieb
view-legend-without = ohne Versorgung
view-outage = Außer Betrieb nehmen und rechnen
view-outage-back = Wieder in Betrieb nehmen
view-fly = auf der Karte zeigen
view-undo = Rückgängig
view-redo = Wiederholen
view-switch = Häkchen: wird mitgerechnet
view-all-days = alle Tage zugleich
view-date = Tag
view-stage-days = { $from } bis { $to } (Sperrungen: { $n })
view-swipe = Vorher | nachher wischen
view-state-now = Im Ergebnis
view-depth-hint = Leitungen liegen unter der Oberfläche und sind breiter gezeichnet, als sie sind.
view-beneath-none = Unter den gesperrten Abschnitten liegt keine bekannte Leitung.
view-beneath = Im Bereich der Baustelle (Straße und { $m } m je Seite)
view-beneath-sum =
    { $n ->
        [one] { $network }: 1 Leitung, { $length } m
       *[other] { $network }: { $n } Leitungen, { $length } m
    }
view-no-closure = Noch nichts gesperrt.
view-queue = Rückstau über den Tag
view-queue-at =
    { $n ->
        [one] Sperrung { $closure }, { $street }: höchstens 1 Fahrzeug um { $time }
       *[other] Sperrung { $closure }, { $street }: höchstens { $n } Fahrzeuge um { $time }
    }
view-queue-day = Ganzen Tag mit Rückstau rechnen
view-legend-volume = Verkehrsstärke vorher | nachher
view-undo-keys = Strg+Z
view-redo-keys = Strg+Y oder Strg+Umschalt+Z
view-saved-off = Abgeschaltete Maßnahmen bleiben darin erhalten, ohne zu gelten ({ $n }).
view-saved-day = Die Datei gilt nur für den Tag, der gewählt ist: { $day }.
view-queue-none = Vor keiner Sperrung, an der der Verkehr abwechselnd fährt, wartet jemand.
view-saved-kept = Kommentare werden nicht mitgeschrieben; die vorige Fassung liegt in { $file }.
brief-within = Adressen in der Frist
brief-beyond = darüber
brief-school-past =
    { $n ->
        [one] 1 Schulweg an der Baustelle vorbei, ohne Umweg
       *[other] { $n } Schulwege an der Baustelle vorbei, ohne Umweg
    }
view-change = Ändern und rechnen
view-first-day = Vom
view-last-day = bis
view-open-day = offen
view-days-wrong = Tage als 4.5.2026 schreiben, den letzten nicht vor dem ersten.
view-cause = Anlass
view-exempt-buses = Busse dürfen durch
view-exempt-residents = Anlieger frei
tab-costs = Kosten
time-less-than = über { $min } min kürzer
time-more-than = über { $min } min länger
time-about = ± { $min } min
time-gain = { $from } bis { $to } min kürzer
time-loss = { $from } bis { $to } min länger
view-winners = Fahrten nach Änderung ihrer Dauer (Fz/h)
view-winners-sum = Zusammen gehen { $lost } Minuten verloren, { $won } werden gewonnen (Fahrzeugminuten je Stunde).
view-winners-cut-off = { $n } Fahrten haben keinen Weg mehr und stehen in keinem Balken.
view-winners-scale = Der graue Balken zählt nicht für den Maßstab.
costs-hours = Summe über die gerechneten Stunden ({ $hours })
costs-figure = Größe
costs-rate = Satz
costs-sum = Betrag
costs-time = Fahrzeit
costs-fuel = Kraftstoff
costs-co2 = CO₂
costs-all = Zusammen
costs-unit-hours = Fz·h
costs-unit-litres = l
costs-unit-kg = kg
costs-basis = Die Sätze sind Annahmen und stehen im Szenario unter [assumptions]: value_of_time_eur_h je Stunde eines Fahrzeugs mit seinen Insassen, fuel_price_eur_l je Liter. CO₂ hat hier keinen Preis. Nicht gerechnete Stunden fehlen in den Summen.
costs-cut-off = { $n } Fahrten ohne Weg sind nicht bewertet.
view-routes = Routen über diesen Abschnitt
view-routes-keys = V: Routen des gewählten Abschnitts zeigen oder wieder alle
view-routes-legend = Nur Fahrten über { $street }
view-routes-busy = Routen werden gesucht …
view-routes-none = Über diesen Abschnitt fährt vorher und nachher niemand.
view-routes-sum = Fahrten über den Abschnitt: vorher { $before }, nachher { $after } Fz/h
view-routes-largest = Relationen, die stärkste Änderung zuerst (Klick: nur deren Routen)
view-routes-edge = { $name } (Kartenrand)
view-routes-pair = { $from } – { $to } ({ $class })
view-routes-all = alle Relationen
view-routes-more = … und { $n } weitere Relationen
view-routes-way = vorher { $before }, nachher { $after } Fz/h
view-routes-longer = Weg { $m } m, { $min } min
view-routes-lost = kein Weg mehr
view-routes-car = Pkw
view-routes-truck = Lkw
view-timeline-day = Tage
view-timeline-hour = Stunden
view-timeline-all = alle Tage
view-timeline-day-hint = Klicken oder ziehen: nur dieser Tag. Bild auf, Bild ab: Tag davor, danach.
view-timeline-hour-hint = gerechnet: klicken zeigt sie. Komma, Punkt: Stunde davor, danach. Rechtsklick: nicht mehr rechnen.
view-timeline-hour-new = noch nicht gerechnet: klicken rechnet sie mit.
view-timeline-undated = Keine Sperrung hat ein Datum (in der Karte rechts: Vom … bis …).
view-journal = Vom letzten Mal gibt es Änderungen, die nicht gespeichert wurden.
view-journal-take = Wiederherstellen
view-journal-drop = Verwerfen
view-journal-failed = Die automatische Sicherung gelingt nicht: { $why }
view-up = nach oben
view-down = nach unten
view-views = Blicke
view-views-keep = Blick merken (Umschalt+F{ $n })
view-views-name = Blick { $n }
view-views-hint = F1 bis F9: hinfliegen · Umschalt+F1 bis F9: merken
view-views-kept = Blick { $n } gemerkt.
view-views-not-kept = Die Blicke lassen sich nicht speichern: { $why }
view-handle = Griff ziehen: Baustelle kürzen oder verlängern
story-sources = Quellen:
story-next = weiter
story-back = zurück
story-play = Abspielen
story-stop = Anhalten
story-plan = Planen (Esc)
story-text = Text (T)
story-keys = Pfeile oder Leertaste: blättern · P: abspielen · T: Text · Esc: zum Planen
story-drawn = Bild { $n } von { $all }: { $file }
story-written = Seite: { $file }
brief-no-networks = Im Datenbestand ist kein Versorgungsnetz, das gerechnet werden kann.
brief-nothing-known = Dazu liegt kein Ergebnis vor.
