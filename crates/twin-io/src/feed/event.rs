//! What every feed of works comes down to: an event on a road, with what it closes, when and where.

use std::collections::BTreeMap;

use geo_types::Coord;
use jiff::civil::Date;
use twin::{
    Finding, Key,
    road::Modes,
    scenario::{Closure, ClosureKind, Control, OpenDirection, RoadTarget},
    works::Work,
};

use super::{
    place::{Ground, Missing},
    time::Span,
};
use crate::Tally;

/// An event of a feed.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Identifier in the feed.
    pub(super) id: String,
    /// Line and column of the record.
    pub(super) position: Option<(u32, u32)>,
    /// Name or description shown to people.
    pub(super) name: Option<String>,
    /// Name of the road.
    pub(super) road: Option<String>,
    /// What is closed.
    pub(super) effect: Effect,
    /// Whether it holds in the other direction too.
    pub(super) both: bool,
    /// Where.
    pub(super) shape: Shape,
    /// When.
    pub(super) span: Span,
    /// Who may pass in spite of it.
    pub(super) exempt: Modes,
    /// Whether residents may.
    pub(super) residents: bool,
    pub(super) cause: Option<String>,
    pub(super) owner: Option<String>,
}

/// What is closed, seen in the direction of the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Everything, in both directions.
    Full,
    /// The direction of the shape.
    Direction,
    /// All but one lane that both directions use alternately; how that is controlled, where it is told.
    Half(Option<Control>),
    /// Some lanes: so many stay, where it is told.
    Lanes(Option<u8>),
}

/// Where something is, in longitude and latitude, degrees.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Along these positions.
    Line(Vec<Coord<f64>>),
    /// Along the streets from one position to the next.
    Points(Vec<Coord<f64>>),
}

impl Shape {
    pub(super) fn positions(&self) -> &[Coord<f64>] {
        match self {
            Self::Line(positions) | Self::Points(positions) => positions,
        }
    }
}

