//! The stages of a scenario beside each other, with their sums over days.

use serde_json::{Value, json};
use twin::{
    Outcome, Twin,
    day_type::DayCounts,
    jiff::civil::Date,
    stage::{Stage, StageSums},
};

use super::{Grid, Page, certainty::closure_label};
use crate::{
    Language,
    words::{say, word},
};

/// A stage that was run.
#[derive(Clone, Copy, Debug)]
pub struct StageRow<'a> {
    /// Days and closures.
    pub stage: &'a Stage,
    /// What it triggers.
    pub outcome: &'a Outcome,
    /// What it adds over its days.
    pub sums: &'a StageSums,
}

/// One line per stage with its days, closures and main figures, and the sums over all days.
#[must_use]
pub fn stages_table(twin: &Twin, name: &str, rows: &[StageRow<'_>], language: Language) -> String {
    let mut page = Page::new(language);
    page.title(&format!("{} · {name}", twin.name));
    page.heading(&word(language, "stages"));
    let mut grid = Grid::left_of(4, 9);
    let head = ["number", "from", "to", "closures", "days", "hours", "km", "co2", "total"];
    grid.row(head.map(|name| word(language, &format!("stage-{name}"))));
    for (index, row) in rows.iter().enumerate() {
        let total = row.sums.working_days().map(|days| days * row.sums.vehicle_hours_d);
        for (part, &(from, to)) in row.stage.spans.iter().enumerate() {
            let first = part == 0;
            let only_first = |text: String| if first { text } else { String::new() };
            let days = row.sums.days().map_or_else(|| "–".to_owned(), |days| days.to_string());
            grid.row([
                only_first((index + 1).to_string()),
                day(language, from),
                day(language, to),
                only_first(closures(language, twin, row)),
                only_first(days),
                only_first(language.signed(row.sums.vehicle_hours_d, 1)),
                only_first(language.signed(row.sums.vehicle_km_d, 0)),
                only_first(language.signed(row.sums.co2_kg_d, 0)),
                only_first(total.map_or_else(|| "–".to_owned(), |total| language.signed(total, 0))),
            ]);
        }
    }
    page.grid(&grid);
    let sums = sum(rows);
    if let Some(days) = sums.days {
        let values = [
            ("days", days.to_string()),
            ("hours", language.signed(sums.vehicle_hours, 0)),
            ("km", language.signed(sums.vehicle_km, 0)),
            ("co2", language.signed(sums.co2_kg, 0)),
        ];
        let borrowed: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        page.line(&say(language, "stage-sum", &borrowed));
        page.line(&kinds(language, rows));
    }
    let mut factors: Vec<f64> = rows.iter().filter_map(|row| row.sums.day_factor).collect();
    factors.sort_by(f64::total_cmp);
    factors.dedup();
    if factors.is_empty() {
        page.line(&word(language, "stage-factor-day"));
    } else {
        let shown: Vec<String> = factors.iter().map(|&factor| language.number(factor, 1)).collect();
        page.line(&say(language, "stage-factor", &[("factor", &shown.join(", "))]));
    }
    page.text
}

fn day(language: Language, day: Option<Date>) -> String {
    day.map_or_else(|| word(language, "stage-open"), |day| language.date(day))
}

/// `1 Hauptstraße, Phase 2; 2 Bergweg`, numbered as in the scenario.
fn closures(language: Language, twin: &Twin, row: &StageRow<'_>) -> String {
    let outcomes = row.outcome.traffic.iter().flat_map(|traffic| &traffic.closures);
    let labels: Vec<String> = row
        .stage
        .closures
        .iter()
        .zip(outcomes)
        .map(|(&(position, phase), outcome)| {
            let label = closure_label(language, twin, position, outcome);
            match phase {
                Some(phase) => {
                    let phase = (phase + 1).to_string();
                    say(language, "stage-phase", &[("closure", &label), ("phase", &phase)])
                }
                None => label,
            }
        })
        .collect();
    if labels.is_empty() { word(language, "stage-none") } else { labels.join("; ") }
}

/// How many days of each kind there are, and for how many working days all of them count.
fn kinds(language: Language, rows: &[StageRow<'_>]) -> String {
    let counts = rows.iter().filter_map(|row| row.sums.counts).fold(DayCounts::default(), DayCounts::plus);
    let weighted: f64 = rows.iter().filter_map(|row| row.sums.working_days()).sum();
    let values = [
        ("working", counts.working.to_string()),
        ("saturdays", counts.saturdays.to_string()),
        ("sundays", counts.sundays.to_string()),
        ("weighted", language.number(weighted, 1)),
    ];
    let borrowed: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    say(language, "stage-kinds", &borrowed)
}

/// Sums over the days of all stages; nothing where one has no begin or no end.
struct Sums {
    days: Option<u32>,
    vehicle_hours: f64,
    vehicle_km: f64,
    co2_kg: f64,
}

fn sum(rows: &[StageRow<'_>]) -> Sums {
    let over = |of: fn(&StageSums) -> f64| -> f64 {
        rows.iter().map(|row| row.sums.working_days().unwrap_or(0.0) * of(row.sums)).sum()
    };
    Sums {
        days: rows.iter().try_fold(0, |days, row| Some(days + row.sums.days()?)),
        vehicle_hours: over(|sums| sums.vehicle_hours_d),
        vehicle_km: over(|sums| sums.vehicle_km_d),
        co2_kg: over(|sums| sums.co2_kg_d),
    }
}

/// The stages for machines: days, closures as numbered in the scenario from 1, and what each adds.
#[must_use]
pub fn stages_summary(twin: &Twin, name: &str, rows: &[StageRow<'_>]) -> Value {
    let sums = sum(rows);
    let known = sums.days.is_some();
    json!({
        "stadtwin_version": env!("CARGO_PKG_VERSION"),
        "twin": twin.name,
        "scenario": name,
        "stages": rows.iter().enumerate().map(|(index, row)| json!({
            "stage": index + 1,
            "spans": row.stage.spans.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect::<Vec<_>>(),
            "days": row.sums.days(),
            "days_by_kind": row.sums.counts.map(|counts| json!({
                "working": counts.working, "saturday": counts.saturdays, "sunday_or_holiday": counts.sundays,
            })),
            "working_days": row.sums.working_days(),
            "closures": row.stage.closures.iter().map(|(closure, phase)| json!({
                "closure": closure + 1, "phase": phase.map(|phase| phase + 1),
            })).collect::<Vec<_>>(),
            "day_factor": row.sums.day_factor,
            "added_vehicle_hours_per_working_day": row.sums.vehicle_hours_d,
            "added_vehicle_km_per_working_day": row.sums.vehicle_km_d,
            "added_co2_kg_per_working_day": row.sums.co2_kg_d,
        })).collect::<Vec<_>>(),
        "days": sums.days,
        "added_vehicle_hours": known.then_some(sums.vehicle_hours),
        "added_vehicle_km": known.then_some(sums.vehicle_km),
        "added_co2_kg": known.then_some(sums.co2_kg),
    })
}
