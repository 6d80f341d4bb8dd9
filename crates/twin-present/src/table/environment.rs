//! Fuel, carbon dioxide and noise.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use twin::{
    Outcome, Scenario, Twin,
    outcome::{
        Environment,
        environment::{Burnt, LinkEnvironment, LinkNoise, NoiseBasis, NoiseOutcome},
    },
};

use super::{Grid, Page, street_label};
use crate::{
    Language,
    words::{say, word},
};

/// Streets shown that become louder.
const N_SHOWN: usize = 6;
/// Smallest rise that is told, dB; outcomes count from it.
const LOUDER_DB: f64 = 1.0;
/// A rise that everybody notices, dB.
const MUCH_LOUDER_DB: f64 = 3.0;

/// Fuel and carbon dioxide before and after, and where it becomes louder; nothing for the base case.
pub(super) fn environment(page: &mut Page, twin: &Twin, scenario: &Scenario, outcome: &Outcome) {
    let closed = outcome.traffic.as_ref().is_some_and(|traffic| !traffic.closures.is_empty());
    let Some(environment) = outcome.environment.as_ref().filter(|_| closed) else { return };
    let language = page.language;
    page.heading(&word(language, "environment"));
    if environment.hours.len() > 1 {
        page.line(&say(language, "environment-hours", &[("n", &environment.hours.len().to_string())]));
    }
    let mut grid = Grid::new(5);
    let head = ["before", "after", "change"].map(|name| word(language, name));
    grid.row([String::new(), head[0].clone(), head[1].clone(), head[2].clone(), String::new()]);
    let rows = [
        ("environment-fuel", environment.sums(Burnt::fuel_l)),
        ("environment-co2", environment.sums(|burnt| burnt.co2_kg)),
        ("environment-held-up", environment.sums(|burnt| burnt.held_up_co2_kg)),
    ];
    for (name, (before, after)) in rows {
        grid.row([
            word(language, name),
            language.number(before, 1),
            language.number(after, 1),
            language.signed(after - before, 1),
            language.percent_change(before, after),
        ]);
    }
    page.grid(&grid);
    if let Some(noise) = &environment.noise {
        page.line(&louder_than(noise, language));
        for (time, title) in ["noise-day", "noise-night"].into_iter().enumerate() {
            if let Some(basis) = &noise.basis[time] {
                page.line(&say(language, title, &[("basis", &basis_in_words(language, basis))]));
                louder(page, twin, environment, time, scenario.assumptions.noise_counted_from_db);
            }
        }
    }
}

/// At how many addresses it becomes louder, and much louder.
pub(crate) fn louder_than(noise: &NoiseOutcome, language: Language) -> String {
    let [(least, n), (much, n_much)] = [LOUDER_DB, MUCH_LOUDER_DB]
        .map(|rise_db| (language.number(rise_db, 0), language.number(noise.n_louder(rise_db) as f64, 0)));
    say(language, "noise-louder", &[("least", &least), ("n", &n), ("much", &much), ("n_much", &n_much)])
}

fn basis_in_words(language: Language, basis: &NoiseBasis) -> String {
    match basis {
        NoiseBasis::WholeDay => word(language, "noise-whole-day"),
        NoiseBasis::Hours(hours) => {
            let hours: Vec<String> = hours.iter().map(|&hour| language.hour(hour)).collect();
            say(language, "noise-from-hours", &[("hours", &hours.join(", "))])
        }
    }
}

/// Per street the section that becomes louder most, first where most people live; quiet streets, up to `quiet_db`, do not count.
fn louder(page: &mut Page, twin: &Twin, environment: &Environment, time: usize, quiet_db: f64) {
    let language = page.language;
    let mut streets: BTreeMap<String, (f64, LinkNoise, u32)> = BTreeMap::new();
    let counted_db = |level: Option<f64>| level.unwrap_or(quiet_db).max(quiet_db);
    let rise_db = |noise: &LinkNoise| counted_db(noise.with_db) - counted_db(noise.base_db);
    let counted = |row: &&LinkEnvironment| row.n_louder_1db > 0;
    for row in environment.links.iter().filter(counted) {
        let Some(noise) = row.noise[time] else { continue };
        let rise = rise_db(&noise);
        if rise < LOUDER_DB {
            continue;
        }
        let entry = streets.entry(street_label(twin, row.link, language)).or_insert((rise, noise, 0));
        entry.2 += row.n_louder_1db;
        if rise > entry.0 {
            (entry.0, entry.1) = (rise, noise);
        }
    }
    let least = language.number(LOUDER_DB, 0);
    if streets.is_empty() {
        page.line(&format!("  {}", say(language, "noise-none", &[("least", &least)])));
        return;
    }
    let mut sorted: Vec<_> = streets.into_iter().collect();
    sorted.sort_by(|(a, (rise_a, _, n_a)), (b, (rise_b, _, n_b))| {
        n_b.cmp(n_a).then(rise_b.total_cmp(rise_a)).then_with(|| a.cmp(b))
    });
    let mut grid = Grid::new(5);
    grid.row(
        ["street", "noise-before", "noise-after", "noise-change", "noise-addresses"]
            .map(|name| say(language, name, &[("least", &least)])),
    );
    let level = |db: Option<f64>| db.map_or_else(|| "–".to_owned(), |db| language.number(db, 1));
    for (street, (_, noise, n)) in sorted.into_iter().take(N_SHOWN) {
        grid.row([
            street,
            level(noise.base_db),
            level(noise.with_db),
            noise
                .with_db
                .zip(noise.base_db)
                .map_or_else(|| "–".to_owned(), |(with, base)| language.signed(with - base, 1)),
            language.number(f64::from(n), 0),
        ]);
    }
    page.grid(&grid);
}

/// The environment for machines; streets are in the table `environment`.
pub(super) fn summary(twin: &Twin, outcome: &Outcome) -> Value {
    let Some(environment) = &outcome.environment else { return Value::Null };
    let noise = environment.noise.as_ref().map(|noise| {
        json!({
            "law": "RLS-19, emission L_W' in dB(A) per metre",
            "basis_day": noise.basis[0],
            "basis_night": noise.basis[1],
            "addresses_louder_1db": noise.n_louder(LOUDER_DB),
            "addresses_louder_3db": noise.n_louder(MUCH_LOUDER_DB),
            "louder": noise.louder.iter().map(|(address, rise)| json!({
                "address": twin.addresses[*address].key, "day_db": rise[0], "night_db": rise[1],
            })).collect::<Vec<_>>(),
        })
    });
    json!({ "hours": environment.hours, "noise": noise })
}
