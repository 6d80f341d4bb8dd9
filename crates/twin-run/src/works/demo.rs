//! A plausible calendar of works for any town, from a seed: to try, to test and to measure with.
//!
//! # Model
//! Two works in five lie on main and collector streets and close them by half with temporary signals; the others lie on minor streets, most
//! of them fully closed for all but residents and emergency vehicles. Works take one to eight weeks, from a Monday to a Friday, most of them
//! between March and October; most may be shifted by some weeks. Four owners have a few crews each; some works follow others, some are
//! fixed, some wait for the school holidays. Nothing of this is meant to be true of the town.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings, Id, Twin,
    jiff::civil::{Date, date},
    road::{Modes, RoadClass, RoadLink},
    scenario::{Closure, ClosureKind, RoadTarget},
    works::{Calendar, Event, Owner, Rules, Work},
};

use super::{
    dice::Dice,
    time::{Days, day, is_monday, number},
};

/// What kind of calendar is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// How many works.
    pub works: u32,
    /// Seed.
    pub seed: u64,
    /// Year.
    pub year: i16,
}

/// Owners with their causes.
const OWNERS: [(&str, &str); 4] =
    [("Stadtwerke", "Fernwärme"), ("Telekom", "Glasfaser"), ("Tiefbauamt", "Fahrbahndecke"), ("Abwasserwerk", "Kanal")];
/// Durations, weeks.
const WEEKS: [i32; 9] = [1, 1, 2, 2, 3, 3, 4, 6, 8];
/// Shortest section on which works are made up, metres.
const SHORT_M: f64 = 50.0;

/// Makes a calendar up.
///
/// # Errors
/// The town has no streets with names, or the year lies outside 1970 to 9000.
pub fn demo(twin: &Twin, options: DemoOptions) -> Result<Calendar, Findings> {
    if !(1970..=9000).contains(&options.year) {
        return Err(Finding::error("impossible-value", format!("{} is no year from 1970 to 9000", options.year)).into());
    }
    let (main, minor) = streets(twin);
    if main.is_empty() && minor.is_empty() {
        let finding =
            Finding::error("no-streets", "the twin has no named streets for cars on which works could be made up");
        return Err(finding.with_help("import a town with streets first").into());
    }
    let mut dice = Dice::new(options.seed);
    let mut taken: BTreeMap<Id<RoadLink>, u32> = BTreeMap::new();
    let mut works: Vec<Work> = Vec::new();
    for index in 0..options.works {
        let on_main = !main.is_empty() && (minor.is_empty() || dice.share() < 0.4);
        let link = pick(if on_main { &main } else { &minor }, &mut taken, &mut dice);
        let work = work(twin, (index, link, on_main), options.year, &works, &mut dice);
        works.push(work);
    }
    let owners = crews(&works);
    let festival = main.first().or(minor.first()).and_then(|&link| twin.roads.link(link).name.clone());
    let year = options.year;
    let event = |name: &str, from: Date, to: Date, streets: Vec<String>, favorable| Event {
        name: name.to_owned(),
        from,
        to,
        streets,
        favorable,
    };
    Ok(Calendar {
        name: format!("{}: {} works of {year}, made up", twin.name, options.works),
        works,
        events: vec![
            event("Altstadtfest", date(year, 7, 3), date(year, 7, 6), festival.into_iter().collect(), false),
            event("Sommerferien", date(year, 8, 1), date(year, 9, 14), Vec::new(), true),
        ],
        owners,
        rules: Rules { begin_on_mondays: true, ..Rules::default() },
        origin: twin::scenario::Origin::default(),
    })
}

/// Main and minor streets on which there is room for works, by id.
fn streets(twin: &Twin) -> (Vec<Id<RoadLink>>, Vec<Id<RoadLink>>) {
    let (mut main, mut minor) = (Vec::new(), Vec::new());
    for (id, link) in twin.roads.links() {
        let both = [&link.forward, &link.backward].iter().all(|way| way.modes.contains(Modes::CAR));
        if link.name.is_none() || link.length_m < SHORT_M || !both {
            continue;
        }
        match link.class {
            RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary => main.push(id),
            RoadClass::Residential | RoadClass::Unclassified => minor.push(id),
            _ => {}
        }
    }
    (main, minor)
}

