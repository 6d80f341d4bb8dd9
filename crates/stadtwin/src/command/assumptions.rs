//! `stadtwin assumptions`: the table of assumptions.

use serde_json::json;
use twin::{Assumptions, Findings};
use twin_present::words::word;

use crate::{Ending, arguments, output::Output};

/// Prints every number that is put where data is silent, with unit, range and source.
pub(crate) fn assumptions(arguments: &arguments::Assumptions, output: &Output) -> Result<Ending, Findings> {
    let wanted = arguments.word.as_deref().unwrap_or_default().to_lowercase();
    let rows: Vec<_> = Assumptions::TABLE.iter().filter(|row| row.key.contains(&wanted)).collect();
    output.value(&json!(
        rows.iter()
            .map(|row| json!({
                "key": row.key, "default": row.default, "unit": row.unit, "min": row.range.0, "max": row.range.1,
                "source": row.source,
            }))
            .collect::<Vec<_>>()
    ));
    let mut text = format!("{}\n\n", word(output.language, "assumptions-title"));
    for row in rows {
        text.push_str(&format!("{} = {} {}\n    {}\n", row.key, row.default, row.unit, row.source));
    }
    output.text(&text);
    Ok(Ending::Fine)
}
