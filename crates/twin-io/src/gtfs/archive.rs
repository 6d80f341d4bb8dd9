//! The tables of a timetable out of a folder or a ZIP archive.
//!
//! An archive is read by its central directory: stored and deflated members, checked by their sums.
//!
//! # References
//! PKWARE: .ZIP File Format Specification (APPNOTE) 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use twin::{Finding, Findings};

/// Tables by file name.
pub(super) type Tables = BTreeMap<String, Vec<u8>>;

/// Most bytes that a member may unpack to.
const MOST_BYTES: u64 = 2 << 30;

/// Names of the tables; nothing where the path is neither a folder nor an archive.
pub(super) fn names(path: &Path) -> Option<Vec<String>> {
    if path.is_dir() {
        let entries = fs::read_dir(path).ok()?;
        return Some(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect());
    }
    let mut head = [0; 4];
    fs::File::open(path).ok()?.read_exact(&mut head).ok()?;
    if !head.starts_with(b"PK") {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    Some(members(&bytes).ok()?.into_iter().map(|member| member.name).collect())
}

/// All tables of a timetable.
pub(super) fn read(path: &Path) -> Result<Tables, Findings> {
    let mut tables = Tables::new();
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| super::unreadable(path, &error))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_table(&name) {
                tables.insert(name, fs::read(entry.path()).map_err(|error| super::unreadable(&entry.path(), &error))?);
            }
        }
        return Ok(tables);
    }
    let bytes = fs::read(path).map_err(|error| super::unreadable(path, &error))?;
    for member in members(&bytes)? {
        if is_table(&member.name) {
            let content = unpacked(&bytes, &member)?;
            tables.insert(member.name, content);
        }
    }
    Ok(tables)
}

/// Tables that are read.
fn is_table(name: &str) -> bool {
    let known = [
        "agency.txt",
        "routes.txt",
        "trips.txt",
        "stops.txt",
        "stop_times.txt",
        "shapes.txt",
        "calendar.txt",
        "calendar_dates.txt",
        "frequencies.txt",
        "feed_info.txt",
    ];
    known.contains(&name)
}

struct Member {
    /// Without folders.
    name: String,
    method: u16,
    sum: u32,
    packed: usize,
    size: u64,
    header: usize,
}

fn damaged(what: &str) -> Finding {
    Finding::error("corrupt-file", format!("The ZIP archive is damaged: {what}.")).with_help("Fetch the file again.")
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

/// The members of an archive by its central directory.
fn members(bytes: &[u8]) -> Result<Vec<Member>, Finding> {
    const END: &[u8] = b"PK\x05\x06";
    const LONGEST_END: usize = 22 + 65_535;
    let tail = bytes.len().saturating_sub(LONGEST_END);
    let end = bytes[tail..].windows(4).rposition(|window| window == END).map(|at| tail + at);
    let end = end.ok_or_else(|| damaged("its directory is missing"))?;
    let number = u16_at(bytes, end + 10).ok_or_else(|| damaged("its directory is cut off"))?;
    let mut at = u32_at(bytes, end + 16).ok_or_else(|| damaged("its directory is cut off"))? as usize;
    let mut members = Vec::new();
    for _ in 0..number {
        let member = member(bytes, at).ok_or_else(|| damaged("its directory is cut off"))?;
        let extra = |offset| u16_at(bytes, at + offset).map_or(0, usize::from);
        at += 46 + extra(28) + extra(30) + extra(32);
        members.extend(member);
    }
    Ok(members)
}

/// A member at a place of the directory; nothing inside for a folder.
fn member(bytes: &[u8], at: usize) -> Option<Option<Member>> {
    if bytes.get(at..at.checked_add(46)?)?.get(..4)? != b"PK\x01\x02" {
        return None;
    }
    let n_name = usize::from(u16_at(bytes, at + 28)?);
    let path = String::from_utf8_lossy(bytes.get(at + 46..at + 46 + n_name)?).into_owned();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let member = Member {
        method: u16_at(bytes, at + 10)?,
        sum: u32_at(bytes, at + 16)?,
        packed: u32_at(bytes, at + 20)? as usize,
        size: u64::from(u32_at(bytes, at + 24)?),
        header: u32_at(bytes, at + 42)? as usize,
        name,
    };
    Some((!member.name.is_empty()).then_some(member))
}

fn unpacked(bytes: &[u8], member: &Member) -> Result<Vec<u8>, Finding> {
    let cut_off = || damaged(&format!("{} is cut off", member.name));
    let n_name = u16_at(bytes, member.header.saturating_add(26)).ok_or_else(cut_off)?;
    let n_extra = u16_at(bytes, member.header.saturating_add(28)).ok_or_else(cut_off)?;
    let begin = member.header + 30 + usize::from(n_name) + usize::from(n_extra);
    let packed = begin.checked_add(member.packed).and_then(|end| bytes.get(begin..end)).ok_or_else(cut_off)?;
    let content = match member.method {
        0 => packed.to_vec(),
        8 => {
            let mut content = Vec::new();
            flate2::read::DeflateDecoder::new(packed)
                .take(MOST_BYTES.min(member.size.saturating_add(1)))
                .read_to_end(&mut content)
                .map_err(|error| damaged(&format!("{} does not unpack ({error})", member.name)))?;
            content
        }
        other => {
            return Err(damaged(&format!("{} is packed by method {other}, which is not read", member.name))
                .with_help("Pack it again as an ordinary ZIP archive."));
        }
    };
    let mut sum = flate2::Crc::new();
    sum.update(&content);
    if sum.sum() != member.sum || content.len() as u64 != member.size {
        return Err(damaged(&format!("{} does not have its sum", member.name)));
    }
    Ok(content)
}
