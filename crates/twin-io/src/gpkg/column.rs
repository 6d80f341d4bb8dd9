//! How fields become columns: one value of a record is one cell, or several cells under a common prefix.

use std::collections::BTreeMap;

use rusqlite::types::{Value, ValueRef};
use twin::geo_types::{Coord, Geometry, LineString, MultiPolygon};
use twin::{Id, Key, jiff::civil::Date, road::Modes};

use super::blob::{self, Blob, Envelope};

/// A column of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Name with the unit at its end.
    pub(crate) name: String,
    /// GeoPackage data type.
    pub(crate) sql: &'static str,
}

impl Column {
    /// A column of this name and type.
    pub(crate) fn new(name: impl Into<String>, sql: &'static str) -> Self {
        Self { name: name.into(), sql }
    }

    /// Whether it holds geometries.
    pub(crate) fn is_geometry(&self) -> bool {
        matches!(self.sql, "POINT" | "LINESTRING" | "MULTILINESTRING" | "MULTIPOLYGON" | "GEOMETRY")
    }
}

/// Name of the geometry column of every layer.
pub(crate) const GEOMETRY_COLUMN: &str = "geom";

/// A row on its way into a layer.
#[derive(Debug)]
pub(crate) struct RowOut<'a> {
    pub(crate) values: Vec<Value>,
    pub(crate) envelope: Envelope,
    /// Column and reason, where a value cannot be stored.
    pub(crate) problem: Option<(usize, String)>,
    pub(crate) srs_id: i32,
    pub(crate) sizes: &'a BTreeMap<&'static str, usize>,
}

impl<'a> RowOut<'a> {
    pub(crate) fn new(srs_id: i32, sizes: &'a BTreeMap<&'static str, usize>) -> Self {
        Self { values: Vec::new(), envelope: Envelope::EMPTY, problem: None, srs_id, sizes }
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.envelope = Envelope::EMPTY;
        self.problem = None;
    }

    /// Appends one cell.
    pub(crate) fn cell<T: Cell>(&mut self, value: &T) {
        let value = value.to_value();
        self.push(value);
    }

    pub(crate) fn push(&mut self, value: Value) {
        if matches!(value, Value::Real(number) if !number.is_finite()) {
            self.problem = Some((self.values.len(), "it is not a finite number".to_owned()));
        }
        self.values.push(value);
    }

    /// Replaces a cell that was left empty.
    pub(crate) fn set<T: Cell>(&mut self, index: usize, value: &T) {
        let value = value.to_value();
        if matches!(value, Value::Real(number) if !number.is_finite()) {
            self.problem = Some((index, "it is not a finite number".to_owned()));
        }
        self.values[index] = value;
    }

    /// Appends a geometry.
    pub(crate) fn geometry(&mut self, blob: Blob) {
        if !blob.finite {
            self.problem = Some((self.values.len(), "a coordinate is not a finite number".to_owned()));
        }
        self.envelope = blob.envelope;
        self.values.push(Value::Blob(blob.bytes));
    }

    /// Appends a reference to a row of another layer, by its fid: row number plus one.
    pub(crate) fn reference(&mut self, layer: &'static str, index: Option<usize>) {
        if let Some(index) = index.filter(|&index| index >= self.sizes.get(layer).copied().unwrap_or(0)) {
            self.problem = Some((self.values.len(), format!("layer {layer} has no row {}", index + 1)));
        }
        self.values.push(index.map_or(Value::Null, |index| Value::Integer(fid(index))));
    }
}

/// The fid of a row number.
pub(crate) fn fid(index: usize) -> i64 {
    i64::try_from(index).expect("because ids have 32 bits") + 1
}

/// A row on its way out of a layer.
#[derive(Debug)]
pub(crate) struct RowIn<'a> {
    pub(crate) row: &'a rusqlite::Row<'a>,
    /// Where each column stands in the row; `None` where the layer has no such column by design.
    pub(crate) places: &'a [Option<usize>],
    pub(crate) next: usize,
    pub(crate) fids: &'a Fids,
}

