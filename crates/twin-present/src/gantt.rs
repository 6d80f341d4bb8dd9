//! Schedules of works as bars: by week as text, by day as a page of its own that opens in any browser.

use std::fmt::Write as _;

use twin::{
    jiff::{
        Span,
        civil::{Date, Weekday},
    },
    scenario::ClosureKind,
    works::{Calendar, Conflict, Work},
};

use crate::{
    Language,
    page::escaped,
    table::conflict_line,
    words::{say, word},
};

/// Weeks that a line of text has room for.
const WEEKS: i32 = 110;
/// Letters of a label in text.
const LABEL: usize = 34;
/// Works that are drawn as text; the page has all.
const ROWS: usize = 60;
/// Width of a day in the drawing.
const DAY_PX: f64 = 2.6;
/// Height of a row in the drawing.
const ROW_PX: f64 = 18.0;
/// Width of the labels in the drawing.
const LABELS_PX: f64 = 300.0;
/// Days that are drawn at most.
const DAYS: i32 = 1500;

/// First and last day of each work.
type Dates = [Option<(Date, Date)>];

/// Bars by week: `█` works, `░` room to shift them, `▓` a week with a conflict.
#[must_use]
pub fn text(calendar: &Calendar, days: &Dates, conflicts: &[Conflict], language: Language) -> String {
    let Some((first, last)) = extent(calendar, days) else { return String::new() };
    let monday = monday_of(first);
    let n_weeks = (between(monday, last) / 7 + 1).min(WEEKS);
    let mut out = format!("{}{}\n", " ".repeat(LABEL + 2), months(monday, n_weeks, language));
    let order = by_begin(days);
    for &work in order.iter().take(ROWS) {
        let planned = &calendar.works[work];
        let clashes: Vec<(Date, Date)> =
            conflicts.iter().filter(|found| found.works.contains(&work)).map(|found| (found.from, found.to)).collect();
        let mut bar = String::new();
        for week in 0..n_weeks {
            let week = (plus(monday, 7 * week), plus(monday, 7 * week + 6));
            let open = days[work].is_some_and(|days| meets(days, week));
            bar.push(match (open, open && clashes.iter().any(|&days| meets(days, week)), in_window(planned, week)) {
                (true, true, _) => '▓',
                (true, false, _) => '█',
                (false, _, true) => '░',
                (false, _, false) => ' ',
            });
        }
        let _ = writeln!(out, "{}  {}", fitted(&format!("{} {}", planned.key, planned.label())), bar.trim_end());
    }
    if order.len() > ROWS {
        let n = language.number((order.len() - ROWS) as f64, 0);
        let _ = writeln!(out, "{}", say(language, "works-more", &[("n", &n)]));
    }
    let _ = writeln!(out, "{}", word(language, "works-gantt-key"));
    out
}

