//! The picture: outcomes as scene layers, legends, tables and reports, in German and English.

pub mod balance;
pub mod brief;
pub mod command_line;
pub mod findings;
pub mod gantt;
mod language;
pub mod page;
mod po;
pub mod scene;
pub mod supply;
pub mod table;
pub mod timeline;
pub mod words;

pub use language::Language;
