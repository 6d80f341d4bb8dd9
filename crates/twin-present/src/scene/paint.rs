//! Colors of results: a value per feature, classes with colors, and a legend that says them in words.
//!
//! Changes are shown blue to orange, symmetric about zero with fixed breaks, so that two pictures compare; volumes in viridis.
//! Color never stands alone: falling values are hatched, and the width of the drawn band is the base volume.

use geo_types::Coord;
use twin::{
    Id, Twin,
    outcome::{HourOutcome, Outcome},
    road::{Arc, Direction, RoadLink, Structure},
};

use super::{
    FeatureIds, Ground, MeshData,
    mesh::Brush,
    ribbon,
    street::{deck, half_width_m, is_street, node_lifts},
};

/// What is painted on the streets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Change of volume, vehicles per hour.
    #[default]
    Change,
    /// Volume without the scenario, vehicles per hour.
    VolumeBefore,
    /// Volume with the scenario, vehicles per hour.
    VolumeWith,
    /// Travel time over that of the empty street, with the scenario.
    Slowdown,
}

impl Measure {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Change, Self::VolumeBefore, Self::VolumeWith, Self::Slowdown];
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bilingual {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    pub(super) fn new(de: impl Into<String>, en: impl Into<String>) -> Self {
        Self { de: de.into(), en: en.into() }
    }
}

/// A class of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Values from here on, until the next class begins.
    pub from: f32,
    /// Color, sRGB.
    pub color: [u8; 3],
    /// Whether it is hatched.
    pub hatched: bool,
    /// What the class is called: `+50 bis +100`.
    pub label: Bilingual,
}

/// Classes of a measure, by rising value; the first has no lower bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    /// What is shown.
    pub title: Bilingual,
    /// Unit.
    pub unit: Bilingual,
    /// Classes.
    pub classes: Vec<Class>,
}

impl Legend {
    /// The class of a value.
    #[must_use]
    pub fn class(&self, value: f32) -> usize {
        self.classes.iter().rposition(|class| value >= class.from).unwrap_or(0)
    }
}

/// Values of features: `values[feature]` is meant only where `shown[feature]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paint {
    /// Value per feature, in the unit of the legend.
    pub values: Vec<f32>,
    /// Whether the feature has a value.
    pub shown: Vec<bool>,
}

impl Paint {
    /// No feature has a value.
    #[must_use]
    pub fn empty(ids: FeatureIds) -> Self {
        let n_features = ids.n_features() as usize;
        Self { values: vec![0.0; n_features], shown: vec![false; n_features] }
    }

    /// Gives a feature a value, or none.
    pub(super) fn set(&mut self, feature: u32, value: Option<f64>) {
        let row = feature as usize;
        let value = value.filter(|value| value.is_finite());
        self.values[row] = value.unwrap_or(0.0) as f32;
        self.shown[row] = value.is_some();
    }
}

/// The values of a measure in one computed hour (its place in the outcome) for every feature of a scene.
#[must_use]
pub fn paint(twin: &Twin, ids: FeatureIds, outcome: &Outcome, hour_index: usize, measure: Measure) -> Paint {
    let mut paint = Paint::empty(ids);
    let Some(hour) = outcome.traffic.as_ref().and_then(|traffic| traffic.hours.get(hour_index)) else { return paint };
    for (id, link) in twin.roads.links() {
        if !is_street(link) || (link.forward.lanes == 0 && link.backward.lanes == 0) {
            continue;
        }
        let value = Direction::BOTH.map(|direction| value_of_arc(hour, Arc::new(id, direction).index(), measure));
        let value = if measure == Measure::Slowdown { value[0].max(value[1]) } else { value[0] + value[1] };
        paint.set(ids.road(id), Some(value));
    }
    paint
}

fn value_of_arc(hour: &HourOutcome, arc: usize, measure: Measure) -> f64 {
    let at = |column: &Vec<f64>| column.get(arc).copied().unwrap_or(0.0);
    let (base, with) = (&hour.base, &hour.with);
    match measure {
        Measure::Change => at(&with.volume_veh_h) - at(&base.volume_veh_h),
        Measure::VolumeBefore => at(&base.volume_veh_h),
        Measure::VolumeWith => at(&with.volume_veh_h),
        Measure::Slowdown => {
            let (time, delay) = (at(&with.travel_time_s), at(&with.delay_s));
            if time > delay && time > 0.0 && time.is_finite() && delay.is_finite() {
                (time / (time - delay)).min(99.0)
            } else {
                1.0
            }
        }
    }
}

