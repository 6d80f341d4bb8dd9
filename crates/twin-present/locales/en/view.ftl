# The viewer.
view-search = Find a street
view-street = Street
view-no-street = Click a street.
view-no-name = without a name
view-class = Class
view-length = Length
view-width = Width
view-lanes = Lanes
view-speed = Speed limit
view-oneway = One-way
view-bridge = Bridge
view-assumed = assumed
view-volume = Volume
view-veh-h = veh/h
view-closure = Closure
view-kind-full = Full closure
view-kind-half-signal = Half, with signals
view-kind-half-priority = Half, without signals
view-kind-narrowed = Narrowed to { $m } m
view-kind-half-flagger = Half, with flaggers
view-kind-one-way = One-way
view-kind-lanes = Fewer lanes
view-from = from
view-to = to
view-side = Side
view-right = right
view-left = left
view-open = stays open
view-along = along the axis
view-against = against the axis
view-lanes-stay = lanes stay
view-hours = Time of day
view-all-day = all day
view-emergency = Emergency services may pass
view-add = Close and compute
view-scenario = Scenario
view-name = Name
view-nothing-closed = Nothing is closed yet.
view-remove = remove
view-run = Compute
view-cancel = Cancel
view-gap = relative gap
view-stage-prepare = Preparing the base case
view-stage-equilibrium = Equilibrium
view-cancelled = Cancelled.
view-save = Save
view-saved = Saved: { $file }
view-not-saved = Not saved: { $why }
view-result = Result
view-stale = The scenario has changed since.
view-table = Whole table
view-before = before
view-after = after
view-vehicle-hours = Travel time
view-vehicle-km = Distance
view-delay = Delay
view-cut-off-addresses = addresses cut off
view-cut-off-trips = trips without a way
view-buses = bus lines affected
view-detours = Detours
view-no-detours = Nobody takes another way.
view-not-converged = Not converged: figures are preliminary.
view-show = Shown
view-measure-change = Change
view-measure-before = before
view-measure-with = after
view-measure-slowdown = Travel time
view-hatched = hatched: decrease
view-width-is-volume = width of bands: volume
view-home = Overview
view-plan = Plan
view-3d = 3D
view-help = Click: choose a street or supply line · drag: turn · right drag: move · wheel: nearer · 3: plan/3D · Home: overview · Del: remove last closure · B: before/after · Ctrl+Z, Ctrl+Y: undo, redo · V: routes of the street · comma, full stop: hour · Page up, down: day · F1–F9: views · Ctrl+S: save
view-hour = { $from }:00–{ $to }:00
view-assumed-roofs = Roof form of { $n } buildings assumed; trees are not mapped ones
view-base-case = Base case
view-closed-here = Works
tab-traffic = Traffic
tab-affected = Affected
tab-buses = Buses
tab-emergency = Emergency
tab-environment = Environment
tab-lines = Lines
tab-supply = Supply
brief-more = … and { $n } more
brief-cut-off = Not reachable by car any more
brief-cut-off-none = Every address stays reachable by car.
brief-cut-off-n =
    { $n ->
        [one] One address is not reachable by car any more.
       *[other] { $n } addresses are not reachable by car any more.
    }
brief-hospital = Way to the hospital
brief-hospital-none = No way to the hospital gets longer.
brief-hospital-longer =
    { $n ->
        [one] From one address it takes longer, by up to { $minutes } min.
       *[other] From { $n } addresses it takes longer, by up to { $minutes } min.
    }
brief-hospital-lost =
    { $n ->
        [one] From one address no way leads there any more.
       *[other] From { $n } addresses no way leads there any more.
    }
brief-schools = Ways to school
brief-schools-none = No shortest way to school leads past the works.
brief-school =
    { $n ->
        [one] 1 way to school past the works, detour up to { $m } m
       *[other] { $n } ways to school past the works, detour up to { $m } m
    }
brief-longer-n =
    { $n ->
        [one] One address with a way by car longer by at least { $m } m
       *[other] { $n } addresses with a way by car longer by at least { $m } m
    }
brief-parking = Deliveries and parking
brief-lorry =
    { $n ->
        [one] A heavy lorry does not reach one address any more.
       *[other] A heavy lorry does not reach { $n } addresses any more.
    }
brief-buses-none = No bus line is affected.
brief-bus-run = per run { $m } m, { $minutes } min
brief-bus-day = All runs of a working day together: { $minutes } min
brief-stop-lost = stop not served
brief-emergency-none = There is no station in the data.
brief-shut-in = Its way out is blocked.
brief-no-way = no way
brief-louder =
    { $n ->
        [one] { $db } dB, 1 address
       *[other] { $db } dB, { $n } addresses
    }
brief-junctions = Junctions without water: { $before } before, { $after } after
brief-customers = Customers without supply: { $before } before, { $after } after
brief-later = { $service }: { $after } instead of { $before } min
brief-supplied = No building loses its supply.
brief-unsupplied =
    { $n ->
        [one] One building with { $people } residents is without supply.
       *[other] { $n } buildings with { $people } residents are without supply.
    }
brief-restoration =
    { $n ->
        [one] Switching in one step: { $dark } customers stay without power.
       *[other] Switching in { $n } steps: { $dark } customers stay without power.
    }
