//! Writing an EPANET file.

use twin::{utility::WaterNetwork, water::WaterOperation};

use super::Model;

/// The text of a model.
#[must_use]
pub fn write(model: &Model) -> String {
    let _ = model;
    String::new()
}

pub(super) fn operation_lines(_: &WaterNetwork, _: &WaterOperation) -> Vec<(String, String)> {
    Vec::new()
}
