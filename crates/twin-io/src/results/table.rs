//! A table in columns, written as Parquet and CSV.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::{metadata::KeyValue, properties::WriterProperties},
};

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) cells: Cells,
}

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cells {
    Text(Vec<Option<String>>),
    Number(Vec<Option<f64>>),
    Integer(Vec<Option<i64>>),
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(Option<String>),
    Number(Option<f64>),
    Integer(Option<i64>),
}

impl Cells {
    /// The cell of a row.
    pub(crate) fn get(&self, row: usize) -> Cell {
        match self {
            Self::Text(cells) => Cell::Text(cells[row].clone()),
            Self::Number(cells) => Cell::Number(cells[row]),
            Self::Integer(cells) => Cell::Integer(cells[row]),
        }
    }
}

impl Table {
    pub(crate) const LINKS: &'static str = "links";
    pub(crate) const ROAD_LINK: &'static str = "road_link";
    pub(crate) const AFFECTED: &'static str = "affected";
    pub(crate) const DAY_CLOSURE: &'static str = "day_closure";
    pub(crate) const SIGNAL_PLAN: &'static str = "signal_plan";

    /// An empty table of these columns: name and a cell that shows the type.
    pub(crate) fn new(name: &'static str, columns: &[(&'static str, Kind)]) -> Self {
        let columns = columns.iter().map(|&(name, kind)| Column {
            name,
            cells: match kind {
                Kind::Text => Cells::Text(Vec::new()),
                Kind::Number => Cells::Number(Vec::new()),
                Kind::Integer => Cells::Integer(Vec::new()),
            },
        });
        Self { name, columns: columns.collect() }
    }

    /// Appends a row. A number that is not finite becomes empty.
    pub(crate) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        assert_eq!(N, self.columns.len(), "because a row has a cell for every column of {}", self.name);
        for (column, cell) in self.columns.iter_mut().zip(row) {
            match (&mut column.cells, cell) {
                (Cells::Text(cells), Cell::Text(cell)) => cells.push(cell),
                (Cells::Number(cells), Cell::Number(cell)) => cells.push(cell.filter(|number| number.is_finite())),
                (Cells::Integer(cells), Cell::Integer(cell)) => cells.push(cell),
                (_, cell) => unreachable!("column {} of {} takes no {cell:?}", column.name, self.name),
            }
        }
    }

    /// The number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| match &column.cells {
            Cells::Text(cells) => cells.len(),
            Cells::Number(cells) => cells.len(),
            Cells::Integer(cells) => cells.len(),
        })
    }

    /// A cell by the name of its column.
    pub(crate) fn cell(&self, column: &str, row: usize) -> Option<Cell> {
        self.columns.iter().find(|known| known.name == column).map(|known| known.cells.get(row))
    }

    /// The bytes of a Parquet file.
    pub(crate) fn parquet(&self, provenance: &[(&'static str, String)]) -> Vec<u8> {
        let fields = self.columns.iter().map(|column| {
            let kind = match column.cells {
                Cells::Text(_) => DataType::Utf8,
                Cells::Number(_) => DataType::Float64,
                Cells::Integer(_) => DataType::Int64,
            };
            Field::new(column.name, kind, true)
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = self.columns.iter().map(|column| -> ArrayRef {
            match &column.cells {
                Cells::Text(cells) => Arc::new(StringArray::from_iter(cells.iter().map(Option::as_deref))),
                Cells::Number(cells) => Arc::new(Float64Array::from_iter(cells.iter().copied())),
                Cells::Integer(cells) => Arc::new(Int64Array::from_iter(cells.iter().copied())),
            }
        });
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays.collect())
            .expect("because all columns have the types of the schema and the same length");
        parquet(&batch, provenance)
    }

    /// The bytes of a CSV file: UTF-8, commas, a head; empty cells where there is no value.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let because = "because memory takes every byte";
        writer.write_record(self.columns.iter().map(|column| column.name)).expect(because);
        for row in 0..self.n_rows() {
            let cells = self.columns.iter().map(|column| match column.cells.get(row) {
                Cell::Text(text) => text.unwrap_or_default(),
                Cell::Number(number) => number.map_or_else(String::new, |number| number.to_string()),
                Cell::Integer(number) => number.map_or_else(String::new, |number| number.to_string()),
            });
            writer.write_record(cells).expect(because);
        }
        writer.into_inner().map_err(|error| error.to_string()).expect(because)
    }
}

/// The bytes of a Parquet file.
pub(crate) fn parquet(batch: &RecordBatch, provenance: &[(&'static str, String)]) -> Vec<u8> {
    let metadata = provenance.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(metadata.collect()))
        .build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("because the types are plain");
    writer.write(batch).expect("because memory takes every byte");
    writer.close().expect("because memory takes every byte");
    bytes
}

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Integer,
}

/// A text cell.
pub(crate) fn text(value: impl Into<String>) -> Cell {
    Cell::Text(Some(value.into()))
}

/// A text cell that may be empty.
pub(crate) fn maybe_text(value: Option<&str>) -> Cell {
    Cell::Text(value.map(str::to_owned))
}

/// A number.
pub(crate) const fn number(value: f64) -> Cell {
    Cell::Number(Some(value))
}

/// Seconds since the start.
pub(crate) fn seconds(time_s: u64) -> Cell {
    Cell::Integer(i64::try_from(time_s).ok())
}

/// A whole number.
pub(crate) fn integer(value: impl Into<i64>) -> Cell {
    Cell::Integer(Some(value.into()))
}
