//! Styles for QGIS (QML), kept in the table `layer_styles`: layers color themselves when they are opened.

use std::fmt::Write as _;

use super::package::Package;

/// A color, `[red, green, blue]`.
pub(crate) type Color = [u8; 3];

/// How a feature is drawn.
#[derive(Clone, Debug)]
pub(crate) enum Symbol {
    /// A line; the width in millimetres, or an expression of QGIS for it.
    Line { color: Color, width_mm: f64, width_expression: Option<String>, dashed: bool },
    /// An area with a thin outline.
    Fill { color: Color, outline: Color },
    /// A circle; its diameter in millimetres.
    Marker { color: Color, size_mm: f64 },
}

impl Symbol {
    /// A full line.
    pub(crate) const fn line(color: Color, width_mm: f64) -> Self {
        Self::Line { color, width_mm, width_expression: None, dashed: false }
    }
    /// A circle.
    pub(crate) const fn marker(color: Color, size_mm: f64) -> Self {
        Self::Marker { color, size_mm }
    }
    /// An area whose outline is a little darker.
    pub(crate) fn fill(color: Color) -> Self {
        Self::Fill { color, outline: color.map(|channel| (u32::from(channel) * 3 / 4) as u8) }
    }
}

/// All features look the same.
pub(crate) fn single(symbol: &Symbol) -> String {
    document(&format!(
        "<renderer-v2 type=\"singleSymbol\" forceraster=\"0\" symbollevels=\"0\">{}</renderer-v2>",
        symbols([symbol])
    ))
}

/// A style that shows only where the map is larger than one to `denominator`: points by the thousand hide a town.
pub(crate) fn from_scale(denominator: u32, qml: &str) -> String {
    qml.replacen(
        "styleCategories=\"Symbology\"",
        &format!(
            "styleCategories=\"Symbology|Rendering\" hasScaleBasedVisibilityFlag=\"1\" minScale=\"{denominator}\" maxScale=\"0\""
        ),
        1,
    )
}

/// Maps on which a block of houses, and on which a quarter fills the screen.
const BLOCK: u32 = 5_000;
const QUARTER: u32 = 25_000;

/// The look depends on the text in a column: value, label, symbol; the last one is for all others.
pub(crate) fn categorized(column: &str, categories: &[(&str, &str, Symbol)], others: &Symbol) -> String {
    let mut rows = String::new();
    for (index, (value, label, _)) in categories.iter().enumerate() {
        write_row(
            &mut rows,
            format_args!(
                "<category render=\"true\" symbol=\"{index}\" type=\"string\" value=\"{}\" label=\"{}\"/>",
                escaped(value),
                escaped(label)
            ),
        );
    }
    write_row(
        &mut rows,
        format_args!(
            "<category render=\"true\" symbol=\"{}\" type=\"string\" value=\"\" label=\"\"/>",
            categories.len()
        ),
    );
    let symbols = symbols(categories.iter().map(|(_, _, symbol)| symbol).chain([others]));
    document(&format!(
        "<renderer-v2 type=\"categorizedSymbol\" attr=\"{}\" forceraster=\"0\" symbollevels=\"0\"><categories>{rows}</categories>{symbols}</renderer-v2>",
        escaped(column)
    ))
}

/// The look depends on the number in a column: lower bound, upper bound, label, symbol.
pub(crate) fn graduated(column: &str, ranges: &[(f64, f64, String, Symbol)]) -> String {
    let mut rows = String::new();
    for (index, (lower, upper, label, _)) in ranges.iter().enumerate() {
        write_row(
            &mut rows,
            format_args!(
                "<range render=\"true\" symbol=\"{index}\" lower=\"{lower}\" upper=\"{upper}\" label=\"{}\"/>",
                escaped(label)
            ),
        );
    }
    let symbols = symbols(ranges.iter().map(|(_, _, _, symbol)| symbol));
    document(&format!(
        "<renderer-v2 type=\"graduatedSymbol\" graduatedMethod=\"GraduatedColor\" attr=\"{}\" forceraster=\"0\" symbollevels=\"0\"><ranges>{rows}</ranges>{symbols}</renderer-v2>",
        escaped(column)
    ))
}

