//! Tables: what a scenario triggers, as a planner reads it on a terminal, and as `summary.json` for machines.

mod certainty;
mod closures;
mod day;
mod environment;
mod figures;
mod findings;
mod gas;
mod grid;
mod heat;
mod outage;
mod power;
mod query;
mod stages;
mod streets;
mod summary;
mod sweep;
mod touched;
mod water;
mod works;

pub use day::approach_label;
pub(crate) use environment::louder_than;
pub use findings::findings_table;
pub use stages::{StageRow, stages_summary, stages_table};
pub use streets::street_label;
pub use summary::summary;
pub use sweep::sweep_table;
pub(crate) use touched::{address_label, bus_label, bus_status};
pub use works::{conflict_line, conflicts_summary, conflicts_table, plan_summary, plan_table};

use twin::{
    Assumptions, Outcome, Scenario, Twin, criteria,
    outcome::{HourOutcome, Status, Totals, TrafficOutcome},
};

use crate::{
    Language,
    words::{say, word},
};
use grid::Grid;

/// The table after a run: what is closed, traffic before and after, the alternating section, detours, accessibility,
/// bus lines, the most affected streets, and how good the figures are.
#[must_use]
pub fn outcome_table(twin: &Twin, scenario: &Scenario, outcome: &Outcome, language: Language) -> String {
    let mut page = Page::new(language);
    let title = if scenario.name.is_empty() { word(language, "base-case") } else { scenario.name.clone() };
    page.title(&format!("{} · {title}", twin.name));
    if let Some(traffic) = &outcome.traffic {
        closures::closed(&mut page, twin, scenario, traffic);
        let shown = shown_hour(traffic);
        totals(&mut page, traffic);
        certainty::bands(&mut page, outcome);
        certainty::shares(&mut page, twin, outcome);
        closures::alternations(&mut page, twin, traffic);
        day::day(&mut page, twin, traffic);
        if let Some(hour) = shown {
            if !traffic.closures.is_empty() {
                closures::detours(&mut page, twin, hour);
                closures::accessibility(&mut page, twin, traffic);
                if outcome.touched.is_none() {
                    closures::bus_routes(&mut page, twin, traffic);
                }
                streets::changes(&mut page, twin, hour);
            } else {
                streets::busiest(&mut page, twin, hour);
            }
        }
    }
    query::answers(&mut page, outcome);
    environment::environment(&mut page, twin, scenario, outcome);
    touched::touched(&mut page, twin, outcome);
    power::power(&mut page, twin, outcome);
    gas::gas(&mut page, twin, outcome);
    heat::heat(&mut page, twin, outcome);
    water::water(&mut page, twin, outcome);
    outage::isolations(&mut page, outcome);
    expectations(&mut page, scenario, outcome);
    if !outcome.findings.0.is_empty() {
        page.heading(&word(language, "findings"));
        for line in findings_table(&outcome.findings, language).lines() {
            page.line(line);
        }
    }
    quality(&mut page, twin, scenario, outcome);
    page.text
}

/// The hour that is shown in detail: the one in which the closures meet the most traffic, else in which there is most.
fn shown_hour(traffic: &TrafficOutcome) -> Option<&HourOutcome> {
    let weight = |index: usize, hour: &HourOutcome| {
        let closed: f64 = traffic
            .closures
            .iter()
            .filter(|closure| closure.active.get(index).copied().unwrap_or(false))
            .filter_map(|closure| closure.base_volume_veh_h.get(index))
            .sum();
        (closed, hour.base_totals.trips_veh_h)
    };
    let mut best: Option<((f64, f64), &HourOutcome)> = None;
    for (index, hour) in traffic.hours.iter().enumerate() {
        let weight = weight(index, hour);
        if best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, hour));
        }
    }
    best.map(|(_, hour)| hour)
}

fn totals(page: &mut Page, traffic: &TrafficOutcome) {
    for hour in &traffic.hours {
        let title = say(page.language, "traffic-at", &[("hour", &page.language.hour(hour.hour))]);
        totals_of(page, &title, &hour.base_totals, &hour.totals, !traffic.closures.is_empty());
        cut_off_trips(page, hour);
    }
    if traffic.hours.len() > 1 {
        let add = |of: &dyn Fn(&HourOutcome) -> Totals| {
            traffic.hours.iter().map(of).fold(Totals::default(), |sum, totals| Totals {
                trips_veh_h: sum.trips_veh_h + totals.trips_veh_h,
                vehicle_hours: sum.vehicle_hours + totals.vehicle_hours,
                vehicle_km: sum.vehicle_km + totals.vehicle_km,
                delay_veh_h: sum.delay_veh_h + totals.delay_veh_h,
                beckmann: sum.beckmann + totals.beckmann,
            })
        };
        let title = say(page.language, "all-hours", &[("n", &traffic.hours.len().to_string())]);
        let (before, after) = (add(&|hour| hour.base_totals), add(&|hour| hour.totals));
        totals_of(page, &title, &before, &after, !traffic.closures.is_empty());
    }
}

