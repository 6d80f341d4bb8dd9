//! What a kind of closure means on a section of given lanes, directions and width.

use twin::{
    Twin,
    outcome::ClosedSection,
    road::{Direction, Modes, RoadLink},
    scenario::{Closure, ClosureKind, OpenDirection, Side},
};

use twin_traffic::narrowing::capacity_kept;

use super::{At, ResolvedSection, may_alternate};
use crate::overlay::residents_pass;

/// Narrowest lane past a work site that lorries still use, metres (RSA 21, part A).
const MIN_LANE_M: f64 = 2.75;
/// Lorries and buses: vehicles that need a lane of full width.
const WIDE: Modes = Modes::TRUCK.union(Modes::BUS);
/// Everybody whom a closure of the carriageway stops. People on foot pass beside it.
const ON_THE_CARRIAGEWAY: Modes = Modes::ALL.without(Modes::FOOT);

pub(super) fn sections(
    twin: &Twin,
    closure: &Closure,
    parts: &[ClosedSection],
    at: &mut At,
) -> Option<Vec<ResolvedSection>> {
    if let ClosureKind::Lanes = closure.kind {
        check_lanes(twin, closure, parts, at)?;
    }
    if closure.kind == ClosureKind::Narrowed && closure.lane_width_m.is_none() {
        let finding = at
            .error(
                "lane-width-missing",
                "kind",
                "kind = \"narrowed\" needs the width of each lane past the work site".to_owned(),
            )
            .with_help("add lane_width_m = 2.75");
        at.push(finding);
        return None;
    }
    let lorry_lane_m = at.scenario.assumptions.work_site_lorry_lane_m;
    let mut noted = Noted::default();
    let mut sections: Vec<_> = parts
        .iter()
        .map(|&part| {
            let link = twin.roads.link(part.link);
            match closure.kind {
                ClosureKind::Full => blocked(part, link, &Direction::BOTH, exempt(closure)),
                ClosureKind::OneWay => one_way(part, link, closure, &mut noted),
                ClosureKind::Lanes => lanes(part, link, closure, &mut noted),
                ClosureKind::Half => half(part, link, closure, &mut noted),
                ClosureKind::Narrowed => narrowed(part, link, closure, lorry_lane_m, &mut noted),
            }
        })
        .collect();
    noted.tell(closure, at);
    if closure.footway_closed {
        close_footways(closure, &mut sections, at);
    }
    if sections.is_empty() {
        let finding = at.error("nothing-to-close", "length_m", "the work site touches no section of street".to_owned());
        at.push(finding);
        return None;
    }
    if parts.iter().all(|part| !carries(twin.roads.link(part.link))) {
        let finding = at.warning(
            "closure-without-vehicles",
            "street",
            "no motor vehicle may drive there anyway: the closure changes no traffic".to_owned(),
        );
        at.push(finding);
    }
    if closure.exempt_residents && !residents_pass(closure) {
        let finding = at.warning(
            "exemption-without-effect",
            "exempt",
            "lanes too narrow for lorries are so for those who deliver, too: the exemption of residents has no effect"
                .to_owned(),
        );
        at.push(finding);
    }
    if !closure.exempt.is_empty() && may_alternate(closure.kind) && sections.iter().any(|section| section.alternates) {
        let finding = at.note(
            "exemption-without-effect",
            "exempt",
            "everybody may pass a half closure: the exemption has no effect".to_owned(),
        );
        at.push(finding);
    }
    Some(sections)
}

/// Closes a full closure for people on foot too. Past any other kind the footway of the other side stays.
fn close_footways(closure: &Closure, sections: &mut [ResolvedSection], at: &mut At) {
    if closure.kind != ClosureKind::Full {
        let finding = at.note(
            "footway-stays",
            "footway_closed",
            "the footway of the other side stays past this kind of closure: people on foot cross the street".to_owned(),
        );
        at.push(finding);
        return;
    }
    for blocked in sections.iter_mut().flat_map(|section| &mut section.blocked) {
        *blocked = blocked.union(Modes::FOOT.without(closure.exempt));
    }
}

