//! Patterns and curves of an EPANET file.

use std::collections::BTreeMap;

use twin::{
    Finding,
    water::{WaterCurve, WaterCurveKind, WaterPattern},
};

use super::{
    options::Scale,
    text::{Complaints, Line},
};

/// Patterns by name.
#[derive(Default)]
pub(super) struct Patterns {
    pub(super) list: Vec<WaterPattern>,
    pub(super) by_name: BTreeMap<String, usize>,
}

/// Curves by name, with their line and what uses them.
#[derive(Default)]
pub(super) struct Curves {
    pub(super) list: Vec<(WaterCurve, u32, Option<WaterCurveKind>)>,
    pub(super) by_name: BTreeMap<String, usize>,
}

/// Multipliers of all patterns; lines of one name go on.
pub(super) fn patterns(lines: &[Line<'_>], complaints: &mut Complaints<'_>) -> Patterns {
    let mut patterns = Patterns::default();
    for line in lines {
        let name = line.words[0];
        if line.words.len() < 2 {
            complaints.missing(line, "multiplier");
        }
        let at = *patterns.by_name.entry(name.to_owned()).or_insert_with(|| {
            patterns.list.push(WaterPattern { name: name.to_owned(), multipliers: Vec::new() });
            patterns.list.len() - 1
        });
        let multipliers =
            (1..line.words.len()).filter_map(|index| complaints.number(line, index, "multiplier")).collect::<Vec<_>>();
        patterns.list[at].multipliers.extend(multipliers);
    }
    patterns
}

/// Points of all curves.
pub(super) fn curves(lines: &[Line<'_>], complaints: &mut Complaints<'_>) -> Curves {
    let mut curves = Curves::default();
    for line in lines {
        let name = line.words[0];
        let (x, y) = (complaints.number(line, 1, "x"), complaints.number(line, 2, "y"));
        let at = *curves.by_name.entry(name.to_owned()).or_insert_with(|| {
            let curve = WaterCurve { name: name.to_owned(), kind: WaterCurveKind::Unused, points: Vec::new() };
            curves.list.push((curve, line.number, None));
            curves.list.len() - 1
        });
        if let (Some(x), Some(y)) = (x, y) {
            curves.list[at].0.points.push([x, y]);
        }
        // The twin's own lines name the kind.
        if let Some(kind) = line.word(3).and_then(|word| WaterCurveKind::from_name(&word.to_lowercase())) {
            curves.list[at].2 = Some(kind);
        }
    }
    curves
}

/// Curves in SI units by their kind, checked: x must rise, pumps must fall.
pub(super) fn scaled_curves(curves: Curves, scale: Scale, complaints: &mut Complaints<'_>) -> Vec<WaterCurve> {
    let scale_of = |kind: WaterCurveKind| match kind {
        WaterCurveKind::Pump | WaterCurveKind::HeadLoss => [scale.flow_m3_s, scale.length_m],
        WaterCurveKind::Efficiency => [scale.flow_m3_s, 1.0],
        WaterCurveKind::Volume => [scale.length_m, scale.volume_m3],
        WaterCurveKind::Valve | WaterCurveKind::Unused => [1.0, 1.0],
    };
    curves
        .list
        .into_iter()
        .map(|(mut curve, line, kind)| {
            curve.kind = kind.unwrap_or(WaterCurveKind::Unused);
            let mut refuse = |why: &str| {
                complaints
                    .push(Finding::error("bad-curve", format!("Curve `{}` {why}.", curve.name)).with_position(line, 1));
            };
            if curve.kind != WaterCurveKind::Unused {
                if curve.points.windows(2).any(|pair| pair[0][0] >= pair[1][0]) {
                    refuse("does not rise in x from point to point");
                }
                if curve.kind == WaterCurveKind::Volume && curve.points.windows(2).any(|pair| pair[0][1] >= pair[1][1])
                {
                    refuse("has a volume that does not rise with the level");
                }
            }
            if curve.kind == WaterCurveKind::Pump && !pump_curve_is_sound(&curve.points) {
                refuse(
                    "is no pump curve: one point with flow and head above zero, or heads that fall as the flow rises",
                );
            }
            if matches!(curve.kind, WaterCurveKind::HeadLoss | WaterCurveKind::Volume) && curve.points.len() < 2 {
                refuse("needs two points or more");
            }
            let [x, y] = scale_of(curve.kind);
            curve.points.iter_mut().for_each(|point| *point = [point[0] * x, point[1] * y]);
            curve
        })
        .collect()
}

fn pump_curve_is_sound(points: &[[f64; 2]]) -> bool {
    match points {
        [] => false,
        [[flow, head]] => *flow > 0.0 && *head > 0.0,
        _ => points.windows(2).all(|pair| pair[0][1] > pair[1][1]),
    }
}