/// Colors by medium after DIN 2403 and the usage of German network plans: water blue, gas yellow, heat red, sewage
/// brown, electricity violet.
const WATER: Color = [31, 111, 200];
const GAS: Color = [232, 190, 20];
const HEAT: Color = [205, 50, 50];
const SEWER: Color = [125, 85, 50];
const POWER: Color = [140, 60, 170];

/// Styles of the layers of a twin.
pub(super) fn style_twin(package: &mut Package<'_>) {
    let mut put = |layer: &str, qml: String| package.style(layer, "Stadtwin", qml);
    put("road_link", roads());
    put("road_node", from_scale(BLOCK, &single(&Symbol::marker([90, 90, 90], 0.8))));
    put("building", buildings());
    put("area", areas());
    put(
        "ground_line",
        categorized(
            "kind",
            &[
                ("rail", "Bahn / railway", Symbol::line([70, 70, 70], 0.5)),
                ("tram", "Straßenbahn / tram", Symbol::line([110, 110, 110], 0.4)),
                ("wall", "Mauer / wall", Symbol::line([120, 100, 80], 0.4)),
            ],
            &Symbol::line([120, 170, 215], 0.5),
        ),
    );
    put("address", from_scale(BLOCK, &single(&Symbol::marker([150, 150, 150], 0.7))));
    put("place", from_scale(QUARTER, &single(&Symbol::marker([200, 60, 60], 2.2))));
    put("bus_stop", from_scale(QUARTER, &single(&Symbol::marker([40, 140, 60], 1.8))));
    put("bus_route", single(&Symbol::line([40, 140, 60], 0.7)));
    put("zone", single(&Symbol::marker([90, 90, 190], 2.0)));
    put("water_junction", from_scale(BLOCK, &single(&Symbol::marker(WATER, 1.0))));
    for layer in ["water_pipe", "water_pump", "water_valve"] {
        put(layer, single(&Symbol::line(WATER, 0.6)));
    }
    put("gas_junction", from_scale(BLOCK, &single(&Symbol::marker(GAS, 1.0))));
    for layer in ["gas_pipe", "gas_valve", "gas_station"] {
        put(layer, single(&Symbol::line(GAS, 0.6)));
    }
    put("heat_junction", from_scale(BLOCK, &single(&Symbol::marker(HEAT, 1.0))));
    for layer in ["heat_pipe", "heat_valve", "heat_station"] {
        put(layer, single(&Symbol::line(HEAT, 0.6)));
    }
    put("sewer_manhole", from_scale(BLOCK, &single(&Symbol::marker(SEWER, 1.2))));
    put("sewer_pipe", single(&Symbol::line(SEWER, 0.7)));
    put("power_bus", from_scale(BLOCK, &single(&Symbol::marker(POWER, 1.4))));
    put("power_line", single(&Symbol::line(POWER, 0.6)));
    put("power_transformer", single(&Symbol::line(POWER, 1.4)));
    put("power_impedance", single(&Symbol::line(POWER, 1.0)));
    put("power_unit", from_scale(BLOCK, &single(&Symbol::marker(POWER, 1.0))));
    put("power_end_switch", from_scale(BLOCK, &single(&Symbol::marker(POWER, 0.9))));
    put("power_switch", single(&Symbol::Line { color: POWER, width_mm: 0.8, width_expression: None, dashed: true }));
}

