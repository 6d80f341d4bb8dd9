//! The closure that the card prepares: of a section, as planners name its kinds; or one that there is already, to be changed.

use twin::{
    Id, Twin,
    jiff::civil::Date,
    road::{Modes, RoadLink},
    scenario::{Closure, ClosureKind, Control, OpenDirection, RoadTarget, Side},
};
use twin_present::{Language, scene::WorkSite, words::say};

/// A closure of one section, as the card shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The section.
    pub link: Id<RoadLink>,
    /// Length of the section, metres.
    pub length_m: f64,
    /// Kind and control in one choice.
    pub choice: Choice,
    /// Begin of the work site, metres from the begin of the section.
    pub from_m: f64,
    /// End of the work site.
    pub to_m: f64,
    /// Side.
    pub side: Side,
    /// Direction that stays open, of a one-way closure.
    pub open: OpenDirection,
    /// Lanes that stay, of a closure of lanes.
    pub lanes: u8,
    /// First hour and the hour in which it ends; all day where equal.
    pub hours: (u8, u8),
    /// Whether fire engines and ambulances may pass.
    pub emergency: bool,
    /// Whether buses may pass.
    pub buses: bool,
    /// Whether residents may enter.
    pub residents: bool,
    /// First day, as it is typed; open where empty.
    pub from: String,
    /// Last day, as it is typed.
    pub to: String,
    /// Cause; none where empty.
    pub cause: String,
    /// The closure that is changed: what the card does not show of it stays.
    known: Option<Closure>,
}

/// The kinds of closure as planners name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Vollsperrung.
    Full,
    /// Halbseitig mit Ampel.
    HalfSignal,
    /// Halbseitig ohne Ampel.
    HalfPriority,
    /// Einbahn.
    OneWay,
    /// Fahrstreifen.
    Lanes,
    /// Halbseitig mit Posten.
    HalfFlagger,
    /// Verengt.
    Narrowed,
}

impl Choice {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Full,
        Self::HalfSignal,
        Self::HalfPriority,
        Self::HalfFlagger,
        Self::OneWay,
        Self::Lanes,
        Self::Narrowed,
    ];

    /// The name of its word.
    const fn word(self) -> &'static str {
        match self {
            Self::Full => "view-kind-full",
            Self::HalfSignal => "view-kind-half-signal",
            Self::HalfPriority => "view-kind-half-priority",
            Self::OneWay => "view-kind-one-way",
            Self::Lanes => "view-kind-lanes",
            Self::HalfFlagger => "view-kind-half-flagger",
            Self::Narrowed => "view-kind-narrowed",
        }
    }

    /// The choice that a closure stands for.
    pub const fn of(closure: &Closure) -> Self {
        match (closure.kind, closure.control) {
            (ClosureKind::Full, _) => Self::Full,
            (ClosureKind::Half, Control::Signal) => Self::HalfSignal,
            (ClosureKind::Half, Control::Priority) => Self::HalfPriority,
            (ClosureKind::OneWay, _) => Self::OneWay,
            (ClosureKind::Lanes, _) => Self::Lanes,
            (ClosureKind::Half, Control::Flagger) => Self::HalfFlagger,
            (ClosureKind::Narrowed, _) => Self::Narrowed,
        }
    }
}

/// A kind of closure with what belongs to its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named {
    choice: Choice,
    lane_width_m: f64,
}

impl Named {
    /// What a closure is called.
    pub fn of(closure: &Closure) -> Self {
        Self { choice: Choice::of(closure), lane_width_m: closure.lane_width_m.unwrap_or(NARROWED_M) }
    }

    /// What a closure that is being prepared is called.
    pub const fn choice(choice: Choice) -> Self {
        Self { choice, lane_width_m: NARROWED_M }
    }

    /// The name.
    pub fn label(self, language: Language) -> String {
        say(language, self.choice.word(), &[("m", &language.number(self.lane_width_m, 2))])
    }
}

impl Draft {
    /// A closure of all of a section, half of its width with a signal.
    pub fn new(twin: &Twin, link: Id<RoadLink>) -> Self {
        let length_m = twin.roads.link(link).length_m;
        Self {
            link,
            length_m,
            choice: Choice::HalfSignal,
            from_m: 0.0,
            to_m: length_m,
            side: Side::Right,
            open: OpenDirection::Along,
            lanes: 1,
            hours: (0, 0),
            emergency: true,
            buses: false,
            residents: false,
            from: String::new(),
            to: String::new(),
            cause: String::new(),
            known: None,
        }
    }

