//! The table `signal_plan`: the signals of half closures, to be handed over.

use twin::{
    Outcome, Scenario, Twin,
    outcome::{Alternation, ClosureOutcome, day::begin_of, signal::AMBER_S},
    scenario::Control,
};

use super::table::{Cell, Kind, Table, integer, maybe_text, number, text};

/// One row per closure with a signal, time of day and phase. The whole day where it was computed, else the computed hours.
pub(super) fn plan(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        Table::SIGNAL_PLAN,
        &[
            ("closure", Integer),
            ("street", Text),
            ("key", Text),
            ("from", Text),
            ("to", Text),
            ("length_m", Number),
            ("begin", Text),
            ("end", Text),
            ("towards", Text),
            ("cycle_s", Number),
            ("green_begin_s", Number),
            ("green_end_s", Number),
            ("green_s", Number),
            ("amber_s", Number),
            ("all_red_s", Number),
            ("red_s", Number),
            ("clearance_s", Number),
            ("volume_veh_h", Number),
            ("capacity_veh_h", Number),
            ("saturation", Number),
            ("wait_s", Number),
            ("level", Text),
            ("longest_queue_veh", Number),
            ("queue_95_veh", Number),
        ],
    );
    let Some(traffic) = &outcome.traffic else { return table };
    let with_signal = |closure: &ClosureOutcome| closure.control == Some(Control::Signal);
    for (index, closure) in traffic.closures.iter().enumerate().filter(|(_, closure)| with_signal(closure)) {
        let link = closure.sections.first().map(|section| twin.roads.link(section.link));
        let source = scenario.closures.get(index);
        let date = |day: Option<twin::jiff::civil::Date>| Cell::Text(day.map(|day| day.to_string()));
        let from = source.and_then(|closure| closure.from).or(scenario.from);
        let to = source.and_then(|closure| closure.to).or(scenario.to);
        for (begin, end, plan) in times(outcome, index) {
            let Some(phases) = plan.phases() else { continue };
            for (direction, phase) in phases.iter().enumerate() {
                table.push([
                    integer(index as i64 + 1),
                    maybe_text(link.and_then(|link| link.name.as_deref())),
                    maybe_text(link.map(|link| link.key.as_str())),
                    date(from),
                    date(to),
                    number(closure.length_m),
                    text(clock(begin)),
                    text(clock(end)),
                    text(if direction == 0 { "along" } else { "against" }),
                    number(plan.cycle_s),
                    number(phase.green_begin_s),
                    number(phase.green_end_s),
                    number(plan.green_s[direction]),
                    number(AMBER_S.min(plan.clearance_s)),
                    number(phase.all_red_s),
                    number(phase.red_s),
                    number(plan.clearance_s),
                    number(plan.volume_veh_h[direction]),
                    number(plan.capacity_veh_h[direction]),
                    number(plan.saturation(direction)),
                    number(plan.delay_s[direction]),
                    text(plan.level(direction)),
                    number(plan.longest_queue_veh(direction)),
                    number(plan.queue_95_veh(direction)),
                ]);
            }
        }
    }
    table
}

/// First slice, slice after the last, and plan of each time in which a half closure holds.
fn times(outcome: &Outcome, closure: usize) -> Vec<(usize, usize, Alternation)> {
    let Some(traffic) = &outcome.traffic else { return Vec::new() };
    if let Some(day) = &traffic.day {
        return day
            .plans
            .iter()
            .filter(|plan| plan.closure == closure)
            .map(|plan| (plan.begin, plan.end, plan.alternation))
            .collect();
    }
    let Some(closure) = traffic.closures.get(closure) else { return Vec::new() };
    let hours = traffic.hours.iter().zip(&closure.active).filter(|(_, active)| **active).map(|(hour, _)| hour.hour);
    hours
        .zip(&closure.alternation)
        .map(|(hour, plan)| (4 * usize::from(hour), 4 * usize::from(hour) + 4, *plan))
        .collect()
}

fn clock(slice: usize) -> String {
    let (hour, minute) = begin_of(slice);
    format!("{hour:02}:{minute:02}")
}
