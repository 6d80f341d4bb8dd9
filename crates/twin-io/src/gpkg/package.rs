//! A GeoPackage file (OGC 12-128r17, version 1.3): its own tables, layers with spatial indices, styles.
//!
//! Everything is written in one transaction into a temporary file without journal; the file is renamed when complete.
//! Equal contents give equal bytes: no clock is read, `last_change` is the date of the data.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags, params, types::Value};
use twin::{Crs, Finding, Findings};

use super::{
    blob::Envelope,
    column::{Column, GEOMETRY_COLUMN, RowOut},
    srs,
};
use crate::atomic;

/// `GPKG`.
pub(crate) const APPLICATION_ID: u32 = 0x4750_4B47;
/// Version 1.3.0 of the standard: the newest that GDAL 3.6 (Debian 12) opens without a warning.
const USER_VERSION: u32 = 10300;

/// A GeoPackage being written.
#[derive(Debug)]
pub(crate) struct Package<'p> {
    connection: Connection,
    /// The file as the user named it.
    shown: &'p Path,
    srs_id: i32,
    last_change: String,
    /// Rows of the layers that others refer to.
    pub(crate) sizes: BTreeMap<&'static str, usize>,
    styles: Vec<LayerStyle>,
    findings: Findings,
}

/// How QGIS draws a layer.
#[derive(Debug)]
struct LayerStyle {
    layer: String,
    name: String,
    qml: String,
}

/// Name and meaning of a layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer<'a> {
    pub(crate) name: &'a str,
    pub(crate) title: &'a str,
}

