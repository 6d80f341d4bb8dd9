//! The picture: outcomes as scene layers, legends, tables and reports, in German and English.

pub mod gantt;
mod language;
pub mod scene;
pub mod table;
pub mod words;

pub use language::Language;
