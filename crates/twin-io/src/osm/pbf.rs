//! The PBF container: frames, headers and blocks, decoded in parallel, every defect told with its place in the file.
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/PBF_Format>

use std::path::Path;

use geo_types::Coord;
use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType};
use rayon::prelude::*;
use twin::{Finding, Findings, Key, Watch};

use super::element::{Block, Kind, MISSING, Member, Nodes, Osm, RawRelation, RawWay, Span};

const RE_DOWNLOAD: &str = "Fetch the file again; if it persists, rewrite it with `osmium cat FILE -o new.osm.pbf`.";

/// Reads the bytes of a file into sorted objects. Findings are warnings; defects that make the file unusable are errors.
pub(crate) fn decode(bytes: &[u8], path: &Path, watch: &dyn Watch) -> Result<(Osm, Findings), Findings> {
    let frames = frames(bytes).map_err(|finding| with_path(finding, path))?;
    let n_frames = frames.len() as u64;
    let done = std::sync::atomic::AtomicU64::new(0);
    let parts: Vec<Result<Part, Finding>> = frames
        .par_iter()
        .map(|frame| {
            if watch.is_cancelled() {
                return Err(Finding::error("cancelled", "The import was cancelled."));
            }
            let part = part(bytes, frame);
            let n_done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            watch.progress("import-decode", n_done, n_frames);
            part
        })
        .collect();
    let mut errors = Findings::default();
    let mut decoded = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Ok(part) => decoded.push(part),
            Err(finding) => errors.push(finding),
        }
    }
    if let Some(first) = errors.0.into_iter().next() {
        return Err(with_path(first, path));
    }
    Ok(assemble(decoded))
}

fn with_path(finding: Finding, path: &Path) -> Findings {
    finding.with_file(path.display().to_string()).into()
}

/// Where a blob with its header lies in the file.
struct Frame {
    start: usize,
    end: usize,
}

/// What a frame holds.
enum Part {
    Header { bounds: Option<[f64; 4]>, timestamp_s: Option<i64> },
    Data(Box<Decoded>),
    Other,
}

/// First row and the row after the last in a table of the block.
type Range = (u32, u32);

/// One block: ways and relations with the ranges of their tags and of their nodes or members.
#[derive(Default)]
struct Decoded {
    block: Block,
    nodes: Vec<(i64, Coord<f64>)>,
    tagged: Vec<(u32, Range)>,
    ways: Vec<(i64, Range, Range)>,
    /// Positions of way nodes, where the file has them on the ways.
    way_locations: Vec<(i64, Coord<f64>)>,
    relations: Vec<(i64, Range, Range)>,
    timestamp_s: Option<i64>,
    outside: Vec<i64>,
}

/// Cuts the file into frames and checks that it is a PBF file to its last byte.
fn frames(bytes: &[u8]) -> Result<Vec<Frame>, Finding> {
    if bytes.is_empty() {
        return Err(Finding::error("pbf-empty", "The file is empty.").with_help(RE_DOWNLOAD));
    }
    let mut frames = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let frame = frame_at(bytes, at).map_err(|defect| if frames.is_empty() { not_a_pbf(bytes) } else { defect })?;
        if frames.is_empty() && frame.kind != b"OSMHeader" {
            return Err(not_a_pbf(bytes));
        }
        if frame.end > bytes.len() {
            return Err(truncated(bytes.len(), at));
        }
        frames.push(Frame { start: at, end: frame.end });
        at = frame.end;
    }
    if frames.len() < 2 {
        return Err(Finding::error(
            "pbf-no-data",
            "The file has a header but no data: it was cut off, or the extract is empty.",
        )
        .with_help("Fetch the file again, or choose an area with streets or buildings in it."));
    }
    Ok(frames)
}

struct FrameHead<'a> {
    kind: &'a [u8],
    end: usize,
}