impl<'p> Package<'p> {
    /// An empty package in the (existing, empty) file `temporary`; messages name `shown`.
    pub(crate) fn create(temporary: &Path, shown: &'p Path, crs: &Crs, last_change: &str) -> Result<Self, Findings> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let srs = srs::Srs::of(crs);
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(temporary, flags)?;
            connection.execute_batch(&format!(
                "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
                 PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; \
                 PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {USER_VERSION}; BEGIN;"
            ))?;
            connection.execute_batch(TABLES)?;
            for row in srs::Srs::mandatory().iter().chain((!srs.is_mandatory()).then_some(&srs)) {
                connection.execute(
                    "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
                    params![row.name, row.srs_id, row.organization, row.code, row.wkt, row.description],
                )?;
            }
            Ok(connection)
        };
        let connection = open().map_err(|error| sqlite_finding(shown, &error))?;
        Ok(Self {
            connection,
            shown,
            srs_id: srs.srs_id,
            last_change: last_change.to_owned(),
            sizes: BTreeMap::new(),
            styles: Vec::new(),
            findings: Findings::default(),
        })
    }

    /// Writes a layer (or, without a geometry column, an attribute table). `rows` fills one row after the other, in the
    /// order of `columns`, and returns its fid, or nothing at the end. A value that cannot be stored is a finding; the
    /// package then fails in [`Self::finish`].
    pub(crate) fn layer(
        &mut self,
        layer: Layer<'_>,
        columns: &[Column],
        mut rows: impl FnMut(&mut RowOut<'_>) -> Option<i64>,
    ) -> Result<(), Findings> {
        let sizes = std::mem::take(&mut self.sizes);
        let mut out = RowOut::new(self.srs_id, &sizes);
        let result = self.write_rows(layer, columns, &mut out, &mut rows);
        self.sizes = sizes;
        result.map_err(|error| sqlite_finding(self.shown, &error).into())
    }

    fn write_rows(
        &mut self,
        layer: Layer<'_>,
        columns: &[Column],
        out: &mut RowOut<'_>,
        rows: &mut dyn FnMut(&mut RowOut<'_>) -> Option<i64>,
    ) -> rusqlite::Result<()> {
        let geometry = columns.iter().find(|column| column.is_geometry());
        self.create_table(layer, columns, geometry)?;
        let mut extent = Envelope::EMPTY;
        {
            let marks = vec!["?"; columns.len() + 1].join(", ");
            let mut insert =
                self.connection.prepare(&format!("INSERT INTO {} VALUES ({marks})", quoted(layer.name)))?;
            let mut index = geometry
                .map(|column| {
                    let index = quoted(&format!("rtree_{}_{}", layer.name, column.name));
                    self.connection.prepare(&format!("INSERT INTO {index} VALUES (?, ?, ?, ?, ?)"))
                })
                .transpose()?;
            while let Some(fid) = {
                out.clear();
                rows(out)
            } {
                debug_assert_eq!(out.values.len(), columns.len(), "{}", layer.name);
                if let Some((column, reason)) = out.problem.take() {
                    let name = columns.get(column).map_or("", |column| column.name.as_str());
                    self.findings.push(unstorable(layer.name, columns, &out.values, name, &reason));
                    continue;
                }
                let values = std::iter::once(Value::Integer(fid)).chain(out.values.drain(..));
                insert.execute(rusqlite::params_from_iter(values))?;
                if let (Some(index), false) = (&mut index, out.envelope.is_empty()) {
                    let [west, east, south, north] = out.envelope.bounds;
                    index.execute(params![fid, west, east, south, north])?;
                    extent.merge(&out.envelope);
                }
            }
        }
        self.describe(layer, geometry, &extent)
    }

    fn create_table(&self, layer: Layer<'_>, columns: &[Column], geometry: Option<&Column>) -> rusqlite::Result<()> {
        let definitions: Vec<String> =
            columns.iter().map(|column| format!(", {} {}", quoted(&column.name), column.sql)).collect();
        self.connection.execute_batch(&format!(
            "CREATE TABLE {} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL{});",
            quoted(layer.name),
            definitions.concat()
        ))?;
        if let Some(column) = geometry {
            let index = quoted(&format!("rtree_{}_{}", layer.name, column.name));
            self.connection
                .execute_batch(&format!("CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy);"))?;
        }
        Ok(())
    }

    fn describe(&self, layer: Layer<'_>, geometry: Option<&Column>, extent: &Envelope) -> rusqlite::Result<()> {
        let bound = |index: usize| if extent.is_empty() { Value::Null } else { Value::Real(extent.bounds[index]) };
        self.connection.execute(
            "INSERT INTO gpkg_contents VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?)",
            params![
                layer.name,
                if geometry.is_some() { "features" } else { "attributes" },
                layer.title,
                self.last_change,
                bound(0),
                bound(2),
                bound(1),
                bound(3),
                geometry.map(|_| self.srs_id)
            ],
        )?;
        let Some(column) = geometry else { return Ok(()) };
        self.connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
            params![layer.name, column.name, column.sql, self.srs_id],
        )?;
        self.connection.execute(
            "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', \
             'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            params![layer.name, column.name],
        )?;
        self.connection.execute_batch(&index_triggers(layer.name, &column.name))
    }

    /// Says how QGIS draws a layer.
    pub(crate) fn style(&mut self, layer: &str, name: &str, qml: String) {
        self.styles.push(LayerStyle { layer: layer.to_owned(), name: name.to_owned(), qml });
    }

    /// Completes the package.
    pub(crate) fn finish(mut self) -> Result<(), Findings> {
        if !self.findings.0.is_empty() {
            return Err(self.findings);
        }
        let styles = std::mem::take(&mut self.styles);
        let finish = |package: Self| -> rusqlite::Result<()> {
            if !styles.is_empty() {
                package.write_styles(&styles)?;
            }
            package.connection.execute_batch("COMMIT;")?;
            package.connection.close().map_err(|(_, error)| error)
        };
        let shown = self.shown;
        finish(self).map_err(|error| sqlite_finding(shown, &error).into())
    }

    fn write_styles(&self, styles: &[LayerStyle]) -> rusqlite::Result<()> {
        self.connection.execute_batch(STYLE_TABLE)?;
        for style in styles {
            self.connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, \
                 styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) \
                 VALUES ('', '', ?, ?, ?, ?, '', 1, '', '', NULL, ?)",
                params![style.layer, GEOMETRY_COLUMN, style.name, style.qml, self.last_change],
            )?;
        }
        self.connection.execute(
            "INSERT INTO gpkg_contents VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, NULL, NULL, NULL, NULL, NULL)",
            params![self.last_change],
        )?;
        Ok(())
    }

    /// The file cannot grow beyond this many pages: a full disk without a full disk.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self, pages: u32) {
        self.connection.execute_batch(&format!("PRAGMA max_page_count = {pages};")).unwrap();
    }
}

