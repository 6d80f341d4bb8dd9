//! The picture: outcomes as scene layers, legends, tables and reports, in German and English.

pub mod scene;