fn frame_at(bytes: &[u8], at: usize) -> Result<FrameHead<'_>, Finding> {
    let damaged = |what: &str| {
        Finding::error("pbf-damaged", format!("The file is damaged at byte {at}: {what}.")).with_help(RE_DOWNLOAD)
    };
    let Some(size) = bytes.get(at..at + 4) else { return Err(truncated(bytes.len(), at)) };
    let header_size = u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize;
    if header_size == 0 || header_size >= 64 * 1024 {
        return Err(damaged("the header of a block has an impossible size"));
    }
    let Some(header) = bytes.get(at + 4..at + 4 + header_size) else { return Err(truncated(bytes.len(), at)) };
    let (mut kind, mut data_size) = (None, None);
    let mut fields = Fields { bytes: header };
    while let Some(field) = fields.next() {
        match field.ok_or_else(|| damaged("the header of a block is not readable"))? {
            (1, Field::Bytes(text)) => kind = Some(text),
            (3, Field::Number(number)) => data_size = usize::try_from(number).ok(),
            _ => {}
        }
    }
    let (Some(kind), Some(data_size)) = (kind, data_size) else {
        return Err(damaged("the header of a block has no type or size"));
    };
    if data_size > 33 << 20 {
        return Err(damaged("a block is larger than 32 MiB"));
    }
    Ok(FrameHead { kind, end: at + 4 + header_size + data_size })
}

fn truncated(n_bytes: usize, at: usize) -> Finding {
    Finding::error(
        "pbf-truncated",
        format!("The file ends in the middle of a block: it was cut off after {n_bytes} bytes (block at byte {at})."),
    )
    .with_help("The download or copy was not complete: fetch the file again.")
}

/// The file is something else: says what, where that can be seen.
fn not_a_pbf(bytes: &[u8]) -> Finding {
    let start = &bytes[..bytes.len().min(512)];
    let (what, help) = if start.starts_with(b"BZh") {
        ("a bzip2 archive", "Convert it with `osmium cat FILE.osm.bz2 -o new.osm.pbf`.")
    } else if start.starts_with(&[0x1f, 0x8b]) {
        ("a gzip archive", "Unpack it, and if it holds XML, convert it with `osmium cat FILE.osm -o new.osm.pbf`.")
    } else if start.starts_with(b"PK") {
        ("a zip archive", "Unpack it first.")
    } else if start.starts_with(b"SQLite format 3") {
        ("a GeoPackage or SQLite database", "Give it its own ending, .gpkg.")
    } else if start.windows(4).any(|window| window == b"<osm") {
        ("OpenStreetMap XML", "Convert it with `osmium cat FILE.osm -o new.osm.pbf`.")
    } else if start.windows(5).any(|window| window.eq_ignore_ascii_case(b"<html")) {
        ("a web page, probably an error message of the download server", "Fetch the extract again.")
    } else if std::str::from_utf8(start).is_ok() && !start.contains(&0) {
        ("a text file", "Give an extract in the PBF format, for example from download.geofabrik.de.")
    } else {
        ("not in the PBF format", "Give an extract in the PBF format, for example from download.geofabrik.de.")
    };
    Finding::error("pbf-not-a-pbf", format!("The file is no OpenStreetMap PBF file: it is {what}.")).with_help(help)
}

/// The fields of a protocol-buffer message: just enough for frame and blob headers.
struct Fields<'a> {
    bytes: &'a [u8],
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// The next field; `None` at the end, `Some(None)` where the message is broken.
    fn next(&mut self) -> Option<Option<(u64, Field<'a>)>> {
        if self.bytes.is_empty() { None } else { Some(self.field()) }
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Bytes(self.take(8)?),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Bytes(self.take(4)?),
            _ => return None,
        };
        Some((tag >> 3, field))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.bytes.split_at_checked(length)?;
        self.bytes = tail;
        Some(head)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// Compression that the format allows and `osmpbf` does not read.
fn foreign_compression(bytes: &[u8], frame: &Frame) -> Option<&'static str> {
    let header_size = bytes.get(frame.start..frame.start + 4)?;
    let header_size = u32::from_be_bytes(header_size.try_into().ok()?) as usize;
    let mut fields = Fields { bytes: bytes.get(frame.start + 4 + header_size..frame.end)? };
    while let Some(Some((number, _))) = fields.next() {
        match number {
            4 => return Some("lzma"),
            5 => return Some("bzip2"),
            6 => return Some("lz4"),
            7 => return Some("zstd"),
            _ => {}
        }
    }
    None
}

