//! Reading: features of the feed, one by one.

use std::collections::BTreeMap;

use geo_types::Coord;
use serde_json::Value;
use twin::{Finding, Findings, Twin, road::Modes, scenario::Control};

use super::{
    super::{
        Feed, READ, ReadOptions,
        event::{Collector, Effect, Event, Shape},
        place::Ground,
        time::{self, Clock, Wrong},
    },
    UNATTRIBUTED,
    merge::{self, Draft},
};

/// What a feature is called in the tally.
const EVENTS: &str = "road events";

/// Reads a work zone feed.
pub(in super::super) fn read(bytes: &[u8], twin: &Twin, options: ReadOptions) -> Result<Feed, Findings> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        Finding::error("not-utf8", format!("The feed is not UTF-8 text (line {line})."))
            .with_help("JSON is UTF-8: tell the publisher, or convert the file.")
            .with_position(u32::try_from(line).unwrap_or(u32::MAX), 1)
    })?;
    let root: Value = serde_json::from_str(text).map_err(|error| {
        let truncated = error.is_eof();
        let message = if truncated {
            "The feed ends in the middle.".to_owned()
        } else {
            format!("The feed is no valid JSON: {error}.")
        };
        Finding::error(if truncated { "file-truncated" } else { "invalid-json" }, message)
            .with_help("Fetch the file again.")
            .with_position(position(error.line()), position(error.column()))
    })?;
    let version = check_kind(&root)?;
    let ground = Ground::new(twin)?;
    let clock = Clock::of(&twin.crs);
    let mut reader = Reader {
        owners: owners(&root),
        places: places_of_ids(text),
        clock,
        collector: Collector::new(&ground, "wzdx", EVENTS, options.today),
    };
    reader.check_version(version.as_deref());
    let features = root["features"].as_array().map(Vec::as_slice).unwrap_or_default();
    let drafts: Vec<Draft> =
        features.iter().enumerate().filter_map(|(index, feature)| reader.feature(index, feature)).collect();
    let mut collector = reader.collector;
    for event in merge::merged(drafts, &mut collector) {
        collector.add(&event);
    }
    let format = format!("WZDx {}", version.as_deref().unwrap_or("4"));
    Ok(Feed { format, works: collector.works, findings: Findings(collector.findings), tally: collector.tally })
}

fn position(number: usize) -> u32 {
    u32::try_from(number.max(1)).unwrap_or(u32::MAX)
}

