//! Winners and losers, and what it costs: bars and rows of figures that a run has already computed.

use twin::{Assumptions, Outcome, outcome::environment::Burnt};

use crate::{
    Language,
    brief::Block,
    words::{say, word},
};

/// A bar of a histogram of changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What its class is called: `1 bis 2`.
    pub label: String,
    /// How many there are, as it is written.
    pub figure: String,
    /// Its length as a share of the longest bar that counts.
    pub share: f64,
    /// −1 for those who win, 1 for those who lose, 0 for those for whom hardly anything changes.
    pub side: i8,
}

/// The bars of trips by minutes added, the greatest gain first; `breaks_min` are the bounds between the classes, symmetric about zero.
/// Classes without trips at both ends are left out. The class about zero, in which most trips are, does not count for the scale.
#[must_use]
pub fn time_bars(breaks_min: &[f64], trips_veh_h: &[f64], language: Language) -> Vec<Bar> {
    /// Fewer are not shown: they would be written as zero.
    const LEAST_VEH_H: f64 = 0.5;
    let middle = breaks_min.len() / 2;
    let shown = |trips: f64| trips >= LEAST_VEH_H;
    let (Some(first), Some(last)) =
        (trips_veh_h.iter().position(|&trips| shown(trips)), trips_veh_h.iter().rposition(|&trips| shown(trips)))
    else {
        return Vec::new();
    };
    let beside = trips_veh_h.iter().enumerate().filter(|(class, _)| *class != middle);
    let longest = beside.map(|(_, &trips)| trips).fold(1.0, f64::max);
    (first.min(middle)..=last.max(middle))
        .map(|class| {
            let below = class.checked_sub(1).and_then(|at| breaks_min.get(at)).copied();
            let side = class.cmp(&middle) as i8;
            Bar {
                label: class_label(below, breaks_min.get(class).copied(), language),
                figure: language.number(trips_veh_h[class], 0),
                share: (trips_veh_h[class] / longest).min(1.0),
                side,
            }
        })
        .collect()
}

/// The name of the class between two bounds, minutes.
fn class_label(from: Option<f64>, to: Option<f64>, language: Language) -> String {
    let minutes = |value: f64| language.number(value.abs(), if value.fract() == 0.0 { 0 } else { 2 });
    match (from, to) {
        (None, Some(to)) => say(language, "time-less-than", &[("min", &minutes(to))]),
        (Some(from), None) => say(language, "time-more-than", &[("min", &minutes(from))]),
        (Some(from), Some(to)) if from < 0.0 && to > 0.0 => say(language, "time-about", &[("min", &minutes(to))]),
        (Some(from), Some(to)) if to <= 0.0 => {
            say(language, "time-gain", &[("from", &minutes(to)), ("to", &minutes(from))])
        }
        (Some(from), Some(to)) => say(language, "time-loss", &[("from", &minutes(from)), ("to", &minutes(to))]),
        (None, None) => String::new(),
    }
}