/// Sections with a peculiarity, to be told once per closure.
#[derive(Default)]
struct Noted<'a> {
    narrow: Vec<&'a RoadLink>,
    one_way_keeps_lane: Vec<&'a RoadLink>,
    wide: Vec<&'a RoadLink>,
    no_such_direction: Vec<&'a RoadLink>,
    not_narrower: Vec<&'a RoadLink>,
    no_lorries: Vec<&'a RoadLink>,
    not_driven: Vec<&'a RoadLink>,
}

impl Noted<'_> {
    fn tell(&self, closure: &Closure, at: &mut At) {
        self.tell_narrowed(closure, at);
        if let Some(link) = self.narrow.first() {
            let finding = at
                .warning(
                    "half-closure-too-narrow",
                    "kind",
                    format!(
                        "{} ({}{}) is {:.1} m wide: half of it is no lane of {MIN_LANE_M} m, so it is treated as fully closed",
                        link.name.as_deref().unwrap_or("the street"),
                        link.key,
                        more(&self.narrow),
                        link.width_or_assumed_m(),
                    ),
                )
                .with_help("if a lane can stay, set the width of the street in the data; else write kind = \"full\"");
            at.push(finding);
        }
        if let Some(link) = self.one_way_keeps_lane.first() {
            let finding = at.note(
                "half-closure-of-one-way",
                "kind",
                format!(
                    "{}{} carries one direction only: it keeps half of its lanes and nobody waits for the other direction",
                    link.key,
                    more(&self.one_way_keeps_lane),
                ),
            );
            at.push(finding);
        }
        if let Some(link) = self.wide.first() {
            let finding = at.note(
                "half-closure-keeps-both-directions",
                "kind",
                format!(
                    "{}{} has {} lanes: a lane per direction stays and nobody has to wait",
                    link.key,
                    more(&self.wide),
                    link.forward.lanes + link.backward.lanes,
                ),
            );
            at.push(finding);
        }
        if let Some(link) = self.no_such_direction.first() {
            let finding = at
                .warning(
                    "direction-closed-anyway",
                    "open_direction",
                    format!(
                        "{}{} is a one-way street: closing one direction {}",
                        link.key,
                        more(&self.no_such_direction),
                        "either changes nothing or closes it fully",
                    ),
                )
                .with_help(match closure.open_direction {
                    Some(OpenDirection::Along) => "the direction along the street stays open",
                    Some(OpenDirection::Against) => "the direction against the street stays open",
                    None => "set open_direction to \"along\" or \"against\"",
                });
            at.push(finding);
        }
    }
}

impl Noted<'_> {
    fn tell_narrowed(&self, closure: &Closure, at: &mut At) {
        if let Some(link) = self.not_driven.first() {
            let finding = at
                .warning(
                    "direction-not-driven",
                    "direction",
                    format!(
                        "nobody drives {}{} in the direction of the works: it stays as it is",
                        link.key,
                        more(&self.not_driven)
                    ),
                )
                .with_help("give the other direction, or leave direction out");
            at.push(finding);
        }
        let lane_m = closure.lane_width_m.unwrap_or_default();
        if let Some(link) = self.not_narrower.first() {
            let finding = at.warning(
                "lane-not-narrower",
                "lane_width_m",
                format!(
                    "the lanes of {}{} are {:.2} m wide: lanes of {lane_m} m do not narrow them, only the speed is lower",
                    link.key,
                    more(&self.not_narrower),
                    lane_width_m(link),
                ),
            );
            at.push(finding);
        }
        if !self.no_lorries.is_empty() {
            let finding = at
                .note(
                    "lane-too-narrow-for-lorries",
                    "lane_width_m",
                    format!(
                        "lanes of {lane_m} m are closed to lorries and buses, which need {} m",
                        at.scenario.assumptions.work_site_lorry_lane_m
                    ),
                )
                .with_help("sign a detour for them, or keep wider lanes");
            at.push(finding);
        }
    }
}

fn more(links: &[&RoadLink]) -> String {
    if links.len() > 1 { format!(" and {} more", links.len() - 1) } else { String::new() }
}

