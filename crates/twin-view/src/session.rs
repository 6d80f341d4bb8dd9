//! What the planner is doing: the language, the scenario being made, what is selected, the result that is shown.

use std::{collections::BTreeSet, sync::Arc};

use bevy::prelude::*;
use twin::{
    Findings, Id, Key, Outcome, Scenario, Twin,
    road::{Modes, RoadLink},
    scenario::{Closure, ClosureKind, Control, OpenDirection, Outage, RoadTarget, Side},
};
use twin_present::{
    Language,
    brief::Tab,
    scene::{Consequence, Measure, WorkSite},
    supply::SupplyPart,
};
use twin_run::{Beneath, Resolved};

use crate::{
    history::{Edit, History},
    layers::{Layers, MapLayer},
};

/// The state of one sitting.
#[derive(Resource)]
pub struct Session {
    /// Language of all words.
    pub language: Language,
    /// The scenario being made, with its switches.
    pub edit: Edit,
    /// What was edited before.
    pub history: History,
    /// Layers that are shown.
    pub layers: Layers,
    /// The supply line or node that is selected.
    pub part: Option<SupplyPart>,
    /// The supply line or node under the pointer.
    pub pointed_part: Option<SupplyPart>,
    /// Whether lines are painted by pressure, temperature and loading instead of by network.
    pub states: bool,
    /// Whether buildings are painted by what the scenario means to them.
    pub consequences: bool,
    /// Consequences that the result has for some building.
    pub met: BTreeSet<Consequence>,
    /// Left of this share of the width the town is shown as before; nothing where all of it is shown with the scenario.
    pub swipe: Option<f32>,
    /// Which part of the result is read.
    pub tab: Tab,
    /// Supply lines beneath the closed sections.
    pub beneath: Vec<Beneath>,
    /// Where it is saved.
    pub file: Option<std::path::PathBuf>,
    /// The section that is selected.
    pub selected: Option<Id<RoadLink>>,
    /// The section under the pointer.
    pub pointed: Option<Id<RoadLink>>,
    /// The closure on the selected section that is being prepared.
    pub draft: Option<Draft>,
    /// The last result, of the scenario as it was then.
    pub outcome: Option<Arc<Outcome>>,
    /// Whether the scenario has changed since.
    pub stale: bool,
    /// What is painted.
    pub measure: Measure,
    /// Which of the computed hours is shown.
    pub hour_index: usize,
    /// Work sites of the scenario.
    pub sites: Vec<WorkSite>,
    /// Where the labels of the works point, view frame.
    pub labels: Vec<[f32; 3]>,
    /// What was found wrong with the scenario.
    pub findings: Findings,
    /// A sentence about what happened last.
    pub message: String,
    /// What is searched for.
    pub search: String,
    /// Raised whenever colors must be written anew.
    pub repaint: bool,
    /// Raised whenever work sites and bands must be drawn anew.
    pub redraw: bool,
}

impl Session {
    /// A sitting that begins with a scenario.
    pub fn new(language: Language, scenario: Scenario) -> Self {
        let edit = Edit { date: scenario.date, scenario, ..Edit::default() };
        Self {
            language,
            history: History::of(&edit),
            edit,
            layers: Layers::default(),
            part: None,
            pointed_part: None,
            states: false,
            consequences: true,
            met: BTreeSet::new(),
            swipe: None,
            tab: Tab::default(),
            beneath: Vec::new(),
            file: None,
            selected: None,
            pointed: None,
            draft: None,
            outcome: None,
            stale: false,
            measure: Measure::default(),
            hour_index: 0,
            sites: Vec::new(),
            labels: Vec::new(),
            findings: Findings::default(),
            message: String::new(),
            search: String::new(),
            repaint: true,
            redraw: true,
        }
    }

    /// Selects a section and prepares a closure of all of it.
    pub fn select(&mut self, twin: &Twin, link: Option<Id<RoadLink>>) {
        self.selected = link;
        self.part = None;
        self.draft = link.map(|link| Draft::new(twin, link));
        self.repaint = true;
        self.redraw = true;
    }

    /// Selects a supply line or node.
    pub fn select_part(&mut self, part: SupplyPart) {
        self.selected = None;
        // The work site that was being prepared goes with the street.
        self.redraw |= self.draft.take().is_some();
        self.part = Some(part);
        self.repaint = true;
    }

