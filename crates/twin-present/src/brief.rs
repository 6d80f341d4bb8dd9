//! The result in brief: what a panel shows of an outcome beside the map, part by part, each entry with its place.
//!
//! Figures are those of the tables ([`crate::table`]); here they come as blocks that a window lays out.

use geo_types::Coord;
use twin::{
    Id, Outcome, Twin,
    building::Address,
    outcome::{
        Touched,
        environment::Burnt,
        touched::{BusEffect, Errand},
    },
    utility::Medium,
};

use crate::{
    Language,
    scene::{Consequence, LONGER_M, unsupplied},
    supply::network_name,
    table::{address_label, bus_label, bus_status, louder_than, street_label},
    words::{say, word},
};

/// A part of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tab {
    /// Traffic.
    #[default]
    Traffic,
    /// Who is cut off or has longer ways.
    Affected,
    /// Buses.
    Buses,
    /// Fire brigade and ambulance.
    Emergency,
    /// Fuel, carbon dioxide, noise.
    Environment,
    /// What lost time and fuel are worth.
    Costs,
    /// Supply lines beneath the work sites.
    Lines,
    /// Water, gas, heat and electricity.
    Supply,
}

impl Tab {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Traffic,
        Self::Affected,
        Self::Buses,
        Self::Emergency,
        Self::Environment,
        Self::Costs,
        Self::Lines,
        Self::Supply,
    ];

    /// The name of its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Traffic => "tab-traffic",
            Self::Affected => "tab-affected",
            Self::Buses => "tab-buses",
            Self::Emergency => "tab-emergency",
            Self::Environment => "tab-environment",
            Self::Costs => "tab-costs",
            Self::Lines => "tab-lines",
            Self::Supply => "tab-supply",
        }
    }
}

/// A piece of a panel.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A sentence.
    Text(String),
    /// Rows of cells, the first one the head.
    Grid(Vec<Vec<String>>),
    /// Something with a place.
    Entry {
        /// What it is.
        text: String,
        /// What happens there.
        detail: String,
        /// Where it is, in the twin's CRS, metres.
        at: Coord<f64>,
        /// Its color on the map.
        consequence: Option<Consequence>,
    },
}

/// Entries of a list.
const N_ENTRIES: usize = 10;

/// A part of the result as blocks. Empty for traffic and for lines, which a window has of its own, and for costs, which
/// [`crate::balance::costs`] tells; a sentence where nothing is known.
#[must_use]
pub fn brief(twin: &Twin, outcome: &Outcome, tab: Tab, language: Language) -> Vec<Block> {
    let mut blocks = Blocks { twin, language, blocks: Vec::new() };
    match (tab, &outcome.touched) {
        (Tab::Affected, touched) => blocks.affected(outcome, touched.as_ref()),
        (Tab::Buses, Some(touched)) => blocks.buses(touched),
        (Tab::Emergency, Some(touched)) => blocks.emergency(touched),
        (Tab::Environment, _) => blocks.environment(outcome),
        (Tab::Supply, _) => blocks.supply(outcome),
        (Tab::Traffic | Tab::Costs | Tab::Lines | Tab::Buses | Tab::Emergency, _) => {}
    }
    if blocks.blocks.is_empty() && !matches!(tab, Tab::Traffic | Tab::Costs | Tab::Lines) {
        blocks.say(if tab == Tab::Supply { "brief-no-networks" } else { "brief-nothing-known" }, &[]);
    }
    blocks.blocks
}

struct Blocks<'a> {
    twin: &'a Twin,
    language: Language,
    blocks: Vec<Block>,
}