/// The legend of a measure; the same for every outcome.
#[must_use]
pub fn legend(measure: Measure) -> Legend {
    let per_hour = || Bilingual::new("Fahrzeuge je Stunde, beide Richtungen", "vehicles per hour, both directions");
    match measure {
        Measure::Change => Legend {
            title: Bilingual::new("Änderung der Verkehrsstärke", "Change in volume"),
            unit: per_hour(),
            classes: change_classes(),
        },
        Measure::VolumeBefore | Measure::VolumeWith => Legend {
            title: if measure == Measure::VolumeBefore {
                Bilingual::new("Verkehrsstärke ohne Maßnahme", "Volume without the measure")
            } else {
                Bilingual::new("Verkehrsstärke mit Maßnahme", "Volume with the measure")
            },
            unit: per_hour(),
            classes: rising_classes(&[0.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 1500.0], Figures { digits: 0 }),
        },
        Measure::Slowdown => Legend {
            title: Bilingual::new(
                "Reisezeit im Verhältnis zur leeren Straße",
                "Travel time relative to the empty street",
            ),
            unit: Bilingual::new("Faktor", "factor"),
            classes: rising_classes(&[1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0], Figures { digits: 2 }),
        },
    }
}

/// Breaks of the legend of changes.
const CHANGE_BREAKS: [f32; 5] = [10.0, 50.0, 100.0, 200.0, 400.0];
/// Blue, from the strongest fall.
const FALLS: [[u8; 3]; 5] = [[8, 48, 107], [8, 81, 156], [49, 130, 189], [107, 174, 214], [173, 210, 234]];
/// Orange, from the weakest rise.
const RISES: [[u8; 3]; 5] = [[253, 208, 162], [253, 174, 107], [241, 121, 30], [217, 72, 1], [140, 45, 4]];
/// Gray, where hardly anything changes.
const SAME: [u8; 3] = [196, 196, 192];
/// Viridis at seven even steps.
const VIRIDIS: [[u8; 3]; 7] =
    [[68, 1, 84], [68, 57, 131], [49, 104, 142], [33, 145, 140], [53, 183, 121], [144, 215, 67], [253, 231, 37]];

/// Colors of five steps from a fall over no change to a rise; no change in a dark gray that stands out from the streets.
pub(super) const fn change_colors() -> [[u8; 3]; 5] {
    [FALLS[1], FALLS[3], [64, 64, 72], RISES[1], RISES[3]]
}

fn change_classes() -> Vec<Class> {
    let mut classes = Vec::new();
    for (step, color) in FALLS.into_iter().enumerate() {
        let to = CHANGE_BREAKS[4 - step];
        let from = if step == 0 { f32::MIN } else { -CHANGE_BREAKS[5 - step] };
        let label = if step == 0 {
            Bilingual::new(format!("mehr als {to:.0} weniger"), format!("down by more than {to:.0}"))
        } else {
            Bilingual::new(format!("−{:.0} bis −{to:.0}", -from), format!("−{:.0} to −{to:.0}", -from))
        };
        classes.push(Class { from, color, hatched: true, label });
    }
    let least = CHANGE_BREAKS[0];
    classes.push(Class {
        from: -least,
        color: SAME,
        hatched: false,
        label: Bilingual::new(format!("weniger als ±{least:.0}"), format!("less than ±{least:.0}")),
    });
    for (step, color) in RISES.into_iter().enumerate() {
        let from = CHANGE_BREAKS[step];
        let label = CHANGE_BREAKS.get(step + 1).map_or_else(
            || Bilingual::new(format!("mehr als {from:.0} mehr"), format!("up by more than {from:.0}")),
            |to| Bilingual::new(format!("+{from:.0} bis +{to:.0}"), format!("+{from:.0} to +{to:.0}")),
        );
        classes.push(Class { from, color, hatched: false, label });
    }
    classes
}

/// Seven steps from a tint of a color over the color itself to a shade of it.
pub(super) fn ramp(color: [u8; 3]) -> [[u8; 3]; 7] {
    let mixed = |with: f64, share: f64| {
        color.map(|channel| (f64::from(channel) * (1.0 - share) + 255.0 * with * share).round().clamp(0.0, 255.0) as u8)
    };
    std::array::from_fn(|step| {
        let place = step as f64 / 3.0 - 1.0;
        if place < 0.0 { mixed(1.0, -0.72 * place) } else { mixed(0.0, 0.68 * place) }
    })
}

/// How the bounds of classes are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Decimals.
    pub(super) digits: usize,
}

/// Seven classes of rising values; the first is open below, the last above.
pub(super) fn rising_classes(breaks: &[f32; 7], Figures { digits }: Figures) -> Vec<Class> {
    let german = |value: f32| format!("{value:.digits$}").replace('.', ",");
    let english = |value: f32| format!("{value:.digits$}");
    (0..7)
        .map(|step| {
            let from = breaks[step];
            let label = breaks.get(step + 1).map_or_else(
                || Bilingual::new(format!("über {}", german(from)), format!("over {}", english(from))),
                |to| {
                    Bilingual::new(
                        format!("{} bis {}", german(from), german(*to)),
                        format!("{} to {}", english(from), english(*to)),
                    )
                },
            );
            Class { from: if step == 0 { f32::MIN } else { from }, color: VIRIDIS[step], hatched: false, label }
        })
        .collect()
}

