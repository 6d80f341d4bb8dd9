//! The picture: outcomes as scene layers, legends, tables and reports, in German and English.

pub mod brief;
pub mod gantt;
mod language;
pub mod scene;
pub mod supply;
pub mod table;
pub mod words;

pub use language::Language;