fn roads() -> String {
    let class = |name: &'static str, label: &'static str, color: Color, width_mm: f64| {
        (name, label, Symbol::line(color, width_mm))
    };
    let track = |name: &'static str, label: &'static str, color: Color| {
        (name, label, Symbol::Line { color, width_mm: 0.25, width_expression: None, dashed: true })
    };
    categorized(
        "class",
        &[
            class("motorway", "Autobahn / motorway", [220, 90, 120], 1.8),
            class("motorway_link", "Autobahnrampe / motorway ramp", [220, 90, 120], 1.0),
            class("trunk", "Kraftfahrstraße / trunk road", [235, 140, 100], 1.6),
            class("trunk_link", "Rampe / trunk ramp", [235, 140, 100], 0.9),
            class("primary", "Bundesstraße / primary road", [245, 190, 110], 1.4),
            class("primary_link", "Rampe / primary ramp", [245, 190, 110], 0.8),
            class("secondary", "Landesstraße / secondary road", [240, 225, 120], 1.2),
            class("secondary_link", "Rampe / secondary ramp", [240, 225, 120], 0.7),
            class("tertiary", "Kreisstraße / tertiary road", [200, 200, 200], 1.0),
            class("tertiary_link", "Rampe / tertiary ramp", [200, 200, 200], 0.6),
            class("unclassified", "Nebenstraße / minor road", [170, 170, 170], 0.7),
            class("residential", "Wohnstraße / residential street", [170, 170, 170], 0.7),
            class("living_street", "Verkehrsberuhigt / living street", [170, 185, 200], 0.6),
            class("service", "Zufahrt / service road", [190, 190, 190], 0.35),
            class("pedestrian", "Fußgängerzone / pedestrian street", [190, 175, 205], 0.6),
            class("busway", "Busstraße / bus road", [40, 140, 60], 0.6),
            track("track", "Feld- oder Waldweg / track", [150, 110, 60]),
            track("cycleway", "Radweg / cycle path", [60, 90, 200]),
            track("footway", "Fußweg / foot path", [200, 110, 100]),
            track("path", "Pfad / path", [200, 110, 100]),
            track("bridleway", "Reitweg / bridleway", [80, 150, 80]),
            track("steps", "Treppe / steps", [220, 60, 60]),
        ],
        &Symbol::line([150, 150, 150], 0.5),
    )
}

fn buildings() -> String {
    let fill = |name: &'static str, label: &'static str, color: Color| (name, label, Symbol::fill(color));
    categorized(
        "use",
        &[
            fill("house", "Wohnhaus / house", [217, 190, 160]),
            fill("terrace", "Reihenhaus / terraced house", [217, 190, 160]),
            fill("apartments", "Mehrfamilienhaus / apartments", [205, 165, 130]),
            fill("residential", "Wohngebäude / residential", [211, 178, 145]),
            fill("retail", "Handel / retail", [225, 130, 110]),
            fill("office", "Büro / office", [160, 170, 205]),
            fill("commercial", "Gewerbe / commercial", [190, 165, 195]),
            fill("industrial", "Industrie / industrial", [170, 150, 175]),
            fill("warehouse", "Lager / warehouse", [170, 150, 175]),
            fill("school", "Schule / school", [240, 205, 90]),
            fill("kindergarten", "Kindergarten", [240, 205, 90]),
            fill("university", "Hochschule / university", [240, 205, 90]),
            fill("hospital", "Krankenhaus / hospital", [235, 90, 100]),
            fill("fire_station", "Feuerwehr / fire station", [200, 40, 40]),
            fill("public", "Öffentlich / public", [120, 165, 160]),
            fill("church", "Kirche / church", [120, 110, 150]),
            fill("hotel", "Hotel", [195, 150, 170]),
            fill("farm", "Landwirtschaft / farm", [185, 175, 120]),
            fill("utility", "Versorgung / utility", [110, 130, 150]),
        ],
        &Symbol::fill([205, 200, 195]),
    )
}

fn areas() -> String {
    let fill =
        |name: &'static str, label: &'static str, color: Color| (name, label, Symbol::Fill { color, outline: color });
    categorized(
        "kind",
        &[
            fill("water", "Wasser / water", [165, 205, 230]),
            fill("forest", "Wald / forest", [165, 200, 150]),
            fill("park", "Park / park", [200, 228, 185]),
            fill("grass", "Wiese / grass", [215, 235, 195]),
            fill("scrub", "Gebüsch / scrub", [195, 215, 165]),
            fill("farmland", "Acker / farmland", [240, 235, 210]),
            fill("farmyard", "Hofstelle / farmyard", [235, 220, 195]),
            fill("orchard", "Obst, Wein / orchard", [205, 225, 165]),
            fill("cemetery", "Friedhof / cemetery", [185, 210, 180]),
            fill("sports", "Sport / sports", [175, 220, 195]),
            fill("residential", "Wohnen / residential", [235, 230, 225]),
            fill("retail", "Handel / retail", [248, 220, 212]),
            fill("commercial", "Gewerbe / commercial", [238, 222, 232]),
            fill("industrial", "Industrie / industrial", [230, 220, 232]),
            fill("institutional", "Öffentlich / institutional", [250, 240, 210]),
            fill("railway", "Bahn / railway", [222, 222, 226]),
            fill("parking", "Parken / parking", [232, 232, 232]),
            fill("paved", "Platz / square", [228, 222, 222]),
            fill("bare", "Brache / bare ground", [222, 212, 198]),
            fill("wetland", "Feuchtgebiet / wetland", [195, 222, 215]),
        ],
        &Symbol::Fill { color: [240, 240, 238], outline: [240, 240, 238] },
    )
}

