//! The table after a sweep: the failures that trigger most.

use twin::{Sweep, SweepRow, Twin};

use super::{Page, grid::Grid};
use crate::{
    Language,
    words::{find_word, say, word},
};

/// Criteria that have a column; the files have all.
const SHOWN: usize = 4;

/// The worst rows of a sweep, by its own order and by each further criterion that counts something lost.
#[must_use]
pub fn sweep_table(twin: &Twin, sweep: &Sweep, top: usize, language: Language) -> String {
    let mut page = Page::new(language);
    page.title(&format!(
        "{} · {}",
        twin.name,
        say(language, "sweep-title", &[("each", &kind_word(language, &sweep.each))])
    ));
    if sweep.rows.is_empty() {
        page.line(&word(language, "sweep-none"));
        return page.text;
    }
    let n = language.number(sweep.rows.len() as f64, 0);
    let shown = language.number(sweep.rows.len().min(top) as f64, 0);
    let first = head(language, sweep.criteria.first().copied().unwrap_or_default());
    page.line(&say(language, "sweep-rows", &[("n", &n), ("shown", &shown), ("criterion", &first)]));
    page.grid(&grid(sweep, sweep.rows.iter().take(top), language));
    measures(&mut page, sweep, top);
    // What is ranked by time may hide who loses all access.
    let lost =
        sweep.criteria.iter().position(|name| name.contains("cut_off")).filter(|&at| at > 0 && sweep.each == "road");
    if let Some(lost) = lost {
        let mut rows: Vec<&SweepRow> = sweep.rows.iter().filter(|row| row.values[lost] > Some(0.0)).collect();
        rows.sort_by(|a, b| {
            b.values[lost].partial_cmp(&a.values[lost]).unwrap_or(std::cmp::Ordering::Equal).then(a.rank.cmp(&b.rank))
        });
        if !rows.is_empty() {
            page.heading(&word(language, "sweep-most-cut-off"));
            page.grid(&grid(sweep, rows.into_iter().take(top.div_ceil(2)), language));
        }
    }
    page.text
}

/// What helps, or what breaks first, of the rows shown.
fn measures(page: &mut Page, sweep: &Sweep, top: usize) {
    let language = page.language;
    let told = |row: &SweepRow| Some((row.rank.to_string(), measure(language, row.measure.as_deref()?)));
    let rows: Vec<(String, String)> = sweep.rows.iter().take(top).filter_map(told).collect();
    if rows.is_empty() {
        return;
    }
    let is_hosting = sweep.each == "power_hosting";
    page.heading(&word(language, if is_hosting { "sweep-breaks-first" } else { "sweep-switching" }));
    let mut grid = Grid::left_of(2, 2);
    for (rank, measure) in rows {
        grid.row([rank, measure]);
    }
    page.grid(&grid);
}

/// A measure of the files (`open power_switch/3, close power_switch/107`, `overloaded power_line/5`,
/// `out_of_band power_bus/7`) in words.
fn measure(language: Language, text: &str) -> String {
    let step = |step: &str| {
        let (verb, key) = step.split_once(' ').unwrap_or((step, ""));
        let name = match verb {
            "open" => "power-open",
            "close" => "power-close",
            "overloaded" => return say(language, "power-first-overloaded", &[("key", key)]),
            "out_of_band" => return say(language, "power-first-voltage", &[("key", key)]),
            "not_converged" => return word(language, "power-first-not-converged"),
            _ => return step.to_owned(),
        };
        say(language, name, &[("switch", key)])
    };
    text.split(", ").map(step).collect::<Vec<_>>().join(", ")
}

/// A name of the files in words: `power_transformer/3: heat_pumps` is that of a technology.
fn named(language: Language, each: &str, name: &str) -> String {
    let technology = name.rsplit_once(": ").filter(|_| each == "power_hosting").and_then(|(part, technology)| {
        Some((part, find_word(language, &format!("technology-{}", technology.replace('_', "-")))?))
    });
    technology.map_or_else(|| name.to_owned(), |(part, technology)| format!("{part}: {technology}"))
}

fn kind_word(language: Language, each: &str) -> String {
    find_word(language, &format!("kind-{}", each.replace('_', "-"))).unwrap_or_else(|| each.to_owned())
}

fn grid<'a>(sweep: &Sweep, rows: impl Iterator<Item = &'a SweepRow>, language: Language) -> Grid {
    let criterion = |at: usize| sweep.criteria.get(at).map_or_else(String::new, |name| head(language, name));
    let mut grid = Grid::left_of(2, 2 + SHOWN);
    let [a, b, c, d] = std::array::from_fn(criterion);
    grid.row([word(language, "sweep-rank"), word(language, "sweep-element"), a, b, c, d]);
    for row in rows {
        let figure =
            |at: usize| row.values.get(at).copied().flatten().map_or_else(String::new, |value| figure(language, value));
        let [a, b, c, d] = std::array::from_fn(figure);
        let name = row.name.as_ref().map_or_else(
            || row.key.to_string(),
            |name| format!("{} ({})", named(language, &sweep.each, name), row.key),
        );
        grid.row([row.rank.to_string(), name, a, b, c, d]);
    }
    grid
}

/// Head of a criterion's column.
fn head(language: Language, name: &str) -> String {
    let short = name.rsplit('.').next().unwrap_or(name).replace('_', "-");
    find_word(language, &format!("sweep-{short}")).unwrap_or_else(|| name.to_owned())
}

/// Whole numbers as such, others with as many digits as tell something.
fn figure(language: Language, value: f64) -> String {
    let digits = match value.abs() {
        size if value.fract() == 0.0 || size >= 1000.0 => 0,
        size if size >= 1.0 => 1,
        _ => 3,
    };
    language.number(value, digits)
}
