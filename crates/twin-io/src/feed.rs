//! Feeds of works, in and out: WZDx and DATEX II.
//!
//! | format | read | written |
//! |---|---|---|
//! | WZDx (Work Zone Data Exchange) 4.0 to 4.2, WorkZoneFeed | [`read`] | [`wzdx::write`] |
//! | DATEX II 2.x, SituationPublication | [`read`] | [`datex2::write`] |
//! | DATEX II 3.x, SituationPublication, TrafficRegulationPublication | [`read`] | [`datex2::write`] (SituationPublication) |
//!
//! What is read becomes works of a calendar, each on the streets of a twin: lines of the feed are followed through the
//! streets, so that another map beneath the feed does no harm. Every record of a feed becomes a work or a finding with its
//! identifier; [`Feed::tally`] counts them.
//!
//! # References
//! USDOT: Work Zone Data Exchange 4.2, 2023, <https://github.com/usdot-jpo-ode/wzdx>. CEN/TS 16157-2 and -3: DATEX II data
//! exchange specifications, location referencing and situation publication, <https://datex2.eu>.

pub mod datex2;
mod event;
mod place;
mod time;
mod write;
pub mod wzdx;

use std::{fs, path::Path};

use jiff::{Timestamp, civil::Date};
use twin::{Finding, Findings, Twin, works::Work};

pub use write::{Exported, PlacedLine, PlacedWork};

use crate::{Tally, atomic};

/// What was read from a feed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// `WZDx 4.2`, `DATEX II 3`.
    pub format: String,
    /// The works on streets of the town, in the order of the feed.
    pub works: Vec<Work>,
    /// What was left out, assumed or exchanged; no errors among them.
    pub findings: Findings,
    /// How many records there were, and what became of them.
    pub tally: Tally,
}

/// Choices of reading a feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Works that ended before this day are left out; none where absent.
    pub today: Option<Date>,
}

/// What a feed says about itself.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Who publishes it.
    pub publisher: String,
    /// Country of the publisher, ISO 3166-1 alpha-2, small letters.
    pub country: String,
    /// When.
    pub time: Timestamp,
}

/// Reads a feed; which format it is, is told by its content.
///
/// # Errors
/// The file is missing, damaged, or no feed of works; the twin has no reference system. What is wrong with single records
/// is among the findings of the feed.
pub fn read(path: &Path, twin: &Twin, options: ReadOptions) -> Result<Feed, Findings> {
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    parse(&bytes, &path.display().to_string(), twin, options)
}

/// Reads the bytes of a feed; `file` is its name in findings.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], file: &str, twin: &Twin, options: ReadOptions) -> Result<Feed, Findings> {
    let with_file = |findings: Findings| {
        Findings(findings.into_iter().map(|f| if f.file.is_some() { f } else { f.with_file(file) }).collect())
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let read = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => wzdx::read(bytes, twin, options),
        Some(b'<') => datex2::read(bytes, twin, options),
        None => Err(Finding::error("empty-file", "The file is empty.").with_help(READ).into()),
        Some(_) => Err(not_a_feed(bytes).into()),
    };
    match read {
        Ok(mut feed) => {
            feed.findings = with_file(feed.findings);
            Ok(feed)
        }
        Err(findings) => Err(with_file(findings)),
    }
}

/// Writes the text of a feed.
///
/// # Errors
/// Where the system refuses; an older file stands as it was then.
pub fn write_file(text: &str, path: &Path) -> Result<(), Findings> {
    atomic::write_file(path, |temporary| {
        fs::write(temporary, text).map_err(|error| atomic::write_finding(path, &error).into())
    })
}

/// The formats that are read, for messages.
const READ: &str = "Feeds that are read: WZDx 4 work zone feeds (GeoJSON), DATEX II 2 and 3 situation and traffic regulation publications (XML).";

fn not_a_feed(bytes: &[u8]) -> Finding {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let (what, help) = match bytes {
        _ if utf16 => ("UTF-16 text", "Save it as UTF-8."),
        [0x1f, 0x8b, ..] => ("a gzip archive", "Unpack it first."),
        [b'P', b'K', ..] => ("a ZIP archive", "Unpack it first; GTFS is read by `stadtwin import`."),
        _ => ("neither JSON nor XML", ""),
    };
    Finding::error("unknown-format", format!("The file is {what}, not a feed of works."))
        .with_help(format!("{help} {READ}").trim_start().to_owned())
}