fn part(bytes: &[u8], frame: &Frame) -> Result<Part, Finding> {
    if let Some(method) = foreign_compression(bytes, frame) {
        return Err(Finding::error(
            "pbf-compression",
            format!("The file is compressed with {method}, which is not supported."),
        )
        .with_help("Rewrite it with `osmium cat FILE -f pbf,pbf_compression=zlib -o new.osm.pbf`."));
    }
    let damaged = |what: String| {
        Finding::error("pbf-damaged", format!("The block at byte {} is damaged: {what}.", frame.start))
            .with_help(RE_DOWNLOAD)
    };
    // `osmpbf` trusts what it decodes; a hostile file must not bring down the program.
    let guarded = std::panic::catch_unwind(|| {
        let blob = match BlobReader::new(&bytes[frame.start..frame.end]).next() {
            Some(Ok(blob)) => blob,
            Some(Err(error)) => return Err(damaged(error.to_string())),
            None => return Err(damaged("it is empty".to_owned())),
        };
        match blob.decode() {
            Ok(BlobDecode::OsmHeader(header)) => read_header(&header),
            Ok(BlobDecode::OsmData(block)) => {
                read_block(&block, frame.start).map(|decoded| Part::Data(Box::new(decoded)))
            }
            Ok(BlobDecode::Unknown(_)) => Ok(Part::Other),
            Err(error) => Err(damaged(error.to_string())),
        }
    });
    guarded.unwrap_or_else(|_| Err(damaged("its numbers are out of range".to_owned())))
}

fn history() -> Finding {
    Finding::error(
        "pbf-history",
        "The file holds the history of the map (old versions of objects), not one state of it.",
    )
    .with_help("Take one state out of it with `osmium time-filter FILE 2026-01-01T00:00:00Z -o new.osm.pbf`.")
}

fn read_header(header: &osmpbf::HeaderBlock) -> Result<Part, Finding> {
    for feature in header.required_features() {
        match feature.as_str() {
            "OsmSchema-V0.6" | "DenseNodes" => {}
            "HistoricalInformation" => return Err(history()),
            other => {
                return Err(Finding::error(
                    "pbf-feature",
                    format!("The file needs the feature “{other}”, which is not supported."),
                )
                .with_help("Rewrite it with `osmium cat FILE -o new.osm.pbf`."));
            }
        }
    }
    let bounds = header.bbox().map(|b| [b.left, b.bottom, b.right, b.top]).filter(|b| {
        b.iter().all(|edge| edge.is_finite()) && b[0] < b[2] && b[1] < b[3] && b[0] >= -180.0 && b[2] <= 180.0
    });
    Ok(Part::Header { bounds, timestamp_s: header.osmosis_replication_timestamp().filter(|t| *t > 0) })
}

fn read_block(block: &PrimitiveBlock, at: usize) -> Result<Decoded, Finding> {
    let mut decoded = Decoded::default();
    let strings = block.raw_stringtable();
    decoded.block.strings = strings.iter().map(|bytes| String::from_utf8_lossy(bytes).into()).collect();
    decoded.block.strings.push("".into());
    let n_strings = strings.len();
    let mut defect: Option<Finding> = None;
    let bad = |what: &str| {
        Finding::error("pbf-damaged", format!("The block at byte {at} is damaged: {what}.")).with_help(RE_DOWNLOAD)
    };
    for element in block.elements() {
        match element {
            Element::DenseNode(node) => {
                if node.info().is_some_and(|info| info.deleted()) {
                    return Err(history());
                }
                decoded.see_time(node.info().map(|info| info.milli_timestamp()));
                let tags = node.raw_tags().map(|(key, value)| (key as u32, value as u32));
                let tags = decoded.push_tags(tags, n_strings).ok_or_else(|| bad("a tag is out of range"))?;
                decoded.push_node(node.id(), node.nano_lon(), node.nano_lat(), tags);
            }
            Element::Node(node) => {
                if node.info().deleted() {
                    return Err(history());
                }
                decoded.see_time(node.info().milli_timestamp());
                let tags = decoded.push_tags(node.raw_tags(), n_strings).ok_or_else(|| bad("a tag is out of range"))?;
                decoded.push_node(node.id(), node.nano_lon(), node.nano_lat(), tags);
            }
            Element::Way(way) => {
                if way.info().deleted() {
                    return Err(history());
                }
                decoded.see_time(way.info().milli_timestamp());
                let tags = decoded.push_tags(way.raw_tags(), n_strings).ok_or_else(|| bad("a tag is out of range"))?;
                let start = decoded.block.refs.len();
                decoded.block.refs.extend(way.refs());
                for (id, location) in way.refs().zip(way.node_locations()) {
                    decoded.way_locations.extend(position(location.nano_lon(), location.nano_lat()).map(|c| (id, c)));
                }
                decoded.ways.push((way.id(), tags, (start as u32, decoded.block.refs.len() as u32)));
            }
            Element::Relation(relation) => {
                if relation.info().deleted() {
                    return Err(history());
                }
                decoded.see_time(relation.info().milli_timestamp());
                let tags =
                    decoded.push_tags(relation.raw_tags(), n_strings).ok_or_else(|| bad("a tag is out of range"))?;
                let start = decoded.block.members.len();
                for member in relation.members() {
                    let kind = match member.member_type {
                        RelMemberType::Node => Kind::Node,
                        RelMemberType::Way => Kind::Way,
                        RelMemberType::Relation => Kind::Relation,
                    };
                    let role = usize::try_from(member.role_sid).ok().filter(|role| *role < n_strings);
                    if role.is_none() {
                        defect = Some(bad("a role is out of range"));
                    }
                    let role = role.unwrap_or(n_strings) as u32;
                    decoded.block.members.push(Member { kind, id: member.member_id, role });
                }
                decoded.relations.push((relation.id(), tags, (start as u32, decoded.block.members.len() as u32)));
            }
        }
    }
    defect.map_or(Ok(decoded), Err)
}

