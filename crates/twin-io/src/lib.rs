//! The doors: geodata files in, twins and results out.