    /// What the card shows of a closure of this section.
    pub fn of(twin: &Twin, link: Id<RoadLink>, closure: &Closure, language: Language) -> Self {
        let new = Self::new(twin, link);
        let hour = |time: twin::jiff::civil::Time| u8::try_from(time.hour()).unwrap_or(0);
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| language.date(day));
        let (from_m, to_m) = stretch(closure, new.length_m);
        Self {
            choice: Choice::of(closure),
            from_m,
            to_m,
            side: closure.side.unwrap_or(new.side),
            open: closure.open_direction.unwrap_or(new.open),
            lanes: closure.lanes.unwrap_or(new.lanes),
            hours: closure.hours.map_or((0, 0), |(begin, end)| (hour(begin), hour(end))),
            emergency: closure.exempt.contains(Modes::EMERGENCY),
            buses: closure.exempt.contains(Modes::BUS),
            residents: closure.exempt_residents,
            from: day(closure.from),
            to: day(closure.to),
            cause: closure.cause.clone().unwrap_or_default(),
            known: Some(closure.clone()),
            ..new
        }
    }

    /// Whether a closure that there is already is changed.
    pub const fn changes_one(&self) -> bool {
        self.known.is_some()
    }

    /// First and last day; nothing where one of them cannot be read or they are the wrong way round.
    pub fn days(&self) -> Option<[Option<Date>; 2]> {
        let day = |text: &str| if text.trim().is_empty() { Some(None) } else { read_day(text).map(Some) };
        let (from, to) = (day(&self.from)?, day(&self.to)?);
        let reversed = matches!((from, to), (Some(from), Some(to)) if to < from);
        (!reversed).then_some([from, to])
    }

    /// The closure that it describes.
    pub fn closure(&self, twin: &Twin) -> Closure {
        let (kind, control) = match self.choice {
            Choice::Full => (ClosureKind::Full, Control::Signal),
            Choice::HalfSignal => (ClosureKind::Half, Control::Signal),
            Choice::HalfPriority => (ClosureKind::Half, Control::Priority),
            Choice::OneWay => (ClosureKind::OneWay, Control::Signal),
            Choice::Lanes => (ClosureKind::Lanes, Control::Signal),
            Choice::HalfFlagger => (ClosureKind::Half, Control::Flagger),
            Choice::Narrowed => (ClosureKind::Narrowed, Control::Signal),
        };
        let whole = self.from_m <= WHOLE_M && self.to_m >= self.length_m - WHOLE_M;
        let time = |hour: u8| twin::jiff::civil::time(i8::try_from(hour % 24).unwrap_or(0), 0, 0, 0);
        let target = RoadTarget::Key(twin.roads.link(self.link).key.clone());
        let known = self.known.clone().unwrap_or_else(|| Closure::on(target.clone()));
        let [from, to] = self.days().unwrap_or([known.from, known.to]);
        let mut exempt = known.exempt.without(Modes::EMERGENCY.union(Modes::BUS));
        for (passes, mode) in [(self.emergency, Modes::EMERGENCY), (self.buses, Modes::BUS)] {
            if passes {
                exempt = exempt.union(mode);
            }
        }
        Closure {
            target,
            kind,
            control,
            lanes: (kind == ClosureKind::Lanes).then_some(self.lanes),
            open_direction: (kind == ClosureKind::OneWay).then_some(self.open),
            direction: known.direction.filter(|_| matches!(kind, ClosureKind::Lanes | ClosureKind::Narrowed)),
            length_m: None,
            from_m: (!whole).then_some(tenth(self.from_m)),
            to_m: (!whole).then_some(tenth(self.to_m)),
            side: Some(self.side),
            lane_width_m: (kind == ClosureKind::Narrowed).then(|| known.lane_width_m.unwrap_or(NARROWED_M)),
            bicycles: known.bicycles.filter(|_| kind == ClosureKind::Half),
            exempt,
            exempt_residents: self.residents,
            footway_closed: known.footway_closed && kind == ClosureKind::Full,
            from,
            to,
            hours: (self.hours.0 != self.hours.1).then(|| (time(self.hours.0), time(self.hours.1))),
            cycle_s: known.cycle_s.filter(|_| kind == ClosureKind::Half && control == Control::Signal),
            cause: Some(self.cause.trim().to_owned()).filter(|cause| !cause.is_empty()),
            ..known
        }
    }

    /// The work site as it would be drawn.
    pub const fn site(&self) -> WorkSite {
        let kind = match self.choice {
            Choice::Full => ClosureKind::Full,
            Choice::HalfSignal | Choice::HalfPriority | Choice::HalfFlagger => ClosureKind::Half,
            Choice::OneWay => ClosureKind::OneWay,
            Choice::Lanes => ClosureKind::Lanes,
            Choice::Narrowed => ClosureKind::Narrowed,
        };
        WorkSite {
            section: twin::outcome::ClosedSection {
                link: self.link,
                from_m: self.from_m,
                to_m: self.to_m,
                along: true,
            },
            kind,
            side: Some(self.side),
        }
    }
}

