//! The trip table: blocks `Origin 5` of entries `7 : 12.5;`.

use twin::{Finding, Findings};

use super::text::{Complaints, File, Parts, Word, words};

/// Trips of the file as they stand in it: origin and destination from 0, trips, finite and not negative.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entries {
    pub(super) entries: Vec<(u32, u32, f64)>,
    /// Entries without trips.
    pub(super) n_zero: u64,
    /// Trips within a zone.
    pub(super) intrazonal: f64,
}

/// What is read next.
#[derive(Clone, Copy, Debug)]
enum Expect<'a> {
    Destination,
    Colon(Word<'a>),
    Trips(Word<'a>),
    End,
    Origin(Word<'a>),
    /// Something was wrong: what comes is left out up to the end of the entry.
    Recovery,
}

/// Greatest number of a zone where neither network nor header says how many there are.
const MOST_ZONES: usize = 1_000_000_000;

/// Parses a trip table of a network with so many zones, or of one that is not known. With an error among the findings the
/// result is incomplete.
pub(super) fn parse(file: &File, n_zones: Option<usize>, findings: &mut Findings) -> Entries {
    let mut complaints = Complaints::of(file, findings);
    let parts = Parts::of(file, &mut complaints);
    let n_zones = check_n_zones(&parts, n_zones, &mut complaints);
    let mut reader = Reader { n_zones, complaints, origin: None, expect: Expect::Destination, out: Entries::default() };
    for &(line, row) in &parts.rows {
        for word in words(line, row) {
            reader.word(word);
        }
    }
    let Reader { out, mut complaints, expect, .. } = reader;
    if let Expect::Colon(word) | Expect::Trips(word) | Expect::Origin(word) = expect {
        complaints.push(
            Finding::error("unexpected-end", "The file ends within an entry.")
                .with_help("The file may be cut off; take a complete one.")
                .with_position(word.line, word.column),
        );
    }
    check_repeated(&out, &mut complaints);
    let total = parts.number("TOTAL OD FLOW", &mut complaints);
    if !complaints.has_errors() {
        check_total(&out, total, &parts, &mut complaints);
    }
    out
}

struct Reader<'a, 'f> {
    n_zones: usize,
    complaints: Complaints<'f>,
    /// Origin of the block, from 0; nothing before the first block or where it is wrong.
    origin: Option<Option<u32>>,
    expect: Expect<'a>,
    out: Entries,
}

impl<'a> Reader<'a, '_> {
    fn word(&mut self, word: Word<'a>) {
        if word.text.eq_ignore_ascii_case("origin") && !matches!(self.expect, Expect::Colon(_) | Expect::Trips(_)) {
            self.expect = Expect::Origin(word);
            return;
        }
        self.expect = match (self.expect, word.text) {
            (Expect::Destination | Expect::End | Expect::Recovery, ";") => Expect::Destination,
            (Expect::Recovery, _) => Expect::Recovery,
            (Expect::Origin(_), _) => {
                let origin = self.complaints.numbered(word, "Origin", "zone", self.n_zones);
                self.origin = Some(origin.map(|zone| zone as u32));
                Expect::Destination
            }
            // The semicolon after an entry may be missing at the end of a line.
            (Expect::Destination | Expect::End, text) if text != ":" => Expect::Colon(word),
            (Expect::Colon(destination), ":") => Expect::Trips(destination),
            (Expect::Trips(destination), text) if text != ":" && text != ";" => {
                self.entry(destination, word);
                Expect::End
            }
            _ => {
                self.unexpected(word);
                if word.text == ";" { Expect::Destination } else { Expect::Recovery }
            }
        };
    }

    fn entry(&mut self, destination: Word<'a>, trips: Word<'a>) {
        let Some(origin) = self.origin else {
            self.complaints.push(
                Finding::error("missing-origin", "There are trips before the first `Origin`.")
                    .with_help("Each block begins with a line such as `Origin 1`.")
                    .with_position(destination.line, destination.column),
            );
            return;
        };
        let to = self.complaints.numbered(destination, "destination", "zone", self.n_zones);
        let trips = self.complaints.positive(trips, "trips");
        let (Some(origin), Some(to), Some(trips)) = (origin, to, trips) else { return };
        let to = to as u32;
        if trips == 0.0 {
            self.out.n_zero += 1;
        } else if origin == to {
            self.out.intrazonal += trips;
        }
        self.out.entries.push((origin, to, trips));
    }

    fn unexpected(&mut self, word: Word<'a>) {
        self.complaints.push(
            Finding::error("unexpected-text", format!("`{}` is not expected here.", word.text))
                .with_help("Trips are written as `destination : trips;` in blocks that begin with `Origin 1`.")
                .with_position(word.line, word.column),
        );
    }
}

/// The number of zones: that of the network, else that of the file.
fn check_n_zones(parts: &Parts<'_>, n_zones: Option<usize>, complaints: &mut Complaints<'_>) -> usize {
    const NAME: &str = "NUMBER OF ZONES";
    let own = parts.count(NAME, complaints);
    if let (Some(own), Some(n_zones)) = (own, n_zones)
        && own != n_zones
    {
        complaints.push(
            Finding::error("wrong-count", format!("<{NAME}> is {own} here, but {n_zones} in the net file."))
                .with_help("Take the trip table that belongs to the network.")
                .with_field(NAME)
                .with_position(parts.line(NAME), 1),
        );
    }
    n_zones.or(own).map_or(MOST_ZONES, |n_zones| n_zones.min(MOST_ZONES))
}

fn check_repeated(out: &Entries, complaints: &mut Complaints<'_>) {
    let mut pairs: Vec<(u32, u32)> =
        out.entries.iter().map(|&(origin, destination, _)| (origin, destination)).collect();
    pairs.sort_unstable();
    let mut told = None;
    for pair in pairs.windows(2) {
        if pair[0] == pair[1] && told != Some(pair[0]) {
            told = Some(pair[0]);
            let (origin, destination) = pair[0];
            complaints.push(Finding::warning(
                "repeated-pair",
                format!(
                    "The trips from zone {} to zone {} are given more than once; they add up.",
                    origin + 1,
                    destination + 1
                ),
            ));
        }
    }
}

fn check_total(out: &Entries, total: Option<f64>, parts: &Parts<'_>, complaints: &mut Complaints<'_>) {
    const NAME: &str = "TOTAL OD FLOW";
    let sum: f64 = out.entries.iter().map(|&(_, _, trips)| trips).sum();
    if let Some(total) = total.filter(|total| (total - sum).abs() > 1e-6 * sum.max(*total)) {
        complaints.push(
            Finding::warning("wrong-total", format!("<{NAME}> is {total}, but the trips of the file sum up to {sum}."))
                .with_help("Check whether the trip table is complete; the trips of the file are used.")
                .with_field(NAME)
                .with_position(parts.line(NAME), 1),
        );
    }
    if sum == 0.0 {
        complaints.push(Finding::warning("no-demand", "There are no trips in the file."));
    }
}