/// What SQLite met, in words.
pub(crate) fn sqlite_finding(path: &Path, error: &rusqlite::Error) -> Finding {
    use rusqlite::ErrorCode;
    let shown = path.display().to_string();
    let finding = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => return atomic::disk_full(path),
        Some(ErrorCode::SystemIoFailure) => {
            Finding::error("cannot-write", format!("`{shown}` cannot be read or written: {error}."))
                .with_help("Check that the disk is not full and still there.")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Finding::error("cannot-open", format!("`{shown}` cannot be opened: {error}."))
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => corrupt(path, &error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Finding::error("file-in-use", format!("`{shown}` is being written by another program."))
                .with_help("Save and close it there (in QGIS: end the edit session), then try again.")
        }
        _ => Finding::error("unreadable-file", format!("`{shown}` cannot be used: {error}.")),
    };
    finding.with_file(shown)
}

/// The file is broken.
pub(crate) fn corrupt(path: &Path, reason: &str) -> Finding {
    Finding::error("corrupt-file", format!("`{}` is damaged or was cut off: {reason}.", path.display()))
        .with_help("Take a backup copy, or import the source files again.")
        .with_file(path.display().to_string())
}

/// A name as SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn unstorable(layer: &str, columns: &[Column], values: &[Value], column: &str, reason: &str) -> Finding {
    let key = columns.iter().zip(values).find_map(|(column, value)| match value {
        Value::Text(key) if column.name == "key" => Some(key.as_str()),
        _ => None,
    });
    let finding = Finding::error(
        "unstorable-value",
        format!("`{column}` of {} in layer {layer} cannot be stored: {reason}.", key.unwrap_or("a row")),
    )
    .with_field(column);
    match key {
        Some(key) => finding.with_key(key),
        None => finding,
    }
}

/// The triggers that keep a spatial index true when a GIS edits the layer (annex F.3 of the standard).
fn index_triggers(table: &str, column: &str) -> String {
    let index = quoted(&format!("rtree_{table}_{column}"));
    let trigger = |suffix: &str| quoted(&format!("rtree_{table}_{column}_{suffix}"));
    let (table, column) = (quoted(table), quoted(column));
    let put = format!(
        "INSERT OR REPLACE INTO {index} VALUES (NEW.fid, ST_MinX(NEW.{column}), ST_MaxX(NEW.{column}), \
         ST_MinY(NEW.{column}), ST_MaxY(NEW.{column}));"
    );
    let full = format!("NEW.{column} NOT NULL AND NOT ST_IsEmpty(NEW.{column})");
    let empty = format!("(NEW.{column} IS NULL OR ST_IsEmpty(NEW.{column}))");
    format!(
        "CREATE TRIGGER {insert} AFTER INSERT ON {table} WHEN ({full}) BEGIN {put} END;\n\
         CREATE TRIGGER {update1} AFTER UPDATE OF {column} ON {table} WHEN OLD.fid = NEW.fid AND ({full}) BEGIN {put} END;\n\
         CREATE TRIGGER {update2} AFTER UPDATE OF {column} ON {table} WHEN OLD.fid = NEW.fid AND {empty} \
         BEGIN DELETE FROM {index} WHERE id = OLD.fid; END;\n\
         CREATE TRIGGER {update3} AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND ({full}) \
         BEGIN DELETE FROM {index} WHERE id = OLD.fid; {put} END;\n\
         CREATE TRIGGER {update4} AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {empty} \
         BEGIN DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid); END;\n\
         CREATE TRIGGER {delete} AFTER DELETE ON {table} WHEN OLD.{column} NOT NULL \
         BEGIN DELETE FROM {index} WHERE id = OLD.fid; END;",
        insert = trigger("insert"),
        update1 = trigger("update1"),
        update2 = trigger("update2"),
        update3 = trigger("update3"),
        update4 = trigger("update4"),
        delete = trigger("delete"),
    )
}

/// The tables of the standard (its annex C).
const TABLES: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
";

/// The table in which QGIS keeps styles (as its `saveStyleToDatabase` creates it).
const STYLE_TABLE: &str = "
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
);
";
