//! Streets by name: their labels, and which of them gain or lose traffic.

use std::collections::BTreeMap;

use twin::{
    Id, Twin,
    outcome::HourOutcome,
    road::{Arc, Direction, RoadLink},
};

use super::{Grid, Page};
use crate::{
    Language,
    words::{find_word, say, word},
};

/// Smallest change that is shown, vehicles per hour.
const SHOWN_VEH_H: f64 = 1.0;
/// Streets shown in each list.
const N_SHOWN: usize = 8;

/// The name of a section as people know it: street, route number, or its class with the key.
#[must_use]
pub fn street_label(twin: &Twin, link: Id<RoadLink>, language: Language) -> String {
    let road = twin.roads.link(link);
    if let Some(name) = road.name.as_ref().or(road.route.as_ref()) {
        return name.clone();
    }
    let class = find_word(language, &format!("road-{}", road.class.name().trim_end_matches("_link")))
        .unwrap_or_else(|| word(language, "road-other"));
    format!("{class} {}", road.key)
}

struct Change {
    before_veh_h: f64,
    after_veh_h: f64,
}

/// Per street the section that changes most, both directions together.
fn by_street(twin: &Twin, hour: &HourOutcome, language: Language) -> Vec<(String, Change)> {
    let both = |columns: &[f64], link: Id<RoadLink>| -> f64 {
        Direction::BOTH.iter().filter_map(|&direction| columns.get(Arc::new(link, direction).index())).sum()
    };
    let mut streets: BTreeMap<String, Change> = BTreeMap::new();
    for (link, _) in twin.roads.links() {
        let before_veh_h = both(&hour.base.volume_veh_h, link);
        let after_veh_h = both(&hour.with.volume_veh_h, link);
        if before_veh_h <= 0.0 && after_veh_h <= 0.0 {
            continue;
        }
        let change = Change { before_veh_h, after_veh_h };
        let label = street_label(twin, link, language);
        match streets.get_mut(&label) {
            Some(known) if known.moved() >= change.moved() => {}
            _ => {
                streets.insert(label, change);
            }
        }
    }
    streets.into_iter().collect()
}

impl Change {
    const fn moved(&self) -> f64 {
        (self.after_veh_h - self.before_veh_h).abs()
    }
}

/// The streets that gain and those that lose most.
pub(super) fn changes(page: &mut Page, twin: &Twin, hour: &HourOutcome) {
    let language = page.language;
    let mut streets = by_street(twin, hour, language);
    streets.sort_by(|a, b| b.1.moved().total_cmp(&a.1.moved()).then_with(|| a.0.cmp(&b.0)));
    for (title, gain) in [("streets-gain", true), ("streets-loss", false)] {
        page.heading(&say(language, title, &[("hour", &language.hour(hour.hour))]));
        let mut grid = Grid::new(5);
        let head = ["street", "before", "after", "change"].map(|name| word(language, name));
        let [street, before, after, change] = head;
        grid.row([street, before, after, change, String::new()]);
        let mut shown = 0;
        for (label, change) in &streets {
            let added = change.after_veh_h - change.before_veh_h;
            if (added > 0.0) != gain || added.abs() < SHOWN_VEH_H || shown == N_SHOWN {
                continue;
            }
            shown += 1;
            grid.row([
                label.clone(),
                language.number(change.before_veh_h, 0),
                language.number(change.after_veh_h, 0),
                language.signed(added, 0),
                language.percent_change(change.before_veh_h, change.after_veh_h),
            ]);
        }
        if shown == 0 {
            page.line(&say(language, "streets-none", &[("min", &language.number(SHOWN_VEH_H, 0))]));
        } else {
            page.grid(&grid);
        }
    }
}

/// The streets with most traffic.
pub(super) fn busiest(page: &mut Page, twin: &Twin, hour: &HourOutcome) {
    let language = page.language;
    let mut streets: BTreeMap<String, f64> = BTreeMap::new();
    for (link, _) in twin.roads.links() {
        let volume: f64 = Direction::BOTH
            .iter()
            .filter_map(|&direction| hour.with.volume_veh_h.get(Arc::new(link, direction).index()))
            .sum();
        if volume >= SHOWN_VEH_H {
            let known = streets.entry(street_label(twin, link, language)).or_default();
            *known = known.max(volume);
        }
    }
    let mut streets: Vec<_> = streets.into_iter().collect();
    streets.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if streets.is_empty() {
        return;
    }
    page.heading(&say(language, "streets-busiest", &[("hour", &language.hour(hour.hour))]));
    let mut grid = Grid::new(2);
    grid.row([word(language, "street"), word(language, "volume")]);
    for (label, volume) in streets.into_iter().take(2 * N_SHOWN) {
        grid.row([label, language.number(volume, 0)]);
    }
    page.grid(&grid);
}