/// Sliders show whole metres: what differs less from the ends of a section is all of it, metres.
const WHOLE_M: f64 = 0.51;

/// Width of the lanes of a narrowed street, metres: the narrowest that lorries use (RSA 21).
const NARROWED_M: f64 = 2.75;

fn tenth(value: f64) -> f64 {
    (value * 10.0).floor() / 10.0
}

/// Where a closure of a section of this length begins and ends, metres.
fn stretch(closure: &Closure, length_m: f64) -> (f64, f64) {
    let (from_m, to_m) = match (closure.from_m, closure.to_m, closure.length_m) {
        (from_m, Some(to_m), None) => (from_m.unwrap_or(0.0), to_m),
        (Some(from_m), None, Some(long_m)) => (from_m, from_m + long_m),
        (None, None, Some(long_m)) => ((length_m - long_m) / 2.0, (length_m + long_m) / 2.0),
        (from_m, ..) => (from_m.unwrap_or(0.0), length_m),
    };
    (from_m.clamp(0.0, length_m), to_m.clamp(0.0, length_m))
}

/// A day as it is typed: `4.5.2026`, `4 May 2026` or `2026-05-04`.
fn read_day(text: &str) -> Option<Date> {
    let text = text.trim();
    let read = |format: &str| Date::strptime(format, text).ok();
    read("%Y-%m-%d").or_else(|| read("%d.%m.%Y")).or_else(|| read("%d %b %Y"))
}

#[cfg(test)]
mod tests {
    use twin::jiff::civil::{date, time};
    use twin_musterstadt::Options;

    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for text in ["4.5.2026", " 04.05.2026 ", "2026-05-04", "4 May 2026"] {
            assert_eq!(read_day(text), Some(date(2026, 5, 4)), "{text}");
        }
        for language in [Language::De, Language::En] {
            assert_eq!(read_day(&language.date(date(2026, 12, 24))), Some(date(2026, 12, 24)));
        }
        assert_eq!((read_day("31.2.2026"), read_day("May"), read_day("4.5.")), (None, None, None));
    }

    #[test]
    fn a_closure_that_is_changed_keeps_what_the_card_does_not_show() {
        let twin =
            twin_musterstadt::generate(&Options { population: 500, seed: 7 }, &twin::Silent).expect("it can be made");
        let (link, road) =
            twin.roads.links().max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m)).expect("it has streets");
        let closure = Closure {
            kind: ClosureKind::Half,
            from_m: Some(5.0),
            to_m: Some(20.0),
            side: Some(Side::Left),
            exempt: Modes::EMERGENCY.union(Modes::BICYCLE),
            exempt_residents: true,
            from: Some(date(2026, 5, 4)),
            hours: Some((time(7, 0, 0, 0), time(18, 0, 0, 0))),
            cycle_s: Some(60.0),
            owner: Some("Stadtwerke".into()),
            cause: Some("Fernwärme".into()),
            ..Closure::on(RoadTarget::Key(road.key.clone()))
        };
        let mut new = Draft::new(&twin, link);
        new.to_m = new.to_m.round();
        assert_eq!(new.closure(&twin).to_m, None, "all of the section, as the sliders show it");
        let mut draft = Draft::of(&twin, link, &closure, Language::De);
        assert_eq!((draft.from.as_str(), draft.choice), ("4.5.2026", Choice::HalfSignal));
        assert_eq!(draft.closure(&twin), closure);
        draft.to = "3.5.2026".to_owned();
        assert_eq!(draft.days(), None, "it would end before it begins");
        draft.to = "22.5.2026".to_owned();
        draft.choice = Choice::Full;
        draft.buses = true;
        let changed = draft.closure(&twin);
        assert_eq!((changed.to, changed.owner, changed.cycle_s), (Some(date(2026, 5, 22)), closure.owner, None));
        assert!(changed.exempt.contains(Modes::BUS) && changed.exempt.contains(Modes::BICYCLE));
    }
}
