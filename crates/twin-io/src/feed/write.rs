//! What the writers of both formats have in common.

use geo_types::{Coord, LineString};
use jiff::civil::Date;
use twin::{Finding, Findings, Key, road::Modes, scenario::Closure, works::Work};

use crate::project::Projector;

/// A work and where it lies.
#[derive(Clone, Debug)]
pub struct PlacedWork {
    /// The work.
    pub work: Work,
    /// Its name on the map.
    pub street: Option<String>,
    /// Lines along the street, in the twin's CRS: several where carriageways are apart.
    pub lines: Vec<PlacedLine>,
}

/// A line of a work.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedLine {
    /// Along the street, in the twin's CRS.
    pub line: LineString<f64>,
    /// Whether vehicles may drive there in the direction of the line only.
    pub one_way: bool,
}

/// A feed as it was written.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The text of the file.
    pub text: String,
    /// Works that are in it.
    pub n_works: usize,
    /// What the format cannot say, and works that are left out.
    pub findings: Findings,
}

/// A line of a work, ready to be written.
pub(super) struct Part<'a> {
    /// Identifier in the feed: the key without the feed's own prefix, numbered from the second line on.
    pub(super) id: String,
    pub(super) work: &'a Work,
    pub(super) street: Option<&'a str>,
    /// Longitude and latitude, degrees.
    pub(super) line_wgs84: Vec<Coord<f64>>,
    pub(super) one_way: bool,
    pub(super) from: Date,
    /// Nothing where the end is open.
    pub(super) to: Option<Date>,
}

/// What a format can say beside the closure itself.
pub(super) struct Means {
    /// `wzdx`, `datex2`.
    pub(super) prefix: &'static str,
    pub(super) name: &'static str,
    /// Whether the end may be open.
    pub(super) open_end: bool,
    /// Whether it can let residents pass.
    pub(super) residents: bool,
}

/// The lines of all works that can be written.
pub(super) fn parts<'a>(
    works: &'a [PlacedWork],
    means: &Means,
    projector: &Projector,
    findings: &mut Findings,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for placed in works {
        let work = &placed.work;
        let tell = |finding: Finding| finding.with_key(work.key.clone());
        let closure = &work.closure;
        let (Some(from), true) = (closure.from, closure.to.is_some() || means.open_end) else {
            let missing = if closure.from.is_none() { "first" } else { "last" };
            let finding = Finding::warning(
                "dates-missing",
                format!("The work has no {missing} day, which {} needs: it is left out.", means.name),
            );
            findings.push(tell(finding.with_help("Give `from` and `to`.")));
            continue;
        };
        if closure.to.is_some_and(|to| to < from) {
            let finding = Finding::warning("dates-reversed", "The work ends before it begins: it is left out.");
            findings.push(tell(finding.with_help("Exchange `from` and `to`.")));
            continue;
        }
        if placed.lines.is_empty() {
            let finding = Finding::warning("line-missing", "The work lies on no street: it is left out.");
            findings.push(tell(finding.with_help("Name a street, a road key or a line.")));
            continue;
        }
        let unsaid = unsaid(work, means);
        if !unsaid.is_empty() {
            let message = format!("{} cannot say: {}. The work is written without.", means.name, unsaid.join(", "));
            findings.push(tell(
                Finding::note("not-said-in-format", message)
                    .with_help("Pass the calendar on beside the feed where that matters."),
            ));
        }
        for (index, line) in placed.lines.iter().enumerate() {
            let line_wgs84: Vec<Coord<f64>> =
                line.line.0.iter().filter_map(|at| projector.wgs84_from_local(*at).ok()).map(rounded).collect();
            if line_wgs84.len() != line.line.0.len() || line_wgs84.len() < 2 {
                let finding = Finding::warning(
                    "position-outside-crs",
                    "A line of the work has no longitude and latitude: it is left out.",
                );
                findings.push(tell(finding.with_help("Check the reference system of the twin.")));
                continue;
            }
            let own = id_of(&work.key, means.prefix);
            let id = if index == 0 { own.to_owned() } else { format!("{own}~{}", index + 1) };
            let street = placed.street.as_deref();
            parts.push(Part { id, work, street, line_wgs84, one_way: line.one_way, from, to: closure.to });
        }
    }
    parts
}

/// The identifier in a feed: works that came from one keep theirs.
fn id_of<'k>(key: &'k Key, prefix: &str) -> &'k str {
    let text = key.as_str();
    text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')).filter(|rest| !rest.is_empty()).unwrap_or(text)
}

/// Nine decimals: a tenth of a millimetre.
fn rounded(at: Coord<f64>) -> Coord<f64> {
    let round = |degrees: f64| (degrees * 1e9).round() / 1e9;
    Coord { x: round(at.x), y: round(at.y) }
}

fn unsaid(work: &Work, means: &Means) -> Vec<String> {
    let closure: &Closure = &work.closure;
    let by_residents = if means.residents && closure.exempt_residents { Modes::EMERGENCY } else { Modes::NONE };
    let mut unsaid: Vec<String> =
        closure.exempt.without(by_residents).names().map(|name| format!("exempt {name}")).collect();
    let mut say = |holds: bool, what: &str| {
        if holds {
            unsaid.push(what.to_owned());
        }
    };
    say(closure.exempt_residents && !means.residents, "exempt residents");
    say(closure.side.is_some(), "side");
    say(closure.cycle_s.is_some(), "cycle_s");
    say(work.earliest.is_some(), "earliest");
    say(work.latest.is_some(), "latest");
    say(!work.after.is_empty(), "after");
    say(work.fixed, "fixed");
    say(work.in_holidays, "in_holidays");
    say(work.renewed.is_some(), "renewed");
    unsaid
}
