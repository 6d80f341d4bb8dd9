//! The front door of geodata: what a file is, is told by its content, not by its name.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use twin::{Finding, Findings, Watch};

use crate::{
    ImportOptions, Imported, Tally, atomic, epanet, gpkg, gtfs, inp, matpower, osm, pandapipes, pandapower, tntp,
};

/// The formats that are read, for messages.
const READ: &str = "Formats that are read: OpenStreetMap PBF (*.osm.pbf), TNTP (*_net.tntp, *_trips.tntp), EPANET (*.inp), pandapower (*.json, *.json.gz), pandapipes (*.json), MATPOWER (*.m), twins (*.gpkg), and beside streets GTFS timetables (*.zip or a folder).";

/// Imports geodata files as one twin.
///
/// # Errors
/// A file is missing, empty, of a format that is not read, damaged, or the files do not belong together.
pub fn import(files: &[PathBuf], options: &ImportOptions, watch: &dyn Watch) -> Result<Imported, Findings> {
    let mut findings = Findings::default();
    let mut kinds: Vec<(PathBuf, Kind)> = Vec::new();
    let (timetables, files): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(|path| gtfs::is_feed(path));
    for path in files {
        match expand(path).and_then(|paths| {
            paths.into_iter().map(|path| Ok((path.clone(), kind_of(&path)?))).collect::<Result<Vec<_>, Findings>>()
        }) {
            Ok(found) => kinds.extend(found),
            Err(wrong) => findings.extend(wrong),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    if let (Some(timetable), true) = (timetables.first(), kinds.is_empty()) {
        let finding =
            Finding::error("no-streets", format!("`{}` is a GTFS timetable: it needs streets.", timetable.display()));
        let help = "Import it together with a street map: stadtwin import town.osm.pbf gtfs.zip -o town.gpkg";
        return Err(finding.with_help(help).with_file(timetable.display().to_string()).into());
    }
    let imported = of_one_format(kinds, options, watch)?;
    timetables.into_iter().try_fold(imported, |imported, timetable| gtfs::join(timetable, imported, watch))
}

/// Imports files of one format.
fn of_one_format(
    kinds: Vec<(PathBuf, Kind)>,
    options: &ImportOptions,
    watch: &dyn Watch,
) -> Result<Imported, Findings> {
    match kinds.as_slice() {
        [] => Err(Finding::error("no-file", "There is no file to import.").with_help(READ).into()),
        [(path, Kind::Pbf)] => osm::read_pbf(path, options, watch),
        [(path, Kind::Twin)] => reopened(path, options),
        [(path, Kind::Pandapower)] => {
            let (bytes, text) = text_file(path)?;
            pandapower::read(path, &bytes, &text, options)
        }
        [(path, Kind::Matpower)] => matpower::read(path, &text_file(path)?.1, options),
        [(path, Kind::Pandapipes)] => pandapipes::read(path, options, watch),
        [(path, Kind::Epanet)] => epanet::read(path, options),
        all if all.iter().all(|(_, kind)| *kind == Kind::Tntp) => {
            let paths: Vec<PathBuf> = kinds.into_iter().map(|(path, _)| path).collect();
            tntp::read(&paths, options, watch)
        }
        [(first, kind), others @ ..] => {
            let (path, other) = others.iter().find(|(_, other)| other != kind).unwrap_or(&others[0]);
            let message = format!(
                "`{}` ({}) and `{}` ({}) cannot be imported together.",
                first.display(),
                kind.name(),
                path.display(),
                other.name()
            );
            Err(Finding::error("too-many-files", message)
                .with_help("Import one map file at a time; join extracts first, for example with `osmium merge`.")
                .with_file(path.display().to_string())
                .into())
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pbf,
    Tntp,
    Pandapower,
    Matpower,
    Epanet,
    Twin,
    Pandapipes,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Pbf => "OpenStreetMap PBF",
            Self::Tntp => "TNTP",
            Self::Pandapower => "pandapower",
            Self::Matpower => "MATPOWER",
            Self::Epanet => "EPANET",
            Self::Twin => "twin",
            Self::Pandapipes => "pandapipes",
        }
    }
}

/// A twin that stands already; another reference system would mean another computation.
fn reopened(path: &Path, options: &ImportOptions) -> Result<Imported, Findings> {
    let mut twin = gpkg::read_twin(path)?;
    if let Some(epsg) = options.epsg.filter(|epsg| *epsg != twin.crs.epsg) {
        let message =
            format!("`{}` is a twin in {} already; it cannot become EPSG:{epsg}.", path.display(), twin.crs.name());
        return Err(Finding::error("crs-of-twin", message)
            .with_help("Import its source files again with --crs.")
            .with_file(path.display().to_string())
            .into());
    }
    if let Some(name) = &options.name {
        twin.name.clone_from(name);
    }
    Ok(Imported { twin, findings: Findings::default(), tally: Tally::default() })
}

/// The file itself, or the TNTP files of a folder.
fn expand(path: &Path) -> Result<Vec<PathBuf>, Findings> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| atomic::read_finding(path, &error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let networks: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| file.is_file() && head_of(file).is_ok_and(|head| tntp::looks_like_net(&text_of(&head))))
        .collect();
    if networks.is_empty() {
        let message = format!("`{}` is a folder without a TNTP network.", path.display());
        return Err(Finding::error("not-a-file", message).with_help(READ).with_file(path.display().to_string()).into());
    }
    Ok(networks)
}

fn kind_of(path: &Path) -> Result<Kind, Findings> {
    let shown = path.display();
    let head = head_of(path).map_err(|error| atomic::read_finding(path, &error))?;
    let text = text_of(&head);
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(Kind::Twin);
    }
    if is_pbf(&head) {
        return Ok(Kind::Pbf);
    }
    if tntp::looks_like_net(&text) || tntp::looks_like_trips(&text) || tntp::looks_like_nodes(&text) {
        return Ok(Kind::Tntp);
    }
    if inp::looks_like(&text) || (is_inp(path) && !text.trim().is_empty() && !head.contains(&0)) {
        return Ok(Kind::Epanet);
    }
    let unpacked = if is_gzip(&head) { text_of(&unpacked(&head, 4096)) } else { text };
    if pandapower::looks_like(&unpacked) {
        return Ok(Kind::Pandapower);
    }
    if pandapipes::looks_like(&unpacked) && !is_gzip(&head) {
        return Ok(Kind::Pandapipes);
    }
    if matpower::looks_like(&unpacked) && !is_gzip(&head) {
        return Ok(Kind::Matpower);
    }
    let text = text_of(&head);
    let (looks, help) = looks_like(&head, &text);
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
    // A name that says what the file is surprises nobody.
    let named = extension
        .filter(|extension| !looks.to_lowercase().contains(&extension.to_lowercase()))
        .map_or_else(String::new, |extension| format!(" in spite of its name .{extension}"));
    let (code, message) = if head.is_empty() {
        ("empty-file", format!("`{shown}` is empty."))
    } else {
        ("unknown-format", format!("`{shown}` looks like {looks}{named}, which is not read."))
    };
    let help = if help.is_empty() { READ.to_owned() } else { format!("{help} {READ}") };
    Err(Finding::error(code, message).with_help(help).with_file(shown.to_string()).into())
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// The first bytes of a gzip archive, as many as are there.
fn unpacked(bytes: &[u8], limit: u64) -> Vec<u8> {
    let mut out = Vec::new();
    // A head that is cut off ends in an error; what came before it counts.
    let _ = flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out);
    out
}

