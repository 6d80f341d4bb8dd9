//! Reading a publication.

use twin::{Finding, Findings, Twin};

use super::{
    super::{Feed, READ, ReadOptions, event::Collector, place::Ground, time::Clock},
    record, regulation,
    xml::{self, Lines},
};

/// What a record is called in the tally.
const RECORDS: &str = "situation records";

/// What the readers of records share.
pub(super) struct Context<'a, 't> {
    pub(super) collector: Collector<'a>,
    pub(super) clock: Clock,
    pub(super) lines: Lines<'t>,
}

impl Context<'_, '_> {
    pub(super) fn position(&self, element: &xml::Element) -> Option<(u32, u32)> {
        Some(self.lines.position(element.offset))
    }
}

/// Reads a publication.
pub(in super::super) fn read(bytes: &[u8], twin: &Twin, options: ReadOptions) -> Result<Feed, Findings> {
    let text = xml::decoded(bytes)?;
    let ground = Ground::new(twin)?;
    let mut context = Context {
        collector: Collector::new(&ground, "datex2", RECORDS, options.today),
        clock: Clock::of(&twin.crs),
        lines: Lines::of(&text),
    };
    let head = xml::walk(&text, &["situation", "trafficRegulationOrder"], |_, element| {
        if element.name == "situation" {
            record::situation(&element, &mut context);
        } else {
            regulation::order(&element, &mut context);
        }
    })?;
    let known = ["SituationPublication", "TrafficRegulationPublication"];
    match head.publication.as_deref() {
        Some(kind) if known.contains(&kind) => {}
        Some(kind) => return Err(other_publication(kind).into()),
        None if context.collector.tally.kinds.is_empty() => {
            let finding = Finding::error("no-publication", "The DATEX II file has no publication in it.");
            return Err(finding.with_help(READ).into());
        }
        None => {}
    }
    let mut collector = context.collector;
    if context.clock.is_as_written() {
        let finding = Finding::note(
            "days-as-written",
            "The clock of the town is not known from its reference system: days and hours are those of the offsets in the feed.",
        );
        collector.tell("", None, finding.with_help("Shift the hours in the calendar where that matters."));
    }
    Ok(Feed {
        format: format!("DATEX II {}", head.version),
        works: collector.works,
        findings: Findings(collector.findings),
        tally: collector.tally,
    })
}

fn other_publication(kind: &str) -> Finding {
    let what = match kind {
        "MeasuredDataPublication" | "MeasurementSiteTablePublication" | "ElaboratedDataPublication" => {
            "measured traffic"
        }
        "VmsPublication" | "VmsTablePublication" => "message signs",
        "ParkingTablePublication" | "ParkingStatusPublication" | "ParkingVehiclesPublication" => "parking",
        "PredefinedLocationsPublication" => "predefined locations",
        "EnergyInfrastructureTablePublication" | "EnergyInfrastructureStatusPublication" => "charging stations",
        "ControlledZoneTablePublication" => "zones with restricted access",
        _ => "something else",
    };
    Finding::error("other-publication", format!("This is a {kind}: it tells of {what}, not of works."))
        .with_help(format!("Ask the publisher for the SituationPublication with roadworks. {READ}"))
}
