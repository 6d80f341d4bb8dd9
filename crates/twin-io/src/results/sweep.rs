//! What a sweep writes: `sweep.parquet` (and CSV), `sweep.gpkg` with the failed elements on the map, `summary.json`; and the journal by
//! which a sweep that was stopped goes on.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

use rusqlite::types::Value as Sql;
use serde_json::{Value, json};
use twin::{Findings, Key, Sweep, SweepRow, Twin, geo_types::LineString};

use super::{
    make_folder, put,
    table::{Cells, Column, Table},
};
use crate::{
    atomic::{self, Pending},
    gpkg::{
        column::{Column as LayerColumn, GEOMETRY_COLUMN},
        last_change, line_string,
        package::{Layer, Package},
        write_sources,
    },
};

/// Writes the results of a sweep into a folder, which is made if its parent exists. The paths of the files.
///
/// # Errors
/// The folder is read-only, cannot be made, or the disk is full: then no file of this sweep is there.
pub fn write_sweep(
    twin: &Twin,
    sweep: &Sweep,
    summary: &Value,
    folder: &Path,
    csv: bool,
) -> Result<Vec<PathBuf>, Findings> {
    make_folder(folder)?;
    let mut pending = Pending::default();
    let mut text = serde_json::to_string_pretty(summary).expect("because a JSON value is JSON");
    text.push('\n');
    put(&mut pending, &folder.join("summary.json"), text.as_bytes())?;
    let table = table(sweep);
    let about = [("program", format!("Stadtwin {}", env!("CARGO_PKG_VERSION"))), ("each", sweep.each.clone())];
    put(&mut pending, &folder.join("sweep.parquet"), &table.parquet(&about))?;
    if csv {
        put(&mut pending, &folder.join("sweep.csv"), &table.csv())?;
    }
    let path = folder.join("sweep.gpkg");
    pending.write(&path, |temporary| write_map(twin, sweep, temporary, &path))?;
    pending.commit()
}

fn table(sweep: &Sweep) -> Table {
    let rows = &sweep.rows;
    let text = |of: &dyn Fn(&SweepRow) -> Option<String>| Cells::Text(rows.iter().map(of).collect());
    let mut columns = vec![
        Column { name: "key", cells: text(&|row| Some(row.key.to_string())) },
        Column { name: "name", cells: text(&|row| row.name.clone()) },
        Column { name: "rank", cells: Cells::Integer(rows.iter().map(|row| Some(i64::from(row.rank))).collect()) },
        Column { name: "status", cells: text(&|row| Some(row.status.clone())) },
        Column { name: "measure", cells: text(&|row| row.measure.clone()) },
    ];
    columns.extend(
        sweep
            .criteria
            .iter()
            .enumerate()
            .map(|(at, &name)| Column { name, cells: Cells::Number(rows.iter().map(|row| finite(row, at)).collect()) }),
    );
    Table { name: "sweep", columns }
}

fn finite(row: &SweepRow, at: usize) -> Option<f64> {
    row.values.get(at).copied().flatten().filter(|value| value.is_finite())
}

/// The line of every element that has one, with its figures.
fn write_map(twin: &Twin, sweep: &Sweep, temporary: &Path, shown: &Path) -> Result<(), Findings> {
    let lines = lines(twin);
    let mut package = Package::create(temporary, shown, &twin.crs, &last_change(twin))?;
    let mut columns = vec![
        LayerColumn::new(GEOMETRY_COLUMN, "LINESTRING"),
        LayerColumn::new("key", "TEXT"),
        LayerColumn::new("name", "TEXT"),
        LayerColumn::new("rank", "INTEGER"),
        LayerColumn::new("status", "TEXT"),
    ];
    columns.extend(sweep.criteria.iter().map(|&name| LayerColumn::new(name, "DOUBLE")));
    let mut rows = sweep.rows.iter().filter_map(|row| Some((row, *lines.get(&row.key)?))).zip(1..);
    let layer = Layer { name: "sweep", title: "What the failure of each element triggers" };
    package.layer(layer, &columns, |out| {
        let ((row, line), fid) = rows.next()?;
        out.geometry(line_string(line, out.srs_id));
        out.push(Sql::Text(row.key.to_string()));
        out.push(row.name.clone().map_or(Sql::Null, Sql::Text));
        out.push(Sql::Integer(i64::from(row.rank)));
        out.push(Sql::Text(row.status.clone()));
        for at in 0..sweep.criteria.len() {
            out.push(finite(row, at).map_or(Sql::Null, Sql::Real));
        }
        Some(fid)
    })?;
    write_sources(twin, &mut package)?;
    package.finish()
}