/// Most bytes that a gzip archive may unpack to.
const MOST_BYTES: u64 = 2 << 30;

/// The bytes of a file, and its text out of a gzip archive where it is one.
fn text_file(path: &Path) -> Result<(Vec<u8>, String), Findings> {
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    if !is_gzip(&bytes) {
        let text = text_of(&bytes);
        return Ok((bytes, text));
    }
    let mut text = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES).read_to_end(&mut text);
    match read {
        Ok(_) => {
            let text = text_of(&text);
            Ok((bytes, text))
        }
        Err(error) => {
            Err(Finding::error("corrupt-file", format!("`{}` is a damaged gzip archive: {error}.", path.display()))
                .with_help("Fetch the file again.")
                .with_file(path.display().to_string())
                .into())
        }
    }
}

/// A file that calls itself EPANET's: then what is wrong in it is told by the reader.
fn is_inp(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("inp"))
}

/// A PBF file begins with the length of a header blob (big-endian) and the blob's type `OSMHeader`.
fn is_pbf(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<4>() else { return false };
    u32::from_be_bytes(*length) <= 64 * 1024
        && rest.get(..11).is_some_and(|tag| tag[0] == 0x0a && &tag[2..] == b"OSMHeader")
}

/// What the bytes look like, and what to do about it.
fn looks_like(head: &[u8], text: &str) -> (&'static str, &'static str) {
    let start = text.trim_start();
    let is_text =
        !head.contains(&0) && std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    match head {
        [0x1f, 0x8b, ..] => ("a gzip archive", "Unpack it first."),
        [b'B', b'Z', b'h', ..] => {
            ("a bzip2 archive", "Unpack it first; OpenStreetMap XML becomes PBF with `osmium cat a.osm -o a.osm.pbf`.")
        }
        [b'P', b'K', 3, 4, ..] => ("a ZIP archive", "Unpack it first."),
        [0xfd, b'7', b'z', b'X', b'Z', ..] | [0x37, 0x7a, 0xbc, 0xaf, ..] => {
            ("a compressed archive", "Unpack it first.")
        }
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => ("a picture", ""),
        [b'%', b'P', b'D', b'F', ..] => ("a PDF document", ""),
        [0, 0, 0x27, 0x0a, ..] => ("a Shapefile", ""),
        [b'f', b'g', b'b', ..] => ("a FlatGeobuf file", ""),
        [b'g', b'l', b'T', b'F', ..] => ("a glTF model", ""),
        _ if start.contains("<osm") => ("OpenStreetMap XML", "Make it PBF with `osmium cat a.osm -o a.osm.pbf`."),
        _ if start.starts_with("<!DOCTYPE html") || start.starts_with("<html") => {
            ("a web page", "The download went wrong: fetch the file again.")
        }
        _ if start.contains("CityModel") && start.starts_with('<') => ("CityGML", ""),
        _ if start.starts_with("<?xml") || start.starts_with('<') => ("XML", ""),
        _ if start.contains("FeatureCollection") => ("GeoJSON", ""),
        _ if start.starts_with('{') || start.starts_with('[') => ("JSON", ""),
        _ if is_text => ("a text file", ""),
        _ => ("a binary file of unknown kind", ""),
    }
}