fn totals_of(page: &mut Page, title: &str, before: &Totals, after: &Totals, changed: bool) {
    let language = page.language;
    page.heading(title);
    let mut grid = Grid::new(if changed { 5 } else { 2 });
    if changed {
        let head = ["before", "after", "change"].map(|name| word(language, name));
        grid.row(["".to_owned(), head[0].clone(), head[1].clone(), head[2].clone(), String::new()]);
    }
    let rows = [
        ("trips", before.trips_veh_h, after.trips_veh_h, 0),
        ("vehicle-hours", before.vehicle_hours, after.vehicle_hours, 1),
        ("vehicle-km", before.vehicle_km, after.vehicle_km, 1),
        ("delay", before.delay_veh_h, after.delay_veh_h, 1),
    ];
    for (name, before, after, decimals) in rows {
        let label = word(language, name);
        if changed {
            grid.row([
                label,
                language.number(before, decimals),
                language.number(after, decimals),
                language.signed(after - before, decimals),
                language.percent_change(before, after),
            ]);
        } else {
            grid.row([label, language.number(after, decimals)]);
        }
    }
    page.grid(&grid);
}

fn cut_off_trips(page: &mut Page, hour: &HourOutcome) {
    let language = page.language;
    let total: f64 = hour.cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum();
    if total <= 0.0 {
        return;
    }
    page.line(&say(language, "cut-off-trips", &[("trips", &language.number(total, 1))]));
    for cut in hour.cut_off_trips.iter().filter(|cut| cut.trips_veh_h > 0.0) {
        let class = word(language, &format!("class-{}", cut.class.name()));
        let pairs = language.number(cut.pairs.len() as f64, 0);
        let trips = language.number(cut.trips_veh_h, 1);
        let values = [("class", class.as_str()), ("trips", &trips), ("pairs", &pairs)];
        page.line(&format!("  {}", say(language, "cut-off-trips-class", &values)));
    }
}

fn expectations(page: &mut Page, scenario: &Scenario, outcome: &Outcome) {
    if scenario.expect.is_empty() {
        return;
    }
    let language = page.language;
    let values = criteria::values(outcome);
    let violated = criteria::violations(&scenario.expect, outcome);
    page.heading(&word(language, "expect"));
    let mut grid = Grid::left(4, 1);
    for (name, bound) in &scenario.expect {
        let value = values.iter().find(|(known, _)| known == name);
        let limits: Vec<String> = [("expect-min", "min", bound.min), ("expect-max", "max", bound.max)]
            .into_iter()
            .filter_map(|(text, key, limit)| limit.map(|limit| say(language, text, &[(key, &plain(language, limit))])))
            .collect();
        let kept = if violated.iter().any(|v| v.name == *name) { "expect-violated" } else { "expect-kept" };
        grid.row([
            name.clone(),
            value.map_or_else(|| "–".to_owned(), |&(_, value)| plain(language, value)),
            limits.join(", "),
            word(language, kept),
        ]);
    }
    page.grid(&grid);
}

/// A number with as many decimals as it needs, three at most.
fn plain(language: Language, value: f64) -> String {
    if value != 0.0 && value.abs() < 0.001 {
        return language.scientific(value);
    }
    let decimals = (0..3).find(|&n| (value * 10f64.powi(n)).fract().abs() < 1e-9).unwrap_or(3);
    language.number(value, decimals as usize)
}