/// A value that cannot be used: its column and why.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl RowIn<'_> {
    /// The next cell.
    pub(crate) fn cell<T: Cell>(&mut self) -> Result<T, Problem> {
        self.next += 1;
        self.cell_at(self.next - 1)
    }

    /// A cell by its place among the columns.
    pub(crate) fn cell_at<T: Cell>(&self, column: usize) -> Result<T, Problem> {
        self.value_at(column).and_then(T::from_value).map_err(|message| Problem { column, message })
    }

    /// The next geometry.
    pub(crate) fn geometry(&mut self) -> Result<Geometry<f64>, Problem> {
        let column = self.next;
        self.next += 1;
        let decoded = self.value_at(column).and_then(|value| match value {
            ValueRef::Blob(bytes) => blob::decode(bytes),
            ValueRef::Null => Err("there is no geometry".to_owned()),
            _ => Err("it is not a geometry".to_owned()),
        });
        decoded.map_err(|message| Problem { column, message })
    }

    /// The next reference to a row of another layer.
    pub(crate) fn reference(&mut self, layer: &'static str) -> Result<Option<usize>, Problem> {
        let column = self.next;
        let fid: Option<i64> = self.cell()?;
        fid.map(|fid| self.fids.index(layer, fid)).transpose().map_err(|message| Problem { column, message })
    }

    fn value_at(&self, column: usize) -> Result<ValueRef<'_>, String> {
        match self.places.get(column).copied().flatten() {
            None => Ok(ValueRef::Null),
            Some(place) => self.row.get_ref(place).map_err(|error| error.to_string()),
        }
    }
}

/// The fids of the layers read so far, in the order of their rows: a file edited in a GIS has gaps.
#[derive(Debug, Default)]
pub(crate) struct Fids {
    pub(crate) layers: BTreeMap<&'static str, Vec<i64>>,
}

impl Fids {
    /// The row number of a fid of a layer.
    pub(crate) fn index(&self, layer: &'static str, fid: i64) -> Result<usize, String> {
        self.layers
            .get(layer)
            .and_then(|fids| {
                let guess = usize::try_from(fid - 1).unwrap_or(usize::MAX);
                if fids.get(guess) == Some(&fid) { Some(guess) } else { fids.binary_search(&fid).ok() }
            })
            .ok_or_else(|| format!("layer {layer} has no feature {fid}"))
    }
}

/// A value or a record: one or several columns.
pub(crate) trait Field: Sized {
    /// Appends the columns of a field of this name (empty for a whole record).
    fn columns(name: &str, out: &mut Vec<Column>);
    /// Appends the cells.
    fn put(&self, out: &mut RowOut<'_>);
    /// Takes the cells back.
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem>;
}

/// A value that fills one cell.
pub(crate) trait Cell: Sized {
    /// GeoPackage data type.
    const SQL: &'static str;
    /// The value as SQLite stores it.
    fn to_value(&self) -> Value;
    /// The value read back; the error says what was found instead.
    fn from_value(value: ValueRef<'_>) -> Result<Self, String>;
}

impl<T: Cell> Field for T {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(name, T::SQL));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        out.cell(self);
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        row.cell()
    }
}

impl<T: Cell> Cell for Option<T> {
    const SQL: &'static str = T::SQL;
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        if value == ValueRef::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// The columns of a record.
pub(crate) fn columns_of<T: Field>() -> Vec<Column> {
    let mut columns = Vec::new();
    T::columns("", &mut columns);
    columns
}

/// The columns of a field, its type taken from an accessor.
pub(crate) fn columns_of_field<S, T: Field>(_: impl Fn(&S) -> &T, name: &str, out: &mut Vec<Column>) {
    T::columns(name, out);
}

/// `prefix_name`, or the one that is not empty.
pub(crate) fn joined(prefix: &str, name: &str) -> String {
    match (prefix, name) {
        ("", name) => name.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, name) => format!("{prefix}_{name}"),
    }
}

/// What was found, for a message.
pub(crate) fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => format!("`{}`", String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

impl Cell for f64 {
    const SQL: &'static str = "DOUBLE";
    fn to_value(&self) -> Value {
        Value::Real(*self)
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Real(number) if number.is_finite() => Ok(number),
            ValueRef::Integer(number) => Ok(number as Self),
            other => Err(format!("it must be a number, not {}", shown(other))),
        }
    }
}

impl Cell for bool {
    const SQL: &'static str = "BOOLEAN";
    fn to_value(&self) -> Value {
        Value::Integer(i64::from(*self))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Integer(0) => Ok(false),
            ValueRef::Integer(1) => Ok(true),
            other => Err(format!("it must be true or false, not {}", shown(other))),
        }
    }
}

macro_rules! integer_cell {
    ($($type:ty = $sql:literal),+) => {$(
        impl Cell for $type {
            const SQL: &'static str = $sql;
            fn to_value(&self) -> Value {
                Value::Integer(i64::from(*self))
            }
            fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
                match value {
                    ValueRef::Integer(number) => Self::try_from(number).map_err(|_| {
                        format!("it must be a whole number from {} to {}, not {number}", Self::MIN, Self::MAX)
                    }),
                    other => Err(format!("it must be a whole number, not {}", shown(other))),
                }
            }
        }
    )+};
}
integer_cell!(i8 = "TINYINT", u8 = "SMALLINT", i32 = "MEDIUMINT", u32 = "INTEGER", i64 = "INTEGER");

