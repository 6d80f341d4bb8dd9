# Whom closures touch besides the drivers.
touched-emergency = Fire brigade and ambulance: first crew at every address
touched-service = Service
touched-day-hour = Hour
touched-within-before = in time before
touched-within-after = after
touched-beyond = no longer in time
touched-worst-address = worst address
touched-added-min = later (min)
touched-limit = In time means { $limit } min from the alarm: to turn out and drive; turn-out times are assumptions.
touched-lost =
    { $n ->
        [one] { $service } ({ $hour }): one address cannot be reached any more: { $streets }
       *[other] { $service } ({ $hour }): { $n } addresses cannot be reached any more: { $streets }
    }
touched-shut-in = { $station }: the way out is closed.
service-fire = Fire brigade
service-rescue = Ambulance
touched-ways = Longer ways of residents
touched-errand = Way
touched-longer = Addresses
touched-mean-m = mean (m)
touched-mean-min = mean (min)
touched-most-m = longest (m)
touched-ways-none = No address has a way longer by { $m } m.
touched-farthest = Farthest: { $address }, at least { $m } m more in most directions.
errand-car-in = by car to the address
errand-car-out = by car from the address
errand-hospital = to hospital
errand-bicycle-centre = by bicycle to the centre
errand-foot-shop = on foot to the shops
touched-buses = Buses
touched-line = Line
touched-what = Effect
touched-added-m = detour (m)
touched-stops = stops lost
bus-delayed = waits
bus-diverted = diverted
bus-broken = broken
touched-bus-via = Line { $line } goes by { $streets }
touched-bus-stops = Line { $line } does not serve: { $stops }
touched-walks = On foot and by bicycle
touched-school =
    { $n ->
        [one] For one address the shortest walk to school leads past the works; the footway stays.
       *[other] For { $n } addresses the shortest walk to school leads past the works; the footway stays.
    }
touched-school-longer =
    { $n ->
        [one] For one address the shortest walk to school leads through the closure; the detour is up to { $m } m.
       *[other] For { $n } addresses the shortest walk to school leads through the closure; the detour is up to { $m } m.
    }
touched-around = Closure { $closure }, { $mode }: { $m } m around instead of { $through } m
touched-no-way-around = Closure { $closure }, { $mode }: no way around
touched-deliveries = Deliveries and lorries
touched-frontage = Closure { $closure }: { $n } addresses along it, { $without } of them without delivery to the door; at most { $roadside } m of roadside for stopping are lost
touched-lorries = { $hour }: { $n } lorries/h drive { $m } m farther in the mean
touched-lorry-cut-off =
    { $n ->
        [one] A heavy lorry does not reach one address any more: { $streets }
       *[other] A heavy lorry does not reach { $n } addresses any more: { $streets }
    }
touched-signed = Recommended detour (to be signed for all vehicles)
touched-signed-none = Closure { $closure } { $towards }: there is no way around.
touched-signed-route = Closure { $closure } { $towards }: { $streets }, { $length } km ({ $added } km, { $minutes } min)
touched-signed-load = { $street } would carry { $percent } % of its capacity
touched-signed-followed = { $percent } % of the trips take it of their own accord
quality-last-resort = leads over residential streets or past other works
quality-cars-only = FOR CARS ONLY