/// That it is a work zone feed of a version that is read; the version.
fn check_kind(root: &Value) -> Result<Option<String>, Finding> {
    let error = |code, message: String, help: &str| {
        Err(Finding::error(code, message).with_help(format!("{help} {READ}").trim_start().to_owned()))
    };
    let info = ["feed_info", "road_event_feed_info"].iter().find_map(|key| root.get(key));
    let features = root.get("features").and_then(Value::as_array);
    let of_devices = |feature: &Value| feature["properties"]["core_details"].get("device_type").is_some();
    if features.is_some_and(|features| !features.is_empty() && features.iter().all(of_devices)) {
        return error(
            "device-feed",
            "This is a WZDx device feed: it tells of arrow boards, cameras and signs, not of works.".to_owned(),
            "Fetch the work zone feed of the same publisher.",
        );
    }
    let restricts = |feature: &Value| feature["properties"]["core_details"]["event_type"] == "restriction";
    if features.is_some_and(|features| !features.is_empty() && features.iter().all(restricts)) {
        return error(
            "restriction-feed",
            "This is a WZDx road restriction feed: it tells of permanent limits, not of works.".to_owned(),
            "Fetch the work zone feed of the same publisher.",
        );
    }
    let Some(info) = info else {
        let what = match root["type"].as_str() {
            Some("FeatureCollection") => "GeoJSON, but no WZDx feed: it has no `feed_info`",
            Some("Topology") => "TopoJSON, not a WZDx feed",
            _ => "JSON, but no WZDx feed",
        };
        return error("not-wzdx", format!("This is {what}."), "");
    };
    if features.is_none() {
        return error(
            "features-missing",
            "The WZDx feed has no list of `features`.".to_owned(),
            "Fetch the file again.",
        );
    }
    let version = match &info["version"] {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Some(text) = version.as_deref()
        && text.split('.').next() != Some("4")
    {
        return error(
            "wrong-version",
            format!("The feed is WZDx {text}; versions 4.0 to 4.2 are read."),
            "Ask the publisher for version 4.",
        );
    }
    Ok(version)
}

/// Organizations by the identifier of their data source.
fn owners(root: &Value) -> BTreeMap<String, String> {
    let info = root.get("feed_info").or_else(|| root.get("road_event_feed_info"));
    let sources = info.and_then(|info| info["data_sources"].as_array()).map(Vec::as_slice).unwrap_or_default();
    sources
        .iter()
        .filter_map(|source| Some((text(&source["data_source_id"])?, text(&source["organization_name"])?)))
        .collect()
}

/// Line and column of each `"id": "…"`, from 1: the first of each.
fn places_of_ids(text: &str) -> BTreeMap<String, (u32, u32)> {
    let mut places = BTreeMap::new();
    for (line, content) in text.lines().enumerate() {
        for (column, _) in content.match_indices("\"id\"") {
            let rest = content[column + 4..].trim_start().strip_prefix(':').map(str::trim_start);
            if let Some(Ok(id)) =
                rest.and_then(|rest| serde_json::Deserializer::from_str(rest).into_iter::<Value>().next())
                && let Some(id) = self::text(&id)
            {
                places.entry(id).or_insert((position(line + 1), position(content[..column].chars().count() + 1)));
            }
        }
    }
    places
}

/// A text or a number as text; nothing where empty.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

struct Reader<'a> {
    owners: BTreeMap<String, String>,
    places: BTreeMap<String, (u32, u32)>,
    clock: Clock,
    collector: Collector<'a>,
}

/// A feature on the way to a draft.
struct Record<'v> {
    id: String,
    position: Option<(u32, u32)>,
    properties: &'v Value,
    core: &'v Value,
}