impl Cell for String {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Text(bytes) => {
                std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "it is not UTF-8 text".to_owned())
            }
            other => Err(format!("it must be text, not {}", shown(other))),
        }
    }
}

impl Cell for Key {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Text(bytes) => {
                std::str::from_utf8(bytes).map(Self::new).map_err(|_| "it is not UTF-8 text".to_owned())
            }
            other => Err(format!("it must be a key, not {}", shown(other))),
        }
    }
}

/// Several keys: a JSON array.
impl Cell for Vec<Key> {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(serde_json::to_string(self).expect("because keys are strings"))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value, "a JSON array of keys")
    }
}

/// Attributes of the source: a JSON object.
impl Cell for BTreeMap<String, String> {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(serde_json::to_string(self).expect("because a map of strings is JSON"))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value, "a JSON object of texts")
    }
}

/// Row numbers: a JSON array.
impl Cell for Vec<i64> {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(serde_json::to_string(self).expect("because numbers are JSON"))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value, "a JSON array of feature numbers")
    }
}

/// Coefficients: a JSON array.
impl Cell for Vec<f64> {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(serde_json::to_string(self).expect("because numbers are JSON"))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value, "a JSON array of numbers")
    }
}

/// Modes of travel: `car,truck,bus`.
impl Cell for Modes {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(self.names().collect::<Vec<_>>().join(","))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        let text = String::from_value(value)?;
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).try_fold(Self::NONE, |modes, name| {
            Self::from_name(name).map(|mode| modes.union(mode)).ok_or_else(|| format!("`{name}` is no mode of travel"))
        })
    }
}

impl Cell for Date {
    const SQL: &'static str = "DATE";
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        let text = String::from_value(value)?;
        text.parse().map_err(|_| format!("`{text}` is not a date"))
    }
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(value: ValueRef<'_>, what: &str) -> Result<T, String> {
    match value {
        ValueRef::Text(bytes) => {
            serde_json::from_slice(bytes).map_err(|_| format!("it must be {what}, not {}", shown(value)))
        }
        other => Err(format!("it must be {what}, not {}", shown(other))),
    }
}

macro_rules! geometry_field {
    ($type:ty, $sql:literal, $encode:path, |$decoded:ident| $cast:expr, $wrong:literal) => {
        impl Field for $type {
            fn columns(_: &str, out: &mut Vec<Column>) {
                out.push(Column::new(GEOMETRY_COLUMN, $sql));
            }
            fn put(&self, out: &mut RowOut<'_>) {
                out.geometry($encode(self, out.srs_id));
            }
            fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
                let column = row.next;
                let $decoded = row.geometry()?;
                let cast: Option<$type> = $cast;
                cast.ok_or_else(|| Problem { column, message: $wrong.to_owned() })
            }
        }
    };
}

geometry_field!(
    Coord<f64>,
    "POINT",
    point_of,
    |geometry| match geometry {
        Geometry::Point(point) => Some(point.0),
        _ => None,
    },
    "it must be a point"
);
geometry_field!(
    LineString<f64>,
    "LINESTRING",
    blob::line_string,
    |geometry| match geometry {
        Geometry::LineString(line) => Some(line),
        Geometry::MultiLineString(mut lines) if lines.0.len() == 1 => lines.0.pop(),
        _ => None,
    },
    "it must be a line"
);
geometry_field!(
    MultiPolygon<f64>,
    "MULTIPOLYGON",
    blob::multi_polygon,
    |geometry| match geometry {
        Geometry::MultiPolygon(polygons) => Some(polygons),
        Geometry::Polygon(polygon) => Some(Self(vec![polygon])),
        _ => None,
    },
    "it must be a polygon or multipolygon"
);
geometry_field!(Geometry<f64>, "GEOMETRY", blob::geometry, |geometry| Some(geometry), "it must be a geometry");

fn point_of(position: &Coord<f64>, srs_id: i32) -> Blob {
    blob::point(*position, srs_id)
}

/// A thing that other layers refer to.
pub(crate) trait Referenced {
    /// Its layer.
    const LAYER: &'static str;
}

impl<T: Referenced> Field for Id<T> {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(format!("{name}_fid"), "INTEGER"));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        out.reference(T::LAYER, Some(self.index()));
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        let column = row.next;
        row.reference(T::LAYER)?
            .map(Self::new)
            .ok_or_else(|| Problem { column, message: format!("it must name a feature of layer {}", T::LAYER) })
    }
}

impl<T: Referenced> Field for Option<Id<T>> {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(format!("{name}_fid"), "INTEGER"));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        out.reference(T::LAYER, self.map(Id::index));
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        Ok(row.reference(T::LAYER)?.map(Id::new))
    }
}
