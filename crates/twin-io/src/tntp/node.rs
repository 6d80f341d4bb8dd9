//! The node file: coordinates.

use twin::{Finding, Findings, geo_types::Coord};

use super::text::{Complaints, File, Parts, Word, words};

/// Parses a node file: the position of each node, where the file has it.
pub(super) fn parse(file: &File, n_nodes: usize, findings: &mut Findings) -> Vec<Option<Coord<f64>>> {
    let mut complaints = Complaints::of(file, findings);
    let parts = Parts::of(file, &mut complaints);
    let mut positions = vec![None; n_nodes];
    for (index, &(line, row)) in parts.rows.iter().enumerate() {
        let row: Vec<Word<'_>> = words(line, row).take_while(|word| word.text != ";").collect();
        let [node, x, y, ..] = row[..] else {
            if !row.is_empty() {
                complaints
                    .push(Finding::error("missing-field", "A node needs its number, x and y.").with_position(line, 1));
            }
            continue;
        };
        if index == 0 && node.text.parse::<f64>().is_err() {
            // The names of the columns.
            continue;
        }
        let node_index = complaints.numbered(node, "node", "node", n_nodes);
        let (x, y) = (complaints.number(x, "x"), complaints.number(y, "y"));
        let (Some(node_index), Some(x), Some(y)) = (node_index, x, y) else { continue };
        if positions[node_index].replace(Coord { x, y }).is_some() {
            complaints.push(
                Finding::warning(
                    "repeated-node",
                    format!("Node {} has two positions; the last one is used.", node.text),
                )
                .with_position(line, node.column),
            );
        }
    }
    positions
}
