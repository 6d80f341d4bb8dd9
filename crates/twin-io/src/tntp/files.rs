//! Which file is which: by content, and by name for those that lie beside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use twin::{Finding, Findings};

use super::text::File;
use crate::{atomic::read_finding, fingerprint::fingerprint};

/// The files of one instance.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) net: File,
    pub(super) trips: Option<File>,
    pub(super) node: Option<File>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Net,
    Trips,
    Node,
}

/// Whether a text, its first lines suffice, is a net file.
#[must_use]
pub fn looks_like_net(text: &str) -> bool {
    kind(text) == Some(Kind::Net)
}

/// Whether a text, its first lines suffice, is a trip table.
#[must_use]
pub fn looks_like_trips(text: &str) -> bool {
    kind(text) == Some(Kind::Trips)
}

/// Whether a text, its first lines suffice, is a file of node coordinates.
#[must_use]
pub fn looks_like_nodes(text: &str) -> bool {
    kind(text) == Some(Kind::Node)
}

/// What a text is, by its first lines that are no comments.
fn kind(text: &str) -> Option<Kind> {
    let mut has_metadata = false;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.is_empty() || line.starts_with('~') {
            continue;
        }
        if let Some((name, _)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
            match name.as_str() {
                "NUMBER OF LINKS" | "NUMBER OF NODES" | "FIRST THRU NODE" => return Some(Kind::Net),
                "TOTAL OD FLOW" => return Some(Kind::Trips),
                "NUMBER OF ZONES" | "END OF METADATA" => has_metadata = true,
                _ => {}
            }
            continue;
        }
        let mut words = line.split_whitespace().map(str::to_lowercase);
        let first = [words.next(), words.next(), words.next()];
        let first = first.each_ref().map(|word| word.as_deref().unwrap_or_default());
        return match first {
            ["origin", number, _] if number.parse::<u64>().is_ok() => Some(Kind::Trips),
            ["node", "x", "y" | "y;"] => Some(Kind::Node),
            _ if has_metadata => Some(Kind::Net),
            _ => None,
        };
    }
    has_metadata.then_some(Kind::Net)
}

/// Reads the files and finds those that were not named beside the others.
pub(super) fn gather(paths: &[PathBuf]) -> Result<Files, Findings> {
    let mut found: [Option<(File, PathBuf)>; 3] = [None, None, None];
    let mut findings = Findings::default();
    for path in paths {
        match open(path) {
            Ok((kind, file)) => match &mut found[kind as usize] {
                Some((other, _)) => findings.push(two_of_a_kind(kind, &other.shown, &file.shown)),
                slot => *slot = Some((file, path.clone())),
            },
            Err(finding) => findings.push(finding),
        }
    }
    let named = found.iter().flatten().map(|(_, path)| path.clone()).next();
    for kind in [Kind::Net, Kind::Trips, Kind::Node] {
        let (None, Some(named)) = (&found[kind as usize], &named) else { continue };
        if let Some(path) = beside(named, kind) {
            match open(&path) {
                Ok((is, file)) if is == kind => found[kind as usize] = Some((file, path)),
                Ok((_, file)) => findings.push(
                    Finding::warning(
                        "other-content",
                        format!("`{}` is not what its name says; it is left out.", file.shown),
                    )
                    .with_file(file.shown),
                ),
                Err(finding) => findings.push(finding),
            }
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let [net, trips, node] = found.map(|slot| slot.map(|(file, _)| file));
    match net {
        Some(net) => Ok(Files { net, trips, node }),
        None => Err(Finding::error("missing-file", "There is no net file (`*_net.tntp`).")
            .with_help("Name the net file, too, or put it beside the trip table.")
            .with_file(paths.first().map_or_else(String::new, |path| path.display().to_string()))
            .into()),
    }
}

fn open(path: &Path) -> Result<(Kind, File), Finding> {
    let bytes = fs::read(path).map_err(|error| read_finding(path, &error))?;
    let shown = path.display().to_string();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some(kind) = kind(&text) else {
        return Err(Finding::error("unknown-format", format!("`{shown}` is not a TNTP net, trip or node file."))
            .with_help("A net file begins with `<NUMBER OF ZONES>`, a trip table with `<NUMBER OF ZONES>` and `<TOTAL OD FLOW>`.")
            .with_file(shown));
    };
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok((kind, File { shown, name, text, hash: fingerprint(&bytes) }))
}

fn two_of_a_kind(kind: Kind, first: &str, second: &str) -> Finding {
    let noun = match kind {
        Kind::Net => "net files",
        Kind::Trips => "trip tables",
        Kind::Node => "node files",
    };
    Finding::error("two-of-a-kind", format!("`{first}` and `{second}` are both {noun}."))
        .with_help("Import one network at a time.")
        .with_file(second)
}

/// The file of a kind that belongs to a file of another kind: same folder, same name but for the last word.
fn beside(path: &Path, kind: Kind) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let stem = stem(name);
    let words: &[&str] = match kind {
        Kind::Net => &["net"],
        Kind::Trips => &["trips", "trip"],
        Kind::Node => &["node", "nodes"],
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut names: Vec<String> =
        fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    words.iter().find_map(|word| {
        let wanted = format!("{stem}_{word}.tntp");
        let found = names
            .iter()
            .find(|name| **name == wanted)
            .or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case(&wanted)));
        found.map(|name| path.with_file_name(name))
    })
}

/// `Anaheim` of `Anaheim_net.tntp`.
pub(super) fn stem(name: &str) -> &str {
    let base = name.rsplit_once('.').map_or(name, |(base, _)| base);
    match base.rsplit_once('_') {
        Some((stem, word))
            if ["net", "trips", "trip", "node", "nodes"].iter().any(|known| word.eq_ignore_ascii_case(known)) =>
        {
            stem
        }
        _ => base,
    }
}
