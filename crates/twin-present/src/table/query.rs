//! Answers to the questions of a scenario: who drives on a street, by which ways between two zones.

use serde_json::{Value, json};
use twin::{
    Outcome,
    outcome::query::{HourAnswers, ListedPath, Selected, TrafficKinds},
};

use super::{Grid, Page};
use crate::words::{say, word};

/// Ways shown for a pair of zones.
const N_PATHS: usize = 6;

pub(super) fn answers(page: &mut Page, outcome: &Outcome) {
    for answers in &outcome.answers {
        for selected in &answers.selected {
            street(page, answers, selected);
        }
        ways(page, answers);
        if let Some(skim) = answers.skims.first() {
            let n = skim.zones.len().to_string();
            page.heading(&say(page.language, "query-skim", &[("n", &n), ("hour", &page.language.hour(answers.hour))]));
        }
    }
}

/// What kind of traffic uses a street.
fn street(page: &mut Page, answers: &HourAnswers, selected: &Selected) {
    let language = page.language;
    let hour = language.hour(answers.hour);
    page.heading(&say(language, "query-select", &[("street", &selected.name), ("hour", &hour)]));
    let mut grid = Grid::new(4);
    let head = ["query-traffic", "before", "after", "change"].map(|name| word(language, name));
    grid.row(head);
    let (base, with) = (&selected.base_kinds, &selected.kinds);
    for (name, before, after) in [
        ("query-internal", base.internal_veh_h, with.internal_veh_h),
        ("query-outbound", base.outbound_veh_h, with.outbound_veh_h),
        ("query-inbound", base.inbound_veh_h, with.inbound_veh_h),
        ("query-through", base.through_veh_h, with.through_veh_h),
        ("query-all", base.total_veh_h(), with.total_veh_h()),
    ] {
        let figures = [language.number(before, 0), language.number(after, 0), language.signed(after - before, 0)];
        let [before, after, change] = figures;
        grid.row([word(language, name), before, after, change]);
    }
    page.grid(&grid);
}

fn ways(page: &mut Page, answers: &HourAnswers) {
    let language = page.language;
    let mut paths: &[ListedPath] = &answers.paths;
    while let Some(first) = paths.first() {
        let same = |path: &&ListedPath| path.origin == first.origin && path.destination == first.destination;
        let n = paths.iter().take_while(same).count();
        let (these, others) = paths.split_at(n);
        let values = [
            ("from", first.origin.to_string()),
            ("to", first.destination.to_string()),
            ("hour", language.hour(answers.hour)),
        ];
        let values: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        page.heading(&say(language, "query-paths", &values));
        for path in these.iter().take(N_PATHS) {
            let minutes = |seconds: f64| language.number(seconds / 60.0, 1);
            let values = [
                ("class", word(language, &format!("class-{}", path.class.name()))),
                ("before", language.number(path.base_trips_veh_h, 1)),
                ("after", language.number(path.trips_veh_h, 1)),
                ("km", language.number(path.length_m / 1000.0, 2)),
                ("base_min", minutes(path.base_time_s)),
                ("min", path.time_s.map_or_else(|| "–".to_owned(), minutes)),
            ];
            let values: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
            page.line(&say(language, "query-path", &values));
        }
        paths = others;
    }
}

/// The answers for machines; the tables hold them in full.
pub(super) fn summary(outcome: &Outcome) -> Value {
    let kinds = |kinds: &TrafficKinds| {
        json!({
            "internal_veh_h": kinds.internal_veh_h,
            "outbound_veh_h": kinds.outbound_veh_h,
            "inbound_veh_h": kinds.inbound_veh_h,
            "through_veh_h": kinds.through_veh_h,
        })
    };
    let answers = outcome.answers.iter().map(|answers| {
        let selected = answers.selected.iter().map(|selected| {
            json!({ "selected": selected.name, "base": kinds(&selected.base_kinds), "with": kinds(&selected.kinds) })
        });
        json!({
            "hour": answers.hour,
            "select": selected.collect::<Vec<_>>(),
            "n_paths": answers.paths.len(),
            "n_zones_skimmed": answers.skims.first().map_or(0, |skim| skim.zones.len()),
        })
    });
    Value::Array(answers.collect())
}