fn carries(link: &RoadLink) -> bool {
    crate::names::is_motor(link)
}

fn runs(link: &RoadLink, direction: Direction) -> bool {
    let way = link.carriageway(direction);
    way.modes.intersects(Modes::MOTOR.without(Modes::EMERGENCY))
}

/// A whole section closed for everybody on the carriageway.
pub(crate) fn closed_whole(part: ClosedSection, link: &RoadLink) -> ResolvedSection {
    blocked(part, link, &Direction::BOTH, Modes::NONE)
}

const fn untouched(part: ClosedSection) -> ResolvedSection {
    ResolvedSection { part, blocked: [Modes::NONE; 2], lanes: [None; 2], kept: [None; 2], alternates: false }
}

/// Who may pass all the same. Where residents drive, fire engines and ambulances do (§ 35 StVO).
const fn exempt(closure: &Closure) -> Modes {
    if closure.exempt_residents { closure.exempt.union(Modes::EMERGENCY) } else { closure.exempt }
}

fn blocked(part: ClosedSection, link: &RoadLink, directions: &[Direction], exempt: Modes) -> ResolvedSection {
    let mut section = untouched(part);
    for &direction in directions {
        let present = link.carriageway(direction).modes.union(Modes::EMERGENCY);
        let closed = Modes(ON_THE_CARRIAGEWAY.0 & present.0);
        section.blocked[direction as usize] = closed.without(exempt);
    }
    section
}

fn one_way<'a>(part: ClosedSection, link: &'a RoadLink, closure: &Closure, noted: &mut Noted<'a>) -> ResolvedSection {
    if !(runs(link, Direction::Forward) && runs(link, Direction::Backward)) && carries(link) {
        noted.no_such_direction.push(link);
    }
    let open_along = closure.open_direction.unwrap_or(OpenDirection::Along) == OpenDirection::Along;
    let closed = if open_along == part.along { Direction::Backward } else { Direction::Forward };
    blocked(part, link, &[closed], exempt(closure))
}

/// The directions of a section from which works take room.
fn concerned<'a>(
    part: ClosedSection,
    link: &'a RoadLink,
    closure: &Closure,
    noted: &mut Noted<'a>,
) -> impl Iterator<Item = Direction> + use<> {
    let only = closure.direction.map(|direction| direction_of(part, direction));
    if only.is_some_and(|only| !runs(link, only)) && carries(link) {
        noted.not_driven.push(link);
    }
    Direction::BOTH.into_iter().filter(move |&direction| only.is_none_or(|only| only == direction))
}

/// The direction of digitization that runs along or against a closure.
fn direction_of(part: ClosedSection, direction: OpenDirection) -> Direction {
    if (direction == OpenDirection::Along) == part.along { Direction::Forward } else { Direction::Backward }
}

fn lanes<'a>(part: ClosedSection, link: &'a RoadLink, closure: &Closure, noted: &mut Noted<'a>) -> ResolvedSection {
    let stay = closure.lanes.unwrap_or(1);
    let mut section = untouched(part);
    for direction in concerned(part, link, closure, noted) {
        if runs(link, direction) && link.carriageway(direction).lanes > stay {
            section.lanes[direction as usize] = Some(stay);
        }
    }
    section
}

/// All lanes stay, narrower: less capacity, and no lorries where they do not fit.
fn narrowed<'a>(
    part: ClosedSection,
    link: &'a RoadLink,
    closure: &Closure,
    lorry_lane_m: f64,
    noted: &mut Noted<'a>,
) -> ResolvedSection {
    let mut section = untouched(part);
    let own_m = lane_width_m(link);
    let lane_m = closure.lane_width_m.unwrap_or(own_m);
    if lane_m >= own_m - 1e-9 && carries(link) {
        noted.not_narrower.push(link);
    }
    let closed = if lane_m < lorry_lane_m - 1e-9 { WIDE.without(closure.exempt) } else { Modes::NONE };
    if !closed.is_empty() && carries(link) {
        noted.no_lorries.push(link);
    }
    for direction in concerned(part, link, closure, noted) {
        if runs(link, direction) {
            section.kept[direction as usize] = Some(capacity_kept(lane_m, own_m));
            section.blocked[direction as usize] = Modes(closed.0 & link.carriageway(direction).modes.0);
        }
    }
    section
}

