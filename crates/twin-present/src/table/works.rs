//! Tables of a calendar of works: its conflicts, and a better plan beside the one given.

use serde_json::{Value, json};
use twin::{
    Twin,
    jiff::civil::Date,
    works::{Calendar, Conflict, ConflictKind, Conflicts, Plan, Schedule},
};

use super::{Page, grid::Grid};
use crate::{
    Language, gantt,
    words::{find_word, say, word},
};

/// Conflicts of a kind that are told on a terminal.
const SHOWN: usize = 12;
/// Works that are listed on a terminal.
const LISTED: usize = 15;

/// The table after a check: conflicts by kind with what to do, the heaviest works, the schedule by week.
#[must_use]
pub fn conflicts_table(twin: &Twin, calendar: &Calendar, found: &Conflicts, language: Language) -> String {
    let mut page = Page::new(language);
    page.title(&format!("{} · {}", twin.name, say(language, "works-check-title", &[("name", &calendar.name)])));
    let count = |n: usize| language.number(n as f64, 0);
    let open = found.added_vehicle_h_d.iter().flatten().count();
    let counts = [count(calendar.works.len()), count(open), count(found.conflicts.len())];
    page.line(&say(
        language,
        "works-counted",
        &[("works", &counts[0]), ("open", &counts[1]), ("conflicts", &counts[2])],
    ));
    if !found.complete {
        page.line(&word(language, "works-incomplete"));
    } else if found.conflicts.is_empty() && open > 0 {
        page.line(&word(language, "works-no-conflicts"));
    }
    for &kind in ConflictKind::ALL {
        let of_kind: Vec<&Conflict> = found.conflicts.iter().filter(|conflict| conflict.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let title = word(language, &format!("conflict-{}", kind.name()));
        page.heading(&format!("{title} ({})", count(of_kind.len())));
        for conflict in of_kind.iter().take(SHOWN) {
            page.line(&conflict_line(calendar, conflict, language));
            page.line(&format!(
                "  {}",
                say(language, "works-do", &[("what", &what_to_do(calendar, conflict, language))])
            ));
        }
        if of_kind.len() > SHOWN {
            page.line(&say(language, "works-more", &[("n", &count(of_kind.len() - SHOWN))]));
        }
    }
    heaviest(&mut page, calendar, found);
    let days: Vec<Option<(Date, Date)>> = calendar.works.iter().map(twin::works::Work::days).collect();
    page.heading(&word(language, "works-gantt"));
    gantt::text(calendar, &days, &found.conflicts, language).lines().for_each(|line| page.raw(line));
    page.text
}

/// Works, days and what it is about: `„Fernwärme, Hauptstraße“ (2026-001) ↔ „…“ (2026-002), 4.5.2026 – 15.5.2026: 12 Adressen`.
#[must_use]
pub fn conflict_line(calendar: &Calendar, conflict: &Conflict, language: Language) -> String {
    let works: Vec<String> = conflict
        .works
        .iter()
        .filter_map(|&work| calendar.works.get(work))
        .map(|work| format!("{} ({})", work.label(), work.key))
        .collect();
    let works = match works.len() {
        0..=4 => works.join(" ↔ "),
        n => format!("{} ↔ … ({n})", works[..3].join(" ↔ ")),
    };
    let period = period(language, (conflict.from, conflict.to));
    let amount = conflict.amount.map(|amount| language.number(amount, 0));
    let subject = conflict.subject.clone();
    let about = find_word(language, &format!("amount-{}", conflict.kind.name())).is_some();
    if !about && amount.is_none() && subject.is_none() {
        return format!("{works}, {period}");
    }
    let (amount, subject) = (amount.unwrap_or_default(), subject.unwrap_or_default());
    let values = [("amount", amount.as_str()), ("subject", subject.as_str())];
    let text = say(language, &format!("amount-{}", conflict.kind.name()), &values);
    if text.trim().is_empty() || (amount.is_empty() && subject.is_empty()) {
        return format!("{works}, {period}");
    }
    format!("{works}, {period}: {text}")
}

/// What to do about a conflict: a date, where one within the window is known.
fn what_to_do(calendar: &Calendar, conflict: &Conflict, language: Language) -> String {
    let advice = word(language, &format!("advice-{}", conflict.kind.name()));
    let first = conflict.works.first().and_then(|&work| calendar.works.get(work));
    let Some((work, date)) = first.zip(conflict.free_from) else { return advice };
    let shift = say(language, "works-shift", &[("work", work.key.as_str()), ("date", &language.date(date))]);
    format!("{advice}: {shift}")
}

fn period(language: Language, (from, to): (Date, Date)) -> String {
    if from == to {
        return language.date(from);
    }
    say(language, "works-period", &[("from", &language.date(from)), ("to", &language.date(to))])
}

fn heaviest(page: &mut Page, calendar: &Calendar, found: &Conflicts) {
    let language = page.language;
    let mut works: Vec<(usize, f64)> =
        found.added_vehicle_h_d.iter().enumerate().filter_map(|(work, added)| Some((work, (*added)?))).collect();
    works.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    works.retain(|(_, added)| *added >= 0.05);
    if works.is_empty() {
        return;
    }
    page.heading(&word(language, "works-heaviest"));
    let mut grid = Grid::left_of(2, 3);
    grid.row(["works-work", "works-dates", "works-per-day"].map(|name| word(language, name)));
    for (work, added) in works.into_iter().take(LISTED) {
        let planned = &calendar.works[work];
        let dates = planned.days().map_or_else(String::new, |days| period(language, days));
        grid.row([format!("{} ({})", planned.label(), planned.key), dates, language.number(added, 1)]);
    }
    page.grid(&grid);
}

/// The table after the search for better dates: the three plans beside each other, the shifted works, the schedule before and after.
#[must_use]
pub fn plan_table(twin: &Twin, calendar: &Calendar, plan: &Plan, language: Language) -> String {
    let mut page = Page::new(language);
    page.title(&format!("{} · {}", twin.name, say(language, "works-plan-title", &[("name", &calendar.name)])));
    page.heading(&word(language, "works-compare"));
    let mut grid = Grid::new(4);
    let heads = ["works-added", "works-added-alone", "works-violations"].map(|name| word(language, name));
    let [a, b, c] = heads;
    grid.row([String::new(), a, b, c]);
    for (name, schedule) in
        [("works-given", &plan.given), ("works-greedy", &plan.greedy), ("works-improved", &plan.improved)]
    {
        let added = schedule.added_vehicle_h.map(|added| language.number(added, 0));
        grid.row([
            word(language, name),
            added.unwrap_or_else(|| word(language, "works-not-evaluated")),
            language.number(schedule.added_alone_vehicle_h, 0),
            language.number(schedule.violations_d as f64, 0),
        ]);
    }
    page.grid(&grid);
    gain(&mut page, plan);
    let (equilibria, pairs) =
        (language.number(plan.n_equilibria as f64, 0), language.number(plan.n_interacting as f64, 0));
    page.line(&say(language, "works-effort", &[("equilibria", &equilibria), ("pairs", &pairs)]));
    shifted(&mut page, calendar, plan);
    for (title, schedule) in [("works-gantt-before", &plan.given), ("works-gantt-after", &plan.improved)] {
        page.heading(&word(language, title));
        gantt::text(calendar, &schedule.days, &[], language).lines().for_each(|line| page.raw(line));
    }
    page.text
}

fn gain(page: &mut Page, plan: &Plan) {
    let language = page.language;
    let added = |schedule: &Schedule| schedule.added_vehicle_h;
    let (Some(given), Some(greedy), Some(improved)) = (added(&plan.given), added(&plan.greedy), added(&plan.improved))
    else {
        return;
    };
    let values = [
        ("gain", language.signed(improved - given, 0)),
        ("percent", language.percent_change(given, improved)),
        ("greedy", language.signed(improved - greedy, 0)),
        ("greedypercent", language.percent_change(greedy, improved)),
    ];
    let values: Vec<(&'static str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    page.line(&say(language, "works-gain", &values));
}

fn shifted(page: &mut Page, calendar: &Calendar, plan: &Plan) {
    let language = page.language;
    let mut works: Vec<usize> = (0..plan.works.len()).filter(|&work| plan.works[work].shifted_d != 0).collect();
    page.heading(&word(language, "works-shifted"));
    if works.is_empty() {
        page.line(&word(language, "works-none-shifted"));
        return;
    }
    let weight = |work: usize| plan.works[work].added_vehicle_h_d.unwrap_or(0.0);
    works.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
    let mut grid = Grid::left_of(2, 4);
    grid.row(["works-work", "works-dates", "works-shift-days", "works-per-day"].map(|name| word(language, name)));
    for &work in works.iter().take(LISTED) {
        let planned = &calendar.works[work];
        let dates = plan.improved.days[work].map_or_else(String::new, |days| period(language, days));
        grid.row([
            format!("{} ({})", planned.label(), planned.key),
            dates,
            language.signed(f64::from(plan.works[work].shifted_d), 0),
            language.number(weight(work), 1),
        ]);
    }
    page.grid(&grid);
    if works.len() > LISTED {
        page.line(&say(language, "works-more", &[("n", &language.number((works.len() - LISTED) as f64, 0))]));
    }
}

/// The conflicts for machines.
#[must_use]
pub fn conflicts_summary(twin: &Twin, calendar: &Calendar, found: &Conflicts) -> Value {
    let key = |&work: &usize| calendar.works.get(work).map(|work| work.key.to_string());
    let conflicts: Vec<Value> = found
        .conflicts
        .iter()
        .map(|conflict| {
            json!({
                "kind": conflict.kind.name(),
                "works": conflict.works.iter().filter_map(key).collect::<Vec<_>>(),
                "from": conflict.from.to_string(), "to": conflict.to.to_string(),
                "amount": conflict.amount, "subject": conflict.subject,
                "free_from": conflict.free_from.map(|date| date.to_string()),
            })
        })
        .collect();
    let counts: serde_json::Map<String, Value> = ConflictKind::ALL
        .iter()
        .map(|kind| (kind, found.conflicts.iter().filter(|conflict| conflict.kind == *kind).count()))
        .filter(|(_, n)| *n > 0)
        .map(|(kind, n)| (kind.name().to_owned(), json!(n)))
        .collect();
    json!({
        "program": "stadtwin",
        "twin": twin.name,
        "calendar": calendar.name,
        "status": if !found.complete { "stopped" } else if found.conflicts.is_empty() { "ok" } else { "conflicts" },
        "works": calendar.works.len(),
        "checked": found.added_vehicle_h_d.iter().flatten().count(),
        "counts": counts,
        "conflicts": conflicts,
        "findings": found.findings,
    })
}

/// A plan for machines.
#[must_use]
pub fn plan_summary(twin: &Twin, calendar: &Calendar, plan: &Plan) -> Value {
    let schedule = |schedule: &Schedule| {
        json!({
            "added_vehicle_h": schedule.added_vehicle_h,
            "added_alone_vehicle_h": schedule.added_alone_vehicle_h,
            "violations_d": schedule.violations_d,
        })
    };
    let moved: Vec<Value> = plan
        .works
        .iter()
        .zip(&plan.improved.days)
        .filter(|(work, _)| work.shifted_d != 0)
        .map(|(work, days)| {
            json!({
                "id": work.key.as_str(), "shifted_d": work.shifted_d,
                "from": days.map(|days| days.0.to_string()), "to": days.map(|days| days.1.to_string()),
            })
        })
        .collect();
    json!({
        "program": "stadtwin",
        "twin": twin.name,
        "calendar": calendar.name,
        "status": if plan.complete { "ok" } else { "stopped" },
        "given": schedule(&plan.given),
        "greedy": schedule(&plan.greedy),
        "improved": schedule(&plan.improved),
        "equilibria": plan.n_equilibria,
        "interacting_pairs": plan.n_interacting,
        "shifted": moved,
        "findings": plan.findings,
    })
}