fn head_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(4096);
    fs::File::open(path)?.take(4096).read_to_end(&mut head)?;
    Ok(head)
}

fn text_of(head: &[u8]) -> String {
    String::from_utf8_lossy(head).into_owned()
}

#[cfg(test)]
mod tests {
    use twin::{Crs, Silent, Twin};

    use super::*;

    fn wrong(bytes: &[u8], name: &str) -> Finding {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        import(&[path], &ImportOptions::default(), &Silent).unwrap_err().0.remove(0)
    }

    #[test]
    fn what_a_file_looks_like_is_said() {
        for (bytes, name, code, words) in [
            (&b""[..], "town.osm.pbf", "empty-file", "is empty"),
            (
                b"hello, this is text",
                "town.osm.pbf",
                "unknown-format",
                "looks like a text file in spite of its name .pbf",
            ),
            (b"<?xml version='1.0'?><osm version='0.6'>", "town.osm", "unknown-format", "OpenStreetMap XML"),
            (b"PK\x03\x04....", "town.zip", "unknown-format", "a ZIP archive"),
            (b"{\"type\": \"FeatureCollection\"}", "town.json", "unknown-format", "looks like GeoJSON, which"),
            (b"\x00\x01\x02\xff\xfe", "town", "unknown-format", "a binary file"),
            (b"SQLite format 3\0", "town.gpkg", "corrupt-file", "damaged"),
        ] {
            let finding = wrong(bytes, name);
            assert_eq!(finding.code, code, "{name}");
            assert!(finding.message.contains(words), "{}", finding.message);
            assert!(finding.help.is_some() && finding.file.is_some());
        }
        let missing = import(&[PathBuf::from("no/such/file")], &ImportOptions::default(), &Silent).unwrap_err();
        assert_eq!(missing.0[0].code, "missing-file");
        assert_eq!(import(&[], &ImportOptions::default(), &Silent).unwrap_err().0[0].code, "no-file");
    }

    #[test]
    fn twins_and_networks_are_told_by_content_and_not_mixed() {
        let folder = tempfile::tempdir().unwrap();
        let twin = folder.path().join("town.dat");
        gpkg::write_twin(&Twin::empty("town", Crs::etrs89_utm(32)), &twin).unwrap();
        assert_eq!(import(std::slice::from_ref(&twin), &ImportOptions::default(), &Silent).unwrap().twin.name, "town");
        let crs = ImportOptions { epsg: Some(25833), name: None };
        assert_eq!(import(std::slice::from_ref(&twin), &crs, &Silent).unwrap_err().0[0].code, "crs-of-twin");
        let net = folder.path().join("a.txt");
        fs::write(&net, "<NUMBER OF ZONES> 1\n<NUMBER OF NODES> 2\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 1\n<END OF METADATA>\n1 2 1 1 1 0 0 0 0 1;\n").unwrap();
        assert_eq!(
            import(std::slice::from_ref(&net), &ImportOptions::default(), &Silent).unwrap().twin.roads.n_links(),
            1
        );
        // A folder stands for the network in it.
        assert_eq!(
            import(&[folder.path().to_owned()], &ImportOptions::default(), &Silent).unwrap().twin.roads.n_links(),
            1
        );
        assert_eq!(import(&[net, twin], &ImportOptions::default(), &Silent).unwrap_err().0[0].code, "too-many-files");
    }
}