/// Width of a lane of a street: its carriageway by its lanes.
fn lane_width_m(link: &RoadLink) -> f64 {
    let n_lanes = if link.shared_lane { 1 } else { link.forward.lanes + link.backward.lanes };
    link.width_or_assumed_m() / f64::from(n_lanes.max(1))
}

/// A half closure: one lane stays. On a street for both directions they alternate; where more than one lane stays each
/// direction keeps a lane; a street too narrow for a lane beside the work site is closed.
fn half<'a>(part: ClosedSection, link: &'a RoadLink, closure: &Closure, noted: &mut Noted<'a>) -> ResolvedSection {
    let both = runs(link, Direction::Forward) && runs(link, Direction::Backward);
    let narrow = 0.5 * link.width_or_assumed_m() < MIN_LANE_M - 1e-9;
    let n_lanes = if link.shared_lane { 1 } else { link.forward.lanes + link.backward.lanes };
    let mut section = untouched(part);
    if !both {
        let direction = if runs(link, Direction::Forward) { Direction::Forward } else { Direction::Backward };
        let lanes = link.carriageway(direction).lanes;
        if lanes < 2 && narrow {
            noted.narrow.push(link);
            return blocked(part, link, &Direction::BOTH, closure.exempt);
        }
        noted.one_way_keeps_lane.push(link);
        section.lanes[direction as usize] = (lanes >= 2).then_some((lanes / 2).max(1));
        return section;
    }
    if n_lanes < 2 && narrow {
        noted.narrow.push(link);
        return blocked(part, link, &Direction::BOTH, closure.exempt);
    }
    let stay = n_lanes / 2;
    if stay >= 2 {
        noted.wide.push(link);
        // The side of the work site gives up its lanes first; what is left is shared out, a lane each at least.
        let right = closure.side.unwrap_or(Side::Right) == Side::Right;
        let near = if right == part.along { Direction::Forward } else { Direction::Backward };
        let near_lanes = (stay / 2).max(1);
        section.lanes[near as usize] = Some(near_lanes.min(link.carriageway(near).lanes));
        let far = near.reversed();
        section.lanes[far as usize] = Some((stay - near_lanes).min(link.carriageway(far).lanes));
        return section;
    }
    section.alternates = true;
    section
}

fn check_lanes(twin: &Twin, closure: &Closure, parts: &[ClosedSection], at: &mut At) -> Option<()> {
    let greatest = parts
        .iter()
        .flat_map(|part| {
            let concerned = Direction::BOTH
                .into_iter()
                .filter(|&way| closure.direction.is_none_or(|direction| direction_of(*part, direction) == way));
            concerned.map(|direction| twin.roads.link(part.link).carriageway(direction).lanes)
        })
        .max()
        .unwrap_or(0);
    if greatest == 0 && closure.direction.is_some() && closure.lanes.is_some_and(|stay| stay > 0) {
        // That nobody drives in this direction is told with the sections.
        return Some(());
    }
    let finding = match closure.lanes {
        None => at
            .error(
                "lanes-missing",
                "kind",
                "kind = \"lanes\" needs the number of lanes that stay per direction".to_owned(),
            )
            .with_help("add lanes = 1"),
        Some(0) => at
            .error("lanes-missing", "lanes", "no lane stays".to_owned())
            .with_help("write kind = \"full\" to close the street"),
        Some(stay) if stay > greatest => at
            .error(
                "more-lanes-than-there-are",
                "lanes",
                format!("{stay} lanes shall stay per direction, but the street has at most {greatest}"),
            )
            .with_help(format!("give a number below {greatest}")),
        Some(stay) if stay == greatest => {
            let finding = at.warning(
                "lanes-unchanged",
                "lanes",
                format!("the street has {greatest} lanes per direction at most: leaving {stay} changes nothing"),
            );
            at.push(finding);
            return Some(());
        }
        Some(_) => return Some(()),
    };
    at.push(finding);
    None
}
