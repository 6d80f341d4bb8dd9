//! Roofs as height fields over a footprint.
//!
//! A roof is a piecewise plane function of the position in the footprint's smallest surrounding rectangle: `u` along its longer
//! side, `v` across. The footprint is parted along the creases of the function, so that each part is one plane; walls rise
//! to meet it. Footprints that are far from a rectangle keep a flat roof; domes and onions are drawn as steep pyramids.

use geo::{Area as _, MinimumRotatedRect as _};
use geo_types::{Coord, Polygon};
use twin::building::{Building, BuildingUse, RoofShape};

use super::{
    color::unit_from_seed,
    mesh::{length, unit},
};

/// A plane function `a·u + b·v + c`.
type Affine = [f64; 3];

/// A roof over a footprint.
#[derive(Clone, Debug)]
pub(super) struct Roof {
    center: Coord<f64>,
    along: Coord<f64>,
    /// Half of the longer and of the shorter side, metres.
    half: [f64; 2],
    shape: RoofShape,
    /// Height of the roof alone, metres.
    pub(super) height_m: f64,
    /// Where the function bends.
    pub(super) creases: Vec<Affine>,
}

/// What is known or assumed about a roof's form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// From the data.
    Known(RoofShape),
    /// For the picture only.
    Assumed(RoofShape),
    /// Flat.
    Flat,
}

impl Form {
    pub(super) const fn shape(self) -> RoofShape {
        match self {
            Self::Known(shape) | Self::Assumed(shape) => shape,
            Self::Flat => RoofShape::Flat,
        }
    }
}

/// The form of a building's roof: the known one; else, where `assume` and the building is small and compact, what such buildings
/// mostly have in Germany.
pub(super) fn form(building: &Building, footprint: &Polygon<f64>, assume: bool, seed: u32) -> Form {
    if let Some(shape) = building.roof {
        return if shape == RoofShape::Flat { Form::Flat } else { Form::Known(shape) };
    }
    let area = footprint.unsigned_area();
    let pitched = match building.usage {
        BuildingUse::House | BuildingUse::Terrace | BuildingUse::Residential => area < 700.0,
        BuildingUse::Apartments | BuildingUse::Hotel => area < 600.0,
        BuildingUse::Unknown => (25.0..450.0).contains(&area),
        BuildingUse::Farm | BuildingUse::Church => area < 2500.0,
        BuildingUse::Shed => (15.0..120.0).contains(&area),
        BuildingUse::Public | BuildingUse::School | BuildingUse::Retail => area < 350.0,
        _ => false,
    };
    if !assume || !pitched || building.levels_or_assumed() > 4.5 {
        return Form::Flat;
    }
    let Some((_, _, half)) = frame(footprint) else { return Form::Flat };
    let shape = match (half[0] / half[1], unit_from_seed(seed ^ 0x51)) {
        (ratio, dice) if ratio < 1.15 && dice < 0.35 => RoofShape::Pyramidal,
        (_, dice) if dice < 0.18 => RoofShape::Hipped,
        _ => RoofShape::Gabled,
    };
    Form::Assumed(shape)
}

impl Roof {
    /// The roof of this form over a footprint; none where it is flat or the footprint too far from a rectangle.
    pub(super) fn new(form: Form, footprint: &Polygon<f64>, height_m: Option<f64>) -> Option<Self> {
        let shape = form.shape();
        if shape == RoofShape::Flat {
            return None;
        }
        let (center, along, half) = frame(footprint)?;
        let filled = footprint.unsigned_area() / (4.0 * half[0] * half[1]);
        if filled < 0.62 {
            return None;
        }
        let pitch = match shape {
            RoofShape::Skillion => 0.35,
            RoofShape::Dome => 1.2,
            RoofShape::Onion => 2.6,
            RoofShape::Mansard | RoofShape::Gambrel => 1.0,
            _ => 0.8,
        };
        let height_m = height_m.unwrap_or((half[1] * pitch).clamp(0.8, 7.0));
        Some(Self { center, along, half, shape, height_m, creases: creases(shape, half) })
    }

    /// The same roof, lowered where it is higher than that.
    pub(super) fn no_higher_than(mut self, height_m: f64) -> Self {
        self.height_m = self.height_m.min(height_m);
        self
    }

