//! The works of a calendar on the ground: sections, metres, streets, the arcs they change; and which of them can be looked at.

use std::collections::BTreeSet;

use geo::{BoundingRect as _, Coord, Distance as _, Euclidean, LineString, Rect};
use twin::{
    Finding, Findings, Id, Scenario, Twin, jiff::civil::Date, outcome::ClosedSection, road::RoadLink, works::Calendar,
};

use super::time::Days;
use crate::{
    Prepared, Resolved, ResolvedClosure,
    names::{StreetNames, did_you_mean, folded},
    overlay,
    resolve::resolve_each,
};

/// The works on the ground.
pub(super) struct Ground<'a> {
    pub(super) twin: &'a Twin,
    pub(super) prepared: &'a Prepared,
    pub(super) calendar: &'a Calendar,
    /// All works as closures of one scenario; those outside the map have no sections.
    pub(super) resolved: Resolved,
    /// Dates as planned, of the works that are on the map, have dates and have not ended.
    pub(super) given: Vec<Option<Days>>,
    /// Closed parts of sections by work.
    pub(super) parts: Vec<Vec<ClosedSection>>,
    /// Lines of the closed parts, metres in the twin's coordinates.
    lines: Vec<Vec<LineString<f64>>>,
    boxes: Vec<Option<Rect<f64>>>,
    /// Folded names of the streets of each work.
    streets: Vec<BTreeSet<String>>,
    /// Positions of the arcs that each work changes.
    pub(super) arcs: Vec<Vec<usize>>,
    /// What is wrong with works and events.
    pub(super) findings: Findings,
}

impl<'a> Ground<'a> {
    /// Looks up every work; `today` is the day before which works are over.
    pub(super) fn of(
        twin: &'a Twin,
        prepared: &'a Prepared,
        scenario: &Scenario,
        calendar: &'a Calendar,
        today: Option<Date>,
    ) -> Self {
        let closures = calendar.works.iter().map(|work| work.closure.clone()).collect();
        let scenario = Scenario { closures, origin: calendar.origin.clone(), ..scenario.clone() };
        let (closures, mut findings) = resolve_each(twin, &scenario, "work");
        let on_map: Vec<bool> = closures.iter().map(Option::is_some).collect();
        let nowhere = || ResolvedClosure { street: None, sections: Vec::new(), length_m: 0.0 };
        let closures: Vec<_> = closures.into_iter().map(|closure| closure.unwrap_or_else(nowhere)).collect();
        let parts: Vec<Vec<ClosedSection>> =
            closures.iter().map(|closure| closure.sections.iter().map(|section| section.part).collect()).collect();
        let lines: Vec<Vec<LineString<f64>>> = parts
            .iter()
            .map(|parts| parts.iter().map(|part| line_of(twin.roads.link(part.link), part)).collect())
            .collect();
        let streets = parts.iter().map(|parts| streets(twin, parts)).collect();
        let resolved = Resolved { scenario, closures, findings: Findings::default() };
        let n = calendar.works.len();
        let arcs = (0..n).map(|work| arcs(twin, prepared, &resolved, work)).collect();
        let given = (0..n).map(|work| given(calendar, work, on_map[work], today, &mut findings)).collect();
        check_events(twin, calendar, &mut findings);
        let boxes = lines.iter().map(|lines| together(lines)).collect();
        Self { twin, prepared, calendar, resolved, given, parts, lines, boxes, streets, arcs, findings }
    }

    pub(super) fn n(&self) -> usize {
        self.given.len()
    }

    /// Whether two works are on a common section.
    pub(super) fn share_section(&self, a: usize, b: usize) -> bool {
        self.parts[a].iter().any(|part| self.parts[b].iter().any(|other| part.link == other.link))
    }

    /// Name of a street on which both are.
    pub(super) fn shared_street(&self, a: usize, b: usize) -> Option<String> {
        let part = self.parts[a].iter().find(|part| self.parts[b].iter().any(|other| part.link == other.link))?;
        self.twin.roads.link(part.link).name.clone()
    }

    /// Whether two works dig up a common stretch.
    pub(super) fn overlap(&self, a: usize, b: usize) -> bool {
        let meets = |part: &ClosedSection, other: &ClosedSection| {
            part.link == other.link && part.from_m.max(other.from_m) < part.to_m.min(other.to_m)
        };
        self.parts[a].iter().any(|part| self.parts[b].iter().any(|other| meets(part, other)))
    }

    /// Distance of two work sites as the crow flies, metres, where it is below a limit.
    pub(super) fn distance_below_m(&self, a: usize, b: usize, limit_m: f64) -> Option<f64> {
        let (box_a, box_b) = (self.boxes[a]?, self.boxes[b]?);
        let gap = |low_a: f64, high_a: f64, low_b: f64, high_b: f64| (low_a - high_b).max(low_b - high_a).max(0.0);
        let apart_m = gap(box_a.min().x, box_a.max().x, box_b.min().x, box_b.max().x).hypot(gap(
            box_a.min().y,
            box_a.max().y,
            box_b.min().y,
            box_b.max().y,
        ));
        if apart_m >= limit_m {
            return None;
        }
        let distances = self.lines[a].iter().flat_map(|a| self.lines[b].iter().map(move |b| Euclidean.distance(a, b)));
        Some(distances.fold(f64::INFINITY, f64::min)).filter(|distance_m| *distance_m < limit_m)
    }

