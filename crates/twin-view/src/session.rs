//! What the planner is doing: the language, the scenario being made, what is selected, the result that is shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bevy::prelude::*;
use twin::{
    Findings, Id, Key, Outcome, Scenario, Twin,
    building::Building,
    jiff::civil::Date,
    road::RoadLink,
    scenario::{Closure, Outage, RoadTarget},
};
use twin_present::{
    Language,
    brief::{Block, Tab},
    scene::{self, Consequence, Measure, WorkSite},
    supply::SupplyPart,
};
use twin_run::{Beneath, Resolved};

use crate::{
    caption,
    draft::{Draft, Named},
    history::{Edit, History},
    journal::Journal,
    kept::Kept,
    layers::{Layers, MapLayer},
    routes::Routes,
    story::Telling,
    views::Views,
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
    /// The worst consequence that the result has for each building that it touches.
    pub met: BTreeMap<Id<Building>, Consequence>,
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
    /// The last result.
    pub outcome: Option<Arc<Outcome>>,
    /// The scenario that it is the result of: of a day, with the closures that hold on it alone.
    pub computed: Arc<Scenario>,
    /// How often there was another result, and another scenario: what is made of them is made again.
    pub version: Version,
    /// Whether the scenario has changed since.
    pub stale: bool,
    /// What is painted.
    pub measure: Measure,
    /// Which of the computed hours is shown.
    pub hour_index: usize,
    /// An hour that is shown as soon as it is computed.
    pub wanted_hour: Option<u8>,
    /// The routes over the selected section.
    pub routes: Routes,
    /// Unsaved edits.
    pub journal: Journal,
    /// Views that were kept.
    pub views: Views,
    /// The story that is told, in place of the planner's panels.
    pub telling: Option<Telling>,
    /// Results that were opened as lists.
    pub lists: Vec<OpenList>,
    /// Whether traffic is not painted although it is known.
    pub traffic_hidden: bool,
    /// Work sites of the scenario.
    pub sites: Vec<WorkSite>,
    /// Of each closure that holds, the work site in its middle and what it is called.
    pub signs: Vec<(usize, Named)>,
    /// Where the labels of the works point, view frame; one per work site.
    pub labels: Vec<Option<[f32; 3]>>,
    /// Where the measures of the scenario are.
    pub places: Places,
    /// Days between which closures change.
    pub days: Vec<Days>,
    /// What was found wrong with the scenario.
    pub findings: Findings,
    /// A sentence about what happened last.
    pub message: String,
    /// What is searched for.
    pub search: String,
    /// What the panels say that takes time to say.
    pub said: Said,
    /// Raised whenever colors must be written anew.
    pub repaint: bool,
    /// Raised whenever work sites and bands must be drawn anew.
    pub redraw: bool,
}

/// Results in a window of their own.
#[derive(Clone, Debug)]
pub struct OpenList {
    /// The file, as it is called.
    pub name: String,
    /// Its rows.
    pub list: twin_io::list::ResultList,
    /// Whether it is shown.
    pub open: bool,
}

/// How often a result and a scenario have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Results so far.
    pub outcome: u64,
    /// Scenarios so far.
    pub scenario: u64,
}

/// Rows of label and value.
pub type Rows = Vec<(String, String)>;

/// Texts of the panels, kept while nothing changes that they tell of.
#[derive(Debug, Default)]
pub struct Said {
    /// The tab that is read, by result.
    pub brief: Kept<(u64, Tab, Language), Vec<Block>>,
    /// The whole table, by result.
    pub table: Kept<(u64, Language), String>,
    /// Streets that a search finds, each with its longest section.
    pub found: Kept<String, Vec<(String, Id<RoadLink>)>>,
    /// What is known of a supply line or node, and what a result found there.
    pub part: Kept<(u64, SupplyPart, Language), [Rows; 2]>,
}