impl Reader<'_> {
    fn check_version(&mut self, version: Option<&str>) {
        let finding = match version {
            Some("4.0" | "4.1" | "4.2") => None,
            Some(other) => Some(Finding::warning(
                "newer-version",
                format!("The feed is WZDx {other}, newer than 4.2: it is read as 4.2."),
            )),
            None => {
                Some(Finding::warning("version-missing", "The feed does not tell its version: it is read as WZDx 4.2."))
            }
        };
        if let Some(finding) = finding {
            self.collector.tell(
                "",
                None,
                finding.with_field("feed_info.version").with_help("Check the works against their source."),
            );
        }
        if self.clock.is_as_written() {
            let finding = Finding::note("days-as-written", "The clock of the town is not known from its reference system: days and hours are those of the offsets in the feed (mostly universal time).")
                .with_help("Shift the hours in the calendar where that matters.");
            self.collector.tell("", None, finding);
        }
    }

    fn leave_out(&mut self, record: &Record<'_>, reason: &'static str, finding: Finding) -> Option<Draft> {
        self.collector.leave_out(&record.id, record.position, reason, finding);
        None
    }

    fn feature(&mut self, index: usize, feature: &Value) -> Option<Draft> {
        let id = text(&feature["id"]).or_else(|| text(&feature["properties"]["core_details"]["id"]));
        let record = Record {
            position: id.as_ref().and_then(|id| self.places.get(id).copied()),
            id: id.clone().unwrap_or_else(|| format!("features[{index}]")),
            properties: &feature["properties"],
            core: &feature["properties"]["core_details"],
        };
        if id.is_none() {
            let finding = Finding::warning("missing-id", format!("Feature {} has no identifier.", index + 1))
                .with_field(format!("features[{index}].id"));
            self.collector.tell(&record.id, None, finding.with_help("Tell the publisher of the feed."));
        }
        if !record.core.is_object() {
            let finding = Finding::warning("missing-key", "The road event has no `core_details`: it is left out.");
            return self.leave_out(&record, "not understood", finding.with_help("Tell the publisher of the feed."));
        }
        match record.core["event_type"].as_str() {
            Some("work-zone") => self.work_zone(&record, &feature["geometry"]),
            Some("detour") => self.leave_out(
                &record,
                "detour",
                Finding::note("detour", "A detour, not a work: it is left out.").with_help("Detours are computed."),
            ),
            other => {
                let finding = Finding::warning(
                    "unknown-value",
                    format!(
                        "The road event is of type \"{}\", not work-zone: it is left out.",
                        other.unwrap_or("none")
                    ),
                )
                .with_field("event_type");
                self.leave_out(&record, "other type of event", finding.with_help("Only work zones close streets."))
            }
        }
    }

    fn work_zone(&mut self, record: &Record<'_>, geometry: &Value) -> Option<Draft> {
        let shape = match shape(geometry) {
            Ok(shape) => shape,
            Err(what) => {
                let finding = Finding::warning("geometry-missing", format!("{what} The road event is left out."))
                    .with_field("geometry");
                return self.leave_out(
                    record,
                    "without a position",
                    finding.with_help("Work zones are LineStrings or MultiPoints of longitude and latitude."),
                );
            }
        };
        let span = self.span(record)?;
        let relations = relations(record.core);
        if record.properties["work_zone_type"] == "moving"
            && relations.iter().any(|(kind, _)| kind == "planned-moving-operation")
        {
            let finding = Finding::note(
                "moving-part",
                "The present part of a moving work whose whole area is another event: it is left out.",
            );
            return self.leave_out(record, "part of another event", finding.with_help("Nothing to do."));
        }
        let directed = matches!(
            record.core["direction"].as_str(),
            Some("northbound" | "eastbound" | "southbound" | "westbound" | "inner-loop" | "outer-loop")
        );
        let local_access = self.restrictions(record);
        let effect = self.effect(record, directed, local_access)?;
        self.compare_directions(record, &shape);
        if record.properties["work_zone_type"] == "planned-moving-area" {
            let finding =
                Finding::warning("moving-work", "A moving work: its whole area is taken as closed all the time.");
            self.collector.tell(
                &record.id,
                record.position,
                finding.with_help("Shorten the line in the calendar to one day's part."),
            );
        }
        let event = Event {
            id: record.id.clone(),
            position: record.position,
            name: text(&record.core["name"]),
            road: record.core["road_names"].as_array().and_then(|names| names.iter().find_map(text)),
            effect,
            both: !directed,
            shape,
            span,
            exempt: if local_access { Modes::EMERGENCY } else { Modes::NONE },
            residents: local_access,
            cause: text(&record.core["description"]).or_else(|| types_of_work(record.properties)),
            owner: text(&record.core["data_source_id"])
                .filter(|id| id != UNATTRIBUTED)
                .and_then(|id| self.owners.get(&id).cloned()),
        };
        Some(Draft { event, relations })
    }

    /// Says where the line of an event runs against the direction that the event names.
    fn compare_directions(&mut self, record: &Record<'_>, shape: &Shape) {
        let Some(named) = record.core["direction"].as_str() else { return };
        let (east, north) = match named {
            "northbound" => (0.0, 1.0),
            "eastbound" => (1.0, 0.0),
            "southbound" => (0.0, -1.0),
            "westbound" => (-1.0, 0.0),
            _ => return,
        };
        let positions = shape.positions();
        let (Some(begin), Some(end)) = (positions.first(), positions.last()) else { return };
        let line = ((end.x - begin.x) * begin.y.to_radians().cos(), end.y - begin.y);
        let cosine = (line.0 * east + line.1 * north) / line.0.hypot(line.1);
        // Roads wind, and a northbound road may run west for a while: only what runs back is doubtful.
        if cosine < -std::f64::consts::FRAC_1_SQRT_2 {
            let message = format!("The event is {named}, but its line runs the other way: the line is taken.");
            let finding = Finding::warning("direction-against-line", message).with_field("direction");
            let help = "Exchange `direction` or `open_direction` in the calendar if the line is drawn backwards.";
            self.collector.tell(&record.id, record.position, finding.with_help(help));
        }
    }

    fn span(&mut self, record: &Record<'_>) -> Option<time::Span> {
        let mut moments = [None, None];
        for (moment, field) in moments.iter_mut().zip(["start_date", "end_date"]) {
            let given = &record.properties[field];
            *moment = given.as_str().and_then(|text| time::moment(text, &self.clock));
            let finding = match (&moment, given) {
                (None, Value::Null) => Finding::warning(
                    "date-missing",
                    format!("The road event has no `{field}`: the work has no such day."),
                ),
                (None, other) => {
                    let finding = Finding::warning(
                        "date-unreadable",
                        format!("`{field}` is {other}, no date and time: the road event is left out."),
                    )
                    .with_field(field)
                    .with_help("Dates look like 2026-05-04T06:00:00Z.");
                    self.collector.leave_out(&record.id, record.position, "date not understood", finding);
                    return None;
                }
                (Some(moment), _) if moment.without_zone => Finding::warning(
                    "date-without-zone",
                    format!("`{field}` has no offset from universal time: it is taken as the town's own time."),
                ),
                _ => continue,
            };
            let finding = finding.with_field(field).with_help("Tell the publisher of the feed.");
            self.collector.tell(&record.id, record.position, finding);
        }
        match time::span(moments[0], moments[1], None) {
            Ok(span) => Some(span),
            Err(wrong) => {
                let (reason, finding) = wrong_span(wrong);
                self.collector.leave_out(&record.id, record.position, reason, finding);
                None
            }
        }
    }

    /// Whether only residents may enter; other restrictions are told.
    fn restrictions(&mut self, record: &Record<'_>) -> bool {
        let lanes = record.properties["lanes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of_road = record.properties["restrictions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of_lanes =
            lanes.iter().flat_map(|lane| lane["restrictions"].as_array().map(Vec::as_slice).unwrap_or_default());
        let mut told: Vec<String> = of_road
            .iter()
            .chain(of_lanes)
            .filter(|restriction| restriction["type"] != "local-access-only")
            .filter_map(|restriction| {
                let kind = restriction["type"].as_str()?;
                let value = restriction["value"].as_f64().map_or_else(String::new, |value| format!(" {value}"));
                let unit = restriction["unit"].as_str().map_or_else(String::new, |unit| format!(" {unit}"));
                Some(format!("{kind}{value}{unit}"))
            })
            .collect();
        told.sort();
        told.dedup();
        if !told.is_empty() {
            let finding = Finding::note(
                "restrictions-not-kept",
                format!("Restrictions beside the closure are not kept: {}.", told.join(", ")),
            )
            .with_field("restrictions");
            self.collector.tell(
                &record.id,
                record.position,
                finding.with_help("Nothing to do, unless they keep vehicles away."),
            );
        }
        of_road.iter().any(|restriction| restriction["type"] == "local-access-only")
    }

    fn effect(&mut self, record: &Record<'_>, directed: bool, local_access: bool) -> Option<Effect> {
        let closed = if directed { Effect::Direction } else { Effect::Full };
        let impact = record.properties["vehicle_impact"].as_str();
        match impact {
            Some("all-lanes-closed") => Some(closed),
            Some(
                "some-lanes-closed"
                | "some-lanes-closed-merge-left"
                | "some-lanes-closed-merge-right"
                | "some-lanes-closed-split",
            ) => match open_lanes(record.properties) {
                Some(0) => Some(closed),
                stay => Some(Effect::Lanes(stay)),
            },
            Some("alternating-one-way") => Some(Effect::Half(None)),
            Some("temporary-traffic-signal") => Some(Effect::Half(Some(Control::Signal))),
            Some("flagging") => Some(Effect::Half(Some(Control::Flagger))),
            Some(open) if open.starts_with("all-lanes-open") && local_access => Some(closed),
            Some(open) if open.starts_with("all-lanes-open") => {
                self.leave_out(
                    record,
                    "all lanes stay open",
                    Finding::note(
                        "nothing-closed",
                        format!("All lanes stay open ({open}): there is nothing to close."),
                    )
                    .with_help("Nothing to do."),
                );
                None
            }
            Some("unknown") => {
                self.leave_out(
                    record,
                    "impact not known",
                    Finding::warning(
                        "impact-unknown",
                        "The publisher does not know what is closed: the road event is left out.",
                    )
                    .with_field("vehicle_impact")
                    .with_help("Ask the publisher, or add the work to the calendar by hand."),
                );
                None
            }
            other => {
                let said = other.map_or_else(
                    || "The road event has no `vehicle_impact`".to_owned(),
                    |other| format!("`vehicle_impact` is \"{other}\", which WZDx 4.2 does not have"),
                );
                self.leave_out(
                    record,
                    "not understood",
                    Finding::warning("unknown-value", format!("{said}: the road event is left out."))
                        .with_field("vehicle_impact")
                        .with_help("Tell the publisher of the feed."),
                );
                None
            }
        }
    }
}