    /// Whether a work is on one of these streets; on any where none is named.
    pub(super) fn is_on(&self, work: usize, streets: &[String]) -> bool {
        streets.is_empty() || streets.iter().any(|street| self.streets[work].contains(&folded(street)))
    }

    /// Street of a work as it is called, for a message.
    pub(super) fn street(&self, work: usize) -> Option<String> {
        self.resolved.closures[work].street.clone()
    }
}

fn streets(twin: &Twin, parts: &[ClosedSection]) -> BTreeSet<String> {
    let links = parts.iter().map(|part| twin.roads.link(part.link));
    links.flat_map(|link| [link.name.as_deref(), link.route.as_deref()]).flatten().map(folded).collect()
}

/// Positions of the arcs that a work changes at any time of the day.
fn arcs(twin: &Twin, prepared: &Prepared, resolved: &Resolved, work: usize) -> Vec<usize> {
    let mut active = vec![false; resolved.closures.len()];
    active[work] = true;
    let arcs = overlay::arcs(twin, prepared, resolved, active);
    arcs.into_iter().filter_map(|arc| prepared.streets.position(arc)).collect()
}

/// The dates of a work, where it can be looked at; else a finding says why not.
fn given(calendar: &Calendar, work: usize, on_map: bool, today: Option<Date>, findings: &mut Findings) -> Option<Days> {
    let planned = &calendar.works[work];
    let at = |finding: Finding, field: &str| {
        let field = format!("work[{work}].{field}");
        let position =
            calendar.origin.positions.get(&field).or_else(|| calendar.origin.positions.get(&format!("work[{work}]")));
        let finding = finding.with_key(planned.key.clone()).with_field(field);
        let finding = Finding { position: position.copied(), ..finding };
        Finding { file: calendar.origin.file.clone(), ..finding }
    };
    let (Some(from), Some(to)) = (planned.closure.from, planned.closure.to) else {
        let finding = Finding::warning(
            "work-without-dates",
            format!("\"{}\" has no begin or no end: it is left out", planned.label()),
        );
        findings.push(at(finding.with_help("give first and last day: from = 2026-05-04, to = 2026-06-12"), "from"));
        return None;
    };
    if to < from {
        let message = format!("\"{}\" ends on {to}, before it begins on {from}: it is left out", planned.label());
        findings.push(at(Finding::error("dates-reversed", message).with_help("exchange from and to"), "to"));
        return None;
    }
    if let Some(today) = today.filter(|today| to < *today) {
        let message = format!("\"{}\" ended on {to}, before {today}: it is left out", planned.label());
        findings.push(at(
            Finding::warning("work-expired", message).with_help("take it out of the calendar, or give its new dates"),
            "to",
        ));
        return None;
    }
    on_map.then(|| Days::of((from, to)))
}

/// Streets of events are those of the town.
fn check_events(twin: &Twin, calendar: &Calendar, findings: &mut Findings) {
    if calendar.events.iter().all(|event| event.streets.is_empty()) {
        return;
    }
    let names = StreetNames::of(twin);
    for (index, event) in calendar.events.iter().enumerate() {
        for (at, street) in event.streets.iter().enumerate() {
            if names.sections(twin, street).is_some() {
                continue;
            }
            let field = format!("event[{index}].streets");
            let mut finding =
                Finding::warning("unknown-street", format!("there is no street named \"{street}\" in the twin"));
            finding.position = calendar.origin.positions.get(&field).copied();
            finding.file = calendar.origin.file.clone();
            finding.help = did_you_mean(&names.nearest(street));
            findings.push(finding.with_field(format!("{field}[{at}]")));
        }
    }
}

/// The closed part of a section as a line; metres along it are metres of the section.
fn line_of(link: &RoadLink, part: &ClosedSection) -> LineString<f64> {
    let points = &link.geometry.0;
    let steps: Vec<f64> = points.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).collect();
    let drawn_m: f64 = steps.iter().sum();
    let scale = if link.length_m > 0.0 { drawn_m / link.length_m } else { 1.0 };
    let (from, to) = ((part.from_m * scale).clamp(0.0, drawn_m), (part.to_m * scale).clamp(0.0, drawn_m));
    let (mut line, mut passed): (Vec<Coord<f64>>, f64) = (Vec::new(), 0.0);
    for (pair, step) in points.windows(2).zip(&steps) {
        let at = |distance: f64| {
            let share = if *step > 0.0 { ((distance - passed) / step).clamp(0.0, 1.0) } else { 0.0 };
            pair[0] + (pair[1] - pair[0]) * share
        };
        if passed + step >= from && passed <= to {
            if line.is_empty() {
                line.push(at(from));
            }
            line.push(at(to.min(passed + step)));
        }
        passed += step;
    }
    LineString(line)
}

fn together(lines: &[LineString<f64>]) -> Option<Rect<f64>> {
    lines.iter().filter_map(|line| line.bounding_rect()).reduce(|a, b| {
        let (low, high) = (a.min(), a.max());
        Rect::new(
            Coord { x: low.x.min(b.min().x), y: low.y.min(b.min().y) },
            Coord { x: high.x.max(b.max().x), y: high.y.max(b.max().y) },
        )
    })
}

/// Sections of a work.
pub(super) fn links(parts: &[ClosedSection]) -> impl Iterator<Item = Id<RoadLink>> + '_ {
    parts.iter().map(|part| part.link)
}