/// Where the works of a feed are collected.
pub(super) struct Collector<'a> {
    pub(super) ground: &'a Ground<'a>,
    /// `wzdx`, `datex2`.
    pub(super) prefix: &'static str,
    /// What a record is called in the tally.
    pub(super) kind: &'static str,
    /// Works that ended before this day are left out.
    pub(super) today: Option<Date>,
    pub(super) works: Vec<Work>,
    pub(super) findings: Vec<Finding>,
    pub(super) tally: Tally,
    known: BTreeMap<Key, u32>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(ground: &'a Ground<'a>, prefix: &'static str, kind: &'static str, today: Option<Date>) -> Self {
        Self {
            ground,
            prefix,
            kind,
            today,
            works: Vec::new(),
            findings: Vec::new(),
            tally: Tally::default(),
            known: BTreeMap::new(),
        }
    }

    /// The key of a record.
    pub(super) fn key(&self, id: &str) -> Key {
        Key::new(format!("{}/{id}", self.prefix))
    }

    /// Adds a finding about a record.
    pub(super) fn tell(&mut self, id: &str, position: Option<(u32, u32)>, mut finding: Finding) {
        if !id.is_empty() {
            finding.key = Some(self.key(id));
        }
        finding.position = finding.position.or(position);
        self.findings.push(finding);
    }

    /// A record that becomes no work, for a reason that is a finding too.
    pub(super) fn leave_out(&mut self, id: &str, position: Option<(u32, u32)>, reason: &'static str, finding: Finding) {
        self.tally.drop(self.kind, reason);
        self.tell(id, position, finding);
    }

    /// A record that becomes a work, or a finding where that fails.
    pub(super) fn add(&mut self, event: &Event) {
        self.add_all(std::slice::from_ref(event));
    }

    /// A record that becomes several works, for its lines and periods; it is counted once.
    pub(super) fn add_all(&mut self, parts: &[Event]) {
        let mut failed: Option<&'static str> = None;
        let n_before = self.works.len();
        for part in parts {
            if let Err((reason, finding)) = self.try_add(part) {
                failed = failed.or(Some(reason));
                self.tell(&part.id, part.position, finding);
            }
        }
        match failed {
            Some(reason) if self.works.len() == n_before => self.tally.drop(self.kind, reason),
            _ => self.tally.keep(self.kind),
        }
    }

    fn try_add(&mut self, event: &Event) -> Result<(), (&'static str, Finding)> {
        if let Some((last, today)) = event.span.to.zip(self.today)
            && last < today
        {
            let finding =
                Finding::note("work-expired", format!("The work ended on {last}, before {today}: it is left out."))
                    .with_help("Keep expired works with --expired.");
            return Err(("expired", finding));
        }
        let placed = self.ground.place(&event.shape).map_err(not_placed)?;
        for finding in placed.findings {
            self.tell(&event.id, event.position, finding);
        }
        let key = self.unique(event);
        let mut closure = Closure::on(RoadTarget::Line(placed.line));
        self.set_kind(event, placed.one_way, placed.length_m, &mut closure);
        closure.exempt = event.exempt;
        closure.exempt_residents = event.residents;
        (closure.from, closure.to, closure.hours) = (event.span.from, event.span.to, event.span.hours);
        closure.cause.clone_from(&event.cause);
        closure.owner.clone_from(&event.owner);
        let name = event.name.clone().or_else(|| event.road.clone());
        self.works.push(Work { name, ..Work::new(key, closure) });
        Ok(())
    }

    fn set_kind(&mut self, event: &Event, one_way: bool, length_m: f64, closure: &mut Closure) {
        let kind = match event.effect {
            Effect::Full => ClosureKind::Full,
            // A carriageway of its own is closed whole with its only direction.
            Effect::Direction if one_way => ClosureKind::Full,
            Effect::Direction => ClosureKind::OneWay,
            Effect::Half(_) => ClosureKind::Half,
            Effect::Lanes(_) => ClosureKind::Lanes,
        };
        closure.kind = kind;
        if kind == ClosureKind::OneWay {
            closure.open_direction = Some(OpenDirection::Against);
        }
        if let Effect::Half(control) = event.effect {
            closure.control = control.unwrap_or_else(|| {
                let control = if length_m <= PRIORITY_M { Control::Priority } else { Control::Signal };
                let message = format!(
                    "It is not told how traffic alternates past the {length_m:.0} m: a {} is assumed.",
                    if control == Control::Signal { "temporary signal" } else { "priority sign" }
                );
                let finding = Finding::note("control-assumed", message).with_help(format!(
                    "Priority signs are for work sites up to {PRIORITY_M} m; set `control` in the calendar."
                ));
                self.tell(&event.id, event.position, finding);
                control
            });
        }
        if let Effect::Lanes(stay) = event.effect {
            closure.lanes = Some(stay.unwrap_or_else(|| {
                let finding =
                    Finding::warning("lanes-assumed", "It is not told how many lanes stay open: one is assumed.")
                        .with_help("Set `lanes` in the calendar.");
                self.tell(&event.id, event.position, finding);
                1
            }));
            self.set_direction(event, one_way, closure);
        }
    }

    /// Lanes are taken in the direction of the event's line, where it has one.
    fn set_direction(&mut self, event: &Event, one_way: bool, closure: &mut Closure) {
        if one_way || event.both {
            return;
        }
        if event.shape.positions().len() > 1 {
            closure.direction = Some(OpenDirection::Along);
            return;
        }
        let finding = Finding::note(
            "lanes-in-both-directions",
            "The feed closes lanes at one position and does not tell in which direction: the closure leaves as many lanes in both.",
        )
        .with_help("Set `direction` in the calendar, \"along\" or \"against\".");
        self.tell(&event.id, event.position, finding);
    }

    fn unique(&mut self, event: &Event) -> Key {
        let key = self.key(&event.id);
        let seen = self.known.entry(key.clone()).or_default();
        *seen += 1;
        if *seen == 1 {
            return key;
        }
        let own = Key::new(format!("{key}#{seen}"));
        let finding = Finding::warning(
            "duplicate-id",
            format!("The identifier \"{}\" stands more than once in the feed; this work is called {own}.", event.id),
        )
        .with_help("Tell the publisher of the feed: identifiers must differ.");
        self.tell(&event.id, event.position, finding);
        own
    }
}

/// Longest work site past which priority signs are usual, metres (German practice, RSA 21: short and in sight).
const PRIORITY_M: f64 = 50.0;

fn not_placed(missing: Missing) -> (&'static str, Finding) {
    match missing {
        Missing::NoPosition => (
            "without a position",
            Finding::warning("geometry-missing", "The record has no usable position: it is left out.")
                .with_help("Longitude and latitude in degrees are needed, two positions at least for a line."),
        ),
        Missing::NoLength => (
            "without length",
            Finding::warning("geometry-without-length", "The line of the record has no length: it is left out.")
                .with_help("Tell the publisher of the feed."),
        ),
        Missing::NoStreets => (
            "outside the map",
            Finding::warning("no-streets", "The twin has no streets to close: the record is left out."),
        ),
        Missing::Outside { far_m } => (
            "outside the map",
            Finding::note(
                "work-outside-map",
                format!("The work lies {} from the nearest street of the town: it is left out.", distance(far_m)),
            )
            .with_help("Nothing to do, unless the town should reach that far."),
        ),
        Missing::BesideStreets { far_m } => (
            "along no street",
            Finding::warning(
                "work-along-no-street",
                format!(
                    "No street for vehicles runs along the line of the work (nearest: {}): it is left out.",
                    distance(far_m)
                ),
            )
            .with_help("Name the street by its key in the calendar: road = \"way/4711\"."),
        ),
    }
}

/// `412 m` or `8 km`.
fn distance(far_m: f64) -> String {
    if far_m < 1000.0 { format!("{far_m:.0} m") } else { format!("{:.0} km", far_m / 1000.0) }
}
