//! What is wrong with a calendar of works: pairs of works that hinder each other, and works at the wrong time.

use jiff::civil::Date;

use crate::{Findings, outcome::ClosedSection, road::named_enum};

named_enum! {
    /// Kind of conflict.
    ConflictKind {
        /// Several works on the same stretch of a street at once.
        SameSection = "same-section",
        /// Work sites nearer to each other than the rules allow.
        TooClose = "too-close",
        /// The stretch is dug up again within the protection period.
        ProtectionPeriod = "protection-period",
        /// The detour of one leads over the other.
        OnDetour = "on-detour",
        /// Addresses that only the combination cuts off.
        CutOff = "cut-off",
        /// Addresses that ambulances and fire engines cannot reach only because of the combination.
        Emergency = "emergency",
        /// Several bridges over the same river are closed at once.
        Bridges = "bridges",
        /// The same bus line is hit at several places.
        BusLine = "bus-line",
        /// Works on a street that an event needs.
        Event = "event",
        /// Works outside the school holidays that should lie within them.
        OutsideHolidays = "outside-holidays",
        /// More works of an owner at once than it has crews.
        Crews = "crews",
        /// More works at once than the rules allow.
        AtOnce = "at-once",
        /// A work begins before another one has ended that it must follow.
        Order = "order",
    }
}

/// One conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// Kind.
    pub kind: ConflictKind,
    /// The works, by their place in the calendar: the one that would be shifted first comes first.
    pub works: Vec<usize>,
    /// First day of the conflict.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// How much: veh/h of the detour over the other, addresses cut off, works at once, metres between the sites; nothing where the kind
    /// says it all.
    pub amount: Option<f64>,
    /// What is concerned: a street, a river, a bus line, an event, an owner.
    pub subject: Option<String>,
    /// Nearest day on which the first work could begin without this conflict; nothing where its window has none.
    pub free_from: Option<Date>,
}

/// What was found in a calendar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conflicts {
    /// The conflicts, by kind as listed in [`ConflictKind`], then by date.
    pub conflicts: Vec<Conflict>,
    /// By work: added vehicle-hours of a day in which it is open alone; nothing where it was not computed.
    pub added_vehicle_h_d: Vec<Option<f64>>,
    /// What was noticed on the way: works outside the map, expired, without dates.
    pub findings: Findings,
    /// Whether every work was computed.
    pub complete: bool,
    /// By work: what is closed on the ground.
    pub sections: Vec<Vec<ClosedSection>>,
}
