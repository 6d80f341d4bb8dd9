//! The tables `band` (how far figures move when what is assumed is varied) and `share` (which closure causes how much).

use twin::{Outcome, Scenario, Twin};

use super::table::{Cell, Kind, Table, integer, maybe_text, number, text};

/// One row per main figure.
pub(super) fn bands(outcome: &Outcome) -> Option<Table> {
    use Kind::{Number, Text};
    if outcome.bands.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "band",
        &[
            ("criterion", Text),
            ("value", Number),
            ("low", Number),
            ("low_by", Text),
            ("high", Number),
            ("high_by", Text),
        ],
    );
    for band in &outcome.bands {
        let by = |name: &str| Cell::Text((!name.is_empty()).then(|| name.to_owned()));
        table.push([
            text(band.criterion),
            number(band.value),
            number(band.low.0),
            by(&band.low.1),
            number(band.high.0),
            by(&band.high.1),
        ]);
    }
    Some(table)
}

/// One row per main figure and closure.
pub(super) fn shares(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Option<Table> {
    use Kind::{Integer, Number, Text};
    if outcome.shares.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "share",
        &[
            ("closure", Integer),
            ("street", Text),
            ("cause", Text),
            ("criterion", Text),
            ("joint", Number),
            ("alone", Number),
            ("marginal", Number),
        ],
    );
    let values = twin::criteria::values(outcome);
    for share in &outcome.shares {
        let closure = outcome.traffic.as_ref().and_then(|traffic| traffic.closures.get(share.closure));
        let link = closure.and_then(|closure| closure.sections.first()).map(|section| twin.roads.link(section.link));
        let joint = values.iter().find(|(name, _)| *name == share.criterion).map(|&(_, value)| value);
        table.push([
            integer(share.closure as i64 + 1),
            maybe_text(link.and_then(|link| link.name.as_deref())),
            maybe_text(scenario.closures.get(share.closure).and_then(|closure| closure.cause.as_deref())),
            text(share.criterion),
            Cell::Number(joint),
            number(share.alone),
            number(share.marginal),
        ]);
    }
    Some(table)
}
