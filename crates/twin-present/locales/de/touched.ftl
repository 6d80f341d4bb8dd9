# Wen die Sperrung außer den Fahrern trifft.
touched-emergency = Feuerwehr und Rettungsdienst: erstes Fahrzeug an jeder Adresse
touched-service = Dienst
touched-day-hour = Stunde
touched-within-before = in der Frist vorher
touched-within-after = nachher
touched-beyond = nicht mehr in der Frist
touched-worst-address = am stärksten betroffen
touched-added-min = später (min)
touched-limit = Frist { $limit } min ab Alarm: Ausrücken und Anfahrt; Ausrückezeiten sind Annahmen.
touched-lost =
    { $n ->
        [one] { $service } ({ $hour }): eine Adresse ist nicht mehr erreichbar: { $streets }
       *[other] { $service } ({ $hour }): { $n } Adressen sind nicht mehr erreichbar: { $streets }
    }
touched-shut-in = { $station }: Die Ausfahrt ist versperrt.
service-fire = Feuerwehr
service-rescue = Rettungsdienst
touched-ways = Umwege der Anlieger
touched-errand = Weg
touched-longer = Adressen
touched-mean-m = im Mittel (m)
touched-mean-min = im Mittel (min)
touched-most-m = größter (m)
touched-ways-none = Keine Adresse hat einen um { $m } m längeren Weg.
touched-farthest = Am weitesten: { $address }, in den meisten Richtungen mindestens { $m } m mehr.
errand-car-in = Hinfahrt mit dem Auto
errand-car-out = Wegfahrt mit dem Auto
errand-hospital = zum Krankenhaus
errand-bicycle-centre = mit dem Rad ins Zentrum
errand-foot-shop = zu Fuß einkaufen
touched-buses = Busse
touched-line = Linie
touched-what = Folge
touched-added-m = Umweg (m)
touched-stops = entfallende Halte
bus-delayed = wartet
bus-diverted = umgeleitet
bus-broken = unterbrochen
touched-bus-via = Linie { $line } fährt über { $streets }
touched-bus-stops = Linie { $line } bedient nicht: { $stops }
touched-walks = Zu Fuß und mit dem Rad
touched-school =
    { $n ->
        [one] Für eine Adresse führt der kürzeste Schulweg an der Baustelle entlang; der Gehweg bleibt.
       *[other] Für { $n } Adressen führt der kürzeste Schulweg an der Baustelle entlang; der Gehweg bleibt.
    }
touched-school-longer =
    { $n ->
        [one] Für eine Adresse führt der kürzeste Schulweg durch die Sperrung; der Umweg misst bis zu { $m } m.
       *[other] Für { $n } Adressen führt der kürzeste Schulweg durch die Sperrung; der Umweg misst bis zu { $m } m.
    }
touched-around = Sperrung { $closure }, { $mode }: { $m } m außen herum statt { $through } m
touched-no-way-around = Sperrung { $closure }, { $mode }: kein Weg außen herum
touched-deliveries = Lieferungen und Lastwagen
touched-frontage = Sperrung { $closure }: { $n } Adressen liegen daran, { $without } davon ohne Lieferung bis vor die Tür; höchstens { $roadside } m Straßenrand zum Halten entfallen
touched-lorries = { $hour }: { $n } Lkw/h fahren im Mittel { $m } m Umweg
touched-lorry-cut-off =
    { $n ->
        [one] Ein schwerer Lkw erreicht eine Adresse nicht mehr: { $streets }
       *[other] Ein schwerer Lkw erreicht { $n } Adressen nicht mehr: { $streets }
    }
touched-signed = Umleitungsempfehlung (für alle Fahrzeuge zu beschildern)
touched-signed-none = Sperrung { $closure } { $towards }: Es gibt keinen Weg außen herum.
touched-signed-route = Sperrung { $closure } { $towards }: { $streets }, { $length } km ({ $added } km, { $minutes } min)
touched-signed-load = { $street } wäre zu { $percent } % ausgelastet
touched-signed-followed = { $percent } % der Fahrten nehmen sie von selbst
quality-last-resort = führt über Wohnstraßen oder an anderen Baustellen vorbei
quality-cars-only = NUR FÜR PKW