/// Bands over the streets whose width is the larger of the base volume and the volume with the scenario: at the scale of a town
/// the true width of a street is too thin to carry a color. Bands of little traffic are left out.
#[must_use]
pub fn volume_bands(twin: &Twin, ground: &Ground, ids: FeatureIds, outcome: &Outcome, hour_index: usize) -> MeshData {
    let mut mesh = MeshData::default();
    let Some(hour) = outcome.traffic.as_ref().and_then(|traffic| traffic.hours.get(hour_index)) else { return mesh };
    let lifts = node_lifts(twin);
    for (id, link) in twin.roads.links() {
        let sum = |column: &Vec<f64>| -> f64 {
            Direction::BOTH.iter().map(|d| column.get(Arc::new(id, *d).index()).copied().unwrap_or(0.0)).sum()
        };
        let volume = sum(&hour.base.volume_veh_h).max(sum(&hour.with.volume_veh_h));
        if !volume.is_finite() || volume < 5.0 {
            continue;
        }
        let half = band_half_width_m(volume).max(half_width_m(link) * 0.8);
        street_band(&mut mesh, (twin, ground, ids), id, half, &lifts);
    }
    mesh
}

/// The band over one section.
pub(super) fn street_band(
    mesh: &mut MeshData,
    (twin, ground, ids): (&Twin, &Ground, FeatureIds),
    id: Id<RoadLink>,
    half_m: f64,
    lifts: &[f64],
) {
    let link = twin.roads.link(id);
    let line = ribbon::clean(&link.geometry.0);
    if line.len() < 2 {
        return;
    }
    let (from, to) = twin.roads.ends(id);
    let (points, heights) = if link.structure == Structure::Bridge {
        deck(ground, link, &line, [lifts[from.index()], lifts[to.index()]])
    } else {
        let (points, _) = ribbon::dense(&line, 12.0);
        let heights = points.iter().map(|p| ground.height_m(*p) + 0.6).collect();
        (points, heights)
    };
    let brush = Brush { color: [150, 150, 148], feature: ids.road(id) };
    // Wide bands must not dip into a slope, and the busier ones lie on top where they meet.
    let lift = 0.6 + 0.12 * half_m + (id.index() % 16) as f64 * 0.004;
    band(mesh, ground, &points, &heights, half_m, lift, brush);
}

/// Half width of a band, metres: 2 m at nothing, 14 m at 2,000 vehicles per hour.
fn band_half_width_m(volume_veh_h: f64) -> f64 {
    2.0 + 12.0 * (volume_veh_h / 2000.0).min(1.5).sqrt()
}

fn band(
    mesh: &mut MeshData,
    ground: &Ground,
    points: &[Coord<f64>],
    heights: &[f64],
    half_m: f64,
    lift_m: f64,
    brush: Brush,
) {
    let (right, left) = (ribbon::offset(points, -half_m), ribbon::offset(points, half_m));
    for step in 1..points.len() {
        let (a, b) = (step - 1, step);
        let corner =
            |at: Coord<f64>, index: usize| ground.view_from_local(at, heights[index].max(ground.height_m(at)) + lift_m);
        mesh.fan(
            &[corner(right[a], a), corner(right[b], b), corner(left[b], b), corner(left[a], a)],
            [0.0, 1.0, 0.0],
            brush,
        );
    }
    // Round caps close the gaps where bands of different width meet.
    for (index, end) in [(0, points[0]), (points.len() - 1, points[points.len() - 1])] {
        let height = heights[index] + lift_m - 0.01;
        let corners: Vec<_> = (0..10)
            .map(|k| {
                let angle = f64::from(k) * std::f64::consts::TAU / 10.0;
                ground.view_from_local(end + Coord { x: angle.cos(), y: angle.sin() } * half_m, height)
            })
            .collect();
        mesh.fan(&corners, [0.0, 1.0, 0.0], brush);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_of_changes_is_symmetric_and_every_value_has_its_class() {
        let legend = legend(Measure::Change);
        assert_eq!(legend.classes.len(), 11);
        for (value, wanted) in [
            (-1e9, 0),
            (-401.0, 0),
            (-399.0, 1),
            (-11.0, 4),
            (-5.0, 5),
            (0.0, 5),
            (9.0, 5),
            (10.0, 6),
            (399.0, 9),
            (1e9, 10),
        ] {
            assert_eq!(legend.class(value), wanted, "{value}");
        }
        assert!(legend.classes[..5].iter().all(|class| class.hatched));
        assert_eq!(legend.classes[1].label.de, "−400 bis −200");
        assert_eq!(legend.classes[10].label.en, "up by more than 400");
    }

    #[test]
    fn german_numbers_have_a_comma() {
        assert_eq!(legend(Measure::Slowdown).classes[1].label.de, "1,10 bis 1,25");
        assert_eq!(legend(Measure::Slowdown).classes[1].label.en, "1.10 to 1.25");
    }
}