/// Sums in euros of lost time and fuel over the computed hours, with the rates that they rest on. Empty where there is no traffic.
///
/// Trips that have no way left are in none of the sums: not to arrive has no price here.
#[must_use]
pub fn costs(outcome: &Outcome, assumptions: &Assumptions, language: Language) -> Vec<Block> {
    let Some(traffic) = &outcome.traffic else { return Vec::new() };
    let hours: f64 = traffic
        .hours
        .iter()
        .map(|h| h.totals.vehicle_hours - (h.base_totals.vehicle_hours - h.base_of_cut_off.vehicle_hours))
        .sum();
    let change = |figure: fn(&Burnt) -> f64| {
        outcome.environment.as_ref().map(|environment| {
            let (before, after) = environment.sums(figure);
            after - before
        })
    };
    let mut grid =
        vec![["costs-figure", "change", "costs-rate", "costs-sum"].map(|name| word(language, name)).to_vec()];
    let (rate_h, rate_l) = (assumptions.value_of_time_eur_h, assumptions.fuel_price_eur_l);
    let rows = [
        ("costs-time", Some(hours), "costs-unit-hours", Some((rate_h, "€/h"))),
        ("costs-fuel", change(Burnt::fuel_l), "costs-unit-litres", Some((rate_l, "€/l"))),
        ("costs-co2", change(|burnt| burnt.co2_kg), "costs-unit-kg", None),
    ];
    let mut sum_eur = 0.0;
    for (name, figure, unit, rate) in rows {
        let Some(figure) = figure else { continue };
        let euros = rate.map(|(rate, _)| figure * rate);
        sum_eur += euros.unwrap_or(0.0);
        grid.push(vec![
            word(language, name),
            format!("{} {}", language.signed(figure, 1), word(language, unit)),
            rate.map_or_else(|| "–".to_owned(), |(rate, per)| format!("{} {per}", language.number(rate, 2))),
            euros.map_or_else(|| "–".to_owned(), |euros| format!("{} €", language.signed(euros, 0))),
        ]);
    }
    grid.push(vec![
        word(language, "costs-all"),
        String::new(),
        String::new(),
        format!("{} €", language.signed(sum_eur, 0)),
    ]);
    let told: Vec<String> = traffic.hours.iter().map(|hour| language.hour(hour.hour)).collect();
    let mut blocks = vec![
        Block::Heading(say(language, "costs-hours", &[("hours", &told.join(", "))])),
        Block::Grid(grid),
        Block::Text(word(language, "costs-basis")),
    ];
    let cut_off: f64 = traffic.hours.iter().flat_map(|hour| &hour.cut_off_trips).map(|cut| cut.trips_veh_h).sum();
    if cut_off > 0.0 {
        blocks.push(Block::Text(say(language, "costs-cut-off", &[("n", &language.number(cut_off, 0))])));
    }
    if traffic.hours.iter().any(|hour| !hour.status.is_fine() || !hour.base_status.is_fine()) {
        blocks.push(Block::Text(word(language, "view-not-converged")));
    }
    blocks
}

#[cfg(test)]
mod tests {
    use twin::outcome::{HourOutcome, Status, Totals, TrafficOutcome};

    use super::*;

    const BREAKS: [f64; 4] = [-1.0, -0.25, 0.25, 1.0];

    #[test]
    fn bars_are_scaled_by_those_who_notice_something() {
        let bars = time_bars(&BREAKS, &[0.0, 10.0, 5000.0, 40.0, 20.0], Language::De);
        let told: Vec<(&str, &str, i8)> =
            bars.iter().map(|bar| (bar.label.as_str(), bar.figure.as_str(), bar.side)).collect();
        assert_eq!(
            told,
            [
                ("0,25 bis 1 min kürzer", "10", -1),
                ("± 0,25 min", "5.000", 0),
                ("0,25 bis 1 min länger", "40", 1),
                ("über 1 min länger", "20", 1)
            ]
        );
        assert_eq!(bars.iter().map(|bar| bar.share).collect::<Vec<_>>(), [0.25, 1.0, 1.0, 0.5]);
        assert!(time_bars(&BREAKS, &[0.0; 5], Language::De).is_empty());
    }

    #[test]
    fn costs_are_time_and_fuel_by_their_rates_without_the_trips_that_do_not_arrive() {
        let totals = |vehicle_hours| Totals { vehicle_hours, ..Totals::default() };
        let hour = HourOutcome {
            hour: 16,
            base_status: Status::Empty,
            status: Status::Empty,
            base: twin::outcome::ArcState::default(),
            with: twin::outcome::ArcState::default(),
            base_totals: totals(100.0),
            totals: totals(105.0),
            base_of_cut_off: totals(5.0),
            cut_off_trips: Vec::new(),
            detours: Vec::new(),
        };
        let traffic = TrafficOutcome {
            hours: vec![hour],
            closures: Vec::new(),
            cut_off_addresses: Vec::new(),
            unreachable_before: Vec::new(),
            affected_bus_routes: Vec::new(),
            day: None,
        };
        let outcome = Outcome { traffic: Some(traffic), ..Outcome::empty("Probe") };
        let mut assumptions = Assumptions::default();
        assert!(assumptions.set("value_of_time_eur_h", 20.0));
        let blocks = costs(&outcome, &assumptions, Language::De);
        let Some(Block::Grid(grid)) = blocks.get(1) else { panic!("{blocks:?}") };
        assert_eq!(grid[1][1..], ["+10,0 Fz·h", "20,00 €/h", "+200 €"]);
        assert_eq!(grid.last().and_then(|row| row.last()).map(String::as_str), Some("+200 €"));
        assert!(costs(&Outcome::empty("Probe"), &assumptions, Language::De).is_empty());
    }
}
