//! The tables of a day: what happens on every arc in every slice, and the queues before closures.
//!
//! A town has a million rows of arcs and slices: they are columns of 32 bits and keys from a dictionary.

use std::{io::Write as _, sync::Arc as Shared};

use arrow::{
    array::{ArrayRef, DictionaryArray, Float32Array, Int32Array, StringArray, UInt16Array},
    datatypes::{DataType, Field, Int32Type, Schema},
    record_batch::RecordBatch,
};
use twin::{
    Twin,
    outcome::day::{DayOutcome, DayState, N_SLICES},
    road::{Arc, Direction},
};

use super::table::{Kind, Table, integer, maybe_text, number, parquet as parquet_of, text};

/// Minutes in a slice.
const SLICE_MIN: u16 = 15;

/// Arcs that carry traffic in either day, rising.
fn arcs(day: &DayOutcome) -> Vec<Arc> {
    let mut arcs: Vec<Arc> = day.base.arcs.iter().chain(&day.with.arcs).copied().collect();
    arcs.sort_unstable();
    arcs.dedup();
    arcs
}

/// Columns of numbers by name, with where they stand.
type Column = (&'static str, fn(&DayState, usize) -> Option<f32>);

/// What is said of each day; those without measures are called `base_…`.
const COLUMNS: [Column; 7] = [
    ("inflow_veh", |state, at| Some(state.inflow_veh[at])),
    ("outflow_veh", |state, at| Some(state.outflow_veh[at])),
    ("queue_veh", |state, at| Some(state.queue_veh[at])),
    ("waiting_veh", |state, at| Some(state.waiting_veh[at])),
    ("queue_veh_h", |state, at| Some(state.queue_veh_h[at])),
    ("queue_delay_s", |state, at| {
        // Little's law; nobody waits where nobody leaves.
        (state.outflow_veh[at] > 1e-6).then(|| 3600.0 * state.queue_veh_h[at] / state.outflow_veh[at])
    }),
    ("full_share", |state, at| Some(state.full_share[at])),
];

fn names() -> impl Iterator<Item = String> {
    let with = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    with.chain(COLUMNS.iter().map(|(name, _)| format!("base_{name}")))
}

/// A cell; 0 where an arc carries nothing on that day.
fn cell(state: &DayState, arc: Arc, slice: usize, of: fn(&DayState, usize) -> Option<f32>) -> Option<f32> {
    state.position(arc, slice).map_or(Some(0.0), |at| of(state, at))
}

const fn direction(arc: Arc) -> &'static str {
    match arc.direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

/// The table `day` as Parquet: one row per arc and slice, slice by slice.
pub(super) fn parquet(twin: &Twin, day: &DayOutcome, provenance: &[(&'static str, String)]) -> Vec<u8> {
    let arcs = arcs(day);
    let n = arcs.len();
    let keys = |of: &dyn Fn(Arc) -> String| -> ArrayRef {
        let values = StringArray::from_iter_values(arcs.iter().map(|&arc| of(arc)));
        let rows = Int32Array::from_iter_values((0..N_SLICES).flat_map(|_| 0..n as i32));
        Shared::new(
            DictionaryArray::<Int32Type>::try_new(rows, Shared::new(values))
                .expect("because every row has an entry of the dictionary"),
        )
    };
    let ends = |arc: Arc| arc.ends(&twin.roads);
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("key".to_owned(), keys(&|arc| twin.roads.link(arc.link).key.to_string())),
        ("from_key".to_owned(), keys(&|arc| twin.roads[ends(arc).0].key.to_string())),
        ("to_key".to_owned(), keys(&|arc| twin.roads[ends(arc).1].key.to_string())),
        ("direction".to_owned(), keys(&|arc| direction(arc).to_owned())),
        (
            "begin_min".to_owned(),
            Shared::new(UInt16Array::from_iter_values(
                (0..N_SLICES as u16).flat_map(|slice| std::iter::repeat_n(slice * SLICE_MIN, n)),
            )),
        ),
    ];
    let states = [&day.with, &day.base];
    let numbers = states.into_iter().flat_map(|state| COLUMNS.iter().map(move |&(_, of)| (state, of)));
    for (name, (state, of)) in names().zip(numbers) {
        let cells = (0..N_SLICES).flat_map(|slice| arcs.iter().map(move |&arc| cell(state, arc, slice, of)));
        columns.push((name, Shared::new(Float32Array::from_iter(cells))));
    }
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(name, array.data_type().clone(), *array.data_type() == DataType::Float32))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Shared::new(Schema::new(fields)), arrays)
        .expect("because all columns have the types of the schema and the same length");
    parquet_of(&batch, provenance)
}

/// The same as CSV.
pub(super) fn csv(twin: &Twin, day: &DayOutcome) -> Vec<u8> {
    let because = "because memory takes every byte";
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["key", "from_key", "to_key", "direction", "begin_min"].map(str::to_owned);
    writer.write_record(head.into_iter().chain(names())).expect(because);
    let arcs = arcs(day);
    let mut number = Vec::new();
    for slice in 0..N_SLICES {
        for &arc in &arcs {
            let (from, to) = arc.ends(&twin.roads);
            for field in [
                twin.roads.link(arc.link).key.as_str(),
                twin.roads[from].key.as_str(),
                twin.roads[to].key.as_str(),
                direction(arc),
            ] {
                writer.write_field(field).expect(because);
            }
            writer.write_field((slice as u16 * SLICE_MIN).to_string()).expect(because);
            for state in [&day.with, &day.base] {
                for (_, of) in COLUMNS {
                    number.clear();
                    if let Some(value) = cell(state, arc, slice, of) {
                        write!(number, "{value}").expect(because);
                    }
                    writer.write_field(&number).expect(because);
                }
            }
            writer.write_record(None::<&[u8]>).expect(because);
        }
    }
    writer.into_inner().map_err(|error| error.to_string()).expect(because)
}

/// The table `day_closure`: one row per direction of a closure that narrows a street, and slice.
pub(super) fn closures(twin: &Twin, day: &DayOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        Table::DAY_CLOSURE,
        &[
            ("closure", Integer),
            ("towards", Text),
            ("key", Text),
            ("direction", Text),
            ("street", Text),
            ("stop_m", Number),
            ("begin_min", Integer),
            ("active", Integer),
            ("inflow_veh", Number),
            ("capacity_veh_h", Number),
            ("queue_veh", Number),
            ("red_queue_veh", Number),
            ("tailback_m", Number),
            ("wait_s", Number),
        ],
    );
    for approach in &day.approaches {
        let link = twin.roads.link(approach.arc.link);
        for (slice, row) in approach.slices.iter().enumerate() {
            table.push([
                integer(approach.closure as i64 + 1),
                text(if approach.direction == 0 { "along" } else { "against" }),
                text(link.key.as_str()),
                text(direction(approach.arc)),
                maybe_text(link.name.as_deref()),
                number(approach.stop_m),
                integer(slice as i64 * i64::from(SLICE_MIN)),
                integer(i64::from(row.active)),
                number(row.inflow_veh),
                number(row.capacity_veh_h),
                number(row.queue_veh),
                number(row.red_queue_veh),
                number(row.tailback_m),
                number(row.wait_s),
            ]);
        }
    }
    table
}