/// Where measures are, in their order in the scenario, whether they are switched on or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The section in the middle of each closure; nothing where the street is unknown.
    pub closures: Vec<Option<Id<RoadLink>>>,
    /// The part that each outage takes out of service; nothing where it is unknown.
    pub outages: Vec<Option<SupplyPart>>,
}

/// Days on which the same closures hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: Date,
    /// The last one; open where absent.
    pub to: Option<Date>,
    /// Closures that hold.
    pub n_closures: usize,
}

impl Session {
    /// A sitting that begins with a scenario.
    pub fn new(language: Language, scenario: Scenario) -> Self {
        let edit = Edit::of(scenario);
        Self {
            language,
            history: History::of(&edit),
            edit,
            layers: Layers::default(),
            part: None,
            pointed_part: None,
            states: false,
            consequences: true,
            met: BTreeMap::new(),
            swipe: None,
            tab: Tab::default(),
            beneath: Vec::new(),
            file: None,
            selected: None,
            pointed: None,
            draft: None,
            outcome: None,
            computed: Arc::default(),
            version: Version::default(),
            stale: false,
            measure: Measure::default(),
            hour_index: 0,
            wanted_hour: None,
            routes: Routes::default(),
            journal: Journal::default(),
            views: Views::default(),
            telling: None,
            lists: Vec::new(),
            traffic_hidden: false,
            sites: Vec::new(),
            signs: Vec::new(),
            labels: Vec::new(),
            places: Places::default(),
            days: Vec::new(),
            findings: Findings::default(),
            message: String::new(),
            search: String::new(),
            said: Said::default(),
            repaint: true,
            redraw: true,
        }
    }

