//! Result tables opened again as a list: of a sweep, of hosting capacities, of anything with a column `key`.

use std::{
    fs::{self, File},
    path::Path,
};

use arrow::{array::Array as _, datatypes::DataType, util::display::array_value_to_string};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use twin::{Finding, Findings, Key};

use crate::atomic;

/// A result table as a list of places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultList {
    /// Names of the columns without `key`; numbers have their unit at the end of the name.
    pub columns: Vec<String>,
    /// One per row, in the order of the file.
    pub rows: Vec<ListRow>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRow {
    /// The element.
    pub key: Key,
    /// Cells in the order of the columns.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Cell {
    fn of(text: &str) -> Self {
        match text.trim() {
            "" => Self::Empty,
            text => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map_or_else(|| Self::Text(text.to_owned()), Self::Number),
        }
    }
}

/// Reads a table of results: Parquet or CSV by its ending, or the folder of a sweep.
///
/// # Errors
/// The file cannot be read, is neither Parquet nor CSV, or has no column `key`.
pub fn read(path: &Path) -> Result<ResultList, Findings> {
    let inside = path.join("sweep.parquet");
    let path = if path.is_dir() && inside.is_file() { inside.as_path() } else { path };
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let (head, rows) = match ending.as_deref().and_then(|ending| ending.to_str()) {
        Some("parquet") => read_parquet(path)?,
        Some("csv") => read_csv(path)?,
        _ => {
            return Err(Finding::error("not-a-list", format!("{}: not a table of results", path.display()))
                .with_help("give a .parquet or .csv file with a column \"key\", or the folder of a sweep")
                .into());
        }
    };
    let Some(at) = head.iter().position(|name| name == "key") else {
        return Err(Finding::error(
            "list-without-key",
            format!("{}: there is no column \"key\"; there are {}", path.display(), head.join(", ")),
        )
        .with_help("only tables whose rows are streets, lines, nodes or addresses can be shown as a list")
        .into());
    };
    let rows = rows.into_iter().filter(|cells| cells.len() == head.len()).map(|mut cells| ListRow {
        key: Key::new(cells.remove(at)),
        cells: cells.iter().map(|text| Cell::of(text)).collect(),
    });
    let rows = rows.collect();
    let mut columns = head;
    columns.remove(at);
    Ok(ResultList { columns, rows })
}

type Texts = (Vec<String>, Vec<Vec<String>>);

fn broken(path: &Path, why: &dyn std::fmt::Display) -> Findings {
    Finding::error("broken-list", format!("{}: {why}", path.display()))
        .with_help("write the results again; a file may have been cut off")
        .into()
}

fn read_parquet(path: &Path) -> Result<Texts, Findings> {
    let file = File::open(path).map_err(|error| atomic::read_finding(path, &error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(path, &error))?;
    let schema = builder.schema().clone();
    let reader = builder.build().map_err(|error| broken(path, &error))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| broken(path, &error))?;
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| {
                let empty = column.is_null(row) || *column.data_type() == DataType::Null;
                if empty { Ok(String::new()) } else { array_value_to_string(column, row) }
            });
            rows.push(cells.collect::<Result<Vec<_>, _>>().map_err(|error| broken(path, &error))?);
        }
    }
    Ok((schema.fields().iter().map(|field| field.name().clone()).collect(), rows))
}

fn read_csv(path: &Path) -> Result<Texts, Findings> {
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let head = reader.headers().map_err(|error| broken(path, &error))?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record.map_err(|error| broken(path, &error))?.iter().map(str::to_owned).collect());
    }
    Ok((head, rows))
}

#[cfg(test)]
mod tests {
    use twin::{Sweep, SweepRow, Twin};

    use super::*;

    #[test]
    fn a_sweep_is_read_as_it_was_written_from_parquet_and_from_csv() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let row = |key: &str, name: Option<&str>, value| SweepRow {
            key: key.into(),
            name: name.map(str::to_owned),
            rank: 1,
            status: "converged".to_owned(),
            measure: None,
            values: vec![value],
        };
        let sweep = Sweep {
            each: "road".to_owned(),
            criteria: vec!["traffic.added_vehicle_hours"],
            rows: vec![row("way/1", Some("Bergweg, \"Nord\""), Some(12.5)), row("way/2", None, None)],
            findings: Findings::default(),
            complete: true,
        };
        let twin = Twin::empty("Testheim", twin::Crs::etrs89_utm(32));
        let out = folder.path().join("out");
        crate::results::write_sweep(&twin, &sweep, &serde_json::json!({}), &out, true).expect("it can be written");
        let list = read(&out).expect("the folder of a sweep is a list");
        assert_eq!(read(&out.join("sweep.csv")), Ok(list.clone()));
        assert_eq!(list.columns, ["name", "rank", "status", "measure", "traffic.added_vehicle_hours"]);
        assert_eq!(list.rows[0].key, Key::new("way/1"));
        assert_eq!(list.rows[0].cells[0], Cell::Text("Bergweg, \"Nord\"".to_owned()));
        assert_eq!(list.rows[0].cells[4], Cell::Number(12.5));
        assert_eq!((&list.rows[1].cells[0], &list.rows[1].cells[4]), (&Cell::Empty, &Cell::Empty));
    }

    #[test]
    fn what_is_no_list_is_refused_with_what_is_missing() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let code = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("the folder can be written to");
            read(&path).expect_err(name).iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(code("a.csv", "name,value\nx,1\n"), ["list-without-key"]);
        assert_eq!(code("a.parquet", "no parquet"), ["broken-list"]);
        assert_eq!(code("a.txt", "key\n1\n"), ["not-a-list"]);
        assert_eq!(code("b.csv", "key,value\nx\n"), ["broken-list"]);
        assert!(read(&folder.path().join("absent.csv")).is_err());
    }
}