fn document(renderer: &str) -> String {
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22.0\" styleCategories=\"Symbology\">{renderer}<blendMode>0</blendMode></qgis>\n"
    )
}

fn symbols<'a>(symbols: impl IntoIterator<Item = &'a Symbol>) -> String {
    let rows: String = symbols.into_iter().enumerate().map(|(index, symbol)| symbol_xml(index, symbol)).collect();
    format!("<symbols>{rows}</symbols>")
}

fn symbol_xml(index: usize, symbol: &Symbol) -> String {
    let color = |[red, green, blue]: Color| format!("{red},{green},{blue},255");
    let (kind, class, properties, width_expression) = match symbol {
        Symbol::Line { color: line, width_mm, width_expression, dashed } => (
            "line",
            "SimpleLine",
            vec![
                ("line_color", color(*line)),
                ("line_width", width_mm.to_string()),
                ("line_width_unit", "MM".to_owned()),
                ("line_style", if *dashed { "dash" } else { "solid" }.to_owned()),
                ("capstyle", "round".to_owned()),
                ("joinstyle", "round".to_owned()),
            ],
            width_expression.as_deref(),
        ),
        Symbol::Fill { color: fill, outline } => (
            "fill",
            "SimpleFill",
            vec![
                ("color", color(*fill)),
                ("outline_color", color(*outline)),
                ("outline_width", "0.1".to_owned()),
                ("outline_width_unit", "MM".to_owned()),
                ("outline_style", "solid".to_owned()),
                ("style", "solid".to_owned()),
            ],
            None,
        ),
        Symbol::Marker { color: fill, size_mm } => (
            "marker",
            "SimpleMarker",
            vec![
                ("name", "circle".to_owned()),
                ("color", color(*fill)),
                ("outline_color", "60,60,60,255".to_owned()),
                ("outline_width", "0.1".to_owned()),
                ("size", size_mm.to_string()),
                ("size_unit", "MM".to_owned()),
            ],
            None,
        ),
    };
    let options: String = properties
        .iter()
        .map(|(name, value)| format!("<Option name=\"{name}\" type=\"QString\" value=\"{value}\"/>"))
        .collect();
    let defined = width_expression.map_or_else(String::new, |expression| {
        format!(
            "<data_defined_properties><Option type=\"Map\"><Option name=\"name\" type=\"QString\" value=\"\"/>\
             <Option name=\"properties\" type=\"Map\"><Option name=\"outlineWidth\" type=\"Map\">\
             <Option name=\"active\" type=\"bool\" value=\"true\"/>\
             <Option name=\"expression\" type=\"QString\" value=\"{}\"/><Option name=\"type\" type=\"int\" value=\"3\"/>\
             </Option></Option><Option name=\"type\" type=\"QString\" value=\"collection\"/></Option></data_defined_properties>",
            escaped(expression)
        )
    });
    format!(
        "<symbol type=\"{kind}\" name=\"{index}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">\
         <layer class=\"{class}\" enabled=\"1\" locked=\"0\" pass=\"0\"><Option type=\"Map\">{options}</Option>{defined}</layer></symbol>"
    )
}

fn write_row(out: &mut String, row: std::fmt::Arguments<'_>) {
    out.write_fmt(row).expect("because writing to a string cannot fail");
}

/// Text as XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