    /// Height of the roof above the eaves, metres.
    pub(super) fn at(&self, position: Coord<f64>) -> f64 {
        let (u, v) = self.frame_position(position);
        let [a, b] = self.half;
        // Distances from the eaves along and across, in units of the half widths.
        let (end, side) = ((a - u.abs()).max(0.0), ((b - v.abs()) / b).max(0.0));
        let share = match self.shape {
            RoofShape::Flat => 0.0,
            RoofShape::Gabled => side,
            RoofShape::Hipped => side.min(end / b),
            RoofShape::HalfHipped => side.min(0.5 + end / b),
            RoofShape::Skillion => (v + b) / (2.0 * b),
            RoofShape::Pyramidal | RoofShape::Dome | RoofShape::Onion => side.min(end / a),
            RoofShape::Gambrel => bent(side),
            RoofShape::Mansard => bent(side.min(end / b)),
            RoofShape::Round => (1.0 - (1.0 - side).powi(2)).max(0.0).sqrt(),
        };
        self.height_m * share.clamp(0.0, 1.0)
    }

    /// Value of a crease at a position: zero on it.
    pub(super) fn crease(&self, crease: Affine, position: Coord<f64>) -> f64 {
        let (u, v) = self.frame_position(position);
        crease[0] * u + crease[1] * v + crease[2]
    }

    fn frame_position(&self, position: Coord<f64>) -> (f64, f64) {
        let from = position - self.center;
        (from.x * self.along.x + from.y * self.along.y, from.y * self.along.x - from.x * self.along.y)
    }
}

/// A steep lower part and a shallow upper one.
fn bent(share: f64) -> f64 {
    if share < 0.3 { share / 0.3 * 0.65 } else { 0.65 + (share - 0.3) / 0.7 * 0.35 }
}

/// Center, direction of the longer side and half sides of the smallest surrounding rectangle.
fn frame(footprint: &Polygon<f64>) -> Option<(Coord<f64>, Coord<f64>, [f64; 2])> {
    let origin = *footprint.exterior().0.first()?;
    let near = geo::MapCoords::map_coords(footprint, |c| c - origin);
    let rectangle = near.minimum_rotated_rect()?;
    let corners = &rectangle.exterior().0;
    if corners.len() < 4 {
        return None;
    }
    let (first, second) = (corners[1] - corners[0], corners[2] - corners[1]);
    let (long, short) = if length(first) >= length(second) { (first, second) } else { (second, first) };
    if length(short) < 1.5 {
        return None;
    }
    let center = (corners[0] + corners[2]) / 2.0 + origin;
    Some((center, unit(long)?, [length(long) / 2.0, length(short) / 2.0]))
}

fn creases(shape: RoofShape, [a, b]: [f64; 2]) -> Vec<Affine> {
    let (ridge, middle) = ([0.0, 1.0, 0.0], [1.0, 0.0, 0.0]);
    // Where the rise from the ends, (a − |u|)·k + c, meets that from the sides, (b − |v|)/b.
    let valleys = |k: f64, c: f64| {
        [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)].map(|(su, sv)| [-su * k, sv / b, a * k + c - 1.0])
    };
    match shape {
        RoofShape::Flat | RoofShape::Skillion => Vec::new(),
        RoofShape::Gabled => vec![ridge],
        RoofShape::Gambrel => vec![ridge, [0.0, 1.0, 0.7 * b], [0.0, 1.0, -0.7 * b]],
        RoofShape::Round => {
            vec![ridge, [0.0, 1.0, 0.4 * b], [0.0, 1.0, -0.4 * b], [0.0, 1.0, 0.75 * b], [0.0, 1.0, -0.75 * b]]
        }
        RoofShape::Pyramidal | RoofShape::Dome | RoofShape::Onion => {
            [ridge, middle].into_iter().chain(valleys(1.0 / a, 0.0)).collect()
        }
        RoofShape::Hipped => [ridge, middle].into_iter().chain(valleys(1.0 / b, 0.0)).collect(),
        RoofShape::HalfHipped => [ridge, middle].into_iter().chain(valleys(1.0 / b, 0.5)).collect(),
        RoofShape::Mansard => {
            [ridge, middle, [0.0, 1.0, 0.7 * b], [0.0, 1.0, -0.7 * b], [1.0, 0.0, a - 0.3 * b], [1.0, 0.0, 0.3 * b - a]]
                .into_iter()
                .chain(valleys(1.0 / b, 0.0))
                .collect()
        }
    }
}
