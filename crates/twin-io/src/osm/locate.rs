//! Which building, or which area, lies at a position.

use geo::{Area, BoundingRect, Contains};
use geo_types::{Coord, MultiPolygon, Point};
use rstar::{AABB, RTree, RTreeObject};
use twin::{Id, building::Building};

struct Entry {
    envelope: AABB<[f64; 2]>,
    index: usize,
    area_m2: f64,
}

impl RTreeObject for Entry {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// Finds polygons by position.
pub(crate) struct Locator<'a> {
    tree: RTree<Entry>,
    polygons: Vec<&'a MultiPolygon<f64>>,
}

impl<'a> Locator<'a> {
    /// Of buildings; parts of buildings are not found.
    pub(crate) fn new(buildings: &'a [Building]) -> Self {
        let is_whole: Vec<bool> = buildings.iter().map(|building| building.part_of.is_none()).collect();
        Self::of(buildings.iter().map(|building| &building.footprint).collect(), |index| is_whole[index])
    }

    /// Of any polygons, those that `is_wanted`.
    pub(crate) fn of(polygons: Vec<&'a MultiPolygon<f64>>, is_wanted: impl Fn(usize) -> bool) -> Self {
        let entries = polygons
            .iter()
            .enumerate()
            .filter(|(index, _)| is_wanted(*index))
            .filter_map(|(index, polygon)| {
                let bounds = polygon.bounding_rect()?;
                let envelope = AABB::from_corners([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y]);
                Some(Entry { envelope, index, area_m2: polygon.unsigned_area() })
            })
            .collect();
        Self { tree: RTree::bulk_load(entries), polygons }
    }

    /// The smallest polygon that holds a position.
    pub(crate) fn smallest_at(&self, position: Coord<f64>) -> Option<usize> {
        self.smallest_that(position, |_| true)
    }

    /// The smallest polygon that holds a position and fits.
    pub(crate) fn smallest_that(&self, position: Coord<f64>, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let point = Point(position);
        self.tree
            .locate_in_envelope_intersecting(&AABB::from_point([position.x, position.y]))
            .filter(|entry| fits(entry.index) && self.polygons[entry.index].contains(&point))
            .min_by(|a, b| a.area_m2.total_cmp(&b.area_m2).then(a.index.cmp(&b.index)))
            .map(|entry| entry.index)
    }

    /// The building at a position.
    pub(crate) fn building_at(&self, position: Coord<f64>) -> Option<Id<Building>> {
        self.smallest_at(position).map(Id::new)
    }

    /// Indices of polygons whose boxes meet that of another, in order.
    pub(crate) fn near(&self, polygon: &MultiPolygon<f64>) -> Vec<usize> {
        let Some(bounds) = polygon.bounding_rect() else { return Vec::new() };
        let envelope = AABB::from_corners([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y]);
        let mut near: Vec<usize> =
            self.tree.locate_in_envelope_intersecting(&envelope).map(|entry| entry.index).collect();
        near.sort_unstable();
        near
    }
}