impl Blocks<'_> {
    fn heading(&mut self, name: &str) {
        self.blocks.push(Block::Heading(word(self.language, name)));
    }

    fn say(&mut self, name: &str, values: &[(&'static str, &str)]) {
        self.blocks.push(Block::Text(say(self.language, name, values)));
    }

    fn n(&self, count: usize) -> String {
        self.language.number(count as f64, 0)
    }

    fn address(&mut self, id: Id<Address>, detail: String, consequence: Option<Consequence>) {
        let Some(address) = self.twin.addresses.get(id) else { return };
        let (text, at) = (address_label(self.twin, id), address.position);
        self.blocks.push(Block::Entry { text, detail, at, consequence });
    }

    /// How many more there are than are listed.
    fn more(&mut self, n: usize) {
        if n > N_ENTRIES {
            let more = self.n(n - N_ENTRIES);
            self.say("brief-more", &[("n", &more)]);
        }
    }

    fn affected(&mut self, outcome: &Outcome, touched: Option<&Touched>) {
        if let Some(traffic) = &outcome.traffic {
            let cut_off = &traffic.cut_off_addresses;
            self.heading("brief-cut-off");
            let n = self.n(cut_off.len());
            self.say(if cut_off.is_empty() { "brief-cut-off-none" } else { "brief-cut-off-n" }, &[("n", &n)]);
            for &id in cut_off.iter().take(N_ENTRIES) {
                self.address(id, String::new(), Some(Consequence::CutOff));
            }
            self.more(cut_off.len());
        }
        let Some(touched) = touched else { return };
        self.hospital(touched);
        self.schools(touched);
        self.longer_ways(touched);
        self.frontages(touched);
    }

    fn hospital(&mut self, touched: &Touched) {
        let ways: Vec<_> = touched.ways.iter().filter(|way| way.errand == Errand::Hospital).collect();
        let added_s: Vec<f64> = ways.iter().filter_map(|way| way.added_s()).collect();
        let n_lost = ways.len() - added_s.len();
        self.heading("brief-hospital");
        if ways.is_empty() {
            self.say("brief-hospital-none", &[]);
        }
        if !added_s.is_empty() {
            let n = self.n(added_s.len());
            let minutes = self.language.number(added_s.into_iter().fold(0.0, f64::max) / 60.0, 1);
            self.say("brief-hospital-longer", &[("n", &n), ("minutes", &minutes)]);
        }
        if n_lost > 0 {
            let n = self.n(n_lost);
            self.say("brief-hospital-lost", &[("n", &n)]);
        }
    }

    fn schools(&mut self, touched: &Touched) {
        self.heading("brief-schools");
        let mut schools: Vec<(Id<twin::building::Place>, usize, f64)> = Vec::new();
        for walk in &touched.school_walks {
            let added_m = walk.with_m.map_or(0.0, |with_m| with_m - walk.base_m);
            match schools.iter_mut().find(|(school, ..)| *school == walk.school) {
                Some((_, n, most_m)) => {
                    *n += 1;
                    *most_m = most_m.max(added_m);
                }
                None => schools.push((walk.school, 1, added_m)),
            }
        }
        if schools.is_empty() {
            self.say("brief-schools-none", &[]);
        }
        schools.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        for (school, n, most_m) in schools.into_iter().take(N_ENTRIES) {
            let Some(place) = self.twin.places.get(school) else { continue };
            let text = place.name.clone().unwrap_or_else(|| place.key.to_string());
            let (n, most) = (self.n(n), self.language.number(most_m, 0));
            let name = if most_m < 0.5 { "brief-school-past" } else { "brief-school" };
            let detail = say(self.language, name, &[("n", &n), ("m", &most)]);
            self.blocks.push(Block::Entry { text, detail, at: place.position, consequence: None });
        }
    }

    /// The longest added ways by car, each address once.
    fn longer_ways(&mut self, touched: &Touched) {
        let mut longer: Vec<(Id<Address>, f64, f64)> = Vec::new();
        for way in touched.ways.iter().filter(|way| matches!(way.errand, Errand::CarIn | Errand::CarOut)) {
            let (Some(added_m), Some(added_s)) = (way.added_m(), way.added_s()) else { continue };
            if added_m < LONGER_M {
                continue;
            }
            match longer.iter_mut().find(|(address, ..)| *address == way.address) {
                Some(row) if added_m > row.1 => (row.1, row.2) = (added_m, added_s),
                Some(_) => {}
                None => longer.push((way.address, added_m, added_s)),
            }
        }
        longer.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.heading("touched-ways");
        let n = self.n(longer.len());
        let least = self.language.number(LONGER_M, 0);
        self.say("brief-longer-n", &[("n", &n), ("m", &least)]);
        for &(address, added_m, added_s) in longer.iter().take(N_ENTRIES) {
            let detail =
                format!("{} m, {} min", self.language.signed(added_m, 0), self.language.signed(added_s / 60.0, 1));
            self.address(address, detail, Some(Consequence::Detour));
        }
        self.more(longer.len());
    }

    fn frontages(&mut self, touched: &Touched) {
        self.heading("brief-parking");
        for frontage in &touched.frontages {
            let closure = (frontage.closure + 1).to_string();
            let (n, without) = (self.n(frontage.addresses.len()), self.n(frontage.without_delivery.len()));
            let roadside = self.language.number(frontage.roadside_m, 0);
            let values = [("closure", closure.as_str()), ("n", &n), ("without", &without), ("roadside", &roadside)];
            self.say("touched-frontage", &values);
        }
        if !touched.lorry_cut_off.is_empty() {
            let n = self.n(touched.lorry_cut_off.len());
            self.say("brief-lorry", &[("n", &n)]);
        }
    }

    fn buses(&mut self, touched: &Touched) {
        if touched.buses.is_empty() {
            self.say("brief-buses-none", &[]);
        }
        for bus in &touched.buses {
            self.bus(bus);
        }
        if let Some(minutes) = touched.bus_min_per_day() {
            let minutes = self.language.signed(minutes, 0);
            self.say("brief-bus-day", &[("minutes", &minutes)]);
        }
    }

    fn bus(&mut self, bus: &BusEffect) {
        if self.twin.bus_routes.get(bus.route).is_none() {
            return;
        }
        self.blocks.push(Block::Heading(format!(
            "{} {}: {}",
            word(self.language, "touched-line"),
            bus_label(self.twin, bus),
            word(self.language, bus_status(bus))
        )));
        if let (Some(added_m), Some(added_s)) = (bus.added_m(), bus.added_s()) {
            let (m, minutes) = (self.language.signed(added_m, 0), self.language.signed(added_s / 60.0, 1));
            self.say("brief-bus-run", &[("m", &m), ("minutes", &minutes)]);
        }
        for &id in &bus.stops_lost {
            let Some(stop) = self.twin.bus_stops.get(id) else { continue };
            let text = stop.name.clone().unwrap_or_else(|| stop.key.to_string());
            let detail = word(self.language, "brief-stop-lost");
            self.blocks.push(Block::Entry { text, detail, at: stop.position, consequence: None });
        }
    }

    fn emergency(&mut self, touched: &Touched) {
        let language = self.language;
        // Narrow enough for a panel.
        let head = ["touched-service", "before", "after", "brief-beyond"];
        let mut grid: Vec<Vec<String>> = vec![head.map(|name| word(language, name)).into()];
        for response in &touched.responses {
            let percent = |share: f64| format!("{} %", language.number(100.0 * share, 1));
            let [before, after] = response.within();
            let service = word(language, &format!("service-{}", response.service.name()));
            let n = language.number(response.beyond_limit().count() as f64, 0);
            grid.push(vec![format!("{service}, {}", language.hour(response.hour)), percent(before), percent(after), n]);
        }
        if touched.responses.is_empty() {
            self.say("brief-emergency-none", &[]);
            return;
        }
        self.heading("brief-within");
        self.blocks.push(Block::Grid(grid));
        let limit = touched.responses.first().map_or(0.0, |response| response.limit_s / 60.0);
        let limit = language.number(limit, 0);
        self.say("touched-limit", &[("limit", &limit)]);
        for response in &touched.responses {
            let service = word(language, &format!("service-{}", response.service.name()));
            for &station in &response.shut_in {
                let place = &self.twin.places[station];
                let text = place.name.clone().unwrap_or_else(|| place.key.to_string());
                let detail = word(language, "brief-shut-in");
                self.blocks.push(Block::Entry { text, detail, at: place.position, consequence: None });
            }
            let added_s = |row: &twin::outcome::touched::AddressResponse| {
                row.with.map_or(f64::INFINITY, |with| with.time_s - row.base.time_s)
            };
            let mut rows: Vec<_> = response.beyond_limit().collect();
            rows.sort_by(|a, b| added_s(b).total_cmp(&added_s(a)).then(a.address.cmp(&b.address)));
            for row in rows.iter().take(N_ENTRIES) {
                let minutes = |seconds: f64| language.number(seconds / 60.0, 1);
                let detail = match row.with {
                    Some(with) => {
                        let (before, after) = (minutes(row.base.time_s), minutes(with.time_s));
                        let values = [("service", service.as_str()), ("before", &before), ("after", &after)];
                        say(language, "brief-later", &values)
                    }
                    None => format!("{service}: {}", word(language, "brief-no-way")),
                };
                self.address(row.address, detail, Some(Consequence::EmergencyLate));
            }
            self.more(rows.len());
        }
    }

    fn environment(&mut self, outcome: &Outcome) {
        let language = self.language;
        let Some(environment) = &outcome.environment else { return };
        let mut grid =
            vec![vec![String::new(), word(language, "before"), word(language, "after"), word(language, "change")]];
        for (name, (before, after)) in [
            ("environment-fuel", environment.sums(Burnt::fuel_l)),
            ("environment-co2", environment.sums(|burnt| burnt.co2_kg)),
            ("environment-held-up", environment.sums(|burnt| burnt.held_up_co2_kg)),
        ] {
            grid.push(vec![
                word(language, name),
                language.number(before, 0),
                language.number(after, 0),
                format!("{} ({})", language.signed(after - before, 1), language.percent_change(before, after)),
            ]);
        }
        self.blocks.push(Block::Grid(grid));
        let Some(noise) = &environment.noise else { return };
        self.blocks.push(Block::Text(louder_than(noise, language)));
        let mut louder: Vec<_> = environment.links.iter().filter(|row| row.n_louder_1db > 0).collect();
        louder.sort_by(|a, b| b.n_louder_1db.cmp(&a.n_louder_1db).then(a.link.cmp(&b.link)));
        let mut shown: Vec<String> = Vec::new();
        for row in louder {
            let text = street_label(self.twin, row.link, language);
            let rise = row.noise.iter().flatten().filter_map(|noise| Some(noise.with_db? - noise.base_db?));
            let rise_db = rise.fold(f64::NEG_INFINITY, f64::max);
            let Some(&at) = self.twin.roads.link(row.link).geometry.0.first() else { continue };
            if shown.len() >= N_ENTRIES || shown.contains(&text) || !rise_db.is_finite() {
                continue;
            }
            let (db, n) = (language.signed(rise_db, 1), language.number(f64::from(row.n_louder_1db), 0));
            let detail = say(language, "brief-louder", &[("db", &db), ("n", &n)]);
            shown.push(text.clone());
            self.blocks.push(Block::Entry { text, detail, at, consequence: None });
        }
    }

    fn supply(&mut self, outcome: &Outcome) {
        let language = self.language;
        let lost = unsupplied(self.twin, outcome);
        for medium in [Medium::Water, Medium::Power, Medium::Gas, Medium::Heat] {
            let customers = match medium {
                Medium::Gas => {
                    outcome.gas.as_ref().map(|gas| [&gas.base, &gas.with].map(|s| s.totals.customers_cut_off))
                }
                Medium::Heat => {
                    outcome.heat.as_ref().map(|heat| [&heat.base, &heat.with].map(|s| s.totals.consumers_cut_off))
                }
                Medium::Power => outcome
                    .power
                    .as_ref()
                    .map(|power| [&power.base_totals, &power.totals].map(|totals| totals.customers_unsupplied)),
                _ => outcome
                    .water
                    .as_ref()
                    .map(|water| [&water.base_totals, &water.totals].map(|totals| totals.junctions_cut_off)),
            };
            let Some([before, after]) = customers else { continue };
            self.blocks.push(Block::Heading(network_name(language, medium)));
            let (before, after) = (language.number(f64::from(before), 0), language.number(f64::from(after), 0));
            let name = if medium == Medium::Water { "brief-junctions" } else { "brief-customers" };
            self.say(name, &[("before", &before), ("after", &after)]);
            let buildings = lost.get(&medium).map_or(&[][..], Vec::as_slice);
            if buildings.is_empty() {
                self.say("brief-supplied", &[]);
                continue;
            }
            let residents = buildings.iter().filter_map(|&id| self.twin.buildings.get(id)?.residents).sum::<f64>();
            let (n, people) = (self.n(buildings.len()), language.number(residents, 0));
            self.say("brief-unsupplied", &[("n", &n), ("people", &people)]);
            for &id in buildings.iter().take(N_ENTRIES) {
                self.building(id);
            }
            self.more(buildings.len());
        }
        if let Some(restoration) = outcome.power.as_ref().and_then(|power| power.restoration.as_ref()) {
            let steps = self.n(restoration.steps.len());
            let dark = language.number(f64::from(restoration.customers_dark), 0);
            self.say("brief-restoration", &[("n", &steps), ("dark", &dark)]);
        }
    }

    fn building(&mut self, id: Id<twin::building::Building>) {
        let Some(building) = self.twin.buildings.get(id) else { return };
        let Some(&at) = building.footprint.0.first().and_then(|polygon| polygon.exterior().0.first()) else { return };
        let address = self.twin.addresses.iter().find(|(_, address)| address.building == Some(id));
        let text = building
            .name
            .clone()
            .or_else(|| address.map(|(address, _)| address_label(self.twin, address)))
            .unwrap_or_else(|| building.key.to_string());
        let consequence = Some(Consequence::NoSupply);
        self.blocks.push(Block::Entry { text, detail: String::new(), at, consequence });
    }
}

#[cfg(test)]
mod tests {
    use geo_types::coord;
    use twin::{
        Crs, Key,
        building::Address,
        outcome::touched::{ChangedWay, Way},
    };

    use super::*;

    #[test]
    fn the_longest_added_ways_come_first_each_address_once_with_its_place() {
        let mut twin = Twin::empty("Testheim", Crs::etrs89_utm(32));
        let addresses: Vec<_> = (1..=3)
            .map(|number| {
                twin.addresses.push(Address {
                    key: Key::new(format!("node/{number}")),
                    position: coord! { x: f64::from(number), y: 0.0 },
                    street: Some("Bergweg".into()),
                    house_number: number.to_string(),
                    postcode: None,
                    city: None,
                    building: None,
                })
            })
            .collect();
        let way = |address, errand, added_m: f64| ChangedWay {
            address,
            errand,
            base: Way { length_m: 1000.0, time_s: 100.0 },
            with: Some(Way { length_m: 1000.0 + added_m, time_s: 160.0 }),
            worst_added_m: None,
        };
        let touched = Touched {
            ways: vec![
                way(addresses[0], Errand::CarIn, 99.0),
                way(addresses[1], Errand::CarIn, 200.0),
                way(addresses[1], Errand::CarOut, 700.0),
                way(addresses[2], Errand::CarOut, 500.0),
            ],
            ..Touched::default()
        };
        let outcome = Outcome { touched: Some(touched), ..Outcome::empty("Probe") };
        let blocks = brief(&twin, &outcome, Tab::Affected, Language::De);
        let entries: Vec<(&str, &str, f64)> = blocks
            .iter()
            .filter_map(|block| match block {
                Block::Entry { text, detail, at, .. } => Some((text.as_str(), detail.as_str(), at.x)),
                _ => None,
            })
            .collect();
        assert_eq!(entries, [("Bergweg 2", "+700 m, +1,0 min", 2.0), ("Bergweg 3", "+500 m, +1,0 min", 3.0)]);
        assert!(brief(&twin, &outcome, Tab::Lines, Language::De).is_empty());
        let supply = brief(&twin, &outcome, Tab::Supply, Language::De);
        assert!(matches!(&supply[..], [Block::Text(text)] if text.contains("kein Versorgungsnetz")), "{supply:?}");
    }

    #[test]
    fn who_loses_the_way_to_the_hospital_is_not_counted_among_those_whose_way_is_longer() {
        let mut twin = Twin::empty("Testheim", Crs::etrs89_utm(32));
        let mut address = |number: u32| {
            twin.addresses.push(Address {
                key: Key::new(format!("node/{number}")),
                position: coord! { x: f64::from(number), y: 0.0 },
                street: Some("Bergweg".into()),
                house_number: number.to_string(),
                postcode: None,
                city: None,
                building: None,
            })
        };
        let way = |address, with: Option<f64>| ChangedWay {
            address,
            errand: Errand::Hospital,
            base: Way { length_m: 1000.0, time_s: 100.0 },
            with: with.map(|time_s| Way { length_m: 2000.0, time_s }),
            worst_added_m: None,
        };
        let ways = vec![way(address(1), Some(220.0)), way(address(2), Some(160.0)), way(address(3), None)];
        let told = |ways: Vec<ChangedWay>| -> Vec<String> {
            let touched = Touched { ways, ..Touched::default() };
            let outcome = Outcome { touched: Some(touched), ..Outcome::empty("Probe") };
            let texts = brief(&twin, &outcome, Tab::Affected, Language::De).into_iter();
            texts.filter_map(|block| if let Block::Text(text) = block { Some(text) } else { None }).collect()
        };
        let all = told(ways.clone());
        assert!(all.contains(&"Von 2 Adressen dauert er länger, um bis zu 2,0 min.".to_owned()), "{all:?}");
        assert!(all.contains(&"Von einer Adresse führt kein Weg mehr dorthin.".to_owned()), "{all:?}");
        let lost = told(ways[2..].to_vec());
        assert!(!lost.iter().any(|text| text.contains("länger, um")), "{lost:?}");
        assert!(told(Vec::new()).contains(&"Kein Weg zum Krankenhaus wird länger.".to_owned()));
    }
}