/// Why begin and end are no span.
pub(in super::super) fn wrong_span(wrong: Wrong) -> (&'static str, Finding) {
    match wrong {
        Wrong::Backwards => (
            "dates reversed",
            Finding::warning("dates-reversed", "The work ends before it begins: it is left out.")
                .with_help("Tell the publisher of the feed."),
        ),
        Wrong::Empty => (
            "without duration",
            Finding::warning("zero-duration", "The work begins and ends at the same moment: it is left out.")
                .with_help("Tell the publisher of the feed."),
        ),
    }
}

/// General lanes that vehicles use; nothing where no lane is listed.
fn open_lanes(properties: &Value) -> Option<u8> {
    let lanes = properties["lanes"].as_array().filter(|lanes| !lanes.is_empty())?;
    let is_open = |lane: &&Value| {
        matches!(lane["type"].as_str(), Some("general" | "through-lane" | "lane" | "hov-lane"))
            && lane["status"].as_str().is_some_and(|status| status != "closed" && !status.starts_with("merge"))
    };
    u8::try_from(lanes.iter().filter(is_open).count()).ok()
}

fn types_of_work(properties: &Value) -> Option<String> {
    let types: Vec<&str> =
        properties["types_of_work"].as_array()?.iter().filter_map(|kind| kind["type_name"].as_str()).collect();
    (!types.is_empty()).then(|| types.join(", "))
}

fn relations(core: &Value) -> Vec<(String, String)> {
    let listed = core["related_road_events"].as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(|relation| Some((text(&relation["type"])?, text(&relation["id"])?))).collect()
}

/// The positions of a geometry, or what is wrong with it.
fn shape(geometry: &Value) -> Result<Shape, String> {
    let kind = geometry["type"].as_str();
    let listed = |value: &Value| -> Option<Vec<Coord<f64>>> {
        value.as_array()?.iter().map(|at| Some(Coord { x: at.get(0)?.as_f64()?, y: at.get(1)?.as_f64()? })).collect()
    };
    let coordinates = listed(&geometry["coordinates"]).filter(|positions| !positions.is_empty());
    match (kind, coordinates) {
        (Some("LineString"), Some(positions)) if positions.len() > 1 => Ok(Shape::Line(positions)),
        (Some("MultiPoint"), Some(positions)) => Ok(Shape::Points(positions)),
        (Some("LineString" | "MultiPoint"), _) => Err("The geometry has no usable positions.".to_owned()),
        (Some(other), _) => Err(format!("The geometry is a {other}.")),
        (None, _) => Err("The geometry is missing.".to_owned()),
    }
}