/// A section on which there are no works yet, if one is found soon.
fn pick(streets: &[Id<RoadLink>], taken: &mut BTreeMap<Id<RoadLink>, u32>, dice: &mut Dice) -> Id<RoadLink> {
    let mut link = streets[dice.below(streets.len())];
    for _ in 0..8 {
        if !taken.contains_key(&link) {
            break;
        }
        link = streets[dice.below(streets.len())];
    }
    *taken.entry(link).or_default() += 1;
    link
}

fn work(
    twin: &Twin,
    (index, link, on_main): (u32, Id<RoadLink>, bool),
    year: i16,
    before: &[Work],
    dice: &mut Dice,
) -> Work {
    let road = twin.roads.link(link);
    let (owner, cause) = OWNERS[dice.below(OWNERS.len())];
    let full = !on_main && dice.share() < 0.7;
    let kind = if full { ClosureKind::Full } else { ClosureKind::Half };
    let whole_m = (road.length_m - 2.0).floor();
    let days = days(year, dice);
    let (from, to) = days.dates();
    let closure = Closure {
        kind,
        length_m: Some((30.0 + 10.0 * dice.below(8) as f64).min(whole_m)),
        exempt: if full && dice.share() < 0.8 { Modes::EMERGENCY } else { Modes::NONE },
        exempt_residents: full,
        from: Some(from),
        to: Some(to),
        cause: Some(cause.to_owned()),
        owner: Some(owner.to_owned()),
        ..Closure::on(RoadTarget::Key(road.key.clone()))
    };
    let mut work = Work::new(format!("{year}-{:03}", index + 1), closure);
    work.name = road.name.as_ref().map(|street| format!("{cause}, {street}"));
    work.fixed = dice.share() < 0.1;
    if !work.fixed {
        let year_ends = number(date(year, 12, 18));
        let (back, ahead) = (7 * dice.below(9) as i32, 7 * dice.below(13) as i32);
        work.earliest = Some(day((days.first - back).max(number(date(year, 1, 7))).min(days.first)));
        work.latest = Some(day((days.last + ahead).min(year_ends).max(days.last)));
    }
    // One in twenty follows an earlier one of the same owner.
    if dice.share() < 0.05 {
        let mine = before.iter().filter(|other| other.closure.owner.as_deref() == Some(owner));
        let ended = mine.rev().find(|other| other.closure.to.is_some_and(|to| to < from));
        work.after = ended.map(|other| other.key.clone()).into_iter().collect();
    }
    let in_summer = days.first >= number(date(year, 8, 1)) && days.last <= number(date(year, 9, 14));
    work.in_holidays = in_summer && dice.share() < 0.3;
    work
}

/// From a Monday to a Friday, most of them between March and October.
fn days(year: i16, dice: &mut Dice) -> Days {
    let n_weeks = WEEKS[dice.below(WEEKS.len())];
    let (first, n) = if dice.share() < 0.85 { (date(year, 3, 1), 30) } else { (date(year, 1, 8), 44) };
    let mut monday = number(first);
    while !is_monday(monday) {
        monday += 1;
    }
    let monday = monday + 7 * dice.below(n) as i32;
    Days { first: monday, last: monday + 7 * n_weeks - 3 }
}

/// Crews for the mean load of each owner and a third more.
fn crews(works: &[Work]) -> Vec<Owner> {
    let mut days: BTreeMap<&str, i32> = BTreeMap::new();
    for work in works {
        if let (Some(owner), Some(dates)) = (work.closure.owner.as_deref(), work.days()) {
            *days.entry(owner).or_default() += Days::of(dates).n();
        }
    }
    let at_once = |days: i32| (f64::from(days) / 245.0 * 1.33).ceil().max(1.0) as u32 + 1;
    days.into_iter().map(|(name, days)| Owner { name: name.to_owned(), at_once: at_once(days) }).collect()
}