layer-buildings = Buildings
layer-trees = Trees
layer-volume = Bands: width = volume
view-layers = Layers
view-lines-by-state = Color lines by pressure, temperature, loading
view-consequences = Color buildings by consequence
view-legend-lines = Supply lines
view-legend-buildings = Buildings: worst consequence
view-legend-out = out of service
view-legend-without = without supply
view-outage = Take out of service and compute
view-outage-back = Bring back into service
view-fly = Show on the map
view-undo = Undo
view-redo = Redo
view-switch = Ticked: is computed
view-all-days = all days at once
view-date = Day
view-stage-days = { $from } to { $to } (closures: { $n })
view-swipe = Swipe before | with
view-state-now = In the result
view-depth-hint = Lines lie under the surface and are drawn wider than they are.
view-beneath-none = No known line lies beneath the closed sections.
view-beneath = Within the work site (street and { $m } m on each side)
view-beneath-sum =
    { $n ->
        [one] { $network }: 1 line, { $length } m
       *[other] { $network }: { $n } lines, { $length } m
    }
view-no-closure = Nothing is closed yet.
view-queue = Queue over the day
view-queue-at =
    { $n ->
        [one] Closure { $closure }, { $street }: 1 vehicle at most, at { $time }
       *[other] Closure { $closure }, { $street }: { $n } vehicles at most, at { $time }
    }
view-queue-day = Compute the whole day with queues
view-legend-volume = Volume before | with
view-undo-keys = Ctrl+Z
view-redo-keys = Ctrl+Y or Ctrl+Shift+Z
view-saved-off = Measures that are switched off are kept in it without effect ({ $n }).
view-saved-day = The file holds for the chosen day only: { $day }.
view-queue-none = Nobody waits at a closure at which traffic alternates.
view-saved-kept = Comments are not written; the version before is in { $file }.
brief-within = Addresses within the limit
brief-beyond = beyond
brief-school-past =
    { $n ->
        [one] 1 walk to school past the works, without a detour
       *[other] { $n } walks to school past the works, without a detour
    }
view-change = Change and compute
view-first-day = From
view-last-day = to
view-open-day = open
view-days-wrong = Write days as 2026-05-04, the last one not before the first.
view-cause = Cause
view-exempt-buses = Buses may pass
view-exempt-residents = Residents may enter
tab-costs = Costs
time-less-than = over { $min } min shorter
time-more-than = over { $min } min longer
time-about = ± { $min } min
time-gain = { $from } to { $to } min shorter
time-loss = { $from } to { $to } min longer
view-winners = Trips by change of their duration (veh/h)
view-winners-sum = Together { $lost } minutes are lost and { $won } won (vehicle-minutes per hour).
view-winners-cut-off = { $n } trips have no way any more and are in no bar.
view-winners-scale = The gray bar does not count for the scale.
costs-hours = Sum over the computed hours ({ $hours })
costs-figure = Figure
costs-rate = Rate
costs-sum = Amount
costs-time = Time spent
costs-fuel = Fuel
costs-co2 = CO₂
costs-all = Together
costs-unit-hours = veh·h
costs-unit-litres = l
costs-unit-kg = kg
costs-basis = The rates are assumptions and stand in the scenario under [assumptions]: value_of_time_eur_h per hour of a vehicle with its occupants, fuel_price_eur_l per litre. CO₂ has no price here. Hours that were not computed are missing in the sums.
costs-cut-off = { $n } trips without a way are not valued.
view-routes = Routes over this section
view-routes-keys = V: show the routes of the selected section, or all again
view-routes-legend = Only trips over { $street }
view-routes-busy = Looking for routes …
view-routes-none = Nobody drives over this section, before or after.
view-routes-sum = Trips over the section: before { $before }, after { $after } veh/h
view-routes-largest = Relations, those that change most first (click: their routes alone)
view-routes-edge = { $name } (edge of the map)
view-routes-pair = { $from } – { $to } ({ $class })
view-routes-all = all relations
view-routes-more = … and { $n } more relations
view-routes-way = before { $before }, after { $after } veh/h
view-routes-longer = way { $m } m, { $min } min
view-routes-lost = no way any more
view-routes-car = cars
view-routes-truck = lorries
view-timeline-day = Days
view-timeline-hour = Hours
view-timeline-all = all days
view-timeline-day-hint = Click or drag: this day alone. Page up, page down: the day before, after.
view-timeline-hour-hint = computed: click to show it. Comma, full stop: the hour before, after. Right click: do not compute it any more.
view-timeline-hour-new = not computed yet: click to compute it too.
view-timeline-undated = No closure has a date (in the card on the right: from … to …).
view-journal = There are changes from the last time that were not saved.
view-journal-take = Bring back
view-journal-drop = Throw away
view-journal-failed = Changes cannot be kept automatically: { $why }
view-up = up
view-down = down
view-views = Views
view-views-keep = Keep this view (Shift+F{ $n })
view-views-name = View { $n }
view-views-hint = F1 to F9: fly there · shift+F1 to F9: keep
view-views-kept = View { $n } kept.
view-views-not-kept = The views cannot be saved: { $why }
view-handle = Drag a handle: make the works shorter or longer
story-sources = Sources:
story-next = next
story-back = back
story-play = Play
story-stop = Stop
story-plan = Plan (Esc)
story-text = Text (T)
story-keys = Arrows or space: turn pages · P: play · T: text · Esc: to planning
story-drawn = Picture { $n } of { $all }: { $file }
story-written = Page: { $file }
brief-no-networks = The data has no supply network that can be computed.
brief-nothing-known = There is no result about this.