/// A page with one drawing per schedule and the conflicts below; nothing in it comes from elsewhere.
#[must_use]
pub fn html(
    title: &str,
    calendar: &Calendar,
    schedules: &[(String, &Dates)],
    conflicts: &[Conflict],
    language: Language,
) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
        language.code(),
        escaped(title),
        escaped(title)
    );
    for (name, days) in schedules {
        let _ = writeln!(
            page,
            "<h2>{}</h2>\n<div class=\"chart\">{}</div>",
            escaped(name),
            svg(calendar, days, conflicts, language)
        );
    }
    if !conflicts.is_empty() {
        let _ = writeln!(page, "<h2>{} ({})</h2>\n<ul>", escaped(&word(language, "works-conflicts")), conflicts.len());
        for conflict in conflicts {
            let kind = word(language, &format!("conflict-{}", conflict.kind.name()));
            let line = conflict_line(calendar, conflict, language);
            let _ = writeln!(page, "<li><b>{}</b>: {}</li>", escaped(&kind), escaped(&line));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

const STYLE: &str = "body{font:14px system-ui,sans-serif;margin:2em;color:#222}.chart{overflow-x:auto}svg text{font:11px system-ui,sans-serif;fill:#222}li{margin:.2em 0}";

/// A drawing of a schedule: a row per work, bars by day, the room to shift in gray, conflicts as a dark line.
#[must_use]
pub fn svg(calendar: &Calendar, days: &Dates, conflicts: &[Conflict], language: Language) -> String {
    let Some((first, last)) = extent(calendar, days) else { return String::new() };
    let n_days = (between(first, last) + 1).min(DAYS);
    let order = by_begin(days);
    let (width, height) = (LABELS_PX + DAY_PX * f64::from(n_days) + 10.0, ROW_PX * (order.len() as f64 + 1.5));
    let x = |day: Date| LABELS_PX + DAY_PX * f64::from(between(first, day).clamp(0, n_days));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n"
    );
    let mut month = first.first_of_month();
    while between(month, last) >= 0 && between(first, month) < n_days {
        if month >= first {
            let at = x(month);
            let _ = writeln!(out, "<path d=\"M{at:.1} {ROW_PX:.0}V{height:.0}\" stroke=\"#ddd\"/>");
            let _ = writeln!(out, "<text x=\"{:.1}\" y=\"12\">{}</text>", at + 3.0, month_name(month, language));
        }
        month = month.saturating_add(Span::new().months(1));
    }
    for (row, &work) in order.iter().enumerate() {
        let planned = &calendar.works[work];
        let top = ROW_PX * (row as f64 + 1.2);
        let label = escaped(&format!("{} {}", planned.key, planned.label()).chars().take(46).collect::<String>());
        let _ = writeln!(out, "<text x=\"0\" y=\"{:.1}\">{label}</text>", top + 11.0);
        let mut bar = |(from, to): (Date, Date), inset: f64, color: &str, title: &str| {
            let (left, right) = (x(from), x(plus(to, 1)));
            let _ = writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{color}\"><title>{}</title></rect>",
                top + inset,
                (right - left).max(0.0),
                ROW_PX - 4.0 - 2.0 * inset,
                escaped(title)
            );
        };
        if let Some(window) = window(planned).filter(|_| !planned.fixed) {
            bar(window, 4.0, "#d9dde2", &label_of(window, language));
        }
        if let Some(days) = days[work] {
            bar(days, 0.0, color(planned.closure.kind), &label_of(days, language));
        }
        for found in conflicts.iter().filter(|found| found.works.contains(&work)) {
            bar((found.from, found.to), 5.5, "#4a1020", &word(language, &format!("conflict-{}", found.kind.name())));
        }
    }
    out.push_str("</svg>");
    out
}

const fn color(kind: ClosureKind) -> &'static str {
    match kind {
        ClosureKind::Full => "#c0392b",
        ClosureKind::Half => "#e08e2b",
        ClosureKind::OneWay => "#7d6bb0",
        ClosureKind::Lanes => "#3b7dd8",
        ClosureKind::Narrowed => "#7a6fb5",
    }
}

fn label_of((from, to): (Date, Date), language: Language) -> String {
    say(language, "works-period", &[("from", &language.date(from)), ("to", &language.date(to))])
}

/// Works with dates, by begin.
fn by_begin(days: &Dates) -> Vec<usize> {
    let mut order: Vec<usize> = (0..days.len()).filter(|&work| days[work].is_some()).collect();
    order.sort_by_key(|&work| (days[work], work));
    order
}