fn lines(twin: &Twin) -> BTreeMap<&Key, &LineString<f64>> {
    let mut lines = BTreeMap::new();
    lines.extend(twin.roads.links().map(|(_, link)| (&link.key, &link.geometry)));
    lines.extend(twin.water.links().map(|(_, link)| (&link.key, &link.geometry)));
    lines.extend(twin.gas.links().map(|(_, link)| (&link.key, &link.geometry)));
    lines.extend(twin.heat.links().map(|(_, link)| (&link.key, &link.geometry)));
    lines.extend(twin.power.links().map(|(_, link)| (&link.key, &link.geometry)));
    lines
}

/// Finished rows of a sweep on disk, one line each, so that nothing computed is lost when it is stopped or killed.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal of a folder and gives the rows that are in it. A journal of other inputs (`inputs` names them) is begun anew; a
    /// last line that was cut off is left out.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn open(folder: &Path, inputs: &str) -> Result<(Self, BTreeMap<Key, SweepRow>), Findings> {
        make_folder(folder)?;
        let path = folder.join("sweep.part.jsonl");
        let wrong = |error: &std::io::Error| Findings::from(atomic::write_finding(&path, error));
        let head = json!({ "inputs": inputs }).to_string();
        let mut known = BTreeMap::new();
        let mut kept = format!("{head}\n");
        if let Ok(old) = File::open(&path) {
            let mut lines = BufReader::new(old).lines().map_while(Result::ok);
            if lines.next().as_deref() == Some(head.as_str()) {
                for line in lines {
                    let Some(row) = row_of(&line) else { continue };
                    kept.push_str(&line);
                    kept.push('\n');
                    known.insert(row.key.clone(), row);
                }
            }
        }
        atomic::write_file(&path, |temporary| fs::write(temporary, kept.as_bytes()).map_err(|error| wrong(&error)))?;
        let file = fs::OpenOptions::new().append(true).open(&path).map_err(|error| wrong(&error))?;
        Ok((Self { file, path }, known))
    }

    /// Appends a row.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, row: &SweepRow) -> Result<(), Findings> {
        let bits: Vec<Option<String>> =
            row.values.iter().map(|value| value.map(|value| format!("{:016x}", value.to_bits()))).collect();
        let line = json!({ "key": row.key.as_str(), "name": row.name, "status": row.status, "measure": row.measure, "values": bits });
        writeln!(self.file, "{line}").map_err(|error| atomic::write_finding(&self.path, &error).into())
    }

    /// Takes the journal away: everything is in the results now.
    pub fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn row_of(line: &str) -> Option<SweepRow> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let bits = value.get("values")?.as_array()?.iter();
    Some(SweepRow {
        key: Key::new(text("key")?),
        name: text("name"),
        rank: 0,
        status: text("status")?,
        measure: text("measure"),
        values: bits
            .map(|bits| match bits {
                Value::Null => Some(None),
                bits => u64::from_str_radix(bits.as_str()?, 16).ok().map(|bits| Some(f64::from_bits(bits))),
            })
            .collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_keeps_every_bit_and_forgets_other_inputs_and_cut_off_lines() {
        let folder = tempfile::tempdir().unwrap();
        let row = |key: &str, value: f64| SweepRow {
            key: key.into(),
            name: (key == "b").then(|| "Straße \"B\"".to_owned()),
            rank: 0,
            status: "converged".to_owned(),
            measure: None,
            values: vec![Some(value), None, Some(0.1 + 0.2)],
        };
        let (mut journal, known) = Journal::open(folder.path(), "one").unwrap();
        assert!(known.is_empty());
        journal.push(&row("a", 1.0 / 3.0)).unwrap();
        journal.push(&row("b", -0.0)).unwrap();
        write!(journal.file, "{{\"key\":\"c\",\"sta").unwrap();
        drop(journal);
        let (journal, known) = Journal::open(folder.path(), "one").unwrap();
        assert_eq!(known.values().cloned().collect::<Vec<_>>(), vec![row("a", 1.0 / 3.0), row("b", -0.0)]);
        drop(journal);
        let (journal, known) = Journal::open(folder.path(), "two").unwrap();
        assert!(known.is_empty());
        journal.remove();
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}
