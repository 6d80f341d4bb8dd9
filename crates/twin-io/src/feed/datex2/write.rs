//! Writing a situation publication.
//!
//! One situation per line of a work, with up to three records: the works (`MaintenanceWorks`: name, cause, owner), what is
//! closed (`RoadOrCarriagewayOrLaneManagement`), and the temporary signal of an alternation (`GeneralNetworkManagement`).
//! Elements stand in the order of the schemas. Version 3 carries the line itself (`gmlLineString`), version 2, whose
//! model has none, its positions as an itinerary of points.

use jiff::Timestamp;
use twin::{
    Findings, Twin,
    scenario::{ClosureKind, Control, OpenDirection},
};

use super::super::{
    Publication,
    time::{self, Clock},
    write::{Exported, Means, Part, PlacedWork, parts},
};
use crate::project::Projector;

/// Version of the model that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Version 2 (2.2 and 2.3).
    V2,
    /// Version 3.
    #[default]
    V3,
}

const MEANS: Means = Means { prefix: "datex2", name: "DATEX II", open_end: true, residents: false };

/// The text of a DATEX II situation publication of some works. What it reads back as differs in what the findings name,
/// and in that works of several lines become several works.
///
/// # Errors
/// The twin has no reference system that leads to longitude and latitude.
pub fn write(
    works: &[PlacedWork],
    twin: &Twin,
    publication: &Publication,
    version: Version,
) -> Result<Exported, Findings> {
    let projector = Projector::new(twin.crs.epsg)?;
    let mut findings = Findings::default();
    let parts = parts(works, &MEANS, &projector, &mut findings);
    let mut xml = Xml::new(version, Clock::of(&twin.crs), publication.time);
    match version {
        Version::V3 => xml.open(
            "d2:payload",
            &[
                ("xmlns:d2", "http://datex2.eu/schema/3/d2Payload"),
                ("xmlns:com", "http://datex2.eu/schema/3/common"),
                ("xmlns:loc", "http://datex2.eu/schema/3/locationReferencing"),
                ("xmlns:sit", "http://datex2.eu/schema/3/situation"),
                ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
                ("xsi:type", "sit:SituationPublication"),
                ("lang", "de"),
                ("modelBaseVersion", "3"),
            ],
        ),
        Version::V2 => {
            xml.open(
                "d2LogicalModel",
                &[
                    ("xmlns", "http://datex2.eu/schema/2/2_0"),
                    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
                    ("modelBaseVersion", "2"),
                ],
            );
            xml.open("exchange", &[]);
            xml.publisher("supplierIdentification", publication);
            xml.close();
            xml.open("payloadPublication", &[("xsi:type", "SituationPublication"), ("lang", "de")]);
        }
    }
    xml.leaf("com:publicationTime", &time::universal(publication.time));
    xml.publisher("com:publicationCreator", publication);
    for part in &parts {
        xml.situation(part);
    }
    while !xml.stack.is_empty() {
        xml.close();
    }
    let mut keys: Vec<_> = parts.iter().map(|part| &part.work.key).collect();
    keys.dedup();
    Ok(Exported { text: xml.text, n_works: keys.len(), findings })
}

/// XML text. Names are given with the prefixes of version 3; version 2 has none.
struct Xml {
    version: Version,
    clock: Clock,
    now: String,
    text: String,
    stack: Vec<String>,
}

impl Xml {
    fn new(version: Version, clock: Clock, now: Timestamp) -> Self {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        Self { version, clock, now: time::universal(now), text, stack: Vec::new() }
    }