/// First and last day of anything, windows included.
fn extent(calendar: &Calendar, days: &Dates) -> Option<(Date, Date)> {
    let of = |work: usize| {
        let days = days.get(work).copied().flatten()?;
        let window = window(&calendar.works[work]).unwrap_or(days);
        Some((days.0.min(window.0), days.1.max(window.1)))
    };
    (0..calendar.works.len()).filter_map(of).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn window(work: &Work) -> Option<(Date, Date)> {
    let (from, to) = work.days()?;
    Some((work.earliest.unwrap_or(from), work.latest.unwrap_or(to)))
}

fn in_window(work: &Work, week: (Date, Date)) -> bool {
    !work.fixed && window(work).is_some_and(|window| meets(window, week))
}

fn meets(a: (Date, Date), b: (Date, Date)) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

fn plus(day: Date, n: i32) -> Date {
    day.saturating_add(Span::new().days(n))
}

fn between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

fn monday_of(day: Date) -> Date {
    plus(day, -i32::from(day.weekday().since(Weekday::Monday)))
}

/// Names of the months above the weeks in which they begin.
fn months(monday: Date, n_weeks: i32, language: Language) -> String {
    let mut line: Vec<char> = vec![' '; n_weeks.max(0) as usize];
    let mut free_from = 0;
    for week in 0..n_weeks {
        let days = (0..7).map(|day| plus(monday, 7 * week + day));
        let Some(first) = days.into_iter().find(|day| day.day() == 1) else { continue };
        let name: Vec<char> = month_name(first, language).chars().take(3).collect();
        let at = week as usize;
        if at >= free_from && at + name.len() <= line.len() {
            line[at..at + name.len()].copy_from_slice(&name);
            free_from = at + name.len() + 1;
        }
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}

fn month_name(day: Date, language: Language) -> &'static str {
    const DE: [&str; 12] = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];
    const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index = usize::try_from(day.month() - 1).unwrap_or(0);
    match language {
        Language::De => DE[index],
        Language::En => EN[index],
    }
}

/// A label of fixed width.
fn fitted(label: &str) -> String {
    let n = label.chars().count();
    if n <= LABEL {
        return format!("{label}{}", " ".repeat(LABEL - n));
    }
    format!("{}…", label.chars().take(LABEL - 1).collect::<String>())
}

#[cfg(test)]
mod tests {
    use twin::{
        jiff::civil::date,
        scenario::{Closure, RoadTarget},
        works::ConflictKind,
    };

    use super::*;

    fn calendar() -> Calendar {
        let work = |key: &str, name: &str, from: Date, to: Date| {
            let closure = Closure { from: Some(from), to: Some(to), ..Closure::on(RoadTarget::Key("way/1".into())) };
            Work { name: Some(name.to_owned()), ..Work::new(key, closure) }
        };
        let mut first = work("1", "Kanal <Nord> & Süd", date(2026, 1, 5), date(2026, 1, 23));
        first.latest = Some(date(2026, 2, 6));
        Calendar { works: vec![work("2", "Gas", date(2026, 1, 19), date(2026, 3, 6)), first], ..Calendar::default() }
    }

    #[test]
    fn weeks_are_drawn_by_begin_with_room_and_conflicts() {
        let calendar = calendar();
        let days: Vec<_> = calendar.works.iter().map(Work::days).collect();
        let conflict = Conflict {
            kind: ConflictKind::SameSection,
            works: vec![0, 1],
            from: date(2026, 1, 19),
            to: date(2026, 1, 23),
            amount: None,
            subject: None,
            free_from: None,
        };
        let text = text(&calendar, &days, &[conflict], Language::De);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("   Feb"), "{text}");
        assert!(lines[1].starts_with("1 Kanal") && lines[1].ends_with("██▓░░"), "{text}");
        assert!(lines[2].starts_with("2 Gas") && lines[2].ends_with("  ▓██████"), "{text}");
    }

    #[test]
    fn the_page_is_whole_and_escaped() {
        let calendar = calendar();
        let days: Vec<_> = calendar.works.iter().map(Work::days).collect();
        let page = html("Plan & mehr", &calendar, &[("vorher".to_owned(), &days)], &[], Language::De);
        assert!(page.contains("Kanal &lt;Nord&gt; &amp; Süd") && page.contains("Plan &amp; mehr"));
        assert_eq!(page.matches("<rect").count(), 3 + 1, "two bars and two windows");
        assert!(page.ends_with("</html>\n"));
        assert!(!page.contains("src=") && !page.contains("href="), "nothing comes from elsewhere");
        assert_eq!(html("leer", &Calendar::default(), &[], &[], Language::En).matches("<rect").count(), 0);
    }
}
