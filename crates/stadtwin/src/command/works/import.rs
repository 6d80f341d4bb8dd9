//! `stadtwin works import`: feeds of works become a calendar.

use std::collections::BTreeSet;

use serde_json::json;
use twin::{
    Finding, Findings, Key, Watch as _,
    jiff::{Timestamp, tz::TimeZone},
    works::{Calendar, Work},
};
use twin_io::feed::{self, Feed, ReadOptions};
use twin_present::words::{say, word};

use super::place::{placed, softened};
use crate::{Ending, arguments, command::load, output::Output, progress::Progress};

/// Reads feeds, puts their works on the streets of the town, and writes them as a calendar.
pub(crate) fn import(
    arguments: &arguments::WorksImport,
    output: &Output,
    progress: &Progress,
) -> Result<Ending, Findings> {
    let (twin, _) = load(std::slice::from_ref(&arguments.twin), progress)?;
    let today = arguments.today.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date());
    let options = ReadOptions { today: (!arguments.expired).then_some(today) };
    let mut wrong = Findings::default();
    let mut feeds: Vec<(String, Feed)> = Vec::new();
    for path in &arguments.feeds {
        match feed::read(path, &twin, options) {
            Ok(read) => feeds.push((path.display().to_string(), read)),
            Err(findings) => wrong.extend(findings),
        }
    }
    if wrong.has_errors() {
        return Err(wrong);
    }
    let mut findings = Findings::default();
    let mut works: Vec<Work> = Vec::new();
    let mut known: BTreeSet<Key> = BTreeSet::new();
    let n_works: usize = feeds.iter().map(|(_, feed)| feed.works.len()).sum();
    for (file, feed) in &mut feeds {
        findings.extend(std::mem::take(&mut feed.findings));
        for work in &feed.works {
            progress.progress("works-placed", works.len() as u64, n_works as u64);
            if progress.is_cancelled() {
                return Ok(Ending::Interrupted);
            }
            let (closure, told) = placed(&twin, work);
            findings.extend(told.into_iter().map(softened).map(|finding| finding.with_file(file.clone())));
            if closure.is_none() {
                let finding = Finding::warning(
                    "work-not-placed",
                    "The work cannot be put on the streets of the town: it is left out.",
                );
                let finding = finding.with_help("What stands in its way is told above.").with_file(file.clone());
                findings.push(finding.with_key(work.key.clone()));
                continue;
            }
            works.push(Work { key: unique(&work.key, &mut known, &mut findings), ..work.clone() });
        }
    }
    let calendar = Calendar { name: twin.name.clone(), works, ..Calendar::default() };
    twin_io::works::write_file(&calendar, &twin, &arguments.output)?;
    progress.finish();
    output.value(&json!({
        "status": "ok",
        "calendar": arguments.output.display().to_string(),
        "works": calendar.works.len(),
        "feeds": feeds.iter().map(|(file, feed)| feed_json(file, feed)).collect::<Vec<_>>(),
        "findings": findings,
    }));
    output.text(&report(&feeds, calendar.works.len(), arguments, output));
    output.findings(&findings);
    Ok(Ending::Fine)
}

/// A key that no work of another feed has.
fn unique(key: &Key, known: &mut BTreeSet<Key>, findings: &mut Findings) -> Key {
    if known.insert(key.clone()) {
        return key.clone();
    }
    let own = (2..).map(|n| Key::new(format!("{key}#{n}"))).find(|own| known.insert(own.clone()));
    let own = own.expect("because keys are finite and numbers are not");
    let finding = Finding::warning("duplicate-id", format!("Two feeds have a work {key}; the second is called {own}."));
    findings.push(finding.with_help("Leave one of the feeds out if it is the same work.").with_key(own.clone()));
    own
}

fn feed_json(file: &str, feed: &Feed) -> serde_json::Value {
    let (mut records, mut kept) = (0, 0);
    let mut left_out = serde_json::Map::new();
    for count in feed.tally.kinds.values() {
        records += count.source;
        kept += count.kept;
        for (reason, n) in &count.dropped {
            left_out.insert((*reason).to_owned(), json!(n));
        }
    }
    json!({ "file": file, "format": feed.format, "records": records, "works": kept, "left_out": left_out })
}

fn report(feeds: &[(String, Feed)], n_works: usize, arguments: &arguments::WorksImport, output: &Output) -> String {
    let language = output.language;
    let count = |n: u64| language.number(n as f64, 0);
    let mut text = String::new();
    for (file, feed) in feeds {
        text.push_str(&format!("{file} ({})\n", feed.format));
        for (kind, tally) in &feed.tally.kinds {
            let label = word(language, &format!("feed-{}", kind.replace(' ', "-")));
            text.push_str(&format!("  {:>8}  {label}\n", count(tally.source)));
            text.push_str(&format!("  {:>8}  {}\n", count(tally.kept), word(language, "feed-works")));
            for (reason, n) in &tally.dropped {
                let reason = word(language, &format!("left-out-{}", reason.replace(' ', "-")));
                text.push_str(&format!(
                    "  {:>8}  {}\n",
                    count(*n),
                    say(language, "feed-left-out", &[("reason", &reason)])
                ));
            }
        }
    }
    let file = arguments.output.display().to_string();
    text.push_str(&say(language, "works-imported", &[("n", &count(n_works as u64)), ("file", &file)]));
    text.push_str("\n\n");
    text
}
