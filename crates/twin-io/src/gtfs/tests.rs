//! Timetables drawn small.