    /// Selects a section and prepares a closure of all of it; where it has one of its own, that one to be changed.
    pub fn select(&mut self, twin: &Twin, link: Option<Id<RoadLink>>) {
        if self.selected != link {
            self.routes.only = None;
        }
        self.selected = link;
        self.part = None;
        self.draft = link.map(|link| {
            let key = RoadTarget::Key(twin.roads.link(link).key.clone());
            let known = self.edit.scenario.closures.iter().find(|closure| closure.target == key);
            known.map_or_else(|| Draft::new(twin, link), |closure| Draft::of(twin, link, closure, self.language))
        });
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
        !only_supply && !self.traffic_hidden && self.outcome.as_ref().is_some_and(|outcome| outcome.traffic.is_some())
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

    /// Takes the outcome of a scenario.
    pub fn take(&mut self, twin: &Twin, outcome: impl Into<Arc<Outcome>>, scenario: Arc<Scenario>) {
        let outcome = outcome.into();
        let shown = caption::shown_hour(self);
        self.met = scene::consequences(twin, &outcome);
        self.outcome = Some(outcome);
        self.computed = scenario;
        // The hour that was shown may have another place now.
        self.hour_index = self.index_of(shown).unwrap_or(0);
        self.show_wanted_hour();
        self.version.outcome += 1;
        self.stale = false;
        self.repaint = true;
        self.redraw = true;
    }

    /// Shows the hour that is wanted, where the result has it.
    pub fn show_wanted_hour(&mut self) {
        if let Some(index) = self.index_of(self.wanted_hour) {
            self.wanted_hour = None;
            self.hour_index = index;
            self.repaint = true;
            self.redraw = true;
        }
    }

    /// The place of an hour in the result.
    fn index_of(&self, hour: Option<u8>) -> Option<usize> {
        let hours = &self.outcome.as_ref()?.traffic.as_ref()?.hours;
        hours.iter().position(|known| Some(known.hour) == hour)
    }

    /// Consequences that the result has for some building.
    #[must_use]
    pub fn met_kinds(&self) -> BTreeSet<Consequence> {
        self.met.values().copied().collect()
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
        self.version.scenario += 1;
        let scenario = self.edit.active();
        self.sites.clear();
        self.signs.clear();
        self.findings = match look_up(twin, &scenario) {
            Ok(resolved) => {
                for (found, closure) in resolved.closures.iter().zip(&resolved.scenario.closures) {
                    if !found.sections.is_empty() {
                        self.signs.push((self.sites.len() + found.sections.len() / 2, Named::of(closure)));
                    }
                    self.sites.extend(found.sections.iter().map(|section| WorkSite {
                        section: section.part,
                        kind: closure.kind,
                        side: closure.side,
                    }));
                }
                resolved.findings
            }
            Err(findings) => findings,
        };
        let parts: Vec<_> = self.sites.iter().map(|site| site.section).collect();
        self.beneath = twin_run::beneath(twin, &parts);
        self.places = places(twin, &self.edit.scenario);
        self.days = days(twin, scenario);
    }
}

fn places(twin: &Twin, scenario: &Scenario) -> Places {
    let (found, _) = twin_run::resolve_each(twin, scenario, "closure");
    let middle = |found: twin_run::ResolvedClosure| Some(found.sections.get(found.sections.len() / 2)?.part.link);
    Places {
        closures: found.into_iter().map(|found| found.and_then(middle)).collect(),
        outages: scenario.outages.iter().map(|outage| SupplyPart::of_key(twin, &outage.asset)).collect(),
    }
}

/// The days between which closures change; none where all of them hold all the time.
fn days(twin: &Twin, scenario: Scenario) -> Vec<Days> {
    let dated = |closure: &Closure| !closure.phases.is_empty() || closure.from.is_some();
    if !scenario.closures.iter().any(dated) {
        return Vec::new();
    }
    let Ok(stages) = twin_run::stages(twin, &Scenario { date: None, ..scenario }) else { return Vec::new() };
    let mut days: Vec<Days> = stages
        .iter()
        .flat_map(|staged| {
            let n_closures = staged.stage.closures.len();
            staged.stage.spans.iter().filter_map(move |&(from, to)| Some(Days { from: from?, to, n_closures }))
        })
        .collect();
    days.sort_by_key(|days| days.from);
    days
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

#[cfg(test)]
mod tests {
    use twin::outcome::{ArcState, HourOutcome, Status, Totals, TrafficOutcome};

    use super::*;

    fn outcome(hours: &[u8]) -> Outcome {
        let hour = |&hour| HourOutcome {
            hour,
            base_status: Status::Empty,
            status: Status::Empty,
            base: ArcState::default(),
            with: ArcState::default(),
            base_totals: Totals::default(),
            totals: Totals::default(),
            base_of_cut_off: Totals::default(),
            cut_off_trips: Vec::new(),
            detours: Vec::new(),
        };
        let traffic = TrafficOutcome {
            hours: hours.iter().map(hour).collect(),
            closures: Vec::new(),
            cut_off_addresses: Vec::new(),
            unreachable_before: Vec::new(),
            affected_bus_routes: Vec::new(),
            day: None,
        };
        Outcome { traffic: Some(traffic), ..Outcome::empty("Probe") }
    }

    #[test]
    fn the_hour_that_is_shown_stays_where_others_are_computed_besides() {
        let twin = Twin::empty("Testheim", twin::Crs::etrs89_utm(32));
        let mut session = Session::new(Language::De, Scenario::default());
        let take = |session: &mut Session, hours: &[u8]| {
            session.take(&twin, outcome(hours), Arc::default());
            caption::shown_hour(session)
        };
        assert_eq!(take(&mut session, &[16]), Some(16));
        assert_eq!(take(&mut session, &[8, 16]), Some(16));
        session.wanted_hour = Some(7);
        assert_eq!(take(&mut session, &[8, 16]), Some(16), "it is not computed yet");
        assert_eq!(take(&mut session, &[7, 8, 16]), Some(7));
        assert_eq!(take(&mut session, &[8, 16]), Some(8), "it is not computed any more");
    }
}