    /// Whether streets are painted with traffic: not where nothing but supply is changed.
    #[must_use]
    pub fn paints_traffic(&self) -> bool {
        let scenario = &self.edit.scenario;
        let only_supply = scenario.closures.is_empty() && !scenario.outages.is_empty();
        !only_supply && self.outcome.as_ref().is_some_and(|outcome| outcome.traffic.is_some())
    }

    /// Shows the networks in which something is out of service, painted by what that does to them.
    pub fn show_outages(&mut self, twin: &Twin) {
        for outage in &self.edit.scenario.outages {
            if let Some(part) = SupplyPart::of_key(twin, &outage.asset) {
                self.layers.set(MapLayer::Supply(part.medium(twin)), true);
                self.states = true;
            }
        }
    }

    /// Whether this asset is out of service in the scenario: its position among the outages.
    #[must_use]
    pub fn outage_of(&self, key: &Key) -> Option<usize> {
        self.edit.scenario.outages.iter().position(|outage| outage.asset == *key)
    }

    /// Takes an asset out of service, or brings it back.
    pub fn switch_outage(&mut self, twin: &Twin, part: SupplyPart) {
        let Some(key) = part.key(twin) else { return };
        match self.outage_of(key) {
            Some(index) => self.edit.remove_outage(index),
            None => {
                if self.edit.scenario.name.is_empty() {
                    self.edit.scenario.name =
                        format!("{} {key}", twin_present::supply::part_name(twin, part, self.language));
                }
                self.edit.scenario.outages.push(Outage::of(key.clone()));
                self.states = true;
                self.layers.set(MapLayer::Supply(part.medium(twin)), true);
            }
        }
    }

    /// Looks up the scenario in the twin: work sites are drawn, findings shown. Call after every change of it.
    pub fn scenario_changed(&mut self, twin: &Twin) {
        self.stale = true;
        self.redraw = true;
        self.repaint = true;
        let scenario = self.edit.active();
        (self.sites, self.findings) = match look_up(twin, &scenario) {
            Ok(resolved) => {
                let sites = resolved
                    .closures
                    .iter()
                    .zip(&resolved.scenario.closures)
                    .flat_map(|(found, closure)| {
                        found.sections.iter().map(|section| WorkSite {
                            section: section.part,
                            kind: closure.kind,
                            side: closure.side,
                        })
                    })
                    .collect();
                (sites, resolved.findings)
            }
            Err(findings) => (Vec::new(), findings),
        };
        let parts: Vec<_> = self.sites.iter().map(|site| site.section).collect();
        self.beneath = twin_run::beneath(twin, &parts);
    }
}

/// Finds the streets that a scenario names; on a day, those whose closures and phases hold then.
///
/// # Errors
/// The findings of a scenario that does not fit the twin.
pub fn look_up(twin: &Twin, scenario: &Scenario) -> Result<Resolved, Findings> {
    if scenario.date.is_none() {
        return twin_run::resolve(twin, scenario);
    }
    let mut stages = twin_run::stages(twin, scenario)?;
    Ok(stages.swap_remove(0).resolved)
}

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
    pub const fn word(self) -> &'static str {
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

impl Draft {
    fn new(twin: &Twin, link: Id<RoadLink>) -> Self {
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
        }
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
        let whole = self.from_m <= 0.05 && self.to_m >= self.length_m - 0.05;
        let time = |hour: u8| twin::jiff::civil::time(i8::try_from(hour % 24).unwrap_or(0), 0, 0, 0);
        Closure {
            target: RoadTarget::Key(twin.roads.link(self.link).key.clone()),
            kind,
            control,
            lanes: (kind == ClosureKind::Lanes).then_some(self.lanes),
            open_direction: (kind == ClosureKind::OneWay).then_some(self.open),
            direction: None,
            length_m: None,
            from_m: (!whole).then_some(tenth(self.from_m)),
            to_m: (!whole).then_some(tenth(self.to_m)),
            side: Some(self.side),
            lane_width_m: (kind == ClosureKind::Narrowed).then_some(NARROWED_M),
            bicycles: None,
            exempt: if self.emergency { Modes::EMERGENCY } else { Modes::NONE },
            exempt_residents: false,
            footway_closed: false,
            from: None,
            to: None,
            hours: (self.hours.0 != self.hours.1).then(|| (time(self.hours.0), time(self.hours.1))),
            cycle_s: None,
            cause: None,
            owner: None,
            phases: Vec::new(),
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

/// Width of the lanes of a narrowed street, metres: the narrowest that lorries use (RSA 21).
const NARROWED_M: f64 = 2.75;

fn tenth(value: f64) -> f64 {
    (value * 10.0).floor() / 10.0
}
