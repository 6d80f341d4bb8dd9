//! How sure the figures are, and which closure causes what.

use serde_json::{Value, json};
use twin::{
    Outcome, Twin, criteria,
    outcome::{Band, ClosureOutcome},
};

use super::{Grid, Page, street_label};
use crate::{
    Language,
    words::{say, word},
};

/// Shared figures that are printed; the others are in the tables.
const SHARES_SHOWN: [&str; 4] =
    ["traffic.added_vehicle_hours", "traffic.cut_off_trips", "traffic.cut_off_addresses", "environment.added_co2_kg"];
/// Difference between joint effect and sum below which they count as equal, as a part of the greater one.
const EQUAL: f64 = 0.05;
/// Figures below are not told apart from nothing.
const NOTHING: f64 = 0.05;

/// The name of a criterion for people.
fn criterion(language: Language, name: &str) -> String {
    word(language, &format!("criterion-{}", name.replace(['.', '_'], "-")))
}

/// A figure of a criterion with its decimals; with its sign where it is a change.
fn figure(language: Language, name: &str, value: f64, decimals: usize) -> String {
    if name.contains(".added_") { language.signed(value, decimals) } else { language.number(value, decimals) }
}

/// Decimals for a figure that is `most` at most: more where it is small.
fn decimals(name: &str, most: f64) -> usize {
    let counted = matches!(name, "traffic.alternation_delay_s" | "traffic.queue_veh" | "traffic.cut_off_addresses");
    match (counted, most.abs() < 1.0) {
        (true, _) => 0,
        (false, true) => 2,
        (false, false) => 1,
    }
}

/// The band of each figure that moves.
pub(super) fn bands(page: &mut Page, outcome: &Outcome) {
    let moves = |band: &&Band| band.high.0 - band.low.0 > 1e-6 && band.high.0.abs().max(band.low.0.abs()) >= NOTHING;
    let shown: Vec<&Band> = outcome.bands.iter().filter(moves).collect();
    if shown.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "bands"));
    let mut grid = Grid::new(5);
    grid.row(
        ["band-figure", "band-value", "band-range", "band-low-by", "band-high-by"].map(|name| word(language, name)),
    );
    for band in shown {
        let decimals = decimals(band.criterion, band.high.0.abs().max(band.low.0.abs()));
        let of = |value: f64| figure(language, band.criterion, value, decimals);
        let by = |name: &str| {
            if name.is_empty() { "–".to_owned() } else { word(language, &format!("band-{name}")) }
        };
        grid.row([
            criterion(language, band.criterion),
            of(band.value),
            format!("{} … {}", of(band.low.0), of(band.high.0)),
            by(&band.low.1),
            by(&band.high.1),
        ]);
    }
    page.grid(&grid);
}

/// `1 Hauptstraße`
pub(super) fn closure_label(language: Language, twin: &Twin, position: usize, closure: &ClosureOutcome) -> String {
    let street = closure.sections.first().map(|section| street_label(twin, section.link, language));
    format!("{} {}", position + 1, street.unwrap_or_else(|| word(language, "no-name")))
}

/// What each of several closures causes alone, and what is missing without it.
pub(super) fn shares(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(traffic) = outcome.traffic.as_ref().filter(|_| !outcome.shares.is_empty()) else { return };
    let language = page.language;
    page.heading(&word(language, "shares"));
    let values = criteria::values(outcome);
    for name in SHARES_SHOWN {
        let rows: Vec<_> = outcome.shares.iter().filter(|share| share.criterion == name).collect();
        let joint = values.iter().find(|(known, _)| *known == name).map_or(0.0, |&(_, value)| value);
        if joint.abs() < NOTHING && rows.iter().all(|share| share.alone.abs() < NOTHING) {
            continue;
        }
        let decimals = decimals(name, rows.iter().fold(joint.abs(), |most, share| most.max(share.alone.abs())));
        let mut grid = Grid::new(3);
        grid.row([criterion(language, name), word(language, "share-alone"), word(language, "share-marginal")]);
        for share in &rows {
            let Some(closure) = traffic.closures.get(share.closure) else { continue };
            grid.row([
                format!("  {}", closure_label(language, twin, share.closure, closure)),
                figure(language, name, share.alone, decimals),
                figure(language, name, share.marginal, decimals),
            ]);
        }
        page.grid(&grid);
        let sum: f64 = rows.iter().map(|share| share.alone).sum();
        let apart = (joint - sum).abs() > EQUAL * joint.abs().max(sum.abs()).max(NOTHING);
        let text = match (apart, joint > sum) {
            (false, _) => "share-joint-equal",
            (true, true) => "share-joint-more",
            (true, false) => "share-joint-less",
        };
        let (joint, sum) = (figure(language, name, joint, decimals), figure(language, name, sum, decimals));
        page.line(&format!("  {}", say(language, text, &[("joint", &joint), ("sum", &sum)])));
    }
}

/// Bands for machines.
pub(super) fn bands_part(outcome: &Outcome) -> Vec<Value> {
    let by = |name: &str| if name.is_empty() { Value::Null } else { json!(name) };
    outcome
        .bands
        .iter()
        .map(|band| {
            json!({
                "criterion": band.criterion,
                "value": band.value,
                "low": band.low.0,
                "low_by": by(&band.low.1),
                "high": band.high.0,
                "high_by": by(&band.high.1),
            })
        })
        .collect()
}

/// Shares for machines.
pub(super) fn shares_part(outcome: &Outcome) -> Vec<Value> {
    outcome
        .shares
        .iter()
        .map(|share| {
            json!({
                "closure": share.closure + 1,
                "criterion": share.criterion,
                "alone": share.alone,
                "marginal": share.marginal,
            })
        })
        .collect()
}