fn quality(page: &mut Page, twin: &Twin, scenario: &Scenario, outcome: &Outcome) {
    let language = page.language;
    page.heading(&word(language, "quality"));
    match outcome.traffic.as_ref().and_then(|traffic| worst(&traffic.hours)) {
        None if outcome.water.is_some()
            || outcome.power.is_some()
            || outcome.gas.is_some()
            || outcome.heat.is_some() => {}
        None => page.line(&word(language, "no-traffic")),
        Some(hour) => page.line(&status_line(language, hour)),
    }
    water::quality(page, outcome);
    power::quality(page, outcome);
    gas::quality(page, outcome);
    heat::quality(page, outcome);
    if (scenario.demand_factor - 1.0).abs() > f64::EPSILON {
        page.line(&say(language, "demand-factor", &[("factor", &plain(language, scenario.demand_factor))]));
    }
    let defaults = Assumptions::default();
    let changed: Vec<String> = Assumptions::TABLE
        .iter()
        .filter(|row| scenario.assumptions.get(row.key) != defaults.get(row.key))
        .filter_map(|row| {
            Some(format!("{} = {} {}", row.key, plain(language, scenario.assumptions.get(row.key)?), row.unit))
        })
        .collect();
    let n_default = (Assumptions::TABLE.len() - changed.len()).to_string();
    page.line(&say(language, "assumptions-default", &[("n", &n_default)]));
    if !changed.is_empty() {
        page.line(&say(language, "assumptions-changed", &[("changed", &changed.join(", "))]));
    }
    for source in &twin.sources {
        let mut details = vec![source.format.clone()];
        details.extend(source.date.map(|date| say(language, "source-as-of", &[("date", &language.date(date))])));
        details.extend(source.licence.clone());
        page.line(&say(language, "source", &[("name", &source.name), ("details", &details.join(", "))]));
    }
    let mut attributions: Vec<&str> = twin.sources.iter().filter_map(|source| source.attribution.as_deref()).collect();
    attributions.sort_unstable();
    attributions.dedup();
    for attribution in attributions {
        page.line(attribution);
    }
}

/// The hour whose solve ended worst.
fn worst(hours: &[HourOutcome]) -> Option<&HourOutcome> {
    let rank = |hour: &HourOutcome| {
        let rank = |status: Status| match status {
            Status::Empty => 0,
            Status::Converged { .. } => 1,
            Status::NotConverged { .. } => 2,
            Status::Cancelled { .. } => 3,
        };
        (rank(hour.status).max(rank(hour.base_status)), hour.status.residual().max(hour.base_status.residual()))
    };
    hours.iter().max_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

fn status_line(language: Language, hour: &HourOutcome) -> String {
    let name = match (hour.base_status, hour.status) {
        (Status::Cancelled { .. }, _) | (_, Status::Cancelled { .. }) => "equilibrium-cancelled",
        (Status::NotConverged { .. }, _) | (_, Status::NotConverged { .. }) => "equilibrium-not-converged",
        (Status::Empty, Status::Empty) => "equilibrium-empty",
        _ => "equilibrium-converged",
    };
    let values = [
        ("gap", language.scientific(hour.status.residual())),
        ("iterations", hour.status.iterations().to_string()),
        ("base_gap", language.scientific(hour.base_status.residual())),
        ("base_iterations", hour.base_status.iterations().to_string()),
    ];
    let borrowed: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    say(language, name, &borrowed)
}

/// A text page that grows.
pub(crate) struct Page {
    pub(crate) language: Language,
    text: String,
}

impl Page {
    const fn new(language: Language) -> Self {
        Self { language, text: String::new() }
    }
    fn title(&mut self, title: &str) {
        self.text.push_str(title);
        self.text.push('\n');
        self.text.push_str(&"═".repeat(title.chars().count().min(100)));
        self.text.push('\n');
    }
    pub(crate) fn heading(&mut self, title: &str) {
        self.text.push('\n');
        self.text.push_str(title);
        self.text.push('\n');
    }
    pub(crate) fn line(&mut self, line: &str) {
        for wrapped in wrapped(line, 98) {
            self.text.push_str("  ");
            self.text.push_str(wrapped.trim_end());
            self.text.push('\n');
        }
    }
    /// A line that is not wrapped.
    pub(crate) fn raw(&mut self, line: &str) {
        self.text.push_str("  ");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
    pub(crate) fn grid(&mut self, grid: &Grid) {
        for line in grid.lines() {
            self.text.push_str("  ");
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }
}

/// A line broken at spaces; what follows is indented.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    if line.chars().count() <= width {
        return vec![line.to_owned()];
    }
    let indent = line.chars().take_while(|letter| *letter == ' ').count();
    let mut lines = vec![" ".repeat(indent)];
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let last = lines.last_mut().expect("because the list begins with a line");
        let blank = last.trim().is_empty();
        if !blank && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("{}{word}", " ".repeat(indent + 2)));
        } else {
            if !blank {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}