/// Degrees from nanodegrees; `None` where that is no place on earth.
fn position(lon_nano: i64, lat_nano: i64) -> Option<Coord<f64>> {
    let on_earth = lon_nano.unsigned_abs() <= 180_000_000_000 && lat_nano.unsigned_abs() <= 90_000_000_000;
    on_earth.then(|| Coord { x: lon_nano as f64 / 1e9, y: lat_nano as f64 / 1e9 })
}

impl Decoded {
    fn see_time(&mut self, milli: Option<i64>) {
        let seconds = milli.map(|milli| milli / 1000).filter(|seconds| *seconds > 0);
        self.timestamp_s = self.timestamp_s.max(seconds);
    }

    fn push_tags(&mut self, tags: impl Iterator<Item = (u32, u32)>, n_strings: usize) -> Option<(u32, u32)> {
        let start = self.block.tags.len() as u32;
        for (key, value) in tags {
            if key as usize >= n_strings || value as usize >= n_strings {
                return None;
            }
            self.block.tags.push((key, value));
        }
        Some((start, self.block.tags.len() as u32))
    }

    fn push_node(&mut self, id: i64, lon_nano: i64, lat_nano: i64, tags: (u32, u32)) {
        match position(lon_nano, lat_nano) {
            Some(position) => {
                if tags.0 != tags.1 {
                    self.tagged.push((self.nodes.len() as u32, tags));
                }
                self.nodes.push((id, position));
            }
            None => self.outside.push(id),
        }
    }
}

/// Joins the parts in the order of the file into sorted tables.
fn assemble(parts: Vec<Part>) -> (Osm, Findings) {
    let mut osm = Osm::default();
    let mut findings = Findings::default();
    let mut nodes: Vec<(i64, Coord<f64>, Option<Span>)> = Vec::new();
    let mut raw_ways: Vec<(i64, Span, Span)> = Vec::new();
    let mut locations = Vec::new();
    for part in parts {
        match part {
            Part::Header { bounds, timestamp_s } => {
                osm.bounds = osm.bounds.or(bounds);
                osm.timestamp_s = osm.timestamp_s.max(timestamp_s);
            }
            Part::Data(decoded) => {
                let block = osm.blocks.len() as u32;
                let span = |range: (u32, u32)| Span { block, start: range.0, end: range.1 };
                osm.timestamp_s = osm.timestamp_s.max(decoded.timestamp_s);
                let first = nodes.len();
                nodes.extend(decoded.nodes.iter().map(|(id, position)| (*id, *position, None)));
                for (index, tags) in &decoded.tagged {
                    nodes[first + *index as usize].2 = Some(span(*tags));
                }
                raw_ways.extend(decoded.ways.iter().map(|(id, tags, refs)| (*id, span(*tags), span(*refs))));
                let relations = decoded.relations.iter();
                osm.relations.extend(relations.map(|(id, tags, members)| RawRelation {
                    id: *id,
                    tags: span(*tags),
                    members: span(*members),
                }));
                for id in &decoded.outside {
                    findings.push(
                        Finding::warning(
                            "node-not-on-earth",
                            format!("The position of node {id} is not on earth; it was left out."),
                        )
                        .with_key(Key::new(format!("node/{id}")))
                        .with_help("Mend its longitude and latitude."),
                    );
                }
                locations.extend(decoded.way_locations);
                osm.blocks.push(decoded.block);
            }
            Part::Other => {}
        }
    }
    add_locations(&mut nodes, locations);
    sort_unique(&mut nodes, |node| node.0, |a, b| a.1 == b.1, Kind::Node, &mut findings);
    sort_unique(&mut raw_ways, |way| way.0, |a, b| same_refs(&osm.blocks, a, b), Kind::Way, &mut findings);
    let mut relations = std::mem::take(&mut osm.relations);
    sort_unique(&mut relations, |relation| relation.id, |_, _| false, Kind::Relation, &mut findings);
    osm.relations = relations;
    osm.nodes = node_table(nodes);
    link_ways(&mut osm, raw_ways);
    osm.is_clipped = osm.bounds.is_some_and(|[west, south, east, north]| {
        osm.nodes.wgs84.iter().all(|at| (west..=east).contains(&at.x) && (south..=north).contains(&at.y))
    });
    (osm, findings)
}