    /// A name, or a value with a prefix, as the version has it.
    fn named<'n>(&self, name: &'n str) -> &'n str {
        let known = ["com:", "loc:", "sit:"];
        match self.version {
            Version::V3 => name,
            Version::V2 => known.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name),
        }
    }

    fn line(&mut self, content: &str) {
        self.text.push_str(&"  ".repeat(self.stack.len()));
        self.text.push_str(content);
        self.text.push('\n');
    }

    fn tag(&self, name: &str, attributes: &[(&str, &str)]) -> String {
        let mut tag = self.named(name).to_owned();
        for (key, value) in attributes {
            let value = if *key == "xsi:type" { self.named(value) } else { value };
            tag.push_str(&format!(" {key}=\"{}\"", escaped(value)));
        }
        tag
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let tag = self.tag(name, attributes);
        self.line(&format!("<{tag}>"));
        self.stack.push(self.named(name).to_owned());
    }

    fn close(&mut self) {
        if let Some(name) = self.stack.pop() {
            self.line(&format!("</{name}>"));
        }
    }

    fn leaf(&mut self, name: &str, text: &str) {
        let name = self.named(name);
        self.line(&format!("<{name}>{}</{name}>", escaped(text)));
    }

    fn multilingual(&mut self, name: &str, text: &str) {
        self.open(name, &[]);
        self.open("com:values", &[]);
        let value = self.named("com:value");
        self.line(&format!("<{value} lang=\"de\">{}</{value}>", escaped(text)));
        self.close();
        self.close();
    }

    fn publisher(&mut self, name: &str, publication: &Publication) {
        self.open(name, &[]);
        self.leaf("com:country", &publication.country);
        self.leaf("com:nationalIdentifier", &publication.publisher);
        self.close();
    }

    fn situation(&mut self, part: &Part<'_>) {
        let closure = &part.work.closure;
        let situation = format!("{}-situation", part.id);
        match self.version {
            Version::V3 => self.open("sit:situation", &[("id", &situation)]),
            Version::V2 => self.open("situation", &[("id", &situation), ("version", "1")]),
        }
        self.leaf("sit:situationVersionTime", &self.now.clone());
        self.open("sit:headerInformation", &[]);
        self.leaf("com:confidentiality", "noRestriction");
        self.leaf("com:informationStatus", "real");
        self.close();
        self.record("MaintenanceWorks", &format!("{}-works", part.id), part, |xml| {
            xml.leaf("sit:roadMaintenanceType", "roadworks");
        });
        self.record("RoadOrCarriagewayOrLaneManagement", &part.id, part, |xml| {
            xml.leaf("sit:complianceOption", "mandatory");
            if closure.kind == ClosureKind::Lanes && closure.direction.is_none() {
                xml.leaf("sit:applicableForTrafficDirection", "bothWays");
            }
            xml.leaf("sit:roadOrCarriagewayOrLaneManagementType", management(closure.kind));
        });
        if closure.kind == ClosureKind::Half && closure.control == Control::Signal {
            self.record("GeneralNetworkManagement", &format!("{}-signal", part.id), part, |xml| {
                xml.leaf("sit:complianceOption", "mandatory");
                xml.leaf("sit:generalNetworkManagementType", "temporaryTrafficLights");
            });
        }
        self.close();
    }

    fn record(&mut self, kind: &str, id: &str, part: &Part<'_>, own: impl FnOnce(&mut Self)) {
        let works = kind == "MaintenanceWorks";
        let closure = &part.work.closure;
        self.open("sit:situationRecord", &[("xsi:type", &format!("sit:{kind}")), ("id", id), ("version", "1")]);
        let now = self.now.clone();
        self.leaf("sit:situationRecordCreationTime", &now);
        self.leaf("sit:situationRecordVersionTime", &now);
        self.leaf("sit:probabilityOfOccurrence", "certain");
        if let (true, Some(owner)) = (works, &closure.owner) {
            self.open("sit:source", &[]);
            self.multilingual("com:sourceName", owner);
            self.close();
        }
        self.validity(part);
        if let (ClosureKind::Lanes, Some(lanes), false) = (closure.kind, closure.lanes, works) {
            self.open("sit:impact", &[]);
            self.leaf("sit:numberOfOperationalLanes", &lanes.to_string());
            self.close();
        }
        if let (true, Some(cause)) = (works, &closure.cause) {
            match self.version {
                Version::V3 => self.open("sit:cause", &[]),
                Version::V2 => self.open("cause", &[("xsi:type", "NonManagedCause")]),
            }
            self.multilingual("sit:causeDescription", cause);
            self.close();
        }
        if let (true, Some(name)) = (works, &part.work.name) {
            self.open("sit:generalPublicComment", &[]);
            self.multilingual("sit:comment", name);
            if self.version == Version::V3 {
                self.leaf("sit:commentType", "roadworksName");
            }
            self.close();
        }
        self.location(part);
        own(self);
        self.close();
    }

    fn validity(&mut self, part: &Part<'_>) {
        let hours = part.work.closure.hours;
        let several = part.to.is_none_or(|to| to > part.from);
        let (begin, end) = time::bounds(part.from, part.to.unwrap_or(part.from), hours);
        self.open("sit:validity", &[]);
        self.leaf("com:validityStatus", "definedByValidityTimeSpec");
        self.open("com:validityTimeSpecification", &[]);
        self.leaf("com:overallStartTime", &self.clock.written(begin));
        if part.to.is_some() {
            self.leaf("com:overallEndTime", &self.clock.written(end));
        }
        if let (true, Some((low, high))) = (several, hours) {
            self.open("com:validPeriod", &[]);
            match self.version {
                Version::V3 => self.open("com:recurringTimePeriodOfDay", &[]),
                Version::V2 => self.open("recurringTimePeriodOfDay", &[("xsi:type", "TimePeriodByHour")]),
            }
            self.leaf("com:startTimeOfPeriod", &low.strftime("%H:%M:%S").to_string());
            self.leaf("com:endTimeOfPeriod", &high.strftime("%H:%M:%S").to_string());
            self.close();
            self.close();
        }
        self.close();
        self.close();
    }

    fn location(&mut self, part: &Part<'_>) {
        let mut line = part.line_wgs84.clone();
        let closure = &part.work.closure;
        // A closed carriageway is drawn in its own direction, and so are lanes that are taken from one direction.
        let is_closed_against =
            closure.kind == ClosureKind::OneWay && closure.open_direction != Some(OpenDirection::Against);
        if is_closed_against || closure.direction == Some(OpenDirection::Against) {
            line.reverse();
        }
        match self.version {
            Version::V3 => {
                self.open("sit:locationReference", &[("xsi:type", "loc:LinearLocation")]);
                if let Some(street) = part.street {
                    self.open("loc:supplementaryPositionalDescription", &[]);
                    self.open("loc:roadInformation", &[]);
                    self.leaf("loc:roadName", street);
                    self.close();
                    self.close();
                }
                self.open("loc:gmlLineString", &[("srsName", "urn:ogc:def:crs:EPSG::4326"), ("srsDimension", "2")]);
                let positions: Vec<String> = line.iter().map(|at| format!("{} {}", at.y, at.x)).collect();
                self.leaf("loc:posList", &positions.join(" "));
                self.close();
                self.close();
            }
            Version::V2 => {
                self.open("groupOfLocations", &[("xsi:type", "ItineraryByIndexedLocations")]);
                for (index, at) in line.iter().enumerate() {
                    self.open("locationContainedInItinerary", &[("index", &index.to_string())]);
                    self.open("location", &[("xsi:type", "Point")]);
                    self.open("pointByCoordinates", &[]);
                    self.open("pointCoordinates", &[]);
                    self.leaf("latitude", &at.y.to_string());
                    self.leaf("longitude", &at.x.to_string());
                    for _ in 0..4 {
                        self.close();
                    }
                }
                self.close();
            }
        }
    }
}

const fn management(kind: ClosureKind) -> &'static str {
    match kind {
        ClosureKind::Full => "roadClosed",
        ClosureKind::OneWay => "carriagewayClosures",
        ClosureKind::Half => "singleAlternateLineTraffic",
        ClosureKind::Lanes => "laneClosures",
        ClosureKind::Narrowed => "narrowLanes",
    }
}

/// Text as XML has it; control characters, which it does not have, as a replacement.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(letter),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