/// Positions that stand on ways only (`LocationsOnWays`) become nodes.
fn add_locations(nodes: &mut Vec<(i64, Coord<f64>, Option<Span>)>, mut locations: Vec<(i64, Coord<f64>)>) {
    if locations.is_empty() {
        return;
    }
    locations.sort_by_key(|(id, _)| *id);
    locations.dedup_by_key(|(id, _)| *id);
    let mut known: Vec<i64> = nodes.iter().map(|node| node.0).collect();
    known.sort_unstable();
    nodes.extend(locations.into_iter().filter(|(id, _)| known.binary_search(id).is_err()).map(|(id, c)| (id, c, None)));
}

fn same_refs(blocks: &[Block], a: &(i64, Span, Span), b: &(i64, Span, Span)) -> bool {
    let refs = |span: Span| &blocks[span.block as usize].refs[span.start as usize..span.end as usize];
    refs(a.2) == refs(b.2)
}

/// Sorts by id; of several objects with one id the last in the file stays.
fn sort_unique<T>(
    rows: &mut Vec<T>,
    id: impl Fn(&T) -> i64,
    same: impl Fn(&T, &T) -> bool,
    kind: Kind,
    findings: &mut Findings,
) {
    if !rows.is_sorted_by_key(&id) {
        rows.sort_by_key(&id);
    }
    let mut n_same = 0_usize;
    let mut differing = Vec::new();
    // Reversed, so that `dedup` keeps the last.
    rows.reverse();
    rows.dedup_by(|earlier, later| {
        let duplicate = id(earlier) == id(later);
        if duplicate && same(earlier, later) {
            n_same += 1;
        } else if duplicate {
            differing.push(id(later));
        }
        duplicate
    });
    rows.reverse();
    differing.sort_unstable();
    differing.dedup();
    let name = kind.name();
    findings.extend(differing.into_iter().map(|id| {
        Finding::warning(
            "duplicate-id",
            format!("There are several objects {name}/{id}, not alike; the last in the file was taken."),
        )
        .with_key(Key::new(format!("{name}/{id}")))
        .with_help("Merge the extracts with `osmium merge`, which keeps one state of each object.")
    }));
    if n_same > 0 {
        findings.push(
            Finding::note(
                "duplicate-id",
                format!("{n_same} {name} objects are in the file more than once, alike; each was taken once."),
            )
            .with_help("Merge the extracts with `osmium merge`."),
        );
    }
}

fn node_table(rows: Vec<(i64, Coord<f64>, Option<Span>)>) -> Nodes {
    let mut nodes = Nodes::default();
    nodes.ids.reserve_exact(rows.len());
    nodes.wgs84.reserve_exact(rows.len());
    for (index, (id, position, tags)) in rows.into_iter().enumerate() {
        nodes.ids.push(id);
        nodes.wgs84.push(position);
        nodes.tagged.extend(tags.map(|tags| (index as u32, tags)));
    }
    nodes
}

fn link_ways(osm: &mut Osm, raw_ways: Vec<(i64, Span, Span)>) {
    for (id, tags, refs) in raw_ways {
        let start = osm.way_refs.len();
        let block = &osm.blocks[refs.block as usize];
        osm.way_refs.extend_from_slice(&block.refs[refs.start as usize..refs.end as usize]);
        osm.ways.push(RawWay { id, tags, nodes: (start, osm.way_refs.len()) });
    }
    for block in &mut osm.blocks {
        block.refs = Vec::new();
    }
    let nodes = &osm.nodes;
    osm.way_nodes = osm.way_refs.par_iter().map(|id| nodes.index_of(*id).unwrap_or(MISSING)).collect();
}
